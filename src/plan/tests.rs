use super::*;
use crate::release::Release;
use std::sync::OnceLock;

fn release() -> &'static Release {
    static RELEASE: OnceLock<Release> = OnceLock::new();
    RELEASE.get_or_init(|| Release::embedded().unwrap())
}

/// The states of tiers 1 to 6 as letters: `s` is applied, `a` is absent, `x` is altered.
fn states(letters: &str) -> Vec<TierState> {
    let of = |(letter, tier): (char, &Tier)| {
        let (state, difference) = match letter {
            's' => (State::Applied, None),
            'a' => (State::Absent, None),
            _ => (State::Altered, Some("a row was not shipped".to_owned())),
        };
        TierState { tier: tier.number, name: tier.name.clone(), state, difference }
    };
    letters.chars().zip(&release().descriptor.tiers).map(of).collect()
}

fn numbers(tiers: Result<Vec<&Tier>, Refusal>) -> Result<Vec<u8>, String> {
    tiers.map(|tiers| tiers.iter().map(|tier| tier.number).collect()).map_err(|refusal| refusal.to_string())
}

fn rolled_back(letters: &str, scope: Scope) -> Result<Vec<u8>, String> {
    numbers(rollback(&release().descriptor, &states(letters), scope))
}

#[test]
fn apply_runs_every_tier_in_order_only_if_none_is_there() {
    let planned = |letters: &str| numbers(apply(&release().descriptor, &states(letters)));
    assert_eq!(planned("aaaaaa"), Ok(vec![1, 2, 3, 4, 5, 6]));
    for (letters, why) in [
        ("saaaaa", "tier 1 structure is applied"),
        ("ssssss", "tier 6 scanner is applied"),
        ("sssaaa", "tier 3 ownership is applied"),
        ("sxaaaa", "tier 2 axis is altered"),
        ("aasaaa", "tier 3 ownership is applied"),
    ] {
        assert_eq!(planned(letters), Err(format!("a part of the release is there already: {why}")), "{letters}");
    }
    // No tier is applied, so the database may never have had the release. For example, somebody wrote ownership rows under our tag.
    for (letters, tier) in [("xaaaaa", "1 structure"), ("aaxaaa", "3 ownership"), ("aaxaax", "3 ownership")] {
        let why = format!("tier {tier} is neither absent nor applied: a row was not shipped");
        assert_eq!(planned(letters), Err(why), "{letters}");
        let hint = rollback(&release().descriptor, &states(letters), Scope::To(0)).unwrap_err().hint();
        assert_eq!(hint, NEITHER_HINT, "{letters}");
    }
}

#[test]
fn a_rollback_runs_from_the_top_down_and_skips_absent_tiers() {
    for (letters, scope, expected) in [
        ("ssssss", Scope::To(0), vec![6, 5, 4, 3, 2, 1]),
        ("ssssss", Scope::To(4), vec![6, 5]),
        ("ssssss", Scope::To(6), vec![]),
        ("ssssss", Scope::Tier(6), vec![6]),
        ("sssaaa", Scope::To(0), vec![3, 2, 1]),
        ("sssaaa", Scope::To(5), vec![]),
        ("sssaaa", Scope::Tier(3), vec![3]),
        ("sssaaa", Scope::Tier(4), vec![]),
        ("aaaaaa", Scope::To(0), vec![]),
        ("aaaaaa", Scope::Tier(1), vec![]),
        // Somebody removed tiers by hand and left a gap.
        ("sassaa", Scope::To(0), vec![4, 3, 1]),
        ("sassaa", Scope::Tier(2), vec![]),
    ] {
        assert_eq!(rolled_back(letters, scope), Ok(expected), "{letters} {scope:?}");
    }
}

#[test]
fn a_tier_below_an_applied_one_is_not_rolled_back() {
    for (letters, tier, higher) in [
        ("ssssss", 5, "tier 6 scanner is applied"),
        ("ssssss", 1, "tier 6 scanner is applied"),
        ("ssaaas", 2, "tier 6 scanner is applied"),
        ("sssaaa", 2, "tier 3 ownership is applied"),
        ("ssxaaa", 2, "tier 3 ownership is altered"),
    ] {
        let refused = Err(format!("tier {tier} cannot be rolled back while {higher}"));
        assert_eq!(rolled_back(letters, Scope::Tier(tier)), refused, "{letters}");
    }
}

