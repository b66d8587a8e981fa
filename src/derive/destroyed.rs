//! Finds the values of existing tables that the tiers destroy. A tier destroys values if it drops a table or a column, gives a column another type, or
//! changes or deletes rows.

use super::seen::Seen;
use super::state::{Column, DatabaseState, Object, StoredRow};
use std::collections::{BTreeMap, BTreeSet};

/// What a tier does to the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// Some rows get other values, or are deleted.
    Rows,
    Retyped,
    Dropped,
}

/// What happens to each column, by its name.
pub(super) type Fates = BTreeMap<String, Fate>;

/// Which values of one table are lost when the tiers run.
#[derive(Debug, Default)]
pub(super) struct Destroyed {
    /// The first tier that destroys values of this table: its place on the page, from 0.
    pub(super) tier: usize,
    /// The table is dropped.
    pub(super) whole: bool,
    /// The columns that are dropped, get another type, or get other values. If the table is dropped, all its columns.
    pub(super) columns: Fates,
    /// The keys of the rows that a tier changes or deletes, as texts.
    pub(super) rows: BTreeSet<Vec<String>>,
}

impl Destroyed {
    /// Adds a column. If tiers change it in two ways, the worse one counts.
    fn add(&mut self, column: &str, fate: Fate) {
        let known = self.columns.entry(column.to_owned()).or_insert(fate);
        *known = fate.max(*known);
    }

    /// Whether the tiers only change or delete rows.
    pub(super) fn has_only_rows(&self) -> bool {
        !self.whole && self.columns.values().all(|fate| *fate == Fate::Rows)
    }
}

/// Finds the values of existing tables that the tiers destroy. Each table has the name that it had before the release.
pub(super) fn destroyed(seen: &Seen) -> BTreeMap<String, Destroyed> {
    let first = &seen.before;
    let mut all: BTreeMap<String, Destroyed> = BTreeMap::new();
    for (place, step) in seen.steps.iter().enumerate().filter(|(_, step)| !step.back) {
        let before = seen.before(place);
        let retyped: BTreeSet<(String, String)> =
            step.state.rules.retyped(&before.rules).map(|(table, column, _)| (table, column)).collect();
        let table_stays =
            |name: &str| first.relation(name).is_some_and(|table| step.state.relation_of(&table.oid).is_some());
        // The values of a partition belong to its table, unless the partition is dropped and the table stays.
        let is_table = |table: &&Object| {
            let whole = first.whole(&table.name);
            table.kind == "table" && (whole == table.name || table_stays(whole) && !table_stays(&table.name))
        };
        for table in first.relations().filter(is_table) {
            let Some(was) = before.relation_of(&table.oid) else { continue };
            let now = step.state.relation_of(&table.oid);
            let stays = |column: &Column| {
                now.is_some_and(|now| step.state.columns_of(&now.name).any(|now| now.number == column.number))
            };
            let there = |column: &&Column| before.columns_of(&was.name).any(|was| was.number == column.number);
            let is_retyped = |column: &Column| {
                before.columns_of(&was.name).any(|was_column| {
                    was_column.number == column.number && retyped.contains(&(was.name.clone(), was_column.name.clone()))
                })
            };
            for column in first.columns_of(&table.name).filter(there) {
                let fate = if stays(column) { Fate::Retyped } else { Fate::Dropped };
                if fate == Fate::Dropped || is_retyped(column) {
                    let destroyed = of(&mut all, &table.name, step.tier);
                    destroyed.whole |= now.is_none();
                    destroyed.add(&column.name, fate);
                }
            }
            // If an earlier tier renamed the table, its changed rows are not looked for.
            if let Some(now) = now
                && was.name == table.name
            {
                let (columns, rows) = changed_rows(first, [before, &step.state], [&was.name, &now.name]);
                if !rows.is_empty() {
                    let destroyed = of(&mut all, &table.name, step.tier);
                    for column in &columns {
                        destroyed.add(column, Fate::Rows);
                    }
                    destroyed.rows.extend(rows);
                }
            }
        }
    }
    all
}

/// Returns the entry for a table. If there is none, it adds one that belongs to this tier.
fn of<'d>(all: &'d mut BTreeMap<String, Destroyed>, table: &str, tier: usize) -> &'d mut Destroyed {
    all.entry(table.to_owned()).or_insert_with(|| Destroyed { tier, ..Destroyed::default() })
}

/// Compares the rows of a table before and after a step. Returns the columns whose values changed, and the primary keys of the changed or deleted
/// rows. For a deleted row, all its columns count as changed. The result is empty if the table has no primary key.
fn changed_rows(
    first: &DatabaseState,
    [before, after]: [&DatabaseState; 2],
    [was, now]: [&str; 2],
) -> (BTreeSet<String>, BTreeSet<Vec<String>>) {
    let (mut columns, mut rows) = (BTreeSet::new(), BTreeSet::new());
    let Some(key) = before.keys.get(was).and_then(|keys| keys.first()) else { return (columns, rows) };
    let of_key = before.columns_of(was).filter(|column| key.contains(&column.name));
    let numbers: Vec<i64> = of_key.map(|column| column.number).collect();
    let (old, new) = (Values::of(before, was), Values::of(after, now));
    let kept: BTreeMap<Vec<&str>, &StoredRow> = new.rows.iter().map(|row| (new.key(row, &numbers), row)).collect();
    // Only a column that the table had before the release can lose a value.
    let compared: Vec<(&Column, usize, Option<usize>)> = first
        .columns_of(was)
        .filter_map(|column| Some((column, old.place(column.number)?, new.place(column.number))))
        .collect();
    for row in old.rows {
        let key = old.key(row, &numbers);
        let now = kept.get(&key);
        for (column, was_at, is_at) in &compared {
            let is_other = now.is_none_or(|now| is_at.is_some_and(|at| now.values[at] != row.values[*was_at]));
            if is_other {
                columns.insert(column.name.clone());
                rows.insert(key.iter().map(|value| (*value).to_owned()).collect());
            }
        }
    }
    (columns, rows)
}

/// The rows of one table, with the places of its columns.
struct Values<'s> {
    rows: &'s [StoredRow],
    numbers: Vec<i64>,
}

impl<'s> Values<'s> {
    fn of(state: &'s DatabaseState, table: &str) -> Self {
        let rows = state.rows.get(table).map_or(&[][..], Vec::as_slice);
        Self { rows, numbers: state.columns_of(table).map(|column| column.number).collect() }
    }

    /// The place of a column in each row.
    fn place(&self, number: i64) -> Option<usize> {
        self.numbers.iter().position(|known| *known == number)
    }

    /// The values of these columns. NULL counts as an empty text.
    fn key(&self, row: &'s StoredRow, numbers: &[i64]) -> Vec<&'s str> {
        let places = numbers.iter().map(|number| self.place(*number));
        places.map(|place| place.and_then(|place| row.values[place].as_deref()).unwrap_or_default()).collect()
    }
}
