//! Throwaway servers and folders.

use crate::support::run_psql;
use oneroof::testing::programs::{Client, Programs};
use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant};

/// The programs of the server under test, found as the program finds them. If there are none, the test fails.
fn found() -> &'static Programs {
    static FOUND: OnceLock<Programs> = OnceLock::new();
    FOUND.get_or_init(|| Programs::find(None).unwrap_or_else(|error| panic!("PostgreSQL is needed: {error}")))
}

pub(crate) fn programs() -> PathBuf {
    found().folder.clone()
}

/// The real psql. In Debian `psql` is a wrapper that chooses a cluster.
pub(crate) fn psql() -> PathBuf {
    found().client(Client::Psql).unwrap_or_else(|error| panic!("psql is needed: {error}"))
}

pub(crate) fn major() -> u32 {
    found().version.major
}

/// The account that the servers run under, because PostgreSQL refuses to run as root.
#[derive(Clone, Copy)]
struct Account {
    uid: u32,
    gid: u32,
}

fn server_account() -> Option<Account> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let passwd = fs::read_to_string("/etc/passwd").expect("accounts can be read");
    passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        (fields[0] == "postgres")
            .then(|| Account { uid: fields[2].parse().expect("a uid"), gid: fields[3].parse().expect("a gid") })
    })
}

fn give_to_server(path: &Path) {
    if let Some(account) = server_account() {
        chown(path, Some(account.uid), Some(account.gid)).expect("root may give files away");
    }
}

/// A temporary folder that is removed when the test ends.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(kind: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("oneroof-{kind}-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a temporary folder can be made");
        Self(path)
    }

    /// Writes a file with these permissions and creates the folders above it.
    pub(crate) fn write(&self, name: &str, mode: u32, content: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders can be made");
        fs::write(&path, content).expect("a file can be written");
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("a mode can be set");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The settings of a server.
#[derive(Default)]
pub(crate) struct Setup<'text> {
    pub(crate) name: &'text str,
    pub(crate) hba: &'text str,
    /// Certificate chain and key, PEM.
    pub(crate) tls: Option<(&'text str, &'text str)>,
    /// Certificate authority for client certificates, PEM.
    pub(crate) client_ca: Option<&'text str>,
    /// Further socket folders, joined by commas.
    pub(crate) sockets: Option<&'text str>,
}

pub(crate) struct Server {
    pub(crate) folder: Folder,
    pub(crate) port: u16,
    child: Child,
    _template: Arc<Folder>,
}

fn run_as_server(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(programs().join(program));
    command
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .current_dir("/")
        .stdin(Stdio::null());
    if let Some(account) = server_account() {
        command.uid(account.uid).gid(account.gid);
    }
    command
}

/// An initialised data folder. All servers that run at the same time share it, and it is removed with the last of them.
fn template() -> Arc<Folder> {
    static SHARED: Mutex<Weak<Folder>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().expect("no test fails while it makes the template");
    if let Some(folder) = shared.upgrade() {
        return folder;
    }
    let folder = Folder::new("template");
    give_to_server(&folder.0);
    let data = folder.0.join("data").display().to_string();
    let output = run_as_server(
        "initdb",
        &["--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-D", &data],
    )
    .output()
    .expect("initdb runs");
    assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
    let folder = Arc::new(folder);
    *shared = Arc::downgrade(&folder);
    folder
}

impl Server {
    pub(crate) fn start(setup: &Setup<'_>) -> Self {
        let template = template();
        let folder = Folder::new("server");
        let data = folder.0.join("data");
        let copied = Command::new("cp").arg("-a").arg(template.0.join("data")).arg(&data).status();
        assert!(copied.expect("cp runs").success(), "the template can be copied");
        give_to_server(&folder.0);
        fs::set_permissions(&folder.0, Permissions::from_mode(0o755)).expect("a mode can be set");
        let own = |name: &str, mode: u32, content: &str| {
            give_to_server(&folder.write(name, mode, content));
        };
        own("data/pg_hba.conf", 0o600, setup.hba);
        let mut sockets = folder.0.display().to_string();
        if let Some(more) = setup.sockets {
            sockets = format!("{sockets},{more}");
        }
        let port = free_port();
        let mut settings = format!(
            "cluster_name = '{}'\nport = {port}\nlisten_addresses = '127.0.0.1'\n\
             unix_socket_directories = '{sockets}'\nfsync = off\nshared_buffers = 16MB\n\
             max_connections = 30\nautovacuum = off\nlog_min_messages = fatal\n\
             password_encryption = 'scram-sha-256'\n",
            setup.name
        );
        if let Some((chain, key)) = setup.tls {
            own("data/server.crt", 0o600, chain);
            own("data/server.key", 0o600, key);
            settings.push_str("ssl = on\n");
        }
        if let Some(authority) = setup.client_ca {
            own("data/client_ca.crt", 0o600, authority);
            settings.push_str("ssl_ca_file = 'client_ca.crt'\n");
        }
        own("data/postgresql.auto.conf", 0o600, &settings);
        let child = run_as_server("postgres", &["-D", data.to_str().expect("a plain path")])
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.0.join("log")).expect("a log can be made"))
            .spawn()
            .expect("postgres starts");
        let server = Self { folder, port, child, _template: template };
        server.wait();
        server
    }

    fn wait(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if self.admin("SELECT 1").is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let log = fs::read_to_string(self.folder.0.join("log")).unwrap_or_default();
        panic!("the server does not answer: {log}");
    }

    /// The folder of the unix socket.
    pub(crate) fn socket(&self) -> String {
        self.folder.0.display().to_string()
    }

    /// Runs SQL as the superuser with psql.
    pub(crate) fn admin(&self, sql: &str) -> Result<String, String> {
        let dsn = format!("host={} port={} user=postgres dbname=postgres", self.socket(), self.port);
        run_psql(&["-d", &dsn], &[], sql)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::QUIT);
        }
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    listener.local_addr().expect("a bound socket").port()
}
