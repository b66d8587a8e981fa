//! Two runs of one packet, for comparison.

use super::seen::{DerivedStep, Seen};
use super::state::{Column, DatabaseState, Object};
use super::texts::Texts;
use super::written;
use crate::packet::form::Objects;
use std::collections::BTreeSet;

/// Two runs of one packet.
pub(super) struct Runs<'r, 'p> {
    pub texts: &'r Texts<'p>,
    pub seen: [&'r Seen; 2],
    /// The packet's own objects.
    pub objects: Objects,
    /// The keys of the packet's own objects, as shapes name them.
    own: BTreeSet<String>,
}

impl<'r, 'p> Runs<'r, 'p> {
    /// Combines two runs of the same packet.
    pub(super) fn of(texts: &'r Texts<'p>, seen: [&'r Seen; 2]) -> Self {
        let last = &seen[0].steps[texts.tiers.len() - 1].state;
        let own = last.created_since(&seen[0].before).map(Object::key).collect();
        Self { texts, seen, objects: seen[0].packet(), own }
    }

    /// A tier or its rollback in one run, and the content of the database before it.
    pub(super) fn step(&self, run: usize, tier: usize, back: bool) -> (&'r DatabaseState, &'r DerivedStep) {
        let count = self.texts.tiers.len();
        let place = if back { 2 * count - 1 - tier } else { tier };
        (self.seen[run].before(place), &self.seen[run].steps[place])
    }

    /// Whether the packet creates this relation.
    pub(super) fn is_own(&self, relation: &str) -> bool {
        self.own.contains(relation)
    }

    /// Whether the object existed before the release, under another name.
    pub(super) fn is_renamed(&self, name: &str) -> bool {
        let last = &self.seen[0].steps[self.texts.tiers.len() - 1].state;
        let now = last.objects.iter().find(|object| object.is_listed() && object.name == name);
        self.seen[0].before.objects.iter().any(|was| was.is_renamed_to(now))
    }

    pub(super) fn is_live(&self, tier: usize, table: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|live| live == table);
        named(&self.texts.page.live) || named(&self.texts.tiers[tier].page.live)
    }

    /// Whether the packet may depend on a column: it creates the column, names it, or gives it a value. If it inserts rows into a table without
    /// naming a column, it may depend on all columns of the table.
    pub(super) fn is_used(&self, relation: &str, column: &str) -> bool {
        let seen = self.seen[0];
        let Some(known) = seen.before.columns_of(relation).find(|known| known.name == column) else { return true };
        let Some(used) = seen.used.as_ref().filter(|_| !self.is_own(relation)) else { return true };
        // A partition has the columns of its partitioned table.
        let whole = seen.before.whole(relation);
        let names = |column: &str| used.contains(&(whole.to_owned(), column.to_owned()));
        let filled = || seen.steps.iter().any(|step| step.rows.get(relation).is_some_and(|delta| delta.inserted > 0));
        let positional = || filled() && !seen.before.columns_of(relation).any(|known| names(&known.name));
        let refers = || {
            let new = seen.steps.iter().flat_map(|step| step.state.referred.difference(&seen.before.referred));
            new.into_iter().any(|(_, to, referred)| to == relation && referred == column)
        };
        names(column) || self.is_given(whole, known) || refers() || known.wanted && filled() || positional()
    }

    /// Whether a row that a tier inserts into the table or one of its partitions has a value in this column, although the column gets none
    /// by itself. Such a statement need not name the column.
    fn is_given(&self, whole: &str, column: &Column) -> bool {
        let seen = self.seen[0];
        let steps = seen.steps.iter().enumerate().map(|(place, step)| (seen.before(place), step));
        let mut inserted = steps.flat_map(|(before, step)| {
            let tables = step.rows.iter().filter(|(table, delta)| delta.inserted > 0 && before.whole(table) == whole);
            tables.flat_map(move |(table, _)| {
                let place = step.state.columns_of(table).position(|known| known.name == column.name);
                let values = written::inserted(before, &step.state, table).into_iter();
                values.filter_map(move |line| line.values.get(place?))
            })
        });
        !column.filled && inserted.any(Option::is_some)
    }

    /// The columns of the table of approvals that the page names.
    pub(super) fn approval_columns(&self) -> Vec<&'p str> {
        let columns = &self.texts.page.approval.columns;
        let named = [
            Some(&columns.code),
            Some(&columns.who),
            columns.level.as_ref(),
            Some(&columns.signature),
            Some(&columns.at),
        ];
        named.into_iter().flatten().map(String::as_str).collect()
    }
}
