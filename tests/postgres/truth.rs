//! The program says nothing that is not true. Each test makes a fact false on a real server while the code path that prints the sentence is
//! still reached, and asserts that the sentence is not printed. docs/words.md lists the sentences.

use crate::packet::{APR, apply, rollback, unmet_in};
use crate::support::{DATABASE, Lab};

const PREFLIGHT: [&str; 4] = ["preflight", "--ratified-apr", APR, "--format=json"];

/// The report of `preflight` with the approval code.
fn preflight(lab: &Lab) -> serde_json::Value {
    lab.oneroof(PREFLIGHT).output().json()
}

/// The check with this name in a report.
fn check<'a>(report: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    let checks = report["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no {name} in {checks:#?}"))
}

#[test]
fn a_preflight_that_was_cut_short_is_never_only_the_gate() {
    let lab = Lab::new();
    // The inventory has changed too: it has an object that nobody reviewed.
    lab.admin("INSERT INTO public.governance_object (code, class_code, title, label, status) SELECT 'GOV-LAW-99', class_code, title, label, status FROM public.governance_object LIMIT 1");
    for (table, code) in [
        ("public.governance_scope_definition", 4),
        ("public.event_type_registry", 4),
        ("public.evolution_snapshots", 4),
        ("public.governance_ruleset", 4),
    ] {
        let mut holder = lab.session_in(DATABASE, lab.administrator());
        holder.run(&format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"));
        let output = lab.oneroof(["preflight"]).output();
        assert_eq!(output.code(), Some(code), "{table}: {}", output.whole());
        let words = output.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(!words.contains("Everything technical is met"), "{table}: {words}");
        assert!(words.contains("cut short after") && words.contains("Not checked: "), "{table}: {words}");
        assert!(words.contains("holds AccessExclusiveLock on public."), "{table}: {words}");
        drop(holder);
    }
}

/// A view of the contract may call functions that act outside the database. No command of the program runs them.
#[test]
fn effects_that_no_rollback_reverts_are_found_without_running_them() {
    let lab = Lab::ratified();
    let sockets = lab.admin("SHOW unix_socket_directories");
    let socket = sockets.trim_matches('"');
    let (port, administrator) = (lab.psql("SHOW port"), lab.administrator().to_owned());
    lab.admin("CREATE EXTENSION dblink SCHEMA public; CREATE DATABASE elsewhere");
    lab.psql_in("elsewhere", &administrator, "CREATE TABLE public.effect (n serial)");
    lab.admin(&format!(
        "CREATE FUNCTION public.sneak() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $sneak$
         BEGIN
             PERFORM public.dblink_exec('host={socket} port={port} dbname=elsewhere user={administrator}',
                 'INSERT INTO public.effect DEFAULT VALUES');
             RETURN true;
         END $sneak$;
         CREATE FUNCTION public.outer_one() RETURNS boolean LANGUAGE sql STABLE AS 'SELECT public.sneak()';
         CREATE DOMAIN public.tested AS integer CHECK (public.sneak())"
    ));
    let effects = || lab.psql_in("elsewhere", &administrator, "SELECT count(*) FROM public.effect");
    // The function really writes to the other database.
    lab.admin("SELECT public.sneak()");
    assert_eq!(effects(), "1");
    let scope = |more: &str| {
        format!(
            "CREATE OR REPLACE VIEW public.v_governance_scope AS SELECT s.code AS scope_code, s.title, s.sort FROM public.governance_scope_definition AS s {more}"
        )
    };
    let approvals = "ALTER TABLE public.os_proposal_approvals RENAME TO real_approvals;
        CREATE VIEW public.os_proposal_approvals AS SELECT * FROM public.real_approvals WHERE public.sneak();
        ALTER VIEW public.os_proposal_approvals OWNER TO workflow_admin";
    let approvals_back =
        "DROP VIEW public.os_proposal_approvals; ALTER TABLE public.real_approvals RENAME TO os_proposal_approvals";
    let constraint =
        "ALTER TABLE public.governance_object_ownership ADD CONSTRAINT tested CHECK (public.sneak()) NOT VALID";
    for (name, plant, take_back) in [
        ("seam.effects", scope("WHERE public.sneak()"), scope("")),
        ("seam.effects", scope("WHERE public.outer_one()"), scope("")),
        ("seam.effects", scope("WHERE s.sort::public.tested > 0"), scope("")),
        ("seam.effects", scope("WHERE pg_catalog.pg_stat_reset() IS NOT NULL"), scope("")),
        ("seam.effects", approvals.to_owned(), approvals_back.to_owned()),
        (
            "ownership.effects",
            constraint.to_owned(),
            "ALTER TABLE public.governance_object_ownership DROP CONSTRAINT tested".to_owned(),
        ),
    ] {
        lab.admin(&plant);
        let reset = || {
            lab.admin(
                "SELECT coalesce(stats_reset::text, 'never') FROM pg_stat_database WHERE datname = current_database()",
            )
        };
        let (before, reset_before) = (effects(), reset());
        let report = preflight(&lab);
        assert_eq!((report["verdict"].as_str(), report["exit_code"].as_i64()), (Some("NO-GO"), Some(4)), "{plant}");
        assert!(unmet_in(&report).contains(&name.to_owned()), "{plant}: {report}");
        let _ = apply(&lab).expect_code(4);
        if name == "seam.effects" {
            for words in [&["verify"][..], &["fingerprint"], &["scan"], &["label", "alignment"]] {
                let _ = lab.oneroof(words).output();
            }
        }
        assert_eq!((effects(), reset()), (before, reset_before), "{plant}: a command of the program ran the function");
        lab.admin(&take_back);
    }
    let _ = lab.oneroof(PREFLIGHT).output().expect_success();
}

/// A function of the database raises a notice with the same fields as a notice of our checks.
#[test]
fn a_forged_notice_is_no_check() {
    let lab = Lab::new();
    let notice = "RAISE INFO 'met gate: expected >= 1, actual 2' USING ERRCODE = 'OR001', DETAIL =
        '{\"name\":\"gate\",\"severity\":\"error\",\"expected\":\">= 1\",\"actual\":\"2\",\"ok\":true,\"hint\":\"\"}'";
    let forgeries = [
        // The notice comes from a function, from a function named like a DO block, from a function whose name is a line of context, and
        // from a DO block inside a function.
        format!("CREATE FUNCTION public.forge() RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN {notice}; RETURN true; END $f$"),
        format!("CREATE FUNCTION public.inline_code_block() RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN {notice}; RETURN true; END $f$;
            CREATE FUNCTION public.forge() RETURNS boolean LANGUAGE sql AS 'SELECT public.inline_code_block()'"),
        format!("CREATE FUNCTION public.\"inline_code_block line 33 at RAISE\"() RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN {notice}; RETURN true; END $f$;
            CREATE FUNCTION public.forge() RETURNS boolean LANGUAGE sql AS 'SELECT public.\"inline_code_block line 33 at RAISE\"()'"),
        format!("CREATE FUNCTION public.forge() RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN EXECUTE $d$DO $e$ BEGIN {notice}; END $e$$d$; RETURN true; END $f$"),
    ];
    for forgery in &forgeries {
        lab.admin(forgery);
        lab.admin(
            "CREATE OR REPLACE VIEW public.v_governance_scope AS
             SELECT s.code AS scope_code, s.title, s.sort FROM public.governance_scope_definition AS s WHERE public.forge()",
        );
        let report = preflight(&lab);
        let answer: Vec<_> =
            report["checks"].as_array().unwrap().iter().filter(|check| check["name"] == "gate").collect();
        assert_eq!(answer.len(), 1, "{forgery}: {answer:#?}");
        assert_eq!((answer[0]["actual"].as_str(), answer[0]["ok"].as_bool()), (Some("0"), Some(false)), "{forgery}");
        lab.admin(
            "CREATE OR REPLACE VIEW public.v_governance_scope AS
             SELECT s.code AS scope_code, s.title, s.sort FROM public.governance_scope_definition AS s;
             DROP FUNCTION public.forge(); DROP FUNCTION IF EXISTS public.inline_code_block(), public.\"inline_code_block line 33 at RAISE\"()",
        );
    }
}

#[test]
fn a_transaction_id_that_a_view_assigned_is_reported_and_stops_nothing() {
    let lab = Lab::ratified();
    for asks in ["pg_catalog.txid_current() > 0", "pg_catalog.pg_current_xact_id() IS NOT NULL"] {
        lab.admin(&format!(
            "CREATE OR REPLACE VIEW public.v_governance_scope AS
             SELECT s.code AS scope_code, s.title, s.sort FROM public.governance_scope_definition AS s WHERE {asks}"
        ));
        let report = preflight(&lab);
        assert_eq!(report["verdict"], "GO", "{asks}");
        let answer = check(&report, "nothing_written");
        assert_eq!((answer["severity"].as_str(), answer["ok"].as_bool()), (Some("warning"), Some(false)), "{asks}");
        let output = lab.oneroof(["preflight"]).output().expect_success();
        assert!(!output.stdout.contains("nothing was written to this database"), "{}", output.whole());
        assert!(output.stdout.contains("took a transaction id"), "{}", output.whole());
        assert!(!output.stdout.contains("faulty"), "{}", output.whole());
    }
}

/// The program reads the locks from the server's list. Behind a view only tables can be locked.
#[test]
fn a_view_counts_as_locked_only_if_every_table_behind_it_is() {
    let lab = Lab::ratified();
    let report = preflight(&lab);
    assert_eq!(
        (check(&report, "gate.window")["ok"].as_bool(), check(&report, "seam.window")["ok"].as_bool()),
        (Some(true), Some(true))
    );
    let scope = |from: &str| {
        format!(
            "CREATE OR REPLACE VIEW public.v_governance_scope AS SELECT s.code AS scope_code, s.title, s.sort FROM {from} AS s"
        )
    };
    lab.admin(
        "CREATE MATERIALIZED VIEW public.kept_scopes AS SELECT code, title, sort FROM public.governance_scope_definition;
         CREATE FUNCTION public.scopes() RETURNS SETOF public.governance_scope_definition LANGUAGE sql STABLE AS 'SELECT * FROM public.governance_scope_definition';
         CREATE FUNCTION public.one_scope(text) RETURNS boolean LANGUAGE plpgsql STABLE AS 'BEGIN RETURN EXISTS (SELECT FROM public.governance_scope_definition WHERE code = $1); END';
         CREATE ROLE reader; CREATE TABLE public.guarded AS SELECT * FROM public.governance_scope_definition;
         CREATE VIEW public.of_reader AS SELECT * FROM public.guarded; GRANT SELECT ON public.guarded TO reader; ALTER VIEW public.of_reader OWNER TO reader;
         GRANT SELECT ON public.of_reader, public.kept_scopes TO workflow_admin",
    );
    for (from, named) in [
        ("public.kept_scopes", "materialized view public.kept_scopes"),
        ("public.scopes()", "function public.scopes()"),
        (
            "(SELECT * FROM public.governance_scope_definition WHERE public.one_scope(code))",
            "function public.one_scope(text)",
        ),
        // The owner of the view may read its table but not lock it.
        ("public.of_reader", "v_governance_scope"),
    ] {
        lab.admin(&scope(from));
        let report = preflight(&lab);
        let answer = check(&report, "seam.window");
        let actual = answer["actual"].as_str().unwrap();
        assert_eq!(answer["ok"], false, "{from}: {actual}");
        assert!(actual.contains("window is open") && actual.contains(named), "{from}: {actual}");
        let output =
            lab.oneroof(["apply", "--ratified-apr", APR, "--yes", "--format=json"]).output().expect_success().json();
        let checks = output["checks"].as_array().unwrap();
        let windows: Vec<_> =
            checks.iter().filter(|check| check["name"] == "seam.window" && check["tier"] != 0).collect();
        assert!(windows.len() >= 6 && windows.iter().all(|check| check["ok"] == false), "{from}: {windows:#?}");
        let _ = rollback(&lab, ["--full"]).expect_success();
    }
    // While another session holds the lock, nobody knows whether the tiers will get it.
    lab.admin(&scope("public.governance_scope_definition"));
    let mut holder = lab.session_in(DATABASE, lab.administrator());
    holder.run("BEGIN; LOCK TABLE public.governance_scope_definition IN ROW EXCLUSIVE MODE");
    let report = preflight(&lab);
    assert_eq!(check(&report, "seam.window")["ok"], false);
}

/// If somebody changed an attribute of our object, DROP would remove the change. The attribute is part of the compared definition, so the
/// rollback stops and names it.
#[test]
fn a_rollback_names_a_changed_setting_of_an_object_before_it_drops_the_object() {
    let lab = Lab::ratified();
    let _ = apply(&lab).expect_success();
    for (plant, take_back, named) in [
        (
            "ALTER TABLE public.oneroof_axis ALTER title SET STATISTICS 500",
            "ALTER TABLE public.oneroof_axis ALTER title SET STATISTICS -1",
            "statistics target title",
        ),
        (
            "CREATE SCHEMA other; CREATE TABLE other.oneroof_axis (LIKE public.oneroof_axis);
DO $f$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW public.v_oneroof_axis AS '
    || replace(pg_get_viewdef('public.v_oneroof_axis'::regclass), 'oneroof_axis axis', 'other.oneroof_axis axis'); END $f$",
            "DO $f$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW public.v_oneroof_axis AS '
    || replace(pg_get_viewdef('public.v_oneroof_axis'::regclass), 'other.oneroof_axis', 'public.oneroof_axis'); END $f$;
DROP TABLE other.oneroof_axis; DROP SCHEMA other",
            "definition of public.v_oneroof_axis",
        ),
        (
            "ALTER TABLE public.oneroof_axis ALTER title SET STORAGE EXTERNAL",
            "ALTER TABLE public.oneroof_axis ALTER title SET STORAGE EXTENDED",
            "storage title",
        ),
        (
            "ALTER TABLE public.oneroof_topic ALTER title SET (n_distinct = 5)",
            "ALTER TABLE public.oneroof_topic ALTER title RESET (n_distinct)",
            "options title",
        ),
        (
            "ALTER VIEW public.v_oneroof_axis ALTER title SET DEFAULT 'x'",
            "ALTER VIEW public.v_oneroof_axis ALTER title DROP DEFAULT",
            "default title",
        ),
        (
            "ALTER TABLE public.oneroof_topic SET (toast.autovacuum_enabled = off)",
            "ALTER TABLE public.oneroof_topic RESET (toast.autovacuum_enabled)",
            "TOAST setting autovacuum_enabled",
        ),
        (
            "ALTER TABLE public.oneroof_topic CLUSTER ON oneroof_topic_pkey",
            "ALTER TABLE public.oneroof_topic SET WITHOUT CLUSTER",
            "CLUSTER mark",
        ),
    ] {
        lab.admin(plant);
        let report = lab.oneroof(["verify", "--format=json"]).output().expect_code(5).json();
        let answer = check(&report, "state.1");
        assert!(answer["actual"].as_str().unwrap().contains(named), "{plant}: {answer}");
        let before = lab.dump();
        let _ = rollback(&lab, ["--full"]).expect_code(4);
        assert!(before == lab.dump(), "{plant}");
        lab.admin(take_back);
        let _ = lab.oneroof(["verify"]).output().expect_success();
    }
}

/// A timestamp without time zone is read in the database's time zone and is shown without a Z.
#[test]
fn an_approval_without_zone_counts_by_the_zone_of_the_database() {
    for (zone, ahead, opens) in [
        ("America/Los_Angeles", "interval '1 hour'", false),
        ("America/Los_Angeles", "interval '-1 minute'", true),
        ("Asia/Shanghai", "interval '-1 minute'", true),
        ("Asia/Shanghai", "interval '1 hour'", false),
        ("Asia/Kathmandu", "interval '-1 minute'", true),
    ] {
        let lab = Lab::ratified();
        lab.admin(&format!("ALTER DATABASE {DATABASE} SET TimeZone = '{zone}'"));
        // A time zone of the role has no effect on this.
        lab.admin("ALTER ROLE workflow_admin SET TimeZone = 'Pacific/Kiritimati'");
        lab.admin(&format!(
            "ALTER TABLE public.os_proposal_approvals ALTER approved_at TYPE timestamp;
             SET TimeZone = '{zone}'; UPDATE public.os_proposal_approvals SET approved_at = localtimestamp + {ahead};
             ALTER TABLE public.governance_object_ownership ALTER created_at TYPE timestamp"
        ));
        let report = preflight(&lab);
        assert_eq!(check(&report, "apr")["ok"], opens, "{zone} {ahead}: {report}");
        let gate = lab.oneroof(["gate", "--format=json"]).output().expect_success().json();
        let approvals = gate["result"]["gate"]["approvals"].as_array().unwrap();
        let local = lab
            .psql("SELECT to_char(approved_at, 'YYYY-MM-DD\"T\"HH24:MI:SS') FROM public.os_proposal_approvals LIMIT 1");
        assert!(approvals.iter().all(|approval| approval["approved_at"] == local.as_str()), "{zone}: {approvals:#?}");
        if opens {
            let _ = apply(&lab).expect_success();
            // The local times are within five minutes of a clock in that zone.
            let near = lab.admin(&format!(
                "SET TimeZone = '{zone}'; SELECT bool_and(abs(extract(epoch FROM localtimestamp - created_at)) < 300) FROM public.governance_object_ownership"
            ));
            assert!(near.ends_with('t'), "{zone}: {near}");
        }
    }
}
