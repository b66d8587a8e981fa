//! The database is not as the packet needs it: keys, columns or whole objects are missing, or a name of the release is taken. Preflight names
//! each difference, and no command claims that the release was applied.

use crate::kinds::{Tier, stranger_with};
use crate::support::readers::assert_same;

const REQUIRES: &str = "
CREATE TABLE store.order (id bigint PRIMARY KEY, state text NOT NULL DEFAULT 'new');
CREATE TABLE store.setting (key text PRIMARY KEY, value text CONSTRAINT setting_value UNIQUE, note text);
CREATE VIEW store.open_order AS SELECT id, state FROM store.order WHERE state = 'new';
INSERT INTO store.order VALUES (1, 'new'), (2, 'paid');
INSERT INTO store.setting VALUES ('a', '1');
ALTER TABLE store.order OWNER TO shop_release;
ALTER TABLE store.setting OWNER TO shop_release;
ALTER VIEW store.open_order OWNER TO shop_release;
";

const TIERS: [Tier; 4] = [
    (
        "links",
        &[
            (
                "up.sql",
                "CREATE TYPE store.reason AS ENUM ('broken', 'late');
CREATE TABLE store.returned (id bigint PRIMARY KEY, of bigint REFERENCES store.order (id), why store.reason);
CREATE VIEW store.sums AS SELECT o.id, o.state, count(r.id) AS number FROM store.order AS o
    LEFT JOIN store.returned AS r ON r.of = o.id GROUP BY o.id;",
            ),
            ("down.sql", "DROP VIEW store.sums;\nDROP TABLE store.returned;\nDROP TYPE store.reason;"),
        ],
    ),
    (
        "shape",
        &[
            (
                "up.sql",
                "ALTER TABLE store.order ADD COLUMN note text NOT NULL DEFAULT '', ADD CONSTRAINT state_ok CHECK (length(state) < 20);",
            ),
            ("down.sql", "ALTER TABLE store.order DROP CONSTRAINT state_ok, DROP COLUMN note;"),
        ],
    ),
    (
        "rows",
        &[
            (
                "up.sql",
                "INSERT INTO store.setting VALUES ('b', '2') ON CONFLICT (key) DO NOTHING;
INSERT INTO store.setting VALUES ('c', '3') ON CONFLICT ON CONSTRAINT setting_value DO UPDATE SET note = 'x';",
            ),
            ("down.sql", "DELETE FROM store.setting WHERE key IN ('b', 'c');"),
        ],
    ),
    (
        "view",
        &[
            (
                "up.sql",
                "CREATE OR REPLACE VIEW store.open_order AS SELECT id, state FROM store.order WHERE state <> 'paid';",
            ),
            (
                "down.sql",
                "CREATE OR REPLACE VIEW store.open_order AS SELECT id, state FROM store.order WHERE state = 'new';",
            ),
        ],
    ),
];

/// Each change, its reverse, and the words of preflight. With the empty word the change does no harm, and the release runs.
const CASES: [(&str, &str, &str); 13] = [
    (
        "INSERT INTO store.setting VALUES ('b', '2')",
        "DELETE FROM store.setting WHERE key = 'b'",
        "altered: store.setting (c,3,) is missing; store.setting (b,2,) is there",
    ),
    (
        "ALTER TABLE store.order DROP CONSTRAINT order_pkey; CREATE UNIQUE INDEX other ON store.order (id)",
        "DROP INDEX store.other; ALTER TABLE store.order ADD PRIMARY KEY (id)",
        "primary key (id) of store.order is missing",
    ),
    (
        "ALTER TABLE store.setting DROP CONSTRAINT setting_pkey",
        "ALTER TABLE store.setting ADD PRIMARY KEY (key)",
        "unique (key) of store.setting is missing",
    ),
    (
        "ALTER TABLE store.setting DROP CONSTRAINT setting_pkey; ALTER TABLE store.setting ADD UNIQUE (key) DEFERRABLE",
        "ALTER TABLE store.setting DROP CONSTRAINT setting_key_key; ALTER TABLE store.setting ADD PRIMARY KEY (key)",
        "unique (key) of store.setting is missing",
    ),
    (
        "ALTER TABLE store.setting DROP CONSTRAINT setting_pkey; CREATE UNIQUE INDEX other ON store.setting (key)",
        "DROP INDEX store.other; ALTER TABLE store.setting ADD PRIMARY KEY (key)",
        "",
    ),
    (
        "ALTER TABLE store.setting RENAME CONSTRAINT setting_value TO other",
        "ALTER TABLE store.setting RENAME CONSTRAINT other TO setting_value",
        "constraint setting_value of store.setting is missing",
    ),
    (
        "ALTER TABLE store.order RENAME COLUMN state TO status",
        "ALTER TABLE store.order RENAME COLUMN status TO state",
        "seam.store.order.state: The application side must provide",
    ),
    (
        "ALTER VIEW store.open_order RENAME TO other",
        "ALTER VIEW store.other RENAME TO open_order",
        "altered: store.open_order is missing",
    ),
    (
        "ALTER TABLE store.setting RENAME TO other",
        "ALTER TABLE store.other RENAME TO setting",
        "more checks are unmet because of the missing objects; -v lists them",
    ),
    (
        "ALTER TABLE store.order ADD COLUMN note text NOT NULL DEFAULT ''",
        "ALTER TABLE store.order DROP COLUMN note",
        "constraint state_ok of store.order is missing, column note of store.order is there",
    ),
    ("CREATE TYPE store.reason AS ENUM ('other')", "DROP TYPE store.reason", "greenfield.store.reason"),
    (
        "CREATE TABLE store.returned (id bigint)",
        "DROP TABLE store.returned",
        "If not, whoever made the objects renames or drops them.",
    ),
    (
        "CREATE OR REPLACE VIEW store.open_order AS SELECT id, state FROM store.order WHERE state IN ('new', 'old')",
        "CREATE OR REPLACE VIEW store.open_order AS SELECT id, state FROM store.order WHERE state = 'new'",
        "definition of store.open_order is neither as before the release nor as shipped",
    ),
];

