//! Reads scripts with the files that they include, and collects their SQL and notes for the person.

use super::constants::Constants;
use super::folder;
use super::{Refusals, SourceRefusal};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The program that the scripts were written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// psql, with backslash commands and variables.
    Psql,
    /// Flyway, with SQL and placeholders.
    Flyway,
}

/// How a file may end the transaction that it opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// By COMMIT only.
    Commit,
    /// By COMMIT or ROLLBACK, for a script that only reads.
    Any,
}

/// Consecutive SQL of one file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// The file that the SQL is from.
    pub file: PathBuf,
    /// The number of the visit to the file. A file that is included twice is visited twice.
    pub(super) visit: usize,
    /// The statements.
    pub text: String,
}

/// Reads scripts one after the other, with the files that they include.
#[derive(Debug)]
pub(super) struct ScriptReader {
    pub(super) dialect: Dialect,
    /// The folder that `\i` starts from.
    pub(super) caller: PathBuf,
    pub(super) ending: Ending,
    pub(super) constants: Constants,
    /// The SQL that was read since [`ScriptReader::segments`] was called.
    pub(super) segments: Vec<Segment>,
    /// The files that are open, the outermost first.
    pub(super) stack: Vec<PathBuf>,
    pub(super) visits: usize,
    /// The number of bytes read so far.
    pub(super) read: usize,
    /// Commands that were left out, with the number of times and the first place.
    pub(super) dropped: BTreeMap<String, (usize, String)>,
    /// Files whose lines ended with CRLF.
    pub(super) crlf: Vec<String>,
    /// The refusals since the last call of [`ScriptReader::segments`].
    pub(super) refused: Vec<SourceRefusal>,
    /// Notes for the person.
    notes: Vec<String>,
}

impl ScriptReader {
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
            refused: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The SQL of a file and of the files that it includes, in the order in which it runs.
    pub(super) fn segments(&mut self, path: &Path) -> Result<Vec<Segment>, Refusals> {
        let text = folder::text(path, &path.display().to_string())?;
        // If the script before was refused, its open files and its SQL are still here.
        self.stack.clear();
        self.segments.clear();
        self.refused.clear();
        let read = self.file(path, &text);
        let mut refused: Vec<SourceRefusal> = Vec::new();
        // A file that is included twice is refused once.
        for refusal in std::mem::take(&mut self.refused).into_iter().chain(read.err()) {
            if !refused.contains(&refusal) {
                refused.push(refusal);
            }
        }
        Refusals(refused).unless(std::mem::take(&mut self.segments))
    }

    /// [`ScriptReader::segments`] as one text.
    pub(super) fn whole(&mut self, path: &Path) -> Result<String, Refusals> {
        let segments = self.segments(path)?;
        Ok(segments.into_iter().map(|segment| segment.text).collect::<Vec<_>>().join("\n"))
    }

    /// Adds a note for the person, unless it was added before.
    pub(super) fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Takes all notes about the scripts that were read.
    pub(super) fn take_notes(&mut self) -> Vec<String> {
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
