//! A tier does one thing more on this database than it did in the build: the SQL of the tier runs statements that it finds in a table. The judge
//! refuses each of them before COMMIT, and the database is as before.

use crate::kinds::{Tier, run_more, stranger_with};
use crate::support::readers::assert_same;

const REQUIRES: &str = "
CREATE ROLE app;
CREATE ROLE keeper;
GRANT keeper TO shop_release;
GRANT CREATE ON SCHEMA store TO keeper;
CREATE TABLE store.more (sql text);
CREATE TABLE store.item (id integer PRIMARY KEY, name text UNIQUE, weight integer DEFAULT 1);
INSERT INTO store.item SELECT number, 'item ' || number, number FROM generate_series(1, 20) AS number;
CREATE TABLE store.setting (key text PRIMARY KEY, value text);
INSERT INTO store.setting VALUES ('a', '1');
CREATE TABLE store.other (id integer PRIMARY KEY, words text);
INSERT INTO store.other VALUES (1, 'x'), (2, 'y');
CREATE VIEW store.others AS SELECT id FROM store.other;
CREATE FUNCTION store.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER stamp BEFORE UPDATE ON store.item FOR EACH ROW EXECUTE FUNCTION store.stamp();
GRANT SELECT ON store.more TO shop_release;
ALTER TABLE store.item OWNER TO shop_release;
ALTER TABLE store.setting OWNER TO shop_release;
ALTER TABLE store.other OWNER TO shop_release;
ALTER VIEW store.others OWNER TO shop_release;
ALTER FUNCTION store.stamp() OWNER TO shop_release;
";

