//! Reads a rollout file. The reader is strict: a file that does not have the documented form, or has a member twice, is not evidence.

use super::record::SCHEMA;
use super::{Record, checksum};
use crate::check::Check;
use crate::exec::{Outcome, TierReport};
use crate::files;
use crate::fingerprint::Fingerprint;
use crate::policy::ApprovalRule;
use crate::release::{Release, ReleaseError};
use crate::report::{Effect, ErrorReport, ReleaseName, RunAnswer, StageAnswer, TargetName, Verdict};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// A rollout file and its content.
#[derive(Debug)]
pub struct Rollout {
    /// The path of the file.
    pub path: PathBuf,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Whether the file's own checksum shows that its bytes are unchanged.
    pub is_as_written: bool,
    /// The content of the file.
    pub record: Record<RecordedReport>,
}

/// The report in the file. Members that are not listed here are not read.
#[derive(Debug, Deserialize)]
pub struct RecordedReport {
    /// The name of the command.
    pub command: String,
    /// The name and digests of the release.
    pub release: ReleaseName,
    /// The rule for approvals that was in force.
    pub approval_rule: Option<ApprovalRule>,
    /// The database. Absent if none was reached.
    pub target: Option<TargetName>,
    /// The verdict of the command.
    pub verdict: Verdict,
    pub exit_code: u8,
    /// What the run did, and which tiers were applied at its end.
    pub effect: Effect,
    #[serde(default)]
    pub checks: Vec<Check>,
    #[serde(default)]
    pub tiers: Vec<TierReport>,
    result: Option<Ends>,
    #[serde(default)]
    pub notes: Vec<String>,
    /// The paths of the evidence files.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// The error. Absent if the run did not fail.
    pub error: Option<ErrorReport>,
}

/// The result of the command, if the run took fingerprints.
#[derive(Debug, Default, Deserialize)]
pub struct Ends {
    run: Option<RunAnswer>,
    /// The stages of a clone rehearsal.
    #[serde(default)]
    stages: Vec<StageAnswer>,
}

impl RecordedReport {
    /// The stages of a clone rehearsal. Empty for any other run.
    pub fn stages(&self) -> &[StageAnswer] {
        self.result.as_ref().map_or(&[], |result| &result.stages)
    }
}

/// The members that every version of the file has.
#[derive(Deserialize)]
struct FileVersion {
    schema: String,
    program: String,
}

impl Rollout {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// Returns why this program cannot read the file as a rollout file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let bytes = files::read(path, files::LARGE).map_err(|error| error.to_string())?;
        let text = std::str::from_utf8(&bytes).map_err(|_| "not an evidence file: not valid UTF-8".to_owned())?;
        Self::parse(text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, String> {
        let refused = |error: serde_json::Error| format!("not an evidence file: {error}");
        let _: NothingTwice = serde_json::from_str(text).map_err(refused)?;
        let version: FileVersion = serde_json::from_str(text).map_err(refused)?;
        if version.schema != SCHEMA {
            return Err(format!(
                "its schema is {}, but this program reads {SCHEMA}; the file was written by {}",
                version.schema, version.program
            ));
        }
        let record = serde_json::from_str(text).map_err(refused)?;
        let is_as_written = checksum::holds(text);
        Ok(Self { path: path.to_owned(), sha256: checksum::of(text.as_bytes()), is_as_written, record })
    }

    /// Checks that the file belongs to this release.
    ///
    /// # Errors
    /// Returns [`ReleaseError::Unexpected`] if it belongs to another release.
    pub fn of_release(&self, release: &Release) -> Result<(), ReleaseError> {
        let expected = &self.record.report.release.digest;
        if *expected == release.digest_text() {
            return Ok(());
        }
        Err(ReleaseError::Unexpected { expected: expected.clone(), actual: release.digest_text() })
    }

    /// The database that the file is about: the system identifier of the server and the oid of the database.
    pub fn database(&self) -> Option<(&str, &str)> {
        let session = self.record.session.as_ref()?;
        Some((&session.system_identifier, session.database_oid.as_deref()?))
    }

    /// The fingerprints that the run took before and after its tiers.
    pub fn ends(&self) -> (Option<&Fingerprint>, Option<&Fingerprint>) {
        let run = self.run();
        (run.and_then(|run| run.entry.as_ref()), run.and_then(|run| run.exit.as_ref()))
    }

    /// The fingerprint that a dry run took after all tiers and all rollbacks.
    pub fn after_rollback(&self) -> Option<&Fingerprint> {
        self.run().and_then(|run| run.after_rollback.as_ref())
    }

    pub(super) fn run(&self) -> Option<&RunAnswer> {
        self.record.report.result.as_ref().and_then(|result| result.run.as_ref())
    }

    /// Whether the command line contains this option.
    pub fn has(&self, option: &str) -> bool {
        self.record.arguments.iter().any(|argument| argument == option)
    }

    /// The numbers of the tiers with this outcome.
    pub fn ended(&self, outcome: Outcome) -> Vec<u8> {
        self.record.report.tiers.iter().filter(|tier| tier.outcome == outcome).map(|tier| tier.number).collect()
    }

    /// The tiers and actions whose transactions the run committed.
    pub fn kept(&self) -> impl Iterator<Item = &TierReport> {
        self.record.report.tiers.iter().filter(|tier| matches!(tier.outcome, Outcome::Committed | Outcome::RolledBack))
    }

    /// Whether the outcome of a COMMIT is not known.
    pub fn is_open(&self) -> bool {
        self.record.commit_next.is_some() || !self.ended(Outcome::Unresolved).is_empty()
    }
}

/// JSON in which no object has a member twice. Programs differ in which of the two they read.
struct NothingTwice;

impl<'de> Deserialize<'de> for NothingTwice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for NothingTwice {
    type Value = Self;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            members.next_value::<Self>()?;
            if let Some(name) = seen.replace(name) {
                return Err(A::Error::custom(format!("{name} is in the file twice")));
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_is_there_twice_is_refused_wherever_it_is() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"b":2,"\u0061":3}}]"#] {
            let error = serde_json::from_str::<NothingTwice>(text).err().unwrap();
            assert!(error.to_string().contains("a is in the file twice"), "{error}");
        }
        for text in [r#"{"a":{"a":[1,-1,1.5,null,true,"a"]},"b":{"a":1}}"#, "[]"] {
            assert!(serde_json::from_str::<NothingTwice>(text).is_ok());
        }
    }

    #[test]
    fn another_version_is_named_with_its_program() {
        let text = r#"{"schema":"oneroof.evidence/1","program":"oneroof 0.0.9","report":{}}"#;
        let error = Rollout::parse(text, Path::new("x")).unwrap_err();
        assert!(error.contains("oneroof.evidence/1") && error.contains("oneroof 0.0.9"), "{error}");
    }
}
