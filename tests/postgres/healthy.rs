//! Databases that meet the contract but differ from the lab's. Each is released and rolled back, or a named check stops the release.

use crate::packet::{APR, apply, rollback, standing, unmet_in};
use crate::support::{Lab, OWNER, baseline, programs, repository_text};
use oneroof::testing::lab::{Baseline, Builder};

/// Preflight says GO, and `apply`, `verify`, `scan` and the full rollback succeed. The dump afterwards is the same as before.
#[track_caller]
pub(crate) fn is_released(lab: &Lab, case: &str) {
    let before = lab.dump();
    let _ = lab.oneroof(["preflight", "--ratified-apr", APR]).output().expect_success();
    let _ = apply(lab).expect_success();
    assert_eq!(standing(lab), [1, 2, 3, 4, 5, 6], "{case}");
    let _ = lab.oneroof(["verify"]).output().expect_success();
    let _ = lab.oneroof(["scan"]).output().expect_success();
    let _ = rollback(lab, ["--full"]).expect_success();
    assert!(before == lab.dump(), "{case}: the rollback is not equal");
}

/// Preflight and `apply` say NO-GO and name this check. Nothing is written.
#[track_caller]
pub(crate) fn is_refused(lab: &Lab, case: &str, check: &str) {
    let before = lab.dump();
    let shown = lab.oneroof(["preflight", "--ratified-apr", APR, "--format=json"]).output().expect_code(4).json();
    assert!(unmet_in(&shown).iter().any(|unmet| unmet == check), "{case}: {shown}");
    let _ = apply(lab).expect_code(4).expect_stdout(check).expect_stdout("nothing was changed");
    assert!(before == lab.dump(), "{case}");
}

/// The actual value of a check that only warns, as preflight shows it.
#[track_caller]
fn warning(lab: &Lab, check: &str) -> String {
    let shown = lab.oneroof(["preflight", "--ratified-apr", APR, "--format=json"]).output().expect_success().json();
    let checks = shown["checks"].as_array().unwrap();
    let found = checks.iter().find(|shown| shown["name"] == check).unwrap_or_else(|| panic!("{check} was not made"));
    assert_eq!(found["severity"], "warning");
    found["actual"].as_str().unwrap().to_owned()
}

