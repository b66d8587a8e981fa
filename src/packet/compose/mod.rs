//! Composes the members of a packet from its sources. It has three means: include a part, join parts, and replace a value in one place. The
//! code never looks into SQL, and it knows no name of any packet.
//!
//! The sources are the page (`packet.toml`, `extras.toml`, `derived.toml`), one file for each check (`checks/`), one folder for each tier
//! (`up.sql`, `down.sql`), and files that become members without change. The frames around them, and the checks that every packet has,
//! belong to the engine: `src/packet/frames/` and `src/packet/given/`.

mod author;
mod compared;
mod composer;
mod content;
mod executor;
mod fill;
mod hints;
mod member;
mod places;
mod row;
mod script;
mod state;

pub use super::files::Files;
use super::page::Descriptor;
use composer::Composer;
use fill::fill;

/// Composes the members of one packet, all of them or one at a time.
#[derive(Debug)]
pub struct Members<'s> {
    composer: Composer<'s>,
}

impl<'s> Members<'s> {
    /// The composer for `sources`. `page` must be made from the same sources.
    pub fn of(page: &'s Descriptor, sources: &'s Files) -> Self {
        Self { composer: Composer::of(page, sources) }
    }

    /// The text of one member. `None` if the packet has no member with this path.
    ///
    /// # Errors
    /// Returns what cannot be composed, in words that name the file.
    pub fn text(&self, path: &str) -> Option<Result<String, String>> {
        let (_, member) = self.composer.plan().into_iter().find(|(known, _)| known == path)?;
        Some(self.composer.text(&member))
    }

    /// The text of every member, by its path.
    ///
    /// # Errors
    /// Returns why the first member that fails cannot be composed, in words that name the file.
    pub fn all(&self) -> Result<Files, String> {
        let plan = self.composer.plan().into_iter();
        plan.map(|(path, member)| self.composer.text(&member).map(|text| (path, text))).collect()
    }
}

/// Composes all members of a packet's sources.
///
/// # Errors
/// Returns the first thing that cannot be composed, in words that name the file.
pub fn members(sources: &Files) -> Result<Files, String> {
    let page = Descriptor::of(sources)?;
    Members::of(&page, sources).all()
}

/// The text of the README that is written next to an exported packet.
pub fn readme(page: &Descriptor, digest: &str, engine: &str) -> String {
    let release = &page.release;
    let places = [
        ("name", release.name.as_str()),
        ("title", &release.title),
        ("database", &release.database),
        ("digest", digest),
        ("engine", engine),
        ("code_example", &page.gate.apr_example),
    ];
    fill(include_str!("../frames/readme.md"), &places)
}

#[cfg(test)]
mod tests;
