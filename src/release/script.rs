//! One SQL file of the packet, split into parts at its three marker lines.

use super::{Digest, ReleaseError};
use std::borrow::Cow;
use std::ops::Range;

/// The parts of a script, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartKind {
    /// Checks whether the script may run.
    Guard,
    /// Does the work of the script.
    Body,
    /// Checks whether the work has the promised result.
    Assert,
}

impl PartKind {
    /// All parts, in order.
    pub const ALL: [Self; 3] = [Self::Guard, Self::Body, Self::Assert];

    /// The word after `-- oneroof:`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Guard => "guard",
            Self::Body => "body",
            Self::Assert => "assert",
        }
    }
}

/// The line before the list of locks in a guard.
pub const LOCKS: &str = "-- oneroof:locks\n";

/// The text of one part, with its position in the file.
#[derive(Clone, Copy, Debug)]
pub struct Part<'s> {
    /// The text after the marker line, up to the next marker or the end.
    pub text: &'s str,
    /// The line of the file at which `text` begins, counted from 1.
    pub first_line: u32,
}

/// A script, split into its parts.
#[derive(Clone, Debug)]
pub struct Script<'t> {
    /// Path from the top of the repository.
    pub path: String,
    text: Cow<'t, str>,
    /// For each part, its first line and its range in the text.
    parts: [(u32, Range<usize>); 3],
}

impl<'t> Script<'t> {
    /// Splits `text` at the marker lines `-- oneroof:guard`, `-- oneroof:body`, `-- oneroof:assert`.
    ///
    /// # Errors
    /// Returns [`ReleaseError::Markers`] if a marker is missing, repeated or out of order.
    pub fn cut(path: &str, text: impl Into<Cow<'t, str>>) -> Result<Self, ReleaseError> {
        let text = text.into();
        let mut found: Vec<(PartKind, u32, usize, usize)> = Vec::new();
        let mut offset = 0;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
            if let Some(kind) = marker(line) {
                let wanted = PartKind::ALL.get(found.len());
                if wanted != Some(&kind) {
                    let reason = "a part marker is repeated or out of order";
                    return Err(ReleaseError::Markers { path: path.to_owned(), line: number, reason });
                }
                found.push((kind, number + 1, offset, offset + line.len()));
            }
            offset += line.len();
        }
        let [guard, body, assert] = found.as_slice() else {
            let reason = "the markers guard, body and assert are not all there";
            return Err(ReleaseError::Markers { path: path.to_owned(), line: 0, reason });
        };
        let part = |from: &(PartKind, u32, usize, usize), end: usize| (from.1, from.3..end);
        let parts = [part(guard, body.2), part(body, assert.2), part(assert, text.len())];
        Ok(Self { path: path.to_owned(), text, parts })
    }

    /// The digest of this file with its guard, body and assertions replaced by these texts. If the texts are unchanged, it is the digest of the
    /// file.
    pub fn digest_with(&self, parts: [&str; 3]) -> Digest {
        let mut whole = String::with_capacity(self.text.len());
        let mut end = 0;
        for ((_, range), text) in self.parts.iter().zip(parts) {
            // The text between the last part and this one: the marker line, and before the first part the head of the file.
            whole.push_str(&self.text[end..range.start]);
            whole.push_str(text);
            end = range.end;
        }
        Digest::of(whole.as_bytes())
    }

    /// The relations that the guard locks, each with its mode, in the order of the list.
    pub fn locks(&self) -> Vec<(&str, &str)> {
        let guard = self.part(PartKind::Guard).text;
        let Some((_, list)) = guard.split_once(LOCKS) else { return Vec::new() };
        let list = list.split("-- oneroof:end").next().unwrap_or_default();
        // Each line of the list has the form (place, 'kind', 'relation', 'mode').
        let words = list.lines().map(|line| line.split('\'').collect::<Vec<_>>());
        words.filter_map(|words| Some((*words.get(3)?, *words.get(5)?))).collect()
    }

    /// The relations that the guard locks.
    pub fn locked(&self) -> Vec<&str> {
        self.locks().into_iter().map(|(relation, _)| relation).collect()
    }

    /// One part of the script.
    pub fn part(&self, kind: PartKind) -> Part<'_> {
        let (first_line, range) = match kind {
            PartKind::Guard => &self.parts[0],
            PartKind::Body => &self.parts[1],
            PartKind::Assert => &self.parts[2],
        };
        Part { text: &self.text[range.clone()], first_line: *first_line }
    }
}

fn marker(line: &str) -> Option<PartKind> {
    let word = line.trim_end().strip_prefix("-- oneroof:")?;
    PartKind::ALL.into_iter().find(|kind| kind.word() == word)
}
