//! A separate database for a test, with the baseline in it.

use std::ffi::OsStr;
use std::process::Command;
use std::sync::OnceLock;

use oneroof::testing::lab::{ADMINISTRATOR, Baseline, Builder, Cluster};
use oneroof::testing::programs::{Client, Programs};

use super::given::Given;
use super::readers::{self, Environment};
use super::redact::Redactions;
use super::run::Run;
use super::sandbox::Sandbox;
use super::session::Session;
use super::{canary, repository_text};

pub const DATABASE: &str = "directus";

/// The role that owns the database. The program connects as this role.
pub const OWNER: &str = "workflow_admin";

/// The environment variable with the connection string of a server to use. Without it the tests start their own server.
pub const DSN_VARIABLE: &str = "ONEROOF_TEST_DSN";

/// A server that the test may use, and the folders and variables of its runs.
#[derive(Debug)]
pub struct Lab {
    pub sandbox: Sandbox,
    server: Server,
}

#[derive(Debug)]
enum Server {
    Own(Box<Cluster>),
    Given(Box<Given>),
}

/// What a person types to confirm a run in a lab that is connected by its socket.
pub const TYPED: &str = "directus@oneroof-lab";

impl Lab {
    /// The baseline, with the gate closed.
    #[track_caller]
    pub fn new() -> Self {
        match std::env::var(DSN_VARIABLE) {
            Ok(dsn) if !dsn.is_empty() => Self::at(&dsn),
            _ => Self::own(|builder| builder),
        }
    }

    /// The baseline on the server of this connection string.
    #[track_caller]
    pub fn at(dsn: &str) -> Self {
        Self { sandbox: Sandbox::new(), server: Server::Given(Box::new(Given::take(dsn, &baseline().sql))) }
    }

    /// The baseline with the gate open for `APR-BOOT-AUTHMODEL-1`.
    #[track_caller]
    pub fn ratified() -> Self {
        let lab = Self::new();
        lab.ratify();
        lab
    }

    /// The baseline on our own server, even if another server is given. For tests that change the settings of the server, stop it or crash
    /// it.
    #[track_caller]
    pub fn own(configure: impl FnOnce(Builder) -> Builder) -> Self {
        Self { sandbox: Sandbox::new(), server: Server::Own(Box::new(start(configure))) }
    }

    /// The baseline on our own server, which requires the canary password from the owner, on the socket and on TCP.
    #[track_caller]
    pub fn with_password() -> Self {
        let lab = Self::own(|builder| {
            builder
                .tcp()
                .access(format!("local all {OWNER} scram-sha-256"))
                .access("host all all 127.0.0.1/32 scram-sha-256")
                // The default of version 13 is md5.
                .setting("password_encryption", "scram-sha-256")
        });
        let sql = format!("ALTER ROLE {OWNER} PASSWORD '{}'", canary::PASSWORD);
        lab.admin(&sql);
        lab
    }

