//! The screens of docs/recordings.md that no other test records. tests/recordings.rs compares the page with these snapshots.

use crate::evidence_check::apply_held_at_tier_3;
use crate::keyboard::killed_in_tier_3;
use crate::packet::{APR, apply};
use crate::support::{Lab, Output, Run, TYPED, key, plain};
use rustix::process::{Pid, Signal, kill_process};

/// A command with 80 columns, as on the smallest terminal.
fn narrow<'a>(lab: &Lab, arguments: impl IntoIterator<Item = &'a str>) -> Run {
    lab.oneroof(arguments).variable("COLUMNS", "80")
}

/// The text without process ids and transaction ids, which differ from run to run.
fn settled(text: &str) -> String {
    let ids = regex::Regex::new(r"(?<before>\b(?:backend|pid|transaction|xid|transactions) )\d+(?:, \d+)*").unwrap();
    let text = ids.replace_all(text, "${before}$$ID").into_owned();
    // Details in the evidence: the account, the machine, and the oid of the database.
    [
        (r"run by \S+ on [^;]+;", "run by $$USER on $$HOST;"),
        (r"\bdatabase \d{4,6} of server", "database $$OID of server"),
        (r"PostgreSQL \$VERSION \(.*\)", "PostgreSQL $$VERSION"),
    ]
    .into_iter()
    .fold(text, |text, (pattern, word)| regex::Regex::new(pattern).unwrap().replace_all(&text, word).into_owned())
}

macro_rules! record {
    ($name:literal, $output:expr) => {
        insta::assert_snapshot!($name, settled(&$output.snapshot()))
    };
}

/// The last 24 lines on the terminal, and the exit code.
fn last_screen(lab: &Lab, output: &Output) -> String {
    let drawn = plain(&output.stdout);
    let lines: Vec<&str> = drawn.trim_end().lines().map(str::trim_end).collect();
    let seen = lines[lines.len().saturating_sub(24)..].join("\n");
    let text = settled(&format!("exit {}\n--- terminal\n{}", output.code().unwrap(), lab.redactions().apply(&seen)));
    // The length of a process id decides where a note wraps.
    regex::Regex::new(r"(?<note>\nnote: .*)\n  ").unwrap().replace_all(&text, "${note} ").into_owned()
}

#[test]
fn what_is_wrong_before_a_release_is_one_cause_and_its_cure() {
    let lab = Lab::ratified();
    // As on PostgreSQL 15 and later, so that the number of unmet checks is the same.
    lab.psql_in("postgres", lab.administrator(), "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    let wrong = narrow(&lab, ["preflight"]).variable("PGDATABASE", "postgres");
    record!("wrong_database", wrong.output().expect_code(4));
    record!("nothing_released", narrow(&lab, ["verify"]).output().expect_code(4));
    let typo = format!("{APR}2");
    record!("typo", narrow(&lab, ["preflight", "--ratified-apr", &typo, "-q"]).output().expect_code(4));
    record!("no_terminal", narrow(&lab, ["apply", "--ratified-apr", APR]).output().expect_code(11));
    assert_eq!(lab.count("public.governance_object_ownership"), 0);
}

#[test]
fn a_foreign_row_is_named_before_a_rollback_touches_anything() {
    let lab = Lab::ratified();
    let _ = apply(&lab).expect_success();
    lab.admin("INSERT INTO public.governance_object_ownership (subject_kind, subject_code, scope_code, owner_ref, created_by, created_at) \
               SELECT 'object', 'GOV-X', scope_code, owner_ref, 'somebody', now() FROM public.governance_object_ownership ORDER BY scope_code, owner_ref LIMIT 1");
    record!("foreign_row", narrow(&lab, ["rollback", "--full", "--yes"]).output().expect_code(5));
    assert_eq!(lab.count("public.governance_object_ownership"), 31);
}

#[test]
fn after_a_kill_four_commands_say_the_same() {
    let (lab, evidence) = killed_in_tier_3();
    let path = evidence.to_str().unwrap();
    record!("killed_status", narrow(&lab, ["status"]).output().expect_success());
    record!("killed_resolve", narrow(&lab, ["resolve", "--evidence", path]).output().expect_success());
    // The screen is wide, because the length of the account's name and of the server's version changes where lines wrap.
    let wide = lab.oneroof(["evidence", "check", path]).variable("COLUMNS", "200");
    record!("killed_evidence_check", wide.output().expect_code(5));
    let out = lab.sandbox.work().join("report.md");
    let report = narrow(&lab, ["report", "--evidence", path, "--out", out.to_str().unwrap()]).output();
    record!("killed_report", report.expect_success());
}

#[test]
fn a_small_terminal_ends_with_the_verdict_and_the_next_command() {
    let lab = Lab::ratified();
    let mut terminal = lab.oneroof(["apply", "--ratified-apr", APR]).on_terminal(24, 80);
    terminal.wait_for("to go on: ");
    terminal.enter(TYPED);
    terminal.enter(key::ENTER);
    let output = terminal.finish().expect_success();
    insta::assert_snapshot!("small_terminal", last_screen(&lab, &output));
}

/// The backend is stopped with SIGSTOP, so the connection stays open and the server does not answer.
#[test]
fn ctrl_c_on_a_frozen_link_is_acknowledged_at_once_and_ends() {
    let lab = Lab::ratified();
    let before = lab.dump();
    let (mut terminal, mut holder) = apply_held_at_tier_3(&lab, &lab.sandbox.logs());
    let waiting =
        "SELECT max(pid) FROM pg_stat_activity WHERE application_name LIKE 'oneroof%' AND wait_event_type = 'Lock'";
    let backend = loop {
        // Between two attempts the run does not wait for the lock, so the test looks again.
        if let Some(pid) = lab.admin(waiting).parse().ok().and_then(Pid::from_raw) {
            break pid;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    };
    kill_process(backend, Signal::STOP).unwrap();
    let start = std::time::Instant::now();
    terminal.enter(key::INTERRUPT);
    terminal.wait_for("INT received, rolling back");
    assert!(start.elapsed() < std::time::Duration::from_secs(1), "{:?}", start.elapsed());
    let output = terminal.finish();
    kill_process(backend, Signal::CONT).unwrap();
    holder.run("ROLLBACK");
    let output = output.expect_code(8);
    insta::assert_snapshot!("frozen_link", last_screen(&lab, &output));
    let _ = lab.oneroof(["rollback", "--full", "--yes"]).output().expect_success();
    assert_eq!(before, lab.dump());
}
