//! The program rejects a connection pooler in every mode, and says only what it knows about the pooler.

use crate::harness::{DATABASE, Lab, OWNER};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running `PgBouncer`.
struct Bouncer {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Bouncer {
    fn start(lab: &Lab, settings: &str) -> Self {
        let programs = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"];
        let program = programs.into_iter().find(|program| Path::new(program).exists());
        let program = program.expect("PgBouncer is needed: apt-get install pgbouncer, or .ci/setup");
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let folder = std::env::temp_dir().join(format!("oneroof-bouncer-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let text = format!(
            "[databases]\n{DATABASE} = host=127.0.0.1 port={} user={OWNER}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\n{settings}\n",
            lab.cluster().port()
        );
        let file = folder.join("pgbouncer.ini");
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new(program);
        if rustix::process::getuid().is_root() {
            // PgBouncer refuses to run as root, and changes to another account itself.
            command.args(["-u", "nobody"]);
        }
        let child = command.arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let bouncer = Self { child, folder, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(10), "PgBouncer does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        bouncer
    }
}

fn lab() -> Lab {
    Lab::own(|builder| builder.tcp().access("local all all trust").access("host all all 127.0.0.1/32 trust"))
}

/// The message and the hint of a command that ended with this exit code.
#[track_caller]
fn refused(lab: &Lab, bouncer: &Bouncer, database: &str, code: i32) -> (String, String) {
    let run = lab.oneroof(["preflight", "--format", "json"]).variable("PGHOST", "127.0.0.1");
    let run = run.variable("PGPORT", bouncer.port.to_string()).variable("PGDATABASE", database).without_terminal();
    let report = run.output().expect_code(code).json();
    let text = |name: &str| report["error"][name].as_str().unwrap_or_default().to_owned();
    (text("message"), text("hint"))
}

#[test]
fn a_pooler_of_any_mode_is_refused_and_its_mode_is_not_guessed() {
    let lab = lab();
    for mode in ["session", "transaction", "statement"] {
        let bouncer = Bouncer::start(&lab, &format!("pool_mode = {mode}"));
        let (message, hint) = refused(&lab, &bouncer, DATABASE, 4);
        assert!(
            message.contains("a connection pooler answers")
                && message.contains("which mode the pooler uses is not known"),
            "{mode}: {message}"
        );
        for guess in ["transaction", "backend -", "session pooler"] {
            assert!(!message.contains(guess), "{mode}: {message}");
        }
        assert!(hint.contains("host and port of PostgreSQL itself"), "{mode}: {hint}");
        // The next client of the pool must not get a server connection with our lock or settings.
        assert_eq!(lab.admin("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0", "{mode}");
    }
}

#[test]
fn the_message_of_a_pooler_is_shown() {
    let lab = lab();
    let bouncer = Bouncer::start(&lab, "pool_mode = session");
    let (message, _) = refused(&lab, &bouncer, "pgbouncer", 4);
    assert!(message.contains("own console"), "{message}");
    let (message, hint) = refused(&lab, &bouncer, "absent", 7);
    assert!(!message.is_empty() && hint.contains("If a connection pooler answers"), "{message}\n{hint}");
}
