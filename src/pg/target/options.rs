//! What the command line says about the connection.

use super::profile::Profile;
use super::secret::Secret;
use std::fmt;

/// Connection options as plain text, from whatever parses the command line.
///
/// As in psql, a setting inside a connection string beats the flag of the same meaning.
#[derive(Clone, Default)]
pub struct ConnectionOptions {
    /// `--dsn`: a connection string of either notation.
    pub dsn: Option<String>,
    /// Where the connection string came from, if not from `--dsn`.
    pub dsn_origin: Option<String>,
    /// `-d`, `--dbname`: a name or a connection string.
    pub dbname: Option<String>,
    /// `--host`.
    pub host: Option<String>,
    /// `-p`, `--port`.
    pub port: Option<String>,
    /// `-U`, `--username`.
    pub username: Option<String>,
    /// `-w`, `--no-password`: never ask for one.
    pub no_password: bool,
    /// `-W`, `--password`: ask for one before anything else.
    pub password_first: bool,
    /// A password that was read from a named file.
    pub password: Option<Secret>,
    /// `--sslmode`.
    pub sslmode: Option<String>,
    /// `--sslrootcert`.
    pub sslrootcert: Option<String>,
    /// `--connect-timeout`, in seconds.
    pub connect_timeout: Option<String>,
    /// `--via`: a command whose stdin and stdout carry the protocol.
    pub via: Option<String>,
    /// The chosen profile: the lowest layer above the defaults.
    pub profile: Option<Profile>,
}

/// A connection string may hold a password, so neither form of one is shown.
impl fmt::Debug for ConnectionOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ConnectionOptions")
            .field("dsn", &self.dsn.as_ref().map(|_| "***"))
            .field("dbname", &self.dbname.as_ref().map(|_| "***"))
            .field("host", &self.host)
            .field("port", &self.port)
            .field("username", &self.username)
            .field("password", &self.password)
            .field("profile", &self.profile.as_ref().map(|profile| &profile.name))
            .finish_non_exhaustive()
    }
}
