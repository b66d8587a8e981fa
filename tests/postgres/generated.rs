//! Random databases that meet the contract, made from a seed. Each is released and rolled back, or a check stops the release by name before
//! the first write. There is no third outcome.
//!
//! `ONEROOF_GENERATED` sets the number of databases (default 10), and `ONEROOF_GENERATED_SEED` sets the first seed.

use std::sync::Mutex;

use crate::packet::{APR, apply, rollback, unmet_in};
use crate::support::{Lab, OWNER, baseline, programs};
use oneroof::testing::lab::{Baseline, Builder};

/// The default number of databases, and the default first seed.
const COUNT: u64 = 10;
const SEED: u64 = 20_260_603;

/// A small random number generator. The same seed gives the same numbers on every machine.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn of<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len())]
    }

    /// At most `most` of the choices, in the order of the list.
    fn some<'c>(&mut self, choices: &'c [&'c str], most: usize) -> Vec<&'c str> {
        let wanted = self.below(most + 1);
        let mut left: Vec<&str> = choices.to_vec();
        while left.len() > wanted {
            left.remove(self.below(left.len()));
        }
        left
    }
}

const LOCALES: [&[&str]; 9] = [
    &[],
    &["--locale=C"],
    &["--locale=tr_TR.UTF-8"],
    &["--locale=az_AZ.UTF-8"],
    &["--locale=lt_LT.UTF-8"],
    &["--locale-provider=icu", "--icu-locale=tr-TR"],
    &["--locale-provider=icu", "--icu-locale=az"],
    &["--locale-provider=icu", "--icu-locale=de-u-kf-upper"],
    &["--locale-provider=icu", "--icu-locale=und", "--data-checksums"],
];

/// Settings of the server.
const SERVER: [(&str, &str); 12] = [
    ("max_locks_per_transaction", "10"),
    ("max_connections", "12"),
    ("deadlock_timeout", "10ms"),
    ("deadlock_timeout", "30s"),
    ("wal_level", "logical"),
    ("wal_level", "minimal"),
    ("temp_file_limit", "0"),
    ("track_commit_timestamp", "on"),
    ("track_activities", "off"),
    ("max_prepared_transactions", "5"),
    ("shared_preload_libraries", "auto_explain"),
    ("autovacuum", "off"),
];

