//! The result of a run: its exit code and its two streams.

use std::fmt::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use super::redact::Redactions;
use super::schema::{self, Shape};

/// The result of a run. A test must assert it or put it into a snapshot.
#[derive(Debug)]
#[must_use = "look at the outcome: expect_code, snapshot or json"]
pub struct Output {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    pub redactions: Redactions,
}

impl Output {
    /// The exit code. `None` if a signal ended the process.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Asserts the exit code. If it differs, the failure shows the whole output.
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

    /// The JSON document on stdout. Fails if stdout has anything else, if the document does not match its schema, or if its exit code is
    /// not that of the process.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        let report: serde_json::Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("stdout is not one JSON document: {error}\n{}", self.whole()));
        schema::assert_valid(&report, Shape::Report);
        assert_eq!(report["exit_code"].as_i64(), self.code().map(i64::from), "{}", self.whole());
        report
    }

    /// The exit code and both streams, unchanged.
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

    /// As [`Self::whole`], with everything that differs from run to run replaced by words.
    pub fn snapshot(&self) -> String {
        self.redactions.apply(&self.whole())
    }
}

/// The text with all line breaks and repeated spaces removed, so that it does not matter where lines were wrapped.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
