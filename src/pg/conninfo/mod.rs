//! The connection settings of the database, with libpq's names and rules.
//!
//! [`resolve()`] merges the command line, a service file, the environment, a profile and the defaults, in this order, into one [`Target`].
//! Each value keeps its source. The module reads files and variables but opens no connection: [`crate::pg::dial`] does that.

mod advice;
mod environment;
mod error;
mod find;
mod hosts;
mod keyword;
mod model;
mod notation;
mod options;
mod origins;
mod pairs;
mod passfile;
mod profile;
mod resolve;
mod service;
mod settings;
mod show;
mod ssl;
#[cfg(test)]
mod tests;
mod uri;
mod values;
mod written;

pub use crate::secret::Secret;
pub use advice::LoginRejection;
pub use environment::{Account, Environment};
pub use error::TargetError;
pub use find::find_profile;
pub use model::{
    Asking, ChannelBinding, ClientCertificate, Endpoint, Host, Roots, Route, SessionAttributes, SslMode,
    SslNegotiation, SslSettings, Target, TlsVersion,
};
pub use notation::public_settings;
pub use options::ConnectionOptions;
pub use profile::{Profile, ProfileSource, parse_profile};
pub use resolve::{resolve, throwaway};

pub(crate) use environment::{Exposure, account_of};
pub(crate) use hosts::socket_path;
pub(crate) use resolve::check_role;
pub(crate) use show::{is_localhost, program_of};
