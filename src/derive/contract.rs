//! The prerequisite contract: the relations that the packet names, with the columns and privileges that it needs. It is derived from locks
//! and from runs with renamed columns, never from the text of the SQL.

use super::DeriveError;
use super::runs::Runs;
use super::seen::Held;
use super::state::DatabaseState;
use crate::packet::page::Contracted;
use std::collections::{BTreeMap, BTreeSet};

/// The lock modes that a statement takes if it only reads a relation, directly or through a view.
const READING: [&str; 2] = ["AccessShareLock", "RowShareLock"];

/// The contract, sorted by name.
pub(super) fn of(runs: &Runs<'_, '_>) -> Result<Vec<Contracted>, DeriveError> {
    let before = &runs.seen[0].before;
    let mut named: BTreeSet<String> = page_names(runs, before)?;
    let steps = runs.seen[0].steps.iter().map(|step| &step.held);
    // Normally a relation behind a view does not count as named. It does count if a statement failed without one of its columns.
    let used: BTreeSet<&String> = runs.seen[0].used.iter().flatten().map(|(relation, _)| relation).collect();
    for held in steps.chain(&runs.seen[0].held_by_queries) {
        let missed = |name: &String| used.contains(name) && before.whole(name) == name;
        let is_named = |name: &&String| missed(name) || is_named(before, held, name);
        named.extend(held.keys().filter(|name| kind(before, name).is_some()).filter(is_named).cloned());
    }
    let needs = needs(runs);
    let contracted = named.into_iter().filter_map(|object| {
        let kind = kind(before, &object)?.to_owned();
        let of_approvals = object == runs.texts.page.approval.table;
        let used = |name: &str| runs.is_used(&object, name) || of_approvals && runs.approval_columns().contains(&name);
        let columns = before.columns_of(&object).filter(|column| used(&column.name));
        let columns: Vec<String> = columns.map(|column| format!("{}:{}", column.name, column.category)).collect();
        let more = needs.get(&object).into_iter().flatten();
        let needs: Vec<&str> = std::iter::once("SELECT").chain(more.map(|(_, word)| *word)).collect();
        Some(Contracted { columns: columns.join(" "), needs: needs.join(" "), kind, object })
    });
    Ok(contracted.collect())
}

/// The relations that the page names. Each must exist in the prerequisite or belong to the packet.
fn page_names(runs: &Runs<'_, '_>, before: &DatabaseState) -> Result<BTreeSet<String>, DeriveError> {
    let page = runs.texts.page;
    let tiers = runs.texts.tiers.iter().flat_map(|tier| &tier.page.live);
    let lists = [
        ("approval.table", vec![&page.approval.table]),
        ("hold", page.hold.iter().collect()),
        ("live", page.live.iter().chain(tiers).collect()),
        ("never_write", page.never_write.iter().collect()),
    ];
    let mut named = BTreeSet::new();
    for (key, relations) in lists {
        for relation in relations {
            if kind(before, relation).is_none() && !runs.is_own(relation) {
                return Err(DeriveError::NoRelation { key, relation: relation.clone() });
            }
            named.insert(relation.clone());
        }
    }
    Ok(named)
}

/// The kind of a relation in the words of the contract. `None` if the contract cannot list such an object.
fn kind(before: &DatabaseState, name: &str) -> Option<&'static str> {
    let object = before.objects.iter().find(|object| object.name == name && object.kind != "row type")?;
    match object.kind.as_str() {
        "table" => Some("table"),
        "foreign table" => Some("foreign table"),
        "view" => Some("view"),
        "matview" => Some("materialized view"),
        _ => None,
    }
}

/// Whether a statement named the relation itself. It did not if the lock came through a view, through the parent of a partition, or from
/// the check of a foreign key.
fn is_named(before: &DatabaseState, held: &Held, name: &str) -> bool {
    let Some(modes) = held.get(name) else { return false };
    if before.whole(name) != name && held.contains_key(before.whole(name)) {
        return false;
    }
    if modes.iter().any(|mode| !READING.contains(&mode.as_str())) {
        return true;
    }
    let behind = held.keys().any(|view| before.reads.get(view).is_some_and(|read| read.contains(name)));
    let looked_up = !modes.contains("AccessShareLock")
        && before.references.iter().any(|(from, to, _)| {
            to == name && held.get(from).is_some_and(|modes| modes.iter().any(|mode| !READING.contains(&mode.as_str())))
        });
    !behind && !looked_up
}

/// The privileges that are needed in addition to SELECT, each with its position in the list. A privilege that the role lacked in the build
/// is not needed: the tiers ran without it, because a function of another role wrote the table.
fn needs(runs: &Runs<'_, '_>) -> BTreeMap<String, BTreeSet<(u8, &'static str)>> {
    let mut needs: BTreeMap<String, BTreeSet<(u8, &'static str)>> = BTreeMap::new();
    let before = &runs.seen[0].before;
    let mut need = |relation: &str, place: u8, word: &'static str| {
        let relation = before.whole(relation).to_owned();
        if !runs.seen[0].lacking.contains(&(relation.clone(), word.to_owned())) {
            needs.entry(relation).or_default().insert((place, word));
        }
    };
    for step in &runs.seen[0].steps {
        for (table, delta) in &step.rows {
            let kinds = [(delta.inserted, 1, "INSERT"), (delta.updated, 2, "UPDATE"), (delta.deleted, 3, "DELETE")];
            let former = step.state.former_name(before, table);
            kinds.iter().filter(|(count, ..)| *count > 0).for_each(|(_, place, word)| need(former, *place, word));
        }
        // A foreign key or trigger of a table that the tier only renames is not new.
        let former = |name: &String| step.state.former_name(before, name).to_owned();
        let references = step.state.references.iter().map(|(from, to, name)| (former(from), former(to), name.clone()));
        let references = references.filter(|known| !before.references.contains(known));
        references.for_each(|(_, to, _)| need(&to, 4, "REFERENCES"));
        let triggers = step.state.triggers.iter().map(|(on, name)| (former(on), name.clone()));
        triggers.filter(|known| !before.triggers.contains(known)).for_each(|(on, _)| need(&on, 5, "TRIGGER"));
    }
    needs
}
