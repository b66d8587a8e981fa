//! The packet and its proof: complete, untouched, and refused when a single byte is another.

#[path = "support/mod.rs"]
mod support;

use oneroof::testing::packet::compose;
use oneroof::testing::pg::questions;
use oneroof::testing::release::{
    BLOCK, Contents, Digest, File, Manifest, PartKind, Release, ReleaseError, Script, lint, lint_script, packet,
};
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

/// A small generator of known numbers (xorshift64*): a seed that fails can be run again.
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

fn contents() -> &'static Contents {
    static CONTENTS: OnceLock<Contents> = OnceLock::new();
    CONTENTS.get_or_init(|| packet().unwrap())
}

fn files() -> Vec<File> {
    contents().files.clone()
}

fn manifest() -> &'static str {
    &contents().manifest
}

/// The sources, as they are in the repository.
fn sources() -> BTreeMap<String, String> {
    shell("find sql -type f").lines().map(|path| (path.to_owned(), repository_text(path))).collect()
}

#[test]
fn the_manifest_is_complete_and_sha256sum_agrees() {
    shell("sha256sum --check --strict --quiet manifest-sha256.txt");
    let (release, lines) = repository_text("manifest-sha256.txt").split_once('\n').map(own).unwrap();
    assert_eq!(release, format!("# release {}", Release::embedded().unwrap().digest_text()), "run .ci/manifest");
    let listed: Vec<&str> = lines.lines().map(|line| &line[66..]).collect();
    assert_eq!(shell("find sql -type f | sort"), listed.join("\n"));
    // Nothing beside plain files: a link would be followed when the packet is composed.
    assert_eq!(shell("find sql ! -type f ! -type d"), "");
}

fn own((one, other): (&str, &str)) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

#[test]
fn the_binary_carries_what_the_sources_compose_and_nothing_else() {
    let composed = compose::members(&sources()).unwrap();
    let embedded: BTreeMap<String, String> = files().into_iter().map(|file| (file.path, file.text)).collect();
    assert_eq!(embedded, composed);
    let listed: String =
        composed.iter().map(|(path, text)| format!("{}  {path}\n", Digest::of(text.as_bytes()))).collect();
    assert_eq!(manifest(), listed);
}

#[test]
fn the_release_digest_is_the_sha256sum_of_the_exported_manifest() {
    let by_shell = shell(&format!("sha256sum {} | cut -d' ' -f1", exported("manifest-sha256.txt").display()));
    assert_eq!(Release::embedded().unwrap().digest_text(), format!("sha256:{by_shell}"));
}

/// A file without what it is there for: it still is SQL, and finds nothing.
fn blinded(path: &str) -> String {
    let guarded = "-- oneroof:guard\n-- oneroof:body\n-- oneroof:assert\n";
    if path == compose::PAGE { "schema = 2\n".to_owned() } else { format!("{guarded}SELECT 1 WHERE false;\n") }
}

#[test]
fn each_member_that_is_blinded_is_refused_or_makes_another_release() {
    let digest = Release::embedded().unwrap().digest_text();
    for at in 0..files().len() {
        let mut files = files();
        files[at].text = blinded(&files[at].path);
        let path = files[at].path.clone();
        // Under the manifest of the release it is refused by name.
        let refused = Release::load(files.clone(), manifest());
        assert!(matches!(refused, Err(ReleaseError::Mismatch { path: named, .. }) if named == path), "{path}");
        // Under its own manifest it is not the release that people approved.
        let own: String =
            files.iter().map(|file| format!("{}  {}\n", Digest::of(file.text.as_bytes()), file.path)).collect();
        match Release::load(files, &own) {
            Ok(other) => {
                assert_ne!(other.digest_text(), digest, "{path}");
                assert!(matches!(other.expect(&digest), Err(ReleaseError::Unexpected { .. })), "{path}");
            }
            Err(error) => assert!(matches!(error, ReleaseError::Descriptor { .. }), "{path}: {error}"),
        }
    }
}

