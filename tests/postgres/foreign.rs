//! If somebody else's objects depend on ours or are attached to ours, a rollback stops and names them. Nothing is lost.

use crate::packet::{self, apply, objects, rollback, rollback_of, standing, transaction};
use crate::support::Lab;

/// An object or a row of somebody else.
struct Foreign {
    /// The SQL that creates it.
    put: &'static str,
    /// The SQL with which its owner removes it.
    take_back: &'static str,
    /// The lowest tier whose rollback it stops.
    stops: u8,
    /// What the error message contains.
    said: &'static str,
}

/// Creates one foreign object after the other in an applied release. The full rollback and the tier's own rollback stop and name it, and so
/// does the tier's file with psql. The dump stays as it was. In the end the full rollback leaves the same bytes as before the release.
fn each_stops_the_rollback(planted: &[Foreign]) {
    let lab = Lab::ratified();
    let baseline = lab.dump();
    let _ = apply(&lab).expect_success();
    for foreign in planted {
        let Foreign { put, take_back, stops, said } = foreign;
        lab.admin(put);
        let before = lab.dump();
        let _ = rollback(&lab, ["--full"]).expect_code(4).expect_stdout(said).expect_stdout("nothing was changed");
        let _ = rollback(&lab, ["--to", &(stops - 1).to_string()]).expect_code(4).expect_stdout(said);
        // The tier's rollback file with psql. The tiers above it are rolled back in the same transaction, so that only the foreign object
        // can stop it.
        let rolled_back: String = (*stops..=6).rev().map(rollback_of).collect();
        let named = packet::unmet(lab.try_psql(&transaction(&rolled_back)));
        assert!(named.contains(&format!("state.{stops}")), "{put}: {named:?}");
        assert!(before == lab.dump(), "a refused rollback changed something: {put}");
        lab.admin(take_back);
    }
    let _ = rollback(&lab, ["--full"]).expect_success();
    assert_eq!(objects(&lab), "0");
    assert!(baseline == lab.dump());
}

#[test]
fn a_foreign_row_in_a_table_of_the_release_stops_the_rollback() {
    each_stops_the_rollback(&[
        Foreign {
            put: "INSERT INTO public.oneroof_axis (axis_code, ordinal, title) VALUES ('HOUSE', 9, 'House')",
            take_back: "DELETE FROM public.oneroof_axis WHERE axis_code = 'HOUSE'",
            stops: 2,
            said: "oneroof_axis (HOUSE,9,House) was not shipped",
        },
        Foreign {
            put: "INSERT INTO public.oneroof_containment_node (node_code, node_kind, class_code) VALUES ('GOV-LAW-99', 'object', 'LAW')",
            take_back: "DELETE FROM public.oneroof_containment_node WHERE node_code = 'GOV-LAW-99'",
            stops: 4,
            said: "GOV-LAW-99",
        },
        Foreign {
            put: "INSERT INTO public.oneroof_topic_label_rule (label_pattern, priority, topic_code) VALUES ('house/%', 9, 'audit')",
            take_back: "DELETE FROM public.oneroof_topic_label_rule WHERE priority = 9",
            stops: 5,
            said: "house/%",
        },
        Foreign {
            put: "INSERT INTO public.oneroof_scan_rule (rule_code, ordinal, title, subject_kind) VALUES ('SCN-HOUSE', 9, 'House', 'topic')",
            take_back: "DELETE FROM public.oneroof_scan_rule WHERE rule_code = 'SCN-HOUSE'",
            stops: 6,
            said: "SCN-HOUSE",
        },
        Foreign {
            put: "INSERT INTO public.oneroof_scan_run (ruleset_code, snapshot_ref, ruleset_version, snapshot_id)
                  SELECT 'RULESET-OPS-1', snapshot_ref, ruleset_version, snapshot_id FROM public.oneroof_scan_run",
            take_back: "DELETE FROM public.oneroof_scan_run WHERE ruleset_code = 'RULESET-OPS-1'",
            stops: 6,
            said: "RULESET-OPS-1",
        },
    ]);
}

