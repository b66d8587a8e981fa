//! Names that need quotes: with upper-case letters, as many frameworks make them, with letters of other alphabets, or reserved words.

use crate::kinds::{Tier, build_with, stranger_with, there_and_back};
use crate::stranger::{PAGE, Stranger, build_page};
use crate::support::Sandbox;
use crate::support::readers::{assert_same, without_rows};

const REQUIRES: &str = r#"
CREATE TABLE store."Board" ("ticketCode" text, "signedBy" text, "Level" text, seal text, "signedAt" timestamptz);
GRANT SELECT ON store."Board" TO shop_release;
CREATE SCHEMA "order" AUTHORIZATION shop_release;
CREATE TABLE "order"."group" (id integer PRIMARY KEY, "end" text);
INSERT INTO "order"."group" VALUES (1, 'x');
ALTER TABLE "order"."group" OWNER TO shop_release;
CREATE TABLE store."User" (id integer PRIMARY KEY, "firstName" text NOT NULL, "createdAt" timestamptz NOT NULL DEFAULT now());
CREATE TABLE store."Log" ("logId" serial, "userId" integer REFERENCES store."User", "at" date) PARTITION BY LIST ("at");
CREATE TABLE store."Log_rest" PARTITION OF store."Log" DEFAULT;
CREATE VIEW store."UserView" AS SELECT id FROM store."User";
CREATE FUNCTION store."userName"(integer) RETURNS text LANGUAGE sql AS $$SELECT "firstName" FROM store."User" WHERE id = $1$$;
INSERT INTO store."User" VALUES (1, 'Ada');
ALTER TABLE store."User" OWNER TO shop_release;
ALTER TABLE store."Log" OWNER TO shop_release;
ALTER TABLE store."Log_rest" OWNER TO shop_release;
ALTER VIEW store."UserView" OWNER TO shop_release;
ALTER FUNCTION store."userName"(integer) OWNER TO shop_release;
"#;

const TIERS: [Tier; 3] = [
    (
        "objects",
        &[
            (
                "up.sql",
                r#"CREATE TYPE store."Role" AS ENUM ('USER', 'ADMIN');
CREATE DOMAIN store."Size" AS integer CHECK (VALUE > 0);
CREATE TABLE store."Post" ("postId" integer PRIMARY KEY, "authorId" integer NOT NULL CONSTRAINT "Post author" REFERENCES store."User",
    "order" store."Size", größe integer, a$b text, role store."Role" DEFAULT 'USER');
CREATE INDEX "Post_authorId_idx" ON store."Post" ("authorId");
CREATE VIEW store."PostView" AS SELECT "postId", "order" FROM store."Post";
CREATE FUNCTION store."isAdmin"(role store."Role") RETURNS boolean LANGUAGE sql AS $$SELECT role = 'ADMIN'$$;
CREATE SEQUENCE store."Number";
INSERT INTO store."Post" VALUES (1, 1, 2, 3, 'x');"#,
            ),
            (
                "down.sql",
                r#"DROP SEQUENCE store."Number";
DROP FUNCTION store."isAdmin"(store."Role");
DROP VIEW store."PostView";
DROP TABLE store."Post";
DROP DOMAIN store."Size";
DROP TYPE store."Role";"#,
            ),
        ],
    ),
    (
        "rows",
        &[
            (
                "up.sql",
                r#"INSERT INTO store."User" (id, "firstName") VALUES (7, 'Grace');
INSERT INTO store."Log" ("userId", "at") VALUES (7, '2025-05-05');
INSERT INTO "order"."group" VALUES (2, 'y');
CREATE TABLE "order"."user" ("table" text PRIMARY KEY);
INSERT INTO "order"."user" VALUES ('z');"#,
            ),
            (
                "down.sql",
                r#"DROP TABLE "order"."user"; DELETE FROM "order"."group" WHERE id = 2; DELETE FROM store."Log" WHERE "userId" = 7; DELETE FROM store."User" WHERE id = 7;"#,
            ),
        ],
    ),
    (
        "shape",
        &[
            (
                "up.sql",
                r#"ALTER TABLE store."User" ADD COLUMN "lastName" text DEFAULT '', ADD CONSTRAINT "User name" CHECK ("firstName" <> '');
UPDATE store."User" SET "lastName" = 'x';
CREATE UNIQUE INDEX "User_firstName_key" ON store."User" ("firstName");
CREATE OR REPLACE VIEW store."UserView" AS SELECT id, "firstName" FROM store."User";
CREATE OR REPLACE FUNCTION store."userName"(integer) RETURNS text LANGUAGE sql AS $$SELECT upper("firstName") FROM store."User" WHERE id = $1$$;"#,
            ),
            (
                "down.sql",
                r#"CREATE OR REPLACE FUNCTION store."userName"(integer) RETURNS text LANGUAGE sql AS $$SELECT "firstName" FROM store."User" WHERE id = $1$$;
DROP VIEW store."UserView";
CREATE VIEW store."UserView" AS SELECT id FROM store."User";
DROP INDEX store."User_firstName_key";
ALTER TABLE store."User" DROP CONSTRAINT "User name", DROP COLUMN "lastName";"#,
            ),
        ],
    ),
];

