//! The release report says what the evidence shows. Markup from a file never becomes markup of the report.

use serde_json::{Value, json};

use oneroof::testing::release::Tier;

use crate::packet::{APR, apply, release, rollback};
use crate::support::evidence::{digest as digest_of, sealed};
use crate::support::schema::{Shape, assert_valid};
use crate::support::{Lab, Sandbox};

/// Writes the release report again and returns its text.
#[track_caller]
fn packet(sandbox: &Sandbox, kind: &str) -> String {
    let file = sandbox.work().join(format!("packet.{kind}"));
    let _ = std::fs::remove_file(&file);
    let output = sandbox
        .oneroof(["report", "--log-dir", ".", "--as", kind, "--format", "json", "--out"])
        .argument(&file)
        .output();
    let report = output.expect_success().json();
    assert_valid(&report, Shape::Report);
    assert_eq!(report["result"]["files"], json!([file]));
    std::fs::read_to_string(&file).unwrap()
}

/// The facts of the report as JSON, checked against their documented schema.
#[track_caller]
fn facts(sandbox: &Sandbox) -> Value {
    let facts = serde_json::from_str(&packet(sandbox, "json")).unwrap();
    assert_valid(&facts, Shape::ReleaseReport);
    facts
}

/// The cells of the row with this name in the report's gate table.
#[track_caller]
fn gate_row(packet: &str, name: &str) -> (String, String) {
    let line = packet.lines().find(|line| line.starts_with(&format!("| {name} | ")));
    let line = line.unwrap_or_else(|| panic!("no row {name}:\n{packet}"));
    let cells: Vec<&str> = line.split(" | ").collect();
    (cells[1].to_owned(), cells[2].trim_end_matches(" |").to_owned())
}

