//! Runs of the program through the proxy.

use crate::ground::{Ground, Told, Way};
use crate::proxy::{Act, Passed, Proxy, Side};
use crate::support::{DATABASE, OWNER, Output, Run, Running, Sandbox};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A run that has started, and the folder of its evidence.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) running: Running,
    pub(crate) folder: PathBuf,
}

impl Started {
    /// The path of the evidence.
    pub(crate) fn evidence(&self) -> PathBuf {
        Sandbox::evidence_in(&self.folder)
    }
}

/// The connection string for the database through a local port.
pub(crate) fn dsn(port: u16) -> String {
    format!("host=127.0.0.1 port={port} dbname={DATABASE} user={OWNER} sslmode=disable connect_timeout=5")
}

/// A run through the proxy that is not started yet, and the folder of its evidence.
pub(crate) fn run(ground: &mut Ground, proxy: &Proxy, way: Way, more: &[&str]) -> (Run, PathBuf) {
    let folder = ground.folder();
    ground.touched();
    let run = ground.lab.sandbox.oneroof(way.arguments());
    let run = run.arguments(more).argument("--dsn").argument(dsn(proxy.port));
    (run.argument("--log-dir").argument(&folder), folder)
}

pub(crate) fn start(ground: &mut Ground, proxy: &Proxy, way: Way, more: &[&str]) -> Started {
    let (run, folder) = run(ground, proxy, way, more);
    Started { running: run.start(), folder }
}

/// Runs the program through a proxy that acts at one message, and judges the result.
pub(crate) fn acted(
    ground: &mut Ground,
    way: Way,
    at: (Side, usize),
    act: Act,
    more: &[&str],
) -> Result<(Told, Output), String> {
    ground.reset(way.ends().0);
    let proxy = Proxy::acting(ground.port(), at.0, at.1, act);
    let (run, _) = run(ground, &proxy, way, more);
    let mut running = run.start();
    // If the connection goes silent, a rehearsal waits as long as its six tiers may take together.
    let begun = Instant::now();
    while act == Act::Stall && running.is_running() && begun.elapsed() < SILENCE {
        std::thread::sleep(Duration::from_millis(50));
    }
    let output = running.finish();
    drop(proxy);
    let shown = ground.judge(way, &output)?;
    Ok((shown, output))
}

/// The messages of a run without a fault.
pub(crate) fn messages(ground: &mut Ground, way: Way) -> Vec<Passed> {
    ground.reset(way.ends().0);
    let proxy = Proxy::counting(ground.port());
    let (run, _) = run(ground, &proxy, way, &[]);
    let output = run.output();
    let shown = ground.judge(way, &output).unwrap();
    assert_eq!((output.code(), shown.tiers), (Some(0), way.ends().1), "{}", output.whole());
    proxy.passed()
}

/// The messages that are tested if not all are: every message of the client, and the first, middle and last of consecutive server messages
/// of one type, which are mostly rows.
pub(crate) fn stations(messages: &[Passed]) -> Vec<bool> {
    let mut taken = Vec::with_capacity(messages.len());
    for run in messages.chunk_by(|one, next| (one.side, one.tag) == (next.side, next.tag)) {
        let edges = [0, run.len() / 2, run.len() - 1];
        taken.extend((0..run.len()).map(|place| run[place].side == Side::Client || edges.contains(&place)));
    }
    taken
}

/// The number of the client's message with the COMMIT of the `nth` tier (from 1) of the run.
pub(crate) fn commit(messages: &[Passed], nth: usize) -> usize {
    let commits = messages.iter().filter(|message| is_commit(message));
    commits.map(|message| message.number).nth(nth - 1).unwrap()
}

pub(crate) fn is_commit(message: &Passed) -> bool {
    message.side == Side::Client && message.tag == b'Q' && message.text.starts_with("COMMIT")
}

pub(crate) fn begins_writing(message: &Passed) -> bool {
    message.side == Side::Client && message.tag == b'Q' && message.text.contains("READ WRITE")
}

/// The longest time that a run may take if the connection goes silent.
const SILENCE: Duration = Duration::from_mins(4);

/// How long a case waits for its message.
pub(crate) const REACH: Duration = Duration::from_mins(1);
