//! The database of the release is not the one in requires.sql: types of the same category, and triggers, privileges and owners that the folder
//! does not have. Either the release runs and is undone, or preflight names the difference.

use crate::kinds::{Tier, build_with, stranger_with};
use crate::stranger::{PAGE, Stranger};
use crate::support::Sandbox;
use crate::support::readers::assert_same;

const REQUIRES: &str = "
CREATE TABLE store.order (id bigint PRIMARY KEY, total numeric NOT NULL DEFAULT 0, state text NOT NULL DEFAULT 'new');
CREATE TABLE store.setting (key text PRIMARY KEY, value text, note text DEFAULT 'x');
CREATE VIEW store.open_order AS SELECT id, state FROM store.order WHERE state = 'new';
INSERT INTO store.order VALUES (1, 10, 'new'), (2, 20, 'paid');
INSERT INTO store.setting VALUES ('a', '1');
ALTER TABLE store.order OWNER TO shop_release;
ALTER TABLE store.setting OWNER TO shop_release;
ALTER VIEW store.open_order OWNER TO shop_release;
";

const TIERS: [Tier; 3] = [
    (
        "shape",
        &[
            (
                "up.sql",
                "ALTER TABLE store.order ADD CONSTRAINT total_ok CHECK (total >= 0 AND total < 1000000),
    ADD CONSTRAINT state_ok CHECK (state IN ('new', 'paid') AND length(state) < 20);
CREATE INDEX order_low ON store.order (lower(state)) WHERE total > 5 AND state <> 'x';
CREATE FUNCTION store.same() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER same BEFORE UPDATE ON store.order FOR EACH ROW WHEN (OLD.state = 'paid') EXECUTE FUNCTION store.same();
CREATE VIEW store.total AS SELECT id, total, state || 'x' AS words FROM store.order WHERE state = 'paid';
CREATE MATERIALIZED VIEW store.sums AS SELECT state, sum(total) AS total FROM store.order GROUP BY state;",
            ),
            (
                "down.sql",
                "DROP MATERIALIZED VIEW store.sums;
DROP VIEW store.total;
DROP TRIGGER same ON store.order;
DROP FUNCTION store.same();
DROP INDEX store.order_low;
ALTER TABLE store.order DROP CONSTRAINT state_ok, DROP CONSTRAINT total_ok;",
            ),
        ],
    ),
    (
        "rows",
        &[
            ("up.sql", "INSERT INTO store.setting (key, value) VALUES ('b', '2');"),
            ("down.sql", "DELETE FROM store.setting WHERE key = 'b';"),
        ],
    ),
    (
        "view",
        &[
            (
                "up.sql",
                "CREATE OR REPLACE VIEW store.open_order AS SELECT id, state, total FROM store.order WHERE state = 'new';",
            ),
            (
                "down.sql",
                "DROP VIEW store.open_order;
CREATE VIEW store.open_order AS SELECT id, state FROM store.order WHERE state = 'new';",
            ),
        ],
    ),
];

/// Gives the columns of the orders other types.
fn with_types(id: &str, total: &str, state: &str) -> String {
    format!(
        "DROP VIEW store.open_order;
ALTER TABLE store.order ALTER COLUMN id TYPE {id}, ALTER COLUMN total TYPE {total}, ALTER COLUMN state TYPE {state};
CREATE VIEW store.open_order AS SELECT id, state FROM store.order WHERE state = 'new';
ALTER VIEW store.open_order OWNER TO shop_release"
    )
}

/// The server writes other casts into the texts of constraints, indexes, triggers and views if a column has another type of the same
/// category.
#[test]
fn columns_may_have_other_types_of_the_same_category() {
    let stranger = stranger_with(REQUIRES, &TIERS);
    for types in [
        ["bigint", "numeric", "varchar(30)"],
        ["integer", "integer", "varchar"],
        ["bigint", "numeric(12,2)", "text"],
        ["smallint", "double precision", "varchar(8)"],
        ["bigint", "numeric(10,1)", "text COLLATE \"C\""],
    ] {
        let [id, total, state] = types;
        stranger.shop.sql(&with_types(id, total, state));
        let before = stranger.dump();
        let _ = stranger.preflight().expect_success();
        let _ = stranger.dry_run().expect_success();
        let _ = stranger.apply().expect_success();
        let _ = stranger.run(&["verify"]).expect_success();
        stranger.shop.sql("ALTER TABLE store.order DROP CONSTRAINT state_ok, ADD CONSTRAINT state_ok CHECK (state IN ('new', 'paid', 'gone'))");
        let _ = stranger
            .run(&["verify"])
            .expect_code(5)
            .expect_stdout("constraint state_ok of store.order is not as shipped");
        stranger.shop.sql(
            "ALTER TABLE store.order DROP CONSTRAINT state_ok,
             ADD CONSTRAINT state_ok CHECK (state IN ('new', 'paid') AND length(state) < 20)",
        );
        let _ = stranger.rollback().expect_success();
        assert_same(&before, &stranger.dump());
    }
}

