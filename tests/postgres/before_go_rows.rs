//! What would stop a tier that writes rows of existing tables is named by preflight. Columns that a trigger sets can be left out.

use crate::kinds::{Tier, build_with, stranger_with};
use crate::stranger::PAGE;
use crate::support::Sandbox;

const REQUIRES: &str = "
CREATE TABLE store.country (code char(2) PRIMARY KEY, name text NOT NULL UNIQUE, vat numeric(4,2) NOT NULL, note jsonb);
CREATE TABLE store.line (orders integer, sku integer, data jsonb NOT NULL DEFAULT '{}', credit integer NOT NULL, closed timestamptz,
    PRIMARY KEY (orders, sku));
CREATE TABLE store.setting (key text PRIMARY KEY, value text NOT NULL, changed timestamptz NOT NULL DEFAULT '2020-01-01 00:00+00');
CREATE FUNCTION store.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.changed := clock_timestamp(); RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON store.setting FOR EACH ROW EXECUTE FUNCTION store.touch();
INSERT INTO store.country VALUES ('DE', 'Germany', 19);
INSERT INTO store.line VALUES (1, 1, '{}', 5), (1, 2, '{}', 5);
INSERT INTO store.setting (key, value) VALUES ('limit', '5'), ('theme', 'dark');
ALTER TABLE store.country OWNER TO shop_release;
ALTER TABLE store.line OWNER TO shop_release;
ALTER TABLE store.setting OWNER TO shop_release;
";

const ROWS: Tier = (
    "rows",
    &[
        (
            "up.sql",
            "
INSERT INTO store.country (code, name, vat) VALUES ('IT', 'Italy', 22), ('ES', 'Spain', 21);
UPDATE store.setting SET value = '10' WHERE key = 'limit';
",
        ),
        (
            "down.sql",
            "
UPDATE store.setting SET value = '5' WHERE key = 'limit';
DELETE FROM store.country WHERE code IN ('IT', 'ES');
",
        ),
        ("absent.sql", "SELECT value = '5' FROM store.setting WHERE key = 'limit'"),
        ("applied.sql", "SELECT value = '10' FROM store.setting WHERE key = 'limit'"),
        ("page", "volatile = [\"store.setting.changed\"]"),
    ],
);

const LINES: Tier = (
    "lines",
    &[
        (
            "up.sql",
            "
CREATE TABLE store.back (orders integer, sku integer, FOREIGN KEY (orders, sku) REFERENCES store.line);
ALTER TABLE store.line RENAME credit TO points;
ALTER TABLE store.line ADD CONSTRAINT points_known CHECK (points > 0);
CREATE INDEX line_open ON store.line (points) WHERE closed IS NULL;
",
        ),
        (
            "down.sql",
            "
DROP INDEX store.line_open;
ALTER TABLE store.line DROP CONSTRAINT points_known;
ALTER TABLE store.line RENAME points TO credit;
DROP TABLE store.back;
",
        ),
    ],
);

const PRICES: Tier = (
    "data",
    &[
        ("up.sql", "UPDATE store.line SET data = data || '{\"a\": 1}' WHERE sku = 1;"),
        ("down.sql", "UPDATE store.line SET data = data - 'a' WHERE sku = 1;"),
        ("absent.sql", "SELECT NOT data ? 'a' FROM store.line WHERE sku = 1"),
        ("applied.sql", "SELECT data ? 'a' FROM store.line WHERE sku = 1"),
    ],
);

/// The changes of a database that stop the release, how they are taken back, and the words of preflight.
const REFUSED: [(&str, &str, &str); 6] = [
    (
        "INSERT INTO store.country VALUES ('XX', 'Italy', 1)",
        "DELETE FROM store.country WHERE code = 'XX'",
        "data.store.country.name.taken none rows with (name) of a new row: 1",
    ),
    (
        "ALTER TABLE store.country ALTER vat TYPE numeric(3,1)",
        "ALTER TABLE store.country ALTER vat TYPE numeric(4,2)",
        "data.store.country.types none vat numeric(3,1)",
    ),
    (
        "ALTER TABLE store.country ALTER vat TYPE double precision",
        "ALTER TABLE store.country ALTER vat TYPE numeric(4,2)",
        "data.store.country.types none vat double precision",
    ),
    (
        "ALTER TABLE store.country ALTER code TYPE char(3)",
        "ALTER TABLE store.country ALTER code TYPE char(2)",
        "data.store.country.types none code character(3)",
    ),
    (
        "ALTER TABLE store.line ALTER data DROP DEFAULT, ALTER data TYPE json",
        "ALTER TABLE store.line ALTER data TYPE jsonb, ALTER data SET DEFAULT '{}'",
        "data.store.line.types none data json",
    ),
    (
        "ALTER TABLE store.line DROP CONSTRAINT line_pkey, ADD PRIMARY KEY (sku, orders)",
        "ALTER TABLE store.line DROP CONSTRAINT line_pkey, ADD PRIMARY KEY (orders, sku)",
        "seam.keys as in the packet primary key (orders, sku) of store.line is missing",
    ),
];

