//! The address of a server, the host that it belongs to, and the encryption of an attempt to connect to it.

use crate::pg::conninfo::{Endpoint, SslMode, program_of};
use crate::secret::Secret;
use crate::text::escaped;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// How one attempt is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// The connection is not encrypted.
    Plain,
    /// The connection is encrypted if the server supports it.
    IfOffered,
    /// The connection must be encrypted.
    Required,
}

impl Encryption {
    /// The encryption of the first attempt under a mode.
    pub fn first(mode: SslMode) -> Self {
        match mode {
            SslMode::Disable | SslMode::Allow => Self::Plain,
            SslMode::Prefer => Self::IfOffered,
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => Self::Required,
        }
    }

    /// The encryption of the second attempt that `allow` and `prefer` permit after the server rejected a login.
    pub(super) fn second(mode: SslMode, was_encrypted: bool) -> Option<Self> {
        match (mode, was_encrypted) {
            (SslMode::Allow, false) => Some(Self::Required),
            (SslMode::Prefer, true) => Some(Self::Plain),
            _ => None,
        }
    }
}

/// One address to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// The path of a unix socket.
    Socket(PathBuf),
    /// An abstract unix socket, without the leading zero byte.
    Abstract(String),
    Tcp(SocketAddr),
    /// A command whose stdin and stdout carry the protocol.
    Via(Secret),
}

/// An endpoint and one of its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The host as the target names it.
    pub endpoint: Endpoint,
    /// The address to try.
    pub address: Address,
}

impl Candidate {
    /// The encryption of the first attempt.
    pub fn encryption(&self) -> Encryption {
        if self.is_socket() {
            return Encryption::Plain;
        }
        Encryption::first(self.endpoint.ssl_mode)
    }

    /// Whether the connection goes through a network of this machine.
    pub fn is_network(&self) -> bool {
        matches!(self.address, Address::Tcp(_))
    }

    /// Whether this is a unix socket. TLS is never used on a unix socket.
    pub fn is_socket(&self) -> bool {
        matches!(self.address, Address::Socket(_) | Address::Abstract(_))
    }
}

/// The same words as libpq, so that people can search for the message.
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
