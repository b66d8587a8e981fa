//! What a person at the keyboard sees: the state of the release, the cause, and a next command that is right.

use crate::evidence_check::apply_held_at_tier_3;
use crate::packet::{APR, apply, rollback};
use crate::support::{DATABASE, Lab, OWNER, Output, Sandbox, TYPED, key, plain};
use rustix::process::Signal;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Whether these tests run in a container. The program looks for the same files.
fn in_container() -> bool {
    ["/.dockerenv", "/run/.containerenv"].iter().any(|mark| Path::new(mark).exists())
}

/// Runs a command with JSON output. Returns its exit code and its report.
fn json(lab: &Lab, words: &[&str]) -> (i32, Value) {
    let output = lab.oneroof(words).arguments(["--format", "json"]).output();
    (output.code().unwrap(), output.json())
}

#[track_caller]
fn answer(lab: &Lab, words: &[&str], code: i32, verdict: &str, cause: Option<&str>, next: &str) -> Value {
    let (ended, report) = json(lab, words);
    let seen = (ended, report["verdict"].as_str().unwrap(), report["cause"].as_str(), report["next"].as_str().unwrap());
    assert_eq!(seen, (code, verdict, cause, next), "{words:?}: {report:#}");
    report
}

#[test]
fn a_healthy_release_is_already_applied_and_no_rollback_is_suggested() {
    let lab = Lab::ratified();
    let _ = apply(&lab).expect_success();
    let before = lab.dump();
    for words in [
        &["preflight"][..],
        &["preflight", "--ratified-apr", APR],
        &["apply", "--ratified-apr", APR, "--yes"],
        &["apply", "--ratified-apr", APR, "--dry-run"],
    ] {
        let report = answer(&lab, words, 13, "ALREADY_APPLIED", Some("already_applied"), "oneroof verify");
        assert_eq!(report["effect"], serde_json::json!({"kind": "nothing_changed", "applied": [1, 2, 3, 4, 5, 6]}));
        let text = lab.oneroof(words).output();
        assert!(
            !text.stdout.contains("rollback") && text.stdout.contains("the release is applied"),
            "{}",
            text.whole()
        );
    }
    for words in [&["status"][..], &["verify"], &["gate"]] {
        let output = lab.oneroof(words).output().expect_success();
        assert!(!output.stdout.contains("rollback"), "{}", output.whole());
    }
    assert_eq!(before, lab.dump());
}

#[test]
fn partly_applied_and_altered_releases_are_named() {
    let lab = Lab::ratified();
    let _ = answer(&lab, &["verify"], 4, "NO-GO", Some("not_applied"), "oneroof preflight");
    let _ = apply(&lab).expect_success();
    let _ = rollback(&lab, ["--to", "3"]).expect_success();
    for words in [&["preflight"][..], &["verify"]] {
        let report = answer(&lab, words, 4, "NO-GO", Some("partly_applied"), "oneroof rollback --full");
        assert_eq!(report["error"]["message"], "the release is partly applied: tiers 1-3 of 6");
    }
    let status = lab.oneroof(["status"]).output().expect_success();
    let _ = status.expect_stdout("the release is partly applied: tiers 1-3 of 6");
    lab.psql("UPDATE public.oneroof_axis SET title = title || ' altered' WHERE axis_code = (SELECT min(axis_code) FROM public.oneroof_axis)");
    let report = answer(&lab, &["preflight"], 4, "NO-GO", Some("altered"), "oneroof status");
    assert!(report["error"]["message"].as_str().unwrap().starts_with("tier 2 axis is altered: "), "{report}");
    let _ = answer(&lab, &["verify"], 5, "FAILED", Some("altered"), "oneroof status");
}

/// The cause and the next command fit on a screen. The consequences are shown only with `-v`.
#[test]
fn one_cause_is_one_sentence_and_the_rest_is_shown_on_request() {
    let lab = Lab::ratified();
    for (words, cause) in [
        (&["preflight", "-d", "postgres"][..], "this is the database postgres; the release belongs to directus"),
        (&["verify"], "the release is not applied"),
        (&["verify", "-d", "postgres"], "this is the database postgres; the release belongs to directus"),
    ] {
        let output = lab.oneroof(words).output().expect_code(4);
        let lines = output.stdout.lines().count();
        assert!(lines <= 15 && output.stdout.contains(cause), "{lines} lines\n{}", output.whole());
        let output = lab.oneroof(words).argument("-v").output().expect_code(4);
        assert!(output.stdout.lines().count() > 30, "{}", output.whole());
    }
    let report = answer(
        &lab,
        &["preflight", "-d", "postgres"],
        4,
        "NO-GO",
        Some("wrong_database"),
        "oneroof preflight -d directus",
    );
    assert!(report["checks"].as_array().unwrap().len() > 100, "the JSON report still has every check");
}

