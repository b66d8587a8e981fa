//! What a run left: its exit code and its two streams.

use std::fmt::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use super::redact::Redactions;
use super::schema::{self, Shape};

/// The end of a run. It is asserted or put into a snapshot, never dropped.
#[derive(Debug)]
#[must_use = "look at the outcome: expect_code, snapshot or json"]
pub struct Output {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    pub redactions: Redactions,
}

impl Output {
    /// The exit code; none when a signal ended it.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Asserts the exit code, and shows everything if it is another one.
    #[track_caller]
    pub fn expect_code(self, expected: i32) -> Self {
        assert!(self.code() == Some(expected), "expected exit code {expected}\n{}", self.whole());
        self
    }

    /// Asserts the exit code 0.
    #[track_caller]
    pub fn expect_success(self) -> Self {
        self.expect_code(0)
    }

    /// Asserts that the words are on stdout.
    #[track_caller]
    pub fn expect_stdout(self, words: &str) -> Self {
        assert!(unwrapped(&self.stdout).contains(&unwrapped(words)), "no {words:?} on stdout\n{}", self.whole());
        self
    }

    /// Asserts that the words are on stderr.
    #[track_caller]
    pub fn expect_stderr(self, words: &str) -> Self {
        assert!(unwrapped(&self.stderr).contains(&unwrapped(words)), "no {words:?} on stderr\n{}", self.whole());
        self
    }

    /// The one JSON document on stdout. Anything else there is a failure, and so is one that is not as documented, or that says
    /// another exit code than the process.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        let report: serde_json::Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("stdout is not one JSON document: {error}\n{}", self.whole()));
        schema::assert_valid(&report, Shape::Report);
        assert_eq!(report["exit_code"].as_i64(), self.code().map(i64::from), "{}", self.whole());
        report
    }

    /// Everything, as it was.
    pub fn whole(&self) -> String {
        let mut text = match (self.status.code(), self.status.signal()) {
            (Some(code), _) => format!("exit {code}\n"),
            (None, Some(signal)) => format!("ended by signal {signal}\n"),
            (None, None) => "ended in an unknown way\n".to_owned(),
        };
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if stream.is_empty() {
                let _ = writeln!(text, "--- {name}: nothing");
            } else {
                let _ = write!(text, "--- {name}\n{stream}");
                if !stream.ends_with('\n') {
                    text.push_str("(no line feed)\n");
                }
            }
        }
        text
    }

    /// Everything, with what differs from run to run replaced by words.
    pub fn snapshot(&self) -> String {
        self.redactions.apply(&self.whole())
    }
}

/// Text as if the terminal had no edge: where a line was wrapped is not what a test is about.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
