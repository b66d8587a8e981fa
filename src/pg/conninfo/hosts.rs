//! The list of hosts. This module combines names, addresses and ports, finds sockets, and chooses defaults.

use super::environment::Environment;
use super::error::TargetError;
use super::model::{Host, Route};
use super::settings::{Given, GivenSettings};
use crate::text::escaped;
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// The port that is used if none is given.
pub(super) const DEFAULT_PORT: u16 = 5432;

/// The maximum length of a unix socket's path, without the final zero byte.
const SOCKET_PATH_LIMIT: usize = 107;

/// A host with its port. Its password and its TLS mode are not yet known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HostPort {
    pub(super) host: Host,
    pub(super) hostaddr: Option<IpAddr>,
    pub(super) port: u16,
    /// The names under which the password file is searched, in this order.
    pub(super) password_hosts: Vec<String>,
    /// The reason if the program chose this place and the operator did not.
    pub(super) chosen: Option<String>,
}

/// Combines the lists of hosts, addresses and ports as libpq does.
pub(super) fn places(
    settings: &mut GivenSettings,
    environment: &Environment,
    route: &Route,
) -> Result<Vec<HostPort>, TargetError> {
    let names = list(settings.filled("host"));
    let addresses = list(settings.filled("hostaddr"));
    let ports = list(settings.filled("port"));
    let count = match (&addresses, &names) {
        (Some(addresses), _) => addresses.len(),
        (None, Some(names)) => names.len(),
        (None, None) => 1,
    };
    if let (Some(names), Some(addresses)) = (&names, &addresses)
        && names.len() != addresses.len()
    {
        return Err(unmatched(settings, "host", names.len(), "hostaddr", count));
    }
    if let Some(ports) = &ports
        && ports.len() != 1
        && ports.len() != count
    {
        return Err(unmatched(settings, "port", ports.len(), "host", count));
    }
    let mut places = Vec::with_capacity(count);
    let mut notes = Vec::new();
    for index in 0..count {
        let port = match &ports {
            Some(ports) => port(settings, ports.get(index).unwrap_or(&ports[0]))?,
            None => DEFAULT_PORT,
        };
        let name = item(names.as_ref(), index);
        let address = item(addresses.as_ref(), index);
        let place = match (name, address) {
            (name, Some(address)) => by_address(settings, name, address, port)?,
            (Some(name), None) => by_name(settings, name, port)?,
            (None, None) if *route == Route::Direct => by_default(environment, port, &mut notes)?,
            (None, None) => localhost(port, "default: the command of --via decides"),
        };
        places.push(place);
    }
    settings.notes.append(&mut notes);
    if places.len() > 1 && *route != Route::Direct {
        let note = "with --via only the first host is used";
        settings.notes.push(note.to_owned());
    }
    Ok(places)
}

fn list(given: Option<&Given>) -> Option<Vec<String>> {
    given.map(|given| given.value.split(',').map(str::to_owned).collect())
}

fn item(list: Option<&Vec<String>>, index: usize) -> Option<&str> {
    list.and_then(|list| list.get(index)).map(String::as_str).filter(|item| !item.is_empty())
}

fn origin(settings: &GivenSettings, name: &str) -> String {
    settings.get(name).map_or_else(|| "default".to_owned(), |given| given.from.clone())
}

fn unmatched(settings: &GivenSettings, name: &'static str, found: usize, other: &str, wanted: usize) -> TargetError {
    TargetError::BadValue {
        from: origin(settings, name),
        key: name,
        reason: format!("it has {found} values, but {other} has {wanted}"),
    }
}

fn port(settings: &GivenSettings, text: &str) -> Result<u16, TargetError> {
    if text.is_empty() {
        return Ok(DEFAULT_PORT);
    }
    let number: Option<i32> = super::values::integer(text);
    number.and_then(|number| u16::try_from(number).ok()).filter(|port| *port > 0).ok_or_else(|| {
        match settings.get("port") {
            // The value may be a part of a password that was not encoded, so it is not shown.
            Some(given) if given.from_uri => super::uri::port_is_no_number(&given.from),
            _ => TargetError::BadValue {
                from: origin(settings, "port"),
                key: "port",
                reason: "a port is a number from 1 to 65535".to_owned(),
            },
        }
    })
}

fn by_address(settings: &GivenSettings, name: Option<&str>, address: &str, port: u16) -> Result<HostPort, TargetError> {
    let parsed: IpAddr = address.parse().map_err(|_| TargetError::BadValue {
        from: origin(settings, "hostaddr"),
        key: "hostaddr",
        reason: "a numeric address is needed, such as 192.0.2.7 or 2001:db8::7".to_owned(),
    })?;
    // If only an address is given, the certificate must be valid for the address.
    let name = name.unwrap_or(address).to_owned();
    Ok(HostPort {
        host: Host::Name(name.clone()),
        hostaddr: Some(parsed),
        port,
        password_hosts: vec![name],
        chosen: None,
    })
}