#[test]
fn the_packet_follows_the_release_from_closed_gate_to_rollback() {
    let lab = Lab::new();
    assert!(packet(&lab.sandbox, "md").contains("\nUNKNOWN: there is no evidence of a run of this release\n"));

    let _ = apply(&lab).expect_code(3);
    let text = packet(&lab.sandbox, "md");
    assert!(text.contains("\nNO-GO: the run of "), "{text}");
    for (name, go) in [
        ("database", "yes"),
        ("manifest", "yes"),
        ("preflight", "yes"),
        ("gate", "no"),
        ("apr", "no"),
        ("rehearsal", "no"),
        ("tiers", "not yet"),
        ("verify", "not yet"),
    ] {
        assert_eq!(gate_row(&text, name).1, go, "{name}:\n{text}");
    }
    assert!(text.contains("```sh\noneroof preflight\n```"), "{text}");
    assert!(text.contains("```sh\noneroof apply --ratified-apr <RATIFIED_CODE>\n```"), "{text}");
    for no_go in &release().descriptor.no_go {
        assert!(text.contains(&format!("- {}: ", no_go.what)), "{text}");
    }
    assert!(text.contains("\n43 new objects, 250 new rows in 12 tables. No existing row changes. No existing relation changes its shape.\n"), "{text}");
    assert!(text.contains("\nNo evidence holds a rehearsal: "), "{text}");
    for review in &release().descriptor.reviews {
        assert!(text.contains(&format!("## {}\n", review.title)), "{text}");
        for name in review.rows.iter().map(|row| &row[0]) {
            assert!(text.contains(name.as_str()), "{name}:\n{text}");
        }
    }
    assert!(text.contains("| LAW | L4-PRESIDENT | L4-PRESIDENT | L2-COUNCIL |"), "{text}");
    assert!(
        text.contains("  - WING-SVC: GOV-SVC-01, GOV-SVC-02,") && text.contains("| integration | 1 | GOV-SVC-06 |")
    );
    assert!(text.contains("| L2 |  |  |  |  |\n| L4 |  |  |  |  |"), "{text}");
    let answer = facts(&lab.sandbox);
    assert_eq!((&answer["stage"], &answer["verdict"]), (&json!("before"), &json!("NO-GO")));

    lab.ratify();
    let _ = lab.oneroof(["apply", "--dry-run", "--ratified-apr", APR]).output().expect_success();
    let text = packet(&lab.sandbox, "md");
    assert!(text.contains("\nGO: the run of ") && text.contains("it committed nothing"), "{text}");
    assert!(text.contains(&format!("```sh\noneroof apply --ratified-apr {APR}\n```")), "{text}");
    assert_eq!(gate_row(&text, "rehearsal").1, "yes");
    assert_eq!(gate_row(&text, "tiers").1, "not yet");
    assert!(text.contains("Entry and exit are equal."), "{text}");

    let _ = apply(&lab).expect_success();
    let text = packet(&lab.sandbox, "md");
    assert!(text.contains("\nRELEASED: the run of "), "{text}");
    for name in ["database", "manifest", "preflight", "gate", "apr", "rehearsal", "tiers", "verify"] {
        assert_eq!(gate_row(&text, name).1, "yes", "{name}:\n{text}");
    }
    let evidence = lab.sandbox.evidence().pop().unwrap();
    for tier in evidence["report"]["tiers"].as_array().unwrap() {
        let xid = tier["xid"].as_str().unwrap();
        assert!(text.contains(&format!(" | {xid} | committed | ")), "{text}");
    }
    for end in ["entry", "exit"] {
        let digest = evidence["report"]["result"]["run"][end]["digest"].as_str().unwrap();
        assert!(text.contains(&format!("| {end} | {digest} |")), "{text}");
    }
    assert!(text.contains("confirmed by the server's own status"), "{text}");
    // Several differences of one kind share one line, and a changed figure is in the table of figures.
    assert!(text.contains("- table: 11 of them, each: is new") && text.contains("| gap | 210 | 0 |"), "{text}");
    let page = packet(&lab.sandbox, "html");
    assert!(page.contains("<p class=\"verdict good\">RELEASED</p>\n<p class=\"reason\">the run of "), "{page}");
    assert!(!page.contains("<script") && !page.contains(" src="), "{page}");
    assert_eq!(page.matches("href=").count(), page.matches("<li><a href=\"#s").count(), "{page}");
    let answer = facts(&lab.sandbox);
    assert_eq!((&answer["stage"], &answer["verdict"]), (&json!("after"), &json!("RELEASED")));
    assert_eq!(answer["run"]["session"]["session_user"], "workflow_admin");
    assert_eq!(answer["approval"]["bound"], false);
    assert_eq!(answer["way_back"]["is_proved"], false);

    let _ = rollback(&lab, ["--full"]).expect_success();
    let text = packet(&lab.sandbox, "md");
    assert!(
        text.contains("\nNO-GO: the run of ") && text.contains("rolled tiers back; no tier was applied then"),
        "{text}"
    );
    // After the full rollback the report proves the rollback by the fingerprints at both ends.
    assert!(text.contains("\nProved: the rollback of "), "{text}");
    let answer = facts(&lab.sandbox);
    assert_eq!((&answer["stage"], &answer["way_back"]["is_proved"]), (&json!("before"), &json!(true)));
    lab.psql("UPDATE public.os_proposal_approvals SET signature_ref = signature_ref || '.'");
    let _ = apply(&lab).expect_success();
    lab.psql("UPDATE public.os_proposal_approvals SET signature_ref = signature_ref || '.'");
    let _ = rollback(&lab, ["--full"]).expect_success();
    let answer = facts(&lab.sandbox);
    let proof = answer["way_back"]["proof"].as_str().unwrap();
    assert!(
        proof.starts_with("NOT proven: after the rollback of ") && proof.contains("os_proposal_approvals"),
        "{proof}"
    );
}

