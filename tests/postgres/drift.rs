//! Production differs from what the release needs. Preflight finds each difference before the first write and names the documented check.
//! If preflight says GO, `apply` succeeds.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::packet::{APR, unmet_in};
use crate::support::{DATABASE, Lab, OWNER};

/// A difference: its description, the SQL that the administrator runs to make it, and the check that must name it.
type Drift = (&'static str, &'static str, &'static str);

/// Adds one more published object to the inventory.
const NEW_OBJECT: &str = "INSERT INTO public.governance_object (code, class_code, title, label, status)
    VALUES ('GOV-LAW-99', 'LAW', 'New Law', 'law/new', 'published')";

const FIGURES: [Drift; 17] = [
    ("an object more", NEW_OBJECT, "inventory"),
    ("an object fewer", "DELETE FROM public.governance_object WHERE code = 'GOV-SVC-01'", "inventory"),
    (
        "an object archived",
        "UPDATE public.governance_object SET status = 'archived' WHERE code = 'GOV-LAW-01'",
        "inventory",
    ),
    (
        "another object of the same number",
        "UPDATE public.governance_object SET code = 'GOV-SVC-77' WHERE code = 'GOV-SVC-01'",
        "reference.objects",
    ),
    (
        "an object of another class",
        "UPDATE public.governance_object SET class_code = 'LAW' WHERE code = 'GOV-SVC-01'",
        "reference.objects",
    ),
    (
        "a class renamed",
        "INSERT INTO public.governance_class VALUES ('SVX', 'Services', 9); UPDATE public.governance_object SET class_code = 'SVX' WHERE class_code = 'SVC'",
        "reference.classes",
    ),
    (
        "a label of another topic",
        "UPDATE public.governance_object SET label = 'role/moved' WHERE code = 'GOV-SVC-01'",
        "reference.labels",
    ),
    (
        "a label of no topic",
        "UPDATE public.governance_object SET label = 'misc' WHERE code = 'GOV-LAW-03'",
        "reference.labels",
    ),
    (
        "an audit label on plain data",
        "UPDATE public.governance_object SET label = 'data/audit-x' WHERE code = 'GOV-DATA-01'",
        "reference.labels",
    ),
    ("a scope more", "INSERT INTO public.governance_scope_definition VALUES ('audit', 'Audit', 7)", "scopes"),
    (
        "a scope renamed",
        "UPDATE public.governance_scope_definition SET code = 'watch' WHERE code = 'observe'",
        "reference.scopes",
    ),
    (
        "an owner already",
        "INSERT INTO public.governance_object_ownership (subject_kind, subject_code, scope_code, owner_ref) VALUES ('class', 'LAW', 'define', 'L4-PRESIDENT')",
        "ownership",
    ),
    (
        "an owner of one object",
        "INSERT INTO public.governance_object_ownership (subject_kind, subject_code, scope_code, owner_ref) VALUES ('object', 'GOV-LAW-01', 'define', 'X')",
        "gap",
    ),
    (
        "two owners",
        "INSERT INTO public.governance_object_ownership (subject_kind, subject_code, scope_code, owner_ref) VALUES ('class', 'LAW', 'define', 'A'), ('class', 'LAW', 'define', 'B')",
        "conflict",
    ),
    (
        "an active governance event",
        "UPDATE public.event_type_registry SET active = true WHERE event_type = 'governance.scan.finding'",
        "event_types_active",
    ),
    (
        "a governance event in the outbox",
        "UPDATE public.event_type_registry SET domain = 'governance' WHERE event_type = 'issue.escalated'",
        "gov_emit",
    ),
    (
        "a gap view that hides",
        "CREATE OR REPLACE VIEW public.v_governance_ownership_gap AS SELECT i.object_code, s.scope_code FROM public.v_governance_object_inventory AS i CROSS JOIN public.v_governance_scope AS s LIMIT 209",
        "gap",
    ),
];

const REFERENCES: [Drift; 8] = [
    (
        "a draft ruleset on top",
        "INSERT INTO public.governance_ruleset (ruleset_code, version, status) VALUES ('RULESET-GOV-1', 4, 'draft')",
        "reference.ruleset",
    ),
    ("no ruleset", "DELETE FROM public.governance_ruleset WHERE ruleset_code = 'RULESET-GOV-1'", "reference.ruleset"),
    (
        "a withdrawn ruleset",
        "UPDATE public.governance_ruleset SET status = 'withdrawn' WHERE ruleset_code = 'RULESET-GOV-1'",
        "reference.ruleset",
    ),
    ("no snapshot", "DELETE FROM public.evolution_snapshots", "reference.snapshot"),
    (
        "a blank snapshot",
        "INSERT INTO public.evolution_snapshots (snapshot_ref, taken_at) VALUES (' ', '2026-06-09')",
        "reference.snapshot",
    ),
    ("no approval", "DELETE FROM public.os_proposal_approvals", "gate"),
    ("a blank signature", "UPDATE public.os_proposal_approvals SET signature_ref = ' '", "apr"),
    (
        "an approval of tomorrow",
        "UPDATE public.os_proposal_approvals SET approved_at = now() + interval '1 day'",
        "apr",
    ),
];

const GATE: [Drift; 6] = [
    (
        "an approval of another release",
        "UPDATE public.os_proposal_approvals SET signature_ref = 'release:sha256:' || repeat('a', 64)",
        "apr",
    ),
    ("an approval of another code", "UPDATE public.os_proposal_approvals SET proposal_code = 'APR-OTHER'", "apr"),
    ("nobody who approved", "UPDATE public.os_proposal_approvals SET approved_by = NULL", "apr"),
    (
        "the gate a view",
        "ALTER TABLE public.os_proposal_approvals RENAME TO signed; CREATE VIEW public.os_proposal_approvals AS SELECT * FROM public.signed; ALTER VIEW public.os_proposal_approvals OWNER TO workflow_admin",
        "gate.shape",
    ),
    ("the gate unlogged", "ALTER TABLE public.os_proposal_approvals SET UNLOGGED", "gate.shape"),
    (
        "the gate inherited",
        "CREATE TABLE public.more_approvals () INHERITS (public.os_proposal_approvals)",
        "gate.shape",
    ),
];

const SEAM: [Drift; 13] = [
    ("a seam view gone", "DROP VIEW public.v_governance_event_emit", "seam.v_governance_event_emit"),
    ("a seam table gone", "DROP TABLE public.candidate_scan_cursor", "seam.candidate_scan_cursor"),
    (
        "a table in place of a view",
        "DROP VIEW public.v_governance_event_emit; CREATE TABLE public.v_governance_event_emit (event_type text, created_at timestamptz)",
        "seam.v_governance_event_emit",
    ),
    (
        "a materialized view in place of a view",
        "DROP VIEW public.v_governance_ownership_conflict; CREATE MATERIALIZED VIEW public.v_governance_ownership_conflict AS SELECT ''::text AS subject_kind, ''::text AS subject_code, ''::text AS scope_code, ''::text AS owners LIMIT 0",
        "seam.v_governance_ownership_conflict",
    ),
    (
        "a column gone",
        "ALTER TABLE public.candidate_scan_object DROP COLUMN scopes_total",
        "seam.candidate_scan_object.scopes_total",
    ),
    (
        "a column renamed",
        "ALTER TABLE public.candidate_scan_state RENAME COLUMN covered TO done",
        "seam.candidate_scan_state.covered",
    ),
    (
        "a column of another type",
        "ALTER TABLE public.candidate_scan_cursor ALTER COLUMN \"position\" DROP DEFAULT, ALTER COLUMN \"position\" TYPE text",
        "seam.candidate_scan_cursor.position",
    ),
    (
        "a date for an instant",
        "ALTER TABLE public.candidate_scan_cursor ALTER COLUMN updated_at DROP DEFAULT, ALTER COLUMN updated_at TYPE text",
        "seam.candidate_scan_cursor.updated_at",
    ),
    (
        "a text for a payload",
        "ALTER TABLE public.event_outbox ALTER COLUMN payload DROP DEFAULT, ALTER COLUMN payload TYPE text",
        "seam.event_outbox.payload",
    ),
    (
        "a view that fails when it is read",
        "CREATE OR REPLACE VIEW public.v_governance_event_emit AS SELECT x.event_type, (now() + ((1 / (x.id - x.id)) || ' s')::interval) AS created_at FROM public.event_outbox AS x",
        "seam.v_governance_event_emit",
    ),
    (
        "a key that cannot find its row",
        "ALTER TABLE public.candidate_scan_cursor DROP CONSTRAINT candidate_scan_cursor_pkey",
        "key.candidate_scan_cursor",
    ),
    (
        "a key without its default",
        "ALTER TABLE public.candidate_scan_run ALTER COLUMN id DROP DEFAULT",
        "key.candidate_scan_run",
    ),
    (
        "an ownership that makes no key",
        "ALTER TABLE public.governance_object_ownership ALTER COLUMN id DROP DEFAULT",
        "key.governance_object_ownership",
    ),
];

const TARGET: [Drift; 16] = [
    (
        "a trigger on ownership",
        "CREATE FUNCTION public.noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER t BEFORE INSERT ON public.governance_object_ownership FOR EACH ROW EXECUTE FUNCTION public.noop()",
        "ownership_triggers",
    ),
    (
        "a disabled trigger on ownership",
        "CREATE FUNCTION public.noop2() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER t BEFORE INSERT ON public.governance_object_ownership FOR EACH ROW EXECUTE FUNCTION public.noop2(); ALTER TABLE public.governance_object_ownership DISABLE TRIGGER t",
        "ownership_triggers",
    ),
    (
        "a rule on ownership",
        "CREATE RULE r AS ON INSERT TO public.governance_object_ownership DO ALSO NOTHING",
        "ownership.rules",
    ),
    ("an unlogged ownership", "ALTER TABLE public.governance_object_ownership SET UNLOGGED", "ownership.shape"),
    (
        "an inherited ownership",
        "CREATE TABLE public.more_ownership () INHERITS (public.governance_object_ownership)",
        "ownership.shape",
    ),
    (
        "a column that must be filled",
        "ALTER TABLE public.governance_object_ownership ADD COLUMN tenant text NOT NULL",
        "ownership.columns",
    ),
    (
        "a column that draws a number",
        "ALTER TABLE public.governance_object_ownership ADD COLUMN number serial",
        "ownership.columns",
    ),
    (
        "an identity column",
        "ALTER TABLE public.governance_object_ownership ADD COLUMN number int GENERATED ALWAYS AS IDENTITY",
        "ownership.columns",
    ),
    (
        "a narrow column",
        "ALTER TABLE public.governance_object_ownership ALTER COLUMN created_by TYPE varchar(10) USING left(created_by, 10)",
        "ownership.widths",
    ),
    (
        "a check that refuses the seed",
        "ALTER TABLE public.governance_object_ownership ADD CHECK (owner_ref <> 'L2-COUNCIL')",
        "ownership.constraints",
    ),
    (
        "a unique key that two rows of the seed share",
        "ALTER TABLE public.governance_object_ownership ADD UNIQUE (subject_code)",
        "ownership.constraints",
    ),
    (
        "a foreign key without its rows",
        "CREATE TABLE public.owners (ref varchar(255) PRIMARY KEY); ALTER TABLE public.governance_object_ownership ADD FOREIGN KEY (owner_ref) REFERENCES public.owners (ref)",
        "ownership.constraints",
    ),
    (
        "a table that follows when ownership is deleted",
        "CREATE TABLE public.follower (owned uuid REFERENCES public.governance_object_ownership (id) ON DELETE CASCADE)",
        "ownership.on_delete",
    ),
    (
        "an ownership published without what tells its rows apart",
        "ALTER TABLE public.governance_object_ownership REPLICA IDENTITY NOTHING; CREATE PUBLICATION p FOR TABLE public.governance_object_ownership",
        "ownership.replica",
    ),
    (
        "row security on ownership",
        "ALTER TABLE public.governance_object_ownership ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        "row_security.governance_object_ownership",
    ),
    (
        "row security below a view",
        "ALTER TABLE public.governance_object ENABLE ROW LEVEL SECURITY; ALTER TABLE public.governance_object FORCE ROW LEVEL SECURITY",
        "row_security.v_governance_object_inventory",
    ),
];

const SURROUNDINGS: [Drift; 13] = [
    (
        "no right to read the inventory",
        "ALTER VIEW public.v_governance_object_inventory OWNER TO CURRENT_USER; REVOKE ALL ON public.v_governance_object_inventory FROM workflow_admin",
        "privilege.v_governance_object_inventory",
    ),
    (
        "no right to insert",
        "ALTER TABLE public.governance_object_ownership OWNER TO CURRENT_USER; GRANT SELECT, DELETE ON public.governance_object_ownership TO workflow_admin",
        "privilege.governance_object_ownership",
    ),
    (
        "no right to read the rulesets",
        "ALTER TABLE public.governance_ruleset OWNER TO CURRENT_USER; REVOKE ALL ON public.governance_ruleset FROM workflow_admin",
        "privilege.governance_ruleset",
    ),
    (
        "a function of the server that was taken away",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_xact_status(xid8) FROM PUBLIC",
        "privilege.functions",
    ),
    (
        "an event trigger",
        "CREATE FUNCTION public.seen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION public.seen()",
        "event_triggers",
    ),
    ("a table of ours already", "CREATE TABLE public.oneroof_axis (axis_code text)", "greenfield.oneroof_axis"),
    (
        "a view of ours already",
        "CREATE VIEW public.v_oneroof_roof_status AS SELECT 1 AS one",
        "greenfield.v_oneroof_roof_status",
    ),
    (
        "a function of ours with other arguments",
        "CREATE FUNCTION public.fn_oneroof_scan(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "greenfield.fn_oneroof_scan",
    ),
    ("a type of our name", "CREATE TYPE public.oneroof_topic AS ENUM ('x')", "greenfield.oneroof_topic"),
    ("a sequence of our name", "CREATE SEQUENCE public.oneroof_scan_run", "greenfield.oneroof_scan_run"),
    (
        "an index of our name",
        "CREATE INDEX oneroof_axis_pkey ON public.system_issues (title)",
        "greenfield.oneroof_axis_pkey",
    ),
    (
        "a role whose triggers and foreign keys are off",
        "ALTER ROLE workflow_admin SET session_replication_role = replica",
        "server.settings",
    ),
    (
        "a role that may only read",
        "ALTER ROLE workflow_admin SET default_transaction_read_only = on",
        "server.writable",
    ),
];

/// The next transaction id. If it has not changed, nobody has written anything.
const NEXT: &str = "SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())";

/// Tests each difference in a separate database. The template of these databases is the baseline with its approval. That is faster than
/// starting a server for each.
#[track_caller]
fn refused(drifts: &[Drift]) {
    // Without autovacuum only the program could write here.
    let lab = Lab::own(|builder| builder.setting("autovacuum", "off"));
    lab.ratify();
    let template = format!("{DATABASE}_ratified");
    let maintain = |sql: &str| lab.psql_in("postgres", lab.administrator(), sql);
    maintain(&format!("ALTER DATABASE {DATABASE} RENAME TO {template}"));
    for (what, sql, expected) in drifts {
        maintain(&format!("CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE {template}"));
        lab.admin(sql);
        let before = lab.admin(NEXT);
        let preflight = lab.oneroof(["preflight", "--ratified-apr", APR, "--format", "json"]).output();
        let report = preflight.json();
        // If only approvals are missing, the exit code is 3.
        let unmet = unmet_in(&report);
        let human = unmet.iter().all(|name| name == "gate" || name == "apr");
        // If the approval names another release, the exit code is 4, because the given code is wrong.
        let code = if human && !what.starts_with("an approval of another ") { 3 } else { 4 };
        assert!(
            unmet.iter().any(|name| name == expected),
            "{what}: {expected} is not among {unmet:?}\n{}",
            preflight.whole()
        );
        assert_eq!((preflight.code(), report["verdict"].as_str()), (Some(code), Some("NO-GO")), "{what}");
        assert_eq!(report["server_facts"]["transaction_id_assigned"], false, "{what}");
        let shown = report["checks"].as_array().unwrap().iter().find(|check| check["name"] == *expected).unwrap();
        assert!(shown["hint"].as_str().is_some_and(|hint| hint.len() > 20), "{what}: {shown}");

        let apply =
            lab.oneroof(["apply", "--ratified-apr", APR, "--yes", "--format", "json"]).output().expect_code(code);
        let again = apply.json();
        assert_eq!(unmet_in(&again), unmet, "{what}");
        assert_eq!(
            (&again["verdict"], &again["effect"]["kind"]),
            (&"NO-GO".into(), &"nothing_changed".into()),
            "{what}"
        );
        assert!(again.get("tiers").is_none(), "{what}: a tier began");
        assert_eq!(lab.admin(NEXT), before, "{what}: something was written");
        maintain(&format!("DROP DATABASE {DATABASE} WITH (FORCE)"));
        maintain("ALTER ROLE workflow_admin RESET ALL");
        COUNTED.fetch_add(1, Ordering::Relaxed);
    }
}

static COUNTED: AtomicUsize = AtomicUsize::new(0);

#[test]
fn drifted_figures_are_refused_before_the_first_write() {
    refused(&FIGURES);
}

#[test]
fn drifted_references_and_approvals_are_refused_before_the_first_write() {
    refused(&REFERENCES);
    refused(&GATE);
}

#[test]
fn a_drifted_seam_is_refused_before_the_first_write() {
    refused(&SEAM);
}

#[test]
fn a_drifted_target_is_refused_before_the_first_write() {
    refused(&TARGET);
}

#[test]
fn drifted_surroundings_are_refused_before_the_first_write() {
    refused(&SURROUNDINGS);
}

#[test]
fn there_are_as_many_kinds_of_drift_as_were_promised() {
    let kinds = [&FIGURES[..], &REFERENCES, &GATE, &SEAM, &TARGET, &SURROUNDINGS].concat();
    println!("{} kinds of drifted baselines", kinds.len());
    assert!(kinds.len() >= 40);
    let mut names: Vec<&str> = kinds.iter().map(|drift| drift.0).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), kinds.len());
}

