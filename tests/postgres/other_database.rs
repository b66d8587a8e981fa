//! A whole release, from the closed gate to the full rollback, on databases that have only the contract in common, and as different roles.

use crate::packet::{APR, apply, objects, psql_file, rollback, standing_as, unmet_in};
use crate::support::{Lab, OWNER, Output, baseline, repository_text};

/// A database that meets the contract but has other tables, keys and types than the lab, and many objects of its own.
fn another_house() -> Lab {
    Lab::own(|builder| {
        let mut other = baseline();
        other.sql = repository_text("tests/fixtures/foreign_contract.sql");
        builder.baseline(other)
    })
}

/// psql and `pg_dump` check the result of every step.
fn the_whole_story(lab: &Lab, role: &str) {
    let run = |arguments: &[&str]| -> Output { lab.oneroof(arguments).variable("PGUSER", role).output() };
    let baseline = lab.dump();

    let report = run(&["preflight", "--ratified-apr", APR, "--format=json"]).expect_code(3).json();
    assert_eq!(unmet_in(&report), ["gate", "apr"]);
    assert_eq!(report["verdict"], "NO-GO");
    let _ = run(&["apply", "--ratified-apr", APR, "--yes"]).expect_code(3).expect_stdout("nothing was changed");
    assert!(baseline == lab.dump(), "a NO-GO changed something");

    lab.ratify();
    let ratified = lab.dump();
    let _ = run(&["apply", "--ratified-apr", APR, "--dry-run"]).expect_success().expect_stdout("nothing was changed");
    assert!(ratified == lab.dump(), "the dry run changed something");
    let report = run(&["preflight", "--ratified-apr", APR, "--format=json"]).expect_success().json();
    assert_eq!(report["verdict"], "GO");
    assert_eq!(report["server_facts"]["transaction_id_assigned"], false);
    assert!(ratified == lab.dump(), "preflight changed something");

    let report = run(&["apply", "--ratified-apr", APR, "--yes", "--format=json"]).expect_success().json();
    assert_eq!(report["effect"]["applied"], serde_json::json!([1, 2, 3, 4, 5, 6]));
    assert_eq!(objects(lab), "43");
    let seeded =
        "SELECT count(*), count(DISTINCT approval_ref), min(approval_ref) FROM public.governance_object_ownership
                  WHERE created_by = 'F6_OWNERSHIP_SEED_COMMIT'";
    assert_eq!(lab.admin(seeded), format!("30|1|{APR}"));
    assert_eq!(lab.admin("SELECT count(*) FROM public.v_governance_ownership_gap"), "0");
    assert_eq!(lab.admin("SELECT count(*) FROM public.oneroof_scan_finding"), "38");
    let applied = lab.dump();
    let _ = run(&["verify"]).expect_success();
    assert_eq!(standing_as(lab, role), [1, 2, 3, 4, 5, 6]);
    let _ = run(&["apply", "--ratified-apr", APR, "--yes"]).expect_code(13).expect_stdout("nothing was changed");
    assert!(applied == lab.dump(), "verify, status or a second apply changed something");

    let _ = run(&["rollback", "--tier", "6", "--yes"]).expect_success();
    assert_eq!(standing_as(lab, role), [1, 2, 3, 4, 5]);
    assert_eq!(lab.admin("SELECT count(*) FROM public.oneroof_scan_finding"), "0");
    let _ = run(&["rollback", "--full", "--yes"]).expect_success();
    assert_eq!(objects(lab), "0");
    assert!(ratified == lab.dump(), "the release left something behind");
}

#[test]
fn on_another_site_the_rollback_restores_the_baseline() {
    the_whole_story(&another_house(), OWNER);
}

#[test]
fn on_the_lab_the_rollback_restores_the_baseline() {
    the_whole_story(&Lab::new(), OWNER);
}

