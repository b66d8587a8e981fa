//! A server that somebody else runs. One test uses it at a time, and no test touches the data of others.

use std::cell::RefCell;
use std::time::Duration;

use oneroof::testing::programs::Client;

use super::lab::{DATABASE, DSN_VARIABLE, OWNER};
use super::readers::{Environment, client, psql};
use super::session::Session;

/// The comment on all objects that the tests create. The tests remove only objects with this comment.
const MARK: &str = "made by the tests of oneroof; they remove it";

/// The name of the database until it has the comment.
const UNFINISHED: &str = "oneroof_tests_unfinished";

/// The advisory lock of the tests, in the database that the connection string names.
const TRY_LOCK: &str = "SELECT pg_catalog.pg_try_advisory_lock(20260603, 2)";

/// The password of the owner, for servers that require one.
const PASSWORD: &str = "only-for-the-tests";

thread_local! {
    /// The servers that this thread uses.
    static HELD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The server, locked for one test.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) host: String,
    pub(super) port: String,
    pub(super) administrator: String,
    maintenance: String,
    password: Option<String>,
    dsn: String,
    /// Keeps the lock until the database is dropped.
    _lock: Session,
}

impl Given {
    /// Waits for its turn, then creates the database with the baseline.
    #[track_caller]
    pub(super) fn take(dsn: &str, baseline: &str) -> Self {
        // A second lab in this thread would wait for the first for ever.
        assert!(
            HELD.with_borrow(|held| !held.iter().any(|other| other == dsn)),
            "a test may use only one lab of a given server at a time; drop the first, or use Lab::own"
        );
        let mut command = client(Client::Psql, &Vec::new());
        command.arg(format!("--dbname={dsn}"));
        if let Ok(password) = std::env::var("PGPASSWORD") {
            command.env("PGPASSWORD", password);
        }
        let mut session = Session::open(command);
        let shown = session.run("\\echo :HOST\n\\echo :PORT\n\\echo :USER\n\\echo :DBNAME\nSELECT 1");
        let mut lines = shown.lines().map(str::to_owned);
        let mut next = || lines.next().unwrap_or_default();
        let (host, port, administrator, maintenance) = (next(), next(), next(), next());
        assert!(
            maintenance != DATABASE,
            "{DSN_VARIABLE} names the database {DATABASE}; name another database, such as \
             postgres: the tests make {DATABASE} themselves"
        );
        // Other tests may use the server as long as they need.
        while session.run(TRY_LOCK) != "t" {
            std::thread::sleep(Duration::from_millis(50));
        }
        let given = Self {
            host,
            port,
            administrator,
            maintenance,
            dsn: dsn.to_owned(),
            password: password_of(dsn).or_else(|| std::env::var("PGPASSWORD").ok()),
            _lock: session,
        };
        HELD.with_borrow_mut(|held| held.push(given.dsn.clone()));
        given.refuse_what_others_made();
        given.remove().unwrap();
        given.make(baseline);
        given
    }

    /// The libpq variables for a connection to a database as a role.
    pub(super) fn environment(&self, database: &str, user: &str) -> Environment {
        let mut environment = vec![
            ("PGHOST", self.host.clone()),
            ("PGPORT", self.port.clone()),
            ("PGDATABASE", database.to_owned()),
            ("PGUSER", user.to_owned()),
        ];
        let password = if user == self.administrator { self.password.clone() } else { Some(PASSWORD.to_owned()) };
        if let Some(password) = password {
            environment.push(("PGPASSWORD", password));
        }
        environment
    }

    fn maintain(&self, sql: &str) -> Result<String, String> {
        psql(&self.environment(&self.maintenance, &self.administrator), sql)
    }

    #[track_caller]
    fn refuse_what_others_made(&self) {
        let question = format!(
            "SELECT 'database ' || datname FROM pg_catalog.pg_database \
             WHERE datname = '{DATABASE}' \
             AND shobj_description(oid, 'pg_database') IS DISTINCT FROM '{MARK}' \
             UNION ALL \
             SELECT 'role ' || rolname FROM pg_catalog.pg_roles \
             WHERE rolname = '{OWNER}' \
             AND shobj_description(oid, 'pg_authid') IS DISTINCT FROM '{MARK}'"
        );
        let foreign = self.maintain(&question).unwrap();
        assert!(
            foreign.is_empty(),
            "the server that {DSN_VARIABLE} names has what the tests did not make, and they do \
             not touch it: {}",
            foreign.replace('\n', ", ")
        );
    }

    #[track_caller]
    fn make(&self, baseline: &str) {
        // The database gets its final name only after the comment. If the test is killed in between, the next test knows that the database
        // is ours.
        let sql = format!(
            "BEGIN;
             CREATE ROLE {OWNER} LOGIN NOSUPERUSER PASSWORD '{PASSWORD}';
             COMMENT ON ROLE {OWNER} IS '{MARK}';
             GRANT {OWNER} TO CURRENT_USER;
             COMMIT;
             CREATE DATABASE {UNFINISHED} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8';
             COMMENT ON DATABASE {UNFINISHED} IS '{MARK}';
             ALTER DATABASE {UNFINISHED} RENAME TO {DATABASE};"
        );
        self.maintain(&sql).unwrap();
        psql(&self.environment(DATABASE, OWNER), baseline).unwrap();
    }

    /// Removes everything that has our comment, and nothing else.
    fn remove(&self) -> Result<String, String> {
        let sql = format!(
            "DROP DATABASE IF EXISTS {UNFINISHED} WITH (FORCE);
             SELECT pg_catalog.format('DROP DATABASE %I WITH (FORCE)', datname)
             FROM pg_catalog.pg_database
             WHERE datname = '{DATABASE}' AND shobj_description(oid, 'pg_database') = '{MARK}'
             \\gexec
             SELECT pg_catalog.format('DROP ROLE %I', rolname)
             FROM pg_catalog.pg_roles
             WHERE rolname = '{OWNER}' AND shobj_description(oid, 'pg_authid') = '{MARK}'
             \\gexec\n"
        );
        self.maintain(&sql)
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        // If the removal fails, the objects still have the comment, and the next test removes them.
        let _ = self.remove();
        HELD.with_borrow_mut(|held| held.retain(|other| *other != self.dsn));
    }
}

/// The password in a connection string, which may be a URI or a list of keywords.
fn password_of(dsn: &str) -> Option<String> {
    if let Some((_, rest)) = dsn.split_once("://") {
        let (credentials, _) = rest.split_once('@')?;
        let (_, password) = credentials.split_once(':')?;
        return Some(decoded(password));
    }
    let (_, rest) = dsn.split_once("password=")?;
    let word = rest.split_whitespace().next()?;
    Some(word.trim_matches('\'').to_owned())
}

/// Decodes the percent encoding of a URI.
fn decoded(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut decoded = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (code, rest) = piece.split_at(2);
        decoded.push(u8::from_str_radix(code, 16).unwrap().into());
        decoded.push_str(rest);
    }
    decoded
}
