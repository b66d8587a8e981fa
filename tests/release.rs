//! The packet is complete and unchanged, and the program rejects it if a single byte differs.

#[path = "release/lint.rs"]
mod lint;
#[path = "support/mod.rs"]
mod support;
#[path = "release/tampered.rs"]
mod tampered;

use lint::{lint, lint_script};
use oneroof::testing::packet::{compose, sealed};
use oneroof::testing::pg::questions;
use oneroof::testing::release::{BLOCK, Descriptor, Digest, Manifest, PartKind, Release, ReleaseError, Script};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::{FileExt as _, PermissionsExt};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use support::{Sandbox, exported, repository, repository_text};

fn shell(script: &str) -> String {
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .env("LC_ALL", "C")
        .current_dir(repository("."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// A small random number generator (xorshift64*). A failing seed can be run again.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }
}

fn embedded() -> &'static Release {
    static RELEASE: OnceLock<Release> = OnceLock::new();
    RELEASE.get_or_init(|| Release::embedded().unwrap())
}

/// The text of the sealed packet that the binary carries.
fn packet() -> &'static str {
    static PACKET: OnceLock<String> = OnceLock::new();
    PACKET.get_or_init(|| embedded().sealed().unwrap())
}

fn manifest() -> &'static str {
    static MANIFEST: OnceLock<String> = OnceLock::new();
    MANIFEST.get_or_init(|| embedded().manifest.text())
}

fn sha256(text: &str) -> String {
    Digest::of(text.as_bytes()).to_string()
}

/// Seals a packet made from these sources.
fn sealed_of(sources: &BTreeMap<String, String>) -> Result<String, String> {
    Descriptor::of(sources).and_then(|page| sealed::seal(&page, sources, sha256)).map(|sealed| sealed.text)
}

/// The packet's sources in the repository.
fn sources() -> BTreeMap<String, String> {
    let paths = shell("find sql -type f");
    paths.lines().map(|path| (path.trim_start_matches("sql/").to_owned(), repository_text(path))).collect()
}

#[test]
fn the_manifest_is_complete_and_sha256sum_agrees() {
    shell("sha256sum --check --strict --quiet manifest-sha256.txt");
    let (release, lines) = repository_text("manifest-sha256.txt").split_once('\n').map(own).unwrap();
    assert_eq!(release, format!("# release {}", Release::embedded().unwrap().digest_text()), "run .ci/manifest");
    let listed: Vec<&str> = lines.lines().map(|line| &line[66..]).collect();
    assert_eq!(shell("find sql -type f | sort"), listed.join("\n"));
    // The folder has only plain files. A link would be followed when the packet is composed.
    assert_eq!(shell("find sql ! -type f ! -type d"), "");
}

fn own((one, other): (&str, &str)) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

#[test]
fn the_binary_carries_what_the_sources_compose_and_nothing_else() {
    assert_eq!(*embedded().sources(), sources());
    let composed = compose::members(&sources()).unwrap();
    let listed: String = composed.iter().map(|(path, text)| format!("{}  {path}\n", sha256(text))).collect();
    assert_eq!(manifest(), listed);
    embedded().check().unwrap();
    assert_eq!(sealed_of(&sources()).as_deref(), Ok(packet()));
}

#[test]
fn the_release_digest_is_the_sha256sum_of_the_exported_file() {
    let sandbox = Sandbox::new();
    let _ = sandbox.oneroof(["packet", "export", "one-roof.packet"]).output().expect_success();
    let file = sandbox.work().join("one-roof.packet");
    let by_shell = shell(&format!("sha256sum {} | cut -d' ' -f1", file.display()));
    assert_eq!(embedded().digest_text(), format!("sha256:{by_shell}"));
    // Given to the program, the file is the same release, and the output names the file.
    let shown = sandbox.oneroof(["manifest", "--packet", "one-roof.packet"]).output().expect_success();
    assert!(shown.stdout.contains(&embedded().digest_text()), "{}", shown.stdout);
    assert!(shown.stdout.contains("of packet one-roof.packet"), "{}", shown.stdout);
}

/// An empty replacement for a source, which is still valid TOML or SQL.
fn blinded(path: &str) -> &'static str {
    if path.contains(".toml") { "# nothing\n" } else { "SELECT 1 WHERE false\n" }
}

