//! Compares the release with the real psql. Each figure has a limit, and if a figure exceeds its limit, the exit code is not zero.
//!
//! ```text
//! cargo bench --bench release                 n = 20 pairs
//! cargo bench --bench release -- --pairs 5    quicker, noisier
//! cargo bench --bench release -- scale        only the large databases, about ten minutes
//! cargo bench --bench release -- peers        only the other tools on this machine
//! ```
//!
//! `ONEROOF_BENCH_BINARY` names another binary than the one just built, for example the static one. Both sides run alternately on one
//! throwaway server, and the order changes from pair to pair. The result is the median of the pairs' ratios. On a busy machine all times
//! are longer, but the ratio changes little.

#![expect(clippy::expect_used, clippy::cast_precision_loss, reason = "a bench that cannot measure ends")]

mod build;
mod figures;
mod floor;
mod log;
mod peers;
mod proxy;
mod scale;

use figures::{Figures, medians, ratio};
use oneroof::testing::lab::{ADMINISTRATOR, Baseline, Cluster};
use oneroof::testing::programs::{Client, Programs};
use proxy::Proxy;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const DATABASE: &str = "directus";
const OWNER: &str = "workflow_admin";
const PASSWORD: &str = "bench";
const APPROVAL: &str = "APR-BOOT-AUTHMODEL-1";

/// The two programs and the server.
struct Bench {
    cluster: Cluster,
    psql: PathBuf,
    oneroof: PathBuf,
    logs: PathBuf,
    /// The packet as the program exports it. psql runs these files.
    packet: PathBuf,
    output: PathBuf,
}

/// The time of one run in seconds: elapsed time and processor time.
struct Took {
    wall: f64,
    cpu: f64,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let pairs = arguments
        .iter()
        .position(|argument| argument == "--pairs")
        .and_then(|at| arguments.get(at + 1)?.parse().ok())
        .unwrap_or(20);
    let mut bench = Bench::prepare();
    let mut figures = Figures::default();
    let asked = |part: &str| arguments.iter().any(|argument| argument == part);
    let whole = !asked("scale") && !asked("peers");
    if whole {
        bench.size(&mut figures);
        bench.turns(&mut figures);
        bench.far_away(&mut figures);
        bench.locally(&mut figures, pairs);
        bench.above_the_floor(&mut figures, pairs);
        bench.log_bytes(&mut figures);
        bench.memory(&mut figures);
        bench.version(&mut figures, pairs);
    }
    if whole || asked("peers") {
        bench.peers(&mut figures);
    }
    if whole || asked("scale") {
        bench.build(&mut figures);
        bench.scale(&mut figures);
    }
    let met = figures.print();
    let _ = std::fs::remove_dir_all(&bench.output);
    if met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A server with the baseline and its approval. Connections by TCP require a password.
fn cluster(programs: &Programs, settings: &[(&str, &str)]) -> Cluster {
    let sql = std::fs::read_to_string(repository().join("sql/requires.sql")).expect("the baseline can be read");
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate can be made");
    let mut builder = Cluster::builder(programs)
        .tcp()
        .access("local all all trust")
        .access("host all all 127.0.0.1/32 scram-sha-256")
        .setting("password_encryption", "scram-sha-256")
        .setting("ssl", "on")
        // As on a server with its default settings.
        .setting("jit", "on")
        .file("server.crt", certificate.cert.pem())
        .file("server.key", certificate.signing_key.serialize_pem())
        .baseline(Baseline { database: DATABASE.to_owned(), owner: OWNER.to_owned(), sql, by_administrator: false });
    for (name, value) in settings {
        builder = builder.setting(*name, *value);
    }
    let cluster = builder.start().expect("the server starts");
    cluster
        .psql("postgres", ADMINISTRATOR, &format!("ALTER ROLE {OWNER} PASSWORD '{PASSWORD}'"))
        .expect("a password can be set");
    let ratify = std::fs::read_to_string(repository().join("sql/lab/ratify.sql")).expect("the file is there");
    cluster.psql(DATABASE, OWNER, &ratify).expect("the lab is ratified");
    cluster
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Bench {
    fn prepare() -> Self {
        let programs = Programs::find(None).expect("PostgreSQL's programs are there");
        let cluster = cluster(&programs, &[]);
        // The files are in memory, so that the time of fsync does not count.
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        let output = base.join(format!("oneroof-bench-{}", std::process::id()));
        let logs = output.join("logs");
        std::fs::create_dir_all(&logs).expect("a folder can be made");
        let oneroof = std::env::var_os("ONEROOF_BENCH_BINARY")
            .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_oneroof")), PathBuf::from);
        let packet = output.join("packet");
        let exported = Command::new(&oneroof).args(["sql", "export"]).arg(&packet).output().expect("the program runs");
        assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stdout));
        eprintln!("{} against psql {} on PostgreSQL {}", oneroof.display(), programs.version, programs.version);
        Self {
            psql: programs.client(Client::Psql).expect("the real psql is there"),
            oneroof: std::path::absolute(oneroof).expect("a path"),
            cluster,
            logs,
            packet,
            output,
        }
    }

