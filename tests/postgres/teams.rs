//! Whole releases of other teams, in `tests/fixtures/teams/`: a hospital, a ledger and a web site. Each is built, approved in its own table,
//! and applied to 20,000 rows while the application writes. A change that somebody else makes is named, and the rollback leaves the dump of
//! before.

use crate::support::{Lab, Output, Sandbox, for_server, readers, repository_text};
use oneroof::testing::lab::{ADMINISTRATOR, Baseline};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// What marks the rows that the application writes during the release.
const MARK: &str = "app-row";

struct Team {
    name: &'static str,
    code: &'static str,
    role: String,
    lab: Lab,
    packet: PathBuf,
}

impl Team {
    /// Builds the packet and starts a server with the team's database, its rows and the approval.
    fn new(name: &'static str, code: &'static str) -> Self {
        let role = format!("{name}_release");
        let baseline = Baseline {
            database: name.to_owned(),
            owner: role.clone(),
            sql: repository_text(&format!("tests/fixtures/teams/{name}/packet/requires.sql")),
            by_administrator: true,
        };
        let lab = Lab::own(|builder| builder.baseline(baseline));
        let packet = built(&lab.sandbox, name);
        let team = Self { name, code, role, lab, packet };
        let manifest = team.run(&["manifest", "--format", "json"]).expect_success();
        let digest = manifest.json()["release"]["digest"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
        team.sql(&team.text("data.sql"));
        team.sql(&team.text("sign.sql").replace("DIGEST", &digest));
        team
    }

    fn text(&self, file: &str) -> String {
        repository_text(&format!("tests/fixtures/teams/{}/{file}", self.name))
    }

    fn sql(&self, sql: &str) -> String {
        self.lab.psql_in(self.name, ADMINISTRATOR, sql)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let (folder, port) = (self.lab.cluster().socket_folder().display().to_string(), self.lab.cluster().port());
        let dsn = format!("host='{folder}' port={port} dbname={} user={}", self.name, self.role);
        self.lab.sandbox.oneroof(arguments).arguments(["--dsn", &dsn, "--packet"]).argument(&self.packet).output()
    }

    /// The dump with its lines sorted, without the rows of the application.
    fn dump(&self) -> String {
        let dump = self.lab.dump_of(self.name);
        let is_kept = |line: &&str| !line.contains(MARK) && !line.contains("pg_catalog.setval");
        let mut lines: Vec<&str> = dump.lines().filter(is_kept).collect();
        lines.sort_unstable();
        lines.join("\n")
    }

    /// Applies and rolls back the release while the application writes. `said` is what preflight says, and what the dry run of the rollback
    /// says. Each drift is `(change, revert, what verify says)`.
    fn there_and_back(&self, said: [&[&str]; 2], drifts: &[(&str, &str, &str)]) {
        let before = self.dump();
        let preflight = self.run(&["preflight", "--approval", self.code]).expect_success();
        says(preflight, said[0]);
        let _ = self.run(&["apply", "--approval", self.code, "--dry-run", "--with-rollback"]).expect_success();
        readers::assert_same(&before, &self.dump());
        let written = self.while_the_application_writes(|| {
            let applied = self.run(&["apply", "--approval", self.code, "--yes"]).expect_success();
            let _ = applied.expect_stdout("the release is applied");
            let _ = self.run(&["verify"]).expect_success();
            if self.name == "hospital" {
                self.sql("UPDATE clinic.booking SET urgency = 'high' WHERE id = 1");
            }
            for (change, revert, said) in drifts {
                self.sql(change);
                says(self.run(&["verify"]).expect_code(5), &[said]);
                says(self.run(&["rollback", "--full", "--yes"]).expect_code(4), &[said]);
                self.sql(revert);
            }
            let _ = self.run(&["verify"]).expect_success();
            says(self.run(&["rollback", "--full", "--dry-run"]).expect_success(), said[1]);
            let back = self.run(&["rollback", "--full", "--yes"]).expect_success();
            let _ = back.expect_stdout("the release is not applied");
        });
        readers::assert_same(&before, &self.dump());
        assert!(written > 3, "{written}");
    }

    /// Returns how often the application wrote meanwhile. A statement of the application may fail: a deadlock with a tier ends it.
    fn while_the_application_writes(&self, release: impl FnOnce()) -> u32 {
        let ended = AtomicBool::new(false);
        let statements = self.text("app.sql");
        std::thread::scope(|scope| {
            let application = scope.spawn(|| {
                let mut written = 0;
                while !ended.load(Ordering::Relaxed) {
                    let sql = statements.replace(":n", &format!("{}", written + 1));
                    written += u32::from(self.lab.try_psql_in(self.name, ADMINISTRATOR, &sql).is_ok());
                }
                written
            });
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(release));
            ended.store(true, Ordering::Relaxed);
            let written = application.join().unwrap();
            done.unwrap_or_else(|cause| std::panic::resume_unwind(cause));
            written
        })
    }
}

