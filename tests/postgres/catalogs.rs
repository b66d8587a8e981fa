//! Catalogs and functions of the server that the role may not read or call. A command that writes is refused by a check's name before the
//! first write. A command that only reads goes on without what it can, and says what is missing and who grants it.

use crate::healthy::{is_refused, is_released};
use crate::packet::{APR, apply, rollback, standing, unmet_in};
use crate::support::{Lab, OWNER, Output, repository_text};

/// The catalogs that the check asks for and that this server has.
fn catalogs(lab: &Lab) -> Vec<String> {
    let check = repository_text("src/packet/given/checks/privilege.catalogs.sql");
    let list = check.split("string_to_array(").nth(1).unwrap().split(", ' ')").next().unwrap();
    let names: Vec<&str> = list.split('\'').skip(1).step_by(2).flat_map(str::split_whitespace).collect();
    let there = format!(
        "SELECT name FROM unnest('{{{}}}'::text[]) AS name WHERE to_regclass('pg_catalog.' || name) IS NOT NULL",
        names.join(",")
    );
    let found: Vec<String> = lab.admin(&there).lines().map(str::to_owned).collect();
    assert!(found.len() > 40, "{found:?}");
    found
}

/// The output names the check and the cure, and a "permission denied" never stands alone.
#[track_caller]
fn is_named(output: &Output, case: &str, catalog: &str) {
    // Long lines are wrapped.
    let whole = output.whole().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        whole.contains(&format!("privilege.catalogs: no SELECT of {catalog}"))
            || whole.contains("privilege.catalogs SELECT no"),
        "{case}: {whole}"
    );
    assert!(whole.contains(&format!("GRANT SELECT ON pg_catalog.{catalog} TO {OWNER}.")), "{case}: {whole}");
    let error = whole.split("error: ").nth(1).unwrap_or_default();
    let names_checks = error.contains("privilege.catalogs") || error.contains(" checks: ");
    assert!(!error.contains("permission denied") || names_checks, "{case}: {whole}");
}

/// The catalogs that every command reads first, and some that only few queries read.
const SOME: [&str; 12] = [
    "pg_class",
    "pg_database",
    "pg_db_role_setting",
    "pg_locks",
    "pg_namespace",
    "pg_settings",
    "pg_roles",
    "pg_rewrite",
    "pg_depend",
    "pg_stat_activity",
    "pg_tablespace",
    "pg_language",
];

/// Runs `case` for each of the catalogs while only a superuser may read it.
fn each_without(lab: &Lab, catalogs: &[impl AsRef<str>], case: impl Fn(&str)) {
    for catalog in catalogs.iter().map(AsRef::as_ref) {
        lab.admin(&format!("REVOKE SELECT ON pg_catalog.{catalog} FROM PUBLIC"));
        case(catalog);
        lab.admin(&format!("GRANT SELECT ON pg_catalog.{catalog} TO PUBLIC"));
    }
}

#[test]
fn a_catalogue_that_may_not_be_read_is_named_before_the_first_write() {
    let lab = Lab::ratified();
    each_without(&lab, &catalogs(&lab), |catalog| is_refused(&lab, catalog, "privilege.catalogs"));
    is_released(&lab, "with all of them");
}

#[test]
fn a_rollback_without_a_catalogue_is_refused_by_name() {
    let lab = Lab::ratified();
    let _ = apply(&lab).expect_success();
    each_without(&lab, &SOME, |catalog| {
        let refused = rollback(&lab, ["--full"]).expect_code(4).expect_stdout("nothing was changed");
        is_named(&refused, "rollback", catalog);
    });
    assert_eq!(standing(&lab), [1, 2, 3, 4, 5, 6]);
    let _ = rollback(&lab, ["--full"]).expect_success();
}

#[test]
fn a_command_that_reads_goes_on_without_a_catalogue_or_names_it() {
    let lab = Lab::ratified();
    let _ = apply(&lab).expect_success();
    let verbs = ["status", "gate", "verify", "fingerprint", "scan"];
    let gone_on = std::cell::RefCell::new(Vec::new());
    each_without(&lab, &SOME, |catalog| {
        for verb in verbs {
            let output = lab.oneroof([verb]).output();
            is_named(&output, verb, catalog);
            if output.code() == Some(0) {
                gone_on.borrow_mut().push(format!("{verb} {catalog}"));
            } else {
                assert!(matches!(output.code(), Some(4 | 5)), "{verb} {catalog}: {}", output.whole());
            }
        }
    });
    let gone_on = gone_on.into_inner();
    for works in [
        "status pg_locks",
        "gate pg_locks",
        "verify pg_locks",
        "fingerprint pg_locks",
        "scan pg_locks",
        "gate pg_class",
    ] {
        assert!(gone_on.iter().any(|done| done == works), "{works} is not among {gone_on:?}");
    }
    for verb in verbs {
        let _ = lab.oneroof([verb]).output().expect_success();
    }
}

