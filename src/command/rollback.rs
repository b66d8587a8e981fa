//! `oneroof rollback`: undoes tiers from the top, each in its own transaction. Needs no gate: a release must stay reversible.

use super::confirm::{self, Confirmation};
use super::place::Place;
use super::run_log::RunLog;
use super::{Context, apply, target};
use crate::cause::ranges;
use crate::check::{Check, Phase};
use crate::cli;
use crate::error::Error;
use crate::exec::executor::Executor;
use crate::exec::interrupt::Interrupt;
use crate::exec::{Direction, Run, TierReport, TxEnd};
use crate::journal::Facts;
use crate::observe::{Want, look};
use crate::pg::connector::{Connector, Settings};
use crate::plan::{self, Scope};
use crate::report::{Answer, RunAnswer};
use crate::terminal::Spinner;

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
    let place = Place::of(&resolved.target, resolved.profile.as_deref());
    let confirmation =
        if args.dry_run { Confirmation::not_needed() } else { confirm::confirmation(&args.writing, &resolved)? };
    let facts = Facts { confirmed: confirmation.given(), ..Facts::of_process(context.words.to_vec()) };
    let interrupt = super::listen(context.common.quiet)?;
    let folder = super::folder::of(&args.writing, &context.report.command)?;
    let mut log = RunLog::create(&folder, facts, &context.report, context.common.quiet)?;
    context.report.evidence.clone_from(&log.report.evidence);
    let settings = resolved.settings(Settings::default());
    let connector = Connector::writing(resolved.target, settings);
    let done = undo(context, args, &connector, interrupt, (scope, confirmation, place), &mut log).await;
    super::finish(context, &mut log, done)
}

async fn undo(
    context: &mut Context<'_>,
    args: &cli::Rollback,
    connector: &Connector,
    interrupt: Interrupt,
    (scope, confirmation, place): (Scope, Confirmation, Place),
    log: &mut RunLog,
) -> Result<(), Error> {
    let mut executor = super::open_executor(context, connector, interrupt, &args.writing, log).await?;
    let done = match confirmation.settle(&place, &executor.identity, log) {
        Ok(confirmation) => steps(context, args, &mut executor, (scope, confirmation, &place), log).await,
        Err(error) => Err(error),
    };
    super::leave(executor, &done).await;
    done
}

async fn steps(
    context: &mut Context<'_>,
    args: &cli::Rollback,
    executor: &mut Executor<'_>,
    (scope, confirmation, place): (Scope, Confirmation, &Place),
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
    let want = Want { script: None, states: true, fingerprint: true };
    let Executor { session, interrupt, .. } = &mut *executor;
    let waiting = Spinner::waiting("reading the state of each tier", context.common.quiet);
    let seen = super::unless_interrupted(interrupt, look(session, context.release, want)).await?;
    drop(waiting);
    context.take_states(seen.states.as_ref());
    let states = seen.states.ok_or_else(|| Error::Internal("what stands was not answered".to_owned()))?;
    let tiers = plan::rollback(&context.release.descriptor, &states, scope).map_err(|refusal| {
        context.go_on("oneroof status");
        super::refused(&refusal)
    })?;
    let runs: Vec<Run<'_>> = tiers.into_iter().map(|tier| Run { tier, direction: Direction::Undo }).collect();
    if runs.is_empty() {
        context.report.notes.push("nothing of it is applied, so there is nothing to roll back".to_owned());
        return Ok(());
    }
    log.report = context.report.clone();
    if !args.no_rehearsal {
        let rehearsed = rehearse(context, executor, &runs, log).await?;
        if args.dry_run {
            context.report.take_tiers(rehearsed);
            let answer = RunAnswer { entry: seen.fingerprint, ..RunAnswer::default() };
            return apply::dry_run_ends(context, executor, answer, &without_dry_run(args)).await;
        }
    }
    if confirmation == Confirmation::Ask {
        let numbers: Vec<u8> = runs.iter().map(|run| run.tier.number).collect();
        let what = format!("Tiers {} are about to be rolled back, one by one.", ranges(&numbers));
        let mut facts = confirm::server_facts(context, &executor.identity);
        facts.push(("rows", confirm::rows_per_tier(&runs)));
        let wanted = place.wanted(&executor.identity);
        confirm::ask(&mut executor.interrupt, log, &wanted, (&facts, context.style.width), &what).await?;
    }
    commit_each(context, executor, &runs, log).await?;
    let Executor { session, interrupt, .. } = executor;
    let _waiting = Spinner::waiting("reading the state of each tier", context.common.quiet);
    let exit =
        super::unless_interrupted(interrupt, look(session, context.release, want)).await.map_err(super::unverified)?;
    context.take_states(exit.states.as_ref());
    context.report.result =
        Some(Answer::Run(RunAnswer { entry: seen.fingerprint, exit: exit.fingerprint, comparison: None }));
    context.go_on("oneroof status");
    Ok(())
}

/// All tiers down in one transaction that is taken back: whatever stops one of them is found before the first COMMIT.
async fn rehearse(
    context: &mut Context<'_>,
    executor: &mut Executor<'_>,
    runs: &[Run<'_>],
    log: &mut RunLog,
) -> Result<Vec<TierReport>, Error> {
    let rehearsal = executor.run_transaction(runs, TxEnd::Abort, log).await;
    context.report.notes.extend(rehearsal.notes);
    let Some(failure) = rehearsal.failure else { return Ok(rehearsal.tiers) };
    context.report.checks.extend(rehearsal.checks);
    context.go_on("oneroof status");
    Err(super::transaction_error(super::Step::Undo, "the rehearsal of the rollback", failure))
}

async fn commit_each(
    context: &mut Context<'_>,
    executor: &mut Executor<'_>,
    runs: &[Run<'_>],
    log: &mut RunLog,
) -> Result<(), Error> {
    for run in runs {
        let transaction = executor.run_transaction(std::slice::from_ref(run), TxEnd::Commit, log).await;
        context.report.take_tiers(transaction.tiers.clone());
        context.report.checks.extend(transaction.checks);
        context.report.notes.extend(transaction.notes);
        if let Some(failure) = transaction.failure {
            super::not_run(context, runs);
            super::ask_states(context, executor).await;
            context.go_on("oneroof status");
            return Err(super::transaction_error(
                super::Step::Undo,
                &format!("rollback of tier {} {}", run.tier.number, run.tier.name),
                failure,
            ));
        }
    }
    Ok(())
}

/// The same rollback for real.
fn without_dry_run(args: &cli::Rollback) -> String {
    match (args.tier, args.to) {
        (Some(number), _) => format!("oneroof rollback --tier {number}"),
        (None, Some(number)) => format!("oneroof rollback --to {number}"),
        (None, None) => "oneroof rollback --full".to_owned(),
    }
}