/// The page with approvals in a table whose name and columns need quotes.
fn page() -> String {
    let (head, _) = PAGE.split_once("[approval]").unwrap();
    format!(
        r#"{head}[approval]
table = "store.Board"
columns = {{ code = "ticketCode", who = "signedBy", level = "Level", signature = "seal", at = "signedAt" }}
code = "^CB-[A-Z]{{2}}/[0-9]{{1,4}}$"
example = "CB-EU/7"
levels = {{ board = 1 }}
distinct = true
ask = "One of the board signs."
"#
    )
}

#[test]
fn names_that_need_quotes_are_released_verified_and_rolled_back() {
    let sandbox = Sandbox::new();
    let _ = build_with(&sandbox, &page(), REQUIRES, &TIERS).expect_success();
    let stranger = Stranger::signed(sandbox);
    stranger.shop.sql(REQUIRES);
    let shown = stranger.preflight().expect_code(3);
    let _ = shown.expect_stdout("store.\"Board\"");
    stranger
        .shop
        .sql("INSERT INTO store.\"Board\" SELECT ticket, person, office, seal, moment FROM public.change_board");
    let before = stranger.dump();
    let _ = stranger.preflight().expect_success();
    let _ = stranger.run(&["gate"]).expect_success();
    let _ = stranger.dry_run().expect_success();
    assert_same(&without_positions(&before), &without_positions(&stranger.dump()));
    let _ = stranger.apply().expect_success();
    let _ = stranger.run(&["verify"]).expect_success();
    // Each change, its reverse, and what verify says of it.
    for (change, back, words) in [
        (
            r#"UPDATE store."Post" SET größe = 4"#,
            r#"UPDATE store."Post" SET größe = 3"#,
            "store.Post (1,1,2,3,x,USER) is missing",
        ),
        (
            r#"UPDATE store."User" SET "firstName" = 'Mary' WHERE id = 7"#,
            r#"UPDATE store."User" SET "firstName" = 'Grace' WHERE id = 7"#,
            "store.User (7,Grace",
        ),
        (
            r#"ALTER TABLE store."Post" RENAME COLUMN "authorId" TO "writerId""#,
            r#"ALTER TABLE store."Post" RENAME COLUMN "writerId" TO "authorId""#,
            "column authorId of store.Post is missing",
        ),
        (
            r#"ALTER TABLE store."User" ALTER COLUMN "lastName" SET DEFAULT 'y'"#,
            r#"ALTER TABLE store."User" ALTER COLUMN "lastName" SET DEFAULT ''"#,
            "default lastName of store.User is not as shipped",
        ),
        (
            r#"ALTER TYPE store."Role" RENAME VALUE 'USER' TO 'GUEST'"#,
            r#"ALTER TYPE store."Role" RENAME VALUE 'GUEST' TO 'USER'"#,
            "default role of store.Post is not as shipped",
        ),
        (
            r#"CREATE INDEX "Theirs" ON store."Post" (role)"#,
            r#"DROP INDEX store."Theirs""#,
            "index Theirs of store.Post is not ours",
        ),
    ] {
        stranger.shop.sql(change);
        let _ = stranger.run(&["verify"]).expect_code(5).expect_stdout(words);
        stranger.shop.sql(back);
    }
    // What the rollback would lose is counted in a column whose name needs quotes.
    psql_leaves_the_same(&stranger);
    stranger.shop.sql(r#"UPDATE store."User" SET "lastName" = 'Lovelace' WHERE id = 1"#);
    let _ = stranger.run(&["rollback", "--full", "--dry-run"]).expect_success().expect_stdout("lastName");
    let _ = stranger.rollback().expect_success();
    assert_same(&without_positions(&before), &without_positions(&stranger.dump()));
}

/// Takes the release back and applies it again with psql and the exported files. The database must be the same.
fn psql_leaves_the_same(stranger: &Stranger) {
    let shape = || without_positions(&without_rows(&stranger.shop.dump()));
    let released = shape();
    stranger.psql("prod_rollback/99_rollback_full.sql");
    stranger.psql("prod/99_run_all.sql");
    assert_same(&released, &shape());
}

/// The dump without the positions of sequences, because no rollback moves a sequence back.
fn without_positions(dump: &str) -> String {
    dump.lines().filter(|line| !line.contains("pg_catalog.setval")).collect::<Vec<_>>().join("\n")
}

/// A relation in the way, a missing privilege and a partition of another owner are named whatever their names are.
#[test]
fn preflight_finds_objects_whose_names_need_quotes() {
    let stranger = stranger_with(REQUIRES, &TIERS);
    stranger.shop.sql("CREATE ROLE other");
    for (change, back, words) in [
        (r#"CREATE TABLE store."Post" (a integer)"#, r#"DROP TABLE store."Post""#, "greenfield.store.Post"),
        (
            r#"CREATE INDEX "User_firstName_key" ON store."User" (id)"#,
            r#"DROP INDEX store."User_firstName_key""#,
            "User_firstName_key",
        ),
        (
            r#"ALTER TABLE store."Log_rest" OWNER TO other; REVOKE ALL ON store."Log_rest" FROM shop_release; ALTER TABLE store."Log" OWNER TO other; GRANT ALL ON store."Log" TO shop_release; REVOKE DELETE ON store."Log" FROM shop_release"#,
            r#"ALTER TABLE store."Log" OWNER TO shop_release; ALTER TABLE store."Log_rest" OWNER TO shop_release; GRANT ALL ON store."Log_rest" TO shop_release; GRANT ALL ON store."Log" TO shop_release"#,
            "GRANT SELECT, INSERT, DELETE ON store.Log",
        ),
        (
            r#"ALTER TABLE store."User" OWNER TO other; GRANT ALL ON store."User" TO shop_release"#,
            r#"ALTER TABLE store."User" OWNER TO shop_release"#,
            "privilege.owner.store.User",
        ),
        (
            r#"ALTER TABLE store."User" RENAME COLUMN "firstName" TO "givenName""#,
            r#"ALTER TABLE store."User" RENAME COLUMN "givenName" TO "firstName""#,
            "column firstName of store.User is missing",
        ),
    ] {
        stranger.shop.sql(change);
        let _ = stranger.preflight().expect_code(4).expect_stdout(words);
        stranger.shop.sql(back);
    }
    let _ = stranger.preflight().expect_success();
}

#[test]
fn names_may_have_hyphens() {
    let requires = r#"
CREATE TABLE store."order-line" ("line-id" integer PRIMARY KEY, "unit-price" numeric NOT NULL DEFAULT 0);
INSERT INTO store."order-line" VALUES (1, 10), (2, 20);
ALTER TABLE store."order-line" OWNER TO shop_release;
CREATE VIEW store."all-lines" AS SELECT "line-id" FROM store."order-line";
ALTER VIEW store."all-lines" OWNER TO shop_release;
"#;
    let tiers: [Tier; 2] = [
        (
            "made",
            &[
                (
                    "up.sql",
                    r#"CREATE TYPE store."how-paid" AS ENUM ('by-card', 'cash');
CREATE TABLE store."pay-ment" ("pay-id" integer PRIMARY KEY, "line-id" integer REFERENCES store."order-line" ("line-id"), how store."how-paid");
INSERT INTO store."pay-ment" VALUES (1, NULL, 'by-card');
CREATE FUNCTION store."is-paid"(line integer) RETURNS boolean LANGUAGE sql STABLE
    AS $$SELECT EXISTS (SELECT FROM store."pay-ment" WHERE "line-id" = line)$$;"#,
                ),
                (
                    "down.sql",
                    r#"DROP FUNCTION store."is-paid"(integer); DROP TABLE store."pay-ment"; DROP TYPE store."how-paid";"#,
                ),
            ],
        ),
        (
            "changed",
            &[
                (
                    "up.sql",
                    r#"ALTER TABLE store."order-line" ADD COLUMN "is-gift" boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT "price-ok" CHECK ("unit-price" >= 0);
CREATE INDEX "line-price" ON store."order-line" ("unit-price");
CREATE OR REPLACE VIEW store."all-lines" AS SELECT "line-id", "unit-price" FROM store."order-line";
INSERT INTO store."order-line" ("line-id", "unit-price") VALUES (3, 30) ON CONFLICT ("line-id") DO NOTHING;"#,
                ),
                (
                    "down.sql",
                    r#"DELETE FROM store."order-line" WHERE "line-id" = 3;
DROP VIEW store."all-lines";
CREATE VIEW store."all-lines" AS SELECT "line-id" FROM store."order-line";
DROP INDEX store."line-price";
ALTER TABLE store."order-line" DROP CONSTRAINT "price-ok", DROP COLUMN "is-gift";"#,
                ),
            ],
        ),
    ];
    let drifts = [
        (
            r#"ALTER TABLE store."pay-ment" RENAME COLUMN how TO "how-else""#,
            r#"ALTER TABLE store."pay-ment" RENAME COLUMN "how-else" TO how"#,
            "column how of store.pay-ment is missing",
        ),
        (
            r#"DROP INDEX store."line-price""#,
            r#"CREATE INDEX "line-price" ON store."order-line" ("unit-price")"#,
            "index line-price of store.order-line is missing",
        ),
    ];
    there_and_back(requires, &tiers, &drifts);
}

#[test]
fn a_name_that_derived_toml_cannot_hold_is_named_by_the_build() {
    let sandbox = Sandbox::new();
    for (number, (up, down, words)) in [
        ("CREATE TABLE store.\"my table\" (a integer)", "DROP TABLE store.\"my table\"", "store.my table has a name"),
        ("CREATE TABLE store.t (\"a:b\" integer)", "DROP TABLE store.t", "column a:b of store.t has a name"),
        ("CREATE TYPE store.\"a/b\" AS ENUM ('x')", "DROP TYPE store.\"a/b\"", "store.a/b has a name"),
    ]
    .into_iter()
    .enumerate()
    {
        let (up, down) = (format!("{up};"), format!("{down};"));
        let tier = ("odd", &[("up.sql", up.as_str()), ("down.sql", down.as_str())][..]);
        let shown = build_page(&sandbox, PAGE, &format!("odd-{number}"), &[tier]).expect_code(2);
        let _ = shown.expect_stdout(&format!("{words} with other characters than letters, digits, _, $ and -"));
    }
}
