//! What people see: standard output, standard error and exit code, compared with reviewed snapshots.

use std::os::unix::process::ExitStatusExt as _;

use crate::packet::APR;
use crate::support::{DATABASE, Lab, OWNER, Output, Run, TYPED, key, plain};

/// A command with 80 columns, so that all line breaks appear in the snapshot.
fn narrow<'a>(lab: &Lab, arguments: impl IntoIterator<Item = &'a str>) -> Run {
    lab.oneroof(arguments).variable("COLUMNS", "80")
}

fn apply(lab: &Lab) -> Run {
    narrow(lab, ["apply", "--ratified-apr", APR, "--yes"])
}

/// No line is wider than 80 columns, except for a single long word.
#[track_caller]
fn assert_narrow(output: &Output) {
    for line in output.stdout.lines().chain(output.stderr.lines()).filter(|line| line.chars().count() > 80) {
        assert!(line.split_whitespace().count() <= 2, "{} columns: {line}", line.chars().count());
    }
}

macro_rules! assert_seen {
    ($name:literal, $output:expr) => {{
        let output = $output;
        assert_narrow(&output);
        insta::assert_snapshot!($name, output.snapshot());
    }};
}

#[test]
fn the_gate_is_closed() {
    let lab = Lab::new();
    assert_seen!("preflight_closed", narrow(&lab, ["preflight"]).output().expect_code(3));
    assert_seen!("apply_closed", apply(&lab).output().expect_code(3));
}

#[test]
fn a_release_from_go_to_full_rollback() {
    let lab = Lab::ratified();
    assert_seen!("preflight_open", narrow(&lab, ["preflight"]).output().expect_code(0));
    assert_seen!("apply_dry_run", apply(&lab).argument("--dry-run").output().expect_code(0));
    assert_seen!("status_nothing", narrow(&lab, ["status"]).output().expect_code(0));
    assert_seen!("apply", apply(&lab).output().expect_code(0));
    assert_seen!("status_all", narrow(&lab, ["status"]).output().expect_code(0));
    assert_seen!("verify", narrow(&lab, ["verify"]).output().expect_code(0));
    assert_seen!("apply_again", apply(&lab).output().expect_code(13));
    assert_seen!("rollback_not_the_top", narrow(&lab, ["rollback", "--tier", "2", "--yes"]).output().expect_code(4));
    assert_seen!("rollback_one", narrow(&lab, ["rollback", "--tier", "6", "--yes"]).output().expect_code(0));
    lab.psql("UPDATE public.oneroof_topic SET title = 'Mine' WHERE topic_code = 'audit'");
    assert_seen!("rollback_altered", narrow(&lab, ["rollback", "--full", "--yes"]).output().expect_code(4));
    assert_seen!("status_altered", narrow(&lab, ["status"]).output().expect_code(0));
    assert_seen!("verify_altered", narrow(&lab, ["verify"]).output().expect_code(5));
    lab.psql("UPDATE public.oneroof_topic SET title = 'Audit' WHERE topic_code = 'audit'");
    assert_seen!("rollback_full", narrow(&lab, ["rollback", "--full", "--yes"]).output().expect_code(0));
    assert_seen!("rollback_nothing", narrow(&lab, ["rollback", "--full", "--yes"]).output().expect_code(0));
}

#[test]
fn a_production_that_has_drifted() {
    let lab = Lab::ratified();
    lab.admin(
        "UPDATE public.governance_object SET label = 'misc/x' WHERE code = 'GOV-LAW-03';
         INSERT INTO public.governance_scope_definition VALUES ('audit', 'Audit', 7);
         DROP VIEW public.v_governance_event_emit;
         ALTER TABLE public.candidate_scan_object DROP COLUMN scopes_total",
    );
    assert_seen!("preflight_drifted", narrow(&lab, ["preflight", "--ratified-apr", APR]).output().expect_code(4));
    // The same output in a locale that has only ASCII.
    let ascii = narrow(&lab, ["preflight", "--ratified-apr", APR]).variable("LC_ALL", "C").output().expect_code(4);
    assert!(ascii.stdout.is_ascii());
    assert_seen!("preflight_drifted_ascii", ascii);
    assert_seen!("preflight_drifted_quiet", narrow(&lab, ["preflight", "-q"]).output().expect_code(4));
}

