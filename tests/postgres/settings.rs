//! Settings of the role or the database, and objects that shadow a name. Either the release is the same, or preflight says NO-GO and names
//! the setting.

use std::sync::OnceLock;

use crate::executors::{by_psql, content, expect_success};
use crate::packet::{APR, apply, file_of, psql_file, rollback, standing, transaction, unmet, unmet_in};
use crate::server_facts::STRAY;
use crate::support::{Lab, OWNER, Trouble as _};

/// The content after a release without unusual settings.
fn golden() -> &'static str {
    static GOLDEN: OnceLock<String> = OnceLock::new();
    GOLDEN.get_or_init(|| {
        let lab = Lab::ratified();
        let _ = apply(&lab).expect_success();
        content(&lab)
    })
}

/// A separate server, because roles belong to the whole server.
fn lab_with(settings: &[&str]) -> Lab {
    let lab = Lab::own(|builder| builder);
    lab.ratify();
    for setting in settings {
        lab.admin(setting);
    }
    lab
}

/// Applies the release and rolls it back with these settings, first with the binary and then with psql. The rows must be the usual ones, and
/// the dump after the rollback must be the same as before.
fn changes_nothing(settings: &[&str]) {
    let lab = lab_with(settings);
    let baseline = lab.dump();
    let _ = lab.oneroof(["apply", "--dry-run", "--with-rollback", "--ratified-apr", APR]).output().expect_success();
    assert!(baseline == lab.dump());
    let _ = apply(&lab).expect_success();
    assert_eq!(standing(&lab), [1, 2, 3, 4, 5, 6]);
    let _ = lab.oneroof(["verify"]).output().expect_success();
    assert_eq!(golden(), content(&lab));
    let _ = rollback(&lab, ["--full"]).expect_success();
    assert!(baseline == lab.dump());
    by_psql(&lab);
    assert_eq!(standing(&lab), [1, 2, 3, 4, 5, 6]);
    assert_eq!(golden(), content(&lab));
    let _ = lab.oneroof(["verify"]).output().expect_success();
    expect_success(&psql_file(&lab, "sql/prod_rollback/99_rollback_full.sql", &[]), "done: no tier is applied");
    assert!(baseline == lab.dump());
}

#[test]
fn odd_formats_set_for_the_role_or_the_database_change_nothing() {
    changes_nothing(&[
        "ALTER ROLE workflow_admin SET DateStyle = 'German, DMY'",
        "ALTER ROLE workflow_admin SET IntervalStyle = 'sql_standard'",
        "ALTER ROLE workflow_admin SET TimeZone = 'Asia/Kathmandu'",
        "ALTER ROLE workflow_admin SET bytea_output = 'escape'",
        "ALTER ROLE workflow_admin SET extra_float_digits = -15",
        "ALTER ROLE workflow_admin SET standard_conforming_strings = off",
        "ALTER ROLE workflow_admin SET backslash_quote = on",
        "ALTER ROLE workflow_admin SET escape_string_warning = off",
        "ALTER ROLE workflow_admin SET array_nulls = off",
        "ALTER ROLE workflow_admin SET quote_all_identifiers = on",
        "ALTER ROLE workflow_admin SET transform_null_equals = on",
        "ALTER ROLE workflow_admin SET xmloption = 'document'",
        "ALTER DATABASE directus SET client_min_messages = 'error'",
        "ALTER DATABASE directus SET lc_messages = 'C'",
        "ALTER DATABASE directus SET default_text_search_config = 'pg_catalog.german'",
    ]);
}

