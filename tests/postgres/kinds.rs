//! Releases with objects of many kinds: composite types, typed tables, inheritance, partitions, and tiers that change again what an earlier
//! tier changed. A kind that a release cannot hold is refused by the build.

use crate::stranger::{PAGE, Stranger, build_page};
use crate::support::{Output, Sandbox};

/// SQL that runs the statements in the table `store.more`.
macro_rules! run_more {
    () => {
        "DO $do$
DECLARE
    more text;
BEGIN
    FOR more IN SELECT sql FROM store.more LOOP
        EXECUTE more;
    END LOOP;
END
$do$;"
    };
}
pub(crate) use run_more;

pub(crate) type Tier = (&'static str, &'static [(&'static str, &'static str)]);

const SIZE: Tier = (
    "size",
    &[
        (
            "up.sql",
            "CREATE TYPE store.size AS (width integer, height integer);
CREATE TABLE store.box (code text PRIMARY KEY, inside store.size);
CREATE TABLE store.crate OF store.size;
INSERT INTO store.box VALUES ('small', ROW(1, 2));
INSERT INTO store.crate VALUES (3, 4);",
        ),
        ("down.sql", "DROP TABLE store.crate; DROP TABLE store.box; DROP TYPE store.size;"),
    ],
);

const KIN: Tier = (
    "kin",
    &[
        (
            "up.sql",
            "CREATE TABLE store.good (code text NOT NULL);
CREATE TABLE store.frozen (degrees integer NOT NULL) INHERITS (store.good);
CREATE TABLE store.fresh () INHERITS (store.good);
INSERT INTO store.good VALUES ('salt');
INSERT INTO store.frozen VALUES ('peas', -18), ('fish', -24);",
        ),
        ("down.sql", "DROP TABLE store.fresh; DROP TABLE store.frozen; DROP TABLE store.good;"),
    ],
);

const PARTS: Tier = (
    "parts",
    &[
        (
            "up.sql",
            "CREATE TABLE store.sale (day date NOT NULL, pieces integer) PARTITION BY RANGE (day);
CREATE TABLE store.sale_2025 PARTITION OF store.sale FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE store.sale_2026 PARTITION OF store.sale FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO store.sale VALUES ('2025-03-01', 1), ('2025-04-01', 2);",
        ),
        ("down.sql", "DROP TABLE store.sale;"),
    ],
);

#[test]
fn composite_types_inheritance_and_partitions_are_released_and_rolled_back() {
    let sandbox = Sandbox::new();
    let _ = build_page(&sandbox, PAGE, "packet", &[SIZE, KIN, PARTS]).expect_success();
    let stranger = Stranger::signed(sandbox);
    let before = stranger.dump();
    let _ = stranger.preflight().expect_success();
    let _ = stranger.dry_run().expect_success();
    let _ = stranger.apply().expect_success();
    // Each change, its reverse, and what verify says of it.
    let drifts = [
        (
            "ALTER TYPE store.size RENAME ATTRIBUTE width TO breadth CASCADE",
            "ALTER TYPE store.size RENAME ATTRIBUTE breadth TO width CASCADE",
            "of store.crate is",
        ),
        (
            "ALTER TABLE store.box RENAME COLUMN inside TO content",
            "ALTER TABLE store.box RENAME COLUMN content TO inside",
            "column content of store.box is not ours",
        ),
        (
            "ALTER TABLE store.frozen NO INHERIT store.good",
            "ALTER TABLE store.frozen INHERIT store.good",
            "inheritance of store.frozen is missing",
        ),
        (
            "CREATE TABLE store.theirs () INHERITS (store.good)",
            "DROP TABLE store.theirs",
            "table store.theirs is not ours",
        ),
        (
            "CREATE TABLE store.sale_2027 PARTITION OF store.sale FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
INSERT INTO store.sale VALUES ('2027-05-05', 7)",
            "DROP TABLE store.sale_2027",
            "table store.sale_2027 is not ours",
        ),
        (
            "INSERT INTO store.sale VALUES ('2025-05-05', 7)",
            "DELETE FROM store.sale WHERE pieces = 7",
            "store.sale_2025 (2025-05-05,7) was not shipped",
        ),
    ];
    for (change, back, words) in drifts {
        stranger.shop.sql(change);
        for shown in [stranger.run(&["verify"]).expect_code(5), stranger.rollback().expect_code(4)] {
            let _ = shown.expect_stdout(words);
        }
        stranger.shop.sql(back);
    }
    // Rows in tables that the tier made empty.
    stranger.shop.sql("INSERT INTO store.sale VALUES ('2026-05-05', 7)");
    let _ = stranger.rollback().expect_code(5).expect_stdout("rows in store.sale_2026");
    stranger.shop.sql("DELETE FROM store.sale WHERE pieces = 7; INSERT INTO store.fresh VALUES ('milk')");
    let _ = stranger.rollback().expect_code(5).expect_stdout("rows in store.fresh");
    stranger.shop.sql("DELETE FROM store.fresh");
    let _ = stranger.rollback().expect_success();
    crate::support::readers::assert_same(&before, &stranger.dump());
}