#[test]
fn preflight_names_what_the_packet_needs_and_the_database_lacks() {
    let stranger = stranger_with(REQUIRES, &TIERS);
    for (change, back, words) in CASES {
        stranger.shop.sql(change);
        let before = stranger.dump();
        if words.is_empty() {
            let _ = stranger.preflight().expect_success();
            let _ = stranger.apply().expect_success();
            let _ = stranger.rollback().expect_success();
        } else {
            for refused in [stranger.preflight(), stranger.apply()] {
                let shown = refused.expect_code(4).expect_stdout(words);
                assert!(!shown.stdout.contains("Ask whoever made the change"), "{change}: {}", shown.whole());
            }
        }
        assert_same(&before, &stranger.dump());
        stranger.shop.sql(back);
    }
    let _ = stranger.apply().expect_success();
}

/// No tier is applied. One tier is not absent either, because a view is not as it was when the packet was built.
#[test]
fn no_command_calls_a_release_applied_that_never_was() {
    let stranger = stranger_with(REQUIRES, &TIERS);
    stranger.shop.sql("CREATE OR REPLACE VIEW store.open_order AS SELECT id, state FROM store.order WHERE id > 0");
    let difference = "definition of store.open_order is neither as before the release nor as shipped";
    let hint = "If it never was, something else has a name of the release, or an object is not as it was when the packet was built";
    for (refused, code) in [(stranger.run(&["verify"]), 5), (stranger.rollback(), 4)] {
        let _ = refused.expect_code(code).expect_stdout(difference).expect_stdout(hint);
    }
    let _ = stranger.run(&["rollback", "--tier", "3", "--yes"]).expect_success().expect_stdout("nothing to roll back");
}

/// The server changes the type of no column that a view reads. The tier takes care of the views of the build, and of no other.
#[test]
fn a_view_on_a_column_that_gets_another_type_is_named() {
    let wider: Tier = (
        "wider",
        &[
            (
                "up.sql",
                "DROP VIEW store.open_order;
ALTER TABLE store.order ALTER COLUMN id TYPE numeric;
CREATE VIEW store.open_order AS SELECT id, state FROM store.order WHERE state = 'new';
ALTER TABLE store.setting ALTER COLUMN note TYPE varchar(99);",
            ),
            (
                "down.sql",
                "ALTER TABLE store.setting ALTER COLUMN note TYPE text;
DROP VIEW store.open_order;
ALTER TABLE store.order ALTER COLUMN id TYPE bigint;
CREATE VIEW store.open_order AS SELECT id, state FROM store.order WHERE state = 'new';",
            ),
        ],
    );
    let stranger = stranger_with(REQUIRES, &[wider]);
    stranger.shop.sql("CREATE VIEW store.states AS SELECT state FROM store.order; CREATE VIEW store.\"Notes\" AS SELECT note FROM store.setting");
    let _ = stranger
        .preflight()
        .expect_code(4)
        .expect_stdout("data.store.setting.note.uses none store.\"Notes\"")
        .expect_stdout("Have its owner drop it until the release has ended")
        .expect_stdout("1 unmet: data.store.setting.note.uses");
    stranger.shop.sql("DROP VIEW store.\"Notes\"");
    let before = stranger.dump();
    let _ = stranger.preflight().expect_success();
    let _ = stranger.apply().expect_success();
    let _ = stranger.rollback().expect_success();
    assert_same(&before, &stranger.dump());
}
