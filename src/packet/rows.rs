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
    rows.iter().flat_map(|row| families.get(&row.name()).cloned().unwrap_or_else(|| vec![row.name()])).collect()
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

    /// What preflight asks.
    pub fn preflight(self) -> Vec<Row> {
        Self::listed(&self.page.preflight.before)
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
        rows.extend(gate());
        let below = self.page.tiers.iter().filter(|other| other.number < tier.number);
        rows.extend(below.map(|other| Row::State(other.number, Expected::Applied)));
        rows.push(Row::State(tier.number, if tier.repeatable { Expected::Either } else { Expected::Absent }));
        rows.extend(Self::listed(&self.page.release.every));
        rows.extend(Self::listed(&tier.before));
        rows
    }

    /// After a tier wrote; the gate again comes last.
    pub fn up_assert(tier: &Tier) -> Vec<Row> {
        let mut rows = Self::listed(&tier.after);
        rows.push(Row::State(tier.number, Expected::Applied));
        rows.extend(gate());
        rows
    }

    /// Before a tier is rolled back. No gate: a release stays reversible when it closes again.
    pub fn down_guard(self, tier: &Tier) -> Vec<Row> {
        let mut rows = begun();
        if self.page.tiers.iter().any(|other| other.number > tier.number) {
            rows.push(Row::HigherTiers(tier.number));
        }
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

fn gate() -> [Row; 2] {
    [Row::Engine("gate", ""), Row::Engine("apr", "")]
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
