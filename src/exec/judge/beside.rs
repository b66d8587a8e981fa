//! Judges what a tier did beside its promise to tables that it only alters or refers to, to existing objects, and with grants on its own
//! objects. This module is pure.

use super::words::delta_words;
use crate::pg::session::Row;
use crate::release::{Delta, Tier};
use std::collections::{BTreeMap, BTreeSet};

/// What the server reported about one table or partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableWrites {
    /// The table's oid.
    pub oid: String,
    /// The packet's names for the table: its own name and those of the tables that it is a part of.
    pub names: Vec<String>,
    /// The rows that this transaction inserted, updated and deleted so far, by the server's counters.
    pub counters: [i64; 3],
    /// The number of the table's file.
    pub files: String,
    /// The size in bytes.
    pub bytes: i64,
}

impl TableWrites {
    /// Reads a row of `src/pg/questions/beside.sql`.
    pub fn of(row: &Row) -> Self {
        let number = |name| row.number(name).unwrap_or_default();
        Self {
            oid: row.text("oid").to_owned(),
            names: row.text("names").split(' ').map(str::to_owned).collect(),
            counters: ["inserted", "updated", "deleted"].map(number),
            files: row.text("files").to_owned(),
            bytes: number("bytes"),
        }
    }
}

/// Grants on one of the tier's own objects, to one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedPart {
    pub object: String,
    /// The name of the part in derived.toml, such as `grants~to~app`.
    pub part: String,
    pub digest: String,
    /// Whether default privileges of this database explain all of it.
    pub by_default: bool,
    /// Whether default privileges of this database give this role anything.
    pub has_default: bool,
}

impl GrantedPart {
    pub fn of(row: &Row) -> Self {
        let text = |name| row.text(name).to_owned();
        Self {
            object: text("object"),
            part: text("part"),
            digest: text("digest"),
            by_default: row.is_true("by_default"),
            has_default: row.is_true("has_default"),
        }
    }
}

/// The parts of objects, by object and part, with their digests.
pub type PartDigests = BTreeMap<(String, String), String>;

/// The evidence before the body and at the end.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    pub tables: [Vec<TableWrites>; 2],
    /// The existing tables that had a row before the body. Rows of their partitions do not count.
    pub filled: BTreeSet<String>,
    /// The parts of the existing objects that the tier changes or refers to.
    pub shapes: [PartDigests; 2],
    /// The grants on the tier's own objects. Empty for a rollback.
    pub grants: Vec<GrantedPart>,
}

/// What a tier declares.
#[derive(Clone, Copy, Debug)]
pub struct Declared<'a> {
    pub tier: &'a Tier,
    /// Tables that the tier creates and leaves empty.
    pub empty: &'a BTreeSet<&'a str>,
    /// Whether the tier is rolled back.
    pub back: bool,
}

/// Every breach, in words. `counted`: whether the server's counters were on during the tier.
pub(super) fn breaches(beside: Option<&Beside>, counted: bool, declared: Declared<'_>) -> Vec<String> {
    let Some(beside) = beside else { return Vec::new() };
    let mut found = Vec::new();
    if counted {
        found.extend(row_breaches(beside, declared));
    }
    found.extend(shape_breaches(&beside.shapes, declared.tier));
    if !declared.back {
        found.extend(grant_breaches(&beside.grants, declared.tier));
    }
    found
}

/// Tables in which the tier should write no row: those that it only alters or refers to, those of other tiers, and those that it creates and
/// leaves empty. The states of the tiers compare the rows of other tables that it creates.
fn row_breaches(beside: &Beside, declared: Declared<'_>) -> Vec<String> {
    let [before, after] = &beside.tables;
    let tier = declared.tier;
    let is_written = |name: &String| tier.writes.contains(name) || declared.back && tier.made(name);
    let is_empty = |name: &String| !declared.back && declared.empty.contains(name.as_str());
    let mut found = Vec::new();
    for now in after.iter().filter(|table| !table.names.iter().any(is_written)) {
        let name = now.names.first().map_or("", String::as_str);
        let was = match before.iter().find(|table| table.oid == now.oid) {
            Some(was) => was.clone(),
            // A partitioned table has no rows of its own. Its partitions may have some.
            None if now.names.iter().all(is_empty) => TableWrites::default(),
            None => {
                // A part has the names of its table, which was there before.
                if before.iter().any(|table| table.names == now.names) {
                    found.push(format!("made while the tier ran, but not declared by it: a part of {name}"));
                }
                continue;
            }
        };
        let [inserted, updated, deleted] = std::array::from_fn(|kind| now.counters[kind] - was.counters[kind]);
        let delta = Delta { inserted, updated, deleted };
        let is_emptied = was.files != now.files && now.bytes == 0 && was.bytes > 0 && beside.filled.contains(name);
        if inserted - deleted != 0 || updated != 0 {
            found.push(format!("{name}: the tier declares no rows of this table, but wrote {}", delta_words(delta)));
        } else if is_emptied && now.names.len() == 1 {
            found.push(format!("{name}: the tier declares no rows of this table, but emptied it"));
        }
    }
    found
}

