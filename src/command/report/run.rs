//! The evidence for a report: every run on one database, in the order of the server's clock.

use crate::evidence::{RecordedReport, Rollout, contradictions};
use crate::exec::Outcome;
use crate::exec::same::position;
use crate::fingerprint::Fingerprint;
use crate::release::Release;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One run, as its evidence describes it.
#[derive(Debug)]
pub(super) struct RunEvidence {
    pub(super) path: String,
    pub(super) begun: Timestamp,
    /// The time by which runs are ordered. It is from the server's clock, or from the machine that ran the command if no server was
    /// reached.
    pub(super) at: Timestamp,
    pub(super) rollout: Rollout,
}

/// A file that is not used, and why.
#[derive(Debug)]
pub(super) struct Rejected {
    pub(super) path: String,
    pub(super) why: String,
    /// The file was changed since it was written, or it contradicts itself.
    pub(super) changed: bool,
    /// When the run began, according to the file's name.
    pub(super) begun: Option<Timestamp>,
}

impl RunEvidence {
    fn read(path: &Path, release: &Release) -> Result<Self, Rejected> {
        let rejected = |why: String, changed| Rejected {
            path: path.display().to_string(),
            why,
            changed,
            begun: begun_by_name(path),
        };
        let rollout = Rollout::read(path).map_err(|why| rejected(why, false))?;
        rollout.of_release(release).map_err(|error| rejected(error.to_string(), false))?;
        if !rollout.is_as_written {
            return Err(rejected("it was changed since it was written: its checksum does not match".to_owned(), true));
        }
        if let Some(found) = contradictions(&rollout, release).first() {
            return Err(rejected(format!("it contradicts itself: {}", found.words), true));
        }
        let begun = rollout.record.begun.parse();
        let begun: Timestamp = begun.map_err(|_| rejected("it does not say when the run began".to_owned(), true))?;
        let clock = rollout.record.session.as_ref().and_then(|session| session.server_time.parse().ok());
        Ok(Self { path: path.display().to_string(), begun, at: clock.unwrap_or(begun), rollout })
    }

    pub(super) fn report(&self) -> &RecordedReport {
        &self.rollout.record.report
    }

    /// When the run began, in whole seconds. The name of its evidence has the same time.
    pub(super) fn when(&self) -> String {
        to_the_second(self.begun)
    }

    /// The fingerprints at entry and exit, if the run took them.
    pub(super) fn ends(&self) -> (Option<&Fingerprint>, Option<&Fingerprint>) {
        self.rollout.ends()
    }

    /// Whether the outcome of a COMMIT is unknown.
    pub(super) fn is_open(&self) -> bool {
        self.rollout.is_open()
    }

    /// The tiers that were applied at the end of the run. `None` if the run did not read them, is not complete, or has a COMMIT with an
    /// unknown outcome.
    pub(super) fn looked(&self) -> Option<&[u8]> {
        self.report().effect.applied.as_deref().filter(|_| self.rollout.record.complete && !self.is_open())
    }

    /// Whether an option was given.
    pub(super) fn has(&self, option: &str) -> bool {
        self.rollout.has(option)
    }

    /// The numbers of the tiers with this outcome.
    pub(super) fn ended(&self, outcome: Outcome) -> Vec<u8> {
        self.rollout.ended(outcome)
    }
}

/// Formats a time as the evidence does, in whole seconds.
pub(super) fn to_the_second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Tier numbers as a range, for example `1-6`, or as a list if they are not consecutive.
pub(super) fn range(tiers: &[u8]) -> String {
    match tiers {
        [first, .., last] if usize::from(last - first) + 1 == tiers.len() => format!("{first}-{last}"),
        _ => tiers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// Reads the time in a file name such as `rollout_20260603T100000Z.json`.
fn begun_by_name(path: &Path) -> Option<Timestamp> {
    let name = path.file_name()?.to_str()?;
    let stamp = name.strip_prefix("rollout_")?.get(..16)?;
    jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", stamp)
        .ok()?
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()
        .map(|it| it.timestamp())
}

/// The timeline and the WAL position of the server when the run began.
fn log(run: &RunEvidence) -> Option<(&str, i64)> {
    let session = run.rollout.record.session.as_ref()?;
    Some((&session.timeline, session.wal_bytes?))
}

/// All evidence that was found.
#[derive(Debug, Default)]
pub(super) struct FoundEvidence {
    /// Runs of the release, the newest last.
    pub(super) runs: Vec<RunEvidence>,
    pub(super) rejected: Vec<Rejected>,
    /// Runs on clones, the newest last. They do not count for the release, so they are in `rejected` too.
    pub(super) clones: Vec<RunEvidence>,
}

impl FoundEvidence {
    /// Reads all files. A file that cannot be used does not stop the others.
    pub(super) fn read(paths: &[PathBuf], release: &Release) -> Self {
        let mut found = Self::default();
        for path in paths {
            match RunEvidence::read(path, release) {
                Ok(run) if ["apply", "rollback"].contains(&run.report().command.as_str()) => found.runs.push(run),
                Ok(run) => {
                    let why = format!("it is of {}, which is not a run of the release", run.report().command);
                    // The file can be read, but it says nothing about the release. The time MIN marks such a file.
                    let path = run.path.clone();
                    found.rejected.push(Rejected { path, why, changed: false, begun: Some(Timestamp::MIN) });
                    if !run.report().stages().is_empty() {
                        found.clones.push(run);
                    }
                }
                Err(rejected) => found.rejected.push(rejected),
            }
        }
        found.runs.sort_by_key(|run| run.at);
        found.clones.sort_by_key(|run| run.at);
        found
    }

    /// One line for each database or history that the runs belong to, with its files. Empty if all runs belong to one database with one
    /// history.
    pub(super) fn histories(&self) -> Vec<String> {
        let mut databases: BTreeMap<(&str, &str), Vec<&RunEvidence>> = BTreeMap::new();
        for run in &self.runs {
            if let Some(database) = run.rollout.database() {
                databases.entry(database).or_default().push(run);
            }
        }
        let line = |(server, oid): (&str, &str), runs: &[&RunEvidence], more: &str| {
            let files: Vec<&str> = runs.iter().map(|run| run.path.as_str()).collect();
            let target = runs[0].report().target.as_ref();
            let (name, host) = target.map_or(("?", "?"), |target| (&target.database, &target.host));
            format!("database {name}, id {oid}, of server {server} ({host}){more}: {}", files.join(", "))
        };
        if databases.len() > 1 {
            return databases.iter().map(|(key, runs)| line(*key, runs, "")).collect();
        }
        let Some((key, runs)) = databases.iter().next() else { return Vec::new() };
        // The WAL position of a server never goes back. If it does, the runs met two different states of one server.
        let back = (1..runs.len()).find(|&at| {
            let (Some(before), Some(after)) = (log(runs[at - 1]), log(runs[at])) else { return false };
            before.0 == after.0 && after.1 < before.1
        });
        back.map_or_else(Vec::new, |at| {
            let end = |run: &RunEvidence| {
                log(run).map_or_else(String::new, |(_, bytes)| format!(", log position {}", position(bytes)))
            };
            vec![line(*key, &runs[..at], &end(runs[at - 1])), line(*key, &runs[at..], &end(runs[at]))]
        })
    }
}