/// Those who approve can make the report before anybody has run anything. A folder that somebody names must be there.
#[test]
fn before_the_first_run_the_report_needs_no_folder() {
    let sandbox = Sandbox::new();
    let report = || sandbox.oneroof(["report"]).variable("ONEROOF_LOG_DIR", "");
    let output = report().output().expect_success();
    let _ = output.expect_stdout("there is no folder rollout here, so no evidence was read");
    let text = std::fs::read_to_string(sandbox.work().join("go-no-go.md")).unwrap();
    assert!(text.contains("UNKNOWN: there is no evidence of a run of this release"), "{text}");
    assert!(text.contains("| LAW | L4-PRESIDENT |") && text.contains("oneroof rollback --full"), "{text}");
    let _ = report().arguments(["--log-dir", "nowhere"]).output().expect_code(2).expect_stdout("--log-dir nowhere");
    let _ = sandbox.oneroof(["report"]).variable("ONEROOF_LOG_DIR", "nowhere").output().expect_code(2);
}

#[test]
fn an_existing_file_is_never_overwritten() {
    let sandbox = Sandbox::new();
    for (kind, name) in [("md", "go-no-go.md"), ("html", "go-no-go.html")] {
        let _ = sandbox.oneroof(["report", "--as", kind]).output().expect_success();
        let file = sandbox.work().join(name);
        std::fs::write(&file, "precious").unwrap();
        let output = sandbox.oneroof(["report", "--as", kind]).output().expect_code(2);
        assert!(output.stdout.contains("File exists") && output.stdout.contains("--out"), "{}", output.whole());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
    }
}

/// Writes an evidence file made by hand. `change` edits it before it gets its checksum.
fn rollout(sandbox: &Sandbox, second: u8, change: impl FnOnce(&mut Value)) {
    let digest = release().digest_text();
    let mut evidence = json!({
        "schema": "oneroof.evidence/2", "program": "oneroof 0.1.0", "begun": format!("2026-06-03T10:00:{second:02}Z"),
        "written": "2026-06-03T10:01:00Z", "complete": true, "operator": {"uid": 1, "host": "h"}, "arguments": ["apply"],
        "log": {"file": format!("rollout_20260603T1000{second:02}Z.log"), "bytes": 0, "sha256": digest_of(b"")},
        "report": {
            "schema": "oneroof.report/1", "command": "apply", "release": {"name": "r", "digest": digest}, "verdict": "NO-GO",
            "exit_code": 4, "effect": {"kind": "nothing_changed"}, "error": {"message": "1 unmet"}
        }
    });
    change(&mut evidence);
    if let Some(session) = evidence.get_mut("session") {
        session["server_time"] = json!(format!("2026-06-03T10:00:{second:02}.500000Z"));
    }
    let file = sandbox.work().join(format!("rollout_20260603T1000{second:02}Z.json"));
    std::fs::write(file, sealed(&evidence)).unwrap();
}

/// A session as the server reports it, with this database, version and user.
fn session(database: &str, version: &str, user: &str) -> Value {
    let time = "2026-06-03T09:00:00.000000Z";
    json!({
        "database": database, "current_user": user, "session_user": user, "pid": 1, "backend_start": time,
        "system_identifier": "7", "timeline": "1", "postmaster_start": time, "server_version": version,
        "server_version_num": 150_018, "in_recovery": false, "read_only": false, "replication_role": "origin",
        "server_time": time, "holds_run_lock": true, "database_oid": "16384"
    })
}

