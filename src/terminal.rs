//! The live line on a terminal. It shows what the program is doing and for how long, so that the program is never silent for more than a
//! second.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long a step may take before the live line appears.
pub const SILENCE: Duration = Duration::from_millis(800);

/// The number of questions that wait for an answer on the terminal. While there is one, no live line is drawn.
static QUESTIONS: AtomicUsize = AtomicUsize::new(0);

/// The number of the spinner that draws. If there are several, the one that was started last draws.
static LATEST: AtomicUsize = AtomicUsize::new(0);

/// The number of spinners that were started. It gives each spinner its number.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// Prevents live lines while the value exists, because a person is typing.
#[derive(Debug)]
pub struct OpenQuestion(());

impl OpenQuestion {
    /// Begins a question to a person.
    pub fn begin() -> Self {
        QUESTIONS.fetch_add(1, Ordering::AcqRel);
        Self(())
    }
}

impl Drop for OpenQuestion {
    fn drop(&mut self) {
        QUESTIONS.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A live line with the current step and its duration. The line is cleared when the value is dropped.
#[derive(Debug)]
pub struct Spinner {
    stopped: Arc<AtomicBool>,
    /// The number of the spinner that drew before. It draws again afterwards.
    previous: usize,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Spinner {
    /// Draws the line once `after` has passed.
    pub fn start(line: &str, after: Duration) -> Self {
        let (stopped, line) = (Arc::new(AtomicBool::new(false)), line.to_owned());
        let seen = Arc::clone(&stopped);
        let number = STARTED.fetch_add(1, Ordering::AcqRel) + 1;
        let previous = LATEST.swap(number, Ordering::AcqRel);
        let thread = std::thread::spawn(move || spin(&line, after, number, &seen));
        Self { stopped, previous, thread: Some(thread) }
    }

    /// The live line for a step that may take long. `None` if `quiet` is set or standard error is not a terminal.
    pub fn waiting(line: &str, quiet: bool) -> Option<Self> {
        (!quiet && std::io::stderr().is_terminal()).then(|| Self::start(line, SILENCE))
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
        LATEST.store(self.previous, Ordering::Release);
    }
}

fn spin(line: &str, after: Duration, number: usize, stopped: &AtomicBool) {
    let begun = Instant::now();
    let mut drawn = false;
    for mark in ['|', '/', '-', '\\'].iter().cycle() {
        let waited = begun.elapsed();
        let is_free = QUESTIONS.load(Ordering::Acquire) == 0 && LATEST.load(Ordering::Acquire) == number;
        if waited >= after && is_free {
            draw(&format!("\r{mark} {line} {:.1} s", waited.as_secs_f64()));
            drawn = true;
        }
        std::thread::park_timeout(Duration::from_millis(100));
        if stopped.load(Ordering::Acquire) {
            break;
        }
    }
    if drawn {
        // Moves to the first column and clears the line.
        draw("\r\x1b[K");
    }
}

fn draw(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
