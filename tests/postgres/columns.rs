//! Tiers that change one thing of an existing column or table. Whatever else is different there on the target than in the build does no harm.

use crate::kinds::{Tier, run_more, stranger_with};
use crate::stranger::Stranger;
use crate::support::readers::assert_same;

const REQUIRES: &str = "
CREATE ROLE app;
CREATE TABLE store.more (sql text);
GRANT SELECT ON store.more TO shop_release;
CREATE TABLE store.guest (id integer PRIMARY KEY, note text DEFAULT 'x', visits integer);
INSERT INTO store.guest VALUES (1, 'a', 1), (2, 'b', 2);
ALTER TABLE store.guest OWNER TO shop_release;
";

const RENAME: Tier = (
    "rename",
    &[
        (
            "up.sql",
            concat!(
                "ALTER TABLE store.guest RENAME COLUMN note TO memo;
",
                run_more!()
            ),
        ),
        ("down.sql", "ALTER TABLE store.guest RENAME COLUMN memo TO note;"),
    ],
);

const DEFAULT: Tier = (
    "default",
    &[
        ("up.sql", "ALTER TABLE store.guest ALTER note SET DEFAULT 'it''s', ALTER visits SET DEFAULT -1;"),
        ("down.sql", "ALTER TABLE store.guest ALTER note SET DEFAULT 'x', ALTER visits DROP DEFAULT;"),
    ],
);

const NOT_NULL: Tier = (
    "not-null",
    &[
        ("up.sql", "ALTER TABLE store.guest ALTER note SET NOT NULL;"),
        ("down.sql", "ALTER TABLE store.guest ALTER note DROP NOT NULL;"),
    ],
);

const COMMENT: Tier = (
    "comment",
    &[
        ("up.sql", "COMMENT ON COLUMN store.guest.note IS 'free words'; COMMENT ON TABLE store.guest IS 'who came';"),
        ("down.sql", "COMMENT ON COLUMN store.guest.note IS NULL; COMMENT ON TABLE store.guest IS NULL;"),
    ],
);

const ROW_SECURITY: Tier = (
    "row-security",
    &[
        (
            "up.sql",
            "ALTER TABLE store.guest ENABLE ROW LEVEL SECURITY; CREATE POLICY often ON store.guest USING (visits > 1);",
        ),
        ("down.sql", "DROP POLICY often ON store.guest; ALTER TABLE store.guest DISABLE ROW LEVEL SECURITY;"),
    ],
);

/// A column and a table get another name, and columns of them another type, default and so on in the same tier.
const RENAME_AND_CHANGE: Tier = (
    "rename-and-change",
    &[
        (
            "up.sql",
            "ALTER TABLE store.guest RENAME COLUMN note TO memo;
ALTER TABLE store.guest ALTER memo TYPE varchar(90), ALTER memo SET NOT NULL, ALTER memo DROP DEFAULT;
COMMENT ON COLUMN store.guest.memo IS 'short words';
ALTER TABLE store.guest RENAME TO visitor;
ALTER TABLE store.visitor ALTER visits TYPE bigint;",
        ),
        (
            "down.sql",
            "ALTER TABLE store.visitor ALTER visits TYPE integer;
ALTER TABLE store.visitor RENAME TO guest;
COMMENT ON COLUMN store.guest.memo IS NULL;
ALTER TABLE store.guest ALTER memo SET DEFAULT 'x', ALTER memo DROP NOT NULL, ALTER memo TYPE text;
ALTER TABLE store.guest RENAME COLUMN memo TO note;",
        ),
    ],
);

