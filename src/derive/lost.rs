//! Finds out whether the rollbacks restore the values that the tiers destroy. A rollback may restore only the values of requires.sql, because its SQL
//! contains them. So the build gives the rows other values, and runs the tiers and the rollbacks. If the rollbacks do not restore the other values, the
//! production database must have the same values as requires.sql.

use super::DeriveError;
use super::destroyed::{Destroyed, Fate, Fates, destroyed};
use super::other_values::{one_row, other_values};
use super::rule_set::not_counted;
use super::run::Runner;
use super::runs::Runs;
use super::seen::{LostRows, Seen};
use super::sql::answered;
use super::state::DatabaseState;
use crate::packet::form::{Obstacle, Rule};
use crate::packet::name::{identifier, in_sql, literal};
use std::collections::{BTreeMap, BTreeSet};

/// The largest number of changed rows of a table that are compared. If there are more, none is.
const MOST_ROWS: usize = 200;

/// Why the changed rows of a live table are not compared.
const OWN_VALUES: &str = "the build saw the rollback bring back only the values of the build";

/// What happened to the changed values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found {
    /// The column took another value.
    tried: bool,
    /// The rollbacks did not bring the changed value back.
    lost: bool,
}

impl Runner<'_, '_> {
    /// Changes the values that the tiers destroy, runs all tiers and all rollbacks, and rolls everything back. Returns the tables whose changed values
    /// the rollbacks do not bring back. A dropped column also counts if its values could not be changed.
    pub(super) async fn lost(&self, seen: &Seen) -> Result<Vec<LostRows>, DeriveError> {
        let before = &seen.before;
        let mut all = destroyed(seen);
        for (table, destroyed) in &mut all {
            let volatile: Vec<&String> = self.texts.tiers.iter().flat_map(|tier| &tier.page.volatile).collect();
            destroyed.columns.retain(|column, _| !volatile.contains(&&format!("{table}.{column}")));
        }
        all.retain(|_, destroyed| !destroyed.columns.is_empty());
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let mut known = self.tried(before, &all).await?;
        if known.is_empty() {
            // The changed values of one column may make a tier fail. So each column is tried alone.
            for (table, destroyed) in &all {
                for (column, fate) in &destroyed.columns {
                    let columns = Fates::from([(column.clone(), *fate)]);
                    let one =
                        Destroyed { tier: destroyed.tier, whole: destroyed.whole, columns, ..Destroyed::default() };
                    known.extend(self.tried(before, &BTreeMap::from([(table.clone(), one)])).await?);
                }
            }
        }
        let mut lost = Vec::new();
        for (table, destroyed) in &all {
            // Nothing is known of a column if its changed values make a tier fail.
            let found = |column: &String| known.get(&(table.clone(), column.clone())).copied();
            // If no value of a column could be changed, it counts as lost, unless the other columns of the table are brought back.
            let is_kept =
                destroyed.columns.keys().any(|column| found(column) == Some(Found { tried: true, lost: false }));
            let is_lost = |column: &String, fate: Fate| {
                found(column).is_some_and(|found| found.lost || fate == Fate::Dropped && !found.tried && !is_kept)
            };
            let columns = destroyed.columns.iter().filter(|(column, fate)| is_lost(column, **fate));
            let columns = columns.map(|(column, fate)| (column.clone(), *fate));
            let (rows, shape): (Fates, Fates) = columns.partition(|(_, fate)| *fate == Fate::Rows);
            // If one column of a dropped table is lost, whole rows are compared.
            let shape = if destroyed.whole && !shape.is_empty() { destroyed.columns.clone() } else { shape };
            for columns in [shape, rows].into_iter().filter(|columns| !columns.is_empty()) {
                let (tier, whole, rows) = (destroyed.tier, destroyed.whole, destroyed.rows.clone());
                let some = Destroyed { tier, whole, columns, rows };
                let (table, only_rows) = (table.clone(), some.has_only_rows());
                // Many changed rows are not listed.
                if !(only_rows && some.rows.len() > MOST_ROWS) {
                    let question = self.question(before, &table, &some).await?;
                    lost.push(LostRows { tier, table, question, only_rows });
                }
            }
        }
        Ok(lost)
    }

    /// Gives these columns other values, runs all tiers and then all rollbacks, and looks whether the other values are there again. All of it happens in
    /// one transaction, which is rolled back. The result is empty if a statement fails.
    async fn tried(
        &self,
        before: &DatabaseState,
        all: &BTreeMap<String, Destroyed>,
    ) -> Result<BTreeMap<(String, String), Found>, DeriveError> {
        let (mut change, mut checked, mut questions) = (String::new(), Vec::new(), Vec::new());
        for (number, (table, destroyed)) in all.iter().enumerate() {
            let name = in_sql(table);
            let kept = |moment: &str| {
                let columns = compared(before, table, |column| destroyed.columns.contains_key(column));
                format!("CREATE TABLE oneroof_build.{moment}_{number} AS SELECT {columns} FROM {name} AS held;")
            };
            change += &[kept("first"), one_row(before, table), other_values(before, table, destroyed), kept("changed")]
                .concat();
            for column in destroyed.columns.keys() {
                let columns = compared(before, table, |name| name == column);
                let rows = |from: &str| format!("SELECT ROW({columns})::text FROM {from} AS held");
                let changed = rows(&format!("oneroof_build.changed_{number}"));
                checked.push((table.clone(), column.clone()));
                questions.push(format!(
                    "SELECT EXISTS ({changed} EXCEPT ALL {}) AS tried, EXISTS ({changed} EXCEPT ALL {}) AS lost",
                    rows(&format!("oneroof_build.first_{number}")),
                    rows(&name)
                ));
            }
        }
        let rows = self
            .after_change(&change, &self.there_and_back(), &questions.join(" UNION ALL "))
            .await?
            .unwrap_or_default();
        let found = rows.iter().map(|row| Found { tried: row.is_true("tried"), lost: row.is_true("lost") });
        Ok(checked.into_iter().zip(found).collect())
    }