/// Changes to a production database that still meets the contract.
const BENIGN: [(&str, &str); 13] = [
    (
        "columns with defaults on ownership",
        "ALTER TABLE public.governance_object_ownership ADD COLUMN sort int DEFAULT 7, ADD COLUMN note text, ADD COLUMN stamped timestamptz DEFAULT now(), ADD COLUMN tag uuid DEFAULT gen_random_uuid()",
    ),
    (
        "text in place of varchar",
        "ALTER TABLE public.evolution_snapshots ALTER COLUMN snapshot_ref TYPE text; ALTER TABLE public.governance_ruleset ALTER COLUMN status TYPE varchar(40)",
    ),
    (
        "narrow but wide enough",
        "ALTER TABLE public.governance_object_ownership ALTER COLUMN approval_ref TYPE varchar(30), ALTER COLUMN created_by TYPE varchar(24)",
    ),
    (
        "columns that pad",
        // The lab's views use these columns, so they are dropped and created again afterwards.
        "DO $$
         DECLARE
             again text[] := ARRAY(SELECT format('CREATE VIEW %1$s AS %2$s; ALTER VIEW %1$s OWNER TO %3$I', c.oid::regclass, pg_get_viewdef(c.oid), pg_get_userbyid(c.relowner))
                 FROM pg_class AS c WHERE c.relkind = 'v' AND c.relnamespace = 'public'::regnamespace ORDER BY c.oid);
             away text := (SELECT string_agg(c.oid::regclass::text, ', ') FROM pg_class AS c WHERE c.relkind = 'v' AND c.relnamespace = 'public'::regnamespace);
             one text;
         BEGIN
             EXECUTE 'DROP VIEW ' || away;
             ALTER TABLE public.governance_object_ownership ALTER COLUMN subject_code TYPE char(40), ALTER COLUMN owner_ref TYPE char(40), ALTER COLUMN scope_code TYPE char(20);
             FOREACH one IN ARRAY again LOOP EXECUTE one; END LOOP;
         END $$",
    ),
    (
        "other owners",
        "CREATE ROLE other_owner; ALTER TABLE public.system_issues OWNER TO other_owner; GRANT ALL ON public.system_issues TO workflow_admin; ALTER TABLE public.evolution_snapshots OWNER TO other_owner; GRANT SELECT ON public.evolution_snapshots TO workflow_admin",
    ),
    (
        "more event types",
        "INSERT INTO public.event_type_registry VALUES ('other.thing', 'other', true), ('governance.more', 'governance', false)",
    ),
    ("more issues", "INSERT INTO public.system_issues (title) SELECT 'issue ' || i FROM generate_series(1, 500) AS i"),
    (
        "more events",
        "INSERT INTO public.event_outbox (event_type) SELECT 'user.session.opened' FROM generate_series(1, 200)",
    ),
    (
        "a newer snapshot",
        "INSERT INTO public.evolution_snapshots (snapshot_ref, taken_at) VALUES ('SNAP-NEWER', '2026-06-10')",
    ),
    (
        "an index and statistics on ownership",
        "CREATE INDEX own_scope ON public.governance_object_ownership (scope_code); CREATE STATISTICS own_stats ON subject_kind, scope_code FROM public.governance_object_ownership",
    ),
    (
        "archived objects and unused classes",
        "INSERT INTO public.governance_class VALUES ('OLD', 'Old', 9); INSERT INTO public.governance_object (code, class_code, title, label, status) VALUES ('GOV-OLD-1', 'OLD', 'Old', 'old/x', 'archived')",
    ),
    (
        "a foreign key with its rows",
        "CREATE TABLE public.owners (ref varchar(255) PRIMARY KEY); INSERT INTO public.owners VALUES ('L2-COUNCIL'), ('L3-STEWARD'), ('L4-PRESIDENT'); GRANT SELECT ON public.owners TO workflow_admin; ALTER TABLE public.owners OWNER TO workflow_admin; ALTER TABLE public.governance_object_ownership ADD FOREIGN KEY (owner_ref) REFERENCES public.owners (ref)",
    ),
    (
        "settings of the role that the release pins itself",
        "ALTER ROLE workflow_admin SET search_path = public; ALTER ROLE workflow_admin SET client_min_messages = error; ALTER ROLE workflow_admin SET statement_timeout = '5s'; ALTER ROLE workflow_admin SET lock_timeout = '2s'",
    ),
];

