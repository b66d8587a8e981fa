//! Where the bytes go: an address, the host that it is of, and how an attempt on it is encrypted.

use crate::pg::conninfo::{Endpoint, SslMode, program_of};
use crate::secret::Secret;
use crate::text::escaped;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// How one attempt is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Not at all.
    Plain,
    /// If the server can.
    IfOffered,
    /// Or no connection.
    Required,
}

impl Encryption {
    /// The first attempt under a mode.
    pub fn first(mode: SslMode) -> Self {
        match mode {
            SslMode::Disable | SslMode::Allow => Self::Plain,
            SslMode::Prefer => Self::IfOffered,
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => Self::Required,
        }
    }

    /// The other attempt that `allow` and `prefer` grant after the server refused a login.
    pub(super) fn second(mode: SslMode, was_encrypted: bool) -> Option<Self> {
        match (mode, was_encrypted) {
            (SslMode::Allow, false) => Some(Self::Required),
            (SslMode::Prefer, true) => Some(Self::Plain),
            _ => None,
        }
    }
}

/// One place to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A unix socket's file.
    Socket(PathBuf),
    /// An abstract unix socket, without the leading zero byte.
    Abstract(String),
    Tcp(SocketAddr),
    /// A command.
    Via(Secret),
}

/// An endpoint and one of its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The host as named in the target.
    pub endpoint: Endpoint,
    /// The address to try.
    pub address: Address,
}

impl Candidate {
    /// How the first attempt is to be encrypted.
    pub fn encryption(&self) -> Encryption {
        if self.is_socket() {
            return Encryption::Plain;
        }
        Encryption::first(self.endpoint.ssl_mode)
    }

    /// Whether bytes to it go through a network of ours.
    pub fn is_network(&self) -> bool {
        matches!(self.address, Address::Tcp(_))
    }

    /// Whether it is a unix socket, on which TLS is never spoken.
    pub fn is_socket(&self) -> bool {
        matches!(self.address, Address::Socket(_) | Address::Abstract(_))
    }
}

/// As libpq words it, so that what is known about it can be found.
impl fmt::Display for Candidate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.address {
            Address::Socket(path) => {
                write!(formatter, "server on socket \"{}\"", escaped(&path.to_string_lossy()))
            }
            Address::Abstract(name) => write!(formatter, "server on socket \"@{}\"", escaped(name)),
            Address::Tcp(address) => {
                write!(formatter, "server at \"{}\"", self.endpoint.host)?;
                if self.endpoint.server_name() != Some(&address.ip().to_string()) {
                    write!(formatter, " ({})", address.ip())?;
                }
                write!(formatter, ", port {}", address.port())
            }
            Address::Via(command) => write!(formatter, "server via \"{}\"", program_of(command)),
        }
    }
}