#[test]
fn each_query_of_the_engine_counts_for_its_digest() {
    let by_shell = shell("cd src/pg/questions && sha256sum *.sql | sha256sum | cut -d' ' -f1");
    assert_eq!(questions::BUILT, format!("sha256:{by_shell}"));
    assert_eq!(questions::digest(), questions::BUILT);
    assert!(questions::ALL.len() > 10);
}

/// Whether the program refuses its own files under this manifest. What parses to the same names and digests would be taken, so
/// only that is asked here; that anything else is refused as a whole is shown below by a part of them.
fn refused_by_its_text(manifest: &str, own: &Manifest) -> bool {
    Manifest::parse(manifest).map_or(true, |read| read.entries() != own.entries())
}

#[test]
fn every_single_byte_of_the_manifest_that_is_changed_is_refused() {
    let (bytes, own) = (manifest().as_bytes(), Manifest::parse(manifest()).unwrap());
    let (mut tried, mut loaded) = (0, 0);
    let mut refuse = |what: &str, at: usize, changed: Vec<u8>| {
        let Ok(text) = String::from_utf8(changed) else { return };
        if text == manifest() {
            return;
        }
        tried += 1;
        assert!(refused_by_its_text(&text, &own), "byte {at} {what}");
        if tried % 97 == 0 {
            loaded += 1;
            assert!(Release::load(files(), &text).is_err(), "byte {at} {what}");
        }
    };
    for at in 0..bytes.len() {
        for other in [bytes[at] ^ 1, bytes[at] ^ 0x20, b'0', b'f', b' ', b'\n', b'/', b'A', b'\0', 0x7f] {
            let mut changed = bytes.to_vec();
            changed[at] = other;
            refuse("changed", at, changed);
        }
        refuse("taken out", at, [&bytes[..at], &bytes[at + 1..]].concat());
        refuse("said twice", at, [&bytes[..=at], &bytes[at..]].concat());
        refuse("a blank put in front", at, [&bytes[..at], b" ", &bytes[at..]].concat());
        refuse("cut off", at, bytes[..at].to_vec());
    }
    println!("{tried} changed manifests refused, {loaded} of them by a whole load");
    assert!(tried > 10 * bytes.len() && loaded > 300);
}

#[test]
fn ten_thousand_flips_in_the_sql_are_refused() {
    let own: BTreeMap<String, Digest> = Manifest::parse(manifest()).unwrap().entries().iter().cloned().collect();
    let seed = 0x0ADE_F00D_2026_0603;
    let mut random = Random(seed);
    for flip in 0..10_000 {
        let file = &contents().files[random.below(contents().files.len())];
        let mut bytes = file.text.as_bytes().to_vec();
        let at = random.below(bytes.len());
        bytes[at] ^= 1 << random.below(7);
        assert!(Digest::of(&bytes) != own[&file.path], "seed {seed:#x}, flip {flip}: {} byte {at}", file.path);
        if flip % 100 == 0 {
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let mut files = files();
            files.iter_mut().find(|other| other.path == file.path).unwrap().text = text;
            let refused = Release::load(files, manifest());
            assert!(
                matches!(&refused, Err(ReleaseError::Mismatch { path, .. }) if *path == file.path),
                "seed {seed:#x}, flip {flip}: {} byte {at}",
                file.path
            );
        }
    }
}