/// Each change, its reverse, and the words of preflight. With the empty word the change does no harm, and preflight passes.
#[test]
fn what_would_act_on_the_rows_or_get_lost_is_named_by_preflight() {
    let stranger = stranger_with(REQUIRES, &TIERS);
    stranger.shop.sql(
        "CREATE ROLE other; CREATE ROLE reader; GRANT other TO shop_release; GRANT USAGE, CREATE ON SCHEMA store TO other;
CREATE FUNCTION store.theirs() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    );
    let trigger = |event: &str| {
        format!("CREATE TRIGGER theirs BEFORE {event} ON store.setting FOR EACH ROW EXECUTE FUNCTION store.theirs()")
    };
    let (drop_trigger, again) =
        ("DROP TRIGGER theirs ON store.setting", "which the tier or its rollback drops and creates again");
    let cases: [(String, &str, &str); 14] = [
        (trigger("INSERT"), drop_trigger, "trigger theirs of store.setting"),
        (trigger("DELETE"), drop_trigger, "trigger theirs of store.setting"),
        (trigger("UPDATE"), drop_trigger, ""),
        (
            "CREATE RULE theirs AS ON INSERT TO store.setting DO ALSO NOTHING".to_owned(),
            "DROP RULE theirs ON store.setting",
            "rule theirs of store.setting",
        ),
        (
            "CREATE TABLE store.use (key text CONSTRAINT used REFERENCES store.setting ON DELETE CASCADE)".to_owned(),
            "DROP TABLE store.use",
            "foreign key used of store.use",
        ),
        (
            "CREATE TABLE store.use (key text REFERENCES store.setting)".to_owned(),
            "DROP TABLE store.use",
            "",
        ),
        (
            "ALTER TABLE store.setting ADD COLUMN weight integer; UPDATE store.setting SET weight = 1; ALTER TABLE store.setting ALTER weight SET NOT NULL".to_owned(),
            "ALTER TABLE store.setting DROP COLUMN weight",
            "column weight of store.setting",
        ),
        (
            "ALTER TABLE store.setting ALTER COLUMN value SET NOT NULL".to_owned(),
            "ALTER TABLE store.setting ALTER COLUMN value DROP NOT NULL",
            "",
        ),
        (
            "CREATE VIEW store.theirs AS SELECT id FROM store.open_order".to_owned(),
            "DROP VIEW store.theirs",
            again,
        ),
        (
            "ALTER VIEW store.open_order OWNER TO other; GRANT SELECT ON store.order TO other".to_owned(),
            "ALTER VIEW store.open_order OWNER TO shop_release; REVOKE SELECT ON store.order FROM other",
            "the owner of store.open_order would change from other to shop_release",
        ),
        (
            "GRANT SELECT ON store.open_order TO reader".to_owned(),
            "REVOKE SELECT ON store.open_order FROM reader",
            "grants to reader of store.open_order would be lost",
        ),
        (
            "ALTER DEFAULT PRIVILEGES FOR ROLE shop_release GRANT SELECT ON TABLES TO reader".to_owned(),
            "ALTER DEFAULT PRIVILEGES FOR ROLE shop_release REVOKE SELECT ON TABLES FROM reader",
            "default privileges would give reader more rights on store.open_order",
        ),
        // The server grants the same again.
        (
            "ALTER DEFAULT PRIVILEGES FOR ROLE shop_release GRANT SELECT ON TABLES TO reader; GRANT SELECT ON store.open_order TO reader".to_owned(),
            "ALTER DEFAULT PRIVILEGES FOR ROLE shop_release REVOKE SELECT ON TABLES FROM reader; REVOKE SELECT ON store.open_order FROM reader",
            "",
        ),
        (
            "CREATE RULE theirs AS ON INSERT TO store.open_order DO INSTEAD NOTHING".to_owned(),
            "DROP RULE theirs ON store.open_order",
            "rule theirs of store.open_order would be lost",
        ),
    ];
    for (change, back, words) in cases {
        stranger.shop.sql(&change);
        if words.is_empty() {
            let before = stranger.dump();
            let _ = stranger.preflight().expect_success();
            let _ = stranger.apply().expect_success();
            let _ = stranger.rollback().expect_success();
            assert_same(&before, &stranger.dump());
        } else {
            let _ = stranger.preflight().expect_code(4).expect_stdout(words);
        }
        stranger.shop.sql(back);
    }
    let _ = stranger.preflight().expect_success();
}

/// A trigger that the packet was built with must be there.
#[test]
fn a_trigger_of_the_prerequisite_that_is_missing_is_named() {
    let requires = format!(
        "{REQUIRES}
CREATE FUNCTION store.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.note := ''stamped''; RETURN NEW; END';
CREATE TRIGGER stamp BEFORE INSERT ON store.setting FOR EACH ROW EXECUTE FUNCTION store.stamp();"
    );
    let stranger = stranger_with(&requires, &TIERS);
    let _ = stranger.preflight().expect_success();
    stranger.shop.sql("ALTER TABLE store.setting DISABLE TRIGGER stamp");
    let _ = stranger.preflight().expect_code(4).expect_stdout("trigger stamp of store.setting is missing");
}

