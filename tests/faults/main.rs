//! The fault suite: the shipped binary runs apply and rollback while connections, processes and servers fail at chosen messages; psql
//! judges what the database holds. See `docs/faults.md`.
//!
//! `cargo test --test faults` runs the quick part; `ONEROOF_FAULTS=all cargo test --release --test faults` everything.
//! `ONEROOF_FAULTS_SEED` replays the random part, `ONEROOF_FAULTS_ONLY` names cases by a part of their names.

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

/// How much is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// A part of it, another one with each seed.
    Quick,
    /// Every message, but of the server's runs of one kind only three.
    All,
    /// Every message in every way.
    Grid,
}

/// What the cases are made from.
#[derive(Debug)]
struct Known {
    seed: u64,
    messages: HashMap<Way, Vec<Passed>>,
}

impl Known {
    fn messages(&self, way: Way) -> &[Passed] {
        &self.messages[&way]
    }

    /// The client's last message that writes, or ends what was written.
    fn last_writing(&self, way: Way) -> usize {
        let writing = |message: &&Passed| runs::begins_writing(message) || runs::is_commit(message);
        self.messages(way).iter().filter(writing).map(|message| message.number).next_back().unwrap()
    }

    /// The client's message that begins the first tier of a rehearsed run.
    fn first_tier(&self) -> usize {
        let writing = self.messages(Way::Rehearsed).iter().filter(|message| runs::begins_writing(message));
        writing.map(|message| message.number).nth(1).unwrap()
    }
}

fn main() -> ExitCode {
    // The test runner's own words: a list has nothing in it, a filter names cases.
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
