//! The account under which the server's programs run. They refuse to run as root.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::LabError;
use super::names::{LOCALE, PATH};
use crate::passwd;

/// The accounts to try if this process runs as root. A user id without an account is not enough, because the server looks up the name.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// An account of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MachineAccount {
    pub(crate) name: String,
    pub(crate) user: u32,
    pub(crate) group: u32,
    /// Whether it is another account than ours, so that files must be given to it.
    pub(crate) foreign: bool,
}

impl MachineAccount {
    /// The account to run servers under: our own, but never root.
    pub(crate) fn for_server() -> Result<Self, LabError> {
        let user = rustix::process::geteuid();
        if !user.is_root() {
            return Ok(Self {
                name: format!("number {}", user.as_raw()),
                user: user.as_raw(),
                group: rustix::process::getegid().as_raw(),
                foreign: false,
            });
        }
        let table = Path::new(passwd::FILE);
        let text = std::fs::read_to_string(table).map_err(LabError::file("read", table))?;
        Self::among(&text, &UNPRIVILEGED).ok_or(LabError::NoAccount)
    }

    /// The first of `names` that is in the text of `/etc/passwd`.
    fn among(text: &str, names: &[&str]) -> Option<Self> {
        let entry = names.iter().find_map(|name| passwd::entries(text).find(|entry| entry.name == *name))?;
        Some(Self { name: entry.name.to_owned(), user: entry.user, group: entry.group, foreign: true })
    }

    /// A command that runs under this account and without our environment. It has a separate process group, so that a Ctrl-C at the
    /// terminal reaches only our process.
    pub(crate) fn command(&self, program: &Path, working_folder: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", PATH)
            .env("LC_ALL", LOCALE)
            .env("TZ", "UTC")
            .current_dir(working_folder)
            .stdin(Stdio::null())
            .process_group(0);
        if self.foreign {
            // The standard library drops the supplementary groups as well.
            command.gid(self.group).uid(self.user);
        }
        command
    }

    /// Gives a file to this account.
    pub(crate) fn take(&self, path: &Path) -> Result<(), LabError> {
        if !self.foreign {
            return Ok(());
        }
        std::os::unix::fs::lchown(path, Some(self.user), Some(self.group))
            .map_err(LabError::file("change the owner of", path))
    }

    /// Refuses a folder that the account cannot reach, before a program fails with a less clear message.
    pub(crate) fn must_reach(&self, folder: &Path) -> Result<(), LabError> {
        if !self.foreign {
            return Ok(());
        }
        let mut above: Vec<&Path> = folder.ancestors().collect();
        above.reverse();
        for folder in above {
            let meta = std::fs::metadata(folder).map_err(LabError::file("look at", folder))?;
            let bit = if meta.uid() == self.user {
                0o100
            } else if meta.gid() == self.group {
                0o010
            } else {
                0o001
            };
            if meta.mode() & bit == 0 {
                return Err(LabError::Unreachable { account: self.name.clone(), folder: PathBuf::from(folder) });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::MachineAccount;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
                          broken line\n\
                          nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n\
                          postgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n";

    #[test]
    fn takes_the_first_account_that_exists() {
        let account = MachineAccount::among(PASSWD, &["postgres", "nobody"]).unwrap();
        assert_eq!((account.name.as_str(), account.user, account.group), ("postgres", 101, 104));
        let account = MachineAccount::among(PASSWD, &["pgsql", "nobody"]).unwrap();
        assert_eq!(account.name, "nobody");
        assert_eq!(MachineAccount::among(PASSWD, &["pgsql"]), None);
    }
}
