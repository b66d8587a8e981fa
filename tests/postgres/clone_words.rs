//! What the clone commands report about two databases when somebody changes one of them during the command.

use crate::clone::{NAME, clone, databases, lab, stage};
use crate::support::{DATABASE, Lab, OWNER, Output};
use std::time::{Duration, Instant};

/// Runs a command on the clone while a lock in the clone makes it wait. `meanwhile` runs as soon as the command waits.
fn held(lab: &Lab, words: &[&str], table: &str, meanwhile: impl FnOnce()) -> Output {
    let mut holder = lab.session_in(NAME, lab.administrator());
    holder.run(&format!("BEGIN; LOCK TABLE {table} IN SHARE MODE"));
    let running = clone(lab, words).arguments(["--lock-timeout", "60"]).start();
    let waits = format!(
        "SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database WHERE d.datname = '{NAME}' AND NOT l.granted"
    );
    let begun = Instant::now();
    while lab.admin(&waits) == "0" {
        assert!(begun.elapsed() < Duration::from_mins(1), "nothing waits for the lock on {table}");
        std::thread::sleep(Duration::from_millis(20));
    }
    meanwhile();
    holder.run("ROLLBACK");
    running.finish()
}

fn numbers<'r>(report: &'r serde_json::Value, name: &str) -> &'r str {
    assert_eq!(stage(report, name)["passed"], false, "{report}");
    stage(report, name)["numbers"].as_str().unwrap()
}

#[test]
fn a_value_that_the_restore_computes_differently_is_reported() {
    let lab = lab();
    // The function is declared IMMUTABLE but is not: a restore computes another value in the other database.
    lab.psql(
        "CREATE FUNCTION public.whereabouts(id integer) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.current_database()::text'; \
         CREATE TABLE public.made (id integer PRIMARY KEY, made_in text GENERATED ALWAYS AS (public.whereabouts(id)) STORED); \
         INSERT INTO public.made (id) VALUES (1)",
    );
    let before = lab.dump();
    let output = clone(&lab, &["create"]).output().expect_code(5);
    let report = output.json();
    assert_eq!(numbers(&report, "fidelity"), "rows of public.made: 1 rows as before, but with other content");
    assert_eq!(report["error"]["message"], "the clone is not equal to the source: 1 differences");
    assert_eq!(databases(&lab), DATABASE, "the unequal clone is still there");
    assert!(before == lab.dump(), "the source changed");
}

#[test]
fn a_source_that_changes_during_the_stages_is_not_called_identical() {
    let lab = lab();
    let _ = clone(&lab, &["create"]).output().expect_success();
    let output = held(&lab, &["run"], "public.candidate_scan_cursor", || {
        lab.admin("COMMENT ON TABLE public.governance_object IS 'changed meanwhile'");
    });
    let report = output.expect_code(5).json();
    assert!(numbers(&report, "impact").contains("public.governance_object"), "{report}");
    assert_eq!(report["error"]["message"], "the source is not as it was before the stages");
    assert_eq!(stage(&report, "F")["passed"], true, "{report}");
}

#[test]
fn an_event_of_others_during_the_write_half_is_reported() {
    let lab = lab();
    let _ = clone(&lab, &["create"]).output().expect_success();
    let source = lab.dump();
    for change in [
        "DELETE FROM public.event_outbox WHERE id = 1",
        "UPDATE public.system_issues SET title = title || '!' WHERE id = 42",
    ] {
        let output = held(&lab, &["run"], "public.candidate_scan_run", || {
            lab.psql_in(NAME, lab.administrator(), &format!("SET session_replication_role = replica; {change}"));
        });
        let report = output.expect_code(5).json();
        assert!(numbers(&report, "C").ends_with("outbox or issues CHANGED"), "{change}: {report}");
        assert_eq!(report["error"]["message"], "stage C did not pass");
        let _ = clone(&lab, &["drop"]).output().expect_success();
        let _ = clone(&lab, &["create"]).output().expect_success();
    }
    assert!(source == lab.dump(), "the source changed");
}

#[test]
fn a_clone_that_changes_during_a_revalidation_is_reported() {
    let lab = lab();
    lab.psql("CREATE SEQUENCE public.counted");
    let _ = clone(&lab, &["create"]).output().expect_success();
    let output = held(&lab, &["revalidate"], "public.governance_object_ownership", || {
        lab.psql_in(
            NAME,
            OWNER,
            "DROP SEQUENCE public.counted; UPDATE public.directus_activity SET \"timestamp\" = \"timestamp\" + interval '1 hour' WHERE id = 1",
        );
    });
    let report = output.expect_code(5).json();
    let shown = numbers(&report, "harness");
    assert!(shown.contains("sequence public.counted: is gone"), "{shown}");
    assert!(shown.contains("rows of public.directus_activity: "), "{shown}");
    assert_eq!(report["error"]["message"], "stage harness did not pass");
    for name in ["R1", "R2", "R3"] {
        assert_eq!(stage(&report, name)["passed"], true, "{report}");
    }
}
