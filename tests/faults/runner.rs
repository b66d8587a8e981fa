//! Runs the cases on several servers in parallel, counts them, and prints the results.

use crate::ground::{Ground, Told};
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a case does with its server.
type Act = Box<dyn FnOnce(&mut Ground) -> Result<Told, String> + Send>;

/// One fault that is injected once.
pub(crate) struct Case {
    /// The row of the results in which it counts.
    pub(crate) row: &'static str,
    /// The name with which the case can be run again.
    pub(crate) name: String,
    /// Whether the case waits most of its time. Many such cases run at once.
    pub(crate) waits: bool,
    pub(crate) act: Act,
}

impl Case {
    pub(crate) fn new(
        row: &'static str,
        name: impl Into<String>,
        act: impl FnOnce(&mut Ground) -> Result<Told, String> + Send + 'static,
    ) -> Self {
        Self { row, name: name.into(), waits: false, act: Box::new(act) }
    }

    pub(crate) fn waiting(mut self) -> Self {
        self.waits = true;
        self
    }
}

/// A row of the results.
#[derive(Clone, Debug, Default)]
struct Figure {
    cases: usize,
    wrong: usize,
    unknown: usize,
    seconds: f64,
}

#[derive(Default)]
struct Ledger {
    figures: BTreeMap<&'static str, Figure>,
    order: Vec<&'static str>,
    failures: Vec<String>,
    done: usize,
}

/// Runs all cases and prints the results. Returns whether all were right.
pub(crate) fn run(cases: Vec<Case>, seed: u64) -> bool {
    let total = cases.len();
    let begun = Instant::now();
    let mut ledger = Ledger::default();
    for case in &cases {
        if !ledger.order.contains(&case.row) {
            ledger.order.push(case.row);
        }
    }
    let (waiting, busy): (VecDeque<Case>, VecDeque<Case>) = cases.into_iter().partition(|case| case.waits);
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
    // Waiting cases need almost no processor time. For the other cases there is one worker more than there are cores, because these cases
    // also wait sometimes.
    let width = (4 + 6 * cores).min(2 + waiting.len() / 6);
    let lanes = [(waiting, width), (busy, cores + 1)];
    let ledger = Mutex::new(ledger);
    let (ended, bell) = (Mutex::new(false), Condvar::new());
    std::thread::scope(|scope| {
        let workers: Vec<_> = lanes
            .into_iter()
            .flat_map(|(queue, width)| {
                let width = width.min(queue.len());
                let queue = std::sync::Arc::new(Mutex::new(queue));
                (0..width).map(move |_| std::sync::Arc::clone(&queue))
            })
            .map(|queue| {
                let ledger = &ledger;
                scope.spawn(move || work(&queue, ledger))
            })
            .collect();
        scope.spawn(|| {
            let mut ended = ended.lock().unwrap();
            while !*ended {
                ended = bell.wait_timeout(ended, Duration::from_secs(15)).unwrap().0;
                let ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
                eprintln!(
                    "  {:>5} of {total} cases, {} wrong, {:.0} s",
                    ledger.done,
                    ledger.failures.len(),
                    begun.elapsed().as_secs_f64()
                );
            }
        });
        for worker in workers {
            let _ = worker.join();
        }
        *ended.lock().unwrap() = true;
        bell.notify_all();
    });
    let ledger = ledger.into_inner().unwrap_or_else(PoisonError::into_inner);
    print(&ledger, total, begun.elapsed(), seed);
    ledger.failures.is_empty() && ledger.done == total
}

fn work(queue: &Mutex<VecDeque<Case>>, ledger: &Mutex<Ledger>) {
    let mut ground: Option<Ground> = None;
    loop {
        let Some(case) = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front() else { return };
        let begun = Instant::now();
        let shown = catch_unwind(AssertUnwindSafe(|| (case.act)(ground.get_or_insert_with(Ground::new))));
        let shown = shown.unwrap_or_else(|panic| {
            let words = panic.downcast_ref::<String>().cloned();
            Err(words.or_else(|| panic.downcast_ref::<&str>().map(|&words| words.to_owned())).unwrap_or_default())
        });
        let mut ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let figure = ledger.figures.entry(case.row).or_default();
        figure.cases += 1;
        figure.seconds += begun.elapsed().as_secs_f64();
        match &shown {
            Ok(shown) => figure.unknown += usize::from(shown.unknown),
            Err(_) => figure.wrong += 1,
        }
        ledger.done += 1;
        if let Err(why) = shown {
            eprintln!("WRONG {}\n{why}\n", case.name);
            ledger.failures.push(case.name);
            drop(ledger);
            // The next case gets a new server, because this one may be in any state.
            ground = None;
        }
    }
}

fn print(ledger: &Ledger, total: usize, took: Duration, seed: u64) {
    println!("\n{:<66} {:>6} {:>6} {:>8} {:>8}", "what", "cases", "wrong", "unknown", "seconds");
    let mut sum = Figure::default();
    for row in &ledger.order {
        let figure = ledger.figures.get(row).cloned().unwrap_or_default();
        println!("{row:<66} {:>6} {:>6} {:>8} {:>8.0}", figure.cases, figure.wrong, figure.unknown, figure.seconds);
        sum.cases += figure.cases;
        sum.wrong += figure.wrong;
        sum.unknown += figure.unknown;
        sum.seconds += figure.seconds;
    }
    println!("{:<66} {:>6} {:>6} {:>8} {:>8.0}", "all", sum.cases, sum.wrong, sum.unknown, sum.seconds);
    println!("\n{} of {total} cases in {:.0} s; seed {seed}", ledger.done, took.as_secs_f64());
    if !ledger.failures.is_empty() {
        println!(
            "\nwrong, each replayed by ONEROOF_FAULTS_SEED={seed} ONEROOF_FAULTS_ONLY='NAME' cargo test --test faults:"
        );
        for name in &ledger.failures {
            println!("  {name}");
        }
    }
}

/// Random numbers that a seed replays (`SplitMix64`).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The random numbers of one case. They depend on its name, so other cases do not change them.
    pub(crate) fn of(seed: u64, name: &str) -> Self {
        Self(name.bytes().fold(seed, |sum, byte| sum.wrapping_mul(0x0100_0000_01b3).wrapping_add(u64::from(byte))))
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }
}
