//! The packet and its proof: complete, untouched, and refused when a single byte is another.

#[path = "support/mod.rs"]
mod support;

use oneroof::release::{
    BLOCK, Contents, Digest, File, Manifest, PartKind, Release, ReleaseError, Script, lint, lint_script, packet,
};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::{FileExt as _, PermissionsExt};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use support::{Sandbox, exported, exported_text, repository, repository_text};

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

#[test]
fn the_manifest_is_complete_and_sha256sum_agrees() {
    shell("sha256sum --check --strict --quiet manifest-sha256.txt");
    assert_eq!(shell("find sql -type f | sort"), shell("cut -c67- manifest-sha256.txt"));
    // Nothing beside plain files: a link would be followed when the packet is composed.
    assert_eq!(shell("find sql ! -type f ! -type d"), "");
}

#[test]
fn the_binary_carries_what_the_sources_compose_and_nothing_else() {
    let names = shell("find sql -type f");
    let sources: BTreeMap<String, String> =
        names.lines().map(|path| (path.to_owned(), repository_text(path))).collect();
    let composed = oneroof::packet::compose::members(&sources).unwrap();
    let embedded: BTreeMap<String, String> = files().into_iter().map(|file| (file.path, file.text)).collect();
    assert_eq!(embedded, composed);
    let listed: String =
        composed.iter().map(|(path, text)| format!("{}  {path}\n", Digest::of(text.as_bytes()))).collect();
    assert_eq!(manifest(), listed);
}

#[test]
fn the_release_digest_is_what_a_shell_makes_of_the_manifest() {
    let by_shell = shell(&format!(
        "grep -E '  sql/(prod/|prod_rollback/|prod_verify/|release\\.toml$)' {} | sha256sum | cut -d' ' -f1",
        exported("manifest-sha256.txt").display()
    ));
    assert_eq!(Release::embedded().unwrap().digest_text(), format!("sha256:{by_shell}"));
}

#[test]
fn a_mended_fixture_voids_no_approval_and_a_changed_tier_does() {
    let changed = |path: &str| {
        let mut files = files();
        let file = files.iter_mut().find(|file| file.path == path).unwrap();
        file.text.push_str("\n-- one more line\n");
        let manifest: String =
            files.iter().map(|file| format!("{}  {}\n", Digest::of(file.text.as_bytes()), file.path)).collect();
        Release::load(files, &manifest).unwrap().digest_text()
    };
    let digest = Release::embedded().unwrap().digest_text();
    for path in ["sql/lab/baseline.sql", "sql/catalog/locks.sql"] {
        assert_eq!(changed(path), digest, "{path}");
    }
    for path in ["sql/prod/10_structure.sql", "sql/prod_rollback/30_ownership_seed.sql", "sql/prod_verify/gate.sql"] {
        assert_ne!(changed(path), digest, "{path}");
    }
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

/// The shipped binary, one byte of it changed on the disk; it is told of a server and must not speak to it.
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
        // The same bytes may stand in the program more than once; every one of them is changed.
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

/// Where the block stands in the bytes.
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

/// The texts between two markers, and what stands around them from one DO to the next `$oneroof$;`.
fn loops(text: &str, marker: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for block in text.split("DO $oneroof$\n").skip(1) {
        let block = block.split("\n$oneroof$;").next().unwrap();
        let Some((head, rest)) = block.split_once(&format!("-- oneroof:{marker}\n")) else { continue };
        let (list, tail) = rest.split_once("-- oneroof:end\n").unwrap();
        found.push((format!("{head}{tail}"), list.to_owned()));
    }
    found
}

/// Every file that a person or the engine runs check by check.
fn checking_files() -> Vec<&'static File> {
    let release = Release::embedded().unwrap();
    let paths = release.descriptor.script_paths();
    contents().files.iter().filter(|file| paths.contains(&file.path)).collect()
}

#[test]
fn the_check_loop_and_the_lock_loop_are_the_same_text_everywhere() {
    for (marker, at_least) in [("checks", 28), ("locks", 12)] {
        let mut known: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for file in contents().files.iter().filter(|file| file.path.contains("/prod") || file.path.contains("/clone_"))
        {
            for (around, _) in loops(&file.text, marker) {
                known.entry(around).or_default().push(&file.path);
            }
        }
        let places: usize = known.values().map(Vec::len).sum();
        assert!(places >= at_least, "{places} loops of {marker}");
        assert_eq!(known.len(), 1, "the loop of {marker} differs: {:?}", known.values().collect::<Vec<_>>());
    }
}