#[test]
fn nothing_from_a_file_is_markup() {
    let sandbox = Sandbox::new();
    let evil =
        "<script>alert(1)</script> | x | [go](https://evil.example) **GO** `code`\n# RELEASED\n\u{1b}[2J\u{202e}";
    rollout(&sandbox, 1, |evidence| {
        evidence["arguments"] = json!(["apply", "--ratified-apr", "APR-X; rm -rf /"]);
        evidence["ratified_apr"] = json!("APR-X; rm -rf /");
        let version = format!("15 {evil}");
        evidence["session"] = session(evil, &version, evil);
        let report = &mut evidence["report"];
        report["target"] = json!({"database": evil, "server_version": version, "user": evil, "host": evil});
        report["next"] = json!("rm -rf /");
        report["notes"] = json!([evil]);
        report["error"] = json!({"message": evil});
        let check = json!({"name": evil, "tier": 0, "phase": "preflight", "expected": evil, "actual": evil, "ok": false, "hint": evil});
        report["checks"] = json!([check]);
        let tiers = release().descriptor.tiers.iter();
        let tier = |tier: &Tier| json!({"number": tier.number, "name": tier.name, "outcome": "not_run", "deltas": {}, "locks": []});
        report["tiers"] = tiers.map(tier).collect();
        report["tiers"][0] = json!({"number": 1, "name": release().descriptor.tiers[0].name, "outcome": "aborted", "xid": evil,
            "xid_status": evil, "deltas": {evil: {"inserted": 1, "updated": 0, "deleted": 0}}, "locks": []});
    });
    let text = packet(&sandbox, "md");
    assert!(text.contains("NO-GO: the run of 2026-06-03T10:00:01Z was stopped"), "{text}");
    for markup in ["<script", " | x | ", "[go](", "**GO**", "`code`", "\n# RELEASED", "rm -rf", "https:/"] {
        assert!(!text.contains(markup), "{markup}:\n{text}");
    }
    let page = packet(&sandbox, "html");
    for markup in ["<script", "rm -rf"] {
        assert!(!page.contains(markup), "{markup}:\n{page}");
    }
    assert_eq!(page.matches("<a ").count(), page.matches("<li><a href=\"#s").count(), "{page}");
    for shown in [&text, &page] {
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
    }
    let output = sandbox.oneroof(["report"]).output().expect_success();
    assert!(!output.stdout.contains('\u{1b}') && !output.stdout.contains("rm -rf"), "{}", output.whole());
}

#[test]
fn unknown_facts_and_unusable_files_are_named() {
    let sandbox = Sandbox::new();
    rollout(&sandbox, 1, unmet);
    rollout(&sandbox, 2, |evidence| open_commit(evidence, "7"));
    let text = packet(&sandbox, "md");
    assert!(text.contains("\nUNKNOWN: the run of 2026-06-03T10:00:02Z sent a COMMIT"), "{text}");
    assert!(text.contains("oneroof resolve --evidence './rollout_20260603T100002Z.json'"), "{text}");
    assert!(text.contains("- UNRESOLVED: ./rollout\\_") || text.contains("- UNRESOLVED: ./rollout_"), "{text}");

    // A newer run found no tier applied. After it comes a run whose evidence is not complete.
    rollout(&sandbox, 3, unmet);
    assert!(packet(&sandbox, "md").contains("\nNO-GO: the run of 2026-06-03T10:00:03Z was stopped"));
    rollout(&sandbox, 4, |evidence| {
        unmet(evidence);
        evidence["complete"] = json!(false);
    });
    assert!(
        packet(&sandbox, "md").contains("\nUNKNOWN: the evidence of the run of 2026-06-03T10:00:04Z is not complete")
    );
    // A file that cannot be used is ignored if a later run read the state. If no later run did, the verdict is UNKNOWN.
    std::fs::write(sandbox.work().join("rollout_20260603T100000Z.json"), "{\"schema\": ").unwrap();
    rollout(&sandbox, 4, unmet);
    let text = packet(&sandbox, "md");
    assert!(text.contains("\nNO-GO: the run of 2026-06-03T10:00:04Z was stopped"), "{text}");
    assert!(text.contains("rollout_20260603T100000Z.json is not used: "), "{text}");
    rollout(&sandbox, 5, |evidence| {
        evidence["report"]["release"]["digest"] = json!(format!("sha256:{}", "0".repeat(64)));
    });
    let text = packet(&sandbox, "md");
    assert!(
        text.contains("\nUNKNOWN: ./rollout_20260603T100005Z.json cannot be used and may hold a later change"),
        "{text}"
    );
    assert!(text.contains("rollout_20260603T100005Z.json is not used: "), "{text}");
    std::fs::remove_file(sandbox.work().join("rollout_20260603T100005Z.json")).unwrap();
    // A file that was changed by hand makes the verdict UNKNOWN, however old the file is.
    let path = sandbox.work().join("rollout_20260603T100001Z.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\"uid\":1", "\"uid\":2", 1)).unwrap();
    let text = packet(&sandbox, "md");
    assert!(text.contains("\nUNKNOWN: ./rollout_20260603T100001Z.json cannot be used"), "{text}");
    assert!(text.contains("it was changed since it was written"), "{text}");
}

