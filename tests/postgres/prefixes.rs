//! The first tiers of the release, for every number of tiers, are applied and rolled back to the byte. A rollback does exactly what the
//! command says.

use crate::packet::{self, APR, apply, objects, rollback, rollback_of, stand, standing, transaction};
use crate::support::Lab;

/// Applies tiers 1 to `top` with psql and rolls them back, three times. The second rollback is made with psql, the others with the binary.
fn a_prefix_comes_off(top: u8) {
    let lab = Lab::ratified();
    let baseline = lab.dump();
    for round in 0..3 {
        stand(&lab, top);
        assert_eq!(standing(&lab), (1..=top).collect::<Vec<_>>(), "round {round}");
        if round == 1 {
            for number in (1..=top).rev() {
                lab.psql(&transaction(&rollback_of(number)));
            }
        } else {
            let _ = rollback(&lab, ["--full"]).expect_success();
        }
        assert!(baseline == lab.dump(), "round {round}: tiers 1 to {top} left something behind");
    }
    assert_eq!(objects(&lab), "0");
}

#[test]
fn tier_1_alone_comes_off_to_the_byte_three_times() {
    a_prefix_comes_off(1);
}

#[test]
fn tiers_1_to_2_come_off_to_the_byte_three_times() {
    a_prefix_comes_off(2);
}

#[test]
fn tiers_1_to_3_come_off_to_the_byte_three_times() {
    a_prefix_comes_off(3);
}

#[test]
fn tiers_1_to_4_come_off_to_the_byte_three_times() {
    a_prefix_comes_off(4);
}

#[test]
fn tiers_1_to_5_come_off_to_the_byte_three_times() {
    a_prefix_comes_off(5);
}

#[test]
fn tiers_1_to_6_come_off_to_the_byte_three_times() {
    a_prefix_comes_off(6);
}

/// `rollback --to` leaves the database as psql's tiers left it, for every tier.
#[test]
fn rolled_back_to_a_tier_the_database_is_as_that_tier_left_it() {
    let lab = Lab::ratified();
    let mut left = vec![lab.dump()];
    for number in 1..=6 {
        packet::stand_next(&lab, number);
        left.push(lab.dump());
    }
    for top in (0..6_u8).rev() {
        let _ = rollback(&lab, ["--to", &top.to_string()]).expect_success();
        assert_eq!(standing(&lab), (1..=top).collect::<Vec<_>>());
        assert!(left[usize::from(top)] == lab.dump(), "rolled back to {top}");
    }
}

#[test]
fn a_rollback_below_an_applied_tier_is_refused_with_its_name() {
    let lab = Lab::ratified();
    let _ = apply(&lab).expect_success();
    let applied = lab.dump();
    for number in 1..=5 {
        let scope = if number == 1 { "--full".to_owned() } else { format!("--to {}", number - 1) };
        let output = rollback(&lab, ["--tier", &number.to_string()]).expect_code(4);
        let _ = output
            .expect_stdout(&format!("tier {number} cannot be rolled back while tier 6 scanner is applied"))
            .expect_stdout(&format!("next: oneroof rollback {scope}"))
            .expect_stdout("nothing was changed");
        assert!(applied == lab.dump());
        // The rollback file also refuses when psql runs it alone.
        let named = packet::unmet(lab.try_psql(&transaction(&rollback_of(number))));
        assert!(named.contains(&"higher_tiers".to_owned()), "tier {number}: {named:?}");
        assert!(applied == lab.dump());
    }
    let _ = rollback(&lab, ["--tier", "6"]).expect_success();
    assert_eq!(standing(&lab), [1, 2, 3, 4, 5]);
    let _ = rollback(&lab, ["--tier", "4"]).expect_code(4).expect_stdout("while tier 5 topic is applied");
    assert_eq!(standing(&lab), [1, 2, 3, 4, 5]);
}

#[test]
fn a_rollback_without_an_applied_tier_is_done() {
    let lab = Lab::new();
    let baseline = lab.dump();
    for scope in [["--tier", "3"].as_slice(), &["--tier", "1"], &["--to", "4"], &["--to", "0"], &["--full"]] {
        let output = lab.oneroof(["rollback", "--yes"]).arguments(scope).output().expect_success();
        let _ = output.expect_stdout("none of these tiers is applied");
        assert!(baseline == lab.dump(), "{scope:?}");
    }
    stand_gate_open(&lab, 3);
    // Nothing above tier 3 is applied, so there is nothing to roll back.
    let _ = rollback(&lab, ["--to", "3"]).expect_success().expect_stdout("none of these tiers is applied");
    let _ = rollback(&lab, ["--tier", "5"]).expect_success().expect_stdout("none of these tiers is applied");
    assert_eq!(standing(&lab), [1, 2, 3]);
}

fn stand_gate_open(lab: &Lab, top: u8) {
    lab.ratify();
    stand(lab, top);
}

#[test]
fn an_unknown_tier_is_a_usage_error() {
    let lab = Lab::new();
    for scope in [["--tier", "7"], ["--tier", "0"], ["--tier", "255"], ["--to", "7"], ["--tier", "six"], ["--to", "-1"]]
    {
        let _ = rollback(&lab, scope).expect_code(2);
    }
    let _ = rollback(&lab, ["--tier", "7"])
        .expect_code(2)
        .expect_stdout("there is no tier 7; the tiers are 1, 2, 3, 4, 5, 6");
    for none_or_two in [[].as_slice(), &["--tier", "3", "--full"], &["--to", "3", "--tier", "2"]] {
        let _ = lab.oneroof(["rollback", "--yes"]).arguments(none_or_two).output().expect_code(2);
    }
}

#[test]
fn a_release_is_rolled_back_although_the_gate_is_closed_again() {
    let lab = Lab::new();
    let baseline = lab.dump();
    lab.ratify();
    let _ = apply(&lab).expect_success();
    lab.withdraw();
    let _ = rollback(&lab, ["--full"]).expect_success();
    assert!(baseline == lab.dump());
}

#[test]
fn a_half_applied_release_is_not_resumed_but_rolled_back_and_applied() {
    let lab = Lab::ratified();
    let baseline = lab.dump();
    for top in [1, 3] {
        stand(&lab, top);
        let half = lab.dump();
        let output = apply(&lab).expect_code(4);
        let _ = output.expect_stdout("oneroof rollback --full").expect_stdout("nothing was changed");
        assert!(half == lab.dump(), "tiers 1 to {top} stood");
        let _ = rollback(&lab, ["--full"]).expect_success();
        assert!(baseline == lab.dump());
    }
    let _ = apply(&lab).expect_success();
    let applied = lab.dump();
    let _ = apply(&lab).expect_code(13);
    assert!(applied == lab.dump(), "a second apply changed something");
}

/// PostgreSQL does not roll back sequences, so a sequence that moved would stay in the dump for ever.
#[test]
fn no_sequence_moves_in_dry_run_apply_or_rollback() {
    let lab = Lab::ratified();
    let sequences = || lab.admin("SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2");
    let before = sequences();
    assert!(before.lines().count() >= 4, "{before}");
    let _ = lab.oneroof(["apply", "--dry-run", "--with-rollback", "--ratified-apr", APR]).output().expect_success();
    assert_eq!(before, sequences());
    let _ = apply(&lab).expect_success();
    assert_eq!(before, sequences());
    let _ = rollback(&lab, ["--full"]).expect_success();
    assert_eq!(before, sequences());
}
