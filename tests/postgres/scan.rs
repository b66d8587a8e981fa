//! The scanner after the release: reading, writing and moving the cursor. psql shows what the scanner wrote.

use crate::support::{Lab, Output};

const APPLY: [&str; 5] = ["apply", "--ratified-apr", "APR-BOOT-AUTHMODEL-1", "--yes", "--no-rehearsal"];

fn released() -> Lab {
    let lab = Lab::ratified();
    let _ = lab.oneroof(APPLY).output().expect_success();
    lab
}

fn write(lab: &Lab, ruleset: &str, snapshot: &str) -> Output {
    lab.oneroof(["scan", "--write", "--ruleset", ruleset, "--snapshot", snapshot, "--yes", "--format", "json"]).output()
}

fn cursor(lab: &Lab, position: &str) -> serde_json::Value {
    lab.oneroof(["scan", "cursor", "--advance-to", position, "--yes", "--format", "json"])
        .output()
        .expect_success()
        .json()
}

/// The dump without the rows of the candidate tables.
fn beside_the_candidates(lab: &Lab) -> String {
    let dump = lab.dump();
    let mut inside = false;
    let kept = dump.lines().filter(|line| {
        if line.starts_with("COPY public.candidate_scan_") {
            inside = true;
        }
        let keep = !inside;
        if *line == "\\." {
            inside = false;
        }
        keep
    });
    kept.collect::<Vec<_>>().join("\n")
}

fn candidates(lab: &Lab) -> String {
    lab.psql(
        "SELECT 'state', class_code, objects::text, covered::text, last_run_id FROM public.candidate_scan_state \
         UNION ALL SELECT 'object', object_code, scopes_covered::text, scopes_total::text, last_run_id FROM public.candidate_scan_object \
         ORDER BY 1, 2",
    )
}

#[test]
fn the_read_half_reports_coverage_owners_and_findings_and_writes_nothing() {
    let lab = released();
    let before = lab.dump();
    let report = lab.oneroof(["scan", "--format", "json"]).output().expect_success().json();
    assert_eq!(report["server_facts"]["transaction_id_assigned"], false);
    let figures = report["result"]["tables"][0]["rows"].as_array().unwrap();
    let figure = |name: &str| figures.iter().find(|row| row[0] == name).unwrap()[1].as_str().unwrap();
    assert_eq!(figure("coverage"), "100.00 %");
    assert_eq!(figure("effective owners"), "240 = 30 direct + 210 inherited");
    assert_eq!(figure("findings"), "38");
    assert_eq!(report["result"]["tables"][1]["rows"].as_array().unwrap().len(), 5);
    assert_eq!(before, lab.dump());
}

#[test]
fn the_write_half_writes_5_and_35_rows_and_a_second_run_adds_one_run_row_and_nothing_else() {
    let lab = released();
    let beside = beside_the_candidates(&lab);
    let report = write(&lab, "RULESET-GOV-1", "SNAP-2026-06-02").expect_success().json();
    assert_eq!(report["effect"]["kind"], "applied");
    let deltas = &report["tiers"][0]["deltas"];
    assert_eq!(deltas["public.candidate_scan_state"]["inserted"], 5);
    assert_eq!(deltas["public.candidate_scan_object"]["inserted"], 35);
    assert_eq!(deltas["public.candidate_scan_run"]["inserted"], 1);
    let counts = "SELECT (SELECT count(*) FROM public.candidate_scan_run), (SELECT count(*) FROM public.candidate_scan_state), \
                  (SELECT count(*) FROM public.candidate_scan_object WHERE scopes_covered = 6 AND scopes_total = 6)";
    assert_eq!(lab.psql(counts), "1|5|35");
    assert_eq!(
        lab.psql("SELECT state_rows, object_rows, ruleset_code FROM public.candidate_scan_run"),
        "5|35|RULESET-GOV-1"
    );
    let first = candidates(&lab);
    let report = write(&lab, "RULESET-GOV-1", "SNAP-2026-06-02").expect_success().json();
    assert_eq!(report["tiers"][0]["deltas"]["public.candidate_scan_object"]["updated"], 0);
    assert_eq!(lab.psql(counts), "2|5|35");
    assert_eq!(candidates(&lab), first);
    assert_eq!(beside_the_candidates(&lab), beside);
    // Only rows that changed since the last run are written, with the id of the new run.
    lab.psql("UPDATE public.governance_object SET status = 'draft' WHERE code = 'GOV-DATA-09'");
    let _ = lab.oneroof(["scan"]).output().expect_success();
    lab.psql("UPDATE public.governance_object SET status = 'published' WHERE code = 'GOV-DATA-09'");
    lab.psql("UPDATE public.candidate_scan_object SET scopes_covered = 2 WHERE object_code = 'GOV-LAW-01'");
    let report = write(&lab, "RULESET-GOV-1", "SNAP-2026-05-31").expect_success().json();
    assert_eq!(report["tiers"][0]["deltas"]["public.candidate_scan_object"]["updated"], 1);
    assert_eq!(lab.psql("SELECT count(DISTINCT last_run_id) FROM public.candidate_scan_object"), "2");
    let evidence = lab.sandbox.evidence();
    assert_eq!(evidence.last().unwrap()["complete"], true);
}

