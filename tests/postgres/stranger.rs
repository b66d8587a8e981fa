//! Releases in plain SQL that change existing tables, and databases that differ from the prerequisite of the packet. `pg_dump` shows
//! whether a rollback restored everything.

use crate::shop::{DATABASE, ROLE, Shop};
use crate::support::{Output, Sandbox, readers};
use std::path::PathBuf;

pub(crate) const PAGE: &str = r#"
format = 1
name = "shop-more"
title = "More of the shop"
database = "shop"
role = "shop_release"
search_path = "store, public"

[approval]
table = "public.change_board"
columns = { code = "ticket", who = "person", level = "office", signature = "seal", at = "moment" }
code = "^CB-[A-Z]{2}/[0-9]{1,4}$"
example = "CB-EU/7"
levels = { board = 1 }
ask = "One of the board signs."
"#;

pub(crate) const CODE: &str = "CB-EU/7";

const REQUIRES: &str = "
CREATE ROLE shop_release LOGIN;
CREATE SCHEMA store AUTHORIZATION shop_release;
CREATE TABLE public.change_board (ticket text, person text, office text, seal text, moment timestamptz DEFAULT now());
GRANT SELECT ON public.change_board TO shop_release;
CREATE TABLE store.shelf (
    code text PRIMARY KEY, title text NOT NULL DEFAULT 'none', place integer NOT NULL CONSTRAINT place_known CHECK (place > 0));
CREATE TABLE store.movement (
    shelf text NOT NULL REFERENCES store.shelf, pieces integer NOT NULL DEFAULT 0 CHECK (pieces <> 0), note text);
CREATE INDEX movement_pieces ON store.movement (pieces DESC);
CREATE INDEX movement_note ON store.movement (note);
INSERT INTO store.shelf VALUES ('a', 'a', 1), ('b', 'b', 2), ('c', 'Corner', 3);
INSERT INTO store.movement SELECT 'a', n, repeat('x', n) FROM generate_series(1, 50) AS n;
ALTER TABLE store.shelf OWNER TO shop_release;
ALTER TABLE store.movement OWNER TO shop_release;
";

/// A built packet, and a server with its prerequisite.
pub(crate) struct Stranger {
    pub(crate) shop: Shop,
    pub(crate) sandbox: Sandbox,
}

impl Stranger {
    /// Builds a packet of these tiers, starts a server with its prerequisite, and inserts the approval there.
    fn new(tiers: &[(&str, &[(&str, &str)])]) -> Self {
        let sandbox = Sandbox::new();
        let _ = build(&sandbox, "packet", tiers).expect_success();
        Self::signed(sandbox)
    }

    /// A server with the prerequisite, and with the approval of the packet that was built in the sandbox.
    pub(crate) fn signed(sandbox: Sandbox) -> Self {
        let stranger = Self { shop: Shop::with(REQUIRES.to_owned()), sandbox };
        let manifest = stranger.run(&["manifest", "--format", "json"]).expect_success();
        let digest = manifest.json()["release"]["digest"].as_str().unwrap().to_owned();
        stranger.shop.sql(&format!(
            "INSERT INTO public.change_board (ticket, person, office, seal) VALUES ('{CODE}', 'Ada', 'board', 'release:{digest}')"
        ));
        stranger
    }

    fn packet(&self) -> PathBuf {
        self.sandbox.work().join("packet.packet")
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.shop.command(&self.packet(), arguments).output()
    }

    pub(crate) fn preflight(&self) -> Output {
        self.run(&["preflight", "--approval", CODE])
    }