#[test]
fn each_changed_source_is_refused_or_makes_another_release() {
    for path in sources().keys() {
        let mut other = sources();
        other.insert(path.clone(), blinded(path).to_owned());
        if let Ok(text) = sealed_of(&other) {
            let other = Release::unsealed("other", &text).unwrap();
            assert!(matches!(other.expect(&embedded().digest_text()), Err(ReleaseError::Unexpected { .. })), "{path}");
        }
    }
}

/// The reason why a text is not a valid sealed packet.
fn refusal(text: &str) -> String {
    match Release::unsealed("x.packet", text) {
        Err(error @ ReleaseError::Sealed { .. }) => error.to_string(),
        other => panic!("not refused as a sealed packet: {other:?}"),
    }
}

#[test]
fn a_sealed_packet_whose_member_or_number_was_changed_is_refused_with_the_reason() {
    // The member has no guard, and its digest in the list was corrected. Only composing the packet again shows the change.
    for (path, _) in embedded().manifest.entries() {
        let text = embedded().composed(path).unwrap();
        let blind = "-- oneroof:guard\n-- oneroof:body\n-- oneroof:assert\n";
        let line = |text: &str| format!("{} {} {path}\n", sha256(text), text.len());
        let forged = packet().replacen(&line(&text), &line(blind), 1);
        let forged = forged.replacen(&format!("\n==> {path} <==\n{text}"), &format!("\n==> {path} <==\n{blind}"), 1);
        assert_ne!(forged, packet(), "{path}");
        assert!(refusal(&forged).contains("was changed after it was sealed"), "{path}");
    }
    // A derived number, and a number that people approve.
    for (from, to, said) in [
        (
            "\"public.governance_object_ownership\" = { inserted = 30 }",
            "\"public.governance_object_ownership\" = { inserted = 31 }",
            "gives other row counts",
        ),
        (
            "\"public.governance_object_ownership\" = 30 }",
            "\"public.governance_object_ownership\" = 31 }",
            "gives other row counts",
        ),
        ("\"public.oneroof_axis\" = { inserted = 3 }", "\"public.oneroof_axis\" = { inserted = 2 }", "disagree"),
    ] {
        let forged = packet().replacen(from, to, 1);
        assert_ne!(forged, packet(), "{from}");
        assert!(refusal(&forged).contains(said), "{from}: {}", refusal(&forged));
    }
}

#[test]
fn a_truncated_longer_or_foreign_file_is_no_sealed_packet() {
    for text in
        ["", "x", "# oneroof packet, form 1, frames 1\n", "# oneroof packet, form 2, frames 1\n\n", &packet()[1..]]
    {
        let _ = refusal(text);
    }
    assert!(refusal(&packet().replacen("frames 1", "frames 9", 1)).contains("frames 9, but this program has frames 1"));
    let _ = refusal(&packet()[..packet().len() - 1]);
    assert!(refusal(&format!("{}\n", packet())).contains("goes on after its last file"));
    let list_end = packet().find("\n\n").unwrap();
    let _ = refusal(&packet().replacen("source/packet.toml", "source/../packet.toml", 1));
    let _ = refusal(&packet()[..list_end]);
}

#[test]
fn each_flip_in_a_sealed_packet_is_refused() {
    let seed = 0x0ADE_F00D_2026_0603;
    let mut random = Random(seed);
    for flip in 0..200 {
        let mut bytes = packet().as_bytes().to_vec();
        let at = random.below(bytes.len());
        bytes[at] ^= 1 << random.below(7);
        let Ok(text) = String::from_utf8(bytes) else { continue };
        assert!(Release::unsealed("x", &text).is_err(), "seed {seed:#x}, flip {flip}: byte {at}");
    }
}

#[test]
fn each_query_of_the_engine_counts_for_its_digest() {
    let by_shell = shell("cd src/pg/questions && sha256sum *.sql | sha256sum | cut -d' ' -f1");
    assert_eq!(questions::BUILT, format!("sha256:{by_shell}"));
    assert_eq!(questions::digest(), questions::BUILT);
    assert!(questions::ALL.len() > 10);
}

