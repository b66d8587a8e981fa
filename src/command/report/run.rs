//! The evidence that a report is made from.

use crate::exec::Outcome;
use crate::fingerprint::Fingerprint;
use crate::journal::{Rollout, Told, contradictions};
use crate::release::Release;
use std::path::{Path, PathBuf};

/// One run, as its evidence tells it.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) path: String,
    pub(super) begun: jiff::Timestamp,
    pub(super) rollout: Rollout,
}

impl Run {
    fn read(path: &Path, release: &Release) -> Result<Self, String> {
        let rollout = Rollout::read(path)?;
        rollout.of_release(release).map_err(|error| error.to_string())?;
        if !rollout.is_as_written {
            return Err("it was changed since it was written: its checksum does not match".to_owned());
        }
        if let Some(found) = contradictions(&rollout, release).first() {
            return Err(format!("it contradicts itself: {}", found.words));
        }
        let begun = rollout.begun.parse().map_err(|_| "it does not say when the run began".to_owned())?;
        Ok(Self { path: path.display().to_string(), begun, rollout })
    }

    pub(super) fn told(&self) -> &Told {
        &self.rollout.report
    }

    /// Fingerprints at entry and exit, where the run got so far.
    pub(super) fn ends(&self) -> (Option<&Fingerprint>, Option<&Fingerprint>) {
        self.rollout.ends()
    }

    /// The end of a COMMIT is not known.
    pub(super) fn is_open(&self) -> bool {
        self.rollout.is_open()
    }

    /// An option was given.
    pub(super) fn has(&self, option: &str) -> bool {
        self.rollout.has(option)
    }

    /// Numbers of the tiers that ended so.
    pub(super) fn ended(&self, outcome: Outcome) -> Vec<u8> {
        self.rollout.ended(outcome)
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
                Ok(run) if ["apply", "rollback"].contains(&run.told().command.as_str()) => {
                    last_used = last_used.max(Some(name(path)));
                    found.runs.push(run);
                }
                Ok(run) => {
                    let why = format!("it is of {}, which is no run of the release", run.told().command);
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
