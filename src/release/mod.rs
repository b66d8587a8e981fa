//! The release: what this binary carries, proven to be what its manifest says.
//!
//! Pure. [`Release::unsealed`] takes a text and answers a release or the first reason why there is none; nothing here
//! touches a database, a file or a terminal.

mod digest;
mod error;
mod lexer;
mod lint;
mod manifest;
mod packed;
mod script;

pub use crate::packet::page::extras::Draw;
pub use crate::packet::page::{Action, Delta, Descriptor, Governed, NoGo, ReadOnlyPart, Review, Shadow, Tier};
pub use digest::Digest;
pub use error::ReleaseError;
pub use lexer::{PieceKind, Scanner, statements, words};
pub use lint::{lint, lint_script};
pub use manifest::Manifest;
pub use packed::BLOCK;
use packed::Contents;
pub use script::{LOCKS, Part, PartKind, Script};

use crate::packet::compose::{Files, Members};
use crate::packet::sealed;
use std::borrow::Cow;
use std::sync::Arc;

/// The verified packet: page, members and the release digest.
#[derive(Clone, Debug)]
pub struct Release {
    /// The page.
    pub descriptor: Arc<Descriptor>,
    /// The members with their digests.
    pub manifest: Manifest,
    /// SHA-256 of the sealed packet: it covers every byte that the packet can influence.
    pub digest: Digest,
    /// Path of the sealed packet that was given; none where it is the one that the binary carries.
    pub from: Option<String>,
    /// The page that members are composed by; another than `descriptor` where that was renamed.
    origin: Arc<Descriptor>,
    sources: Arc<Files>,
}

impl Release {
    /// The release that this binary carries.
    ///
    /// # Errors
    /// [`ReleaseError::Packed`] or [`ReleaseError::Composed`].
    pub fn embedded() -> Result<Self, ReleaseError> {
        let Contents { manifest, digest, sources } = packed::packet()?;
        let manifest = Manifest::parse(&manifest)?;
        let page = Descriptor::of(&sources).map_err(|reason| ReleaseError::Composed { reason })?;
        Ok(Self::of(page, sources, manifest, digest, None))
    }

    /// No release: for a command that is about another packet than the one that the binary carries.
    pub fn none() -> Self {
        Self::of(Descriptor::default(), Files::new(), Manifest::default(), Digest::of(b""), None)
    }

    /// Whether it is [`Release::none`].
    pub fn is_none(&self) -> bool {
        self.sources.is_empty()
    }

    /// The release that a sealed packet holds; `path` is where it came from.
    ///
    /// # Errors
    /// [`ReleaseError::Sealed`] with the first thing that is wrong.
    pub fn unsealed(path: &str, text: &str) -> Result<Self, ReleaseError> {
        let refused = |reason: String| ReleaseError::Sealed { path: path.to_owned(), reason };
        let (page, sources, sealed) = sealed::unseal(text, sha256).map_err(refused)?;
        let manifest = Manifest::parse(&sealed.manifest)?;
        let release = Self::of(page, sources, manifest, Digest::of(text.as_bytes()), Some(path.to_owned()));
        for script in release.descriptor.script_paths() {
            Script::cut(&script, release.composed(&script)?)?;
        }
        Ok(release)
    }

    fn of(page: Descriptor, sources: Files, manifest: Manifest, digest: Digest, from: Option<String>) -> Self {
        let page = Arc::new(page);
        Self { descriptor: Arc::clone(&page), manifest, digest, from, origin: page, sources: Arc::new(sources) }
    }

    /// The sealed packet: the file whose SHA-256 is the release digest.
    ///
    /// # Errors
    /// [`ReleaseError::Composed`].
    pub fn sealed(&self) -> Result<String, ReleaseError> {
        let sealed = sealed::seal(&self.origin, &self.sources, sha256);
        sealed.map(|sealed| sealed.text).map_err(|reason| ReleaseError::Composed { reason })
    }

    /// The sources, by their path in the packet's folder.
    pub fn sources(&self) -> &Files {
        &self.sources
    }

