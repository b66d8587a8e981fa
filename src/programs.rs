//! Finds the programs of a PostgreSQL installation.
//!
//! The server's programs (`initdb` and `postgres`) and the clients (`psql`, `pg_dump`, `pg_restore`) are searched separately. Portable
//! builds contain no clients, and a machine that only connects to other servers has no server programs.

mod error;
mod version;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use error::ProgramsError;
pub(crate) use error::quoted;
pub use version::Version;
use version::leading_number;

/// The variable that names the folder of the server's programs.
pub const FOLDER_VARIABLE: &str = "ONEROOF_PG_BIN";

/// The programs that a folder must contain to count as a server's folder.
const SERVER_PROGRAMS: [&str; 2] = ["initdb", "postgres"];

/// The name of the script that Debian puts on PATH instead of the clients. The script chooses a cluster by its own rules, so we skip it and
/// use the real program.
const DEBIAN_WRAPPER: &str = "pg_wrapper";

/// A client program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// The interactive terminal.
    Psql,
    /// Dumps a database.
    PgDump,
    /// Restores a dump.
    PgRestore,
}

impl Client {
    /// The name of the program's file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Psql => "psql",
            Self::PgDump => "pg_dump",
            Self::PgRestore => "pg_restore",
        }
    }

    /// Whether the client may be older than the server. Only `pg_dump` refuses a newer server.
    fn may_be_older(self) -> bool {
        match self {
            Self::Psql | Self::PgRestore => true,
            Self::PgDump => false,
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The programs of one server.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The folder that holds `initdb` and `postgres`.
    pub folder: PathBuf,
    /// The server's version.
    pub version: Version,
    search: Search,
}

impl Programs {
    /// Finds a server's programs in the given folder, or else in the folder that `ONEROOF_PG_BIN` names. If neither is named, searches the
    /// usual places, the newest version first, and then PATH.
    pub fn find(given: Option<&Path>) -> Result<Self, ProgramsError> {
        Search::from_environment(given).server()
    }

    /// The path of one of the server's own programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The path of a client that works with this server.
    pub fn client(&self, client: Client) -> Result<PathBuf, ProgramsError> {
        let beside = self.folder.join(client.name());
        if is_program(&beside) && !is_wrapper(&beside) {
            return Ok(beside);
        }
        self.search.client(client, Some(self.version.major))
    }
}

/// Where to look for the programs.
#[derive(Debug, Clone)]
pub struct Search {
    /// The folder given on the command line.
    pub given: Option<PathBuf>,
    /// The folder that the environment names.
    pub variable: Option<PathBuf>,
    /// The folders of PATH.
    pub path: Option<OsString>,
    /// The prefix of the usual places: `/`, except in tests.
    pub root: PathBuf,
}

impl Search {
    /// The places that the command line and the environment name.
    pub fn from_environment(given: Option<&Path>) -> Self {
        Self {
            given: given.map(Path::to_path_buf),
            variable: std::env::var_os(FOLDER_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from),
            path: std::env::var_os("PATH"),
            root: PathBuf::from("/"),
        }
    }

    /// Finds a server. If a person named a folder, that folder is used or refused, and no other folder is tried.
    pub fn server(&self) -> Result<Programs, ProgramsError> {
        for (folder, given_by) in [(self.given.as_ref(), "--pg-bin"), (self.variable.as_ref(), FOLDER_VARIABLE)] {
            let Some(folder) = folder else { continue };
            if let Some(missing) = missing_server_program(folder) {
                return Err(ProgramsError::NotAServer { folder: folder.clone(), given_by, missing });
            }
            return self.programs(folder);
        }
        let folders = self.usual_folders();
        match folders.iter().find(|folder| missing_server_program(folder).is_none()) {
            Some(folder) => self.programs(folder),
            None => Err(ProgramsError::NoServer { looked_in: folders }),
        }
    }

    /// Finds a client of the server's major version. If the version is not known, takes the first client. If there is none of that version,
    /// takes the newest client.
    pub fn client(&self, client: Client, major: Option<u32>) -> Result<PathBuf, ProgramsError> {
        let looked_in = self.client_folders();
        let mut newest: Option<(Version, PathBuf)> = None;
        for folder in &looked_in {
            let program = folder.join(client.name());
            if !is_program(&program) || is_wrapper(&program) {
                continue;
            }
            let version = version_of(&program)?;
            if major.is_none_or(|major| major == version.major) {
                return Ok(program);
            }
            if newest.as_ref().is_none_or(|(best, _)| version > *best) {
                newest = Some((version, program));
            }
        }
        let Some((found, program)) = newest else {
            return Err(ProgramsError::NoClient { client, looked_in });
        };
        match major {
            Some(needed) if found.major < needed && !client.may_be_older() => {
                Err(ProgramsError::ClientTooOld { client, found, needed })
            }
            _ => Ok(program),
        }
    }

    fn programs(&self, folder: &Path) -> Result<Programs, ProgramsError> {
        Ok(Programs {
            // The server runs in another folder, where a relative path would lead elsewhere.
            folder: std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf()),
            version: version_of(&folder.join("postgres"))?,
            search: self.clone(),
        })
    }

    fn client_folders(&self) -> Vec<PathBuf> {
        let named = [&self.given, &self.variable];
        let mut folders: Vec<PathBuf> = named.into_iter().flatten().cloned().collect();
        folders.extend(self.usual_folders());
        folders
    }

    /// The usual places that exist, then PATH.
    fn usual_folders(&self) -> Vec<PathBuf> {
        let families = [
            ("usr/lib/postgresql", "", "bin"),
            ("usr", "pgsql-", "bin"),
            ("opt/homebrew/opt", "postgresql@", "bin"),
            ("usr/local/opt", "postgresql@", "bin"),
            ("Applications/Postgres.app/Contents/Versions", "", "bin"),
        ];
        let mut folders = Vec::new();
        for (parent, prefix, within) in families {
            folders.extend(newest_first(&self.root.join(parent), prefix, within));
        }
        if let Some(path) = &self.path {
            folders.extend(std::env::split_paths(path).filter(|folder| folder.is_absolute()));
        }
        folders
    }
}

/// The folders `parent/prefixNN/within`, the highest NN first.
fn newest_first(parent: &Path, prefix: &str, within: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name();
            let (number, _) = leading_number(name.to_str()?.strip_prefix(prefix)?)?;
            Some((number, entry.path().join(within)))
        })
        .filter(|(_, folder)| folder.is_dir())
        .collect();
    found.sort_by(|(left, _), (right, _)| right.cmp(left));
    found.into_iter().map(|(_, folder)| folder).collect()
}

fn missing_server_program(folder: &Path) -> Option<&'static str> {
    SERVER_PROGRAMS.into_iter().find(|name| !is_program(&folder.join(name)))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

fn is_wrapper(path: &Path) -> bool {
    std::fs::canonicalize(path).is_ok_and(|real| real.file_name().is_some_and(|name| name == DEBIAN_WRAPPER))
}

fn version_of(program: &Path) -> Result<Version, ProgramsError> {
    let output = Command::new(program)
        .arg("--version")
        .env_clear()
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .map_err(|source| ProgramsError::Run { program: program.to_path_buf(), source })?;
    let said = String::from_utf8_lossy(&output.stdout);
    Version::parse(&said)
        .ok_or_else(|| ProgramsError::UnknownVersion { program: program.to_path_buf(), said: said.trim().to_owned() })
}
