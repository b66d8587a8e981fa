//! The server's disk or the folder of the evidence runs out of space. One case checks what is on the disk before COMMIT is sent.
//!
//! The disks are small memory file systems, so these cases need root. Without root they fail with a message that says so.

use crate::ground::{Ground, Told, Way};
use crate::proxy::{Act, Proxy, Side};
use crate::runner::Case;
use crate::runs::{REACH, commit, run, start};
use crate::support::{DATABASE, Sandbox, Trouble as _};
use crate::{Extent, Known};
use oneroof::testing::lab::StopMode;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const DATA: &str = "disk full under the database's files";
const LOG: &str = "disk full under the server's whole folder, its log included";
const EVIDENCE: &str = "disk full under the evidence";
const SYNCED: &str = "evidence on the disk before COMMIT is sent";

pub(crate) fn cases(extent: Extent, known: &Known) -> Vec<Case> {
    let mut cases = Vec::new();
    if extent == Extent::Quick {
        return cases;
    }
    for way in [Way::Apply, Way::Rollback, Way::Rehearsed] {
        for room in (0..12).map(|step| step * 120) {
            let name = format!("disk data {} {room}", way.name());
            cases.push(Case::new(DATA, name, move |_| data(way, room)));
        }
    }
    for way in [Way::Apply, Way::Rollback] {
        for room in (0..8).map(|step| 60 + step * 110) {
            let name = format!("disk log {} {room}", way.name());
            cases.push(Case::new(LOG, name, move |_| log(way, room)));
        }
        for room in (0..16).map(|step| step * 16) {
            let name = format!("disk evidence {} {room}", way.name());
            cases.push(Case::new(EVIDENCE, name, move |ground| evidence(ground, way, room)));
        }
    }
    let number = commit(known.messages(Way::Apply), 1) - 1;
    cases.push(Case::new(SYNCED, "evidence synced", move |ground| synced(ground, number)));
    cases
}

/// A disk in memory. It is unmounted when the value is dropped.
struct Disk(PathBuf);

impl Disk {
    /// Mounts the disk on an existing folder and keeps the folder's owner.
    fn mount(folder: &Path, kilobytes: u32) -> Self {
        let owner = std::fs::metadata(folder).unwrap();
        let options = format!("size={kilobytes}k,mode=0755,uid={},gid={}", owner.uid(), owner.gid());
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder).status().unwrap();
        assert!(done.success(), "a small disk could not be mounted: these cases need root");
        Self(folder.to_owned())
    }

    /// Fills the disk until only `left` kilobytes are free.
    fn fill(&self, left: u64) {
        let facts = rustix::fs::statvfs(&self.0).unwrap();
        let taken = (facts.f_bavail * facts.f_frsize).saturating_sub(left * 1024);
        std::fs::write(self.ballast(), vec![1; usize::try_from(taken).unwrap()]).unwrap();
    }

    fn free(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).stderr(Stdio::null()).status();
    }
}

/// Only the database is on the small disk. The server keeps running, and the step fails.
fn data(way: Way, room: u64) -> Result<Told, String> {
    let mut ground = Ground::new();
    ground.reset(way.ends().0);
    ground.keep();
    let folder = ground.lab.cluster().folder().join("small");
    std::fs::create_dir(&folder).unwrap();
    let owner = std::fs::metadata(ground.lab.cluster().data()).unwrap();
    std::os::unix::fs::chown(&folder, Some(owner.uid()), Some(owner.gid())).unwrap();
    let disk = Disk::mount(&folder, 64 << 10);
    let administrator = ground.lab.administrator().to_owned();
    for sql in [
        format!("CREATE TABLESPACE small LOCATION '{}'", folder.display()),
        format!("ALTER DATABASE {DATABASE} SET TABLESPACE small"),
    ] {
        ground.lab.psql_in("postgres", &administrator, &sql);
    }
    disk.fill(room);
    let proxy = Proxy::counting(ground.port());
    let (run, _) = run(&mut ground, &proxy, way, &[]);
    let output = run.output();
    disk.free();
    let shown = ground.judge(way, &output)?;
    drop(ground);
    // If there was enough space, the run succeeds. Otherwise the report has the server's own error.
    match output.code() {
        Some(0) => Ok(shown),
        Some(5) if output.stdout.contains("53100") => Ok(shown),
        _ => Err(format!("{room} kB of room\n{}", output.whole())),
    }
}

