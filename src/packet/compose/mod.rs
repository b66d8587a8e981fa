//! Composes the members of a packet from its sources: include, join, one override. No condition looks into SQL, and nothing here knows a
//! packet's names.
//!
//! The sources are the page (`packet.toml`, `extras.toml`, `derived.toml`), one file a check (`checks/`), a folder a tier (`up.sql`,
//! `down.sql`), and what goes into the packet as it is. The frames around them, and the checks that every packet has, are the engine's:
//! `src/packet/frames/` and `src/packet/given/`.

mod composer;
mod executor;
mod fill;
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
    /// Those of `page`, which was made of `sources`.
    pub fn of(page: &'s Descriptor, sources: &'s Files) -> Self {
        Self { composer: Composer::of(page, sources) }
    }

    /// The path of each, below `sql/`, in the order in which a sealed packet holds them.
    pub fn paths(&self) -> Vec<String> {
        self.composer.plan().into_iter().map(|(path, _)| path).collect()
    }

    /// The text of one; `None` where there is no member of that path.
    ///
    /// # Errors
    /// What cannot be composed, in words that name the file.
    pub fn text(&self, path: &str) -> Option<Result<String, String>> {
        let (_, member) = self.composer.plan().into_iter().find(|(known, _)| known == path)?;
        Some(self.composer.text(&member))
    }

    /// All of them.
    ///
    /// # Errors
    /// The first that cannot be composed.
    pub fn all(&self) -> Result<Files, String> {
        let plan = self.composer.plan().into_iter();
        plan.map(|(path, member)| self.composer.text(&member).map(|text| (path, text))).collect()
    }
}

/// The members that the sources give.
///
/// # Errors
/// The first thing that cannot be composed, in words that name the file.
pub fn members(sources: &Files) -> Result<Files, String> {
    let page = Descriptor::of(sources)?;
    Members::of(&page, sources).all()
}

/// The page that goes with an export.
pub fn readme(page: &Descriptor, digest: &str, engine: &str) -> String {
    let release = &page.release;
    let places = [
        ("name", release.name.as_str()),
        ("title", &release.title),
        ("database", &release.database),
        ("digest", digest),
        ("engine", engine),
    ];
    fill(include_str!("../frames/readme.md"), &places)
}

#[cfg(test)]
mod tests;
