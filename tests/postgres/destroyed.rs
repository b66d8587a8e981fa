//! A rollback brings back what was there before, also if the production database has other values than requires.sql. If the build saw that it does
//! not, preflight compares the values with those of the build. A dry run with the rollbacks shows what they do not bring back on this database.

use crate::kinds::{Tier, stranger_with};
use crate::stranger::CODE;
use crate::support::readers;

const REQUIRES: &str = "
CREATE TABLE store.old (id integer PRIMARY KEY);
CREATE TABLE store.house (id integer PRIMARY KEY, price numeric DEFAULT 0, size integer, street text);
CREATE TABLE store.city (code integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE store.rate (code text PRIMARY KEY, percent numeric);
CREATE TABLE store.note (id integer PRIMARY KEY, words text NOT NULL);
INSERT INTO store.house VALUES (1, 2, 3, 'first');
INSERT INTO store.city VALUES (1, 'Ulm'), (2, 'Bonn');
INSERT INTO store.rate VALUES ('high', 19), ('low', 7);
INSERT INTO store.note VALUES (1, 'a'), (2, 'b');
ALTER TABLE store.old OWNER TO shop_release;
ALTER TABLE store.house OWNER TO shop_release;
ALTER TABLE store.city OWNER TO shop_release;
ALTER TABLE store.rate OWNER TO shop_release;
ALTER TABLE store.note OWNER TO shop_release;
";

/// The rollback knows only the values of the build.
const DESTROYS: Tier = (
    "destroys",
    &[
        (
            "up.sql",
            "
DROP TABLE store.old;
ALTER TABLE store.house DROP street, ALTER price TYPE integer USING round(price), ALTER size TYPE bigint;
UPDATE store.city SET name = 'Bonn am Rhein' WHERE code = 2;
DELETE FROM store.rate WHERE code = 'low';
",
        ),
        (
            "down.sql",
            "
INSERT INTO store.rate VALUES ('low', 7);
UPDATE store.city SET name = 'Bonn' WHERE code = 2;
ALTER TABLE store.house ALTER size TYPE integer, ALTER price TYPE numeric, ADD street text;
UPDATE store.house SET street = 'first' WHERE id = 1;
CREATE TABLE store.old (id integer PRIMARY KEY);
",
        ),
        ("absent.sql", "SELECT EXISTS (SELECT FROM store.rate WHERE code = 'low')"),
        ("applied.sql", "SELECT NOT EXISTS (SELECT FROM store.rate WHERE code = 'low')"),
    ],
);

/// The rollback brings back whatever was there.
const KEEPS: Tier = (
    "keeps",
    &[
        ("up.sql", "CREATE TABLE store.kept AS SELECT id, words FROM store.note; ALTER TABLE store.note DROP words;"),
        (
            "down.sql",
            "
ALTER TABLE store.note ADD words text;
UPDATE store.note AS n SET words = k.words FROM store.kept AS k WHERE k.id = n.id;
ALTER TABLE store.note ALTER words SET NOT NULL;
DROP TABLE store.kept;
",
        ),
        ("page", "live = [\"store.note\", \"store.kept\"]\n"),
    ],
);

const OTHERS: &str = "none rows with values that are not those of the build";

#[test]
fn values_that_a_rollback_would_not_bring_back_are_named_by_preflight() {
    let stranger = stranger_with(REQUIRES, &[DESTROYS, KEEPS]);
    let refused = [
        ("store.old", "INSERT INTO store.old VALUES (1)", "DELETE FROM store.old"),
        ("store.house", "UPDATE store.house SET street = 'other'", "UPDATE store.house SET street = 'first'"),
        ("store.house", "UPDATE store.house SET price = 2.5", "UPDATE store.house SET price = 2"),
        ("store.house", "INSERT INTO store.house VALUES (2, 2, 3, 'other')", "DELETE FROM store.house WHERE id = 2"),
        (
            "store.city",
            "UPDATE store.city SET name = 'x' WHERE code = 2",
            "UPDATE store.city SET name = 'Bonn' WHERE code = 2",
        ),
        (
            "store.rate",
            "UPDATE store.rate SET percent = 8 WHERE code = 'low'",
            "UPDATE store.rate SET percent = 7 WHERE code = 'low'",
        ),
    ];
    let name = |table: &str| if ["store.city", "store.rate"].contains(&table) { "changed_rows" } else { "values" };
    let refused = refused.map(|(table, change, back)| (change, back, format!("data.{table}.{} {OTHERS}", name(table))));
    let _ = stranger.stopped_by_each(&refused.each_ref().map(|(change, back, words)| (*change, *back, words.as_str())));
    // Values that the release leaves alone, or that it brings back whatever they are.
    stranger.shop.sql(
        "UPDATE store.house SET size = 17;
INSERT INTO store.city VALUES (3, 'Kiel');
UPDATE store.city SET name = 'Ulm an der Donau' WHERE code = 1;
INSERT INTO store.rate VALUES ('none', 0);
UPDATE store.note SET words = 'other' WHERE id = 2;
INSERT INTO store.note VALUES (3, 'c');",
    );
    stranger.there_and_back(&[]);
}

/// Its rollback is right for the values of the build, and for all values in small letters.
const SHOUTS: Tier = (
    "shouts",
    &[
        ("up.sql", "UPDATE store.city SET name = upper(name);"),
        ("down.sql", "UPDATE store.city SET name = lower(name);"),
        ("absent.sql", "SELECT NOT EXISTS (SELECT FROM store.city WHERE name = upper(name))"),
        ("applied.sql", "SELECT NOT EXISTS (SELECT FROM store.city WHERE name <> upper(name))"),
    ],
);

#[test]
fn a_dry_run_with_rollback_names_what_the_rollbacks_do_not_bring_back_here() {
    let small = "UPDATE store.city SET name = lower(name);";
    let stranger = stranger_with(&format!("{REQUIRES}{small}"), &[SHOUTS]);
    let dry_run = |code: i32| stranger.dry_run().expect_code(code);
    let again = "equal again after all tiers and all rollbacks, in what was compared";
    let _ = dry_run(0)
        .expect_stdout(again)
        .expect_stdout("next: oneroof apply --approval")
        .expect_stderr("the rollbacks, in the same transaction:");
    stranger.shop.sql("UPDATE store.city SET name = 'Bonn' WHERE code = 2");
    let before = stranger.dump();
    let lost = "not brought back by the rollback: content of store.city: 2 rows as before, but with other values";
    let refused = dry_run(5).expect_stdout(lost).expect_stdout("nothing was changed");
    assert!(!refused.stdout.contains(again), "{}", refused.stdout);
    readers::assert_same(&before, &stranger.dump());
    let shown = |name: &str, words: &str| {
        let file = stranger.sandbox.work().join(name);
        let _ = stranger.run(&["report", "--out", file.to_str().unwrap()]).expect_success();
        let report = std::fs::read_to_string(file).unwrap();
        assert!(report.contains(words), "{report}");
    };
    shown("lost.md", "the rollbacks did not bring this back: content of store.city");
    stranger.shop.sql(small);
    let _ = dry_run(0).expect_stdout(again);
    shown("again.md", "all tiers and then all rollbacks ran in one transaction that was rolled back");
    let _ = stranger.run(&["apply", "--approval", CODE, "--with-rollback"]).expect_code(2);
}
