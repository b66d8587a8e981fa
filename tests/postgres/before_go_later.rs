//! What would stop a later tier is named by preflight: in tables that an earlier tier renames, in names that the server chooses, and in types.

use crate::kinds::{Tier, stranger_with};

const REQUIRES: &str = "
CREATE ROLE app;
CREATE ROLE other;
CREATE TYPE store.mood AS ENUM ('glad', 'sad');
CREATE TABLE store.guest (id serial PRIMARY KEY, name text NOT NULL, mood store.mood, taken timestamptz NOT NULL, more jsonb);
CREATE TABLE store.note (guest integer REFERENCES store.guest, words text NOT NULL);
INSERT INTO store.guest (name, taken) VALUES ('Ada A', '2026-01-01 00:00+00'), ('Bo B', '2026-01-01 00:00+00');
INSERT INTO store.note VALUES (1, 'a');
GRANT USAGE ON SCHEMA store TO app;
GRANT SELECT, INSERT ON store.guest TO app;
ALTER TYPE store.mood OWNER TO shop_release;
ALTER TABLE store.guest OWNER TO shop_release;
ALTER TABLE store.note OWNER TO shop_release;
";

const RENAME: Tier = (
    "rename",
    &[
        (
            "up.sql",
            "
ALTER TABLE store.guest RENAME TO person;
ALTER TYPE store.mood RENAME TO feeling;
CREATE VIEW store.guest AS SELECT name, mood FROM store.person;
GRANT SELECT, INSERT ON store.guest TO app;
",
        ),
        (
            "down.sql",
            "
DROP VIEW store.guest;
ALTER TYPE store.feeling RENAME TO mood;
ALTER TABLE store.person RENAME TO guest;
",
        ),
    ],
);

const LATER: Tier = (
    "later",
    &[
        (
            "up.sql",
            "
ALTER TABLE store.person ADD first text;
UPDATE store.person SET first = split_part(name, ' ', 1);
ALTER TABLE store.person ADD CONSTRAINT first_given CHECK (name <> ''), ALTER id TYPE bigint;
COMMENT ON TYPE store.feeling IS 'How a guest feels';
CREATE STATISTICS store.person_names (dependencies) ON name, first FROM store.person;
ALTER TABLE store.note ADD CHECK (words <> '');
CREATE TABLE store.visit (id integer PRIMARY KEY, person bigint REFERENCES store.person, CONSTRAINT visit_known CHECK (id > 0));
",
        ),
        (
            "down.sql",
            "
DROP TABLE store.visit;
ALTER TABLE store.note DROP CONSTRAINT note_words_check;
DROP STATISTICS store.person_names;
COMMENT ON TYPE store.feeling IS NULL;
ALTER TABLE store.person DROP CONSTRAINT first_given, DROP first, ALTER id TYPE integer;
",
        ),
    ],
);

const TYPES: Tier = (
    "types",
    &[
        (
            "up.sql",
            "
ALTER TABLE store.person ADD day date GENERATED ALWAYS AS ((taken AT TIME ZONE 'UTC')::date) STORED;
CREATE INDEX person_more ON store.person USING gin (more);
",
        ),
        ("down.sql", "DROP INDEX store.person_more; ALTER TABLE store.person DROP day;"),
    ],
);

