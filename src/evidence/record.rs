//! What a rollout file holds, as it is written and as it is read.

use super::{Operator, Previous, checksum};
use crate::exec::Pending;
use crate::pg::witness::{Client, Identity};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::Read as _;

/// The version of a rollout file.
pub(super) const SCHEMA: &str = "oneroof.evidence/2";

/// A rollout file. `R` is the report in it: [`crate::report::Report`] when it is written, [`super::RecordedReport`] when it is read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record<R> {
    /// The version of this form.
    pub schema: String,
    /// Which program wrote it.
    pub program: String,
    /// SHA-256 of that program; absent where it may not read itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binary: Option<String>,
    /// When the run began, by the clock of the machine that ran it.
    pub begun: String,
    /// When this state was written, by the same clock.
    pub written: String,
    /// The run has ended, and this is its last state.
    pub complete: bool,
    /// Who ran it.
    pub operator: Operator,
    /// The command line, without values that could hold a secret.
    pub arguments: Vec<String>,
    /// How it was confirmed; absent where nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Confirmed>,
    /// The approval code given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratified_apr: Option<String>,
    /// The named restore point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_ref: Option<String>,
    /// The session that wrote; absent where no database was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Identity>,
    /// How the server saw the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<Client>,
    /// The evidence before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
    /// The COMMIT whose end is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_next: Option<Pending>,
    /// The readable log beside it.
    pub log: LogSoFar,
    /// The report as it was then.
    pub report: R,
    /// SHA-256 of every byte before this member. The writer adds it while the bytes go out.
    #[serde(skip_serializing)]
    pub checksum: String,
}

impl Record<()> {
    /// What the process itself says, with its command line: the part that no step of the run changes.
    pub fn of_process(arguments: Vec<String>) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            program: concat!("oneroof ", env!("CARGO_PKG_VERSION")).to_owned(),
            operator: Operator::of_process(),
            binary: running_binary(),
            begun: jiff::Timestamp::now().to_string(),
            arguments,
            ..Self::default()
        }
    }

    /// The same with a report.
    pub(super) fn with<R>(&self, report: R) -> Record<R> {
        Record {
            schema: self.schema.clone(),
            program: self.program.clone(),
            binary: self.binary.clone(),
            begun: self.begun.clone(),
            written: self.written.clone(),
            complete: self.complete,
            operator: self.operator.clone(),
            arguments: self.arguments.clone(),
            confirmed: self.confirmed.clone(),
            ratified_apr: self.ratified_apr.clone(),
            backup_ref: self.backup_ref.clone(),
            session: self.session.clone(),
            client: self.client.clone(),
            previous: self.previous.clone(),
            commit_next: self.commit_next.clone(),
            log: self.log.clone(),
            report,
            checksum: self.checksum.clone(),
        }
    }
}

/// SHA-256 of the program that runs, as the kernel has it; absent where it may not be read.
fn running_binary() -> Option<String> {
    static DIGEST: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    let read = || {
        let (mut hasher, mut piece) = (Sha256::new(), vec![0; 64 * 1024]);
        let mut program = File::open("/proc/self/exe").ok()?;
        loop {
            match program.read(&mut piece).ok()? {
                0 => return Some(checksum::text(hasher)),
                length => hasher.update(&piece[..length]),
            }
        }
    };
    DIGEST.get_or_init(read).clone()
}

/// The readable log as it was when a state was written: later states find these bytes at its beginning.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
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
