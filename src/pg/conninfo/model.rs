//! The resolved target and its parts.

use crate::secret::Secret;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Everything that is needed to reach one database.
#[derive(Debug, Clone)]
pub struct Target {
    /// The hosts to try, in order (or shuffled, see `shuffle_hosts`).
    pub hosts: Vec<Endpoint>,
    /// How bytes travel: through a socket of this program, or through a command's stdin and stdout.
    pub route: Route,
    /// The name of the database.
    pub dbname: String,
    /// The role to log in as.
    pub user: String,
    /// The TLS settings.
    pub ssl: SslSettings,
    /// Whether SCRAM is bound to the TLS channel.
    pub channel_binding: ChannelBinding,
    /// The name that `pg_stat_activity` shows.
    pub application_name: String,
    /// Command-line options for the server, such as `-c lock_timeout=1s`.
    pub options: Option<String>,
    /// The time limit for one attempt, login included. `None` means the system's limit.
    pub connect_timeout: Option<Duration>,
    /// TCP keepalives.
    pub keepalives: Keepalives,
    /// How long sent data may stay without acknowledgment.
    pub tcp_user_timeout: Option<Duration>,
    /// The kind of server that is wanted.
    pub session_attributes: SessionAttributes,
    /// Whether hosts and their addresses are tried in random order.
    pub shuffle_hosts: bool,
    /// The account that the server process of a unix socket must run under.
    pub require_peer: Option<String>,
    /// Whether the program asks for a password at the terminal.
    pub asking: Asking,
    /// The password that a person typed. Copies of this target share it, so a person types it only once in a run.
    pub typed: Arc<OnceLock<Secret>>,
    /// The source of each setting, most important first.
    pub origins: Vec<Origin>,
    /// Notes for the operator about ignored settings and unused files. They are already escaped.
    pub notes: Vec<String>,
}

/// One host of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The host as the operator named it.
    pub host: Host,
    /// The address that is used without a lookup of the name.
    pub hostaddr: Option<IpAddr>,
    /// The port. For a socket, the port is part of the file's name.
    pub port: u16,
    /// The TLS mode for this host. The default is different for remote hosts.
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
    /// If the server demands a password and none was found.
    WhenMissing,
    /// Before the connection, even if a password was found (`-W`).
    First,
}

/// Where a password came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordOrigin {
    /// A setting. The text names its source.
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

/// How bytes travel to the server.
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
    /// No TLS, unless the server demands it.
    Allow,
    /// TLS if the server supports it, otherwise no TLS.
    Prefer,
    /// Always TLS. Certificates are checked only if there is a root file.
    Require,
    /// Always TLS, and the certificate's chain must end at a trusted root.
    VerifyCa,
    /// Always TLS, the certificate's chain must end at a trusted root, and the certificate must be for the host.
    VerifyFull,
}

/// How TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslNegotiation {
    /// The client sends an `SSLRequest` message first.
    Postgres,
    /// TLS begins with the first byte. PostgreSQL 17 and newer support this.
    Direct,
}

/// The TLS versions that this program supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2.
    V12,
    /// TLS 1.3.
    V13,
}

/// The settings for TLS, if TLS is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SslSettings {
    /// How TLS begins.
    pub negotiation: SslNegotiation,
    /// The roots that are trusted.
    pub roots: Roots,
    /// libpq's default root file, whether it exists or not.
    pub default_roots: Option<PathBuf>,
    /// A file with a list of revoked certificates.
    pub revoked: Option<PathBuf>,
    /// The client's certificate.
    pub certificate: Option<ClientCertificate>,
    /// The oldest version that is accepted.
    pub min_version: TlsVersion,
    /// The newest version that is accepted.
    pub max_version: TlsVersion,
    /// Whether the host name is sent unencrypted, so that a proxy can use it for routing.
    pub send_server_name: bool,
}

/// Where trusted roots come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Roots {
    /// A file that the operator named. It must exist.
    Named(PathBuf),
    /// libpq's default file, if it exists.
    Default(Option<PathBuf>),
    /// The system's roots.
    System,
}

/// A client certificate and its key. Both files are read when they are needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The path of the certificate chain, in PEM.
    pub certificate: PathBuf,
    /// The path of the private key, in PEM or DER.
    pub key: PathBuf,
}

/// Whether SCRAM is bound to the TLS channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelBinding {
    /// SCRAM is never bound to the channel.
    Disable,
    /// SCRAM is bound to the channel if both sides support it.
    Prefer,
    /// SCRAM must be bound to the channel, or the login fails.
    Require,
}

/// libpq's `target_session_attrs`. The session asks the server for its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionAttributes {
    /// Any server.
    Any,
    /// `transaction_read_only` is off and the server is not in recovery.
    ReadWrite,
    /// The opposite of read-write.
    ReadOnly,
    /// The server is not in recovery.
    Primary,
    /// The server is in recovery.
    Standby,
    /// A server in recovery if there is one, otherwise any server.
    PreferStandby,
}

/// TCP keepalives. `None` keeps the system's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keepalives {
    /// Whether the system sends probes at all.
    pub enabled: bool,
    /// The time without data before the first probe.
    pub idle: Option<Duration>,
    /// The time between two probes.
    pub interval: Option<Duration>,
    /// The number of unanswered probes after which the connection counts as dead.
    pub count: Option<u32>,
}

/// A setting with its value and its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// libpq's name of the setting.
    pub setting: &'static str,
    /// The value, escaped. A secret is shown as `***`.
    pub value: String,
    /// The source in words: `environment PGHOST`, `--dsn`, `default: ...`.
    pub from: String,
}
