//! Checks that the rollbacks reverted the tiers: structure, rows and sequences must be as they were before.

use super::DeriveError;
use super::seen::{DerivedStep, Seen};
use super::state::DatabaseState;
use super::texts::Texts;
use std::collections::{BTreeMap, BTreeSet};

/// The kinds of facts in the order in which they are reported. Objects that contain others come first.
const RANKS: [&str; 8] = ["schema", "table", "view", "materialized view", "function", "type", "sequence", "column"];

/// Reports an error if anything is not as it was before the first tier. `other` is the first run, if this is the second.
pub(super) fn undone(texts: &Texts<'_>, seen: &Seen, other: Option<&Seen>) -> Result<(), DeriveError> {
    let Some(last) = seen.steps.last() else { return Ok(()) };
    debug_assert_eq!(seen.steps.len(), 2 * texts.tiers.len());
    let mut what = structure(&seen.before, &last.state);
    what.extend(rows(&seen.before, &last.state));
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
                (one, other) if one != other => "is not as before",
                _ => return None,
            };
            let rank = RANKS.iter().position(|known| known == kind).unwrap_or(RANKS.len());
            Some((rank, kind.as_str(), name.as_str(), words))
        })
        .collect();
    found.sort_unstable();
    let mut told: Vec<(&str, &str)> = Vec::new();
    let mut what = Vec::new();
    for (_, kind, name, words) in found {
        let part = |(whole, how): &(&str, &str)| {
            *how == words
                && (*whole == name || name.strip_prefix(whole).is_some_and(|rest| rest.starts_with(['.', '_', '('])))
        };
        if !told.iter().any(part) {
            what.push(format!("{kind} {name} {words}"));
        }
        told.push((name, words));
    }
    what
}

/// The differences in rows, for tables that exist before and after.
fn rows(before: &DatabaseState, after: &DatabaseState) -> Vec<String> {
    let mut what = Vec::new();
    for (table, was) in &before.rows {
        let Some(now) = after.rows.get(table) else { continue };
        // Only columns that exist before and after are compared, because a column that was added or dropped is already reported.
        let both: Vec<&String> = before
            .columns_of(table)
            .map(|column| &column.name)
            .filter(|name| after.columns_of(table).any(|now| now.name == **name))
            .collect();
        let places = |state: &DatabaseState| -> Vec<usize> {
            let all: Vec<&String> = state.columns_of(table).map(|column| &column.name).collect();
            both.iter().filter_map(|name| all.iter().position(|known| known == name)).collect()
        };
        let (were, are) = (places(before), places(after));
        let mut counts: BTreeMap<Vec<&Option<String>>, i64> = BTreeMap::new();
        for (lines, places, by) in [(now, are, 1), (was, were, -1)] {
            for line in lines {
                *counts.entry(places.iter().map(|at| &line.values[*at]).collect()).or_default() += by;
            }
        }
        let left: i64 = counts.values().filter(|count| **count > 0).sum();
        let gone: i64 = -counts.values().filter(|count| **count < 0).sum::<i64>();
        let rows = |count: i64| if count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
        if left > 0 {
            what.push(format!("{} of {table} {} not there before", rows(left), if left == 1 { "was" } else { "were" }));
        }
        if gone > 0 {
            what.push(format!("{} of {table} {} gone", rows(gone), if gone == 1 { "is" } else { "are" }));
        }
    }
    what
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