#[test]
fn a_changed_or_deleted_row_of_the_release_stops_the_rollback() {
    each_stops_the_rollback(&[
        Foreign {
            put: "UPDATE public.oneroof_axis_value SET title = 'Custodian', owner_ref = 'L3-CUSTODIAN' WHERE value_code = 'L3'",
            take_back: "UPDATE public.oneroof_axis_value SET title = 'Steward', owner_ref = 'L3-STEWARD' WHERE value_code = 'L3'",
            stops: 2,
            said: "L3-CUSTODIAN",
        },
        Foreign {
            put: "UPDATE public.governance_object_ownership SET owner_ref = 'SOMEBODY' WHERE subject_code = 'LAW' AND scope_code = 'define'",
            take_back: "UPDATE public.governance_object_ownership SET owner_ref = 'L4-PRESIDENT' WHERE owner_ref = 'SOMEBODY'",
            stops: 3,
            said: "SOMEBODY",
        },
        Foreign {
            put: "DELETE FROM public.oneroof_topic_assignment WHERE object_code = 'GOV-LAW-01'",
            take_back: "INSERT INTO public.oneroof_topic_assignment (object_code, topic_code) VALUES ('GOV-LAW-01', 'constitution')",
            stops: 5,
            said: "GOV-LAW-01",
        },
        Foreign {
            put: "UPDATE public.oneroof_scan_finding SET state = 'resolved' WHERE rule_code = 'SCN-AXIS-VALUE-UNBOUND'",
            take_back: "UPDATE public.oneroof_scan_finding SET state = 'open' WHERE rule_code = 'SCN-AXIS-VALUE-UNBOUND'",
            stops: 6,
            said: "SCN-AXIS-VALUE-UNBOUND",
        },
    ]);
}

#[test]
fn an_object_on_a_table_of_the_release_stops_the_rollback() {
    each_stops_the_rollback(&[
        Foreign {
            put: "ALTER TABLE public.oneroof_topic ADD COLUMN note text DEFAULT 'theirs'",
            take_back: "ALTER TABLE public.oneroof_topic DROP COLUMN note",
            stops: 1,
            said: "column note of public.oneroof_topic is not ours",
        },
        Foreign {
            put: "CREATE INDEX their_index ON public.oneroof_topic (title)",
            take_back: "DROP INDEX public.their_index",
            stops: 1,
            said: "their_index",
        },
        Foreign {
            put: "CREATE TRIGGER their_trigger BEFORE UPDATE ON public.oneroof_topic FOR EACH ROW EXECUTE FUNCTION public.fn_issue_touch()",
            take_back: "DROP TRIGGER their_trigger ON public.oneroof_topic",
            stops: 1,
            said: "their_trigger",
        },
        Foreign {
            put: "CREATE POLICY their_policy ON public.oneroof_topic USING (true)",
            take_back: "DROP POLICY their_policy ON public.oneroof_topic",
            stops: 1,
            said: "their_policy",
        },
        Foreign {
            put: "CREATE STATISTICS public.their_statistics ON topic_code, title FROM public.oneroof_topic",
            take_back: "DROP STATISTICS public.their_statistics",
            stops: 1,
            said: "their_statistics",
        },
        Foreign {
            put: "CREATE RULE their_rule AS ON INSERT TO public.oneroof_topic DO ALSO NOTHING",
            take_back: "DROP RULE their_rule ON public.oneroof_topic",
            stops: 1,
            said: "their_rule",
        },
        Foreign {
            put: "ALTER TABLE public.oneroof_topic ADD CONSTRAINT their_check CHECK (topic_code <> 'theirs')",
            take_back: "ALTER TABLE public.oneroof_topic DROP CONSTRAINT their_check",
            stops: 1,
            said: "their_check",
        },
        Foreign {
            put: "ALTER TABLE public.oneroof_topic ALTER COLUMN title SET DEFAULT 'Theirs'",
            take_back: "ALTER TABLE public.oneroof_topic ALTER COLUMN title DROP DEFAULT",
            stops: 1,
            said: "default title of public.oneroof_topic is not ours",
        },
        Foreign {
            put: "ALTER TABLE public.oneroof_topic ENABLE ROW LEVEL SECURITY",
            take_back: "ALTER TABLE public.oneroof_topic DISABLE ROW LEVEL SECURITY",
            stops: 1,
            said: "row security of public.oneroof_topic is not ours",
        },
        Foreign {
            put: "COMMENT ON TABLE public.oneroof_topic IS 'theirs'",
            take_back: "COMMENT ON TABLE public.oneroof_topic IS 'The topics that governed objects belong to.'",
            stops: 1,
            said: "public.oneroof_topic is not as shipped",
        },
    ]);
}

