//! The connection ends or goes silent at one message.

use crate::ground::{Ground, Told, Way};
use crate::proxy::{Act, Passed, Proxy, Side};
use crate::runner::Case;
use crate::runs::{REACH, acted, begins_writing, is_commit, start, stations};
use crate::{Extent, Known};
use rustix::process::{Pid, Signal, kill_process};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const ROW: &str = "connection cut at a message: reset, close, half a message";
const TRIAL: &str = "connection cut in a rehearsal or a dry run";
const HANGS: &str = "connection cut, and its backend goes on for a while";
const STALL: &str = "connection falls silent at a message";
const CUTS: [Act; 3] = [Act::Reset, Act::Close, Act::Half];

pub(crate) fn cases(extent: Extent, known: &Known) -> Vec<Case> {
    let mut cases = Vec::new();
    for way in [Way::Apply, Way::Rollback] {
        let messages = known.messages(way);
        let near = near_commits(messages);
        let stations = stations(messages);
        for (index, message) in messages.iter().enumerate() {
            let at = (message.side, message.number);
            for (turn, act) in CUTS.into_iter().enumerate() {
                let place = (index + turn) as u64 + known.seed;
                let chosen = match extent {
                    Extent::Grid => true,
                    // All three cuts at the client's messages and near a COMMIT. At other messages one of the three.
                    Extent::All => {
                        near[index] || message.side == Side::Client || (stations[index] && place.is_multiple_of(3))
                    }
                    // Some messages near each COMMIT, and a few others. The choice depends on the seed.
                    Extent::Quick => {
                        (near[index] && place.is_multiple_of(18))
                            || (index * 3 + turn) as u64 % 1499 == known.seed % 1499
                    }
                };
                if chosen {
                    cases.push(case(ROW, way, at, act));
                }
            }
            let stalls = match extent {
                Extent::Grid => message.side == Side::Client || near[index],
                Extent::All => message.side == Side::Client || (near[index] && stations[index]),
                Extent::Quick => false,
            };
            if stalls {
                cases.push(case(STALL, way, at, Act::Stall).waiting());
            }
        }
    }
    cases.extend(trials(extent, known));
    cases.extend(hanging(extent, known));
    cases
}

/// One case in the middle of each tier's message.
fn hanging(extent: Extent, known: &Known) -> Vec<Case> {
    let mut cases = Vec::new();
    for way in [Way::Apply, Way::Rollback] {
        let messages = known.messages(way);
        let begun = (0..messages.len()).filter(|&index| begins_writing(&messages[index]));
        for (nth, begun) in (1..).zip(begun) {
            let Some(answer) = messages[begun..].iter().find(|message| message.side == Side::Server) else { continue };
            let number = answer.number;
            if extent != Extent::Quick || (nth as u64 + known.seed).is_multiple_of(6) {
                let name = format!("cut hangs {} {nth}", way.name());
                cases.push(Case::new(HANGS, name, move |ground| hangs(ground, way, nth, number)).waiting());
            }
        }
    }
    cases
}

/// The program says that the backend of the lost connection has ended. It must say so only after the backend has ended.
fn hangs(ground: &mut Ground, way: Way, nth: usize, number: usize) -> Result<Told, String> {
    ground.reset(way.ends().0);
    let proxy = Proxy::acting(ground.port(), Side::Server, number, Act::Hold);
    let started = start(ground, &proxy, way, &[]);
    if !proxy.wait_until_reached(REACH) {
        return Err("the message never came".to_owned());
    }
    let backend = ground.lab.admin("SELECT pid FROM pg_stat_activity WHERE application_name = 'oneroof'");
    let pid = backend.parse().ok().and_then(Pid::from_raw).ok_or_else(|| format!("no one backend: {backend}"))?;
    kill_process(pid, Signal::STOP).map_err(|error| error.to_string())?;
    proxy.cut();
    let goes_on = AtomicBool::new(false);
    let (output, early) = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(1500));
            goes_on.store(true, Ordering::Release);
            let _ = kill_process(pid, Signal::CONT);
        });
        let output = started.running.finish();
        (output, !goes_on.load(Ordering::Acquire))
    });
    let shown = ground.judge(way, &output)?;
    let here = if way == Way::Rollback { 7 - nth } else { nth - 1 };
    let said = output.stdout.contains(&format!("backend {backend} has ended before COMMIT was sent"));
    if output.code() == Some(7) && shown.tiers == here && said && !early {
        return Ok(shown);
    }
    Err(format!("{} tiers are applied; the run ended before its backend: {early}\n{}", shown.tiers, output.whole()))
}

/// The rehearsal of an apply, and a whole dry run. Nothing of them may remain, wherever they are cut.
fn trials(extent: Extent, known: &Known) -> Vec<Case> {
    let mut cases = Vec::new();
    for way in [Way::Rehearsed, Way::DryRun] {
        let messages = known.messages(way);
        let stations = stations(messages);
        for index in trial(way, messages) {
            let message = &messages[index];
            let at = (message.side, message.number);
            for (turn, act) in CUTS.into_iter().enumerate() {
                let place = (index + turn) as u64 + known.seed;
                let chosen = match extent {
                    Extent::Grid => true,
                    Extent::All => message.side == Side::Client || (stations[index] && place.is_multiple_of(3)),
                    Extent::Quick => (index * 3 + turn) as u64 % 2999 == known.seed % 2999,
                };
                if chosen {
                    cases.push(case(TRIAL, way, at, act));
                }
            }
            // Also one message of the server, in the middle of the replies.
            let middle = message.side == Side::Server && message.number == messages.len() / 2;
            if extent != Extent::Quick && (message.side == Side::Client || middle) {
                cases.push(case(STALL, way, at, Act::Stall).waiting());
            }
        }
    }
    cases
}

/// The messages of the rehearsal or dry run. For `apply` they end at the message that begins the first tier.
fn trial(way: Way, messages: &[Passed]) -> std::ops::Range<usize> {
    let mut writing = (0..messages.len()).filter(|&index| begins_writing(&messages[index]));
    match way {
        Way::Rehearsed => writing.next().unwrap()..writing.next().unwrap() + 1,
        _ => 0..messages.len(),
    }
}

/// Whether each message is a COMMIT, an answer to a COMMIT, or the message directly before it.
fn near_commits(messages: &[Passed]) -> Vec<bool> {
    let mut near = vec![false; messages.len()];
    let mut open = false;
    for (index, message) in messages.iter().enumerate() {
        if message.side == Side::Client {
            open = is_commit(message);
        }
        near[index] = open;
        // The last answer before the COMMIT decides whether the program sends it.
        if is_commit(message) && index > 0 {
            near[index - 1] = true;
        }
    }
    near
}

fn case(row: &'static str, way: Way, at: (Side, usize), act: Act) -> Case {
    let name = format!("cut {} {:?} {} {}", way.name(), at.0, at.1, act.name());
    Case::new(row, name, move |ground| {
        let (shown, output) = acted(ground, way, at, act, &["--commit-timeout", "2"])?;
        if shown.unknown {
            return Err(format!("the server could answer, but the outcome is unknown\n{}", output.whole()));
        }
        if way == Way::DryRun && shown.tiers != 0 {
            return Err(format!("{} tiers are applied after a dry run\n{}", shown.tiers, output.whole()));
        }
        if at.1.is_multiple_of(7) {
            ground.status_agrees(shown.tiers)?;
        }
        if at.1.is_multiple_of(40) {
            ground.goes_on(shown.tiers)?;
        }
        Ok(Told { unknown: false, ..shown })
    })
}
