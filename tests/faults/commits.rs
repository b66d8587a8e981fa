//! A COMMIT whose reply does not arrive: synchronous replication that never confirms, lost replies, a server that is away, another server,
//! and a transaction id that the server gives out again.

use crate::ground::{Ground, Told, Way, ratified};
use crate::proxy::{Act, Proxy, Side};
use crate::runner::Case;
use crate::runs::{REACH, Started, commit, is_commit, run, start};
use crate::support::{Lab, OWNER, Output, Sandbox, Trouble as _};
use crate::{Extent, Known};
use oneroof::testing::lab::StopMode;
use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::time::{Duration, Instant};

const HANGS: &str = "COMMIT hangs in synchronous replication, then one of nine things";
const AWAY: &str = "reply to COMMIT lost and the server away, or another one";
const REUSED: &str = "transaction id given out again after a crash";

/// Seconds that the program waits for the reply to a COMMIT before it gives up. Earlier COMMITs have the same limit, and on a busy machine
/// one of them may take a second or two.
const PATIENCE: u64 = 10;

/// What happens to a COMMIT that hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Release,
    LateRelease,
    Never,
    Cancel,
    Crash,
    Kill,
    SignalOnce,
    SignalTwice,
    Terminate,
}

const THENS: [Then; 9] = [
    Then::Release,
    Then::LateRelease,
    Then::Never,
    Then::Cancel,
    Then::Crash,
    Then::Kill,
    Then::SignalOnce,
    Then::SignalTwice,
    Then::Terminate,
];

pub(crate) fn cases(extent: Extent, known: &Known) -> Vec<Case> {
    let mut cases = Vec::new();
    for way in [Way::Apply, Way::Rollback] {
        let messages = known.messages(way);
        for nth in 1..=6 {
            let number = commit(messages, nth);
            let place = (nth as u64 + u64::from(way == Way::Rollback)) + known.seed;
            for (turn, then) in THENS.into_iter().enumerate() {
                if extent == Extent::Quick && !(place + turn as u64).is_multiple_of(12) {
                    continue;
                }
                let name = format!("commit {} {nth} {then:?}", way.name());
                cases.push(Case::new(HANGS, name, move |ground| hangs(ground, way, nth, number, then)).waiting());
            }
            // The server's first message after the COMMIT.
            let at = messages.iter().position(|message| is_commit(message) && message.number == number).unwrap();
            let reply = messages[at..].iter().find(|message| message.side == Side::Server).unwrap().number;
            for (turn, (what, side, number)) in
                [("reply", Side::Server, reply), ("request", Side::Client, number)].into_iter().enumerate()
            {
                if extent != Extent::Quick || (place + turn as u64).is_multiple_of(6) {
                    let name = format!("commit {} {nth} away {what}", way.name());
                    cases.push(Case::new(AWAY, name, move |ground| away(ground, way, nth, (side, number))).waiting());
                }
                if extent != Extent::Quick || (place + turn as u64).is_multiple_of(12) {
                    let name = format!("commit {} {nth} other {what}", way.name());
                    cases.push(Case::new(AWAY, name, move |ground| other(ground, way, nth, (side, number))).waiting());
                }
            }
            if way == Way::Apply && nth > 1 && (extent != Extent::Quick || nth == 3) {
                let name = format!("commit {} {nth} reused", way.name());
                cases.push(Case::new(REUSED, name, move |_| reused(nth, number)).waiting());
            }
        }
    }
    cases
}

/// If `on`, every COMMIT waits for a standby that does not exist.
fn ghost(ground: &Ground, on: bool) {
    let name = if on { "ghost" } else { "" };
    ground.lab.admin(&format!("ALTER SYSTEM SET synchronous_standby_names = '{name}'"));
    ground.lab.admin("SELECT pg_reload_conf()");
}