/// Parts of existing objects that changed while the tier ran and that it does not declare. Another session may have changed them.
fn shape_breaches([before, after]: &[PartDigests; 2], tier: &Tier) -> Vec<String> {
    let mut found = Vec::new();
    let all: BTreeSet<&(String, String)> = before.keys().chain(after.keys()).collect();
    for key in all {
        let (was, is) = (before.get(key), after.get(key));
        let (object, part) = key;
        if was == is || is_declared(object, part, was.is_some() && is.is_some(), tier) {
            continue;
        }
        let verb = match (was, is) {
            (None, _) => "made",
            (_, None) => "removed",
            _ => "changed",
        };
        let part = part.replace(['.', '~'], " ");
        found.push(format!("{verb} while the tier ran, but not declared by it: {part} of {object}"));
    }
    found
}

/// Whether the tier declares a change of this part. `remains` is true if the part exists before and after it.
fn is_declared(object: &str, part: &str, remains: bool, tier: &Tier) -> bool {
    let shapes = || tier.shapes.iter().filter(|shape| shape.object == object);
    let words = |text: &'_ str| -> Vec<String> {
        text.split(' ').filter_map(|word| word.split(':').next()).map(str::to_owned).collect()
    };
    let names: BTreeSet<String> =
        shapes().flat_map(|shape| [words(&shape.parts), words(&shape.before)].concat()).collect();
    if names.contains(part) || shapes().any(|shape| shape.dropped) {
        return true;
    }
    // If a column is renamed, dropped or gets another type, the texts of constraints, indexes and so on change that name the column, and so do
    // the names of the parts that belong to it.
    let changed: BTreeSet<String> = shapes().flat_map(|shape| words(&shape.before)).collect();
    let columns = |names: &BTreeSet<String>| -> Vec<String> {
        names.iter().filter_map(|name| name.strip_prefix("column.")).map(str::to_owned).collect()
    };
    let (changed, columns) = (columns(&changed), columns(&names));
    let rest = part.split_once('.').map_or("", |(_, rest)| rest);
    let of_column = columns
        .iter()
        .any(|column| rest.strip_prefix(column).is_some_and(|after| after.is_empty() || after.starts_with('~')));
    of_column || remains && !changed.is_empty() && !["relation", "grants"].iter().any(|kind| part.starts_with(kind))
}

/// Grants on the tier's own objects that the packet does not have, or has otherwise.
fn grant_breaches(grants: &[GrantedPart], tier: &Tier) -> Vec<String> {
    let own = || tier.shapes.iter().filter(|shape| tier.made(&shape.object));
    let shipped: BTreeMap<(&str, &str), &str> = own()
        .flat_map(|shape| {
            let parts = shape.parts.split(' ').filter_map(|word| word.split_once(':'));
            parts
                .filter(|(name, _)| name.starts_with("grants"))
                .map(|(name, digest)| ((shape.object.as_str(), name), digest))
        })
        .collect();
    let in_words = |part: &str| part.replace(['.', '~'], " ");
    let mut found = Vec::new();
    for one in grants {
        let known = shipped.get(&(one.object.as_str(), one.part.as_str()));
        let is_right = match known {
            Some(digests) => digests.split('/').any(|digest| digest == one.digest) || one.has_default,
            None => one.by_default,
        };
        if !is_right {
            found.push(format!("the tier made other {} of {} than it declares", in_words(&one.part), one.object));
        }
    }
    let has_default = grants.iter().any(|one| one.has_default);
    for (object, part) in shipped.keys() {
        if !has_default && !grants.iter().any(|one| (one.object.as_str(), one.part.as_str()) == (*object, *part)) {
            found.push(format!("the tier did not make the {} of {object}, which it declares", in_words(part)));
        }
    }
    found
}

#[cfg(test)]
mod tests;