/// The lab's baseline, in which every text column of these tables has a case-insensitive collation.
fn with_collations(tables: &[&str]) -> Baseline {
    let mut baseline = baseline();
    let text = regex::Regex::new(r#"(?m)^(    "?\w+"? (?:varchar\(255\)|text))"#).unwrap();
    for table in tables {
        let start = baseline.sql.find(&format!("CREATE TABLE public.{table} (")).expect(table);
        let end = start + baseline.sql[start..].find("\n);").unwrap();
        let changed = text.replace_all(&baseline.sql[start..end], "$1 COLLATE public.alike").into_owned();
        assert!(changed.contains("COLLATE"), "{table}");
        baseline.sql.replace_range(start..end, &changed);
    }
    let collation =
        "CREATE COLLATION public.alike (provider = icu, locale = 'und-u-ks-level2', deterministic = false);";
    baseline.sql = format!("{collation}\n{}", baseline.sql);
    baseline
}

fn lab_with(configure: impl FnOnce(Builder) -> Builder) -> Lab {
    let lab = Lab::own(configure);
    lab.ratify();
    lab
}

#[test]
fn columns_with_a_nondeterministic_collation_are_read() {
    let all = [
        "governance_object_ownership",
        "os_proposal_approvals",
        "event_type_registry",
        "event_outbox",
        "governance_ruleset",
        "evolution_snapshots",
        "candidate_scan_run",
        "candidate_scan_state",
        "candidate_scan_object",
        "candidate_scan_cursor",
        "governance_class",
        "governance_object",
        "governance_scope_definition",
    ];
    // The groups hold a class and its objects together: from version 18 on, the two ends of a foreign key must have the same
    // nondeterministic collation.
    let some = [&all[..1], &all[1..2], &all[5..6], &all[10..12], &all[..]];
    for tables in some {
        is_released(&lab_with(|builder| builder.baseline(with_collations(tables))), &tables.join(", "));
    }
}

#[test]
fn a_similar_code_does_not_open_the_gate() {
    let lab = lab_with(|builder| builder.baseline(with_collations(&["os_proposal_approvals"])));
    lab.admin("UPDATE public.os_proposal_approvals SET proposal_code = lower(proposal_code)");
    assert_ne!(
        lab.admin(&format!("SELECT count(*) FROM public.os_proposal_approvals WHERE proposal_code = '{APR}'")),
        "0",
        "the collation takes them for equal"
    );
    let before = lab.dump();
    let _ = apply(&lab).expect_code(4).expect_stdout("no approval ");
    assert!(before == lab.dump());
}

#[test]
fn a_cluster_with_a_turkish_locale_is_released() {
    for locale in ["tr_TR", "az_AZ", "lt_LT"] {
        let lab = lab_with(|builder| builder.initdb(format!("--locale={locale}.UTF-8")));
        assert!(
            lab.admin("SELECT datctype FROM pg_database WHERE datname = current_database()").starts_with(locale),
            "{locale} is missing: .ci/setup makes it"
        );
        is_released(&lab, locale);
    }
}

#[test]
fn a_database_with_a_turkish_icu_locale_is_released() {
    for locale in ["tr-TR", "az"] {
        // Before version 15 the locale of a whole database always comes from the C library.
        let arguments = if programs().version.major < 15 {
            vec![format!("--locale={}.UTF-8", if locale == "az" { "az_AZ" } else { "tr_TR" })]
        } else {
            vec!["--locale-provider=icu".to_owned(), format!("--icu-locale={locale}")]
        };
        let lab = lab_with(|builder| arguments.into_iter().fold(builder, Builder::initdb));
        assert_ne!(lab.admin("SELECT upper('i')"), "I", "{locale}");
        is_released(&lab, locale);
    }
}

/// Allows only one autovacuum worker, because the size of the lock table depends on the number of possible processes.
pub(crate) fn few_autovacuum_workers(builder: Builder) -> Builder {
    let builder = builder.setting("autovacuum_max_workers", "1");
    if programs().version.major >= 18 { builder.setting("autovacuum_worker_slots", "1") } else { builder }
}

/// The smallest server on which the lab works, with this number of locks for each process.
fn small(builder: Builder, locks: u32) -> Builder {
    let few = [("max_connections", "8"), ("max_worker_processes", "1"), ("max_wal_senders", "0")];
    let builder = few.into_iter().fold(builder, |builder, (name, value)| builder.setting(name, value));
    few_autovacuum_workers(builder)
        .setting("superuser_reserved_connections", "1")
        .setting("max_locks_per_transaction", locks.to_string())
}

#[test]
fn a_lock_table_too_small_for_the_rollback_is_named_before_the_first_write() {
    let mut outcomes = Vec::new();
    for locks in [20, 30, 42, 50, 64] {
        let lab = lab_with(|builder| small(builder, locks));
        let preflight = lab.oneroof(["preflight", "--ratified-apr", APR]).output();
        if preflight.code() == Some(0) {
            is_released(&lab, &format!("{locks} locks"));
        } else {
            is_refused(&lab, &format!("{locks} locks"), "server.locks");
        }
        outcomes.push(preflight.code() == Some(0));
    }
    assert_eq!(outcomes.first(), Some(&false));
    assert_eq!(outcomes.last(), Some(&true));
}

#[test]
fn partitions_behind_a_view_and_locks_of_others_count_too() {
    let lab = lab_with(|builder| small(builder, 64));
    is_released(&lab, "as it is");
    let mut other = lab.session();
    other.run("BEGIN");
    other.run("SELECT count(pg_catalog.pg_advisory_xact_lock(i)) FROM pg_catalog.generate_series(1, 200) AS i");
    is_refused(&lab, "locks of another session", "server.locks");
    other.run("ROLLBACK");
    lab.psql(
        "CREATE TABLE public.parted (code text NOT NULL) PARTITION BY LIST (code);
         DO $$ BEGIN FOR i IN 1..200 LOOP EXECUTE format('CREATE TABLE public.part_%s PARTITION OF public.parted FOR VALUES IN (%L)', i, i); END LOOP; END $$;",
    );
    is_released(&lab, "partitions that no seam view reads");
    let view = lab.admin("SELECT pg_get_viewdef('public.v_governance_scope'::regclass)");
    let body = view.trim_end_matches(';');
    lab.psql(&format!(
        "CREATE OR REPLACE VIEW public.v_governance_scope AS SELECT * FROM ({body}) AS s WHERE NOT EXISTS (SELECT FROM public.parted)"
    ));
    is_refused(&lab, "partitions below a seam view", "server.locks");
}

/// A server on which autovacuum starts at once and takes about a minute for the work of a second.
fn with_slow_autovacuum(builder: Builder) -> Builder {
    [
        ("autovacuum_naptime", "1s"),
        ("autovacuum_vacuum_cost_delay", "100ms"),
        ("autovacuum_vacuum_cost_limit", "1"),
        ("autovacuum_vacuum_threshold", "1000"),
        ("autovacuum_analyze_threshold", "1000000"),
        ("autovacuum_freeze_max_age", "100000"),
    ]
    .into_iter()
    .fold(builder, |builder, (name, value)| builder.setting(name, value))
}

/// Fills the table of approvals with unsigned rows, deletes them, and waits until autovacuum works on the table.
fn set_autovacuum_to_work(lab: &Lab) {
    lab.admin(
        "INSERT INTO public.os_proposal_approvals (proposal_code, approval_level)
         SELECT 'APR-OLD-' || i, 'L1' FROM generate_series(1, 60000) AS i",
    );
    lab.admin("DELETE FROM public.os_proposal_approvals WHERE proposal_code LIKE 'APR-OLD-%'");
    let at_work = "SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
        WHERE a.backend_type = 'autovacuum worker' AND l.relation = 'public.os_proposal_approvals'::regclass";
    while lab.admin(at_work) == "0" {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

#[test]
fn autovacuum_of_a_table_that_a_tier_locks_is_cancelled() {
    let lab = lab_with(with_slow_autovacuum);
    set_autovacuum_to_work(&lab);
    let output = apply(&lab).expect_success();
    let shown = "autovacuum, pid ";
    assert!(output.stderr.contains(shown), "the output does not name autovacuum\n{}", output.whole());
    assert_eq!(standing(&lab), [1, 2, 3, 4, 5, 6]);
}

/// The server never cancels an autovacuum against wraparound. The message names it as such and does not advise to end a session.
#[test]
fn autovacuum_to_prevent_wraparound_is_named() {
    let lab = lab_with(with_slow_autovacuum);
    lab.admin("ALTER TABLE public.os_proposal_approvals SET (autovacuum_enabled = off)");
    lab.admin("DO $$ BEGIN FOR i IN 1..110000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$");
    set_autovacuum_to_work(&lab);
    let before = lab.dump();
    let output = lab.oneroof(["apply", "--ratified-apr", APR, "--yes", "--lock-timeout", "2"]).output().expect_code(5);
    let output = output.expect_stdout("autovacuum to prevent wraparound, pid ").expect_stdout("nothing was changed");
    assert!(!output.stdout.contains("end the session"), "{}", output.whole());
    assert!(before == lab.dump());
}

#[test]
fn a_server_without_a_wal_position_is_only_read() {
    let functions = ["pg_current_wal_insert_lsn()", "pg_control_system()", "pg_postmaster_start_time()"];
    let lab = Lab::own(|builder| builder);
    lab.ratify();
    let rename = |from: &str, to: &str| {
        lab.admin(&format!("SET allow_system_table_mods = on; ALTER FUNCTION pg_catalog.{from} RENAME TO {to}"));
    };
    for function in functions {
        let name = function.trim_end_matches("()");
        rename(name, "gone");
        is_refused(&lab, function, "server.answers");
        for verb in ["status", "gate", "fingerprint", "scan"] {
            let _ = lab.oneroof([verb]).output().expect_success();
        }
        rename("gone", name);
        lab.admin(&format!("REVOKE EXECUTE ON FUNCTION pg_catalog.{function} FROM PUBLIC"));
        is_refused(&lab, function, "server.answers");
        let _ = lab.oneroof(["status"]).output().expect_success();
        lab.admin(&format!("GRANT EXECUTE ON FUNCTION pg_catalog.{function} TO PUBLIC"));
    }
    // The rollback writes too, but has no preflight.
    let _ = apply(&lab).expect_success();
    rename("pg_current_wal_insert_lsn", "gone");
    let _ = lab.oneroof(["verify"]).output().expect_success();
    let _ = rollback(&lab, ["--full"]).expect_code(4).expect_stdout("server.answers");
    assert_eq!(standing(&lab), [1, 2, 3, 4, 5, 6]);
    rename("gone", "pg_current_wal_insert_lsn");
    let _ = rollback(&lab, ["--full"]).expect_success();
}

#[test]
fn a_function_behind_a_view_of_the_server_is_named_if_it_may_not_be_called() {
    let lab = Lab::own(|builder| builder);
    lab.ratify();
    let asked = |check: &str| repository_text(&format!("src/packet/given/checks/{check}.sql"));
    // The functions in the definitions of all views that preflight names.
    let behind = lab.admin(&format!(
        "SELECT DISTINCT called.name[1] \
         FROM pg_class AS c CROSS JOIN LATERAL regexp_matches(pg_get_viewdef(c.oid), '\\m(pg_[a-z_]+)\\(', 'g') AS called (name) \
         WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'v' AND strpos($list${}$list$, c.relname) > 0",
        asked("privilege.catalogs")
    ));
    assert!(behind.lines().count() > 3, "{behind}");
    for function in behind.lines() {
        assert!(asked("privilege.functions").contains(function), "{function}");
        let right = |word: &str, to: &str| {
            lab.admin(&format!(
                "DO $$ BEGIN EXECUTE (SELECT '{word} EXECUTE ON FUNCTION ' || f.oid::regprocedure || ' {to} PUBLIC' \
                 FROM pg_proc AS f WHERE f.proname = '{function}'); END $$"
            ));
        };
        right("REVOKE", "FROM");
        for refused in [lab.oneroof(["preflight"]).output(), apply(&lab)] {
            let refused = refused.expect_code(4);
            assert!(refused.whole().contains(function), "{function}: {}", refused.whole());
        }
        right("GRANT", "TO");
    }
    let _ = apply(&lab).expect_success();
}

#[test]
fn only_event_triggers_that_the_release_fires_stop_it() {
    let lab = Lab::ratified();
    lab.admin("CREATE FUNCTION public.seen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'");
    let harmless = [
        "ddl_command_end WHEN TAG IN ('CREATE EXTENSION', 'CREATE INDEX')",
        "ddl_command_start WHEN TAG IN ('ALTER TABLE')",
        "sql_drop WHEN TAG IN ('DROP INDEX')",
        "table_rewrite",
    ];
    for (number, event) in harmless.into_iter().enumerate() {
        lab.admin(&format!("CREATE EVENT TRIGGER harmless_{number} ON {event} EXECUTE FUNCTION public.seen()"));
    }
    if lab.major() >= 17 {
        lab.admin("CREATE EVENT TRIGGER harmless_login ON login EXECUTE FUNCTION public.seen()");
    }
    lab.admin("CREATE EVENT TRIGGER replica ON ddl_command_end EXECUTE FUNCTION public.seen(); ALTER EVENT TRIGGER replica ENABLE REPLICA");
    is_released(&lab, "harmless event triggers");
    for event in [
        "ddl_command_end",
        "ddl_command_start WHEN TAG IN ('CREATE VIEW')",
        "ddl_command_end WHEN TAG IN ('ALTER TABLE', 'COMMENT')",
        "sql_drop",
        "sql_drop WHEN TAG IN ('DROP FUNCTION')",
    ] {
        lab.admin(&format!("CREATE EVENT TRIGGER harmful ON {event} EXECUTE FUNCTION public.seen()"));
        is_refused(&lab, event, "event_triggers");
        lab.admin("DROP EVENT TRIGGER harmful");
    }
    // An event trigger that belongs to an extension, as pgaudit has.
    lab.admin(
        "CREATE EVENT TRIGGER harmful ON ddl_command_end EXECUTE FUNCTION public.seen();
         ALTER EXTENSION plpgsql ADD EVENT TRIGGER harmful",
    );
    assert_eq!(warning(&lab, "event_triggers.extensions"), "harmful (ddl_command_end, of plpgsql)");
    is_released(&lab, "an extension's event trigger");
}

#[test]
fn a_publication_for_all_tables_is_named_before_tables_are_created() {
    let lab = Lab::ratified();
    lab.admin("CREATE PUBLICATION listed FOR TABLE public.system_issues");
    assert_eq!(warning(&lab, "publications"), "none of the new tables");
    lab.admin("CREATE PUBLICATION whole FOR ALL TABLES");
    assert_eq!(warning(&lab, "publications"), "whole (all tables)");
    if lab.major() >= 15 {
        lab.admin("CREATE PUBLICATION schema_wide FOR TABLES IN SCHEMA public");
        lab.admin("CREATE SCHEMA elsewhere; CREATE PUBLICATION beside FOR TABLES IN SCHEMA elsewhere");
        assert_eq!(warning(&lab, "publications"), "schema_wide (schema public), whole (all tables)");
    }
    is_released(&lab, "publications");
}

/// The server sends `INFO` to every client, whatever `client_min_messages` says.
#[test]
fn messages_of_a_module_at_level_info_are_ignored() {
    let lab = Lab::ratified();
    for setting in [
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_level = 'info'",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_nested_statements = on",
        "auto_explain.log_verbose = on",
    ] {
        lab.admin(&format!("LOAD 'auto_explain'; ALTER ROLE {OWNER} SET {setting}"));
    }
    is_released(&lab, "auto_explain at level info");
}

#[test]
fn columns_with_names_of_the_release_and_times_without_zone_change_nothing() {
    let mut changed = baseline();
    let from = "created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP,\n    CONSTRAINT governance_object_ownership_kind_check";
    assert!(changed.sql.contains(from));
    changed.sql = changed.sql.replace(
        from,
        "created_at timestamp,\n    seed text,\n    held text,\n    owned text,\n    CONSTRAINT governance_object_ownership_kind_check",
    );
    let lab = lab_with(|builder| builder.baseline(changed));
    lab.admin(
        "ALTER TABLE public.os_proposal_approvals ADD ospa text, ADD approval text, ADD given text, ADD code text",
    );
    lab.admin("ALTER DATABASE directus SET TimeZone = 'Asia/Kathmandu'");
    is_released(&lab, "names and times");
    let _ = apply(&lab).expect_success();
    let offset = "SELECT round(extract(epoch FROM max(created_at) - (now() AT TIME ZONE 'Asia/Kathmandu')) / 60)
        FROM public.governance_object_ownership";
    assert_eq!(lab.admin(offset).trim_start_matches('-'), "0", "the seed's times are in the database's time zone");
}

#[test]
fn a_role_with_little_memory_and_no_temporary_files_can_release() {
    let lab = Lab::ratified();
    lab.admin(&format!("ALTER ROLE {OWNER} SET temp_file_limit = 0"));
    lab.admin(&format!("ALTER ROLE {OWNER} SET work_mem = '64kB'"));
    is_released(&lab, "no temporary files");
}