/// Asserts that each of these words is on stdout.
#[track_caller]
fn says(output: Output, wanted: &[&str]) {
    let _ = wanted.iter().fold(output, |output, words| output.expect_stdout(words));
}

/// The sealed packet of a team.
fn built(sandbox: &Sandbox, name: &str) -> PathBuf {
    let folder = sandbox.work().join(name);
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/teams").join(name).join("packet"), &folder);
    let _ = sandbox.oneroof(["packet", "build", name, "-o", &format!("{name}.packet")]).output().expect_success();
    sandbox.work().join(format!("{name}.packet"))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            std::fs::write(to.join(entry.file_name()), for_server(&text)).unwrap();
        }
    }
}

/// An EXCLUDE constraint, generated columns, new and changed domains, a partitioned table, extended statistics, a kept copy of 20,000 rows.
#[test]
fn a_hospital_releases_bookings_without_overlaps() {
    let preflight = [
        "data.clinic.booking.booking_no_overlap none not counted: it compares each row with the others",
        "data.clinic.room.ward.type none not counted: the values may not fit the new type",
        "rows whose phone does not satisfy (VALUE ~ '^\\+[0-9]+$'::text): 20002",
    ];
    let back = [
        "the rollback drops clinic.booking.urgency; 1 row holds a value other than the default",
        "the rollback drops clinic.patient.first_name; 20003 rows hold a value other than the default",
    ];
    let team = Team::new("hospital", "CHG-1001");
    team.there_and_back(
        [&preflight, &back],
        &[
            (
                "ALTER TABLE clinic.booking DROP CONSTRAINT booking_order",
                "ALTER TABLE clinic.booking ADD CONSTRAINT booking_order CHECK (from_at < to_at)",
                "constraint booking_order of clinic.booking is missing",
            ),
            (
                "ALTER DOMAIN clinic.phone DROP CONSTRAINT phone_form",
                "ALTER DOMAIN clinic.phone ADD CONSTRAINT phone_form CHECK (VALUE ~ '^\\+[0-9]+$')",
                "constraint phone_form of type clinic.phone is missing",
            ),
        ],
    );
}

/// A value of an enum, replaced functions and views, a view that is dropped for a change of its table, row-level security, grants, a
/// dropped table, a renamed column, a comment on a schema.
#[test]
fn a_ledger_releases_refunds() {
    Team::new("ledger", "PAY-17").there_and_back([&[], &[]], &[
        (
            "CREATE OR REPLACE FUNCTION pay.fee(cents bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 0::bigint'",
            "CREATE OR REPLACE FUNCTION pay.fee(cents bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT greatest(cents / 50, 1)'",
            "definition of pay.fee(bigint) is not as shipped",
        ),
        (
            "ALTER TYPE pay.kind RENAME VALUE 'refund' TO 'back'",
            "ALTER TYPE pay.kind RENAME VALUE 'back' TO 'refund'",
            "type of type pay.kind is not as shipped",
        ),
        ("CREATE TABLE pay.old_rate (a integer)", "DROP TABLE pay.old_rate", "relation of pay.old_rate is there again"),
        (
            "ALTER VIEW pay.ibans SET (security_barrier)",
            "ALTER VIEW pay.ibans RESET (security_barrier)",
            "setting security_barrier of pay.ibans is not ours",
        ),
    ]);
}

