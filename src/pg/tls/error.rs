//! The errors of TLS.

use super::names;
use crate::text::{escaped, escaped_bytes};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// TLS could not be set up, or the server's certificate did not pass the check.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The mode verifies certificates, but the default file with trusted roots does not exist.
    #[error("root certificate file {} does not exist, sslmode={mode} needs one", maybe(path.as_deref()))]
    NoRoots {
        /// libpq's default path, if there is a home folder.
        path: Option<PathBuf>,
        /// The value of sslmode.
        mode: &'static str,
    },
    /// The given file cannot be used.
    #[error("{what} file {}: {reason}", shown(path))]
    File {
        /// What the file should contain.
        what: &'static str,
        /// The path of the file.
        path: PathBuf,
        /// What is wrong with the file.
        reason: String,
    },
    /// Other accounts may read the private key.
    #[error("private key file {} has group or world access", shown(path))]
    KeyExposed {
        /// The path of the key file.
        path: PathBuf,
    },
    /// A private key of this kind cannot be used.
    #[error("private key file {}: {reason}", shown(path))]
    ClientKey {
        /// The path of the key file.
        path: PathBuf,
        /// What is wrong, with the kind of the key.
        reason: String,
    },
    /// The settings contradict each other.
    #[error("TLS settings cannot be used: {reason}")]
    Settings {
        /// The contradiction.
        reason: String,
    },
    /// verify-full needs a host name, and none was given.
    #[error("a host name must be given for a verified TLS connection")]
    NoName,
    /// The server answered that it does not support TLS.
    #[error("server does not support TLS, but sslmode={mode} requires it")]
    NotOffered {
        /// The value of sslmode that requires TLS.
        mode: &'static str,
    },
    /// The answer to the request for TLS is not valid in the protocol.
    #[error("received an invalid answer to the request for TLS: {answer}")]
    InvalidAnswer {
        /// A description of the byte. The server's own text is never shown here, because it is not yet authenticated.
        answer: String,
    },
    /// Direct TLS was established, but the protocol's name was not agreed on. Another service may have answered.
    #[error("direct TLS was established without agreeing on the protocol \"postgresql\"")]
    NoProtocol,
    /// The chain of the server's certificate does not end at a trusted root.
    #[error("server certificate is not signed by a trusted root ({roots})")]
    UnknownIssuer {
        /// Where the trusted roots came from.
        roots: String,
    },
    /// The certificate is for other host names.
    #[error("server certificate is not valid for host \"{}\"{}", escaped(host), valid_for(names))]
    WrongName {
        /// The host name that the client connected to.
        host: String,
        /// The names in the certificate.
        names: Vec<String>,
    },
    /// The certificate has expired or is not valid yet.
    #[error("server certificate {reason}")]
    WrongTime {
        /// `has expired` or `is not valid yet`.
        reason: String,
    },
    /// The issuer has revoked the certificate.
    #[error("server certificate has been revoked")]
    Revoked,
    /// The certificate is rejected for another reason.
    #[error("server certificate is not accepted: {}", escaped(reason))]
    Certificate {
        /// The reason in words.
        reason: String,
        /// Whether the certificate may be valid but cannot be checked, because its algorithm is not supported.
        is_unsupported: bool,
    },
    /// The client and the server support no common version or algorithm.
    #[error("TLS handshake failed: {reason}")]
    NothingInCommon {
        /// The reason in words.
        reason: String,
    },
    /// The server rejected the client's certificate, or requires one.
    #[error("TLS handshake failed: {reason}")]
    ClientRefused {
        /// The reason in words.
        reason: String,
    },
    /// Any other failure of the handshake.
    #[error("TLS handshake failed: {}", escaped(reason))]
    Handshake {
        /// The reason in words, or the system's message.
        reason: String,
    },
}

fn shown(path: &Path) -> String {
    format!("\"{}\"", escaped_bytes(path.as_os_str().as_bytes()))
}

fn maybe(path: Option<&Path>) -> String {
    path.map_or_else(|| "\"~/.postgresql/root.crt\"".to_owned(), shown)
}

fn valid_for(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<_> = names.iter().map(|name| escaped(name)).collect();
    format!(", only for {}", names.join(", "))
}

impl TlsError {
    /// What to do about the error, in sentences.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoRoots { .. } => {
                "Provide the file, name another one with sslrootcert, or trust the system's roots \
                 with sslrootcert=system."
            }
            Self::File { .. } => "Check the file, or give another one with sslrootcert, sslcert, sslkey or sslcrl.",
            Self::ClientKey { .. } => names::SUPPORTED_CLIENTS,
            Self::KeyExposed { .. } => {
                "Change the file's permissions: at most u=rw (0600) if the current user owns it, at most u=rw,g=r (0640) if root owns it."
            }
            Self::Settings { .. } => "Check ssl_min_protocol_version, ssl_max_protocol_version and sslcrl.",
            Self::NoName => "Give the host by name, or set a lower sslmode explicitly.",
            Self::NotOffered { .. } => {
                "Turn TLS on in the server. If the connection is protected by other means, set sslmode=disable explicitly."
            }
            Self::InvalidAnswer { .. } => "Check what answers there: it does not speak PostgreSQL's protocol.",
            Self::NoProtocol => "Leave sslnegotiation=direct out: direct TLS needs PostgreSQL 17 or newer.",
            Self::UnknownIssuer { .. } => "Give the file of the right certificate authority with sslrootcert.",
            Self::WrongName { .. } => {
                "Connect with a host name that the certificate holds; hostaddr can give the address."
            }
            Self::WrongTime { .. } => "Renew the server's certificate; check this machine's clock too.",
            Self::Revoked => "Install another certificate on the server.",
            Self::Certificate { is_unsupported: true, .. } => names::SUPPORTED_SIGNATURES,
            Self::Certificate { is_unsupported: false, .. } => {
                "Install a certificate without this fault on the server."
            }
            Self::NothingInCommon { .. } => names::SUPPORTED_SERVERS,
            Self::ClientRefused { .. } => "Check sslcert on this machine, and ssl_ca_file and the log on the server.",
            Self::Handshake { .. } => "Look at the server's log: it may say why the handshake failed.",
        }
    }
}
