//! Which checks each part of each member makes: the checks that the engine adds to every tier, and the checks of the page between them.

use super::form::Obstacle;
use super::page::{Action, Descriptor, Revalidation, Shadow, Tier};
use std::collections::BTreeMap;

/// One row of a list of checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckRow {
    /// A check of the engine, with the expected value if it depends on the place.
    Engine(&'static str, &'static str),
    /// A check of the packet, with the expected value if the page gives another value than the check's file.
    Check(String, Option<String>),
    /// The state of a tier.
    State(u8, Expected),
    /// The check that no tier above this one is applied.
    HigherTiers(u8),
    /// The check that the tables which this tier created empty are still empty, before its rollback drops them. It is made of the live
    /// tables, as a warning, or of the others.
    ForeignRows(u8, bool),
    /// The check that the rows of an existing table satisfy a rule that the tier adds: the tier's number, and the name of the check.
    Data(u8, String),
}

/// What a tier's state must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The tier is exactly as shipped.
    Applied,
    /// No part of the tier exists.
    Absent,
    /// The tier is either applied or absent.
    Either,
}

/// The check that enough people have signed at each level.
pub const QUORUM: &str = "gate.quorum";

/// The check that is met only if no object of the packet exists.
pub const GREENFIELD: &str = "greenfield";

/// The checks that preflight makes on every database, in this order. Checks that later checks depend on come first.
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

/// The engine's families: files that return several checks, with the pattern of their names.
const FAMILIES: [(&str, &str); 4] = [
    ("seam", "seam.*"),
    ("privilege.schemas", "privilege.schema.*"),
    ("privilege", "privilege.*"),
    ("row_security", "row_security.*"),
];

/// Checks that a list of the page may name although no file in the packet defines them.
const OF_THE_ENGINE: [&str; 4] = ["transaction", "database", "gate", "apr"];

/// The prefix of the check for a tier's state. The tier's number follows it.
pub const STATE: &str = "state.";

impl CheckRow {
    /// Reads an entry of a list: `name`, or `name = value`. It is split at the first ` = `.
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

    /// The name of the check in the reply.
    pub fn name(&self) -> String {
        match self {
            Self::Engine(name, _) => (*name).to_owned(),
            Self::Check(name, _) => name.clone(),
            Self::State(number, _) => format!("{STATE}{number}"),
            Self::Data(_, name) => name.clone(),
            Self::HigherTiers(_) => "higher_tiers".to_owned(),
            Self::ForeignRows(_, live) => if *live { "live_rows" } else { "foreign_rows" }.to_owned(),
        }
    }
}

/// The names of the checks that these rows must report. The file of a family reports several.
pub fn promised(rows: &[CheckRow], families: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let of_the_engine =
        |name: &str| FAMILIES.iter().find(|(family, _)| *family == name).map(|(_, names)| vec![(*names).to_owned()]);
    let of = |name: String| of_the_engine(&name).or_else(|| families.get(&name).cloned()).unwrap_or_else(|| vec![name]);
    rows.iter().flat_map(|row| of(row.name())).collect()
}

/// The rows of every part of the members of one page.
#[derive(Clone, Copy, Debug)]
pub struct CheckRows<'p> {
    page: &'p Descriptor,
}

impl<'p> CheckRows<'p> {
    /// The rows for the members of `page`.
    pub fn of(page: &'p Descriptor) -> Self {
        Self { page }
    }

    /// The rows for the entries of a list on the page.
    pub fn listed(entries: &[String]) -> Vec<CheckRow> {
        entries.iter().map(|entry| CheckRow::listed(entry)).collect()
    }

