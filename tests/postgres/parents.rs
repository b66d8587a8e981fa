//! New partitions, inheritance children and tables that LIKE makes. They have what their parent or pattern has on the target.

use crate::kinds::{Tier, stranger_with};

const REQUIRES: &str = "
CREATE TABLE store.part (at date NOT NULL, n integer DEFAULT 5, w text) PARTITION BY RANGE (at);
CREATE TABLE store.part_2025 PARTITION OF store.part FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE store.part_2024 PARTITION OF store.part FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX part_n ON store.part (n);
CREATE TABLE store.num (k integer NOT NULL, w text) PARTITION BY LIST (k);
CREATE TABLE store.num_1 PARTITION OF store.num FOR VALUES IN (1);
CREATE TABLE store.base (id bigint NOT NULL, words text);
CREATE TABLE store.alarm (id integer PRIMARY KEY, closed boolean NOT NULL);
INSERT INTO store.part VALUES ('2025-05-05', 1, 'x');
INSERT INTO store.base VALUES (1, 'x');
INSERT INTO store.alarm VALUES (1, true), (2, false);
ALTER TABLE store.part OWNER TO shop_release;
ALTER TABLE store.part_2025 OWNER TO shop_release;
ALTER TABLE store.part_2024 OWNER TO shop_release;
ALTER TABLE store.num OWNER TO shop_release;
ALTER TABLE store.num_1 OWNER TO shop_release;
ALTER TABLE store.base OWNER TO shop_release;
ALTER TABLE store.alarm OWNER TO shop_release;
";

const MAKE: Tier = (
    "make",
    &[
        (
            "up.sql",
            "
CREATE TABLE store.part_2026 PARTITION OF store.part FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE store.part_2027 PARTITION OF store.part (CONSTRAINT words_known CHECK (w <> '')) FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE INDEX part_2027_w ON store.part_2027 (w);
CREATE TABLE store.num_2 PARTITION OF store.num FOR VALUES IN (2, 3);
CREATE TABLE store.kid (more text NOT NULL) INHERITS (store.base);
CREATE TABLE store.plain (LIKE store.base);
CREATE TABLE store.whole (LIKE store.base INCLUDING ALL);
CREATE TABLE store.attached (LIKE store.part INCLUDING ALL);
ALTER TABLE store.part ATTACH PARTITION store.attached FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
ALTER TABLE store.part DETACH PARTITION store.part_2024;
DELETE FROM store.alarm WHERE closed;
",
        ),
        (
            "down.sql",
            "
INSERT INTO store.alarm VALUES (1, true);
ALTER TABLE store.part ATTACH PARTITION store.part_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
DROP TABLE store.attached, store.whole, store.plain, store.kid, store.num_2, store.part_2027, store.part_2026;
",
        ),
        ("absent.sql", "SELECT EXISTS (SELECT FROM store.alarm WHERE closed)"),
        ("applied.sql", "SELECT NOT EXISTS (SELECT FROM store.alarm WHERE closed)"),
    ],
);

/// It changes the parents, and so the partitions of the first tier.
const CHANGE: Tier = (
    "change",
    &[
        (
            "up.sql",
            "
ALTER TABLE store.part ADD extra integer;
CREATE INDEX part_extra ON store.part (extra);
ALTER TABLE store.base ALTER words SET NOT NULL;
",
        ),
        (
            "down.sql",
            "
ALTER TABLE store.base ALTER words DROP NOT NULL;
DROP INDEX store.part_extra;
ALTER TABLE store.part DROP extra;
",
        ),
    ],
);

/// What the parents have on a target. Their new partitions and children have it too.
const THERE: [&str; 6] = [
    "CREATE INDEX theirs ON store.part (w); CREATE UNIQUE INDEX theirs_too ON store.part (at, n)",
    "ALTER TABLE store.part ADD note text, ALTER n SET DEFAULT 9, ALTER w TYPE varchar(30)",
    "ALTER TABLE store.part ALTER n SET NOT NULL; ALTER TABLE store.part ADD CONSTRAINT n_known CHECK (n > 0), ADD PRIMARY KEY (at, n)",
    "DROP INDEX store.part_n; ALTER TABLE store.part ALTER w SET STORAGE EXTERNAL",
    "CREATE TABLE store.rest PARTITION OF store.part DEFAULT; ALTER TABLE store.rest OWNER TO shop_release;
CREATE TABLE store.num_rest PARTITION OF store.num DEFAULT; ALTER TABLE store.num_rest OWNER TO shop_release",
    "CREATE TABLE store.before PARTITION OF store.part FOR VALUES FROM (MINVALUE) TO ('2024-01-01'); ALTER TABLE store.before OWNER TO shop_release;
CREATE TABLE store.after PARTITION OF store.part FOR VALUES FROM ('2029-01-01') TO (MAXVALUE); ALTER TABLE store.after OWNER TO shop_release",
];

