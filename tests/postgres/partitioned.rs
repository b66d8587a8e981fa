//! Releases that change existing tables with partitions or with tables that inherit from them. The database of the release has other
//! partitions than the prerequisite in the packet's folder.

use crate::kinds::{Tier, build_with, stranger_with};
use crate::stranger::{PAGE, Stranger};
use crate::support::Sandbox;
use crate::support::readers::assert_same;

const VISITS: &str = "
CREATE TABLE store.visit (id bigint NOT NULL, day date NOT NULL, guest text) PARTITION BY RANGE (day);
CREATE TABLE store.visit_2025 PARTITION OF store.visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO store.visit VALUES (1, '2025-02-02', 'Ada');
ALTER TABLE store.visit OWNER TO shop_release;
ALTER TABLE store.visit_2025 OWNER TO shop_release;
";

/// The database of the release: the partition of the folder has another name there, one partition has its columns in another order, and one
/// has partitions itself.
const MORE_VISITS: &str = "
ALTER TABLE store.visit_2025 RENAME TO visit_first;
CREATE TABLE store.visit_2026 (guest text, old integer, day date NOT NULL, id bigint NOT NULL);
ALTER TABLE store.visit_2026 DROP COLUMN old;
ALTER TABLE store.visit ATTACH PARTITION store.visit_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE store.visit_2027 PARTITION OF store.visit FOR VALUES FROM ('2027-01-01') TO ('2028-01-01') PARTITION BY RANGE (day);
CREATE TABLE store.visit_2027_h1 PARTITION OF store.visit_2027 FOR VALUES FROM ('2027-01-01') TO ('2027-07-01');
INSERT INTO store.visit VALUES (2, '2026-02-02', 'Grace'), (3, '2027-02-02', 'Barbara');
ALTER TABLE store.visit_2026 OWNER TO shop_release;
ALTER TABLE store.visit_2027 OWNER TO shop_release;
ALTER TABLE store.visit_2027_h1 OWNER TO shop_release;
";

const VISIT_TIERS: [Tier; 3] = [
    (
        "shape",
        &[
            (
                "up.sql",
                "ALTER TABLE store.visit ADD COLUMN words text, ADD CONSTRAINT known CHECK (id > 0);
CREATE INDEX visit_guest ON store.visit (guest);
CREATE FUNCTION store.keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER keep BEFORE INSERT ON store.visit FOR EACH ROW EXECUTE FUNCTION store.keep();",
            ),
            (
                "down.sql",
                "DROP TRIGGER keep ON store.visit;
DROP FUNCTION store.keep();
DROP INDEX store.visit_guest;
ALTER TABLE store.visit DROP CONSTRAINT known, DROP COLUMN words;",
            ),
        ],
    ),
    (
        "rows",
        &[
            (
                "up.sql",
                "INSERT INTO store.visit (id, day, guest) VALUES (10, '2025-05-05', 'Mary'), (11, '2025-06-06', 'Joan');",
            ),
            ("down.sql", "DELETE FROM store.visit WHERE id IN (10, 11);"),
        ],
    ),
    (
        "strict",
        &[
            ("up.sql", "ALTER TABLE store.visit ALTER COLUMN guest SET NOT NULL;"),
            ("down.sql", "ALTER TABLE store.visit ALTER COLUMN guest DROP NOT NULL;"),
        ],
    ),
];

/// Releases the tiers in a database with these partitions. Between the release and its rollback the application adds a partition with a row.
fn with_other_partitions(stranger: &Stranger, others: &str, application: [&str; 2]) {
    stranger.shop.sql(others);
    let before = stranger.dump();
    let _ = stranger.preflight().expect_success();
    let _ = stranger
        .run(&["apply", "--approval", "CB-EU/7", "--dry-run", "--with-rollback", "--rehearse", "yes"])
        .expect_success();
    assert_same(&before, &stranger.dump());
    let _ = stranger.apply().expect_success();
    stranger.shop.sql(application[0]);
    let _ = stranger.run(&["verify"]).expect_success();
    let _ = stranger.rollback().expect_success();
    stranger.shop.sql(application[1]);
    assert_same(&before, &stranger.dump());
}