#[test]
fn odd_transactions_plans_and_timeouts_set_for_the_role_change_nothing() {
    changes_nothing(&[
        "ALTER ROLE workflow_admin SET default_transaction_isolation = 'serializable'",
        "ALTER ROLE workflow_admin SET default_transaction_deferrable = on",
        "ALTER ROLE workflow_admin SET statement_timeout = 1",
        "ALTER ROLE workflow_admin SET lock_timeout = 1",
        "ALTER ROLE workflow_admin SET idle_in_transaction_session_timeout = 1",
        "ALTER ROLE workflow_admin SET synchronous_commit = off",
        "ALTER ROLE workflow_admin SET row_security = off",
        "ALTER ROLE workflow_admin SET check_function_bodies = off",
        "ALTER ROLE workflow_admin SET exit_on_error = on",
        "ALTER ROLE workflow_admin SET restrict_nonsystem_relation_kind = 'view, foreign-table'",
        "ALTER ROLE workflow_admin SET plan_cache_mode = 'force_generic_plan'",
        "ALTER ROLE workflow_admin SET jit = on",
        "ALTER ROLE workflow_admin SET jit_above_cost = 0",
        "ALTER ROLE workflow_admin SET enable_hashjoin = off",
        "ALTER ROLE workflow_admin SET enable_sort = off",
        "ALTER ROLE workflow_admin SET work_mem = '64kB'",
        "ALTER ROLE workflow_admin SET track_counts = off",
        "ALTER ROLE workflow_admin SET cursor_tuple_fraction = 0.0",
    ]);
}

/// If parallel plans cost nothing, the server starts workers for every query. For the queries of the checks, that takes twenty times as long.
#[test]
fn low_costs_of_parallel_plans_start_no_workers() {
    let lab = Lab::own(|builder| builder.setting("log_min_messages", "debug1"));
    lab.ratify();
    for setting in [
        "parallel_setup_cost = 0",
        "parallel_tuple_cost = 0",
        "min_parallel_table_scan_size = 0",
        "min_parallel_index_scan_size = 0",
    ] {
        lab.admin(&format!("ALTER ROLE {OWNER} SET {setting}"));
    }
    let started = || lab.cluster().log().matches("\"parallel worker for PID").count();
    lab.psql("SELECT count(*) FROM pg_catalog.pg_attribute");
    let before = started();
    assert!(before > 0, "the server starts no workers");
    let _ = apply(&lab).expect_success();
    let _ = lab.oneroof(["verify"]).output().expect_success();
    let _ = rollback(&lab, ["--full"]).expect_success();
    by_psql(&lab);
    expect_success(&psql_file(&lab, "sql/prod_rollback/99_rollback_full.sql", &[]), "done: no tier is applied");
    assert_eq!(started(), before);
}

/// The server may end the session just when the first query is sent, and its reason is then lost. On a busy machine that happened to every
/// third session.
#[test]
fn a_session_that_a_timeout_of_a_millisecond_ends_is_opened_every_time() {
    let lab = Lab::ratified();
    let known = |(_, since): &(&str, u32)| lab.major() >= *since;
    let timeouts = [
        ("ALTER ROLE workflow_admin SET statement_timeout = 1; ALTER ROLE workflow_admin SET exit_on_error = on", 13),
        ("ALTER ROLE workflow_admin SET idle_session_timeout = 1", 14),
        ("ALTER ROLE workflow_admin SET transaction_timeout = 1", 17),
    ];
    for (timeout, _) in timeouts.into_iter().filter(known) {
        lab.admin(timeout);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..12 {
                        let _ = lab.oneroof(["gate"]).output().expect_success();
                    }
                });
            }
        });
    }
    // All of them together.
    let _ = apply(&lab).expect_success();
    let _ = rollback(&lab, ["--full"]).expect_success();
}

