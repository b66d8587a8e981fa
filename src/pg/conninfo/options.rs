//! The connection options of the command line.

use super::profile::Profile;
use crate::secret::Secret;

/// Connection options as plain text, from whatever parses the command line.
///
/// Every value is treated as a secret until its meaning is known. As in psql, a setting in a connection string comes before the flag with
/// the same meaning.
#[derive(Clone, Default, Debug)]
pub struct ConnectionOptions {
    /// `--dsn`: a connection string in either notation.
    pub dsn: Option<Secret>,
    /// The source of the connection string if it is not `--dsn`.
    pub dsn_origin: Option<String>,
    /// `-d`, `--dbname`: a name or a connection string.
    pub dbname: Option<Secret>,
    /// `--host`.
    pub host: Option<Secret>,
    /// `-p`, `--port`.
    pub port: Option<Secret>,
    /// `-U`, `--username`.
    pub username: Option<Secret>,
    /// `-w`, `--no-password`: never ask for a password.
    pub no_password: bool,
    /// `-W`, `--password`: ask for a password before the connection.
    pub password_first: bool,
    /// A password that was read from a file which the operator named.
    pub password: Option<Secret>,
    /// `--sslmode`.
    pub sslmode: Option<Secret>,
    /// `--sslrootcert`.
    pub sslrootcert: Option<Secret>,
    /// `--connect-timeout`, in seconds.
    pub connect_timeout: Option<Secret>,
    /// `--via`: a command whose stdin and stdout carry the protocol.
    pub via: Option<Secret>,
    /// The chosen profile. Its settings come last, just before the defaults.
    pub profile: Option<Profile>,
}
