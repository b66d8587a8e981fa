//! The addresses behind a host, in the order in which they are tried.

use super::address::{Address, Candidate};
use super::error::DialError;
use crate::pg::conninfo::{Endpoint, Host, Route, Target, is_localhost, socket_path};
use ring::rand::SecureRandom as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

/// The endpoints in the order in which they are to be tried.
pub fn endpoints(target: &Target) -> Vec<Endpoint> {
    let mut hosts = target.hosts.clone();
    if matches!(target.route, Route::Via(_)) {
        // The command decides where it goes; the first host lends name and password.
        hosts.truncate(1);
    }
    if target.shuffle_hosts {
        shuffle(&mut hosts);
    }
    hosts
}

/// The addresses of one endpoint, in the order in which they are to be tried.
pub async fn candidates(target: &Target, endpoint: &Endpoint) -> Result<Vec<Candidate>, DialError> {
    let mut addresses = match (&target.route, &endpoint.host) {
        (Route::Via(command), _) => vec![Address::Via(command.clone())],
        (Route::Direct, Host::Socket(folder)) => {
            vec![Address::Socket(socket_path(folder, endpoint.port))]
        }
        (Route::Direct, Host::Abstract(name)) => {
            let path = socket_path(Path::new(name), endpoint.port);
            vec![Address::Abstract(path.to_string_lossy().into_owned())]
        }
        (Route::Direct, Host::Name(name)) => {
            let found = match endpoint.hostaddr {
                Some(address) => vec![SocketAddr::new(address, endpoint.port)],
                None => look_up(name, endpoint.port).await?,
            };
            found.into_iter().map(Address::Tcp).collect()
        }
    };
    if target.shuffle_hosts {
        shuffle(&mut addresses);
    }
    Ok(addresses.into_iter().map(|address| Candidate { endpoint: endpoint.clone(), address }).collect())
}

async fn look_up(name: &str, port: u16) -> Result<Vec<SocketAddr>, DialError> {
    if is_localhost(name) {
        // An empty root folder has neither /etc/hosts nor a resolver, and still has a loopback.
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        return Ok(loopback.map(|address| SocketAddr::new(address, port)).to_vec());
    }
    let mut found: Vec<SocketAddr> = Vec::new();
    let answer = tokio::net::lookup_host((name, port)).await;
    let answer = answer.map_err(|error| DialError::Lookup { host: name.to_owned(), reason: error.to_string() })?;
    for address in answer {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    if found.is_empty() {
        return Err(DialError::Lookup { host: name.to_owned(), reason: "the name has no address".to_owned() });
    }
    Ok(found)
}

/// Fisher and Yates; the slight bias of a remainder does not matter for a handful of hosts.
fn shuffle<T>(items: &mut [T]) {
    let mut bytes = vec![0; items.len()];
    // Without randomness the given order is as good as any.
    if ring::rand::SystemRandom::new().fill(&mut bytes).is_err() {
        return;
    }
    for index in (1..items.len()).rev() {
        items.swap(index, usize::from(bytes[index]) % (index + 1));
    }
}
