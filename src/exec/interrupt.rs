//! INT, TERM and HUP: heard at one place, answered where it is safe to.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for the three signals that a person, a supervisor or a dropped ssh session sends.
#[derive(Debug)]
pub struct Interrupt {
    int: Signal,
    term: Signal,
    hup: Signal,
    seen: Option<&'static str>,
    count: u32,
}

impl Interrupt {
    /// Begins to listen; from here on the signals no longer end the process by themselves.
    ///
    /// # Errors
    /// When the operating system refuses a handler.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            int: signal(SignalKind::interrupt())?,
            term: signal(SignalKind::terminate())?,
            hup: signal(SignalKind::hangup())?,
            seen: None,
            count: 0,
        })
    }

    /// Waits for the next signal and answers its name. Safe to drop while it waits.
    pub async fn raised(&mut self) -> &'static str {
        let name = tokio::select! {
            _ = self.int.recv() => "INT",
            _ = self.term.recv() => "TERM",
            _ = self.hup.recv() => "HUP",
        };
        self.seen = Some(name);
        self.count += 1;
        name
    }

    /// How many signals were heard.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Holds signals back until more than `count` were heard, and answers the one that was too many.
    pub async fn beyond(&mut self, count: u32) -> &'static str {
        loop {
            let name = self.raised().await;
            if self.count > count {
                return name;
            }
        }
    }

    /// Takes a signal that has arrived since nobody waited, without waiting for one; also one that was held back.
    pub async fn poll(&mut self) -> Option<&'static str> {
        tokio::select! {
            biased;
            name = self.raised() => Some(name),
            () = std::future::ready(()) => self.seen,
        }
    }
}
