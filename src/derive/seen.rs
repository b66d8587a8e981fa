//! What one run of a packet showed: the effects of each tier and each rollback.

use super::state::DatabaseState;
use crate::packet::form;
use crate::packet::page::Delta;
use std::collections::{BTreeMap, BTreeSet};

/// The locks that a tier or its rollback held at its end: the lock modes by the name of a relation that existed before it. Locks on an
/// index are listed under its table.
pub(super) type Held = BTreeMap<String, BTreeSet<String>>;

/// Columns, each as a pair of relation and column.
pub(super) type Columns = BTreeSet<(String, String)>;

/// Constraints, each as a pair of its table or domain and its name.
pub(super) type MadeConstraints = BTreeSet<(String, String)>;

/// A view or table of the packet that copies all columns of an existing table.
#[derive(Clone, Debug)]
pub(super) struct Star {
    /// The name of the view or table.
    pub relation: String,
    /// The name of the existing table.
    pub table: String,
    /// The query that describes what the relation copies from the table.
    pub question: String,
    /// What the query returned in the database that requires.sql made.
    pub parts: Vec<String>,
}

/// A kind of objects that a tier changes in a whole schema.
#[derive(Clone, Debug)]
pub(super) struct Everywhere {
    /// Number of the tier on the page, from 0.
    pub tier: usize,
    /// The name of the schema.
    pub schema: String,
    /// `tables`, `views`, `sequences` or `functions`.
    pub kind: String,
    /// The objects of this kind in the database that requires.sql made.
    pub known: Vec<String>,
}

/// An existing table of which a tier destroys values that no rollback brings back.
#[derive(Clone, Debug)]
pub(super) struct LostRows {
    /// Number of the tier on the page, from 0.
    pub tier: usize,
    /// The name of the table.
    pub table: String,
    /// The query that compares the values with those of the build.
    pub question: String,
    /// True if the tier only changes or deletes rows of the table. False if it also drops the table, drops a column or changes a type.
    pub only_rows: bool,
}

/// What a tier or its rollback did.
#[derive(Debug, Default)]
pub(super) struct DerivedStep {
    /// Number of the tier on the page, from 0.
    pub tier: usize,
    /// Whether this is the rollback.
    pub back: bool,
    pub held: Held,
    /// The number of locks of every kind that it held at its end.
    pub locks: i64,
    /// The numbers of written rows by relation, from the server's counters.
    pub rows: BTreeMap<String, Delta>,
    /// Command tags of the DDL that it ran.
    pub commands: BTreeSet<String>,
    /// The tables that it created with `CREATE TABLE AS` or `SELECT INTO`, as `schema.name`.
    pub copied: BTreeSet<String>,
    /// The relations that it dropped, as `schema.name`.
    pub dropped: BTreeSet<String>,
    /// The content of the database at its end.
    pub state: DatabaseState,
}

/// What one run showed.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The content of the database after the prerequisite was loaded and the approval was inserted.
    pub before: DatabaseState,
    /// The tiers in order, then their rollbacks in reverse order.
    pub steps: Vec<DerivedStep>,
    /// The locks of each read-only statement: the checks, and the queries of the tiers' folders.
    pub held_by_queries: Vec<Held>,
    /// The columns of the prerequisite that the packet names. `None` if they could not be found out.
    pub used: Option<Columns>,
    /// The rights on functions, sequences and types that the role needs. `None` if they could not be found out.
    pub rights: Option<Vec<String>>,
    /// The keys of existing tables that the packet needs. `None` if the build does not know them, see `Runner::keys`.
    pub keys: Option<Vec<String>>,
    /// The triggers, rules, foreign keys and columns that act when the packet writes rows of existing tables.
    pub effects: Vec<String>,
    /// The privileges that the role does not have, as pairs of relation and privilege. The tiers ran without them.
    pub lacking: BTreeSet<(String, String)>,
    /// The checks, as the page writes them, that were met before the first tier.
    pub met: Vec<String>,
    /// The queries of new rules that the server can answer while no tier is applied, each with whether the answer is `none`.
    pub askable: BTreeMap<String, bool>,
    /// The views and tables of the packet that copy all columns of an existing table, as `SELECT *` does.
    pub stars: Vec<Star>,
    /// The new constraints for which the server chooses the name.
    pub automatic: MadeConstraints,
    /// The kinds of objects that the packet changes in a whole schema.
    pub everywhere: Vec<Everywhere>,
    /// The tables of which the packet destroys values that its rollbacks do not bring back.
    pub lost: Vec<LostRows>,
    /// The existing tables that the packet truncates.
    pub truncated: BTreeSet<String>,
    /// The number of locks if all tiers, or all rollbacks, run in one transaction. `None` if they cannot.
    pub whole: [Option<i64>; 2],
}

impl Seen {
    /// The content of the database before this tier or rollback.
    pub(super) fn before(&self, step: usize) -> &DatabaseState {
        step.checked_sub(1).map_or(&self.before, |earlier| &self.steps[earlier].state)
    }

    /// What cannot run in one transaction: `apply` for the tiers, `rollback` for their rollbacks.
    pub(super) fn apart(&self) -> Vec<String> {
        let both = ["apply", "rollback"].into_iter().zip(&self.whole);
        both.filter(|(_, locks)| locks.is_none()).map(|(command, _)| command.to_owned()).collect()
    }

    /// The packet's own objects.
    pub(super) fn packet(&self) -> form::Objects {
        let last = self.steps.iter().rfind(|step| !step.back);
        last.map(|step| step.state.packet(&self.before)).unwrap_or_default()
    }
}
