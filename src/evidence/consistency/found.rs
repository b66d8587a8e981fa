//! A contradiction in a rollout file: the part of the file, and the contradiction in words.

/// The part of a rollout file that a contradiction is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The times of the file and of the server.
    Times,
    /// The verdict, the exit code, the effect and the error.
    Outcome,
    /// The session of the run.
    Session,
    /// The tiers, their order and their outcomes.
    Tiers,
    Checks,
    /// The numbers of rows, and the locks.
    Rows,
    /// The transaction ids and their status.
    Transactions,
    /// The fingerprints before and after the run.
    Fingerprints,
    /// The command line and the confirmation.
    Arguments,
}

/// Two statements of the file that cannot both be true, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The part of the file.
    pub topic: Topic,
    /// The statement of the file, and the statement that contradicts it.
    pub words: String,
}

/// Collects contradictions.
pub(super) struct Contradictions(pub(super) Vec<Contradiction>);

impl Contradictions {
    /// Adds a contradiction unless `holds` is true.
    pub(super) fn unless(&mut self, holds: bool, topic: Topic, words: impl FnOnce() -> String) {
        if !holds {
            self.0.push(Contradiction { topic, words: words() });
        }
    }
}
