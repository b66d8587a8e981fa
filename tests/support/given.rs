//! A server that somebody else runs: used by one test at a time, and never over another's data.

use std::time::Duration;

use oneroof::programs::Client;

use super::lab::{DATABASE, DSN_VARIABLE, OWNER};
use super::readers::{Environment, client, psql};
use super::session::Session;

/// The comment on what the tests made, so that they may remove it again.
const MARK: &str = "made by the tests of oneroof; they remove it";

/// What the tests lock, in the database that the connection string names.
const TRY_LOCK: &str = "SELECT pg_catalog.pg_try_advisory_lock(20260603, 2)";

/// The owner's password, for servers that ask for one.
const PASSWORD: &str = "only-for-the-tests";

/// The server, locked for this test.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) host: String,
    pub(super) port: String,
    pub(super) administrator: String,
    maintenance: String,
    password: Option<String>,
    /// Holds the lock until the database is gone again.
    _lock: Session,
}

impl Given {
    /// Waits for its turn, then makes the database with the baseline.
    #[track_caller]
    pub(super) fn take(dsn: &str, baseline: &str) -> Self {
        let mut command = client(Client::Psql, &Vec::new());
        command.arg(format!("--dbname={dsn}"));
        if let Ok(password) = std::env::var("PGPASSWORD") {
            command.env("PGPASSWORD", password);
        }
        let mut session = Session::open(command);
        let told = session.run("\\echo :HOST\n\\echo :PORT\n\\echo :USER\n\\echo :DBNAME\nSELECT 1");
        let mut lines = told.lines().map(str::to_owned);
        let mut next = || lines.next().unwrap_or_default();
        let (host, port, administrator, maintenance) = (next(), next(), next(), next());
        assert!(
            maintenance != DATABASE,
            "{DSN_VARIABLE} names the database {DATABASE}; let it name another one, such as \
             postgres: the tests make {DATABASE} themselves"
        );
        // Others may need as long as they like.
        while session.run(TRY_LOCK) != "t" {
            std::thread::sleep(Duration::from_millis(50));
        }
        let given = Self {
            host,
            port,
            administrator,
            maintenance,
            password: password_of(dsn).or_else(|| std::env::var("PGPASSWORD").ok()),
            _lock: session,
        };
        given.refuse_what_others_made();
        given.remove().unwrap();
        given.make(baseline);
        given
    }

    /// The libpq variables that lead to a database as a role.
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
        let sql = format!(
            "CREATE ROLE {OWNER} LOGIN NOSUPERUSER PASSWORD '{PASSWORD}';
             COMMENT ON ROLE {OWNER} IS '{MARK}';
             GRANT {OWNER} TO CURRENT_USER;
             CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8';
             COMMENT ON DATABASE {DATABASE} IS '{MARK}';"
        );
        self.maintain(&sql).unwrap();
        psql(&self.environment(DATABASE, OWNER), baseline).unwrap();
    }

    fn remove(&self) -> Result<String, String> {
        let sql = format!(
            "DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE);
             DROP ROLE IF EXISTS {OWNER};"
        );
        self.maintain(&sql)
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        // What stays after a failure bears the mark, and the next test removes it.
        let _ = self.remove();
    }
}

/// The password in a connection string of either form.
fn password_of(dsn: &str) -> Option<String> {
    if let Some((_, rest)) = dsn.split_once("://") {
        let (credentials, _) = rest.split_once('@')?;
        let (_, password) = credentials.split_once(':')?;
        return Some(password.to_owned());
    }
    let (_, rest) = dsn.split_once("password=")?;
    let word = rest.split_whitespace().next()?;
    Some(word.trim_matches('\'').to_owned())
}