#[test]
fn a_tier_may_rename_a_column_and_change_it() {
    let stranger = stranger_with(REQUIRES, &[RENAME_AND_CHANGE]);
    stranger
        .shop
        .sql("COMMENT ON COLUMN store.guest.visits IS 'theirs'; ALTER TABLE store.guest ALTER visits SET DEFAULT 4");
    stranger.there_and_back(&[
        (
            "ALTER TABLE store.visitor ALTER memo TYPE varchar(91)",
            "ALTER TABLE store.visitor ALTER memo TYPE varchar(90)",
            "column memo of store.visitor is not as shipped",
        ),
        (
            "ALTER TABLE store.visitor ALTER visits TYPE integer",
            "ALTER TABLE store.visitor ALTER visits TYPE bigint",
            "column visits of store.visitor is not as shipped",
        ),
    ]);
    stranger.shop.sql("ALTER TABLE store.guest ALTER note TYPE varchar(40)");
    let _ = stranger.preflight().expect_code(4).expect_stdout("column note of store.guest is");
}

/// The release goes there and back although the target has this.
fn there_and_back(stranger: &Stranger, on_the_target: &str) {
    stranger.shop.sql(on_the_target);
    stranger.there_and_back(&[]);
}

#[test]
fn what_a_tier_does_not_change_may_be_different_on_the_target() {
    let (comment, not_null) =
        ("COMMENT ON COLUMN store.guest.note IS 'theirs'", "ALTER TABLE store.guest ALTER note SET NOT NULL");
    let default = "ALTER TABLE store.guest ALTER note SET DEFAULT 'theirs'";
    let types = "ALTER TABLE store.guest ALTER note DROP DEFAULT, ALTER note TYPE varchar(40) COLLATE \"C\", ALTER visits TYPE numeric(9,1), ALTER note SET DEFAULT 'x'";
    let table = "COMMENT ON TABLE store.guest IS 'theirs'; ALTER TABLE store.guest SET (fillfactor = 70), REPLICA IDENTITY FULL; GRANT SELECT (note) ON store.guest TO app; CREATE INDEX ON store.guest (note); ALTER TABLE store.guest ADD CHECK (note <> 'none'), ADD COLUMN more text, ALTER note SET STATISTICS 200";
    let cases: [(Tier, &[&str]); 5] = [
        (RENAME, &[types, comment, not_null, default, table]),
        (DEFAULT, &[types, comment, not_null, table]),
        (NOT_NULL, &[types, comment, default, table]),
        (COMMENT, &[types, not_null, default, "ALTER TABLE store.guest SET (fillfactor = 70)"]),
        (ROW_SECURITY, &[types, comment, not_null, table]),
    ];
    for (tier, on_the_target) in cases {
        there_and_back(&stranger_with(REQUIRES, &[tier]), &on_the_target.join("; "));
    }
}

/// If the thing that the tier changes is different, its rollback could not restore it. Preflight names it.
#[test]
fn what_a_tier_changes_must_be_as_in_the_build() {
    let cases = [
        (RENAME, "ALTER TABLE store.guest RENAME COLUMN note TO words", "seam.store.guest.note"),
        (DEFAULT, "ALTER TABLE store.guest ALTER note SET DEFAULT 'theirs'", "default note of store.guest is"),
        (DEFAULT, "ALTER TABLE store.guest ALTER visits SET DEFAULT 7", "default visits of store.guest is"),
        (COMMENT, "COMMENT ON COLUMN store.guest.note IS 'theirs'", "comment note of store.guest is"),
        (COMMENT, "COMMENT ON TABLE store.guest IS 'theirs'", "comment of store.guest is"),
        (ROW_SECURITY, "ALTER TABLE store.guest FORCE ROW LEVEL SECURITY", "row security of store.guest is"),
    ];
    for (tier, change, words) in cases {
        let stranger = stranger_with(REQUIRES, &[tier]);
        stranger.shop.sql(change);
        let _ = stranger.preflight().expect_code(4).expect_stdout(words);
    }
}