/// The changes of a database that stop the release, how they are taken back, and the words of preflight.
const REFUSED: [(&str, &str, &str); 16] = [
    (
        "GRANT SELECT (name) ON store.guest TO other",
        "REVOKE SELECT (name) ON store.guest FROM other",
        "state.1 absent altered: grants name to other of store.guest would be lost",
    ),
    (
        "ALTER TABLE store.guest ADD first text",
        "ALTER TABLE store.guest DROP first",
        "state.2 absent altered: store.visit is missing, column first of store.person is there",
    ),
    (
        "CREATE STATISTICS store.person_names ON id, name FROM store.guest",
        "DROP STATISTICS store.person_names",
        "state.2 absent altered: statistics person_names of store.person is there already",
    ),
    (
        "COMMENT ON TYPE store.mood IS 'theirs'",
        "COMMENT ON TYPE store.mood IS NULL",
        "state.2 absent altered: comment of type store.feeling is there already",
    ),
    (
        "CREATE TRIGGER theirs BEFORE UPDATE ON store.guest FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "DROP TRIGGER theirs ON store.guest",
        "writes.effects as in the packet trigger theirs of store.guest",
    ),
    (
        "CREATE RULE theirs AS ON UPDATE TO store.guest DO ALSO NOTIFY theirs",
        "DROP RULE theirs ON store.guest",
        "writes.effects as in the packet rule theirs of store.guest",
    ),
    (
        "CREATE VIEW store.ids AS SELECT id FROM store.guest",
        "DROP VIEW store.ids",
        "data.store.guest.id.uses none store.ids",
    ),
    (
        "CREATE TABLE store.kept (held store.guest)",
        "DROP TABLE store.kept",
        "data.store.guest.row_type.uses none store.kept.held",
    ),
    (
        "CREATE STATISTICS store.theirs ON id, name FROM store.guest; ALTER STATISTICS store.theirs OWNER TO other",
        "DROP STATISTICS store.theirs",
        "data.store.guest.id.uses none statistics theirs",
    ),
    (
        "INSERT INTO store.note VALUES (2, '')",
        "DELETE FROM store.note WHERE words = ''",
        "data.store.note.note_words_check none rows that do not satisfy (words <> ''::text): 1",
    ),
    (
        "ALTER TABLE public.change_board ADD CONSTRAINT theirs CHECK (true); CREATE TABLE store.kept (CONSTRAINT note_words_check CHECK (true))",
        "ALTER TABLE public.change_board DROP CONSTRAINT theirs; DROP TABLE store.kept",
        "data.store.note.constraints none note_words_check of store.kept",
    ),
    (
        "CREATE DOMAIN store.kept AS text CONSTRAINT visit_person_fkey CHECK (VALUE <> '')",
        "DROP DOMAIN store.kept",
        "data.store.visit.constraints none visit_person_fkey of store.kept",
    ),
    (
        "REVOKE UPDATE ON store.guest FROM shop_release",
        "GRANT UPDATE ON store.guest TO shop_release",
        "privilege.store.guest SELECT, UPDATE, REFERENCES SELECT, REFERENCES",
    ),
    (
        "ALTER TABLE store.guest ALTER taken TYPE timestamp",
        "ALTER TABLE store.guest ALTER taken TYPE timestamptz",
        "data.store.guest.day.taken.type none columns of another type than timestamp with time zone: 1",
    ),
    (
        "ALTER TABLE store.guest ALTER more TYPE json",
        "ALTER TABLE store.guest ALTER more TYPE jsonb",
        "data.store.guest.person_more.more.type none columns of another type than jsonb: 1",
    ),
    (
        "CREATE TABLE store.kept () INHERITS (store.guest)",
        "DROP TABLE store.kept",
        "its child table store.kept is owned by",
    ),
];

#[test]
fn what_would_stop_a_later_tier_is_named_by_preflight() {
    let stranger = stranger_with(REQUIRES, &[RENAME, LATER, TYPES]);
    for said in stranger.stopped_by_each(&REFUSED) {
        let renamed = said.contains("Before the release store.person is store.guest.");
        assert_eq!(renamed, said.contains("✗ state.2"), "{said}");
    }
    // The tier changed all rows in the build. It may have left out some here, so more rows are a warning.
    stranger.shop.sql("INSERT INTO store.guest (name, taken) VALUES ('Cy C', now())");
    let said = stranger.preflight_text(0);
    assert!(said.contains("data.store.guest.rows none 3 rows, and 2 in the build"), "{said}");
}

/// What stands beside the tables that the release renames. A constraint with a name that the author gave is no obstacle.
#[test]
fn a_later_tier_finds_a_renamed_table_under_its_former_name() {
    let stranger = stranger_with(REQUIRES, &[RENAME, LATER, TYPES]);
    stranger.shop.sql(
        "GRANT SELECT (name) ON store.guest TO app;
ALTER TABLE store.guest ADD theirs text, ALTER mood SET DEFAULT 'sad', ALTER name SET STATISTICS 50;
CREATE INDEX theirs ON store.guest (theirs, id);
COMMENT ON TABLE store.guest IS 'theirs';
CREATE VIEW store.names AS SELECT name FROM store.guest;
CREATE STATISTICS store.theirs ON id, name FROM store.guest;
ALTER STATISTICS store.theirs OWNER TO shop_release;
CREATE TRIGGER theirs BEFORE INSERT ON store.guest FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE TABLE store.kept (CONSTRAINT visit_known CHECK (true));
GRANT DELETE ON store.note TO other;",
    );
    stranger.there_and_back(&[]);
}
