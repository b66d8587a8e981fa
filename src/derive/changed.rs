//! Which parts of which objects a tier or its rollback created or changed. This module is pure.

use super::state::DatabaseState;
use std::collections::BTreeMap;

/// The objects with new or changed parts, each with those parts. A new object has all its parts here. An object that only lost a part has
/// an empty list.
pub(super) type Changed<'s> = BTreeMap<&'s String, Vec<(&'s String, &'s String)>>;

pub(super) fn changed<'s>(before: &DatabaseState, after: &'s DatabaseState) -> Changed<'s> {
    let mut changed = Changed::new();
    for (object, parts) in &after.shapes {
        let known = before.shapes.get(object);
        let is_new = |part: &&(&String, &String)| known.is_none_or(|known| known.get(part.0) != Some(part.1));
        let found: Vec<(&String, &String)> = parts.iter().filter(|part| is_new(&part)).collect();
        let lost = known.is_some_and(|known| known.keys().any(|part| !parts.contains_key(part)));
        if !found.is_empty() || lost {
            changed.insert(object, found);
        }
    }
    changed
}
