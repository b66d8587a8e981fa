//! The addresses of a host, in the order in which they are tried.

use super::address::{Address, Candidate};
use super::error::DialError;
use crate::pg::conninfo::{Endpoint, Host, Route, Target, is_localhost, socket_path};
use ring::rand::SecureRandom as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

/// The endpoints in the order in which they are tried.
pub fn endpoints(target: &Target) -> Vec<Endpoint> {
    let mut hosts = target.hosts.clone();
    if matches!(target.route, Route::Via(_)) {
        // The command decides which server it reaches. The first host gives the name and the password.
        hosts.truncate(1);
    }
    if target.shuffle_hosts {
        shuffle(&mut hosts);
    }
    hosts
}

/// The addresses of one endpoint, in the order in which they are tried.
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
        // An empty root folder has neither /etc/hosts nor a resolver, but the loopback addresses still work.
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

/// The Fisher-Yates shuffle. The remainder makes it slightly biased, which does not matter for a few hosts.
fn shuffle<T>(items: &mut [T]) {
    let mut bytes = vec![0; items.len()];
    // If there are no random numbers, the given order is kept.
    if ring::rand::SystemRandom::new().fill(&mut bytes).is_err() {
        return;
    }
    for index in (1..items.len()).rev() {
        items.swap(index, usize::from(bytes[index]) % (index + 1));
    }
}
