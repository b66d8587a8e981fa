//! The executor: the only code that opens a transaction which writes.
//!
//! [`transaction::run_transaction`] runs tiers in one transaction and ends it one way or the other; the real run calls it with one tier
//! and [`TxEnd::Commit`], dry run and rehearsal with all of them and [`TxEnd::Abort`]. What it says of the database it has from the
//! database: see [`judge`] for the evidence and [`resolver`] for a COMMIT whose reply was lost.

mod approvals;
mod commit;
pub mod executor;
pub mod interrupt;
pub mod judge;
mod layout;
pub mod proof;
pub mod resolver;
pub mod same;
pub mod transaction;

use crate::check::{Approval, Check};
use crate::pg::failure::SqlFailure;
use crate::pg::session::Lost;
use crate::pg::witness::Lock;
use crate::release::{Delta, PartKind, Release, Script, Tier};
use serde::Serialize;
use std::collections::BTreeMap;

/// Apply a tier or undo it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The tier's own script.
    Apply,
    /// Its rollback.
    Undo,
}

/// How a transaction is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TxEnd {
    /// COMMIT, alone in its message.
    Commit,
    /// ROLLBACK, in the same message: nothing remains.
    Abort,
}

/// One tier to be run in one direction.
#[derive(Clone, Copy, Debug)]
pub struct Run<'r> {
    pub tier: &'r Tier,
    /// Which way.
    pub direction: Direction,
}

impl<'r> Run<'r> {
    /// The script to be sent.
    pub fn script(&self, release: &'r Release) -> Script<'r> {
        let file = match self.direction {
            Direction::Apply => &self.tier.file,
            Direction::Undo => &self.tier.undo,
        };
        release.script(&format!("sql/{file}"))
    }

    /// `tier 3 ownership`, or an action's name.
    pub fn name(&self) -> String {
        match self.tier.number {
            0 => self.tier.name.clone(),
            number => format!("tier {number} {}", self.tier.name),
        }
    }

    /// Checks that a part must make.
    pub fn promised(&self, kind: PartKind) -> &'r [String] {
        match (self.direction, kind) {
            (_, PartKind::Body) => &[],
            (Direction::Apply, PartKind::Guard) => &self.tier.guard,
            (Direction::Apply, PartKind::Assert) => &self.tier.assert,
            (Direction::Undo, PartKind::Guard) => &self.tier.undo_guard,
            (Direction::Undo, PartKind::Assert) => &self.tier.undo_assert,
        }
    }

    /// Rows that it must write.
    pub fn deltas(&self) -> &'r BTreeMap<String, Delta> {
        match self.direction {
            Direction::Apply => &self.tier.deltas,
            Direction::Undo => &self.tier.undo_deltas,
        }
    }
}

/// How a tier ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is applied: the server's own status and the proof row confirm the COMMIT.
    Committed,
    /// Its rollback took effect.
    RolledBack,
    /// It was rolled back; nothing of it remains.
    Aborted,
    /// COMMIT was sent and nobody can say how it ended.
    Unresolved,
    /// It ran for real in a transaction that was rolled back.
    Rehearsed,
    /// It ran, had nothing to write, and was rolled back: nothing was to be committed.
    Unchanged,
    /// It never began.
    NotRun,
}

/// What one tier did.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
pub struct TierReport {
    pub number: u8,
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// From its first statement to the end of its assertions, by the server's clock; for a committed tier the COMMIT included, by ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<f64>,
    /// The server's time when the tier's checks after its changes had been made, just before COMMIT or ROLLBACK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_time: Option<String>,
    /// How long it was sent again and again because a lock was not free; absent where its locks were free at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited_ms: Option<u64>,
    /// Its transaction id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xid: Option<String>,
    /// What `pg_xact_status` said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xid_status: Option<String>,
    /// How far the server's log was on its disk right after the COMMIT; the transaction's own records end there or before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lsn: Option<String>,
    /// WAL that the whole server wrote meanwhile, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wal_bytes: Option<i64>,
    /// The approval rows that it relied on, read in its own transaction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// Rows written, by relation.
    pub deltas: BTreeMap<String, Delta>,
    /// Of these relations the ones that were too large to be read: their rows are those of the server's counters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_counters: Vec<String>,
    /// Locks held at its end; in a transaction of several tiers those that it added.
    pub locks: Vec<Lock>,
}

impl TierReport {
    /// A tier that never began.
    pub fn not_run(tier: &Tier) -> Self {
        Self {
            number: tier.number,
            name: tier.name.clone(),
            outcome: Outcome::NotRun,
            duration_ms: None,
            server_time: None,
            waited_ms: None,
            xid: None,
            xid_status: None,
            lsn: None,
            wal_bytes: None,
            approvals: Vec::new(),
            deltas: BTreeMap::new(),
            by_counters: Vec::new(),
            locks: Vec::new(),
        }
    }
}

