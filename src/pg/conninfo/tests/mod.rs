//! Tests of the whole resolver in described environments.

mod layers;
mod notation;
mod profiles;
mod properties;
mod safety;

use super::model::Origin;
use super::*;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

/// The environment of an account that has no files and no socket folders.
pub(super) fn bare() -> Environment {
    Environment {
        account: Some(Account { name: "me".to_owned(), home: PathBuf::from("/nowhere") }),
        socket_folders: Vec::new(),
        system_folders: Vec::new(),
        ..Environment::empty()
    }
}

pub(super) fn dsn(text: &str) -> ConnectionOptions {
    ConnectionOptions { dsn: Some(text.into()), ..ConnectionOptions::default() }
}

pub(super) fn resolved(text: &str) -> Target {
    resolve(&dsn(text), &bare()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub(super) fn refused(text: &str) -> TargetError {
    resolve(&dsn(text), &bare()).expect_err(text)
}

pub(super) fn origin<'target>(target: &'target Target, setting: &str) -> &'target Origin {
    target
        .origins
        .iter()
        .find(|origin| origin.setting == setting)
        .unwrap_or_else(|| panic!("no origin of {setting} in {:?}", target.origins))
}

/// A folder with sockets for the given ports. It is removed when the value is dropped.
pub(super) struct Sockets(pub(super) PathBuf);

impl Sockets {
    pub(super) fn new(name: &str, ports: &[u16]) -> Self {
        let path = std::env::temp_dir().join(format!("oneroof-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder can be made");
        for port in ports {
            let _ = UnixListener::bind(socket_path(&path, *port)).expect("a socket can be made");
        }
        Self(path)
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