#[test]
fn a_scan_is_refused_by_name_and_nothing_is_written() {
    let lab = Lab::ratified();
    let refused = write(&lab, "RULESET-GOV-1", "SNAP-2026-06-02").expect_code(4).json();
    assert!(refused["error"]["message"].as_str().unwrap().contains("the release is not applied"), "{refused}");
    let _ = lab.oneroof(APPLY).output().expect_success();
    let before = lab.dump();
    for (ruleset, snapshot, words) in [
        ("RULESET-OPS-1", "SNAP-2026-06-02", "RULESET-OPS-1 is not enacted: version 4 is draft"),
        ("RULESET-NONE", "SNAP-2026-06-02", "RULESET-NONE does not exist"),
        ("RULESET-GOV-1", "SNAP-NONE", "SNAP-NONE does not exist"),
        ("RULESET-GOV-1'; DROP TABLE x; --", "SNAP-2026-06-02", "does not exist"),
    ] {
        let refused = write(&lab, ruleset, snapshot).expect_code(4).json();
        assert!(refused["error"]["message"].as_str().unwrap().contains(words), "{refused}");
        assert_eq!(refused["effect"]["kind"], "nothing_changed");
    }
    let unconfirmed = ["scan", "--write", "--ruleset", "RULESET-GOV-1", "--snapshot", "SNAP-2026-06-02"];
    let _ = lab.oneroof(unconfirmed).output().expect_code(11);
    assert_eq!(before, lab.dump());
}

#[test]
fn a_trigger_that_writes_elsewhere_is_caught_before_commit() {
    let lab = released();
    lab.psql(
        "CREATE FUNCTION public.stray() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN \
         UPDATE public.governance_scope_definition SET title = title WHERE code = 'define'; RETURN NULL; END $f$; \
         CREATE TRIGGER stray AFTER INSERT ON public.candidate_scan_run FOR EACH ROW EXECUTE FUNCTION public.stray()",
    );
    let before = lab.dump();
    let caught = write(&lab, "RULESET-GOV-1", "SNAP-2026-06-02").expect_code(5).json();
    assert!(caught["error"]["message"].as_str().unwrap().contains("public.governance_scope_definition"), "{caught}");
    assert_eq!(before, lab.dump());
}

#[test]
fn a_cursor_goes_forward_only() {
    let lab = released();
    let position = || lab.psql("SELECT position, xmin FROM public.candidate_scan_cursor");
    assert_eq!(cursor(&lab, "7")["effect"]["kind"], "applied");
    let at_seven = position();
    assert!(at_seven.starts_with("7|"), "{at_seven}");
    for stale in ["7", "3", "0"] {
        let report = cursor(&lab, stale);
        assert_eq!(report["tiers"][0]["outcome"], "unchanged");
        assert_eq!(report["effect"]["kind"], "nothing_changed");
        assert_eq!(position(), at_seven);
    }
    assert_eq!(cursor(&lab, "900000000000")["effect"]["kind"], "applied");
    assert!(position().starts_with("900000000000|"));
    let _ = lab.oneroof(["scan", "cursor", "--advance-to", "-1", "--yes"]).output().expect_code(2);
    let unknown = ["scan", "cursor", "--advance-to", "9", "--cursor", "nope", "--yes"];
    let _ = lab.oneroof(unknown).output().expect_code(4).expect_stdout("there is: candidate_scan");
}
