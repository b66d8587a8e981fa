//! `packet new --from` turns a script, a Sqitch project and Flyway migrations into packets. The packets build, and `apply` does the same as
//! psql with the original script.

use crate::support::{Lab, Output, Sandbox, for_server, readers};
use oneroof::testing::lab::{ADMINISTRATOR, Baseline};
use std::path::Path;

/// Writes files below a folder.
fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, for_server(text)).unwrap();
    }
}

fn read(sandbox: &Sandbox, path: &str) -> String {
    std::fs::read_to_string(sandbox.work().join(path)).unwrap()
}

/// A database before the release of an imported packet.
struct Target {
    lab: Lab,
    database: String,
}

impl Target {
    fn new(database: &str, requires: &str) -> Self {
        let baseline = Baseline {
            database: database.to_owned(),
            owner: format!("{database}_release"),
            sql: requires.to_owned(),
            by_administrator: true,
        };
        Self { lab: Lab::own(|builder| builder.baseline(baseline)), database: database.to_owned() }
    }

    fn sql(&self, sql: &str) -> String {
        self.lab.psql_in(&self.database, ADMINISTRATOR, sql)
    }

    /// Approves a packet as `REL-1`.
    fn sign(&self, sandbox: &Sandbox, packet: &str) {
        let answer = sandbox.oneroof(["manifest", "--format", "json", "--packet", packet]).output().expect_success();
        let digest = answer.json()["release"]["digest"].as_str().unwrap().to_owned();
        self.sql(&format!("INSERT INTO public.approvals VALUES ('REL-1', 'Ada', 'release:{digest}', now())"));
    }

    #[track_caller]
    fn run(&self, sandbox: &Sandbox, arguments: &[&str]) -> Output {
        self.output(sandbox, arguments).expect_success()
    }

    fn output(&self, sandbox: &Sandbox, arguments: &[&str]) -> Output {
        let (folder, port) = (self.lab.cluster().socket_folder().display().to_string(), self.lab.cluster().port());
        let dsn = format!("host='{folder}' port={port} dbname={0} user={0}_release", self.database);
        sandbox.oneroof(arguments).arguments(["--dsn", &dsn]).output()
    }
}

/// A script as people write it, with psql commands and variables that are easy to read wrongly.
const SCRIPT: &[(&str, &str)] = &[
    (
        "release.sql",
        "\u{feff}\\set ON_ERROR_STOP on\r\n\\set schema 'sales'\r\n\\set greeting 'it''s \\\\ here'\r\n\\echo begins\r\nCREATE SCHEMA :schema;\r\n\\ir sql/01_tables.sql\r\n\\i sql/02_rows.sql\r\n",
    ),
    (
        "sql/01_tables.sql",
        "BEGIN;\nCREATE TABLE :\"schema\".reason (code text PRIMARY KEY, title text NOT NULL, at int[] NOT NULL);\n\
         CREATE FUNCTION :schema.twice(n int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT n * 2; END;\n\
         DO $$ BEGIN PERFORM ':schema'::text; END; $$;\nCOMMIT;\n",
    ),
    (
        "sql/02_rows.sql",
        "BEGIN;\nINSERT INTO :schema.reason VALUES ('a', :'greeting', '{1,2,3}'), (':schema', 'x'::text, (ARRAY[4,5,6])[1:2]);\nCOMMIT;\n",
    ),
];

/// The content and the objects after the release.
const STATE: &str = "SELECT code || '|' || title || '|' || at::text FROM sales.reason ORDER BY code COLLATE \"C\"; \
                     SELECT sales.twice(4); SELECT count(*) FROM pg_class WHERE relnamespace = 'sales'::regnamespace";

