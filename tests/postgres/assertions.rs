//! Every assertion of every tier is made to fail on purpose. Each test adds SQL between the tier's body and its assertions, and runs the
//! text with psql alone.

use std::collections::BTreeSet;

use crate::guards::{altered, drift, in_its_way};
use crate::packet::{self, file_of, file_with_stray, standing, tier, transaction, unmet};
use crate::support::Lab;

/// Adds each SQL text in `strays` between the body and the assertions of a tier. The checks that must not be met are named beside it.
fn every_assertion_of(number: u8, strays: &[(&[&str], &str)]) {
    let lab = Lab::ratified();
    packet::stand(&lab, number - 1);
    let before = lab.dump();
    let gate: (&[&str], &str) = (&["gate", "apr"], "DELETE FROM public.os_proposal_approvals");
    let unsigned: (&[&str], &str) = (&["apr"], "UPDATE public.os_proposal_approvals SET approved_by = ' '");
    let mut covered = BTreeSet::new();
    for (names, stray) in strays.iter().chain([&gate, &unsigned]) {
        let found = unmet(lab.try_psql(&transaction(&file_with_stray(number, stray))));
        for name in *names {
            assert!(found.iter().any(|unmet| unmet == name), "tier {number}, {name}: only {found:?}\n{stray}");
            covered.insert(*name);
        }
    }
    let asked: BTreeSet<&str> = tier(number).assert.iter().map(String::as_str).collect();
    assert_eq!(
        asked.difference(&covered).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "assertions that no added SQL failed"
    );
    assert!(before == lab.dump(), "a failed tier left something behind");
    // Without such a text the same tier commits.
    lab.psql(&transaction(&file_of(number)));
    assert_eq!(standing(&lab), (1..=number).collect::<Vec<_>>());
}

#[test]
fn every_assertion_of_tier_1_fails_on_purpose() {
    every_assertion_of(
        1,
        &[
            (&["objects", "state.1"], "DROP VIEW public.v_oneroof_roof_status"),
            (&["state.1"], "ALTER TABLE public.oneroof_axis ADD COLUMN note text"),
            (&["views_selectable"], "REVOKE SELECT ON public.oneroof_axis FROM CURRENT_USER"),
            (&["public_execute"], "GRANT EXECUTE ON FUNCTION public.fn_oneroof_scan(text, text) TO PUBLIC"),
            (&["untouched"], "COMMENT ON TABLE public.event_outbox IS 'changed'"),
            (&["untouched"], "GRANT SELECT ON public.event_outbox TO PUBLIC"),
            (
                &["untouched", "unwritten"],
                "CREATE RULE stray AS ON DELETE TO public.governance_class DO INSTEAD NOTHING",
            ),
            (&["unwritten"], "UPDATE public.system_issues SET area = area WHERE false"),
            (&["ownership", "gap", "unwritten"], drift("ownership")),
        ],
    );
}

#[test]
fn every_assertion_of_tier_2_fails_on_purpose() {
    every_assertion_of(
        2,
        &[
            (
                &["axes", "state.2"],
                "INSERT INTO public.oneroof_axis (axis_code, ordinal, title) VALUES ('OTHER', 9, 'Other')",
            ),
            (
                &["axis_values", "unbound_values"],
                "INSERT INTO public.oneroof_axis_value (axis_code, value_code, ordinal, title) VALUES ('AUTHORITY', 'L9', 9, 'Nine')",
            ),
            (
                &["bindings", "bound_once"],
                "DELETE FROM public.oneroof_axis_binding WHERE class_code = 'LAW' AND scope_code = 'define'",
            ),
            (
                &["axis_conflict"],
                "UPDATE public.oneroof_axis_binding SET authority_code = 'L1' WHERE class_code = 'LAW' AND scope_code = 'define'",
            ),
            (&["ownership", "gap"], drift("ownership")),
        ],
    );
}