    /// The query that compares the destroyed values of a table with those of the build. It reads one row more than the build had.
    async fn question(
        &self,
        before: &DatabaseState,
        table: &str,
        destroyed: &Destroyed,
    ) -> Result<String, DeriveError> {
        let values: Vec<String> =
            destroyed.columns.keys().map(|column| format!("held.{}", identifier(column))).collect();
        let filled = if destroyed.whole {
            String::new()
        } else if destroyed.has_only_rows() {
            format!(" AND {}", is_one_of(before, table, &destroyed.rows))
        } else {
            format!(" AND pg_catalog.num_nonnulls({}) > 0", values.join(", "))
        };
        let rows = before.rows.iter().filter(|(name, _)| *name == table || before.whole(name) == table);
        let rows = rows.map(|(_, rows)| rows.len());
        let most = rows.sum::<usize>() + 1;
        let columns = compared(before, table, |column| destroyed.columns.contains_key(column));
        let digest = format!(
            "SELECT pg_catalog.count(*)::text AS count, pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(coalesce(pg_catalog.string_agg(\
             row.words, ' ' ORDER BY row.words COLLATE \"C\"), ''), 'UTF8')), 'hex') AS digest \
             FROM (SELECT ROW({columns})::text AS words FROM (SELECT pg_catalog.set_config('TimeZone', 'UTC', true) OFFSET 0) AS pinned (zone) \
             CROSS JOIN {} AS held WHERE pinned.zone = 'UTC'{filled} LIMIT {most}) AS row",
            in_sql(table)
        );
        let pinned = format!(
            "BEGIN; SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'; \
             SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; {digest}; ROLLBACK"
        );
        let reply = answered(self.session.simple(&pinned).await?)?;
        let build = reply.rows(6).first().cloned().unwrap_or_default();
        let (count, known) = (build.text("count"), build.text("digest"));
        Ok(format!(
            "SELECT CASE WHEN now.count = '{count}' AND now.digest = '{known}' THEN 'none' ELSE 'rows with values that are not those of the \
             build' END FROM ({digest}) AS now"
        ))
    }
}

impl Runs<'_, '_> {
    /// Makes one rule for each table of which this tier destroys values that its rollback does not bring back.
    pub(super) fn lost_rules(&self, tier: usize) -> Vec<Rule> {
        let lost = self.seen[0].lost.iter().filter(|lost| lost.tier == tier);
        let rule = |lost: &LostRows| {
            // A live table may have any rows, so they cannot be compared with those of the build.
            let is_live = lost.only_rows && self.is_live(tier, &lost.table);
            Rule {
                table: lost.table.clone(),
                name: if lost.only_rows { "changed_rows" } else { "values" }.to_owned(),
                question: if is_live { not_counted(OWN_VALUES) } else { lost.question.clone() },
                certain: !is_live,
                obstacle: Some(Obstacle::Lost),
            }
        };
        lost.map(rule).collect()
    }
}

/// The condition that the row `held` has one of these primary keys.
fn is_one_of(before: &DatabaseState, table: &str, rows: &BTreeSet<Vec<String>>) -> String {
    let key = before.keys.get(table).and_then(|keys| keys.first());
    let columns = before.columns_of(table).filter(|column| key.is_some_and(|key| key.contains(&column.name)));
    let columns: Vec<String> = columns.map(|column| format!("held.{}::text", identifier(&column.name))).collect();
    let row =
        |row: &Vec<String>| format!("({})", row.iter().map(|value| literal(value)).collect::<Vec<_>>().join(", "));
    format!("({}) IN ({})", columns.join(", "), rows.iter().map(row).collect::<Vec<_>>().join(", "))
}

/// The columns of the primary key and the `chosen` columns, separated by commas. `held` stands for the table.
fn compared(before: &DatabaseState, table: &str, chosen: impl Fn(&str) -> bool) -> String {
    let key = before.keys.get(table).and_then(|keys| keys.first());
    let columns = before.columns_of(table).map(|column| &column.name);
    let columns = columns.filter(|name| chosen(name) || key.is_some_and(|key| key.contains(name)));
    columns.map(|name| format!("held.{}", identifier(name))).collect::<Vec<_>>().join(", ")
}
