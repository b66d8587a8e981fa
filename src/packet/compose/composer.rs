//! What every part of a member is made from: the sources with their page, and frames with places to fill.

use super::super::page::Descriptor;
use super::super::rows::Rows;
use std::collections::BTreeMap;

/// Files by their path from the top of the repository.
pub type Files = BTreeMap<String, String>;

/// What is composed: the sources with their page.
pub(super) struct Composer<'s> {
    pub(super) sources: &'s Files,
    pub(super) page: &'s Descriptor,
    pub(super) rows: Rows<'s>,
}

impl Composer<'_> {
    pub(super) fn title(&self, of: &str) -> String {
        format!("{}, {of}", self.page.release.title)
    }

    /// A source below `sql/`.
    pub(super) fn source(&self, file: &str) -> Result<&str, String> {
        self.sources.get(&format!("sql/{file}")).map(String::as_str).ok_or_else(|| format!("sql/{file} is missing"))
    }

    /// A body, and the comment that it begins with: it ends at the first empty line.
    pub(super) fn body(&self, file: &str) -> Result<(String, String), String> {
        let text = self.source(file)?;
        if let Some(line) = text.lines().find(|line| line.starts_with("-- oneroof:")) {
            return Err(format!("sql/{file}: the line {line:?} is the engine's to write"));
        }
        match text.split_once("\n\n") {
            Some((why, body)) if why.lines().all(|line| line.starts_with("--")) => {
                Ok((format!("{why}\n"), self.included(body.trim_start_matches('\n'))?))
            }
            _ => Ok((String::new(), self.included(text)?)),
        }
    }
}

/// A frame with its places filled: `{{name}}` becomes the value.
///
/// # Panics
/// When the frame has a place that is not filled, or lacks one that is: frames and places are both the engine's.
pub(super) fn fill(frame: &str, places: &[(&str, &str)]) -> String {
    let mut rest = frame;
    let mut filled = String::with_capacity(frame.len() * 2);
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").expect("a place has an end");
        let value = places.iter().find(|(known, _)| *known == name);
        filled.push_str(before);
        filled.push_str(value.unwrap_or_else(|| panic!("nothing is given for {name}")).1);
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// A value as an SQL literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
