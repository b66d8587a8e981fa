//! Judges the server's evidence of one tier. This module is pure: it compares values that the caller read, and describes each breach in one
//! sentence.

pub mod beside;
mod words;

use crate::pg::server_facts::{CatalogRows, Identity, Lock, RowCount};
use crate::release::Delta;
use beside::{Beside, Declared};
use std::collections::{BTreeMap, BTreeSet};
pub use words::delta_words;

/// What follows the relation in a breach about its number of rows.
const EXPECTED_ROWS: &str = ": expected ";

/// Whether the breach says that the tier wrote another number of rows than the packet declares.
pub fn is_of_rows(breach: &str) -> bool {
    breach.contains(EXPECTED_ROWS)
}

/// Rows of one relation before and after a tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub relation: String,
    /// Before the body, under the tier's locks.
    pub before: RowCount,
    /// After the assertions.
    pub after: RowCount,
    /// Whether the application may write the table during the tier, and the server counted what the tier itself wrote. The difference of two
    /// row counts would include what the application wrote.
    pub live: bool,
}

impl Counted {
    /// The number of inserted, updated and deleted rows. The server's counters give it, if the numbers of rows before and after the tier agree
    /// with them. Otherwise it is computed: the difference between the two numbers of rows is the number of inserted or deleted rows, and the
    /// other rows that the tier's transaction wrote, as their `xmin` shows, are the updated rows.
    pub fn delta(&self) -> Delta {
        let [inserted, updated, deleted] = self.counters();
        let (balance, written) = match (self.before.rows, self.after.rows) {
            _ if self.is_by_server() => return Delta { inserted, updated, deleted },
            (Some((before, _)), Some((after, _))) if self.is_emptied(before, after) => {
                let [inserted, updated, deleted] = self.after.counters;
                return Delta { inserted, updated, deleted: before + deleted };
            }
            // A rewrite gives every row our transaction id, so the counters give the number of written rows.
            (Some(before), Some(after)) if self.is_rewritten() => (after.0 - before.0, inserted + updated),
            (Some(before), Some(after)) => (after.0 - before.0, after.1 - before.1),
            _ => return Delta { inserted, updated, deleted },
        };
        // The counters count a row twice if the tier inserts and then updates it, but only one row has the tier's transaction id. If
        // an earlier tier of the same transaction wrote a row, the row has that id too, also when this tier deletes it.
        if balance == inserted - deleted && (-deleted..=inserted + updated).contains(&written) {
            return Delta { inserted, updated, deleted };
        }
        let inserted = balance.max(0);
        let deleted = (-balance).max(0);
        Delta { inserted, updated: written - inserted, deleted }
    }

    /// Whether the server's counters alone give the numbers: the table is live, and the counters were not reset. Both TRUNCATE and a rewrite of
    /// the table give it new files, but only TRUNCATE resets the counters. After a TRUNCATE there are fewer rows than the counters explain.
    /// After a rewrite there may be more, because the application can add rows before the tier locks the table.
    fn is_by_server(&self) -> bool {
        let is_whole = match (self.before.rows, self.after.rows) {
            (Some(before), Some(after)) if self.is_rewritten() => {
                let [inserted, _, deleted] = self.counters();
                after.0 - before.0 >= inserted - deleted
            }
            _ => !self.has_new_files(),
        };
        self.live && is_whole
    }

    /// Whether TRUNCATE removed all earlier rows. It gives the table new files and resets the counters, so the table has exactly the rows
    /// that were counted since.
    fn is_emptied(&self, before: i64, after: i64) -> bool {
        let [inserted, _, deleted] = self.counters();
        let [since, _, gone] = self.after.counters;
        let is_reset = after - before != inserted - deleted || !self.is_rewritten();
        self.has_new_files() && after == since - gone && is_reset
    }

    /// Inserted, updated and deleted rows, as the server counted them between the two moments.
    fn counters(&self) -> [i64; 3] {
        std::array::from_fn(|kind| self.after.counters[kind] - self.before.counters[kind])
    }

