//! The live line on a terminal: what is being done, and for how long. Nothing there is silent for more than a second.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long something may take before the live line appears.
pub const SILENCE: Duration = Duration::from_millis(800);

/// How many questions are on the terminal right now: meanwhile no live line is drawn.
static QUESTIONS: AtomicUsize = AtomicUsize::new(0);

/// The spinner that draws: of several the one that was started last.
static LATEST: AtomicUsize = AtomicUsize::new(0);

/// Numbers the spinners.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// Keeps live lines away while it lives, since a person types.
#[derive(Debug)]
pub struct Question(());

impl Question {
    /// A question to a person begins.
    pub fn begin() -> Self {
        QUESTIONS.fetch_add(1, Ordering::AcqRel);
        Self(())
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        QUESTIONS.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A live line: what is done, and for how long. It is wiped when the value goes.
#[derive(Debug)]
pub struct Spinner {
    stopped: Arc<AtomicBool>,
    /// The one that drew before, and draws again afterwards.
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

    /// The line of a step that may take long; none where standard error is no terminal.
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
