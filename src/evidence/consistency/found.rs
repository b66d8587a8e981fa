//! A contradiction: which part of the file, and what it says.

/// What a contradiction is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The times of the file and of the server.
    Times,
    /// Verdict, exit code, effect and error.
    Outcome,
    /// The session that wrote.
    Session,
    /// Which tiers, in which order, ended how.
    Tiers,
    Checks,
    /// Rows and locks.
    Rows,
    /// Transaction ids and their status.
    Transactions,
    /// The fingerprints at both ends.
    Fingerprints,
    /// The command line, and how it was confirmed.
    Arguments,
}

/// Two things that cannot both be true, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// Which part of the file.
    pub topic: Topic,
    /// What the file says, and what it cannot be true together with.
    pub words: String,
}

/// Collects contradictions.
pub(super) struct Found(pub(super) Vec<Contradiction>);

impl Found {
    /// Adds the words unless it holds.
    pub(super) fn unless(&mut self, holds: bool, topic: Topic, words: impl FnOnce() -> String) {
        if !holds {
            self.0.push(Contradiction { topic, words: words() });
        }
    }
}
