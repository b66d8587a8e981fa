//! Receives the signals INT, TERM and HUP. Each caller decides when it is safe to react to them.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for the three signals that a person, a supervisor or a dropped ssh session sends.
#[derive(Debug)]
pub struct Interrupt {
    int: Signal,
    term: Signal,
    hup: Signal,
    seen: Option<&'static str>,
    count: u32,
    /// What the run is doing, for the words that acknowledge a signal.
    doing: Doing,
    acknowledge: Option<fn(&str)>,
}

/// What a signal interrupts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Doing {
    /// Only reading, so nothing has to be rolled back.
    #[default]
    Reading,
    /// A transaction is open.
    Transaction,
    /// A COMMIT was sent.
    Commit,
}

impl Doing {
    /// The words that acknowledge a signal.
    fn words(self, signal: &str, count: u32) -> String {
        match (self, count) {
            (Self::Reading, 1) => format!("{signal} received, leaving"),
            (Self::Transaction, 1) => format!("{signal} received, rolling back; send it again to leave at once"),
            (Self::Commit, 1) => {
                format!(
                    "{signal} received while COMMIT is under way: waiting for its outcome; send it again to leave at once"
                )
            }
            _ => format!("{signal} received again, leaving"),
        }
    }
}

impl Interrupt {
    /// Begins to listen. From here on, the signals no longer end the process.
    ///
    /// # Errors
    /// Returns an error if the operating system does not accept a handler.
    pub fn listen() -> std::io::Result<Self> {
        // Without a handler, XFSZ (a file exceeds the size limit) ends the process. With a handler, the write fails, as on a full disk, and the
        // run rolls back.
        let _ = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?;
        Ok(Self {
            int: signal(SignalKind::interrupt())?,
            term: signal(SignalKind::terminate())?,
            hup: signal(SignalKind::hangup())?,
            seen: None,
            count: 0,
            doing: Doing::Reading,
            acknowledge: None,
        })
    }

    /// Calls `say` with the words that acknowledge a signal, as soon as the signal arrives.
    #[must_use]
    pub fn acknowledged_by(mut self, say: fn(&str)) -> Self {
        self.acknowledge = Some(say);
        self
    }

    /// Stores what the run is doing from now on.
    pub fn doing(&mut self, doing: Doing) {
        self.doing = doing;
    }

    /// Waits for the next signal and returns its name. The future can be dropped while it waits.
    pub async fn raised(&mut self) -> &'static str {
        let name = tokio::select! {
            _ = self.int.recv() => "INT",
            _ = self.term.recv() => "TERM",
            _ = self.hup.recv() => "HUP",
        };
        self.seen = Some(name);
        self.count += 1;
        if let Some(say) = self.acknowledge {
            say(&self.doing.words(name, self.count));
        }
        name
    }

    /// The number of signals that have arrived.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Waits until more than `count` signals have arrived, and returns the name of the last one.
    pub async fn beyond(&mut self, count: u32) -> &'static str {
        loop {
            let name = self.raised().await;
            if self.count > count {
                return name;
            }
        }
    }

    /// Returns the last signal that has arrived, without waiting for one.
    pub async fn poll(&mut self) -> Option<&'static str> {
        tokio::select! {
            biased;
            name = self.raised() => Some(name),
            () = std::future::ready(()) => self.seen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{Signal, getpid, kill_process};
    use std::time::Duration;

    /// Whether the future is still waiting after 50 ms.
    async fn waits<T>(future: impl Future<Output = T>) -> bool {
        tokio::time::timeout(Duration::from_millis(50), future).await.is_err()
    }

    /// There is only one test, because the whole process receives a signal.
    #[tokio::test]
    async fn signals_are_counted_held_back_and_remembered() {
        let send = |signal| kill_process(getpid(), signal).unwrap();
        let mut interrupt = Interrupt::listen().unwrap();
        assert_eq!(interrupt.poll().await, None);
        assert_eq!(interrupt.count(), 0);
        send(Signal::INT);
        assert_eq!(interrupt.raised().await, "INT");
        assert_eq!(interrupt.count(), 1);
        assert!(waits(interrupt.raised()).await);
        assert_eq!(interrupt.poll().await, Some("INT"), "a signal that was held back is returned");
        // One signal has arrived before a COMMIT is sent. One more is held back, and the next one ends the wait.
        send(Signal::TERM);
        assert!(waits(interrupt.beyond(2)).await);
        assert_eq!(interrupt.count(), 2);
        send(Signal::HUP);
        assert_eq!(interrupt.beyond(2).await, "HUP");
        assert_eq!(interrupt.count(), 3);
        send(Signal::TERM);
        // The signal arrives through a pipe that the runtime reads.
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(interrupt.poll().await, Some("TERM"));
        assert_eq!(interrupt.count(), 4);
    }
}
