//! Decides which tiers a command runs, or why it begins nothing, from the states of the tiers and from what the person wants. This module
//! is pure.

use crate::pg::session::Row;
use crate::release::{Descriptor, Tier};
use serde::Serialize;

/// The state of a tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing of the tier is in the database.
    Absent,
    /// The rows and the structure of the tier are exactly as shipped.
    Applied,
    /// The tier is neither absent nor exactly as shipped.
    Altered,
}

/// The state of one tier, as the database reported it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TierState {
    /// The tier's number.
    pub tier: u8,
    pub name: String,
    /// The tier's state.
    pub state: State,
    /// For an altered tier, the first difference from what was shipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
}

impl TierState {
    /// The states of a database that has nothing of the packet: every tier is absent.
    pub fn none(descriptor: &Descriptor) -> Vec<Self> {
        let absent =
            |tier: &Tier| Self { tier: tier.number, name: tier.name.clone(), state: State::Absent, difference: None };
        descriptor.tiers.iter().map(absent).collect()
    }

    /// Reads the rows of `sql/prod_verify/states.sql`. `None` unless every tier has a row with a known state.
    pub fn all(descriptor: &Descriptor, rows: &[Row]) -> Option<Vec<Self>> {
        let of_tier = |tier: &Tier| {
            let row = rows.iter().find(|row| row.number("tier") == Some(i64::from(tier.number)))?;
            let state = match row.text("state") {
                "absent" => State::Absent,
                "applied" => State::Applied,
                "altered" => State::Altered,
                _ => return None,
            };
            let difference = row.get("difference").filter(|text| !text.is_empty()).map(str::to_owned);
            Some(Self { tier: tier.number, name: tier.name.clone(), state, difference })
        };
        descriptor.tiers.iter().map(of_tier).collect()
    }
}

/// The numbers of the tiers in one state.
pub fn tiers_in(states: &[TierState], state: State) -> Vec<u8> {
    states.iter().filter(|tier| tier.state == state).map(|tier| tier.tier).collect()
}

/// Which tiers a rollback rolls back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Only this tier.
    Tier(u8),
    /// All tiers above this one, from the top down. This tier stays.
    To(u8),
}

/// Why a command begins nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Something of the release is there already.
    #[error("a part of the release is there already: tier {tier} {name} is {}", state_words(*state))]
    NotGreenfield {
        /// The highest tier that is there.
        tier: u8,
        name: String,
        /// Whether it is applied or altered.
        state: State,
    },
    /// This tier is altered, and no tier is applied. It is possible that the release was never applied to this database.
    #[error("tier {tier} {name} is neither absent nor applied: {difference}")]
    Neither {
        /// The tier's number.
        tier: u8,
        name: String,
        /// The first difference that was found.
        difference: String,
    },
    /// A tier is altered.
    #[error("tier {tier} {name} is not what was shipped: {difference}")]
    Altered {
        /// The tier's number.
        tier: u8,
        name: String,
        /// The first difference from what was shipped.
        difference: String,
        /// Whether no tier is applied. Then it is possible that the release was never applied to this database.
        alone: bool,
    },
    /// A higher tier depends on the one to roll back.
    #[error("tier {tier} cannot be rolled back while tier {higher} {name} is {}", state_words(*state))]
    HigherStands {
        /// The tier to roll back.
        tier: u8,
        /// The highest tier above it that is there.
        higher: u8,
        name: String,
        /// The state of the higher tier: applied or altered.
        state: State,
    },
    /// There is no such tier.
    #[error("there is no tier {tier}; the tiers are {known}")]
    UnknownTier {
        /// The number that was given.
        tier: u8,
        /// The tiers that the packet has.
        known: String,
    },
}

fn state_words(state: State) -> &'static str {
    match state {
        State::Absent => "absent",
        State::Applied => "applied",
        State::Altered => "altered",
    }
}

impl Refusal {
    /// The command that does what the refused one was for, if there is one.
    pub fn next(&self) -> Option<String> {
        match self {
            Self::HigherStands { tier: ..=1, .. } => Some("oneroof rollback --full".to_owned()),
            Self::HigherStands { tier, .. } => Some(format!("oneroof rollback --to {}", tier - 1)),
            _ => None,
        }
    }

