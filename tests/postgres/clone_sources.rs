//! Sources of a clone that differ from the lab's usual database: already released, with settings, with many tables, with a cursor of
//! another name, or with objects that the role may not read.

use crate::clone::{NAME, clone, databases, lab, stage};
use crate::healthy::few_autovacuum_workers;
use crate::packet::{apply, rollback};
use crate::support::{DATABASE, Lab, OWNER};

/// Views that a server prints differently after a restore. They have constants without a column name, in a branch of a UNION and inside a
/// condition.
const RESTORED_OTHERWISE: &str = r#"
    CREATE VIEW public.in_a_branch AS SELECT * FROM (
        SELECT 'a' AS word, 1 AS number, NULL AS nothing UNION ALL SELECT 'b', -1, 'c' UNION SELECT 'it''s, AS text', 2, NULL) AS found;
    CREATE VIEW public.in_a_condition AS SELECT i.id FROM public.system_issues AS i
        WHERE EXISTS (SELECT 'x') AND (1, 'a') IN (SELECT -1, 'b' UNION SELECT 2, NULL);
    CREATE VIEW public.of_many_types AS SELECT * FROM (
        SELECT '2020-01-01'::date AS a, '{a}'::text[] AS b, '1'::numeric(3,1) AS c, '1'::float8 AS d, 'a'::varchar(3) AS e,
            'x'::char(3) AS f, '12:00'::time AS g, '2020-01-01'::timestamptz AS h, '{}'::jsonb AS i, 'x' COLLATE pg_catalog."C" AS j
        UNION ALL SELECT '2020-01-02', '{b}', '2', '2', 'b', 'y', '13:00', '2020-01-02', '[]', 'y' COLLATE pg_catalog."C"
        UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) AS found;
    CREATE MATERIALIZED VIEW public.kept AS SELECT * FROM (SELECT 'a' AS word UNION SELECT 'b') AS found;
"#;

/// Creates the clone, which must be equal to the source, and runs its stages if `and_run` is set.
#[track_caller]
fn is_cloned(lab: &Lab, and_run: bool) -> serde_json::Value {
    let made = clone(lab, &["create"]).output().expect_success().json();
    assert_eq!(stage(&made, "fidelity")["passed"], true, "{made}");
    if and_run {
        let run = clone(lab, &["run"]).output().expect_success().json();
        for name in ["baseline", "A", "B", "C", "D", "E", "F"] {
            assert_eq!(stage(&run, name)["passed"], true, "{name}: {run}");
        }
    }
    made
}

#[track_caller]
fn drop_clone(lab: &Lab) {
    let _ = clone(lab, &["drop"]).output().expect_success();
}

#[test]
fn a_released_source_and_views_that_a_restore_prints_otherwise_are_cloned() {
    let lab = lab();
    lab.ratify();
    lab.psql(RESTORED_OTHERWISE);
    let _ = apply(&lab).expect_success();
    let before = lab.dump();
    is_cloned(&lab, false);
    let printed = "SELECT md5(string_agg(pg_get_viewdef(oid), ',' ORDER BY relname)) FROM pg_class
        WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace";
    assert_ne!(
        lab.admin(printed),
        lab.psql_in(NAME, lab.administrator(), printed),
        "no view is printed differently after the restore"
    );
    assert!(before == lab.dump());
    // A changed constant in such a view is still a difference.
    let views = "CREATE OR REPLACE VIEW public.in_a_branch AS SELECT * FROM (
        SELECT 'a' AS word, 1 AS number, NULL AS nothing UNION ALL SELECT 'b', -1, 'd' UNION SELECT 'it''s, AS text', 2, NULL) AS found";
    lab.psql(views);
    let run = clone(&lab, &["run"]).output().json();
    assert!(run["error"]["message"].as_str().unwrap().contains("is already on the clone"), "{run}");
    drop_clone(&lab);
    let _ = rollback(&lab, ["--full"]).expect_success();
    is_cloned(&lab, false);
    lab.psql(&views.replace("'d'", "'e'"));
    let run = clone(&lab, &["run"]).output().json();
    let baseline = stage(&run, "baseline");
    assert_eq!(baseline["passed"], false, "{run}");
    assert!(baseline["numbers"].as_str().unwrap().contains("public.in_a_branch"), "{run}");
}

