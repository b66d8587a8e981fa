//! Releases that create range types, and releases that add a value to an existing enum.

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
fn range_types_are_released_and_undone() {
    let drifts = [
        (
            "COMMENT ON TYPE store.span IS 'Another comment.'",
            "COMMENT ON TYPE store.span IS 'A stretch of shelves.'",
            "type of type store.span is not as shipped",
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
fn a_value_that_a_tier_adds_to_an_enum_needs_a_rollback_that_makes_the_type_anew() {
    let told = build_with(&Sandbox::new(), PAGE, MOOD, &[WITHOUT_WAY_BACK]).expect_code(2);
    let told = told.expect_stdout("type store.mood is not as before");
    let _ = told.expect_stdout("PostgreSQL cannot take a value out of an enum.");
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
