//! Why a program could not be used, and which package brings it.

use std::io;
use std::path::{Path, PathBuf};

use super::{Client, FOLDER_VARIABLE, Version};

/// Why a program could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ProgramsError {
    /// No folder holds a server.
    #[error("could not find a PostgreSQL server: no folder holds both initdb and postgres")]
    NoServer {
        /// The folders that were searched, in order.
        looked_in: Vec<PathBuf>,
    },
    /// The folder that someone named holds no server.
    #[error("the folder {folder:?} given by {given_by} holds no PostgreSQL server: {missing} is not there")]
    NotAServer {
        folder: PathBuf,
        /// The option or variable that named the folder.
        given_by: &'static str,
        /// The first program that the folder lacks.
        missing: &'static str,
    },
    /// No folder holds the client.
    #[error("could not find the program {client}")]
    NoClient {
        client: Client,
        /// The folders that were searched, in order.
        looked_in: Vec<PathBuf>,
    },
    /// A client refuses to read from a newer server.
    #[error("the newest {client} found is version {found}, too old for a server of version {needed}")]
    ClientTooOld {
        client: Client,
        /// The version of the newest one found.
        found: Version,
        /// The server's major version.
        needed: u32,
    },
    /// A program did not start.
    #[error("could not run {program:?}: {source}")]
    Run {
        program: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A program did not print its version in a known form.
    #[error("could not read the version of {program:?}: it says {said:?}")]
    UnknownVersion {
        program: PathBuf,
        /// What the program printed.
        said: String,
    },
}

impl ProgramsError {
    /// What a person can do about the error, in sentences.
    pub fn hint(&self) -> String {
        match self {
            Self::NoServer { looked_in } => format!(
                "Install the Debian package postgresql (elsewhere postgresql-server), or give the folder that holds the two programs with --pg-bin or {FOLDER_VARIABLE}. Looked in: {}.",
                listed(looked_in)
            ),
            Self::NotAServer { given_by, .. } => format!(
                "Set {given_by} to the folder that holds both initdb and postgres, such as /usr/lib/postgresql/15/bin; the Debian package postgresql brings them."
            ),
            Self::NoClient { looked_in, .. } => {
                format!("Install the Debian package postgresql-client. Looked in: {}.", listed(looked_in))
            }
            Self::ClientTooOld { needed, .. } => {
                format!("Install the Debian package postgresql-client-{needed}.")
            }
            Self::Run { .. } | Self::UnknownVersion { .. } => format!(
                "Check that the file is a PostgreSQL program that this account may run, or give another folder with --pg-bin or {FOLDER_VARIABLE}."
            ),
        }
    }
}

fn listed(folders: &[PathBuf]) -> String {
    if folders.is_empty() {
        return "no folder, since none of the usual ones exists".to_owned();
    }
    let names: Vec<String> = folders.iter().map(|folder| quoted(folder)).collect();
    names.join(", ")
}

/// A path in the form that messages show, with control characters escaped.
pub(crate) fn quoted(path: &Path) -> String {
    format!("{:?}", path.to_string_lossy())
}