#[test]
fn every_assertion_of_tier_3_fails_on_purpose() {
    every_assertion_of(
        3,
        &[
            (&["ownership", "effective"], drift("ownership")),
            (
                &["seeded"],
                "UPDATE public.governance_object_ownership SET created_by = 'me' WHERE subject_code = 'LAW' AND scope_code = 'define'",
            ),
            (
                &["gap", "ownership", "coverage_pct"],
                "DELETE FROM public.governance_object_ownership WHERE subject_code = 'LAW' AND scope_code = 'define'",
            ),
            (
                &["conflict"],
                "INSERT INTO public.governance_object_ownership (subject_kind, subject_code, scope_code, owner_ref)
                 VALUES ('class', 'LAW', 'define', 'L2-COUNCIL')",
            ),
            (&["gov_emit", "outbox"], drift("gov_emit")),
            (&["outbox"], "DELETE FROM public.event_outbox WHERE false"),
            (&["state.3"], altered("state.3")),
        ],
    );
}

#[test]
fn every_assertion_of_tier_4_fails_on_purpose() {
    every_assertion_of(
        4,
        &[
            (&["nodes", "reach_roof"], "INSERT INTO public.oneroof_containment_node (node_code, node_kind, class_code) VALUES ('GOV-LAW-99', 'object', 'LAW')"),
            (&["edges", "containment_gap", "state.4"], altered("state.4")),
            (
                &["containment_cycle"],
                "ALTER TABLE public.oneroof_containment_edge DROP CONSTRAINT oneroof_containment_edge_levels;
                 INSERT INTO public.oneroof_containment_edge (child_code, child_kind, parent_code, parent_kind)
                 SELECT 'ONE-ROOF', 'roof', node_code, node_kind FROM public.oneroof_containment_node WHERE node_kind = 'wing' AND class_code = 'LAW'",
            ),
            (
                &["multi_parent"],
                "ALTER TABLE public.oneroof_containment_edge DROP CONSTRAINT oneroof_containment_edge_pkey, DROP CONSTRAINT oneroof_containment_edge_levels;
                 INSERT INTO public.oneroof_containment_edge (child_code, child_kind, parent_code, parent_kind)
                 SELECT 'GOV-LAW-01', 'object', node_code, node_kind FROM public.oneroof_containment_node WHERE node_kind = 'wing' AND class_code = 'DATA'",
            ),
        ],
    );
}

#[test]
fn every_assertion_of_tier_5_fails_on_purpose() {
    every_assertion_of(
        5,
        &[
            (&["topics"], in_its_way(5)),
            (
                &["label_rules"],
                "INSERT INTO public.oneroof_topic_label_rule (label_pattern, priority, topic_code) VALUES ('none/%', 9, 'audit')",
            ),
            (
                &["assignments", "one_topic_each"],
                "DELETE FROM public.oneroof_topic_assignment WHERE object_code = 'GOV-LAW-01'",
            ),
            (
                &["topic_objects", "divergent"],
                "UPDATE public.oneroof_topic_assignment SET topic_code = 'audit' WHERE object_code = 'GOV-LAW-01'",
            ),
            (&["projection_pending"], "DELETE FROM public.oneroof_topic_label_rule WHERE topic_code = 'constitution'"),
            (&["state.5"], altered("state.5")),
        ],
    );
}

#[test]
fn every_assertion_of_tier_6_fails_on_purpose() {
    every_assertion_of(
        6,
        &[
            (&["scan_rules"], in_its_way(6)),
            (
                &["scan_runs"],
                "INSERT INTO public.oneroof_scan_run (ruleset_code, snapshot_ref, ruleset_version, snapshot_id)
                 SELECT 'RULESET-OTHER', snapshot_ref, ruleset_version, snapshot_id FROM public.oneroof_scan_run",
            ),
            (
                &["findings", "findings_by_rule", "scan_drift", "second_run"],
                "DELETE FROM public.oneroof_scan_finding WHERE rule_code = 'SCN-AXIS-VALUE-UNBOUND'",
            ),
            (
                &["emittable"],
                "ALTER TABLE public.oneroof_scan_rule DROP CONSTRAINT oneroof_scan_rule_not_emittable;
                 UPDATE public.oneroof_scan_rule SET emittable = true",
            ),
            (&["gov_emit", "outbox"], drift("gov_emit")),
            (&["event_types_active"], drift("event_types_active")),
            (&["state.6"], "UPDATE public.oneroof_scan_rule SET title = 'Other' WHERE ordinal = 1"),
        ],
    );
}
