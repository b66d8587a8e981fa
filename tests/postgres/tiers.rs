//! Every tier protects itself: with psql alone, out of order, twice, or in another database. The binary names the same checks.

use crate::guards::drift;
use crate::packet::{self, APR, file_of, release, transaction, unmet, unmet_in};
use crate::support::Lab;

#[test]
fn with_the_gate_closed_every_tier_refuses_alone_with_psql() {
    let lab = Lab::ratified();
    packet::stand(&lab, 6);
    lab.withdraw();
    let before = lab.dump();
    for number in 1..=6 {
        let named = unmet(lab.try_psql(&transaction(&file_of(number))));
        assert!(named.contains(&"gate".to_owned()), "tier {number}: {named:?}");
    }
    assert!(before == lab.dump());
}

#[test]
fn in_another_database_every_tier_and_every_rollback_refuses() {
    let lab = Lab::own(|builder| builder);
    lab.ratify();
    packet::stand(&lab, 6);
    lab.psql_in("postgres", lab.administrator(), "CREATE DATABASE directus_copy TEMPLATE directus");
    let before = lab.dump_of("directus_copy");
    for number in 1..=6 {
        for file in [file_of(number), packet::rollback_of(number)] {
            // With the clone mode set, this database name is still rejected.
            for mode in ["", "clone"] {
                let sql = transaction(&format!("SET LOCAL oneroof.mode = '{mode}';\n{file}"));
                let named = unmet(lab.try_psql_in("directus_copy", lab.administrator(), &sql));
                assert!(named.contains(&"database".to_owned()), "tier {number} in mode {mode:?}: {named:?}");
            }
        }
    }
    assert!(before == lab.dump_of("directus_copy"));
    let output = lab.oneroof(["apply", "--ratified-apr", APR, "--yes", "--dbname", "directus_copy"]);
    let report =
        output.variable("PGUSER", lab.administrator()).argument("--format=json").output().expect_code(4).json();
    assert!(unmet_in(&report).contains(&"database".to_owned()), "{report}");
    let output = lab.oneroof(["rollback", "--full", "--yes", "--dbname", "directus_copy"]);
    let _ = output.variable("PGUSER", lab.administrator()).output().expect_code(4).expect_stdout("not directus");
    assert!(before == lab.dump_of("directus_copy"));
}

#[test]
fn a_tier_stops_if_a_lower_tier_is_missing_or_if_it_is_applied() {
    let lab = Lab::ratified();
    for number in 2..=6 {
        let before = lab.dump();
        for later in number..=6 {
            let named = unmet(lab.try_psql(&transaction(&file_of(later))));
            assert!(named.contains(&format!("state.{}", number - 1)), "tier {later} with {number} missing: {named:?}");
        }
        assert!(before == lab.dump());
        packet::stand_next(&lab, number - 1);
        if number > 2 {
            let named = unmet(lab.try_psql(&transaction(&file_of(number - 1))));
            assert!(named.contains(&format!("state.{}", number - 1)), "tier {} twice: {named:?}", number - 1);
        }
    }
}

#[test]
fn tier_1_is_repeatable_and_names_another_shape() {
    let lab = Lab::ratified();
    packet::stand(&lab, 1);
    let before = lab.dump();
    packet::stand(&lab, 1);
    assert!(before == lab.dump(), "a second tier 1 changed something");
    for (change, name) in [
        ("ALTER TABLE public.oneroof_topic ADD COLUMN note text", "column note of public.oneroof_topic is not ours"),
        (
            "ALTER TABLE public.oneroof_topic ALTER COLUMN title DROP NOT NULL",
            "NOT NULL title of public.oneroof_topic is missing",
        ),
        (
            "ALTER TABLE public.oneroof_topic DROP CONSTRAINT oneroof_topic_ordinal_key",
            "oneroof_topic_ordinal_key of public.oneroof_topic is missing",
        ),
        ("COMMENT ON VIEW public.v_oneroof_axis IS NULL", "comment of public.v_oneroof_axis is missing"),
        ("DROP VIEW public.v_oneroof_roof_status", "public.v_oneroof_roof_status is missing"),
        (
            "ALTER FUNCTION public.fn_oneroof_scan(text, text) RESET search_path",
            "public.fn_oneroof_scan(text, text) is not as shipped",
        ),
    ] {
        let said = lab.try_psql(&transaction(&format!("{change};\n{}", file_of(1)))).unwrap_err();
        assert!(said.contains(&format!("altered: {name}")) || said.contains(name), "{change}\n{said}");
        assert_eq!(unmet(Err(said)), ["state.1"]);
    }
    assert!(before == lab.dump());
}

