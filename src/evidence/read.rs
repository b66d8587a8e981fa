//! Reads a rollout file. Strict: what is not of the documented shape, or names one thing twice, is no evidence.

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

/// A rollout file as it was read.
#[derive(Debug)]
pub struct Rollout {
    /// Where it was read from.
    pub path: PathBuf,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Its bytes are as the program wrote them, by its own checksum.
    pub is_as_written: bool,
    /// What it holds.
    pub record: Record<RecordedReport>,
}

/// The report inside; what is not named here is not read.
#[derive(Debug, Deserialize)]
pub struct RecordedReport {
    /// Which command.
    pub command: String,
    /// Which release.
    pub release: ReleaseName,
    /// The rule for approvals that was in force.
    pub approval_rule: Option<ApprovalRule>,
    /// Which database; absent where none was reached.
    pub target: Option<TargetName>,
    /// How it ended.
    pub verdict: Verdict,
    pub exit_code: u8,
    /// What it did, and what was there at its end.
    pub effect: Effect,
    #[serde(default)]
    pub checks: Vec<Check>,
    #[serde(default)]
    pub tiers: Vec<TierReport>,
    result: Option<Ends>,
    #[serde(default)]
    pub notes: Vec<String>,
    /// The names of its files.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// Why it failed, where it did.
    pub error: Option<ErrorReport>,
}

/// What a run answers beside checks and tiers, where it took fingerprints.
#[derive(Debug, Default, Deserialize)]
pub struct Ends {
    run: Option<RunAnswer>,
    /// What a run on a clone came to.
    #[serde(default)]
    stages: Vec<StageAnswer>,
}

impl RecordedReport {
    /// The stages of a run on a clone; none for any other run.
    pub fn stages(&self) -> &[StageAnswer] {
        self.result.as_ref().map_or(&[], |result| &result.stages)
    }
}

/// Only what every version has.
#[derive(Deserialize)]
struct Version {
    schema: String,
    program: String,
}

impl Rollout {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// Why it is no rollout file that this program reads.
    pub fn read(path: &Path) -> Result<Self, String> {
        let bytes = files::read(path, files::LARGE).map_err(|error| error.to_string())?;
        let text = std::str::from_utf8(&bytes).map_err(|_| "not an evidence file: not valid UTF-8".to_owned())?;
        Self::parse(text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, String> {
        let refused = |error: serde_json::Error| format!("not an evidence file: {error}");
        let _: NothingTwice = serde_json::from_str(text).map_err(refused)?;
        let version: Version = serde_json::from_str(text).map_err(refused)?;
        if version.schema != SCHEMA {
            return Err(format!(
                "its schema is {}, this program reads {SCHEMA}; it was written by {}",
                version.schema, version.program
            ));
        }
        let record = serde_json::from_str(text).map_err(refused)?;
        let is_as_written = checksum::holds(text);
        Ok(Self { path: path.to_owned(), sha256: checksum::of(text.as_bytes()), is_as_written, record })
    }

    /// Whether it is of this release.
    ///
    /// # Errors
    /// [`ReleaseError::Unexpected`] when it is not.
    pub fn of_release(&self, release: &Release) -> Result<(), ReleaseError> {
        let expected = &self.record.report.release.digest;
        if *expected == release.digest_text() {
            return Ok(());
        }
        Err(ReleaseError::Unexpected { expected: expected.clone(), actual: release.digest_text() })
    }

    /// Which database of which server it speaks of: system identifier and the database's own id.
    pub fn database(&self) -> Option<(&str, &str)> {
        let session = self.record.session.as_ref()?;
        Some((&session.system_identifier, session.database_oid.as_deref()?))
    }

    /// The fingerprints that the run took.
    pub fn ends(&self) -> (Option<&Fingerprint>, Option<&Fingerprint>) {
        let run = self.run();
        (run.and_then(|run| run.entry.as_ref()), run.and_then(|run| run.exit.as_ref()))
    }

    pub(super) fn run(&self) -> Option<&RunAnswer> {
        self.record.report.result.as_ref().and_then(|result| result.run.as_ref())
    }

    /// An option was given.
    pub fn has(&self, option: &str) -> bool {
        self.record.arguments.iter().any(|argument| argument == option)
    }

    /// Numbers of the tiers that ended so.
    pub fn ended(&self, outcome: Outcome) -> Vec<u8> {
        self.record.report.tiers.iter().filter(|tier| tier.outcome == outcome).map(|tier| tier.number).collect()
    }

    /// The tiers and actions whose transactions the run committed.
    pub fn kept(&self) -> impl Iterator<Item = &TierReport> {
        self.record.report.tiers.iter().filter(|tier| matches!(tier.outcome, Outcome::Committed | Outcome::RolledBack))
    }

    /// How a COMMIT ended is not known.
    pub fn is_open(&self) -> bool {
        self.record.commit_next.is_some() || !self.ended(Outcome::Unresolved).is_empty()
    }
}

/// Any JSON in which no object names a member twice: readers differ in which of the two they take.
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
                return Err(A::Error::custom(format!("{name} is there twice")));
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
            assert!(error.to_string().contains("a is there twice"), "{error}");
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