    /// A member by its path, composed and held against its digest.
    ///
    /// # Errors
    /// [`ReleaseError::Composed`] when there is none, [`ReleaseError::Mismatch`].
    pub fn composed(&self, path: &str) -> Result<String, ReleaseError> {
        let missing = || ReleaseError::Composed { reason: format!("there is no {path}") };
        let text = Members::of(&self.origin, &self.sources).text(path).ok_or_else(missing)?;
        let text = text.map_err(|reason| ReleaseError::Composed { reason })?;
        let (expected, actual) = (self.manifest.digest(path).ok_or_else(missing)?, Digest::of(text.as_bytes()));
        if actual != expected {
            return Err(ReleaseError::Mismatch { path: path.to_owned(), expected, actual });
        }
        Ok(text)
    }

    /// Composes every member and holds it against its digest, and the whole against the release digest.
    ///
    /// # Errors
    /// [`ReleaseError::Mismatch`] or [`ReleaseError::Composed`], the first found.
    pub fn check(&self) -> Result<(), ReleaseError> {
        for (path, _) in self.manifest.entries() {
            self.composed(path)?;
        }
        let actual = Digest::of(self.sealed()?.as_bytes());
        if actual != self.digest {
            return Err(ReleaseError::Mismatch { path: "the sealed packet".to_owned(), expected: self.digest, actual });
        }
        Ok(())
    }

    /// The release digest in the form that people and approvals use: `sha256:<64 hex digits>`.
    pub fn digest_text(&self) -> String {
        format!("sha256:{}", self.digest)
    }

    /// The option that gives the approval's code. The embedded release has a name of its own for it.
    pub fn code_option(&self) -> &'static str {
        if self.from.is_some() { "--approval" } else { "--ratified-apr" }
    }

    /// Compares with the digest that the operator pinned; `sha256:` in front may be left out.
    ///
    /// # Errors
    /// [`ReleaseError::Unexpected`] when they differ.
    pub fn expect(&self, wanted: &str) -> Result<(), ReleaseError> {
        let bare = wanted.strip_prefix("sha256:").unwrap_or(wanted).to_ascii_lowercase();
        if bare == self.digest.to_string() {
            return Ok(());
        }
        Err(ReleaseError::Unexpected { expected: wanted.to_owned(), actual: self.digest_text() })
    }

    /// A script of the descriptor, by its path from the top of the repository.
    ///
    /// # Panics
    /// When what the binary composes is not what it was built to compose: then nothing of it may be run.
    pub fn script(&self, path: &str) -> Script<'_> {
        match self.composed(path).and_then(|text| Script::cut(path, text)) {
            Ok(script) => script,
            Err(error) => panic!("the packet is damaged: {error}"),
        }
    }

    /// The text of a member, by its path from the top of the repository.
    pub fn text(&self, path: &str) -> Option<Cow<'_, str>> {
        self.composed(path).ok().map(Cow::Owned)
    }

    /// A read-only query of the packet, one of `queries/`, by its bare name. A packet may lack it.
    ///
    /// # Errors
    /// [`ReleaseError::Composed`] when the packet lacks it.
    pub fn question(&self, name: &str) -> Result<String, ReleaseError> {
        self.composed(&format!("sql/queries/{name}.sql"))
    }

    /// The query for which tiers are there.
    ///
    /// # Panics
    /// As [`Release::script`].
    pub fn states(&self) -> String {
        self.composed("sql/prod_verify/states.sql").unwrap_or_else(|error| panic!("the packet is damaged: {error}"))
    }

    /// The same packet with its own objects in another schema, as the page declares it.
    ///
    /// # Errors
    /// [`ReleaseError::Renamed`] when the page contradicts itself under the other names.
    pub fn in_schema(&self, schema: &str) -> Result<Self, ReleaseError> {
        let descriptor = self.descriptor.in_schema(&self.sources, schema);
        let descriptor = descriptor.map_err(|reason| ReleaseError::Renamed { reason })?;
        Ok(Self { descriptor: Arc::new(descriptor), ..self.clone() })
    }

    /// The tier of that number.
    pub fn tier(&self, number: u8) -> Option<&Tier> {
        self.descriptor.tiers.iter().find(|tier| tier.number == number)
    }
}

/// The digest of a text, as the packet's own code wants it.
pub(crate) fn sha256(text: &str) -> String {
    Digest::of(text.as_bytes()).to_string()
}
