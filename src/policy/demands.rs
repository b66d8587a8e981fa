//! What is demanded of an approval: the keys of a policy file. The rule of a packet is described with the same keys.

use crate::packet::name::{is_name, is_qualified};
use crate::release::Descriptor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The keys of a policy file. A key that is absent demands nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Demands {
    /// The table of approvals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The names that columns of this table must have. A column that is not listed may have any name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<ApprovalColumn, String>,
    /// How many people must have signed at each level.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub levels: BTreeMap<String, u32>,
    /// What happens if an approval does not have enough signatures at each level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<Incomplete>,
    /// Whether an approval counts only if it names the release digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound: Option<bool>,
    /// Which signatures must come from different people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distinct: Option<Distinct>,
    /// The pattern of the names of databases on which the gate may be waived. If it is empty, the gate may not be waived on any database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rehearse_on: Option<String>,
    /// The path of a file in OpenSSH's format of allowed signers. One of these signers must have signed a packet that is given as a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signers: Option<String>,
    /// The digest that the engine's queries must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
}

/// A column of the table of approvals, by what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApprovalColumn {
    Code,
    Who,
    Level,
    Signature,
    At,
}

/// What happens if an approval does not have enough signatures at each level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Incomplete {
    /// The release stops.
    Stop,
    /// The output warns, and the release goes on.
    Warn,
}

/// Which signatures must come from different people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "distinct must be true, false, or a number of people from 1 up")]
pub enum Distinct {
    /// `true`: nobody may sign at two levels.
    Once(bool),
    /// At least this number of different people must have signed.
    People(u32),
}

impl ApprovalColumn {
    /// The key of this column in a policy file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Who => "who",
            Self::Level => "level",
            Self::Signature => "signature",
            Self::At => "at",
        }
    }

    /// The name of this column on a packet's page.
    pub fn of(self, columns: &crate::packet::form::ApprovalColumns) -> Option<&String> {
        match self {
            Self::Code => Some(&columns.code),
            Self::Who => Some(&columns.who),
            Self::Level => columns.level.as_ref(),
            Self::Signature => Some(&columns.signature),
            Self::At => Some(&columns.at),
        }
    }
}

/// All keys of a policy file, for the hint after a key that does not exist.
pub(super) const KEYS: &str = "table, columns, levels, incomplete, bound, distinct, rehearse_on, signers, engine";

impl Demands {
    /// The rule of a packet, with the keys of a policy file.
    pub fn of_page(page: &Descriptor) -> Self {
        let gate = &page.gate;
        let has_levels = !gate.levels.is_empty();
        let incomplete = if gate.stops { Incomplete::Stop } else { Incomplete::Warn };
        Self {
            table: Some(gate.table.clone()),
            columns: BTreeMap::new(),
            levels: gate.levels.clone(),
            incomplete: has_levels.then_some(incomplete),
            bound: Some(gate.bound),
            distinct: gate.distinct.then_some(Distinct::Once(true)),
            // If the gate is waived, the headline of the output says so.
            rehearse_on: None,
            signers: None,
            engine: None,
        }
    }

