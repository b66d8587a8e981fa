//! The rows that a tier inserted: how they are found, which of their columns identify a row, and how `derived.toml` stores them.

use super::state::{DatabaseState, StoredRow};
use crate::packet::form::Content;
use crate::packet::page::{Delta, ProofRow};
use crate::release::Digest;
use std::collections::{BTreeMap, BTreeSet};

/// The largest number of rows that are stored one by one. More rows are stored as a digest.
const SHOWN: usize = 1000;

/// Columns that no state compares, by table.
pub(super) type Volatile = BTreeMap<String, BTreeSet<String>>;

/// The rows of a table that a tier inserted: the tier's transaction wrote them, and their key did not exist before.
pub(super) fn inserted<'s>(before: &DatabaseState, after: &'s DatabaseState, table: &str) -> Vec<&'s StoredRow> {
    let lines = after.rows.get(table).into_iter().flatten().filter(|line| line.age <= 0);
    let places = after.keys.get(table).and_then(|keys| keys.first()).map(|key| places(after, table, key));
    let Some(places) = places else { return lines.collect() };
    let known: BTreeSet<Vec<&Option<String>>> =
        before.rows.get(table).into_iter().flatten().map(|line| values(line, &places)).collect();
    lines.filter(|line| !known.contains(&values(line, &places))).collect()
}

/// The number of existing rows that the tier or rollback changed or deleted. A rewrite of the table gives every row a new `xmin`, so the
/// number is at most what the server counted as updated or deleted.
pub(super) fn changed_old_rows(before: &DatabaseState, after: &DatabaseState, table: &str, delta: Delta) -> usize {
    let old = after.rows.get(table).map_or(0, |lines| lines.iter().filter(|line| line.age > 0).count());
    let counted = usize::try_from(delta.updated + delta.deleted).unwrap_or_default();
    before.rows.get(table).map_or(0, Vec::len).saturating_sub(old).min(counted)
}

/// Whether the tier changed nothing in the table but columns that it added: no row was inserted or deleted, and the old columns have the
/// same values as before.
pub(super) fn fills_new_columns(before: &DatabaseState, after: &DatabaseState, table: &str, delta: Delta) -> bool {
    let old: Vec<i64> = before.columns_of(table).map(|column| column.number).collect();
    let places: Vec<usize> = after
        .columns_of(table)
        .enumerate()
        .filter(|(_, column)| old.contains(&column.number))
        .map(|(at, _)| at)
        .collect();
    let rows = |state: &'_ DatabaseState, places: &[usize]| {
        let lines = state.rows.get(table).into_iter().flatten();
        let mut rows: Vec<Vec<Option<String>>> =
            lines.map(|line| values(line, places).into_iter().cloned().collect()).collect();
        rows.sort();
        rows
    };
    let all: Vec<usize> = (0..old.len()).collect();
    let adds = places.len() < after.columns_of(table).count();
    adds && delta.inserted == 0 && delta.deleted == 0 && rows(before, &all) == rows(after, &places)
}

/// Whether a later tier left the rows of an earlier tier unchanged. The function gets the state of the database after the earlier tier,
/// before the later tier, and after the later tier. It compares only columns that exist in all three states and that have the same values in
/// every run of the release.
pub(super) fn remain(
    [first, before, after]: [&DatabaseState; 3],
    lines: &[&StoredRow],
    left_out: &Volatile,
    table: &str,
) -> bool {
    let is_there = |state: &DatabaseState, name: &String| state.columns_of(table).any(|column| column.name == *name);
    let columns = compared(first, left_out, table).into_iter();
    let columns: Vec<String> = columns.filter(|name| is_there(before, name) && is_there(after, name)).collect();
    let counts = |state: &DatabaseState| {
        let places = places(state, table, &columns);
        let mut counts: BTreeMap<Vec<Option<String>>, usize> = BTreeMap::new();
        for line in state.rows.get(table).into_iter().flatten() {
            *counts.entry(values(line, &places).into_iter().cloned().collect()).or_default() += 1;
        }
        counts
    };
    let (places, before, after) = (places(first, table, &columns), counts(before), counts(after));
    let wanted = |line: &&StoredRow| -> Vec<Option<String>> { values(line, &places).into_iter().cloned().collect() };
    lines.iter().map(wanted).all(|wanted| before.get(&wanted) == after.get(&wanted))
}

/// The positions of columns in the rows of a table.
pub(super) fn places(state: &DatabaseState, table: &str, columns: &[String]) -> Vec<usize> {
    let all: Vec<&String> = state.columns_of(table).map(|column| &column.name).collect();
    columns.iter().filter_map(|name| all.iter().position(|known| *known == name)).collect()
}

pub(super) fn values<'l>(line: &'l StoredRow, places: &[usize]) -> Vec<&'l Option<String>> {
    places.iter().filter_map(|place| line.values.get(*place)).collect()
}