#[test]
fn go_means_go_on_every_production_that_meets_the_contract() {
    let lab = Lab::own(|builder| builder);
    lab.ratify();
    let template = format!("{DATABASE}_ratified");
    let maintain = |sql: &str| lab.psql_in("postgres", lab.administrator(), sql);
    maintain(&format!("ALTER DATABASE {DATABASE} RENAME TO {template}"));
    for (what, sql) in BENIGN {
        maintain(&format!("CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE {template}"));
        lab.admin(sql);
        let before = lab.dump();
        // Two sessions of another user, one idle and one that reads in a transaction. Neither blocks the release.
        let mut idle = lab.session_in(DATABASE, lab.administrator());
        idle.run("SELECT 1");
        let mut reader = lab.session_in(DATABASE, lab.administrator());
        reader.run("BEGIN");
        reader.run("SELECT count(*) FROM public.directus_users");

        let preflight = lab.oneroof(["preflight", "--ratified-apr", APR, "--format", "json"]).output();
        assert_eq!(preflight.json()["verdict"], "GO", "{what}: {:?}", unmet_in(&preflight.json()));
        let apply = lab.oneroof(["apply", "--ratified-apr", APR, "--yes", "--format", "json"]).output();
        assert_eq!(apply.json()["verdict"], "DONE", "{what}\n{}", apply.whole());
        let rollback = lab.oneroof(["rollback", "--full", "--yes", "--format", "json"]).output();
        assert_eq!(rollback.json()["verdict"], "DONE", "{what}\n{}", rollback.whole());
        drop((idle, reader));
        assert_eq!(lab.dump(), before, "{what}");
        maintain(&format!("DROP DATABASE {DATABASE} WITH (FORCE)"));
        maintain("ALTER ROLE workflow_admin RESET ALL");
    }
}
