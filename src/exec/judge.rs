//! Judges the server's evidence of one tier. Pure: what it is given it compares, and every breach is a sentence.

use crate::pg::witness::{Identity, Lock, RowCount};
use crate::release::Delta;
use std::collections::{BTreeMap, BTreeSet};

/// Rows of one relation before and after a tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The relation.
    pub relation: String,
    /// Before the body, under the tier's locks.
    pub before: RowCount,
    /// After the assertions.
    pub after: RowCount,
}

impl Counted {
    /// Inserted, updated and deleted rows. `before` and `after` give their difference, `written` the rows that we inserted or changed;
    /// a tier that only inserts or only deletes is told exactly, one that does both shows its balance and cannot equal a plain delta by chance.
    pub fn delta(&self) -> Delta {
        let written = self.after.written - self.before.written;
        let balance = self.after.rows - self.before.rows;
        let inserted = balance.max(0);
        let deleted = (-balance).max(0);
        Delta { inserted, updated: written - inserted, deleted }
    }
}

/// The evidence of one tier, as the server gave it.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// After the guards, before the body.
    pub before: Identity,
    /// The transaction id, assigned right after the guards.
    pub xid: Option<String>,
    /// After the assertions.
    pub after: Identity,
    /// Locks held after the guards.
    pub locks_before: Vec<Lock>,
    /// Locks held at the end.
    pub locks: Vec<Lock>,
    /// The catalogue beside the packet, before the body.
    pub catalog_before: Vec<(String, String)>,
    /// The same at the end.
    pub catalog_after: Vec<(String, String)>,
    /// Rows of the declared relations.
    pub counted: Vec<Counted>,
}

/// What the tier promised.
#[derive(Debug)]
pub struct Promise<'a> {
    /// The session as it was at connect.
    pub session: &'a Identity,
    /// Relations that may be written, of this tier and, in a shared transaction, of those before it.
    pub writes: BTreeSet<&'a str>,
    /// The packet's own relations may be made or dropped.
    pub creates: bool,
    /// The packet's own relations.
    pub packet: BTreeSet<&'a str>,
    /// The table of approvals: it may show our SHARE lock.
    pub gate: &'a str,
    /// Relations that nothing may write.
    pub never_write: &'a [String],
    /// Rows to be written.
    pub deltas: &'a BTreeMap<String, Delta>,
    /// Relations that may gain or change rows, any number, and lose none.
    pub upserts: &'a [String],
    /// The first tier of its transaction.
    pub first: bool,
    /// The role that must be in force, and so owns what is created.
    pub role: &'a str,
}

/// Every breach of the promise, in words; empty when the evidence bears it out.
pub fn breaches(evidence: &Evidence, promise: &Promise<'_>) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(session_breaches(evidence, promise));
    found.extend(lock_breaches(evidence, promise));
    found.extend(catalog_breaches(evidence));
    found.extend(delta_breaches(evidence, promise));
    found
}