fn by_name(settings: &GivenSettings, name: &str, port: u16) -> Result<HostPort, TargetError> {
    let host = if name.starts_with('/') {
        let folder = PathBuf::from(name);
        check_length(&origin(settings, "host"), &folder, port)?;
        Host::Socket(folder)
    } else if let Some(name) = name.strip_prefix('@').filter(|name| !name.contains('@')) {
        let path = socket_path(Path::new(name), port);
        check_path_length(&origin(settings, "host"), path)?;
        Host::Abstract(name.to_owned())
    } else if name.contains('@') {
        return Err(TargetError::AtSignInHost { from: origin(settings, "host") });
    } else if may_be_resolved(name) {
        Host::Name(name.to_owned())
    } else {
        return Err(TargetError::BadValue {
            from: origin(settings, "host"),
            key: "host",
            reason: "a host is a name, a numeric address or the folder of a socket".to_owned(),
        });
    };
    let mut password_hosts = vec![name.to_owned()];
    if matches!(&host, Host::Socket(folder) if is_default_folder(folder)) {
        // The default folder was decided when psql was built. psql looks up its default folder as localhost, and other folders by their
        // path.
        password_hosts.insert(0, "localhost".to_owned());
    }
    Ok(HostPort { host, hostaddr: None, port, password_hosts, chosen: None })
}

/// Whether the text can be a host name or an IPv6 address. A name has letters, digits, dots, dashes and underscores. An IPv6 address may
/// have a zone.
fn may_be_resolved(name: &str) -> bool {
    let address = name.split_once('%').map_or(name, |(address, _)| address);
    name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_'))
        || address.parse::<std::net::Ipv6Addr>().is_ok()
}

/// Whether the folder is one that libpq may have as its default. Then the host counts as the default.
fn is_default_folder(folder: &Path) -> bool {
    ["/var/run/postgresql", "/run/postgresql", "/tmp"].iter().any(|default| folder == Path::new(default))
}

/// The first folder with a socket for the port, or else TCP to this host. A note then lists the sockets that exist.
fn by_default(environment: &Environment, port: u16, notes: &mut Vec<String>) -> Result<HostPort, TargetError> {
    let found = environment.socket_folders.iter().find(|folder| is_socket(&socket_path(folder, port)));
    if let Some(folder) = found {
        check_length("default", folder, port)?;
        return Ok(HostPort {
            host: Host::Socket(folder.clone()),
            hostaddr: None,
            port,
            password_hosts: vec!["localhost".to_owned()],
            chosen: Some("default: the first folder with a socket for the port".to_owned()),
        });
    }
    let folders: Vec<String> = environment.socket_folders.iter().map(|folder| folder.display().to_string()).collect();
    let others = sockets_in(&environment.socket_folders);
    let others = if others.is_empty() {
        "no socket of another server was found".to_owned()
    } else {
        format!("sockets found: {}", others.join(", "))
    };
    notes.push(format!("no socket .s.PGSQL.{port} in {}; trying localhost; {others}", folders.join(", ")));
    Ok(localhost(port, "default: no local socket was found"))
}

fn localhost(port: u16, reason: &str) -> HostPort {
    HostPort {
        host: Host::Name("localhost".to_owned()),
        hostaddr: None,
        port,
        password_hosts: vec!["localhost".to_owned()],
        chosen: Some(reason.to_owned()),
    }
}

/// The file of a socket. The name is appended to the folder, as in libpq, because the folder may be a relative path.
pub(crate) fn socket_path(folder: &Path, port: u16) -> PathBuf {
    folder.join(format!(".s.PGSQL.{port}"))
}

fn check_length(from: &str, folder: &Path, port: u16) -> Result<(), TargetError> {
    check_path_length(from, socket_path(folder, port))
}

fn check_path_length(from: &str, path: PathBuf) -> Result<(), TargetError> {
    if path.as_os_str().as_bytes().len() <= SOCKET_PATH_LIMIT {
        return Ok(());
    }
    Err(TargetError::SocketPathTooLong { from: from.to_owned(), path, limit: SOCKET_PATH_LIMIT })
}

fn is_socket(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    std::fs::metadata(path).is_ok_and(|data| data.file_type().is_socket())
}

/// Every server socket in the folders. A socket is listed once even if one folder is a link to another.
fn sockets_in(folders: &[PathBuf]) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    let mut found = Vec::new();
    for folder in folders {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        let mut names: Vec<PathBuf> = entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| {
                path.file_name()
                    .and_then(|name| name.to_str())
                    .and_then(|name| name.strip_prefix(".s.PGSQL."))
                    .is_some_and(|port| port.parse::<u16>().is_ok())
            })
            .filter(|path| is_socket(path))
            .collect();
        names.sort();
        for path in names {
            let real = path.canonicalize().unwrap_or_else(|_| path.clone());
            if seen.insert(real) {
                found.push(escaped(&path.to_string_lossy()).into_owned());
            }
        }
    }
    found
}