#[test]
fn a_missing_an_extra_a_renamed_and_a_swapped_file_are_refused() {
    for index in 0..files().len() {
        let mut missing = files();
        let gone = missing.remove(index);
        assert!(matches!(Release::load(missing, manifest()), Err(ReleaseError::Missing { path }) if path == gone.path));

        let mut renamed = files();
        renamed[index].path = gone.path.replace("sql/", "sql/x");
        assert!(Release::load(renamed, manifest()).is_err());

        let mut swapped = files();
        let other = (index + 1) % files().len();
        let (one, two) = (swapped[index].text.clone(), swapped[other].text.clone());
        (swapped[index].text, swapped[other].text) = (two, one);
        assert!(matches!(Release::load(swapped, manifest()), Err(ReleaseError::Mismatch { .. })), "{}", gone.path);
    }
    let mut extra = files();
    extra.push(File { path: "sql/prod/95_extra.sql".to_owned(), text: "SELECT 1;\n".to_owned() });
    let refused = Release::load(extra, manifest());
    assert!(matches!(refused, Err(ReleaseError::Unlisted { path }) if path == "sql/prod/95_extra.sql"));
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
    assert!(Release::load(Vec::new(), "").is_err());
}

/// The shipped binary, one byte of it changed on the disk; it gets the address of a server and must not connect to it.
#[test]
fn a_patched_binary_refuses_itself_and_sends_nothing() {
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
    // Its digest, its length, its first and last byte, and fifty others.
    let mut patched = 0;
    for offset in [0, 31, 32, 39, 40, BLOCK.len() - 1].into_iter().chain(anywhere) {
        // The same bytes may be in the program more than once; every one of them is changed.
        let patch = |other: u8| {
            let file = std::fs::OpenOptions::new().write(true).open(&binary).unwrap();
            for place in &places {
                file.write_all_at(&[BLOCK[offset] ^ other], u64::try_from(place + offset).unwrap()).unwrap();
            }
        };
        patch(1);
        for arguments in [&["status"][..], &["apply", "--yes", "--ratified-apr", "APR-BOOT-AUTHMODEL-1"], &["plan"]] {
            let output = Command::new(&binary)
                .env_clear()
                .args(arguments)
                .args(["--host", "127.0.0.1", "--port", &port, "--dbname", "directus", "--username", "x"])
                .current_dir(sandbox.work())
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(output.status.code(), Some(6), "byte {offset}: {said}");
            assert!(said.contains("nothing was changed"), "{said}");
            patched += 1;
        }
        assert!(server.accept().is_err(), "byte {offset}: it spoke to the server");
        patch(0);
    }
    assert_eq!(sandbox.files(|name| name.starts_with("rollout_")).len(), 0);
    println!("{patched} runs of a patched binary refused");
}

/// The place of the block in the bytes.
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
    // An exception block in a body would hide what it wrote from the transaction's own id.
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

/// The names of the checks that a list of the page may name, of its text.
fn listed_in_page() -> BTreeSet<String> {
    let page: toml::Table = repository_text("sql/release.toml").parse().unwrap();
    let mut names = BTreeSet::new();
    let mut lists = |table: &toml::Value| {
        for key in ["before", "after", "down_before", "down_after", "every"] {
            let entries = table.get(key).and_then(toml::Value::as_array).into_iter().flatten();
            names.extend(entries.map(|entry| entry.as_str().unwrap().split(" = ").next().unwrap().to_owned()));
        }
    };
    for key in ["release", "preflight", "verify", "tier", "action", "revalidation"] {
        match &page[key] {
            toml::Value::Array(tables) => tables.iter().for_each(&mut lists),
            table => lists(table),
        }
    }
    names
}

#[test]
fn every_check_is_one_file_that_the_page_names() {
    let listed = listed_in_page();
    let mut questions: BTreeMap<String, &String> = BTreeMap::new();
    let sources = sources();
    let checks: Vec<(&String, &String)> = sources.iter().filter(|(path, _)| path.starts_with("sql/checks/")).collect();
    assert!(checks.len() > 70, "{} checks", checks.len());
    for (path, text) in checks {
        let name = path.trim_start_matches("sql/checks/").trim_end_matches(".sql");
        assert!(listed.contains(name), "{path} is in no list of the page");
        let question = text.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
        if let Some(other) = questions.insert(question, path) {
            panic!("{path} and {other} are the same question");
        }
    }
}

