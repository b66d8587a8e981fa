//! One release, two executors: the binary and psql leave the same database, and both roll it back to the same bytes.

use oneroof::testing::release::Governed;

use crate::kinds::{Tier, stranger_with};
use crate::packet::{APR, apply, objects, psql_file, release, standing};
use crate::support::readers::assert_same;
use crate::support::{DATABASE, Lab, OWNER};

/// The content of every governed table without its volatile columns, read with psql alone.
pub(crate) fn content(lab: &Lab) -> String {
    let of_table = |table: &Governed| {
        let kept = table.columns.iter().filter(|column| !table.volatile.contains(column));
        let columns =
            kept.map(|column| format!("coalesce(t.\"{column}\"::text, 'NULL')")).collect::<Vec<_>>().join(", ");
        let row = format!("pg_catalog.concat_ws('|', {columns})");
        format!("SELECT '{0} ' || {row} FROM {0} AS t ORDER BY {row} COLLATE \"C\";\n", table.table)
    };
    lab.admin(&release().descriptor.governed.iter().map(of_table).collect::<String>())
}

/// The schema of the whole database: its dump without the rows.
fn shape(lab: &Lab) -> String {
    let shape = lab.shape();
    assert!(shape.contains("public.v_oneroof_roof_status"), "{shape}");
    shape
}

/// The program's own fingerprint without the content of tables that have a volatile column.
fn fingerprint(lab: &Lab) -> serde_json::Value {
    let report = lab.oneroof(["fingerprint", "--format=json"]).output().expect_success().json();
    let mut now = report["result"]["fingerprint"]["now"].clone();
    assert!(now["structure"].as_object().is_some_and(|structure| structure.len() > 200), "{now}");
    let judged = now.as_object_mut().unwrap();
    judged.remove("digest").unwrap();
    let content = judged["content"].as_object_mut().unwrap();
    for table in release().descriptor.governed.iter().filter(|table| !table.volatile.is_empty()) {
        content.remove(&table.table).unwrap();
    }
    assert!(content.len() > 8);
    now
}

#[track_caller]
pub(crate) fn expect_success(output: &std::process::Output, last: &str) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert_eq!(out.lines().last(), Some(last), "{out}\n{err}");
}

const DONE: &str = "done: tiers 1-6 are applied, and verify found nothing";

/// Applies the whole release with psql alone.
pub(crate) fn by_psql(lab: &Lab) {
    let output = psql_file(lab, "sql/prod/99_run_all.sql", &[&format!("ratified_apr={APR}")]);
    expect_success(&output, DONE);
}

#[test]
fn the_binary_and_psql_leave_the_same_database() {
    let (one, other) = (Lab::ratified(), Lab::ratified());
    let _ = apply(&one).expect_success();
    by_psql(&other);
    assert_eq!(standing(&other), [1, 2, 3, 4, 5, 6]);
    let _ = other.oneroof(["verify"]).output().expect_success();
    let (content_of_one, content_of_other) = (content(&one), content(&other));
    assert!(content_of_one.lines().count() > 250, "{content_of_one}");
    assert_eq!(content_of_one, content_of_other);
    assert!(shape(&one) == shape(&other), "the two executors leave different schemas");
    assert_eq!(fingerprint(&one), fingerprint(&other));
}

#[test]
fn psql_rolls_back_what_either_executor_applied_to_the_byte() {
    let lab = Lab::ratified();
    let baseline = lab.dump();
    for round in ["binary", "psql"] {
        if round == "binary" {
            let _ = apply(&lab).expect_success();
        } else {
            by_psql(&lab);
        }
        let output = psql_file(&lab, "sql/prod_rollback/99_rollback_full.sql", &[]);
        expect_success(&output, "done: no tier is applied");
        assert!(baseline == lab.dump(), "applied by {round}");
    }
    // The same rollback when nothing is applied, and when half of the release is applied.
    expect_success(&psql_file(&lab, "sql/prod_rollback/99_rollback_full.sql", &[]), "done: no tier is applied");
    assert!(baseline == lab.dump());
    crate::packet::stand(&lab, 3);
    expect_success(&psql_file(&lab, "sql/prod_rollback/99_rollback_full.sql", &[]), "done: no tier is applied");
    assert!(baseline == lab.dump());
}

#[test]
fn what_the_binary_exports_runs_with_psql_from_any_folder() {
    let lab = Lab::ratified();
    let baseline = lab.dump();
    let folder = lab.sandbox.work().join("way out");
    let _ = lab.oneroof(["sql", "export"]).argument(&folder).output().expect_success();
    let run = |file: &str, variables: &[&str]| {
        let mut command = lab.psql_command(DATABASE, OWNER);
        command.current_dir("/").args(["--no-psqlrc", "--no-password"]);
        command.args(variables.iter().map(|variable| format!("--set={variable}")));
        command.arg("--file").arg(folder.join(file)).output().unwrap()
    };
    expect_success(&run("sql/prod/99_run_all.sql", &[&format!("ratified_apr={APR}")]), DONE);
    let _ = lab.oneroof(["verify"]).output().expect_success();
    expect_success(&run("sql/prod_rollback/99_rollback_full.sql", &[]), "done: no tier is applied");
    assert!(baseline == lab.dump());
    // The checksums of the export can be checked with sha256sum.
    let mut sums = std::process::Command::new("sha256sum");
    sums.args(["--check", "--quiet", "manifest-sha256.txt"]).current_dir(&folder);
    assert!(sums.status().unwrap().success());
    // The export does not overwrite anything.
    let _ = lab.oneroof(["sql", "export"]).argument(&folder).output().expect_code(2).expect_stdout("is not empty");
}