#[test]
fn a_cursor_of_another_name_is_moved() {
    let lab = lab();
    lab.ratify();
    lab.admin("UPDATE public.candidate_scan_cursor SET cursor_name = 'of_this_site'");
    is_cloned(&lab, true);
    let at = "SELECT string_agg(cursor_name || ' ' || position, ', ' ORDER BY cursor_name) FROM public.candidate_scan_cursor";
    assert_eq!(lab.psql_in(NAME, OWNER, at), "of_this_site 10");
    assert_eq!(lab.psql(at), "of_this_site 0");
    let advance =
        |words: &[&str]| lab.oneroof(["scan", "cursor", "--advance-to", "5", "--yes"]).arguments(words).output();
    let _ = apply(&lab).expect_success();
    let _ = advance(&[]).expect_success();
    assert_eq!(lab.psql(at), "of_this_site 5");
    // If there are several cursors, one must be named. Without a name, the cursor `candidate_scan` is the one that moves.
    lab.admin("INSERT INTO public.candidate_scan_cursor (cursor_name) VALUES ('another')");
    let _ = advance(&[]).expect_code(4).expect_stdout("another, of_this_site");
    let _ = advance(&["--cursor", "another"]).expect_success();
    assert_eq!(lab.psql(at), "another 5, of_this_site 5");
    lab.admin("INSERT INTO public.candidate_scan_cursor (cursor_name) VALUES ('candidate_scan')");
    let _ = advance(&[]).expect_success();
    assert_eq!(lab.psql(at), "another 5, candidate_scan 5, of_this_site 5");
}

#[test]
fn a_clone_has_the_settings_of_its_source_or_names_them() {
    let lab = lab();
    let set = [
        format!("ALTER DATABASE {DATABASE} SET search_path = '$user', public, 'Odd, one'"),
        format!("ALTER DATABASE {DATABASE} SET TimeZone = 'Asia/Kathmandu'"),
        format!("ALTER DATABASE {DATABASE} SET default_text_search_config = 'pg_catalog.german'"),
        format!("ALTER ROLE {OWNER} IN DATABASE {DATABASE} SET statement_timeout = '7min'"),
        format!("ALTER DATABASE {DATABASE} SET log_statement = 'none'"),
    ];
    for setting in &set {
        lab.admin(setting);
    }
    let made = is_cloned(&lab, true);
    let settings = |database: &str| {
        lab.admin(&format!(
            "SELECT string_agg(coalesce(r.rolname, 'all') || ' ' || line, '; ' ORDER BY r.rolname, line)
             FROM pg_db_role_setting AS s LEFT JOIN pg_roles AS r ON r.oid = s.setrole, unnest(s.setconfig) AS line
             WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = '{database}') AND line NOT LIKE 'log_statement=%'"
        ))
    };
    assert_eq!(settings(NAME), settings(DATABASE));
    let shown = made["notes"].to_string();
    assert!(shown.contains("log_statement (permission denied"), "{made}");
    drop_clone(&lab);
    // A view reads a setting that only a superuser may copy to the clone.
    lab.admin(&format!("ALTER DATABASE {DATABASE} SET app.stage = 'active'"));
    let view = lab.admin("SELECT pg_get_viewdef('public.v_governance_scope'::regclass)");
    let body = view.trim_end_matches(';');
    lab.psql(&format!(
        "CREATE OR REPLACE VIEW public.v_governance_scope AS SELECT * FROM ({body}) AS s WHERE current_setting('app.stage') = 'active'"
    ));
    lab.admin(&format!("ALTER ROLE {OWNER} SUPERUSER"));
    is_cloned(&lab, true);
    assert!(settings(NAME).contains("app.stage=active"));
    assert!(settings(DATABASE).contains("app.stage=active"));
}

