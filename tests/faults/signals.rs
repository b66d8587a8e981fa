//! The signals INT, TERM, HUP, KILL and STOP, at held messages and at random times.

use crate::ground::{Ground, Told, Way};
use crate::proxy::{Act, Passed, Proxy, Side};
use crate::runner::{Case, Dice};
use crate::runs::{REACH, begins_writing, is_commit, start};
use crate::support::Output;
use crate::{Extent, Known};
use rustix::process::Signal;
use std::time::Duration;

const SIGNALS: [(&str, Signal); 5] = [
    ("INT", Signal::INT),
    ("TERM", Signal::TERM),
    ("HUP", Signal::HUP),
    ("KILL", Signal::KILL),
    ("STOP", Signal::STOP),
];
const HELD: &str = "INT, TERM, HUP, KILL, STOP at a held message of the client";
const RANDOM: &str = "INT, TERM, HUP, KILL, STOP at a random instant";

pub(crate) fn cases(extent: Extent, known: &Known) -> Vec<Case> {
    let mut cases = Vec::new();
    for way in [Way::Apply, Way::Rollback, Way::Rehearsed, Way::DryRun] {
        for message in known.messages(way).iter().filter(|message| message.side == Side::Client) {
            let (number, commits) = (message.number, is_commit(message));
            let writes = begins_writing(message);
            // After the last message that writes, the run only reads.
            let last = known.last_writing(way);
            let reads = number > last || (commits && number == last);
            for (turn, (name, signal)) in SIGNALS.into_iter().enumerate() {
                if extent == Extent::Quick && (number + turn) as u64 % 331 != known.seed % 331 {
                    continue;
                }
                // From its first tier on, a rehearsed run is the same as a run without rehearsal.
                if way == Way::Rehearsed && number > known.first_tier() {
                    continue;
                }
                // The numbers change with every statement that is added, so the name also says what the message is.
                let place = match (commits, writes) {
                    (true, _) => "COMMIT",
                    (false, true) => "BEGIN",
                    (false, false) => "message",
                };
                let name = format!("signal {} at {place} {number} {name}", way.name());
                cases.push(Case::new(HELD, name, move |ground| held(ground, way, (number, reads, writes), signal)));
            }
        }
    }
    let random = if extent == Extent::Quick { 8 } else { 240 };
    for nth in 0..random {
        // One in six is a dry run, which must leave no tier.
        let way = [Way::Apply, Way::Rollback, Way::Apply, Way::Rollback, Way::Rehearsed, Way::DryRun][nth % 6];
        let (name, signal) = SIGNALS[nth / 2 % SIGNALS.len()];
        let name = format!("signal {} random {nth} {name}", way.name());
        let seed = known.seed;
        cases
            .push(Case::new(RANDOM, name.clone(), move |ground| at_random(ground, way, signal, Dice::of(seed, &name))));
    }
    cases
}

fn held(
    ground: &mut Ground,
    way: Way,
    (number, reads, writes): (usize, bool, bool),
    signal: Signal,
) -> Result<Told, String> {
    ground.reset(way.ends().0);
    let proxy = Proxy::acting(ground.port(), Side::Client, number, Act::Hold);
    let started = start(ground, &proxy, way, &[]);
    if !proxy.wait_until_reached(REACH) {
        return Err("the message never came".to_owned());
    }
    started.running.signal(signal);
    // The program gets time to receive the signal. The result must be right in any case.
    std::thread::sleep(Duration::from_millis(60));
    proxy.release();
    if signal == Signal::STOP {
        std::thread::sleep(Duration::from_millis(150));
        started.running.signal(Signal::CONT);
    }
    let output = started.running.finish();
    let shown = settled(ground, way, signal, &output)?;
    let rolled_back = |message: &Passed| message.tag == b'Q' && message.text.starts_with("ROLLBACK");
    if writes && output.code() == Some(8) && !proxy.passed().iter().any(rolled_back) {
        return Err(format!("the report says rolled back, but no ROLLBACK was sent\n{}", output.whole()));
    }
    let caught = matches!(signal, Signal::INT | Signal::TERM | Signal::HUP);
    let (start, end) = way.ends();
    // If the signal came during a COMMIT, that tier is complete. The next tier does not begin.
    let interrupted = output.code() == Some(8);
    // After the last COMMIT the run only reads, so it may have ended before it received the signal.
    let late = shown.tiers == end && output.code() == Some(0) && reads;
    if caught && !interrupted && !late {
        return Err(format!(
            "the run was interrupted, but does not say so; {start} tiers were applied before\n{}",
            output.whole()
        ));
    }
    Ok(shown)
}

fn at_random(ground: &mut Ground, way: Way, signal: Signal, mut dice: Dice) -> Result<Told, String> {
    ground.reset(way.ends().0);
    let proxy = Proxy::counting(ground.port());
    let started = start(ground, &proxy, way, &[]);
    std::thread::sleep(Duration::from_micros(40_000 + dice.below(1_000_000)));
    // If the run has already ended, nobody receives the signal.
    let pid = started.running.process();
    let _ = rustix::process::kill_process(pid, signal);
    if signal == Signal::STOP {
        std::thread::sleep(Duration::from_millis(dice.below(400)));
        let _ = rustix::process::kill_process(pid, Signal::CONT);
    } else if dice.below(3) == 0 {
        // The signal is sent twice, as people do.
        std::thread::sleep(Duration::from_millis(dice.below(30)));
        let _ = rustix::process::kill_process(pid, signal);
    }
    let output = started.running.finish();
    settled(ground, way, signal, &output)
}

fn settled(ground: &mut Ground, way: Way, signal: Signal, output: &Output) -> Result<Told, String> {
    let shown = ground.judge(way, output)?;
    if signal == Signal::STOP && output.code() != Some(0) {
        return Err(format!("the run was stopped for a moment, and then did not succeed\n{}", output.whole()));
    }
    // A killed process printed no report, so `status` must be right.
    if output.code().is_none() {
        ground.status_agrees(shown.tiers)?;
    }
    Ok(shown)
}