#[test]
fn a_tier_run_without_a_transaction_changes_nothing() {
    let lab = Lab::ratified();
    for number in 1..=6 {
        let before = lab.dump();
        // psql -f without -1 and without ON_ERROR_STOP: each statement is a separate transaction, and psql goes on after an error.
        let sql = format!("\\set ON_ERROR_STOP off\nSET oneroof.ratified_apr = '{APR}';\n{}", file_of(number));
        let _ = lab.try_psql(&sql);
        assert!(before == lab.dump(), "tier {number} changed something without BEGIN");
        packet::stand_next(&lab, number);
    }
    for number in (1..=6).rev() {
        let before = lab.dump();
        let _ = lab.try_psql(&format!("\\set ON_ERROR_STOP off\n{}", packet::rollback_of(number)));
        assert!(before == lab.dump(), "the rollback of tier {number} changed something without BEGIN");
        lab.psql(&transaction(&packet::rollback_of(number)));
    }
}

#[test]
fn the_binary_names_the_same_unmet_checks_before_it_begins() {
    let lab = Lab::new();
    let closed = lab.dump();
    let refuse = |code: i32, apr: &str| {
        let output = lab.oneroof(["apply", "--yes", "--format=json", "--ratified-apr", apr]).output().expect_code(code);
        unmet_in(&output.json())
    };
    assert_eq!(refuse(3, APR), ["gate", "apr"]);
    assert!(closed == lab.dump());
    lab.ratify();
    let open = lab.dump();
    assert_eq!(refuse(4, "APR-ANOTHER-1"), ["apr"]);
    assert!(open == lab.dump());
    for (name, drift, rollback) in [
        (
            "reference.labels",
            drift("reference.labels"),
            "UPDATE public.governance_object SET label = 'law/amendment' WHERE code = 'GOV-LAW-08'",
        ),
        (
            "reference.objects",
            drift("reference.objects"),
            "UPDATE public.governance_object SET code = 'GOV-LAW-08' WHERE code = 'GOV-LAW-09'",
        ),
        (
            "reference.scopes",
            drift("reference.scopes"),
            "UPDATE public.governance_scope_definition SET code = 'observe' WHERE code = 'audit'",
        ),
        (
            "reference.ruleset",
            drift("reference.ruleset"),
            "UPDATE public.governance_ruleset SET status = 'enacted' WHERE version = 3",
        ),
    ] {
        lab.psql(drift);
        let drifted = lab.dump();
        let named = refuse(4, APR);
        assert!(named.iter().any(|unmet| unmet == name), "{name}: {named:?}");
        assert!(drifted == lab.dump());
        lab.psql(rollback);
    }
    let _ = lab.oneroof(["preflight", "--ratified-apr", APR]).output().expect_success();
}

#[test]
fn a_tier_of_the_packet_has_its_own_assertions_and_the_packet_lists_them() {
    for tier in &release().descriptor.tiers {
        for (part, names) in [("guard", &tier.guard), ("assert", &tier.assert)] {
            assert!(names.len() > 3, "tier {} has hardly any {part}", tier.number);
            let text = file_of(tier.number);
            for name in names.iter().filter(|name| !name.ends_with(".window")) {
                assert!(text.contains(&format!("('{name}'")), "tier {}: no check {name} in its file", tier.number);
            }
        }
    }
}
