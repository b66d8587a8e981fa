//! `evidence check` confirms only what it compared. The tests give it changed files, other databases, and databases whose state has changed
//! since the run.

use oneroof::testing::lab::StopMode;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

use crate::packet::APR;
use crate::support::evidence::{changed, read};
use crate::support::{DATABASE, Lab, OWNER, Output, Sandbox, TYPED, key};

fn folder(lab: &Lab, name: &str) -> PathBuf {
    let folder = lab.sandbox.work().join(name);
    std::fs::create_dir(&folder).unwrap();
    folder
}

/// The evidence of a run in a new folder.
#[track_caller]
fn evidence_of(lab: &Lab, name: &str, arguments: &[&str], code: i32) -> PathBuf {
    let folder = folder(lab, name);
    let _ = lab.oneroof(arguments).arguments(["--yes", "--log-dir"]).argument(&folder).output().expect_code(code);
    Sandbox::evidence_in(&folder)
}

#[track_caller]
fn applied(lab: &Lab, name: &str) -> PathBuf {
    evidence_of(lab, name, &["apply", "--ratified-apr", APR], 0)
}

fn check(lab: &Lab, file: &Path) -> Output {
    lab.oneroof(["evidence", "check", "--format", "json"]).argument(file).output()
}

/// The steps that are not confirmed: first the wrong ones, then the ones that could not be checked.
#[track_caller]
fn unticked(output: &Output) -> (Vec<String>, Vec<String>) {
    let report = output.json();
    let steps = report["result"]["steps"].as_array().cloned().unwrap_or_default();
    let names = |unknown: bool| {
        let of = steps.iter().filter(|step| step["ok"] == false && (step["unknown"] == true) == unknown);
        of.map(|step| step["step"].as_str().unwrap().to_owned()).collect()
    };
    (names(false), names(true))
}

/// Asserts that `evidence check` finds the change in the step `topic`, although the file has a new and matching checksum.
#[track_caller]
fn seen(lab: &Lab, evidence: &Path, topic: &str, change: impl Fn(&mut Value)) {
    let copy = changed(evidence, "changed.json", &change);
    let output = check(lab, &copy).expect_code(5);
    let (wrong, unknown) = unticked(&output);
    assert!(
        wrong.iter().chain(&unknown).any(|name| name == topic),
        "{topic}: {wrong:?} {unknown:?}\n{}",
        output.whole()
    );
    assert!(!wrong.contains(&"checksum".to_owned()), "{}", output.whole());
    std::fs::remove_file(copy).unwrap();
}

fn tiers(evidence: &mut Value) -> &mut Vec<Value> {
    evidence["report"]["tiers"].as_array_mut().unwrap()
}

fn checks(evidence: &mut Value) -> &mut Vec<Value> {
    evidence["report"]["checks"].as_array_mut().unwrap()
}

/// Computes the digest of an edited fingerprint again.
fn seal_fingerprint(fingerprint: &mut Value) {
    let mut read: oneroof::testing::fingerprint::Fingerprint = serde_json::from_value(fingerprint.clone()).unwrap();
    read.seal();
    *fingerprint = serde_json::to_value(read).unwrap();
}

#[test]
fn everything_is_ticked_if_the_database_is_unchanged_since_the_run() {
    let lab = Lab::ratified();
    let dry = evidence_of(&lab, "dry", &["apply", "--ratified-apr", APR, "--dry-run"], 0);
    let output = check(&lab, &dry).expect_success();
    assert_eq!(unticked(&output), (Vec::new(), Vec::new()));
    let apply = applied(&lab, "apply");
    let _ = check(&lab, &apply).expect_success().expect_stdout("the server shows each of the 6 as committed");
    // The state at the end of the dry run is no longer the state of the database.
    let output = check(&lab, &dry).expect_code(5);
    assert_eq!(unticked(&output).0, ["tiers now", "database now"]);
    let back = evidence_of(&lab, "back", &["rollback", "--full"], 0);
    let _ = check(&lab, &back).expect_success();
    let output = check(&lab, &apply).expect_code(5);
    assert_eq!(unticked(&output), (vec!["tiers now".to_owned(), "database now".to_owned()], Vec::new()));
    // If the run did not record something, the step is not confirmed, although nothing contradicts it.
    lab.withdraw();
    let refused = evidence_of(&lab, "refused", &["apply", "--ratified-apr", APR], 3);
    let output = check(&lab, &refused).expect_code(5);
    assert_eq!(unticked(&output), (Vec::new(), vec!["database now".to_owned()]));
    let _ = output.expect_stdout("nothing contradicts the evidence");
}

