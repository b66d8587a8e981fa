//! Finds effects in the two runs that no packet may have. This module is pure.

use super::DeriveError;
use super::changed::{Changed, changed};
use super::runs::Runs;
use super::seen::{DerivedStep, Seen};
use super::state::{DatabaseState, Object};
use super::texts::TierTexts;
use super::written;
use crate::packet::form::Objects;
use crate::packet::page::is_plain_word;
use std::collections::BTreeSet;

impl<'r> Runs<'r, '_> {
    /// The engine writes names without quotes, so every name must be plain.
    pub(super) fn check_names(&self) -> Result<(), DeriveError> {
        let Objects { schemas, tables, views, sequences, functions, types } = &self.objects;
        let lists = [schemas, tables, views, sequences, functions, types];
        let written = self.seen[0].steps.iter().flat_map(|step| step.rows.keys());
        match lists
            .into_iter()
            .flatten()
            .chain(written)
            .find(|name| !name.split('(').next().unwrap_or_default().split('.').all(is_plain_word))
        {
            Some(object) => Err(DeriveError::Name { object: object.clone() }),
            None => Ok(()),
        }
    }

    /// Both runs must create the same objects with the same shapes, and write the same numbers of rows.
    pub(super) fn check_same_objects(&self) -> Result<(), DeriveError> {
        let mut what = Vec::new();
        let [first, second] = self.seen;
        if first.packet() != second.packet() {
            what.push("the objects that are created".to_owned());
        }
        for (place, (one, other)) in first.steps.iter().zip(&second.steps).enumerate() {
            let tier = &self.texts.tiers[one.tier].page.name;
            let of = if one.back { "the rollback of tier" } else { "tier" };
            for table in one.rows.keys().chain(other.rows.keys()).collect::<BTreeSet<_>>() {
                if one.rows.get(table) != other.rows.get(table) {
                    what.push(format!("how many rows of {table} {of} {tier} writes"));
                }
            }
            let shapes = |step: &'r DerivedStep, seen: &'r Seen| changed(seen.before(place), &step.state);
            let (one, other) = (shapes(one, first), shapes(other, second));
            for object in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
                if one.get(object) != other.get(object) {
                    what.push(format!("the shape of {object}"));
                }
            }
        }
        if what.is_empty() { Ok(()) } else { Err(DeriveError::Differ { what }) }
    }

    /// Rejects what no tier may do.
    pub(super) fn refuse(
        &self,
        texts: &TierTexts<'_>,
        number: usize,
        changed: &Changed<'_>,
    ) -> Result<(), DeriveError> {
        let tier = || texts.page.name.clone();
        let page = self.texts.page;
        let (before, step) = self.step(0, number, false);
        let (_, back) = self.step(0, number, true);
        let altered = changed.keys().copied().filter(|object| !self.is_own(object));
        for relation in step.rows.keys().chain(back.rows.keys()).chain(altered) {
            if page.never_write.contains(relation) || *relation == page.approval.table {
                return Err(DeriveError::NeverWrite { tier: tier(), relation: relation.clone() });
            }
            if page.hold.contains(relation) {
                return Err(DeriveError::Held { tier: tier(), relation: relation.clone() });
            }
        }
        if let Some(what) = self.foreign(before, &step.state, changed) {
            return Err(DeriveError::Foreign { tier: tier(), what });
        }
        if step.rows.is_empty() && changed.is_empty() && step.state.created_since(before).next().is_none() {
            return Err(DeriveError::Idle { tier: tier() });
        }
        if let Some(table) = Self::unwritten(before, step) {
            return Err(DeriveError::NoRow { tier: tier(), table });
        }
        let told = texts.absent.is_some() && texts.applied.is_some();
        for (table, delta) in step.rows.iter().filter(|(table, _)| before.rows.contains_key(*table) && !told) {
            if written::changed_old_rows(before, &step.state, table, *delta) > 0 {
                return Err(DeriveError::OldRows { tier: tier(), table: table.clone() });
            }
            if self.is_live(number, table) {
                return Err(DeriveError::LiveRows { tier: tier(), table: table.clone() });
            }
        }
        Ok(())
    }

    /// A table that a statement opened for writing although no row of it was written. A table that a foreign key action opens is not
    /// reported.
    fn unwritten(before: &DatabaseState, step: &DerivedStep) -> Option<String> {
        let opened = |modes: &BTreeSet<String>| modes.contains("RowExclusiveLock");
        let follows =
            |table: &String| before.references.iter().any(|(from, to, _)| from == table && step.rows.contains_key(to));
        // A statement on a partitioned table opens all its partitions.
        let written: BTreeSet<&str> = step.rows.keys().map(|table| before.whole(table)).collect();
        let tables = step.held.iter().filter(|(name, modes)| {
            opened(modes) && before.rows.contains_key(*name) && !written.contains(before.whole(name))
        });
        tables.map(|(name, _)| name).find(|name| !follows(name)).cloned()
    }

    /// The first change that a tier must not make: to a function, type or schema that existed before the packet, to grants, owners,
    /// extensions or event triggers, or the drop of an existing object.
    fn foreign(&self, before: &DatabaseState, after: &DatabaseState, changed: &Changed<'_>) -> Option<String> {
        let is_relation = |key: &str| {
            before.object(key).is_some_and(|object| !matches!(object.kind.as_str(), "function" | "type" | "schema"))
        };
        for (object, parts) in changed.iter().filter(|(object, _)| !self.is_own(object)) {
            if !is_relation(object) {
                return Some((*object).clone());
            }
            if parts.iter().any(|(part, _)| part.starts_with("grants")) {
                return Some(format!("grants on {object}"));
            }
        }
        // Indexes and TOAST tables belong to their table, and a rewrite of the table replaces them.
        let gone = |object: &&Object| {
            let there = after.objects.iter().any(|now| now.oid == object.oid && now.kind == object.kind);
            object.is_listed() && !there && !self.is_own(&object.key())
        };
        if let Some(object) = before.objects.iter().find(gone) {
            return Some(format!("{} {} is dropped", object.kind, object.name));
        }
        let watched = |kind: &str, name: &str, is_new: bool| match kind {
            "extension" | "event trigger" => true,
            "owner" => !is_new,
            "grants" => name.starts_with("default "),
            _ => false,
        };
        let differs = after.facts.iter().find(|(key, digest)| {
            let known = before.facts.get(key);
            known != Some(digest) && watched(&key.0, &key.1, known.is_none())
        });
        differs.map(|((kind, name), _)| format!("{kind} {name}"))
    }
}
