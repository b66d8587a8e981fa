//! Finds the columns and CHECK constraints that a tier adds to existing tables. The server adds them to the tables that inherit from these tables as
//! well, and such a table may have something of this name already.

use super::runs::Runs;
use super::state::{DatabaseState, Object};
use crate::packet::form::{Obstacle, Rule};
use crate::packet::name::{in_sql, literal};
use std::collections::BTreeSet;

impl Runs<'_, '_> {
    /// Makes one rule for each existing table to which this tier adds a column or a constraint, or in which it renames one. The rule says that no
    /// table that inherits from it has a column or a CHECK constraint with one of these names.
    pub(super) fn inherited_rules(&self, tier: usize) -> Vec<Rule> {
        let (before, step) = self.step(0, tier, false);
        let first = &self.seen[0].before;
        // Partitions have the columns of their table, and no others.
        let is_plain = |table: &&Object| table.kind == "table" && first.whole(&table.name) == table.name;
        let rule = |table: &Object| {
            let new = |names: fn(&DatabaseState, &str) -> BTreeSet<String>| -> Vec<String> {
                let new = &names(&step.state, &table.oid) - &names(before, &table.oid);
                new.iter().map(|name| literal(name)).collect()
            };
            let (columns, constraints) = (new(columns), new(constraints));
            // If the build has an inheriting table too, the build tried the tier with it.
            let was_tried = first.parents.values().any(|parent| *parent == table.name);
            (!was_tried && (!columns.is_empty() || !constraints.is_empty()))
                .then(|| inherited_rule(&table.name, &columns, &constraints))
        };
        first.relations().filter(is_plain).filter_map(rule).collect()
    }
}

/// The names of a table's columns.
fn columns(state: &DatabaseState, oid: &str) -> BTreeSet<String> {
    let table = state.relation_of(oid).into_iter();
    table.flat_map(|table| state.columns_of(&table.name)).map(|column| column.name.clone()).collect()
}

/// The names of a table's constraints.
fn constraints(state: &DatabaseState, oid: &str) -> BTreeSet<String> {
    let parts = state.relation_of(oid).and_then(|table| state.shapes.get(&table.name));
    let names = parts.into_iter().flat_map(|parts| parts.keys());
    names.filter_map(|part| part.strip_prefix("constraint.")).map(str::to_owned).collect()
}

fn inherited_rule(table: &str, columns: &[String], constraints: &[String]) -> Rule {
    Rule {
        table: table.to_owned(),
        name: "inherited".to_owned(),
        question: format!(
            "WITH RECURSIVE child (oid) AS (SELECT h.inhrelid FROM pg_catalog.pg_inherits AS h WHERE h.inhparent = pg_catalog.to_regclass({}) \
             UNION SELECT h.inhrelid FROM pg_catalog.pg_inherits AS h JOIN child ON child.oid = h.inhparent) \
             SELECT coalesce(pg_catalog.string_agg(pg_catalog.format('%s %I of %s', has.kind, has.name, child.oid::pg_catalog.regclass), ', ' \
             ORDER BY child.oid::pg_catalog.regclass::text COLLATE \"C\", has.name), 'none') FROM child CROSS JOIN LATERAL (\
             SELECT 'column', a.attname FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = child.oid AND a.attname = ANY (ARRAY[{}]::name[]) \
             UNION ALL SELECT 'constraint', k.conname FROM pg_catalog.pg_constraint AS k \
             WHERE k.conrelid = child.oid AND k.contype = 'c' AND k.conname = ANY (ARRAY[{}]::name[])) AS has (kind, name)",
            literal(&in_sql(table)),
            columns.join(", "),
            constraints.join(", ")
        ),
        certain: true,
        obstacle: Some(Obstacle::Inherited),
    }
}