    /// Whether the table was rewritten: it has new files, and the counters did not start again, as they do after TRUNCATE.
    fn is_rewritten(&self) -> bool {
        self.has_new_files() && self.counters().iter().all(|count| *count >= 0)
    }

    /// Whether the table has new files, after TRUNCATE or after it was rewritten.
    pub fn has_new_files(&self) -> bool {
        self.before.files != self.after.files
    }

    /// Whether the numbers come from the server's counters, because the table is too large to be read.
    pub fn by_counters(&self) -> bool {
        self.is_by_server() || self.before.rows.is_none() || self.after.rows.is_none()
    }
}

/// The evidence of one tier, as the server gave it.
#[derive(Clone, Debug, Default)]
pub struct TierEvidence {
    /// After the guards, before the body.
    pub before: Identity,
    /// The transaction id, assigned right after the guards.
    pub xid: Option<String>,
    /// After the assertions.
    pub after: Identity,
    /// Locks held at the end.
    pub locks: Vec<Lock>,
    /// Catalog rows that the transaction made, by catalog. Only catalogs in which a change may leave no lock are read.
    pub catalog_made: BTreeMap<String, i64>,
    /// The catalog rows of the packet's objects, before the body and at the end. They are read only for a tier that creates or drops
    /// objects.
    pub catalog: Option<(Vec<CatalogRows>, Vec<CatalogRows>)>,
    /// Rows of the declared relations.
    pub counted: Vec<Counted>,
    /// What the tier did to other tables and to existing objects. It is read only for a tier that creates or changes objects.
    pub beside: Option<Beside>,
}

/// What the tier promised.
#[derive(Debug)]
pub struct Promise<'a> {
    /// The session as it was at connect.
    pub session: &'a Identity,
    /// Relations that may be written: those of this tier and, in a shared transaction, those of the tiers before it.
    pub writes: BTreeSet<&'a str>,
    /// The transaction may create or drop relations of the packet.
    pub creates: bool,
    /// This tier itself creates or drops relations of the packet.
    pub makes: bool,
    /// The relations and types that the packet creates. A composite type is a relation too.
    pub packet: BTreeSet<&'a str>,
    /// The table of approvals. Our transaction may hold a SHARE lock on it.
    pub gate: &'a str,
    /// Relations that no tier may write.
    pub never_write: &'a [String],
    /// The rows that the tier must write.
    pub deltas: &'a BTreeMap<String, Delta>,
    /// Relations in which the tier may insert or update any number of rows. It must not delete any, unless `deletes` lists the relation.
    pub upserts: &'a [String],
    /// Relations from which the tier also deleted rows when the packet was built.
    pub deletes: &'a [String],
    /// The evidence of the tier before it in the same transaction, if there is one. Its locks and catalog rows are still there.
    pub earlier: Option<&'a TierEvidence>,
    /// What the tier declares to change, and what it must leave as it is.
    pub declared: Declared<'a>,
    /// Set if the same transaction applied this tier before and now rolls it back: the tables that have got new files in this transaction.
    pub back_again: Option<&'a BTreeSet<String>>,
    /// The role that must be in force. It owns the objects that are created.
    pub role: &'a str,
}

/// Every breach of the promise, in words. Empty if the evidence agrees with the promise.
pub fn breaches(evidence: &TierEvidence, promise: &Promise<'_>) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(session_breaches(evidence, promise));
    found.extend(lock_breaches(evidence, promise));
    found.extend(catalog_breaches(evidence, promise));
    found.extend(delta_breaches(evidence, promise));
    found.extend(beside::breaches(evidence.beside.as_ref(), counted(evidence), promise.declared));
    found
}

