//! Finds out which views of a packet have all columns of an existing table, whatever these are. `SELECT *` makes such a view. On a target where
//! the table has other columns, the view would not be the one that people signed.

use super::DeriveError;
use super::run::Runner;
use super::runs::Runs;
use super::seen::Seen;
use super::sql::{answered, run};
use super::text::Text;
use crate::packet::form::Rule;
use crate::packet::name::{in_sql, literal};
use crate::pg::session::Row;
use std::collections::BTreeSet;

/// The beginning of the name of a column that the build adds to each table for a moment. A number follows it.
const MORE: &str = "oneroof_more_";

/// The query for the relations that have such a column. The number follows the 13 characters of [`MORE`].
const HAVE_MORE: &str = "\
SELECT c.oid::text AS oid, n.nspname || '.' || c.relname AS relation, pg_catalog.substr(a.attname, 14) AS number
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm')
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE pg_catalog.starts_with(a.attname, 'oneroof_more_') AND NOT a.attisdropped";

impl Runner<'_, '_> {
    /// Opens a transaction, adds one column to each existing table, and runs all tiers. Then returns each view and table of the packet that has
    /// such a column, together with the existing table that the column belongs to. The transaction is rolled back. The result is empty if a
    /// statement fails, because then nobody knows which views take all columns.
    pub(super) async fn stars(&self, seen: &Seen) -> Result<BTreeSet<(String, String)>, DeriveError> {
        let before = &seen.before;
        let tables: Vec<&String> = before.rows.keys().filter(|table| before.whole(table) == table.as_str()).collect();
        if seen.whole[0].is_none() || tables.is_empty() {
            return Ok(BTreeSet::new());
        }
        let add = |(number, table): (usize, &&String)| {
            format!("ALTER TABLE {} ADD COLUMN {MORE}{number} text;", in_sql(table))
        };
        let add: String = tables.iter().enumerate().map(add).collect();
        let sequences = self.look().await?.sequences;
        answered(self.session.simple("BEGIN").await?)?;
        let mut found = BTreeSet::new();
        let up: Vec<&Text> = self.texts.tiers.iter().map(|tier| &tier.up).collect();
        if self.session.simple(&add).await?.error.is_none()
            && run(&self.session, &self.message(&up).0, &up).await.is_ok()
        {
            let reply = answered(self.session.simple(HAVE_MORE).await?)?;
            // The existing tables have the column too. A tier may have renamed them, so they are recognised by their oid.
            let is_table = |row: &&Row| {
                before.relation_of(row.text("oid")).is_some_and(|known| before.rows.contains_key(&known.name))
            };
            for row in reply.rows(0).iter().filter(|row| !is_table(row)) {
                let table = row.number("number").and_then(|number| tables.get(usize::try_from(number).ok()?));
                found.extend(table.map(|table| (row.text("relation").to_owned(), (*table).clone())));
            }
        }
        self.roll_back(&sequences).await?;
        Ok(found)
    }
}

impl Runs<'_, '_> {
    /// For each view that takes all columns of a table: the rule that this table has the same columns on the target as in the build.
    pub(super) fn star_rules(&self, tier: usize) -> Vec<Rule> {
        let (before, step) = self.step(0, tier, false);
        let first = &self.seen[0].before;
        let is_made = |relation: &String| {
            !step.copied.contains(relation) && before.shapes.get(relation) != step.state.shapes.get(relation)
        };
        let made = self.seen[0].stars.iter().filter(|(relation, _)| is_made(relation));
        made.map(|(relation, table)| {
            let columns: Vec<&str> = first.columns_of(table).map(|column| column.name.as_str()).collect();
            Rule {
                table: table.clone(),
                name: format!("{}.columns", relation.split_once('.').map_or(relation.as_str(), |(_, name)| name)),
                question: format!(
                    "SELECT coalesce(nullif('the columns ' || pg_catalog.string_agg(a.attname, ', ' ORDER BY a.attnum), {}), 'none') \
                     FROM pg_catalog.pg_attribute AS a \
                     WHERE a.attrelid = pg_catalog.to_regclass({}) AND a.attnum > 0 AND NOT a.attisdropped",
                    literal(&format!("the columns {}", columns.join(", "))),
                    literal(&in_sql(table))
                ),
                certain: true,
                obstacle: true,
            }
        })
        .collect()
    }
}
