//! `oneroof apply`: checks the manifest, takes the run lock, runs preflight and a rehearsal, commits each tier in its own transaction, runs
//! verify, and writes evidence.

use super::verb::Command;
use super::{approval_code, gate, policy, preflight, verify};
use crate::cli::{Group, HelpPage, Rehearsal, Writing};
use crate::error::{Error, ExitCode};
use crate::exec::{Direction, Run};
use crate::pg::connector::Settings;
use crate::plan;
use crate::release::Release;
use crate::report::{Answer, RunAnswer};
use crate::run::next::quoted;
use crate::run::{Context, Opening, Step, WriteRun, refused, rehearsal, rows_per_tier, unverified, write};
use clap::Args;
use std::collections::BTreeSet;

/// Run the release: preflight, rehearsal, tier by tier, verify.
///
/// Every tier runs in its own transaction. The run stops at the first failure, and the tier that failed is rolled back.
#[derive(Clone, Debug, Args)]
pub struct ApplyArgs {
    /// The approval code to apply the release under.
    #[arg(long, value_name = "CODE", visible_alias = "ratified-apr")]
    pub approval: String,
    /// Run every tier for real in one transaction and roll it back.
    #[arg(long)]
    pub dry_run: bool,
    /// After the tiers, run the rollbacks too, and name what they do not restore.
    #[arg(long, requires = "dry_run")]
    pub with_rollback: bool,
    /// The rehearsal before the first COMMIT.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
    /// Name of the restore point taken before the release.
    #[arg(long, value_name = "TEXT")]
    pub backup_ref: Option<String>,
    /// Confirmation, evidence and locks.
    #[command(flatten)]
    pub writing: Writing,
}

impl Command for ApplyArgs {
    const PAGE: HelpPage = HelpPage {
        name: "apply",
        place: (Group::Release, 3),
        examples: ["oneroof apply --approval {code} --dry-run", "oneroof apply --approval {code} --backup-ref snap-42"],
        codes: &[
            ExitCode::Done,
            ExitCode::Internal,
            ExitCode::Usage,
            ExitCode::GateClosed,
            ExitCode::Unmet,
            ExitCode::Failed,
            ExitCode::Manifest,
            ExitCode::Connection,
            ExitCode::Interrupted,
            ExitCode::Unknown,
            ExitCode::Locked,
            ExitCode::Refused,
            ExitCode::EvidenceIncomplete,
            ExitCode::AlreadyApplied,
        ],
        files: "  writes rollout/rollout_TIME.json, the evidence, and its .log\n  /etc/oneroof/policy.toml   what this host demands of every approval",
        ..HelpPage::WRITE
    };
    const JUDGES: bool = true;
    const CHANGES: bool = true;

    fn writing(&self) -> Option<&Writing> {
        Some(&self.writing)
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self).await
    }
}

/// Runs the release. With `--dry-run` it runs everything except the COMMITs.
async fn run(context: &mut Context<'_>, args: &ApplyArgs) -> Result<(), Error> {
    let settings = Settings {
        ratified_apr: approval_code(context.release, &args.approval)?,
        backup_ref: args.backup_ref.clone().unwrap_or_default(),
        ..Settings::default()
    };
    policy::in_force(context)?;
    let opening = Opening { writing: &args.writing, settings, dry_run: args.dry_run, packet: None };
    write(context, opening, async |run| steps(run, args).await).await
}

