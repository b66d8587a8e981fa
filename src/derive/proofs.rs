//! Checks that the rollbacks reverted the tiers: structure, rows and sequences must be as they were before.

use super::DeriveError;
use super::seen::{DerivedStep, Seen};
use super::state::DatabaseState;
use super::texts::Texts;
use super::written;
use std::collections::{BTreeMap, BTreeSet};

/// The kinds of facts in the order in which they are reported. Objects that contain others come first.
const RANKS: [&str; 8] = ["schema", "table", "view", "materialized view", "function", "type", "sequence", "column"];

/// The end of a sentence about something that the rollbacks did not restore.
const NOT_AS_BEFORE: &str = "is not as before";

/// Reports an error if anything is not as it was before the first tier. `other` is the first run, if this is the second.
pub(super) fn rolled_back(texts: &Texts<'_>, seen: &Seen, other: Option<&Seen>) -> Result<(), DeriveError> {
    let Some(last) = seen.steps.last() else { return Ok(()) };
    debug_assert_eq!(seen.steps.len(), 2 * texts.tiers.len());
    let mut what = structure(&seen.before, &last.state);
    what.extend(rows(texts, &seen.before, &last.state));
    what.extend(sequences(seen, last, other));
    if what.is_empty() { Ok(()) } else { Err(DeriveError::Remains { what }) }
}

/// The differences in structure. A difference that belongs to an object which is already reported is left out.
fn structure(before: &DatabaseState, after: &DatabaseState) -> Vec<String> {
    let names: BTreeSet<&(String, String)> = before.facts.keys().chain(after.facts.keys()).collect();
    let mut found: Vec<(usize, &str, &str, &str)> = names
        .into_iter()
        .filter_map(|key @ (kind, name)| {
            let words = match (before.facts.get(key), after.facts.get(key)) {
                (None, Some(_)) => "is still there",
                (Some(_), None) => "is gone",
                (one, other) if one != other => NOT_AS_BEFORE,
                _ => return None,
            };
            let rank = RANKS.iter().position(|known| known == kind).unwrap_or(RANKS.len());
            Some((rank, kind.as_str(), name.as_str(), words))
        })
        .collect();
    found.sort_unstable();
    let mut listed: Vec<(&str, &str)> = Vec::new();
    let mut what = Vec::new();
    for (_, kind, name, words) in found {
        let part = |(whole, how): &(&str, &str)| {
            *how == words
                && (*whole == name || name.strip_prefix(whole).is_some_and(|rest| rest.starts_with(['.', '_', '('])))
        };
        if !listed.iter().any(part) {
            what.push(format!("{kind} {name} {words}"));
        }
        listed.push((name, words));
    }
    what
}

/// Compares the rows of each table that exists before and after, and says in words what differs. Columns that packet.toml lists as volatile are not
/// compared.
fn rows(texts: &Texts<'_>, before: &DatabaseState, after: &DatabaseState) -> Vec<String> {
    let volatile = || texts.tiers.iter().flat_map(|tier| &tier.page.volatile);
    let mut what = Vec::new();
    for table in before.rows.keys().filter(|table| after.rows.contains_key(*table)) {
        // Only columns that exist before and after are compared, because a column that was added or dropped is already reported.
        let is_compared = |name: &String| {
            after.columns_of(table).any(|now| now.name == *name)
                && !volatile().any(|left_out| left_out.rsplit_once('.') == Some((table, name)))
        };
        let columns: Vec<String> =
            before.columns_of(table).map(|column| column.name.clone()).filter(is_compared).collect();
        let [left, gone] = difference(before, after, table, &columns);
        let rows = |count: i64| if count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
        let without = |name: &String| columns.iter().filter(|other| *other != name).cloned().collect::<Vec<_>>();
        let only = || columns.iter().find(|name| difference(before, after, table, &without(name)) == [0, 0]);
        if let Some(column) = (left > 0 && left == gone).then(only).flatten() {
            what.push(format!("column {column} of {} of {table} {NOT_AS_BEFORE}", rows(left)));
            continue;
        }
        if left > 0 {
            what.push(format!("{} of {table} {} not there before", rows(left), if left == 1 { "was" } else { "were" }));
        }
        if gone > 0 {
            what.push(format!("{} of {table} {} gone", rows(gone), if gone == 1 { "is" } else { "are" }));
        }
    }
    what
}

/// Compares only these columns of a table. Returns how many rows are new, and how many are gone.
fn difference(before: &DatabaseState, after: &DatabaseState, table: &str, columns: &[String]) -> [i64; 2] {
    let mut counts: BTreeMap<Vec<&Option<String>>, i64> = BTreeMap::new();
    for (state, by) in [(after, 1), (before, -1)] {
        let places = written::places(state, table, columns);
        for line in state.rows.get(table).into_iter().flatten() {
            *counts.entry(written::values(line, &places)).or_default() += by;
        }
    }
    [1, -1].map(|sign| counts.values().map(|count| (count * sign).max(0)).sum())
}

/// Sequences that the rollback should have restored but did not. A sequence may advance if the table that owns it is written, or if a step
/// calls `nextval` on it and inserts rows, because a rollback cannot return such numbers. It may not be changed with `setval`. To tell the
/// two apart, the second run starts every sequence at another value: after `nextval` the final values of the two runs differ, after `setval`
/// with a constant they are equal.
fn sequences(seen: &Seen, last: &DerivedStep, other: Option<&Seen>) -> Vec<String> {
    let written: BTreeSet<&String> = seen.steps.iter().flat_map(|step| step.rows.keys()).collect();
    let drew = |name: &String| {
        let inserts = |step: &&DerivedStep| step.rows.values().any(|delta| delta.inserted > 0);
        seen.steps.iter().filter(inserts).any(|step| step.held.contains_key(name))
    };
    let first = other.and_then(|other| other.steps.last());
    let moved = |(name, (owner, at)): (&String, &(Option<String>, String))| {
        let now = &last.state.sequences.get(name)?.1;
        let was_set = || first.is_some_and(|first| first.state.sequences.get(name).is_some_and(|(_, end)| end == now));
        let excused = owner.as_ref().is_some_and(|owner| written.contains(owner)) || drew(name) && !was_set();
        (now != at && !excused).then(|| format!("sequence {name} has moved on"))
    };
    seen.before.sequences.iter().filter_map(moved).collect()
}
