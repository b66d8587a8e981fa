//! The reply to a COMMIT is lost together with its server, and a promoted standby answers at the same address. In other cases the client is
//! frozen for longer than the server allows a transaction to be idle.

use crate::ground::{Ground, Told, Way};
use crate::proxy::{Act, Proxy, Side};
use crate::runner::Case;
use crate::runs::{REACH, commit, start};
use crate::support::{Lab, OWNER};
use crate::{Extent, Known};
use oneroof::testing::lab::{Cluster, StopMode};
use rustix::process::Signal;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const PROMOTED: &str = "reply to COMMIT lost, the server gone, a standby promoted";
const FROZEN: &str = "client frozen until the server ends its transaction";

pub(crate) fn cases(extent: Extent, known: &Known) -> Vec<Case> {
    let mut cases = Vec::new();
    for way in [Way::Apply, Way::Rollback] {
        let messages = known.messages(way);
        for nth in 1..=6 {
            let number = commit(messages, nth);
            let at =
                messages.iter().position(|message| message.side == Side::Client && message.number == number).unwrap();
            let reply = messages[at..].iter().find(|message| message.side == Side::Server).unwrap().number;
            for (turn, (word, caught_up)) in [("caught-up", true), ("behind", false)].into_iter().enumerate() {
                let place = nth as u64 + turn as u64 + 3 * u64::from(way == Way::Rollback);
                if extent == Extent::Quick && place % 6 != known.seed % 6 {
                    continue;
                }
                let name = format!("failover {} {nth} {word}", way.name());
                let at = if caught_up { (Side::Server, reply) } else { (Side::Client, number) };
                cases.push(Case::new(PROMOTED, name, move |_| promoted(way, nth, at, caught_up)).waiting());
            }
            if extent == Extent::Quick || nth % 3 != 0 {
                continue;
            }
            let last = messages[..at].last().unwrap().number;
            for (word, at) in [("before", (Side::Server, last)), ("at", (Side::Client, number))] {
                let name = format!("frozen {} {nth} {word} COMMIT", way.name());
                cases.push(Case::new(FROZEN, name, move |ground| frozen(ground, way, nth, at)).waiting());
            }
        }
    }
    cases
}

/// Replaces a server's data folder by a copy of another server and starts it as a standby. The backup is made by hand, because not every
/// build of PostgreSQL includes `pg_basebackup`.
fn copy_of(primary: &Lab, standby: &Cluster, streams: bool) {
    standby.stop(StopMode::Immediate).unwrap();
    let (from, data) = (primary.cluster().data(), standby.data());
    let facts = std::fs::metadata(&data).unwrap();
    let hba = std::fs::read(data.join("pg_hba.conf")).unwrap();
    for entry in std::fs::read_dir(&data).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() { std::fs::remove_dir_all(path).unwrap() } else { std::fs::remove_file(path).unwrap() }
    }
    let (begin, end) = match primary.major() {
        ..15 => ("pg_start_backup('copy', true, false)", "pg_stop_backup(false, false)"),
        _ => ("pg_backup_start('copy', true)", "pg_backup_stop(false)"),
    };
    let mut backup = primary.session_in("postgres", primary.administrator());
    backup.run(&format!("SELECT {begin}"));
    copy(&from, &data);
    let label = backup.run(&format!("SELECT labelfile FROM {end}"));
    // The WAL that was written during the backup.
    copy(&from.join("pg_wal"), &data.join("pg_wal"));
    let _ = std::fs::remove_file(data.join("postmaster.pid"));
    std::fs::write(data.join("backup_label"), label + "\n").unwrap();
    hand_over(&data, facts.uid(), facts.gid());
    standby.write_file("pg_hba.conf", &hba).unwrap();
    standby.write_file("standby.signal", b"").unwrap();
    if streams {
        let (host, port) = (primary.cluster().socket_folder().display().to_string(), primary.cluster().port());
        standby.set("primary_conninfo", &format!("host={host} port={port} user=postgres"));
    }
    standby.start().unwrap();
}

/// Copies the files of a folder. A file that disappears during the copy is not needed for the backup.
fn copy(from: &Path, into: &Path) {
    let output = Command::new("cp").arg("-a").arg(from.join(".")).arg(into).output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    let foreign: Vec<&str> = complaints.lines().filter(|line| !line.contains("No such file or directory")).collect();
    assert!(foreign.is_empty(), "cp: {complaints}");
}

