//! Every guard of every tier is made to fail on purpose, with psql alone.

use std::collections::BTreeSet;

use crate::packet::{self, file_of, tier, transaction, unmet};
use crate::support::Lab;

/// The name of a check, and a change that makes this check unmet in every tier that uses it.
pub(crate) const DRIFTS: [(&str, &str); 19] = [
    ("transaction", "SET TRANSACTION READ ONLY"),
    ("gate", "DELETE FROM public.os_proposal_approvals"),
    ("apr", "SET LOCAL oneroof.ratified_apr = 'APR-ANOTHER-1'"),
    ("inventory", "UPDATE public.governance_object SET status = 'archived' WHERE code = 'GOV-LAW-08'"),
    ("scopes", "INSERT INTO public.governance_scope_definition VALUES ('audit', 'Audit', 7)"),
    (
        "reference.classes",
        "INSERT INTO public.governance_class VALUES ('MISC', 'Misc', 6);
         UPDATE public.governance_object SET class_code = 'MISC' WHERE code = 'GOV-LAW-08'",
    ),
    ("reference.scopes", "UPDATE public.governance_scope_definition SET code = 'audit' WHERE code = 'observe'"),
    ("reference.objects", "UPDATE public.governance_object SET code = 'GOV-LAW-09' WHERE code = 'GOV-LAW-08'"),
    ("reference.labels", "UPDATE public.governance_object SET label = 'data/law' WHERE code = 'GOV-LAW-08'"),
    ("reference.ruleset", "UPDATE public.governance_ruleset SET status = 'withdrawn' WHERE version = 3"),
    ("reference.snapshot", "DELETE FROM public.evolution_snapshots"),
    (
        "ownership",
        "INSERT INTO public.governance_object_ownership (subject_kind, subject_code, scope_code, owner_ref)
         VALUES ('object', 'GOV-LAW-01', 'define', 'L3-STEWARD')",
    ),
    ("gap", "INSERT INTO public.governance_scope_definition VALUES ('audit', 'Audit', 7)"),
    (
        "conflict",
        "INSERT INTO public.governance_object_ownership (subject_kind, subject_code, scope_code, owner_ref)
         VALUES ('object', 'GOV-LAW-01', 'define', 'L3-STEWARD'), ('object', 'GOV-LAW-01', 'define', 'L2-COUNCIL')",
    ),
    (
        "gov_emit",
        "UPDATE public.event_type_registry SET active = true WHERE event_type = 'governance.scan.finding';
         INSERT INTO public.event_outbox (id, event_type) VALUES (999999, 'governance.scan.finding');
         UPDATE public.event_type_registry SET active = false WHERE event_type = 'governance.scan.finding'",
    ),
    ("event_types_active", "UPDATE public.event_type_registry SET active = true WHERE domain = 'governance'"),
    (
        "ownership_triggers",
        "CREATE TRIGGER stray AFTER INSERT ON public.governance_object_ownership
         FOR EACH ROW EXECUTE FUNCTION public.fn_issue_touch()",
    ),
    ("ownership.rules", "CREATE RULE stray AS ON INSERT TO public.governance_object_ownership DO ALSO NOTIFY stray"),
    // An altered lower tier. [`in_its_way`] makes a tier's own state check fail.
    ("state.1", "COMMENT ON TABLE public.oneroof_axis IS 'changed'"),
];

/// Changes that alter a lower tier, by the name of the check.
pub(crate) const ALTERED: [(&str, &str); 5] = [
    ("state.1", "ALTER TABLE public.oneroof_axis ADD COLUMN note text"),
    ("state.2", "UPDATE public.oneroof_axis SET title = 'Other' WHERE axis_code = 'SCOPE'"),
    (
        "state.3",
        "UPDATE public.governance_object_ownership SET owner_ref = 'x' WHERE subject_code = 'LAW' AND scope_code = 'define'",
    ),
    ("state.4", "DELETE FROM public.oneroof_containment_edge WHERE child_code = 'GOV-LAW-08'"),
    ("state.5", "UPDATE public.oneroof_topic SET title = 'Other' WHERE topic_code = 'audit'"),
];

