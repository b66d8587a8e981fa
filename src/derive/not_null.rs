//! Finds the columns that lose NOT NULL. From PostgreSQL 18 on, NOT NULL is a constraint, and it may have a name of its own. A rollback that sets NOT
//! NULL again does not bring this name back.

use super::runs::Runs;
use super::state::DatabaseState;
use crate::packet::form::{Obstacle, Rule};
use crate::packet::name::{in_sql, literal};
use std::collections::BTreeSet;

impl Runs<'_, '_> {
    /// Makes one rule for each existing table in which this tier removes NOT NULL from a column. The rule says that the constraint has the name that the
    /// server would choose.
    pub(super) fn not_null_rules(&self, tier: usize) -> Vec<Rule> {
        let first = &self.seen[0].before;
        let (before, step) = self.step(0, tier, false);
        let tables = first.relations().filter(|table| table.kind == "table" && first.whole(&table.name) == table.name);
        let rule = |oid: &str, name: &str| {
            let lost = &not_null(before, oid) - &not_null(&step.state, oid);
            let columns = first.columns_of(name).filter(|column| lost.contains(&column.number));
            let columns: Vec<String> = columns.map(|column| literal(&column.name)).collect();
            (!columns.is_empty()).then(|| not_null_rule(name, &columns))
        };
        tables.filter_map(|table| rule(&table.oid, &table.name)).collect()
    }
}

/// The numbers of the columns of a table that are NOT NULL.
fn not_null(state: &DatabaseState, oid: &str) -> BTreeSet<i64> {
    let Some(table) = state.relation_of(oid) else { return BTreeSet::new() };
    let parts = state.shapes.get(&table.name);
    let part = |name: &str| format!("NOT~NULL.{}", name.replace([' ', ':', '/'], "~"));
    let has = |name: &str| parts.is_some_and(|parts| parts.contains_key(&part(name)));
    state.columns_of(&table.name).filter(|column| has(&column.name)).map(|column| column.number).collect()
}

fn not_null_rule(table: &str, columns: &[String]) -> Rule {
    Rule {
        table: table.to_owned(),
        name: "not_null".to_owned(),
        question: format!(
            "SELECT coalesce(pg_catalog.string_agg(k.conname, ', ' ORDER BY k.conname), 'none') FROM pg_catalog.pg_constraint AS k \
             JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid \
             JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] \
             CROSS JOIN LATERAL pg_catalog.format('%s_%s_not_null', c.relname, a.attname) AS chosen (name) \
             WHERE k.contype = 'n' AND k.conrelid = pg_catalog.to_regclass({}) AND a.attname = ANY (ARRAY[{}]::name[]) \
             AND k.conname <> chosen.name AND pg_catalog.octet_length(chosen.name) < 64",
            literal(&in_sql(table)),
            columns.join(", ")
        ),
        certain: false,
        obstacle: Some(Obstacle::NotNull),
    }
}