/// The engine knows no name of the packet: under other names of tiers and objects the same sources give the same members.
#[test]
fn a_packet_with_other_names_is_composed_in_the_same_way() {
    // Every one of them is a whole word of the packet, and none is a word of the engine's frames.
    let names = [
        // In the same order as before: locks are taken by name.
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
        assert!(text == &expected[path], "{path} is composed otherwise");
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
        "sql/release.toml",
        "sql/checks/gap.sql",
        "sql/20-axis/up.sql",
        "sql/20-axis/down.sql",
        "sql/20-axis/state.sql",
        "sql/30-ownership/present.sql",
        "sql/00-preflight/facts.sql",
        "sql/00-preflight/seam.sql",
        "sql/actions/scan-write.sql",
        "sql/revalidation/scanner_idempotent.sql",
    ] {
        let reason = changed(&|sources| drop(sources.remove(gone).unwrap()));
        let named = gone.replace("00-preflight/seam", "checks/seam");
        assert!(reason.contains(&named), "{gone}: {reason}");
    }
    let told = changed(&|sources| sources.get_mut("sql/20-axis/up.sql").unwrap().push_str("-- oneroof:assert\n"));
    assert!(told.contains("sql/20-axis/up.sql") && told.contains("-- oneroof:assert"), "{told}");
    let told = changed(&|sources| drop(sources.insert("sql/checks/gap.sql".to_owned(), "SELECT 1\n".to_owned())));
    assert!(told.contains("sql/checks/gap.sql") && told.contains("expected"), "{told}");
}

#[test]
fn every_question_that_the_program_asks_is_in_the_packet() {
    let calls = shell("grep -rhoE 'question\\(\"[a-z_]+\"\\)' src | sort -u");
    let names: BTreeSet<&str> = calls.lines().filter_map(|line| line.split('"').nth(1)).collect();
    assert!(names.contains("states") && names.contains("figures"), "{names:?}");
    let release = Release::embedded().unwrap();
    for name in &names {
        assert!(!release.question(name).is_empty(), "{name}");
    }
    for file in files().iter().filter(|file| file.path.starts_with("sql/queries/")) {
        let name = file.path.trim_start_matches("sql/queries/").trim_end_matches(".sql");
        let said = shell(&format!("grep -rlE '\"{name}\"|queries/{name}.sql' src || true"));
        assert!(!said.is_empty(), "{name} is in the packet and nobody asks it");
    }
}

/// What a role, the database or the caller's PGOPTIONS left in one of them would answer in our place.
#[test]
fn every_setting_that_the_sql_reads_is_set_when_a_session_opens() {
    let read =
        shell("grep -rhoE \"current_setting\\('oneroof\\.[a-z_]+'\" sql src/packet/frames src/pg/questions | sort -u");
    let names: Vec<&str> = read.lines().filter_map(|line| line.split('\'').nth(1)).collect();
    assert!(names.len() > 25, "{names:?}");
    for name in names {
        assert!(questions::OPENING.contains(&format!("'{name}'")), "{name}");
    }
}

#[test]
fn preflight_asks_for_every_function_of_the_server_that_the_release_calls() {
    let called = shell(&format!(
        "cd {} && cat sql/prod/[1-6]0_*.sql sql/prod/90_verify.sql sql/prod_rollback/[1-6]0_*.sql sql/queries/*.sql \
            sql/prod_verify/states.sql | grep -ohE 'pg_catalog\\.[a-z_0-9]+\\('",
        exported("").display()
    )) + "\n"
        + &shell(
            "find src/pg src/exec \\( -name '*.rs' -o -name '*.sql' \\) -exec cat {} + | grep -ohE 'pg_catalog\\.[a-z_0-9]+\\('",
        );
    let called: BTreeSet<&str> =
        called.lines().map(|name| name.trim_start_matches("pg_catalog.").trim_end_matches('(')).collect();
    let preflight = repository_text("sql/checks/privilege.functions.sql");
    let list = preflight.split("a test holds the list against them").nth(1).unwrap();
    let list = list.split(", ' '))").next().unwrap();
    // The list is broken into lines: text in quotes, joined by ||.
    let asked: BTreeSet<&str> = list.split('\'').skip(1).step_by(2).flat_map(str::split_whitespace).collect();
    assert_eq!(asked, called);
    assert!(called.contains("pg_xact_status") && called.contains("pg_try_advisory_lock"));
}

