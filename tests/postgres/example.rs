//! A release of another team, from its folder to the full rollback: the shop in `examples/`. Given this packet, the program does everything
//! that it does for its own release.

use crate::shop::{DATABASE, ROLE, Shop};
use crate::support::{Output, Sandbox, copy_folder, readers, repository};
use std::path::PathBuf;
use std::sync::OnceLock;

/// The file and the digest of the example's packet, which is built once for all tests here.
fn packet() -> &'static (PathBuf, String) {
    static PACKET: OnceLock<(Sandbox, (PathBuf, String))> = OnceLock::new();
    let (_, packet) = PACKET.get_or_init(|| {
        let sandbox = Sandbox::new();
        copy_folder(&repository("examples/shop"), &sandbox.work().join("shop"));
        let built = sandbox.oneroof(["packet", "build", "shop", "-o", "shop.packet"]).output().expect_success();
        assert!(built.stdout.contains("every rollback restores what was there before"), "{}", built.whole());
        let file = sandbox.work().join("shop.packet");
        let reply =
            sandbox.oneroof(["manifest", "--format", "json", "--packet"]).argument(&file).output().expect_success();
        let digest = reply.json()["release"]["digest"].as_str().unwrap().to_owned();
        (sandbox, (file, digest))
    });
    packet
}

/// What the tests do with the release of `examples/shop`.
trait Example {
    /// A shop with both approvals of `REL-7`.
    fn signed() -> Self;
    fn sign(&self, part: &str, who: &str, digest: &str);
    fn run(&self, arguments: &[&str]) -> Output;
    fn apply(&self) -> Output;
}

impl Example for Shop {
    fn signed() -> Self {
        let shop = Self::new();
        shop.sign("owner", "Ada", &packet().1);
        shop.sign("accounts", "Grace", &packet().1);
        shop
    }

    fn sign(&self, part: &str, who: &str, digest: &str) {
        self.sql(&format!(
            "INSERT INTO public.approvals (code, part, signed_by, signature) VALUES ('REL-7', '{part}', '{who}', 'release:{digest}')"
        ));
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(&packet().0, arguments).output()
    }

    fn apply(&self) -> Output {
        self.run(&["apply", "--ratified-apr", "REL-7", "--yes"])
    }
}

#[test]
fn another_team_s_release_is_approved_applied_drifted_refused_and_rolled_back() {
    let shop = Shop::new();
    let closed = shop.run(&["preflight"]).expect_code(3);
    assert!(closed.stdout.contains("of packet"), "{}", closed.whole());
    shop.sign("owner", "Ada", &packet().1);
    assert!(shop.run(&["gate"]).expect_success().stdout.contains("signatures missing: 1 at accounts"));
    let _ = shop.run(&["preflight", "--ratified-apr", "REL-7"]).expect_code(3).expect_stdout("only owner for REL-7");
    shop.sign("accounts", "Ada", &packet().1);
    let _ =
        shop.run(&["preflight", "--ratified-apr", "REL-7"]).expect_code(3).expect_stdout("Ada signed at two levels");
    shop.sql("UPDATE public.approvals SET signed_by = 'Grace' WHERE part = 'accounts'");
    let before = shop.dump();
    let _ = shop.run(&["apply", "--ratified-apr", "REL-7", "--dry-run", "--with-rollback"]).expect_success();
    readers::assert_same(&before, &shop.dump());
    let _ = shop.apply().expect_success().expect_stdout("committed tiers 1-2");
    assert_eq!(shop.sql("SELECT count(*) FROM public.reason"), "5");
    let _ = shop.run(&["verify"]).expect_success();
    let _ = shop.apply().expect_code(13);
    // The application goes on writing. The release ignores these rows.
    shop.sql("INSERT INTO public.orders (customer) VALUES ('Joan'); DELETE FROM public.orders WHERE customer = 'Joan'");
    shop.sql("UPDATE public.reason SET title = 'another' WHERE code = 'wrong'");
    let drifted = shop.run(&["verify"]).expect_code(5);
    assert!(drifted.stdout.contains("(wrong,\"Not what was ordered\") is missing"), "{}", drifted.whole());
    let _ = shop.run(&["rollback", "--full", "--yes"]).expect_code(4).expect_stdout("Not what was ordered");
    shop.sql("UPDATE public.reason SET title = 'Not what was ordered' WHERE code = 'wrong'");
    let _ = shop.run(&["rollback", "--full", "--yes"]).expect_success();
    let sequence = "SELECT pg_catalog.setval('public.orders_id_seq', 3)";
    shop.sql(sequence);
    readers::assert_same(&before, &shop.dump());
}

