//! Reads scripts with the files that they include, and collects their SQL and what a person should know of it.

use super::Refusal;
use super::constants::Constants;
use super::folder;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Who runs the scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// psql: backslash commands and variables.
    Psql,
    /// Flyway: SQL and placeholders.
    Flyway,
}

/// How a transaction may end that a file opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// By COMMIT.
    Commit,
    /// By ROLLBACK as well: a script that only looks.
    Any,
}

/// SQL of one file that stands together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// The file.
    pub file: PathBuf,
    /// Which reading of a file it is.
    pub(super) visit: usize,
    /// Its statements.
    pub text: String,
}

/// Reads scripts, one after the other, with what they include.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) dialect: Dialect,
    /// The folder that `\i` starts from.
    pub(super) caller: PathBuf,
    pub(super) ending: Ending,
    pub(super) constants: Constants,
    /// What was found since the last [`Reader::take`].
    pub(super) segments: Vec<Segment>,
    /// The files that are open, the outermost first.
    pub(super) stack: Vec<PathBuf>,
    pub(super) visits: usize,
    /// Bytes so far.
    pub(super) read: usize,
    /// Commands that were left out: how often, and where first.
    pub(super) dropped: BTreeMap<String, (usize, String)>,
    /// Files whose lines ended with CRLF.
    pub(super) crlf: Vec<String>,
    /// What a person should know.
    notes: Vec<String>,
}

impl Reader {
    pub(super) fn new(dialect: Dialect, caller: &Path) -> Self {
        Self {
            dialect,
            caller: caller.to_owned(),
            ending: Ending::Commit,
            constants: Constants::default(),
            segments: Vec::new(),
            stack: Vec::new(),
            visits: 0,
            read: 0,
            dropped: BTreeMap::new(),
            crlf: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The SQL of a file and of what it includes, in the order in which it runs.
    pub(super) fn segments(&mut self, path: &Path) -> Result<Vec<Segment>, Refusal> {
        let text = folder::text(path, &path.display().to_string())?;
        // What a script left behind that was refused.
        self.stack.clear();
        self.segments.clear();
        self.file(path, &text)?;
        Ok(std::mem::take(&mut self.segments))
    }

    /// [`Reader::segments`] as one text.
    pub(super) fn whole(&mut self, path: &Path) -> Result<String, Refusal> {
        let segments = self.segments(path)?;
        Ok(segments.into_iter().map(|segment| segment.text).collect::<Vec<_>>().join("\n"))
    }

    /// Remembers something to tell, once.
    pub(super) fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// All that a person should know of what was read.
    pub(super) fn told(&mut self) -> Vec<String> {
        let mut notes = std::mem::take(&mut self.notes);
        let dropped: Vec<String> = std::mem::take(&mut self.dropped)
            .into_iter()
            .map(|(command, (times, place))| match times {
                1 => format!("{command} ({place})"),
                _ => format!("{command} ({times} times, first {place})"),
            })
            .collect();
        if let Some(first) = self.crlf.first() {
            let more = match self.crlf.len() {
                1 => first.clone(),
                files => format!("{files} files, {first} first"),
            };
            notes.push(format!("Line ends CRLF became LF, in quotes as well: {more}"));
        }
        if !dropped.is_empty() {
            notes.push(format!("Left out, since it changes nothing in the database: {}", dropped.join(", ")));
        }
        notes
    }
}