#[test]
fn manifest_lines_in_another_order_or_twice_are_refused() {
    let lines: Vec<&str> = manifest().split_inclusive('\n').collect();
    for index in 1..lines.len() {
        let mut swapped = lines.clone();
        swapped.swap(index - 1, index);
        assert!(matches!(Manifest::parse(&swapped.concat()), Err(ReleaseError::ManifestLine { .. })));
        let mut twice = lines.clone();
        twice.insert(index, lines[index]);
        assert!(matches!(Manifest::parse(&twice.concat()), Err(ReleaseError::ManifestLine { .. })));
    }
    let digest = "0".repeat(64);
    for path in ["sql/../x", "/sql/x", "sql//x", "sql/./x", "../sql/x", "README.md", "sql/a b", "sql/ü"] {
        let refused = Manifest::parse(&format!("{digest}  {path}\n"));
        assert!(matches!(refused, Err(ReleaseError::ManifestLine { .. })), "{path}");
    }
    for text in
        [manifest().replace('\n', "\r\n"), ["\u{feff}", manifest()].concat(), manifest().replace("  sql", " *sql")]
    {
        assert!(Manifest::parse(&text).is_err());
    }
}

/// One byte of the shipped binary is changed on disk. The binary gets the address of a server and must not connect to it.
#[test]
fn a_patched_binary_refuses_to_run_and_sends_nothing() {
    let sandbox = Sandbox::new();
    let binary = sandbox.work().join("patched");
    let bytes = std::fs::read(env!("CARGO_BIN_EXE_oneroof")).unwrap();
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let port = server.local_addr().unwrap().port().to_string();
    std::fs::write(&binary, &bytes).unwrap();
    std::fs::set_permissions(&binary, PermissionsExt::from_mode(0o755)).unwrap();
    let places = places_of(&bytes, BLOCK);
    assert!(!places.is_empty(), "the packet is not in the binary");
    let mut random = Random(20_260_603);
    let anywhere: Vec<usize> = (0..50).map(|_| random.below(BLOCK.len())).collect();
    // The bytes of the packet's digest and length, its first and last byte, and fifty others.
    let mut patched = 0;
    for offset in [0, 31, 32, 39, 40, BLOCK.len() - 1].into_iter().chain(anywhere) {
        // The binary may contain the same bytes more than once. All copies are changed.
        let patch = |other: u8| {
            let file = std::fs::OpenOptions::new().write(true).open(&binary).unwrap();
            for place in &places {
                file.write_all_at(&[BLOCK[offset] ^ other], u64::try_from(place + offset).unwrap()).unwrap();
            }
        };
        patch(1);
        for arguments in [&["status"][..], &["apply", "--yes", "--ratified-apr", "APR-BOOT-AUTHMODEL-1"], &["plan"]] {
            let mut command = Command::new(&binary);
            command.env_clear().args(arguments).current_dir(sandbox.work()).stdin(Stdio::null());
            command.args(["--host", "127.0.0.1", "--port", &port, "--dbname", "directus", "--username", "x"]);
            let output = output_once_closed(&mut command);
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(output.status.code(), Some(6), "byte {offset}: {said}");
            assert!(said.contains("nothing was changed"), "{said}");
            patched += 1;
        }
        assert!(server.accept().is_err(), "byte {offset}: the binary connected to the server");
        patch(0);
    }
    assert_eq!(sandbox.files(|name| name.starts_with("rollout_")).len(), 0);
    println!("{patched} runs of a patched binary refused");
}