#[test]
fn one_file_on_standard_input_is_the_whole_release() {
    let (lab, other) = (Lab::ratified(), Lab::ratified());
    let single = lab.oneroof(["sql", "export", "--single"]).output().expect_success().stdout;
    assert!(!single.contains("\\ir "), "the one file includes others");
    let said = lab.try_psql(&format!("\\set ratified_apr {APR}\n{single}")).unwrap();
    assert!(said.ends_with(DONE), "{said}");
    let _ = apply(&other).expect_success();
    assert_eq!(content(&lab), content(&other));
    assert_eq!(fingerprint(&lab), fingerprint(&other));
}

#[test]
fn psql_s_executor_refuses_what_the_binary_refuses() {
    let lab = Lab::new();
    let baseline = lab.dump();
    let refuse = |variables: &[&str], words: &str| {
        let before = lab.dump();
        let output = psql_file(&lab, "sql/prod/99_run_all.sql", variables);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(words), "{words}\n{said}");
        assert!(before == lab.dump(), "{words}");
    };
    let given = format!("ratified_apr={APR}");
    refuse(&[&given], "unmet: gate, apr");
    lab.ratify();
    refuse(&[], "no approval code was given");
    refuse(&["ratified_apr=APR-ANOTHER-1"], "unmet: apr");
    refuse(&["ratified_apr=APR-'; DROP TABLE public.event_outbox; --"], "unmet: apr");
    let mut holder = lab.session();
    holder.run("SELECT pg_advisory_lock(20260603, 1)");
    refuse(&[&given], "another run holds the run lock");
    drop(holder);
    // A second run of the release is not possible either.
    by_psql_when_free(&lab);
    refuse(&[&given], " unmet: ");
    assert_ne!(objects(&lab), "0");
    expect_success(&psql_file(&lab, "sql/prod_rollback/99_rollback_full.sql", &[]), "done: no tier is applied");
    lab.withdraw();
    assert!(baseline == lab.dump());
}

/// Waits until the holder's backend has noticed that its client is gone, then applies the release.
fn by_psql_when_free(lab: &Lab) {
    let mut waiter = lab.session();
    waiter.run("SELECT pg_advisory_lock(20260603, 1)");
    waiter.run("SELECT pg_advisory_unlock(20260603, 1)");
    by_psql(lab);
}

/// A tier that changes settings for its session, as a script made by `pg_dump` does. The table shows what a later tier finds.
const LOUD: Tier = (
    "loud",
    &[
        (
            "up.sql",
            "SET TimeZone = 'Asia/Tokyo'; SET check_function_bodies = off; SET statement_timeout = '1ms'; SET synchronous_commit = off;
            SET default_tablespace = ''; SET lock_timeout = 0; SET standard_conforming_strings = off; SET search_path = '';
            RESET statement_timeout; CREATE TABLE store.loud (a integer); SET statement_timeout = '9min';",
        ),
        ("down.sql", "SET TimeZone = 'Asia/Tokyo'; SET statement_timeout = '1min'; DROP TABLE store.loud; SET search_path = '';"),
    ],
);
const FOUND: Tier = (
    "found",
    &[
        (
            "up.sql",
            "CREATE TABLE store.found AS SELECT name, current_setting(name, true) AS value FROM unnest(ARRAY['TimeZone', \
             'check_function_bodies', 'statement_timeout', 'synchronous_commit', 'lock_timeout', 'standard_conforming_strings', \
             'search_path', 'default_transaction_read_only']) AS name;",
        ),
        ("down.sql", "DROP TABLE store.found;"),
        ("page", "timeout = \"2 min\"\n"),
    ],
);

#[test]
fn a_tier_s_settings_do_not_reach_the_next_tier_and_each_tier_has_its_own_deadline() {
    let stranger = stranger_with("", &[LOUD, FOUND]);
    let before = stranger.dump();
    let found =
        || stranger.shop.sql("SELECT name || ' ' || value FROM store.found WHERE name <> 'lock_timeout' ORDER BY 1");
    let _ = stranger.apply().expect_success();
    let by_binary = found();
    let _ = stranger.rollback().expect_success();
    stranger.psql("prod/99_run_all.sql");
    assert_same(&by_binary, &found());
    for expected in ["statement_timeout 2min", "synchronous_commit on", "standard_conforming_strings on"] {
        assert!(by_binary.contains(expected), "{by_binary}");
    }
    stranger.psql("prod_rollback/99_rollback_full.sql");
    assert_same(&before, &stranger.dump());
}
