//! Treats what happens in a partition of an existing table as if it happened in the table. The production database may have other partitions
//! than requires.sql, so derived.toml must not name single partitions. The same holds for tables that inherit from an existing table.

use super::changed::Changed;
use super::seen::DerivedStep;
use super::state::{DatabaseState, StoredRow};
use std::collections::{BTreeMap, BTreeSet};

/// For each partition that requires.sql creates: the name of the partition, and the name of its partitioned table.
pub(super) type Wholes = BTreeMap<String, String>;

impl DatabaseState {
    /// Each partition in the database, with the name of its partitioned table.
    pub(super) fn wholes(&self) -> Wholes {
        self.parents.keys().map(|part| (part.clone(), self.whole(part).to_owned())).collect()
    }

    /// Lists the rows of each partition under its partitioned table too, because statements read and write them there.
    pub(super) fn gather(&mut self, wholes: &Wholes) {
        for (part, whole) in wholes {
            let lines = self.rows.get(part).into_iter().flatten();
            let lines: Vec<StoredRow> = lines.map(|line| self.as_row_of(whole, part, line)).collect();
            if let Some(rows) = self.rows.get_mut(whole) {
                rows.extend(lines);
            }
        }
    }

    /// Sorts the values of a partition's row by the columns of the partitioned table. The partition may have the same columns in another
    /// order.
    fn as_row_of(&self, whole: &str, part: &str, line: &StoredRow) -> StoredRow {
        let value = |name: &String| {
            let place = self.columns_of(part).position(|column| column.name == *name)?;
            line.values.get(place).cloned().flatten()
        };
        StoredRow { age: line.age, values: self.columns_of(whole).map(|column| value(&column.name)).collect() }
    }
}

impl DerivedStep {
    /// Counts locks and written rows of a partition for its partitioned table, if a statement locked that table in the same way.
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

/// Removes partitions that changed only because their partitioned table changed.
pub(super) fn fold_changes(first: &DatabaseState, [before, after]: [&DatabaseState; 2], all: &mut Changed<'_>) {
    // The kind of a part comes before the first dot: `index` in `index.customers_pkey`.
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
