//! The packet's files, run with psql alone, and what the binary reports about them.

use std::sync::OnceLock;

use oneroof::testing::release::{Release, Tier};

use crate::support::{DATABASE, Lab, OWNER, Output, exported, exported_text};

/// The approval code that the lab uses.
pub(crate) const APR: &str = "APR-BOOT-AUTHMODEL-1";

/// The release that the program carries.
pub(crate) fn release() -> &'static Release {
    static RELEASE: OnceLock<Release> = OnceLock::new();
    RELEASE.get_or_init(|| Release::embedded().unwrap())
}

pub(crate) fn tier(number: u8) -> &'static Tier {
    release().descriptor.tiers.iter().find(|tier| tier.number == number).unwrap()
}

/// The SQL file of a tier.
pub(crate) fn file_of(number: u8) -> String {
    exported_text(&format!("sql/{}", tier(number).file))
}

/// The SQL file of a tier's rollback.
pub(crate) fn rollback_of(number: u8) -> String {
    exported_text(&format!("sql/{}", tier(number).rollback))
}

/// A tier's file with further statements between its body and its assertions.
pub(crate) fn file_with_stray(number: u8, stray: &str) -> String {
    let file = file_of(number);
    let (before, after) = file.split_once("-- oneroof:assert\n").unwrap();
    format!("{before}{stray};\n-- oneroof:assert\n{after}")
}

/// SQL in one transaction, with the approval code set.
pub(crate) fn transaction(sql: &str) -> String {
    format!("SET oneroof.ratified_apr = '{APR}';\nBEGIN;\n{sql}\nCOMMIT;\n")
}

/// Applies tiers 1 to `top` with psql alone, each in a separate transaction.
#[track_caller]
pub(crate) fn stand(lab: &Lab, top: u8) {
    let all: String = (1..=top).map(|number| transaction(&file_of(number))).collect();
    if top > 0 {
        lab.psql(&all);
    }
}

/// Applies one more tier, as [`stand`] does.
#[track_caller]
pub(crate) fn stand_next(lab: &Lab, number: u8) {
    lab.psql(&transaction(&file_of(number)));
}

/// The names of the unmet checks in psql's error message.
#[track_caller]
pub(crate) fn unmet(refused: Result<String, String>) -> Vec<String> {
    let said = refused.expect_err("psql must refuse");
    let last = said.lines().find(|line| line.contains("ERROR:  ") && line.contains(" unmet: "));
    let last = last.unwrap_or_else(|| panic!("no check is named as unmet:\n{said}"));
    let (_, names) = last.split_once(" unmet: ").unwrap();
    names.split(", ").map(str::to_owned).collect()
}

/// The names of the unmet checks in a JSON report.
pub(crate) fn unmet_in(report: &serde_json::Value) -> Vec<String> {
    let checks = report["checks"].as_array().cloned().unwrap_or_default();
    let stops = |check: &serde_json::Value| check["ok"] == false && check["severity"] != "warning";
    checks.iter().filter(|check| stops(check)).filter_map(|check| check["name"].as_str().map(str::to_owned)).collect()
}

/// `apply`, confirmed by `--yes`.
pub(crate) fn apply(lab: &Lab) -> Output {
    lab.oneroof(["apply", "--ratified-apr", APR, "--yes"]).output()
}

/// `rollback` of a scope, confirmed by `--yes`.
pub(crate) fn rollback<const N: usize>(lab: &Lab, scope: [&str; N]) -> Output {
    lab.oneroof(["rollback", "--yes", "--no-rehearsal"]).arguments(scope).output()
}

/// The applied tiers, as `status` reports them.
#[track_caller]
pub(crate) fn standing(lab: &Lab) -> Vec<u8> {
    standing_as(lab, OWNER)
}

/// As [`standing`], for another role.
#[track_caller]
pub(crate) fn standing_as(lab: &Lab, role: &str) -> Vec<u8> {
    let status = lab.oneroof(["status", "--format", "json"]).variable("PGUSER", role).output().expect_success().json();
    serde_json::from_value(status["effect"]["applied"].clone()).unwrap()
}

/// The number of tables, views and functions of the packet, counted by the administrator in the catalog.
#[track_caller]
pub(crate) fn objects(lab: &Lab) -> String {
    lab.admin(
        "SELECT (SELECT count(*) FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')
                 AND c.relname ~ '^(v_)?oneroof_')
              + (SELECT count(*) FROM pg_proc p WHERE p.proname = 'fn_oneroof_scan')",
    )
}

/// Runs psql's file for the whole release or the full rollback, as a person does, from another folder.
#[track_caller]
pub(crate) fn psql_file(lab: &Lab, file: &str, variables: &[&str]) -> std::process::Output {
    let mut command = lab.psql_command(DATABASE, OWNER);
    command.current_dir("/").args(["--no-psqlrc", "--no-password"]);
    for variable in variables {
        command.arg(format!("--set={variable}"));
    }
    // psql ends without waiting for its backend, which may hold the run lock a little longer.
    command.env("PGAPPNAME", "a psql of the tests").arg("--file").arg(exported(file));
    let output = command.output().unwrap();
    let backends = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'a psql of the tests'";
    while lab.admin(backends) != "0" {}
    output
}
