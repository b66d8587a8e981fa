//! What the program rejects before it sends anything of the release: a transaction pooler and a standby.

use crate::ground::{APR, Ground, Told, Way};
use crate::runner::Case;
use crate::runs::dsn;
use crate::support::{DATABASE, OWNER, Output};
use oneroof::testing::lab::StopMode;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ROW: &str = "transaction pooler, standby: refused, nothing sent";

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(ROW, "refused pooler", pooler),
        // This case uses a separate cluster, because a standby cannot be turned back.
        Case::new(ROW, "refused standby", |_| standby()),
    ]
}

/// A running `PgBouncer`.
struct Bouncer {
    child: Child,
    folder: PathBuf,
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn start_bouncer(server: u16, port: u16) -> Bouncer {
    let programs = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"];
    let program = programs.into_iter().find(|program| Path::new(program).exists());
    let program = program.expect("PgBouncer is needed: apt-get install pgbouncer, or .ci/setup");
    let folder = std::env::temp_dir().join(format!("oneroof-pooler-{}-{port}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let settings = format!(
        "[databases]\n{DATABASE} = host=127.0.0.1 port={server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
         unix_socket_dir =\nauth_type = any\npool_mode = transaction\nignore_startup_parameters = extra_float_digits,options\n\
         [databases]\n{DATABASE} = host=127.0.0.1 port={server} user={OWNER}\n"
    );
    let file = folder.join("pgbouncer.ini");
    std::fs::write(&file, settings).unwrap();
    let mut command = Command::new(program);
    if rustix::process::getuid().is_root() {
        // PgBouncer refuses to run as root, and changes to another account itself.
        command.args(["-u", "nobody"]);
    }
    let child = command.arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let bouncer = Bouncer { child, folder };
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(10), "PgBouncer does not answer");
        std::thread::sleep(Duration::from_millis(20));
    }
    bouncer
}

fn pooler(ground: &mut Ground) -> Result<Told, String> {
    ground.reset(0);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let bouncer = start_bouncer(ground.port(), port);
    for arguments in [Way::Apply.arguments(), vec!["preflight".to_owned(), "--format".to_owned(), "json".to_owned()]] {
        let run = ground.lab.sandbox.oneroof(arguments).argument("--dsn").argument(dsn(port));
        refused(&run.output(), "pooler")?;
    }
    // The next client of the pool must not get a server connection with our lock or settings.
    let left = ground.lab.admin("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'");
    drop(bouncer);
    let tiers = ground.tiers()?;
    if left != "0" || tiers != 0 {
        return Err(format!("{left} locks are left in the pool, {tiers} tiers are applied"));
    }
    Ok(Told { unknown: false, tiers })
}

fn standby() -> Result<Told, String> {
    let mut ground = Ground::new();
    ground.reset(0);
    let cluster = ground.lab.cluster();
    cluster.stop(StopMode::Fast).map_err(|error| error.to_string())?;
    std::fs::write(cluster.data().join("standby.signal"), "").map_err(|error| error.to_string())?;
    cluster.start().map_err(|error| error.to_string())?;
    for arguments in [&["preflight", "--ratified-apr", APR][..], &["apply", "--ratified-apr", APR, "--yes"]] {
        let output = ground.lab.oneroof(arguments).arguments(["--format", "json"]).output();
        refused(&output, "server.writable")?;
        let checks = output.json()["checks"].as_array().cloned().unwrap_or_default();
        if !checks.iter().any(|check| check["name"] == "server.writable" && check["ok"] == false) {
            return Err(format!("server.writable is named, but was not checked\n{}", output.whole()));
        }
    }
    let tiers = ground.tiers()?;
    Ok(Told { unknown: false, tiers })
}

fn refused(output: &Output, word: &str) -> Result<(), String> {
    if output.code() == Some(4) && output.json()["verdict"] == "NO-GO" && output.stdout.contains(word) {
        return Ok(());
    }
    Err(format!("expected exit code 4, NO-GO and {word:?}\n{}", output.whole()))
}
