//! `oneroof apply`: manifest, lock, preflight, rehearsal, every tier in its own transaction, verify, evidence.

use super::confirm::{self, Confirmation};
use super::place::Place;
use super::run_log::RunLog;
use super::{Context, approval_code, preflight, target, verify};
use crate::cli;
use crate::error::Error;
use crate::exec::executor::Executor;
use crate::exec::interrupt::Interrupt;
use crate::exec::{Direction, Run, Transaction, TxEnd};
use crate::fingerprint::Fingerprint;
use crate::journal::Facts;
use crate::pg::connector::{Connector, Settings};
use crate::plan;
use crate::report::{Answer, RunAnswer};
use crate::terminal::Spinner;
use std::collections::BTreeSet;

/// Runs the release; with `--dry-run` everything but the COMMITs.
pub(super) async fn run(context: &mut Context<'_>, args: &cli::Apply) -> Result<(), Error> {
    let code = approval_code(context.release, &args.ratified_apr)?;
    let resolved = target::resolve(context.common)?;
    context.note_target(&resolved);
    let place = Place::of(&resolved.target, resolved.profile.as_deref());
    let confirmation =
        if args.dry_run { Confirmation::not_needed() } else { confirm::confirmation(&args.writing, &resolved)? };
    let settings = resolved.settings(Settings {
        ratified_apr: code.clone(),
        backup_ref: args.backup_ref.clone().unwrap_or_default(),
        ..Settings::default()
    });
    let facts = Facts {
        confirmed: confirmation.given(),
        ratified_apr: Some(settings.ratified_apr.clone()),
        backup_ref: args.backup_ref.clone(),
        ..Facts::of_process(context.words.to_vec())
    };
    let interrupt = super::listen(context.common.quiet)?;
    let folder = super::folder::of(&args.writing, &context.report.command)?;
    let mut log = RunLog::create(&folder, facts, &context.report, context.common.quiet)?;
    context.report.evidence.clone_from(&log.report.evidence);
    let connector = Connector::writing(resolved.target, settings);
    let done = release(context, args, &connector, interrupt, (confirmation, place), &mut log).await;
    super::finish(context, &mut log, done)
}

async fn release(
    context: &mut Context<'_>,
    args: &cli::Apply,
    connector: &Connector,
    interrupt: Interrupt,
    (confirmation, place): (Confirmation, Place),
    log: &mut RunLog,
) -> Result<(), Error> {
    let mut executor = super::open_executor(context, connector, interrupt, &args.writing, log).await?;
    let done = match confirmation.settle(&place, &executor.identity, log) {
        Ok(confirmation) => steps(context, args, &mut executor, (confirmation, &place), log).await,
        Err(error) => Err(error),
    };
    super::leave(executor, &done).await;
    done
}

async fn steps(
    context: &mut Context<'_>,
    args: &cli::Apply,
    executor: &mut Executor<'_>,
    (confirmation, place): (Confirmation, &Place),
    log: &mut RunLog,
) -> Result<(), Error> {
    let Executor { session, interrupt, .. } = &mut *executor;
    let waiting = Spinner::waiting("making every check of preflight", context.common.quiet);
    let seen = super::unless_interrupted(interrupt, preflight::ask(session, context.release, true)).await?;
    drop(waiting);
    let entry = seen.fingerprint.clone();
    let states = seen.states.clone();
    preflight::take(context, seen)?;
    // The attestation was the preflight's; from here on the run speaks for itself.
    context.report.server_facts = None;
    let states = states.ok_or_else(|| Error::Internal("the states of the tiers were not answered".to_owned()))?;
    let tiers = plan::apply(&context.release.descriptor, &states).map_err(|refusal| super::refused(&refusal))?;
    let runs: Vec<Run<'_>> = tiers.into_iter().map(|tier| Run { tier, direction: Direction::Apply }).collect();
    log.report = context.report.clone();
    log.say(&format!("preflight: GO, {} checks", context.report.checks.len()));
    let mut answer = RunAnswer { entry, ..RunAnswer::default() };

    if !args.no_rehearsal {
        let rehearsal = executor.run_transaction(&runs, TxEnd::Abort, log).await;
        let tiers = rehearsal.tiers.clone();
        settle(context, rehearsal, "the rehearsal", !args.dry_run)?;
        if args.dry_run {
            context.report.take_tiers(tiers);
            let backup = args
                .backup_ref
                .as_ref()
                .map(|text| format!(" --backup-ref {}", super::next::quoted(text)))
                .unwrap_or_default();
            let next = format!("oneroof apply --ratified-apr {}{backup}", args.ratified_apr);
            return dry_run_ends(context, executor, answer, &next).await;
        }
    }
    if confirmation == Confirmation::Ask {
        ask(context, args, executor, (place, &runs), log).await?;
    }
    for run in &runs {
        let transaction = executor.run_transaction(std::slice::from_ref(run), TxEnd::Commit, log).await;
        let what = format!("tier {} {}", run.tier.number, run.tier.name);
        context.report.take_tiers(transaction.tiers.clone());
        let ended = settle(context, transaction, &what, false);
        if ended.is_err() {
            super::not_run(context, &runs);
            super::ask_states(context, executor).await;
            super::next::after_failure(context);
        }
        ended?;
    }
    let Executor { session, interrupt, .. } = executor;
    let _waiting = Spinner::waiting("making every check of verify", context.common.quiet);
    let seen = super::unless_interrupted(interrupt, verify::ask(session, context.release, true))
        .await
        .map_err(super::unverified)?;
    answer.exit.clone_from(&seen.fingerprint);
    context.report.result = Some(Answer::Run(answer));
    context.go_on("oneroof verify");
    verify::take(context, seen).map_err(|error| unlike(context, error))
}

