//! psql and `pg_dump`, with which the tests check the result.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use oneroof::testing::programs::{Client, ProgramsError, Search};

use super::repository_text;

/// The libpq variables of a connection.
pub type Environment = Vec<(&'static str, String)>;

/// A client program with the connection's variables, and nothing else of the caller's environment.
pub fn client(client: Client, environment: &Environment) -> Command {
    static PSQL: OnceLock<PathBuf> = OnceLock::new();
    let program = match client {
        Client::Psql => PSQL.get_or_init(|| must_find(client)).clone(),
        Client::PgDump | Client::PgRestore => must_find(client),
    };
    command(program, environment)
}

/// Dumps a whole database of a server with this major version. The outer error means that every `pg_dump` here is too old.
pub fn pg_dump(environment: &Environment, major: u32) -> Result<Result<String, String>, ProgramsError> {
    let program = match find(Client::PgDump, Some(major)) {
        Err(error @ ProgramsError::ClientTooOld { .. }) => return Err(error),
        other => other.unwrap_or_else(|error| panic!("{error}\n{}", error.hint())),
    };
    let mut command = command(program, environment);
    Ok(finish(command.arg("--no-password"), "").map(|dump| {
        // Newer versions of pg_dump write a random key into the dump.
        let key = |line: &str| line.starts_with("\\restrict ") || line.starts_with("\\unrestrict ");
        dump.split_inclusive('\n').filter(|line| !key(line)).collect()
    }))
}

/// A dump without its rows, from either of the two readers.
pub fn without_rows(dump: &str) -> String {
    let mut rows = false;
    let kept = |line: &&str| {
        let was = rows;
        // psql's dump has all rows at the end, while pg_dump ends the rows of each table.
        rows = (rows || line.starts_with("COPY ") || line.starts_with("rows of ")) && *line != "\\.";
        !was && !rows
    };
    dump.lines().filter(kept).collect::<Vec<_>>().join("\n")
}

/// Asserts that two dumps are equal. If not, the failure shows the first lines that differ.
#[track_caller]
pub fn assert_same(before: &str, after: &str) {
    if before == after {
        return;
    }
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (old, new) = (lines(before), lines(after));
    let show = |mark: &str, ones: Vec<&String>| {
        let shown: Vec<String> = ones.iter().take(10).map(|line| format!("{mark} {line}")).collect();
        format!("{}\n({} lines)\n", shown.join("\n"), ones.len())
    };
    let (gone, come) = (old.difference(&new).collect(), new.difference(&old).collect());
    panic!("the dumps differ, at least in their order:\n{}{}", show("-", gone), show("+", come));
}

/// Whether there is a `pg_dump` for the server that the tests start. A portable build of PostgreSQL has none.
pub fn has_pg_dump() -> bool {
    super::programs().client(Client::PgDump).is_ok()
}

/// Dumps a whole database with psql alone.
pub fn dump_by_psql(environment: &Environment) -> Result<String, String> {
    psql(environment, &repository_text("tests/support/dump.sql"))
}

fn must_find(client: Client) -> PathBuf {
    find(client, None).unwrap_or_else(|error| panic!("{error}\n{}", error.hint()))
}

fn find(client: Client, major: Option<u32>) -> Result<PathBuf, ProgramsError> {
    Search::from_environment(None).client(client, major)
}

fn command(program: PathBuf, environment: &Environment) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .env("HOME", "/nonexistent")
        .env("PGCLIENTENCODING", "UTF8")
        .env("PGCONNECT_TIMEOUT", "10")
        .envs(environment.iter().map(|(name, value)| (name, value)));
    command
}

pub fn psql(environment: &Environment, sql: &str) -> Result<String, String> {
    let mut command = client(Client::Psql, environment);
    command.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"]);
    command.args(["--no-password", "--set=ON_ERROR_STOP=1", "--file=-"]);
    finish(&mut command, sql).map(|said| said.trim_end_matches('\n').to_owned())
}

/// Runs a client program until it ends.
fn finish(command: &mut Command, input: &str) -> Result<String, String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut pipe = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || pipe.write_all(input.as_bytes()));
        child.wait_with_output()
    })
    .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim_end().to_owned())
    }
}
