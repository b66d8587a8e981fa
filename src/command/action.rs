//! Runs an action of the packet. An action is one transaction that the packet allows besides the release. It uses the same executor, the
//! same judge and the same evidence.

use crate::check::{Check, Phase};
use crate::cli::Writing;
use crate::error::Error;
use crate::exec::{Direction, Failure, Outcome, Run, Transaction, TxEnd};
use crate::pg::connector::Settings;
use crate::plan::State;
use crate::release::Action;
use crate::run::{Context, Opening, Step, WriteRun, next, transaction_error, write};

/// What an action needs.
pub(crate) struct ActionRequest<'a> {
    /// The command that runs the action, as the packet names it.
    pub(crate) verb: &'a str,
    /// Settings that the action's SQL reads. Their values are sent as parameters.
    pub(crate) settings: Vec<(&'static str, String)>,
    /// The sentence that the operator confirms.
    pub(crate) what: String,
}

/// Runs an action in one separate transaction, with confirmation and evidence.
pub(crate) async fn run(
    context: &mut Context<'_>,
    writing: &Writing,
    request: ActionRequest<'_>,
) -> Result<Outcome, Error> {
    let action = of_verb(context, request.verb)?;
    let opening = Opening { writing, settings: Settings::default(), dry_run: false, packet: None };
    write(context, opening, async |run| act(run, &request, action).await).await
}

/// The packet's action for a command.
///
/// # Errors
/// A usage error if the packet declares no such action.
pub(crate) fn of_verb<'r>(context: &Context<'r>, verb: &str) -> Result<&'r Action, Error> {
    let descriptor = &context.release.descriptor;
    descriptor.action_of(verb).ok_or_else(|| Error::Usage {
        message: format!("the packet {} does not support {verb}: it declares no such action", descriptor.release.name),
        hint: format!("An action with verb = \"{verb}\" in extras.toml declares it."),
    })
}

async fn act(run: &mut WriteRun<'_, '_>, request: &ActionRequest<'_>, action: &Action) -> Result<Outcome, Error> {
    run.right_database()?;
    if action.needs_release {
        is_released(run).await?;
    }
    run.set(&request.settings).await?;
    run.confirm(&[], &request.what).await?;
    let one = Run { tier: &action.run, direction: Direction::Apply };
    let transaction = run.transaction(&[one], TxEnd::Commit).await;
    settle(run.context, transaction, &one.name())
}

/// Adds the transaction to the report. If only guards were not met, the result is NO-GO, because the action's SQL was not begun.
pub(crate) fn settle(context: &mut Context<'_>, transaction: Transaction, what: &str) -> Result<Outcome, Error> {
    let outcome = transaction.tiers.first().map_or(Outcome::NotRun, |tier| tier.outcome);
    context.report.notes.extend(transaction.notes);
    let unmet: Vec<Check> = transaction.checks.iter().filter(|check| check.is_unmet()).cloned().collect();
    context.report.checks.extend(transaction.checks);
    match transaction.failure {
        None => Ok(outcome),
        Some(Failure::Sql(error))
            if Check::names_unmet(&error) && unmet.iter().all(|check| check.phase == Phase::Guard) =>
        {
            let names: Vec<String> = unmet.iter().map(|check| format!("{} ({})", check.name, check.actual)).collect();
            Err(Error::NoGo {
                message: format!("{} unmet: {}", unmet.len(), names.join(", ")),
                only_gate: false,
                hint: "Nothing was begun. Each unmet check above says what to do, and who does it.".to_owned(),
            })
        }
        Some(failure) => Err(transaction_error(Step::Action, what, failure)),
    }
}

async fn is_released(run: &mut WriteRun<'_, '_>) -> Result<(), Error> {
    let seen = run.look(false).await?;
    let states =
        seen.states.ok_or_else(|| Error::Internal("the server did not report the states of the tiers".to_owned()))?;
    match states.iter().find(|tier| tier.state != State::Applied) {
        None => Ok(()),
        Some(tier) => {
            let state = if tier.state == State::Absent { "absent" } else { "altered" };
            let hint = "Apply the release first; oneroof status shows which tiers are applied.".to_owned();
            let next = next::for_state(&run.context.report.effect, run.context.report.tier_count);
            run.context.go_on(next);
            let message =
                format!("the release is not applied to this database: tier {} {} is {state}", tier.tier, tier.name);
            Err(Error::NoGo { message, only_gate: false, hint })
        }
    }
}