/// An object or a row that blocks a tier because the tier creates it itself.
pub(crate) fn in_its_way(number: u8) -> &'static str {
    match number {
        1 => "CREATE TABLE public.oneroof_topic (topic_code text)",
        2 => "INSERT INTO public.oneroof_axis (axis_code, ordinal, title) VALUES ('OTHER', 9, 'Other')",
        3 => {
            "INSERT INTO public.governance_object_ownership (subject_kind, subject_code, scope_code, owner_ref, created_by)
             VALUES ('class', 'LAW', 'define', 'L4-PRESIDENT', 'F6_OWNERSHIP_SEED_COMMIT')"
        }
        4 => "INSERT INTO public.oneroof_containment_node (node_code, node_kind) VALUES ('ONE-ROOF', 'roof')",
        5 => "INSERT INTO public.oneroof_topic (topic_code, ordinal, title) VALUES ('other', 9, 'Other')",
        _ => {
            "INSERT INTO public.oneroof_scan_rule (rule_code, ordinal, title, subject_kind)
             VALUES ('SCN-OTHER', 9, 'Other', 'topic')"
        }
    }
}

/// The SQL of the drift with this name.
pub(crate) fn drift(name: &str) -> &'static str {
    DRIFTS.iter().find(|(known, _)| *known == name).unwrap().1
}

/// The SQL that alters the tier of this check.
pub(crate) fn altered(name: &str) -> &'static str {
    ALTERED.iter().find(|(known, _)| *known == name).unwrap().1
}

/// With each change, psql runs the tier's file alone. The file stops and names the check. Together the changes cover every guard that the
/// packet lists for the tier.
fn every_guard_of(number: u8) {
    let lab = Lab::ratified();
    packet::stand(&lab, number - 1);
    let before = lab.dump();
    let own = format!("state.{number}");
    let lower = ALTERED.iter().filter(|(name, _)| *name < own.as_str()).copied();
    let asked: BTreeSet<&str> = tier(number).guard.iter().map(String::as_str).collect();
    let drifts = DRIFTS.iter().copied().filter(|(name, _)| asked.contains(name) && *name != own);
    let cases: Vec<(&str, &str)> = drifts.chain(lower).chain([(own.as_str(), in_its_way(number))]).collect();
    for (name, drift) in &cases {
        let refused = lab.try_psql(&transaction(&format!("{drift};\n{}", file_of(number))));
        let named = unmet(refused);
        assert!(named.iter().any(|unmet| unmet == name), "tier {number}, {name}: only {named:?} are unmet\n{drift}");
    }
    // `database` and `event_triggers` have separate tests. The two window checks fail only for a role that may not lock the table.
    let elsewhere = ["database", "event_triggers", "gate.window", "seam.window"];
    let covered: BTreeSet<&str> = cases.iter().map(|(name, _)| *name).chain(elsewhere).collect();
    assert_eq!(asked.difference(&covered).collect::<Vec<_>>(), Vec::<&&str>::new(), "guards that no drift made unmet");
    assert!(before == lab.dump(), "a refused tier left something behind");
}

/// Only a superuser can create an event trigger. If one were created after preflight, it would run at every statement of tier 1.
#[test]
fn tier_1_refuses_beside_an_event_trigger() {
    let lab = Lab::ratified();
    lab.admin(
        "CREATE FUNCTION public.stray_event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NOTIFY stray; END';
         CREATE EVENT TRIGGER stray ON ddl_command_end EXECUTE FUNCTION public.stray_event()",
    );
    let named = unmet(lab.try_psql(&transaction(&file_of(1))));
    assert!(named.iter().any(|unmet| unmet == "event_triggers"), "{named:?}");
}

#[test]
fn every_guard_of_tier_1_refuses_alone_with_psql() {
    every_guard_of(1);
}

#[test]
fn every_guard_of_tier_2_refuses_alone_with_psql() {
    every_guard_of(2);
}

#[test]
fn every_guard_of_tier_3_refuses_alone_with_psql() {
    every_guard_of(3);
}

#[test]
fn every_guard_of_tier_4_refuses_alone_with_psql() {
    every_guard_of(4);
}

#[test]
fn every_guard_of_tier_5_refuses_alone_with_psql() {
    every_guard_of(5);
}

#[test]
fn every_guard_of_tier_6_refuses_alone_with_psql() {
    every_guard_of(6);
}