async fn steps(run: &mut WriteRun<'_, '_>, args: &ApplyArgs) -> Result<(), Error> {
    let descriptor = &run.context.release.descriptor;
    let (waiting, policy) = ("running the preflight checks", run.context.policy);
    let seen = run.ask(waiting, async |session, release| preflight::ask(session, release, policy, true).await).await?;
    let (entry, states) = (seen.fingerprint.clone(), seen.states.clone());
    preflight::take(run.context, seen, &args.approval)?;
    // These server facts attest that the preflight wrote nothing. The run may write from here on, so the report must not show them.
    run.context.report.server_facts = None;
    let states =
        states.ok_or_else(|| Error::Internal("the server did not report the states of the tiers".to_owned()))?;
    let tiers = plan::apply(descriptor, &states).map_err(|refusal| refused(&refusal))?;
    let runs: Vec<Run<'_>> = tiers.into_iter().map(|tier| Run { tier, direction: Direction::Apply }).collect();
    run.say(&format!("preflight: GO, {} checks", run.context.report.checks.len()));
    let mut answer = RunAnswer { entry, ..RunAnswer::default() };
    if rehearsal::is_wanted(run, args.rehearsal, args.dry_run, &runs)? {
        let back = runs.iter().rev().map(|run| Run { direction: Direction::Rollback, ..*run });
        let all: Vec<Run<'_>> = runs.iter().copied().chain(back.filter(|_| args.with_rollback)).collect();
        let mut rehearsed = run.rehearse(&all, "the rehearsal", args.dry_run).await?;
        if args.dry_run {
            rehearsed.tiers.truncate(runs.len());
            run.context.report.take_tiers(rehearsed.tiers);
            answer.after_rollback = rehearsed.after_rollback;
            return dry_run_ends(run, answer, &for_real(run.context.release, args)).await;
        }
    }
    if run.asks() {
        let rule = run.context.policy.files.iter().map(|file| ("policy", file.words()));
        let mut facts = vec![
            ("approval", signers(run, &args.approval).await?),
            ("backup", args.backup_ref.clone().unwrap_or_else(|| "not named".to_owned())),
            ("rows", rows_per_tier(&runs)),
        ];
        facts.splice(1..1, rule.collect::<Vec<_>>());
        run.confirm(&facts, &format!("{} tiers are about to be committed, one by one.", runs.len())).await?;
    }
    run.commit_each(&runs, Step::Apply).await?;
    let waiting = "running the verify checks";
    let seen = run.ask(waiting, async |session, release| verify::ask(session, release, true).await).await;
    let seen = seen.map_err(unverified)?;
    answer.exit.clone_from(&seen.fingerprint);
    run.context.report.result = Some(Answer::Run(Box::new(answer)));
    run.context.go_on("oneroof verify");
    verify::take(run.context, seen).map_err(|error| unlike(run.context, error))
}

/// The same command without `--dry-run`.
fn for_real(release: &Release, args: &ApplyArgs) -> String {
    let backup = args.backup_ref.as_ref().map(|text| format!(" --backup-ref {}", quoted(text))).unwrap_or_default();
    format!("oneroof apply {} {}{backup}", release.code_option(), args.approval)
}

/// The error for a release whose tiers were all committed but whose end state is not as it should be. It does not advise a rollback,
/// because a person must look at the checks first.
fn unlike(context: &mut Context<'_>, error: Error) -> Error {
    match error {
        Error::Different { message, .. } | Error::NoGo { message, .. } => {
            context.go_on("oneroof verify -v");
            let hint =
                "Every tier was committed, but a check of the end state is unmet. oneroof verify -v shows each check.";
            Error::Different { message, hint: hint.to_owned() }
        }
        other => other,
    }
}

/// The approval and who signed it, for the person who confirms.
async fn signers(run: &WriteRun<'_, '_>, code: &str) -> Result<String, Error> {
    let gate = gate::ask(&run.executor.session, run.context).await?.0;
    let rows = gate.approvals.iter().filter(|row| row.proposal_code == code);
    let signed: BTreeSet<String> = rows.map(|row| format!("{} {}", row.approval_level, row.approved_by)).collect();
    let signed: Vec<String> = signed.into_iter().collect();
    Ok(format!("{code}, signed by {}", signed.join(", ")))
}

/// Ends a dry run. Compares the database with its state before the dry run, and names `next`, the command that runs for real.
pub(super) async fn dry_run_ends(run: &mut WriteRun<'_, '_>, mut answer: RunAnswer, next: &str) -> Result<(), Error> {
    answer.exit = run.look(true).await?.fingerprint;
    answer.comparison = answer.entry.as_ref().zip(answer.exit.as_ref()).map(|(entry, exit)| exit.compare(entry));
    answer.rollback =
        answer.entry.as_ref().zip(answer.after_rollback.as_ref()).map(|(entry, back)| back.compare(entry));
    let differences = answer.comparison.as_ref().map_or(1, |comparison| comparison.differences.len());
    let not_back = answer.rollback.as_ref().map_or(0, |comparison| comparison.differences.len());
    run.context.report.result = Some(Answer::Run(Box::new(answer)));
    if differences > 0 {
        return Err(Error::Different {
            message: "the database is not as it was before the dry run".to_owned(),
            hint: "The dry run committed nothing; another session changed what is named above.".to_owned(),
        });
    }
    if not_back > 0 {
        return Err(Error::Different {
            message: "after all tiers and all rollbacks the database would not be as it was before".to_owned(),
            hint: "The dry run committed nothing. What is named above would be lost: mend the rollback, or release only if nobody needs it.".to_owned(),
        });
    }
    run.context.go_on(next);
    Ok(())
}
