//! The composer: a packet's sources and its page, and the lookup of a source by its path.

use super::super::files::Files;
use super::super::given;
use super::super::page::Descriptor;
use super::super::rows::CheckRows;
use super::fill::fill;
use super::places::Places;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Everything that is needed to compose a packet: its sources and its page.
#[derive(Debug)]
pub(super) struct Composer<'s> {
    pub(super) sources: &'s Files,
    pub(super) page: &'s Descriptor,
    pub(super) rows: CheckRows<'s>,
    /// The values of the placeholders in the engine's own texts.
    pub(super) places: Places,
}

impl<'s> Composer<'s> {
    pub(super) fn of(page: &'s Descriptor, sources: &'s Files) -> Self {
        Self { sources, page, rows: CheckRows::of(page), places: Places::of(page) }
    }

    pub(super) fn title(&self, of: &str) -> String {
        format!("{}, {of}", self.page.release.title)
    }

    /// The paths of the packet's sources, and of the sources that the engine adds to every packet.
    pub(super) fn paths(&self) -> BTreeSet<&str> {
        let mut paths: BTreeSet<&str> = self.sources.keys().map(String::as_str).collect();
        for path in given::paths() {
            paths.insert(path);
        }
        paths
    }

    /// The text of a source. If the engine provides it, its placeholders are filled. Otherwise it is the packet's own file.
    pub(super) fn source(&self, file: &str) -> Result<Cow<'s, str>, String> {
        let own = self.sources.get(file).map(String::as_str);
        match (given::text(file), own) {
            (Some(text), None) => Ok(Cow::Owned(fill(text, &self.places.list()))),
            // The packet's own facts are appended to the engine's facts.
            (Some(text), Some(more)) if file == given::FACTS => {
                Ok(Cow::Owned(format!("{},\n{more}", fill(text, &self.places.list()).trim_end())))
            }
            (Some(_), Some(_)) => {
                Err(format!("{file} has the name of a check that the engine brings: give it another name"))
            }
            (None, Some(text)) => Ok(Cow::Borrowed(text)),
            (None, None) => Err(format!("{file} is missing")),
        }
    }

    /// Splits a script into the comment at its beginning and the body. The comment ends at the first empty line.
    pub(super) fn body(&self, file: &str) -> Result<(String, String), String> {
        let text = self.source(file)?;
        if let Some(line) = text.lines().find(|line| line.starts_with("-- oneroof:")) {
            return Err(format!("{file}: only the engine may write the line {line:?}"));
        }
        let (why, body) = match text.split_once("\n\n") {
            Some((why, body)) if why.lines().all(|line| line.starts_with("--")) => {
                (format!("{why}\n"), self.included(body.trim_start_matches('\n'))?)
            }
            _ => (String::new(), self.included(&text)?),
        };
        // A marker must begin a line, even if the file before it does not end with a newline.
        let end = if body.is_empty() || body.ends_with('\n') { "" } else { "\n" };
        Ok((why, body + end))
    }
}
