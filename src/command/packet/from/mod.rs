//! `oneroof packet new --from`: makes the tiers of a packet from a psql script, a Sqitch plan or Flyway migrations.
//!
//! All scripts are read before anything is written. A part that is not understood is refused. The error names the file and the line, and
//! says what to write instead.

mod command;
mod constants;
mod flyway;
mod folder;
mod names;
mod page;
mod plan;
mod psql;
mod reader;
mod script;
mod sqitch;
mod variables;

use crate::error::Error;
use crate::text::escaped;
pub(super) use page::files;
use std::path::Path;

/// The result of reading somebody's scripts.
#[derive(Debug)]
pub(super) struct FoundScripts {
    /// The name for the packet, as the source gives it. It may not be a valid name yet.
    pub name: String,
    /// The title that people read.
    pub title: String,
    /// The tiers, in order.
    pub tiers: Vec<NewTier>,
    /// Notes for the person about how the scripts were read.
    pub notes: Vec<String>,
}

/// A tier that is to be made.
#[derive(Debug)]
pub(super) struct NewTier {
    /// The name for the tier, as the source gives it. It may not be a valid folder name yet.
    pub name: String,
    /// The title that people read.
    pub title: String,
    /// The reason for the change, as the source gives it.
    pub why: String,
    /// The file that the tier came from.
    pub origin: String,
    /// The SQL of the change.
    pub up: String,
    /// The SQL of the rollback and its file, if the source has one.
    pub down: Option<(String, String)>,
    /// The SELECT of the verify script and the script's file, if the script is one SELECT.
    pub verify: Option<(String, String)>,
}

/// Why a source is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SourceRefusal {
    /// `file:line`, or the file alone.
    pub place: String,
    /// What is wrong at this place.
    pub what: String,
    /// What to write instead.
    pub cure: String,
}

impl SourceRefusal {
    fn new(place: impl Into<String>, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into(), cure: cure.into() }
    }
}

/// All refusals of a source, in the order in which it was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Refusals(pub Vec<SourceRefusal>);

impl Refusals {
    /// Adds the refusals of another part.
    fn of<T>(&mut self, found: Result<T, Self>) -> Option<T> {
        found.map_err(|more| self.0.extend(more.0)).ok()
    }

    /// Returns `value` if nothing was refused.
    fn unless<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl From<SourceRefusal> for Refusals {
    fn from(refusal: SourceRefusal) -> Self {
        Self(vec![refusal])
    }
}

impl From<SourceRefusal> for Error {
    fn from(refusal: SourceRefusal) -> Self {
        let SourceRefusal { place, what, cure } = refusal;
        Self::Usage { message: escaped(&format!("{place}: {what}")).into_owned(), hint: escaped(&cure).into_owned() }
    }
}

/// Reads a source of any of the three kinds. `since` is a tag of a Sqitch plan. Only the changes after the tag are read.
pub(super) fn read(source: &Path, since: Option<&str>) -> Result<FoundScripts, Refusals> {
    let name = source.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let shown = source.display().to_string();
    let plan = source.join("sqitch.plan");
    if source.is_dir() && plan.is_file() {
        return sqitch::read(&plan, since);
    }
    if source.extension().is_some_and(|ending| ending == "plan") {
        return sqitch::read(source, since);
    }
    if let Some(tag) = since {
        let cure = "Leave --since out: only a sqitch.plan has tags. Give only the files that you want.";
        return Err(
            SourceRefusal::new(shown, format!("it is not a Sqitch plan, so it has no tag {tag:?}"), cure).into()
        );
    }
    if source.is_dir() {
        return flyway::read_folder(source);
    }
    if flyway::is_migration(&name) { flyway::read_one(source) } else { psql::read(source) }
}

#[cfg(test)]
mod tests;