#[test]
fn an_object_that_depends_on_the_release_stops_the_rollback() {
    each_stops_the_rollback(&[
        Foreign {
            put: "CREATE VIEW public.their_view AS SELECT topic_code FROM public.oneroof_topic",
            take_back: "DROP VIEW public.their_view",
            stops: 1,
            said: "their_view",
        },
        Foreign {
            put: "CREATE VIEW public.their_view AS SELECT * FROM public.v_oneroof_roof_status",
            take_back: "DROP VIEW public.their_view",
            stops: 1,
            said: "their_view",
        },
        Foreign {
            put: "CREATE MATERIALIZED VIEW public.their_view AS SELECT topic_code FROM public.v_oneroof_topic_coverage",
            take_back: "DROP MATERIALIZED VIEW public.their_view",
            stops: 1,
            said: "their_view",
        },
        Foreign {
            put: "CREATE TABLE public.their_table (topic_code text REFERENCES public.oneroof_topic (topic_code))",
            take_back: "DROP TABLE public.their_table",
            stops: 1,
            said: "their_table",
        },
        Foreign {
            put: "CREATE TABLE public.their_child () INHERITS (public.oneroof_topic)",
            take_back: "DROP TABLE public.their_child",
            stops: 1,
            said: "their_child",
        },
        Foreign {
            put: "CREATE TABLE public.their_table (topic public.oneroof_topic)",
            take_back: "DROP TABLE public.their_table",
            stops: 1,
            said: "their_table",
        },
        Foreign {
            put: "CREATE FUNCTION public.their_function() RETURNS SETOF public.oneroof_topic LANGUAGE sql AS 'SELECT * FROM public.oneroof_topic'",
            take_back: "DROP FUNCTION public.their_function()",
            stops: 1,
            said: "their_function",
        },
        Foreign {
            put: "CREATE PUBLICATION their_publication FOR TABLE public.oneroof_topic",
            take_back: "DROP PUBLICATION their_publication",
            stops: 1,
            said: "their_publication",
        },
    ]);
}

#[test]
fn grants_on_objects_of_the_release_do_not_stop_a_rollback() {
    let lab = Lab::ratified();
    let baseline = lab.dump();
    let _ = apply(&lab).expect_success();
    lab.psql(
        "GRANT SELECT ON public.v_oneroof_roof_status, public.v_oneroof_topic_coverage TO PUBLIC;
         GRANT SELECT (topic_code) ON public.oneroof_topic TO PUBLIC;
         GRANT EXECUTE ON FUNCTION public.fn_oneroof_scan(text, text) TO CURRENT_USER",
    );
    assert_eq!(standing(&lab), [1, 2, 3, 4, 5, 6]);
    let _ = lab.oneroof(["verify"]).output().expect_success();
    let _ = rollback(&lab, ["--full"]).expect_success();
    assert!(baseline == lab.dump());
}

/// The ownership table has rows of the release and later rows of other people. Only ours are deleted.
#[test]
fn ownership_that_others_added_later_is_named_and_kept() {
    let lab = Lab::ratified();
    let _ = apply(&lab).expect_success();
    lab.psql(
        "INSERT INTO public.governance_object_ownership (subject_kind, subject_code, scope_code, owner_ref, created_by)
         VALUES ('object', 'GOV-LAW-01', 'define', 'L3-STEWARD', 'somebody')",
    );
    let before = lab.dump();
    let report = lab.oneroof(["rollback", "--full", "--yes", "--format=json"]).output();
    let code = report.code();
    assert!(matches!(code, Some(4 | 5)), "{}", report.whole());
    assert_eq!(lab.psql("SELECT count(*) FROM public.governance_object_ownership WHERE created_by = 'somebody'"), "1");
    assert!(code == Some(5) || before == lab.dump());
    let stands = standing(&lab);
    assert_eq!(report.json()["effect"]["applied"], serde_json::json!(stands), "{}", report.whole());
    lab.psql("DELETE FROM public.governance_object_ownership WHERE created_by = 'somebody'");
    let _ = rollback(&lab, ["--full"]).expect_success();
    assert_eq!(objects(&lab), "0");
}

/// A role that is not the owner cannot drop anything with any command.
#[test]
fn a_role_that_owns_nothing_cannot_roll_back() {
    let lab = Lab::own(|builder| builder);
    lab.ratify();
    lab.admin("CREATE ROLE passer_by LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO passer_by");
    let _ = apply(&lab).expect_success();
    lab.admin("GRANT SELECT ON ALL TABLES IN SCHEMA public TO passer_by");
    let before = lab.dump();
    let output = lab.oneroof(["rollback", "--full", "--yes"]).variable("PGUSER", "passer_by").output();
    assert!(matches!(output.code(), Some(4 | 5)), "{}", output.whole());
    let _ = output.expect_stdout("nothing was changed");
    assert!(before == lab.dump());
}
