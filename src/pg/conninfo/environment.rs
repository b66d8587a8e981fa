//! The environment of the process as a value. The resolver reads nothing else.

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
    /// The login name.
    pub name: String,
    /// The home directory.
    pub home: PathBuf,
}

/// The variables, the account and the folders that decide where a connection goes.
///
/// A test can pass its own value and so describe any host. `Debug` shows no values, because PGPASSWORD is one of them.
#[derive(Clone)]
pub struct Environment {
    /// Environment variables.
    pub variables: BTreeMap<OsString, OsString>,
    /// The effective user id.
    pub uid: u32,
    /// The account with this user id, if there is one.
    pub account: Option<Account>,
    /// The working folder, if the process may enter it.
    pub working_folder: Option<PathBuf>,
    /// The folders in which the socket of a local server is searched, in this order.
    pub socket_folders: Vec<PathBuf>,
    /// The folders in which the system's service file is searched if PGSYSCONFDIR is not set.
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
    /// An environment without variables and without an account, for tests to extend.
    pub fn empty() -> Self {
        Self {
            variables: BTreeMap::new(),
            uid: 0,
            account: None,
            working_folder: None,
            socket_folders: paths(&["/var/run/postgresql", "/run/postgresql", "/tmp"]),
            // The folders of Debian, of the PGDG packages for RHEL, and of the Alpine image.
            system_folders: paths(&["/etc/postgresql-common", "/etc/sysconfig/pgsql", "/usr/local/etc/postgresql"]),
        }
    }

    /// The environment of this process.
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

    /// The same environment with one more variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// The value of a variable as text. A variable that is set but empty differs from an unset one.
    pub fn variable(&self, name: &str) -> Result<Option<&str>, TargetError> {
        match self.variables.get(OsStr::new(name)) {
            None => Ok(None),
            Some(value) => {
                let not_text = || TargetError::NotText { from: format!("environment {name}") };
                value.to_str().map(Some).ok_or_else(not_text)
            }
        }
    }

    /// The value of a variable as bytes.
    pub(super) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.variables.get(OsStr::new(name)).map(|value| value.as_bytes())
    }

    /// The value of a variable that names a path. An empty value counts as unset.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.variables.get(OsStr::new(name)).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// The home folder: the value of HOME, or else the account's home directory.
    pub fn home(&self) -> Option<PathBuf> {
        self.path("HOME").or_else(|| self.account.as_ref().map(|account| account.home.clone()))
    }
}

fn paths(list: &[&str]) -> Vec<PathBuf> {
    list.iter().map(PathBuf::from).collect()
}

/// Finds an account by its number. If the account comes from a directory service, `getent` may find it.
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

/// The owner and permissions of a file. They decide whether a password or a key in it may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exposure {
    pub(crate) regular: bool,
    pub(crate) owner: u32,
    pub(crate) mode: u32,
}

impl Exposure {
    /// Reads the facts about a file. Links are followed, as in libpq, because the file that is read counts.
    pub(crate) fn of(path: &Path) -> std::io::Result<Self> {
        let stat: Stat = rustix::fs::stat(path)?;
        let kind = rustix::fs::FileType::from_raw_mode(stat.st_mode);
        Ok(Self {
            regular: kind == rustix::fs::FileType::RegularFile,
            owner: stat.st_uid,
            mode: Mode::from_raw_mode(stat.st_mode).as_raw_mode(),
        })
    }

    /// Whether the group or other accounts have any permission on the file.
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