/// What an ordinary role cannot read or restore: `(SQL that makes it, SQL that removes it, the unmet check, words of its answer)`.
const NOT_FOR_AN_ORDINARY_ROLE: &[(&str, &str, &str, &str)] = &[
    ("SELECT lo_create(424242)", "SELECT lo_unlink(424242)", "privilege.read", "large object 424242"),
    (
        "CREATE TABLE public.of_another (x int); REVOKE ALL ON public.of_another FROM PUBLIC; CREATE SCHEMA hidden; CREATE SEQUENCE hidden.s",
        "DROP TABLE public.of_another; DROP SCHEMA hidden CASCADE",
        "privilege.owners",
        "not of",
    ),
    (
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO workflow_admin",
        "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM workflow_admin",
        "privilege.owners",
        "not of",
    ),
    (
        "GRANT SELECT ON public.event_outbox TO pg_monitor WITH GRANT OPTION; SET ROLE pg_monitor; GRANT SELECT ON public.event_outbox TO pg_read_all_stats; RESET ROLE",
        "REVOKE ALL ON public.event_outbox FROM pg_monitor CASCADE",
        "privilege.grants",
        "need a superuser: public.event_outbox",
    ),
    (
        "ALTER SCHEMA public OWNER TO CURRENT_USER; GRANT USAGE ON SCHEMA public TO pg_monitor",
        "REVOKE USAGE ON SCHEMA public FROM pg_monitor; DO $$ BEGIN IF current_setting('server_version_num')::int >= 150000 THEN ALTER SCHEMA public OWNER TO pg_database_owner; END IF; END $$",
        "privilege.grants",
        "need a superuser: schema public",
    ),
    ("CREATE TYPE public.mood AS ENUM ('calm')", "DROP TYPE public.mood", "privilege.owners", "not of"),
    ("CREATE COLLATION public.plain FROM \"C\"", "DROP COLLATION public.plain", "privilege.owners", "not of"),
    (
        "CREATE STATISTICS public.together ON id, code FROM public.system_issues; ALTER STATISTICS public.together OWNER TO pg_monitor",
        "DROP STATISTICS public.together",
        "privilege.owners",
        "not of pg_monitor",
    ),
    (
        "ALTER TABLE public.event_outbox ENABLE ROW LEVEL SECURITY; ALTER TABLE public.event_outbox FORCE ROW LEVEL SECURITY",
        "ALTER TABLE public.event_outbox NO FORCE ROW LEVEL SECURITY; ALTER TABLE public.event_outbox DISABLE ROW LEVEL SECURITY",
        "privilege.read",
        "not public.event_outbox",
    ),
    (
        "CREATE FUNCTION public.sealed() RETURNS int LANGUAGE sql IMMUTABLE LEAKPROOF AS 'SELECT 1'; ALTER FUNCTION public.sealed() OWNER TO workflow_admin",
        "DROP FUNCTION public.sealed()",
        "objects",
        "need a superuser: public.sealed",
    ),
    (
        "CREATE FUNCTION public.quiet() RETURNS int LANGUAGE sql SET log_statement = 'none' AS 'SELECT 1'; ALTER FUNCTION public.quiet() OWNER TO workflow_admin",
        "DROP FUNCTION public.quiet()",
        "objects",
        "need a superuser: public.quiet",
    ),
    (
        "CREATE OPERATOR FAMILY public.family USING btree; ALTER OPERATOR FAMILY public.family USING btree OWNER TO workflow_admin",
        "DROP OPERATOR FAMILY public.family USING btree",
        "objects",
        "need a superuser: operator family public.family",
    ),
    (
        "CREATE CAST (bigint AS timestamp) WITHOUT FUNCTION",
        "DROP CAST (bigint AS timestamp)",
        "objects",
        "need a superuser: cast from",
    ),
    (
        "GRANT SELECT (id) ON public.event_outbox TO pg_monitor WITH GRANT OPTION; SET ROLE pg_monitor; GRANT SELECT (id) ON public.event_outbox TO pg_read_all_stats; RESET ROLE",
        "REVOKE ALL (id) ON public.event_outbox FROM pg_monitor CASCADE",
        "privilege.grants",
        "need a superuser: public.event_outbox (id)",
    ),
    (
        "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO pg_monitor",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) FROM pg_monitor",
        "privilege.grants",
        "need a superuser: pg_catalog.pg_ls_dir",
    ),
];