const ALL: Tier = (
    "all",
    &[
        (
            "up.sql",
            concat!(
                "CREATE TYPE store.mood AS ENUM ('good', 'bad');
CREATE TABLE store.note (id integer PRIMARY KEY, mood store.mood, words text DEFAULT 'x');
INSERT INTO store.note VALUES (1, 'good', 'a');
CREATE TABLE store.empty (id integer GENERATED ALWAYS AS IDENTITY, words text);
CREATE VIEW store.notes AS SELECT id, words FROM store.note;
CREATE MATERIALIZED VIEW store.total AS SELECT count(*) AS notes FROM store.note;
CREATE FUNCTION store.twice(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 2 * a';
GRANT SELECT ON store.note TO app;
CREATE TABLE store.use (id integer PRIMARY KEY REFERENCES store.other);
ALTER TABLE store.item ADD COLUMN note text NOT NULL DEFAULT '';
CREATE INDEX item_weight ON store.item (weight);
INSERT INTO store.setting VALUES ('b', '2');
",
                run_more!()
            ),
        ),
        (
            "down.sql",
            "DELETE FROM store.setting WHERE key = 'b';
DROP INDEX store.item_weight;
ALTER TABLE store.item DROP COLUMN note;
DROP TABLE store.use;
DROP FUNCTION store.twice(integer);
DROP MATERIALIZED VIEW store.total;
DROP VIEW store.notes;
DROP TABLE store.empty;
DROP TABLE store.note;
DROP TYPE store.mood;",
        ),
    ],
);

/// Each statement, and the words of the refusal.
const MORE: [(&str, &str); 46] = [
    // Rows.
    (
        "UPDATE store.item SET weight = 7 WHERE id = 1",
        "store.item: the tier declares no rows of this table, but wrote ~1",
    ),
    ("INSERT INTO store.item VALUES (99, 'more')", "store.item: the tier declares no rows of this table, but wrote +1"),
    ("DELETE FROM store.item WHERE id = 1", "store.item: the tier declares no rows of this table, but wrote -1"),
    ("TRUNCATE store.item", "store.item: the tier declares no rows of this table, but emptied it"),
    ("DELETE FROM store.other WHERE id = 1", "store.other: the tier declares no rows of this table, but wrote -1"),
    (
        "INSERT INTO store.empty (words) VALUES ('a')",
        "store.empty: the tier declares no rows of this table, but wrote +1",
    ),
    ("INSERT INTO store.note VALUES (2, 'bad')", "state.1"),
    ("UPDATE store.setting SET value = '9' WHERE key = 'a'", "store.setting: expected +1, found +1 ~1"),
    (
        "CREATE TABLE store.child () INHERITS (store.item)",
        "made while the tier ran, but not declared by it: a part of store.item",
    ),
    // Parts of an existing table that the tier alters.
    (
        "ALTER TABLE store.item ADD COLUMN more integer",
        "made while the tier ran, but not declared by it: column more of store.item",
    ),
    (
        "ALTER TABLE store.item DROP COLUMN name",
        "removed while the tier ran, but not declared by it: column name of store.item",
    ),
    (
        "ALTER TABLE store.item ALTER weight TYPE bigint",
        "changed while the tier ran, but not declared by it: column weight of store.item",
    ),
    (
        "ALTER TABLE store.item ALTER weight SET DEFAULT 7",
        "changed while the tier ran, but not declared by it: default weight of store.item",
    ),
    (
        "ALTER TABLE store.item ALTER weight SET NOT NULL",
        "made while the tier ran, but not declared by it: NOT NULL weight of store.item",
    ),
    (
        "COMMENT ON COLUMN store.item.weight IS 'grams'",
        "made while the tier ran, but not declared by it: comment weight of store.item",
    ),
    (
        "CREATE INDEX more_index ON store.item (name)",
        "made while the tier ran, but not declared by it: index more_index of store.item",
    ),
    (
        "ALTER TABLE store.item ADD CONSTRAINT more CHECK (id > 0)",
        "made while the tier ran, but not declared by it: constraint more of store.item",
    ),
    (
        "ALTER TABLE store.item DROP CONSTRAINT item_name_key",
        "removed while the tier ran, but not declared by it: constraint item_name_key of store.item",
    ),
    (
        "ALTER TABLE store.item DISABLE TRIGGER stamp",
        "changed while the tier ran, but not declared by it: trigger stamp of store.item",
    ),
    (
        "DROP TRIGGER stamp ON store.item",
        "removed while the tier ran, but not declared by it: trigger stamp of store.item",
    ),
    (
        "ALTER TABLE store.item ENABLE ROW LEVEL SECURITY",
        "made while the tier ran, but not declared by it: row security of store.item",
    ),
    (
        "CREATE POLICY more ON store.item USING (true)",
        "made while the tier ran, but not declared by it: policy more of store.item",
    ),
    (
        "CREATE RULE more AS ON DELETE TO store.item DO ALSO NOTHING",
        "made while the tier ran, but not declared by it: rule more of store.item",
    ),
    (
        "CREATE STATISTICS store.more_stats ON id, weight FROM store.item",
        "made while the tier ran, but not declared by it: statistics more_stats of store.item",
    ),
    (
        "ALTER TABLE store.item SET (fillfactor = 50)",
        "made while the tier ran, but not declared by it: setting fillfactor of store.item",
    ),
    (
        "GRANT SELECT ON store.item TO app",
        "made while the tier ran, but not declared by it: grants to app of store.item",
    ),
    (
        "GRANT UPDATE (weight) ON store.item TO app",
        "made while the tier ran, but not declared by it: grants weight to app of store.item",
    ),
    (
        "ALTER TABLE store.item OWNER TO keeper",
        "changed while the tier ran, but not declared by it: owner of store.item",
    ),
    // A table that the tier only refers to.
    (
        "ALTER TABLE store.other OWNER TO keeper",
        "changed while the tier ran, but not declared by it: owner of store.other",
    ),
    (
        "ALTER TABLE store.other ADD COLUMN more integer",
        "made while the tier ran, but not declared by it: column more of store.other",
    ),
    (
        "GRANT SELECT ON store.other TO app",
        "made while the tier ran, but not declared by it: grants to app of store.other",
    ),
    // Its own objects.
    ("GRANT INSERT ON store.note TO app", "the tier made other grants to app of store.note than it declares"),
    ("REVOKE SELECT ON store.note FROM app", "the tier did not make the grants to app of store.note"),
    ("GRANT SELECT ON store.notes TO PUBLIC", "the tier made other grants of store.notes than it declares"),
    (
        "GRANT EXECUTE ON FUNCTION store.twice(integer) TO app",
        "the tier made other grants to app of store.twice(integer)",
    ),
    ("ALTER TABLE store.note OWNER TO keeper", "the tier gave store.note another owner than it declares"),
    ("ALTER VIEW store.notes OWNER TO keeper", "the tier gave store.notes another owner than it declares"),
    ("ALTER TYPE store.mood OWNER TO keeper", "the tier gave type store.mood another owner than it declares"),
    (
        "ALTER FUNCTION store.twice(integer) OWNER TO keeper",
        "the tier gave store.twice(integer) another owner than it declares",
    ),
    ("REFRESH MATERIALIZED VIEW store.total WITH NO DATA", "content of store.total is not ours"),
    ("ALTER TYPE store.mood ADD VALUE 'bored'", "state.1"),
    ("CREATE INDEX more_index ON store.note (words)", "state.1"),
    // Other objects.
    ("ALTER VIEW store.others OWNER TO keeper", "the tier locked store.others in mode AccessExclusiveLock"),
    ("GRANT SELECT ON store.others TO app", "the catalogue changed outside the packet's own objects: pg_class"),
    ("CREATE TABLE store.third (id integer)", "the tier locked store.third in mode AccessExclusiveLock"),
    ("CREATE FUNCTION store.twice(a text) RETURNS text LANGUAGE sql AS 'SELECT a'", "pg_proc"),
];

#[test]
fn one_thing_more_than_declared_is_refused_before_commit() {
    let stranger = stranger_with(REQUIRES, &[ALL]);
    stranger.refuses_each(&MORE);
    // A statement that only takes a row lock is none of these.
    stranger.shop.sql("INSERT INTO store.more VALUES ('SELECT FROM store.other FOR UPDATE')");
    let _ = stranger.apply().expect_success();
    let _ = stranger.rollback().expect_success();
}

/// Default privileges of the target give other roles rights on new objects. Those are no grants of the tier.
#[test]
fn grants_by_default_privileges_are_not_the_tier_s() {
    let stranger = stranger_with(REQUIRES, &[ALL]);
    stranger.shop.sql(
        "CREATE ROLE reader;
        ALTER DEFAULT PRIVILEGES FOR ROLE shop_release GRANT SELECT ON TABLES TO reader;
        ALTER DEFAULT PRIVILEGES FOR ROLE shop_release IN SCHEMA store GRANT INSERT ON TABLES TO app;
        ALTER DEFAULT PRIVILEGES FOR ROLE shop_release REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
    );
    let before = stranger.dump();
    let _ = stranger.apply().expect_success();
    let _ = stranger.rollback().expect_success();
    assert_same(&before, &stranger.dump());
    stranger.shop.sql("INSERT INTO store.more VALUES ('GRANT UPDATE ON store.note TO reader')");
    let _ = stranger.apply().expect_code(5).expect_stdout("the tier made other grants to reader of store.note");
}

/// A tier may give its own objects to another role. Then it must do so on the target too.
#[test]
fn a_declared_owner_is_compared_before_commit() {
    let given: Tier = (
        "given",
        &[
            (
                "up.sql",
                "CREATE TABLE store.kept (id integer PRIMARY KEY);
DO $do$
DECLARE
    more text;
BEGIN
    ALTER TABLE store.kept OWNER TO keeper;
    FOR more IN SELECT sql FROM store.more LOOP
        EXECUTE more;
    END LOOP;
END
$do$;",
            ),
            ("down.sql", "DROP TABLE store.kept;"),
        ],
    );
    let stranger = stranger_with(REQUIRES, &[given]);
    let before = stranger.dump();
    let _ = stranger.apply().expect_success();
    let _ = stranger.rollback().expect_success();
    assert_same(&before, &stranger.dump());
    stranger.shop.sql("INSERT INTO store.more VALUES ('ALTER TABLE store.kept OWNER TO shop_release')");
    let words = "the tier gave store.kept another owner than it declares";
    let _ = stranger.apply().expect_code(5).expect_stdout(words);
}
