//! Fuzzing without a nightly compiler: changes the seeds of a target at random and runs the target with the result.
//!
//! ```text
//! cargo run --release --no-default-features --bin stir -- [SECONDS] [TARGET] [SEED]
//! ```
//!
//! Unlike `cargo fuzz` it does not measure coverage, but it runs everywhere. An input that panics is written to `stirred-TARGET`.

use std::path::Path;
use std::time::{Duration, Instant};

/// Bytes with a special meaning for one of the parsers.
const MARKS: &[u8] = b"\0\n'\"$;:\\%=@/[]{}\xff0 ";

/// A random number generator (xorshift64*). The same seed gives the same inputs.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).expect("a length fits")).expect("it is below a length")
    }
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("there are seeds").map(|entry| entry.expect("it can be read").path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).expect("a seed can be read")).collect()
}

/// Changes a seed one to eight times: a bit or a byte is changed, a piece is removed, repeated or copied from another seed, or the end is
/// cut off.
fn changed(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len());
        let length = random.below(1 + (bytes.len() - at).min(24));
        match random.below(6) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            1 if !bytes.is_empty() => bytes[at] = MARKS[random.below(MARKS.len())],
            2 => drop(bytes.drain(at..at + length)),
            3 => {
                let again = bytes[at..at + length].to_vec();
                bytes.splice(at..at, again);
            }
            4 => bytes.truncate(at),
            _ => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len());
                let piece = other[from..(from + random.below(64)).min(other.len())].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
    bytes
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let seconds = arguments.first().and_then(|text| text.parse().ok()).unwrap_or(10);
    let only = arguments.get(1);
    let seed = arguments.get(2).and_then(|text| text.parse().ok()).unwrap_or(20_260_603);
    for (name, target) in oneroof_fuzz::TARGETS {
        if only.is_some_and(|only| only != name) {
            continue;
        }
        let (seeds, mut random) = (seeds(name), Random(seed));
        let (begun, mut runs, mut longest) = (Instant::now(), 0_u64, Duration::ZERO);
        while begun.elapsed() < Duration::from_secs(seconds) {
            let bytes = changed(&seeds, &mut random);
            let started = Instant::now();
            if std::panic::catch_unwind(|| target(&bytes)).is_err() {
                let file = format!("stirred-{name}");
                std::fs::write(&file, &bytes).expect("the input can be written");
                eprintln!("{name}: run {runs} of seed {seed} panicked: {file}");
                std::process::exit(1);
            }
            longest = longest.max(started.elapsed());
            runs += 1;
        }
        println!("{name}: {runs} inputs in {seconds} s, the slowest {longest:?}");
    }
}