/// The evidence of a run that preflight stopped, because one check was not met.
fn unmet(evidence: &mut Value) {
    evidence["session"] = session("directus", "15.18", "me");
    evidence["report"]["target"] =
        json!({"database": "directus", "server_version": "15.18", "user": "me", "host": "h"});
    evidence["report"]["effect"]["applied"] = json!([]);
    evidence["report"]["checks"] =
        json!([{"name": "gap", "tier": 0, "phase": "preflight", "expected": "210", "actual": "1", "ok": false}]);
}

/// The evidence of a run that sent the COMMIT of tier 1 and recorded nothing after it.
fn open_commit(evidence: &mut Value, xid: &str) {
    evidence["complete"] = json!(false);
    evidence["arguments"] = json!(["apply", "--yes"]);
    evidence["confirmed"] = json!({"how": "by_yes", "at": "2026-06-03T10:00:00Z"});
    evidence["session"] = session("directus", "15.18", "me");
    evidence["commit_next"] = json!({"tier": 1, "direction": "apply", "xid": xid, "system_identifier": "7", "timeline": "1",
        "postmaster_start": "x", "database": "directus", "database_oid": "16384", "pid": 1});
    let report = &mut evidence["report"];
    report["target"] = json!({"database": "directus", "server_version": "15.18", "user": "me", "host": "h"});
    report["verdict"] = json!("DONE");
    report["exit_code"] = json!(0);
    report.as_object_mut().unwrap().remove("error");
    report["effect"] = json!({"kind": "unknown"});
    report["tiers"] = json!([{"number": 1, "name": release().descriptor.tiers[0].name, "outcome": "unresolved", "xid": xid,
        "deltas": {}, "locks": []}]);
}

/// The transaction id of an evidence file goes into a query. If it is not a number, the program does not connect.
#[test]
fn a_transaction_id_that_is_not_a_number_is_not_sent() {
    let sandbox = Sandbox::new();
    for xid in ["", "7'::xid8); SELECT pg_sleep(1", "x", "-7", "7 ", "7.0"] {
        rollout(&sandbox, 1, |evidence| open_commit(evidence, xid));
        let folder = sandbox.work().join("nowhere");
        let output = sandbox
            .oneroof(["resolve", "--evidence", "rollout_20260603T100001Z.json", "-d", "directus", "--host"])
            .argument(&folder)
            .output()
            .expect_code(2);
        assert!(output.whole().contains("its transaction id is not a number"), "{}", output.whole());
    }
}

/// The first line of the verdict.
#[track_caller]
fn verdict(sandbox: &Sandbox) -> String {
    let text = packet(sandbox, "md");
    let lines = text.lines().skip_while(|line| *line != "## Verdict");
    lines.skip(1).find(|line| !line.is_empty()).unwrap().to_owned()
}

