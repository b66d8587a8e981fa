//! The commands of `oneroof clone`. The tests use psql and `pg_dump` to see what is in the clone and what stays in the source.

use crate::support::{DATABASE, Lab, OWNER};
use rustix::process::Signal;

pub(crate) const NAME: &str = "directus_gov_test_20260602";

/// A lab whose role may create databases.
pub(crate) fn lab() -> Lab {
    let lab = Lab::new();
    lab.admin(&format!("ALTER ROLE {OWNER} CREATEDB"));
    lab
}

pub(crate) fn clone(lab: &Lab, words: &[&str]) -> crate::support::Run {
    lab.oneroof(["clone"]).arguments(words).arguments(["--name", NAME, "--yes", "--format", "json"])
}

pub(crate) fn databases(lab: &Lab) -> String {
    lab.admin("SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname LIKE 'directus%'")
}

pub(crate) fn stage<'r>(report: &'r serde_json::Value, name: &str) -> &'r serde_json::Value {
    let stages = report["result"]["stages"].as_array().unwrap();
    stages.iter().find(|stage| stage["stage"] == name).unwrap_or_else(|| panic!("no stage {name}: {report}"))
}

/// A dump without the lines that hold an array of constants, because a restored database prints the casts in them differently.
fn dump(lab: &Lab, database: &str) -> Vec<String> {
    lab.dump_of(database).lines().filter(|line| !line.contains("ARRAY[")).map(str::to_owned).collect()
}

#[test]
fn a_clone_is_made_equal_run_through_all_stages_revalidated_and_dropped() {
    let lab = lab();
    let source = lab.dump();
    let made = clone(&lab, &["create"]).output().expect_success().json();
    for name in ["source", "copy", "fidelity", "isolation"] {
        assert_eq!(stage(&made, name)["passed"], true, "{made}");
    }
    let before = dump(&lab, NAME);
    assert!(before == dump(&lab, DATABASE), "the clone's dump differs");
    assert_eq!(lab.admin(&format!("SELECT has_database_privilege('public', '{NAME}', 'CONNECT')")), "f");
    let encoding =
        "SELECT count(DISTINCT (encoding, datcollate, datctype)) FROM pg_database WHERE datname LIKE 'directus%'";
    assert_eq!(lab.admin(encoding), "1");

    let asked = clone(&lab, &["revalidate"]).output().expect_success().json();
    for name in ["R1", "R2", "R3", "harness"] {
        assert_eq!(stage(&asked, name)["passed"], true, "{asked}");
    }
    assert_eq!(asked["effect"]["kind"], "nothing_changed");
    assert!(before == dump(&lab, NAME), "revalidation left something");

    let run = clone(&lab, &["run"]).output().expect_success().json();
    for name in ["source", "gate", "baseline", "preflight", "A", "B", "C", "D", "E", "F", "impact", "G"] {
        assert_eq!(stage(&run, name)["passed"], true, "{name}: {run}");
    }
    let says = |name: &str, words: &str| {
        let numbers = stage(&run, name)["numbers"].as_str().unwrap();
        assert!(numbers.contains(words), "{name}: {numbers}");
    };
    says("gate", "0 approvals at the source");
    says("A", "effective 240 = 30 direct + 210 inherited");
    says("B", "coverage 100.00 %");
    says("B", "findings 38");
    says("C", "5 state + 35 object rows, 40 inserted first, 0 changed by the second run; 2 run rows");
    says("D", "refused by fn_event_outbox_validate");
    says("E", "to 10: moved, to 10: no-op, to 5: no-op, now at 10");
    says("F", "6 tiers rolled back");
    // The source is the same to the byte, including its sequences and the outbox. The gate was never opened.
    assert!(source == lab.dump(), "the source changed");
    let in_clone = |sql: &str| lab.psql_in(NAME, lab.administrator(), sql);
    assert_eq!(in_clone("SELECT count(*) FROM pg_class WHERE relname ~ 'oneroof_'"), "0");
    assert_eq!(in_clone("SELECT count(*) FROM public.governance_object_ownership"), "0");
    assert_eq!(in_clone("SELECT count(*) FROM public.candidate_scan_run"), "2");
    assert_eq!(in_clone("SELECT position FROM public.candidate_scan_cursor"), "10");
    assert_eq!(in_clone("SELECT count(*) FROM public.os_proposal_approvals"), "0");
    let written: Vec<_> = lab.sandbox.files(|name| name.starts_with("clone_"));
    let packet = std::fs::read_to_string(&written[0]).unwrap();
    for words in ["| D | issue and event boundary | PASS |", "## What stays NO-GO", "DROP DATABASE IF EXISTS"] {
        assert!(packet.contains(words), "{packet}");
    }
    // A second run starts from what the first run left in the clone.
    let _ = clone(&lab, &["run"]).output().expect_success();

    let _ = clone(&lab, &["create"]).output().expect_code(4).expect_stdout("clone.absent");
    let _ = clone(&lab, &["drop"]).output().expect_success();
    assert_eq!(databases(&lab), "directus");
    let _ = clone(&lab, &["drop"]).output().expect_success().expect_stdout("nothing to remove");
    let _ = clone(&lab, &["run"]).output().expect_code(4).expect_stdout("there is no clone");
    assert!(source == lab.dump(), "the source changed");
}

