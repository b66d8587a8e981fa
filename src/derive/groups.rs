//! Server versions of one group print definitions in the same way. The facts of the two groups are combined.

use super::DeriveError;
use crate::packet::form::{Derived, DerivedTier, Shape};
use std::collections::{BTreeMap, BTreeSet};

/// The first major version that prints a view with only those table names that are needed.
const SECOND_GROUP: u32 = 16;

/// The facts from the servers: at most one result for each group, with the version that gave it.
#[derive(Debug, Default)]
pub(super) struct Groups {
    older: Option<(u32, Derived)>,
    newer: Option<(u32, Derived)>,
}

impl Groups {
    /// Adds the facts from one server. Another server of the same group must give the same facts, except for the number of locks.
    pub(super) fn add(&mut self, major: u32, mut derived: Derived) -> Result<(), DeriveError> {
        let group = if major < SECOND_GROUP { &mut self.older } else { &mut self.newer };
        match group {
            Some((one, known)) => {
                known.locks = known.locks.max(derived.locks);
                derived.locks = known.locks;
                if *known == derived {
                    return Ok(());
                }
                let what = difference(known, &derived, true);
                Err(DeriveError::Groups { one: *one, other: major, what })
            }
            None => {
                *group = Some((major, derived));
                Ok(())
            }
        }
    }

    /// The combined facts of all groups.
    pub(super) fn finish(self) -> Result<Derived, DeriveError> {
        let versions = |newer: bool| if newer { 16..=18 } else { 13..=15 };
        match (self.older, self.newer) {
            (Some((_, derived)), None) => Ok(Derived { servers: versions(false).collect(), ..derived }),
            (None, Some((_, derived))) => Ok(Derived { servers: versions(true).collect(), ..derived }),
            (Some((one, older)), Some((other, newer))) => {
                let disagreed = |what| DeriveError::Groups { one, other, what };
                let what = difference(&older, &newer, false);
                if !what.is_empty() {
                    return Err(disagreed(what));
                }
                let mut derived = older;
                for (tier, newer_tier) in derived.tiers.iter_mut().zip(&newer.tiers) {
                    beside(tier, newer_tier).map_err(disagreed)?;
                }
                let commands: BTreeSet<String> = derived.commands.iter().chain(&newer.commands).cloned().collect();
                derived.commands = commands.into_iter().collect();
                derived.locks = derived.locks.max(newer.locks);
                derived.servers = versions(false).chain(versions(true)).collect();
                Ok(derived)
            }
            (None, None) => {
                Err(DeriveError::Groups { one: 0, other: 0, what: "anything: no server was named".to_owned() })
            }
        }
    }
}

/// The first difference between two results, in words. Digests of shapes and commands are compared only if `exactly` is set.
fn difference(one: &Derived, other: &Derived, exactly: bool) -> String {
    let mut what = Vec::new();
    if one.objects != other.objects {
        what.push("the objects that the release creates".to_owned());
    }
    if one.requires != other.requires {
        what.push("what must be there before the release".to_owned());
    }
    if one.rights != other.rights {
        what.push("the rights that the role needs".to_owned());
    }
    if one.keys != other.keys {
        what.push("the keys that existing tables must have".to_owned());
    }
    if one.apart != other.apart {
        what.push("whether the tiers can run in one transaction".to_owned());
    }
    if one.met != other.met {
        what.push("the checks that are met before the release".to_owned());
    }
    if one.governed != other.governed {
        what.push("the tables that are compared".to_owned());
    }
    if exactly && one.commands != other.commands {
        what.push("the commands that change the catalogue".to_owned());
    }
    let bare = |tier: &DerivedTier| DerivedTier { shapes: Vec::new(), ..tier.clone() };
    for (one, other) in one.tiers.iter().zip(&other.tiers) {
        if bare(one) != bare(other) || exactly && one.shapes != other.shapes {
            what.push(format!("what tier {} does", one.name));
        }
    }
    what.into_iter().next().unwrap_or_default()
}