    /// What a person can do about the refusal.
    pub fn hint(&self) -> String {
        match self {
            Self::Neither { .. } | Self::Altered { alone: true, .. } => NEITHER_HINT.to_owned(),
            Self::NotGreenfield { state: State::Altered, .. } | Self::Altered { .. } => {
                "Ask whoever made the change to revert it, then run oneroof rollback --full: a rollback never drops somebody else's work.".to_owned()
            }
            Self::NotGreenfield { .. } => "A release cannot be resumed: run oneroof rollback --full, then apply again.".to_owned(),
            Self::HigherStands { .. } => {
                format!("Roll back the higher tiers as well, from the top: {}.", self.next().unwrap_or_default())
            }
            Self::UnknownTier { .. } => "oneroof plan lists the tiers.".to_owned(),
        }
    }
}

/// What a person can do if a tier is altered and no tier is applied.
pub const NEITHER_HINT: &str = "If the release was applied here and changed since, ask whoever changed it to revert that. If it never was, \
    something else has a name of the release, or an object is not as it was when the packet was built: oneroof preflight lists it.";

/// The first altered tier, if no tier is applied.
pub fn neither(states: &[TierState]) -> Option<&TierState> {
    let is_applied = states.iter().any(|tier| tier.state == State::Applied);
    states.iter().find(|tier| !is_applied && tier.state == State::Altered)
}

/// The first difference of an altered tier in words.
pub fn difference_of(tier: &TierState) -> String {
    tier.difference.clone().unwrap_or_else(|| "what differs is not known".to_owned())
}

/// Which tiers an apply runs: all of them, and only if nothing of the release is there.
///
/// # Errors
/// [`Refusal::NotGreenfield`] with the highest tier that is there, or [`Refusal::Neither`] if no tier is applied.
pub fn apply<'d>(descriptor: &'d Descriptor, states: &[TierState]) -> Result<Vec<&'d Tier>, Refusal> {
    if let Some(tier) = neither(states) {
        return Err(Refusal::Neither { tier: tier.tier, name: tier.name.clone(), difference: difference_of(tier) });
    }
    match states.iter().rev().find(|tier| tier.state != State::Absent) {
        Some(there) => Err(Refusal::NotGreenfield { tier: there.tier, name: there.name.clone(), state: there.state }),
        None => Ok(descriptor.tiers.iter().collect()),
    }
}

/// Which tiers a rollback rolls back, the highest first. Empty if all of them are absent.
///
/// # Errors
/// [`Refusal`] if a tier is altered, if a higher tier is applied, or if there is no such tier.
pub fn rollback<'d>(descriptor: &'d Descriptor, states: &[TierState], scope: Scope) -> Result<Vec<&'d Tier>, Refusal> {
    let (Scope::Tier(wanted) | Scope::To(wanted)) = scope;
    let known = |number: u8| descriptor.tiers.iter().any(|tier| tier.number == number);
    if !known(wanted) && scope != Scope::To(0) {
        let known: Vec<String> = descriptor.tiers.iter().map(|tier| tier.number.to_string()).collect();
        return Err(Refusal::UnknownTier { tier: wanted, known: known.join(", ") });
    }
    let there: Vec<&TierState> = states.iter().rev().filter(|tier| tier.state != State::Absent).collect();
    let rolled_back: Vec<&&TierState> = match scope {
        Scope::Tier(number) => {
            let rolled_back: Vec<_> = there.iter().filter(|tier| tier.tier == number).collect();
            if let (Some(higher), false) = (there.iter().find(|tier| tier.tier > number), rolled_back.is_empty()) {
                return Err(Refusal::HigherStands {
                    tier: number,
                    higher: higher.tier,
                    name: higher.name.clone(),
                    state: higher.state,
                });
            }
            rolled_back
        }
        Scope::To(number) => there.iter().filter(|tier| tier.tier > number).collect(),
    };
    if let Some(altered) = rolled_back.iter().find(|tier| tier.state == State::Altered) {
        return Err(Refusal::Altered {
            tier: altered.tier,
            name: altered.name.clone(),
            difference: difference_of(altered),
            alone: neither(states).is_some(),
        });
    }
    Ok(rolled_back.iter().filter_map(|there| descriptor.tiers.iter().find(|tier| tier.number == there.tier)).collect())
}

#[cfg(test)]
mod tests;