#[test]
fn a_tier_that_fails() {
    let lab = Lab::ratified();
    // Another session is just adding a scope. Preflight cannot see the row yet, and tier 1 waits for the table.
    let mut other = lab.session();
    other.send(
        "DO $$ BEGIN INSERT INTO public.governance_scope_definition VALUES ('audit', 'Audit', 7); PERFORM pg_sleep(3); END $$",
    );
    let held = "SELECT count(*) FROM pg_locks WHERE relation = 'public.governance_scope_definition'::regclass \
                AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()";
    while lab.psql(held) != "1" {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let output = apply(&lab).arguments(["--no-rehearsal", "--lock-timeout", "60"]).output();
    let code = output.code();
    assert!(code == Some(5), "{}", output.whole());
    assert_narrow(&output);
    assert!(
        output.stdout.starts_with("oneroof apply: FAILED, nothing was changed; the release is not applied"),
        "{}",
        output.whole()
    );
    for words in
        ["scopes", "expected", "error: tier 1 structure", "at sql/prod/10_structure.sql:", "evidence", "next: oneroof "]
    {
        assert!(output.stdout.contains(words), "no {words:?} in\n{}", output.whole());
    }
}

#[test]
fn the_wrong_database_and_no_database() {
    let lab = Lab::own(|builder| builder);
    let postgres = || narrow(&lab, ["preflight"]).variable("PGDATABASE", "postgres");
    let output = postgres().output().expect_code(4);
    assert!(output.stdout.contains("database"), "{}", output.whole());
    assert_narrow(&output);
    let rollback = narrow(&lab, ["rollback", "--full", "--yes"]).variable("PGDATABASE", "postgres");
    assert_seen!("rollback_wrong_database", rollback.output().expect_code(4));
    assert_seen!("no_server", narrow(&lab, ["status"]).variable("PGHOST", "/nonexistent").output().expect_code(7));
    assert_seen!("no_database", narrow(&lab, ["status"]).variable("PGDATABASE", "none").output().expect_code(7));
}

#[test]
fn another_run_holds_the_lock() {
    let lab = Lab::ratified();
    let mut other = lab.session();
    other.run("SELECT pg_catalog.pg_advisory_lock(20260603, 1)");
    // At this width the length of a process id does not change where lines wrap.
    let output = apply(&lab).variable("COLUMNS", "76").output().expect_code(10);
    assert!(output.stdout.contains("another run holds the run lock"), "{}", output.whole());
    assert_seen!("run_lock_held", output);
}

#[test]
fn a_lock_that_somebody_else_holds() {
    let lab = Lab::ratified();
    let mut other = lab.session();
    other.run("BEGIN");
    other.run("LOCK TABLE public.governance_object IN SHARE ROW EXCLUSIVE MODE");
    // The session is idle in a transaction and has locked a table that a tier locks. Preflight finds this before the first write.
    let output = narrow(&lab, ["preflight", "--ratified-apr", APR]).output().expect_code(4);
    // The length of the process id decides where the line wraps.
    let words = output.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("idle in transaction"), "{}", output.whole());
    assert_narrow(&output);
}

/// The typed answer decides whether the run goes on.
#[test]
fn a_person_confirms_by_typing_the_name() {
    let lab = Lab::ratified();
    let mut terminal = lab.oneroof(["apply", "--ratified-apr", APR]).on_terminal(50, 100);
    terminal.wait_for("to go on: ");
    terminal.enter(TYPED);
    terminal.enter(key::ENTER);
    let output = terminal.finish().expect_code(0);
    assert!(output.stdout.contains("\u{1b}[32m"), "a terminal is coloured\n{}", output.whole());
    let seen = plain(&output.stdout);
    assert!(seen.contains("oneroof apply: DONE, committed tiers 1-6; the release is applied"), "{seen}");
    // The progress lines are erased, and each result is printed once.
    assert!(!seen.lines().any(|line| line.starts_with(['|', '/', '\\']) || line.starts_with("- ")), "{seen}");
    assert_eq!(
        seen.lines().filter(|line| line.starts_with("tier 3 ") && line.contains("committed")).count(),
        1,
        "{seen}"
    );
    assert_eq!(lab.count("public.governance_object_ownership"), 30);
}

#[test]
fn a_wrong_name_or_none_is_refused_and_changes_nothing() {
    let lab = Lab::ratified();
    let before = lab.dump();
    for keys in ["directus", "", " directus@oneroof-lab", "Directus@oneroof-lab", "directus@staging", "yes"] {
        let mut terminal = lab.oneroof(["apply", "--ratified-apr", APR]).on_terminal(50, 100);
        terminal.wait_for("to go on: ");
        terminal.enter(keys);
        terminal.enter(key::ENTER);
        let output = terminal.finish().expect_code(11);
        let seen = plain(&output.stdout);
        assert!(seen.contains("FAILED, nothing was changed"), "{keys:?}\n{seen}");
        assert!(seen.contains("directus@oneroof-lab was not typed"), "{seen}");
    }
    assert_eq!(lab.dump(), before);
}

#[test]
fn an_interrupt_or_the_end_of_input_at_the_question_changes_nothing() {
    let lab = Lab::ratified();
    let before = lab.dump();
    for (keys, code) in [(key::INTERRUPT, 8), (key::END_OF_INPUT, 11)] {
        let mut terminal = lab.oneroof(["apply", "--ratified-apr", APR]).on_terminal(50, 100);
        terminal.wait_for("to go on: ");
        terminal.enter(keys);
        let output = terminal.finish();
        assert_eq!(output.status.signal(), None);
        let output = output.expect_code(code);
        assert!(plain(&output.stdout).contains("nothing was changed"), "{}", output.whole());
    }
    assert_eq!(lab.dump(), before);
    // The run lock ended with the session.
    assert_eq!(lab.psql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
    let _ = lab.psql_in(DATABASE, OWNER, "SELECT 1");
}
