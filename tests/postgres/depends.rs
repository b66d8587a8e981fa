//! What only the production database has, and what depends on something that a tier changes: foreign keys, views, settings of a table, and tables
//! of a type. Preflight names it, because the tier would fail, lock tables that nobody signed, or lose a setting.

use crate::kinds::{Tier, stranger_with};

const REQUIRES: &str = "
CREATE TYPE store.address AS (street text, zip text);
CREATE DOMAIN store.zip AS text;
CREATE TABLE store.city (code integer CONSTRAINT city_pkey PRIMARY KEY, name text NOT NULL);
CREATE UNIQUE INDEX city_name ON store.city (name);
CREATE TABLE store.house (id integer PRIMARY KEY, city integer, zip store.zip);
CREATE TABLE store.visit (house integer REFERENCES store.house);
CREATE TABLE store.rate (code text PRIMARY KEY, percent numeric);
CREATE TABLE store.note (id integer NOT NULL, written date NOT NULL, house integer, PRIMARY KEY (id, written)) PARTITION BY RANGE (written);
CREATE TABLE store.note_2025 PARTITION OF store.note FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO store.city VALUES (1, 'Ulm'), (2, 'Bonn');
INSERT INTO store.house VALUES (1, 1, '89073');
INSERT INTO store.rate VALUES ('low', 7);
ALTER TYPE store.address OWNER TO shop_release;
ALTER DOMAIN store.zip OWNER TO shop_release;
ALTER TABLE store.city OWNER TO shop_release;
ALTER TABLE store.house OWNER TO shop_release;
ALTER TABLE store.visit OWNER TO shop_release;
ALTER TABLE store.rate OWNER TO shop_release;
ALTER TABLE store.note OWNER TO shop_release;
ALTER TABLE store.note_2025 OWNER TO shop_release;
";

const CHANGES: Tier = (
    "changes",
    &[
        (
            "up.sql",
            "
ALTER TABLE store.city DROP CONSTRAINT city_pkey, ADD CONSTRAINT city_key PRIMARY KEY (code);
DROP INDEX store.city_name;
ALTER TABLE store.house ALTER id TYPE bigint, ALTER city TYPE bigint;
ALTER TYPE store.address ADD ATTRIBUTE land text;
ALTER DOMAIN store.zip ADD CONSTRAINT zip_is_short CHECK (length(VALUE) < 10);
CREATE TABLE store.note_2026 PARTITION OF store.note FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
",
        ),
        (
            "down.sql",
            "
DROP TABLE store.note_2026;
ALTER DOMAIN store.zip DROP CONSTRAINT zip_is_short;
ALTER TYPE store.address DROP ATTRIBUTE land;
ALTER TABLE store.house ALTER id TYPE integer, ALTER city TYPE integer;
CREATE UNIQUE INDEX city_name ON store.city (name);
ALTER TABLE store.city DROP CONSTRAINT city_key, ADD CONSTRAINT city_pkey PRIMARY KEY (code);
",
        ),
    ],
);

/// TRUNCATE is only in the rollback.
const RATES: Tier = (
    "rates",
    &[
        ("up.sql", "INSERT INTO store.rate VALUES ('high', 19);"),
        ("down.sql", "TRUNCATE store.rate; INSERT INTO store.rate VALUES ('low', 7);"),
        ("absent.sql", "SELECT NOT EXISTS (SELECT FROM store.rate WHERE code = 'high')"),
        ("applied.sql", "SELECT EXISTS (SELECT FROM store.rate WHERE code = 'high')"),
    ],
);