/// A copy of a table has the columns that the table has in the database of the release.
#[test]
fn a_kept_copy_has_the_columns_of_this_database() {
    let keep: Tier = (
        "keep",
        &[
            (
                "up.sql",
                "CREATE TABLE store.kept AS SELECT * FROM store.setting WHERE key < 'b'; DELETE FROM store.setting WHERE key < 'b';",
            ),
            ("down.sql", "INSERT INTO store.setting SELECT * FROM store.kept; DROP TABLE store.kept;"),
            ("absent.sql", "SELECT pg_catalog.to_regclass('store.kept') IS NULL"),
            ("applied.sql", "SELECT pg_catalog.to_regclass('store.kept') IS NOT NULL"),
        ],
    );
    let sandbox = Sandbox::new();
    let page = PAGE.replace("\n[approval]", "live = [\"store.setting\", \"store.kept\"]\n\n[approval]");
    let _ = build_with(&sandbox, &page, REQUIRES, &[keep]).expect_success();
    let stranger = Stranger::signed(sandbox);
    stranger.shop.sql(REQUIRES);
    stranger.shop.sql(
        "ALTER TABLE store.setting ADD COLUMN theirs integer DEFAULT 3, ALTER COLUMN value TYPE varchar(9), ALTER COLUMN note TYPE text COLLATE \"C\"",
    );
    let before = stranger.dump();
    let _ = stranger.preflight().expect_success();
    let _ = stranger.apply().expect_success();
    let _ = stranger.run(&["verify"]).expect_success();
    assert_eq!(stranger.shop.sql("SELECT theirs FROM store.kept"), "3");
    // What somebody adds to the copy is found, but for its columns.
    stranger.shop.sql("CREATE INDEX theirs ON store.kept (key)");
    let _ = stranger.run(&["verify"]).expect_code(5).expect_stdout("index theirs of store.kept is not ours");
    stranger.shop.sql("DROP INDEX store.theirs");
    let _ = stranger.rollback().expect_success();
    assert_same(&before, &stranger.dump());
}

/// A constraint that the packet was built without may refuse its rows. Preflight cannot try it, so it warns. `true` means that the rows do not
/// meet the constraint.
#[test]
fn constraints_that_the_build_did_not_see_are_warnings_of_preflight() {
    let stranger = stranger_with(REQUIRES, &TIERS);
    let none = "writes.constraints as in the packet as in the packet";
    let _ = stranger.preflight().expect_success().expect_stdout(none);
    let cases = [
        (
            "ALTER TABLE store.setting ADD CONSTRAINT low CHECK (value < '2')",
            "DROP CONSTRAINT low",
            "check low of store.setting",
            true,
        ),
        (
            "ALTER TABLE store.setting ADD CONSTRAINT low CHECK (value < '9')",
            "DROP CONSTRAINT low",
            "check low of store.setting",
            false,
        ),
        (
            "ALTER TABLE store.setting ADD CONSTRAINT one UNIQUE (note)",
            "DROP CONSTRAINT one",
            "unique (note) of store.setting",
            true,
        ),
        (
            "ALTER TABLE store.setting ADD CONSTRAINT own FOREIGN KEY (value) REFERENCES store.setting",
            "DROP CONSTRAINT own",
            "reference own of store.setting",
            true,
        ),
        (
            "ALTER TABLE store.setting ALTER COLUMN value TYPE varchar(1)",
            "ALTER COLUMN value TYPE text",
            "type character varying(1) of column value of store.setting",
            false,
        ),
        ("ALTER TABLE store.setting ADD COLUMN weight integer DEFAULT 1", "DROP COLUMN weight", none, false),
        (
            "ALTER TABLE store.setting ADD CONSTRAINT seen EXCLUDE USING btree (note WITH =)",
            "DROP CONSTRAINT seen",
            "exclusion seen of store.setting",
            true,
        ),
    ];
    for (change, back, words, refused) in cases {
        let value = if words.starts_with("reference") { "UPDATE store.setting SET value = 'a'" } else { "" };
        stranger.shop.sql(value);
        stranger.shop.sql(change);
        let before = stranger.dump();
        let _ = stranger.preflight().expect_success().expect_stdout(words);
        let tried = stranger.dry_run();
        let _ = if refused { tried.expect_code(5) } else { tried.expect_success() };
        assert_same(&before, &stranger.dump());
        stranger.shop.sql(&format!("ALTER TABLE store.setting {back}; UPDATE store.setting SET value = '1'"));
    }
    stranger.shop.sql("CREATE TABLE store.use (key text CONSTRAINT used REFERENCES store.setting)");
    let _ = stranger.preflight().expect_success().expect_stdout("reference used of store.use");
}