/// The checksum shows every edit by hand, even in fields that no other step compares.
#[test]
fn the_checksum_finds_a_change_that_nothing_else_shows() {
    let lab = Lab::ratified();
    let evidence = applied(&lab, "apply");
    let copy = evidence.with_file_name("changed.json");
    let changes: [fn(&mut Value); 5] = [
        |_| {},
        |it| it["operator"]["uid"] = json!(4711),
        |it| it["report"]["notes"] = json!(["nobody was asked"]),
        |it| it["backup_ref"] = json!("taken"),
        |it| tiers(it)[0]["duration_ms"] = json!(1.5),
    ];
    for change in changes {
        let mut value = read(&evidence);
        change(&mut value);
        std::fs::write(&copy, value.to_string()).unwrap();
        let output = check(&lab, &copy).expect_code(5);
        assert_eq!(unticked(&output).0, ["checksum"], "{}", output.whole());
    }
}

#[test]
fn a_change_of_the_outcome_is_found_even_with_a_new_checksum() {
    let lab = Lab::ratified();
    let evidence = applied(&lab, "apply");
    let seen = |topic: &str, change: &dyn Fn(&mut Value)| seen(&lab, &evidence, topic, change);
    seen("outcome", &|it| it["report"]["exit_code"] = json!(5));
    seen("outcome", &|it| it["report"]["verdict"] = json!("NO-GO"));
    seen("outcome", &|it| {
        it["report"]["verdict"] = json!("FAILED");
        it["report"]["exit_code"] = json!(5);
    });
    seen("outcome", &|it| it["report"]["effect"]["kind"] = json!("nothing_changed"));
    seen("tiers", &|it| it["report"]["effect"]["applied"] = json!([1, 2, 3, 4, 5]));
    seen("tiers", &|it| drop(it["report"]["effect"].as_object_mut().unwrap().remove("applied")));
    seen("tiers", &|it| it["report"]["effect"]["altered"] = json!([6]));
    seen("tiers", &|it| tiers(it)[2]["sent"]["sha256"] = json!("0".repeat(64)));
    seen("tiers", &|it| tiers(it)[2]["sent"]["path"] = json!("sql/prod/40_containment.sql"));
    seen("tiers", &|it| drop(tiers(it)[2].as_object_mut().unwrap().remove("sent")));
    seen("file", &|it| it["complete"] = json!(false));
    seen("file", &|it| {
        it["commit_next"] = json!({"tier": 6, "direction": "apply", "xid": "9", "system_identifier": "1", "timeline": "1",
            "postmaster_start": "x", "database": DATABASE, "pid": 1});
    });
    seen("times", &|it| it["written"] = json!("2020-01-01T00:00:00Z"));
    seen("times", &|it| it["begun"] = json!("2020-01-01T00:00:00Z"));
    seen("times", &|it| it["session"]["backend_start"] = json!("2999-01-01T00:00:00.000000Z"));
    seen("arguments", &|it| it["arguments"][0] = json!("rollback"));
    seen("arguments", &|it| it["ratified_apr"] = json!("APR-OTHER-1"));
    seen("arguments", &|it| it["arguments"].as_array_mut().unwrap().push(json!("--dry-run")));
    seen("session", &|it| it["session"]["database"] = json!("postgres"));
    seen("session", &|it| drop(it.as_object_mut().unwrap().remove("session")));
    seen("session", &|it| it["session"]["holds_run_lock"] = json!(false));
    seen("session", &|it| drop(it["session"].as_object_mut().unwrap().remove("database_oid")));
}