#[test]
fn an_approval_that_names_no_bytes_or_other_bytes_does_not_open_a_bound_gate() {
    let shop = Shop::new();
    let other = format!("sha256:{}", "0".repeat(64));
    for (digest, said) in [("nothing", "names no release"), (other.as_str(), "names another release")] {
        shop.sql("DELETE FROM public.approvals");
        shop.sign("owner", "Ada", digest);
        shop.sign("accounts", "Grace", digest);
        let before = shop.dump();
        let refused = shop.apply();
        assert!(matches!(refused.code(), Some(3 | 4)), "{}", refused.whole());
        assert!(refused.stdout.contains(said), "{}", refused.whole());
        readers::assert_same(&before, &shop.dump());
    }
    let _ = shop.run(&["preflight", "--ratified-apr", "APR-1"]).expect_code(2).expect_stdout("^REL-[0-9]{1,6}$");
}

/// For each kind of object that the release creates, something is added, removed or changed. `verify` names it, and succeeds again after
/// the change is reverted.
#[test]
fn each_kind_of_undeclared_object_is_named() {
    let shop = Shop::signed();
    let _ = shop.apply().expect_success();
    for (change, revert, said) in [
        (
            "ALTER TABLE returned ADD COLUMN more text",
            "ALTER TABLE returned DROP COLUMN more",
            "column more of public.returned",
        ),
        ("CREATE INDEX more ON returned (state)", "DROP INDEX more", "index more of public.returned"),
        (
            "ALTER TABLE returned ADD CONSTRAINT more CHECK (line > 0)",
            "ALTER TABLE returned DROP CONSTRAINT more",
            "constraint more of public.returned",
        ),
        (
            "ALTER TABLE returned ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE returned DISABLE ROW LEVEL SECURITY",
            "row security of public.returned",
        ),
        (
            "CREATE POLICY more ON returned USING (true)",
            "DROP POLICY more ON returned",
            "policy more of public.returned",
        ),
        (
            "CREATE STATISTICS more ON order_id, line FROM returned",
            "DROP STATISTICS more",
            "statistics more of public.returned",
        ),
        (
            "COMMENT ON TABLE returned IS 'other'",
            "COMMENT ON TABLE returned IS 'Goods that came back, a row each.'",
            "comment of public.returned",
        ),
        (
            "COMMENT ON TYPE condition IS 'other'",
            "COMMENT ON TYPE condition IS NULL",
            "comment of type public.condition",
        ),
        (
            "ALTER TABLE returned ALTER line SET INCREMENT 5",
            "ALTER TABLE returned ALTER line SET INCREMENT 1",
            "sequence line of public.returned",
        ),
        (
            "CREATE TRIGGER more BEFORE UPDATE ON returned FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            "DROP TRIGGER more ON returned",
            "trigger more of public.returned",
        ),
        ("CREATE VIEW more AS SELECT * FROM returned", "DROP VIEW more", "view public.more"),
        (
            "DROP INDEX orders_customer_idx",
            "CREATE INDEX orders_customer_idx ON orders (customer)",
            "index orders_customer_idx of public.orders",
        ),
        (
            "ALTER TABLE orders ALTER came_back SET DEFAULT 0",
            "ALTER TABLE orders ALTER came_back DROP DEFAULT",
            "default came_back of public.orders",
        ),
        (
            "DELETE FROM reason WHERE code = 'broken'",
            "INSERT INTO reason (code, title) VALUES ('broken', 'Broken on arrival')",
            "(broken,",
        ),
    ] {
        shop.sql(change);
        let reply = shop.run(&["verify"]).expect_code(5);
        assert!(reply.stdout.replace("\n  ", " ").contains(said), "{change}: {}", reply.whole());
        shop.sql(revert);
        let _ = shop.run(&["verify"]).expect_success();
    }
    // Grants, other columns and other rows of the application or the owner do not count as drift.
    shop.sql("GRANT SELECT ON returned TO PUBLIC; ALTER TABLE orders ADD COLUMN theirs text; INSERT INTO reason (code, title) VALUES ('x', 'y'); DELETE FROM reason WHERE code = 'x'");
    let _ = shop.run(&["verify"]).expect_success();
}