#[test]
fn preflight_asks_for_every_catalogue_that_the_release_reads() {
    let named = regex::Regex::new(r"pg_catalog\.(pg_[a-z_]+)\b[^(a-z_]").unwrap();
    let read = shell(&format!(
        "cd {} && cat sql/prod/[1-6]0_*.sql sql/prod/90_verify.sql sql/prod_rollback/[1-6]0_*.sql sql/queries/*.sql sql/prod_verify/states.sql",
        exported("").display()
    )) + &shell("find src/pg src/exec \\( -name '*.rs' -o -name '*.sql' \\) -exec cat {} +");
    let read: BTreeSet<String> = named.captures_iter(&read).map(|found| found[1].to_owned()).collect();
    let preflight = repository_text("sql/checks/privilege.catalogs.sql");
    let list = preflight.split("a test holds the list against them").nth(1).unwrap().split(", ' '))").next().unwrap();
    let asked: BTreeSet<String> =
        list.split('\'').skip(1).step_by(2).flat_map(str::split_whitespace).map(str::to_owned).collect();
    // A type, which is no catalogue.
    let types = BTreeSet::from(["pg_lsn".to_owned()]);
    assert_eq!(asked, &read - &types);
    assert!(read.contains("pg_auth_members") && read.contains("pg_locks"));
}

#[test]
fn the_descriptor_refuses_what_it_does_not_know_and_what_contradicts_itself() {
    let text = repository_text("sql/release.toml");
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        oneroof::testing::release::Descriptor::parse(&text.replacen(from, to, 1)).map(drop).unwrap_err()
    };
    assert!(changed("schema = 2", "schema = 1").contains("schema 1 is not known"));
    assert!(changed("timeout_ms = 30000", "timeout_ms = 30000\ntimeout = 1").contains("unknown field"));
    assert!(changed("number = 2", "number = 1").contains("not numbered upwards"));
    assert!(changed("number = 1", "number = 0").contains("not numbered upwards"));
    assert!(changed("writes = []", "writes = [\"public.event_outbox\"]").contains("never to be written"));
    assert!(changed("writes = [\"public.governance_object_ownership\"]", "writes = []").contains("may not write"));
    assert!(changed("relation = true", "relation = false").contains("witness"));
    assert!(changed("table = \"public.os_proposal_approvals\"", "table = \"public.x; DROP\"").contains("plain"));
    assert!(oneroof::testing::release::Descriptor::parse("").is_err());
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

/// The rows of a review of the page, found by how it is drawn.
fn review(release: &Release, draw: &str) -> Vec<Vec<String>> {
    let found =
        release.descriptor.reviews.iter().find(|review| format!("{:?}", review.draw) == format!("Some({draw})"));
    let review = found.unwrap_or_else(|| panic!("no review is drawn as {draw}"));
    assert!(review.rows.iter().all(|row| row.len() == review.columns.len()), "{draw}");
    review.rows.clone()
}

/// Rows that a tier inserts into a table, by the release's page.
fn inserted(release: &Release, table: &str) -> usize {
    let delta = release.descriptor.tiers.iter().find_map(|tier| tier.deltas.get(table)).unwrap();
    usize::try_from(delta.inserted).unwrap()
}

/// The quoted words of every line of a member's body that begins with a parenthesis.
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
