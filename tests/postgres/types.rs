//! Releases that create range types, that add a value to an existing enum, or whose values and settings are unusual.

use crate::kinds::{Tier, build_with, stranger_with, there_and_back};
use crate::stranger::PAGE;
use crate::support::Sandbox;

const SPANS: Tier = (
    "spans",
    &[
        (
            "up.sql",
            "CREATE TYPE store.span AS RANGE (subtype = integer);
CREATE TYPE store.words AS RANGE (subtype = text, collation = \"C\");
COMMENT ON TYPE store.span IS 'A stretch of shelves.';
CREATE TABLE store.shift (code integer PRIMARY KEY, at store.span NOT NULL, among store.words[], EXCLUDE USING gist (at WITH &&));
INSERT INTO store.shift VALUES (1, '[1,3)', '{\"[a,c]\"}'), (2, '[4,5]', NULL);
CREATE FUNCTION store.up_to(n integer) RETURNS store.span LANGUAGE sql IMMUTABLE AS 'SELECT store.span(0, n)';",
        ),
        (
            "down.sql",
            "DROP FUNCTION store.up_to(integer);
DROP TABLE store.shift;
DROP TYPE store.words;
DROP TYPE store.span;",
        ),
    ],
);

/// The server makes constructors, a multirange and a cast with a range type. They are parts of the type and not objects of their own.
#[test]
fn range_types_are_released_and_rolled_back() {
    let drifts = [
        (
            "COMMENT ON TYPE store.span IS 'Another comment.'",
            "COMMENT ON TYPE store.span IS 'A stretch of shelves.'",
            "comment of type store.span is not as shipped",
        ),
        (
            "CREATE FUNCTION store.theirs() RETURNS store.span LANGUAGE sql AS 'SELECT NULL::store.span'",
            "DROP FUNCTION store.theirs()",
            "function store.theirs() is not ours",
        ),
        ("CREATE TABLE store.theirs (at store.span)", "DROP TABLE store.theirs", "table store.theirs is not ours"),
    ];
    there_and_back("", &[SPANS], &drifts);
}

const MOOD: &str = "CREATE TYPE store.mood AS ENUM ('calm', 'glad');
CREATE TABLE store.guest (name text PRIMARY KEY, mood store.mood NOT NULL DEFAULT 'calm');
INSERT INTO store.guest VALUES ('first', 'calm'), ('second', 'glad');
ALTER TYPE store.mood OWNER TO shop_release;
ALTER TABLE store.guest OWNER TO shop_release;
";

const UP: (&str, &str) = ("up.sql", "ALTER TYPE store.mood ADD VALUE 'sad';");
const WITHOUT_WAY_BACK: Tier = ("mood", &[UP, ("down.sql", "")]);
const WITH_WAY_BACK: Tier = (
    "mood",
    &[
        UP,
        (
            "down.sql",
            "ALTER TYPE store.mood RENAME TO mood_of_three;
CREATE TYPE store.mood AS ENUM ('calm', 'glad');
ALTER TABLE store.guest ALTER COLUMN mood DROP DEFAULT,
    ALTER COLUMN mood TYPE store.mood USING mood::text::store.mood,
    ALTER COLUMN mood SET DEFAULT 'calm';
DROP TYPE store.mood_of_three;",
        ),
    ],
);

/// PostgreSQL cannot take a value out of an enum. The build says how a rollback can do it nevertheless.
#[test]
fn a_rollback_of_an_added_enum_value_must_create_the_type_again() {
    let shown = build_with(&Sandbox::new(), PAGE, MOOD, &[WITHOUT_WAY_BACK]).expect_code(2);
    let shown = shown.expect_stdout("type store.mood is not as before");
    let _ = shown.expect_stdout("PostgreSQL cannot take it out again: rename the type in down.sql");
    let stranger = stranger_with(MOOD, &[WITH_WAY_BACK]);
    let before = stranger.dump();
    let _ = stranger.preflight().expect_success();
    let _ = stranger.apply().expect_success();
    stranger.shop.sql("INSERT INTO store.guest VALUES ('third', 'glad')");
    let _ = stranger.run(&["verify"]).expect_success();
    stranger.shop.sql("DELETE FROM store.guest WHERE name = 'third'");
    let _ = stranger.rollback().expect_success();
    crate::support::readers::assert_same(&before, &stranger.dump());
}

const FORMS: Tier = (
    "forms",
    &[
        (
            "up.sql",
            r"SET DateStyle = 'German';
SET IntervalStyle = 'sql_standard';
SET bytea_output = 'escape';
SET LOCAL extra_float_digits = -3;
SET LOCAL TIME ZONE 'America/New_York';
SET LOCAL synchronous_commit = off;
SET LOCAL search_path = store;
CREATE TABLE form (code integer PRIMARY KEY, day date, at timestamptz, span interval, bytes bytea, number float8);
INSERT INTO form VALUES (1, '31.12.2025', '01.06.2025 00:00', '1-2 3 4:05:06', '\x00ff', 0.1 + 0.2);",
        ),
        ("down.sql", "DROP TABLE store.form;"),
    ],
);

const WORDS: Tier = (
    "words",
    &[
        (
            "up.sql",
            r#"CREATE TABLE store.template (code text PRIMARY KEY, body text);
INSERT INTO store.template VALUES
    ('quotes', 'It''s $oneroof$, $q$ and \ "quoted" {{name}} -- $$'),
    ('lines', E'first\n-- oneroof:assert\nlast\ttab\r'),
    ('{{code}}', 'größe 日本語 $oneroof$');"#,
        ),
        ("down.sql", "DROP TABLE store.template;"),
    ],
);

/// The form in which a tier lets the server print values has no effect on the comparison. Values with the quotes and marks of the composed
/// files are values like any other.
#[test]
fn neither_the_settings_nor_the_texts_of_a_tier_change_how_its_rows_are_compared() {
    let drifts = [
        ("UPDATE store.form SET number = 0.25", "UPDATE store.form SET number = 0.3", "store.form"),
        (
            "UPDATE store.template SET body = replace(body, '$q$', '')",
            "UPDATE store.template SET body = replace(body, ',  and', ', $q$ and')",
            "store.template",
        ),
    ];
    there_and_back("", &[FORMS, WORDS], &drifts);
}

/// A tier empties an existing table with TRUNCATE and fills it again, a live table in the same way, and makes rules.
#[test]
fn a_tier_may_truncate_existing_tables_and_make_rules() {
    let requires = "
        CREATE TABLE store.rate (code text PRIMARY KEY, percent integer NOT NULL);
        INSERT INTO store.rate VALUES ('low', 7), ('high', 19), ('none', 0);
        CREATE TABLE store.cached (code text PRIMARY KEY, page text);
        INSERT INTO store.cached VALUES ('a', '<p>a'), ('b', '<p>b');
        ALTER TABLE store.rate OWNER TO shop_release;
        ALTER TABLE store.cached OWNER TO shop_release;";
    let empty: Tier = (
        "empty",
        &[
            ("up.sql", "TRUNCATE store.rate, store.cached; INSERT INTO store.rate VALUES ('low', 5), ('high', 16);"),
            (
                "down.sql",
                "TRUNCATE store.rate; INSERT INTO store.rate VALUES ('low', 7), ('high', 19), ('none', 0);
                INSERT INTO store.cached VALUES ('a', '<p>a'), ('b', '<p>b') ON CONFLICT DO NOTHING;",
            ),
            ("absent.sql", "SELECT percent = 7 FROM store.rate WHERE code = 'low'"),
            ("applied.sql", "SELECT percent = 5 FROM store.rate WHERE code = 'low'"),
            ("page", "live = [\"store.cached\"]\n"),
        ],
    );
    let rules: Tier = (
        "rules",
        &[
            (
                "up.sql",
                "CREATE VIEW store.known AS SELECT code FROM store.rate;
                CREATE RULE known_new AS ON INSERT TO store.known DO INSTEAD INSERT INTO store.rate VALUES (NEW.code, 1);
                CREATE RULE rate_stays AS ON DELETE TO store.rate DO INSTEAD NOTHING;",
            ),
            ("down.sql", "DROP RULE rate_stays ON store.rate; DROP VIEW store.known;"),
        ],
    );
    let drifts = [(
        "DROP RULE rate_stays ON store.rate",
        "CREATE RULE rate_stays AS ON DELETE TO store.rate DO INSTEAD NOTHING",
        "rule rate_stays of store.rate is missing",
    )];
    there_and_back(requires, &[empty, rules], &drifts);
}
