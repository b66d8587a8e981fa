//! Parts of a rollout file that are written and read alike.

use serde::{Deserialize, Serialize};

/// The version of a rollout file.
pub(super) const SCHEMA: &str = "oneroof.evidence/2";

/// The readable log as it was when a state was written: later states find these bytes at its beginning.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSoFar {
    /// Its name, beside the evidence.
    pub file: String,
    /// How long it was.
    pub bytes: u64,
    /// SHA-256 of those bytes.
    pub sha256: String,
}

/// How a run that writes was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// A person typed the name at the terminal.
    Typed,
    /// `--confirm` named it.
    ByName,
    /// `--yes`.
    ByYes,
    /// It writes nothing that stays.
    NotNeeded,
}

/// How and when a run was confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmed {
    /// Which of the four ways.
    pub how: How,
    /// The words that were typed or given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// When, by the clock of the machine that ran it.
    pub at: String,
}

impl Confirmed {
    /// Confirmed at this moment.
    pub fn now(how: How, words: Option<&str>) -> Self {
        Self { how, words: words.map(str::to_owned), at: jiff::Timestamp::now().to_string() }
    }
}
