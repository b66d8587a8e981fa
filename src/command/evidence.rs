//! `oneroof evidence check`: is a rollout file whole, and is the database still as it says?

use super::Context;
use crate::cli;
use crate::error::Error;
use crate::exec::{Outcome, Pending};
use crate::fingerprint::Fingerprint;
use crate::observe::{Want, look};
use crate::pg::connector::Settings;
use crate::release::{Release, ReleaseError};
use crate::report::{Answer, StepAnswer};
use serde::Deserialize;
use serde_json::Value;
use std::io::Read as _;
use std::path::Path;

/// What this program writes.
const SCHEMA: &str = "oneroof.evidence/1";
/// A rollout file is far below this; anything else is not read into memory.
const SIZE_LIMIT: u64 = 32 << 20;

/// What is read of a rollout file.
#[derive(Debug, Deserialize)]
pub(super) struct Rollout {
    schema: String,
    /// When the run began, and when this state was written.
    #[serde(default)]
    pub(super) begun: String,
    #[serde(default)]
    pub(super) written: String,
    #[serde(default)]
    pub(super) arguments: Vec<String>,
    /// The run has ended, and this is its last state.
    pub(super) complete: bool,
    /// The COMMIT whose end is open.
    pub(super) commit_next: Option<Pending>,
    /// As it stood then.
    pub(super) report: Value,
}

impl Rollout {
    /// Reads a file; one of another release is not judged.
    ///
    /// # Errors
    /// [`Error::Usage`] for what is no evidence file, [`Error::Release`] for that of another release.
    pub(super) fn read(path: &Path, release: &Release) -> Result<Self, Error> {
        let shown = path.display();
        let usage = |why: String| Error::Usage {
            message: format!("{shown}: {why}"),
            hint: "Name the rollout_….json that apply or rollback left in its --log-dir.".to_owned(),
        };
        let mut text = String::new();
        let file = std::fs::File::open(path).map_err(|error| usage(error.to_string()))?;
        file.take(SIZE_LIMIT).read_to_string(&mut text).map_err(|error| usage(error.to_string()))?;
        let rollout: Self =
            serde_json::from_str(&text).map_err(|error| usage(format!("not an evidence file: {error}")))?;
        if rollout.schema != SCHEMA {
            return Err(usage(format!("its schema is {}, not {SCHEMA}", rollout.schema)));
        }
        let digest = rollout.report["release"]["digest"].as_str().unwrap_or_default();
        if digest != release.digest_text() {
            return Err(Error::Release(ReleaseError::Unexpected {
                expected: digest.to_owned(),
                actual: release.digest_text(),
            }));
        }
        Ok(rollout)
    }

    /// Which tiers stood at the end, where the run could ask.
    fn standing(&self) -> Option<Vec<u8>> {
        serde_json::from_value(self.report["effect"]["standing"].clone()).ok()
    }

    /// The fingerprint at the end, where the run got that far.
    fn fingerprint(&self) -> Option<Fingerprint> {
        serde_json::from_value(self.report["result"]["run"]["exit"].clone()).ok()
    }

    fn unresolved(&self) -> Vec<u64> {
        let unresolved = serde_json::to_value(Outcome::Unresolved).unwrap_or_default();
        let tiers = self.report["tiers"].as_array().map_or(&[][..], Vec::as_slice);
        tiers.iter().filter(|tier| tier["outcome"] == unresolved).filter_map(|tier| tier["number"].as_u64()).collect()
    }
}

/// Checks the file by itself, then against the database.
pub(super) async fn run(context: &mut Context<'_>, args: &cli::Evidence) -> Result<(), Error> {
    let cli::EvidenceAction::Check { file } = &args.action;
    let rollout = Rollout::read(file, context.release)?;
    let mut steps = vec![step("release", "the one of this binary".to_owned(), true)];
    let complete =
        if rollout.complete { "complete" } else { "not complete: the run was cut off, or a COMMIT's end is open" };
    steps.push(step("file", complete.to_owned(), rollout.complete));
    let open = rollout.unresolved();
    let settled = open.is_empty() && rollout.commit_next.is_none();
    let outcome = match &rollout.commit_next {
        Some(pending) => format!("the COMMIT of {} is open: oneroof resolve --evidence FILE", pending.name()),
        None if settled => "every COMMIT's outcome is known".to_owned(),
        None => format!("the COMMIT of tier {open:?} is open, and the file does not hold what could be asked"),
    };
    steps.push(step("outcome", outcome, settled));
    let exit = rollout.fingerprint();
    if let Some(fingerprint) = &exit {
        let whole = fingerprint.is_whole();
        let told = if whole { "its digest matches" } else { "its digest does not match: it was edited" };
        steps.push(step("exit fingerprint", told.to_owned(), whole));
    }

    let opened = context.open_reading(Settings::default()).await?;
    let want = Want { script: None, standing: true, fingerprint: exit.is_some() };
    let seen = look(&opened.session, context.release, want).await;
    opened.session.close().await;
    let seen = seen?;
    context.report.witness = seen.witness;
    context.take_standing(seen.standing.as_ref());
    let now = context.report.effect.standing.clone();
    steps.push(match (rollout.standing(), &now) {
        (Some(then), Some(now)) => {
            step("standing", format!("tiers {then:?} at the end of the run, {now:?} now"), then == *now)
        }
        (None, _) => step("standing", "the run could not ask what stands".to_owned(), true),
        (_, None) => return Err(Error::Internal("what stands was not answered".to_owned())),
    });
    match (exit, seen.fingerprint) {
        (Some(exit), Some(now)) => {
            let differences = now.compare(&exit).differences;
            let told =
                if differences.is_empty() { "as at the end of the run".to_owned() } else { differences.join("; ") };
            steps.push(step("database", told, differences.is_empty()));
        }
        (Some(_), None) => return Err(Error::Internal("the fingerprint was not answered".to_owned())),
        (None, _) => steps.push(step("database", "no exit fingerprint to compare with".to_owned(), true)),
    }
    let wrong: Vec<String> = steps.iter().filter(|step| !step.ok).map(|step| step.step.clone()).collect();
    context.report.result = Some(Answer::Steps(steps));
    if wrong.is_empty() {
        return Ok(());
    }
    let message = format!("not as the evidence says: {}", wrong.join(", "));
    Err(Error::Different {
        message,
        hint: "Each difference is named above; oneroof status says what stands.".to_owned(),
    })
}

pub(super) fn step(name: &str, outcome: String, ok: bool) -> StepAnswer {
    StepAnswer { step: name.to_owned(), outcome, ok }
}