/// Why a transaction did not end as it should.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The server rejected a statement; SQLSTATE `OR002` means unmet checks.
    Sql(SqlFailure),
    /// The server's evidence contradicts what the tier declares.
    Witness(Vec<String>),
    /// A part did not make checks that it promises.
    Silent {
        /// Their names.
        checks: Vec<String>,
    },
    /// The approval rows that the transaction read do not meet the policy of the host.
    Policy {
        /// The checks, each with what was found.
        unmet: Vec<String>,
    },
    /// Could not obtain a lock in time.
    Locked {
        /// What the server said.
        error: SqlFailure,
        /// Who holds it, a line each.
        holders: Vec<String>,
        /// How long was waited, in milliseconds.
        waited_ms: u64,
    },
    /// The deadline passed; the statement was cancelled.
    Deadline {
        /// In milliseconds.
        after_ms: u64,
    },
    /// A signal arrived before COMMIT was sent.
    Interrupted {
        /// `INT`, `TERM` or `HUP`.
        signal: &'static str,
    },
    /// The connection ended before COMMIT was sent: the server rolls back.
    Lost(Lost),
    /// The evidence could not be written before COMMIT: rolled back.
    Journal {
        /// What the operating system said.
        reason: String,
    },
    /// COMMIT was answered, and the answer is a rollback.
    CommitRefused {
        /// The server's words, if any.
        error: Option<SqlFailure>,
    },
    /// COMMIT was sent, its reply was lost, and the database says that it did not take effect.
    CommitLost {
        /// Transaction id.
        xid: String,
    },
    /// COMMIT was sent and its end is not known.
    Unknown {
        /// Transaction id.
        xid: String,
        /// Why it is not known.
        reason: String,
    },
}

/// What a transaction came to.
#[derive(Debug)]
pub struct Transaction {
    /// One report a tier that began.
    pub tiers: Vec<TierReport>,
    /// Every check that was made.
    pub checks: Vec<Check>,
    /// Why it failed; `None` when it ended as it should.
    pub failure: Option<Failure>,
    /// Things that a person should read though nothing failed.
    pub notes: Vec<String>,
}

/// A COMMIT that is about to be sent: what is needed to find out later how it ended.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
pub struct Pending {
    /// Tier number; 0 for an action.
    pub tier: u8,
    /// The action's name, where it is no tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Apply or undo.
    pub direction: Direction,
    /// Transaction id.
    pub xid: String,
    /// The cluster's identifier.
    pub system_identifier: String,
    pub timeline: String,
    /// When the server started.
    pub postmaster_start: String,
    /// Since when it counted, which a crash begins anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics_since: Option<String>,
    pub database: String,
    /// The database's own id: its name may be given to another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_oid: Option<String>,
    /// The backend that is to commit. While it lives it holds the run lock.
    #[serde(default)]
    pub pid: i64,
    /// How far the server's log had come when the session began, in bytes. A server that is not so far has another history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wal_bytes: Option<i64>,
}

impl Pending {
    /// `tier 3`, or the action's name.
    pub fn name(&self) -> String {
        self.action.clone().unwrap_or_else(|| format!("tier {}", self.tier))
    }

    /// The COMMIT of tier 2, by backend 7 of a server that reports nothing else about itself.
    #[cfg(test)]
    fn sample(xid: &str) -> Self {
        Self {
            tier: 2,
            action: None,
            direction: Direction::Apply,
            xid: xid.to_owned(),
            system_identifier: "1".to_owned(),
            timeline: "1".to_owned(),
            postmaster_start: String::new(),
            statistics_since: None,
            database: String::new(),
            database_oid: None,
            pid: 7,
            wal_bytes: None,
        }
    }
}

/// Hears what happens while it happens: the terminal and the evidence file.
pub trait Observer {
    /// A tier's message is about to be sent.
    fn tier_begins(&mut self, run: &Run<'_>, end: TxEnd);
    /// A lock is not free yet.
    fn waits(&mut self, run: &Run<'_>, holders: &[String]);
    /// COMMIT is the next thing sent. Must have reached the disk before it returns.
    ///
    /// # Errors
    /// With the reason, when it could not be written: the tier is then rolled back.
    fn commit_next(&mut self, pending: &Pending, report: &TierReport) -> Result<(), String>;
    /// A COMMIT's reply was lost; a new connection finds out the outcome.
    fn resolving(&mut self, pending: &Pending, reason: &str);
    /// A tier ended.
    fn tier_ends(&mut self, run: &Run<'_>, report: &TierReport);
}
