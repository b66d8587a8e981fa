//! Why no connection was made.

use super::address::Candidate;
use crate::pg::tls::TlsError;
use crate::text::{escaped, escaped_within};
use std::io;

/// An attempt to connect failed, or there was no address to try.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialError {
    /// A name could not be resolved.
    #[error("could not translate host name \"{}\" to an address: {}", escaped(host), escaped(reason))]
    Lookup {
        /// The host name.
        host: String,
        /// The error in the resolver's words.
        reason: String,
    },
    /// No server listens at the address, or it may not be reached.
    #[error("connection to {candidate} failed: {}", escaped(&source.to_string()))]
    Connect {
        /// The address.
        candidate: Box<Candidate>,
        /// The system's error.
        source: io::Error,
    },
    /// The server did not answer in time.
    #[error("connection to {candidate} failed: no answer within {seconds} s (connect_timeout)")]
    Timeout {
        /// The address.
        candidate: Box<Candidate>,
        /// The limit in seconds.
        seconds: u64,
    },
    /// TLS could not be set up, or the server's certificate did not pass the check.
    #[error("connection to {candidate} failed: {source}")]
    Tls {
        /// The address.
        candidate: Box<Candidate>,
        /// What is wrong.
        source: TlsError,
    },
    /// The server process of the socket runs as another account.
    #[error(
        "connection to {candidate} failed: requirepeer names user \"{}\", but the socket's server runs as \"{}\"",
        escaped(wanted),
        escaped(found)
    )]
    Peer {
        /// The address.
        candidate: Box<Candidate>,
        /// The account that the settings require.
        wanted: String,
        /// The account that the server process runs as.
        found: String,
    },
    /// The command of `--via` failed.
    #[error("the command of --via failed: {}{}", escaped(reason), said(complaints))]
    Via {
        /// What went wrong.
        reason: String,
        /// The last part of the command's stderr.
        complaints: String,
    },
    /// The command of `--via` wrote its own text when the server's answer was expected.
    #[error("the command of --via writes text into the connection: \"{}\"", escaped_within(text, 300))]
    Banner {
        /// The beginning of that text.
        text: String,
    },
}

fn said(complaints: &str) -> String {
    if complaints.is_empty() {
        return String::new();
    }
    format!("; it said: {}", escaped_within(complaints, 500))
}

impl DialError {
    /// The readable text at the beginning of the bytes. Bytes after it may come from the server.
    pub(crate) fn banner(bytes: &[u8]) -> Self {
        let is_text = |byte: &u8| *byte >= b' ' || matches!(byte, b'\n' | b'\r' | b'\t' | 0x1b);
        let end = bytes.iter().position(|byte| !is_text(byte)).unwrap_or(bytes.len());
        Self::Banner { text: String::from_utf8_lossy(&bytes[..end]).trim().to_owned() }
    }

    /// What to do about the error, in sentences.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Lookup { .. } => "Check the spelling of the host name, and the DNS settings of this machine.",
            Self::Connect { candidate, source } => connect_hint(candidate, source.kind()),
            Self::Timeout { candidate, .. } if candidate.is_network() => {
                "A firewall may drop the packets, or the server may hang. connect_timeout sets how long to wait."
            }
            Self::Timeout { .. } => {
                "Check what answers there, and look at its log. connect_timeout sets how long to wait."
            }
            Self::Tls { source, .. } => source.hint(),
            Self::Peer { .. } => "Another server may listen there in place of yours: find out which process does.",
            Self::Banner { .. } => {
                "The command's standard output may carry only the server's bytes: let the command, and the shell at its other end, write greetings to standard error (>&2) or not at all."
            }
            Self::Via { .. } => {
                "The command must connect its stdin and stdout to the server's socket. It has no terminal, so it must not ask for anything."
            }
        }
    }
}

impl DialError {
    /// How far the attempt came. An error at a later stage is more useful.
    pub(crate) fn stage(&self) -> u8 {
        match self {
            Self::Lookup { .. } => 0,
            Self::Connect { .. } => 1,
            Self::Timeout { .. } => 2,
            Self::Via { .. } | Self::Banner { .. } | Self::Peer { .. } => 3,
            Self::Tls { .. } => 4,
        }
    }
}

fn connect_hint(candidate: &Candidate, kind: io::ErrorKind) -> &'static str {
    match (kind, candidate.is_socket()) {
        (io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused, true) => {
            "Check that the server runs on this machine and accepts connections on that socket. --host names another folder, --port another server."
        }
        (io::ErrorKind::ConnectionRefused, false) => {
            "Check that the server runs on that host and accepts TCP connections on that port."
        }
        (io::ErrorKind::PermissionDenied, true) => {
            "This account may not open the socket: run oneroof as one that may, such as postgres."
        }
        (_, true) => "Check the socket, and the server that made it.",
        (_, false) => "Check the address, the port, and the network between this machine and the server.",
    }
}

/// A cancel request could not be delivered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CancelError {
    /// The server could not be reached a second time.
    #[error("cancel request: {0}")]
    Dial(#[from] DialError),
    /// The request could not be sent.
    #[error("cancel request could not be sent: {}", escaped(reason))]
    Send {
        /// Why it could not be sent.
        reason: String,
    },
    /// The server did not receive the request in time.
    #[error("cancel request was not accepted within {seconds} s")]
    Timeout {
        /// The limit in seconds.
        seconds: u64,
    },
}
