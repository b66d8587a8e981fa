//! Finds effects in the two runs that no packet may have. This module is pure.

use super::DeriveError;
use super::changed::{Changed, changed};
use super::runs::Runs;
use super::seen::{DerivedStep, Seen};
use super::state::{DatabaseState, Object};
use super::texts::TierTexts;
use super::written::{self, Volatile};
use crate::packet::form::Objects;
use crate::packet::name::is_name;
use crate::packet::page::Delta;
use std::collections::BTreeSet;

/// The kinds of objects that the state of a tier compares, as the command tags name them.
const KINDS: [&str; 17] = [
    "AGGREGATE",
    "DOMAIN",
    "FUNCTION",
    "INDEX",
    "MATERIALIZED VIEW",
    "POLICY",
    "PROCEDURE",
    "ROUTINE",
    "RULE",
    "SCHEMA",
    "SEQUENCE",
    "STATISTICS",
    "TABLE",
    "TABLE AS",
    "TRIGGER",
    "TYPE",
    "VIEW",
];

/// Command tags without a kind. A change to an object of another kind is seen as a change outside the packet.
const WITHOUT_KIND: [&str; 5] = ["COMMENT", "GRANT", "REINDEX", "REVOKE", "SELECT INTO"];

/// Whether a command with this tag creates, alters or drops an object that the state of a tier cannot compare.
fn is_of_other_kind(tag: &str) -> bool {
    let kind = tag.split_once(' ').map_or("", |(_, kind)| kind);
    !KINDS.contains(&kind) && !WITHOUT_KIND.contains(&tag)
}