#[test]
fn a_change_of_tiers_rows_or_checks_is_found_even_with_a_new_checksum() {
    let lab = Lab::ratified();
    // The transaction id of a committed transaction that was not ours.
    let foreign = lab.psql("SELECT pg_current_xact_id()");
    let evidence = applied(&lab, "apply");
    let seen = |topic: &str, change: &dyn Fn(&mut Value)| seen(&lab, &evidence, topic, change);
    seen("tiers", &|it| tiers(it).truncate(3));
    seen("tiers", &|it| tiers(it).swap(0, 1));
    seen("tiers", &|it| tiers(it)[0]["name"] = json!("axis"));
    seen("tiers", &|it| tiers(it)[5]["number"] = json!(7));
    seen("tiers", &|it| tiers(it)[5]["outcome"] = json!("not_run"));
    seen("tiers", &|it| tiers(it)[2]["outcome"] = json!("aborted"));
    seen("transactions", &|it| {
        for tier in tiers(it) {
            let xid: u64 = tier["xid"].as_str().unwrap().parse().unwrap();
            tier["xid"] = json!((xid + 1_000).to_string());
        }
    });
    seen("transactions", &|it| tiers(it)[0]["xid"] = json!(foreign));
    seen("ids", &|it| tiers(it)[1]["xid"] = json!(foreign));
    seen("ids", &|it| drop(tiers(it)[1].as_object_mut().unwrap().remove("xid")));
    seen("ids", &|it| tiers(it)[1]["xid_status"] = json!("aborted"));
    seen("rows", &|it| tiers(it).iter_mut().for_each(|tier| tier["deltas"] = json!({})));
    seen("rows", &|it| tiers(it)[2]["deltas"]["public.governance_object_ownership"]["inserted"] = json!(29));
    seen("rows", &|it| {
        tiers(it)[1]["deltas"]["public.event_outbox"] = json!({"inserted": 0, "updated": 0, "deleted": 0});
    });
    seen("rows", &|it| tiers(it)[2]["locks"] = json!([]));
    seen("rows", &|it| tiers(it)[0]["locks"] = json!([]));
    seen("rows", &|it| {
        let lock = json!({"relation": "public.event_outbox", "mode": "RowExclusiveLock"});
        tiers(it)[3]["locks"].as_array_mut().unwrap().push(lock);
    });
    seen("checks", &|it| drop(it["report"].as_object_mut().unwrap().remove("checks")));
    seen("checks", &|it| checks(it).retain(|check| check["phase"] != "assert"));
    seen("checks", &|it| checks(it).retain(|check| check["name"] != "gate" || check["tier"] != 4));
    seen("checks", &|it| checks(it).retain(|check| check["phase"] != "verify"));
    seen("checks", &|it| checks(it)[0]["actual"] = json!("another"));
    seen("checks", &|it| checks(it)[0]["ok"] = json!(false));
}

#[test]
fn a_change_of_a_fingerprint_is_found_even_with_a_new_digest() {
    let lab = Lab::ratified();
    let evidence = applied(&lab, "apply");
    let seen = |topic: &str, change: &dyn Fn(&mut Value)| seen(&lab, &evidence, topic, change);
    let run = |it: &mut Value, end: &str| drop(it["report"]["result"]["run"].as_object_mut().unwrap().remove(end));
    seen("fingerprints", &|it| run(it, "exit"));
    seen("fingerprints", &|it| run(it, "entry"));
    seen("fingerprints", &|it| drop(it["report"].as_object_mut().unwrap().remove("result")));
    seen("fingerprints", &|it| it["report"]["result"]["run"]["exit"]["figures"]["gap"] = json!("1"));
    seen("rows", &|it| {
        let entry = &mut it["report"]["result"]["run"]["entry"];
        entry["content"]["public.governance_object_ownership"]["rows"] = json!(1);
        seal_fingerprint(entry);
    });
    seen("database now", &|it| {
        let exit = &mut it["report"]["result"]["run"]["exit"];
        exit["structure"].as_object_mut().unwrap().retain(|name, _| !name.starts_with("trigger"));
        seal_fingerprint(exit);
    });
    let dry = evidence_of(&lab, "back", &["rollback", "--full"], 0);
    assert!(read(&dry)["report"]["result"]["run"]["exit"].is_object());
    let dry = evidence_of(&lab, "dry", &["apply", "--ratified-apr", APR, "--dry-run"], 0);
    self::seen(&lab, &dry, "fingerprints", |it| {
        let exit = &mut it["report"]["result"]["run"]["exit"];
        exit["figures"]["gap"] = json!("1");
        seal_fingerprint(exit);
    });
    self::seen(&lab, &dry, "ids", |it| tiers(it)[3]["xid"] = json!("7"));
    let back = evidence_of(&lab, "back again", &["apply", "--ratified-apr", APR, "--dry-run", "--with-rollback"], 0);
    let _ = check(&lab, &back).expect_success().expect_stdout("3 fingerprints");
    let changes: [fn(&mut Value); 3] = [
        |run| run["after_rollback"]["figures"]["gap"] = json!("1"),
        |run| {
            run["after_rollback"]["figures"]["gap"] = json!("1");
            seal_fingerprint(&mut run["after_rollback"]);
        },
        |run| {
            run.as_object_mut().unwrap().remove("after_rollback");
            run.as_object_mut().unwrap().remove("rollback");
        },
    ];
    for change in changes {
        self::seen(&lab, &back, "fingerprints", |it| change(&mut it["report"]["result"]["run"]));
    }
}