#[test]
fn a_psql_script_becomes_a_packet_that_does_what_psql_does() {
    let sandbox = Sandbox::new();
    write(&sandbox.work(), SCRIPT);
    let made = sandbox.oneroof(["packet", "new", "sales", "--from", "release.sql"]).output().expect_success();
    let answer = made.whole();
    for wanted in [
        "10-release from release.sql; no rollback in the source: write down.sql",
        "20-tables from sql/01_tables.sql",
        "Line ends CRLF became LF, in quotes as well: release.sql",
        "\\echo (release.sql:4), \\set ON_ERROR_STOP (release.sql:1)",
        "next: oneroof packet build sales",
    ] {
        assert!(answer.split_whitespace().collect::<Vec<_>>().join(" ").contains(wanted), "{wanted}: {answer}");
    }
    let requires = read(&sandbox, "sales/requires.sql");
    // The rollbacks are missing, and `packet build` names what is left.
    let refused = sandbox.oneroof(["packet", "build", "sales"]).output().expect_code(2).whole();
    assert!(refused.contains("schema sales is still there") && refused.contains("Complete down.sql"), "{refused}");
    write(
        &sandbox.work(),
        &[
            ("sales/10-release/down.sql", "DROP SCHEMA sales;\n"),
            ("sales/20-tables/down.sql", "DROP FUNCTION sales.twice(int);\nDROP TABLE sales.reason;\n"),
            ("sales/30-rows/down.sql", "DELETE FROM sales.reason;\n"),
        ],
    );
    let page = read(&sandbox, "sales/packet.toml");
    assert!(page.contains("database = \"release\"") && page.contains("role = \"release_release\""), "{page}");
    let _ = sandbox.oneroof(["packet", "build", "sales", "-o", "sales.packet"]).output().expect_success();
    let _ = sandbox.oneroof(["packet", "check", "sales.packet"]).output().expect_success();

    let target = Target::new("release", &requires);
    // First psql runs the script itself in the same database. Then its schema is dropped again.
    let mut psql = target.lab.psql_command("release", ADMINISTRATOR);
    psql.current_dir(sandbox.work()).args(["--no-psqlrc", "--file", "release.sql"]);
    let output = psql.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let wanted = target.sql(STATE);
    assert!(wanted.contains("a|it's \\ here|{1,2,3}") && wanted.contains(":schema|x|{4,5}"), "{wanted}");
    target.sql("DROP SCHEMA sales CASCADE");
    target.sign(&sandbox, "sales.packet");
    let applied = target.run(&sandbox, &["apply", "--ratified-apr", "REL-1", "--yes", "--packet", "sales.packet"]);
    let _ = applied.expect_stdout("committed tiers 1-3");
    assert_eq!(target.sql(STATE), wanted);
    let _ = target.run(&sandbox, &["rollback", "--full", "--yes", "--packet", "sales.packet"]);
    assert_eq!(target.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'sales'"), "0");
}

/// A tier that creates no table has no proof row, and its rollback has nothing to lock. A tier that replaces an object is absent while the
/// object is as it was before.
#[test]
fn a_tier_without_tables_or_with_replaced_objects_is_applied_verified_and_rolled_back() {
    let sandbox = Sandbox::new();
    let made = |body: &str| {
        format!("CREATE OR REPLACE FUNCTION sales.f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT {body}; END;\n")
    };
    write(
        &sandbox.work(),
        &[
            ("things/V1__schema.sql", "CREATE SCHEMA sales;\n"),
            ("things/U1__schema.sql", "DROP SCHEMA sales;\n"),
            ("things/V2__function.sql", &made("CASE WHEN true THEN 2 END")),
            ("things/U2__function.sql", "DROP FUNCTION sales.f();\n"),
            ("things/V3__another_body.sql", &made("CASE WHEN true THEN 2 END + 1")),
            ("things/U3__another_body.sql", &made("CASE WHEN true THEN 2 END")),
            ("things/V4__view.sql", "CREATE VIEW sales.v AS SELECT sales.f() AS f;\n"),
            ("things/U4__view.sql", "DROP VIEW sales.v;\n"),
            (
                "things/V5__default.sql",
                "ALTER TABLE public.stock ALTER amount SET DEFAULT 1;\nCOMMENT ON TABLE public.stock IS 'new';\n",
            ),
            (
                "things/U5__default.sql",
                "ALTER TABLE public.stock ALTER amount SET DEFAULT 0;\nCOMMENT ON TABLE public.stock IS 'old';\n",
            ),
            ("things/V6__again.sql", "ALTER TABLE public.stock ALTER amount SET DEFAULT 2;\n"),
            ("things/U6__again.sql", "ALTER TABLE public.stock ALTER amount SET DEFAULT 1;\n"),
        ],
    );
    let _ = sandbox.oneroof(["packet", "new", "out", "--from", "things"]).output().expect_success();
    let stock = "CREATE TABLE public.stock (item text PRIMARY KEY, amount int DEFAULT 0);\nCOMMENT ON TABLE public.stock IS 'old';\n\
                 ALTER TABLE public.stock OWNER TO things_release;\n";
    let requires = format!("{}\n{stock}", read(&sandbox, "out/requires.sql"));
    write(&sandbox.work(), &[("out/requires.sql", &requires)]);
    let _ = sandbox.oneroof(["packet", "build", "out"]).output().expect_success();
    let target = Target::new("things", &requires);
    target.sign(&sandbox, "things.packet");
    let before = target.lab.dump_of("things");
    let packet = ["--packet", "things.packet"];
    let run = |arguments: &[&str]| target.run(&sandbox, &[arguments, &packet].concat());
    let _ = run(&["apply", "--ratified-apr", "REL-1", "--yes"]).expect_stdout("committed tiers 1-6");
    assert_eq!(target.sql("SELECT f FROM sales.v"), "3");
    let _ = run(&["verify"]);
    let _ = run(&["rollback", "--tier", "6", "--yes"]);
    let _ = run(&["rollback", "--to", "2", "--yes"]);
    assert_eq!(target.sql("SELECT sales.f(), to_regclass('sales.v') IS NULL"), "2|t");
    let _ = run(&["rollback", "--full", "--yes"]);
    readers::assert_same(&before, &target.lab.dump_of("things"));
    // The column that the release would change is not the one that the packet was built for.
    target.sql("ALTER TABLE public.stock ALTER amount SET DEFAULT 7");
    let drift = target.lab.dump_of("things");
    let dry = ["apply", "--ratified-apr", "REL-1", "--dry-run", "--packet", "things.packet"];
    let cause = "altered: default amount of public.stock is neither as before the release nor as shipped";
    let _ = target.output(&sandbox, &dry).expect_code(4).expect_stdout(cause);
    readers::assert_same(&drift, &target.lab.dump_of("things"));
}

#[test]
fn a_sqitch_project_becomes_a_packet_whose_verify_scripts_are_checks() {
    let sandbox = Sandbox::new();
    let by = "2024-01-01T00:00:00Z Ada <ada@example.org> #";
    let plan = format!(
        "%syntax-version=1.0.0\n%project=flipr\n\nbase {by} Before.\n@v1 {by} First.\nusers [base] {by} The users.\nlists [users] {by} Their lists.\n"
    );
    write(
        &sandbox.work(),
        &[
            ("sqitch.conf", "[core]\n\tengine = pg\n\ttop_dir = db\n"),
            ("db/sqitch.plan", &plan),
            ("db/deploy/base.sql", "CREATE TABLE public.base (id int);\n"),
            (
                "db/deploy/users.sql",
                "-- Deploy flipr:users to pg\nBEGIN;\nCREATE TABLE public.users (id int, name text);\nCOMMIT;\n",
            ),
            ("db/revert/users.sql", "BEGIN;\nDROP TABLE public.users;\nCOMMIT;\n"),
            ("db/verify/users.sql", "BEGIN;\nSELECT id, name FROM public.users WHERE FALSE;\nROLLBACK;\n"),
            (
                "db/deploy/lists.sql",
                "BEGIN;\nCREATE TABLE public.lists (id int);\nINSERT INTO public.lists VALUES (1);\nCOMMIT;\n",
            ),
            ("db/revert/lists.sql", "BEGIN;\nDROP TABLE public.lists;\nCOMMIT;\n"),
            ("db/verify/lists.sql", "SELECT 1/count(*) FROM public.lists;\n"),
        ],
    );
    let made = sandbox
        .oneroof(["packet", "new", "out", "--from", "db/sqitch.plan", "--since", "@v1"])
        .output()
        .expect_success();
    assert!(
        made.stdout.contains("20-lists from db/deploy/lists.sql; down from db/revert/lists.sql"),
        "{}",
        made.whole()
    );
    assert!(made.whole().contains("1 earlier change is"), "{}", made.whole());
    assert!(read(&sandbox, "out/packet.toml").contains("after = [\"lists.verify\"]"));
    let _ = sandbox.oneroof(["packet", "build", "out"]).output().expect_success();
    // A verify script that fails stops the release, even if the failing column is not used.
    let lists = read(&sandbox, "out/20-lists/up.sql");
    let insert = "INSERT INTO public.lists VALUES (1);\n";
    assert!(lists.contains(insert));
    write(&sandbox.work(), &[("out/20-lists/up.sql", &lists.replace(insert, ""))]);
    let refused = sandbox.oneroof(["packet", "build", "out"]).output().expect_code(2).whole();
    assert!(refused.contains("lists.verify") && refused.contains("division by zero"), "{refused}");
}

#[test]
fn flyway_migrations_become_a_packet_with_their_undo_scripts() {
    let sandbox = Sandbox::new();
    write(
        &sandbox.work(),
        &[
            ("migration/V2__people.sql", "CREATE TABLE public.people (id int);\n"),
            ("migration/U2__people.sql", "DROP TABLE public.people;\n"),
            ("migration/V10__their_pets.sql", "INSERT INTO public.people VALUES (1);\n"),
            ("migration/U10__their_pets.sql", "DELETE FROM public.people;\n"),
        ],
    );
    let made = sandbox.oneroof(["packet", "new", "out", "--from", "migration"]).output().expect_success();
    assert!(made.stdout.contains("20-their-pets from migration/V10__their_pets.sql; down"), "{}", made.whole());
    let _ = sandbox.oneroof(["packet", "build", "out"]).output().expect_success();
    let shown = sandbox.oneroof(["packet", "show", "migration.packet"]).output().expect_success();
    assert!(shown.stdout.contains("CREATE TABLE public.people"), "{}", shown.whole());
}

#[test]
fn nothing_is_written_when_anything_is_refused() {
    let sandbox = Sandbox::new();
    write(
        &sandbox.work(),
        &[
            ("all.sql", "SELECT 1;\n\\ir part.sql\n"),
            ("part.sql", "SELECT 2;\nSELECT :'env';\n"),
            ("m/V1__a.sql", "SELECT 1;\n"),
            ("m/R__b.sql", "SELECT 1;\n"),
            ("full/there.txt", "x"),
        ],
    );
    for (arguments, wanted) in [
        (&["out", "--from", "all.sql"][..], "part.sql:2: the script does not set :'env'"),
        (&["out", "--from", "m"], "m/R__b.sql: a repeatable migration runs whenever its text changes"),
        (&["out", "--from", "all.sql", "--since", "v1"], "it is not a Sqitch plan, so it has no tag \"v1\""),
        (&["out", "--since", "v1"], "--from"),
        (&["full", "--from", "m/V1__a.sql"], "full is not empty"),
    ] {
        let refused = sandbox.oneroof(["packet", "new"]).arguments(arguments).output().expect_code(2).whole();
        assert!(refused.contains(wanted) && refused.contains("next: oneroof help packet"), "{refused}");
        assert!(!sandbox.work().join("out").exists());
    }
    assert_eq!(std::fs::read_dir(sandbox.work().join("full")).unwrap().count(), 1);
}
