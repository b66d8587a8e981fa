//! TLS with the meaning that libpq gives to sslmode, implemented with rustls.

mod certificate;
mod config;
mod der;
mod error;
mod files;
mod handshake;
mod manual;
mod names;
mod verifier;
mod words;

pub use error::TlsError;
pub use handshake::{TlsInfo, Verified};

pub(crate) use handshake::{Negotiator, failure_in, words_in};
