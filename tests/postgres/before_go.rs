//! What would stop a tier of this database is named by preflight, so that a run is not stopped after GO. And what only looks like it stops nothing.

use crate::kinds::{Tier, stranger_with};
use crate::stranger::Stranger;
use crate::support::readers::assert_same;

const REQUIRES: &str = "
CREATE TYPE store.mood AS ENUM ('glad', 'sad');
CREATE DOMAIN store.mail AS text;
CREATE TABLE store.guest (id integer PRIMARY KEY, code text NOT NULL CONSTRAINT guest_code UNIQUE, mood store.mood, mail store.mail,
    price numeric(8,2));
INSERT INTO store.guest VALUES (1, 'a', 'glad', 'a@b', 1), (2, 'b', 'sad', NULL, NULL);
CREATE FUNCTION store.guests() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM store.guest';
CREATE TABLE store.log (taken timestamptz NOT NULL, words text) PARTITION BY RANGE (taken);
CREATE TABLE store.log_2026 PARTITION OF store.log FOR VALUES FROM ('2026-01-01 00:00+00') TO ('2027-01-01 00:00+00');
INSERT INTO store.log VALUES ('2026-06-01 00:00+00', 'a');
ALTER TYPE store.mood OWNER TO shop_release;
ALTER DOMAIN store.mail OWNER TO shop_release;
ALTER TABLE store.guest OWNER TO shop_release;
ALTER FUNCTION store.guests() OWNER TO shop_release;
ALTER TABLE store.log OWNER TO shop_release;
ALTER TABLE store.log_2026 OWNER TO shop_release;
";

const CHANGE: Tier = (
    "change",
    &[
        (
            "up.sql",
            "
ALTER TYPE store.mood RENAME TO feeling;
ALTER DOMAIN store.mail ADD CONSTRAINT mail_lower CHECK (VALUE = lower(VALUE));
ALTER TABLE store.guest ADD rank integer NOT NULL DEFAULT 0, ALTER price TYPE numeric(12,2), ADD CONSTRAINT price_positive CHECK (price > 0);
ALTER TABLE store.guest CLUSTER ON guest_pkey, SET (autovacuum_vacuum_scale_factor = 0.05);
CREATE TABLE store.log_2027 PARTITION OF store.log FOR VALUES FROM ('2027-01-01 00:00+00') TO ('2028-01-01 00:00+00');
CREATE TABLE store.log_rest PARTITION OF store.log DEFAULT;
",
        ),
        (
            "down.sql",
            "
DROP TABLE store.log_rest;
DROP TABLE store.log_2027;
ALTER TABLE store.guest RESET (autovacuum_vacuum_scale_factor), SET WITHOUT CLUSTER;
ALTER TABLE store.guest DROP CONSTRAINT price_positive, ALTER price TYPE numeric(8,2), DROP rank;
ALTER DOMAIN store.mail DROP CONSTRAINT mail_lower;
ALTER TYPE store.feeling RENAME TO mood;
",
        ),
    ],
);

/// Its author's queries read a column that the first tier adds.
const RANK: Tier = (
    "rank",
    &[
        (
            "up.sql",
            "UPDATE store.guest SET rank = 1 WHERE id = 1; COMMENT ON FUNCTION store.guests() IS 'all of them';",
        ),
        ("down.sql", "COMMENT ON FUNCTION store.guests() IS NULL; UPDATE store.guest SET rank = 0 WHERE id = 1;"),
        ("absent.sql", "SELECT rank = 0 FROM store.guest WHERE id = 1"),
        ("applied.sql", "SELECT rank = 1 FROM store.guest WHERE id = 1"),
    ],
);

