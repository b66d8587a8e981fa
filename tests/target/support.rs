//! psql and the program's own login, each with the same query.

use crate::server::psql;
use oneroof::testing::pg::conninfo::{ConnectionOptions, Environment, Target, TargetError, resolve};
use oneroof::testing::pg::dial::{Dialed, Logged, ReachError, reach};
use std::process::{Command, Stdio};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// One line that says where a session is connected. psql and the program give the same line.
pub(crate) const WHERE: &str = "SELECT concat_ws('|', current_setting('cluster_name'), current_user, \
    current_database(), coalesce(host(inet_server_addr()), 'unix'), \
    (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), \
    replace(current_setting('application_name'), 'psql', 'oneroof'), \
    current_setting('lock_timeout'))";

/// Runs psql with exactly these variables. Returns its output or its error text.
pub(crate) fn run_psql(arguments: &[&str], variables: &[(String, String)], sql: &str) -> Result<String, String> {
    let output = Command::new(psql())
        .args(["-X", "-A", "-t", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-c", sql])
        .args(arguments)
        .env_clear()
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .expect("psql runs");
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).expect("text").trim_end().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// An environment with the process's account and exactly these variables.
pub(crate) fn environment(variables: &[(String, String)]) -> Environment {
    variables.iter().fold(
        Environment { variables: std::collections::BTreeMap::new(), ..Environment::of_process() },
        |environment, (name, value)| environment.with(name, value),
    )
}

/// The reason why the program could not connect.
#[derive(Debug)]
pub(crate) enum Refusal {
    Target(TargetError),
    Reach(ReachError<tokio_postgres::Error>),
}

impl Refusal {
    /// The server's message, if the server rejected the login.
    pub(crate) fn server_message(&self) -> Option<&str> {
        match self {
            Self::Reach(ReachError::Login { source, .. }) => {
                source.as_db_error().map(tokio_postgres::error::DbError::message)
            }
            _ => None,
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Target(error) => write!(formatter, "target: {error}"),
            Self::Reach(ReachError::Login { source, .. }) => {
                write!(formatter, "login: {source:?}")
            }
            Self::Reach(error) => write!(formatter, "reach: {error}"),
        }
    }
}

/// Connects with the program's own code and runs the same query.
pub(crate) fn land(options: &ConnectionOptions, environment: &Environment) -> Result<String, Refusal> {
    let target = resolve(options, environment).map_err(Refusal::Target)?;
    block_on(async {
        let client = log_in(&target).await.map_err(Refusal::Reach)?;
        Ok(ask(&client, WHERE).await)
    })
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made").block_on(future)
}

pub(crate) async fn log_in(target: &Target) -> Result<Client, ReachError<tokio_postgres::Error>> {
    reach(target, async |dialed, _| Ok(Logged::Suits(start(dialed).await?))).await
}

/// The driver's login over an open connection.
pub(crate) async fn start(dialed: Dialed) -> Result<Client, tokio_postgres::Error> {
    if let Some(passthrough) = dialed.passthrough() {
        let (client, connection) = dialed.config.connect_raw(dialed.stream, passthrough).await?;
        tokio::spawn(connection);
        return Ok(client);
    }
    let (client, connection) = dialed.config.connect_raw(dialed.stream, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// The first value of the query's result.
pub(crate) async fn ask(client: &Client, sql: &str) -> String {
    let messages = client.simple_query(sql).await.expect("the query succeeds");
    messages
        .iter()
        .find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
        .expect("the query returns a row")
}
