//! `oneroof packet new --from`: what a psql script, a Sqitch plan or Flyway migrations hold, as the tiers of a packet.
//!
//! All of it is read before anything is written. What is not understood is refused by file and line, with what to write instead.

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

/// What was found in somebody's scripts.
#[derive(Debug)]
pub(super) struct Found {
    /// What the packet is called, before it is made a name.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// The tiers, in order.
    pub tiers: Vec<Tier>,
    /// What a person should know of how they were read.
    pub notes: Vec<String>,
}

/// A tier to be.
#[derive(Debug)]
pub(super) struct Tier {
    /// What it is called, before it is made the name of a folder.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// What the source says about why it is there.
    pub why: String,
    /// The file that it came from.
    pub origin: String,
    /// The change.
    pub up: String,
    /// The rollback and its file, where the source has one.
    pub down: Option<(String, String)>,
    /// The one SELECT of its verify script, and that script's file.
    pub verify: Option<(String, String)>,
}

/// Why a source is not taken in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// `file:line`, or the file alone.
    pub place: String,
    /// What is wrong there.
    pub what: String,
    /// What to write instead.
    pub cure: String,
}

impl Refusal {
    fn new(place: impl Into<String>, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into(), cure: cure.into() }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let Refusal { place, what, cure } = refusal;
        Self::Usage { message: escaped(&format!("{place}: {what}")).into_owned(), hint: escaped(&cure).into_owned() }
    }
}

/// Reads the source, whichever of the three it is. `since` is the tag of a Sqitch plan after which changes are taken.
pub(super) fn read(source: &Path, since: Option<&str>) -> Result<Found, Refusal> {
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
        let cure = "Leave --since out: tags are those of a sqitch.plan. Name the files that are meant.";
        return Err(Refusal::new(shown, format!("it has no tag {tag:?}, since it is no Sqitch plan"), cure));
    }
    if source.is_dir() {
        return flyway::read_folder(source);
    }
    if flyway::is_migration(&name) { flyway::read_one(source) } else { psql::read(source) }
}

#[cfg(test)]
mod tests;
