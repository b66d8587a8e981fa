//! What can be wrong with TLS.

use super::names;
use crate::text::{escaped, escaped_bytes};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// TLS could not be set up or did not prove what it had to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A verifying mode needs roots and the default file is not there.
    #[error("root certificate file {} does not exist, sslmode={mode} needs one", maybe(path.as_deref()))]
    NoRoots {
        /// libpq's default place, if there is a home folder.
        path: Option<PathBuf>,
        /// The mode in the settings.
        mode: &'static str,
    },
    /// A file that was named cannot be used.
    #[error("{what} file {}: {reason}", shown(path))]
    File {
        /// What it should hold.
        what: &'static str,
        /// Which one.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Others may read the private key.
    #[error("private key file {} has group or world access", shown(path))]
    KeyExposed {
        /// Which one.
        path: PathBuf,
    },
    /// The private key is of a kind that cannot be used.
    #[error("private key file {}: {reason}", shown(path))]
    ClientKey {
        /// Which one.
        path: PathBuf,
        /// What is wrong, with the kind.
        reason: String,
    },
    /// The settings cannot work together.
    #[error("TLS settings cannot be used: {reason}")]
    Settings {
        /// What is wrong.
        reason: String,
    },
    /// verify-full without a name.
    #[error("a host name must be given for a verified TLS connection")]
    NoName,
    /// The server says that it has no TLS.
    #[error("server does not support TLS, but sslmode={mode} requires it")]
    NotOffered {
        /// The mode that holds.
        mode: &'static str,
    },
    /// The answer to the request for TLS is none that the protocol knows.
    #[error("received an invalid answer to the request for TLS: {answer}")]
    InvalidAnswer {
        /// The byte in words; never the server's text, which nothing has vouched for yet.
        answer: String,
    },
    /// Direct TLS without the protocol's name agreed on: some other service may have answered.
    #[error("direct TLS was established without agreeing on the protocol \"postgresql\"")]
    NoProtocol,
    /// The server's certificate does not lead to a trusted root.
    #[error("server certificate is not signed by a trusted root ({roots})")]
    UnknownIssuer {
        /// Where the roots came from.
        roots: String,
    },
    /// The certificate is for other names.
    #[error("server certificate is not valid for host \"{}\"{}", escaped(host), valid_for(names))]
    WrongName {
        /// The name that was dialled.
        host: String,
        /// The names in the certificate.
        names: Vec<String>,
    },
    /// The certificate's time is over or has not come.
    #[error("server certificate {reason}")]
    WrongTime {
        /// Since or until when.
        reason: String,
    },
    /// Its authority has taken it back.
    #[error("server certificate has been revoked")]
    Revoked,
    /// The certificate is refused for another reason.
    #[error("server certificate is not accepted: {}", escaped(reason))]
    Certificate {
        /// In words.
        reason: String,
        /// It may be good, and cannot be checked here.
        is_unsupported: bool,
    },
    /// The server has no use for anything that is offered.
    #[error("TLS handshake failed: {reason}")]
    NothingInCommon {
        /// In words.
        reason: String,
    },
    /// The server does not accept the client's certificate, or wants one.
    #[error("TLS handshake failed: {reason}")]
    ClientRefused {
        /// In words.
        reason: String,
    },
    /// Any other failure of the handshake.
    #[error("TLS handshake failed: {}", escaped(reason))]
    Handshake {
        /// In words, or in those of the system.
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
    /// What to do about it, in sentences.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoRoots { .. } => {
                "Provide the file, name another one with sslrootcert, or trust the system's roots \
                 with sslrootcert=system."
            }
            Self::File { .. } => "Look at the file: sslrootcert, sslcert, sslkey and sslcrl name other ones.",
            Self::ClientKey { .. } => names::SUPPORTED_CLIENTS,
            Self::KeyExposed { .. } => {
                "The file must have permissions u=rw (0600) or less if owned by the current user, \
                 or u=rw,g=r (0640) or less if owned by root."
            }
            Self::Settings { .. } => "Look at ssl_min_protocol_version, ssl_max_protocol_version and sslcrl.",
            Self::NoName => "Give the host by name, or lower sslmode in words.",
            Self::NotOffered { .. } => {
                "Turn TLS on in the server. If the way to it is safe by other means, ask for \
                 sslmode=disable in words."
            }
            Self::InvalidAnswer { .. } => "Look at what answers there: it does not speak PostgreSQL's protocol.",
            Self::NoProtocol => "Direct TLS needs PostgreSQL 17 or newer; leave sslnegotiation=direct out.",
            Self::UnknownIssuer { .. } => "Name the file of the right certificate authority with sslrootcert.",
            Self::WrongName { .. } => "Connect by a name that the certificate holds; hostaddr can give the address.",
            Self::WrongTime { .. } => "Renew the server's certificate; look at this host's clock too.",
            Self::Revoked => "Give the server another certificate.",
            Self::Certificate { is_unsupported: true, .. } => names::SUPPORTED_SIGNATURES,
            Self::Certificate { is_unsupported: false, .. } => "Give the server a certificate without this fault.",
            Self::NothingInCommon { .. } => names::SUPPORTED_SERVERS,
            Self::ClientRefused { .. } => "Look at sslcert here and at ssl_ca_file and the log of the server.",
            Self::Handshake { .. } => "The server's log may say what it saw of it.",
        }
    }
}