#[test]
fn an_altered_tier_stops_the_rollback_that_would_reach_it_and_no_other() {
    let altered = |tier: &str| Err(format!("tier {tier} is not what was shipped: a row was not shipped"));
    assert_eq!(rolled_back("sxssss", Scope::To(0)), altered("2 axis"));
    assert_eq!(rolled_back("sxssss", Scope::To(2)), Ok(vec![6, 5, 4, 3]));
    assert_eq!(rolled_back("sssssx", Scope::To(5)), altered("6 scanner"));
    assert_eq!(rolled_back("sssssx", Scope::Tier(6)), altered("6 scanner"));
    // The highest altered tier is named, because the rollback reaches it first.
    assert_eq!(rolled_back("xsssxs", Scope::To(0)), altered("5 topic"));
}

#[test]
fn an_altered_tier_without_a_known_difference_stops_too() {
    let mut found = states("xaaaaa");
    found[0].difference = None;
    let refusal = rollback(&release().descriptor, &found, Scope::To(0)).unwrap_err();
    assert_eq!(refusal.to_string(), "tier 1 structure is not what was shipped: what differs is not known");
}

#[test]
fn an_unknown_tier_is_refused_before_any_query() {
    for (scope, tier) in [(Scope::Tier(0), 0), (Scope::Tier(7), 7), (Scope::Tier(255), 255), (Scope::To(7), 7)] {
        assert_eq!(
            rolled_back("ssssss", scope),
            Err(format!("there is no tier {tier}; the tiers are 1, 2, 3, 4, 5, 6"))
        );
    }
    let refusal = rollback(&release().descriptor, &[], Scope::Tier(9)).unwrap_err();
    assert!(matches!(refusal, Refusal::UnknownTier { tier: 9, .. }), "{refusal:?}");
}

#[test]
fn every_refusal_says_what_to_do() {
    let hint = |refusal: Refusal| refusal.hint();
    let name = || "axis".to_owned();
    assert!(
        hint(Refusal::NotGreenfield { tier: 2, name: name(), state: State::Applied })
            .contains("oneroof rollback --full")
    );
    let altered = hint(Refusal::NotGreenfield { tier: 2, name: name(), state: State::Altered });
    assert!(altered.contains("Ask whoever made the change to revert it"), "{altered}");
    assert_eq!(hint(Refusal::Altered { tier: 2, name: name(), difference: String::new(), alone: false }), altered);
    assert!(
        hint(Refusal::HigherStands { tier: 2, higher: 6, name: name(), state: State::Applied })
            .contains("oneroof rollback --to 1")
    );
    let lowest = Refusal::HigherStands { tier: 1, higher: 6, name: name(), state: State::Applied };
    assert_eq!(lowest.next().as_deref(), Some("oneroof rollback --full"));
    assert!(hint(lowest).contains("oneroof rollback --full"));
    assert!(hint(Refusal::UnknownTier { tier: 9, known: String::new() }).contains("oneroof plan"));
}

#[test]
fn an_empty_database_has_every_tier_absent() {
    let none = TierState::none(&release().descriptor);
    assert_eq!(super::tiers_in(&none, State::Absent), [1, 2, 3, 4, 5, 6]);
    assert_eq!(none[2].name, release().descriptor.tiers[2].name);
}

#[test]
fn an_answer_that_is_not_one_known_row_for_every_tier_is_no_answer() {
    let row = |tier: u8, state: &str, difference: Option<&str>| {
        Row::of(&[
            ("tier".to_owned(), Some(tier.to_string())),
            ("state".to_owned(), Some(state.to_owned())),
            ("difference".to_owned(), difference.map(str::to_owned)),
        ])
    };
    let mut rows: Vec<Row> = (1..=6).map(|tier| row(tier, "applied", None)).collect();
    rows[3] = row(4, "altered", Some("an edge is missing"));
    rows[5] = row(6, "absent", Some(""));
    let read = TierState::all(&release().descriptor, &rows).unwrap();
    assert_eq!(super::tiers_in(&read, State::Applied), [1, 2, 3, 5]);
    assert_eq!(read[3].difference.as_deref(), Some("an edge is missing"));
    assert_eq!(read[5].difference, None);
    assert!(TierState::all(&release().descriptor, &rows[..5]).is_none(), "a tier is missing");
    assert!(TierState::all(&release().descriptor, &[]).is_none());
    rows[2] = row(3, "perhaps", None);
    assert!(TierState::all(&release().descriptor, &rows).is_none(), "a state that nobody knows");
}
