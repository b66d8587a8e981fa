//! Which checks each part of each member makes: those that the engine adds to every tier, and between them those of the page.

use super::page::{Action, Descriptor, Revalidation, Shadow, Tier};
use std::collections::BTreeMap;

/// One row of a list of checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A check that the engine knows, with the expected value where that differs from place to place.
    Engine(&'static str, &'static str),
    /// A check of the packet, with the expected value where the page gives another than the file.
    Check(String, Option<String>),
    /// The state of a tier.
    State(u8, Expected),
    /// No tier above this one may be there.
    HigherTiers(u8),
}

/// What a tier's state must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Exactly what was shipped.
    Applied,
    /// Nothing of it.
    Absent,
    /// One or the other.
    Either,
}

/// The check that enough people have signed at each level.
pub const QUORUM: &str = "gate.quorum";

/// The check that is met only where nothing of the packet is there.
pub const GREENFIELD: &str = "greenfield";

/// What preflight asks of every database, in this order: first what later checks need in order to be asked at all.
const STANDING: [&str; 27] = [
    "privilege.catalogs",
    "privilege.functions",
    "database",
    "server.version",
    "server.writable",
    "server.encoding",
    "server.settings",
    "backup",
    "event_triggers",
    "event_triggers.extensions",
    "publications",
    "server.locks",
    "shadow",
    "idle_in_transaction",
    "seam.effects",
    "seam.functions",
    "gate",
    "apr",
    "gate.shape",
    "gate.independence",
    "gate.quorum",
    "seam",
    "privilege.schemas",
    "privilege",
    "privilege.defaults",
    "privilege.types",
    "row_security",
];

/// Files of the engine that return several checks.
const FAMILIES: [(&str, &str); 4] = [
    ("seam", "seam.*"),
    ("privilege.schemas", "privilege.schema.*"),
    ("privilege", "privilege.*"),
    ("row_security", "row_security.*"),
];

/// Checks that a list of the page may name though no file of the packet holds them.
const OF_THE_ENGINE: [&str; 4] = ["transaction", "database", "gate", "apr"];

/// What the name of a tier's state begins with; its number follows.
pub const STATE: &str = "state.";

impl Row {
    /// An entry of a list: `name`, or `name = value`. It is split at the first ` = `.
    fn listed(entry: &str) -> Self {
        let (name, expected) = match entry.split_once(" = ") {
            Some((name, expected)) => (name, Some(expected.to_owned())),
            None => (entry, None),
        };
        if let Some(known) = OF_THE_ENGINE.into_iter().find(|known| *known == name) {
            return Self::Engine(known, "");
        }
        match name.strip_prefix(STATE).and_then(|number| number.parse().ok()) {
            Some(number) => Self::State(number, Expected::Applied),
            None => Self::Check(name.to_owned(), expected),
        }
    }

    /// The name that its answer bears.
    pub fn name(&self) -> String {
        match self {
            Self::Engine(name, _) => (*name).to_owned(),
            Self::Check(name, _) => name.clone(),
            Self::State(number, _) => format!("{STATE}{number}"),
            Self::HigherTiers(_) => "higher_tiers".to_owned(),
        }
    }
}

/// The names that these rows must emit; a family's file answers for several.
pub fn promised(rows: &[Row], families: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let of_the_engine =
        |name: &str| FAMILIES.iter().find(|(family, _)| *family == name).map(|(_, names)| vec![(*names).to_owned()]);
    let of = |name: String| of_the_engine(&name).or_else(|| families.get(&name).cloned()).unwrap_or_else(|| vec![name]);
    rows.iter().flat_map(|row| of(row.name())).collect()
}

/// The rows of every part of a page's members.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'p> {
    page: &'p Descriptor,
}

impl<'p> Rows<'p> {
    /// Those of `page`.
    pub fn of(page: &'p Descriptor) -> Self {
        Self { page }
    }

    /// Entries of a list of the page.
    pub fn listed(entries: &[String]) -> Vec<Row> {
        entries.iter().map(|entry| Row::listed(entry)).collect()
    }

    /// What preflight asks: what it asks of every database, what the page lists, and at last whether the ground is free.
    pub fn preflight(self) -> Vec<Row> {
        let asked = |name: &&&str| **name != QUORUM || !self.page.gate.levels.is_empty();
        let standing: Vec<String> = STANDING.iter().filter(asked).map(|name| (*name).to_owned()).collect();
        let more = self.page.preflight.before.iter().filter(|entry| !STANDING.contains(&entry.as_str())).cloned();
        Self::listed(&standing.into_iter().chain(more).chain([GREENFIELD.to_owned()]).collect::<Vec<_>>())
    }

    /// What verify asks first.
    pub fn verify_guard(self) -> Vec<Row> {
        let mut rows = vec![Row::Engine("database", "")];
        rows.extend(Self::listed(&self.page.verify.before));
        rows
    }

    /// What verify asks: every tier's state, then what the page lists.
    pub fn verify(self) -> Vec<Row> {
        let states = self.page.tiers.iter().map(|tier| Row::State(tier.number, Expected::Applied));
        states.chain(Self::listed(&self.page.verify.after)).collect()
    }

