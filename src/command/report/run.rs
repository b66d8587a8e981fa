//! What the packet reads of an evidence file.

use crate::command::evidence::Rollout;
use crate::error::Error;
use crate::exec::Outcome;
use crate::fingerprint::Fingerprint;
use crate::release::{Delta, Release};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One run, as its evidence tells it.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) path: String,
    pub(super) begun: jiff::Timestamp,
    pub(super) written: String,
    pub(super) arguments: Vec<String>,
    pub(super) complete: bool,
    /// A COMMIT was the next thing sent when this was written.
    pub(super) pending: bool,
    pub(super) told: Told,
}

/// The report inside; what is not named here is not read.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
    pub(super) command: String,
    #[serde(default)]
    pub(super) target: Option<Target>,
    pub(super) verdict: String,
    pub(super) exit_code: u8,
    pub(super) effect: Effect,
    #[serde(default)]
    pub(super) checks: Vec<Check>,
    #[serde(default)]
    pub(super) tiers: Vec<Tier>,
    #[serde(default)]
    result: Option<Answer>,
    #[serde(default)]
    pub(super) notes: Vec<String>,
    #[serde(default)]
    pub(super) error: Option<Failure>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Target {
    pub(super) database: String,
    pub(super) server_version: String,
    pub(super) user: String,
    pub(super) host: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Effect {
    pub(super) kind: String,
    #[serde(default)]
    pub(super) standing: Option<Vec<u8>>,
    #[serde(default)]
    pub(super) altered: Vec<u8>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Check {
    pub(super) name: String,
    pub(super) phase: String,
    pub(super) expected: String,
    pub(super) actual: String,
    pub(super) ok: bool,
    #[serde(default)]
    severity: Option<String>,
    #[serde(default)]
    pub(super) hint: Option<String>,
}

impl Check {
    /// Unmet, and it stops.
    pub(super) fn stops(&self) -> bool {
        !self.ok && self.severity.as_deref() != Some("warning")
    }

    pub(super) fn words(&self) -> String {
        format!("{}: expected {}, actual {}", self.name, self.expected, self.actual)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Tier {
    pub(super) number: u8,
    pub(super) name: String,
    pub(super) outcome: Outcome,
    #[serde(default)]
    pub(super) duration_ms: Option<f64>,
    #[serde(default)]
    pub(super) xid: Option<String>,
    #[serde(default)]
    pub(super) xid_status: Option<String>,
    #[serde(default)]
    pub(super) deltas: BTreeMap<String, Delta>,
}

#[derive(Debug, Default, Deserialize)]
struct Answer {
    #[serde(default)]
    run: Ends,
}

#[derive(Debug, Default, Deserialize)]
struct Ends {
    entry: Option<Fingerprint>,
    exit: Option<Fingerprint>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Failure {
    pub(super) message: String,
}

impl Run {
    fn read(path: &Path, release: &Release) -> Result<Self, String> {
        let rollout = Rollout::read(path, release).map_err(|error| match error {
            Error::Usage { message, .. } => message,
            other => other.to_string(),
        })?;
        let told: Told = serde_json::from_value(rollout.report)
            .map_err(|error| format!("its report is not of the documented shape: {error}"))?;
        let run = Self {
            path: path.display().to_string(),
            begun: rollout.begun.parse().map_err(|_| "it does not say when the run began".to_owned())?,
            written: rollout.written,
            arguments: rollout.arguments,
            complete: rollout.complete,
            pending: rollout.commit_next.is_some(),
            told,
        };
        let (entry, exit) = run.ends();
        if [entry, exit].into_iter().flatten().any(|fingerprint| !fingerprint.is_whole()) {
            return Err("a fingerprint's digest does not match: the file was edited".to_owned());
        }
        Ok(run)
    }

    /// Fingerprints at entry and exit, where the run got so far.
    pub(super) fn ends(&self) -> (Option<&Fingerprint>, Option<&Fingerprint>) {
        let ends = self.told.result.as_ref().map(|answer| &answer.run);
        (ends.and_then(|ends| ends.entry.as_ref()), ends.and_then(|ends| ends.exit.as_ref()))
    }

    /// The end of a COMMIT is not known.
    pub(super) fn is_open(&self) -> bool {
        self.pending || self.told.tiers.iter().any(|tier| tier.outcome == Outcome::Unresolved)
    }

    /// An option was given.
    pub(super) fn has(&self, option: &str) -> bool {
        self.arguments.iter().any(|argument| argument == option)
    }

    /// Numbers of the tiers that ended so.
    pub(super) fn ended(&self, outcome: Outcome) -> Vec<u8> {
        self.told.tiers.iter().filter(|tier| tier.outcome == outcome).map(|tier| tier.number).collect()
    }
}

/// A file that is not used, and why.
#[derive(Debug)]
pub(super) struct Rejected {
    pub(super) path: String,
    pub(super) why: String,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Runs of the release, the newest last.
    pub(super) runs: Vec<Run>,
    pub(super) rejected: Vec<Rejected>,
    /// A file that could not be used is newer by its name than all that could.
    pub(super) newest_rejected: bool,
}

impl Found {
    /// Reads them all; none that cannot be used stops the others.
    pub(super) fn read(paths: &[PathBuf], release: &Release) -> Self {
        let mut found = Self::default();
        let name = |path: &Path| path.file_name().unwrap_or_default().to_owned();
        let (mut last_used, mut last_rejected) = (None, None);
        for path in paths {
            match Run::read(path, release) {
                Ok(run) if ["apply", "rollback"].contains(&run.told.command.as_str()) => {
                    last_used = last_used.max(Some(name(path)));
                    found.runs.push(run);
                }
                Ok(run) => {
                    let why = format!("it is of {}, which is no run of the release", run.told.command);
                    found.rejected.push(Rejected { path: run.path, why });
                }
                Err(why) => {
                    last_rejected = last_rejected.max(Some(name(path)));
                    found.rejected.push(Rejected { path: path.display().to_string(), why });
                }
            }
        }
        found.newest_rejected = last_rejected > last_used;
        found.runs.sort_by_key(|run| run.begun);
        found
    }
}
