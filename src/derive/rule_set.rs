//! The rules of all tables at one moment: NOT NULL, CHECK, unique keys and foreign keys.

use crate::pg::session::Row;
use std::collections::{BTreeMap, BTreeSet};

/// A rule of a table, as the server's catalog holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownRule {
    /// The table that a foreign key references. For another rule, its own table.
    pub other: String,
    /// The columns that the rule depends on, each with its place, type and collation.
    pub fields: Vec<String>,
    /// The query for the rows that break the rule. It returns `none`, or how many there are.
    pub question: String,
}

/// The rules of all tables, by table and name, and the columns of all tables.
#[derive(Clone, Debug, Default)]
pub(super) struct RuleSet {
    known: BTreeMap<(String, String), KnownRule>,
    fields: BTreeSet<String>,
}

impl RuleSet {
    /// Adds a row of the query `rules.sql`.
    pub(super) fn add(&mut self, row: &Row) {
        let text = |column: &str| row.text(column).to_owned();
        let fields: Vec<String> = row.text("fields").split('\n').map(str::to_owned).collect();
        if row.text("kind") == "field" {
            self.fields.extend(fields);
        } else {
            let known = KnownRule { other: text("other"), fields, question: text("question") };
            self.known.insert((text("relation"), text("name")), known);
        }
    }

    /// The rules that did not exist in `before`. Every column that they depend on exists in `first`, with the same type.
    pub(super) fn since<'r>(
        &'r self,
        before: &'r Self,
        first: &'r Self,
    ) -> impl Iterator<Item = (&'r (String, String), &'r KnownRule)> {
        let is_new = |(name, rule): &(&(String, String), &KnownRule)| before.known.get(*name) != Some(*rule);
        let is_old =
            |(_, rule): &(&(String, String), &KnownRule)| rule.fields.iter().all(|field| first.fields.contains(field));
        self.known.iter().filter(is_new).filter(is_old)
    }
}