#[test]
fn a_check_that_several_files_need_is_the_same_question_in_each() {
    // Tier 1's own guard lets it stand already; a rollback counts its nodes plainly; what is higher depends on the tier.
    let excepted = ["standing.1", "nodes", "higher_tiers"];
    let row = regex::Regex::new(r"(?m)^ {16}\('([a-z_0-9.]+)',").unwrap();
    let mut known: BTreeMap<String, BTreeMap<String, Vec<&str>>> = BTreeMap::new();
    for file in checking_files() {
        for (_, list) in loops(&file.text, "checks") {
            let starts: Vec<(usize, String)> =
                row.captures_iter(&list).map(|found| (found.get(0).unwrap().start(), found[1].to_owned())).collect();
            for (index, (start, name)) in starts.iter().enumerate() {
                let end = starts.get(index + 1).map_or(list.len(), |(next, _)| *next);
                let text = &list[*start..end];
                // The figure that is expected may differ from tier to tier; the question and the hint may not.
                let question = text.split("$q$").nth(1).unwrap_or(text).to_owned();
                known.entry(name.clone()).or_default().entry(question).or_default().push(&file.path);
            }
        }
    }
    assert!(known.len() > 60, "{} names", known.len());
    for (name, questions) in &known {
        let places: usize = questions.values().map(Vec::len).sum();
        if !excepted.contains(&name.as_str()) {
            assert_eq!(questions.len(), 1, "{name} is asked in {places} places: {:?}", questions.values());
        }
    }
    for name in ["database", "gate", "apr"] {
        let places: usize = known[name].values().map(Vec::len).sum();
        assert!(places >= 12, "{name} is asked in {places} places only");
    }
}

#[test]
fn every_question_that_the_program_asks_is_in_the_packet() {
    let asked = shell("grep -rhoE 'catalog\\(\"[a-z_]+\"\\)' src | sort -u");
    let names: BTreeSet<&str> = asked.lines().filter_map(|line| line.split('"').nth(1)).collect();
    assert!(names.len() >= 10, "{names:?}");
    let release = Release::embedded().unwrap();
    for name in &names {
        assert!(release.text(&format!("sql/catalog/{name}.sql")).is_some(), "{name}");
    }
    for file in files().iter().filter(|file| file.path.starts_with("sql/catalog/")) {
        let name = file.path.trim_start_matches("sql/catalog/").trim_end_matches(".sql");
        let said = shell(&format!("grep -rlF '\"{name}\"' src || true"));
        assert!(names.contains(name) || !said.is_empty(), "{name} is in the packet and nobody asks it");
    }
}

#[test]
fn preflight_asks_for_every_function_of_the_server_that_the_release_calls() {
    let called = shell(&format!(
        "cd {} && cat sql/prod/[1-6]0_*.sql sql/prod/90_verify.sql sql/prod_rollback/[1-6]0_*.sql sql/catalog/*.sql |
           grep -ohE 'pg_catalog\\.[a-z_0-9]+\\('",
        exported("").display()
    )) + "\n"
        + &shell("find src/pg src/exec -name '*.rs' -exec cat {} + | grep -ohE 'pg_catalog\\.[a-z_0-9]+\\('");
    let called: BTreeSet<&str> =
        called.lines().map(|name| name.trim_start_matches("pg_catalog.").trim_end_matches('(')).collect();
    let preflight = exported_text("sql/prod/00_preflight.sql");
    let list = preflight.split("a test holds the list against them").nth(1).unwrap();
    let list = list.split(", ' '))").next().unwrap();
    // The list is broken into lines: text in quotes, joined by ||.
    let asked: BTreeSet<&str> = list.split('\'').skip(1).step_by(2).flat_map(str::split_whitespace).collect();
    assert_eq!(asked, called);
    assert!(called.contains("pg_xact_status") && called.contains("pg_try_advisory_lock"));
}

#[test]
fn the_descriptor_refuses_what_it_does_not_know_and_what_contradicts_itself() {
    let text = exported_text("sql/release.toml");
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        oneroof::release::Descriptor::parse(&text.replacen(from, to, 1)).map(drop).unwrap_err().to_string()
    };
    assert!(changed("schema = 1", "schema = 2").contains("schema 2 is not known"));
    assert!(changed("timeout_ms = 30000", "timeout_ms = 30000\ntimeout = 1").contains("unknown field"));
    assert!(changed("number = 2", "number = 1").contains("not numbered upwards"));
    assert!(changed("number = 1", "number = 0").contains("not numbered upwards"));
    assert!(changed("writes = []", "writes = [\"public.event_outbox\"]").contains("never to be written"));
    assert!(changed("writes = [\"public.governance_object_ownership\"]", "writes = []").contains("may not write"));
    assert!(changed("relation = true", "relation = false").contains("witness"));
    assert!(changed("table = \"public.os_proposal_approvals\"", "table = \"public.x; DROP\"").contains("plain"));
    assert!(oneroof::release::Descriptor::parse("").is_err());
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

#[test]
fn what_a_person_confirms_is_what_the_tier_writes() {
    let release = Release::embedded().unwrap();
    let reviews = &release.descriptor.reviews;
    assert_eq!(reviews.len(), 1);
    assert!(reviews.iter().flat_map(|review| &review.rows).all(|row| row.len() == reviews[0].columns.len()));
    let written = shell(&format!(
        "sed -n '/^INSERT INTO public.oneroof_topic_assignment /,/;/p' {} \
            | sed -nE \"s/^ +\\('([^']+)', '([^']+)'\\)[,;].*/\\1 \\2/p\"",
        exported("sql/prod/50_topic_finalization.sql").display()
    ));
    let confirmed: Vec<String> = reviews[0].rows.iter().map(|row| row.join(" ")).collect();
    assert_eq!(confirmed.join("\n"), written);
    let declared = release.descriptor.tiers.iter().find_map(|tier| tier.deltas.get("public.oneroof_topic_assignment"));
    assert_eq!(i64::try_from(confirmed.len()).unwrap(), declared.unwrap().inserted);
}