/// The changes of a database that stop the release, how they are taken back, and the words of preflight.
const REFUSED: [(&str, &str, &str); 16] = [
    (
        "ALTER TABLE store.house ADD CONSTRAINT theirs FOREIGN KEY (city) REFERENCES store.city",
        "ALTER TABLE store.house DROP CONSTRAINT theirs",
        "data.store.house.city.uses none foreign key theirs of store.house",
    ),
    (
        "CREATE TABLE store.kept (house integer); ALTER TABLE store.kept ADD CONSTRAINT theirs FOREIGN KEY (house) REFERENCES store.house NOT VALID",
        "DROP TABLE store.kept",
        "data.store.house.id.uses none foreign key theirs of store.kept",
    ),
    (
        "CREATE TABLE store.kept (city integer CONSTRAINT theirs REFERENCES store.city)",
        "DROP TABLE store.kept",
        "data.store.city.city_pkey.index none foreign key theirs of store.kept",
    ),
    (
        "CREATE TABLE store.kept (city text CONSTRAINT theirs REFERENCES store.city (name))",
        "DROP TABLE store.kept",
        "data.store.city.city_name.index none foreign key theirs of store.kept",
    ),
    (
        "CREATE VIEW store.named AS SELECT c.*, count(*) FROM store.city AS c GROUP BY c.code",
        "DROP VIEW store.named",
        "data.store.city.city_pkey.index none store.named",
    ),
    (
        "ALTER TABLE store.city REPLICA IDENTITY USING INDEX city_pkey",
        "ALTER TABLE store.city REPLICA IDENTITY DEFAULT",
        "data.store.city.city_pkey.index none the replica identity",
    ),
    (
        "ALTER TABLE store.city REPLICA IDENTITY USING INDEX city_name",
        "ALTER TABLE store.city REPLICA IDENTITY DEFAULT",
        "data.store.city.city_name.index none the replica identity",
    ),
    (
        "ALTER TABLE store.city CLUSTER ON city_pkey",
        "ALTER TABLE store.city SET WITHOUT CLUSTER",
        "data.store.city.city_pkey.index none the mark of CLUSTER",
    ),
    (
        "ALTER TABLE store.city ADD CONSTRAINT city_name UNIQUE USING INDEX city_name",
        "ALTER TABLE store.city DROP CONSTRAINT city_name; CREATE UNIQUE INDEX city_name ON store.city (name)",
        "data.store.city.city_name.index none constraint city_name",
    ),
    ("CREATE TABLE store.kept OF store.address", "DROP TABLE store.kept", "data.store.address.tables none store.kept"),
    (
        "CREATE TABLE store.kept (zip store.zip)",
        "DROP TABLE store.kept",
        "data.store.zip.zip_is_short none store.kept.zip",
    ),
    (
        "CREATE DOMAIN store.long AS store.zip; CREATE TABLE store.kept (zip store.long[])",
        "DROP TABLE store.kept; DROP DOMAIN store.long",
        "data.store.zip.zip_is_short none store.kept.zip",
    ),
    (
        "ALTER TABLE store.note ADD CONSTRAINT theirs FOREIGN KEY (house) REFERENCES store.house",
        "ALTER TABLE store.note DROP CONSTRAINT theirs",
        "data.store.note.partitions.foreign_keys none theirs of store.note",
    ),
    (
        "CREATE TABLE store.kept (id integer, written date, CONSTRAINT theirs FOREIGN KEY (id, written) REFERENCES store.note)",
        "DROP TABLE store.kept",
        "data.store.note.partitions.foreign_keys none theirs of store.kept",
    ),
    (
        "CREATE TABLE store.kept (rate text CONSTRAINT theirs REFERENCES store.rate)",
        "DROP TABLE store.kept",
        "data.store.rate.truncate none foreign key theirs of store.kept",
    ),
    (
        "CREATE TRIGGER theirs BEFORE TRUNCATE ON store.rate EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "DROP TRIGGER theirs ON store.rate",
        "data.store.rate.truncate none trigger theirs",
    ),
];

