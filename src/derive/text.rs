//! An SQL text that remembers which file each of its lines came from.

use crate::pg::message::{Message, SegmentId};
use crate::release::Part;

/// An SQL text that knows the file and line of each of its lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    /// The path of the file that the text begins with.
    pub path: String,
    /// The SQL that is sent.
    pub sql: String,
    /// For each line, the file that it came from and its line number there.
    lines: Vec<(String, u32)>,
    /// For a check, its entry on the page.
    pub entry: String,
    pub expected: String,
    /// Whether the text contains a placeholder that is filled when the packet is composed. Such a text cannot be run yet.
    pub composed: bool,
}

impl Text {
    /// An empty text for this file.
    pub(super) fn named(path: &str) -> Self {
        Self { path: path.to_owned(), ..Self::default() }
    }

    /// Whether an answer is the expected one: the same text, or at least the number after `>=`.
    pub(super) fn is_met_by(&self, answer: &str) -> bool {
        match self.expected.strip_prefix(">= ").and_then(|least| least.trim().parse::<i64>().ok()) {
            Some(least) => answer.parse::<i64>().is_ok_and(|answer| answer >= least),
            None => answer == self.expected,
        }
    }

    /// The file and line that a line of the text came from.
    pub(super) fn origin(&self, line: u32) -> (String, u32) {
        let at = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
        self.lines.get(at).cloned().unwrap_or_else(|| (self.path.clone(), line))
    }

    /// Appends the text to a message.
    pub(super) fn append(&self, message: &mut Message) -> SegmentId {
        message.part(&self.path, Part { text: &self.sql, first_line: 1 })
    }

    /// Adds a line of a file.
    pub(super) fn add(&mut self, line: &str, path: &str, number: u32) {
        self.sql.push_str(line);
        if !line.ends_with('\n') {
            self.sql.push('\n');
        }
        self.lines.push((path.to_owned(), number));
    }

    /// A text that consists of one file.
    #[cfg(test)]
    pub(super) fn plain(path: &str, sql: &str) -> Self {
        let mut text = Self::named(path);
        for (line, number) in sql.split_inclusive('\n').zip(1_u32..) {
            text.add(line, path, number);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_the_expected_text_or_at_least_the_number() {
        let expects = |expected: &str| Text { expected: expected.to_owned(), ..Text::default() };
        assert!(expects("0").is_met_by("0") && !expects("0").is_met_by("00"));
        assert!(
            expects(">= 3").is_met_by("10") && !expects(">= 3").is_met_by("2") && !expects(">= 3").is_met_by("many")
        );
    }
}
