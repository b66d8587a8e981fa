//! What a process writes, read as it comes, so that a test can wait for words in it.

use std::io::{ErrorKind, Read};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// How long a test waits for words, or for the end. All of it takes seconds at most.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// The text so far, and whether more may come.
#[derive(Debug, Default)]
struct Heard {
    bytes: Vec<u8>,
    ended: bool,
}

/// A stream that a thread drains, so that the writer never waits for us.
#[derive(Debug, Clone)]
pub struct Stream {
    heard: Arc<(Mutex<Heard>, Condvar)>,
}

impl Stream {
    pub fn drain(mut source: impl Read + Send + 'static) -> Self {
        let heard = Arc::new((Mutex::new(Heard::default()), Condvar::new()));
        let shared = Arc::clone(&heard);
        std::thread::spawn(move || {
            let mut chunk = [0_u8; 8192];
            loop {
                // A terminal whose other side has closed ends with an error instead of nothing.
                let count = match source.read(&mut chunk) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    result => result.unwrap_or(0),
                };
                let (heard, news) = &*shared;
                let mut heard = heard.lock().unwrap();
                heard.bytes.extend_from_slice(&chunk[..count]);
                heard.ended = count == 0;
                news.notify_all();
                if heard.ended {
                    return;
                }
            }
        });
        Self { heard }
    }

    /// What was heard so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.heard.0.lock().unwrap().bytes).into_owned()
    }

    /// How many bytes were heard so far: where to begin to look for what comes next.
    pub fn length(&self) -> usize {
        self.heard.0.lock().unwrap().bytes.len()
    }

    /// Waits until the words are in the text after the first `from` bytes, and returns the
    /// length of the text up to their end.
    pub fn wait_for(&self, words: &str, from: usize) -> Result<usize, String> {
        let start = Instant::now();
        let (heard, news) = &*self.heard;
        let mut heard = heard.lock().unwrap();
        loop {
            let fresh = &heard.bytes[from.min(heard.bytes.len())..];
            if let Some(at) = position(fresh, words.as_bytes()) {
                return Ok(from + at + words.len());
            }
            let text = String::from_utf8_lossy(&heard.bytes);
            if heard.ended {
                return Err(format!("it ended without {words:?}; all it said:\n{text}"));
            }
            if start.elapsed() > PATIENCE {
                return Err(format!("no {words:?} in {PATIENCE:?}; all it said:\n{text}"));
            }
            drop(text);
            heard = news.wait_timeout(heard, Duration::from_millis(200)).unwrap().0;
        }
    }

    /// Waits for the end, but not for a stray grandchild that holds the pipe open.
    pub fn finish(&self) -> String {
        let start = Instant::now();
        let (heard, news) = &*self.heard;
        let mut guard = heard.lock().unwrap();
        while !guard.ended && start.elapsed() < Duration::from_secs(5) {
            guard = news.wait_timeout(guard, Duration::from_millis(200)).unwrap().0;
        }
        String::from_utf8_lossy(&guard.bytes).into_owned()
    }
}

fn position(text: &[u8], words: &[u8]) -> Option<usize> {
    text.windows(words.len().max(1)).position(|window| window == words)
}