#[test]
fn a_missing_privilege_for_a_clone_is_named_before_the_clone_is_made() {
    let lab = lab();
    for (made, gone, check, words) in NOT_FOR_AN_ORDINARY_ROLE {
        lab.admin(made);
        let refused = clone(&lab, &["create"]).output().expect_code(4).json();
        let checks = refused["checks"].as_array().unwrap();
        let shown = checks.iter().find(|shown| shown["name"] == *check).unwrap();
        assert_eq!(shown["ok"], false, "{made}: {refused}");
        assert!(shown["actual"].as_str().unwrap().contains(words), "{made}: {shown}");
        assert_eq!(databases(&lab), DATABASE, "{made}");
        lab.admin(gone);
    }
    // From PostgreSQL 15 on, schema public of the clone belongs to pg_database_owner. Before that, anybody may create objects there.
    lab.admin("ALTER ROLE workflow_admin NOINHERIT");
    if lab.major() >= 15 {
        let refused = clone(&lab, &["create"]).output().expect_code(4);
        assert!(refused.stdout.contains("does not inherit from pg_database_owner"), "{refused:?}");
    } else {
        is_cloned(&lab, false);
        drop_clone(&lab);
    }
    lab.admin("ALTER ROLE workflow_admin INHERIT");
    // The role owns the first large object, and everybody may read the second.
    lab.psql("SELECT lo_from_bytea(7, 'seven')");
    lab.admin("SELECT lo_from_bytea(8, 'eight'); GRANT SELECT ON LARGE OBJECT 8 TO PUBLIC; ALTER LARGE OBJECT 8 OWNER TO workflow_admin");
    is_cloned(&lab, false);
    assert_eq!(lab.psql_in(NAME, OWNER, "SELECT convert_from(lo_get(7), 'UTF8')"), "seven");
}

#[test]
fn objects_that_an_ordinary_role_may_restore_do_not_stop_a_clone() {
    let lab = lab();
    // A dump reads no view. A restore makes the functions of a range type itself. Any role may make an aggregate.
    lab.psql(
        "CREATE AGGREGATE public.total (int) (SFUNC = int4pl, STYPE = int);
        CREATE TYPE public.span AS RANGE (subtype = float8);
        CREATE VIEW public.closed AS SELECT 1 AS one;
        REVOKE ALL ON public.closed FROM workflow_admin",
    );
    // The restore creates the extension in the server's default version.
    lab.psql("CREATE EXTENSION hstore SCHEMA public VERSION '1.4'");
    let made = is_cloned(&lab, true);
    let notes = made["notes"].to_string();
    let version = lab.psql_in(NAME, OWNER, "SELECT extversion FROM pg_extension WHERE extname = 'hstore'");
    let shown = format!("extension hstore has version 1.4 in the source and {version} in the clone");
    assert!(notes.contains(&shown), "{notes}");
    // Another version does not fail the stage. A missing extension does.
    drop_clone(&lab);
    let _ = is_cloned(&lab, false);
    lab.psql_in(NAME, OWNER, "DROP EXTENSION hstore");
    let run = clone(&lab, &["run"]).output().json();
    let baseline = stage(&run, "baseline");
    assert!(
        baseline["passed"] == false && baseline["numbers"].to_string().contains("extension hstore: is gone"),
        "{run}"
    );
    assert_eq!(lab.psql_in(NAME, OWNER, "SELECT public.total(x) FROM generate_series(1, 3) AS x"), "6");
}

/// The database has more tables than one transaction can lock on a server of this size.
#[test]
fn a_source_of_many_tables_is_cloned_on_a_small_server() {
    let lab = Lab::own(|builder| {
        let builder = builder
            .setting("max_connections", "20")
            .setting("max_worker_processes", "2")
            .setting("max_wal_senders", "2");
        few_autovacuum_workers(builder)
    });
    lab.admin(&format!("ALTER ROLE {OWNER} CREATEDB"));
    for part in 0..6 {
        lab.psql(&format!(
            "DO $$ BEGIN FOR i IN 1..150 LOOP EXECUTE format('CREATE TABLE public.many_{part}_%s (a int PRIMARY KEY, b int UNIQUE, c int)', i);
                 EXECUTE format('CREATE INDEX ON public.many_{part}_%s (c)', i); END LOOP; END $$"
        ));
    }
    let made = is_cloned(&lab, false);
    assert!(stage(&made, "fidelity")["numbers"].as_str().unwrap().contains("the rows of 921 tables"), "{made}");
    // If the dump cannot get its locks, the error message includes the server's own advice.
    for part in 6..26 {
        lab.psql(&format!(
            "DO $$ BEGIN FOR i IN 1..150 LOOP EXECUTE format('CREATE TABLE public.many_{part}_%s (a int)', i); END LOOP; END $$"
        ));
    }
    drop_clone(&lab);
    let failed = clone(&lab, &["create"]).output().expect_code(5).json();
    assert!(failed["error"]["message"].as_str().unwrap().contains("max_locks_per_transaction"), "{failed}");
    assert_eq!(databases(&lab), DATABASE);
}
