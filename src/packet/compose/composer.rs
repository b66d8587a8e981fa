//! What every part of a member is made from: the sources with their page, and frames with places to fill.

use super::super::files::Files;
use super::super::given;
use super::super::page::Descriptor;
use super::super::rows::Rows;
use super::fill::fill;
use super::places::Places;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What is composed: the sources with their page.
#[derive(Debug)]
pub(super) struct Composer<'s> {
    pub(super) sources: &'s Files,
    pub(super) page: &'s Descriptor,
    pub(super) rows: Rows<'s>,
    /// What the engine's own texts are filled with.
    pub(super) places: Places,
}

impl<'s> Composer<'s> {
    pub(super) fn of(page: &'s Descriptor, sources: &'s Files) -> Self {
        Self { sources, page, rows: Rows::of(page), places: Places::of(page) }
    }

    pub(super) fn title(&self, of: &str) -> String {
        format!("{}, {of}", self.page.release.title)
    }

    /// The paths of the packet's sources and of those that every packet is given.
    pub(super) fn paths(&self) -> BTreeSet<&str> {
        let mut paths: BTreeSet<&str> = self.sources.keys().map(String::as_str).collect();
        for path in given::paths() {
            paths.insert(path);
        }
        paths
    }

    /// A source: one of the engine's with its places filled, else the packet's own.
    pub(super) fn source(&self, file: &str) -> Result<Cow<'s, str>, String> {
        let own = self.sources.get(file).map(String::as_str);
        match (given::text(file), own) {
            (Some(text), None) => Ok(Cow::Owned(fill(text, &self.places.list()))),
            // The packet's facts follow the engine's.
            (Some(text), Some(more)) if file == given::FACTS => {
                Ok(Cow::Owned(format!("{},\n{more}", fill(text, &self.places.list()).trim_end())))
            }
            (Some(_), Some(_)) => Err(format!("{file} bears the name of one that the engine brings: give it another")),
            (None, Some(text)) => Ok(Cow::Borrowed(text)),
            (None, None) => Err(format!("{file} is missing")),
        }
    }

    /// A body, and the comment that it begins with: it ends at the first empty line.
    pub(super) fn body(&self, file: &str) -> Result<(String, String), String> {
        let text = self.source(file)?;
        if let Some(line) = text.lines().find(|line| line.starts_with("-- oneroof:")) {
            return Err(format!("{file}: the line {line:?} is the engine's to write"));
        }
        match text.split_once("\n\n") {
            Some((why, body)) if why.lines().all(|line| line.starts_with("--")) => {
                Ok((format!("{why}\n"), self.included(body.trim_start_matches('\n'))?))
            }
            _ => Ok((String::new(), self.included(&text)?)),
        }
    }
}