/// A column that becomes a table, changed types, duplicate rows that are deleted, seeds that may be there already, a renamed table.
#[test]
fn a_site_releases_authors() {
    let preflight = ["data.public.article.published.type none not counted: the values may not fit the new type"];
    let back = ["the rollback drops public.menu.title_de; 4 rows hold a value other than the default"];
    Team::new("site", "WEB-2026-11").there_and_back(
        [&preflight, &back],
        &[
            (
                "ALTER TABLE menu ALTER title_de DROP NOT NULL",
                "ALTER TABLE menu ALTER title_de SET NOT NULL",
                "NOT NULL title_de of public.menu is missing",
            ),
            ("CREATE TABLE old_poll (id integer)", "DROP TABLE old_poll", "public.old_poll is there again"),
            ("CREATE TYPE mood AS ENUM ('bad')", "DROP TYPE mood", "type of type public.mood is there again"),
            (
                "CREATE FUNCTION mood_of(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
                "DROP FUNCTION mood_of(integer)",
                "definition of public.mood_of(integer) is there again",
            ),
        ],
    );
}

/// What others granted on an object that the release drops and creates again would be lost.
#[test]
fn a_grant_that_the_release_would_lose_is_named_before_anything_is_written() {
    let team = Team::new("ledger", "PAY-17");
    for (change, revert, said) in [
        (
            "GRANT SELECT ON pay.ibans TO ledger_app",
            "REVOKE SELECT ON pay.ibans FROM ledger_app",
            "grants to ledger_app of pay.ibans would be lost, because the tier or its rollback drops and creates it again",
        ),
        (
            "GRANT SELECT ON pay.old_rate TO ledger_app",
            "REVOKE SELECT ON pay.old_rate FROM ledger_app",
            "grants to ledger_app of pay.old_rate would be lost, because the tier or its rollback drops and creates it again",
        ),
        (
            "ALTER TABLE pay.old_rate RENAME TO older_rate",
            "ALTER TABLE pay.older_rate RENAME TO old_rate",
            "altered: pay.old_rate is missing",
        ),
        (
            "CREATE OR REPLACE FUNCTION pay.fee(cents bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT cents / 10'",
            "CREATE OR REPLACE FUNCTION pay.fee(cents bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT cents / 100'",
            "definition of pay.fee(bigint) is neither as before the release nor as shipped",
        ),
    ] {
        team.sql(change);
        let refused = team.run(&["preflight", "--approval", team.code]).expect_code(4);
        says(refused, &[said]);
        team.sql(revert);
    }
    // Grants to others on a table that is only altered stay as they are.
    team.sql("GRANT SELECT ON pay.account TO pg_monitor");
    let _ = team.run(&["preflight", "--approval", team.code]).expect_success();
}

/// Statements of the release, and triggers of others that they start, look for names only under the packet's `search_path`.
#[test]
fn objects_of_the_same_name_in_an_earlier_schema_of_the_role_are_not_used() {
    let team = Team::new("ledger", "PAY-17");
    team.sql(
        "CREATE SCHEMA early AUTHORIZATION ledger_release;
CREATE TABLE early.seen (what text); CREATE TABLE early.log (what text); CREATE TABLE early.entry (id bigint);
CREATE FUNCTION early.greatest(bigint, integer) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
GRANT ALL ON ALL TABLES IN SCHEMA early TO ledger_release;
ALTER ROLE ledger_release SET search_path = early, public; ALTER DATABASE ledger SET search_path = early",
    );
    let before = team.dump();
    says(team.run(&["preflight", "--approval", team.code]).expect_success(), &["search_path=early"]);
    let _ = team.run(&["apply", "--approval", team.code, "--yes"]).expect_success();
    let written =
        "SELECT (SELECT count(*) FROM audit.seen), (SELECT count(*) FROM early.seen), (SELECT count(*) FROM early.log)";
    assert_eq!(team.sql(written).trim(), "1|0|0");
    let _ = team.run(&["verify"]).expect_success();
    let _ = team.run(&["rollback", "--full", "--yes"]).expect_success();
    readers::assert_same(&before, &team.dump());
}