/// Writes the digests of the newer group next to those of the older group.
fn beside(tier: &mut DerivedTier, newer: &DerivedTier) -> Result<(), String> {
    let split = |parts: &str| -> BTreeMap<String, String> {
        let parts = parts.split(' ').filter_map(|part| part.rsplit_once(':'));
        parts.map(|(name, digest)| (name.to_owned(), digest.to_owned())).collect()
    };
    let newer: BTreeMap<&String, &Shape> = newer.shapes.iter().map(|shape| (&shape.object, shape)).collect();
    for shape in &mut tier.shapes {
        let disagreed = || format!("the parts of {}", shape.object);
        let other = newer.get(&shape.object).ok_or_else(disagreed)?;
        let both = |one: &str, other: &str| {
            let (older, newer) = (split(one), split(other));
            let both = older.iter().map(|(part, digest)| match newer.get(part)? {
                same if same == digest => Some(format!("{part}:{digest}")),
                differs => Some(format!("{part}:{digest}/{differs}")),
            });
            let both = both.collect::<Option<Vec<_>>>().filter(|both| both.len() == newer.len());
            both.map(|both| both.join(" ")).ok_or_else(disagreed)
        };
        (shape.parts, shape.before) = (both(&shape.parts, &other.parts)?, both(&shape.before, &other.before)?);
    }
    if newer.len() == tier.shapes.len() { Ok(()) } else { Err(format!("the objects of tier {}", tier.name)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::form::Objects;

    fn derived(parts: &str, locks: u32) -> Derived {
        let shapes = vec![Shape { object: "public.v".to_owned(), parts: parts.to_owned(), ..Shape::default() }];
        let tier = DerivedTier { name: "views".to_owned(), shapes, ..DerivedTier::default() };
        let empty = (Vec::new(), Vec::new(), Vec::new());
        Derived {
            format: 1,
            servers: Vec::new(),
            after: Vec::new(),
            commands: empty.0,
            locks,
            met: Vec::new(),
            writes: Vec::new(),
            effects: Vec::new(),
            overloads: Vec::new(),
            apart: Vec::new(),
            rights: Vec::new(),
            keys: Vec::new(),
            requires: empty.1,
            objects: Objects::default(),
            tiers: vec![tier],
            governed: empty.2,
        }
    }

    #[test]
    fn two_groups_are_kept_where_they_print_differently() {
        let mut groups = Groups::default();
        groups.add(17, derived("relation:aa definition:cc", 128)).unwrap();
        groups.add(15, derived("relation:aa definition:bb", 64)).unwrap();
        let both = groups.finish().unwrap();
        assert_eq!(both.servers, [13, 14, 15, 16, 17, 18]);
        assert_eq!(both.locks, 128);
        assert_eq!(both.tiers[0].shapes[0].parts, "definition:bb/cc relation:aa");
    }

    #[test]
    fn one_build_is_valid_for_the_versions_of_its_group() {
        let mut groups = Groups::default();
        groups.add(14, derived("relation:aa", 64)).unwrap();
        groups.add(13, derived("relation:aa", 128)).unwrap();
        let error = groups.add(15, derived("relation:bb", 64)).unwrap_err();
        assert_eq!(error.to_string(), "PostgreSQL 14 and 15 differ in what tier views does");
        let known = groups.finish().unwrap();
        assert_eq!((&known.servers[..], known.locks), (&[13, 14, 15][..], 128));
    }

    #[test]
    fn groups_with_other_parts_are_refused() {
        let mut groups = Groups::default();
        groups.add(15, derived("relation:aa", 64)).unwrap();
        groups.add(16, derived("relation:aa index.i:bb", 64)).unwrap();
        let error = groups.finish().unwrap_err();
        assert_eq!(error.to_string(), "PostgreSQL 15 and 16 differ in the parts of public.v");
    }
}