/// A schema that comes first in the `search_path` and has objects with the names that the release uses, and an operator `=` that is always
/// true.
const MALICE: [&str; 9] = [
    "CREATE SCHEMA malice",
    "GRANT USAGE ON SCHEMA malice TO PUBLIC",
    "CREATE FUNCTION malice.yes(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'",
    "CREATE OPERATOR malice.= (FUNCTION = malice.yes, LEFTARG = text, RIGHTARG = text)",
    "CREATE FUNCTION malice.current_database() RETURNS name LANGUAGE sql AS 'SELECT pg_catalog.name(''other'')'",
    "CREATE FUNCTION malice.count(text) RETURNS bigint LANGUAGE sql AS 'SELECT 99::bigint'",
    "CREATE VIEW malice.os_proposal_approvals AS SELECT 'APR-FORGED-1'::text AS proposal_code, 'L2'::text AS approval_level,
         'x'::text AS approved_by, 'y'::text AS signature_ref, now() AS approved_at",
    "CREATE VIEW malice.pg_class AS SELECT * FROM pg_catalog.pg_class WHERE false",
    "CREATE FUNCTION public.lower(varchar) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''shadowed''::text'",
];

#[test]
fn a_schema_in_the_search_path_that_shadows_everything_changes_nothing() {
    let mut settings = MALICE.to_vec();
    settings.push("ALTER ROLE workflow_admin SET search_path = malice, public, pg_catalog");
    settings.push("GRANT SELECT ON ALL TABLES IN SCHEMA malice TO PUBLIC");
    changes_nothing(&settings);
}

#[test]
fn a_shadow_opens_no_gate() {
    let lab = lab_with(&MALICE);
    lab.admin("ALTER ROLE workflow_admin SET search_path = malice, public, pg_catalog");
    lab.withdraw();
    let closed = lab.dump();
    for apr in [APR, "APR-FORGED-1"] {
        let output = lab.oneroof(["apply", "--yes", "--format=json", "--ratified-apr", apr]).output().expect_code(3);
        assert_eq!(unmet_in(&output.json()), ["gate", "apr"]);
    }
    // psql runs a tier in a session that has temporary tables with the same names.
    let shadow = format!(
        "CREATE TEMP TABLE os_proposal_approvals AS SELECT '{APR}'::text AS proposal_code, 'L2'::text AS approval_level,
             'x'::text AS approved_by, 'y'::text AS signature_ref, now() AS approved_at;
         CREATE TEMP TABLE pg_class AS SELECT * FROM pg_catalog.pg_class WHERE false;
         CREATE TEMP TABLE pg_trigger AS SELECT * FROM pg_catalog.pg_trigger WHERE false;"
    );
    for number in 1..=6 {
        let named = unmet(lab.try_psql(&format!("{shadow}{}", transaction(&file_of(number)))));
        assert!(named.contains(&"gate".to_owned()), "tier {number}: {named:?}");
    }
    assert!(closed == lab.dump());
    // With the gate open the shadowing objects do no harm either.
    lab.ratify();
    for number in 1..=6 {
        lab.psql(&format!("{shadow}{}", transaction(&file_of(number))));
    }
    assert_eq!(standing(&lab), [1, 2, 3, 4, 5, 6]);
    assert_eq!(golden(), content(&lab));
}

#[test]
fn a_setting_that_changes_what_sql_means_is_a_no_go_with_its_name() {
    let lab = lab_with(&[]);
    for (name, setting, reset) in [
        (
            "server.settings",
            "ALTER ROLE workflow_admin SET session_replication_role = 'replica'",
            "session_replication_role",
        ),
        (
            "server.writable",
            "ALTER ROLE workflow_admin SET default_transaction_read_only = on",
            "default_transaction_read_only",
        ),
    ] {
        lab.admin(setting);
        let before = lab.dump();
        let report = lab.oneroof(["preflight", "--ratified-apr", APR, "--format=json"]).output().expect_code(4).json();
        assert_eq!(unmet_in(&report), [name], "{setting}");
        let _ = apply(&lab).expect_code(4).expect_stdout(name).expect_stdout("nothing was changed");
        assert!(before == lab.dump(), "{setting}");
        lab.admin(&format!("ALTER ROLE workflow_admin RESET {reset}"));
    }
    let _ = apply(&lab).expect_success();
}