/// Settings of the role (`%r`) or the database (`%d`).
const SETTINGS: [&str; 52] = [
    "ALTER ROLE %r SET DateStyle = 'German, DMY'",
    "ALTER ROLE %r SET IntervalStyle = 'sql_standard'",
    "ALTER ROLE %r SET TimeZone = 'Asia/Kathmandu'",
    "ALTER DATABASE %d SET TimeZone = 'America/Los_Angeles'",
    "ALTER ROLE %r SET search_path = ''",
    "ALTER DATABASE %d SET search_path = information_schema",
    "ALTER ROLE %r SET quote_all_identifiers = on",
    "ALTER ROLE %r SET transform_null_equals = on",
    "ALTER ROLE %r SET session_replication_role = replica",
    "ALTER ROLE %r SET default_transaction_read_only = on",
    "ALTER ROLE %r SET default_transaction_isolation = 'serializable'",
    "ALTER ROLE %r SET statement_timeout = 1",
    "ALTER ROLE %r SET lock_timeout = 1",
    "ALTER ROLE %r SET idle_in_transaction_session_timeout = 1",
    "ALTER ROLE %r SET work_mem = '64kB'",
    "ALTER ROLE %r SET track_counts = off",
    "ALTER ROLE %r SET client_min_messages = 'debug1'",
    "ALTER ROLE %r SET client_min_messages = 'error'",
    "ALTER ROLE %r SET synchronous_commit = off",
    "ALTER ROLE %r SET jit_above_cost = 0; ALTER ROLE %r SET jit = on",
    "ALTER ROLE %r SET plan_cache_mode = 'force_generic_plan'",
    "ALTER ROLE %r SET bytea_output = 'escape'",
    "ALTER ROLE %r SET xmloption = 'document'",
    "ALTER ROLE %r SET check_function_bodies = off",
    "ALTER ROLE %r CONNECTION LIMIT 4",
    "ALTER DATABASE %d SET default_text_search_config = 'pg_catalog.turkish'",
    "ALTER ROLE %r SET standard_conforming_strings = off",
    "ALTER ROLE %r SET row_security = off",
    "ALTER DATABASE %d SET default_transaction_deferrable = on",
    "ALTER DATABASE %d SET default_transaction_isolation = 'repeatable read'",
    "ALTER DATABASE %d SET default_transaction_read_only = on",
    "ALTER DATABASE %d SET statement_timeout = '5ms'",
    "ALTER ROLE %r IN DATABASE %d SET lock_timeout = '1ms'",
    "ALTER ROLE %r SET DateStyle = 'SQL, DMY'",
    "ALTER ROLE %r SET IntervalStyle = 'iso_8601'",
    "ALTER ROLE %r SET extra_float_digits = -15",
    "ALTER ROLE %r SET xmlbinary = 'hex'",
    "ALTER ROLE %r SET client_encoding = 'LATIN1'",
    "ALTER ROLE %r SET array_nulls = off",
    "ALTER ROLE %r SET backslash_quote = off",
    "ALTER ROLE %r SET enable_seqscan = off; ALTER ROLE %r SET enable_hashjoin = off",
    "ALTER ROLE %r SET enable_nestloop = off; ALTER ROLE %r SET enable_indexscan = off",
    "ALTER ROLE %r SET from_collapse_limit = 1; ALTER ROLE %r SET join_collapse_limit = 1",
    "ALTER ROLE %r SET geqo_threshold = 2",
    "ALTER ROLE %r SET parallel_setup_cost = 0; ALTER ROLE %r SET min_parallel_table_scan_size = 0",
    "ALTER ROLE %r SET default_statistics_target = 1",
    "ALTER ROLE %r SET lc_messages = 'C'; ALTER ROLE %r SET lc_time = 'C'",
    "ALTER ROLE %r SET log_statement = 'all'; ALTER ROLE %r SET log_min_duration_statement = 0",
    "ALTER ROLE %r SET lo_compat_privileges = on",
    "ALTER ROLE %r SET gin_fuzzy_search_limit = 1",
    "ALTER ROLE %r SET search_path = '$user', 'public', 'copy'",
    "ALTER ROLE %r SET constraint_exclusion = on",
];

/// Trusted extensions, and extensions that most servers have. An extension that this server does not have is left out.
const EXTENSIONS: [&str; 9] = [
    "citext",
    "hstore",
    "pg_trgm",
    "pgcrypto",
    "unaccent",
    "ltree",
    "btree_gist",
    "pg_stat_statements",
    "postgres_fdw",
];