    /// Before a tier writes.
    pub fn up_guard(self, tier: &Tier) -> Vec<Row> {
        let mut rows = begun();
        rows.extend(self.gate());
        let below = self.page.tiers.iter().filter(|other| other.number < tier.number);
        rows.extend(below.map(|other| Row::State(other.number, Expected::Applied)));
        rows.push(Row::State(tier.number, if tier.repeatable { Expected::Either } else { Expected::Absent }));
        rows.extend(Self::listed(&self.page.release.every));
        rows.extend(Self::listed(&tier.before));
        rows
    }

    /// After a tier wrote; the gate again comes last.
    pub fn up_assert(self, tier: &Tier) -> Vec<Row> {
        let mut rows = Self::listed(&self.page.release.every_after);
        rows.extend(Self::listed(&tier.after));
        rows.push(Row::State(tier.number, Expected::Applied));
        rows.extend(self.gate());
        rows
    }

    /// What people must have done, as a tier asks it in its own transaction.
    fn gate(self) -> Vec<Row> {
        let levels =
            (self.page.gate.stops && !self.page.gate.levels.is_empty()).then(|| Row::Check(QUORUM.to_owned(), None));
        [Row::Engine("gate", ""), Row::Engine("apr", "")].into_iter().chain(levels).collect()
    }

    /// Before a tier is rolled back. No gate: a release stays reversible when it closes again.
    pub fn down_guard(self, tier: &Tier) -> Vec<Row> {
        let mut rows = begun();
        let above = |other: &&&Tier| other.number > tier.number;
        let (told, asked): (Vec<&Tier>, Vec<&Tier>) =
            self.page.tiers.iter().filter(|other| above(&other)).partition(|other| other.is_seen());
        if !told.is_empty() {
            rows.push(Row::HigherTiers(tier.number));
        }
        rows.extend(asked.iter().map(|other| Row::State(other.number, Expected::Absent)));
        rows.push(Row::State(tier.number, Expected::Applied));
        rows.extend(Self::listed(&tier.down_before));
        rows
    }

    /// After a tier was rolled back.
    pub fn down_assert(tier: &Tier) -> Vec<Row> {
        let mut rows = Self::listed(&tier.down_after);
        rows.push(Row::State(tier.number, Expected::Absent));
        rows
    }

    /// Before an action writes.
    pub fn action_guard(action: &Action) -> Vec<Row> {
        let mut rows = begun();
        rows.extend(Self::listed(&action.run.before));
        rows
    }

    /// Before a revalidation runs.
    pub fn revalidation_guard(one: &Revalidation) -> Vec<Row> {
        let mut rows = vec![Row::Engine("database", "")];
        rows.extend(Self::listed(&one.run.before));
        rows
    }

    /// After a revalidation ran.
    pub fn revalidation_assert(self, one: &Revalidation) -> Vec<Row> {
        if one.verify { self.verify() } else { Self::listed(&one.run.after) }
    }

    /// Before the shadow is put there.
    pub fn deploy_guard() -> Vec<Row> {
        let mut rows = begun();
        rows.extend([Row::Engine("shadow.schema", "absent"), Row::Engine("privilege.create", "")]);
        rows
    }

    /// After the shadow was put there: what its tiers assert, without the gate.
    pub fn deploy_assert(self, shadow: &Shadow) -> Vec<Row> {
        let mut rows = Vec::new();
        for tier in self.of_shadow(shadow) {
            rows.extend(Self::listed(&tier.after));
            rows.push(Row::State(tier.number, Expected::Applied));
        }
        rows.extend([Row::Engine("shadow.schema", "there"), Row::Engine("shadow.inert", "")]);
        rows
    }

    /// Before the shadow is removed.
    pub fn drop_guard(self, shadow: &Shadow) -> Vec<Row> {
        let mut rows = begun();
        rows.push(Row::Engine("shadow.schema", "there"));
        for tier in self.of_shadow(shadow).into_iter().rev() {
            rows.push(Row::State(tier.number, Expected::Applied));
            rows.extend(Self::listed(&tier.down_before));
        }
        rows
    }

    /// After the shadow was removed. Once its first tier is gone the others cannot be read.
    pub fn drop_assert(self, shadow: &Shadow) -> Vec<Row> {
        let mut rows = self.of_shadow(shadow).first().map(|tier| Self::down_assert(tier)).unwrap_or_default();
        rows.push(Row::Engine("shadow.schema", "absent"));
        rows
    }

    /// The shadow's tiers, upwards.
    pub fn of_shadow(self, shadow: &Shadow) -> Vec<&'p Tier> {
        self.page.tiers.iter().filter(|tier| shadow.tiers.contains(&tier.number)).collect()
    }
}

fn begun() -> Vec<Row> {
    vec![Row::Engine("transaction", ""), Row::Engine("database", "")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_split_at_the_first_equals_sign() {
        let check = |name: &str, expected: Option<&str>| Row::Check(name.to_owned(), expected.map(str::to_owned));
        for (entry, row) in [
            ("gap", check("gap", None)),
            ("gap = 210", check("gap", Some("210"))),
            ("nodes = 0 = 0 roof", check("nodes", Some("0 = 0 roof"))),
            ("gap=210", check("gap=210", None)),
            ("state.x", check("state.x", None)),
            ("state.3", Row::State(3, Expected::Applied)),
            ("database", Row::Engine("database", "")),
        ] {
            assert_eq!(Row::listed(entry), row, "{entry}");
        }
    }
}
