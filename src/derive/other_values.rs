//! Writes the SQL that gives the rows of a table other values.

use super::destroyed::Destroyed;
use super::state::{Column, DatabaseState};
use crate::packet::name::{identifier, in_sql};

/// Returns a DO block that inserts a row if the table is empty. It does nothing if the server refuses the row.
pub(super) fn one_row(before: &DatabaseState, table: &str) -> String {
    let given = before.columns_of(table).filter(|column| !column.filled);
    let given = given.filter_map(|column| Some((identifier(&column.name), values(column).into_iter().next_back()?)));
    let (columns, values): (Vec<String>, Vec<String>) = given.unzip();
    let insert = if columns.is_empty() {
        format!("INSERT INTO {} DEFAULT VALUES", in_sql(table))
    } else {
        format!("INSERT INTO {} ({}) VALUES ({})", in_sql(table), columns.join(", "), values.join(", "))
    };
    tried(&[format!("IF NOT EXISTS (SELECT FROM {}) THEN {insert}; END IF", in_sql(table))])
}

/// Statements that give the destroyed columns other values. A column stays as it is if its table refuses every value. The primary key of a
/// table that stays is not changed, because tiers find rows by it.
pub(super) fn other_values(before: &DatabaseState, table: &str, destroyed: &Destroyed) -> String {
    let key = before.keys.get(table).and_then(|keys| keys.first());
    let is_key = |column: &&Column| !destroyed.whole && key.is_some_and(|key| key.contains(&column.name));
    let columns =
        before.columns_of(table).filter(|column| destroyed.columns.contains_key(&column.name) && !is_key(column));
    let change = |column: &Column| {
        let set =
            |value: String| format!("UPDATE {} AS held SET {} = {value}", in_sql(table), identifier(&column.name));
        // If a foreign key refuses all other values, NULL is tried.
        tried(&values(column).into_iter().chain(["NULL".to_owned()]).map(set).collect::<Vec<_>>())
    };
    columns.map(change).collect()
}

/// Returns SQL expressions for another value of a column, in the order in which they are tried. The last one does not refer to the old value.
fn values(column: &Column) -> Vec<String> {
    let now = format!("held.{}", identifier(&column.name));
    let texts: &[&str] = match column.category.as_str() {
        "string" => {
            &["coalesce({now}, '')::text || pg_catalog.repeat('~', 40)", "coalesce({now}, '')::text || '~'", "'~'"]
        }
        "number" => &["coalesce({now}, 0) + 1.25", "coalesce({now}, 0) + 1000", "7"],
        "timestamp" => &["coalesce({now}, '2001-02-03') + interval '1.5 seconds'", "'2001-02-03 04:05:06'"],
        "boolean" => &["NOT coalesce({now}, false)", "true"],
        "uuid" => &["pg_catalog.gen_random_uuid()"],
        "json" => &["'{\"oneroof\": 1.50}'"],
        // The type may be a date, an array or anything else. One of these values usually fits.
        _ => &["coalesce({now}, '2001-02-03') + 1", "'{}'", "'1'", "'2001-02-03'"],
    };
    texts.iter().map(|text| text.replace("{now}", &now)).collect()
}

/// Returns a DO block that tries these statements in order until one succeeds. It does nothing if all of them fail.
fn tried(statements: &[String]) -> String {
    let block = statements.iter().rev().fold("NULL;".to_owned(), |rest, statement| {
        format!("BEGIN {statement}; EXCEPTION WHEN OTHERS THEN {rest} END;")
    });
    format!("DO $oneroof$ BEGIN {block} END $oneroof$;")
}