#[test]
fn what_would_stop_written_rows_is_named_by_preflight() {
    let stranger = stranger_with(REQUIRES, &[ROWS, LINES, PRICES]);
    let _ = stranger.stopped_by_each(&REFUSED);
    // The first tier writes a table with a trigger, which may correct this row.
    stranger.shop.sql("INSERT INTO store.line VALUES (2, 2, '{}', 0)");
    let warned = stranger.preflight_text(0);
    assert!(
        warned.contains("! data.store.line.points_known none rows that do not satisfy (credit > 0): 1"),
        "{warned}"
    );
    stranger.shop.sql("DELETE FROM store.line WHERE orders = 2");
    // Types that print the values as in the build are no obstacle, and IS NULL suits every type.
    stranger.shop.sql(
        "ALTER TABLE store.country ALTER vat TYPE numeric(8,2), ALTER name TYPE varchar(90), ALTER note TYPE json;
ALTER TABLE store.line ALTER closed TYPE timestamp;",
    );
    let said = stranger.preflight_text(0);
    assert!(!said.contains('✗'), "{said}");
}

/// Its rows refer to rows of existing tables. One of them it inserts itself.
const SEED: Tier = (
    "seed",
    &[
        (
            "up.sql",
            "
CREATE TABLE store.rate (country char(2) REFERENCES store.country, shelf text NOT NULL REFERENCES store.shelf);
INSERT INTO store.country (code, name, vat) VALUES ('IT', 'Italy', 22);
INSERT INTO store.rate VALUES ('DE', 'a'), ('IT', 'b'), (NULL, 'b');
",
        ),
        ("down.sql", "DROP TABLE store.rate; DELETE FROM store.country WHERE code = 'IT';"),
    ],
);

#[test]
fn rows_that_new_rows_refer_to_must_be_there() {
    let stranger = stranger_with(REQUIRES, &[SEED]);
    let _ = stranger.stopped_by_each(&[(
        "UPDATE store.shelf SET code = 'o''z' WHERE code = 'b'",
        "UPDATE store.shelf SET code = 'b' WHERE code = 'o''z'",
        "data.store.shelf.rate_shelf_fkey.needed none no b",
    )]);
    // The tier writes this table and might insert the row.
    stranger.shop.sql("UPDATE store.country SET code = 'FR'");
    let said = stranger.preflight_text(0);
    assert!(said.contains("! data.store.country.rate_country_fkey.needed none no DE"), "{said}");
    stranger.shop.sql("UPDATE store.country SET code = 'DE'");
    stranger.there_and_back(&[]);
}

/// Without the column in the list, the build refuses the packet and names the column.
#[test]
fn a_column_that_a_trigger_sets_is_left_out_if_the_page_says_so() {
    let sandbox = Sandbox::new();
    let without_page = &ROWS.1[..ROWS.1.len() - 1];
    let _ = build_with(&sandbox, PAGE, REQUIRES, &[(ROWS.0, without_page)])
        .expect_code(2)
        .expect_stdout("column changed of 1 row of store.setting is not as before")
        .expect_stdout("`volatile`");
    let stranger = stranger_with(REQUIRES, &[ROWS, LINES, PRICES]);
    let _ = stranger.run(&["packet", "show"]).expect_success().expect_stdout("not compared: store.setting.changed");
    let setting = "SELECT key, value FROM store.setting ORDER BY 1; TABLE store.country ORDER BY 1; TABLE store.line ORDER BY 1, 2";
    let before = stranger.shop.sql(setting);
    let _ = stranger.apply().expect_success();
    assert_ne!(before, stranger.shop.sql(setting));
    let _ = stranger.run(&["verify"]).expect_success();
    let _ = stranger.rollback().expect_success().expect_stdout("the release is not applied");
    assert_eq!(before, stranger.shop.sql(setting));
}
