//! How a target is shown, and tests of its parts.

use super::hosts::HostPort;
use super::model::{Endpoint, Host, PasswordOrigin, Route, Target};
use crate::secret::Secret;
use crate::text::escaped;
use std::fmt;
use std::net::IpAddr;

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(folder) => write!(formatter, "{}", escaped(&folder.to_string_lossy())),
            Self::Abstract(name) => write!(formatter, "@{}", escaped(name)),
            Self::Name(name) => write!(formatter, "{}", escaped(name)),
        }
    }
}

impl fmt::Display for PasswordOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(from) => formatter.write_str(from),
            Self::File(path) => {
                write!(formatter, "password file \"{}\"", escaped(&path.to_string_lossy()))
            }
        }
    }
}

/// The endpoint as `unix:/tmp:5432`, `db.example.org:5432`, `[::1]:5432` or `db (192.0.2.7):5432`.
impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Socket(_) | Host::Abstract(_) => write!(formatter, "unix:{}", self.host)?,
            Host::Name(name) if name.contains(':') => write!(formatter, "[{}]", self.host)?,
            Host::Name(name) => {
                write!(formatter, "{}", self.host)?;
                if let Some(address) = self.hostaddr
                    && address.to_string() != *name
                {
                    write!(formatter, " ({address})")?;
                }
            }
        }
        write!(formatter, ":{}", self.port)
    }
}

impl Endpoint {
    /// The hint that libpq adds to a failed login, because people often forget an outdated line in the password file.
    pub fn password_hint(&self) -> Option<String> {
        match &self.password_origin {
            Some(PasswordOrigin::File(path)) => {
                Some(format!("password retrieved from file \"{}\"", escaped(&path.to_string_lossy())))
            }
            _ => None,
        }
    }

    /// The host name that the certificate must be valid for.
    pub fn server_name(&self) -> Option<&str> {
        match &self.host {
            Host::Name(name) => Some(name),
            Host::Socket(_) | Host::Abstract(_) => None,
        }
    }
}

impl Target {
    /// The target as `unix:/var/run/postgresql:5432 user postgres db app`. Several hosts are joined by commas.
    pub fn endpoint_text(&self) -> String {
        let hosts = match &self.route {
            Route::Direct => self.hosts.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
            Route::Via(command) => format!("via \"{}\"", program_of(command)),
        };
        format!("{hosts} user {} db {}", escaped(&self.user), escaped(&self.dbname))
    }

    /// The password for one of the target's hosts: the typed one, or else the one that was found.
    pub fn password_for<'a>(&'a self, endpoint: &'a Endpoint) -> Option<&'a Secret> {
        self.typed.get().or(endpoint.password.as_ref())
    }
}

/// The program of a `--via` command. Its other words are never shown, because any of them may be a password.
pub(crate) fn program_of(command: &Secret) -> String {
    let is_plain = |word: &&str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._+-".contains(&byte));
    let text = command.reveal_text().unwrap_or_default();
    let mut words = text.split_ascii_whitespace();
    let rest = |words: &mut std::str::SplitAsciiWhitespace<'_>| if words.next().is_some() { " ..." } else { "" };
    match words.next().filter(is_plain) {
        Some("exec") => words.next().filter(is_plain).map(|program| format!("{program}{}", rest(&mut words))),
        Some(program) => Some(format!("{program}{}", rest(&mut words))),
        None => None,
    }
    .unwrap_or_else(|| "...".to_owned())
}

impl HostPort {
    /// Whether the connection stays on this machine.
    pub(super) fn is_local(&self) -> bool {
        match &self.host {
            Host::Socket(_) | Host::Abstract(_) => true,
            Host::Name(_) => self.is_loopback(),
        }
    }

    /// Whether the host is certainly this machine: a loopback address, or the name `localhost`, which this program resolves itself. Another
    /// name may refer to this machine today and to another one tomorrow.
    pub(super) fn is_loopback(&self) -> bool {
        let named = match &self.host {
            Host::Name(name) => name.as_str(),
            Host::Socket(_) | Host::Abstract(_) => return false,
        };
        match self.hostaddr.or_else(|| named.parse().ok()) {
            Some(IpAddr::V6(address)) => {
                address.is_loopback() || address.to_ipv4_mapped().is_some_and(|mapped| mapped.is_loopback())
            }
            Some(IpAddr::V4(address)) => address.is_loopback(),
            None => is_localhost(named),
        }
    }
}

/// Whether the name is `localhost`. The program resolves it itself, because an empty root folder has no file to look it up in.
pub(crate) fn is_localhost(name: &str) -> bool {
    name.trim_end_matches('.').eq_ignore_ascii_case("localhost")
}