/// The process id of the backend whose COMMIT hangs.
fn hanging(ground: &Ground) -> Result<String, String> {
    let begun = Instant::now();
    loop {
        let question = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'oneroof'";
        let pid = ground.lab.admin(question);
        if !pid.is_empty() {
            return Ok(pid);
        }
        if begun.elapsed() > Duration::from_secs(20) {
            return Err("the COMMIT did not hang".to_owned());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The number of applied tiers after the `nth` tier has been committed.
fn after(way: Way, nth: usize) -> usize {
    match way {
        Way::Rollback => 6 - nth,
        _ => nth,
    }
}

fn hangs(ground: &mut Ground, way: Way, nth: usize, number: usize, then: Then) -> Result<Told, String> {
    ground.reset(way.ends().0);
    let proxy = Proxy::acting(ground.port(), Side::Client, number, Act::Hold);
    let patience = match then {
        Then::Never | Then::LateRelease => PATIENCE,
        _ => 30,
    };
    let patience = patience.to_string();
    let started = start(ground, &proxy, way, &["--commit-timeout", &patience]);
    if !proxy.wait_until_reached(REACH) {
        return Err("the COMMIT never came".to_owned());
    }
    ghost(ground, true);
    // The server's processes need a moment to read the new setting.
    std::thread::sleep(Duration::from_millis(200));
    proxy.release();
    let judged = hanging(ground).and_then(|pid| hung(ground, way, nth, then, started, &pid));
    ghost(ground, false);
    judged
}

fn hung(ground: &mut Ground, way: Way, nth: usize, then: Then, started: Started, pid: &str) -> Result<Told, String> {
    let evidence = started.evidence();
    let last = nth == 6;
    match then {
        Then::Release => std::thread::sleep(Duration::from_millis(300)),
        // The program has stopped waiting for the reply and is looking for the outcome.
        Then::LateRelease => std::thread::sleep(Duration::from_millis(PATIENCE * 1000 + 1500)),
        Then::Cancel => {
            ground.lab.admin(&format!("SELECT pg_cancel_backend({pid})"));
            // The wait must end because of the cancel request. If the setting were reset first, the cancel request would hit the next
            // statement.
            let begun = Instant::now();
            let waits = format!("SELECT wait_event = 'SyncRep' FROM pg_stat_activity WHERE pid = {pid}");
            while ground.lab.admin(&waits) == "t" && begun.elapsed() < Duration::from_secs(2) {}
        }
        Then::Terminate => drop(ground.lab.admin(&format!("SELECT pg_terminate_backend({pid})"))),
        Then::Crash => {
            ground.lab.admin("ALTER SYSTEM SET synchronous_standby_names = ''");
            ground.lab.cluster().restart(StopMode::Immediate).map_err(|error| error.to_string())?;
        }
        Then::Kill => started.running.signal(Signal::KILL),
        Then::SignalOnce | Then::SignalTwice => {
            started.running.signal(Signal::INT);
            std::thread::sleep(Duration::from_millis(200));
            if then == Then::SignalTwice {
                started.running.signal(Signal::TERM);
            }
        }
        Then::Never => {}
    }
    if !matches!(then, Then::Never | Then::SignalTwice) {
        ghost(ground, false);
    }
    let begun = Instant::now();
    let output = started.running.finish();
    let took = begun.elapsed();
    if matches!(then, Then::Never | Then::SignalTwice) {
        // The COMMIT still hangs. Nobody can know the outcome, and nobody may report a failure.
        let asked = resolve(ground, &evidence, 1);
        if asked.code() != Some(9) || !asked.stdout.contains("UNKNOWN") {
            return Err(format!("the COMMIT hangs, but resolve reports\n{}", asked.whole()));
        }
        ghost(ground, false);
    }
    if then == Then::SignalTwice && took > Duration::from_secs(4) {
        return Err(format!("the run took {took:?} to end after the second signal"));
    }
    let shown = ground.judge(way, &output)?;
    let expected = match then {
        Then::Never | Then::SignalTwice => Some(9),
        Then::Kill => None,
        Then::SignalOnce if !last => Some(8),
        // The program held the signal back during the last COMMIT. After it the run only reads, so it may end either way.
        Then::SignalOnce => output.code().filter(|code| matches!(code, 0 | 8)),
        _ => Some(0),
    };
    if output.code() != expected {
        return Err(format!("expected {expected:?}\n{}", output.whole()));
    }
    let stops = matches!(then, Then::Never | Then::SignalTwice | Then::Kill | Then::SignalOnce);
    let tiers = if stops { after(way, nth) } else { way.ends().1 };
    if shown.tiers != tiers {
        return Err(format!("{} tiers are applied, not {tiers}\n{}", shown.tiers, output.whole()));
    }
    if then == Then::Cancel && !output.stdout.contains("(01000)") {
        return Err(format!("the output does not have the server's warning\n{}", output.whole()));
    }
    if stops && then != Then::SignalOnce {
        resolves(ground, &evidence, 0)?;
        ground.status_agrees(shown.tiers)?;
    }
    Ok(shown)
}

/// Runs `oneroof resolve` directly on the server.
fn resolve(ground: &Ground, evidence: &Path, patience: u32) -> Output {
    let patience = patience.to_string();
    let run = ground.lab.oneroof(["resolve", "--format", "json", "--patience", &patience, "--evidence"]);
    run.argument(evidence).output()
}

fn resolves(ground: &Ground, evidence: &Path, expected: i32) -> Result<(), String> {
    let output = resolve(ground, evidence, 20);
    let changed = output.json()["effect"]["kind"] != "nothing_changed";
    // If the evidence named no COMMIT, there would be nothing to resolve, and the exit code would be 0 as well.
    let shown = expected != 0 || output.stdout.contains("took effect");
    if output.code() == Some(expected) && !changed && shown {
        return Ok(());
    }
    Err(format!("resolve: expected exit code {expected}, and that it took effect where that is 0\n{}", output.whole()))
}

/// The connection ends at the COMMIT or at its reply, and the server cannot be reached again until the program has given up.
fn away(ground: &mut Ground, way: Way, nth: usize, at: (Side, usize)) -> Result<Told, String> {
    ground.reset(way.ends().0);
    let proxy = Proxy::acting(ground.port(), at.0, at.1, Act::Reset);
    proxy.out_of_reach(true);
    let (run, folder) = run(ground, &proxy, way, &["--commit-timeout", &PATIENCE.to_string()]);
    unknown(ground, way, nth, at.0, &run.output(), &folder)
}

/// As [`away`], but another server answers at the same address.
fn other(ground: &mut Ground, way: Way, nth: usize, at: (Side, usize)) -> Result<Told, String> {
    ground.reset(way.ends().0);
    // In one case the other server is an older copy of the same server. In the other case it was initialised separately and has written
    // more WAL.
    let made_by_itself = at.0 == Side::Client;
    let stranger = Lab::own(|builder| {
        let builder = builder.baseline(ratified());
        let builder = if made_by_itself { builder.initdb("--data-checksums") } else { builder };
        builder.tcp().access(format!("host all {OWNER} 127.0.0.1/32 trust")).access("local all all trust")
    });
    if made_by_itself {
        for _ in 0..12 {
            stranger.admin("SELECT pg_logical_emit_message(false, 'further', ''), pg_switch_wal()");
        }
    }
    let proxy = Proxy::acting(ground.port(), at.0, at.1, Act::Hold);
    // This is enough for the earlier COMMITs on a busy machine. If another server answers, the wait ends at once.
    let started = start(ground, &proxy, way, &["--commit-timeout", "20"]);
    if !proxy.wait_until_reached(REACH) {
        return Err("the message never came".to_owned());
    }
    proxy.lead_to(stranger.cluster().port());
    proxy.cut();
    let folder = started.folder.clone();
    let output = started.running.finish();
    // The message names the difference: a copy has the same system identifier, but its WAL position is lower.
    let fact = if made_by_itself { "system identifier" } else { "log position" };
    let names_server = output.stdout.contains("system identifier");
    if !output.stdout.contains("another server") || !output.stdout.contains(fact) || names_server != made_by_itself {
        return Err(format!(
            "another server answered, but its {fact} is not named as the difference\n{}",
            output.whole()
        ));
    }
    unknown(ground, way, nth, at.0, &output, &folder)
}

/// The outcome must be reported as unknown, and `resolve` must find it.
fn unknown(
    ground: &mut Ground,
    way: Way,
    nth: usize,
    side: Side,
    output: &Output,
    folder: &Path,
) -> Result<Told, String> {
    let shown = ground.judge(way, output)?;
    // If the server's reply was lost, the COMMIT took effect. If the client's request was lost, the server never received it.
    let done = side == Side::Server;
    let tiers = after(way, if done { nth } else { nth - 1 });
    if !shown.unknown || shown.tiers != tiers {
        return Err(format!(
            "{} tiers are applied, not {tiers}, and the outcome must be unknown\n{}",
            shown.tiers,
            output.whole()
        ));
    }
    resolves(ground, &Sandbox::evidence_in(folder), if done { 0 } else { 5 })?;
    Ok(shown)
}

/// The server crashes before anything of the transaction is on its disk. It gives the same transaction id out again, and somebody else
/// commits with it.
fn reused(nth: usize, number: usize) -> Result<Told, String> {
    let mut ground = Ground::with(|builder| {
        // Only a COMMIT may write the WAL to disk.
        builder
            .setting("wal_writer_delay", "10s")
            .setting("wal_writer_flush_after", "1GB")
            .setting("wal_buffers", "64MB")
            .setting("bgwriter_lru_maxpages", "0")
    });
    ground.reset(0);
    // The WAL writer is stopped, because it would write the WAL to disk after a while.
    let writer = ground.lab.admin("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'");
    let writer = writer.parse().ok().and_then(Pid::from_raw).ok_or("no WAL writer")?;
    kill_process(writer, Signal::STOP).map_err(|error| error.to_string())?;
    let proxy = Proxy::acting(ground.port(), Side::Client, number, Act::Hold);
    let started = start(&mut ground, &proxy, Way::Apply, &["--commit-timeout", "20"]);
    if !proxy.wait_until_reached(REACH) {
        return Err("the COMMIT never came".to_owned());
    }
    let evidence = started.evidence();
    let text = std::fs::read_to_string(&evidence).map_err(|error| error.to_string())?;
    let pending: serde_json::Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let xid: u64 =
        pending["commit_next"]["xid"].as_str().and_then(|xid| xid.parse().ok()).ok_or("no pending COMMIT")?;
    // The program notices the crash at once. It must not reach the server before the id is given out again.
    proxy.out_of_reach(true);
    ground.lab.cluster().restart(StopMode::Immediate).map_err(|error| error.to_string())?;
    let next = || ground.lab.admin("SELECT pg_catalog.pg_current_xact_id()").parse::<u64>().unwrap();
    let mut given = next();
    while given < xid {
        given = next();
    }
    if given != xid {
        return Err(format!("the test could not make its situation: {given} was given out, {xid} was ours"));
    }
    let status = ground.lab.admin(&format!("SELECT pg_catalog.pg_xact_status('{xid}')"));
    if status != "committed" {
        return Err(format!("the test could not make its situation: {xid} is {status}"));
    }
    proxy.cut();
    proxy.out_of_reach(false);
    let output = started.running.finish();
    let shown = ground.judge(Way::Apply, &output)?;
    if output.code() == Some(7) && shown.tiers == nth - 1 {
        return Ok(shown);
    }
    Err(format!("{} tiers are applied\n{}", shown.tiers, output.whole()))
}