/// Columns whose values differ between the two runs, and columns whose default may change although two runs show the same value.
pub(super) fn moving(states: [&DatabaseState; 2], lines: [&[&StoredRow]; 2], table: &str) -> BTreeSet<String> {
    let columns = states[0].columns_of(table).enumerate();
    let moves = |place: usize| {
        let sorted = |lines: &[&StoredRow]| {
            let mut values: Vec<Option<String>> =
                lines.iter().filter_map(|line| line.values.get(place).cloned()).collect();
            values.sort();
            values
        };
        sorted(lines[0]) != sorted(lines[1])
    };
    columns.filter(|(place, column)| column.moving || moves(*place)).map(|(_, column)| column.name.clone()).collect()
}

/// The columns of a table that are compared, in the table's order.
fn compared(state: &DatabaseState, volatile: &Volatile, table: &str) -> Vec<String> {
    let left_out = volatile.get(table);
    let names = state.columns_of(table).map(|column| column.name.clone());
    names.filter(|name| left_out.is_none_or(|left_out| !left_out.contains(name))).collect()
}

/// The columns that identify a row: the first key without a volatile column, or else all compared columns.
pub(super) fn key(state: &DatabaseState, volatile: &Volatile, table: &str) -> Vec<String> {
    let compared = compared(state, volatile, table);
    let keys = state.keys.get(table).into_iter().flatten();
    keys.into_iter().find(|key| key.iter().all(|name| compared.contains(name))).cloned().unwrap_or(compared)
}

/// The rows as `derived.toml` stores them. `None` if no column is left to compare.
pub(super) fn content(
    state: &DatabaseState,
    volatile: &Volatile,
    table: &str,
    lines: &[&StoredRow],
    whole: bool,
) -> Option<Content> {
    let columns = compared(state, volatile, table);
    if columns.is_empty() {
        return None;
    }
    let places = places(state, table, &columns);
    let mut rows: Vec<String> = lines.iter().map(|line| row_text(values(line, &places).into_iter())).collect();
    rows.sort();
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let mut content = Content { table: table.to_owned(), columns, count, ..Content::default() };
    if !whole {
        content.key = key(state, volatile, table);
    }
    if rows.len() > SHOWN {
        let text: String = rows.iter().flat_map(|row| [row.as_str(), "\n"]).collect();
        content.digest = Some(Digest::of(text.as_bytes()).to_string());
    } else {
        content.rows = rows;
    }
    Some(content)
}

/// A row as the server prints `ROW(…)::text`.
fn row_text<'v>(values: impl Iterator<Item = &'v Option<String>>) -> String {
    let special =
        |letter: char| matches!(letter, '"' | '\\' | '(' | ')' | ',' | ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c');
    let printed = values.map(|value| match value {
        None => String::new(),
        Some(text) if text.is_empty() || text.contains(special) => {
            format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\"\""))
        }
        Some(text) => text.clone(),
    });
    format!("({})", printed.collect::<Vec<_>>().join(","))
}

/// A row that proves the COMMIT of a tier. The tier's own transaction wrote it, and the value of one column identifies it.
pub(super) fn proof(
    before: &DatabaseState,
    after: &DatabaseState,
    volatile: &Volatile,
    table: &str,
) -> Option<ProofRow> {
    let new: Vec<&StoredRow> = inserted(before, after, table).into_iter().filter(|line| line.age == 0).collect();
    if new.is_empty() {
        return None;
    }
    let keys = after.keys.get(table).into_iter().flatten();
    let mut candidates: Vec<String> = keys.filter(|key| key.len() == 1).map(|key| key[0].clone()).collect();
    let mut others: Vec<_> = after.columns_of(table).filter(|column| column.category != "json").collect();
    others.sort_by_key(|column| column.category != "string");
    candidates.extend(others.into_iter().map(|column| column.name.clone()));
    let usable = compared(after, volatile, table);
    let found = candidates.into_iter().filter(|name| usable.contains(name)).filter_map(|column| {
        let place = *places(after, table, std::slice::from_ref(&column)).first()?;
        let value = |line: &StoredRow| line.values.get(place).cloned().flatten();
        let lines = after.rows.get(table).into_iter().flatten();
        let taken: BTreeSet<String> = lines.filter(|line| line.age != 0).filter_map(value).collect();
        let mut free: BTreeMap<String, usize> = BTreeMap::new();
        for value in new.iter().filter_map(|line| value(line)).filter(|value| !taken.contains(value)) {
            *free.entry(value).or_default() += 1;
        }
        // The value that the fewest rows have. If several values qualify, the first one by its text.
        let (value, rows) = free.into_iter().min_by_key(|(_, rows)| *rows)?;
        Some((rows, ProofRow { table: table.to_owned(), column: Some(column), value: Some(value), relation: false }))
    });
    found.min_by_key(|(rows, _)| *rows).map(|(_, proof_row)| proof_row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_printed_as_the_server_prints_it() {
        let values = [Some("a"), None, Some(""), Some("b c"), Some("d\"e\\f"), Some("g,h"), Some("é")];
        let values: Vec<Option<String>> = values.iter().map(|value| value.map(str::to_owned)).collect();
        assert_eq!(row_text(values.iter()), r#"(a,,"","b c","d""e\\f","g,h",é)"#);
    }
}