/// Other sessions also write WAL and hold locks, so the report claims only its own. It calls nothing equal that was not compared.
#[test]
fn a_dry_run_claims_of_locks_log_and_equality_what_it_measured() {
    let lab = Lab::ratified();
    let folder = folder(&lab, "dry");
    let run = lab.oneroof(["apply", "--ratified-apr", APR, "--dry-run", "--log-dir"]).argument(&folder);
    let output = run.output().expect_success();
    let shown = read(&Sandbox::evidence_in(&folder));
    let tiers = shown["report"]["tiers"].as_array().unwrap();
    let mut held: Vec<&Value> = Vec::new();
    for tier in tiers {
        let locks = tier["locks"].as_array().unwrap();
        assert!(!locks.is_empty() && locks.iter().all(|lock| !held.contains(&lock)), "{tier}");
        held.extend(locks);
        let line = output.stdout.lines().find(|line| {
            line.trim_start().starts_with(&format!("tier {} ", tier["number"])) && line.contains("rehearsed")
        });
        let line = line.unwrap();
        assert!(line.contains(&format!("+{} locks", locks.len())) && line.contains("server WAL"), "{line}");
    }
    let own = json!({"relation": "public.governance_object_ownership", "mode": "RowExclusiveLock"});
    assert!(tiers[2]["locks"].as_array().unwrap().contains(&own));
    // Every table whose rows were compared is named, and no other table is.
    let compared = shown["report"]["result"]["run"]["exit"]["content"].as_object().unwrap();
    let output = output
        .expect_stdout("equal in what was compared:")
        .expect_stdout("not compared: everything else in the database");
    let (_, claim) = output.stdout.split_once("equal in what was compared:").unwrap();
    for (table, content) in compared {
        assert_eq!(claim.contains(table), !content["rows"].is_null(), "{table}");
    }
    for left_out in ["event_outbox", "system_issues", "not its storage or statistics target"] {
        assert!(output.stdout.split_whitespace().collect::<Vec<_>>().join(" ").contains(left_out), "{left_out}");
    }
    assert!(!output.stdout.contains("as they were"), "{}", output.whole());
}

#[test]
fn evidence_of_a_rollback_or_an_action_is_checked_like_that_of_an_apply() {
    let lab = Lab::ratified();
    let _ = applied(&lab, "apply");
    let scan = ["scan", "--write", "--ruleset", "RULESET-GOV-1", "--snapshot", "SNAP-2026-06-02"];
    let action = evidence_of(&lab, "scan", &scan, 0);
    // The action takes no fingerprint, so the state of the whole database cannot be checked.
    assert_eq!(unticked(&check(&lab, &action).expect_code(5)), (Vec::new(), vec!["database now".to_owned()]));
    seen(&lab, &action, "tiers", |it| tiers(it)[0]["name"] = json!("scan-none"));
    seen(&lab, &action, "rows", |it| tiers(it)[0]["name"] = json!("scan-cursor"));
    seen(&lab, &action, "checks", |it| checks(it).truncate(2));
    seen(&lab, &action, "rows", |it| tiers(it)[0]["deltas"]["public.candidate_scan_run"]["deleted"] = json!(1));
    let back = evidence_of(&lab, "back", &["rollback", "--to", "2"], 0);
    let _ = check(&lab, &back).expect_success();
    seen(&lab, &back, "tiers", |it| tiers(it).reverse());
    seen(&lab, &back, "rows", |it| tiers(it)[0]["deltas"]["public.oneroof_scan_run"]["deleted"] = json!(0));
    seen(&lab, &back, "checks", |it| checks(it).retain(|check| check["phase"] != "guard"));
    seen(&lab, &back, "tiers", |it| it["report"]["effect"]["applied"] = json!([1, 2, 3]));
    let shadow = evidence_of(&lab, "rest", &["rollback", "--full"], 0);
    let _ = check(&lab, &shadow).expect_success();
    let shadow = evidence_of(&lab, "shadow", &["shadow", "deploy"], 0);
    let _ = check(&lab, &shadow).expect_success();
}