    /// Reads a policy file's text.
    ///
    /// # Errors
    /// The line, if it is known, and what is wrong there.
    pub(super) fn parse(text: &str) -> Result<Self, (Option<usize>, String)> {
        let demands: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| text.get(..span.start).unwrap_or(text).matches('\n').count() + 1);
            (line, error.message().to_owned())
        })?;
        demands.wrong_value().map_or(Ok(demands), |reason| Err((None, reason)))
    }

    /// What is wrong with the first value that has the right type but is not valid.
    fn wrong_value(&self) -> Option<String> {
        if let Some(table) = self.table.as_ref().filter(|table| !is_qualified(table)) {
            return Some(format!("table {table:?} is not schema.table with letters, digits, _, $ and -"));
        }
        if let Some((column, name)) = self.columns.iter().find(|(_, name)| !is_name(name)) {
            return Some(format!("columns.{} {name:?} is not a plain column name", column.word()));
        }
        if let Some((level, people)) =
            self.levels.iter().find(|(level, people)| level.trim().is_empty() || **people == 0)
        {
            return Some(format!("levels: {level:?} = {people} must name a level and at least one person"));
        }
        if self.distinct == Some(Distinct::People(0)) {
            return Some("distinct = 0 must be at least 1".to_owned());
        }
        if let Some(path) = self.signers.as_ref().filter(|path| !path.starts_with('/')) {
            return Some(format!("signers {path:?} is not an absolute path"));
        }
        let is_digest = |text: &str| {
            let hex = text.strip_prefix("sha256:").unwrap_or_default();
            hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        };
        let engine = self.engine.as_ref().filter(|engine| !is_digest(engine));
        engine.map(|engine| format!("engine {engine:?} is not sha256: and 64 hex digits"))
    }

    /// What is demanded, in one line.
    pub fn words(&self) -> String {
        let mut parts = Vec::new();
        match self.bound {
            Some(true) => parts.push("bound to the release digest".to_owned()),
            Some(false) => parts.push("not bound to the release digest".to_owned()),
            None => {}
        }
        let levels = levels_words(&self.levels);
        match (levels.is_empty(), self.incomplete) {
            (true, None) => {}
            (true, Some(Incomplete::Stop)) => {
                parts.push("a level with too few signatures stops the release".to_owned());
            }
            (true, Some(Incomplete::Warn)) => parts.push("a level with too few signatures is a warning".to_owned()),
            (false, Some(Incomplete::Warn)) => parts.push(format!("signatures: {levels} (fewer is a warning)")),
            (false, _) => parts.push(format!("signatures: {levels} (fewer stops the release)")),
        }
        match self.distinct {
            Some(Distinct::Once(true)) => parts.push("no person at two levels".to_owned()),
            Some(Distinct::People(people)) => parts.push(format!("different people: {people}")),
            Some(Distinct::Once(false)) | None => {}
        }
        parts.extend(self.table.as_ref().map(|table| format!("read from {table}")));
        let columns = self.columns.iter().map(|(column, name)| format!("{} {name}", column.word()));
        let columns: Vec<String> = columns.collect();
        if !columns.is_empty() {
            parts.push(format!("columns {}", columns.join(", ")));
        }
        parts.extend(self.rehearse_on.as_ref().map(|pattern| match pattern.as_str() {
            "" => "the gate is waived nowhere".to_owned(),
            pattern => format!("the gate is waived on {pattern}"),
        }));
        parts.extend(self.signers.as_ref().map(|path| format!("packets signed by one of {path}")));
        parts.extend(self.engine.as_ref().map(|engine| format!("engine {engine}")));
        if parts.is_empty() { "demands nothing".to_owned() } else { parts.join("; ") }
    }
}

/// `1 at L2, 1 at L4`.
pub(super) fn levels_words(levels: &BTreeMap<String, u32>) -> String {
    levels.iter().map(|(level, people)| format!("{people} at {level}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read_with_each_key_and_a_wrong_one_is_named() {
        let whole = "table = \"public.approvals\"\nincomplete = \"stop\"\nbound = true\ndistinct = 2\n\
            [levels]\nowner = 1\n[columns]\nwho = \"signed_by\"\n";
        let demands = Demands::parse(whole).unwrap();
        assert_eq!(
            demands.words(),
            "bound to the release digest; signatures: 1 at owner (fewer stops the release); different people: 2; read from public.approvals; columns who signed_by"
        );
        assert_eq!(Demands::parse("distinct = true").unwrap().distinct, Some(Distinct::Once(true)));
        assert_eq!(Demands::parse("").unwrap().words(), "demands nothing");
        for (text, line, words) in [
            ("bound = true\nbuond = true", Some(2), "unknown field `buond`"),
            ("bound = \"yes\"", Some(1), "expected a boolean"),
            ("incomplete = \"maybe\"", Some(1), "unknown variant `maybe`"),
            ("distinct = \"two\"", Some(1), "distinct must be true, false, or a number"),
            ("distinct = -1", Some(1), "distinct must be true, false, or a number"),
            ("distinct = 0", None, "must be at least 1"),
            ("levels = { L2 = 0 }", None, "at least one person"),
            ("levels = { \" \" = 1 }", None, "at least one person"),
            ("table = \"Approvals\"", None, "not schema.table"),
            ("columns = { whom = \"x\" }", Some(1), "unknown variant `whom`"),
            ("columns = { who = \"x; --\" }", None, "not a plain column name"),
            ("signers = \"signers\"", None, "not an absolute path"),
            ("engine = \"sha256:0\"", None, "64 hex digits"),
            ("bound = ", Some(1), ""),
        ] {
            let (at, reason) = Demands::parse(text).unwrap_err();
            assert!(at == line && reason.contains(words), "{text}: {at:?} {reason}");
        }
    }
}
