//! One protocol message made of labelled segments, so that an error of the server can be traced to a file, a line and a column.

use crate::release::{Part, statements};
use std::ops::Range;

/// Where a segment's text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SegmentSource {
    /// SQL of the engine: transaction control and the queries for evidence.
    Engine(&'static str),
    /// A part of a file of the packet.
    File {
        /// Path from the top of the repository.
        path: String,
        /// One-based line of the file at which the segment begins.
        first_line: u32,
    },
}

/// A place in a file of the packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Path from the top of the repository, or the engine's name for a segment of its own SQL.
    pub file: String,
    /// One-based line.
    pub line: u32,
    /// One-based column in characters; absent when only the statement is known.
    pub column: Option<u32>,
    /// The line's text.
    pub excerpt: String,
}

/// Identifies one segment. [`super::session::Reply::to`] finds the answer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentId {
    /// Number of the first statement in the message.
    pub(super) first: usize,
    /// One past the number of the last.
    pub(super) end: usize,
}

impl SegmentId {
    /// Whether the statement is in the segment or after it.
    pub fn begins_by(&self, statement: usize) -> bool {
        self.first <= statement
    }

    /// Whether the statement belongs to the segment.
    pub fn holds(&self, statement: usize) -> bool {
        (self.first..self.end).contains(&statement)
    }

    /// The segment of the statements with these numbers, for a reply that a test makes.
    #[cfg(test)]
    pub(crate) fn sample(statements: std::ops::Range<usize>) -> Self {
        Self { first: statements.start, end: statements.end }
    }
}

#[derive(Clone, Debug)]
struct Placed {
    source: SegmentSource,
    start: usize,
    /// The end of its text, before the semicolon that may have been added.
    end: usize,
    /// The byte ranges of its statements in the text of the message.
    statements: Vec<Range<usize>>,
}

/// A message: its text, and the source of each segment.
#[derive(Clone, Debug, Default)]
pub struct Message {
    text: String,
    segments: Vec<Placed>,
    statements: usize,
}

impl Message {
    /// Appends the engine's own SQL.
    pub fn engine(&mut self, name: &'static str, sql: &str) -> SegmentId {
        self.push(SegmentSource::Engine(name), sql)
    }

    /// Appends a part of a file.
    pub fn part(&mut self, path: &str, part: Part<'_>) -> SegmentId {
        self.push(SegmentSource::File { path: path.to_owned(), first_line: part.first_line }, part.text)
    }

    fn push(&mut self, source: SegmentSource, sql: &str) -> SegmentId {
        let start = self.text.len();
        let found = statements(sql);
        self.text.push_str(sql);
        let end = self.text.len();
        if found.last().is_some_and(|last| !sql[last.start..last.end].ends_with(';')) {
            // The semicolon is on a separate line, because the text may end with a comment.
            self.text.push_str("\n;");
        }
        self.text.push('\n');
        let id = SegmentId { first: self.statements, end: self.statements + found.len() };
        self.statements = id.end;
        let statements = found.iter().map(|statement| start + statement.start..start + statement.end).collect();
        self.segments.push(Placed { source, start, end, statements });
        id
    }

    /// The complete text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The parts of this file that are in the message, in their order.
    pub fn texts_from(&self, file: &str) -> Vec<&str> {
        let from_file = |segment: &&Placed| matches!(&segment.source, SegmentSource::File { path, .. } if path == file);
        self.segments.iter().filter(from_file).map(|segment| &self.text[segment.start..segment.end]).collect()
    }

    /// The statements, in order.
    pub fn statements(&self) -> impl Iterator<Item = &str> {
        self.places().map(|place| &self.text[place.clone()])
    }

    /// The number of the first statement of a segment that contains `words`, or of its last statement if none contains them.
    pub fn statement_with(&self, segment: &SegmentId, words: &str) -> usize {
        let mut inside = self.statements().enumerate().filter(|(number, _)| segment.holds(*number));
        inside.find(|(_, text)| text.contains(words)).map_or(segment.end.saturating_sub(1), |(number, _)| number)
    }

    fn places(&self) -> impl Iterator<Item = &Range<usize>> {
        self.segments.iter().flat_map(|segment| &segment.statements)
    }

    /// Converts a position in one statement to the position in the whole text. Both are one-based and in characters.
    pub(super) fn position_of(&self, statement: usize, position: usize) -> Option<usize> {
        let place = self.places().nth(statement)?;
        Some(self.text[..place.start].chars().count() + position)
    }

    /// The place in the sources of a position that a server error gives, one-based and in characters.
    pub fn place_of_position(&self, position: usize) -> Option<Place> {
        let (offset, _) = self.text.char_indices().nth(position.checked_sub(1)?)?;
        self.place(offset, true)
    }

    /// The place in the sources of a statement, by its number in the message.
    pub fn place_of_statement(&self, number: usize) -> Option<Place> {
        let offset = self.places().nth(number)?.start;
        self.place(offset, false)
    }

    fn place(&self, offset: usize, with_column: bool) -> Option<Place> {
        let segment = self.segments.iter().rev().find(|segment| segment.start <= offset)?;
        let before = &self.text[segment.start..offset];
        let line_start = offset - before.rsplit('\n').next().map_or(0, str::len);
        let column = self.text[line_start..offset].chars().count() + 1;
        let below = u32::try_from(before.matches('\n').count()).ok()?;
        let (file, first_line) = match &segment.source {
            SegmentSource::Engine(name) => ((*name).to_owned(), 1),
            SegmentSource::File { path, first_line } => (path.clone(), *first_line),
        };
        Some(Place {
            file,
            line: first_line + below,
            column: with_column.then(|| u32::try_from(column).unwrap_or(u32::MAX)),
            excerpt: self.text[line_start..].lines().next().unwrap_or_default().trim().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_statements_lead_back_to_file_line_and_column() {
        let mut message = Message::default();
        let begin = message.engine("begin", "BEGIN");
        let part = Part { text: "-- größer\n  SELECT 'é', broken;\nSELECT 2", first_line: 41 };
        let body = message.part("sql/prod/x.sql", part);
        assert_eq!((begin, body), (SegmentId::sample(0..1), SegmentId::sample(1..3)));
        let position = message.text().chars().take_while(|&letter| letter != 'k').count() - 2;
        let place = message.place_of_position(position).unwrap();
        assert_eq!((place.file.as_str(), place.line, place.column), ("sql/prod/x.sql", 42, Some(15)));
        assert_eq!(place.excerpt, "SELECT 'é', broken;");
        let second = message.place_of_statement(2).unwrap();
        assert_eq!((second.line, second.column, second.excerpt.as_str()), (43, None, "SELECT 2"));
        assert_eq!(message.place_of_statement(3), None);
        assert_eq!(message.texts_from("sql/prod/x.sql"), [part.text]);
    }
}
