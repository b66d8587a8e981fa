//! Counts what happens in the partitions of an existing table as an effect on the table itself. The database of the release may have other
//! partitions than the prerequisite in the packet's folder, so a page must name the table only. A table from which others inherit is treated
//! like a partitioned table.

use super::changed::Changed;
use super::seen::DerivedStep;
use super::state::{DatabaseState, StoredRow};
use std::collections::{BTreeMap, BTreeSet};

/// The partitions of the prerequisite, each with the table that it is a part of.
pub(super) type Wholes = BTreeMap<String, String>;

impl DatabaseState {
    /// Every partition with its table.
    pub(super) fn wholes(&self) -> Wholes {
        self.parents.keys().map(|part| (part.clone(), self.whole(part).to_owned())).collect()
    }

    /// Adds the rows of these partitions to the rows of their tables.
    pub(super) fn gather(&mut self, wholes: &Wholes) {
        for (part, whole) in wholes {
            let lines = self.rows.get(part).into_iter().flatten();
            let lines: Vec<StoredRow> = lines.map(|line| self.as_row_of(whole, part, line)).collect();
            if let Some(rows) = self.rows.get_mut(whole) {
                rows.extend(lines);
            }
        }
    }

    /// The row of a partition with its values in the order of the table's columns. A partition may have another order.
    fn as_row_of(&self, whole: &str, part: &str, line: &StoredRow) -> StoredRow {
        let value = |name: &String| {
            let place = self.columns_of(part).position(|column| column.name == *name)?;
            line.values.get(place).cloned().flatten()
        };
        StoredRow { age: line.age, values: self.columns_of(whole).map(|column| value(&column.name)).collect() }
    }
}

impl DerivedStep {
    /// Moves locks and numbers of rows from partitions to their tables, if the statement named the table.
    pub(super) fn fold(&mut self, wholes: &Wholes) {
        let reads = ["AccessShareLock", "RowShareLock"];
        for (part, whole) in wholes {
            let Some(modes) = self.held.get(whole) else { continue };
            if modes.iter().any(|mode| !reads.contains(&mode.as_str()))
                && let Some(delta) = self.rows.remove(part)
            {
                let sum = self.rows.entry(whole.clone()).or_default();
                sum.inserted += delta.inserted;
                sum.updated += delta.updated;
                sum.deleted += delta.deleted;
            }
            if self.held.get(part).is_some_and(|held| held.is_subset(modes)) {
                self.held.remove(part);
            }
        }
    }
}

/// Removes the partitions of existing tables that changed only because their table changed.
pub(super) fn fold_changes(first: &DatabaseState, [before, after]: [&DatabaseState; 2], all: &mut Changed<'_>) {
    // The kind of a part is the word before its name, as in `index.customers_pkey`.
    let kinds = |object: &str| -> BTreeSet<String> {
        let parts = |state: &DatabaseState| state.shapes.get(object).cloned().unwrap_or_default();
        let (old, new) = (parts(before), parts(after));
        let differs = |part: &&String| old.get(*part) != new.get(*part);
        let kind = |part: &String| part.split(['.', ':']).next().unwrap_or_default().to_owned();
        old.keys().chain(new.keys()).filter(differs).map(kind).collect()
    };
    let follows = |object: &String| {
        let whole = first.whole(object);
        whole != object && kinds(object).is_subset(&kinds(whole))
    };
    let folded: Vec<&String> = all.keys().copied().filter(|object| follows(object)).collect();
    for object in folded {
        all.remove(object);
    }
}
