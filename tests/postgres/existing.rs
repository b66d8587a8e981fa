//! Releases into tables that somebody else made: with row security, with audit triggers, and under names that a tier would use again.

use crate::kinds::{Tier, build_with, stranger_with, there_and_back};
use crate::stranger::{PAGE, Stranger, build_page};
use crate::support::Sandbox;

const FILL: Tier = (
    "fill",
    &[
        ("up.sql", "INSERT INTO store.shelf VALUES ('z', 'ours', 9);"),
        ("down.sql", "DELETE FROM store.shelf WHERE code = 'z';"),
    ],
);

/// Row security hides no row from the owner of a table, unless it is forced.
#[test]
fn row_security_stops_a_release_only_if_it_applies_to_its_role() {
    let stranger = stranger_with("ALTER TABLE store.shelf ENABLE ROW LEVEL SECURITY;", &[FILL]);
    let _ = stranger.preflight().expect_success();
    stranger.shop.sql("ALTER TABLE store.shelf FORCE ROW LEVEL SECURITY");
    let _ = stranger.preflight().expect_code(4).expect_stdout("row_security.store.shelf").expect_stdout("on, forced");
    stranger.shop.sql("ALTER ROLE shop_release BYPASSRLS");
    let _ = stranger.preflight().expect_success();
    stranger.shop.sql("ALTER ROLE shop_release NOBYPASSRLS; ALTER TABLE store.shelf NO FORCE ROW LEVEL SECURITY");
    let before = stranger.dump();
    let _ = stranger.apply().expect_success();
    let _ = stranger.run(&["verify"]).expect_success();
    let _ = stranger.rollback().expect_success();
    crate::support::readers::assert_same(&before, &stranger.dump());
    // The same for a role that does not own the table.
    stranger.shop.sql(
        "CREATE ROLE other; GRANT USAGE ON SCHEMA store TO other; ALTER TABLE store.shelf OWNER TO other;
GRANT ALL ON store.shelf TO shop_release; CREATE POLICY all_rows ON store.shelf USING (true)",
    );
    let _ = stranger.preflight().expect_code(4).expect_stdout("row_security.store.shelf");
}

const AUDIT: &str = "
CREATE TABLE store.audit (at timestamptz DEFAULT now(), code text);
CREATE FUNCTION store.audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO store.audit (code) VALUES (coalesce(NEW.code, OLD.code));
    RETURN NULL;
END
$$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON store.shelf FOR EACH ROW EXECUTE FUNCTION store.audit();
INSERT INTO store.audit (at, code) VALUES ('2025-01-01', 'a');
GRANT SELECT, DELETE ON store.audit TO shop_release;
";

/// The function of the trigger runs as its owner, so the role needs no INSERT on the table that it writes.
#[test]
fn a_table_that_an_audit_trigger_writes_needs_no_right_of_the_trigger() {
    let audited: Tier = (
        "fill",
        &[
            ("up.sql", "INSERT INTO store.shelf VALUES ('z', 'ours', 9);"),
            ("down.sql", "DELETE FROM store.shelf WHERE code = 'z'; DELETE FROM store.audit WHERE code = 'z';"),
        ],
    );
    let drift =
        ("DELETE FROM store.audit WHERE code = 'z'", "INSERT INTO store.audit (code) VALUES ('z')", "store.audit");
    there_and_back(AUDIT, &[audited], &[drift]);
    let stranger = stranger_with(AUDIT, &[audited]);
    stranger.shop.sql("REVOKE DELETE ON store.audit FROM shop_release");
    let shown = stranger.preflight().expect_code(4).expect_stdout("1 unmet");
    let _ = shown.expect_stdout("GRANT SELECT, DELETE ON store.audit TO the role");
}

#[test]
fn rows_that_a_trigger_left_are_named_by_the_build_with_a_cure() {
    let sandbox = Sandbox::new();
    let shown = build_with(&sandbox, PAGE, AUDIT, &[FILL]).expect_code(2);
    let shown = shown.expect_stdout("2 rows of store.audit were not there before");
    let _ = shown.expect_stdout("If a trigger wrote rows into another table, delete them at the end of down.sql");
}

