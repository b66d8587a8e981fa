//! The errors of a throwaway server, and what a person can do about each.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::programs::{FOLDER_VARIABLE, ProgramsError, quoted};

/// Why a throwaway server could not be made, reached or removed.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A program is missing or unusable.
    #[error(transparent)]
    Programs(#[from] ProgramsError),
    /// This process runs as root, and there is no account that could run the server.
    #[error("PostgreSQL does not run as root, and there is no account postgres or nobody to run it")]
    NoAccount,
    /// The server's account cannot enter one of the folders above the lab.
    #[error("the account {account} cannot enter {folder:?}")]
    Unreachable {
        /// The account that the server runs under.
        account: String,
        /// The first folder that the account cannot enter.
        folder: PathBuf,
    },
    /// The path of the Unix socket is too long.
    #[error("the socket's path {path:?} is {length} bytes long, but the system allows {limit}")]
    SocketPath {
        path: PathBuf,
        /// The length of the path in bytes.
        length: usize,
        /// The number of bytes that the system allows.
        limit: usize,
    },
    /// A folder is not safe for the files of the lab.
    #[error("cannot use the folder {folder:?}: {reason}")]
    UnsafeFolder {
        folder: PathBuf,
        /// Why the folder is not safe.
        reason: &'static str,
    },
    /// The folder for the lab is not empty.
    #[error("the folder {folder:?} is not empty")]
    NotEmpty { folder: PathBuf },
    /// A file operation failed.
    #[error("could not {action} {path:?}: {source}")]
    File {
        /// The operation that failed, as a verb, for example `read`.
        action: &'static str,
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A program did not start.
    #[error("could not run {program:?}: {source}")]
    Run {
        program: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// `initdb` failed.
    #[error("initdb failed: {said}")]
    Initdb {
        /// What `initdb` printed.
        said: String,
    },
    /// The server ended before it answered.
    #[error("the server ended before it answered ({status}): {log}")]
    Ended {
        /// The exit status of the server.
        status: String,
        /// The last lines of the server's log.
        log: String,
    },
    /// The server runs but does not answer.
    #[error("the server gave no answer in {} s: {log}", waited.as_secs())]
    Silent {
        /// How long this program waited.
        waited: Duration,
        /// The last lines of the server's log.
        log: String,
    },
    /// The server did not stop.
    #[error("the server (process {pid}) did not stop in {} s", waited.as_secs())]
    WillNotStop {
        /// The process id of the postmaster.
        pid: i32,
        /// How long this program waited.
        waited: Duration,
    },
    /// The server is not running.
    #[error("the server is not running")]
    NotRunning,
    /// A client program ended with an error.
    #[error("{program} failed: {said}")]
    Client {
        program: &'static str,
        /// What the program printed on standard error.
        said: String,
    },
    /// There is no lab in the folder.
    #[error("there is no lab in {folder:?}")]
    NoLab { folder: PathBuf },
    /// There is already a lab in the folder.
    #[error("there is a lab in {folder:?} already")]
    AlreadyUp { folder: PathBuf },
    /// The state file is not valid.
    #[error("could not read the state file {path:?}: {reason}")]
    State {
        /// The path of the file.
        path: PathBuf,
        /// What is wrong with the state file.
        reason: String,
    },
}

impl LabError {
    /// What a person can do about the error, in sentences. `None` if there is no advice.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Programs(error) => error.hint(),
            Self::NoAccount => "Run oneroof as an ordinary user, or install the Debian package postgresql, which brings the account postgres."
                .to_owned(),
            Self::Unreachable { folder, .. } => format!(
                "Use a folder that other accounts may enter, such as one below /tmp, or allow it with: chmod a+x {}.",
                quoted(folder)
            ),
            Self::SocketPath { .. } => "Use a folder with a shorter path, such as /tmp/lab; a temporary folder \
                 follows TMPDIR."
                .to_owned(),
            Self::UnsafeFolder { folder, .. } => {
                format!("Remove {}, or use another folder; a temporary one follows TMPDIR.", quoted(folder))
            }
            Self::NotEmpty { .. } => "Give a folder that is empty or does not exist.".to_owned(),
            Self::Run { .. } => format!(
                "Check that the server's account may run it, or name another installation with \
                 --pg-bin or {FOLDER_VARIABLE}."
            ),
            Self::NoLab { folder } => format!("Start one with: oneroof lab up --dir {}", quoted(folder)),
            Self::AlreadyUp { folder } => format!("Stop it first with: oneroof lab down --dir {}", quoted(folder)),
            Self::File { .. }
            | Self::Initdb { .. }
            | Self::Ended { .. }
            | Self::Silent { .. }
            | Self::WillNotStop { .. }
            | Self::NotRunning
            | Self::Client { .. }
            | Self::State { .. } => return None,
        };
        Some(text)
    }

    /// Returns a function for `map_err` after a file operation.
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { action, path: path.to_path_buf(), source }
    }
}