#[test]
fn psql_leaves_the_same_database_and_rolls_it_back() {
    let (by_binary, by_psql) = (Shop::signed(), Shop::signed());
    let (before, before_psql) = (by_binary.dump(), by_psql.dump());
    let _ = by_binary.apply().expect_success();
    let folder = by_psql.0.sandbox.work().join("exported");
    let export = by_psql.0.sandbox.oneroof(["sql", "export", "exported", "--packet"]).argument(&packet().0).output();
    let _ = export.expect_success();
    let psql = |file: &str| {
        let mut command = by_psql.0.psql_command(DATABASE, ROLE);
        command.args(["-v", "ON_ERROR_STOP=1", "-v", "ratified_apr=REL-7", "-v"]);
        command.arg(format!("release_digest={}", packet().1)).arg("-f").arg(folder.join("sql").join(file));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
    };
    psql("prod/99_run_all.sql");
    let shape = |shop: &Shop| readers::without_rows(&shop.dump());
    readers::assert_same(&shape(&by_binary), &shape(&by_psql));
    assert_eq!(by_psql.sql("SELECT count(*) FROM public.reason"), "5");
    psql("prod_rollback/99_rollback_full.sql");
    readers::assert_same(&before_psql, &by_psql.dump());
    let _ = by_binary.run(&["rollback", "--full", "--yes"]).expect_success();
    readers::assert_same(&before, &by_binary.dump());
}

#[test]
fn what_a_packet_does_not_declare_is_refused_by_name_and_never_a_panic() {
    let sandbox = Sandbox::new();
    for arguments in [
        &["scan"][..],
        &["label", "alignment"],
        &["shadow", "deploy", "--yes"],
        &["clone", "create", "--yes"],
        &["demo"],
    ] {
        let refused = sandbox.oneroof(arguments).argument("--packet").argument(&packet().0).output().expect_code(2);
        assert!(refused.stdout.contains("the packet shop-returns does not support"), "{}", refused.whole());
    }
    for arguments in [&["plan"][..], &["manifest"], &["sql", "list"], &["packet", "show"], &["packet", "check"]] {
        let _ = sandbox.oneroof(arguments).argument("--packet").argument(&packet().0).output().expect_success();
    }
}

/// Builds a packet in a new folder, with this page and these files added to the skeleton that the program writes.
fn notes(sandbox: &Sandbox, page: &str, files: &[(&str, &str)]) -> PathBuf {
    let _ = sandbox.oneroof(["packet", "new", "notes"]).output().expect_success();
    let folder = sandbox.work().join("notes");
    let path = folder.join("packet.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}{page}")).unwrap();
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let _ = sandbox.oneroof(["packet", "build", "notes"]).output().expect_success();
    sandbox.work().join("notes-1.packet")
}

#[test]
fn an_output_that_cannot_be_written_is_named_before_the_build() {
    let sandbox = Sandbox::new();
    let _ = sandbox.oneroof(["packet", "new", "notes"]).output().expect_success();
    for (output, words) in
        [("nowhere/notes.packet", "the folder nowhere does not exist"), ("notes", "notes is a folder, not a file")]
    {
        let reply = sandbox.oneroof(["packet", "build", "notes", "-o", output]).output();
        let reply = reply.expect_code(2).expect_stdout(words);
        assert!(!reply.stderr.contains("starts"), "{}", reply.whole());
        assert!(!sandbox.work().join("notes/derived.toml").exists());
    }
}

