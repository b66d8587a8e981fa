//! What the database does with the rows that a packet writes in existing tables. Triggers, rules and foreign keys can change these rows or
//! others. Constraints, types and columns without a default can refuse them. The build lists all of these in the prerequisite, and preflight
//! compares the list with the target.

use super::DeriveError;
use super::run::Runner;
use super::runs::Runs;
use super::seen::Seen;
use super::sql::answered;
use super::written;
use crate::packet::form;
use std::collections::{BTreeMap, BTreeSet};

impl Seen {
    /// What the tiers and their rollbacks do with the rows of existing tables, such as `insert delete public.setting`. A table that a tier renames
    /// has its former name.
    pub(super) fn writes(&self) -> Vec<String> {
        let mut does: BTreeMap<&str, BTreeSet<(u8, &str)>> = BTreeMap::new();
        let rows = self.steps.iter().flat_map(|step| {
            step.rows.iter().map(|(table, delta)| (step.state.former_name(&self.before, table), delta))
        });
        for (table, delta) in rows.filter(|(table, _)| self.before.rows.contains_key(*table)) {
            let kinds =
                [(delta.inserted, (1, "insert")), (delta.updated, (2, "update")), (delta.deleted, (3, "delete"))];
            does.entry(table).or_default().extend(kinds.iter().filter(|(count, _)| *count > 0).map(|(_, kind)| *kind));
        }
        let words = |kinds: &BTreeSet<(u8, &str)>| kinds.iter().map(|(_, kind)| format!("{kind} ")).collect::<String>();
        does.iter().map(|(table, kinds)| format!("{}{table}", words(kinds))).collect()
    }
}

impl Runner<'_, '_> {
    /// Asks the server for the effects and the constraints on the rows that `writes` lists, in the prerequisite.
    pub(super) async fn effects(&self, writes: &[String]) -> Result<Vec<String>, DeriveError> {
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        let question = format!(
            "BEGIN; SET LOCAL search_path = pg_catalog, pg_temp; {} SELECT effect.words FROM effect; {} SELECT limiting.words FROM limiting; ROLLBACK",
            form::effects(writes, &[]),
            form::constraints(writes, &[])
        );
        let reply = answered(self.session.simple(&question).await?)?;
        Ok([2, 3].iter().flat_map(|place| reply.rows(*place)).map(|row| row.text("words").to_owned()).collect())
    }
}

impl Runs<'_, '_> {
    /// The known effects: those that the server found, and each column that gets a value in every inserted row, because it may be NOT NULL in
    /// another database.
    pub(super) fn effects(&self) -> Vec<String> {
        let seen = self.seen[0];
        let mut effects: BTreeSet<String> = seen.effects.iter().cloned().collect();
        let steps = seen.steps.iter().enumerate().map(|(place, step)| (seen.before(place), step));
        let mut given: BTreeMap<String, bool> = BTreeMap::new();
        for (before, step) in steps {
            let tables = step.rows.iter().filter(|(_, delta)| delta.inserted > 0);
            let tables = tables.map(|(table, _)| (table, step.state.former_name(&seen.before, table)));
            for (table, former) in tables.filter(|(_, former)| seen.before.rows.contains_key(*former)) {
                let lines = written::inserted(before, &step.state, table);
                for (place, column) in step.state.columns_of(table).enumerate() {
                    let always = lines.iter().all(|line| line.values.get(place).is_some_and(Option::is_some));
                    *given.entry(format!("column {} of {former}", column.name)).or_insert(true) &=
                        always && !column.filled;
                }
            }
        }
        effects.extend(given.into_iter().filter(|(_, always)| *always).map(|(words, _)| words));
        effects.into_iter().collect()
    }
}