#[test]
fn a_language_that_may_not_be_used_is_named_by_every_command() {
    let lab = Lab::ratified();
    lab.admin("REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC");
    let is_told = |shown: &str| {
        is_refused(&lab, shown, "privilege.language");
        for verb in ["status", "gate", "verify", "fingerprint"] {
            let output = lab.oneroof([verb]).output().expect_stdout("privilege.language");
            assert!(output.stdout.contains(shown) && matches!(output.code(), Some(0 | 4 | 5)), "{}", output.whole());
        }
    };
    is_told("no USAGE of plpgsql");
    lab.admin("GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC");
    is_released(&lab, "with the language");
    let _ = apply(&lab).expect_success();
    lab.admin("REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC");
    let _ = rollback(&lab, ["--full"]).expect_code(4).expect_stdout("GRANT USAGE ON LANGUAGE plpgsql TO");
    lab.admin("GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC");
    assert_eq!(standing(&lab), [1, 2, 3, 4, 5, 6]);
}

/// A catalog that the identity needs hides no other missing right.
#[test]
fn several_missing_rights_are_named_at_once() {
    let lab = Lab::ratified();
    lab.admin("REVOKE SELECT ON pg_catalog.pg_locks FROM PUBLIC; REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC");
    lab.admin("REVOKE EXECUTE ON FUNCTION pg_catalog.pg_control_system() FROM PUBLIC");
    let refused = apply(&lab).expect_code(4).expect_stdout("nothing was changed");
    for check in ["privilege.catalogs", "privilege.language", "privilege.functions", "server.answers"] {
        assert!(refused.stdout.contains(check), "{check}: {}", refused.whole());
    }
}

/// The role of the run counts, and not the role that logs in.
#[test]
fn the_role_of_the_run_needs_the_right() {
    let lab = Lab::ratified();
    lab.admin(&format!("CREATE ROLE clerk LOGIN; GRANT {OWNER} TO clerk; REVOKE SELECT ON pg_catalog.pg_am FROM PUBLIC; GRANT SELECT ON pg_catalog.pg_am TO clerk"));
    let arguments = ["apply", "--ratified-apr", APR, "--yes", "--username", "clerk", "--role", OWNER];
    let _ = lab
        .oneroof(arguments)
        .output()
        .expect_code(4)
        .expect_stdout("no SELECT of pg_am")
        .expect_stdout(&format!("TO {OWNER}."));
    lab.admin(&format!("GRANT SELECT ON pg_catalog.pg_am TO {OWNER}"));
    let _ = lab.oneroof(arguments).output().expect_success();
}

#[test]
fn a_role_that_the_login_may_not_set_is_named() {
    let lab = Lab::new();
    lab.admin("CREATE ROLE stranger");
    for (role, actual, cure) in [
        ("nosuch", "no role nosuch".to_owned(), "Give a role of this server with --role.".to_owned()),
        ("stranger", format!("{OWNER} is not a member of stranger"), format!("GRANT stranger TO {OWNER}.")),
    ] {
        for verb in ["status", "gate", "verify", "fingerprint", "scan"] {
            let refused = lab.oneroof([verb, "--role", role]).output().expect_code(5);
            let _ = refused.expect_stdout(&format!("privilege.role: {actual}")).expect_stdout(&cure);
        }
        let refused = lab.oneroof(["apply", "--ratified-apr", APR, "--yes", "--role", role]).output().expect_code(4);
        let _ = refused.expect_stdout("unmet: privilege.role").expect_stdout(&cure);
    }
}

#[test]
fn a_function_that_may_not_be_called_is_named_by_every_command_that_writes() {
    let lab = Lab::ratified();
    let functions = [
        "pg_get_viewdef(oid)",
        "pg_xact_status(xid8)",
        "to_jsonb(anyelement)",
        "pg_try_advisory_lock(integer, integer)",
    ];
    let without = |function: &str, case: &dyn Fn()| {
        lab.admin(&format!("REVOKE EXECUTE ON FUNCTION pg_catalog.{function} FROM PUBLIC"));
        case();
        lab.admin(&format!("GRANT EXECUTE ON FUNCTION pg_catalog.{function} TO PUBLIC"));
    };
    for function in functions {
        without(function, &|| {
            let _ =
                apply(&lab).expect_code(4).expect_stdout("privilege.functions").expect_stdout("nothing was changed");
        });
    }
    let _ = apply(&lab).expect_success();
    for function in functions {
        without(function, &|| {
            let _ = rollback(&lab, ["--full"])
                .expect_code(4)
                .expect_stdout("privilege.functions")
                .expect_stdout("nothing was changed");
        });
    }
    assert_eq!(standing(&lab), [1, 2, 3, 4, 5, 6]);
    let _ = rollback(&lab, ["--full"]).expect_success();
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
        let shown = lab.oneroof(["preflight", "--ratified-apr", APR, "--format=json"]).output().expect_code(4).json();
        assert_eq!(unmet_in(&shown), ["privilege.functions"], "{shown}");
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