#[test]
fn as_a_superuser_the_rollback_restores_the_baseline() {
    let lab = Lab::new();
    let administrator = lab.administrator().to_owned();
    the_whole_story(&lab, &administrator);
}

/// The shipped grants are enough in every database. If the role may not lock the approvals, `gate.window` warns.
fn under_least_privilege(lab: &Lab) {
    lab.admin("CREATE ROLE releaser LOGIN NOSUPERUSER");
    let grants = format!("\\set role releaser\n{}", repository_text("sql/grants/least_privilege.sql"));
    lab.admin(&grants);
    the_whole_story(lab, "releaser");
    let report = lab.oneroof(["apply", "--ratified-apr", APR, "--yes", "--format=json"]).variable("PGUSER", "releaser");
    let report = report.output().expect_success().json();
    let checks = report["checks"].as_array().unwrap();
    let windows: Vec<_> =
        checks.iter().filter(|check| check["name"] == "gate.window" && check["ok"] == false).collect();
    let can_lock = lab.admin("SELECT current_setting('server_version_num')::int >= 170000") == "t";
    assert_eq!(windows.is_empty(), can_lock, "{windows:?}");
    assert!(windows.iter().all(|window| window["severity"] == "warning"), "{windows:?}");
    for forbidden in [
        "DELETE FROM public.os_proposal_approvals",
        "UPDATE public.event_type_registry SET active = true",
        "INSERT INTO public.event_outbox (event_type) VALUES ('content.document.published')",
        "DELETE FROM public.system_issues",
    ] {
        let refused = lab.try_psql_in(crate::support::DATABASE, "releaser", forbidden).unwrap_err();
        assert!(refused.contains("permission denied"), "{forbidden}: {refused}");
    }
}

#[test]
fn under_the_shipped_grants_the_rollback_restores_the_baseline() {
    under_least_privilege(&Lab::own(|builder| builder));
}

#[test]
fn under_the_shipped_grants_the_rollback_restores_the_baseline_of_another_site() {
    under_least_privilege(&another_house());
}

#[test]
fn on_another_site_psql_has_the_same_result() {
    let lab = another_house();
    lab.ratify();
    let ratified = lab.dump();
    for _ in 0..2 {
        let output = psql_file(&lab, "sql/prod/99_run_all.sql", &[&format!("ratified_apr={APR}")]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let _ = lab.oneroof(["verify"]).output().expect_success();
        let output = psql_file(&lab, "sql/prod_rollback/99_rollback_full.sql", &[]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(ratified == lab.dump());
    }
}

/// Objects with our names in other schemas are not ours, and stay as they are.
#[test]
fn on_another_site_objects_of_the_same_name_in_other_schemas_are_left_alone() {
    let lab = another_house();
    lab.ratify();
    let bystander = "SELECT axis_code, note FROM kb.oneroof_axis";
    assert_eq!(lab.admin(bystander), "HOUSE|ours since 2024");
    let _ = apply(&lab).expect_success();
    assert_eq!(lab.admin(bystander), "HOUSE|ours since 2024");
    let _ = rollback(&lab, ["--full"]).expect_success();
    assert_eq!(lab.admin(bystander), "HOUSE|ours since 2024");
}

/// The application goes on writing while the release is applied. Its rows stay.
#[test]
fn the_application_writes_while_the_release_is_applied() {
    let lab = Lab::ratified();
    let _ = apply(&lab).expect_success();
    lab.psql(
        "INSERT INTO public.system_issues (title, severity) VALUES ('later', 'critical');
         INSERT INTO public.event_outbox (event_type) VALUES ('content.document.published')",
    );
    let issues = lab.count("public.system_issues");
    let outbox = lab.count("public.event_outbox");
    let _ = lab.oneroof(["verify"]).output().expect_success();
    let _ = rollback(&lab, ["--full"]).expect_success();
    assert_eq!((issues, outbox), (lab.count("public.system_issues"), lab.count("public.event_outbox")));
}
