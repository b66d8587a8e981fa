//! Derives the facts of a packet from two runs on one server. This module is pure.

use super::DeriveError;
use super::changed::{Changed, changed};
use super::contract;
use super::partitions::fold_changes;
use super::runs::Runs;
use super::seen::{DerivedStep, Seen};
use super::shapes::shapes;
use super::state::{DatabaseState, StoredRow};
use super::texts::Texts;
use super::written::{self, Volatile};
use crate::packet::form::{Content, Derived, DerivedTier, Shape};
use crate::packet::page::{Delta, Governed, ProofRow};
use std::collections::{BTreeMap, BTreeSet};

/// The smallest number of locks that a page states.
const FEWEST_LOCKS: u64 = 64;

/// Derives the facts from the two runs.
pub(super) fn of(texts: &Texts<'_>, seen: [&Seen; 2]) -> Result<Derived, DeriveError> {
    let runs = Runs::of(texts, seen);
    runs.check_names()?;
    runs.check_same_objects()?;
    let volatile = runs.volatile()?;
    let left_out = runs.left_out(&volatile);
    let mut tiers = Vec::new();
    for number in 0..texts.tiers.len() {
        tiers.push(runs.tier(number, &left_out)?);
    }
    let commands: BTreeSet<String> = seen[0].steps.iter().flat_map(|step| step.commands.iter().cloned()).collect();
    Ok(Derived {
        format: 1,
        servers: Vec::new(),
        after: texts.earlier.iter().map(|earlier| earlier.release.clone()).collect(),
        commands: commands.into_iter().collect(),
        locks: runs.locks(),
        apart: seen[0].apart(),
        met: seen[0].met.clone(),
        rights: seen[0].rights.clone().unwrap_or_default(),
        keys: seen[0].keys.clone().unwrap_or_default(),
        writes: seen[0].writes(),
        effects: runs.effects(),
        overloads: runs.overloads(),
        requires: contract::of(&runs)?,
        governed: runs.governed(&volatile),
        objects: runs.objects,
        tiers,
    })
}

/// A function's name without its arguments.
fn bare(function: &str) -> &str {
    function.split('(').next().unwrap_or_default()
}