/// The output of a program whose file has just been written. Another test may have forked a process while the file was open for writing.
/// The kernel runs the program only after that process has closed the file.
fn output_once_closed(command: &mut Command) -> std::process::Output {
    let begun = std::time::Instant::now();
    loop {
        match command.output() {
            Err(error)
                if error.kind() == std::io::ErrorKind::ExecutableFileBusy
                    && begun.elapsed() < std::time::Duration::from_secs(10) =>
            {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            output => return output.unwrap(),
        }
    }
}

/// The positions of the block in the bytes.
fn places_of(bytes: &[u8], block: &[u8]) -> Vec<usize> {
    (0..bytes.len() - block.len()).filter(|at| bytes[*at] == block[0] && bytes[*at..].starts_with(block)).collect()
}

#[test]
fn the_lint_finds_nothing_in_the_packet() {
    assert_eq!(lint(&Release::embedded().unwrap()), []);
}

#[test]
fn the_lint_finds_each_banned_thing_in_each_part() {
    let statements = [
        "BEGIN;",
        "START TRANSACTION;",
        "COMMIT;",
        "END;",
        "ROLLBACK;",
        "ABORT;",
        "SAVEPOINT s;",
        "RELEASE s;",
        "PREPARE TRANSACTION 'x';",
        "NOTIFY c;",
        "LISTEN c;",
        "GRANT SELECT ON t TO u;",
        "ALTER ROLE u SET x = 1;",
        "ALTER USER u SET x = 1;",
        "ALTER DATABASE d SET x = 1;",
        "ALTER SYSTEM SET x = 1;",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO u;",
        "COPY t FROM STDIN;",
        "SET search_path = public;",
        "RESET ALL;",
        "DISCARD ALL;",
        "commit;",
        "  Commit\n;",
        "/* first */ COMMIT;",
        "SELECT 1; COMMIT;",
        "COMMIT",
        "ALTER\n  ROLE u SET x = 1;",
    ];
    let words = [
        "SELECT nextval('s');",
        "SELECT pg_catalog.setval('s', 1);",
        "CREATE TEMP TABLE t ();",
        "CREATE TEMPORARY VIEW v AS SELECT 1;",
        "CREATE TABLE t (id serial);",
        "CREATE TABLE t (id BigSerial);",
        "SELECT dblink('x');",
        "SELECT pg_notify('c', '');",
        "DROP TABLE t CASCADE;",
        "CREATE UNLOGGED TABLE t ();",
        "DO $$ BEGIN PERFORM nextval('s'); END $$;",
        "SELECT '; nextval';",
        "\\echo psql",
        "  \\i other.sql",
        "SELECT 1;\r",
        "\u{feff}SELECT 1;",
    ];
    for banned in statements.iter().chain(&words) {
        for part in PartKind::ALL {
            let text: String = PartKind::ALL
                .iter()
                .map(|kind| {
                    let inside = if *kind == part { *banned } else { "SELECT 1;" };
                    format!("-- oneroof:{}\n-- said before it\n{inside}\n", kind.word())
                })
                .collect();
            let script = Script::cut("sql/x.sql", text.clone()).unwrap();
            let found = lint_script(&script);
            assert!(!found.is_empty(), "{} part: {banned:?}", part.word());
            let line = 3 + 3 * u32::try_from(PartKind::ALL.iter().position(|kind| *kind == part).unwrap()).unwrap();
            assert!(
                found.iter().all(|one| one.line.abs_diff(line) <= 1 && !one.reason.is_empty()),
                "{banned:?}: {found:?}"
            );
        }
    }
    // An exception block in a body would write with another transaction id, so the checks would not see those writes.
    let body = |inside: &str| {
        let text = format!("-- oneroof:guard\n-- oneroof:body\n{inside}\n-- oneroof:assert\n");
        lint_script(&Script::cut("sql/x.sql", text).unwrap()).len()
    };
    assert!(body("DO $$ BEGIN NULL; EXCEPTION WHEN OTHERS THEN NULL; END $$;") > 0);
    for innocent in [
        "-- COMMIT is the engine's",
        "SELECT 'COMMIT; ROLLBACK';",
        "SELECT \"commit\" FROM t;",
        "/* BEGIN; /* COMMIT; */ END; */ SELECT 1;",
        "DO $do$ BEGIN PERFORM 1; END $do$;",
        "ALTER TABLE t SET (fillfactor = 50);",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = pg_catalog AS 'SELECT 1';",
        "SELECT template, serials FROM t; -- nextval",
    ] {
        assert_eq!(body(innocent), 0, "{innocent}");
    }
}

/// The names of all checks that the page lists, with or without parameters.
fn listed_in_page() -> BTreeSet<String> {
    let parsed = |path: &str| -> toml::Value { toml::Value::Table(repository_text(path).parse().unwrap()) };
    let mut names = BTreeSet::new();
    let mut lists = vec![parsed("sql/packet.toml"), parsed("sql/extras.toml")];
    while let Some(value) = lists.pop() {
        match value {
            toml::Value::Table(table) => lists.extend(table.into_iter().map(|(_, value)| value)),
            toml::Value::Array(values) => lists.extend(values),
            toml::Value::String(entry) => drop(names.insert(entry.split(" = ").next().unwrap().to_owned())),
            _ => {}
        }
    }
    names
}

#[test]
fn every_check_is_one_file_that_the_page_names() {
    let listed = listed_in_page();
    let mut questions: BTreeMap<String, &String> = BTreeMap::new();
    let sources = sources();
    let checks: Vec<(&String, &String)> = sources.iter().filter(|(path, _)| path.starts_with("checks/")).collect();
    assert!(checks.len() > 60, "{} checks", checks.len());
    for (path, text) in checks {
        let name = path.trim_start_matches("checks/").trim_end_matches(".sql");
        assert!(listed.contains(name), "{path} is in no list of the page");
        let question = text.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
        if let Some(other) = questions.insert(question, path) {
            panic!("{path} and {other} have the same query");
        }
    }
}

/// The engine uses no name of the packet. If tiers and objects have other names, the same sources give the same members with the new names.
#[test]
fn a_packet_with_other_names_is_composed_in_the_same_way() {
    // Each name is a whole word in the packet and does not appear in the engine's own text.
    let names = [
        // The new names are in the same order, because locks are taken in the order of names.
        ("oneroof_axis", "acme_axis"),
        ("oneroof_containment", "acme_container"),
        ("oneroof_scan_", "acme_scanner_"),
        ("oneroof_topic", "acme_topic"),
        ("v_oneroof_", "v_acme_"),
        ("oneroof_shadow", "acme_shadow"),
        ("os_proposal_approvals", "signed_releases"),
        ("governance_object_ownership", "stock_keeper"),
        ("v_governance_object_inventory", "v_stock_goods"),
        ("v_governance_scope", "v_stock_place"),
        ("directus", "warehouse"),
        ("One-Roof Governance Phase 1", "Warehouse 7"),
        ("20-axis", "20-shelves"),
        ("20_responsibility_axis", "20_shelves"),
        ("name = \"axis\"", "name = \"shelves\""),
        ("'2 axis'", "'2 shelves'"),
        ("(2, 'axis'", "(2, 'shelves'"),
        ("rollback of tier 2: axis", "rollback of tier 2: shelves"),
        ("30-ownership", "30-keepers"),
        ("name = \"ownership\"", "name = \"keepers\""),
        ("'3 ownership'", "'3 keepers'"),
        ("(3, 'ownership'", "(3, 'keepers'"),
        ("rollback of tier 3: ownership", "rollback of tier 3: keepers"),
        ("coverage_pct", "kept_share"),
    ];
    let renamed = |text: &str| names.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    let all = |files: &BTreeMap<String, String>| -> BTreeMap<String, String> {
        files.iter().map(|(path, text)| (renamed(path), renamed(text))).collect()
    };
    let expected = all(&compose::members(&sources()).unwrap());
    let composed = compose::members(&all(&sources())).unwrap();
    assert_eq!(composed.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (path, text) in &composed {
        assert!(text == &expected[path], "{path} is composed differently");
    }
}

#[test]
fn a_source_that_is_missing_or_reaches_into_the_frames_is_named() {
    let changed = |change: &dyn Fn(&mut BTreeMap<String, String>)| {
        let mut sources = sources();
        change(&mut sources);
        compose::members(&sources).unwrap_err()
    };
    for gone in [
        "packet.toml",
        "derived.toml",
        "checks/gap.sql",
        "20-axis/up.sql",
        "20-axis/down.sql",
        "preflight/key.sql",
        "actions/scan-write.sql",
        "revalidation/scanner_idempotent.sql",
    ] {
        let reason = changed(&|sources| drop(sources.remove(gone).unwrap()));
        let named = gone.replace("preflight/key", "checks/key");
        assert!(reason.contains(&named), "{gone}: {reason}");
    }
    let shown = changed(&|sources| sources.get_mut("20-axis/up.sql").unwrap().push_str("-- oneroof:assert\n"));
    assert!(shown.contains("20-axis/up.sql") && shown.contains("-- oneroof:assert"), "{shown}");
    let shown = changed(&|sources| drop(sources.insert("checks/gap.sql".to_owned(), "SELECT 1\n".to_owned())));
    assert!(shown.contains("checks/gap.sql") && shown.contains("expected"), "{shown}");
}

#[test]
fn every_question_that_the_program_asks_is_in_the_packet() {
    let calls = shell("grep -rhoE 'question\\(\"[a-z_]+\"\\)' src | sort -u");
    let names: BTreeSet<&str> = calls.lines().filter_map(|line| line.split('"').nth(1)).collect();
    assert!(names.contains("figures"), "{names:?}");
    for name in &names {
        assert!(!embedded().question(name).unwrap().is_empty(), "{name}");
    }
    for (path, _) in embedded().manifest.entries().iter().filter(|(path, _)| path.starts_with("sql/queries/")) {
        let name = path.trim_start_matches("sql/queries/").trim_end_matches(".sql");
        let said = shell(&format!("grep -rlE '\"{name}\"|queries/{name}.sql' src || true"));
        assert!(!said.is_empty(), "{name} is in the packet, but the program never uses it");
    }
}

/// A value that a role, the database or PGOPTIONS sets must not reach the SQL.
#[test]
fn every_setting_that_the_sql_reads_is_set_when_a_session_opens() {
    let read = shell("grep -rhoE \"current_setting\\('oneroof\\.[a-z_]+'\" sql src/packet src/pg/questions | sort -u");
    let names: Vec<&str> = read.lines().filter_map(|line| line.split('\'').nth(1)).collect();
    assert!(names.len() > 25, "{names:?}");
    for name in names {
        assert!(questions::OPENING.contains(&format!("'{name}'")), "{name}");
    }
}

/// What only `clone create` asks of its source is not needed on production.
#[test]
fn preflight_asks_for_every_function_of_the_server_that_the_release_calls() {
    let called = shell(&format!(
        "cd {} && cat sql/prod/[1-6]0_*.sql sql/prod/90_verify.sql sql/prod_rollback/[1-6]0_*.sql \
            $(ls sql/queries/*.sql | grep -v clone_source) sql/prod_verify/states.sql | grep -ohE 'pg_catalog\\.[a-z_0-9]+\\('",
        exported("").display()
    )) + "\n"
        + &shell(
            "find src/pg src/exec \\( -name '*.rs' -o -name '*.sql' \\) -exec cat {} + | grep -ohE 'pg_catalog\\.[a-z_0-9]+\\('",
        );
    let called: BTreeSet<&str> =
        called.lines().map(|name| name.trim_start_matches("pg_catalog.").trim_end_matches('(')).collect();
    // The server's views call these. A test on a server compares them with the definitions of the views.
    let of_views = ["pg_lock_status", "pg_prepared_xact", "pg_show_all_settings", "pg_stat_get_progress_info"];
    let called = &called | &BTreeSet::from(of_views);
    let preflight = repository_text("src/packet/given/checks/privilege.functions.sql");
    let list = preflight.split("string_to_array(").nth(1).unwrap();
    let list = list.split(", ' '))").next().unwrap();
    // The list spans several lines: strings in quotes, joined by ||.
    let asked: BTreeSet<&str> = list.split('\'').skip(1).step_by(2).flat_map(str::split_whitespace).collect();
    assert_eq!(asked, called);
    assert!(called.contains("pg_xact_status") && called.contains("pg_try_advisory_lock"));
}

#[test]
fn preflight_asks_for_every_catalogue_that_the_release_reads() {
    let named = regex::Regex::new(r"pg_catalog\.(pg_[a-z_]+)\b[^(a-z_]").unwrap();
    let read = shell(&format!(
        "cd {} && cat sql/prod/[1-6]0_*.sql sql/prod/90_verify.sql sql/prod_rollback/[1-6]0_*.sql \
            $(ls sql/queries/*.sql | grep -v clone_source) sql/prod_verify/states.sql",
        exported("").display()
    )) + &shell("find src/pg src/exec \\( -name '*.rs' -o -name '*.sql' \\) -exec cat {} +");
    let read: BTreeSet<String> = named.captures_iter(&read).map(|found| found[1].to_owned()).collect();
    let preflight = repository_text("src/packet/given/checks/privilege.catalogs.sql");
    let list = preflight.split("string_to_array(").nth(1).unwrap().split(", ' ')").next().unwrap();
    let asked: BTreeSet<String> =
        list.split('\'').skip(1).step_by(2).flat_map(str::split_whitespace).map(str::to_owned).collect();
    // This is a type and not a catalog.
    let types = BTreeSet::from(["pg_lsn".to_owned()]);
    assert_eq!(asked, &read - &types);
    assert!(read.contains("pg_auth_members") && read.contains("pg_locks"));
}

#[test]
fn the_descriptor_refuses_what_it_does_not_know_and_what_contradicts_itself() {
    let changed = |path: &str, from: &str, to: &str| {
        let mut sources = sources();
        let text = sources.get_mut(path).unwrap();
        assert!(text.contains(from), "{from}");
        *text = text.replacen(from, to, 1);
        Descriptor::of(&sources).map(drop).unwrap_err()
    };
    for (path, from, to, said) in [
        ("packet.toml", "format = 1", "format = 2", "format 2 is not supported"),
        ("packet.toml", "role = ", "rolle = 1\nrole = ", "unknown field `rolle`, expected one of `format`"),
        ("packet.toml", "role = \"workflow_admin\"", "role = \"o'x\"", "holds a quote"),
        ("packet.toml", "database = \"directus\"", "database = \"d'x\"", "holds a quote"),
        ("packet.toml", "who = \"approved_by\"", "who = \"a b\"", "is not a column name with letters"),
        ("packet.toml", "levels = { L2 = 1, L4 = 1 }", "levels = { L2 = 0 }", "level L2 must need at least one person"),
        ("packet.toml", "level = \"approval_level\", ", "", "levels needs"),
        ("packet.toml", "_[0-9]{8}$", ".*$", "rehearse_on"),
        (
            "packet.toml",
            "table = \"public.os_proposal_approvals\"",
            "table = \"public.x; DROP\"",
            "is not schema.name with letters",
        ),
        ("packet.toml", "name = \"axis\"", "name = \"axes\"", "derived from other tiers"),
        ("packet.toml", "member = \"20_responsibility_axis\"", "member = \"10_structure\"", "two tiers"),
        ("packet.toml", "repeatable = true", "repeatable = true\ntimeout = \"1 h\"", "10 min"),
        ("packet.toml", "_ownership\" = 30 }", "_ownership\" = 29 }", "gives other row counts"),
        (
            "derived.toml",
            "writes = [\"public.governance_object_ownership\"]",
            "writes = [\"public.event_outbox\"]",
            "is listed in never_write",
        ),
        (
            "derived.toml",
            "creates = true",
            "creates = true\nwrites = [\"public.event_outbox\"]",
            "is listed in never_write",
        ),
        (
            "derived.toml",
            "creates = true",
            "creates = true\nwrites = [\"public.v_governance_scope\"]",
            "is listed in hold",
        ),
        ("derived.toml", "relation = true", "relation = false", "proof"),
        (
            "extras.toml",
            "columns = \"title:string\"",
            "columns = \"scope_code:number\"",
            "is not what derived.toml found",
        ),
        ("extras.toml", "kind = \"table\"", "kind = \"view\"", "is not what derived.toml found"),
    ] {
        let shown = changed(path, from, to);
        assert!(shown.contains(said), "{from} -> {to}: {shown}");
    }
    assert!(Descriptor::of(&BTreeMap::new()).unwrap_err().contains("packet.toml is missing"));
}

/// What the build can see is not written by hand: each line of the contract in extras.toml adds something to the derived contract.
#[test]
fn the_contract_by_hand_holds_only_what_the_build_cannot_see() {
    let rows = |path: &str, key: &str| -> Vec<toml::Value> {
        let file: toml::Table = repository_text(path).parse().unwrap();
        file[key].as_array().unwrap().clone()
    };
    let words = |row: &toml::Value| -> BTreeSet<String> {
        let columns = row.get("columns").and_then(toml::Value::as_str).unwrap_or_default();
        columns.split_whitespace().map(str::to_owned).collect()
    };
    let derived = rows("sql/derived.toml", "requires");
    let by_hand = rows("sql/extras.toml", "contract");
    assert!(by_hand.len() > 5, "{by_hand:?}");
    for row in by_hand {
        let Some(found) = derived.iter().find(|found| found["object"] == row["object"]) else { continue };
        let twice: Vec<String> = words(&row).intersection(&words(found)).cloned().collect();
        assert!(twice.is_empty() && !words(&row).is_empty(), "{}: {twice:?}", row["object"].as_str().unwrap());
    }
}

#[test]
fn a_script_without_its_three_markers_is_no_script() {
    let cut = |text: &str| Script::cut("sql/x.sql", text.to_owned()).map(drop);
    assert!(cut("-- oneroof:guard\n-- oneroof:body\n-- oneroof:assert\n").is_ok());
    for text in [
        "",
        "-- oneroof:guard\n-- oneroof:body\n",
        "-- oneroof:body\n-- oneroof:guard\n-- oneroof:assert\n",
        "-- oneroof:guard\n-- oneroof:body\n-- oneroof:body\n-- oneroof:assert\n",
        "-- oneroof:guard\n-- oneroof:body\n-- oneroof:assert\n-- oneroof:assert\n",
    ] {
        assert!(matches!(cut(text), Err(ReleaseError::Markers { .. })), "{text:?}");
    }
}

/// The rows of the page's review that has this `draw` setting.
fn review(release: &Release, draw: &str) -> Vec<Vec<String>> {
    let found =
        release.descriptor.reviews.iter().find(|review| format!("{:?}", review.draw) == format!("Some({draw})"));
    let review = found.unwrap_or_else(|| panic!("no review is drawn as {draw}"));
    assert!(review.rows.iter().all(|row| row.len() == review.columns.len()), "{draw}");
    review.rows.clone()
}

/// The number of rows that a tier inserts into a table, according to the release's page.
fn inserted(release: &Release, table: &str) -> usize {
    let delta = release.descriptor.tiers.iter().find_map(|tier| tier.deltas.get(table)).unwrap();
    usize::try_from(delta.inserted).unwrap()
}

/// The quoted words on each line of a member's body that begins with `('`.
fn quoted_rows(member: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(exported(member)).unwrap();
    let (_, body) = text.split_once("-- oneroof:body\n").unwrap();
    let (body, _) = body.split_once("-- oneroof:assert\n").unwrap();
    let rows = body.lines().map(str::trim).filter(|line| line.starts_with("('"));
    rows.map(|line| line.split('\'').skip(1).step_by(2).map(str::to_owned).collect()).collect()
}

#[test]
fn what_a_person_confirms_is_what_the_tier_writes() {
    let release = Release::embedded().unwrap();
    assert_eq!(release.descriptor.reviews.len(), 3);
    let confirmed = review(&release, "List");
    let written = shell(&format!(
        "sed -n '/^INSERT INTO public.oneroof_topic_assignment /,/;/p' {} \
            | sed -nE \"s/^ +\\('([^']+)', '([^']+)'\\)[,;].*/\\1 \\2/p\"",
        exported("sql/prod/50_topic_finalization.sql").display()
    ));
    let lines: Vec<String> = confirmed.iter().map(|row| row.join(" ")).collect();
    assert_eq!(lines.join("\n"), written);
    assert_eq!(lines.len(), inserted(&release, "public.oneroof_topic_assignment"));
}

#[test]
fn the_matrix_that_people_approve_is_the_one_that_tier_2_binds() {
    let release = Release::embedded().unwrap();
    let page = review(&release, "Matrix");
    let tier = quoted_rows("sql/prod/20_responsibility_axis.sql");
    let owner = |level: &str| {
        let value = tier.iter().find(|row| row.len() == 4 && row[0] == "AUTHORITY" && row[1] == level);
        value.unwrap_or_else(|| panic!("no level {level}"))[3].clone()
    };
    let bound: Vec<Vec<String>> = tier
        .iter()
        .filter(|row| row.len() == 7)
        .map(|row| row[..1].iter().cloned().chain(row[1..].iter().map(|level| owner(level))).collect())
        .collect();
    assert_eq!(page, bound);
    let scopes: Vec<&String> =
        tier.iter().filter(|row| row[0] == "SCOPE" && row.len() == 3).map(|row| &row[1]).collect();
    let matrix = release.descriptor.reviews.iter().find(|review| review.rows == page).unwrap();
    assert_eq!(matrix.columns[1..].iter().collect::<Vec<_>>(), scopes);
    assert_eq!(page.len() * scopes.len(), inserted(&release, "public.governance_object_ownership"));
}

#[test]
fn the_tree_that_people_approve_is_the_one_that_tier_4_builds() {
    let release = Release::embedded().unwrap();
    let nodes: Vec<Vec<String>> = quoted_rows("sql/prod/40_containment.sql")
        .into_iter()
        .filter(|row| ["roof", "wing", "object"].contains(&row.get(1).map_or("", String::as_str)))
        .collect();
    let named = |kind: &str, class: Option<&String>| {
        let is_it = |node: &&Vec<String>| node[1] == kind && (class.is_none() || node.get(2) == class);
        nodes.iter().find(is_it).map(|node| node[0].clone()).unwrap()
    };
    let under = |node: &Vec<String>| match node[1].as_str() {
        "roof" => String::new(),
        "wing" => named("roof", None),
        _ => named("wing", node.get(2)),
    };
    let built: Vec<Vec<String>> = nodes.iter().map(|node| vec![node[0].clone(), under(node)]).collect();
    assert_eq!(review(&release, "Tree"), built);
    assert_eq!(built.len(), inserted(&release, "public.oneroof_containment_node"));
}
