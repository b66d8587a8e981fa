//! The release: what this binary carries, proven to be what its manifest says.
//!
//! Pure. [`Release::load`] takes bytes and answers a release or the first reason why there is none; nothing here
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
pub use lexer::statements;
pub use lint::{lint, lint_script};
pub use manifest::Manifest;
pub use packed::{BLOCK, Contents, File, packet};
pub use script::{Part, PartKind, Script};

use crate::packet::compose::PAGE;
use packed::Packed;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The verified packet: descriptor, scripts and the release digest.
#[derive(Debug)]
pub struct Release {
    /// `sql/release.toml`.
    pub descriptor: Descriptor,
    /// The manifest that every byte was checked against.
    pub manifest: Manifest,
    /// SHA-256 of the manifest: it covers every byte of the packet.
    pub digest: Digest,
    texts: BTreeMap<String, Text>,
}

/// A file's text, verified; most are unpacked anew at each use, so that they take no memory in between.
#[derive(Clone, Debug)]
enum Text {
    Packed(Packed),
    Plain(String),
}

impl Text {
    fn read(&self) -> Result<Cow<'_, str>, ReleaseError> {
        match self {
            Self::Packed(file) => file.unpacked().map(Cow::Owned).map_err(|reason| ReleaseError::Packed { reason }),
            Self::Plain(text) => Ok(Cow::Borrowed(text)),
        }
    }

    /// As [`Text::read`], of a text that was read before.
    fn again(&self) -> Cow<'_, str> {
        match self.read() {
            Ok(text) => text,
            Err(error) => unreachable!("the release was verified from these bytes: {error}"),
        }
    }
}

impl Release {
    /// The release that this binary carries.
    ///
    /// # Errors
    /// [`ReleaseError::Packed`], and see [`Release::load`].
    pub fn embedded() -> Result<Self, ReleaseError> {
        let (manifest, files) = packed::packed()?;
        let texts = files.into_iter().map(|file| (file.path.to_owned(), Text::Packed(file)));
        Self::of(texts.collect(), &manifest)
    }

    /// Checks `files` against `manifest`, byte for byte and in both directions, then reads the descriptor and cuts the scripts.
    ///
    /// # Errors
    /// Any [`ReleaseError`] but `Packed` and `Unexpected`: the first thing found wrong.
    pub fn load(files: Vec<File>, manifest: &str) -> Result<Self, ReleaseError> {
        let texts = files.into_iter().map(|file| (file.path, Text::Plain(file.text)));
        Self::of(texts.collect(), manifest)
    }

    fn of(texts: BTreeMap<String, Text>, manifest: &str) -> Result<Self, ReleaseError> {
        let manifest = Manifest::parse(manifest)?;
        manifest.check(&texts, |text| text.read().map(|text| Digest::of(text.as_bytes())))?;
        let descriptor_text = texts.get(PAGE).ok_or_else(|| ReleaseError::Missing { path: PAGE.to_owned() })?;
        let descriptor =
            Descriptor::parse(&descriptor_text.read()?).map_err(|reason| ReleaseError::Descriptor { reason })?;
        for path in descriptor.script_paths() {
            let text = texts.get(&path).ok_or_else(|| ReleaseError::Descriptor {
                reason: format!("names {path}, which the packet does not hold"),
            })?;
            Script::cut(&path, text.read()?)?;
        }
        let digest = manifest.release_digest();
        Ok(Self { descriptor, manifest, digest, texts })
    }

    /// The release digest in the form that people and approvals use: `sha256:<64 hex digits>`.
    pub fn digest_text(&self) -> String {
        format!("sha256:{}", self.digest)
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
    /// Never for a path that the descriptor names: [`Release::load`] cut every one of them.
    pub fn script(&self, path: &str) -> Script<'_> {
        match Script::cut(path, self.texts[path].again()) {
            Ok(script) => script,
            Err(error) => unreachable!("the release was verified from these bytes: {error}"),
        }
    }

    /// The text of any embedded file, by its path from the top of the repository.
    pub fn text(&self, path: &str) -> Option<Cow<'_, str>> {
        self.texts.get(path).map(Text::again)
    }

    /// A read-only query of the packet, by its bare name: which tiers are there, or one of `sql/queries/`.
    ///
    /// # Panics
    /// When the packet lacks the file: a test holds every name used against the packet.
    pub fn question(&self, name: &str) -> Cow<'_, str> {
        let folder = if name == "states" { "prod_verify" } else { "queries" };
        self.texts[&format!("sql/{folder}/{name}.sql")].again()
    }

    /// The same packet with its own objects in another schema, as the page declares it.
    ///
    /// # Errors
    /// [`ReleaseError::Descriptor`] when the page contradicts itself under the other names.
    pub fn in_schema(&self, schema: &str) -> Result<Self, ReleaseError> {
        let text = self.texts[PAGE].again();
        let descriptor =
            self.descriptor.in_schema(&text, schema).map_err(|reason| ReleaseError::Descriptor { reason })?;
        Ok(Self { descriptor, manifest: self.manifest.clone(), digest: self.digest, texts: self.texts.clone() })
    }

    /// The tier of that number.
    pub fn tier(&self, number: u8) -> Option<&Tier> {
        self.descriptor.tiers.iter().find(|tier| tier.number == number)
    }
}