#[test]
fn a_code_that_nobody_approved_is_no_closed_gate() {
    let lab = Lab::ratified();
    let typo = format!("{APR}2");
    let report = answer(&lab, &["preflight", "--ratified-apr", &typo], 4, "NO-GO", None, "oneroof gate");
    assert_eq!(report["error"]["message"], format!("no approval {typo}; approved here: {APR}"));
    let (code, report) = json(&lab, &["preflight", "--ratified-apr", &APR.to_lowercase()]);
    let hint = report["error"]["hint"].as_str().unwrap();
    assert!(code == 2 && hint.starts_with(&format!("Did you mean {APR}? ")), "{code} {hint}");
    // If the approval names another release, the code is wrong and the gate is not reported as closed.
    lab.admin(&format!("UPDATE public.os_proposal_approvals SET signature_ref = 'release:sha256:{}'", "a".repeat(64)));
    let report = answer(&lab, &["apply", "--ratified-apr", APR, "--yes"], 4, "NO-GO", None, "oneroof gate");
    assert_eq!(report["error"]["message"], "the approval names another release");
    // Three cases in which people still have to approve: two incomplete rows, and no row at all.
    for change in [
        "UPDATE public.os_proposal_approvals SET signature_ref = ' '",
        "UPDATE public.os_proposal_approvals SET signature_ref = 'sig', approved_at = now() + interval '1 day'",
        "DELETE FROM public.os_proposal_approvals",
    ] {
        lab.admin(change);
        let _ = answer(&lab, &["preflight", "--ratified-apr", APR], 3, "NO-GO", None, "oneroof gate");
    }
}

#[test]
fn a_foreign_row_stops_a_rollback_before_the_first_commit() {
    let lab = Lab::ratified();
    let _ = apply(&lab).expect_success();
    lab.admin("INSERT INTO public.governance_object_ownership (subject_kind, subject_code, scope_code, owner_ref, created_by, created_at) \
               SELECT 'object', 'GOV-X', scope_code, owner_ref, 'somebody', now() FROM public.governance_object_ownership LIMIT 1");
    let before = lab.dump();
    for more in [&["--yes"][..], &["--dry-run"]] {
        let output = lab.oneroof(["rollback", "--full", "--format", "json"]).arguments(more).output();
        let report = output.json();
        assert_eq!(
            (output.code(), &report["effect"]["kind"]),
            (Some(5), &Value::from("nothing_changed")),
            "{report:#}"
        );
        assert_eq!(report["effect"]["applied"], serde_json::json!([1, 2, 3, 4, 5, 6]));
        assert_eq!(before, lab.dump());
    }
}

#[test]
fn a_dry_run_of_the_rollback_changes_nothing_and_needs_no_confirmation() {
    let lab = Lab::ratified();
    let _ = apply(&lab).expect_success();
    let before = lab.dump();
    let report = answer(&lab, &["rollback", "--to", "2", "--dry-run"], 0, "DONE", None, "oneroof rollback --to 2");
    let outcomes: Vec<_> = report["tiers"].as_array().unwrap().iter().map(|tier| &tier["outcome"]).collect();
    assert_eq!(outcomes, ["rehearsed"; 4]);
    assert_eq!(before, lab.dump());
    let _ = rollback(&lab, ["--to", "2"]).expect_success();
}

/// An `apply` that waits for a person to confirm. It holds the run lock.
fn waiting(lab: &Lab) -> crate::support::Terminal {
    let mut terminal = lab.oneroof(["apply", "--ratified-apr", APR, "--backup-ref", "snap 7"]).on_terminal(50, 100);
    terminal.wait_for("to go on: ");
    terminal
}

#[test]
fn the_prompt_shows_target_approval_and_rows() {
    let lab = Lab::ratified();
    let mut terminal = waiting(&lab);
    let drawn = plain(&terminal.drawn());
    let identifier = lab.admin("SELECT system_identifier FROM pg_control_system()");
    for words in [
        &format!("database {DATABASE} as {OWNER}, "),
        &format!("system identifier {identifier}"),
        &format!("approval  {APR}, signed by L2 L2-COUNCIL"),
        "L4 L4-PRESIDENT",
        "backup    snap 7",
        "tier 3 30,",
        &format!("Type {TYPED} to go on: "),
    ] {
        assert!(drawn.contains(words), "{words}\n{drawn}");
    }
    // Another person asks meanwhile who holds the run lock and since when.
    let status = lab.oneroof(["status"]).output().expect_success();
    let words = status.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("a run has been under way since 20") && words.contains("application oneroof"), "{words}");
    // The name of the database alone does not confirm. The output names the next command.
    terminal.enter(DATABASE);
    terminal.enter(key::ENTER);
    let seen = plain(&terminal.finish().expect_code(11).stdout);
    assert!(seen.contains("next: oneroof apply --ratified-apr"), "{seen}");
}