/// The state of a tier is found by the names of its objects and by its rows, so no other tier may take them away.
#[test]
fn the_build_names_tiers_and_rows_that_it_cannot_distinguish() {
    let boxes: Tier = (
        "boxes",
        &[
            (
                "up.sql",
                "CREATE TABLE store.box (code text PRIMARY KEY, size integer); INSERT INTO store.box VALUES ('a', 1), ('b', 2);",
            ),
            ("down.sql", "DROP TABLE store.box;"),
        ],
    );
    let scratch: Tier = (
        "scratch",
        &[
            (
                "up.sql",
                "CREATE TABLE store.work AS SELECT 'z' AS code; INSERT INTO store.shelf SELECT code, code, 9 FROM store.work; DROP TABLE store.work;",
            ),
            ("down.sql", "DELETE FROM store.shelf WHERE code = 'z';"),
        ],
    );
    let update: Tier = (
        "update",
        &[
            ("up.sql", "UPDATE store.box SET size = 3 WHERE code = 'a';"),
            ("down.sql", "UPDATE store.box SET size = 1 WHERE code = 'a';"),
        ],
    );
    let delete: Tier = (
        "delete",
        &[
            ("up.sql", "DELETE FROM store.box WHERE code = 'b';"),
            ("down.sql", "INSERT INTO store.box VALUES ('b', 2);"),
        ],
    );
    let later = "changes rows of store.box that tier boxes inserted";
    let cases: [(&[Tier], String); 3] = [
        (&[scratch], "tier scratch makes store.work and drops it again".to_owned()),
        (&[boxes, update], format!("tier update {later}")),
        (&[boxes, delete], format!("tier delete {later}")),
    ];
    let sandbox = Sandbox::new();
    for (number, (tiers, words)) in cases.into_iter().enumerate() {
        let shown = build_page(&sandbox, PAGE, &format!("case-{number}"), tiers);
        let _ = shown.expect_code(2).expect_stdout(&words);
    }
}

/// A later tier may add a column to a table of an earlier tier and fill it, and it may add rows.
#[test]
fn a_later_tier_fills_a_new_column_of_a_table_with_rows() {
    let sandbox = Sandbox::new();
    let boxes: Tier = (
        "boxes",
        &[
            ("up.sql", "CREATE TABLE store.box (code text PRIMARY KEY); INSERT INTO store.box VALUES ('a'), ('b');"),
            ("down.sql", "DROP TABLE store.box;"),
        ],
    );
    let sizes: Tier = (
        "sizes",
        &[
            (
                "up.sql",
                "ALTER TABLE store.box ADD COLUMN size integer; UPDATE store.box SET size = 1; ALTER TABLE store.box ALTER size SET NOT NULL;",
            ),
            ("down.sql", "ALTER TABLE store.box DROP COLUMN size;"),
        ],
    );
    let _ = build_page(&sandbox, PAGE, "packet", &[boxes, sizes]).expect_success();
    let stranger = Stranger::signed(sandbox);
    let before = stranger.dump();
    let _ = stranger.apply().expect_success();
    let _ = stranger.run(&["verify"]).expect_success();
    let _ = stranger.rollback().expect_success();
    crate::support::readers::assert_same(&before, &stranger.dump());
}

/// One tier creates a table with rows and inserts rows into an existing table.
#[test]
fn rows_go_into_a_new_and_an_existing_table_in_one_tier() {
    let both: Tier = (
        "both",
        &[
            (
                "up.sql",
                "CREATE TABLE store.box (code text PRIMARY KEY); INSERT INTO store.box VALUES ('a'); INSERT INTO store.shelf VALUES ('z', 'ours', 9);",
            ),
            ("down.sql", "DELETE FROM store.shelf WHERE code = 'z'; DROP TABLE store.box;"),
        ],
    );
    let drifts = [
        (
            "DELETE FROM store.box",
            "INSERT INTO store.box VALUES ('a')",
            "tier 1 both is altered: the rows of store.box are missing",
        ),
        (
            "DELETE FROM store.shelf WHERE code = 'z'",
            "INSERT INTO store.shelf VALUES ('z', 'ours', 9)",
            "tier 1 both is altered: the rows of store.shelf are missing, but its objects and the rows of store.box are there",
        ),
    ];
    there_and_back("", &[both], &drifts);
}

