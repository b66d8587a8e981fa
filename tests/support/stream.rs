//! Reads the output of a process while it runs, so that a test can wait for certain words.

use std::io::{ErrorKind, Read};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// The longest time that a test waits for words or for the end of a process. Normally it takes seconds.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// The text so far, and whether the stream has ended.
#[derive(Debug, Default)]
struct Heard {
    bytes: Vec<u8>,
    ended: bool,
}

/// A stream that a thread reads, so that the writing process never has to wait.
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
                // Reading from a terminal whose other side is closed gives an error instead of an empty read.
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

    /// The text so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.heard.0.lock().unwrap().bytes).into_owned()
    }

    /// The number of bytes so far. A test that waits for later words starts from here.
    pub fn length(&self) -> usize {
        self.heard.0.lock().unwrap().bytes.len()
    }

    /// Waits until the words appear after the first `from` bytes. Returns the length of the text up to the end of the words.
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
                return Err(format!("the stream ended without {words:?}; its text:\n{text}"));
            }
            if start.elapsed() > PATIENCE {
                return Err(format!("no {words:?} in {PATIENCE:?}; the text so far:\n{text}"));
            }
            drop(text);
            heard = news.wait_timeout(heard, Duration::from_millis(200)).unwrap().0;
        }
    }

    /// Waits for the end of the stream, but at most five seconds, because another process may keep the pipe open.
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