/// Builds these tiers and starts a server with the prerequisite and an approval. `requires` is added to the prerequisite.
pub(crate) fn stranger_with(requires: &str, tiers: &[Tier]) -> Stranger {
    let sandbox = Sandbox::new();
    let _ = build_with(&sandbox, PAGE, requires, tiers).expect_success();
    let stranger = Stranger::signed(sandbox);
    stranger.shop.sql(requires);
    stranger
}

/// Builds these tiers. `requires` is added to the prerequisite.
pub(crate) fn build_with(sandbox: &Sandbox, page: &str, requires: &str, tiers: &[Tier]) -> Output {
    let _ = build_page(sandbox, page, "packet", tiers);
    let file = sandbox.work().join("packet/requires.sql");
    let whole = std::fs::read_to_string(&file).unwrap() + requires;
    std::fs::write(&file, whole).unwrap();
    sandbox.oneroof(["packet", "build", "packet", "-o", "packet.packet"]).output()
}

/// Builds and releases these tiers, and undoes them. `requires` is added to the prerequisite. Each change in `drifts` is made between the
/// release and its rollback, and is named by verify: `(change, its reverse, what verify says)`.
pub(crate) fn there_and_back(requires: &str, tiers: &[Tier], drifts: &[(&str, &str, &str)]) {
    stranger_with(requires, tiers).there_and_back(drifts);
}

/// What a tier changed in an existing object, a later tier changes again.
#[test]
fn a_later_tier_may_change_again_what_an_earlier_one_changed() {
    let requires = "
CREATE TABLE store.bay (id integer PRIMARY KEY);
INSERT INTO store.bay VALUES (1), (2), (3);
CREATE FUNCTION store.size() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE VIEW store.places AS SELECT code FROM store.shelf;
ALTER TABLE store.bay OWNER TO shop_release;
ALTER FUNCTION store.size() OWNER TO shop_release;
ALTER VIEW store.places OWNER TO shop_release;
";
    let first: Tier = (
        "first",
        &[
            (
                "up.sql",
                "ALTER TABLE store.shelf ADD CONSTRAINT in_bay FOREIGN KEY (place) REFERENCES store.bay NOT VALID;
ALTER TABLE store.shelf ALTER COLUMN title SET DEFAULT 'new';
ALTER TABLE store.shelf ADD COLUMN height integer;
CREATE OR REPLACE FUNCTION store.size() RETURNS integer LANGUAGE sql AS 'SELECT 2';
CREATE OR REPLACE VIEW store.places AS SELECT code, place FROM store.shelf;",
            ),
            (
                "down.sql",
                "DROP VIEW store.places;
CREATE VIEW store.places AS SELECT code FROM store.shelf;
CREATE OR REPLACE FUNCTION store.size() RETURNS integer LANGUAGE sql AS 'SELECT 1';
ALTER TABLE store.shelf DROP COLUMN height;
ALTER TABLE store.shelf ALTER COLUMN title SET DEFAULT 'none';
ALTER TABLE store.shelf DROP CONSTRAINT in_bay;",
            ),
        ],
    );
    let second: Tier = (
        "second",
        &[
            (
                "up.sql",
                "ALTER TABLE store.shelf VALIDATE CONSTRAINT in_bay;
ALTER TABLE store.shelf ALTER COLUMN title SET DEFAULT 'newer';
ALTER TABLE store.shelf ALTER COLUMN height SET DEFAULT 3;
CREATE OR REPLACE FUNCTION store.size() RETURNS integer LANGUAGE sql AS 'SELECT 3';
CREATE OR REPLACE VIEW store.places AS SELECT code, place, 1 AS one FROM store.shelf;",
            ),
            (
                "down.sql",
                "DROP VIEW store.places;
CREATE VIEW store.places AS SELECT code, place FROM store.shelf;
CREATE OR REPLACE FUNCTION store.size() RETURNS integer LANGUAGE sql AS 'SELECT 2';
ALTER TABLE store.shelf ALTER COLUMN height DROP DEFAULT;
ALTER TABLE store.shelf ALTER COLUMN title SET DEFAULT 'new';
ALTER TABLE store.shelf DROP CONSTRAINT in_bay;
ALTER TABLE store.shelf ADD CONSTRAINT in_bay FOREIGN KEY (place) REFERENCES store.bay NOT VALID;",
            ),
        ],
    );
    let third: Tier = (
        "third",
        &[
            ("up.sql", "ALTER TABLE store.shelf ALTER COLUMN height TYPE bigint;"),
            ("down.sql", "ALTER TABLE store.shelf ALTER COLUMN height TYPE integer;"),
        ],
    );
    let drifts = [
        (
            "ALTER TABLE store.shelf ALTER COLUMN height SET DEFAULT 4",
            "ALTER TABLE store.shelf ALTER COLUMN height SET DEFAULT 3",
            "default height of store.shelf",
        ),
        (
            "ALTER TABLE store.shelf ALTER COLUMN title SET DEFAULT 'theirs'",
            "ALTER TABLE store.shelf ALTER COLUMN title SET DEFAULT 'newer'",
            "default title of store.shelf",
        ),
        (
            "CREATE OR REPLACE FUNCTION store.size() RETURNS integer LANGUAGE sql AS 'SELECT 4'",
            "CREATE OR REPLACE FUNCTION store.size() RETURNS integer LANGUAGE sql AS 'SELECT 3'",
            "definition of store.size()",
        ),
    ];
    there_and_back(requires, &[first, second, third], &drifts);
}

