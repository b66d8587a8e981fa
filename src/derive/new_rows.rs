//! Rules about the rows that a tier writes. No row of an existing table may have their values in a unique key. The rows of existing tables that they
//! refer to must be there. The types of the columns must print the values as in the build.

use super::runs::Runs;
use super::state::{DatabaseState, StoredRow};
use super::written::{self, Volatile};
use crate::packet::form::{Obstacle, Rule};
use crate::packet::name::{identifier, in_sql, literal};
use crate::packet::page::Delta;
use std::collections::BTreeSet;

/// The largest number of new rows whose values are written into a rule.
const MOST: usize = 1000;

impl Runs<'_, '_> {
    /// Makes one rule for each unique key of an existing table into which the tier inserts rows: no row of the target may have the values of a new
    /// row in this key. The first key is left out, because the state of the tier finds the new rows by it.
    pub(super) fn taken_rules(&self, tier: usize, left_out: &Volatile) -> Vec<Rule> {
        let (before, step) = self.step(0, tier, false);
        let first = &self.seen[0].before;
        let existing = self.filled(tier).into_iter().filter(|table| first.rows.contains_key(*table));
        let mut rules = Vec::new();
        for table in existing {
            let lines = written::inserted(before, &step.state, table);
            let is_given = |name: &String| {
                let column = step.state.columns_of(table).find(|column| column.name == *name);
                column.is_some_and(|column| !column.filled)
                    && !left_out.get(table).is_some_and(|left_out| left_out.contains(name))
            };
            let compared = written::key(&step.state, left_out, table);
            let keys = before.keys.get(table).into_iter().flatten();
            let keys = keys.filter(|key| **key != compared && key.iter().all(is_given) && lines.len() <= MOST);
            let writes = self.seen[0].steps.iter().filter(|step| !step.back && step.tier <= tier);
            let is_kept = writes.filter_map(|step| step.rows.get(table)).all(|rows| rows.updated + rows.deleted == 0);
            rules.extend(keys.map(|key| Rule {
                table: table.clone(),
                name: format!("{}.taken", key.join("_")),
                question: taken_question(table, key, &values(&step.state, table, lines.iter().copied(), key)),
                certain: is_kept,
                obstacle: Some(Obstacle::Taken),
            }));
        }
        rules
    }

    /// Makes one rule for each foreign key that leads from the tier's new rows to an existing table: the rows that they refer to must be there. Rows
    /// that the release itself inserts are left out.
    pub(super) fn needed_rules(&self, tier: usize) -> Vec<Rule> {
        let (before, step) = self.step(0, tier, false);
        let first = &self.seen[0].before;
        let filled = self.filled(tier);
        let keys = step.state.pairs.iter();
        let keys = keys.filter(|((from, other, _), _)| filled.contains(&from) && first.rows.contains_key(other));
        let rules = keys.filter_map(|((from, other, name), pairs)| {
            let (mine, theirs): (Vec<String>, Vec<String>) = pairs.iter().cloned().unzip();
            let known = values(first, other, &first.rows[other], &theirs);
            let lines = written::inserted(before, &step.state, from);
            let wanted = values(&step.state, from, lines, &mine).intersection(&known).cloned().collect::<BTreeSet<_>>();
            (!wanted.is_empty() && wanted.len() <= MOST).then(|| Rule {
                table: other.clone(),
                name: format!("{name}.needed"),
                question: missing_question(other, &theirs, &wanted),
                certain: self.keeps_rows(tier, other),
                obstacle: Some(Obstacle::Needed),
            })
        });
        rules.collect()
    }

    /// Makes one rule for each existing table that the tier writes: the types of its columns must print the new values as in the build. A json
    /// column must have the type of the build in any case, because json and jsonb have different operators.
    pub(super) fn type_rules(&self, tier: usize, left_out: &Volatile) -> Vec<Rule> {
        let (_, step) = self.step(0, tier, false);
        let first = &self.seen[0].before;
        let written = step.rows.iter().filter(|(table, delta)| {
            first.rows.contains_key(*table)
                && delta.inserted + delta.updated > 0
                && first.whole(table) == table.as_str()
        });
        let rule = |(table, delta): (&String, &Delta)| {
            let is_compared = |name: &str| {
                delta.inserted > 0
                    && !self.is_live(tier, table)
                    && self.texts.tiers[tier].state.is_none()
                    && !left_out.get(table).is_some_and(|left_out| left_out.contains(name))
            };
            let columns = first.columns_of(table).filter(|column| self.is_used(table, &column.name));
            let conditions: Vec<String> = columns
                .filter(|column| is_compared(&column.name) || column.category == "json")
                .filter_map(|column| {
                    let condition = printed_alike(first.rules.type_of(table, &column.name)?)?;
                    Some(format!("WHEN {} THEN NOT ({condition})", literal(&column.name)))
                })
                .collect();
            (!conditions.is_empty()).then(|| Rule {
                table: table.clone(),
                name: "types".to_owned(),
                question: format!(
                    "SELECT coalesce(pg_catalog.string_agg(pg_catalog.concat(a.attname, ' ', pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' \
                     ORDER BY a.attnum), 'none') FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = pg_catalog.to_regclass({}) \
                     AND CASE a.attname {} ELSE false END",
                    literal(&in_sql(table)),
                    conditions.join(" ")
                ),
                certain: true,
                obstacle: Some(Obstacle::Type),
            })
        };
        written.filter_map(rule).collect()
    }
}

