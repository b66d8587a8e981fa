//! The content of a rollout file, for the writer and the reader.

use super::{Operator, Previous, checksum};
use crate::exec::Pending;
use crate::pg::server_facts::{Identity, SessionClient};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::Read as _;

/// The version of a rollout file.
pub(super) const SCHEMA: &str = "oneroof.evidence/2";

/// The content of a rollout file. `R` is the type of the report: [`crate::report::Report`] for the writer, [`super::RecordedReport`] for
/// the reader.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record<R> {
    /// The version of this format.
    pub schema: String,
    /// The name and version of the program that wrote the file.
    pub program: String,
    /// SHA-256 of the program's file. Absent if the program may not read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binary: Option<String>,
    /// The time at which the run began, by the clock of the client's machine.
    pub begun: String,
    /// The time at which this state was written, by the same clock.
    pub written: String,
    /// Whether the run has ended, so that this is its last state.
    pub complete: bool,
    /// The person who started the run.
    pub operator: Operator,
    /// The command line. Values that could hold a secret are left out.
    pub arguments: Vec<String>,
    /// How the run was confirmed. Absent if nobody confirmed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Confirmed>,
    /// The approval code that the operator gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratified_apr: Option<String>,
    /// The name of the restore point that the operator gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_ref: Option<String>,
    /// The session of the run. Absent if no database was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Identity>,
    /// The client's side of the connection as the server saw it, such as its address and TLS version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<SessionClient>,
    /// The evidence that was written before this file for the same database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
    /// The COMMIT whose outcome is not yet known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_next: Option<Pending>,
    /// The readable log in the same folder.
    pub log: LogSoFar,
    /// The report at the time when this state was written.
    pub report: R,
    /// SHA-256 of every byte before this member. The writer adds it while it writes the file.
    #[serde(skip_serializing)]
    pub checksum: String,
}

impl Record<()> {
    /// The facts about the process and its command line. They stay the same during the whole run.
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

    /// The same record with a report.
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

/// SHA-256 of the running program, read through the kernel. `None` if it may not be read.
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

/// The readable log at the time when a state was written. The log of every later state begins with the same bytes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSoFar {
    /// The name of the log file, in the folder of the evidence.
    pub file: String,
    /// The length of the log in bytes.
    pub bytes: u64,
    /// SHA-256 of these bytes.
    pub sha256: String,
}

/// How a run was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// A person typed the name at the terminal.
    Typed,
    /// The option `--confirm` contained the name.
    ByName,
    /// The option `--yes` was given.
    ByYes,
    /// The run commits nothing, so no confirmation was needed.
    NotNeeded,
}

/// How and when a run was confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmed {
    /// How the run was confirmed.
    pub how: How,
    /// The text that was typed or given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// The time of the confirmation, by the clock of the client's machine.
    pub at: String,
}

impl Confirmed {
    /// A confirmation at the current time.
    pub fn now(how: How, words: Option<&str>) -> Self {
        Self { how, words: words.map(str::to_owned), at: jiff::Timestamp::now().to_string() }
    }
}
