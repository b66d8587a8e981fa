//! What a cluster is to be like: its settings, who gets in, what is in it from the start. [`super::make`] makes it.

use std::path::PathBuf;

use super::clients::{Address, identifier};
use super::names::{ADMINISTRATOR, LOCALE};
use crate::programs::Programs;

/// For `initdb`. Small segments keep a fresh data folder small, and copying it quick.
const INITDB: [&str; 5] = ["--encoding=UTF8", "--auth=trust", "--no-sync", "--wal-segsize=1", "-U"];

/// For `postgres`. Nothing here outlives a power cut, but an immediate stop loses no commit:
/// `synchronous_commit` stays on, since without fsync it costs next to nothing.
const SETTINGS: [(&str, &str); 8] = [
    // What a person types to confirm: <database>@oneroof-lab.
    ("cluster_name", "oneroof-lab"),
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("shared_buffers", "16MB"),
    // With small segments the server would set this low and checkpoint during tests.
    ("max_wal_size", "1GB"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("log_line_prefix", "%m [%p] %q%u@%d "),
];

/// A database that is in the cluster from the start.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// The database's name.
    pub database: String,
    /// The role that owns it: made with LOGIN, no superuser.
    pub owner: String,
    /// What is loaded into it.
    pub sql: String,
    /// It is loaded as the administrator, else as the owner.
    pub by_administrator: bool,
}

/// What a cluster is to be like.
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

    /// Copies the data folder from a template that is kept in [`super::template::cache_folder`] for the
    /// next time. Without this the folder is made afresh and nothing stays behind.
    pub fn cached(mut self) -> Self {
        self.cached = true;
        self
    }

    /// Puts the cluster into this folder, which must be empty or not exist, instead of a
    /// temporary one.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Starts with this database in it. Needs `psql`.
    pub fn baseline(mut self, baseline: Baseline) -> Self {
        self.baseline = Some(baseline);
        self
    }

    /// Adds an argument to `initdb`, such as `--data-checksums`.
    pub fn initdb(mut self, argument: impl Into<String>) -> Self {
        self.initdb.push(argument.into());
        self
    }

    /// Sets a parameter of the server. The last one of a name holds.
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Adds a line to `pg_hba.conf`. The administrator's own line stays the first; with no other
    /// line, everybody on the socket is trusted.
    pub fn access(mut self, line: impl Into<String>) -> Self {
        self.access.push(line.into());
        self
    }

    /// Writes a file into the data folder, such as a key: the account's own, mode 0600.
    pub fn file(mut self, name: impl Into<String>, contents: impl Into<Vec<u8>>) -> Self {
        self.files.push((name.into(), contents.into()));
        self
    }

    /// Listens on 127.0.0.1 too, on a free port. Nobody gets in that way without an `access`
    /// line, because every account of the machine can knock there.
    pub fn tcp(mut self) -> Self {
        self.tcp = true;
        self
    }

    /// What `initdb` is started with.
    pub(crate) fn initdb_arguments(&self) -> Vec<String> {
        let fixed = INITDB.into_iter().map(str::to_owned);
        fixed
            .chain([ADMINISTRATOR.to_owned(), format!("--locale={LOCALE}")])
            .chain(self.initdb.iter().cloned())
            .collect()
    }

    /// What `postgres` is started with.
    pub(crate) fn server_settings(&self, address: &Address) -> Vec<(String, String)> {
        let folder = address.socket_folder.display().to_string();
        let listen = if self.tcp { "127.0.0.1" } else { "" };
        let mut settings: Vec<(String, String)> = vec![
            ("listen_addresses".to_owned(), listen.to_owned()),
            ("port".to_owned(), address.port.to_string()),
            // A list, so a name with a comma or a blank needs the quotes.
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