/// A tier renames a column and does one thing more to it on the target.
#[test]
fn one_thing_more_on_a_renamed_column_is_refused_before_commit() {
    let stranger = stranger_with(REQUIRES, &[RENAME]);
    let cases = [
        ("ALTER TABLE store.guest ALTER memo TYPE varchar(40)", "column memo of store.guest"),
        ("ALTER TABLE store.guest ALTER memo SET DEFAULT 'more'", "default memo of store.guest"),
        ("ALTER TABLE store.guest ALTER memo DROP DEFAULT", "default memo of store.guest"),
        ("ALTER TABLE store.guest ALTER memo SET NOT NULL", "NOT NULL memo of store.guest"),
        ("COMMENT ON COLUMN store.guest.memo IS 'more'", "comment memo of store.guest"),
        ("GRANT SELECT (memo) ON store.guest TO app", "grants memo to app of store.guest"),
        ("ALTER TABLE store.guest ALTER memo SET STORAGE external", "storage memo of store.guest"),
        ("ALTER TABLE store.guest ALTER visits TYPE bigint", "column visits of store.guest"),
        ("ALTER TABLE store.guest RENAME COLUMN memo TO words", "state.1"),
        ("ALTER TABLE store.guest RENAME COLUMN visits TO times", "column times of store.guest"),
    ];
    stranger.refuses_each(&cases);
    let _ = stranger.apply().expect_success();
    // What somebody does later is named by verify.
    let drifts = [("ALTER TABLE store.guest RENAME COLUMN memo TO words", "tier 1 rename is altered")];
    for (drift, words) in drifts {
        stranger.shop.sql(drift);
        let _ = stranger.run(&["verify"]).expect_code(5).expect_stdout(words);
    }
}

const DROP: Tier = (
    "drop",
    &[
        ("up.sql", "ALTER TABLE store.guest DROP COLUMN visits;"),
        ("down.sql", "ALTER TABLE store.guest ADD COLUMN visits integer;"),
    ],
);

const TYPE: Tier = (
    "type",
    &[
        ("up.sql", "ALTER TABLE store.guest ALTER visits TYPE bigint;"),
        ("down.sql", "ALTER TABLE store.guest ALTER visits TYPE integer;"),
    ],
);

/// What others made on a column would be lost with it, or the server would refuse to drop it.
#[test]
fn objects_of_others_on_a_dropped_column_are_named() {
    let requires = REQUIRES.replace("'a', 1), (2, 'b', 2)", "'a', NULL), (2, 'b', NULL)");
    let stranger = stranger_with(&requires, &[DROP]);
    let trigger = "CREATE FUNCTION store.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER stamp BEFORE UPDATE OF visits ON store.guest FOR EACH ROW EXECUTE FUNCTION store.stamp()";
    let cases = [
        ("COMMENT ON COLUMN store.guest.visits IS 'theirs'", "comment visits of store.guest would be lost"),
        ("GRANT SELECT (visits) ON store.guest TO app", "grants visits to app of store.guest would be lost"),
        ("ALTER TABLE store.guest ALTER visits SET STATISTICS 200", "statistics target visits of store.guest would be"),
        ("ALTER TABLE store.guest ALTER visits SET DEFAULT 7", "default visits of store.guest would be lost"),
        ("CREATE INDEX their_index ON store.guest (visits)", "index store.their_index depends on column visits of"),
        (
            "CREATE INDEX their_index ON store.guest (id) WHERE visits > 1",
            "index store.their_index depends on column visits of",
        ),
        ("ALTER TABLE store.guest ADD CONSTRAINT theirs CHECK (visits > 0)", "table constraint theirs on store.guest"),
        ("ALTER TABLE store.guest ADD CONSTRAINT theirs UNIQUE (visits)", "table constraint theirs on store.guest"),
        (
            "CREATE VIEW store.their_view AS SELECT visits FROM store.guest",
            "view store.their_view depends on column visits of",
        ),
        ("CREATE POLICY theirs ON store.guest USING (visits > 1)", "policy theirs on store.guest depends on"),
        ("CREATE STATISTICS store.theirs ON id, visits FROM store.guest", "statistics object store.theirs depends on"),
        (
            "ALTER TABLE store.guest ADD more integer GENERATED ALWAYS AS (visits + 1) STORED",
            "store.guest.more depends on",
        ),
        (trigger, "trigger stamp on store.guest depends on column visits of"),
    ];
    for (change, words) in cases {
        let said = preflight_of_stranger(&stranger, change);
        assert!(said.contains(words), "{change}: {said}");
    }
    there_and_back(&stranger, "CREATE INDEX ON store.guest (note); COMMENT ON COLUMN store.guest.note IS 'theirs'");
}