#[test]
fn the_log_is_compared_with_the_evidence() {
    let lab = Lab::ratified();
    let evidence = applied(&lab, "apply");
    let log = evidence.with_extension("log");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replace("tier 6", "tier 7")).unwrap();
    assert_eq!(unticked(&check(&lab, &evidence).expect_code(5)).0, ["log"]);
    std::fs::write(&log, format!("{text}more\n")).unwrap();
    assert_eq!(unticked(&check(&lab, &evidence).expect_code(5)).0, ["log"]);
    std::fs::remove_file(&log).unwrap();
    assert_eq!(unticked(&check(&lab, &evidence).expect_code(5)), (Vec::new(), vec!["log".to_owned()]));
    std::fs::write(&log, text).unwrap();
    let _ = check(&lab, &evidence).expect_success();
    // A file in another folder is not read in place of the log.
    std::fs::write(lab.sandbox.work().join("rollout_outside.log"), "").unwrap();
    seen(&lab, &evidence, "log", |it| it["log"]["file"] = json!("../rollout_outside.log"));
}

#[test]
fn a_file_that_is_no_evidence_is_refused_with_the_reason() {
    let lab = Lab::ratified();
    let evidence = applied(&lab, "apply");
    let text = std::fs::read_to_string(&evidence).unwrap();
    let copy = evidence.with_file_name("other.json");
    for (other, why) in [
        (text.replacen("\"exit_code\": 0", "\"exit_code\": 5, \"exit_code\": 0", 1), "exit_code is in the file twice"),
        (
            text.replacen("\"complete\": true", "\"complete\": false, \"complete\": true", 1),
            "complete is in the file twice",
        ),
        (text.replacen("\"inserted\": 30", "\"inserted\": 30, \"inserted\": 30", 1), "inserted is in the file twice"),
        (text[..text.len() / 2].to_owned(), "not an evidence file"),
        (text.replacen("oneroof.evidence/2", "oneroof.evidence/1", 1), "its schema is oneroof.evidence/1"),
        (text.replacen("\"complete\": true", "\"complete\": true, \"unheard\": 1", 1), "unknown field"),
        (format!("{text}{{}}"), "not an evidence file"),
        (String::new(), "not an evidence file"),
    ] {
        std::fs::write(&copy, other).unwrap();
        let _ = check(&lab, &copy).expect_code(2).expect_stdout(why);
    }
    let digest = format!("sha256:{}", "0".repeat(64));
    let copy = changed(&evidence, "other.json", |it| it["report"]["release"]["digest"] = json!(digest));
    let _ = check(&lab, &copy).expect_code(6);
}

