//! Judges whether a tier changed anything that derived.toml does not list: rows of tables in which the tier should write none, parts and grants
//! of existing objects, and owners of and grants on the objects that the tier creates. This module is pure.

use super::words::delta_words;
use crate::packet::form::moved_part;
use crate::pg::session::Row;
use crate::release::{Delta, Tier};
use std::collections::{BTreeMap, BTreeSet};

/// What the server reported about one table, or about one partition of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableWrites {
    /// The table's oid.
    pub oid: String,
    /// The name of the table, if the packet names it, and the names of the partitioned tables above it.
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

/// All privileges that one role has on one object that the tier created, or the owner of such an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedPart {
    pub object: String,
    /// The name of the part in derived.toml, such as `grants~to~app` or `owner`.
    pub part: String,
    pub digest: String,
    /// Whether ALTER DEFAULT PRIVILEGES of this database gave the role all of these privileges. For an owner, whether it is the current role.
    pub by_default: bool,
    /// Whether ALTER DEFAULT PRIVILEGES of this database gave the role at least one privilege.
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

/// The part that holds the name of an object's owner.
const OWNER: &str = "owner";

/// The kinds of parts whose texts may name columns. The server changes them if a column is renamed, dropped or given another type.
const WITH_COLUMNS: [&str; 10] = [
    "constraint.",
    "index.",
    "definition",
    "column~list",
    "trigger.",
    "rule.",
    "policy.",
    "statistics.",
    "partition",
    "generation.",
];

/// The digest of each part of an object's shape. The key is the object and the part.
pub type PartDigests = BTreeMap<(String, String), String>;

/// What the server reported. Each pair is the state before the SQL of the tier and the state at the end of the transaction.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    pub tables: [Vec<TableWrites>; 2],
    /// The existing tables that contained at least one row before the SQL of the tier. Rows of a partition count for the partition only.
    pub filled: BTreeSet<String>,
    /// The shapes of the existing objects that the tier changes or refers to.
    pub shapes: [PartDigests; 2],
    /// The owners of the objects that the tier created, and the grants on them. Empty for a rollback.
    pub grants: Vec<GrantedPart>,
}

/// What derived.toml says about the tier.
#[derive(Clone, Copy, Debug)]
pub struct Declared<'a> {
    pub tier: &'a Tier,
    /// Tables that the tier creates and leaves empty.
    pub empty: &'a BTreeSet<&'a str>,
    /// Whether the tier is rolled back.
    pub back: bool,
}

/// Every breach, in words. `counted` is true if the server counted written rows during the tier (`track_counts`).
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

/// Breaches in tables in which the tier should write no row. These are the tables that it only alters or refers to, the tables of other tiers, and
/// the tables that it creates and leaves empty. A table that the tier creates and fills is not judged here: the tier's state compares its rows.
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
            // The tier creates this table. A partition is judged only if the partitioned table and the partition are both left empty.
            None if now.names.iter().all(is_empty) => TableWrites::default(),
            None => {
                // This is a new partition or inheritance child of an existing table, because a table with the same names existed before.
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

/// Parts of existing objects that changed while the tier ran, although derived.toml does not list them. Another session may have changed them, so
/// the words do not say who did.
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
        found.push(format!("{verb} while the tier ran, but not declared by it: {} of {object}", in_words(part)));
    }
    found
}

/// The name of a part for people: `grants to app` for `grants~to~app`.
fn in_words(part: &str) -> String {
    part.replace(['.', '~'], " ")
}

/// Whether derived.toml lists this part for the tier, or the change follows from one that it lists. `remains` is true if the part exists before
/// and after the tier.
fn is_declared(object: &str, part: &str, remains: bool, tier: &Tier) -> bool {
    let shapes = || tier.shapes.iter().filter(|shape| shape.object == object);
    // What the server reported from before a rename has the new names of the columns here.
    let names = |text: &str, columns: &[(&str, &str)]| -> BTreeSet<String> {
        let changed = text.split(' ').filter(|word| !word.contains(":="));
        changed.filter_map(|word| word.split(':').next()).map(|part| moved_part(part, columns)).collect()
    };
    let after: BTreeSet<String> = shapes().flat_map(|shape| names(&shape.parts, &[])).collect();
    let before: BTreeSet<String> = shapes().flat_map(|shape| names(&shape.before, &shape.renamed_columns())).collect();
    if after.contains(part) || before.contains(part) || shapes().any(|shape| shape.dropped) {
        return true;
    }
    // The owner of a new view that takes the name of a renamed object, and the grants on it, are judged with the tier's own objects.
    if shapes().any(|shape| shape.renamed) && (part == OWNER || part.starts_with("grants")) {
        return true;
    }
    // If the tier drops a column or gives it another type, two other things change. Constraints, indexes and so on have the column in their
    // texts. And the names of some parts end with the name of the column, such as `storage.weight`. A rename changes the texts only, also those
    // of other tables' foreign keys.
    let is_column = |name: &&String| name.starts_with("column.");
    let renames = tier.shapes.iter().any(|shape| !shape.from.is_empty() || !shape.renamed_columns().is_empty());
    let changes_texts = renames || before.iter().any(|name| is_column(&name));
    let belongs_to = |name: &String| {
        let column = name.strip_prefix("column.").unwrap_or_default();
        let owner = part.split_once('.').and_then(|(_, owner)| owner.strip_prefix(column));
        owner.is_some_and(|rest| rest.is_empty() || rest.starts_with('~'))
    };
    let of_column = after.union(&before).filter(is_column).any(belongs_to);
    of_column || remains && changes_texts && WITH_COLUMNS.iter().any(|kind| part.starts_with(kind))
}

/// Grants on the objects that the tier created and owners of these objects, if they differ from derived.toml. An object whose owner is not in
/// derived.toml belongs to the role that releases.
fn grant_breaches(grants: &[GrantedPart], tier: &Tier) -> Vec<String> {
    let own = || tier.shapes.iter().filter(|shape| tier.creates_object(shape));
    let shipped: BTreeMap<(&str, &str), &str> = own()
        .flat_map(|shape| {
            let parts = shape.parts.split(' ').filter_map(|word| word.split_once(':'));
            parts
                .filter(|(name, _)| name.starts_with("grants") || *name == OWNER)
                .map(|(name, digest)| ((shape.object.as_str(), name), digest))
        })
        .collect();
    let mut found = Vec::new();
    for one in grants {
        let known = shipped.get(&(one.object.as_str(), one.part.as_str()));
        let is_right = match known {
            Some(digests) => digests.split('/').any(|digest| digest == one.digest) || one.has_default,
            None => one.by_default,
        };
        if !is_right && one.part == OWNER {
            found.push(format!("the tier gave {} another owner than it declares", one.object));
        } else if !is_right {
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
