//! A psql session that stays open, to hold locks or to run SQL next to the program.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, Stdio};

use super::stream::Stream;

#[derive(Debug)]
pub struct Session {
    psql: Child,
    input: ChildStdin,
    answers: Stream,
    complaints: Stream,
    asked: u32,
    /// The length of each stream's text that was already read.
    read: usize,
    complained: usize,
}

impl Session {
    /// Opens a session. The command already contains the connection settings.
    #[track_caller]
    pub(super) fn open(mut command: Command) -> Self {
        command
            .args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"])
            .arg("--file=-")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut psql = command.spawn().unwrap();
        Self {
            input: psql.stdin.take().unwrap(),
            answers: Stream::drain(psql.stdout.take().unwrap()),
            complaints: Stream::drain(psql.stderr.take().unwrap()),
            psql,
            asked: 0,
            read: 0,
            complained: 0,
        }
    }

    /// Runs one statement and returns its values, one line for each row.
    #[track_caller]
    pub fn run(&mut self, sql: &str) -> String {
        self.send(sql);
        self.answer().unwrap_or_else(|why| panic!("{why}"))
    }

    /// Sends one statement without waiting for its answer.
    #[track_caller]
    pub fn send(&mut self, sql: &str) {
        self.asked += 1;
        // A second semicolon would be an empty statement, and would hide the error of the first.
        let sql = sql.trim_end().trim_end_matches(';');
        let end = format!("\\echo answered {0} :ERROR\n\\warn answered {0}\n", self.asked);
        self.input.write_all(format!("{sql}\n;\n{end}").as_bytes()).unwrap();
    }

    /// Waits for the answer to the last statement. If the server reported an error, the result is its text.
    pub fn answer(&mut self) -> Result<String, String> {
        let mark = format!("answered {} ", self.asked);
        let end =
            self.answers.wait_for(&mark, self.read).map_err(|why| format!("{why}\n{}", self.complaints.text()))?;
        let whole = self.answers.wait_for("\n", end)?;
        let text = self.answers.text();
        let said = text[self.read..end - mark.len()].trim_end().to_owned();
        let failed = text[end..whole].trim() == "true";
        self.read = whole;
        // The two streams are read separately, so the error text may arrive after the answer.
        let mark = format!("answered {}\n", self.asked);
        let end = self.complaints.wait_for(&mark, self.complained)?;
        let text = self.complaints.text();
        let complaint = text[self.complained..end - mark.len()].trim_end().to_owned();
        self.complained = end;
        if failed { Err(complaint) } else { Ok(said) }
    }

    /// The process id of the session's backend.
    #[track_caller]
    pub fn backend(&mut self) -> i32 {
        self.run("SELECT pg_catalog.pg_backend_pid()").parse().unwrap()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The process is killed, because psql does not react to input while a statement waits for a lock.
        let _ = self.psql.kill();
        let _ = self.psql.wait();
    }
}
