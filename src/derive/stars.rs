//! Finds out which views and tables of a packet copy all columns of an existing table. `SELECT *` and `LIKE` make such relations. On a target where
//! the table has other columns, the tier would make another view or table than people signed.

use super::DeriveError;
use super::rolled_back::Variation;
use super::rules::in_one_line;
use super::run::Runner;
use super::runs::Runs;
use super::seen::Star;
use super::sql::answered;
use super::state::DatabaseState;
use crate::packet::form::{Obstacle, Rule};
use crate::packet::name::{in_sql, literal};
use crate::pg::session::Row;

/// The beginning of the name of a column that the build adds to each table for a moment. A number follows it.
const MORE: &str = "oneroof_more_";

/// The tables that get one more column. A partition gets it from its table.
fn tables(before: &DatabaseState) -> Vec<&String> {
    before.rows.keys().filter(|table| before.whole(table) == table.as_str()).collect()
}

/// The variation with one more column in each existing table. It asks which views and tables have such a column. `None` if there is no table.
pub(super) fn more_columns(before: &DatabaseState) -> Option<Variation> {
    let add = |(number, table): (usize, &String)| {
        let (table, more) = (in_sql(table), format!("{MORE}{number}"));
        format!(
            "ALTER TABLE {table} ADD COLUMN {more} text DEFAULT 'x' CONSTRAINT {more} CHECK ({more} <> ''); \
             CREATE INDEX {more} ON {table} ({more}); COMMENT ON COLUMN {table}.{more} IS 'x';"
        )
    };
    let change: String = tables(before).into_iter().enumerate().map(add).collect();
    let after_up = include_str!("questions/stars.sql").to_owned();
    (!change.is_empty()).then_some(Variation { change, after_up, after_down: None })
}

impl Runner<'_, '_> {
    /// Returns each view and table of the packet that had one of the added columns, from the answer of the server.
    pub(super) async fn stars(&self, before: &DatabaseState, rows: &[Row]) -> Result<Vec<Star>, DeriveError> {
        let tables = tables(before);
        // The existing tables have the column too. A tier may have renamed them, so they are recognised by their oid.
        let is_table =
            |row: &&Row| before.relation_of(row.text("oid")).is_some_and(|known| before.rows.contains_key(&known.name));
        let star = |row: &Row| {
            let table = row.number("number").and_then(|number| tables.get(usize::try_from(number).ok()?))?;
            Some(Star {
                relation: row.text("relation").to_owned(),
                table: (*table).clone(),
                question: taken(table, row.text("takes")),
                parts: Vec::new(),
            })
        };
        let mut found: Vec<Star> = rows.iter().filter(|row| !is_table(row)).filter_map(star).collect();
        for star in &mut found {
            let question = format!("BEGIN; SET LOCAL search_path = pg_catalog, pg_temp; {}; ROLLBACK", star.question);
            let reply = answered(self.session.simple(&question).await?)?;
            star.parts = reply.rows(2).iter().filter_map(|row| row.first().map(str::to_owned)).collect();
        }
        Ok(found)
    }
}

impl Runs<'_, '_> {
    /// Makes one rule for each relation that copies all columns of an existing table: what it copies must be the same on the target as in the
    /// build. Partitions and inheritance children are not among these relations.
    pub(super) fn star_rules(&self, tier: usize) -> Vec<Rule> {
        let (before, step) = self.step(0, tier, false);
        let is_made = |relation: &String| {
            !step.copied.contains(relation) && before.shapes.get(relation) != step.state.shapes.get(relation)
        };
        let made = self.seen[0].stars.iter().filter(|star| is_made(&star.relation));
        made.map(|star| {
            let (name, parts) = (&star.relation, star.parts.iter().map(|part| literal(part)).collect::<Vec<_>>());
            Rule {
                table: star.table.clone(),
                name: format!("{}.columns", name.split_once('.').map_or(name.as_str(), |(_, name)| name)),
                question: format!(
                    "WITH part (words) AS ({}), known (words) AS (SELECT pg_catalog.unnest(ARRAY[{}]::text[])) \
                     SELECT coalesce(pg_catalog.string_agg(other.words, ', ' ORDER BY other.words COLLATE \"C\"), 'none') \
                     FROM (SELECT part.words FROM part WHERE part.words NOT IN (SELECT known.words FROM known) \
                     UNION ALL SELECT 'no ' || known.words FROM known WHERE known.words NOT IN (SELECT part.words FROM part)) AS other",
                    star.question,
                    parts.join(", ")
                ),
                certain: true,
                obstacle: Some(Obstacle::Columns),
            }
        })
        .collect()
    }
}

/// Returns the query for those parts of `table` that a new relation copies, such as defaults. `kinds` names the kinds of parts, with blanks between
/// them. It is the value of the column `takes` in the answer to `stars.sql`.
fn taken(table: &str, kinds: &str) -> String {
    let taken = format!(
        "WITH taken (oid, kinds) AS (SELECT pg_catalog.to_regclass({})::oid, pg_catalog.string_to_array({}, ' ')) ",
        literal(&in_sql(table)),
        literal(kinds)
    );
    taken + &in_one_line(include_str!("questions/taken.sql"))
}