const PRICE: &str =
    "CREATE FUNCTION store.price(pieces integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT pieces';
ALTER FUNCTION store.price(integer) OWNER TO shop_release;
";

const PRICES: Tier = (
    "prices",
    &[
        (
            "up.sql",
            "CREATE FUNCTION store.price(pieces integer, grade text) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT 1.5 * pieces';
DROP FUNCTION store.price(integer);
CREATE FUNCTION store.price(pieces integer) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT 2.5 * pieces';",
        ),
        (
            "down.sql",
            "DROP FUNCTION store.price(integer, text);
DROP FUNCTION store.price(integer);
CREATE FUNCTION store.price(pieces integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT pieces';",
        ),
    ],
);

/// An existing function is not in the way of a new one with the same name and other arguments. A function that was not there when the packet
/// was built is.
#[test]
fn a_new_function_may_have_the_name_of_an_existing_one() {
    let stranger = stranger_with(PRICE, &[PRICES]);
    let theirs = "CREATE FUNCTION store.price(name text) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1'";
    stranger.shop.sql(theirs);
    let shown = stranger.preflight().expect_code(4);
    let _ = shown.expect_stdout("greenfield.store.price").expect_stdout("function (name text)");
    stranger.shop.sql("DROP FUNCTION store.price(text)");
    let before = stranger.dump();
    let _ = stranger.preflight().expect_success();
    let _ = stranger.apply().expect_success();
    assert_eq!(stranger.shop.sql("SELECT store.price(2) || ' ' || store.price(2, 'a')"), "5.0 3.0");
    let _ = stranger.rollback().expect_success();
    crate::support::readers::assert_same(&before, &stranger.dump());
}

const GUESTS: &str = "CREATE TABLE store.guest (code integer PRIMARY KEY, name text NOT NULL, note text);
INSERT INTO store.guest VALUES (1, 'first', 'for the host only');
GRANT SELECT (code, name), REFERENCES (code) ON store.guest TO shop_release;
";

const VISITS: Tier = (
    "visits",
    &[
        (
            "up.sql",
            "CREATE TABLE store.visit (code integer PRIMARY KEY, guest integer NOT NULL REFERENCES store.guest);
INSERT INTO store.visit VALUES (1, 1);
CREATE VIEW store.visitor AS SELECT visit.code, guest.name FROM store.visit JOIN store.guest ON guest.code = visit.guest;",
        ),
        (
            "down.sql",
            "DROP VIEW store.visitor;
DROP TABLE store.visit;",
        ),
    ],
);

/// The role may read and refer to some columns of a table, and not to all of them.
#[test]
fn rights_on_the_columns_that_a_release_uses_are_enough() {
    let stranger = stranger_with(GUESTS, &[VISITS]);
    let before = stranger.dump();
    for (gone, back) in [
        ("REVOKE SELECT (name) ON store.guest FROM shop_release", "GRANT SELECT (name) ON store.guest TO shop_release"),
        (
            "REVOKE REFERENCES (code) ON store.guest FROM shop_release",
            "GRANT REFERENCES (code) ON store.guest TO shop_release",
        ),
    ] {
        stranger.shop.sql(gone);
        let _ = stranger.preflight().expect_code(4).expect_stdout("privilege.store.guest");
        stranger.shop.sql(back);
    }
    let _ = stranger.preflight().expect_success();
    let _ = stranger.apply().expect_success();
    let _ = stranger.run(&["verify"]).expect_success();
    let _ = stranger.rollback().expect_success();
    crate::support::readers::assert_same(&before, &stranger.dump());
}