    fn oneroof(&self, words: &[&str]) -> Vec<String> {
        let mut command = vec![self.oneroof.display().to_string()];
        command.extend(words.iter().map(|word| (*word).to_owned()));
        command
    }

    fn apply(&self, more: &[&str]) -> Vec<String> {
        let mut command = self.oneroof(&["apply", "--ratified-apr", APPROVAL, "--yes", "--log-dir"]);
        command.push(self.logs.display().to_string());
        command.extend(more.iter().map(|word| (*word).to_owned()));
        command
    }

    fn psql_release(&self) -> Vec<String> {
        let script = self.packet.join("sql/prod/99_run_all.sql");
        let approval = format!("ratified_apr={APPROVAL}");
        let words = ["-X", "-v", "ON_ERROR_STOP=1", "-v", &approval, "-f"];
        let mut command = vec![self.psql.display().to_string()];
        command.extend(words.iter().map(|word| (*word).to_owned()));
        command.push(script.display().to_string());
        command
    }

    /// A command that connects by the socket, or through a port with a password.
    fn command(&self, words: &[String], port: Option<u16>) -> Command {
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env_clear().env("LC_ALL", "C.UTF-8").env("HOME", &self.output);
        command.envs(self.cluster.environment(DATABASE, OWNER));
        if let Some(port) = port {
            command.env("PGHOST", "127.0.0.1").env("PGPORT", port.to_string()).env("PGPASSWORD", PASSWORD);
            command.env("PGSSLMODE", "disable");
        }
        command.current_dir(&self.output).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    fn must_succeed(&self, words: &[String], port: Option<u16>) {
        let output = self.command(words, port).output().expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {}: {said}", output.status);
    }

    /// Rolls the release back and makes the server write its data to disk.
    fn reset(&self) {
        // Delayed bytes in the proxy keep a session and its run lock a little longer.
        let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
        while self.cluster.psql(DATABASE, ADMINISTRATOR, held).expect("locks can be counted").trim() != "0" {
            std::thread::sleep(Duration::from_millis(20));
        }
        let script = self.packet.join("sql/prod_rollback/99_rollback_full.sql");
        let words = [self.psql.display().to_string(), "-X".into(), "-q".into(), "-v".into(), "ON_ERROR_STOP=1".into()];
        let words: Vec<String> = words.into_iter().chain(["-f".to_owned(), script.display().to_string()]).collect();
        self.must_succeed(&words, None);
        self.cluster.psql(DATABASE, ADMINISTRATOR, "CHECKPOINT").expect("a checkpoint");
    }

    /// The elapsed time and the processor time, measured with the shell's `time`. The standard library cannot measure the processor time of
    /// a child process.
    fn timed(&self, words: &[String]) -> Took {
        let shell = ["/bin/bash", "-c", r#"TIMEFORMAT="%3R %3U %3S"; time "$@" 2>/dev/null"#, "time"];
        let words: Vec<String> = shell.iter().map(|word| (*word).to_owned()).chain(words.iter().cloned()).collect();
        let output = self.command(&words, None).output().expect("bash runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{words:?}: {}: {said}", output.status);
        let last = said.lines().last().unwrap_or_default();
        let times: Vec<f64> = last.split_whitespace().filter_map(|time| time.parse().ok()).collect();
        let [wall, user, system] = times[..] else { panic!("unexpected output of bash's time: {said:?}") };
        Took { wall, cpu: user + system }
    }

    fn size(&self, figures: &mut Figures) {
        let bytes = std::fs::metadata(&self.oneroof).expect("the binary is there").len();
        figures.add("binary, million bytes", bytes as f64 / 1e6, 6.291_456, 5.0, format!("{bytes} bytes"));
    }

    fn turns(&self, figures: &mut Figures) {
        let proxy = Proxy::start(self.cluster.port(), Duration::ZERO).expect("a port is free");
        let count = |words: &[String]| {
            self.must_succeed(words, Some(proxy.port));
            proxy.take_turns() as f64
        };
        let scram = "TCP and SCRAM included";
        let preflight = self.oneroof(&["preflight"]);
        let plain = count(&preflight);
        figures.add("turns of preflight", plain, 7.0, 6.0, scram);
        let output = self.command(&preflight, Some(proxy.port)).env("PGSSLMODE", "require").output();
        assert!(output.expect("the program runs").status.success(), "preflight by TLS");
        figures.add("turns added by TLS", proxy.take_turns() as f64 - plain, 3.0, 2.0, "TLS 1.3, SSLRequest included");
        figures.add("turns of apply", count(&self.apply(&[])), 24.0, 20.0, scram);
        self.reset();
        figures.add("turns of apply --no-rehearsal", count(&self.apply(&["--no-rehearsal"])), 22.0, 19.0, scram);
        self.reset();
        let psql = count(&self.psql_release());
        self.reset();
        eprintln!("  turns of psql -f: {psql}");
    }

    fn far_away(&self, figures: &mut Figures) {
        let proxy = Proxy::start(self.cluster.port(), Duration::from_millis(50)).expect("a port is free");
        let wall = |words: &[String]| {
            let begun = Instant::now();
            self.must_succeed(words, Some(proxy.port));
            let wall = begun.elapsed().as_secs_f64();
            self.reset();
            wall
        };
        let pair = [(wall(&self.apply(&["--no-rehearsal"])), wall(&self.psql_release()))];
        figures.add("wall at 100 ms round trip, ratio to psql", ratio(&pair), 0.20, 0.08, medians(&pair, "s"));
    }

    fn locally(&self, figures: &mut Figures, pairs: usize) {
        let (ours, theirs) = (self.apply(&["--no-rehearsal", "--quiet"]), self.psql_release());
        let (mut walls, mut cpus) = (Vec::new(), Vec::new());
        for pair in 0..pairs {
            let run = |words: &[String]| {
                let took = self.timed(words);
                self.reset();
                took
            };
            let (mine, other) = if pair % 2 == 0 {
                let mine = run(&ours);
                (mine, run(&theirs))
            } else {
                let other = run(&theirs);
                (run(&ours), other)
            };
            walls.push((mine.wall * 1000.0, other.wall * 1000.0));
            cpus.push((mine.cpu * 1000.0, other.cpu * 1000.0));
        }
        figures.add("wall locally, ratio to psql", ratio(&walls), 1.00, 0.85, medians(&walls, "ms"));
        figures.add("client CPU, ratio to psql", ratio(&cpus), 0.60, 0.40, medians(&cpus, "ms"));
    }

    /// The peak memory of a release, which is rolled back afterwards.
    fn peak(&self, words: &[String]) -> f64 {
        let peak = self.peak_alone(words);
        self.reset();
        peak
    }

    /// The peak memory in MiB, from the kernel's counter, which is read until the program has ended.
    fn peak_alone(&self, words: &[String]) -> f64 {
        let mut child = self.command(words, None).stderr(Stdio::null()).spawn().expect("the program runs");
        let status = format!("/proc/{}/status", child.id());
        let mut peak: f64 = 0.0;
        while child.try_wait().expect("a child").is_none() {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let kib =
                text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
            peak = peak.max(kib.unwrap_or(0.0));
            std::thread::sleep(Duration::from_micros(500));
        }
        peak / 1024.0
    }

    fn memory(&self, figures: &mut Figures) {
        let (ours, theirs) = (self.apply(&["--no-rehearsal", "--quiet"]), self.psql_release());
        let pairs: Vec<(f64, f64)> = (0..3).map(|_| (self.peak(&ours), self.peak(&theirs))).collect();
        figures.add("peak memory, ratio to psql", ratio(&pairs), 0.80, 0.60, medians(&pairs, "MiB"));
    }

    fn version(&self, figures: &mut Figures, pairs: usize) {
        let wall = |program: &Path| {
            let begun = Instant::now();
            self.must_succeed(&[program.display().to_string(), "--version".to_owned()], None);
            begun.elapsed().as_secs_f64() * 1000.0
        };
        let pairs: Vec<(f64, f64)> = (0..pairs * 3).map(|_| (wall(&self.oneroof), wall(&self.psql))).collect();
        figures.add("--version, ratio to psql", ratio(&pairs), 0.70, 0.40, medians(&pairs, "ms"));
    }
}