/// The server gives no column another type while one of these uses it.
#[test]
fn what_uses_a_column_that_gets_another_type_is_named() {
    let stranger = stranger_with(REQUIRES, &[TYPE]);
    let trigger = "CREATE FUNCTION store.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER stamp BEFORE UPDATE OF visits ON store.guest FOR EACH ROW EXECUTE FUNCTION store.stamp()";
    let cases = [
        ("CREATE VIEW store.their_view AS SELECT visits FROM store.guest", "none store.their_view"),
        ("CREATE POLICY theirs ON store.guest USING (visits > 1)", "none policy theirs"),
        (
            "ALTER TABLE store.guest ADD more integer GENERATED ALWAYS AS (visits + 1) STORED",
            "none generated column more",
        ),
        (trigger, "none trigger stamp"),
    ];
    for (change, words) in cases {
        let said = preflight_of_stranger(&stranger, change);
        assert!(said.contains(&format!("data.store.guest.visits.uses {words}")), "{change}: {said}");
    }
    there_and_back(&stranger, "CREATE INDEX ON store.guest (visits); COMMENT ON COLUMN store.guest.visits IS 'theirs'");
}

/// What preflight says after the change, with single blanks. The database is restored afterwards.
fn preflight_of_stranger(stranger: &Stranger, change: &str) -> String {
    let before = stranger.dump();
    stranger.shop.sql(change);
    let said = stranger.preflight().expect_code(4).stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    stranger.shop.sql(
        "DROP VIEW IF EXISTS store.their_view; DROP POLICY IF EXISTS theirs ON store.guest; DROP TRIGGER IF EXISTS stamp ON store.guest;
DROP FUNCTION IF EXISTS store.stamp(); DROP STATISTICS IF EXISTS store.theirs;
ALTER TABLE store.guest DROP CONSTRAINT IF EXISTS theirs, DROP COLUMN IF EXISTS more, ALTER visits DROP DEFAULT, ALTER visits SET STATISTICS -1;
DROP INDEX IF EXISTS store.their_index; REVOKE ALL (visits) ON store.guest FROM app; COMMENT ON COLUMN store.guest.visits IS NULL;",
    );
    assert_same(&before, &stranger.dump());
    said
}

const LOOSE: Tier = (
    "loose",
    &[
        ("up.sql", "ALTER TABLE store.room ALTER door DROP NOT NULL;"),
        ("down.sql", "ALTER TABLE store.room ALTER door SET NOT NULL;"),
    ],
);

/// From PostgreSQL 18 on, NOT NULL is a constraint with a name.
#[test]
fn a_name_of_not_null_that_the_rollback_does_not_bring_back_is_a_warning() {
    let requires = "
CREATE TABLE store.room (id integer PRIMARY KEY, door text NOT NULL, beds integer NOT NULL);
INSERT INTO store.room VALUES (1, 'a', 1);
ALTER TABLE store.room OWNER TO shop_release;
";
    let stranger = stranger_with(requires, &[LOOSE]);
    let rename = |from: &str, to: &str| {
        format!(
            "DO $$ BEGIN IF pg_catalog.current_setting('server_version_num')::integer >= 180000 THEN
            ALTER TABLE store.room RENAME CONSTRAINT {from} TO {to}; END IF; END $$"
        )
    };
    stranger.shop.sql(&rename("room_door_not_null", "has_door"));
    let of_18 =
        stranger.shop.sql("SELECT pg_catalog.count(*) FROM pg_catalog.pg_constraint WHERE conname = 'has_door'");
    let warning = "data.store.room.not_null none has_door";
    assert_eq!(stranger.preflight_text(0).contains(warning), of_18.trim() == "1");
    stranger.shop.sql(&rename("has_door", "room_door_not_null"));
    // The tier does not touch this one.
    stranger.shop.sql(&rename("room_beds_not_null", "has_beds"));
    stranger.there_and_back(&[]);
    assert!(!stranger.preflight_text(0).contains("not_null none has"), "nothing is named");
}
