//! `oneroof apply`: manifest, lock, preflight, rehearsal, every tier in its own transaction, verify, evidence.

use super::confirm::{self, Confirmation};
use super::run_log::RunLog;
use super::{Context, approval_code, preflight, target, verify};
use crate::cli;
use crate::error::Error;
use crate::exec::interrupt::Interrupt;
use crate::exec::transaction::Executor;
use crate::exec::{Direction, Run, Transaction, TxEnd};
use crate::fingerprint::Fingerprint;
use crate::journal::Facts;
use crate::pg::connector::{Connector, Settings};
use crate::plan;
use crate::report::{Answer, RunAnswer};

/// Runs the release; with `--dry-run` everything but the COMMITs.
pub(super) async fn run(context: &mut Context<'_>, args: &cli::Apply) -> Result<(), Error> {
    let code = approval_code(context.release, &args.ratified_apr)?;
    let resolved = target::resolve(context.common)?;
    context.note_target(&resolved);
    let confirmation = if args.dry_run {
        Confirmation::not_needed()
    } else {
        confirm::confirmation(&args.writing, &resolved.target.dbname)?
    };
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
    let interrupt = Interrupt::listen().map_err(|error| Error::Internal(error.to_string()))?;
    let mut log = RunLog::create(&args.writing.log_dir, facts, &context.report, context.common.quiet)?;
    context.report.evidence.clone_from(&log.report.evidence);
    let connector = Connector::writing(resolved.target, settings);
    let done = release(context, args, &connector, interrupt, confirmation, &mut log).await;
    super::finish(context, &mut log, done)
}

async fn release(
    context: &mut Context<'_>,
    args: &cli::Apply,
    connector: &Connector,
    interrupt: Interrupt,
    confirmation: Confirmation,
    log: &mut RunLog,
) -> Result<(), Error> {
    let mut executor = super::open_executor(context, connector, interrupt, &args.writing, log).await?;
    let done = steps(context, args, &mut executor, confirmation, log).await;
    super::leave(executor, &done).await;
    done
}

async fn steps(
    context: &mut Context<'_>,
    args: &cli::Apply,
    executor: &mut Executor<'_>,
    confirmation: Confirmation,
    log: &mut RunLog,
) -> Result<(), Error> {
    let Executor { session, interrupt, .. } = &mut *executor;
    let seen = super::unless_interrupted(interrupt, preflight::ask(session, context.release, true)).await?;
    let entry = seen.fingerprint.clone();
    let standing = seen.standing.clone();
    preflight::take(context, seen)?;
    // The attestation was the preflight's; from here on the run speaks for itself.
    context.report.witness = None;
    let standing = standing.ok_or_else(|| Error::Internal("what stands was not answered".to_owned()))?;
    let tiers = plan::apply(&context.release.descriptor, &standing).map_err(|refusal| super::refused(&refusal))?;
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
            return dry_run_ends(context, executor, answer, &args.ratified_apr).await;
        }
    }
    if confirmation == Confirmation::Ask {
        let database = executor.identity.database.clone();
        let what = format!("{} tiers are about to be committed to {database}, one by one.", runs.len());
        confirm::ask(&mut executor.interrupt, log, &database, &what).await?;
    }
    for run in &runs {
        let transaction = executor.run_transaction(std::slice::from_ref(run), TxEnd::Commit, log).await;
        let what = format!("tier {} {}", run.tier.number, run.tier.name);
        context.report.take_tiers(transaction.tiers.clone());
        let ended = settle(context, transaction, &what, false);
        if ended.is_err() {
            super::not_run(context, &runs);
            super::ask_standing(context, executor).await;
            context.report.next = Some(super::next_after_failure(&context.report).to_owned());
        }
        ended?;
    }
    let Executor { session, interrupt, .. } = executor;
    let seen = super::unless_interrupted(interrupt, verify::ask(session, context.release, true))
        .await
        .map_err(super::unverified)?;
    answer.exit.clone_from(&seen.fingerprint);
    context.report.result = Some(Answer::Run(answer));
    context.report.next = Some("oneroof verify".to_owned());
    verify::take(context, seen).map_err(|error| match error {
        Error::Different { message, .. } => {
            context.report.next = Some("oneroof rollback --full".to_owned());
            Error::Different {
                message,
                hint: "The tiers stand and are not what they should be: run oneroof rollback --full.".to_owned(),
            }
        }
        other => other,
    })
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

async fn dry_run_ends(
    context: &mut Context<'_>,
    executor: &Executor<'_>,
    mut answer: RunAnswer,
    code: &str,
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
    context.report.next = Some(format!("oneroof apply --ratified-apr {code}"));
    Ok(())
}