fn session_breaches(evidence: &TierEvidence, promise: &Promise<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for (when, seen) in [("before the body", &evidence.before), ("at its end", &evidence.after)] {
        let known = promise.session;
        // If the current role is not the login role, the server hides the start time of the backend. The check of the run lock below also
        // shows whether it is the same session.
        let began_otherwise = !seen.backend_start.is_empty() && seen.backend_start != known.backend_start;
        if seen.pid != known.pid || began_otherwise {
            found.push(format!(
                "{when} another backend answered: pid {}, started {}, instead of pid {}, started {}",
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
            found.push(format!("{when} this session no longer holds the run lock"));
        }
    }
    // An ACCESS EXCLUSIVE lock assigns a transaction id even if nothing is written, because the lock is logged for standbys.
    let exclusive = evidence.before.locks.iter().any(|held| held.ends_with(" AccessExclusiveLock"));
    if promise.earlier.is_none() && evidence.before.xid.is_some() && !exclusive {
        found.push("something was written before the tier's first checks were complete".to_owned());
    }
    if evidence.before.track_counts != evidence.after.track_counts {
        found.push(
            "track_counts was switched during the tier, so the server's counters do not show what the tier wrote"
                .to_owned(),
        );
    }
    if evidence.after.xid != evidence.xid {
        let name = |xid: &Option<String>| xid.clone().unwrap_or_else(|| "none".to_owned());
        found.push(format!(
            "the tier did not stay in one transaction: xid {}, then {}",
            name(&evidence.xid),
            name(&evidence.after.xid)
        ));
    }
    found
}

fn lock_breaches(evidence: &TierEvidence, promise: &Promise<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for lock in &evidence.locks {
        let name = lock.relation.as_str();
        let is_never = promise.never_write.iter().any(|never| never == name);
        let held_by_guard = evidence.before.locks.contains(&format!("{} {}", lock.oid, lock.mode));
        let allowed = match lock.mode.as_str() {
            // A SHARE lock of the guard writes nothing. A SHARE lock of the body may come from CREATE INDEX.
            "ShareLock" if held_by_guard || name == promise.gate => true,
            _ if is_never => false,
            _ if lock.catalog => promise.makes || promise.earlier.is_some_and(|earlier| earlier.locks.contains(lock)),
            // A rewrite of a table creates a relation and drops it again. If the tier dropped a relation of somebody else, the writes to
            // pg_class would show one row less (see `catalog_breaches`).
            _ if lock.is_gone() => promise.makes || promise.earlier.is_some_and(|earlier| earlier.locks.contains(lock)),
            _ => promise.writes.contains(name) || (promise.creates && promise.packet.contains(name)),
        };
        if !allowed {
            found.push(format!("the tier locked {name} in mode {}, which it does not declare", lock.mode));
        }
    }
    found.dedup();
    found
}

/// The catalogs that ANALYZE writes to.
const STATISTICS: [&str; 2] = ["pg_statistic", "pg_statistic_ext_data"];
/// The catalogs that every CREATE and DROP writes to.
const DEPENDENCIES: [&str; 2] = ["pg_depend", "pg_shdepend"];

/// A tier that neither creates nor drops objects may not write to a catalog. A tier that does may only write catalog rows of the packet's
/// objects. Three independent answers of the server show this: the locks (see [`lock_breaches`]), the rows with our transaction id as their
/// `xmin`, and the server's counters of what our backend wrote.
fn catalog_breaches(evidence: &TierEvidence, promise: &Promise<'_>) -> Vec<String> {
    if promise.makes && evidence.catalog.as_ref().is_none_or(|(before, after)| before.is_empty() || after.is_empty()) {
        return vec!["the server did not report the packet's own rows in the catalogue".to_owned()];
    }
    let sentence =
        |name: &str, what: &str| format!("the catalogue changed outside the packet's own objects: {name} ({what})");
    let mut found: BTreeMap<&str, String> = BTreeMap::new();
    for (name, made) in &evidence.catalog_made {
        let new =
            made - promise.earlier.and_then(|earlier| earlier.catalog_made.get(name)).copied().unwrap_or_default();
        if new != 0 && !(promise.makes && packet_rows(evidence, name).is_some()) {
            found.insert(name, sentence(name, &format!("{new} rows made by this transaction")));
        }
    }
    for (before, after) in evidence.catalog.iter().flat_map(|(before, after)| before.iter().zip(after)) {
        if after.beside != 0 {
            found.insert(
                &after.catalog,
                sentence(&after.catalog, &format!("{} rows made by this transaction", after.beside)),
            );
        } else if !evidence.before.track_counts && !evidence.after.track_counts && before.others != after.others {
            let what = "by this transaction, or by another session's DDL: which of them is not known, since track_counts is off";
            found.insert(&after.catalog, sentence(&after.catalog, what));
        }
    }
    if counted(evidence) {
        let changes =
            evidence.after.catalog_writes.keys().filter_map(|name| Some((name.as_str(), writes(evidence, name)?)));
        for (name, delta) in changes {
            let expected = STATISTICS.contains(&name)
                || promise.makes && (DEPENDENCIES.contains(&name) || is_the_packet_s(evidence, name, delta));
            if !expected {
                found.entry(name).or_insert_with(|| sentence(name, &delta_words(delta)));
            }
        }
    }
    found.into_values().collect()
}

/// Whether the server's counters were on at the beginning and at the end.
fn counted(evidence: &TierEvidence) -> bool {
    evidence.before.track_counts && evidence.after.track_counts
}

/// What the server counted for one catalog. `None` if it was not written to.
fn writes(evidence: &TierEvidence, catalog: &str) -> Option<Delta> {
    let of = |identity: &Identity| identity.catalog_writes.get(catalog).copied().unwrap_or_default();
    let (before, after) = (of(&evidence.before), of(&evidence.after));
    let [inserted, updated, deleted] = std::array::from_fn(|kind| after[kind] - before[kind]);
    Some(Delta { inserted, updated, deleted }).filter(|delta| *delta != Delta::default())
}

/// The packet's rows in one catalog, before and after. `None` if the packet has no rows in this catalog.
fn packet_rows<'a>(evidence: &'a TierEvidence, catalog: &str) -> Option<(&'a CatalogRows, &'a CatalogRows)> {
    let (before, after) = evidence.catalog.as_ref()?;
    let of = |rows: &'a [CatalogRows]| rows.iter().find(|rows| rows.catalog == catalog);
    of(before).zip(of(after))
}

/// Whether all writes to one catalog inserted or deleted rows of the packet's objects.
fn is_the_packet_s(evidence: &TierEvidence, catalog: &str, delta: Delta) -> bool {
    packet_rows(evidence, catalog).is_some_and(|(before, after)| {
        after.own - before.own == delta.inserted - delta.deleted
            // An inserted row and a deleted row could balance each other. If the packet had no row before, none of its rows can have been
            // deleted.
            && (before.own > 0 || delta.deleted == 0)
            && (after.own > 0 || delta.inserted == 0)
    })
}

fn delta_breaches(evidence: &TierEvidence, promise: &Promise<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for counted in &evidence.counted {
        let has_new_files = counted.has_new_files();
        // Here the transaction changes the same rows a second time. Only the server's counters show that. TRUNCATE resets the counters, so after a
        // TRUNCATE the rows are not counted. The fingerprint after the rollbacks compares them.
        let is_uncounted =
            |known: &BTreeSet<String>| !self::counted(evidence) || has_new_files || known.contains(&counted.relation);
        if promise.back_again.is_some_and(is_uncounted) {
            continue;
        }
        let is_new = !counted.is_by_server() && has_new_files;
        if counted.by_counters() && (!self::counted(evidence) || is_new) {
            found.push(format!(
                "{}: it is not known how many rows were written: the table has more than 10,000 pages, and track_counts is off or the table was rewritten",
                counted.relation
            ));
            continue;
        }
        let declared = promise.deltas.get(&counted.relation).copied().unwrap_or_default();
        let actual = counted.delta();
        if promise.upserts.contains(&counted.relation) {
            let deletes = promise.deletes.contains(&counted.relation);
            if !deletes && (actual.deleted > 0 || actual.updated < 0) {
                found.push(format!(
                    "{}: only added or changed rows are allowed, but found {}",
                    counted.relation,
                    delta_words(actual)
                ));
            }
            continue;
        }
        if actual != declared {
            found.push(format!(
                "{}{EXPECTED_ROWS}{}, found {}",
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

#[cfg(test)]
mod tests;