/// The whole server is on the small disk. If its WAL cannot grow, the server crashes, and it starts again when there is space.
fn log(way: Way, room: u64) -> Result<Told, String> {
    let folder = std::env::temp_dir().join(format!("oneroof-disk-{}-{}-{room}", std::process::id(), way.name()));
    std::fs::create_dir(&folder).unwrap();
    let disk = Disk::mount(&folder, 256 << 10);
    let place = folder.join("lab");
    let mut ground = Ground::with(|builder| builder.folder(place));
    ground.reset(way.ends().0);
    ground.keep();
    write_log_until(&ground, room);
    // This is enough for tables, but less than the next WAL file needs.
    disk.fill(8 << 10);
    let proxy = Proxy::counting(ground.port());
    let (run, folder_of_evidence) = run(&mut ground, &proxy, way, &["--commit-timeout", "2"]);
    let output = run.output();
    disk.free();
    let cluster = ground.lab.cluster();
    // The server may have ended, or may be starting or stopping.
    cluster.restart(StopMode::Immediate).map_err(|error| error.to_string())?;
    let shown = ground.judge(way, &output)?;
    if shown.unknown {
        let asked = ground.lab.oneroof(["resolve", "--evidence"]).argument(Sandbox::evidence_in(&folder_of_evidence));
        let asked = asked.output();
        if !matches!(asked.code(), Some(0 | 5)) {
            return Err(format!("the server is back, but resolve reports\n{}", asked.whole()));
        }
    }
    if output.code() != Some(0) {
        let log = ground.lab.cluster().log();
        if !log.contains("No space left on device") {
            return Err(format!("the run failed for another reason than the full disk\n{}", output.whole()));
        }
    }
    drop(ground);
    drop(disk);
    let _ = std::fs::remove_dir(&folder);
    match output.code() {
        Some(0 | 5 | 7 | 9) => Ok(shown),
        _ => Err(format!("{room} kB of room in its log\n{}", output.whole())),
    }
}

/// Writes WAL until about `left` kilobytes are free in the last WAL file.
fn write_log_until(ground: &Ground, left: u64) {
    loop {
        let question = "SELECT 16777216 - (pg_current_wal_insert_lsn() - '0/0') % 16777216, \
            (SELECT count(*) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$' AND name > pg_walfile_name(pg_current_wal_insert_lsn()))";
        let answer = ground.lab.admin(question);
        let (rest, later) = answer.split_once('|').unwrap();
        let rest: u64 = rest.parse().unwrap();
        let wanted = left * 1024;
        if later == "0" && rest.abs_diff(wanted) < 40_000 {
            return;
        }
        // If the next file exists already or too little space is left, it writes past the end of the file.
        let length = if rest > wanted + 20_000 { rest - wanted } else { rest + 100_000 }.min(4 << 20);
        ground.lab.admin(&format!("SELECT pg_logical_emit_message(false, 'room', repeat('x', {length}))"));
    }
}

/// Nothing is committed without evidence. If the evidence fails after the last COMMIT, the exit code is 12.
fn evidence(ground: &mut Ground, way: Way, room: u64) -> Result<Told, String> {
    ground.reset(way.ends().0);
    let proxy = Proxy::counting(ground.port());
    let (run, folder) = run(ground, &proxy, way, &[]);
    let disk = Disk::mount(&folder, 4 << 10);
    disk.fill(room);
    let output = run.output();
    let shown = ground.judge(way, &output)?;
    drop(disk);
    let begun = !output.stdout.is_empty();
    match output.code() {
        Some(0 | 12) => Ok(shown),
        // The run stopped before it sent anything, or was rolled back.
        Some(code) if code < 12 && begun => Ok(shown),
        _ => Err(format!("{room} kB of room\n{}", output.whole())),
    }
}

/// Observes the program's system calls. Before each COMMIT, a new evidence file must be synced and renamed, and then its folder must be
/// synced.
fn synced(ground: &mut Ground, number: usize) -> Result<Told, String> {
    ground.reset(0);
    let proxy = Proxy::acting(ground.port(), Side::Client, number, Act::Hold);
    let started = start(ground, &proxy, Way::Apply, &[]);
    if !proxy.wait_until_reached(REACH) {
        return Err("the message never came".to_owned());
    }
    let trace = started.folder.join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-s", "64", "-e", "trace=openat,fsync,fdatasync,rename,renameat,renameat2,write,writev,sendto"]);
    strace.arg("-o").arg(&trace).arg("-p").arg(started.running.process().as_raw_nonzero().to_string());
    let mut strace = strace.stderr(Stdio::null()).spawn().expect("strace is needed: apt-get install strace");
    let status = format!("/proc/{}/status", started.running.process().as_raw_nonzero());
    let begun = Instant::now();
    let untraced = || std::fs::read_to_string(&status).unwrap().contains("TracerPid:\t0\n");
    while untraced() && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(10));
    }
    proxy.release();
    let output = started.running.finish();
    strace.wait().map_err(|error| error.to_string())?;
    let shown = ground.judge(Way::Apply, &output)?;
    let text = std::fs::read_to_string(&trace).map_err(|error| error.to_string())?;
    let (mut commits, mut calls) = (0, Vec::new());
    for line in text.lines() {
        if line.contains("COMMIT;") && !line.contains("BEGIN") {
            in_order(&calls).map_err(|why| format!("before COMMIT {}: {why}\n{}", commits + 1, calls.join("\n")))?;
            commits += 1;
            calls.clear();
        } else {
            calls.push(line);
        }
    }
    if commits == 6 { Ok(shown) } else { Err(format!("{commits} COMMITs were seen\n{}", output.whole())) }
}

fn in_order(calls: &[&str]) -> Result<(), &'static str> {
    let is_sync = |line: &&str| line.contains(" fsync(") || line.contains(" fdatasync(");
    let renamed = calls.iter().rposition(|line| line.contains(" rename")).ok_or("nothing was renamed into place")?;
    let made = calls[..renamed].iter().rposition(|line| line.contains("O_CREAT")).ok_or("no new file was made")?;
    let file = calls[made..renamed].iter().any(is_sync);
    let folder = calls[renamed..].iter().any(is_sync);
    if file { folder.then_some(()).ok_or("its folder was not synced") } else { Err("the file was not synced") }
}
