//! The release: the packet in this binary, verified against its manifest.
//!
//! [`Release::unsealed`] makes a release from a text, or returns the first reason why it is not a release. This module is pure: it uses no
//! database, no file and no terminal.

mod digest;
mod error;
mod lexer;
mod manifest;
mod packed;
mod script;

pub use crate::packet::page::extras::Draw;
pub use crate::packet::page::{Action, Delta, Descriptor, Governed, NoGo, ReadOnlyPart, Review, Shadow, Tier};
pub use digest::Digest;
pub use error::ReleaseError;
pub use lexer::{PieceKind, Scanner, statements, words};
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
    /// The page of the packet.
    pub descriptor: Arc<Descriptor>,
    /// The members with their digests.
    pub manifest: Manifest,
    /// The SHA-256 of the sealed packet. It covers every byte of the packet.
    pub digest: Digest,
    /// Path of the sealed packet that the user gave. `None` if the packet in the binary is used.
    pub from: Option<String>,
    /// The page from which the members are composed. It differs from `descriptor` only if the objects were renamed.
    origin: Arc<Descriptor>,
    sources: Arc<Files>,
}

impl Release {
    /// The release that this binary carries.
    ///
    /// # Errors
    /// Returns [`ReleaseError::Packed`] or [`ReleaseError::Composed`].
    pub fn embedded() -> Result<Self, ReleaseError> {
        let Contents { manifest, digest, sources } = packed::packet()?;
        let manifest = Manifest::parse(&manifest)?;
        let page = Descriptor::of(&sources).map_err(|reason| ReleaseError::Composed { reason })?;
        Ok(Self::of(page, sources, manifest, digest, None))
    }

    /// An empty release, for a command that handles another packet than the one in the binary.
    pub fn none() -> Self {
        Self::of(Descriptor::default(), Files::new(), Manifest::default(), Digest::of(b""), None)
    }

    /// Whether this is the result of [`Release::none`].
    pub fn is_none(&self) -> bool {
        self.sources.is_empty()
    }

    /// The release in a sealed packet. `path` is the file that the text was read from.
    ///
    /// # Errors
    /// Returns [`ReleaseError::Sealed`] with the first problem.
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

    /// The text of the sealed packet. Its SHA-256 is the release digest.
    ///
    /// # Errors
    /// Returns [`ReleaseError::Composed`] if the packet cannot be composed.
    pub fn sealed(&self) -> Result<String, ReleaseError> {
        let sealed = sealed::seal(&self.origin, &self.sources, sha256);
        sealed.map(|sealed| sealed.text).map_err(|reason| ReleaseError::Composed { reason })
    }

    /// The sources, by their path in the packet's folder.
    pub fn sources(&self) -> &Files {
        &self.sources
    }

    /// Composes the member with this path and verifies its digest.
    ///
    /// # Errors
    /// Returns [`ReleaseError::Composed`] if there is no such member, and [`ReleaseError::Mismatch`] if its digest is wrong.
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

    /// Composes every member and verifies its digest, then the release digest.
    ///
    /// # Errors
    /// Returns the first [`ReleaseError::Mismatch`] or [`ReleaseError::Composed`].
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

    /// The option that gives the approval code. The option for the release in the binary has a different name.
    pub fn code_option(&self) -> &'static str {
        if self.from.is_some() { "--approval" } else { "--ratified-apr" }
    }

    /// Compares the release digest with the one that the operator gave. The prefix `sha256:` is optional.
    ///
    /// # Errors
    /// Returns [`ReleaseError::Unexpected`] if they differ.
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
    /// Panics if the composed script does not match its digest, because then nothing may be run.
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
    /// Returns [`ReleaseError::Composed`] if the packet has no such query.
    pub fn question(&self, name: &str) -> Result<String, ReleaseError> {
        self.composed(&format!("sql/queries/{name}.sql"))
    }

    /// The query for the states of the tiers.
    ///
    /// # Panics
    /// Panics for the same reason as [`Release::script`].
    pub fn states(&self) -> String {
        self.composed("sql/prod_verify/states.sql").unwrap_or_else(|error| panic!("the packet is damaged: {error}"))
    }

    /// The same packet with its own objects in another schema. The names on the page are replaced.
    ///
    /// # Errors
    /// Returns [`ReleaseError::Renamed`] if the page contradicts itself with the new names.
    pub fn in_schema(&self, schema: &str) -> Result<Self, ReleaseError> {
        let descriptor = self.descriptor.in_schema(&self.sources, schema);
        let descriptor = descriptor.map_err(|reason| ReleaseError::Renamed { reason })?;
        Ok(Self { descriptor: Arc::new(descriptor), ..self.clone() })
    }

    /// The tier with this number.
    pub fn tier(&self, number: u8) -> Option<&Tier> {
        self.descriptor.tiers.iter().find(|tier| tier.number == number)
    }
}

/// The SHA-256 of a text in hex, in the form that the packet module needs.
pub(crate) fn sha256(text: &str) -> String {
    Digest::of(text.as_bytes()).to_string()
}
