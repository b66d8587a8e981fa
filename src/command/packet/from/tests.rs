//! Tests with scripts as people write them, read from a folder.

use super::{FoundScripts, Refusals, read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of scripts. It is removed when this value is dropped.
struct Scripts(PathBuf);

impl Drop for Scripts {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Scripts {
    fn new(files: &[(&str, &str)]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("oneroof-from-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        for (name, text) in files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    fn read(&self, source: &str, since: Option<&str>) -> Result<FoundScripts, Refusals> {
        read(&self.0.join(source), since)
    }

    /// A path without the temporary folder of this test.
    fn short(&self, path: &str) -> String {
        let folder = format!("{}/", self.0.display());
        path.replace(&folder, "").replace(&self.0.display().to_string(), ".")
    }
}

/// The SQL of the tiers that are made from one psql script.
fn up(script: &str) -> String {
    let scripts = Scripts::new(&[("s.sql", script)]);
    let found = scripts.read("s.sql", None).unwrap_or_else(|refusal| panic!("{script:?}: {refusal:?}"));
    found.tiers.into_iter().map(|tier| tier.up).collect::<Vec<_>>().join("--next\n")
}

/// Where and why a source is refused.
fn refused(files: &[(&str, &str)], source: &str, since: Option<&str>) -> (String, String) {
    let scripts = Scripts::new(files);
    let Refusals(all) = scripts.read(source, since).expect_err("it must be refused");
    let [refusal] = all.as_slice() else { panic!("one mistake is refused once: {all:?}") };
    assert!(refusal.cure.ends_with(['.', ';']) && refusal.cure.len() > 10, "{refusal:?}");
    (scripts.short(&refusal.place), scripts.short(&refusal.what))
}

fn refused_script(script: &str) -> (String, String) {
    refused(&[("s.sql", script)], "s.sql", None)
}

#[test]
fn constants_are_put_in_once_and_what_only_looks_like_one_stays() {
    let head = "\\set s 'sales'\n\\set who 'it''s'\n\\set n 3\n";
    // psql inserts a variable's value in a slice too, and leaves an unknown name there unchanged.
    for (sql, wanted) in [
        ("SELECT :n, :'who', :\"s\" FROM :s.t;", "SELECT 3, 'it''s', \"sales\" FROM sales.t;"),
        ("SELECT 'a:n', \":n\", $$:n$$, $x$ :'who' $x$; -- :n", "SELECT 'a:n', \":n\", $$:n$$, $x$ :'who' $x$; -- :n"),
        (
            "SELECT a::text, a::n, b[1:2], b[1:n], b[lo:hi] /* :n */;",
            "SELECT a::text, a::n, b[1:2], b[13], b[lo:hi] /* :n */;",
        ),
        ("SELECT f(a := 1), E'\\':n', U&':n', 1::int::text;", "SELECT f(a := 1), E'\\':n', U&':n', 1::int::text;"),
        ("CREATE TABLE t_:n (a int);", "CREATE TABLE t_3 (a int);"),
        ("SELECT 1 \\; SELECT :n;", "SELECT 1 ; SELECT 3;"),
        ("SELECT a\\:b;", "SELECT a:b;"),
        ("\\set n 4\nSELECT :n;", "SELECT 4;"),
        ("\\unset other\nSELECT '\\set n 5';", "SELECT '\\set n 5';"),
    ] {
        assert_eq!(up(&format!("{head}{sql}\n")), format!("{wanted}\n"));
    }
    for (sql, wanted) in [
        ("SELECT :other;", "the script does not set :other"),
        ("SELECT :'other';", "the script does not set :'other'"),
        ("\\unset n\nSELECT :n;", "the script does not set :n"),
        ("SELECT :{?n};", "it tests whether a variable is set"),
        ("\\set x '1 -- '\nSELECT :x;", ":x cannot be replaced by its value, which holds a comment"),
        ("\\set x '1; DROP TABLE t'\nSELECT :x;", ":x cannot be replaced by its value, which ends a statement"),
    ] {
        assert_eq!(refused_script(&format!("{head}{sql}\n")).1, wanted);
    }
}

#[test]
fn a_transaction_is_dropped_at_the_ends_of_a_file_and_left_alone_in_bodies() {
    let body = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END;\nDO $$ BEGIN; COMMIT; END $$;";
    for (begin, end) in [("BEGIN;", "Commit;"), ("begin work ;", "end transaction;"), ("START TRANSACTION;", "COMMIT")]
    {
        assert_eq!(up(&format!("-- why\n{begin}\n{body}\n{end}\n")), format!("-- why\n{body}\n"));
    }
    assert_eq!(up("\\set ON_ERROR_STOP on\nBEGIN; SELECT 1;\nSELECT 2; COMMIT;\n"), " SELECT 1;\nSELECT 2;\n");
    assert_eq!(up("SELECT 1"), "SELECT 1\n;\n");
    assert_eq!(up("SELECT 1 -- last"), "SELECT 1 -- last\n;\n");
    for (script, line, wanted) in [
        (
            "BEGIN;\nSELECT 1;\nCOMMIT;\nBEGIN;\nSELECT 2;\nCOMMIT;\n",
            4,
            "a transaction begins in the middle of the file",
        ),
        ("SELECT 1;\nBEGIN;\nCOMMIT;\n", 2, "a transaction begins in the middle of the file"),
        ("BEGIN;\nCOMMIT;\nSELECT 1;\n", 2, "the transaction ends here, but the file goes on at line 3"),
        ("\nBEGIN;\nSELECT 1;\n", 2, "the file begins a transaction and does not end it, so psql would roll it back"),
        ("BEGIN;\nSELECT 1;\nROLLBACK;\n", 3, "ROLLBACK would discard what the file does"),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;\nCOMMIT;\n", 1, "BEGIN sets a mode for the transaction"),
        ("SELECT 1;\nCOMMIT AND CHAIN;\n", 2, "a transaction ends in another way than by COMMIT"),
        ("SELECT 'a;\n", 1, "the file ends within a statement or a comment"),
        ("SELECT 1;\n/* a /* b */\n", 2, "the file ends within a statement or a comment"),
    ] {
        assert_eq!(refused_script(script), (format!("s.sql:{line}"), wanted.to_owned()), "{script}");
    }
}

#[test]
fn what_is_not_understood_is_refused_by_its_line() {
    for command in [
        "\\copy t FROM 'x.csv'",
        "\\if :x",
        "\\endif",
        "SELECT 1 \\gexec",
        "SELECT 1 AS a \\gset",
        "\\c other",
        "\\connect other",
        "\\! ls",
        "\\o out.txt",
        "\\cd db",
        "\\i",
        "\\ir absent.sql",
        "\\i ~/x.sql",
        "SELECT 1 \\i other.sql",
        "\\set x `date`",
        "\\pset null x \\\\ SELECT 1;",
        "\\set ON_ERROR_STOP off",
        "\\unset ON_ERROR_STOP",
        "\\set ON_ERROR_ROLLBACK on",
        "\\prompt x",
        "\\encoding LATIN1",
        "\\q",
        "COPY t (a, b) FROM stdin;",
        "copy t from pstdin with (format csv);",
        "SELECT * FROM ${schema}.t;",
        "-- oneroof:body",
        "  -- include: contract",
        "SELECT 1;\rSELECT 2;",
        "SELECT 1 \\g",
        "\\watch 1",
    ] {
        let (place, what) = refused_script(&format!("SELECT 1;\n{command}\nSELECT 2;\n"));
        assert_eq!(place, "s.sql:2", "{command}: {what}");
    }
    assert_eq!(
        refused(&[("a.sql", "-- nothing\n\\echo a\n")], "a.sql", None).1,
        "it holds no SQL and includes no file that does"
    );
    assert_eq!(refused(&[("a.sql", "SELECT 1;")], "b.sql", None).0, "b.sql");
    assert!(refused(&[("a.sql", "SELECT 1;")], "a.sql", Some("v1")).1.contains("no tag \"v1\""));
}

#[test]
fn each_included_file_is_a_tier_in_the_order_in_which_it_runs() {
    let scripts = Scripts::new(&[
        (
            "all.sql",
            "\u{feff}-- All.\r\n\\set ON_ERROR_STOP on\r\n\\echo go\r\nSELECT 0;\r\n\\ir parts/01_first.sql\r\n\\echo then\r\n\\ir 'parts/b c.sql'\r\nSELECT 9;\r\n",
        ),
        ("parts/01_first.sql", "BEGIN;\nSELECT 1;\n\\ir deep/first.sql\nSELECT 3;\nCOMMIT;\n"),
        ("parts/deep/first.sql", "\\set x 2\nSELECT :x;\n"),
        ("parts/b c.sql", "SELECT :x + 2;\n\\ir none.sql\n-- still\nSELECT 5;"),
        ("parts/none.sql", "-- Nothing.\n"),
    ]);
    let found = scripts.read("all.sql", None).unwrap();
    let tiers: Vec<(String, &str)> =
        found.tiers.iter().map(|tier| (scripts.short(&tier.origin), tier.up.as_str())).collect();
    let wanted = [
        ("all.sql", "-- All.\nSELECT 0;\n"),
        ("parts/01_first.sql", "SELECT 1;\n"),
        ("parts/deep/first.sql", "SELECT 2;\n"),
        ("parts/01_first.sql", "SELECT 3;\n"),
        ("parts/b c.sql", "SELECT 2 + 2;\n\n-- still\nSELECT 5;\n"),
        ("all.sql", "SELECT 9;\n"),
    ];
    assert_eq!(tiers, wanted.map(|(file, text)| (file.to_owned(), text)));
    let notes = found.notes.iter().map(|note| scripts.short(note)).collect::<Vec<_>>().join("\n");
    for wanted in [
        "\\echo (2 times, first all.sql:3)",
        "\\set ON_ERROR_STOP (all.sql:2)",
        "CRLF became LF",
        "parts/01_first.sql runs all",
    ] {
        assert!(notes.contains(wanted), "{wanted}: {notes}");
    }
}

#[test]
fn a_circle_of_includes_is_refused_where_it_closes() {
    let files = [("a.sql", "SELECT 1;\n\\ir x/b.sql\n"), ("x/b.sql", "\n\\ir ../a.sql\n")];
    let (place, what) = refused(&files, "a.sql", None);
    assert_eq!((place.as_str(), what.as_str()), ("x/b.sql:2", "x/../a.sql includes itself"));
}

#[test]
fn a_sqitch_project_is_found_by_its_plan_and_its_settings() {
    let plan = "%syntax-version=1.0.0\n%project=flipr\n\nusers 2013-12-31T21:04:04Z Ada <a@example.org> # The users.\n@v1 2014-01-01T00:00:00Z Ada <a@example.org>\nlists [users base:x] 2014-01-02T00:00:00Z Ada <a@example.org> # Lists.\n";
    let scripts = Scripts::new(&[
        ("sqitch.conf", "[core]\n\tengine = pg\n\ttop_dir = db/sqitch\n"),
        ("db/sqitch/sqitch.plan", plan),
        (
            "db/sqitch/deploy/users.sql",
            "-- Deploy flipr:users to pg\n\nBEGIN;\n\nCREATE TABLE users (a int);\n\nCOMMIT;\n",
        ),
        ("db/sqitch/revert/users.sql", "BEGIN;\nDROP TABLE users;\nCOMMIT;\n"),
        ("db/sqitch/verify/users.sql", "BEGIN;\nSELECT a FROM users WHERE FALSE;\nROLLBACK;\n"),
        ("db/sqitch/deploy/lists.sql", "\\i shared.sql\nSELECT 2;\n"),
        ("db/sqitch/verify/lists.sql", "SELECT 1; SELECT 2;\n"),
    ]);
    std::fs::write(scripts.0.join("shared.sql"), "SELECT 1;\n").unwrap();
    for source in ["db/sqitch/sqitch.plan", "db/sqitch"] {
        let found = scripts.read(source, None).unwrap();
        let [users, lists] = found.tiers.as_slice() else { panic!("{found:?}") };
        assert_eq!(users.up, "-- Deploy flipr:users to pg\n\n\nCREATE TABLE users (a int);\n");
        assert_eq!(users.down.as_ref().unwrap().0, "DROP TABLE users;\n");
        assert_eq!(users.verify.as_ref().unwrap().0, "SELECT a FROM users WHERE FALSE");
        assert_eq!((users.why.as_str(), found.title.as_str()), ("The users.", "flipr"));
        assert_eq!((lists.up.as_str(), &lists.down, &lists.verify), ("SELECT 1;\n\nSELECT 2;\n", &None, &None));
        let notes = found.notes.join("\n");
        assert!(notes.contains("lists.sql is not one SELECT") && notes.contains("base:x"), "{notes}");
    }
    let found = scripts.read("db/sqitch/sqitch.plan", Some("v1")).unwrap();
    assert_eq!((found.tiers.len(), found.title.as_str()), (1, "flipr since @v1"));
    assert!(found.notes.iter().any(|note| note.starts_with("1 earlier change is")), "{:?}", found.notes);
    std::fs::remove_file(scripts.0.join("db/sqitch/deploy/lists.sql")).unwrap();
    assert_eq!(scripts.short(&scripts.read("db/sqitch", None).unwrap_err().0[0].place), "db/sqitch/sqitch.plan:6");
}

#[test]
fn flyway_migrations_are_in_the_order_of_their_versions() {
    let scripts = Scripts::new(&[
        ("V10__late_one.sql", "SELECT a::text, ':x' FROM t;\n"),
        ("V2__early.sql", "BEGIN;\nSELECT 2;\nCOMMIT;\n"),
        ("more/V2.1__between.sql", "SELECT 21;\n"),
        ("U2__early.sql", "SELECT -2;\n"),
        ("V3_typing_error.sql", "SELECT 3;\n"),
        ("README.md", "x"),
    ]);
    let found = scripts.read("", None).unwrap();
    let names: Vec<&str> = found.tiers.iter().map(|tier| tier.name.as_str()).collect();
    assert_eq!(names, ["early", "between", "late one"]);
    assert_eq!(found.tiers[0].up, "SELECT 2;\n");
    assert_eq!(found.tiers[0].down.as_ref().unwrap().0, "SELECT -2;\n");
    assert!(found.notes[0].contains("V3_typing_error.sql does not have the name of a migration"), "{:?}", found.notes);
    let one = scripts.read("V2__early.sql", None).unwrap();
    assert_eq!((one.tiers.len(), one.tiers[0].down.is_some()), (1, true));
    for (file, text, place) in [
        ("R__views.sql", "SELECT 1;", "R__views.sql"),
        ("B1__base.sql", "SELECT 1;", "B1__base.sql"),
        ("V02__again.sql", "SELECT 1;", "V2__early.sql"),
        ("U7__lone.sql", "SELECT 1;", "U7__lone.sql"),
        ("V4__x.sql", "SELECT 1;\n-- ${schema}\n", "V4__x.sql:2"),
        ("V5__x.sql", "SELECT 1;\n\\echo a\n", "V5__x.sql:2"),
        ("V6__x.java", "", "V6__x.java"),
        ("V2__early.sql.conf", "executeInTransaction=false", "V2__early.sql.conf"),
        ("afterMigrate.sql", "SELECT 1;", "afterMigrate.sql"),
    ] {
        let path = scripts.0.join(file);
        std::fs::write(&path, text).unwrap();
        let refusal = scripts.read("", None).unwrap_err();
        assert_eq!(scripts.short(&refusal.0[0].place), place, "{file}: {refusal:?}");
        std::fs::remove_file(path).unwrap();
    }
    assert!(
        read(Path::new(&scripts.0.join("more/U1__x.sql")), None).unwrap_err().0[0]
            .what
            .contains("it only reverts another migration")
    );
    assert!(scripts.read("absent", None).is_err());
}

#[test]
fn all_errors_of_a_source_are_reported_together() {
    let places = |files: &[(&str, &str)], source: &str| {
        let scripts = Scripts::new(files);
        let Refusals(all) = scripts.read(source, None).unwrap_err();
        all.iter().map(|refusal| scripts.short(&refusal.place)).collect::<Vec<_>>()
    };
    let script = "BEGIN;\n\\if :x\nSELECT :'who';\n\\endif\nCOPY t FROM stdin;\n1\t:a\n\\c\n\\.\nCOMMIT;\n\\ir one.sql\n\\ir one.sql\n";
    let one = "\\copy t FROM 'f'\nBEGIN;\nSELECT 1;\nCOMMIT;\nBEGIN;\nSELECT 2;\nCOMMIT;\nSELECT ${v};\n";
    assert_eq!(
        places(&[("s.sql", script), ("one.sql", one)], "s.sql"),
        ["s.sql:2", "s.sql:3", "s.sql:4", "s.sql:5", "s.sql:9", "one.sql:1", "one.sql:5", "one.sql:8"]
    );
    let flyway = [
        ("V1__a.sql", "SELECT '${a}', ${b};\n"),
        ("V2__b.sql", "\\c\nSELECT ${c};\n"),
        ("R__views.sql", "SELECT 1;\n"),
        ("U9__x.sql", "SELECT 1;\n"),
        ("afterMigrate.sql", "SELECT 1;\n"),
    ];
    assert_eq!(
        places(&flyway, "."),
        ["./R__views.sql", "./afterMigrate.sql", "./U9__x.sql", "./V1__a.sql:1", "./V2__b.sql:2", "./V2__b.sql:1"]
    );
    let plan = "%syntax-version=1.0.0\n%project=p\n\na 2024-01-01T00:00:00Z A <a@example.org>\nb 2024-01-01T00:00:00Z A <a@example.org>\n";
    let sqitch = [("sqitch.plan", plan), ("deploy/a.sql", "\\gexec\n"), ("revert/a.sql", "SELECT :x;\n")];
    assert_eq!(places(&sqitch, "sqitch.plan"), ["deploy/a.sql:1", "revert/a.sql:1", "sqitch.plan:5"]);
}