/// The usual way to add a column: with its values for the existing rows. The column shows that the tier is applied, so the tier needs neither
/// absent.sql nor applied.sql. Another tier writes rows into partitions of an existing table.
#[test]
fn a_new_column_is_filled_and_rows_go_into_an_existing_partitioned_table() {
    let requires = "
CREATE TABLE store.visit (id integer PRIMARY KEY, guest text) PARTITION BY HASH (id);
CREATE TABLE store.visit_even PARTITION OF store.visit FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE store.visit_odd PARTITION OF store.visit FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE store.guest (id integer PRIMARY KEY, name text);
ALTER TABLE store.guest OWNER TO shop_release;
ALTER TABLE store.visit OWNER TO shop_release;
ALTER TABLE store.visit_even OWNER TO shop_release;
ALTER TABLE store.visit_odd OWNER TO shop_release;
";
    let weight: Tier = (
        "weight",
        &[
            (
                "up.sql",
                "ALTER TABLE store.movement ADD COLUMN weight integer; UPDATE store.movement SET weight = pieces * 2;",
            ),
            ("down.sql", "ALTER TABLE store.movement DROP COLUMN weight;"),
        ],
    );
    let visits: Tier = (
        "visits",
        &[
            (
                "up.sql",
                "INSERT INTO store.visit SELECT n, 'guest ' || n FROM generate_series(1, 10) AS n;
INSERT INTO store.guest VALUES (7, 'Ada');",
            ),
            ("down.sql", "DELETE FROM store.guest WHERE id = 7; DELETE FROM store.visit WHERE id <= 10;"),
        ],
    );
    let drifts = [
        (
            "UPDATE store.visit SET guest = 'nobody' WHERE id = 3",
            "UPDATE store.visit SET guest = 'guest 3' WHERE id = 3",
            "guest 3",
        ),
        // The insertion does not name the column.
        (
            "UPDATE store.guest SET name = 'Grace' WHERE id = 7",
            "UPDATE store.guest SET name = 'Ada' WHERE id = 7",
            "store.guest (7,Ada) is missing",
        ),
    ];
    there_and_back(requires, &[weight, visits], &drifts);
}

