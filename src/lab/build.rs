//! The description of a cluster: its settings, who may connect, and what it contains from the start. [`super::make`] makes the cluster.

use std::path::PathBuf;

use super::clients::ServerAddress;
use super::names::{ADMINISTRATOR, LOCALE};
use crate::packet::name::identifier;
use crate::programs::Programs;

/// Arguments for `initdb`. Small WAL segments keep a new data folder small and quick to copy.
const INITDB: [&str; 5] = ["--encoding=UTF8", "--auth=trust", "--no-sync", "--wal-segsize=1", "-U"];

/// Settings for `postgres`. The data would not survive a power failure, but an immediate stop loses no commit. `synchronous_commit` stays
/// on, because without fsync it costs almost nothing.
const SETTINGS: [(&str, &str); 9] = [
    // A person confirms a run in the lab with <database>@oneroof-lab.
    ("cluster_name", "oneroof-lab"),
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("shared_buffers", "16MB"),
    // With small WAL segments the server's default is low, and checkpoints would run during tests.
    ("max_wal_size", "1GB"),
    // Compiling the long catalog queries of a build takes several times as long as running them.
    ("jit", "off"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("log_line_prefix", "%m [%p] %q%u@%d "),
];

/// A database that is in the cluster from the start.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// The database's name.
    pub database: String,
    /// The role that owns the database. It is created with LOGIN and is not a superuser.
    pub owner: String,
    /// The SQL that is loaded into the database.
    pub sql: String,
    /// Whether the administrator loads the SQL. Otherwise the owner loads it.
    pub by_administrator: bool,
}

/// The description of a cluster that is to be made.
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    pub(crate) programs: Programs,
    pub(crate) cached: bool,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) baseline: Option<Baseline>,
    pub(crate) initdb: Vec<String>,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) access: Vec<String>,
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) tcp: bool,
}

impl Builder {
    pub(crate) fn new(programs: &Programs) -> Self {
        Self {
            programs: programs.clone(),
            cached: false,
            folder: None,
            baseline: None,
            initdb: Vec::new(),
            settings: Vec::new(),
            access: Vec::new(),
            files: Vec::new(),
            tcp: false,
        }
    }

    /// Copies the data folder from a template, which is kept in [`super::template::cache_folder`] for the next time. Without this option
    /// the data folder is made anew, and nothing stays behind.
    pub fn cached(mut self) -> Self {
        self.cached = true;
        self
    }

    /// Makes the cluster in this folder instead of a temporary one. The folder must be empty or must not exist.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Creates this database in the cluster. This needs `psql`.
    pub fn baseline(mut self, baseline: Baseline) -> Self {
        self.baseline = Some(baseline);
        self
    }

    /// Adds an argument to `initdb`, such as `--data-checksums`.
    pub fn initdb(mut self, argument: impl Into<String>) -> Self {
        self.initdb.push(argument.into());
        self
    }

    /// Sets a parameter of the server. If a name is set twice, the last value is used.
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Adds a line to `pg_hba.conf`. The line for the administrator stays first. If no line is added, everybody on the socket is trusted.
    pub fn access(mut self, line: impl Into<String>) -> Self {
        self.access.push(line.into());
        self
    }

    /// Writes a file into the data folder, for example a key. The server's account owns the file, and its mode is 0600.
    pub fn file(mut self, name: impl Into<String>, contents: impl Into<Vec<u8>>) -> Self {
        self.files.push((name.into(), contents.into()));
        self
    }

    /// Also listens on 127.0.0.1, on a free port. Nobody can connect there without an `access` line, because every account of the machine
    /// can reach the port.
    pub fn tcp(mut self) -> Self {
        self.tcp = true;
        self
    }

    /// The arguments of `initdb`.
    pub(crate) fn initdb_arguments(&self) -> Vec<String> {
        let fixed = INITDB.into_iter().map(str::to_owned);
        fixed
            .chain([ADMINISTRATOR.to_owned(), format!("--locale={LOCALE}")])
            .chain(self.initdb.iter().cloned())
            .collect()
    }

    /// The settings that `postgres` is started with.
    pub(crate) fn server_settings(&self, address: &ServerAddress) -> Vec<(String, String)> {
        let folder = address.socket_folder.display().to_string();
        let listen = if self.tcp { "127.0.0.1" } else { "" };
        let mut settings: Vec<(String, String)> = vec![
            ("listen_addresses".to_owned(), listen.to_owned()),
            ("port".to_owned(), address.port.to_string()),
            // The value is a list, so a name with a comma or a blank needs quotes.
            ("unix_socket_directories".to_owned(), identifier(&folder)),
        ];
        for (name, value) in SETTINGS {
            settings.push((name.to_owned(), value.to_owned()));
        }
        settings.extend(self.settings.iter().cloned());
        settings
    }

    /// The text of `pg_hba.conf`.
    pub(crate) fn access_file(&self) -> String {
        let mut text = format!("local all {ADMINISTRATOR} trust\n");
        if self.access.is_empty() {
            text.push_str("local all all trust\n");
        }
        for line in &self.access {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}