/// Asserts that the files belong to two databases: no report is written, and each database is named with its files.
#[track_caller]
fn two_stories(sandbox: &Sandbox, files: &[&str]) {
    let out = sandbox.work().join("story.md");
    let output = sandbox.oneroof(["report", "--format", "json", "--out"]).argument(&out).output().expect_code(2);
    let report = output.json();
    assert!(report["error"]["message"].as_str().unwrap().contains("of several databases"), "{}", output.whole());
    let notes = report["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 2, "{}", output.whole());
    for (note, file) in notes.iter().zip(files) {
        assert!(note.as_str().unwrap().contains(file), "{note} {file}");
    }
    assert!(!output.stdout.contains("RELEASED") && !out.exists(), "{}", output.whole());
}

/// The newest evidence in a sandbox.
fn newest(sandbox: &Sandbox) -> std::path::PathBuf {
    sandbox.files(|name| name.starts_with("rollout_") && name.contains(".json")).pop().unwrap()
}

#[test]
fn runs_of_different_databases_are_never_one_report() {
    let (one, other) = (Lab::own(|builder| builder), Lab::own(|builder| builder.initdb("--data-checksums")));
    let _ = apply(&one).expect_code(3);
    other.ratify();
    let run =
        other.oneroof(["apply", "--ratified-apr", APR, "--yes", "--log-dir"]).argument(one.sandbox.work()).output();
    let _ = run.expect_success();
    let servers = ["database directus, id ", "database directus, id "];
    two_stories(&one.sandbox, &servers);
    // The same files named one by one belong to two databases as well. The file of one database alone gives a report.
    let applied = newest(&one.sandbox);
    let alone = one.sandbox.oneroof(["report", "--evidence"]).argument(&applied).output().expect_success();
    let _ = alone.expect_stdout("the report says RELEASED");
    let both = one.sandbox.files(|name| name.starts_with("rollout_") && name.contains(".json"));
    let named = both.iter().flat_map(|path| ["--evidence".into(), path.clone().into_os_string()]);
    let _ = one.sandbox.oneroof(["report", "--out", "x.md"]).arguments(named).output().expect_code(2);
}

#[test]
fn a_recreated_database_or_an_older_server_state_is_another_history() {
    let lab = Lab::own(|builder| builder);
    let maintain = |sql: &str| lab.psql_in("postgres", lab.administrator(), sql);
    let _ = apply(&lab).expect_code(3);
    let first = newest(&lab.sandbox);
    maintain("CREATE DATABASE copy OWNER workflow_admin TEMPLATE directus");
    maintain("DROP DATABASE directus");
    maintain("ALTER DATABASE copy RENAME TO directus");
    lab.ratify();
    let _ = apply(&lab).expect_success();
    two_stories(&lab.sandbox, &["id ", "id "]);
    std::fs::remove_file(first).unwrap();
    assert!(verdict(&lab.sandbox).starts_with("RELEASED: "));
    // The server has the same identifiers but an older WAL position.
    let released = newest(&lab.sandbox);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let _ = apply(&lab).expect_code(13);
    let refused = newest(&lab.sandbox);
    let mut evidence: Value = serde_json::from_str(&std::fs::read_to_string(&refused).unwrap()).unwrap();
    evidence["session"]["wal_bytes"] = json!(1_000_000);
    std::fs::write(&refused, sealed(&evidence)).unwrap();
    let name = |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().into_owned();
    two_stories(&lab.sandbox, &[&name(&released), &name(&refused)]);
}

/// A run that changed nothing is recorded and does not change the verdict.
#[test]
fn later_runs_without_changes_do_not_change_the_verdict() {
    let lab = Lab::ratified();
    let _ = apply(&lab).expect_success();
    let later: [(&[&str], i32); 4] = [
        (&["apply", "--ratified-apr", APR, "--yes"], 13),
        (&["apply", "--ratified-apr", APR, "--dry-run"], 13),
        (&["rollback", "--tier", "2", "--yes"], 4),
        (&["apply", "--ratified-apr", APR, "--yes", "--host", "/nowhere"], 7),
    ];
    for (arguments, code) in later {
        let _ = lab.oneroof(arguments).output().expect_code(code);
        let answer = verdict(&lab.sandbox);
        assert!(answer.starts_with("RELEASED: the run of "), "{arguments:?}: {answer}");
    }
    let text = packet(&lab.sandbox, "md");
    assert!(text.contains("4 later runs changed nothing"), "{text}");
    assert!(text.contains("## The next command\n\n```sh\noneroof verify\n```"), "{text}");
    for name in ["database", "preflight", "gate", "tiers", "verify"] {
        assert_eq!(gate_row(&text, name).1, "yes", "{name}:\n{text}");
    }
    // The report shows what a later run found, although the release was applied.
    lab.psql("UPDATE public.oneroof_scan_finding SET state = 'resolved'");
    let _ = apply(&lab).expect_code(4);
    let answer = verdict(&lab.sandbox);
    assert!(answer.starts_with("UNKNOWN: ") && answer.contains("altered"), "{answer}");
}

#[test]
fn the_last_verdict_counts_until_a_run_checks_again_or_changes_something() {
    let lab = Lab::ratified();
    let refuse = |lab: &Lab| lab.oneroof(["apply", "--ratified-apr", APR]).without_terminal().output();
    let _ = lab.oneroof(["apply", "--dry-run", "--ratified-apr", APR]).output().expect_success();
    // A run that nobody confirmed leaves no evidence. A run that does not reach the server leaves evidence without a verdict.
    let _ = refuse(&lab).expect_code(11);
    let _ = lab.oneroof(["apply", "--ratified-apr", APR, "--yes", "--host", "/nowhere"]).output().expect_code(7);
    assert!(verdict(&lab.sandbox).starts_with("GO: "));
    lab.withdraw();
    let _ = apply(&lab).expect_code(3);
    assert!(verdict(&lab.sandbox).starts_with("NO-GO: "));
    lab.ratify();
    let _ = lab.oneroof(["apply", "--dry-run", "--ratified-apr", APR]).output().expect_success();
    assert!(verdict(&lab.sandbox).starts_with("GO: "));
    let _ = apply(&lab).expect_success();
    let _ = rollback(&lab, ["--to", "3"]).expect_success();
    let answer = verdict(&lab.sandbox);
    assert!(
        answer.starts_with("NO-GO: ") && answer.contains("tiers 1-3 were applied then: the release is partly applied"),
        "{answer}"
    );
    let _ = apply(&lab).expect_code(4);
    assert!(verdict(&lab.sandbox).starts_with("NO-GO: "));
    let _ = rollback(&lab, ["--full"]).expect_success();
    assert!(verdict(&lab.sandbox).contains("no later run was a GO"));
    let _ = lab.oneroof(["apply", "--dry-run", "--ratified-apr", APR]).output().expect_success();
    assert!(verdict(&lab.sandbox).starts_with("GO: "));
}

/// The lines of the first report that the second does not have, except for lines with a digest or the name of the evidence.
fn lines_apart(one: &str, other: &str) -> Vec<String> {
    let of_file = |line: &&str| line.contains("sha256:") || line.contains("rollout_");
    let known: Vec<&str> = other.lines().collect();
    one.lines().filter(|line| !known.contains(line) && !of_file(line)).map(str::to_owned).collect()
}

/// The name of a change, the change, and the word in the report that shows it.
type Change = (&'static str, fn(&mut Value), &'static str);

/// Each fact of the evidence is in one place of the report, and each place has one fact. An owner comes from the packet, a lock and an
/// approver from the evidence.
#[test]
fn one_change_of_the_evidence_changes_one_place_of_the_report() {
    let lab = Lab::ratified();
    let _ = apply(&lab).expect_success();
    let evidence = newest(&lab.sandbox);
    let whole = std::fs::read_to_string(&evidence).unwrap();
    let before = ["md", "html"].map(|kind| packet(&lab.sandbox, kind));
    let answer = facts(&lab.sandbox);
    let changes: [Change; 6] = [
        ("a signer", |it| each_approval(it, |row| row["approved_by"] = json!("L2-SOMEBODY")), "L2-SOMEBODY"),
        (
            "a lock",
            |it| {
                let locks = it["report"]["tiers"][2]["locks"].as_array_mut().unwrap();
                let lock = locks.iter_mut().find(|lock| lock["mode"] == "ShareRowExclusiveLock").unwrap();
                lock["mode"] = json!("AccessExclusiveLock");
            },
            "everything, SELECT too",
        ),
        ("a time", |it| it["report"]["tiers"][3]["duration_ms"] = json!(4_711_000.0), "4711.0 s"),
        ("a wait", |it| it["report"]["tiers"][3]["waited_ms"] = json!(4_712_000), "4712.0 s"),
        ("an account", |it| it["operator"]["account"] = json!("somebody"), "somebody (uid "),
        ("a backup", |it| it["backup_ref"] = json!("restore-point-7"), "restore-point-7"),
    ];
    for (name, change, shown) in changes {
        let mut forged: Value = serde_json::from_str(&whole).unwrap();
        change(&mut forged);
        std::fs::write(&evidence, sealed(&forged)).unwrap();
        for (kind, before) in ["md", "html"].into_iter().zip(&before) {
            let apart = lines_apart(&packet(&lab.sandbox, kind), before);
            assert_eq!(apart.len(), 1, "{name} in {kind}: {apart:#?}");
            assert!(apart[0].contains(shown), "{name} in {kind}: {apart:#?}");
        }
        let now = facts(&lab.sandbox);
        let fields = now.as_object().unwrap().iter().filter(|(field, value)| answer[*field] != **value);
        let fields: Vec<&String> = fields.map(|(field, _)| field).filter(|field| *field != "evidence").collect();
        assert_eq!(fields.len(), 1, "{name}: {fields:?}");
    }
}

/// Changes the first approval of every tier.
fn each_approval(evidence: &mut Value, change: fn(&mut Value)) {
    for tier in evidence["report"]["tiers"].as_array_mut().unwrap() {
        change(&mut tier["approvals"][0]);
    }
}

/// The report compares the names of approvers and operators, so it shows if the same person approved and ran the release.
#[test]
fn an_approver_who_ran_it_is_named_by_the_separation_of_duties() {
    let lab = Lab::ratified();
    let _ = apply(&lab).expect_success();
    let duties = |sandbox: &Sandbox| facts(sandbox)["duties"][0].as_str().unwrap().to_owned();
    assert!(duties(&lab.sandbox).starts_with("No approver has the name"), "{}", duties(&lab.sandbox));
    let evidence = newest(&lab.sandbox);
    let mut changed: Value = serde_json::from_str(&std::fs::read_to_string(&evidence).unwrap()).unwrap();
    each_approval(&mut changed, |row| row["approved_by"] = json!("Workflow_Admin "));
    std::fs::write(&evidence, sealed(&changed)).unwrap();
    assert!(duties(&lab.sandbox).starts_with("AN APPROVER HAS THE NAME"), "{}", duties(&lab.sandbox));
}

#[test]
fn the_folder_for_the_auditor_holds_everything_and_proves_it() {
    let lab = Lab::ratified();
    let _ = apply(&lab).expect_success();
    let folder = lab.sandbox.work().join("record");
    let run = || lab.sandbox.oneroof(["report", "--log-dir", ".", "--record"]).argument(&folder).output();
    let output = run().expect_success();
    assert!(output.stdout.contains("SHA256SUMS"), "{}", output.whole());
    let check = |folder: &std::path::Path| {
        let mut sums = std::process::Command::new("sha256sum");
        sums.args(["--check", "--quiet", "SHA256SUMS"]).current_dir(folder).output().unwrap().status.success()
    };
    assert!(check(&folder));
    let listed = std::fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    let evidence = newest(&lab.sandbox);
    let name = evidence.file_name().unwrap().to_string_lossy().into_owned();
    for file in [
        "release-report.md",
        "release-report.html",
        "release-report.json",
        "packet/manifest-sha256.txt",
        &format!("evidence/{name}"),
        &format!("evidence/{}", name.replace(".json", ".log")),
    ] {
        assert!(listed.lines().any(|line| line.ends_with(&format!("  {file}"))), "{file}:\n{listed}");
    }
    assert_eq!(std::fs::read(folder.join("evidence").join(&name)).unwrap(), std::fs::read(&evidence).unwrap());
    // The command does not overwrite an existing folder, and the checksums reveal every change.
    let _ = run().expect_code(2).expect_stdout("--record");
    std::fs::write(folder.join("release-report.md"), "GO").unwrap();
    assert!(!check(&folder));
}