fn hand_over(path: &Path, user: u32, group: u32) {
    std::os::unix::fs::lchown(path, Some(user), Some(group)).unwrap();
    if path.is_dir() && !path.is_symlink() {
        for entry in std::fs::read_dir(path).unwrap().flatten() {
            hand_over(&entry.path(), user, group);
        }
    }
}

fn promoted(way: Way, nth: usize, at: (Side, usize), caught_up: bool) -> Result<Told, String> {
    let mut ground = Ground::with(|builder| builder.access("local replication all trust"));
    ground.reset(way.ends().0);
    let standby = Lab::own(|builder| {
        builder
            .tcp()
            .setting("track_commit_timestamp", "on")
            .access(format!("host all {OWNER} 127.0.0.1/32 trust"))
            .access("local all all trust")
    });
    if caught_up {
        copy_of(&ground.lab, standby.cluster(), true);
    }
    let proxy = Proxy::acting(ground.port(), at.0, at.1, Act::Hold);
    let started = start(&mut ground, &proxy, way, &["--commit-timeout", "20"]);
    if !proxy.wait_until_reached(REACH) {
        return Err("the message never came".to_owned());
    }
    if caught_up {
        let written = ground.lab.admin("SELECT pg_current_wal_insert_lsn()");
        let replayed = format!("SELECT coalesce(pg_last_wal_replay_lsn() >= '{written}', false)");
        let begun = Instant::now();
        while standby.admin(&replayed) != "t" {
            if begun.elapsed() > Duration::from_secs(15) {
                return Err("the standby does not catch up".to_owned());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    } else {
        // The standby has everything except the COMMIT, and never receives it.
        copy_of(&ground.lab, standby.cluster(), false);
    }
    ground.lab.cluster().stop(StopMode::Immediate).map_err(|error| error.to_string())?;
    proxy.lead_to(standby.cluster().port());
    proxy.cut();
    std::thread::sleep(Duration::from_millis(300));
    standby.admin("SELECT pg_promote()");
    let evidence = started.evidence();
    let output = started.running.finish();
    let mut ground = Ground::around(standby);
    let shown = ground.judge(way, &output)?;
    let stands = if caught_up { nth } else { nth - 1 };
    let here = if way == Way::Rollback { 6 - stands } else { stands };
    // If the new server has the tier, the run goes on there.
    let right = match output.code() {
        Some(0) => caught_up && shown.tiers == way.ends().1,
        Some(7) => !caught_up && shown.tiers == here,
        Some(9) => shown.tiers == here,
        _ => false,
    };
    if !right {
        return Err(format!("{} tiers are applied on the promoted server\n{}", shown.tiers, output.whole()));
    }
    if shown.unknown {
        let asked = ground.lab.oneroof(["resolve", "--patience", "5", "--evidence"]).argument(&evidence).output();
        let truth = if caught_up { 0 } else { 5 };
        if asked.code() != Some(9) && asked.code() != Some(truth) {
            return Err(format!("resolve on the promoted server\n{}", asked.whole()));
        }
    }
    Ok(shown)
}

fn frozen(ground: &mut Ground, way: Way, nth: usize, at: (Side, usize)) -> Result<Told, String> {
    ground.reset(way.ends().0);
    let proxy = Proxy::acting(ground.port(), at.0, at.1, Act::Hold);
    let started = start(ground, &proxy, way, &[]);
    if !proxy.wait_until_reached(REACH) {
        return Err("the message never came".to_owned());
    }
    started.running.signal(Signal::STOP);
    if at.0 == Side::Server {
        // The message arrives at a client that does not read.
        proxy.release();
    }
    // The server ends a transaction that is idle for 60 seconds, although the client's process still exists.
    ground.nothing_left(Duration::from_secs(80))?;
    started.running.signal(Signal::CONT);
    proxy.release();
    let output = started.running.finish();
    let shown = ground.judge(way, &output)?;
    let here = if way == Way::Rollback { 7 - nth } else { nth - 1 };
    if output.code() == Some(7) && shown.tiers == here {
        return Ok(shown);
    }
    Err(format!("{} tiers are applied\n{}", shown.tiers, output.whole()))
}