/// Every tier was committed, and the end state is not what it should be: nobody is told to take a release back before looking.
fn unlike(context: &mut Context<'_>, error: Error) -> Error {
    match error {
        Error::Different { message, .. } | Error::NoGo { message, .. } => {
            context.go_on("oneroof verify -v");
            let hint = "Every tier was committed, and the end state is not as it should be. oneroof verify -v shows each check.";
            Error::Different { message, hint: hint.to_owned() }
        }
        other => other,
    }
}

/// Shows to which server, under which approval and with how many rows, and has a person confirm it.
async fn ask(
    context: &Context<'_>,
    args: &cli::Apply,
    executor: &mut Executor<'_>,
    (place, runs): (&Place, &[Run<'_>]),
    log: &mut RunLog,
) -> Result<(), Error> {
    let mut facts = confirm::server_facts(context, &executor.identity);
    facts.push(("approval", signers(context, executor, &args.ratified_apr).await?));
    facts.push(("backup", args.backup_ref.clone().unwrap_or_else(|| "not named".to_owned())));
    facts.push(("rows", confirm::rows_per_tier(runs)));
    let what = format!("{} tiers are about to be committed, one by one.", runs.len());
    let wanted = place.wanted(&executor.identity);
    confirm::ask(&mut executor.interrupt, log, &wanted, (&facts, context.style.width), &what).await
}

/// The approval and who signed it, for the person who is asked.
async fn signers(context: &Context<'_>, executor: &Executor<'_>, code: &str) -> Result<String, Error> {
    let gate = super::gate::ask(&executor.session, context).await?.0;
    let rows = gate.approvals.iter().filter(|row| row.proposal_code == code);
    let signed: BTreeSet<String> = rows.map(|row| format!("{} {}", row.approval_level, row.approved_by)).collect();
    let signed: Vec<String> = signed.into_iter().collect();
    Ok(format!("{code}, signed by {}", signed.join(", ")))
}

/// Takes a transaction's checks and notes into the report; its failure is the error.
fn settle(context: &mut Context<'_>, transaction: Transaction, what: &str, forget_checks: bool) -> Result<(), Error> {
    context.report.notes.extend(transaction.notes);
    match transaction.failure {
        None => {
            if !forget_checks {
                context.report.checks.extend(transaction.checks);
            }
            Ok(())
        }
        Some(failure) => {
            context.report.checks.extend(transaction.checks);
            Err(super::transaction_error(super::Step::Apply, what, failure))
        }
    }
}

/// The end of a dry run: the database is compared with what it was, and `next` is the command that runs for real.
pub(super) async fn dry_run_ends(
    context: &mut Context<'_>,
    executor: &Executor<'_>,
    mut answer: RunAnswer,
    next: &str,
) -> Result<(), Error> {
    let exit: Option<Fingerprint> = super::fingerprint_now(context, executor).await?;
    answer.exit.clone_from(&exit);
    answer.comparison = answer.entry.as_ref().zip(exit.as_ref()).map(|(entry, exit)| exit.compare(entry));
    let differences = answer.comparison.as_ref().map_or(1, |comparison| comparison.differences.len());
    context.report.result = Some(Answer::Run(answer));
    if differences > 0 {
        return Err(Error::Different {
            message: "the database is not as it was before the dry run".to_owned(),
            hint: "The dry run committed nothing; another session changed what is named above.".to_owned(),
        });
    }
    context.go_on(next);
    Ok(())
}