/// Only the owner of a function, type, schema or sequence may change it, and only a role with CREATE on the database may make a schema.
/// Preflight says so, because apply would stop in its rehearsal.
#[test]
fn preflight_names_each_object_that_the_role_must_own() {
    let requires = "
CREATE FUNCTION store.size() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TYPE store.mood AS ENUM ('good');
CREATE SEQUENCE store.number;
CREATE SCHEMA attic AUTHORIZATION shop_release;
ALTER FUNCTION store.size() OWNER TO shop_release;
ALTER TYPE store.mood OWNER TO shop_release;
ALTER SEQUENCE store.number OWNER TO shop_release;
";
    let change: Tier = (
        "change",
        &[
            (
                "up.sql",
                "CREATE OR REPLACE FUNCTION store.size() RETURNS integer LANGUAGE sql AS 'SELECT 2';
COMMENT ON TYPE store.mood IS 'ours';
ALTER SEQUENCE store.number INCREMENT BY 10;
COMMENT ON SCHEMA attic IS 'ours';
CREATE SCHEMA cellar;",
            ),
            (
                "down.sql",
                "DROP SCHEMA cellar;
COMMENT ON SCHEMA attic IS NULL;
ALTER SEQUENCE store.number INCREMENT BY 1;
COMMENT ON TYPE store.mood IS NULL;
CREATE OR REPLACE FUNCTION store.size() RETURNS integer LANGUAGE sql AS 'SELECT 1';",
            ),
        ],
    );
    let stranger = stranger_with(requires, &[change]);
    stranger.shop.sql("CREATE ROLE other; ALTER DATABASE shop OWNER TO shop_release");
    let _ = stranger.preflight().expect_success();
    for (object, name) in [
        ("FUNCTION store.size()", "store.size() is owned by other"),
        ("TYPE store.mood", "type store.mood is owned by other"),
        ("SEQUENCE store.number", "store.number is owned by other"),
        ("SCHEMA attic", "schema attic is owned by other"),
        ("DATABASE shop", "privilege.create"),
    ] {
        stranger.shop.sql(&format!("ALTER {object} OWNER TO other"));
        let _ = stranger.preflight().expect_code(4).expect_stdout(name).expect_stdout("1 unmet");
        stranger.shop.sql(&format!("ALTER {object} OWNER TO shop_release"));
    }
    let _ = stranger.apply().expect_success();
    let _ = stranger.rollback().expect_success();
}

/// The build finds out which functions, sequences and types of the prerequisite the role needs. Preflight names each right that it lacks, and
/// each object that is missing.
#[test]
fn preflight_names_each_right_on_a_function_sequence_or_type() {
    let requires = "
CREATE FUNCTION store.code(number integer) RETURNS text LANGUAGE sql AS 'SELECT ''c'' || number';
CREATE FUNCTION store.code(name text) RETURNS text LANGUAGE sql AS 'SELECT name';
CREATE FUNCTION store.unused() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TYPE store.mood AS ENUM ('good', 'bad');
CREATE TYPE store.unused AS ENUM ('good');
CREATE TABLE store.entry (id serial PRIMARY KEY, words text);
CREATE SEQUENCE store.number;
GRANT SELECT, INSERT, DELETE ON store.entry TO shop_release;
GRANT USAGE ON SEQUENCE store.entry_id_seq TO shop_release;
GRANT SELECT, UPDATE ON SEQUENCE store.number TO shop_release;
";
    let fill: Tier = (
        "fill",
        &[
            (
                "up.sql",
                "INSERT INTO store.entry (words) VALUES (store.code(7));
CREATE TABLE store.feeling (mood store.mood);
SELECT pg_catalog.setval('store.number', last_value, is_called) FROM store.number;",
            ),
            ("down.sql", "DROP TABLE store.feeling; DELETE FROM store.entry WHERE words = 'c7';"),
        ],
    );
    let stranger = stranger_with(requires, &[fill]);
    let derived = std::fs::read_to_string(stranger.sandbox.work().join("packet/derived.toml")).unwrap();
    let rights = [
        "EXECUTE store.code(integer)",
        "USAGE store.entry_id_seq",
        "UPDATE store.number",
        "SELECT store.number",
        "USAGE type store.mood",
    ];
    assert!(derived.contains(&format!("\nrights = {rights:?}\n")), "{derived}");
    let _ = stranger.preflight().expect_success();
    for (change, back, words) in [
        (
            "REVOKE EXECUTE ON FUNCTION store.code(integer) FROM PUBLIC",
            "GRANT EXECUTE ON FUNCTION store.code(integer) TO PUBLIC",
            "no EXECUTE of store.code(integer)",
        ),
        (
            "ALTER FUNCTION store.code(integer) RENAME TO other",
            "ALTER FUNCTION store.other(integer) RENAME TO code",
            "store.code(integer) is missing",
        ),
        (
            "REVOKE USAGE ON SEQUENCE store.entry_id_seq FROM shop_release",
            "GRANT USAGE ON SEQUENCE store.entry_id_seq TO shop_release",
            "no USAGE of store.entry_id_seq",
        ),
        (
            "REVOKE UPDATE ON SEQUENCE store.number FROM shop_release",
            "GRANT UPDATE ON SEQUENCE store.number TO shop_release",
            "no UPDATE of store.number",
        ),
        (
            "REVOKE USAGE ON TYPE store.mood FROM PUBLIC",
            "GRANT USAGE ON TYPE store.mood TO PUBLIC",
            "no USAGE of type store.mood",
        ),
    ] {
        stranger.shop.sql(change);
        let _ = stranger.preflight().expect_code(4).expect_stdout(words).expect_stdout("1 unmet");
        stranger.shop.sql(back);
    }
    let _ = stranger.apply().expect_success();
    let _ = stranger.rollback().expect_success();
}

