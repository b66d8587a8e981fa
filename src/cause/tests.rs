//! Tests which cause is named if two causes are present at once.

use super::*;
use crate::check::Phase;

fn check(name: &str, expected: &str, actual: &str) -> Check {
    Check::of(name, Phase::Preflight, expected, actual, "")
}

/// The states of the tiers, one letter for each tier: `.` is absent, `a` is applied, `x` is altered.
fn states(letters: &str) -> Vec<TierState> {
    let tier = |(number, letter): (usize, char)| TierState {
        tier: u8::try_from(number + 1).unwrap(),
        name: "t".to_owned(),
        state: match letter {
            'a' => State::Applied,
            'x' => State::Altered,
            _ => State::Absent,
        },
        difference: (letter == 'x').then(|| "a column is not as shipped".to_owned()),
    };
    letters.chars().enumerate().map(tier).collect()
}

/// The checks that show a cause, and the states if the cause depends on them.
fn shown(cause: Cause) -> (Vec<Check>, Option<&'static str>) {
    match cause {
        Cause::WrongDatabase => (vec![check("database", "directus", "postgres")], None),
        Cause::ReadOnlyServer => (
            vec![check("server.writable", "yes", "no: a standby in recovery"), check("gate.window", "locked", "no")],
            None,
        ),
        Cause::NoContract => (vec![check("seam.t", "table", "missing"), check("seam.v", "view", "missing")], None),
        Cause::Altered => (Vec::new(), Some("aax")),
        Cause::AlreadyApplied => (Vec::new(), Some("aaa")),
        Cause::PartlyApplied => (Vec::new(), Some("aa.")),
        Cause::NotApplied => (Vec::new(), Some("...")),
    }
}

const ORDER: [Cause; 7] = [
    Cause::WrongDatabase,
    Cause::ReadOnlyServer,
    Cause::NoContract,
    Cause::Altered,
    Cause::AlreadyApplied,
    Cause::PartlyApplied,
    Cause::NotApplied,
];

#[test]
fn of_two_causes_at_once_the_earlier_one_is_named() {
    for (place, &first) in ORDER.iter().enumerate() {
        for &second in &ORDER[place..] {
            let ((mut checks, one), (others, other)) = (shown(first), shown(second));
            if first != second {
                checks.extend(others);
            }
            // The same tiers cannot have two lists of states at once. Only an altered tier can occur together with the others.
            let letters = match (one, other) {
                (Some(one), Some(other)) if one != other && first != Cause::Altered => continue,
                (one, other) => one.or(other).unwrap_or("..."),
            };
            for asked in [Moment::Before, Moment::After] {
                let meant = match (asked, first) {
                    (Moment::Before, Cause::NotApplied) | (Moment::After, Cause::AlreadyApplied) => None,
                    _ => Some(first),
                };
                assert_eq!(root_cause(asked, &checks, &states(letters)), meant, "{first:?} and {second:?}, {asked:?}");
                if meant.is_some() {
                    assert!(!first.words(&checks, &states(letters)).is_empty(), "{first:?}");
                }
            }
        }
    }
}

#[test]
fn a_finding_that_explains_nothing_is_no_cause() {
    // One object of the contract is there, so each missing object is named separately.
    let some = [check("seam.t", "table", "missing"), check("seam.v", "view", "view"), check("gate", ">= 1", "0")];
    assert_eq!(root_cause(Moment::Before, &some, &states("...")), None);
    // No tier is applied, so the database may never have had the release. Each unmet check is its own cause.
    assert_eq!(root_cause(Moment::Before, &[], &states(".x.")), None);
    assert_eq!(root_cause(Moment::After, &[], &states(".x.")), Some(Cause::Altered));
    // A column or a window is not an object.
    let others = [check("seam.t.c", "string", "missing"), check("seam.window", "locked", "missing")];
    assert_eq!(root_cause(Moment::Before, &others, &states("...")), None);
    // A setting that is the only unmet check is not a root cause.
    let setting = [check("server.writable", "yes", "no: default_transaction_read_only is on"), check("t", "1", "1")];
    assert_eq!(root_cause(Moment::Before, &setting, &states("...")), None);
    assert_eq!(root_cause(Moment::Before, &[], &[]), None);
    assert_eq!(root_cause(Moment::After, &[], &states("aaa")), None);
}

#[test]
fn ranges_are_written_with_a_hyphen() {
    assert_eq!(ranges(&[1, 2, 3, 6]), "1-3, 6");
    assert_eq!(ranges(&[6, 5, 4, 1]), "6-4, 1");
    assert_eq!(ranges(&[]), "");
}
