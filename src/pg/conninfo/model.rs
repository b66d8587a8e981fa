//! The resolved target and its parts.

use crate::secret::Secret;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Everything needed to reach one database.
#[derive(Debug, Clone)]
pub struct Target {
    /// The hosts to try, in order (or shuffled, see `shuffle_hosts`).
    pub hosts: Vec<Endpoint>,
    /// How bytes travel: a socket of ours, or a command's stdin and stdout.
    pub route: Route,
    /// Database name.
    pub dbname: String,
    /// Role to log in as.
    pub user: String,
    /// What protects the bytes.
    pub ssl: SslSettings,
    /// Whether SCRAM is bound to the TLS channel.
    pub channel_binding: ChannelBinding,
    /// Name shown in `pg_stat_activity`.
    pub application_name: String,
    /// Command-line options for the server, such as `-c lock_timeout=1s`.
    pub options: Option<String>,
    /// Limit for one attempt, login included; none waits as long as the system does.
    pub connect_timeout: Option<Duration>,
    /// TCP keepalives.
    pub keepalives: Keepalives,
    /// How long sent data may stay unacknowledged.
    pub tcp_user_timeout: Option<Duration>,
    /// The kind of server that will do.
    pub session_attributes: SessionAttributes,
    /// Whether hosts and their addresses are tried in random order.
    pub shuffle_hosts: bool,
    /// The account that the server process of a unix socket must run under.
    pub require_peer: Option<String>,
    /// Whether the program asks for a password at the terminal.
    pub asking: Asking,
    /// The password that a person typed. Copies of this target share it, so a person types it once in a run.
    pub asked: Arc<OnceLock<Secret>>,
    /// Where each setting came from, in the order of importance.
    pub origins: Vec<Origin>,
    /// What the operator should know: ignored settings, files not used. Already escaped.
    pub notes: Vec<String>,
}

/// One host of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The host as named.
    pub host: Host,
    /// The address to use instead of looking the name up.
    pub hostaddr: Option<IpAddr>,
    /// The port; for a socket it is part of the file's name.
    pub port: u16,
    /// The mode that holds for this host; the default differs for remote ones.
    pub ssl_mode: SslMode,
    /// The password for this host, if any was found.
    pub password: Option<Secret>,
    /// Where the password came from.
    pub password_origin: Option<PasswordOrigin>,
}

/// When the program asks for a password at the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// Never (`-w`).
    Never,
    /// When the server wants one and none was found.
    WhenMissing,
    /// Before anything is reached, whatever was found (`-W`).
    First,
}

/// Where a password came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordOrigin {
    /// A setting, named in words.
    Setting(String),
    /// The password file.
    File(PathBuf),
}

/// How a host is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// The directory of a unix socket.
    Socket(PathBuf),
    /// The name of an abstract unix socket, without the `@`.
    Abstract(String),
    /// A DNS name or an IP address.
    Name(String),
}

/// What carries the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// A unix socket or TCP.
    Direct,
    /// A shell command that speaks the protocol on its stdin and stdout.
    Via(Secret),
}

/// libpq's sslmode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SslMode {
    /// Never TLS.
    Disable,
    /// Plain, TLS if the server insists.
    Allow,
    /// TLS if the server can, else plain.
    Prefer,
    /// TLS; certificates are checked only if a root file is there.
    Require,
    /// TLS, and the certificate leads to a known root.
    VerifyCa,
    /// TLS, the certificate leads to a known root and names the host.
    VerifyFull,
}

/// How TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslNegotiation {
    /// An `SSLRequest` message first.
    Postgres,
    /// TLS from the first byte, PostgreSQL 17 and newer.
    Direct,
}

/// The TLS versions that there are for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2.
    V12,
    /// TLS 1.3.
    V13,
}

/// What TLS is to look like, if it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SslSettings {
    /// How it begins.
    pub negotiation: SslNegotiation,
    /// Whom we trust.
    pub roots: Roots,
    /// libpq's default root file, whether it exists or not.
    pub default_roots: Option<PathBuf>,
    /// A file of revoked certificates.
    pub revoked: Option<PathBuf>,
    /// Who we are.
    pub certificate: Option<ClientCertificate>,
    /// The oldest version that will do.
    pub min_version: TlsVersion,
    /// The newest version that will do.
    pub max_version: TlsVersion,
    /// Whether the host's name is sent in the clear, so that a proxy can route by it.
    pub send_server_name: bool,
}

/// Where trusted roots come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Roots {
    /// A file that was named: it must exist.
    Named(PathBuf),
    /// libpq's default file, if it exists.
    Default(Option<PathBuf>),
    /// The system's roots.
    System,
}

/// A client certificate and its key; both are read when they are needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The chain, PEM.
    pub certificate: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

/// Whether SCRAM is bound to the TLS channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelBinding {
    /// Never.
    Disable,
    /// Where both sides can.
    Prefer,
    /// Or no login.
    Require,
}

/// libpq's `target_session_attrs`; the session asks the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionAttributes {
    /// Any server.
    Any,
    /// `transaction_read_only` is off and the server is not in recovery.
    ReadWrite,
    /// The opposite of read-write.
    ReadOnly,
    /// Not in recovery.
    Primary,
    /// In recovery.
    Standby,
    /// In recovery if there is one, else any.
    PreferStandby,
}

/// TCP keepalives; `None` leaves the system's figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keepalives {
    /// Whether probes are sent at all.
    pub enabled: bool,
    /// Silence before the first probe.
    pub idle: Option<Duration>,
    /// Time between probes.
    pub interval: Option<Duration>,
    /// Probes without answer before the connection is dead.
    pub count: Option<u32>,
}

/// A setting, what it is and who said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// libpq's name of the setting.
    pub setting: &'static str,
    /// The value, escaped; `***` for a secret.
    pub value: String,
    /// In words: `environment PGHOST`, `--dsn`, `default: ...`.
    pub from: String,
}
