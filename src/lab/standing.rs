//! A lab that runs on after the command that started it: its state file, and how it is stopped and removed.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use super::LabError;
use super::clients::ServerAddress;
use super::files::{must_be_own, remove_file, remove_tree};
use super::names::{DATA, PROCESS_FILE, STATE_FILE, parts_of};
use super::server::{PATIENCE, answers};
use crate::programs::quoted;

/// A server that was left running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The lab's folder.
    pub folder: PathBuf,
    /// The process id of the postmaster when the lab was made.
    pub process: i32,
    /// The folder of the Unix socket, as PGHOST needs it.
    pub socket_folder: PathBuf,
    pub port: u16,
    /// The server's version.
    pub server_version: String,
    /// Whether the folder itself was made for the lab and is removed with it.
    pub made_folder: bool,
}

impl Standing {
    /// Reads the state file of a lab's folder.
    pub fn read(folder: &Path) -> Result<Self, LabError> {
        let path = folder.join(STATE_FILE);
        let text = match crate::files::read_text(&path, crate::files::SMALL) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(LabError::NoLab { folder: folder.to_path_buf() });
            }
            other => other.map_err(LabError::file("read", &path))?,
        };
        // A file of another account could name any process and any server, so the folder must be ours.
        must_be_own(folder)?;
        let standing: Self = serde_json::from_str(&text)
            .map_err(|error| LabError::State { path: path.clone(), reason: error.to_string() })?;
        // The file names what is removed later, so it must name this folder.
        let here = std::path::absolute(folder).map_err(LabError::file("find", folder))?;
        if standing.folder != here {
            return Err(LabError::State {
                path,
                reason: format!("it names another folder, {}", quoted(&standing.folder)),
            });
        }
        Ok(standing)
    }

    pub(crate) fn write(&self) -> Result<(), LabError> {
        let path = self.folder.join(STATE_FILE);
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| LabError::State { path: path.clone(), reason: error.to_string() })?;
        std::fs::write(&path, text + "\n").map_err(LabError::file("write", &path))
    }

    /// The connection string for a database and a role.
    pub fn dsn(&self, database: &str, user: &str) -> String {
        format!(
            "host={} port={} dbname={} user={}",
            conninfo_value(&self.socket_folder.display().to_string()),
            self.port,
            conninfo_value(database),
            conninfo_value(user)
        )
    }

    /// Whether the server answers.
    pub fn is_up(&self) -> bool {
        answers(&self.address().socket())
    }

    /// Stops the server if it still runs, and removes the lab.
    pub fn down(&self) -> Result<(), LabError> {
        // Only a server that answers on this socket receives a signal. After a restart of the machine another process may have its number.
        if self.is_up() {
            self.stop(self.current_process()?)?;
        }
        for path in parts_of(&self.folder, self.made_folder) {
            if path.is_dir() {
                remove_tree(&path)?;
            } else {
                remove_file(&path)?;
            }
        }
        Ok(())
    }

    /// Stops the server and waits until it has removed its process file, which it does last. The process id is less reliable: a zombie may
    /// keep it for ever, or another process may get it at once.
    fn stop(&self, process: Pid) -> Result<(), LabError> {
        kill_process(process, Signal::INT)
            .map_err(|error| LabError::file("signal", Path::new("the server"))(error.into()))?;
        let start = Instant::now();
        while self.process_file().exists() {
            if start.elapsed() > PATIENCE {
                return Err(LabError::WillNotStop { pid: process.as_raw_nonzero().get(), waited: PATIENCE });
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn process_file(&self) -> PathBuf {
        self.folder.join(DATA).join(PROCESS_FILE)
    }

    fn address(&self) -> ServerAddress {
        ServerAddress { socket_folder: self.socket_folder.clone(), port: self.port }
    }

    /// The process id of the postmaster now. Somebody may have restarted it.
    fn current_process(&self) -> Result<Pid, LabError> {
        let path = self.process_file();
        let text = crate::files::read_text(&path, crate::files::SMALL).map_err(LabError::file("read", &path))?;
        text.lines()
            .next()
            .and_then(|line| line.trim().parse().ok())
            .filter(|number| *number > 1)
            .and_then(Pid::from_raw)
            .ok_or(LabError::State { path, reason: "its first line is not a process number".to_owned() })
    }
}

/// A value in the form that a connection string needs.
fn conninfo_value(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_.-".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::conninfo_value;

    #[test]
    fn quotes_the_values_of_a_connection_string() {
        assert_eq!(conninfo_value("/tmp/lab/s"), "/tmp/lab/s");
        assert_eq!(conninfo_value("it's a \\"), "'it\\'s a \\\\'");
        assert_eq!(conninfo_value(""), "''");
    }
}
