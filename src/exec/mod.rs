//! The executor is the only code that opens a transaction which writes.
//!
//! [`transaction::run_transaction`] runs tiers in one transaction and ends it with COMMIT or ROLLBACK. The real run calls it with one tier
//! and [`TxEnd::Commit`]. Dry run and rehearsal call it with all tiers and [`TxEnd::Abort`]. Everything that it reports about the database
//! was read from the database: see [`judge`] for the evidence and [`resolver`] for a COMMIT whose reply was lost.

mod approvals;
mod beside;
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
use crate::fingerprint::Fingerprint;
use crate::pg::failure::SqlFailure;
use crate::pg::message::Message;
use crate::pg::server_facts::Lock;
use crate::pg::session::Lost;
use crate::release::{Delta, PartKind, Release, Script, Tier};
use serde::Serialize;
use std::collections::BTreeMap;

/// Whether a tier is applied or rolled back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The tier's own script.
    Apply,
    /// Its rollback.
    #[serde(alias = "undo")]
    Rollback,
}

/// How a transaction must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TxEnd {
    /// COMMIT, alone in its message.
    Commit,
    /// ROLLBACK, in the same message: nothing remains.
    Abort,
}

/// One tier, and the direction in which it is run.
#[derive(Clone, Copy, Debug)]
pub struct Run<'r> {
    pub tier: &'r Tier,
    pub direction: Direction,
}

impl<'r> Run<'r> {
    /// The path of the script, from the top of the packet.
    pub fn path(&self) -> String {
        let file = match self.direction {
            Direction::Apply => &self.tier.file,
            Direction::Rollback => &self.tier.rollback,
        };
        format!("sql/{file}")
    }

    /// The script that is sent.
    pub fn script(&self, release: &'r Release) -> Script<'r> {
        release.script(&self.path())
    }

    /// `tier 3 ownership`, or an action's name.
    pub fn name(&self) -> String {
        match self.tier.number {
            0 => self.tier.name.clone(),
            number => format!("tier {number} {}", self.tier.name),
        }
    }

    /// The checks that a part must make.
    pub fn promised(&self, kind: PartKind) -> &'r [String] {
        match (self.direction, kind) {
            (_, PartKind::Body) => &[],
            (Direction::Apply, PartKind::Guard) => &self.tier.guard,
            (Direction::Apply, PartKind::Assert) => &self.tier.assert,
            (Direction::Rollback, PartKind::Guard) => &self.tier.rollback_guard,
            (Direction::Rollback, PartKind::Assert) => &self.tier.rollback_assert,
        }
    }

    /// The rows that the tier must write.
    pub fn deltas(&self) -> &'r BTreeMap<String, Delta> {
        match self.direction {
            Direction::Apply => &self.tier.deltas,
            Direction::Rollback => &self.tier.rollback_deltas,
        }
    }

    /// The live tables from which the tier, or its rollback, may delete rows. `live` is the page's word for a table that the application writes
    /// during the release.
    pub fn deletes(&self) -> &'r [String] {
        match self.direction {
            Direction::Apply => &self.tier.deletes,
            Direction::Rollback => &self.tier.rollback_deletes,
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
    /// Its transaction was rolled back, and nothing of it remains.
    Aborted,
    /// COMMIT was sent, and its outcome is not known.
    Unresolved,
    /// It ran in a rehearsal, in a transaction that was rolled back.
    Rehearsed,
    /// It ran and had nothing to write, so its transaction was rolled back.
    Unchanged,
    /// It never began.
    NotRun,
}

/// A file of the packet that was sent to the server, with the digest of the bytes that were sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct SentFile {
    /// Its path from the top of the packet.
    pub path: String,
    /// SHA-256 of the file with the guard, the body and the assertions that were sent. It is computed from the message to the server.
    pub sha256: String,
}

impl SentFile {
    /// The file as it is in the message. `None` if the message does not have its three parts.
    fn of(script: &Script<'_>, message: &Message) -> Option<Self> {
        let parts = message.texts_from(&script.path).try_into().ok()?;
        Some(Self { path: script.path.clone(), sha256: script.digest_with(parts).to_string() })
    }
}

/// What one tier did.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
pub struct TierReport {
    pub number: u8,
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The file whose statements the server ran. Absent if the tier did not run to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<SentFile>,
    /// The time from its first statement to the end of its assertions, by the server's clock. For a committed tier it includes the COMMIT,
    /// and is measured by our clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<f64>,
    /// The server's time after the tier's assertions, just before COMMIT or ROLLBACK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_time: Option<String>,
    /// How long the tier was sent again because a lock was not free. Absent if all locks were free at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited_ms: Option<u64>,
    /// Its transaction id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xid: Option<String>,
    /// The answer of `pg_xact_status` for this transaction id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xid_status: Option<String>,
    /// The server's WAL flush position right after the COMMIT. The transaction's WAL records end at this position or before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lsn: Option<String>,
    /// WAL that the whole server wrote during the tier, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wal_bytes: Option<i64>,
    /// The approval rows that the tier depended on, read in the tier's own transaction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// Rows written, by relation.
    pub deltas: BTreeMap<String, Delta>,
    /// Those of the relations in `deltas` that were too large to be read. Their numbers come from the server's counters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_counters: Vec<String>,
    /// Locks held at the end of the tier. In a transaction of several tiers, only the locks that this tier added.
    pub locks: Vec<Lock>,
}

