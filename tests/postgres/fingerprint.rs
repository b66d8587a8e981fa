//! Equal databases have equal fingerprints, whether the server or the client computes the digests. Differences are named.

use crate::support::{DATABASE, Lab};

fn take(lab: &Lab, words: &[&str]) -> serde_json::Value {
    let report = lab.oneroof(["fingerprint", "--format", "json"]).arguments(words).output().expect_success().json();
    assert_eq!(report["server_facts"]["transaction_id_assigned"], false);
    report["result"]["fingerprint"]["now"].clone()
}

#[test]
fn the_client_hashes_the_same_bytes_as_the_server() {
    let lab = Lab::ratified();
    // Special cases of text: a backslash, a line feed, a quote, an empty string, NULL, and a character outside ASCII.
    lab.psql(
        "INSERT INTO public.os_proposal_approvals (proposal_code, approval_level, approved_by, signature_ref) \
         VALUES ('APR-X', 'L1', E'back\\\\slash\\nline', 'ü \"quoted\" ,()'), ('APR-Y', 'L1', NULL, '')",
    );
    let server = take(&lab, &[]);
    assert_eq!(server, take(&lab, &["--client-above", "0"]));
    assert_eq!(server["content"]["public.os_proposal_approvals"]["rows"], 6);
    // psql computes the same digest.
    let text = lab.psql(
        "SET DateStyle = 'ISO, YMD'; SET TimeZone = 'UTC'; \
         SELECT encode(sha256(convert_to(string_agg(line, E'\\n' ORDER BY line COLLATE \"C\") || E'\\n', 'UTF8')), 'hex') FROM \
         (SELECT ROW(proposal_code, approval_level, approved_by, signature_ref, approved_at)::text FROM public.os_proposal_approvals) AS r (line)",
    );
    assert_eq!(server["content"]["public.os_proposal_approvals"]["digest"], text.as_str());
}

#[test]
fn a_parallel_worker_does_not_change_a_digest() {
    let lab = Lab::ratified();
    lab.psql(
        "INSERT INTO public.os_proposal_approvals (proposal_code, approval_level, approved_by) \
         SELECT 'OLD-' || md5(g::text), 'L1', 'someone ' || g FROM generate_series(1, 40000) AS g; \
         ANALYZE public.os_proposal_approvals",
    );
    let content = || take(&lab, &[])["content"]["public.os_proposal_approvals"].clone();
    let setting = |said: &str| {
        lab.admin(&format!("ALTER DATABASE {DATABASE} SET {said}"));
    };
    setting("max_parallel_workers_per_gather = 0");
    let alone = content();
    assert_eq!(alone["rows"], 40_004);
    setting("max_parallel_workers_per_gather = 4");
    setting("min_parallel_table_scan_size = 0");
    setting("parallel_setup_cost = 0");
    assert_eq!(content(), alone);
}

#[test]
fn a_difference_names_the_object_the_column_and_the_rows() {
    let lab = Lab::new();
    let _ = lab.oneroof(["fingerprint", "--save", "before.json"]).output().expect_success();
    let equal = lab.oneroof(["fingerprint", "--against", "before.json", "--client-above", "0"]).output();
    let _ = equal.expect_success().expect_stdout("equal to the saved fingerprint");
    lab.psql("ALTER TABLE public.event_type_registry ALTER COLUMN active SET DEFAULT true");
    lab.psql("INSERT INTO public.governance_ruleset (ruleset_code, version) VALUES ('RULESET-NEW', 1)");
    lab.psql("CREATE INDEX stray ON public.candidate_scan_object (class_code)");
    let differs = lab.oneroof(["fingerprint", "--against", "before.json"]).output().expect_code(5);
    for words in [
        "column public.event_type_registry.active: its definition differs",
        "index public.stray: is new",
        "content of public.governance_ruleset: was 4 rows, is 5 rows",
    ] {
        assert!(differs.stdout.contains(words), "{words}\n{}", differs.whole());
    }
    let _ = lab.oneroof(["fingerprint", "--against", "before.json", "--ignore-volatile"]).output().expect_code(2);
}

#[test]
fn rows_and_sequences_of_the_application_are_reported_and_not_judged() {
    let lab = Lab::new();
    let before = take(&lab, &[]);
    lab.psql("INSERT INTO public.system_issues (title, severity) VALUES ('x', 'critical')");
    lab.psql("SELECT nextval('public.proposal_number')");
    let after = take(&lab, &[]);
    assert_eq!(before["digest"], after["digest"]);
    assert_ne!(before["organic"], after["organic"]);
}

#[test]
fn two_dumps_and_restores_change_no_digest() {
    let lab = Lab::new();
    // The first restore prints arrays of constants differently. Later restores do not change them again.
    lab.psql(
        "CREATE VIEW public.listed AS SELECT code FROM public.governance_object WHERE status IN ('draft', 'published') AND label NOT IN ('x', 'y''z')",
    );
    let scope = |database: &str| {
        let sql = crate::support::repository_text("src/pg/questions/structure.sql");
        lab.psql_in(
            database,
            lab.administrator(),
            &format!("SET search_path = pg_catalog, pg_temp; SET oneroof.structure_scope = 'database';\n{sql}"),
        )
    };
    let restore = |from: &str, to: &str| {
        lab.admin(&format!("CREATE DATABASE {to} TEMPLATE template0"));
        // The dump sets an empty search_path.
        lab.psql_in(to, lab.administrator(), &lab.dump_of(from));
    };
    restore(DATABASE, "once");
    restore("once", "twice");
    let source = scope(DATABASE);
    assert!(source.lines().count() > 300);
    assert!(lab.dump() != lab.dump_of("once"), "the restore changed no definition, so this test proves nothing");
    for database in ["once", "twice"] {
        let restored = scope(database);
        let differing: Vec<(&str, &str)> = source.lines().zip(restored.lines()).filter(|(a, b)| a != b).collect();
        assert!(differing.is_empty(), "{database}: {differing:?}");
        assert_eq!(source.lines().count(), restored.lines().count());
    }
    lab.admin("DROP DATABASE once");
    lab.admin("DROP DATABASE twice");
}

#[test]
fn two_applies_differ_only_in_times() {
    let (one, two) = (Lab::ratified(), Lab::ratified());
    for lab in [&one, &two] {
        let apply = ["apply", "--ratified-apr", "APR-BOOT-AUTHMODEL-1", "--yes", "--no-rehearsal"];
        let _ = lab.oneroof(apply).output().expect_success();
    }
    assert_ne!(take(&one, &[])["digest"], take(&two, &[])["digest"]);
    assert_eq!(take(&one, &["--ignore-volatile"]), take(&two, &["--ignore-volatile"]));
}
