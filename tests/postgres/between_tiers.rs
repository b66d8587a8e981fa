//! What one tier does with the objects and rows of another: it fills a table of an earlier tier, gives a column a type of an earlier tier, uses an
//! enum value that an earlier tier added.

use crate::kinds::{Tier, build_with, stranger_with, there_and_back};
use crate::stranger::{PAGE, Stranger};
use crate::support::Sandbox;
use crate::support::readers::assert_same;

const ITEMS: &str = "
CREATE TABLE store.item (id integer PRIMARY KEY, name text NOT NULL, weight integer);
INSERT INTO store.item SELECT number, 'item ' || number, number FROM generate_series(1, 30) AS number;
ALTER TABLE store.item OWNER TO shop_release;
";

/// Releases and undoes tiers that write live tables. They need `live` on the page.
fn with_live(live: &str, tiers: &[Tier]) {
    let sandbox = Sandbox::new();
    let page = PAGE.replace("\n[approval]", &format!("live = [{live}]\n\n[approval]"));
    let _ = build_with(&sandbox, &page, ITEMS, tiers).expect_success();
    let stranger = Stranger::signed(sandbox);
    stranger.shop.sql(ITEMS);
    let before = stranger.dump();
    let _ = stranger.preflight().expect_success();
    let _ = stranger.dry_run().expect_success();
    let _ = stranger.apply().expect_success();
    let _ = stranger.run(&["verify"]).expect_success();
    let _ = stranger.rollback().expect_success();
    assert_same(&before, &stranger.dump());
}

const FILL: Tier = (
    "fill",
    &[
        ("up.sql", "INSERT INTO store.name SELECT id, name FROM store.item;"),
        ("down.sql", "DELETE FROM store.name;"),
        ("absent.sql", "SELECT NOT EXISTS (SELECT FROM store.name)"),
        ("applied.sql", "SELECT EXISTS (SELECT FROM store.name)"),
    ],
);

#[test]
fn a_tier_may_fill_a_live_table_of_an_earlier_one() {
    let name: Tier = (
        "name",
        &[
            ("up.sql", "CREATE TABLE store.name (id integer PRIMARY KEY REFERENCES store.item, name text NOT NULL);"),
            ("down.sql", "DROP TABLE store.name;"),
        ],
    );
    with_live("\"store.name\"", &[name, FILL]);
}

/// The second tier takes the rows out of the existing table, and its absent.sql reads a table that only the first one makes.
#[test]
fn a_tier_may_move_rows_into_partitions_of_an_earlier_one() {
    let parts: Tier = (
        "parts",
        &[
            (
                "up.sql",
                "CREATE TABLE store.part (id integer NOT NULL, name text, weight integer) PARTITION BY RANGE (id);
CREATE TABLE store.part_low PARTITION OF store.part FOR VALUES FROM (0) TO (16);
CREATE TABLE store.part_high PARTITION OF store.part FOR VALUES FROM (16) TO (1000);",
            ),
            ("down.sql", "DROP TABLE store.part;"),
        ],
    );
    let moved: Tier = (
        "moved",
        &[
            ("up.sql", "INSERT INTO store.part SELECT * FROM store.item;\nDELETE FROM store.item;"),
            ("down.sql", "INSERT INTO store.item SELECT * FROM store.part;\nDELETE FROM store.part;"),
            ("absent.sql", "SELECT NOT EXISTS (SELECT FROM store.part)"),
            ("applied.sql", "SELECT EXISTS (SELECT FROM store.part)"),
        ],
    );
    with_live("\"store.part\", \"store.item\"", &[parts, moved]);
}

#[test]
fn an_existing_column_may_get_a_domain_of_an_earlier_tier() {
    let tiers: [Tier; 3] = [
        ("domain", &[("up.sql", "CREATE DOMAIN store.grams AS integer;"), ("down.sql", "DROP DOMAIN store.grams;")]),
        (
            "column",
            &[
                ("up.sql", "ALTER TABLE store.item ALTER COLUMN weight TYPE store.grams;"),
                ("down.sql", "ALTER TABLE store.item ALTER COLUMN weight TYPE integer;"),
            ],
        ),
        (
            "rule",
            &[
                ("up.sql", "ALTER DOMAIN store.grams ADD CONSTRAINT positive CHECK (VALUE > 0);"),
                ("down.sql", "ALTER DOMAIN store.grams DROP CONSTRAINT positive;"),
            ],
        ),
    ];
    let drifts =
        [("CREATE TABLE store.theirs (a store.grams)", "DROP TABLE store.theirs", "table store.theirs is not ours")];
    there_and_back(ITEMS, &tiers, &drifts);
}

/// A value that ALTER TYPE adds can be used only after its COMMIT, so the tiers cannot share the transaction of a rehearsal. The rollback makes
/// the type anew, although a table of the first tier has a column of the type.
#[test]
fn an_enum_value_of_an_earlier_tier_is_used_without_a_rehearsal() {
    let tiers: [Tier; 3] = [
        (
            "state",
            &[
                (
                    "up.sql",
                    "CREATE TYPE store.state AS ENUM ('new', 'sold');
CREATE TABLE store.stock (id integer PRIMARY KEY, state store.state);",
                ),
                ("down.sql", "DROP TABLE store.stock;\nDROP TYPE store.state;"),
            ],
        ),
        (
            "value",
            &[
                ("up.sql", "ALTER TYPE store.state ADD VALUE 'held' BEFORE 'sold';"),
                (
                    "down.sql",
                    "ALTER TABLE store.stock ALTER state TYPE text;
DROP TYPE store.state;
CREATE TYPE store.state AS ENUM ('new', 'sold');
ALTER TABLE store.stock ALTER state TYPE store.state USING state::store.state;",
                ),
            ],
        ),
        (
            "rows",
            &[
                ("up.sql", "INSERT INTO store.stock VALUES (1, 'held'), (2, 'new');"),
                ("down.sql", "DELETE FROM store.stock;"),
            ],
        ),
    ];
    let stranger = stranger_with("", &tiers);
    let before = stranger.dump();
    let apart = "these tiers cannot run in one transaction, because a statement needs the COMMIT of an earlier tier";
    let _ = stranger.preflight().expect_success();
    let _ = stranger.dry_run().expect_code(4).expect_stdout(apart);
    assert_same(&before, &stranger.dump());
    let _ = stranger.apply().expect_success().expect_stdout(&format!("not rehearsed: {apart}"));
    assert_eq!(stranger.shop.sql("SELECT string_agg(state::text, ' ' ORDER BY id) FROM store.stock"), "held new");
    let _ = stranger.run(&["verify"]).expect_success();
    let _ = stranger.rollback().expect_success();
    assert_same(&before, &stranger.dump());
}

#[test]
fn many_rows_in_an_existing_table_need_queries_that_identify_them() {
    let many: Tier = (
        "many",
        &[
            ("up.sql", "INSERT INTO store.item SELECT number, 'more', 0 FROM generate_series(1001, 2600) AS number;"),
            ("down.sql", "DELETE FROM store.item WHERE id > 1000;"),
        ],
    );
    let sandbox = Sandbox::new();
    let refused = build_with(&sandbox, PAGE, ITEMS, &[many]).expect_code(2);
    let _ = refused
        .expect_stdout(
            "tier many inserts 1600 rows into the existing table store.item, but its folder has no absent.sql",
        )
        .expect_stdout("Add both: absent.sql is one SELECT");
}