#[test]
fn a_later_tier_may_build_on_what_an_earlier_one_made_and_change_it() {
    let sandbox = Sandbox::new();
    let page = "\n[[tier]]\nname = \"more\"\n\n[[tier]]\nname = \"fill\"\n";
    let packet = notes(
        &sandbox,
        page,
        &[
            (
                "20-more/up.sql",
                "ALTER TABLE notes ADD COLUMN mood text;\nCREATE INDEX notes_mood_idx ON notes (mood);\n\
                 CREATE TABLE answers (customer bigint, note text, answer text, FOREIGN KEY (customer, note) REFERENCES notes);\n\
                 CREATE VIEW reply AS SELECT note, mood FROM notes;\n\
                 CREATE FUNCTION mood_of(given notes) RETURNS text LANGUAGE sql AS 'SELECT given.mood';\n",
            ),
            (
                "20-more/down.sql",
                "DROP FUNCTION mood_of(notes);\nDROP VIEW reply;\nDROP TABLE answers;\nDROP INDEX notes_mood_idx;\n\
                 ALTER TABLE notes DROP COLUMN mood;\n",
            ),
            ("30-fill/up.sql", "INSERT INTO notes (customer, note) VALUES (2, 'later');\n"),
            ("30-fill/down.sql", "DELETE FROM notes WHERE note = 'later';\n"),
        ],
    );
    let shop = Shop::with(std::fs::read_to_string(sandbox.work().join("notes/requires.sql")).unwrap());
    let run = |arguments: &[&str]| shop.command(&packet, arguments).output();
    let digest = run(&["manifest", "--format", "json"]).json()["release"]["digest"].as_str().unwrap().to_owned();
    shop.sql(&format!("INSERT INTO public.approvals VALUES ('REL-1', 'Ada', 'release:{digest}', now())"));
    let before = shop.dump();
    let _ = run(&["apply", "--ratified-apr", "REL-1", "--yes"]).expect_success().expect_stdout("committed tiers 1-3");
    let _ = run(&["verify"]).expect_success();
    for tier in ["3", "2"] {
        let _ = run(&["rollback", "--tier", tier, "--yes"]).expect_success();
        let status = run(&["status"]).expect_success();
        assert!(!status.stdout.contains("ALTERED"), "{}", status.whole());
    }
    let _ = run(&["rollback", "--full", "--yes"]).expect_success();
    readers::assert_same(&before, &shop.dump());
}

#[test]
fn a_rehearsal_that_would_block_readers_of_an_existing_table_is_left_out_unless_a_person_insists() {
    let shop = Shop::signed();
    let words = "not rehearsed: tier 1 takes ACCESS EXCLUSIVE on public.orders";
    let applied = shop.apply().expect_success();
    assert!(applied.whole().contains(words), "{}", applied.whole());
    let back = shop.run(&["rollback", "--full", "--yes"]).expect_success();
    assert!(back.whole().contains(words), "{}", back.whole());
    let insisted = shop.run(&["apply", "--approval", "REL-7", "--yes", "--rehearse", "yes"]).expect_success();
    assert!(!insisted.whole().contains("not rehearsed"), "{}", insisted.whole());
    let never = shop.run(&["rollback", "--full", "--yes", "--rehearse", "no"]).expect_success();
    assert!(!never.whole().contains("not rehearsed"), "{}", never.whole());
}

#[test]
fn help_lists_the_commands_of_the_packet_and_shows_its_approval_code() {
    let sandbox = Sandbox::new();
    let run = |arguments: &[&str]| sandbox.oneroof(arguments).variable("ONEROOF_PACKET", &packet().0).output();
    let bare = run(&[]).expect_code(2);
    let long = run(&["--help"]).expect_success();
    for shown in [&bare.stderr, &long.stdout] {
        for verb in ["apply", "rollback", "gate", "fingerprint"] {
            assert!(shown.contains(verb), "{verb}\n{shown}");
        }
        for verb in ["shadow", "scan", "label", "clone", "demo"] {
            assert!(!shown.contains(verb), "{verb}\n{shown}");
        }
        assert!(!shown.contains("APR-"), "{shown}");
    }
    assert!(bare.stderr.contains("oneroof apply --approval REL-7 --dry-run"), "{}", bare.whole());
    let _ = run(&["help", "apply"]).expect_success().expect_stdout("oneroof apply --approval REL-7 --dry-run");
    let _ = run(&["man", "apply"]).expect_success().expect_stdout(r"\-\-approval REL\-7");
    let wrong = run(&["apply"]).expect_code(2);
    assert!(wrong.stderr.contains("example: oneroof apply --approval REL-7 --dry-run"), "{}", wrong.whole());
    let parts = run(&["packet"]).expect_code(2);
    assert!(parts.stderr.contains("build   ") && !parts.stderr.contains("error:"), "{}", parts.whole());
    // The option on the command line has the same effect as the variable.
    let option = sandbox.oneroof(["--help", "--packet"]).argument(&packet().0).output().expect_success();
    assert_eq!(option.stdout, long.stdout);
    // Help is printed even if the packet cannot be read.
    let lost = sandbox.oneroof(["--help"]).variable("ONEROOF_PACKET", "none.packet").output().expect_success();
    assert!(lost.stdout.contains("scan"), "{}", lost.whole());
}