impl<'r> Runs<'r, '_> {
    /// The functions of the prerequisite that have the name of a function of the release. They are not in its way.
    fn overloads(&self) -> Vec<String> {
        let own: BTreeSet<&str> = self.objects.functions.iter().map(|function| bare(function)).collect();
        let existing = self.seen[0].before.objects.iter().filter(|object| object.kind == "function");
        let mut found: Vec<String> =
            existing.map(|object| &object.name).filter(|function| own.contains(bare(function))).cloned().collect();
        found.sort_unstable();
        found
    }

    /// Columns whose values are not reproducible: they differ between the runs, their default may change, or the page lists them.
    fn volatile(&self) -> Result<Volatile, DeriveError> {
        let mut volatile = Volatile::new();
        for number in 0..self.texts.tiers.len() {
            let page = self.texts.tiers[number].page;
            let [(before, step), (other_before, other)] = [0, 1].map(|run| self.step(run, number, false));
            for name in &page.volatile {
                let (table, column) = name.rsplit_once('.').unwrap_or_default();
                if !step.state.columns_of(table).any(|known| known.name == column) {
                    return Err(DeriveError::NoColumn { column: name.clone() });
                }
                volatile.entry(table.to_owned()).or_default().insert(column.to_owned());
            }
            for table in self.filled(number) {
                let lines = [
                    written::inserted(before, &step.state, table),
                    written::inserted(other_before, &other.state, table),
                ];
                let found = written::moving([&step.state, &other.state], [&lines[0], &lines[1]], table);
                if !found.is_empty() {
                    volatile.entry(table.clone()).or_default().extend(found);
                }
            }
        }
        Ok(volatile)
    }

    /// The columns that no state compares: the volatile columns, and the columns of existing tables that the packet does not name.
    fn left_out(&self, volatile: &Volatile) -> Volatile {
        let mut left_out = volatile.clone();
        let written: BTreeSet<&String> = self.seen[0].steps.iter().flat_map(|step| step.rows.keys()).collect();
        for table in written {
            let columns = self.seen[0].before.columns_of(table).filter(|column| !self.is_used(table, &column.name));
            left_out.entry(table.clone()).or_default().extend(columns.map(|column| column.name.clone()));
        }
        left_out
    }

    /// The tables into which the tier inserted rows that still exist at its end, in the order of creation. Live tables are left out.
    pub(super) fn filled(&self, tier: usize) -> Vec<&'r String> {
        let (before, step) = self.step(0, tier, false);
        let tables = step.state.objects.iter().filter(|object| object.kind == "table").map(|object| &object.name);
        // A rewrite of a table gives every row a new `xmin` although no row is inserted.
        let inserts = |table: &String| step.rows.get(table).is_some_and(|delta| delta.inserted > 0);
        let filled = |table: &&String| {
            !self.is_live(tier, table) && inserts(table) && !written::inserted(before, &step.state, table).is_empty()
        };
        tables.filter(filled).collect()
    }

    fn tier(&self, number: usize, volatile: &Volatile) -> Result<DerivedTier, DeriveError> {
        let texts = &self.texts.tiers[number];
        let (before, step) = self.step(0, number, false);
        let (_, back) = self.step(0, number, true);
        let mut changed = changed(before, &step.state);
        fold_changes(&self.seen[0].before, [before, &step.state], &mut changed);
        self.refuse_earlier_rows(number, volatile)?;
        self.refuse(texts, number, &changed)?;
        let creates = step.state.created_since(before).next().is_some();
        let alters: Vec<String> =
            changed.keys().filter(|object| !self.is_own(object)).map(|name| (*name).clone()).collect();
        if let Some(page) = &texts.page.alters {
            let declared: BTreeSet<&String> = page.iter().collect();
            if declared != alters.iter().collect() {
                return Err(DeriveError::Alters { tier: texts.page.name.clone(), page: page.clone(), derived: alters });
            }
        }
        let rows = self.rows(number, step);
        for (table, signed) in &texts.page.rows {
            let (page, derived) = (signed.delta(), rows.get(table).copied().unwrap_or_default());
            if page != derived {
                return Err(DeriveError::Numbers {
                    tier: texts.page.name.clone(),
                    table: table.clone(),
                    page,
                    derived,
                });
            }
        }
        let (before_back, _) = self.step(0, number, true);
        // A table that the tier drops exists on one side of the tier only, so its rows cannot be counted on both sides.
        let is_dropped = |table: &str| before.rows.contains_key(table) && !step.state.rows.contains_key(table);
        let remains = |table: &str| before.rows.contains_key(table) && !is_dropped(table);
        let opened = Self::unwritten(before, step).chain(Self::unwritten(before_back, back));
        let opened = opened.filter(|table| self.seen[0].before.rows.contains_key(*table));
        let written: BTreeSet<&String> = step.rows.keys().chain(back.rows.keys()).chain(opened).collect();
        let touches = self.touches(before, [step, back], &changed);
        let proof = self.proof(number, volatile, &changed);
        let copies = self.copies(number, step);
        let mut shapes = shapes([before, &step.state], [self.step(0, number, true).0, &back.state], changed);
        // The columns of these tables depend on the columns of the tables that the query read, so they are not compared.
        let is_copied = |shape: &&mut Shape| copies.contains(&shape.object) && step.copied.contains(&shape.object);
        for shape in shapes.iter_mut().filter(is_copied) {
            let parts: Vec<&str> = shape.parts.split(' ').filter(|part| !part.starts_with("column.")).collect();
            shape.parts = parts.join(" ");
        }
        Ok(DerivedTier {
            name: texts.page.name.clone(),
            creates,
            alters,
            writes: written.iter().filter(|table| remains(table)).map(|table| (*table).clone()).collect(),
            touches: touches.into_iter().filter(|table| !written.contains(table)).collect(),
            exclusive: self.exclusive(before, step),
            down_exclusive: self.exclusive(before_back, back),
            adds: self.adds(before, &step.state),
            deletes: self.deletes(number, step),
            down_deletes: self.deletes(number, back),
            copies,
            down_rows: self.rows(number, back).into_iter().filter(|(table, _)| !is_dropped(table)).collect(),
            proof,
            rules: self.rules(number, volatile),
            shapes,
            contents: self.contents(number, volatile)?,
            rows,
        })
    }

    /// The numbers of rows by relation. Live tables are left out.
    fn rows(&self, tier: usize, step: &DerivedStep) -> BTreeMap<String, Delta> {
        step.rows
            .iter()
            .filter(|(table, _)| !self.is_live(tier, table))
            .map(|(table, delta)| (table.clone(), *delta))
            .collect()
    }

    /// The columns that a tier adds to tables that existed before the release. The rollback drops them.
    fn adds(&self, before: &DatabaseState, after: &DatabaseState) -> Vec<String> {
        let tables = after.rows.keys().filter(|table| self.seen[0].before.rows.contains_key(*table));
        let new = |table: &str| -> BTreeSet<String> {
            let is_new = |number| !before.columns_of(table).any(|known| known.number == number);
            after.columns_of(table).filter(|column| is_new(column.number)).map(|column| column.name.clone()).collect()
        };
        let added = tables.flat_map(|table| {
            let whole = self.seen[0].before.whole(table);
            let of_whole = if whole == table { BTreeSet::new() } else { new(whole) };
            let names: Vec<String> = new(table).difference(&of_whole).map(|name| format!("{table}.{name}")).collect();
            names
        });
        added.collect()
    }

    /// The live tables from which this step, a tier or its rollback, deleted rows. The list does not contain tables that the tier creates.
    fn deletes(&self, tier: usize, step: &DerivedStep) -> Vec<String> {
        let (before, _) = self.step(0, tier, false);
        let deleted = step.rows.iter().filter(|(table, delta)| {
            delta.deleted > 0 && self.is_live(tier, table) && before.rows.contains_key(*table)
        });
        deleted.map(|(table, _)| table.clone()).collect()
    }

    /// The new tables whose rows depend on the database: live tables that the tier created and filled, and tables that it renamed.
    fn copies(&self, tier: usize, step: &DerivedStep) -> Vec<String> {
        let (before, _) = self.step(0, tier, false);
        let made = step.state.created_since(before).filter(|object| object.kind == "table");
        let filled = made.filter(|object| step.state.rows.get(&object.name).is_some_and(|rows| !rows.is_empty()));
        let filled = filled.filter(|object| self.is_live(tier, &object.name) || self.is_renamed(&object.name));
        filled.map(|object| object.name.clone()).collect()
    }

    /// Relations that existed before the tier and that the tier or its rollback locked against writers, but neither wrote nor altered.
    fn touches(&self, before: &DatabaseState, steps: [&DerivedStep; 2], changed: &Changed<'_>) -> Vec<String> {
        let reading = ["AccessShareLock", "RowShareLock", "RowExclusiveLock"];
        // A statement that writes a partitioned table locks it, although its partitions hold the rows.
        let rows = || steps.into_iter().flat_map(|step| step.rows.keys());
        let parents: BTreeSet<&str> = rows().flat_map(|table| before.ancestors(table)).collect();
        // A statement that takes a number from a sequence locks the sequence as a writer locks a table.
        let locks = |(name, modes): &(&String, &BTreeSet<String>)| {
            let known = self.seen[0].before.object(name);
            let draws = || known.is_some_and(|known| known.kind == "sequence") && modes.contains("RowExclusiveLock");
            let is_parent = || parents.contains(name.as_str()) && modes.contains("RowExclusiveLock");
            modes.iter().any(|mode| !reading.contains(&mode.as_str())) && known.is_some() || draws() || is_parent()
        };
        let held = steps.into_iter().flat_map(|step| step.held.iter().filter(locks).map(|(name, _)| name));
        let written = |name: &String| steps.iter().any(|step| step.rows.contains_key(name));
        let touched: BTreeSet<&String> = held.filter(|name| !written(name) && !changed.contains_key(name)).collect();
        touched.into_iter().cloned().collect()
    }

    /// Existing relations that the tier or rollback locked in ACCESS EXCLUSIVE mode.
    fn exclusive(&self, before: &DatabaseState, step: &DerivedStep) -> Vec<String> {
        let locked =
            step.held.iter().filter(|(name, modes)| modes.contains("AccessExclusiveLock") && !self.is_own(name));
        let listed = |name: &&String| self.seen[0].before.object(name).is_some() && before.object(name).is_some();
        locked.map(|(name, _)| name).filter(listed).cloned().collect()
    }

    /// The proof of the tier's COMMIT: a row that it wrote, or else a relation that it created.
    fn proof(&self, tier: usize, volatile: &Volatile, changed: &Changed<'_>) -> Option<ProofRow> {
        let (before, step) = self.step(0, tier, false);
        let row = self.filled(tier).into_iter().find_map(|table| written::proof(before, &step.state, volatile, table));
        row.or_else(|| {
            let relations = ["table", "view", "matview", "sequence"];
            let made = step.state.created_since(before).find(|object| relations.contains(&object.kind.as_str()));
            let index = || {
                let part = changed.iter().filter(|(object, _)| !self.is_own(object));
                let mut indexes = part.flat_map(|(object, parts)| parts.iter().map(move |(part, _)| (object, part)));
                indexes.find_map(|(object, part)| {
                    let (schema, _) = object.split_once('.')?;
                    let name = format!("{schema}.{}", part.strip_prefix("index.")?);
                    let is_new = !before.objects.iter().any(|known| known.name == name);
                    is_new.then_some(name)
                })
            };
            let table = made.map(|object| object.name.clone()).or_else(index)?;
            Some(ProofRow { table, relation: true, ..ProofRow::default() })
        })
    }

    /// The rows that the tier inserted, except those in live tables.
    fn contents(&self, tier: usize, volatile: &Volatile) -> Result<Vec<Content>, DeriveError> {
        let mut contents = Vec::new();
        let mut what = Vec::new();
        for table in self.filled(tier) {
            let others = (0..self.texts.tiers.len()).any(|other| other != tier && self.filled(other).contains(&table));
            let whole = self.is_own(table) && !self.is_renamed(table) && !others;
            let [one, other] = [0, 1].map(|run| {
                let (before, step) = self.step(run, tier, false);
                let lines: Vec<&StoredRow> = if whole {
                    step.state.rows[table].iter().collect()
                } else {
                    written::inserted(before, &step.state, table)
                };
                written::content(&step.state, volatile, table, &lines, whole)
            });
            match (one, other) {
                (Some(one), _) if one.digest.is_some() && !whole && !self.texts.tiers[tier].tells_state() => {
                    let (tier, table) = (self.texts.tiers[tier].page.name.clone(), table.clone());
                    return Err(DeriveError::ManyRows { tier, count: one.count, table });
                }
                (Some(one), Some(other)) if one == other => contents.push(one),
                (Some(_), Some(_)) => what.push(format!("the rows of {table}")),
                _ => what.push(format!("every column of {table}")),
            }
        }
        if what.is_empty() { Ok(contents) } else { Err(DeriveError::Differ { what }) }
    }

    /// The largest number of locks that are held at once, rounded up to a power of two. For the same statements, one major version takes a
    /// tenth more locks than another, and a packet that was built on one must have enough room on the other.
    fn locks(&self) -> u32 {
        let seen = self.seen[0];
        let sum = |back: bool| seen.steps.iter().filter(|step| step.back == back).map(|step| step.locks).sum::<i64>();
        let most = seen.whole[0].unwrap_or_else(|| sum(false)).max(seen.whole[1].unwrap_or_else(|| sum(true)));
        let most = u64::try_from(most).unwrap_or_default().max(FEWEST_LOCKS).next_power_of_two();
        u32::try_from(most).unwrap_or(u32::MAX)
    }

    /// The tables whose content is part of the fingerprint: the table of approvals, the existing tables that are written, and the packet's
    /// own tables. Live tables are left out.
    fn governed(&self, volatile: &Volatile) -> Vec<Governed> {
        let page = self.texts.page;
        let last = &self.seen[0].steps[self.texts.tiers.len() - 1].state;
        let read = self.approval_columns();
        let approvals = Governed {
            table: page.approval.table.clone(),
            columns: last
                .columns_of(&page.approval.table)
                .map(|column| &column.name)
                .filter(|name| read.contains(&name.as_str()))
                .cloned()
                .collect(),
            volatile: Vec::new(),
        };
        let is_live = |table: &String| (0..self.texts.tiers.len()).any(|tier| self.is_live(tier, table));
        let written: BTreeSet<&String> = self.seen[0].steps.iter().flat_map(|step| step.rows.keys()).collect();
        let existing = written
            .into_iter()
            .filter(|table| !self.is_own(table) && !is_live(table) && last.rows.contains_key(*table));
        let tables = existing.chain(self.objects.tables.iter().filter(|table| !is_live(table)));
        let of_table = |table: &String| {
            let used = last.columns_of(table).filter(|column| self.is_used(table, &column.name));
            let names: Vec<String> = used.map(|column| column.name.clone()).collect();
            let left_out = volatile.get(table);
            let moving = names
                .iter()
                .filter(|name| left_out.is_some_and(|left_out| left_out.contains(*name)))
                .cloned()
                .collect();
            Governed { table: table.clone(), columns: names, volatile: moving }
        };
        let governed = tables.map(of_table).filter(|governed| !governed.columns.is_empty());
        std::iter::once(approvals).chain(governed).collect()
    }
}
