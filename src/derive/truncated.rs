//! Finds out which existing tables a packet truncates. The server refuses TRUNCATE while another table refers to the table, even if that one is
//! empty. Triggers on DELETE do not run for TRUNCATE, but triggers on TRUNCATE do.

use super::rolled_back::Variation;
use super::runs::Runs;
use super::seen::{DerivedStep, Seen};
use super::state::DatabaseState;
use crate::packet::form::{Obstacle, Rule};
use crate::packet::name::{in_sql, literal};
use crate::pg::session::Row;
use std::collections::BTreeSet;

/// The lock of TRUNCATE.
const EXCLUSIVE: &str = "AccessExclusiveLock";

/// A trigger function that notes the oid of the table in a setting.
const NOTE: &str = "\
CREATE FUNCTION oneroof_build.note_truncate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    PERFORM pg_catalog.set_config('oneroof_build.truncated',
        coalesce(pg_catalog.current_setting('oneroof_build.truncated', true), '') || tg_relid || ' ', true);
    RETURN NULL;
END
$body$;";

/// The query for the noted oids.
const NOTED: &str = "SELECT pg_catalog.unnest(pg_catalog.string_to_array(pg_catalog.rtrim(
    pg_catalog.current_setting('oneroof_build.truncated', true)), ' ')) AS oid";

/// The variation with a trigger on each existing table. It asks which tables were truncated. `None` if no tier takes the lock of TRUNCATE, or if the rollbacks
/// cannot run in one transaction.
pub(super) fn triggers(seen: &Seen) -> Option<Variation> {
    let tables: Vec<&String> = seen.before.rows.keys().collect();
    let locked = |step: &DerivedStep| step.held.values().any(|modes| modes.contains(EXCLUSIVE));
    if seen.whole.contains(&None) || tables.is_empty() || !seen.steps.iter().any(locked) {
        return None;
    }
    let watch = |table: &&String| {
        let table = in_sql(table);
        format!(
            "CREATE TRIGGER oneroof_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT \
             EXECUTE FUNCTION oneroof_build.note_truncate();"
        )
    };
    let change = NOTE.to_owned() + &tables.iter().map(watch).collect::<String>();
    Some(Variation { change, after_up: NOTED.to_owned(), after_down: Some(NOTED.to_owned()) })
}

/// The tables that were truncated, from the noted oids.
pub(super) fn truncated_by(before: &DatabaseState, noted: &[Row]) -> BTreeSet<String> {
    let tables = noted.iter().filter_map(|row| before.relation_of(row.text("oid")));
    tables.map(|table| before.whole(&table.name).to_owned()).collect()
}

impl Runs<'_, '_> {
    /// Makes one rule for each existing table that the packet truncates: nothing is in the way of TRUNCATE, except what was there in the build. The
    /// rule belongs to the first tier that locks the table as TRUNCATE does, itself or in its rollback.
    pub(super) fn truncate_rules(&self, tier: usize) -> Vec<Rule> {
        let seen = self.seen[0];
        let locks = |table: &str, of: usize| {
            let steps = seen.steps.iter().enumerate().filter(|(_, step)| step.tier == of);
            steps.into_iter().any(|(place, step)| {
                let before = seen.before(place);
                let held = step.held.iter().filter(|(_, modes)| modes.contains(EXCLUSIVE));
                held.into_iter().any(|(name, _)| before.former_name(&seen.before, before.whole(name)) == table)
            })
        };
        let is_first = |table: &&String| locks(table, tier) && !(0..tier).any(|earlier| locks(table, earlier));
        seen.truncated.iter().filter(is_first).map(|table| self.truncate_rule(table)).collect()
    }

    fn truncate_rule(&self, table: &str) -> Rule {
        let parts = self.seen[0].before.shapes.get(table).into_iter().flatten();
        let triggers = parts.filter_map(|(part, _)| part.strip_prefix("trigger.")).map(literal);
        Rule {
            table: table.to_owned(),
            name: "truncate".to_owned(),
            question: format!(
                "SELECT coalesce(pg_catalog.string_agg(found.words, ', ' ORDER BY found.words), 'none') FROM (\
                 SELECT pg_catalog.format('foreign key %s of %s', k.conname, k.conrelid::pg_catalog.regclass) FROM pg_catalog.pg_constraint AS k \
                 WHERE k.contype = 'f' AND k.confrelid = pg_catalog.to_regclass({table}) AND k.conrelid <> k.confrelid AND k.conparentid = 0 \
                 AND {} UNION ALL SELECT pg_catalog.format('trigger %s', t.tgname) FROM pg_catalog.pg_trigger AS t \
                 WHERE t.tgrelid = pg_catalog.to_regclass({table}) AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') \
                 AND t.tgtype & 32 <> 0 AND pg_catalog.translate(t.tgname, ' :/', '~~~') <> ALL (ARRAY[{}]::text[])) AS found (words)",
                self.is_unknown_key(table),
                triggers.collect::<Vec<_>>().join(", "),
                table = literal(&in_sql(table)),
            ),
            certain: true,
            obstacle: Some(Obstacle::Truncate),
        }
    }
}