#[test]
fn another_database_under_the_old_name_is_not_the_one_of_the_run() {
    let lab = Lab::own(|builder| builder);
    lab.ratify();
    let evidence = applied(&lab, "apply");
    let maintain = |sql: &str| lab.psql_in("postgres", lab.administrator(), sql);
    maintain(&format!("ALTER DATABASE {DATABASE} RENAME TO kept"));
    maintain(&format!("CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE kept"));
    let output = check(&lab, &evidence).expect_code(5).expect_stdout("another database answers under this name");
    let (wrong, unknown) = unticked(&output);
    assert_eq!(wrong, ["identity"]);
    assert_eq!(unknown, ["transactions", "tiers now", "database now"]);
    // This is the database of the run, under another name.
    let output = lab.oneroof(["evidence", "check", "-d", "kept"]).argument(&evidence).output().expect_code(5);
    let _ = output.expect_stdout("another database answers under this name: database is kept, but was");
    maintain(&format!("DROP DATABASE {DATABASE}"));
    maintain(&format!("ALTER DATABASE kept RENAME TO {DATABASE}"));
    let _ = check(&lab, &evidence).expect_success();
    // A separate server, and an older state of the same server.
    let other = Lab::own(|builder| builder.initdb("--data-checksums"));
    let _ = check(&other, &evidence).expect_code(5).expect_stdout("another server answers under this name");
    seen(&lab, &evidence, "identity", |it| it["session"]["wal_bytes"] = json!(1_u64 << 50));
    seen(&lab, &evidence, "identity", |it| it["session"]["system_identifier"] = json!("7000000000000000001"));
    seen(&lab, &evidence, "identity", |it| it["session"]["database_oid"] = json!("4711"));
}

/// Starts an `apply` that waits for the lock of tier 3. Tiers 1 and 2 are committed. No transaction is open at the prompt, so the test
/// takes the lock there.
pub(crate) fn apply_held_at_tier_3(lab: &Lab, folder: &Path) -> (crate::support::Terminal, crate::support::Session) {
    let run = lab.oneroof(["apply", "--ratified-apr", APR, "--lock-timeout", "60", "--log-dir"]).argument(folder);
    let mut terminal = run.on_terminal(50, 100);
    terminal.wait_for("to go on: ");
    let mut holder = lab.session();
    holder.run("BEGIN");
    holder.run("LOCK TABLE public.governance_object_ownership IN SHARE MODE");
    terminal.enter(TYPED);
    terminal.enter(key::ENTER);
    terminal.wait_for("waits for a lock");
    (terminal, holder)
}

#[test]
fn a_run_that_was_rolled_back_later_does_not_match_the_database() {
    let lab = Lab::own(|builder| builder);
    lab.ratify();
    let logs = folder(&lab, "lost");
    let (terminal, holder) = apply_held_at_tier_3(&lab, &logs);
    lab.cluster().stop(StopMode::Immediate).unwrap();
    let _ = terminal.finish().expect_code(7);
    drop(holder);
    lab.cluster().start().unwrap();
    let evidence = Sandbox::evidence_in(&logs);
    let shown = read(&evidence);
    assert_eq!(shown["report"]["effect"], json!({"kind": "applied"}), "the server could not be reached any more");
    // Nothing contradicts the evidence yet, but not all of it can be checked.
    let output = check(&lab, &evidence).expect_code(5);
    assert_eq!(unticked(&output), (Vec::new(), vec!["tiers now".to_owned(), "database now".to_owned()]));
    let _ = lab.oneroof(["rollback", "--full", "--yes"]).output().expect_success();
    let output =
        check(&lab, &evidence).expect_code(5).expect_stdout("the run applied tiers [1, 2], which are not applied now");
    assert_eq!(unticked(&output).0, ["tiers now"]);
}

#[test]
fn a_killed_run_reports_the_outcome_of_each_tier() {
    let lab = Lab::ratified();
    let logs = folder(&lab, "killed");
    let (terminal, mut holder) = apply_held_at_tier_3(&lab, &logs);
    terminal.signal(Signal::KILL);
    assert_eq!(terminal.finish().code(), None);
    holder.run("ROLLBACK");
    let evidence = Sandbox::evidence_in(&logs);
    let shown = read(&evidence);
    crate::support::schema::assert_valid(&shown, crate::support::schema::Shape::Evidence);
    let ended: Vec<String> = shown["report"]["tiers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tier| format!("{} {}", tier["number"], tier["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(ended, ["1 committed", "2 committed"]);
    assert_eq!(shown["report"]["effect"]["kind"], "applied");
    while lab.admin("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'oneroof'") != "0" {}
    let output = check(&lab, &evidence).expect_code(5).expect_stdout("not complete: the run was cut off");
    assert_eq!(unticked(&output), (vec!["file".to_owned()], vec!["database now".to_owned()]));
    let _ = output.expect_stdout("the server shows each of the 2 as committed");
}
