//! A running throwaway server, from its start until it is removed.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal};

use super::LabError;
use super::account::MachineAccount;
use super::build::Builder;
use super::clients::ServerAddress;
use super::files::write_private_file;
use super::names::{ADMINISTRATOR, DATA, LOG, MAINTENANCE_DATABASE, SOCKET_FOLDER, SOCKET_PORT};
use super::place::ClusterFolder;
use super::server::{self, Start};
use super::standing::Standing;
use crate::packet::name::identifier;
use crate::programs::{Client, Programs};

/// The number of ports to try. Another process may take a free port before the server does.
const PORT_TRIES: u32 = 5;

/// How a server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopMode {
    /// The server ends all sessions and shuts down cleanly.
    Fast,
    /// The server ends at once, as in a crash. The next start runs crash recovery.
    Immediate,
}

/// A running server. Dropping it stops the server and removes its folder.
#[derive(Debug)]
pub struct Cluster {
    programs: Programs,
    account: MachineAccount,
    folder: PathBuf,
    address: ServerAddress,
    tcp: bool,
    state: Mutex<ClusterState>,
}

#[derive(Debug)]
struct ClusterState {
    place: ClusterFolder,
    server: Option<Child>,
    settings: Vec<(String, String)>,
}

impl Cluster {
    /// Begins the description of a cluster to make.
    pub fn builder(programs: &Programs) -> Builder {
        Builder::new(programs)
    }

    /// Starts the server on a data folder that is already in `place`.
    pub(crate) fn start_in(place: ClusterFolder, builder: &Builder, account: MachineAccount) -> Result<Self, LabError> {
        let folder = place.folder().to_path_buf();
        let mut cluster = Self {
            programs: builder.programs.clone(),
            account,
            address: ServerAddress { socket_folder: folder.join(SOCKET_FOLDER), port: SOCKET_PORT },
            folder,
            tcp: builder.tcp,
            state: Mutex::new(ClusterState { place, server: None, settings: Vec::new() }),
        };
        cluster.write_file("pg_hba.conf", builder.access_file().as_bytes())?;
        for (name, contents) in &builder.files {
            cluster.write_file(name, contents)?;
        }
        let mut tries = 0;
        loop {
            if builder.tcp {
                cluster.address.port = free_port()?;
            }
            cluster.lock().settings = builder.server_settings(&cluster.address);
            tries += 1;
            match cluster.start() {
                Err(LabError::Ended { log, .. })
                    if builder.tcp && tries < PORT_TRIES && log.contains("could not bind") => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok(cluster),
            }
        }
    }

    /// Starts the server again after a stop.
    pub fn start(&self) -> Result<(), LabError> {
        let mut state = self.lock();
        let ClusterState { place, server, settings } = &mut *state;
        if server.is_some() {
            return Ok(());
        }
        let child = Start {
            programs: &self.programs,
            account: &self.account,
            data: &self.data(),
            log: &self.log_file(),
            socket: &self.address.socket(),
            settings,
        }
        .run(|process| {
            if let Some(watcher) = &mut place.watcher {
                watcher.tell_server(process);
            }
        })?;
        *server = Some(child);
        Ok(())
    }

    /// Stops the server and waits until its process has ended. The folder stays.
    pub fn stop(&self, mode: StopMode) -> Result<(), LabError> {
        let mut state = self.lock();
        let Some(child) = &mut state.server else {
            return Ok(());
        };
        server::signal(
            child,
            match mode {
                StopMode::Fast => Signal::INT,
                StopMode::Immediate => Signal::QUIT,
            },
        )?;
        server::wait_for_end(child)?;
        state.server = None;
        if let Some(watcher) = &mut state.place.watcher {
            watcher.tell_server(None);
        }
        Ok(())
    }

    /// Sets a parameter for the next start.
    pub fn set(&self, name: &str, value: &str) {
        let pair = (name.to_owned(), value.to_owned());
        self.lock().settings.push(pair);
    }

    /// The process id of the postmaster. `None` while the server is stopped.
    pub fn process(&self) -> Option<i32> {
        let state = self.lock();
        let child = state.server.as_ref()?;
        Some(Pid::from_child(child).as_raw_nonzero().get())
    }

    /// The programs that the cluster was made with.
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// The folder that holds everything of this cluster.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join(DATA)
    }

    /// The server's log.
    pub fn log_file(&self) -> PathBuf {
        self.folder.join(LOG)
    }

    /// The folder of the Unix socket, as PGHOST needs it.
    pub fn socket_folder(&self) -> &Path {
        &self.address.socket_folder
    }

    /// The path of the Unix socket.
    pub fn socket(&self) -> PathBuf {
        self.address.socket()
    }

    /// The port, which is the same for the socket and for 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.address.port
    }

    /// Whether the server listens on 127.0.0.1.
    pub fn listens_on_tcp(&self) -> bool {
        self.tcp
    }

    /// The libpq variables to connect to a database as a role.
    pub fn environment(&self, database: &str, user: &str) -> [(&'static str, String); 4] {
        self.address.environment(database, user)
    }

    /// Writes a file into the data folder that only the server's account may read.
    pub fn write_file(&self, name: &str, contents: &[u8]) -> Result<PathBuf, LabError> {
        let path = self.data().join(name);
        write_private_file(&path, contents, &self.account)?;
        Ok(path)
    }

    /// Runs SQL with psql and returns the values, one line for each row, separated by `|`.
    pub fn psql(&self, database: &str, user: &str, sql: &str) -> Result<String, LabError> {
        let program = self.programs.client(Client::Psql)?;
        self.address.psql(&program, database, user, sql)
    }

    /// Dumps a database as SQL text. The same contents give the same text. `arguments` are passed to `pg_dump`, for example
    /// `--schema-only`.
    pub fn pg_dump(&self, database: &str, arguments: &[&str]) -> Result<String, LabError> {
        let program = self.programs.client(Client::PgDump)?;
        self.address.pg_dump(&program, database, ADMINISTRATOR, arguments)
    }

    /// Makes an empty database.
    pub fn create_database(&self, name: &str, owner: &str) -> Result<(), LabError> {
        let (name, owner) = (identifier(name), identifier(owner));
        let sql = format!("CREATE DATABASE {name} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8'");
        self.psql(MAINTENANCE_DATABASE, ADMINISTRATOR, &sql).map(drop)
    }

    /// Stops the server and removes everything. Returns an error if that fails. Dropping the value does the same, but ignores errors.
    pub fn remove(self) -> Result<(), LabError> {
        self.stop(StopMode::Immediate)?;
        self.lock().place.remove()
    }

    /// Lets the server run on after this process has ended, and writes the state file that [`Standing::read`] reads.
    pub fn leave_standing(self) -> Result<Standing, LabError> {
        let mut state = self.lock();
        let Some(child) = &state.server else {
            return Err(LabError::NotRunning);
        };
        let standing = Standing {
            folder: self.folder.clone(),
            process: Pid::from_child(child).as_raw_nonzero().get(),
            socket_folder: self.address.socket_folder.clone(),
            port: self.address.port,
            server_version: self.programs.version.text.clone(),
            made_folder: state.place.made,
        };
        standing.write()?;
        state.server = None;
        state.place.release();
        drop(state);
        Ok(standing)
    }

    fn lock(&self) -> MutexGuard<'_, ClusterState> {
        // A panic in another thread does not make the state unusable, so a poisoned lock is accepted.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // If this fails, the watcher tries again when this process ends.
        let _ = self.stop(StopMode::Immediate);
    }
}

fn free_port() -> Result<u16, LabError> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(LabError::file("find a free port on", Path::new("127.0.0.1")))
}