/// Privileges that a superuser revokes, and objects that a superuser creates.
const SURROUNDINGS: [&str; 34] = [
    "REVOKE SELECT ON pg_catalog.pg_auth_members FROM PUBLIC",
    "REVOKE SELECT ON pg_catalog.pg_cast FROM PUBLIC",
    "REVOKE SELECT ON pg_catalog.pg_roles FROM PUBLIC",
    "REVOKE SELECT ON pg_catalog.pg_locks FROM PUBLIC",
    "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_xact_status(xid8) FROM PUBLIC",
    "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_control_system() FROM PUBLIC",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC",
    "REVOKE TEMPORARY ON DATABASE directus FROM PUBLIC",
    "ALTER DEFAULT PRIVILEGES FOR ROLE workflow_admin REVOKE INSERT ON TABLES FROM workflow_admin",
    "ALTER DEFAULT PRIVILEGES FOR ROLE workflow_admin GRANT SELECT ON TABLES TO PUBLIC",
    "ALTER DEFAULT PRIVILEGES FOR ROLE workflow_admin REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
    "CREATE PUBLICATION whole FOR ALL TABLES",
    "CREATE PUBLICATION listed FOR TABLE public.governance_object_ownership",
    "CREATE EVENT TRIGGER seen ON ddl_command_end EXECUTE FUNCTION public.seen()",
    "CREATE EVENT TRIGGER seen ON sql_drop WHEN TAG IN ('DROP INDEX') EXECUTE FUNCTION public.seen()",
    "CREATE EVENT TRIGGER seen ON ddl_command_end EXECUTE FUNCTION public.seen(); ALTER EXTENSION plpgsql ADD EVENT TRIGGER seen",
    "CREATE SCHEMA malice; CREATE VIEW malice.pg_class AS SELECT 1 AS one",
    "ALTER TABLE public.os_proposal_approvals OWNER TO postgres_of_the_lab; GRANT SELECT ON public.os_proposal_approvals TO workflow_admin",
    "CREATE TABLE public.oneroof_axis (axis_code text)",
    "ALTER TABLE public.governance_object ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE public.governance_object_ownership REPLICA IDENTITY FULL",
    "CREATE STATISTICS public.owned ON scope_code, owner_ref FROM public.governance_object_ownership",
    "COMMENT ON SCHEMA public IS 'of this site'",
    "REVOKE SELECT ON pg_catalog.pg_settings FROM PUBLIC",
    "REVOKE SELECT ON pg_catalog.pg_database FROM PUBLIC",
    "GRANT SELECT (owner_ref), UPDATE (owner_ref) ON public.governance_object_ownership TO PUBLIC",
    "GRANT ALL ON ALL TABLES IN SCHEMA public TO postgres_of_the_lab WITH GRANT OPTION",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
    "CREATE SCHEMA copy; CREATE TABLE copy.governance_object_ownership (a int); CREATE VIEW copy.v_governance_scope AS SELECT 1 AS one; GRANT USAGE ON SCHEMA copy TO PUBLIC",
    "CREATE PUBLICATION inserts FOR TABLE public.event_outbox WITH (publish = 'insert')",
    "ALTER TABLE public.event_outbox SET UNLOGGED",
    "ALTER TABLE public.os_proposal_approvals SET (fillfactor = 50, autovacuum_enabled = off)",
    "CREATE RULE seen AS ON INSERT TO public.candidate_scan_cursor DO ALSO NOTHING",
];

/// Further objects and rows that the owner has.
const SIZES: [&str; 16] = [
    "INSERT INTO public.event_outbox (event_type, payload, created_at) SELECT 'user.session.opened', '{\"user\": 1}', '2026-05-01' FROM generate_series(1, 5000)",
    "INSERT INTO public.os_proposal_approvals (proposal_code, approval_level) SELECT 'APR-' || i, 'L1' FROM generate_series(1, 5000) AS i",
    "DO $$ BEGIN FOR i IN 1..120 LOOP EXECUTE format('CREATE TABLE public.many_%s (a int PRIMARY KEY, b text UNIQUE)', i); END LOOP; END $$",
    "CREATE INDEX ON public.governance_object_ownership (owner_ref, scope_code) WHERE created_by IS NOT NULL",
    "ALTER TABLE public.governance_object_ownership ADD seed text, ADD held text",
    "ALTER TABLE public.os_proposal_approvals ADD ospa text, ADD code text",
    "ALTER TABLE public.governance_object_ownership ADD kept text GENERATED ALWAYS AS (owner_ref || '/' || scope_code) STORED",
    "CREATE TABLE public.\"Odd \"\"one\"\"\" (\"select\" int, \"a b\" text); CREATE VIEW public.\"Odd view\" AS TABLE public.\"Odd \"\"one\"\"\"",
    "CREATE DOMAIN public.code AS text CHECK (VALUE <> ''); CREATE TABLE public.of_domain (a public.code)",
    "SELECT lo_from_bytea(0, 'a large object')",
    "ALTER TABLE public.governance_object_ownership ADD gone int; ALTER TABLE public.governance_object_ownership DROP COLUMN gone",
    "ALTER TABLE public.os_proposal_approvals ADD gone int; ALTER TABLE public.os_proposal_approvals DROP COLUMN gone",
    "CREATE TABLE public.oneroofing (a int GENERATED ALWAYS AS IDENTITY, b text DEFAULT 'oneroof_')",
    "CREATE TABLE public.parted (a int, b text) PARTITION BY RANGE (a); CREATE TABLE public.parted_1 PARTITION OF public.parted DEFAULT",
    "CREATE TYPE public.state AS ENUM ('open', 'shut'); CREATE TABLE public.of_state (s public.state[], r int4range, EXCLUDE USING gist (r WITH &&))",
    "CREATE MATERIALIZED VIEW public.kept AS SELECT count(*) AS n FROM public.v_governance_object_inventory",
];