/// The program sets the settings that the release's SQL reads. Values that somebody set for the role or the database have no effect.
#[test]
fn settings_of_the_release_left_for_the_role_or_the_database_open_nothing() {
    let lab = lab_with(&[
        "ALTER DATABASE directus SET oneroof.mode = 'clone'",
        "ALTER ROLE workflow_admin SET oneroof.ratified_apr = 'APR-BOOT-AUTHMODEL-1'",
        "ALTER DATABASE directus SET oneroof.release_digest = 'sha256:0000000000000000000000000000000000000000000000000000000000000000'",
        "ALTER ROLE workflow_admin SET oneroof.backup_ref = 'somebody said so'",
    ]);
    let report = lab.oneroof(["preflight", "--format=json"]).output().expect_success().json();
    let warned = |name: &str| {
        let checks = report["checks"].as_array().unwrap();
        checks.iter().any(|check| check["name"] == name && check["ok"] == false && check["severity"] == "warning")
    };
    assert!(warned("apr") && warned("backup"), "{report}");
    lab.withdraw();
    let closed = lab.dump();
    let _ = apply(&lab).expect_code(3);
    for number in 1..=6 {
        let named = unmet(lab.try_psql(&transaction(&file_of(number))));
        assert!(named.contains(&"gate".to_owned()), "tier {number} in clone mode: {named:?}");
    }
    assert!(closed == lab.dump());
}

#[test]
fn settings_of_our_own_queries_left_for_the_role_hide_nothing() {
    let lab = lab_with(&[]);
    let outbox = lab.admin("SELECT 'public.event_outbox'::regclass::oid");
    lab.admin(STRAY);
    lab.admin(
        "CREATE OR REPLACE VIEW public.v_governance_scope AS
             SELECT s.code AS scope_code, s.title, s.sort FROM public.governance_scope_definition AS s WHERE public.stray()",
    );
    // Maps the name of the outbox to a table that the tier may write, to hide a lock on the outbox.
    let names = format!(r#"{{"{outbox}": "public.oneroof_axis"}}"#);
    for value in ["[]", "database", ""] {
        for name in ["structure_scope", "governed", "packet", "relations", "clone_name", "pins", "lock_ms", "before"] {
            lab.admin(&format!("ALTER ROLE workflow_admin SET oneroof.{name} = '{value}'"));
        }
        lab.admin(&format!("ALTER DATABASE directus SET oneroof.relation_names = '{names}'"));
        let before = lab.dump();
        let refused = apply(&lab).expect_code(5).expect_stdout("event_outbox");
        assert!(before == lab.dump(), "{}", refused.whole());
        let now = lab.oneroof(["fingerprint", "--format=json"]).output().expect_success().json();
        let structure = now["result"]["fingerprint"]["now"]["structure"].as_object().unwrap();
        assert!(structure.len() > 100, "{} facts with {value:?}", structure.len());
        let content = now["result"]["fingerprint"]["now"]["content"].as_object().unwrap();
        assert!(content.len() > 8, "{content:?}");
    }
}

#[test]
fn a_release_run_by_a_superuser_in_another_role_is_that_roles() {
    let lab = Lab::ratified();
    let administrator = lab.administrator().to_owned();
    let as_administrator = |words: &[&str]| {
        lab.oneroof(words).arguments(["--role", OWNER]).variable("PGUSER", &administrator).output().expect_success()
    };
    let _ = as_administrator(&["apply", "--ratified-apr", APR, "--yes"]);
    let owners = "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relname ~ '^(v_)?oneroof_'";
    assert_eq!(lab.psql(owners), OWNER);
    let _ = as_administrator(&["rollback", "--full", "--yes"]);
    assert_eq!(standing(&lab), Vec::<u8>::new());
    // If the login role is not a member of the role, the run ends before it begins anything.
    let refused = lab.oneroof(["status", "--role", &administrator]).output();
    assert_ne!(refused.code(), Some(0), "{}", refused.whole());
}