#[test]
fn what_depends_on_something_that_a_tier_changes_is_named_by_preflight() {
    let stranger = stranger_with(REQUIRES, &[CHANGES, RATES]);
    let _ = stranger.stopped_by_each(&REFUSED);
    // The release handles these: keys of the build under other names, a key of a table to itself, and keys and triggers in nobody's way.
    stranger.shop.sql(
        "ALTER TABLE store.visit RENAME CONSTRAINT visit_house_fkey TO theirs;
ALTER TABLE store.house ADD beside integer REFERENCES store.house;
ALTER TABLE store.rate ADD above text REFERENCES store.rate;
CREATE TABLE store.kept (code integer PRIMARY KEY, address store.address);
ALTER TABLE store.city ADD kept integer REFERENCES store.kept;
CREATE INDEX theirs ON store.city (name);
ALTER TABLE store.city CLUSTER ON theirs;
ALTER TABLE store.rate CLUSTER ON rate_pkey, REPLICA IDENTITY FULL;
CREATE TRIGGER theirs AFTER INSERT ON store.visit FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();",
    );
    stranger.there_and_back(&[]);
}

const DESK: &str = "
CREATE ROLE reader;
CREATE ROLE writer;
CREATE SCHEMA desk AUTHORIZATION shop_release;
CREATE TABLE desk.rate (code text PRIMARY KEY, percent numeric);
CREATE TABLE desk.room (number integer PRIMARY KEY, seats integer);
CREATE FUNCTION desk.one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
GRANT SELECT (seats) ON desk.room TO writer;
ALTER TABLE desk.rate OWNER TO shop_release;
ALTER TABLE desk.room OWNER TO shop_release;
ALTER FUNCTION desk.one() OWNER TO shop_release;
";

/// The tier changes nothing but grants.
const GRANTS: Tier = (
    "grants",
    &[
        (
            "up.sql",
            "GRANT SELECT ON ALL TABLES IN SCHEMA desk TO reader;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA desk TO reader;",
        ),
        (
            "down.sql",
            "REVOKE SELECT ON desk.rate, desk.room FROM reader;
REVOKE EXECUTE ON FUNCTION desk.one() FROM reader;",
        ),
    ],
);

const WORDS: Tier = (
    "words",
    &[
        ("up.sql", "COMMENT ON TABLE desk.room IS 'Rooms'; GRANT UPDATE ON desk.room TO writer;"),
        ("down.sql", "REVOKE UPDATE ON desk.room FROM writer; COMMENT ON TABLE desk.room IS NULL;"),
    ],
);

#[test]
fn grants_to_all_objects_of_a_schema_and_grants_that_are_there_are_named_by_preflight() {
    let stranger = stranger_with(DESK, &[GRANTS, WORDS]);
    let _ = stranger.stopped_by_each(&[
        ("CREATE TABLE desk.kept (id integer)", "DROP TABLE desk.kept", "data.desk.all_tables none desk.kept"),
        ("CREATE VIEW desk.kept AS SELECT 1 AS one", "DROP VIEW desk.kept", "data.desk.all_views none desk.kept"),
        (
            "CREATE FUNCTION desk.kept() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
            "DROP FUNCTION desk.kept()",
            "data.desk.all_functions none desk.kept()",
        ),
        (
            "GRANT SELECT ON desk.rate TO reader",
            "REVOKE SELECT ON desk.rate FROM reader",
            "state.1 absent altered: grants to reader of desk.one() is missing, grants to reader of desk.rate is there",
        ),
        (
            "GRANT SELECT (code) ON desk.rate TO reader",
            "REVOKE SELECT (code) ON desk.rate FROM reader",
            "data.desk.rate.column_grants.reader none SELECT (code)",
        ),
        (
            "GRANT UPDATE (number) ON desk.room TO writer",
            "REVOKE UPDATE (number) ON desk.room FROM writer",
            "data.desk.room.column_grants.writer none UPDATE (number)",
        ),
        (
            "COMMENT ON TABLE desk.room IS 'Rooms'",
            "COMMENT ON TABLE desk.room IS NULL",
            "state.2 absent altered: grants to writer of desk.room is missing, comment of desk.room is there",
        ),
    ]);
    stranger.shop.sql(
        "CREATE TABLE store.kept (id integer);
CREATE SEQUENCE desk.kept;
GRANT SELECT (code) ON desk.rate TO writer;
GRANT INSERT ON desk.rate TO writer;",
    );
    stranger.there_and_back(&[]);
}