#[test]
fn an_existing_table_is_changed_with_all_partitions_that_it_has_in_this_database() {
    let stranger = stranger_with(VISITS, &VISIT_TIERS);
    let derived = std::fs::read_to_string(stranger.sandbox.work().join("packet/derived.toml")).unwrap();
    assert!(!derived.contains("visit_2025"), "{derived}");
    let application = [
        "CREATE TABLE store.visit_2030 PARTITION OF store.visit FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');
ALTER TABLE store.visit_2030 OWNER TO shop_release;
INSERT INTO store.visit VALUES (30, '2030-03-03', 'Radia', 'new')",
        "DROP TABLE store.visit_2030",
    ];
    with_other_partitions(&stranger, MORE_VISITS, application);
    // A row of the release that somebody changes is named, in whatever partition it is.
    let _ = stranger.apply().expect_success();
    stranger.shop.sql("UPDATE store.visit SET day = '2026-05-05', guest = 'nobody' WHERE id = 10");
    let _ = stranger.run(&["verify"]).expect_code(5).expect_stdout("store.visit (10,2025-05-05,Mary,) is missing");
    let _ = stranger.rollback().expect_code(4);
    stranger.shop.sql("UPDATE store.visit SET day = '2025-05-05', guest = 'Mary' WHERE id = 10");
    let _ = stranger.rollback().expect_success();
}

/// The folder has a table without partitions, with fewer columns.
#[test]
fn a_table_may_have_partitions_only_in_the_database_of_the_release() {
    let requires = "
CREATE TABLE store.visit (id bigint NOT NULL, day date NOT NULL, guest text);
INSERT INTO store.visit VALUES (1, '2025-02-02', 'Ada');
ALTER TABLE store.visit OWNER TO shop_release;
";
    let stranger = stranger_with(requires, &VISIT_TIERS);
    let others = "
DROP TABLE store.visit;
CREATE TABLE store.visit (theirs text, id bigint NOT NULL, day date NOT NULL, guest text) PARTITION BY RANGE (day);
CREATE TABLE store.visit_first PARTITION OF store.visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE store.visit_rest PARTITION OF store.visit DEFAULT;
INSERT INTO store.visit (id, day, guest) VALUES (1, '2025-02-02', 'Ada'), (2, '2026-02-02', 'Grace');
ALTER TABLE store.visit OWNER TO shop_release;
ALTER TABLE store.visit_first OWNER TO shop_release;
ALTER TABLE store.visit_rest OWNER TO shop_release;
";
    let application = [
        "INSERT INTO store.visit VALUES ('x', 30, '2030-03-03', 'Radia', 'new')",
        "DELETE FROM store.visit WHERE id = 30",
    ];
    with_other_partitions(&stranger, others, application);
}

#[test]
fn a_table_that_others_inherit_from_is_changed_with_all_of_them() {
    let requires = "
CREATE TABLE store.note (id bigint NOT NULL, words text);
CREATE TABLE store.note_old () INHERITS (store.note);
INSERT INTO store.note VALUES (1, 'new');
INSERT INTO store.note_old VALUES (2, 'old');
ALTER TABLE store.note OWNER TO shop_release;
ALTER TABLE store.note_old OWNER TO shop_release;
";
    let others = "
DROP TABLE store.note_old;
CREATE TABLE store.note_2024 () INHERITS (store.note);
CREATE TABLE store.note_2025 () INHERITS (store.note_2024);
INSERT INTO store.note_2025 VALUES (3, 'last year');
ALTER TABLE store.note_2024 OWNER TO shop_release;
ALTER TABLE store.note_2025 OWNER TO shop_release;
";
    let tiers: [Tier; 2] = [
        (
            "shape",
            &[
                (
                    "up.sql",
                    "ALTER TABLE store.note ADD COLUMN size integer DEFAULT 3; UPDATE store.note SET size = length(words);",
                ),
                ("down.sql", "ALTER TABLE store.note DROP COLUMN size;"),
            ],
        ),
        (
            "rows",
            &[
                ("up.sql", "INSERT INTO store.note VALUES (10, 'ours');"),
                ("down.sql", "DELETE FROM store.note WHERE id = 10;"),
                ("absent.sql", "SELECT NOT EXISTS (SELECT FROM store.note WHERE id = 10)"),
                ("applied.sql", "SELECT EXISTS (SELECT FROM store.note WHERE id = 10)"),
            ],
        ),
    ];
    let sandbox = Sandbox::new();
    let page = PAGE.replace("\n[approval]", "live = [\"store.note\"]\n\n[approval]");
    let _ = build_with(&sandbox, &page, requires, &tiers).expect_success();
    let stranger = Stranger::signed(sandbox);
    stranger.shop.sql(requires);
    let application =
        ["INSERT INTO store.note_2025 VALUES (4, 'theirs', 6)", "DELETE FROM store.note_2025 WHERE id = 4"];
    with_other_partitions(&stranger, others, application);
}