    /// The checks of preflight: those for every database, then those that the page lists, then whether the rows of existing tables satisfy
    /// the rules that the tiers add, and last whether the names of the release are free.
    pub fn preflight(self) -> Vec<CheckRow> {
        let is_checked = |name: &&&str| **name != QUORUM || !self.page.gate.levels.is_empty();
        let standing: Vec<String> = STANDING.iter().filter(is_checked).map(|name| (*name).to_owned()).collect();
        let more = self.page.preflight.before.iter().filter(|entry| !STANDING.contains(&entry.as_str())).cloned();
        let mut rows = Self::listed(&standing.into_iter().chain(more).collect::<Vec<_>>());
        // Relations of the contract have their own checks of the owner.
        if !self.page.owned_beside().is_empty() {
            rows.push(CheckRow::Engine("privilege.objects", ""));
        }
        if !self.page.rights.is_empty() {
            rows.push(CheckRow::Engine("privilege.rights", ""));
        }
        if !self.page.keys.is_empty() {
            rows.push(CheckRow::Engine("seam.keys", ""));
        }
        if !self.page.packet.schemas.is_empty() {
            rows.push(CheckRow::Engine("privilege.create", ""));
        }
        if !self.page.writes.is_empty() {
            rows.push(CheckRow::Engine("writes.effects", ""));
            rows.push(CheckRow::Engine("writes.constraints", ""));
        }
        rows.extend(
            self.page
                .tiers
                .iter()
                .flat_map(|tier| tier.rules.iter().map(|rule| CheckRow::Data(tier.number, rule.check()))),
        );
        let unseen = self.page.tiers.iter().filter(|tier| self.is_beside_greenfield(tier));
        rows.extend(unseen.map(|tier| CheckRow::State(tier.number, Expected::Absent)));
        rows.push(CheckRow::Check(GREENFIELD.to_owned(), None));
        rows
    }

    /// Whether a tier changes objects or rows that existed before the release. For such a tier, free names do not show that it can be applied.
    fn is_beside_greenfield(self, tier: &Tier) -> bool {
        let made =
            |object: &str| self.page.tiers.iter().any(|tier| tier.made(object)) && self.page.former(object).is_none();
        tier.shapes.iter().any(|shape| !made(&shape.object)) || tier.writes.iter().any(|table| !made(table))
    }

    /// The checks that verify makes first.
    pub fn verify_guard(self) -> Vec<CheckRow> {
        let mut rows = vec![CheckRow::Engine("database", "")];
        rows.extend(Self::listed(&self.page.verify.before));
        rows
    }

    /// The checks of verify: the state of every tier, then the checks that the page lists.
    pub fn verify(self) -> Vec<CheckRow> {
        let states = self.page.tiers.iter().map(|tier| CheckRow::State(tier.number, Expected::Applied));
        states.chain(Self::listed(&self.page.verify.after)).collect()
    }

    /// The checks before a tier writes.
    pub fn up_guard(self, tier: &Tier) -> Vec<CheckRow> {
        let mut rows = begun();
        rows.extend(self.gate());
        let below = self.page.tiers.iter().filter(|other| other.number < tier.number);
        rows.extend(below.map(|other| CheckRow::State(other.number, Expected::Applied)));
        rows.push(CheckRow::State(tier.number, if tier.repeatable { Expected::Either } else { Expected::Absent }));
        rows.extend(self.destroyed(tier));
        rows.extend(Self::listed(&self.page.release.every));
        rows.extend(Self::listed(&tier.before));
        rows
    }

    /// The checks of the values that the tier destroys. Preflight makes them before the tier has locked the tables, so the tier makes them again. They
    /// use the names and rows from before the release, so they are left out if an earlier tier changes the table.
    fn destroyed(self, tier: &Tier) -> impl Iterator<Item = CheckRow> {
        let earlier = || self.page.tiers.iter().filter(|other| other.number < tier.number);
        let is_changed = move |table: &String| {
            earlier().any(|other| {
                other.writes.contains(table)
                    || other.shapes.iter().any(|shape| [&shape.object, &shape.from].contains(&table))
            })
        };
        let rules = tier.rules.iter().filter(|rule| rule.obstacle == Some(Obstacle::Lost));
        rules.filter(move |rule| !is_changed(&rule.table)).map(|rule| CheckRow::Data(tier.number, rule.check()))
    }

    /// The checks after a tier wrote. The gate is checked again at the end.
    pub fn up_assert(self, tier: &Tier) -> Vec<CheckRow> {
        let mut rows = Self::listed(&self.page.release.every_after);
        rows.extend(Self::listed(&tier.after));
        rows.push(CheckRow::State(tier.number, Expected::Applied));
        rows.extend(self.gate());
        rows
    }

    /// The checks that only people can meet, as a tier makes them in its own transaction.
    fn gate(self) -> Vec<CheckRow> {
        let levels = (self.page.gate.stops && !self.page.gate.levels.is_empty())
            .then(|| CheckRow::Check(QUORUM.to_owned(), None));
        [CheckRow::Engine("gate", ""), CheckRow::Engine("apr", "")].into_iter().chain(levels).collect()
    }

