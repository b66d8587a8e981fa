//! Every way in which a command can fail, with its exit code and its hint. The matches are exhaustive, so a new kind of failure does not
//! compile until it has both.

use crate::derive::DeriveError;
use crate::exec::Failure;
use crate::pg::holders::holders_text;
use crate::pg::open_error::OpenError;
use crate::pg::prompt::PromptError;
use crate::release::ReleaseError;
use crate::sqlstate::{INSUFFICIENT_PRIVILEGE, LOCK_NOT_AVAILABLE, QUERY_CANCELED};

/// The exit code of the process. The codes are a part of the interface: `oneroof help exit-codes` lists them, and a test pins them
/// (cli.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(into = "u8")]
#[repr(u8)]
pub enum ExitCode {
    /// The command succeeded, or the verdict is GO.
    Done = 0,
    /// An internal error of this program.
    Internal = 1,
    /// The command line, the environment or a file that it names is wrong.
    Usage = 2,
    /// NO-GO: only the human gate is unmet.
    GateClosed = 3,
    /// NO-GO: a precondition is unmet.
    Unmet = 4,
    /// A transaction failed and was rolled back, or a comparison found a difference.
    Failed = 5,
    /// The packet does not match its manifest.
    Manifest = 6,
    /// The program could not connect, or it lost the connection and the outcome is known.
    Connection = 7,
    /// The run was interrupted and rolled back.
    Interrupted = 8,
    /// A COMMIT was sent and its outcome is not known.
    Unknown = 9,
    /// Another run holds the lock.
    Locked = 10,
    /// Nobody confirmed the run.
    Refused = 11,
    /// The command succeeded, but the evidence could not be completed.
    EvidenceIncomplete = 12,
    /// Every tier is applied already, and none is altered. Nothing was begun.
    AlreadyApplied = 13,
}

impl From<ExitCode> for u8 {
    fn from(code: ExitCode) -> Self {
        code as Self
    }
}

impl ExitCode {
    /// All codes with their meaning, for `--help`, the manual page and the tests.
    pub const TABLE: [(Self, &'static str); 14] = [
        (Self::Done, "done, or GO"),
        (Self::Internal, "internal error"),
        (Self::Usage, "wrong usage"),
        (Self::GateClosed, "NO-GO: only the human gate is unmet"),
        (Self::Unmet, "NO-GO: a precondition is unmet"),
        (Self::Failed, "a tier failed and was rolled back, or a difference was found"),
        (Self::Manifest, "the packet does not match its manifest"),
        (Self::Connection, "cannot connect, or connection lost and the outcome is known"),
        (Self::Interrupted, "interrupted, rolled back"),
        (Self::Unknown, "the outcome of a COMMIT is not known"),
        (Self::Locked, "another run holds the lock"),
        (Self::Refused, "not confirmed: nothing was begun"),
        (Self::EvidenceIncomplete, "applied, but the evidence could not be completed"),
        (Self::AlreadyApplied, "already applied and unaltered: nothing was begun"),
    ];
}

/// Where a person finds the words that confirm a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfirmWay {
    /// The same command asks for them on a terminal.
    Asked,
    /// These are the words.
    Known(String),
    /// `oneroof preflight` connects and shows them.
    Shown,
    /// Only a profile can name this server.
    Profile,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A wrong word on the command line, in the environment or in a file that they name.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What a person can give instead.
        hint: String,
    },
    /// The packet does not match its manifest, or it is not valid.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// The operator did not confirm.
    #[error("{message}")]
    Refused {
        /// What was not confirmed.
        message: String,
        /// How to confirm.
        hint: String,
        /// Where the person finds what confirms the run.
        way: ConfirmWay,
    },
    /// No session could be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Another run is under way.
    #[error("another run holds the run lock{}", holders_text(.holders))]
    RunLocked {
        /// The sessions that hold the lock, one line for each.
        holders: Vec<String>,
    },
    /// Checks are unmet.
    #[error("{message}")]
    NoGo {
        /// How many checks are unmet, and which.
        message: String,
        /// Whether only the human gate is unmet.
        only_gate: bool,
        /// What a person can do about the error.
        hint: String,
    },
    /// Every tier is applied already, so there is nothing to apply.
    #[error("every tier of the release is applied already, as shipped; nothing was begun")]
    AlreadyApplied,
    /// A transaction of a tier, a rollback, an action or a rehearsal failed.
    #[error("{what}: {}", failure_text(.failure))]
    Transaction {
        /// What failed, for example `tier 3 ownership` or `the rehearsal`.
        what: String,
        /// Why it failed.
        failure: Box<Failure>,
        /// What to run next.
        hint: String,
    },
    /// A comparison or verification found differences.
    #[error("{message}")]
    Different {
        /// What differs.
        message: String,
        /// What to run next.
        hint: String,
    },
    /// A read-only command lost its session.
    #[error("lost the connection: {reason}")]
    Lost {
        /// The last message of the server or the driver.
        reason: String,
    },
    /// In a read-only command the server sent more than this program accepts.
    #[error("a limit of this program, not of the network or the server: {reason}")]
    Limit {
        /// Which limit was reached.
        reason: String,
    },
    /// In a read-only command the queries took longer than this program waits for them.
    #[error("{what} took longer than {limit_ms} ms, which is a limit of this program")]
    Slow {
        /// Which queries, and the first check without a result if it is known.
        what: String,
        /// The limit in milliseconds.
        limit_ms: u64,
    },
    /// The outcome of a COMMIT is not known yet.
    #[error("the outcome of transaction {xid} is not known: {reason}")]
    Unresolved {
        /// The transaction id.
        xid: String,
        /// Why it is not known.
        reason: String,
        /// The query to run.
        hint: String,
    },
    /// The server rejected a read-only query.
    #[error("{what}: {message} (SQLSTATE {sqlstate})")]
    Question {
        /// What the query was about.
        what: String,
        /// The message of the server.
        message: String,
        sqlstate: String,
    },
    /// A signal arrived when nothing was being written.
    #[error("interrupted by signal {signal}")]
    Interrupted {
        /// The name of the signal.
        signal: &'static str,
    },
    /// Every tier was committed and confirmed, but the run did not finish.
    #[error("every tier was committed, but the end state was not checked: {reason}")]
    Unverified {
        /// Why the run did not finish.
        reason: String,
        /// The exit code for this reason.
        code: ExitCode,
    },
    /// The command succeeded, but its evidence is incomplete.
    #[error("the evidence could not be completed: {reason}")]
    Evidence {
        /// The message of the operating system.
        reason: String,
    },
    /// A program that the command needs is missing or failed.
    #[error("{message}")]
    Tool {
        /// What happened.
        message: String,
        /// What a person can do about the error.
        hint: String,
    },
    /// An internal error of this program.
    #[error("internal error: {0}")]
    Internal(String),
}