#[test]
fn what_confirms_names_the_database_and_the_server() {
    let lab = Lab::ratified();
    for (given, code) in [(DATABASE, 11), ("directus@staging", 11), ("postgres@oneroof-lab", 11), (TYPED, 0)] {
        let before = lab.dump();
        let output = lab.oneroof(["apply", "--ratified-apr", APR, "--confirm", given]).output().expect_code(code);
        assert_eq!(before == lab.dump(), code != 0, "{}", output.whole());
    }
    let target = lab.oneroof(["target"]).output().expect_success();
    let _ = target.expect_stdout("directus@NAME (NAME: the server's cluster_name");
    // The confirmation names the host as it was given. If there is a profile, it names the profile.
    let over_tcp = Lab::own(|builder| {
        builder.tcp().access(format!("host all {OWNER} 127.0.0.1/32 trust")).access("local all all trust")
    });
    over_tcp.ratify();
    let port = over_tcp.psql("SHOW port");
    let tcp = |given: &str| {
        let run =
            over_tcp.oneroof(["apply", "--ratified-apr", APR, "--host", "127.0.0.1", "-p", &port, "--confirm", given]);
        run.output().code()
    };
    assert_eq!(tcp("directus@oneroof-lab"), Some(11));
    assert_eq!(tcp("directus@127.0.0.1"), Some(0));
    let socket = lab.admin("SHOW unix_socket_directories");
    let profiles = |pin: &str| {
        let text = format!("[profile.production]\nhost = {socket:?}\nport = {}\n{pin}", lab.psql("SHOW port"));
        let path = lab.sandbox.work().join("oneroof.toml");
        std::fs::write(&path, text.replace("\"\\\"", "\"").replace("\\\"\"", "\"")).unwrap();
        path
    };
    let by_profile = |pin: &str, words: &[&str]| {
        let config = profiles(pin);
        lab.oneroof(words).argument("--config").argument(config).arguments(["--profile", "production"]).output()
    };
    let rollback = ["rollback", "--full", "--confirm"];
    let _ = by_profile("", &[&rollback[..], &["directus@oneroof-lab"]].concat()).expect_code(11);
    // A profile can pin the system identifier of the server.
    let wrong = by_profile("system_identifier = \"7\"\n", &["status"]).expect_code(4);
    let _ = wrong.expect_stdout("the profile pins system identifier 7");
    let refused = by_profile("system_identifier = 7\n", &[&rollback[..], &["directus@production"]].concat());
    let _ = refused.expect_code(4);
    let identifier = lab.admin("SELECT system_identifier FROM pg_control_system()");
    let pin = format!("system_identifier = \"{identifier}\"\n");
    let _ = by_profile(&pin, &[&rollback[..], &["directus@production"]].concat()).expect_success();
}

#[test]
fn in_a_container_only_a_permanent_name_confirms() {
    let lab = Lab::own(|builder| builder.setting("cluster_name", ""));
    lab.ratify();
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let named = format!("directus@{}", machine.trim());
    let output = lab.oneroof(["apply", "--ratified-apr", APR, "--confirm", &named]).output();
    if in_container() {
        let _ = output.expect_code(11).expect_stdout("--confirm needs a profile here");
    } else {
        let _ = output.expect_success();
    }
}

