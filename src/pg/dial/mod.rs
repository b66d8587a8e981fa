//! From a target to a byte stream on which the startup packet may be sent.
//!
//! [`dial`] makes one attempt to connect to one address: TCP, a unix socket, or the stdin and stdout of a command, with TLS if it is used.
//! [`reach()`] is libpq's loop around it: the hosts in order, the addresses of each host in order, and a second attempt with or without TLS
//! if the mode permits it.

mod address;
mod bridge;
mod dialed;
mod encryption;
mod error;
mod lookup;
mod reach;
mod socket;
#[cfg(test)]
mod tests;

pub use address::Encryption;
#[cfg(test)]
pub(crate) use address::{Address, Candidate};
pub use dialed::{CONNECT_LIMIT, Dialed, Redial, dial};
pub use error::DialError;
pub use lookup::candidates;
pub use reach::{Logged, LoginFailure, ReachError, reach};