/// The changes of a database that stop the release, how they are taken back, and the words of preflight.
const REFUSED: [(&str, &str, &str); 10] = [
    (
        "CREATE TABLE store.kept (held store.guest)",
        "DROP TABLE store.kept",
        "data.store.guest.row_type.uses none store.kept.held",
    ),
    (
        "CREATE TYPE store.pair AS (one store.guest, two text); CREATE TABLE store.kept (\"Held\" store.pair[])",
        "DROP TABLE store.kept; DROP TYPE store.pair",
        "data.store.guest.row_type.uses none store.kept.\"Held\"",
    ),
    (
        "CREATE MATERIALIZED VIEW store.kept AS SELECT guest FROM store.guest",
        "DROP MATERIALIZED VIEW store.kept",
        "data.store.guest.row_type.uses none store.kept.guest",
    ),
    (
        "CREATE TABLE store.next PARTITION OF store.log FOR VALUES FROM ('2027-01-01 00:00+00') TO ('2028-01-01 00:00+00');
ALTER TABLE store.next OWNER TO shop_release",
        "DROP TABLE store.next",
        "data.store.log.log_2027.bounds none partitions with the bounds of log_2027: 1",
    ),
    (
        "CREATE TABLE store.other PARTITION OF store.log DEFAULT; ALTER TABLE store.other OWNER TO shop_release",
        "DROP TABLE store.other",
        "data.store.log.log_rest.bounds none partitions with the bounds of log_rest: 1",
    ),
    (
        "CREATE TABLE store.next PARTITION OF store.log FOR VALUES FROM ('2027-05-01 00:00+00') TO ('2027-06-01 00:00+00');
ALTER TABLE store.next OWNER TO shop_release; INSERT INTO store.log VALUES ('2027-05-05', 'x')",
        "DROP TABLE store.next",
        "data.store.log.log_2027 none rows that belong into log_2027: 1",
    ),
    (
        "ALTER TABLE store.guest CLUSTER ON guest_code",
        "ALTER TABLE store.guest SET WITHOUT CLUSTER",
        "altered: CLUSTER mark of store.guest is",
    ),
    (
        "ALTER TABLE store.guest SET (autovacuum_vacuum_scale_factor = 0.3)",
        "ALTER TABLE store.guest RESET (autovacuum_vacuum_scale_factor)",
        "altered: setting autovacuum_vacuum_scale_factor of store.guest is",
    ),
    (
        "COMMENT ON FUNCTION store.guests() IS 'theirs'",
        "COMMENT ON FUNCTION store.guests() IS NULL",
        "state.2 absent altered: comment of store.guests()",
    ),
    (
        "INSERT INTO store.guest VALUES (3, 'c', NULL, NULL, -1)",
        "DELETE FROM store.guest WHERE id = 3",
        "data.store.guest.price_positive none rows that do not satisfy (price > (0)::numeric): 1",
    ),
];

#[test]
fn what_would_stop_a_tier_is_named_by_preflight() {
    let stranger = stranger_with(REQUIRES, &[CHANGE, RANK]);
    let before = stranger.dump();
    for (change, back, words) in REFUSED {
        stranger.shop.sql(change);
        let said = said(&stranger, 4);
        assert!(said.contains(words), "{change}: {said}");
        stranger.shop.sql(back);
    }
    assert_same(&before, &stranger.dump());
    // The columns of the domain that the build did not see are not counted.
    stranger.shop.sql("CREATE TABLE store.site (mail store.mail)");
    let said = said(&stranger, 0);
    assert!(said.contains("data.store.mail.mail_lower none not counted: rows of store.site.mail"), "{said}");
}

/// Other settings and partitions, and what uses the type that gets another name.
#[test]
fn what_only_looks_like_a_hindrance_stops_nothing() {
    let stranger = stranger_with(REQUIRES, &[CHANGE, RANK]);
    stranger.shop.sql(
        "ALTER DATABASE shop SET TimeZone = 'Asia/Tokyo';
ALTER TABLE store.guest SET (fillfactor = 60, toast.autovacuum_enabled = off);
CREATE VIEW store.moods AS SELECT mood FROM store.guest;
CREATE FUNCTION store.first() RETURNS store.guest LANGUAGE sql AS 'SELECT * FROM store.guest LIMIT 1';
CREATE TABLE store.log_2025 PARTITION OF store.log FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2026-01-01 00:00+00');
ALTER TABLE store.log_2025 OWNER TO shop_release;
INSERT INTO store.log VALUES ('2025-05-05', 'x');",
    );
    stranger.there_and_back(&[(
        "ALTER TABLE store.guest RESET (autovacuum_vacuum_scale_factor)",
        "ALTER TABLE store.guest SET (autovacuum_vacuum_scale_factor = 0.05)",
        "setting autovacuum_vacuum_scale_factor of store.guest is",
    )]);
}

/// What preflight says, with single blanks.
fn said(stranger: &Stranger, code: i32) -> String {
    stranger.preflight().expect_code(code).stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}
