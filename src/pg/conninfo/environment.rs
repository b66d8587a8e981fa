//! The process's surroundings, as a value: what the resolver may look at, and nothing else.

use super::error::TargetError;
use crate::passwd;
use rustix::fs::{Mode, Stat};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An operating system account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Login name.
    pub name: String,
    /// Home directory.
    pub home: PathBuf,
}

/// Variables, account and folders that decide where a connection goes.
///
/// Injectable, so that a test can describe any host; `Debug` shows no values, since PGPASSWORD is
/// among them.
#[derive(Clone)]
pub struct Environment {
    /// Environment variables.
    pub variables: BTreeMap<OsString, OsString>,
    /// The effective user id.
    pub uid: u32,
    /// The account of that id, if it has one.
    pub account: Option<Account>,
    /// The working folder, if it may be entered.
    pub working_folder: Option<PathBuf>,
    /// Where a local server's socket is looked for, in this order.
    pub socket_folders: Vec<PathBuf>,
    /// Where the system's service file is looked for if PGSYSCONFDIR does not say.
    pub system_folders: Vec<PathBuf>,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Environment")
            .field("variables", &self.variables.keys().collect::<Vec<_>>())
            .field("uid", &self.uid)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl Environment {
    /// No variables and no account: the ground for a test's own.
    pub fn empty() -> Self {
        Self {
            variables: BTreeMap::new(),
            uid: 0,
            account: None,
            working_folder: None,
            socket_folders: paths(&["/var/run/postgresql", "/run/postgresql", "/tmp"]),
            // Debian, the PGDG packages for RHEL, the Alpine image.
            system_folders: paths(&["/etc/postgresql-common", "/etc/sysconfig/pgsql", "/usr/local/etc/postgresql"]),
        }
    }

    /// What this process sees.
    pub fn of_process() -> Self {
        let uid = rustix::process::geteuid().as_raw();
        Self {
            variables: std::env::vars_os().collect(),
            uid,
            account: account_of(uid),
            working_folder: std::env::current_dir().ok(),
            ..Self::empty()
        }
    }

    /// The same surroundings with one more variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// A variable as text; set and empty is not the same as unset.
    pub fn variable(&self, name: &str) -> Result<Option<&str>, TargetError> {
        match self.variables.get(OsStr::new(name)) {
            None => Ok(None),
            Some(value) => {
                let not_text = || TargetError::NotText { from: format!("environment {name}") };
                value.to_str().map(Some).ok_or_else(not_text)
            }
        }
    }

    /// A variable as it is.
    pub(super) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.variables.get(OsStr::new(name)).map(|value| value.as_bytes())
    }

    /// A variable that names a path; empty is taken for unset.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.variables.get(OsStr::new(name)).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// The home folder: HOME, else the account's.
    pub fn home(&self) -> Option<PathBuf> {
        self.path("HOME").or_else(|| self.account.as_ref().map(|account| account.home.clone()))
    }
}

fn paths(list: &[&str]) -> Vec<PathBuf> {
    list.iter().map(PathBuf::from).collect()
}

/// Looks an account up by number. Where it comes from a directory service, `getent` may know it.
pub(crate) fn account_of(uid: u32) -> Option<Account> {
    let listed = std::fs::read_to_string(passwd::FILE).ok().and_then(|text| account_in(&text, uid));
    listed.or_else(|| account_by_getent(uid))
}

fn account_by_getent(uid: u32) -> Option<Account> {
    let output = Command::new("/usr/bin/getent")
        .arg("passwd")
        .arg(uid.to_string())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    account_in(&String::from_utf8(output.stdout).ok()?, uid)
}

fn account_in(text: &str, uid: u32) -> Option<Account> {
    let entry = passwd::entries(text).find(|entry| entry.user == uid)?;
    Some(Account { name: entry.name.to_owned(), home: PathBuf::from(entry.home) })
}

/// How exposed a file is: what decides whether a password or a key in it may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exposure {
    pub(crate) regular: bool,
    pub(crate) owner: u32,
    pub(crate) mode: u32,
}

impl Exposure {
    /// Follows links, as libpq does: what counts is the file that is read.
    pub(crate) fn of(path: &Path) -> std::io::Result<Self> {
        let stat: Stat = rustix::fs::stat(path)?;
        let kind = rustix::fs::FileType::from_raw_mode(stat.st_mode);
        Ok(Self {
            regular: kind == rustix::fs::FileType::RegularFile,
            owner: stat.st_uid,
            mode: Mode::from_raw_mode(stat.st_mode).as_raw_mode(),
        })
    }

    /// Whether anyone but the owner has any right on it.
    pub(crate) fn shared(self) -> bool {
        self.mode & 0o077 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
        broken line\n\
        postgres:x:104:110:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash\n";

    #[test]
    fn an_account_is_found_by_its_number() {
        let found = account_in(PASSWD, 104).expect("the account is listed");
        assert_eq!(found.name, "postgres");
        assert_eq!(found.home, Path::new("/var/lib/postgresql"));
        assert_eq!(account_in(PASSWD, 4711), None);
    }

    #[test]
    fn home_is_the_variable_before_the_account() {
        let mut environment = Environment::empty();
        assert_eq!(environment.home(), None);
        environment.account = account_in(PASSWD, 0);
        assert_eq!(environment.home(), Some(PathBuf::from("/root")));
        let environment = environment.with("HOME", "");
        assert_eq!(environment.home(), Some(PathBuf::from("/root")));
        let environment = environment.with("HOME", "/elsewhere");
        assert_eq!(environment.home(), Some(PathBuf::from("/elsewhere")));
    }

    #[test]
    fn debug_shows_no_value_of_a_variable() {
        let environment = Environment::empty().with("PGPASSWORD", "canary");
        assert!(!format!("{environment:?}").contains("canary"));
    }
}
