//! The fault suite. The shipped binary runs apply and rollback while connections, processes and servers fail at chosen messages. psql
//! checks the database afterwards. See `docs/faults.md`.
//!
//! `cargo test --test faults` runs a small part. `ONEROOF_FAULTS=all cargo test --release --test faults` runs everything.
//! `ONEROOF_FAULTS_SEED` repeats the random part. `ONEROOF_FAULTS_ONLY` selects cases by a part of their names.

#[path = "../support/mod.rs"]
mod support;

mod actions;
mod commits;
mod cuts;
mod failover;
mod fake_server;
mod gate;
mod ground;
mod operators;
mod peers;
mod proxy;
mod refusals;
mod runner;
mod runs;
mod servers;
mod signals;
mod storage;

use ground::{Ground, Way};
use proxy::Passed;
use std::collections::HashMap;
use std::process::ExitCode;

/// How many cases are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// A part of the cases, which depends on the seed.
    Quick,
    /// Every message, but only three of consecutive server messages of one type.
    All,
    /// Every message with every fault.
    Grid,
}

/// The seed and the recorded messages, from which the cases are made.
#[derive(Debug)]
struct Known {
    seed: u64,
    messages: HashMap<Way, Vec<Passed>>,
}

impl Known {
    fn messages(&self, way: Way) -> &[Passed] {
        &self.messages[&way]
    }

    /// The number of the client's last message that writes or commits.
    fn last_writing(&self, way: Way) -> usize {
        let writing = |message: &&Passed| runs::begins_writing(message) || runs::is_commit(message);
        self.messages(way).iter().filter(writing).map(|message| message.number).next_back().unwrap()
    }

    /// The number of the client's message that begins the first tier of a rehearsed run.
    fn first_tier(&self) -> usize {
        let writing = self.messages(Way::Rehearsed).iter().filter(|message| runs::begins_writing(message));
        writing.map(|message| message.number).nth(1).unwrap()
    }
}

fn main() -> ExitCode {
    // Arguments of the test runner: `--list` lists nothing, and a word selects cases.
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let only = variable("ONEROOF_FAULTS_ONLY").or_else(|| std::env::args().skip(1).find(|word| !word.starts_with('-')));
    let extent = match variable("ONEROOF_FAULTS").as_deref() {
        Some("peers") => {
            peers::compare(only.as_deref());
            return ExitCode::SUCCESS;
        }
        Some("all") => Extent::All,
        Some("grid") => Extent::Grid,
        None | Some("quick") => Extent::Quick,
        Some(other) => panic!("ONEROOF_FAULTS={other}: it is quick, all, grid or peers"),
    };
    let seed = variable("ONEROOF_FAULTS_SEED").map_or_else(fresh_seed, |seed| seed.parse().expect("a number"));
    println!("ONEROOF_FAULTS_SEED={seed}");
    let ways = [Way::Apply, Way::Rollback, Way::Rehearsed, Way::DryRun];
    let mut ground = Ground::new();
    let known = Known { seed, messages: ways.map(|way| (way, runs::messages(&mut ground, way))).into() };
    drop(ground);
    for way in ways {
        let messages = known.messages(way);
        let stations = runs::stations(messages).into_iter().filter(|taken| *taken).count();
        println!(
            "{} messages of {}, {stations} without the inner ones of runs of one kind",
            messages.len(),
            way.name()
        );
    }
    let known = std::sync::Arc::new(known);
    let mut cases = cuts::cases(extent, &known);
    cases.extend(signals::cases(extent, &known));
    cases.extend(servers::cases(extent, &known));
    cases.extend(commits::cases(extent, &known));
    cases.extend(failover::cases(extent, &known));
    cases.extend(storage::cases(extent, &known));
    cases.extend(actions::cases());
    cases.extend(gate::cases(extent, &known));
    cases.extend(operators::cases(extent, &known));
    cases.extend(refusals::cases());
    cases.extend(fake_server::cases(extent, &known));
    let all = cases.len();
    if let Some(only) = only {
        cases.retain(|case| case.name.contains(&only));
    }
    println!("{} of {all} cases", cases.len());
    if runner::run(cases, seed) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn fresh_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    now.as_secs() % 1_000_000
}