fn session_breaches(evidence: &Evidence, promise: &Promise<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for (when, seen) in [("before the body", &evidence.before), ("at its end", &evidence.after)] {
        let known = promise.session;
        // Under another role than the one that logged in the server hides when the backend began; the run lock below is the session's
        // own and says the same.
        let began_otherwise = !seen.backend_start.is_empty() && seen.backend_start != known.backend_start;
        if seen.pid != known.pid || began_otherwise {
            found.push(format!(
                "{when} another backend answered: pid {} begun {} instead of pid {} begun {}",
                seen.pid, seen.backend_start, known.pid, known.backend_start
            ));
        }
        if (&seen.system_identifier, &seen.timeline) != (&known.system_identifier, &known.timeline) {
            found.push(format!(
                "{when} another server answered: system {} timeline {}",
                seen.system_identifier, seen.timeline
            ));
        }
        if seen.database != known.database {
            found.push(format!("{when} another database answered: {}", seen.database));
        }
        if seen.in_recovery || seen.read_only {
            found.push(format!("{when} the transaction is read only"));
        }
        if seen.replication_role != "origin" {
            found.push(format!("{when} session_replication_role is {}", seen.replication_role));
        }
        if seen.current_user != promise.role {
            found.push(format!("{when} the role is {}, not {}", seen.current_user, promise.role));
        }
        if !seen.holds_run_lock {
            found.push(format!("{when} the run lock is no longer ours"));
        }
    }
    // An ACCESS EXCLUSIVE lock alone assigns a transaction id (standbys must hear of it).
    let exclusive = evidence.locks_before.iter().any(|lock| lock.mode == "AccessExclusiveLock");
    if promise.first && evidence.before.xid.is_some() && !exclusive {
        found.push("something was written before the guards were done".to_owned());
    }
    if evidence.after.xid != evidence.xid {
        let name = |xid: &Option<String>| xid.clone().unwrap_or_else(|| "none".to_owned());
        found.push(format!(
            "the transaction is not the same at its end: xid {}, then {}",
            name(&evidence.xid),
            name(&evidence.after.xid)
        ));
    }
    found
}

fn lock_breaches(evidence: &Evidence, promise: &Promise<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for lock in &evidence.locks {
        let name = lock.relation.as_str();
        let is_never = promise.never_write.iter().any(|never| never == name);
        let held_by_guard = evidence.locks_before.contains(lock);
        let allowed = match lock.mode.as_str() {
            // A SHARE lock writes nothing; one that the body took may be an index being built.
            "ShareLock" if held_by_guard || name == promise.gate => true,
            _ if is_never => false,
            _ if lock.catalog || !lock.existed => true,
            _ => promise.writes.contains(name) || (promise.creates && promise.packet.contains(name)),
        };
        if !allowed {
            found.push(format!("{name} is locked in mode {}, which the tier does not declare", lock.mode));
        }
    }
    found.dedup();
    found
}

fn catalog_breaches(evidence: &Evidence) -> Vec<String> {
    if evidence.catalog_before.is_empty() || evidence.catalog_before.len() != evidence.catalog_after.len() {
        return vec!["the state of the catalogue could not be compared".to_owned()];
    }
    let pairs = evidence.catalog_before.iter().zip(&evidence.catalog_after);
    pairs
        .filter(|(before, after)| before != after)
        .map(|(before, _)| format!("the catalogue changed beside the packet's own objects: {} (by this transaction, or by another session's DDL meanwhile)", before.0))
        .collect()
}

fn delta_breaches(evidence: &Evidence, promise: &Promise<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for counted in &evidence.counted {
        let declared = promise.deltas.get(&counted.relation).copied().unwrap_or_default();
        let actual = counted.delta();
        if promise.upserts.contains(&counted.relation) {
            if actual.deleted > 0 || actual.updated < 0 {
                found.push(format!(
                    "{}: rows may be added or changed, {} found",
                    counted.relation,
                    delta_words(actual)
                ));
            }
            continue;
        }
        if actual != declared {
            found.push(format!(
                "{}: {} expected, {} found",
                counted.relation,
                delta_words(declared),
                delta_words(actual)
            ));
        }
    }
    for relation in
        promise.deltas.keys().filter(|name| !evidence.counted.iter().any(|counted| counted.relation == **name))
    {
        found.push(format!("{relation}: its rows were not counted"));
    }
    found
}

/// `+30`, `+3 ~1 -2`, or `no rows`.
pub fn delta_words(delta: Delta) -> String {
    let parts = [('+', delta.inserted), ('~', delta.updated), ('-', delta.deleted)];
    let told: Vec<String> =
        parts.iter().filter(|(_, rows)| *rows != 0).map(|(sign, rows)| format!("{sign}{rows}")).collect();
    if told.is_empty() { "no rows".to_owned() } else { told.join(" ") }
}

#[cfg(test)]
mod tests;
