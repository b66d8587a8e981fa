//! The root cause: the finding that explains all other unmet checks. This module is pure.

use crate::check::Check;
use crate::plan::{State, TierState, difference_of, neither, tiers_in};
use serde::{Deserialize, Serialize};

/// What explains the unmet checks. The causes are tried in this order. After a person has removed one cause, the next run shows whether a
/// later one remains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The release belongs to a database with another name.
    WrongDatabase,
    /// The server accepts no writes, because it is a standby or a setting makes it read only.
    ReadOnlyServer,
    /// None of the objects that the release needs is there.
    NoContract,
    /// Something of the release is there, but not as shipped. In preflight this is a cause only if a tier is applied. If no tier is applied, the
    /// release may never have been applied to this database, and each unmet check describes one obstacle.
    Altered,
    /// Every tier is applied as shipped.
    AlreadyApplied,
    /// Some tiers are applied as shipped, and the others are absent.
    PartlyApplied,
    /// No tier is applied, but an applied release was expected.
    NotApplied,
}

/// Whether the checks were made before a release or after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Preflight: nothing of the release should be there.
    Before,
    /// Verify: all of it should be there.
    After,
}

/// The first cause that the checks and the states show. `None` if each unmet check is its own cause.
pub fn root_cause(moment: Moment, checks: &[Check], states: &[TierState]) -> Option<Cause> {
    let unmet = |name: &str| checks.iter().any(|check| check.name == name && check.is_unmet());
    if unmet("database") {
        return Some(Cause::WrongDatabase);
    }
    // If it is the only unmet check, it explains no other one and is not a root cause.
    let alone = checks.iter().filter(|check| check.is_unmet()).count() == 1;
    if unmet("server.writable") && !alone {
        return Some(Cause::ReadOnlyServer);
    }
    if lacks_contract(checks) {
        return Some(Cause::NoContract);
    }
    let count = |state: State| states.iter().filter(|tier| tier.state == state).count();
    let (applied, altered) = (count(State::Applied), count(State::Altered));
    let whole = !states.is_empty() && applied == states.len();
    match moment {
        Moment::Before if neither(states).is_some() => None,
        _ if altered > 0 => Some(Cause::Altered),
        Moment::Before if whole => Some(Cause::AlreadyApplied),
        _ if applied > 0 && !whole => Some(Cause::PartlyApplied),
        Moment::After if !states.is_empty() && applied == 0 => Some(Cause::NotApplied),
        _ => None,
    }
}

/// Whether every object that the release needs is missing. Then this is not the application's database.
fn lacks_contract(checks: &[Check]) -> bool {
    let mut objects = checks.iter().filter(|check| check.is_object()).peekable();
    objects.peek().is_some() && objects.all(|check| check.is_unmet() && check.actual == "missing")
}

impl Cause {
    /// The cause in one sentence. The tiers in the sentence come from `states`.
    pub fn words(self, checks: &[Check], states: &[TierState]) -> String {
        let actual =
            |name: &str| checks.iter().find(|check| check.name == name).map(|check| (&check.actual, &check.expected));
        let total = states.len();
        match self {
            Self::WrongDatabase => actual("database").map_or_else(String::new, |(is, wanted)| {
                format!("this is the database {is}; the release belongs to {wanted}")
            }),
            Self::ReadOnlyServer => actual("server.writable")
                .map_or_else(String::new, |(is, _)| format!("the server takes no writes: {is}")),
            Self::NoContract => "this database has none of the tables and views that the release needs".to_owned(),
            Self::Altered => {
                let tier = states.iter().find(|tier| tier.state == State::Altered);
                tier.map_or_else(String::new, |tier| {
                    format!("tier {} {} is altered: {}", tier.tier, tier.name, difference_of(tier))
                })
            }
            Self::AlreadyApplied => {
                format!("the release is applied as shipped, tiers {}", ranges_of(states, State::Applied))
            }
            Self::PartlyApplied => {
                format!("the release is partly applied: tiers {} of {total}", ranges_of(states, State::Applied))
            }
            Self::NotApplied => "the release is not applied".to_owned(),
        }
    }
}

fn ranges_of(states: &[TierState], state: State) -> String {
    ranges(&tiers_in(states, state))
}

/// The numbers as ranges, for example `1-3, 6`. Numbers in falling order stay in that order.
pub fn ranges(numbers: &[u8]) -> String {
    let mut ranges: Vec<(u8, u8)> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some((_, end)) if number.abs_diff(*end) == 1 => *end = number,
            _ => ranges.push((number, number)),
        }
    }
    let one = |&(start, end): &(u8, u8)| if start == end { start.to_string() } else { format!("{start}-{end}") };
    ranges.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
