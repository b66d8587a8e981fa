//! What a page may not say: the first contradiction in it, in words.

use super::{Descriptor, clone_pattern};
use std::collections::BTreeSet;

impl Descriptor {
    /// The first contradiction, if there is one.
    pub(super) fn contradiction(&self) -> Option<String> {
        if self.schema != 2 {
            return Some(format!("schema {} is not known, only 2", self.schema));
        }
        let ascending = self.tiers.windows(2).all(|pair| pair[0].number < pair[1].number);
        if !ascending || self.tiers.first().is_none_or(|tier| tier.number == 0) {
            return Some("tiers are not numbered upwards from 1".to_owned());
        }
        let packet: BTreeSet<&String> = self.packet.tables.iter().collect();
        for tier in &self.tiers {
            if let Some(name) = tier.writes.iter().find(|name| self.release.never_write.contains(name)) {
                return Some(format!("tier {} may write {name}, which is never to be written", tier.number));
            }
            for name in tier.deltas.keys().chain(tier.undo_deltas.keys()) {
                let may_write = tier.writes.contains(name) || (tier.creates && packet.contains(name));
                if !may_write {
                    return Some(format!("tier {} has a delta for {name}, which it may not write", tier.number));
                }
            }
            let row = tier.witness.column.is_some() && tier.witness.value.is_some();
            if row == tier.witness.relation {
                return Some(format!(
                    "tier {}: the witness names either a row or a relation, not both and not neither",
                    tier.number
                ));
            }
        }
        for action in self.actions.iter().map(|action| &action.run) {
            if let Some(name) = action.writes.iter().find(|name| self.release.never_write.contains(name)) {
                return Some(format!("action {} may write {name}, which is never to be written", action.name));
            }
            if let Some(name) = action.deltas.keys().chain(&action.upserts).find(|name| !action.writes.contains(name)) {
                return Some(format!("action {} has rows for {name}, which it may not write", action.name));
            }
            if !action.writes.contains(&action.witness.table) {
                return Some(format!(
                    "action {}: the witness names a relation that the action does not write",
                    action.name
                ));
            }
        }
        if let Some(shadow) = &self.shadow
            && let Some(number) =
                shadow.tiers.iter().find(|number| !self.tiers.iter().any(|tier| tier.number == **number))
        {
            return Some(format!("the shadow names tier {number}, which there is not"));
        }
        if let Some(shadow) = &self.shadow
            && !is_plain_name(&format!("{}.x", shadow.schema))
        {
            return Some(format!("the shadow's schema {} is not a plain name", shadow.schema));
        }
        if clone_pattern(&self.release.clone_database).is_none() {
            return Some(format!("clone_database {} is not ^name[0-9]{{n}}$", self.release.clone_database));
        }
        let actions = self.actions.iter().flat_map(|action| action.run.writes.iter());
        let names =
            self.relations().into_iter().chain(self.tiers.iter().flat_map(|tier| tier.writes.iter())).chain(actions);
        let known = self.contract.iter().map(|contracted| &contracted.object);
        names
            .chain([&self.gate.table])
            .chain(known)
            .chain(&self.release.hold)
            .find(|name| !is_plain_name(name))
            .map(|name| format!("{name} is not a plain schema-qualified name"))
    }
}

/// Names travel inside SQL text that the engine composes, so only the plainest are let through: `schema.name`, lower case.
fn is_plain_name(name: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with(|first: char| first.is_ascii_digit())
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    name.split_once('.').is_some_and(|(schema, relation)| plain(schema) && plain(relation))
}