/// The baseline, with another type, collation or time type in some tables. Columns that a view compares with each other change together,
/// because a view that compares two collations fails.
fn shaped(chance: &mut Chance) -> (String, String) {
    let text = regex::Regex::new(r#"(?m)^(    "?\w+"?) (?:varchar\(255\)|text)"#).unwrap();
    let families: [&[&str]; 6] = [
        &["governance_class", "governance_object", "governance_scope_definition", "governance_object_ownership"],
        &["os_proposal_approvals"],
        &["event_type_registry", "event_outbox"],
        &["governance_ruleset"],
        &["evolution_snapshots"],
        &["candidate_scan_run", "candidate_scan_state", "candidate_scan_object", "candidate_scan_cursor"],
    ];
    let shapes = [
        "",
        "text",
        "varchar",
        "text COLLATE \"C\"",
        "varchar(200) COLLATE public.alike",
        "text COLLATE public.german",
    ];
    let mut sql = baseline().sql;
    let mut told = Vec::new();
    for family in families {
        let shape = *chance.of(&shapes);
        for table in family.iter().filter(|_| !shape.is_empty()) {
            let start = sql.find(&format!("CREATE TABLE public.{table} (")).unwrap();
            let end = start + sql[start..].find("\n);").unwrap();
            let changed = text.replace_all(&sql[start..end], format!("$1 {shape}")).into_owned();
            sql.replace_range(start..end, &changed);
        }
        told.push(if shape.is_empty() { "-" } else { shape });
    }
    for table in ["governance_object_ownership", "os_proposal_approvals", "evolution_snapshots"] {
        if chance.one_in(4) {
            let start = sql.find(&format!("CREATE TABLE public.{table} (")).unwrap();
            let end = start + sql[start..].find("\n);").unwrap();
            let changed = sql[start..end].replace("timestamp with time zone", "timestamp");
            sql.replace_range(start..end, &changed);
            told.push(table);
        }
    }
    let collations =
        "CREATE COLLATION public.alike (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE COLLATION public.german (provider = icu, locale = 'de');";
    (format!("{collations}\n{sql}"), format!("columns {}", told.join(" | ")))
}

/// A database, and the description of how it was made.
fn made(seed: u64) -> (Lab, String) {
    let mut chance = Chance(seed);
    let known = if programs().version.major < 15 { &LOCALES[..5] } else { &LOCALES[..] };
    let locale = *chance.of(known);
    let server: Vec<(&str, &str)> = (0..chance.below(3)).map(|_| *chance.of(&SERVER)).collect();
    let (sql, columns) = shaped(&mut chance);
    let settings = chance.some(&SETTINGS, 3);
    let extensions = chance.some(&EXTENSIONS, 3);
    let surroundings = chance.some(&SURROUNDINGS, 1);
    let sizes = chance.some(&SIZES, 3);
    let told = format!(
        "seed {seed}: {locale:?}, {server:?}, {columns}, {settings:?}, {extensions:?}, {surroundings:?}, {sizes:?}"
    );
    let configure = |builder: Builder| {
        let builder = builder.baseline(Baseline { sql: "SELECT 1".to_owned(), ..baseline() });
        let builder = locale.iter().fold(builder, |builder, argument| builder.initdb(*argument));
        let small = server.contains(&("wal_level", "minimal")).then_some(("max_wal_senders", "0"));
        server.iter().copied().chain(small).fold(builder, |builder, (name, value)| builder.setting(name, value))
    };
    let lab = Lab::own(configure);
    lab.admin("CREATE ROLE postgres_of_the_lab");
    lab.psql(&sql);
    lab.admin("CREATE FUNCTION public.seen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'");
    lab.ratify();
    for size in sizes {
        lab.psql(size);
    }
    for extension in extensions {
        if lab.admin(&format!("SELECT count(*) FROM pg_available_extensions WHERE name = '{extension}'")) == "1" {
            lab.admin(&format!("CREATE EXTENSION {extension}"));
        }
    }
    for setting in settings.iter().chain(&surroundings) {
        // An earlier setting of the database must not stop this one.
        let setting = setting.replace("%r", OWNER).replace("%d", "directus");
        lab.admin(&format!("SET default_transaction_read_only = off; SET statement_timeout = 0; {setting}"));
    }
    (lab, told)
}

/// The outcome: `Ok` with no names if the release was applied and rolled back, `Ok` with the names of the unmet checks if it was stopped.
fn ended(lab: &Lab, told: &str) -> Result<Vec<String>, String> {
    let before = lab.dump();
    let preflight = lab.oneroof(["preflight", "--ratified-apr", APR, "--format=json"]).output();
    let failed = |what: &str, output: &crate::support::Output| Err(format!("{told}\n{what}: {}", output.whole()));
    match preflight.code() {
        Some(0) => {
            let applied = apply(lab);
            if applied.code() != Some(0) {
                return failed("GO, and then", &applied);
            }
            let verified = lab.oneroof(["verify"]).output();
            if verified.code() != Some(0) {
                return failed("DONE, and then", &verified);
            }
            let undone = rollback(lab, ["--full"]);
            if undone.code() != Some(0) {
                return failed("DONE, but the rollback failed", &undone);
            }
            if before == lab.dump() { Ok(Vec::new()) } else { Err(format!("{told}\nthe rollback is not equal")) }
        }
        Some(4) => {
            let names = unmet_in(&preflight.json());
            let applied = apply(lab);
            if names.is_empty() || applied.code() != Some(4) || before != lab.dump() {
                return failed("NO-GO, and then", &applied);
            }
            Ok(names)
        }
        _ => failed("neither GO nor NO-GO", &preflight),
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| value.parse().unwrap_or_else(|_| panic!("{name}={value}")))
}

#[test]
fn a_database_that_meets_the_contract_is_released_or_refused_by_name() {
    let (count, seed) = (number("ONEROOF_GENERATED", COUNT), number("ONEROOF_GENERATED_SEED", SEED));
    let next = Mutex::new(seed..seed + count);
    let ends = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(seed) = { next.lock().unwrap().next() } {
                    let (lab, told) = made(seed);
                    let end = ended(&lab, &told);
                    ends.lock().unwrap().push((told, end));
                }
            });
        }
    });
    let ends = ends.into_inner().unwrap();
    let wrong: Vec<&String> = ends.iter().filter_map(|(_, end)| end.as_ref().err()).collect();
    assert!(
        wrong.is_empty(),
        "{} of {} had a third outcome:\n{}",
        wrong.len(),
        ends.len(),
        wrong.iter().map(|told| told.as_str()).collect::<Vec<_>>().join("\n\n")
    );
    let refused: Vec<String> = ends
        .iter()
        .filter_map(|(_, end)| end.as_ref().ok())
        .filter(|names| !names.is_empty())
        .map(|names| names.join(", "))
        .collect();
    println!(
        "{} released and rolled back, {} refused: {}",
        ends.len() - refused.len(),
        refused.len(),
        refused.join("; ")
    );
    assert_eq!(u64::try_from(ends.len()).unwrap(), count);
    assert!(refused.len() < ends.len(), "no database was released");
}