#[test]
fn a_name_that_breaks_the_rule_for_clones_is_refused_before_connecting() {
    let lab = lab();
    for name in [
        "directus",
        "postgres",
        "directus_gov_test_2026060",
        "directus_gov_test_202606021",
        "directus_gov_test_2026060x",
        "x; DROP DATABASE directus",
        "",
    ] {
        for verb in ["create", "run", "revalidate", "drop"] {
            let refused = lab.oneroof(["clone", verb, "--yes", "--name", name]).output();
            let _ = refused.expect_code(2).expect_stdout("directus_gov_test_");
        }
    }
    let _ = lab.oneroof(["clone", "drop", "--name", NAME]).output().expect_code(11);
    let _ = lab.oneroof(["clone", "drop", "--name", NAME, "--confirm", DATABASE]).output().expect_code(11);
    assert_eq!(databases(&lab), "directus");
    // The SQL checks the name too.
    let sql = crate::support::exported_text("sql/queries/clone_source.sql");
    let refused = lab.try_psql(&format!("SET oneroof.clone_name = 'directus';\n{sql}")).unwrap_err();
    assert!(refused.contains("the name of a clone"), "{refused}");
    let emit = crate::support::exported_text("sql/queries/emit.sql");
    let refused = lab.try_psql(&format!("SET oneroof.mode = 'clone';\n{emit}")).unwrap_err();
    assert!(refused.contains("on a clone only"), "{refused}");
}

#[test]
fn what_is_missing_is_named_before_anything_is_made() {
    let lab = Lab::new();
    lab.admin("CREATE ROLE stranger");
    lab.admin("CREATE TABLE public.strange (x int); ALTER TABLE public.strange OWNER TO stranger");
    let refused = clone(&lab, &["create"]).output().expect_code(4).json();
    let unmet: Vec<&str> = refused["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["ok"] == false)
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    assert_eq!(unmet, ["privilege.createdb", "privilege.read", "privilege.owners"]);
    let words = refused["error"]["message"].as_str().unwrap();
    assert!(words.contains("public.strange") && words.contains("stranger"), "{words}");
    lab.admin(&format!("ALTER ROLE {OWNER} CREATEDB; GRANT SELECT ON public.strange TO {OWNER}"));
    let _ = clone(&lab, &["create"]).output().expect_code(4);
    assert_eq!(databases(&lab), "directus");
    let made = clone(&lab, &["create", "--no-owner"]).output().expect_success().json();
    let numbers = stage(&made, "fidelity")["numbers"].as_str().unwrap();
    assert!(numbers.contains("owners and grants not compared"), "{numbers}");
}

#[test]
fn an_error_in_the_restore_leaves_no_clone() {
    let lab = lab();
    // The condition of this CHECK constraint is true in the source only.
    lab.psql(
        "CREATE FUNCTION public.here_only(x int) RETURNS boolean LANGUAGE sql AS $f$ SELECT current_database() = 'directus' $f$; \
         CREATE TABLE public.homesick (x int CHECK (public.here_only(x))); INSERT INTO public.homesick VALUES (1)",
    );
    let failed = clone(&lab, &["create"]).output().expect_code(5);
    let report = failed.json();
    assert!(report["error"]["message"].as_str().unwrap().contains("homesick"), "{report}");
    assert!(failed.stdout.contains("was removed again"), "{report}");
    assert_eq!(databases(&lab), "directus");
}

#[test]
fn an_interrupted_create_leaves_nothing_behind() {
    let lab = lab();
    lab.psql(
        "CREATE FUNCTION public.slow(x int) RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN \
         IF current_database() <> 'directus' THEN PERFORM pg_catalog.pg_sleep(30); END IF; RETURN true; END $f$; \
         CREATE TABLE public.lengthy (x int CHECK (public.slow(x))); INSERT INTO public.lengthy VALUES (1)",
    );
    let running = clone(&lab, &["create"]).start();
    running.wait_for_stderr("close: REVOKE");
    assert_eq!(databases(&lab), format!("directus {NAME}"));
    let mark = format!("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{NAME}'");
    assert!(lab.admin(&mark).contains("NOT COMPLETE"));
    // Another process sees the mark too: `clone run` does not accept the unfinished database as a clone.
    let _ = clone(&lab, &["run"]).output().expect_code(4).expect_stdout("is not complete");
    running.signal(Signal::INT);
    let _ = running.finish().expect_code(8);
    assert_eq!(databases(&lab), "directus");
}

#[test]
fn a_clone_that_lost_the_outbox_guard_fails_stage_d_and_says_so() {
    let lab = lab();
    let _ = clone(&lab, &["create"]).output().expect_success();
    lab.psql_in(NAME, OWNER, "ALTER TABLE public.event_outbox DISABLE TRIGGER trg_event_outbox_validate");
    let run = clone(&lab, &["run"]).output();
    assert_ne!(run.code(), Some(0), "{}", run.whole());
    let report = run.json();
    assert_eq!(stage(&report, "D")["passed"], false, "{report}");
    assert!(stage(&report, "D")["numbers"].as_str().unwrap().contains("NOT refused"), "{report}");
    assert_eq!(stage(&report, "impact")["passed"], true);
    assert_eq!(lab.psql_in(NAME, OWNER, "SELECT count(*) FROM public.v_governance_event_emit"), "0");
}