#[test]
fn a_tier_that_takes_away_what_an_earlier_one_made_is_named_by_the_build() {
    let box_and_index: Tier = (
        "box",
        &[
            ("up.sql", "CREATE TABLE store.box (code text); CREATE INDEX box_code ON store.box (code);"),
            ("down.sql", "DROP TABLE store.box;"),
        ],
    );
    let takers: [(Tier, &str); 3] = [
        (
            (
                "taker",
                &[("up.sql", "DROP INDEX store.box_code;"), ("down.sql", "CREATE INDEX box_code ON store.box (code);")],
            ),
            "tier taker drops or renames index box_code of store.box, which an earlier tier made or changed",
        ),
        (
            (
                "taker",
                &[
                    ("up.sql", "ALTER TABLE store.box RENAME COLUMN code TO name;"),
                    ("down.sql", "ALTER TABLE store.box RENAME COLUMN name TO code;"),
                ],
            ),
            "tier taker drops or renames column code of store.box, which an earlier tier made or changed",
        ),
        (
            (
                "taker",
                &[
                    (
                        "up.sql",
                        "CREATE TEMPORARY TABLE work ON COMMIT DROP AS SELECT 1 AS one; INSERT INTO store.box SELECT one FROM work;",
                    ),
                    ("down.sql", "DELETE FROM store.box;"),
                ],
            ),
            "CREATE TEMPORARY: a temporary object leaves changes in the catalogue that the engine cannot tell from those of somebody else",
        ),
    ];
    let sandbox = Sandbox::new();
    for (number, (taker, words)) in takers.into_iter().enumerate() {
        let shown = build_page(&sandbox, PAGE, &format!("taker-{number}"), &[box_and_index, taker]);
        let _ = shown.expect_code(2).expect_stdout(words);
    }
}

/// A later tier alters the composite type of an earlier one. The session has compared the type before, and must compare it again.
#[test]
fn a_composite_type_that_a_later_tier_alters_is_compared_again() {
    let wider: Tier = (
        "wider",
        &[
            ("up.sql", "ALTER TYPE store.size ADD ATTRIBUTE depth integer CASCADE;"),
            ("down.sql", "ALTER TYPE store.size DROP ATTRIBUTE depth CASCADE;"),
        ],
    );
    let sandbox = Sandbox::new();
    let narrow: Tier = (
        "narrow",
        &[
            (
                "up.sql",
                "CREATE TYPE store.size AS (width integer, height integer); CREATE TABLE store.crate OF store.size;",
            ),
            ("down.sql", "DROP TABLE store.crate; DROP TYPE store.size;"),
        ],
    );
    let _ = build_page(&sandbox, PAGE, "packet", &[narrow, wider]).expect_success();
    let stranger = Stranger::signed(sandbox);
    let before = stranger.dump();
    let _ = stranger.apply().expect_success();
    stranger.shop.sql("ALTER TYPE store.size ALTER ATTRIBUTE depth TYPE bigint CASCADE");
    let _ = stranger.run(&["verify"]).expect_code(5);
    stranger.shop.sql("ALTER TYPE store.size ALTER ATTRIBUTE depth TYPE integer CASCADE");
    let _ = stranger.rollback().expect_success();
    crate::support::readers::assert_same(&before, &stranger.dump());
}

