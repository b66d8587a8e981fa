//! Why no session could be opened, and what to do about it.

use super::dial::DialError;
use super::prompt::PromptError;
use crate::sqlstate::{
    IDLE_SESSION_TIMEOUT, INSUFFICIENT_PRIVILEGE, PROTOCOL_VIOLATION, QUERY_CANCELED, TRANSACTION_TIMEOUT,
};

/// SQLSTATEs that a server too old for a query returns: syntax error, unknown function, column, table or type.
const UNKNOWN_WORDS: [&str; 5] = ["42601", "42883", "42703", "42P01", "42704"];

/// Why no session was opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The settings of the connection contradict each other or cannot be read.
    #[error(transparent)]
    Target(#[from] super::conninfo::TargetError),
    /// No server could be reached.
    #[error("{}", attempts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Dial {
        /// One failure for each attempt.
        attempts: Vec<DialError>,
    },
    /// Servers answered, but none was of the wanted kind.
    #[error("{message}")]
    OtherKind {
        /// The kind of each server.
        message: String,
    },
    /// The server refused the login.
    #[error("{endpoint}: {message}")]
    Login {
        /// How the server was reached.
        endpoint: String,
        /// The server's or the driver's words.
        message: String,
        /// The SQLSTATE, if the server sent one.
        sqlstate: String,
        /// What to do.
        hint: String,
    },
    /// The server requests a password, and none was given.
    #[error("{endpoint}: the server asks for a password, and {why}")]
    NoPassword {
        /// How the server was reached.
        endpoint: String,
        /// Why there is none.
        why: String,
        /// What to do.
        hint: String,
    },
    /// `-W` was given, and no password could be obtained.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// A pooler is between this program and the server. The process id that a pooler sends at login is not that of a backend.
    #[error("{endpoint}: a connection pooler answers: {evidence}")]
    Pooler {
        /// How the server was reached.
        endpoint: String,
        /// The evidence for it.
        evidence: &'static str,
    },
    /// The server sent more data than a limit of this program allows.
    #[error("{endpoint}: a limit of this program, not of the network or the server: {reason}")]
    Limit {
        /// How the server was reached.
        endpoint: String,
        /// The limit, in words.
        reason: String,
    },
    /// The first queries failed.
    #[error("{endpoint}: {message}")]
    Questions {
        /// How the server was reached.
        endpoint: String,
        /// The server's words.
        message: String,
        /// The SQLSTATE, if the server sent one.
        sqlstate: String,
    },
}

impl OpenError {
    /// Whether the settings of the connection are the cause.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Target(_))
    }

    /// Whether the first query failed with this SQLSTATE.
    pub fn has_sqlstate(&self, wanted: &str) -> bool {
        matches!(self, Self::Questions { sqlstate, .. } if sqlstate == wanted)
    }

    /// Whether the session ended at the first query, and no reason arrived. If the server ends a session just when a query is sent, its reason
    /// is lost, for example `idle_session_timeout`.
    pub fn is_silent_end(&self) -> bool {
        let ends = ["connection closed", "error communicating with the server"];
        matches!(self, Self::Questions { sqlstate, message, .. }
            if sqlstate.is_empty() && ends.iter().any(|end| message.starts_with(end)))
    }

    /// Whether the server was reached, but must not be used for a release.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Pooler { .. } => true,
            Self::Questions { sqlstate, .. } => sqlstate == INSUFFICIENT_PRIVILEGE,
            _ => false,
        }
    }

    /// What to do.
    pub fn hint(&self) -> String {
        match self {
            Self::Target(error) => error.hint().unwrap_or_default(),
            // The hint of the attempt that got furthest.
            Self::Dial { attempts } => {
                let farthest = attempts.iter().rev().max_by_key(|attempt| attempt.stage());
                farthest.map_or("", DialError::hint).to_owned()
            }
            Self::OtherKind { .. } => "Connect to the primary, or give another target_session_attrs.".to_owned(),
            Self::Login { hint, .. } | Self::NoPassword { hint, .. } => hint.clone(),
            Self::Prompt(PromptError::Interrupted { .. }) => "Nothing was begun.".to_owned(),
            Self::Prompt(_) => {
                "Without -W a password comes from ~/.pgpass (mode 0600), PGPASSWORD or the service file.".to_owned()
            }
            Self::Pooler { .. } => {
                "Connect to the host and port of PostgreSQL itself: the run lock and the settings belong to one server process."
                    .to_owned()
            }
            Self::Limit { .. } => "Find out what the server sends besides the query results, such as notices.".to_owned(),
            _ if [QUERY_CANCELED, IDLE_SESSION_TIMEOUT, TRANSACTION_TIMEOUT].iter().any(|state| self.has_sqlstate(state)) => {
                // The second try was made without the timeouts that a role or a database can set, so another cause ended the query.
                "The first query was cancelled twice, the second time without the timeouts of the role and the database: look for what cancels it, such as a job on the server or a pooler."
                    .to_owned()
            }
            Self::Questions { sqlstate, .. } if UNKNOWN_WORDS.contains(&sqlstate.as_str()) => {
                "Check that this is PostgreSQL 13 or later.".to_owned()
            }
            Self::Questions { sqlstate, .. } if sqlstate == INSUFFICIENT_PRIVILEGE => {
                "By default everybody may read these views and call these functions, but somebody revoked the right. A superuser grants it to the role again."
                    .to_owned()
            }
            Self::Questions { sqlstate, .. } if sqlstate == PROTOCOL_VIOLATION => {
                "If a connection pooler answers at this address, connect to the server itself.".to_owned()
            }
            Self::Questions { sqlstate, .. } if sqlstate.is_empty() => {
                "The server sent nothing after the login: check that PostgreSQL answers at this address, and look at its log."
                    .to_owned()
            }
            Self::Questions { .. } => "Act on what the server says, then run the command again.".to_owned(),
        }
    }
}
