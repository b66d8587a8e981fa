//! From a target to a byte stream on which the startup packet may be sent.
//!
//! [`dial`] makes one attempt at one address: TCP, unix socket or a command's stdin and stdout,
//! TLS done where it is to be. [`reach()`] is libpq's loop around it: hosts in order, addresses of
//! a host in order, the second try with or without TLS where the mode allows one.

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