impl TierReport {
    /// A tier that never began.
    pub fn not_run(tier: &Tier) -> Self {
        Self {
            number: tier.number,
            name: tier.name.clone(),
            outcome: Outcome::NotRun,
            sent: None,
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
    ServerFacts(Vec<String>),
    /// A part of a script did not make all the checks that it must make.
    Silent {
        /// Their names.
        checks: Vec<String>,
    },
    /// The approval rows that the transaction read do not meet the host's policy.
    Policy {
        /// The unmet checks, each with its actual value.
        unmet: Vec<String>,
    },
    /// Could not obtain a lock in time.
    Locked {
        /// What the server said.
        error: SqlFailure,
        /// Who holds it, a line each.
        holders: Vec<String>,
        /// How long the run waited, in milliseconds.
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
    /// The connection ended before COMMIT was sent, so the server rolls the transaction back.
    Lost(Lost),
    /// The evidence could not be written before COMMIT, so the transaction was rolled back.
    Journal {
        /// What the operating system said.
        reason: String,
    },
    /// The server answered COMMIT with a rollback.
    CommitRefused {
        /// The server's words, if any.
        error: Option<SqlFailure>,
    },
    /// COMMIT was sent, its reply was lost, and the database says that it did not take effect.
    CommitLost {
        /// Transaction id.
        xid: String,
    },
    /// COMMIT was sent, and its outcome is not known.
    Unknown {
        /// Transaction id.
        xid: String,
        /// Why it is not known.
        reason: String,
    },
}

/// The result of a transaction.
#[derive(Debug)]
pub struct Transaction {
    /// One report for each tier that began.
    pub tiers: Vec<TierReport>,
    /// Every check that was made.
    pub checks: Vec<Check>,
    /// Why the transaction failed. `None` if it did not fail.
    pub failure: Option<Failure>,
    /// Notes that a person should read although nothing failed.
    pub notes: Vec<String>,
    /// The fingerprint after the last rollback, before the transaction ended. It is read only if the transaction ran tiers and rolled them back.
    pub after_rollback: Option<Fingerprint>,
}

impl Transaction {
    /// A transaction of which nothing is known yet.
    fn new() -> Self {
        Self { tiers: Vec::new(), checks: Vec::new(), failure: None, notes: Vec::new(), after_rollback: None }
    }
}

/// Whether these runs apply tiers and then roll them back in one transaction.
fn there_and_back(runs: &[Run<'_>]) -> bool {
    [Direction::Apply, Direction::Rollback].iter().all(|direction| runs.iter().any(|run| run.direction == *direction))
}

/// A COMMIT that is about to be sent, with everything that is needed to find out its outcome later.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
pub struct Pending {
    /// Tier number; 0 for an action.
    pub tier: u8,
    /// The name of the action. Absent for a tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    pub direction: Direction,
    /// Transaction id.
    pub xid: String,
    /// The cluster's identifier.
    pub system_identifier: String,
    pub timeline: String,
    pub postmaster_start: String,
    /// The time since when the server's statistics count. A crash resets the statistics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics_since: Option<String>,
    pub database: String,
    /// The oid of the database, because another database may get the same name later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_oid: Option<String>,
    /// The process id of the backend that receives the COMMIT. This backend holds the run lock until it ends.
    #[serde(default)]
    pub pid: i64,
    /// The server's WAL position when the session began, in bytes. A server whose WAL position is lower has another history.
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

/// Is notified of every step of a run while it happens. The terminal and the evidence file are written this way.
pub trait Observer {
    /// A tier's message is about to be sent.
    fn tier_begins(&mut self, run: &Run<'_>, end: TxEnd);
    /// A lock is not free yet.
    fn waits(&mut self, run: &Run<'_>, holders: &[String]);
    /// COMMIT is the next message that is sent. The evidence must be on disk before this function returns.
    ///
    /// # Errors
    /// The reason why the evidence could not be written. The tier is then rolled back.
    fn commit_next(&mut self, pending: &Pending, report: &TierReport) -> Result<(), String>;
    /// The reply to a COMMIT was lost, and a new connection now finds out the outcome.
    fn resolving(&mut self, pending: &Pending, reason: &str);
    /// A tier ended.
    fn tier_ends(&mut self, run: &Run<'_>, report: &TierReport);
}