#[test]
fn a_kind_that_a_release_cannot_hold_is_named_by_the_build() {
    let kinds = [
        ("CREATE COLLATION store.bytes FROM \"C\"", "CREATE COLLATION"),
        (
            "CREATE TEXT SEARCH CONFIGURATION store.english (COPY = pg_catalog.english)",
            "CREATE TEXT SEARCH CONFIGURATION",
        ),
        ("CREATE TEXT SEARCH DICTIONARY store.words (TEMPLATE = simple)", "CREATE TEXT SEARCH DICTIONARY"),
        ("CREATE CONVERSION store.latin FOR 'LATIN1' TO 'UTF8' FROM pg_catalog.iso8859_1_to_utf8", "CREATE CONVERSION"),
        (
            "CREATE TABLE store.box (code text PRIMARY KEY); CREATE PUBLICATION boxes FOR TABLE store.box",
            "CREATE PUBLICATION",
        ),
        (
            "CREATE FUNCTION store.like_it(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
CREATE OPERATOR store.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = store.like_it)",
            "CREATE OPERATOR",
        ),
        (
            "CREATE TYPE store.mood AS ENUM ('good');
CREATE FUNCTION store.mood(integer) RETURNS store.mood LANGUAGE sql IMMUTABLE AS 'SELECT ''good''::store.mood';
CREATE CAST (integer AS store.mood) WITH FUNCTION store.mood(integer)",
            "CREATE CAST",
        ),
    ];
    let sandbox = Sandbox::new();
    for (number, (up, tag)) in kinds.into_iter().enumerate() {
        let down = "DROP TABLE IF EXISTS store.box CASCADE; DROP FUNCTION IF EXISTS store.like_it(text, text) CASCADE;
DROP TYPE IF EXISTS store.mood CASCADE; DROP COLLATION IF EXISTS store.bytes; DROP CONVERSION IF EXISTS store.latin;
DROP TEXT SEARCH CONFIGURATION IF EXISTS store.english; DROP TEXT SEARCH DICTIONARY IF EXISTS store.words;
DROP PUBLICATION IF EXISTS boxes;";
        let up = format!("{up};");
        let tier = ("other", &[("up.sql", up.as_str()), ("down.sql", down)][..]);
        let shown = build_page(&sandbox, PAGE, &format!("kind-{number}"), &[tier]).expect_code(2);
        let _ = shown.expect_stdout(&format!("tier other runs {tag}, and a release cannot hold such an object"));
    }
}

/// A free sequence belongs to a column after the tier, or the sequence of a serial column becomes free.
#[test]
fn a_sequence_that_another_column_gets_is_named_by_the_build() {
    const BACK: &str =
        "ALTER SEQUENCE store.nr OWNED BY NONE; ALTER SEQUENCE store.cust_id_seq OWNED BY store.cust.id;";
    let requires = "CREATE TABLE store.cust (id serial PRIMARY KEY); CREATE SEQUENCE store.nr;
ALTER TABLE store.cust OWNER TO shop_release; ALTER SEQUENCE store.nr OWNER TO shop_release;";
    let given: Tier = ("given", &[("up.sql", "ALTER SEQUENCE store.nr OWNED BY store.cust.id;"), ("down.sql", BACK)]);
    let freed: Tier = ("freed", &[("up.sql", "ALTER SEQUENCE store.cust_id_seq OWNED BY NONE;"), ("down.sql", BACK)]);
    for (tier, name) in [(given, "store.nr"), (freed, "store.cust_id_seq")] {
        let shown = build_with(&Sandbox::new(), PAGE, requires, &[tier]).expect_code(2);
        let _ = shown.expect_stdout(&format!("the column that sequence {name} belongs to (OWNED BY)"));
    }
}

/// The build does not derive a large object, but the judge sees it. The build tries the sealed packet, so this is known before anybody
/// approves it.
#[test]
fn a_packet_that_could_not_be_applied_is_refused_when_it_is_built() {
    let sandbox = Sandbox::new();
    let scan: Tier = (
        "scan",
        &[
            ("up.sql", "CREATE TABLE store.scan (picture oid); SELECT pg_catalog.lo_create(4711);"),
            ("down.sql", "DROP TABLE store.scan; SELECT pg_catalog.lo_unlink(4711);"),
        ],
    );
    let shown = build_page(&sandbox, PAGE, "packet", &[scan]).expect_code(2);
    let shown = shown.expect_stdout("oneroof apply of the sealed packet failed on the build's server with exit code 5");
    let _ = shown.expect_stdout("pg_largeobject_metadata (1 rows made by this transaction)");
    assert!(!sandbox.work().join("packet.packet").exists() && !sandbox.work().join("packet/derived.toml").exists());
}