    /// A run of the program with this database. If the server was given, the password is set too.
    pub fn oneroof<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        let mut run = self.sandbox.oneroof(arguments);
        for (name, value) in self.environment(DATABASE, OWNER) {
            run = run.variable(name, value);
        }
        run.redactions = self.redactions();
        run
    }

    /// Ends as a killed process does: the objects on a given server stay.
    pub fn abandon(self) {
        let Self { sandbox, server } = self;
        drop(sandbox);
        std::mem::forget(server);
    }

    /// The server, for tests that have started their own.
    #[track_caller]
    pub fn cluster(&self) -> &Cluster {
        match &self.server {
            Server::Own(cluster) => cluster,
            Server::Given(_) => panic!("this test needs a server of its own: use Lab::own"),
        }
    }

    /// The connection string for this database as its owner.
    pub fn dsn(&self) -> String {
        let names = ["PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD"];
        let words = ["host", "port", "dbname", "user", "password"];
        let pairs: Vec<String> = self
            .environment(DATABASE, OWNER)
            .into_iter()
            .filter_map(|(name, value)| {
                let at = names.iter().position(|known| *known == name)?;
                Some(format!("{}='{}'", words[at], value.replace('\'', "\\'")))
            })
            .collect();
        pairs.join(" ")
    }

    /// Runs SQL as the owner. Returns one line for each row, with `|` between the values.
    #[track_caller]
    pub fn psql(&self, sql: &str) -> String {
        self.psql_in(DATABASE, OWNER, sql)
    }

    /// Runs SQL as the administrator.
    #[track_caller]
    pub fn admin(&self, sql: &str) -> String {
        self.psql_in(DATABASE, self.administrator(), sql)
    }

    /// Runs SQL in a database as a role.
    #[track_caller]
    pub fn psql_in(&self, database: &str, user: &str, sql: &str) -> String {
        self.try_psql_in(database, user, sql)
            .unwrap_or_else(|error| panic!("psql as {user} in {database}: {error}\n{sql}"))
    }

    /// Runs SQL as the owner. If it fails, the error is psql's error text.
    pub fn try_psql(&self, sql: &str) -> Result<String, String> {
        self.try_psql_in(DATABASE, OWNER, sql)
    }

    /// Runs SQL in a database as a role. If it fails, the error is psql's error text.
    pub fn try_psql_in(&self, database: &str, user: &str, sql: &str) -> Result<String, String> {
        readers::psql(&self.environment(database, user), sql)
    }

    /// A psql command that is not started yet, for tests that release with psql alone.
    pub fn psql_command(&self, database: &str, user: &str) -> Command {
        readers::client(Client::Psql, &self.environment(database, user))
    }

    /// An open session as the owner.
    #[track_caller]
    pub fn session(&self) -> Session {
        Session::open(readers::client(Client::Psql, &self.environment(DATABASE, OWNER)))
    }

    /// An open session in a database as a role.
    #[track_caller]
    pub fn session_in(&self, database: &str, user: &str) -> Session {
        Session::open(readers::client(Client::Psql, &self.environment(database, user)))
    }

    /// The whole database as `pg_dump` writes it. If `pg_dump` is older than the server, psql reads the database instead. Equal databases
    /// give equal text.
    #[track_caller]
    pub fn dump(&self) -> String {
        self.dump_of(DATABASE)
    }

    /// As [`Self::dump`], for another database.
    #[track_caller]
    pub fn dump_of(&self, database: &str) -> String {
        let environment = self.environment(database, self.administrator());
        let dump = readers::pg_dump(&environment, self.major()).unwrap_or_else(|_| readers::dump_by_psql(&environment));
        dump.unwrap_or_else(|why| panic!("{why}"))
    }

    /// The dump without the rows.
    #[track_caller]
    pub fn shape(&self) -> String {
        readers::without_rows(&self.dump())
    }

    /// How many rows a table has.
    #[track_caller]
    pub fn count(&self, table: &str) -> u64 {
        let count = self.admin(&format!("SELECT count(*) FROM {table}"));
        count.parse().unwrap()
    }

    /// Opens the gate, as people do in production.
    #[track_caller]
    pub fn ratify(&self) {
        self.psql(&repository_text("sql/lab/ratify.sql"));
    }

    /// Closes the gate again.
    #[track_caller]
    pub fn withdraw(&self) {
        self.psql(&repository_text("sql/lab/withdraw.sql"));
    }

    /// The texts that a snapshot must not contain.
    pub fn redactions(&self) -> Redactions {
        let mut redactions = self.sandbox.redactions();
        let version = self.admin_version();
        let short = version.split(' ').next().unwrap_or_default();
        redactions = redactions.text(&version, "$VERSION").text(short, "$VERSION");
        match &self.server {
            Server::Own(cluster) => {
                redactions = redactions.exact(cluster.socket_folder(), "$SOCKET").exact(cluster.folder(), "$CLUSTER");
                if cluster.listens_on_tcp() {
                    redactions = redactions.text(&cluster.port().to_string(), "$PORT");
                }
            }
            Server::Given(given) => {
                redactions = redactions.text(&given.host, "$SOCKET").text(&given.port, "$PORT");
            }
        }
        redactions
    }

    /// The libpq variables for a connection to a database as a role.
    pub fn environment(&self, database: &str, user: &str) -> Environment {
        match &self.server {
            Server::Own(cluster) => {
                let mut environment = cluster.environment(database, user).to_vec();
                if user == OWNER {
                    // The server requires it only if `with_password` set it.
                    environment.push(("PGPASSWORD", canary::PASSWORD.to_owned()));
                }
                environment
            }
            Server::Given(given) => given.environment(database, user),
        }
    }

    /// A superuser of this server.
    pub fn administrator(&self) -> &str {
        match &self.server {
            Server::Own(_) => ADMINISTRATOR,
            Server::Given(given) => &given.administrator,
        }
    }

    /// The server's major version.
    pub fn major(&self) -> u32 {
        let version = self.admin_version();
        let digits = version.split(|c: char| !c.is_ascii_digit()).next();
        digits.and_then(|digits| digits.parse().ok()).expect("a version begins with a number")
    }

    fn admin_version(&self) -> String {
        // All servers of one test run have the same version.
        static VERSION: OnceLock<String> = OnceLock::new();
        VERSION.get_or_init(|| self.psql_in("template1", self.administrator(), "SHOW server_version")).clone()
    }
}

/// The server's programs, found once. If the machine has none, the test fails.
pub fn programs() -> &'static Programs {
    static PROGRAMS: OnceLock<Programs> = OnceLock::new();
    PROGRAMS.get_or_init(|| Programs::find(None).unwrap_or_else(|error| panic!("{error}\n{}", error.hint())))
}

/// The database that every lab starts with.
pub fn baseline() -> Baseline {
    Baseline {
        database: DATABASE.to_owned(),
        owner: OWNER.to_owned(),
        sql: repository_text("sql/requires.sql"),
        by_administrator: false,
    }
}

#[track_caller]
fn start(configure: impl FnOnce(Builder) -> Builder) -> Cluster {
    let builder = Cluster::builder(programs()).cached().baseline(baseline());
    configure(builder).start().unwrap_or_else(|error| panic!("{error}\n{}", error.hint().unwrap_or_default()))
}