impl<'r> Runs<'r, '_> {
    /// Refuses objects and columns with names that are not allowed in a packet.
    pub(super) fn check_names(&self) -> Result<(), DeriveError> {
        let Objects { schemas, tables, views, sequences, functions, types } = &self.objects;
        let own = [schemas, tables, views, sequences, functions, types].into_iter().flatten();
        let written = self.seen[0].steps.iter().flat_map(|step| step.rows.keys());
        let is_odd = |name: &&String| !name.split('(').next().unwrap_or_default().split('.').all(is_name);
        if let Some(object) = own.chain(written.clone()).find(is_odd) {
            return Err(DeriveError::Name { object: object.clone() });
        }
        let last = &self.seen[0].steps[self.texts.tiers.len() - 1].state;
        let columns = tables.iter().chain(views).chain(written).flat_map(|relation| {
            let used = last.columns_of(relation).filter(move |column| self.is_used(relation, &column.name));
            used.map(move |column| (relation, &column.name))
        });
        let used = self.seen[0].used.iter().flatten().map(|(relation, column)| (relation, column));
        match columns.chain(used).find(|(_, column)| !is_name(column)) {
            Some((relation, column)) => Err(DeriveError::Name { object: format!("column {column} of {relation}") }),
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
        let (before_back, _) = self.step(0, number, true);
        let renamed = [(before, step), (before_back, back)].into_iter().find_map(|(before, step)| {
            let names = step.rows.keys().map(|table| step.state.former_name(before, table));
            names.zip(step.rows.keys()).find(|(former, table)| *former != table.as_str())
        });
        if let Some((former, table)) = renamed {
            let table = if before.relation(former).is_some() { former } else { table };
            return Err(DeriveError::RenamedRows { tier: tier(), table: table.to_owned() });
        }
        if let Some(name) = self.reused(before, &step.state) {
            return Err(DeriveError::NameReused { tier: tier(), name });
        }
        let is_scratch = |name: &&String| !before.objects.iter().any(|object| object.name == **name);
        if let Some(object) = step.dropped.iter().find(is_scratch) {
            return Err(DeriveError::Scratch { tier: tier(), object: object.clone() });
        }
        if let Some(part) = self.taken_away(before, &step.state) {
            return Err(DeriveError::TakenAway { tier: tier(), part });
        }
        if let Some(what) = self.foreign(before, &step.state) {
            return Err(DeriveError::Foreign { tier: tier(), what });
        }
        if let Some(command) = step.commands.iter().chain(&back.commands).find(|command| is_of_other_kind(command)) {
            return Err(DeriveError::Kind { tier: tier(), command: command.clone() });
        }
        if step.rows.is_empty() && changed.is_empty() && step.state.created_since(before).next().is_none() {
            return Err(DeriveError::Idle { tier: tier() });
        }
        // The body of a function opens the tables that it names when the function is created, and the action of a rule opens its tables when
        // the rule is created. Such tables count as written, with no row.
        let opens = |(object, parts): (&&String, &Vec<(&String, &String)>)| {
            object.contains('(') || parts.iter().any(|(part, _)| part.starts_with("rule."))
        };
        let mut unwritten = Self::unwritten(before, step).filter(|_| !changed.iter().any(opens));
        if let Some(table) = unwritten.next() {
            return Err(DeriveError::NoRow { tier: tier(), table: table.clone() });
        }
        let has_queries = texts.tells_rows();
        for (table, delta) in step.rows.iter().filter(|(table, _)| before.rows.contains_key(*table) && !has_queries) {
            // The shape of the table shows whether the tier is applied.
            if written::fills_new_columns(before, &step.state, table, *delta) {
                continue;
            }
            if written::changed_old_rows(before, &step.state, table, *delta) > 0 {
                return Err(DeriveError::OldRows { tier: tier(), table: table.clone() });
            }
            if self.is_live(number, table) {
                return Err(DeriveError::LiveRows { tier: tier(), table: table.clone() });
            }
        }
        Ok(())
    }

    /// The tables that the tier locked as a writer does, but in which it wrote no row. Tables that were locked only for the action of a foreign
    /// key are left out.
    pub(super) fn unwritten<'s>(before: &'s DatabaseState, step: &'s DerivedStep) -> impl Iterator<Item = &'s String> {
        let opened = |modes: &BTreeSet<String>| modes.contains("RowExclusiveLock");
        let follows = move |table: &String| {
            before.references.iter().any(|(from, to, _)| from == table && step.rows.contains_key(to))
        };
        // A statement on a partitioned table opens all its partitions.
        let written: BTreeSet<&str> = step
            .rows
            .keys()
            .flat_map(|table| [before.whole(table), step.state.whole(table), step.state.former_name(before, table)])
            .collect();
        let tables = step.held.iter().filter(move |(name, modes)| {
            opened(modes) && before.rows.contains_key(*name) && !written.contains(before.whole(name))
        });
        tables.map(|(name, _)| name).filter(move |name| !follows(name))
    }

    /// The first part of an object that an earlier tier made or changed, and that is no longer there. Without it the state of the earlier tier
    /// cannot be compared.
    fn taken_away(&self, before: &DatabaseState, after: &DatabaseState) -> Option<String> {
        let start = &self.seen[0].before.shapes;
        let parts = before.shapes.iter().flat_map(|(object, parts)| parts.iter().map(move |part| (object, part)));
        let is_of_earlier_tier = |object: &str, part: &str, digest: &String| {
            // Owners and grants are not compared.
            part != "owner"
                && !part.starts_with("grants")
                && start.get(object).and_then(|parts| parts.get(part)) != Some(digest)
        };
        let is_gone = |object: &str, part: &str| after.shapes.get(object).is_none_or(|parts| !parts.contains_key(part));
        let mut gone =
            parts.filter(|(object, (part, digest))| is_gone(object, part) && is_of_earlier_tier(object, part, digest));
        gone.next().map(|(object, (part, _))| format!("{} of {object}", part.replace(['.', '~'], " ")))
    }

    /// The name of an existing relation that the tier gives to another relation, where that is refused. A new view or materialized view may get the
    /// name if the same tier renames or drops the old relation. A new table or sequence may not: a rollback would drop its rows without a check.
    fn reused(&self, before: &DatabaseState, after: &DatabaseState) -> Option<String> {
        let is_reused = |object: &&Object| {
            let Some(now) = after.relation(&object.name).filter(|now| now.oid != object.oid) else { return false };
            match before.relation(&object.name) {
                Some(was) if was.oid == now.oid => false,
                Some(was) => {
                    let is_renamed = after.objects.iter().any(|object| object.oid == was.oid);
                    matches!(now.kind.as_str(), "table" | "sequence") && (was.kind != now.kind || is_renamed)
                }
                // An earlier tier freed the name.
                None => true,
            }
        };
        let mut old = self.seen[0].before.objects.iter().filter(|object| object.has_relation_name());
        old.find(is_reused).map(|object| object.name.clone())
    }

    /// Rejects changes of rows that an earlier tier inserted. `left_out` are the columns that no state compares.
    pub(super) fn refuse_earlier_rows(&self, number: usize, left_out: &Volatile) -> Result<(), DeriveError> {
        let (before, step) = self.step(0, number, false);
        let changes = |delta: &Delta| delta.updated > 0 || delta.deleted > 0;
        for table in step.rows.iter().filter(|(_, delta)| changes(delta)).map(|(table, _)| table) {
            for earlier in (0..number).filter(|earlier| self.filled(*earlier).contains(&table)) {
                let (start, filled) = self.step(0, earlier, false);
                let lines = written::inserted(start, &filled.state, table);
                if !written::remain([&filled.state, before, &step.state], &lines, left_out, table) {
                    let names = [number, earlier].map(|tier| self.texts.tiers[tier].page.name.clone());
                    let [tier, earlier] = names;
                    return Err(DeriveError::EarlierRows { tier, table: table.clone(), earlier });
                }
            }
        }
        Ok(())
    }

    /// The first change that a tier must not make: to an owner, default privileges, extensions or event triggers, or the drop of an object
    /// that an earlier tier created.
    fn foreign(&self, before: &DatabaseState, after: &DatabaseState) -> Option<String> {
        // Indexes and TOAST tables belong to their table, and a rewrite of the table replaces them. A table that is dropped and created
        // again in one tier would lose its rows.
        let gone = |object: &&Object| {
            let is_same = |now: &&Object| now.kind == object.kind && now.key() == object.key();
            let is_kept = match after.objects.iter().find(is_same) {
                Some(_) => object.kind != "table" || after.objects.iter().any(|now| now.oid == object.oid),
                None => self.seen[0].before.object(&object.key()).is_some(),
            };
            object.is_listed() && !is_kept
        };
        if let Some(object) = before.objects.iter().find(gone) {
            return Some(format!("{} {} is dropped", object.kind, object.name));
        }
        let is_sequence = |object: &Object| matches!(object.kind.as_str(), "sequence" | "owned");
        let belongs_otherwise = |was: &&Object| {
            after.objects.iter().any(|now| now.oid == was.oid && is_sequence(now) && now.kind != was.kind)
        };
        if let Some(sequence) = before.objects.iter().filter(|object| is_sequence(object)).find(belongs_otherwise) {
            return Some(format!("the column that sequence {} belongs to (OWNED BY)", sequence.name));
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