    /// The checks before a tier is rolled back. The gate is left out, because a release must stay reversible after the gate closes.
    pub fn down_guard(self, tier: &Tier) -> Vec<CheckRow> {
        let mut rows = begun();
        let above = |other: &&&Tier| other.number > tier.number;
        let (seen, others): (Vec<&Tier>, Vec<&Tier>) =
            self.page.tiers.iter().filter(|other| above(&other)).partition(|other| other.is_seen());
        if !seen.is_empty() {
            rows.push(CheckRow::HigherTiers(tier.number));
        }
        rows.extend(others.iter().map(|other| CheckRow::State(other.number, Expected::Absent)));
        rows.push(CheckRow::State(tier.number, Expected::Applied));
        let kinds = [false, true].into_iter().filter(|live| self.page.made_empty(tier, *live).next().is_some());
        rows.extend(kinds.map(|live| CheckRow::ForeignRows(tier.number, live)));
        rows.extend(Self::listed(&tier.down_before));
        rows
    }

    /// The checks after a tier was rolled back.
    pub fn down_assert(tier: &Tier) -> Vec<CheckRow> {
        let mut rows = Self::listed(&tier.down_after);
        rows.push(CheckRow::State(tier.number, Expected::Absent));
        rows
    }

    /// The checks before an action writes.
    pub fn action_guard(action: &Action) -> Vec<CheckRow> {
        let mut rows = begun();
        rows.extend(Self::listed(&action.run.before));
        rows
    }

    /// The checks before a revalidation runs.
    pub fn revalidation_guard(one: &Revalidation) -> Vec<CheckRow> {
        let mut rows = vec![CheckRow::Engine("database", "")];
        rows.extend(Self::listed(&one.run.before));
        rows
    }

    /// The checks after a revalidation ran.
    pub fn revalidation_assert(self, one: &Revalidation) -> Vec<CheckRow> {
        if one.verify { self.verify() } else { Self::listed(&one.run.after) }
    }

    /// The checks before the shadow is deployed.
    pub fn deploy_guard() -> Vec<CheckRow> {
        let mut rows = begun();
        rows.extend([CheckRow::Engine("shadow.schema", "absent"), CheckRow::Engine("privilege.create", "")]);
        rows
    }

    /// The checks after the shadow was deployed: those of its tiers, without the gate.
    pub fn deploy_assert(self, shadow: &Shadow) -> Vec<CheckRow> {
        let mut rows = Vec::new();
        for tier in self.of_shadow(shadow) {
            rows.extend(Self::listed(&tier.after));
            rows.push(CheckRow::State(tier.number, Expected::Applied));
        }
        rows.extend([CheckRow::Engine("shadow.schema", "there"), CheckRow::Engine("shadow.inert", "")]);
        rows
    }

    /// The checks before the shadow is removed.
    pub fn drop_guard(self, shadow: &Shadow) -> Vec<CheckRow> {
        let mut rows = begun();
        rows.push(CheckRow::Engine("shadow.schema", "there"));
        for tier in self.of_shadow(shadow).into_iter().rev() {
            rows.push(CheckRow::State(tier.number, Expected::Applied));
            rows.extend(Self::listed(&tier.down_before));
        }
        rows
    }

    /// The checks after the shadow was removed. Only its first tier is checked, because the others cannot be read without it.
    pub fn drop_assert(self, shadow: &Shadow) -> Vec<CheckRow> {
        let mut rows = self.of_shadow(shadow).first().map(|tier| Self::down_assert(tier)).unwrap_or_default();
        rows.push(CheckRow::Engine("shadow.schema", "absent"));
        rows
    }

    /// The shadow's tiers, from the lowest number to the highest.
    pub fn of_shadow(self, shadow: &Shadow) -> Vec<&'p Tier> {
        self.page.tiers.iter().filter(|tier| shadow.tiers.contains(&tier.number)).collect()
    }
}

fn begun() -> Vec<CheckRow> {
    vec![CheckRow::Engine("transaction", ""), CheckRow::Engine("database", "")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_split_at_the_first_equals_sign() {
        let check = |name: &str, expected: Option<&str>| CheckRow::Check(name.to_owned(), expected.map(str::to_owned));
        for (entry, row) in [
            ("gap", check("gap", None)),
            ("gap = 210", check("gap", Some("210"))),
            ("nodes = 0 = 0 roof", check("nodes", Some("0 = 0 roof"))),
            ("gap=210", check("gap=210", None)),
            ("state.x", check("state.x", None)),
            ("state.3", CheckRow::State(3, Expected::Applied)),
            ("database", CheckRow::Engine("database", "")),
        ] {
            assert_eq!(CheckRow::listed(entry), row, "{entry}");
        }
    }
}
