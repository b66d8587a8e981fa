//! The rules that a page must not break. The first contradiction is described in words.

use super::super::name::{is_name, is_plain_word, is_qualified};
use super::super::pattern::Pattern;
use super::{Descriptor, clone_pattern};
use std::collections::BTreeSet;

impl Descriptor {
    /// The first contradiction, if there is one.
    pub(crate) fn contradiction(&self) -> Option<String> {
        if let Some(reason) = self.unnamed() {
            return Some(reason);
        }
        let packet: BTreeSet<&String> = self.packet.tables.iter().collect();
        for tier in &self.tiers {
            if let Some(name) = tier.writes.iter().find(|name| self.release.never_write.contains(name)) {
                return Some(format!("tier {} may write {name}, but {name} is listed in never_write", tier.number));
            }
            if let Some(name) = tier.writes.iter().find(|name| self.release.hold.contains(name)) {
                return Some(format!(
                    "tier {} writes {name}, but {name} is listed in hold, as not to be changed",
                    tier.number
                ));
            }
            for name in tier.deltas.keys().chain(tier.rollback_deltas.keys()) {
                let may_write = tier.writes.contains(name) || (tier.creates && packet.contains(name));
                if !may_write {
                    return Some(format!("tier {} declares rows for {name}, which it may not write", tier.number));
                }
            }
            let row = tier.proof_row.column.is_some() && tier.proof_row.value.is_some();
            let neither = !row && !tier.proof_row.relation;
            // A tier that only changes or removes existing rows, or fills live tables, has no such row. Its state proves it.
            let by_state = tier.proof_row.table.is_empty();
            if (row && tier.proof_row.relation) || (neither && !by_state) {
                return Some(format!(
                    "tier {}: its proof names {}, and must give either a row of it or `relation = true`, not both",
                    tier.number, tier.proof_row.table
                ));
            }
        }
        if let Some(reason) = self.contradiction_of_an_action() {
            return Some(reason);
        }
        if let Some(shadow) = &self.shadow
            && let Some(number) =
                shadow.tiers.iter().find(|number| !self.tiers.iter().any(|tier| tier.number == **number))
        {
            return Some(format!("the shadow names tier {number}, but there is no such tier"));
        }
        if let Some(shadow) = &self.shadow
            && !is_plain_word(&shadow.schema)
        {
            return Some(format!("the shadow's schema {} is not a plain name", shadow.schema));
        }
        if let Some(pattern) = self.release.clone_database.as_deref().filter(|pattern| clone_pattern(pattern).is_none())
        {
            return Some(format!("rehearse_on {pattern:?} is not ^name[0-9]{{n}}$"));
        }
        if self.is_clone(&self.release.database) {
            return Some("rehearse_on matches the database of the release, where the gate is never waived".to_owned());
        }
        let actions = self.actions.iter().flat_map(|action| action.run.writes.iter());
        let names =
            self.relations().into_iter().chain(self.tiers.iter().flat_map(|tier| tier.writes.iter())).chain(actions);
        let known = self.contract.iter().map(|contracted| &contracted.object);
        names
            .chain([&self.gate.table])
            .chain(known)
            .chain(&self.release.hold)
            .find(|name| !is_qualified(name))
            .map(|name| format!("{name} is not schema.name with letters, digits, _, $ and -"))
    }
}

impl Descriptor {
    fn contradiction_of_an_action(&self) -> Option<String> {
        for action in self.actions.iter().map(|action| &action.run) {
            if let Some(name) = action.writes.iter().find(|name| self.release.never_write.contains(name)) {
                return Some(format!("action {} may write {name}, but {name} is listed in never_write", action.name));
            }
            if let Some(name) = action.deltas.keys().chain(&action.upserts).find(|name| !action.writes.contains(name)) {
                return Some(format!("action {} declares rows for {name}, which it may not write", action.name));
            }
            if !action.writes.contains(&action.proof_row.table) {
                return Some(format!(
                    "action {}: the proof names a relation that the action does not write",
                    action.name
                ));
            }
        }
        None
    }

    /// A value of the page that is put between quotes in SQL but contains a character that would end the quotes.
    fn unquotable(&self) -> Option<String> {
        let gate = &self.gate;
        let columns = &gate.columns;
        let plain = |name: &&String| is_name(name);
        let named = [&columns.code, &columns.who, &columns.signature, &columns.at].into_iter().chain(&columns.level);
        let words = [&self.release.database, &self.release.role, &gate.apr_pattern, &gate.apr_example].into_iter();
        let breaks = |word: &&String| word.is_empty() || word.contains(['\'', '\\', '\n']) || word.contains("$q$");
        let sentences = [&gate.human_step, &self.release.title].into_iter().chain(gate.levels.keys());
        let odd = |text: &&String| text.contains("$q$") || text.contains(char::is_control);
        if let Some(name) = self.release.search_path.split(',').map(str::trim).find(|name| !is_plain_word(name)) {
            return Some(format!("search_path: {name:?} is not a plain schema name"));
        }
        None.or_else(|| {
            named
                .into_iter()
                .find(|name| !plain(name))
                .map(|name| format!("approval.columns: {name:?} is not a column name with letters, digits, _, $ and -"))
        })
        .or_else(|| {
            words.into_iter().find(breaks).map(|word| format!("{word:?} is empty, or holds a quote or a backslash"))
        })
        .or_else(|| sentences.into_iter().find(odd).map(|text| format!("{text:?} holds $q$ or a control character")))
        .or_else(|| {
            gate.levels
                .iter()
                .find(|(_, people)| **people == 0)
                .map(|(level, _)| format!("level {level} must need at least one person"))
        })
        .or_else(|| {
            (columns.level.is_none() && !gate.levels.is_empty())
                .then(|| "approval.levels needs approval.columns.level".to_owned())
        })
    }

    /// An item of the page without a name, or with the name of another item.
    fn unnamed(&self) -> Option<String> {
        let mut seen = BTreeSet::new();
        if self.tiers.is_empty() {
            return Some("there are no tiers".to_owned());
        }
        if self.tiers.len() > 99 {
            return Some("there are more than 99 tiers".to_owned());
        }
        let names = [&self.release.name].into_iter().chain(self.tiers.iter().map(|tier| &tier.name));
        for name in names {
            let plain = name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'));
            if name.is_empty() || name.len() > 60 || !plain {
                return Some(format!("the name {name:?} holds characters other than lower-case letters, digits and -"));
            }
        }
        let code = Pattern::read(&self.gate.apr_pattern).map_err(|reason| format!("approval.code: {reason}"));
        match code {
            Err(reason) => return Some(reason),
            Ok(rule) if !rule.obeys(&self.gate.apr_example) => {
                return Some(format!("approval.example {:?} does not match approval.code", self.gate.apr_example));
            }
            Ok(_) => {}
        }
        if let Some(reason) = self.unquotable() {
            return Some(reason);
        }
        for tier in &self.tiers {
            if !seen.insert(&tier.name) || !seen.insert(&tier.file) {
                return Some(format!("two tiers have the name {}", tier.name));
            }
        }
        None
    }
}
