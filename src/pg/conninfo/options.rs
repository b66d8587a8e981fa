//! What the command line says about the connection.

use super::profile::Profile;
use crate::secret::Secret;

/// Connection options as plain text, from whatever parses the command line.
///
/// A value is a secret until it is known what it is. As in psql, a setting inside a connection string beats the flag of the same meaning.
#[derive(Clone, Default, Debug)]
pub struct ConnectionOptions {
    /// `--dsn`: a connection string of either notation.
    pub dsn: Option<Secret>,
    /// Where the connection string came from, if not from `--dsn`.
    pub dsn_origin: Option<String>,
    /// `-d`, `--dbname`: a name or a connection string.
    pub dbname: Option<Secret>,
    /// `--host`.
    pub host: Option<Secret>,
    /// `-p`, `--port`.
    pub port: Option<Secret>,
    /// `-U`, `--username`.
    pub username: Option<Secret>,
    /// `-w`, `--no-password`: never ask for one.
    pub no_password: bool,
    /// `-W`, `--password`: ask for one before anything else.
    pub password_first: bool,
    /// A password that was read from a named file.
    pub password: Option<Secret>,
    /// `--sslmode`.
    pub sslmode: Option<Secret>,
    /// `--sslrootcert`.
    pub sslrootcert: Option<Secret>,
    /// `--connect-timeout`, in seconds.
    pub connect_timeout: Option<Secret>,
    /// `--via`: a command whose stdin and stdout carry the protocol.
    pub via: Option<Secret>,
    /// The chosen profile: the lowest layer above the defaults.
    pub profile: Option<Profile>,
}