/// Returns the values of these columns for each row of a table. A row with NULL in one of these columns is left out.
fn values<'l>(
    state: &DatabaseState,
    table: &str,
    lines: impl IntoIterator<Item = &'l StoredRow>,
    columns: &[String],
) -> BTreeSet<Vec<&'l String>> {
    let places = written::places(state, table, columns);
    let of_line = |line| written::values(line, &places).into_iter().map(Option::as_ref).collect();
    lines.into_iter().filter_map(of_line).collect()
}

/// The rows as SQL, such as `('a', 'b'), ('c', 'd')`.
fn listed(rows: &BTreeSet<Vec<&String>>) -> String {
    let row = |values: &Vec<&String>| values.iter().map(|value| literal(value)).collect::<Vec<_>>().join(", ");
    rows.iter().map(|values| format!("({})", row(values))).collect::<Vec<_>>().join(", ")
}

/// The query for the values that no row of the table has in these columns.
fn missing_question(table: &str, columns: &[String], wanted: &BTreeSet<Vec<&String>>) -> String {
    let places: Vec<String> = (1..=columns.len()).map(|place| format!("value_{place}")).collect();
    let list = places.iter().map(|place| format!("wanted.{place}")).collect::<Vec<_>>().join(", ");
    let equal = columns.iter().zip(&places);
    let equal = equal.map(|(name, place)| format!("held.{}::text = wanted.{place}", identifier(name)));
    format!(
        "SELECT coalesce('no ' || pg_catalog.string_agg(pg_catalog.concat_ws(', ', {list}), '; ' ORDER BY {list}), 'none') \
         FROM (VALUES {}) AS wanted ({}) WHERE NOT EXISTS (SELECT FROM {} AS held WHERE {})",
        listed(wanted),
        places.join(", "),
        in_sql(table),
        equal.collect::<Vec<_>>().join(" AND "),
    )
}

/// The query that counts the rows of the table with one of these values in these columns.
fn taken_question(table: &str, columns: &[String], values: &BTreeSet<Vec<&String>>) -> String {
    let held: Vec<String> = columns.iter().map(|name| format!("held.{}::text", identifier(name))).collect();
    format!(
        "SELECT CASE pg_catalog.count(*) WHEN 0 THEN 'none' ELSE 'rows with ({}) of a new row: ' || pg_catalog.count(*)::text END \
         FROM {} AS held WHERE ({}) IN ({})",
        columns.join(", "),
        in_sql(table),
        held.join(", "),
        listed(values)
    )
}

/// An SQL condition for the row `a` of `pg_attribute`: the column prints each value in the same way as the type `name`. `None` for types that are
/// not compared.
fn printed_alike(name: &str) -> Option<String> {
    const EXACT: [&str; 7] = [
        "json",
        "jsonb",
        "date",
        "timestamp without time zone",
        "timestamp with time zone",
        "time without time zone",
        "time with time zone",
    ];
    const SCALE: &str = "CASE WHEN a.atttypid = 'numeric'::pg_catalog.regtype AND a.atttypmod >= 4 THEN (a.atttypmod - 4) & 2047 ELSE 0 END";
    let digits = |name: &str| name.strip_suffix(')')?.rsplit_once(['(', ',']).map(|(_, number)| number.to_owned());
    let (bare, precision) = (name.split('(').next().unwrap_or_default(), digits(name));
    match bare {
        "json" | "jsonb" => Some(format!("a.atttypid = '{bare}'::pg_catalog.regtype")),
        _ if EXACT.contains(&name) => Some(format!("a.atttypid = '{name}'::pg_catalog.regtype")),
        "numeric" if name.contains(',') => Some(format!("{SCALE} = {}", precision?)),
        "smallint" | "integer" | "bigint" | "real" | "double precision" | "numeric" => Some(format!("{SCALE} = 0")),
        "character" => {
            let length: i32 = precision?.parse().ok()?;
            Some(format!("a.atttypid = 'bpchar'::pg_catalog.regtype AND a.atttypmod = {}", length + 4))
        }
        "text" | "character varying" => Some("a.atttypid <> 'bpchar'::pg_catalog.regtype".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_print_a_value_alike_have_one_condition() {
        let same = |one: &str, other: &str| printed_alike(one) == printed_alike(other);
        assert!(same("integer", "bigint") && same("numeric", "smallint") && same("numeric(10)", "integer"));
        assert!(same("text", "character varying(80)") && same("numeric(4,2)", "numeric(10,2)"));
        assert!(!same("numeric(4,2)", "numeric(4,1)") && !same("character(2)", "text") && !same("json", "jsonb"));
        assert!(!same("timestamp with time zone", "timestamp without time zone"));
        assert_eq!(printed_alike("store.mood"), None);
        assert_eq!(
            printed_alike("character(2)").as_deref(),
            Some("a.atttypid = 'bpchar'::pg_catalog.regtype AND a.atttypmod = 6")
        );
    }
}