/// ALTER TABLE also changes the partitions, so the role must own them all.
#[test]
fn preflight_names_a_partition_that_the_role_does_not_own() {
    let stranger = stranger_with(VISITS, &VISIT_TIERS);
    stranger.shop.sql(MORE_VISITS);
    stranger.shop.sql("CREATE ROLE other");
    for part in ["visit_2026", "visit_2027_h1"] {
        stranger.shop.sql(&format!("ALTER TABLE store.{part} OWNER TO other"));
        let shown = stranger.preflight().expect_code(4).expect_stdout("1 unmet");
        let _ = shown.expect_stdout(&format!("its partition store.{part} is owned by other"));
        stranger.shop.sql(&format!("ALTER TABLE store.{part} OWNER TO shop_release"));
    }
    let _ = stranger.preflight().expect_success();
}

/// A trigger of one partition, which the packet cannot know, would write another table.
#[test]
fn a_trigger_of_one_partition_is_named_by_preflight() {
    let stranger = stranger_with(VISITS, &VISIT_TIERS);
    stranger.shop.sql(MORE_VISITS);
    stranger.shop.sql(
        "CREATE TABLE store.stray (id bigint);
GRANT ALL ON store.stray TO shop_release;
CREATE FUNCTION store.stray() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO store.stray VALUES (NEW.id); RETURN NEW; END';
CREATE TRIGGER stray AFTER INSERT ON store.visit_first FOR EACH ROW EXECUTE FUNCTION store.stray()",
    );
    let before = stranger.dump();
    let _ = stranger.preflight().expect_code(4).expect_stdout("trigger stray of store.visit");
    let _ = stranger.apply().expect_code(4);
    assert_same(&before, &stranger.dump());
    stranger.shop.sql("ALTER TABLE store.visit_first DISABLE TRIGGER stray");
    let _ = stranger.preflight().expect_success();
}

/// The server adds a column or CHECK constraint to the inheriting tables too, and refuses that or merges both if such a table has one of this name.
#[test]
fn a_name_that_an_inheriting_table_has_is_named_by_preflight() {
    let requires = "
CREATE TABLE store.plan (id bigint PRIMARY KEY, words text, old_note text);
INSERT INTO store.plan VALUES (1, 'new');
ALTER TABLE store.plan OWNER TO shop_release;
";
    let tier: Tier = (
        "size",
        &[
            (
                "up.sql",
                "
ALTER TABLE store.plan ADD COLUMN size integer DEFAULT 3, ADD CONSTRAINT words_are_short CHECK (length(words) < 100);
ALTER TABLE store.plan RENAME old_note TO note;
",
            ),
            (
                "down.sql",
                "
ALTER TABLE store.plan RENAME note TO old_note;
ALTER TABLE store.plan DROP CONSTRAINT words_are_short, DROP COLUMN size;
",
            ),
        ],
    );
    let stranger = stranger_with(requires, &[tier]);
    stranger.shop.sql(
        "CREATE TABLE store.plan_kept (id bigint) INHERITS (store.plan);
CREATE TABLE store.plan_old (kept date) INHERITS (store.plan_kept);
ALTER TABLE store.plan_kept OWNER TO shop_release;
ALTER TABLE store.plan_old OWNER TO shop_release;
INSERT INTO store.plan_old VALUES (2, 'old')",
    );
    let _ = stranger.stopped_by_each(&[
        (
            "ALTER TABLE store.plan_old ADD size text",
            "ALTER TABLE store.plan_old DROP size",
            "column size of store.plan_old",
        ),
        (
            "ALTER TABLE store.plan_kept ADD size integer",
            "ALTER TABLE store.plan_kept DROP size",
            "column size of store.plan_kept, column size of store.plan_old",
        ),
        (
            "ALTER TABLE store.plan_old ADD note text",
            "ALTER TABLE store.plan_old DROP note",
            "column note of store.plan_old",
        ),
        (
            "ALTER TABLE store.plan_old ADD CONSTRAINT words_are_short CHECK (id > 0)",
            "ALTER TABLE store.plan_old DROP CONSTRAINT words_are_short",
            "constraint words_are_short of store.plan_old",
        ),
    ]);
    stranger.there_and_back(&[]);
}
