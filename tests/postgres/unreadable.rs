//! A catalog that the role may not read is named by a check before the first write, whichever it is. Commands that only read go on if they
//! can, and name the catalog if they cannot.

use crate::packet::{APR, apply, unmet_in};
use crate::support::{Lab, repository_text};
use regex::Regex;

/// The catalogs that every command reads before its first check.
const FIRST: [&str; 6] = ["pg_class", "pg_database", "pg_db_role_setting", "pg_locks", "pg_namespace", "pg_settings"];

/// The catalogs that the packet's check names.
fn catalogs() -> Vec<String> {
    let text = repository_text("src/packet/given/checks/privilege.catalogs.sql");
    let list = text.split("string_to_array(").nth(1).unwrap().split("' ')").next().unwrap().to_owned();
    let names = Regex::new(r"pg_[a-z_]+").unwrap();
    names.find_iter(&list).map(|name| name.as_str().to_owned()).collect()
}

/// Runs the commands while nobody but superusers may read the catalog.
fn without(lab: &Lab, catalog: &str, run: impl FnOnce()) {
    lab.admin(&format!("REVOKE SELECT ON pg_catalog.{catalog} FROM PUBLIC"));
    run();
    lab.admin(&format!("GRANT SELECT ON pg_catalog.{catalog} TO PUBLIC"));
}

#[test]
fn a_catalog_that_may_not_be_read_is_named_by_a_check_whichever_it_is() {
    let lab = Lab::own(|builder| builder);
    lab.ratify();
    let before = lab.dump();
    let catalogs = catalogs();
    assert!(catalogs.len() > 45, "{catalogs:?}");
    for catalog in &catalogs {
        without(&lab, catalog, || {
            let told =
                lab.oneroof(["preflight", "--ratified-apr", APR, "--format=json"]).output().expect_code(4).json();
            let unmet = unmet_in(&told);
            let is_named = |check: &String| check == "privilege.catalogs" || check == "server.answers";
            assert!(unmet.iter().any(is_named), "{catalog}: {unmet:?}");
            let checks = told["checks"].as_array().unwrap();
            let named =
                |check: &&serde_json::Value| check["actual"].as_str().unwrap_or_default().contains(catalog.as_str());
            assert!(checks.iter().any(|check| named(&check)), "{catalog}: {told}");
        });
    }
    assert!(before == lab.dump());
    let _ = apply(&lab).expect_success();
}

#[test]
fn without_a_catalog_that_is_read_first_nothing_is_written_and_what_can_be_read_is_read() {
    let lab = Lab::own(|builder| builder);
    lab.ratify();
    let before = lab.dump();
    for catalog in FIRST {
        without(&lab, catalog, || {
            let refused = apply(&lab).expect_code(4).expect_stdout("unmet: server.answers").expect_stdout(catalog);
            let _ = refused.expect_stdout("nothing was changed").expect_stdout("SELECT on the catalogs");
            for verb in ["status", "gate", "fingerprint"] {
                let output = lab.oneroof([verb]).output();
                assert!(output.code() == Some(0) || output.stdout.contains(catalog), "{catalog}: {}", output.whole());
            }
        });
    }
    without(&lab, "pg_locks", || {
        for verb in ["status", "gate", "fingerprint", "scan"] {
            let _ = lab.oneroof([verb]).output().expect_success();
        }
    });
    assert!(before == lab.dump());
    let _ = apply(&lab).expect_success();
    without(&lab, "pg_locks", || {
        let _ = lab.oneroof(["rollback", "--full", "--yes"]).output().expect_code(4).expect_stdout("server.answers");
        let _ = lab.oneroof(["verify"]).output().expect_success();
    });
    assert_eq!(lab.count("public.governance_object_ownership"), 30);
}

#[test]
fn a_role_that_may_not_use_plpgsql_is_told_so_by_a_check() {
    let lab = Lab::own(|builder| builder);
    lab.ratify();
    let before = lab.dump();
    for (take, give) in [
        ("REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC", "GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC"),
        ("ALTER LANGUAGE plpgsql RENAME TO other", "ALTER LANGUAGE other RENAME TO plpgsql"),
    ] {
        lab.admin(take);
        let told = lab.oneroof(["preflight", "--ratified-apr", APR, "--format=json"]).output().expect_code(4).json();
        assert_eq!(unmet_in(&told), ["server.answers"], "{told}");
        let refused = apply(&lab).expect_code(4).expect_stdout("no language plpgsql");
        let _ = refused.expect_stdout("nothing was changed").expect_stdout("USAGE on the language");
        let status = lab.oneroof(["status"]).output().expect_code(5).expect_stdout("language");
        let _ = status.expect_stdout("next: oneroof preflight");
        lab.admin(give);
    }
    assert!(before == lab.dump());
    let _ = apply(&lab).expect_success();
}

#[test]
fn a_function_that_the_server_lacks_is_named_before_the_first_write() {
    let lab = Lab::own(|builder| builder);
    lab.ratify();
    let before = lab.dump();
    let rename = |from: &str, to: &str| {
        lab.admin(&format!(
            "SET allow_system_table_mods = on; UPDATE pg_catalog.pg_proc SET proname = '{to}' WHERE proname = '{from}' AND pronamespace = 'pg_catalog'::regnamespace"
        ));
    };
    for function in [
        "pg_xact_status",
        "pg_relation_filenode",
        "pg_current_snapshot",
        "pg_current_xact_id",
        "pg_snapshot_xmax",
        "pg_get_statisticsobjdef",
        "sha256",
    ] {
        rename(function, "gone");
        let told = lab.oneroof(["preflight", "--ratified-apr", APR, "--format=json"]).output().expect_code(4).json();
        assert_eq!(unmet_in(&told), ["privilege.functions"], "{told}");
        let _ = apply(&lab).expect_code(4).expect_stdout("privilege.functions").expect_stdout("nothing was changed");
        rename("gone", function);
    }
    // Without this function only the evidence has less, so the release goes on.
    rename("pg_current_wal_flush_lsn", "gone");
    let _ = apply(&lab).expect_success();
    let _ = lab.oneroof(["rollback", "--full", "--yes"]).output().expect_success();
    rename("gone", "pg_current_wal_flush_lsn");
    assert!(before == lab.dump());
}