/// The changes of a database that stop the release, how they are taken back, and the words of preflight.
const REFUSED: [(&str, &str, &str); 11] = [
    (
        "CREATE TABLE store.half PARTITION OF store.part FOR VALUES FROM ('2026-06-01') TO (MAXVALUE); ALTER TABLE store.half OWNER TO shop_release",
        "DROP TABLE store.half",
        "data.store.part.part_2026.bounds none partitions that overlap part_2026: 1",
    ),
    (
        "CREATE TABLE store.num_9 PARTITION OF store.num FOR VALUES IN (3, 9); ALTER TABLE store.num_9 OWNER TO shop_release",
        "DROP TABLE store.num_9",
        "data.store.num.num_2.bounds none partitions that overlap num_2: 1",
    ),
    (
        "ALTER TABLE store.base ADD note text",
        "ALTER TABLE store.base DROP note",
        "data.store.base.plain.columns none column 3 note text",
    ),
    (
        "ALTER TABLE store.base ALTER words TYPE varchar(9)",
        "ALTER TABLE store.base ALTER words TYPE text",
        "data.store.base.plain.columns none column 2 words character varying(9), no column 2 words text",
    ),
    (
        "CREATE INDEX theirs ON store.base (words)",
        "DROP INDEX store.theirs",
        "data.store.base.whole.columns none CREATE INDEX theirs ON store.base",
    ),
    (
        "ALTER TABLE store.base ADD CONSTRAINT theirs CHECK (id > 0)",
        "ALTER TABLE store.base DROP CONSTRAINT theirs",
        "data.store.base.whole.columns none constraint theirs CHECK ((id > 0))",
    ),
    (
        "ALTER TABLE store.base ALTER words SET DEFAULT 'q'",
        "ALTER TABLE store.base ALTER words DROP DEFAULT",
        "data.store.base.whole.columns none column 2 words text DEFAULT 'q'::text",
    ),
    (
        "COMMENT ON COLUMN store.base.words IS 'q'",
        "COMMENT ON COLUMN store.base.words IS NULL",
        "data.store.base.whole.columns none column 2 words text COMMENT 'q'",
    ),
    (
        "ALTER TABLE store.base ALTER id ADD GENERATED ALWAYS AS IDENTITY",
        "ALTER TABLE store.base ALTER id DROP IDENTITY",
        "data.store.base.whole.columns none column 1 id bigint NOT NULL GENERATED ALWAYS AS IDENTITY",
    ),
    (
        "CREATE STATISTICS store.theirs ON id, words FROM store.base",
        "DROP STATISTICS store.theirs",
        "data.store.base.whole.columns none CREATE STATISTICS store.theirs",
    ),
    (
        "CREATE PUBLICATION theirs FOR TABLE store.alarm; ALTER TABLE store.alarm REPLICA IDENTITY NOTHING",
        "DROP PUBLICATION theirs; ALTER TABLE store.alarm REPLICA IDENTITY DEFAULT",
        "writes.effects as in the packet publication theirs of store.alarm, which has no replica identity",
    ),
];

#[test]
fn a_new_partition_has_what_its_parent_has_on_the_target() {
    let stranger = stranger_with(REQUIRES, &[MAKE, CHANGE]);
    for there in THERE {
        stranger.shop.sql(there);
    }
    stranger.there_and_back(&[
        ("CREATE INDEX own ON store.part_2026 (w)", "DROP INDEX store.own", "index own of store.part_2026 is not ours"),
        (
            "ALTER TABLE store.part_2027 DROP CONSTRAINT words_known",
            "ALTER TABLE store.part_2027 ADD CONSTRAINT words_known CHECK (w <> '')",
            "constraint words_known of store.part_2027 is missing",
        ),
        ("ALTER TABLE store.kid ADD own text", "ALTER TABLE store.kid DROP own", "column own of store.kid is not ours"),
    ]);
}

#[test]
fn what_a_new_table_would_copy_or_overlap_is_named_by_preflight() {
    let stranger = stranger_with(REQUIRES, &[MAKE, CHANGE]);
    let _ = stranger.stopped_by_each(&REFUSED);
}
