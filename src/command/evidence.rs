//! `oneroof evidence check`: checks whether a rollout file agrees with itself, and whether the database is as the file says. A line has a
//! tick only if it was compared.

mod database;
mod file;
pub(super) mod step;

use super::verb::Command;
use crate::cli::{Group, HelpPage};
use crate::error::Error;
use crate::evidence::Rollout;
use crate::release::Release;
use crate::report::{Answer, StepAnswer};
use crate::run::{Context, next};
use clap::{Args, Subcommand, ValueHint};
use std::path::{Path, PathBuf};
use step::step;

/// Check an evidence file against itself and the database.
///
/// Writes nothing.
#[derive(Clone, Debug, Args)]
pub struct EvidenceArgs {
    /// What to do with the file.
    #[command(subcommand)]
    pub action: EvidenceAction,
}

/// What `evidence` does.
#[derive(Clone, Debug, Subcommand)]
pub enum EvidenceAction {
    /// Check the file by itself, then against the database.
    ///
    /// Compares the file with its checksum, its log, itself and the release; then identity, transactions, tiers, rows and structure of
    /// the database. Exit code 0: each of these was compared, and agrees. 5: something differs, or could not be compared; each line says
    /// which. 6: the file is of another release. 2: the file is not an evidence file.
    Check {
        /// The rollout file, `rollout_….json`.
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// The SHA-256 that the run printed at its end. If it was kept elsewhere, it shows any change of the file.
        #[arg(long, value_name = "DIGEST")]
        sha256: Option<String>,
    },
}

impl Command for EvidenceArgs {
    const PAGE: HelpPage = HelpPage {
        name: "evidence",
        place: (Group::ApprovalAndEvidence, 3),
        examples: [
            "oneroof evidence check rollout/rollout_1.json",
            "oneroof evidence check rollout/rollout_1.json --format json",
        ],
        files: "  reads the evidence file, and its .log beside it",
        ..HelpPage::READ
    };

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self).await
    }
}

/// Reads a rollout file of this release.
///
/// # Errors
/// [`Error::Usage`] if the file is not evidence, [`Error::Release`] if it is evidence of another release.
pub(super) fn read(path: &Path, release: &Release) -> Result<Rollout, Error> {
    let rollout = Rollout::read(path).map_err(|why| Error::Usage {
        message: format!("{}: {why}", path.display()),
        hint: "Give the rollout_….json that the run left in its --log-dir.".to_owned(),
    })?;
    rollout.of_release(release)?;
    Ok(rollout)
}

/// Checks the file by itself, then against the database.
async fn run(context: &mut Context<'_>, args: &EvidenceArgs) -> Result<(), Error> {
    let EvidenceAction::Check { file: path, sha256 } = &args.action;
    let printed = sha256.as_deref().map(digest).transpose()?;
    let rollout = read(path, context.release)?;
    context.go_on(next_after(&rollout, context.report.tier_count));
    let mut steps = file::steps(&rollout, context.release);
    if let Some(printed) = &printed {
        let same = *printed == rollout.sha256;
        let words = if same {
            "the one that was printed"
        } else {
            "not the one that was printed: it is another file, or it was changed since"
        };
        steps.push(step("sha256", format!("{}, {words}", rollout.sha256), same));
    }
    let compared = database::steps(context, &rollout).await;
    let failure = match compared {
        Ok(compared) => {
            steps.extend(compared);
            None
        }
        Err(error) => Some(error),
    };
    if context.report.effect.applied.is_some() && rollout.record.commit_next.is_none() {
        context.go_on(next::for_state(&context.report.effect, context.report.tier_count));
    }
    context.report.notes.extend(limits(&rollout, printed.is_some()));
    let summary_of = summary(&steps);
    context.report.result = Some(Answer::Steps(steps));
    match (failure, summary_of) {
        (Some(error), _) => Err(error),
        (None, None) => Ok(()),
        (None, Some(message)) => Err(Error::Different {
            message,
            hint: "Each line above without a tick says why. oneroof status shows which tiers are applied now."
                .to_owned(),
        }),
    }
}

/// Reads a digest as it is printed, with or without `sha256:` in front.
fn digest(given: &str) -> Result<String, Error> {
    let bare = given.strip_prefix("sha256:").unwrap_or(given).to_ascii_lowercase();
    if bare.len() == 64 && bare.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(format!("sha256:{bare}"));
    }
    Err(Error::Usage {
        message: format!("--sha256 '{}': not a SHA-256", crate::text::escaped_within(given, 80)),
        hint: "Give sha256: and 64 hex digits, as the run printed them below the names of its files.".to_owned(),
    })
}

/// What does not agree, and what could not be compared. `None` if everything was compared and agrees.
fn summary(steps: &[StepAnswer]) -> Option<String> {
    let names = |unknown: bool| {
        let of = steps.iter().filter(|step| !step.ok && step.unknown == unknown).map(|step| step.step.as_str());
        of.collect::<Vec<_>>().join(", ")
    };
    match (names(false), names(true)) {
        (wrong, unknown) if wrong.is_empty() && unknown.is_empty() => None,
        (wrong, unknown) if unknown.is_empty() => Some(format!("these do not agree with the evidence: {wrong}")),
        (wrong, unknown) if wrong.is_empty() => {
            Some(format!("nothing contradicts the evidence, but these could not be compared: {unknown}"))
        }
        (wrong, unknown) => {
            Some(format!("these do not agree with the evidence: {wrong}; these could not be compared: {unknown}"))
        }
    }
}

/// The command that a person runs next, judged from the file only.
pub(super) fn next_after(rollout: &Rollout, tiers: usize) -> String {
    if rollout.record.commit_next.is_some() {
        return resolve_with(&rollout.path);
    }
    next::for_state(&rollout.record.report.effect, tiers).to_owned()
}

/// The command `oneroof resolve` for this file, quoted for a shell.
pub(super) fn resolve_with(path: &Path) -> String {
    format!("oneroof resolve --evidence '{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// What the comparisons cannot show.
fn limits(rollout: &Rollout, is_printed: bool) -> Vec<String> {
    let mut limits = Vec::new();
    if !is_printed {
        limits.push(format!(
            "the file's digest is {}. Somebody who changes the file can also change the checksum inside it: to be sure, give --sha256 with the digest that the run printed at its end",
            rollout.sha256
        ));
    }
    if rollout.record.session.is_some() {
        limits.push(
            "a copy of the server's files has the same identifiers, so it is not known whether this is the same machine"
                .to_owned(),
        );
    }
    if let Some(exit) = rollout.ends().1.filter(|exit| !exit.organic.is_empty()) {
        let names: Vec<&str> = exit.organic.keys().map(String::as_str).collect();
        limits.push(format!("not compared, since the application writes them: {}", names.join(", ")));
    }
    limits
}