/// The failure in one line of text.
pub fn failure_text(failure: &Failure) -> String {
    match failure {
        Failure::Sql(error) => format!("{} (SQLSTATE {})", error.message, error.sqlstate),
        Failure::ServerFacts(breaches) => {
            format!("what the server reports contradicts the tier: {}", breaches.join("; "))
        }
        Failure::Silent { checks } => format!("these checks were not made: {}", checks.join(", ")),
        Failure::Policy { unmet } => format!("the approval does not meet the host policy: {}", unmet.join(", ")),
        Failure::Locked { error, holders, waited_ms } => {
            format!("could not obtain a lock within {waited_ms} ms: {}{}", error.message, holders_text(holders))
        }
        Failure::Deadline { after_ms } => format!("not done within its deadline of {after_ms} ms; cancelled"),
        Failure::Interrupted { signal } => format!("interrupted by signal {signal}"),
        Failure::Lost(lost) if lost.by_limit => {
            format!("stopped by a limit of this program, not of the network or the server: {}", lost.words())
        }
        Failure::Lost(lost) => format!("lost the connection: {}", lost.words()),
        Failure::Journal { reason } => format!("the evidence could not be written before COMMIT: {reason}"),
        Failure::CommitRefused { error } => match error {
            Some(error) => format!("COMMIT failed: {} (SQLSTATE {})", error.message, error.sqlstate),
            None => "the server answered COMMIT with a rollback".to_owned(),
        },
        Failure::CommitLost { xid } => {
            format!("the reply to COMMIT was lost, and the database says that transaction {xid} did not take effect")
        }
        Failure::Unknown { xid, reason } => format!("the outcome of transaction {xid} is not known: {reason}"),
    }
}

