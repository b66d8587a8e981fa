//! `oneroof rollback`: undoes tiers from the top, each in its own transaction. Needs no gate: a release must stay reversible.

use super::confirm::{self, Confirmation};
use super::run_log::RunLog;
use super::{Context, target};
use crate::check::{Check, Phase};
use crate::cli;
use crate::error::Error;
use crate::exec::interrupt::Interrupt;
use crate::exec::transaction::Executor;
use crate::exec::{Direction, Run, TxEnd};
use crate::journal::Facts;
use crate::observe::{Want, look};
use crate::pg::connector::{Connector, Settings};
use crate::plan::{self, Scope};
use crate::report::{Answer, RunAnswer};

/// Undoes one tier, or all down to one, or everything.
pub(super) async fn run(context: &mut Context<'_>, args: &cli::Rollback) -> Result<(), Error> {
    let scope = match (args.tier, args.to) {
        (Some(number), _) => Scope::Tier(number),
        (None, Some(number)) => Scope::To(number),
        (None, None) => Scope::To(0),
    };
    if let Err(refusal @ plan::Refusal::UnknownTier { .. }) = plan::rollback(&context.release.descriptor, &[], scope) {
        return Err(Error::Usage { message: refusal.to_string(), hint: refusal.hint() });
    }
    let resolved = target::resolve(context.common)?;
    context.note_target(&resolved);
    let confirmation = confirm::confirmation(&args.writing, &resolved.target.dbname)?;
    let facts = Facts { confirmed: confirmation.given(), ..Facts::of_process(context.words.to_vec()) };
    let interrupt = Interrupt::listen().map_err(|error| Error::Internal(error.to_string()))?;
    let mut log = RunLog::create(&args.writing.log_dir, facts, &context.report, context.common.quiet)?;
    context.report.evidence.clone_from(&log.report.evidence);
    let settings = resolved.settings(Settings::default());
    let connector = Connector::writing(resolved.target, settings);
    let done = undo(context, args, &connector, interrupt, (scope, confirmation), &mut log).await;
    super::finish(context, &mut log, done)
}

async fn undo(
    context: &mut Context<'_>,
    args: &cli::Rollback,
    connector: &Connector,
    interrupt: Interrupt,
    (scope, confirmation): (Scope, Confirmation),
    log: &mut RunLog,
) -> Result<(), Error> {
    let mut executor = super::open_executor(context, connector, interrupt, &args.writing, log).await?;
    let done = steps(context, &mut executor, (scope, confirmation), log).await;
    super::leave(executor, &done).await;
    done
}

async fn steps(
    context: &mut Context<'_>,
    executor: &mut Executor<'_>,
    (scope, confirmation): (Scope, Confirmation),
    log: &mut RunLog,
) -> Result<(), Error> {
    let wanted = &context.release.descriptor.release.database;
    let right =
        Check::of("database", Phase::Guard, wanted, &executor.identity.database, "Connect to the released database.");
    if right.is_unmet() {
        let message = format!("the database is {}, not {wanted}", executor.identity.database);
        context.report.checks.push(right);
        return Err(Error::NoGo { message, only_gate: false, hint: "Connect to the released database.".to_owned() });
    }
    let want = Want { script: None, standing: true, fingerprint: true };
    let Executor { session, interrupt, .. } = &mut *executor;
    let seen = super::unless_interrupted(interrupt, look(session, context.release, want)).await?;
    context.take_standing(seen.standing.as_ref());
    let standing = seen.standing.ok_or_else(|| Error::Internal("what stands was not answered".to_owned()))?;
    let tiers = plan::rollback(&context.release.descriptor, &standing, scope).map_err(|refusal| {
        context.report.next = Some("oneroof status".to_owned());
        super::refused(&refusal)
    })?;
    let runs: Vec<Run<'_>> = tiers.into_iter().map(|tier| Run { tier, direction: Direction::Undo }).collect();
    if runs.is_empty() {
        context.report.notes.push("nothing of it stands, so there is nothing to roll back".to_owned());
        return Ok(());
    }
    log.report = context.report.clone();
    if confirmation == Confirmation::Ask {
        let database = executor.identity.database.clone();
        let numbers: Vec<String> = runs.iter().map(|run| run.tier.number.to_string()).collect();
        let what = format!("Tiers {} are about to be rolled back in {database}.", numbers.join(", "));
        confirm::ask(&mut executor.interrupt, log, &database, &what).await?;
    }
    for run in &runs {
        let transaction = executor.run_transaction(std::slice::from_ref(run), TxEnd::Commit, log).await;
        context.report.take_tiers(transaction.tiers.clone());
        context.report.checks.extend(transaction.checks);
        context.report.notes.extend(transaction.notes);
        if let Some(failure) = transaction.failure {
            super::not_run(context, &runs);
            super::ask_standing(context, executor).await;
            context.report.next = Some("oneroof status".to_owned());
            return Err(super::transaction_error(
                super::Step::Undo,
                &format!("rollback of tier {} {}", run.tier.number, run.tier.name),
                failure,
            ));
        }
    }
    let Executor { session, interrupt, .. } = executor;
    let exit =
        super::unless_interrupted(interrupt, look(session, context.release, want)).await.map_err(super::unverified)?;
    context.take_standing(exit.standing.as_ref());
    context.report.result =
        Some(Answer::Run(RunAnswer { entry: seen.fingerprint, exit: exit.fingerprint, comparison: None }));
    context.report.next = Some("oneroof status".to_owned());
    Ok(())
}