#[test]
fn evidence_goes_to_one_separate_folder() {
    let lab = Lab::ratified();
    let run = |folder: &Path| {
        std::fs::create_dir_all(folder).unwrap();
        let words = ["apply", "--ratified-apr", APR, "--dry-run"];
        lab.oneroof(words).without_variable("ONEROOF_LOG_DIR").folder(folder).output()
    };
    let folder = lab.sandbox.work().join("here");
    let output = run(&folder);
    if in_container() {
        let _ = output.expect_code(2).expect_stdout("in a container the folder for the evidence must be named");
        assert_eq!(lab.sandbox.files(|name| name.starts_with("rollout_")).len(), 0);
        return;
    }
    let output = output.expect_success();
    let made = folder.join("rollout");
    assert_eq!(std::fs::metadata(&made).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(std::fs::read_to_string(made.join(".gitignore")).unwrap(), "*\n");
    let evidence = Sandbox::evidence_in(&made);
    assert!(output.stdout.contains(&format!("{}", evidence.display())), "its absolute path\n{}", output.whole());
    let _ = run(&folder).expect_success();
}

#[test]
fn every_line_of_the_log_has_its_time() {
    let lab = Lab::ratified();
    let _ = apply(&lab).expect_success();
    let logs = lab.sandbox.files(|name| name.starts_with("rollout_") && !name.contains("json"));
    let text = std::fs::read_to_string(&logs[0]).unwrap();
    assert!(text.lines().count() > 20);
    for line in text.lines() {
        let time = line.get(..20).unwrap_or_default();
        assert!(time.parse::<jiff::Timestamp>().is_ok(), "{line}");
    }
}

/// The verdict and the next command are on the last screen of 80 columns and 24 lines.
#[test]
fn the_verdict_and_the_next_command_are_on_the_last_screen() {
    let lab = Lab::ratified();
    for words in [&["preflight"][..], &["apply", "--ratified-apr", APR, "--yes"], &["rollback", "--full", "--yes"]] {
        let output = lab.oneroof(words).variable("COLUMNS", "80").output().expect_success();
        let last: Vec<&str> = output.stdout.lines().rev().take(24).collect();
        let verdict = last.iter().any(|line| line.starts_with(&format!("oneroof {}: ", words[0])));
        assert!(verdict && last.iter().any(|line| line.starts_with("next: oneroof ")), "{}", output.whole());
    }
}

#[test]
fn a_signal_is_acknowledged_at_once_and_the_verdict_is_interrupted() {
    let lab = Lab::ratified();
    let before = lab.dump();
    let (mut terminal, mut holder) = apply_held_at_tier_3(&lab, &lab.sandbox.logs());
    terminal.enter(key::INTERRUPT);
    terminal.wait_for("INT received, rolling back");
    let output = terminal.finish().expect_code(8);
    let seen = plain(&output.stdout);
    assert!(seen.contains("oneroof apply: INTERRUPTED, committed tiers 1-2"), "{seen}");
    assert!(seen.contains("next: oneroof rollback --full"), "{seen}");
    holder.run("ROLLBACK");
    let _ = rollback(&lab, ["--full"]).expect_success();
    assert_eq!(before, lab.dump());
}

/// A command that only reads shows that it waits, and ends with a report.
#[test]
fn reading_commands_show_that_they_wait_and_end_at_a_signal() {
    let lab = Lab::ratified();
    for (words, table) in [
        (&["gate"][..], "public.os_proposal_approvals"),
        (&["label", "alignment"], "public.governance_object"),
        (&["scan"], "public.governance_object_ownership"),
    ] {
        let mut holder = lab.session_in(DATABASE, lab.administrator());
        holder.run(&format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"));
        let mut terminal = lab.oneroof(words).on_terminal(24, 80);
        terminal.wait_for(" s");
        terminal.signal(Signal::INT);
        let output = terminal.finish().expect_code(8);
        let seen = plain(&output.stdout);
        assert!(seen.contains("INT received, leaving"), "{words:?}\n{seen}");
        assert!(
            seen.contains(": INTERRUPTED, nothing was changed") && seen.contains("next: oneroof "),
            "{words:?}\n{seen}"
        );
    }
}

/// An `apply` that was killed while it waited for a lock in tier 3, and the evidence that it left.
pub(crate) fn killed_in_tier_3() -> (Lab, PathBuf) {
    let lab = Lab::ratified();
    let logs = lab.sandbox.logs();
    let (terminal, mut holder) = apply_held_at_tier_3(&lab, &logs);
    terminal.signal(Signal::KILL);
    assert_eq!(terminal.finish().code(), None);
    holder.run("ROLLBACK");
    let evidence = Sandbox::evidence_in(&logs);
    (lab, evidence)
}

/// After SIGKILL four commands report the same about the run and name the same next command.
#[test]
fn after_a_kill_four_commands_agree() {
    let (lab, evidence) = killed_in_tier_3();
    let path = evidence.to_str().unwrap();
    let next = |output: &Output| output.json()["next"].as_str().unwrap_or_default().to_owned();
    let ask = |words: &[&str]| lab.oneroof(words).arguments(["--format", "json"]).output();
    let status = ask(&["status"]).expect_success();
    assert_eq!(status.json()["effect"]["applied"], serde_json::json!([1, 2]));
    let resolve = ask(&["resolve", "--evidence", path]).expect_success();
    let check = ask(&["evidence", "check", path]).expect_code(5);
    let out = lab.sandbox.work().join("report.md");
    let report = ask(&["report", "--evidence", path, "--out", out.to_str().unwrap()]);
    let nexts = [next(&status), next(&resolve), next(&check), next(&report)];
    assert_eq!(nexts, ["oneroof rollback --full"; 4], "{}", report.whole());
    let _ = rollback(&lab, ["--full"]).expect_success();
}