impl Error {
    /// Whether the server answered every message before this error occurred. Then the session can be closed in the usual way.
    pub(crate) fn is_answered(&self) -> bool {
        match self {
            Self::Refused { .. } | Self::NoGo { .. } | Self::AlreadyApplied | Self::Different { .. } => true,
            Self::Transaction { failure, .. } => matches!(
                **failure,
                Failure::Sql(_)
                    | Failure::ServerFacts(_)
                    | Failure::Silent { .. }
                    | Failure::Policy { .. }
                    | Failure::Locked { .. }
            ),
            _ => false,
        }
    }

    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage { .. } => ExitCode::Usage,
            Self::Release(_) => ExitCode::Manifest,
            Self::Refused { .. } => ExitCode::Refused,
            Self::Open(error) if error.is_usage() => ExitCode::Usage,
            Self::Open(error) if error.is_refusal() => ExitCode::Unmet,
            Self::Open(OpenError::Limit { .. }) => ExitCode::Failed,
            Self::Open(OpenError::Prompt(PromptError::Interrupted { .. })) => ExitCode::Interrupted,
            Self::Open(_) | Self::Lost { .. } => ExitCode::Connection,
            Self::RunLocked { .. } => ExitCode::Locked,
            Self::NoGo { only_gate: true, .. } => ExitCode::GateClosed,
            Self::NoGo { only_gate: false, .. } => ExitCode::Unmet,
            Self::AlreadyApplied => ExitCode::AlreadyApplied,
            Self::Transaction { failure, .. } => failure_code(failure),
            Self::Different { .. } | Self::Question { .. } | Self::Limit { .. } | Self::Slow { .. } => ExitCode::Failed,
            Self::Interrupted { .. } => ExitCode::Interrupted,
            Self::Unverified { code, .. } => *code,
            Self::Unresolved { .. } => ExitCode::Unknown,
            Self::Evidence { .. } => ExitCode::EvidenceIncomplete,
            Self::Tool { .. } => ExitCode::Usage,
            Self::Internal(_) => ExitCode::Internal,
        }
    }

    /// What a person can do about the error. Empty if the message is enough.
    pub fn hint(&self) -> String {
        match self {
            Self::Usage { hint, .. }
            | Self::Refused { hint, .. }
            | Self::NoGo { hint, .. }
            | Self::Transaction { hint, .. }
            | Self::Different { hint, .. }
            | Self::Tool { hint, .. } => hint.clone(),
            Self::Release(ReleaseError::Unexpected { .. }) => {
                "Use the binary that carries the expected release, or pin this one's digest.".to_owned()
            }
            Self::Release(ReleaseError::Sealed { .. }) => {
                "Build the packet again with oneroof packet build, or get the file again and compare its sha256sum.".to_owned()
            }
            Self::Release(ReleaseError::Unsigned { .. }) => {
                "Whoever releases signs the file: ssh-keygen -Y sign -n oneroof -f KEY FILE leaves FILE.sig beside it.".to_owned()
            }
            Self::Release(ReleaseError::Composed { .. }) => {
                "Correct in the packet's folder what is named above, run oneroof packet build on it, and build this program again.".to_owned()
            }
            Self::AlreadyApplied => "oneroof verify checks the whole end state.".to_owned(),
            Self::Release(_) => {
                "Do not use this binary. Get it again from where it is published, and compare its checksum.".to_owned()
            }
            Self::Open(error) => error.hint(),
            Self::RunLocked { .. } => "Wait until the other run has ended; if its client is gone, it ends within a minute. oneroof status shows who holds the lock, and which tiers are applied.".to_owned(),
            Self::Lost { .. } => "Nothing was being written. Run the command again.".to_owned(),
            Self::Limit { .. } => {
                "Nothing was being written. Look for a very long row among those that the command reads.".to_owned()
            }
            Self::Slow { .. } => {
                "Nothing was being written. If the server is busy, run the command again later. Otherwise run the query with EXPLAIN ANALYZE, to see what takes the time."
                    .to_owned()
            }
            Self::Question { sqlstate, .. } if sqlstate == LOCK_NOT_AVAILABLE => {
                "Nothing was being written. Wait until the lock is free, or end the session that holds it, and run the command again."
                    .to_owned()
            }
            Self::Question { sqlstate, .. } if sqlstate == QUERY_CANCELED => {
                "Nothing was being written. Somebody cancelled the query. Run the command again.".to_owned()
            }
            Self::Question { sqlstate, .. } if sqlstate == INSUFFICIENT_PRIVILEGE => {
                "The role has no right to what the message names. oneroof preflight lists the rights that the release needs."
                    .to_owned()
            }
            Self::Question { .. } => "Run oneroof preflight: it checks what the packet needs of the database.".to_owned(),
            Self::Interrupted { .. } => "Nothing was being written.".to_owned(),
            Self::Unverified { .. } => {
                "This output shows what the run committed; oneroof status and oneroof verify show the state of the database.".to_owned()
            }
            Self::Unresolved { hint, .. } => hint.clone(),
            Self::Evidence { .. } => "The database is as this output says. Keep this output: it replaces the incomplete evidence.".to_owned(),
            Self::Internal(_) => "Please report this with the command line and this text.".to_owned(),
        }
    }
}

impl From<DeriveError> for Error {
    fn from(error: DeriveError) -> Self {
        Self::Usage { message: error.to_string(), hint: error.hint() }
    }
}

fn failure_code(failure: &Failure) -> ExitCode {
    match failure {
        Failure::Sql(_)
        | Failure::ServerFacts(_)
        | Failure::Silent { .. }
        | Failure::Policy { .. }
        | Failure::Locked { .. }
        | Failure::Deadline { .. }
        | Failure::Journal { .. }
        | Failure::CommitRefused { .. } => ExitCode::Failed,
        Failure::Lost(lost) if lost.by_limit => ExitCode::Failed,
        Failure::Interrupted { .. } => ExitCode::Interrupted,
        Failure::Lost(_) | Failure::CommitLost { .. } => ExitCode::Connection,
        Failure::Unknown { .. } => ExitCode::Unknown,
    }
}