    /// What preflight says, with single blanks.
    pub(crate) fn preflight_text(&self, code: i32) -> String {
        self.preflight().expect_code(code).stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Makes each change, and takes it back after preflight: `(change, its reverse, what preflight says)`. Preflight refuses the release each time.
    /// Returns what it said.
    pub(crate) fn stopped_by_each(&self, changes: &[(&str, &str, &str)]) -> Vec<String> {
        let before = self.dump();
        let mut all = Vec::new();
        for (change, back, words) in changes {
            self.shop.sql(change);
            let said = self.preflight_text(4);
            assert!(said.contains(words), "{change}: {said}");
            self.shop.sql(back);
            all.push(said);
        }
        readers::assert_same(&before, &self.dump());
        all
    }

    /// Runs all tiers and all their rollbacks in one transaction.
    pub(crate) fn dry_run(&self) -> Output {
        self.run(&["apply", "--approval", CODE, "--dry-run", "--with-rollback"])
    }

    pub(crate) fn apply(&self) -> Output {
        self.run(&["apply", "--approval", CODE, "--yes"])
    }

    pub(crate) fn rollback(&self) -> Output {
        self.run(&["rollback", "--full", "--yes"])
    }

    /// Applies the release and rolls it back. The database must then be as before. Each change in `drifts` is made between the two, and verify
    /// names it: `(change, its reverse, what verify says)`.
    pub(crate) fn there_and_back(&self, drifts: &[(&str, &str, &str)]) {
        let before = self.dump();
        let _ = self.preflight().expect_success();
        let _ = self.dry_run().expect_success();
        readers::assert_same(&before, &self.dump());
        let _ = self.apply().expect_success().expect_stdout("the release is applied");
        for (change, back, words) in drifts {
            self.shop.sql(change);
            let _ = self.run(&["verify"]).expect_code(5).expect_stdout(words);
            self.shop.sql(back);
        }
        let _ = self.run(&["verify"]).expect_success();
        let _ = self.rollback().expect_success().expect_stdout("the release is not applied");
        readers::assert_same(&before, &self.dump());
    }

    /// The SQL of the tier runs the statements that it finds in `store.more`. The judge refuses each of these statements before COMMIT, and the
    /// database is as before. Each has the words of the refusal.
    pub(crate) fn refuses_each(&self, more: &[(&str, &str)]) {
        for (more, words) in more {
            self.shop.sql(&format!("INSERT INTO store.more VALUES ($q${more}$q$)"));
            let before = self.dump();
            let _ = self.apply().expect_code(5).expect_stdout(words);
            readers::assert_same(&before, &self.dump());
            self.shop.sql("DELETE FROM store.more");
        }
    }

    /// Runs this file of the exported packet with psql.
    pub(crate) fn psql(&self, file: &str) {
        let folder = self.sandbox.work().join("exported");
        if !folder.exists() {
            let export =
                self.sandbox.oneroof(["sql", "export", "exported", "--packet"]).argument(self.packet()).output();
            let _ = export.expect_success();
        }
        let manifest = self.run(&["manifest", "--format", "json"]).expect_success().json();
        let digest = manifest["release"]["digest"].as_str().unwrap().to_owned();
        let mut command = self.shop.0.psql_command(DATABASE, ROLE);
        command.args(["-v", "ON_ERROR_STOP=1", "-v", &format!("ratified_apr={CODE}"), "-v"]);
        command.arg(format!("release_digest={digest}")).arg("-f").arg(folder.join("sql").join(file));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The dump with its lines sorted, because a row that was updated twice may be at another place in the table.
    pub(crate) fn dump(&self) -> String {
        let dump = self.shop.dump();
        let mut lines: Vec<&str> = dump.lines().collect();
        lines.sort_unstable();
        lines.join("\n")
    }
}

/// Writes the packet's folder and builds the packet.
fn build(sandbox: &Sandbox, folder: &str, tiers: &[(&str, &[(&str, &str)])]) -> Output {
    build_page(sandbox, PAGE, folder, tiers)
}

/// The same with another page. A file with the name `page` holds more lines for the tier's section of the page.
pub(crate) fn build_page(sandbox: &Sandbox, page: &str, folder: &str, tiers: &[(&str, &[(&str, &str)])]) -> Output {
    let at = sandbox.work().join(folder);
    let mut page = page.to_owned();
    std::fs::create_dir_all(&at).unwrap();
    for ((name, files), number) in tiers.iter().zip(1..) {
        page.push_str(&format!("\n[[tier]]\nname = \"{name}\"\ntitle = \"{name}\"\nwhy = \"It is wanted.\"\n"));
        let own = at.join(format!("{number}0-{name}"));
        std::fs::create_dir_all(&own).unwrap();
        for (file, text) in *files {
            match *file {
                "page" => page.push_str(text),
                file => std::fs::write(own.join(file), text).unwrap(),
            }
        }
    }
    std::fs::write(at.join("packet.toml"), page).unwrap();
    std::fs::write(at.join("requires.sql"), REQUIRES).unwrap();
    sandbox.oneroof(["packet", "build", folder, "-o", &format!("{folder}.packet")]).output()
}

const WIDEN: (&str, &[(&str, &str)]) = (
    "widen",
    &[
        ("up.sql", "ALTER TABLE movement ALTER COLUMN pieces TYPE bigint;"),
        ("down.sql", "ALTER TABLE movement ALTER COLUMN pieces TYPE integer;"),
    ],
);

#[test]
fn a_tier_may_rewrite_an_existing_table_and_write_it_in_the_same_transaction() {
    let both = (
        "both",
        &[
            (
                "up.sql",
                "INSERT INTO shelf VALUES ('d', 'Door', 4);
ALTER TABLE shelf ALTER COLUMN place TYPE bigint;
INSERT INTO shelf VALUES ('e', 'End', 5);",
            ),
            (
                "down.sql",
                "DELETE FROM shelf WHERE code IN ('d', 'e');
ALTER TABLE shelf ALTER COLUMN place TYPE integer;",
            ),
        ][..],
    );
    Stranger::new(&[WIDEN, both]).there_and_back(&[]);
}

/// The relation that a rewrite creates and drops has no name at the end. A dropped table of somebody else has none either, and must be found.
#[test]
fn a_tier_that_rewrites_a_table_may_drop_nothing_beside_it() {
    let more = "ALTER TABLE movement ALTER COLUMN pieces TYPE bigint;
DO $$ BEGIN IF to_regclass('public.theirs') IS NOT NULL THEN DROP TABLE public.theirs; END IF; END $$;";
    let stranger = Stranger::new(&[("widen", &[("up.sql", more), WIDEN.1[1]])]);
    stranger.shop.sql("CREATE TABLE public.theirs (a integer); ALTER TABLE public.theirs OWNER TO shop_release");
    let before = stranger.shop.dump();
    let _ = stranger.apply().expect_code(5).expect_stdout("the catalogue changed outside the packet's own objects");
    readers::assert_same(&before, &stranger.shop.dump());
    stranger.shop.sql("DROP TABLE public.theirs");
    stranger.there_and_back(&[]);
}

const STRICTER: (&str, &[(&str, &str)]) = (
    "stricter",
    &[
        (
            "up.sql",
            "ALTER TABLE shelf ALTER COLUMN title SET DEFAULT 'new', ADD COLUMN owner text;
ALTER TABLE shelf DROP CONSTRAINT place_known;
ALTER TABLE shelf ADD CONSTRAINT place_known CHECK (place >= 0);
DROP INDEX movement_note;",
        ),
        (
            "down.sql",
            "CREATE INDEX movement_note ON movement (note);
ALTER TABLE shelf DROP CONSTRAINT place_known;
ALTER TABLE shelf ADD CONSTRAINT place_known CHECK (place > 0);
ALTER TABLE shelf DROP COLUMN owner, ALTER COLUMN title SET DEFAULT 'none';",
        ),
    ],
);

/// Preflight must name each difference of an existing table that would stop a tier.
#[test]
fn preflight_names_what_is_not_as_it_was_when_the_packet_was_built() {
    let stranger = Stranger::new(&[WIDEN, STRICTER]);
    let _ = stranger.preflight().expect_success();
    for (change, revert, said) in [
        (
            "ALTER TABLE store.shelf ALTER title SET DEFAULT 'other'",
            "ALTER TABLE store.shelf ALTER title SET DEFAULT 'none'",
            "default title of store.shelf is neither as before the release nor as shipped",
        ),
        (
            "ALTER TABLE store.shelf ADD owner integer",
            "ALTER TABLE store.shelf DROP owner",
            "column owner of store.shelf is there already, and not as shipped",
        ),
        (
            "ALTER TABLE store.shelf DROP CONSTRAINT place_known",
            "ALTER TABLE store.shelf ADD CONSTRAINT place_known CHECK (place > 0)",
            "constraint place_known of store.shelf is missing",
        ),
        (
            "DROP INDEX store.movement_note",
            "CREATE INDEX movement_note ON store.movement (note)",
            "index movement_note of store.movement is missing",
        ),
        (
            "DROP INDEX store.movement_note; CREATE INDEX movement_note ON store.movement (note DESC)",
            "DROP INDEX store.movement_note; CREATE INDEX movement_note ON store.movement (note)",
            "index movement_note of store.movement is not as before the release",
        ),
        (
            "ALTER TABLE store.movement OWNER TO postgres; GRANT ALL ON store.movement TO shop_release",
            "ALTER TABLE store.movement OWNER TO shop_release",
            "Only its owner may change the shape of store.movement.",
        ),
    ] {
        stranger.shop.sql(change);
        let before = stranger.shop.dump();
        for refused in [stranger.preflight(), stranger.apply()] {
            let _ = refused.expect_code(4).expect_stdout(said).expect_stdout("nothing was changed");
        }
        readers::assert_same(&before, &stranger.shop.dump());
        stranger.shop.sql(revert);
        let _ = stranger.preflight().expect_success();
    }
    // A difference in something that no tier changes does not matter.
    stranger.shop.sql("CREATE INDEX theirs ON store.shelf (title); ALTER TABLE store.shelf ADD theirs text");
    let _ = stranger.preflight().expect_success();
    let _ = stranger.dry_run().expect_success();
}

/// A tier that only removes something.
#[test]
fn a_tier_that_only_removes_parts_is_recognised_as_applied() {
    let away = (
        "away",
        &[
            ("up.sql", "ALTER TABLE shelf DROP CONSTRAINT place_known; DROP INDEX movement_note;"),
            (
                "down.sql",
                "CREATE INDEX movement_note ON movement (note); ALTER TABLE shelf ADD CONSTRAINT place_known CHECK (place > 0);",
            ),
        ][..],
    );
    let stranger = Stranger::new(&[away]);
    stranger.there_and_back(&[]);
    let _ = stranger.apply().expect_success();
    stranger.shop.sql("ALTER TABLE store.shelf ADD CONSTRAINT place_known CHECK (place > 0)");
    let said = "index movement_note of store.movement is missing, constraint place_known of store.shelf is there";
    let _ = stranger.run(&["verify"]).expect_code(5).expect_stdout(said);
    let _ = stranger.rollback().expect_code(4).expect_stdout(said);
    stranger.shop.sql("ALTER TABLE store.shelf DROP CONSTRAINT place_known");
    let _ = stranger.rollback().expect_success();
    let _ = stranger.preflight().expect_success();
}

const TITLES: [(&str, &str); 4] = [
    ("up.sql", "UPDATE shelf SET title = upper(title) WHERE title = code; INSERT INTO shelf VALUES ('z', 'Zone', 9);"),
    ("down.sql", "DELETE FROM shelf WHERE code = 'z'; UPDATE shelf SET title = code WHERE code IN ('a', 'b');"),
    ("absent.sql", "SELECT count(*) = 2 FROM shelf WHERE title = code"),
    ("applied.sql", "SELECT count(*) = 2 FROM shelf WHERE title = upper(code) AND code IN ('a', 'b')"),
];

/// Every command makes the queries `absent.sql` and `applied.sql` under the `search_path` of the author's statements.
#[test]
fn absent_and_applied_look_for_names_under_the_page_s_path() {
    let stranger = Stranger::new(&[("titles", &TITLES), WIDEN]);
    stranger.there_and_back(&[]);
    let _ = stranger.apply().expect_success();
    stranger.shop.sql("UPDATE store.shelf SET title = 'else' WHERE code = 'a'");
    let said = "neither applied.sql nor absent.sql is true";
    let _ = stranger.run(&["status"]).expect_success().expect_stdout(said);
    let _ = stranger.run(&["verify"]).expect_code(5).expect_stdout(said);
    let _ = stranger.rollback().expect_code(4).expect_stdout(said);
    stranger.shop.sql("UPDATE store.shelf SET title = 'A' WHERE code = 'a'");
    let _ = stranger.rollback().expect_success();
}

#[test]
fn a_tier_may_make_aggregates_and_procedures() {
    let routines = (
        "routines",
        &[
            (
                "up.sql",
                "CREATE AGGREGATE product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1');
SET LOCAL check_function_bodies = off;
CREATE PROCEDURE clear_shelf(name text) LANGUAGE sql AS 'DELETE FROM movement WHERE shelf = name';",
            ),
            ("down.sql", "DROP PROCEDURE clear_shelf(text); DROP AGGREGATE product(numeric);"),
        ][..],
    );
    Stranger::new(&[routines]).there_and_back(&[]);
}

#[test]
fn rows_in_a_table_that_the_tier_made_empty_are_named_before_the_rollback_would_drop_them() {
    let journal = (
        "journal",
        &[
            (
                "up.sql",
                "CREATE TABLE journal (at timestamptz PRIMARY KEY); CREATE TABLE known (code text PRIMARY KEY); INSERT INTO known VALUES ('a');",
            ),
            ("down.sql", "DROP TABLE journal; DROP TABLE known;"),
        ][..],
    );
    let stranger = Stranger::new(&[journal]);
    let before = stranger.dump();
    let _ = stranger.apply().expect_success();
    stranger.shop.sql("INSERT INTO store.journal VALUES ('2026-01-01')");
    let released = stranger.dump();
    // The release is still intact when the application writes to its table.
    let _ = stranger.run(&["verify"]).expect_success();
    for words in [&["rollback", "--full", "--yes"][..], &["rollback", "--full", "--dry-run"]] {
        let refused = stranger.run(words).expect_code(5);
        assert!(refused.stdout.contains("rows in store.journal"), "{}", refused.whole());
        readers::assert_same(&released, &stranger.dump());
    }
    stranger.shop.sql("DELETE FROM store.journal");
    let _ = stranger.rollback().expect_success();
    readers::assert_same(&before, &stranger.dump());
}

#[test]
fn rows_in_a_live_table_of_the_release_are_a_warning_of_the_rollback() {
    let sandbox = Sandbox::new();
    let journal =
        [("up.sql", "CREATE TABLE journal (at timestamptz PRIMARY KEY);"), ("down.sql", "DROP TABLE journal;")];
    let page = PAGE.replace("search_path", "live = [\"store.journal\"]\nsearch_path");
    let _ = build_page(&sandbox, &page, "packet", &[("journal", &journal[..])]).expect_success();
    let stranger = Stranger::signed(sandbox);
    let before = stranger.dump();
    let _ = stranger.apply().expect_success();
    stranger.shop.sql("INSERT INTO store.journal VALUES ('2026-01-01')");
    let rolled_back = stranger.rollback().expect_success();
    assert!(rolled_back.stdout.contains("rows in store.journal"), "{}", rolled_back.whole());
    readers::assert_same(&before, &stranger.dump());
}

/// The SQL as one DO that executes decoded text.
fn encoded(sql: &str) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters = sql.as_bytes().chunks(3).flat_map(|chunk| {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        (0..4).map(move |place| {
            let letter = usize::try_from((bits >> (18 - 6 * place)) & 63).unwrap();
            if place <= chunk.len() { char::from(alphabet[letter]) } else { '=' }
        })
    });
    let text: String = letters.collect();
    format!("DO $$ BEGIN EXECUTE convert_from(decode('{text}', 'base64'), 'UTF8'); END $$;")
}

#[test]
fn a_tier_that_executes_decoded_text_derives_the_same_page() {
    let sandbox = Sandbox::new();
    let plain = [STRICTER, ("titles", &TITLES[..]), WIDEN];
    let hidden: Vec<[String; 2]> = plain.iter().map(|(_, files)| [encoded(files[0].1), encoded(files[1].1)]).collect();
    let files: Vec<Vec<(&str, &str)>> = plain
        .iter()
        .zip(&hidden)
        .map(|((_, files), [up, down])| [&[("up.sql", up.as_str()), ("down.sql", down)], &files[2..]].concat())
        .collect();
    let tiers: Vec<(&str, &[(&str, &str)])> =
        plain.iter().zip(&files).map(|((name, _), files)| (*name, files.as_slice())).collect();
    let _ = build(&sandbox, "plain", &plain).expect_success();
    let _ = build(&sandbox, "hidden", &tiers).expect_success();
    let derived = |folder: &str| std::fs::read_to_string(sandbox.work().join(folder).join("derived.toml")).unwrap();
    assert_eq!(derived("plain"), derived("hidden"));
}
