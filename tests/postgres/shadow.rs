//! The shadow is a copy of the release's objects in a separate schema (gate option 3). It can be deployed with the gate closed. The schema
//! public stays the same to the byte, and `shadow drop` leaves nothing behind.

use crate::support::{Lab, Output};

fn shadow(lab: &Lab, verb: &str) -> Output {
    lab.oneroof(["shadow", verb, "--yes", "--format", "json"]).output()
}

#[test]
fn the_shadow_needs_no_approval_and_is_removed_as_a_whole() {
    let lab = Lab::new();
    let before = lab.dump();
    let deployed = shadow(&lab, "deploy").expect_success().json();
    assert_eq!(deployed["result"]["run"]["comparison"]["equal"], true);
    assert_eq!(lab.count("public.os_proposal_approvals"), 0);
    let kinds = "SELECT string_agg(kind || ' ' || n, ', ' ORDER BY kind) FROM \
                 (SELECT relkind::text AS kind, count(*) AS n FROM pg_class WHERE relnamespace = 'oneroof_shadow'::regnamespace GROUP BY 1) AS k";
    assert_eq!(lab.psql(kinds), "i 18, r 11, v 31");
    let rows = "SELECT (SELECT count(*) FROM oneroof_shadow.oneroof_axis), (SELECT count(*) FROM oneroof_shadow.oneroof_axis_value), \
                (SELECT count(*) FROM oneroof_shadow.oneroof_axis_binding), (SELECT count(*) FROM oneroof_shadow.oneroof_topic)";
    assert_eq!(lab.psql(rows), "3|15|30|0");
    // The shadow does not refer to the schema public and has nothing in it.
    assert_eq!(
        lab.psql("SELECT count(*) FROM pg_class WHERE relname ~ 'oneroof_' AND relnamespace = 'public'::regnamespace"),
        "0"
    );
    let body = "SELECT pg_get_functiondef('oneroof_shadow.fn_oneroof_scan(text, text)'::regprocedure)";
    assert!(!lab.psql(body).contains("public.oneroof_"));
    let public: Vec<String> = before.lines().map(str::to_owned).collect();
    let now = lab.dump();
    let kept: Vec<&str> = now.lines().collect();
    assert!(public.iter().all(|line| kept.contains(&line.as_str())), "something of public is gone");

    let again = shadow(&lab, "deploy").expect_code(4);
    assert!(again.stdout.contains("shadow.schema"), "{}", again.whole());
    assert!(now == lab.dump(), "a refused deploy changed something");
    let _ = shadow(&lab, "drop").expect_success();
    assert!(before == lab.dump(), "the drop left something");
    let _ = shadow(&lab, "drop").expect_code(4);
}

#[test]
fn a_release_and_a_shadow_do_not_disturb_each_other() {
    let lab = Lab::ratified();
    let before = lab.dump();
    let _ = shadow(&lab, "deploy").expect_success();
    let with_shadow = lab.dump();
    let _ = lab.oneroof(["apply", "--ratified-apr", "APR-BOOT-AUTHMODEL-1", "--yes"]).output().expect_success();
    let _ = lab.oneroof(["verify"]).output().expect_success();
    let _ = lab.oneroof(["rollback", "--full", "--yes"]).output().expect_success();
    assert!(with_shadow == lab.dump(), "the release left something beside the shadow");
    let _ = shadow(&lab, "drop").expect_success();
    assert!(before == lab.dump(), "the drop left something");
}

#[test]
fn an_object_of_others_in_the_shadow_stops_its_drop() {
    let lab = Lab::new();
    let _ = shadow(&lab, "deploy").expect_success();
    for (there, gone, word) in [
        ("CREATE TABLE oneroof_shadow.mine (x int)", "DROP TABLE oneroof_shadow.mine", "oneroof_shadow"),
        ("CREATE INDEX stray ON oneroof_shadow.oneroof_axis (title)", "DROP INDEX oneroof_shadow.stray", "stray"),
        (
            "INSERT INTO oneroof_shadow.oneroof_axis VALUES ('MINE', 9, 'Mine')",
            "DELETE FROM oneroof_shadow.oneroof_axis WHERE axis_code = 'MINE'",
            "MINE",
        ),
    ] {
        lab.psql(there);
        let before = lab.dump();
        let refused = shadow(&lab, "drop");
        assert!(matches!(refused.code(), Some(4 | 5)), "{}", refused.whole());
        assert!(refused.stdout.contains(word), "{}", refused.whole());
        assert!(before == lab.dump(), "a refused drop changed something");
        lab.psql(gone);
    }
    let _ = shadow(&lab, "drop").expect_success();
}
