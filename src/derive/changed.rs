//! Which parts of which objects a tier or its rollback created or changed. This module is pure.

use super::state::DatabaseState;
use std::collections::BTreeMap;

/// The changed objects, each with its new or changed parts. A new object has all its parts in the list, and an object that was dropped and
/// created again too. The list is empty for an object that only lost parts or was dropped.
pub(super) type Changed<'s> = BTreeMap<&'s String, Vec<(&'s String, &'s String)>>;

pub(super) fn changed<'s>(before: &'s DatabaseState, after: &'s DatabaseState) -> Changed<'s> {
    let mut changed = Changed::new();
    for (object, parts) in &after.shapes {
        let known = before.shapes.get(object).filter(|_| !is_remade(before, after, object));
        let is_new = |part: &&(&String, &String)| known.is_none_or(|known| known.get(part.0) != Some(part.1));
        let found: Vec<(&String, &String)> = parts.iter().filter(|part| is_new(&part)).collect();
        let lost = known.is_some_and(|known| known.keys().any(|part| !parts.contains_key(part)));
        if !found.is_empty() || lost {
            changed.insert(object, found);
        }
    }
    let dropped = before.shapes.keys().filter(|object| !after.shapes.contains_key(*object));
    changed.extend(dropped.map(|object| (object, Vec::new())));
    changed
}

/// Whether an object was dropped, and another one of the same name was created.
pub(super) fn is_remade(before: &DatabaseState, after: &DatabaseState, object: &str) -> bool {
    let oid = |state: &DatabaseState| state.object(object).map(|found| found.oid.clone());
    oid(before).zip(oid(after)).is_some_and(|(before, after)| before != after)
}
