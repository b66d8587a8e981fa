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
    /// What is being done, for the words that acknowledge a signal.
    doing: Doing,
    acknowledge: Option<fn(&str)>,
}

/// What a signal interrupts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Doing {
    /// Nothing that has to be taken back.
    #[default]
    Reading,
    /// A transaction is open.
    Transaction,
    /// A COMMIT was sent.
    Commit,
}

impl Doing {
    /// What is said at once when a signal is heard.
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
    /// Begins to listen; from here on the signals no longer end the process by themselves.
    ///
    /// # Errors
    /// When the operating system refuses a handler.
    pub fn listen() -> std::io::Result<Self> {
        // A limit on the size of files ends the process where nobody listens. Heard by nobody, it is an error of the write, as a full
        // disk is, and what was being done is taken back.
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

    /// Has every signal acknowledged by `say` as soon as it is heard.
    #[must_use]
    pub fn acknowledged_by(mut self, say: fn(&str)) -> Self {
        self.acknowledge = Some(say);
        self
    }

    /// Says what is being done from now on.
    pub fn doing(&mut self, doing: Doing) {
        self.doing = doing;
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
        if let Some(say) = self.acknowledge {
            say(&self.doing.words(name, self.count));
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{Signal, getpid, kill_process};
    use std::time::Duration;

    /// Whether the future is still waiting after a moment.
    async fn waits<T>(future: impl Future<Output = T>) -> bool {
        tokio::time::timeout(Duration::from_millis(50), future).await.is_err()
    }

    /// One test, for a signal is heard by the whole process.
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
        assert_eq!(interrupt.poll().await, Some("INT"), "one that was held back is not forgotten");
        // One was heard when a COMMIT was sent: one more is held back, the next is too many.
        send(Signal::TERM);
        assert!(waits(interrupt.beyond(2)).await);
        assert_eq!(interrupt.count(), 2);
        send(Signal::HUP);
        assert_eq!(interrupt.beyond(2).await, "HUP");
        assert_eq!(interrupt.count(), 3);
        send(Signal::TERM);
        // Delivered to a pipe that the runtime reads.
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(interrupt.poll().await, Some("TERM"));
        assert_eq!(interrupt.count(), 4);
    }
}
