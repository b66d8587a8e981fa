//! Runs PostgreSQL's own clients without the caller's environment.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::LabError;
use super::names::{LOCALE, PATH};
use crate::programs::Client;

/// Where a server listens.
#[derive(Debug, Clone)]
pub(crate) struct ServerAddress {
    pub(crate) socket_folder: PathBuf,
    pub(crate) port: u16,
}

impl ServerAddress {
    /// The path of the socket. The file's name contains the port.
    pub(crate) fn socket(&self) -> PathBuf {
        self.socket_folder.join(format!(".s.PGSQL.{}", self.port))
    }

    /// The libpq variables to connect to a database as a role.
    pub(crate) fn environment(&self, database: &str, user: &str) -> [(&'static str, String); 4] {
        [
            ("PGHOST", self.socket_folder.display().to_string()),
            ("PGPORT", self.port.to_string()),
            ("PGDATABASE", database.to_owned()),
            ("PGUSER", user.to_owned()),
        ]
    }

    fn command(&self, program: &Path, database: &str, user: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", PATH)
            .env("LC_ALL", LOCALE)
            .env("PGCLIENTENCODING", "UTF8")
            .env("PGCONNECT_TIMEOUT", "10")
            // The client must not use a password file or a certificate of the caller.
            .env("HOME", &self.socket_folder)
            .env("PGPASSFILE", self.socket_folder.join("no-password-file"))
            .envs(self.environment(database, user))
            .process_group(0);
        command
    }

    /// Runs SQL with psql and returns the values, one line for each row, separated by `|`.
    pub(crate) fn psql(&self, program: &Path, database: &str, user: &str, sql: &str) -> Result<String, LabError> {
        let mut command = self.command(program, database, user);
        command.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"]);
        command.args(["--set=ON_ERROR_STOP=1", "--file=-"]);
        run(command, Client::Psql, program, sql)
    }

    /// Dumps a database as SQL text, without the lines that differ from one dump to the next.
    pub(crate) fn pg_dump<A: AsRef<OsStr>>(
        &self,
        program: &Path,
        database: &str,
        user: &str,
        arguments: &[A],
    ) -> Result<String, LabError> {
        let mut command = self.command(program, database, user);
        command.arg("--no-password").args(arguments);
        let dump = run(command, Client::PgDump, program, "")?;
        Ok(without_random_key(&dump))
    }
}

/// Removes the lines `\restrict` and `\unrestrict`. Newer versions write them with a random key, so no two dumps would be equal.
fn without_random_key(dump: &str) -> String {
    dump.split_inclusive('\n')
        .filter(|line| !line.starts_with("\\restrict ") && !line.starts_with("\\unrestrict "))
        .collect()
}

fn run(mut command: Command, client: Client, program: &Path, input: &str) -> Result<String, LabError> {
    let failed = |source| LabError::Run { program: program.to_path_buf(), source };
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let pipe = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // A client that stops early closes the pipe. The error of the write is ignored, because the client's own message gives the reason.
        scope.spawn(|| pipe.map(|mut pipe| pipe.write_all(input.as_bytes())));
        child.wait_with_output()
    })
    .map_err(failed)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(LabError::Client {
        program: client.name(),
        said: match said.trim_end() {
            "" => output.status.to_string(),
            said => said.to_owned(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::without_random_key;

    #[test]
    fn removes_the_random_key_of_a_dump_and_nothing_else() {
        let dump = "--\n\\restrict abc\nSELECT 1;\n\\unrestrict abc\n\\connect x\n";
        assert_eq!(without_random_key(dump), "--\nSELECT 1;\n\\connect x\n");
    }
}
