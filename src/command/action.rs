//! Runs an action of the packet: what may be run on the released database besides the release. Same executor, same judge, same evidence.

use super::confirm::{self, Confirmation};
use super::place::Place;
use super::run_log::RunLog;
use super::{Context, target};
use crate::check::{Check, Phase};
use crate::cli::Writing;
use crate::error::Error;
use crate::exec::executor::Executor;
use crate::exec::interrupt::Interrupt;
use crate::exec::{Direction, Failure, Outcome, Run, Transaction, TxEnd};
use crate::journal::Facts;
use crate::observe::{Want, look};
use crate::pg::connector::{Connector, Settings};
use crate::plan::State;
use crate::release::Action;

/// What is asked of an action.
pub(crate) struct Asked<'a> {
    /// Its name in the packet.
    pub(crate) name: &'a str,
    /// Settings that its SQL reads; values travel as parameters.
    pub(crate) settings: Vec<(&'static str, String)>,
    /// What the operator is asked to confirm.
    pub(crate) what: String,
}

/// Runs an action in one transaction of its own, with confirmation and evidence.
pub(crate) async fn run(context: &mut Context<'_>, writing: &Writing, asked: Asked<'_>) -> Result<Outcome, Error> {
    let action = context.release.descriptor.action(asked.name);
    let action = action.ok_or_else(|| Error::Internal(format!("the packet has no action {}", asked.name)))?;
    let resolved = target::resolve(context.common)?;
    context.note_target(&resolved);
    let place = Place::of(&resolved.target, resolved.profile.as_deref());
    let confirmation = confirm::confirmation(writing, &resolved)?;
    let facts = Facts { confirmed: confirmation.given(), ..Facts::of_process(context.words.to_vec()) };
    let interrupt = super::listen(context.common.quiet)?;
    let folder = super::folder::of(writing, &context.report.command)?;
    let mut log = RunLog::create(&folder, facts, &context.report, context.common.quiet)?;
    context.report.evidence.clone_from(&log.report.evidence);
    let settings = resolved.settings(Settings::default());
    let connector = Connector::writing(resolved.target, settings);
    let mut outcome = Outcome::NotRun;
    let done = perform(context, writing, &asked, action, (&connector, interrupt, confirmation, place), &mut log).await;
    let done = done.map(|ended| outcome = ended);
    super::finish(context, &mut log, done).map(|()| outcome)
}

async fn perform(
    context: &mut Context<'_>,
    writing: &Writing,
    asked: &Asked<'_>,
    action: &Action,
    (connector, interrupt, confirmation, place): (&Connector, Interrupt, Confirmation, Place),
    log: &mut RunLog,
) -> Result<Outcome, Error> {
    let mut executor = super::open_executor(context, connector, interrupt, writing, log).await?;
    let done = match confirmation.settle(&place, &executor.identity, log) {
        Ok(confirmation) => act(context, &mut executor, asked, action, (confirmation, &place), log).await,
        Err(error) => Err(error),
    };
    super::leave(executor, &done).await;
    done
}

async fn act(
    context: &mut Context<'_>,
    executor: &mut Executor<'_>,
    asked: &Asked<'_>,
    action: &Action,
    (confirmation, place): (Confirmation, &Place),
    log: &mut RunLog,
) -> Result<Outcome, Error> {
    right_database(context, executor)?;
    if action.needs_release {
        all_tiers_stand(context, executor).await?;
    }
    set(executor, &asked.settings).await?;
    log.report = context.report.clone();
    if confirmation == Confirmation::Ask {
        let facts = confirm::server_facts(context, &executor.identity);
        let wanted = place.wanted(&executor.identity);
        confirm::ask(&mut executor.interrupt, log, &wanted, (&facts, context.style.width), &asked.what).await?;
    }
    let run = Run { tier: &action.run, direction: Direction::Apply };
    let transaction = executor.run_transaction(&[run], TxEnd::Commit, log).await;
    settle(context, transaction, &run.name())
}

/// Sets what the SQL reads, for the session.
pub(crate) async fn set(executor: &Executor<'_>, settings: &[(&'static str, String)]) -> Result<(), Error> {
    for (name, value) in settings {
        let question = "SELECT pg_catalog.set_config($1, $2, false)";
        let values = [(*name).to_owned(), value.clone()];
        executor.session.flight(question, &values, "").await.map_err(crate::observe::lost)?;
    }
    Ok(())
}

/// Takes the transaction into the report. A guard that was not met is a refusal: nothing was begun.
pub(crate) fn settle(context: &mut Context<'_>, transaction: Transaction, what: &str) -> Result<Outcome, Error> {
    let outcome = transaction.tiers.first().map_or(Outcome::NotRun, |tier| tier.outcome);
    context.report.take_tiers(transaction.tiers);
    context.report.notes.extend(transaction.notes);
    let unmet: Vec<Check> = transaction.checks.iter().filter(|check| check.is_unmet()).cloned().collect();
    context.report.checks.extend(transaction.checks);
    match transaction.failure {
        None => Ok(outcome),
        Some(Failure::Sql(error))
            if Check::names_unmet(&error) && unmet.iter().all(|check| check.phase == Phase::Guard) =>
        {
            let told: Vec<String> = unmet.iter().map(|check| format!("{} ({})", check.name, check.actual)).collect();
            Err(Error::NoGo {
                message: format!("{} unmet: {}", unmet.len(), told.join(", ")),
                only_gate: false,
                hint: "Nothing was begun. Each unmet check above says what to do, and who does it.".to_owned(),
            })
        }
        Some(failure) => Err(super::transaction_error(super::Step::Action, what, failure)),
    }
}

/// The released database, or no other.
pub(crate) fn right_database(context: &mut Context<'_>, executor: &Executor<'_>) -> Result<(), Error> {
    let wanted = &context.release.descriptor.release.database;
    let hint = "Connect to the released database.";
    let right = Check::of("database", Phase::Guard, wanted, &executor.identity.database, hint);
    if !right.is_unmet() {
        return Ok(());
    }
    context.report.checks.push(right);
    let message = format!("the database is {}, not {wanted}", executor.identity.database);
    Err(Error::NoGo { message, only_gate: false, hint: hint.to_owned() })
}

async fn all_tiers_stand(context: &mut Context<'_>, executor: &Executor<'_>) -> Result<(), Error> {
    let want = Want { script: None, states: true, fingerprint: false };
    let seen = look(&executor.session, context.release, want).await?;
    context.take_states(seen.states.as_ref());
    let states = seen.states.ok_or_else(|| Error::Internal("what stands was not answered".to_owned()))?;
    match states.iter().find(|tier| tier.state != State::Applied) {
        None => Ok(()),
        Some(tier) => {
            let state = if tier.state == State::Absent { "absent" } else { "altered" };
            let hint = "oneroof status tells what stands; the release comes first: oneroof apply.".to_owned();
            let message = format!("the database is not released: tier {} {} is {state}", tier.tier, tier.name);
            Err(Error::NoGo { message, only_gate: false, hint })
        }
    }
}
