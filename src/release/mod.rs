//! The release: what this binary carries, proven to be what its manifest says.
//!
//! Pure. [`Release::load`] takes bytes and answers a release or the first reason why there is none; nothing here
//! touches a database, a file or a terminal.

mod lexer;
mod lint;
mod manifest;
mod packed;
mod script;

pub use crate::packet::page::{
    Action, Delta, Descriptor, Gate, Governed, NoGo, Organic, Packet, ReadOnlyPart, Revalidation, Review, Shadow, Tier,
    Witness,
};
pub use lexer::{Statement, statements};
pub use lint::{Finding, lint, lint_script};
pub use manifest::{Digest, Manifest};
pub use packed::{BLOCK, Contents, File, packet};
pub use script::{Part, PartKind, Script};

use crate::packet::compose::PAGE;
use packed::Packed;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Why the embedded packet is not a release.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The packet cannot be taken out of the binary.
    #[error("the packet in this binary is damaged: {reason}")]
    Packed {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A manifest line is not `<64 hex digits>  <path>`, or the lines are not sorted and unique.
    #[error("manifest-sha256.txt line {line}: {reason}")]
    ManifestLine {
        /// One-based line number.
        line: usize,
        /// The rule that the line breaks.
        reason: &'static str,
    },
    /// The manifest names a file that the binary does not carry.
    #[error("{path} is in the manifest but not in the binary")]
    Missing {
        /// Path from the top of the repository.
        path: String,
    },
    /// The binary carries a file that the manifest does not name.
    #[error("{path} is in the binary but not in the manifest")]
    Unlisted {
        /// Path from the top of the repository.
        path: String,
    },
    /// A file's bytes are not those that the manifest names.
    #[error("{path} does not match the manifest: expected sha256 {expected}, found {actual}")]
    Mismatch {
        /// Path from the top of the repository.
        path: String,
        /// Digest in the manifest.
        expected: Digest,
        /// Digest of the bytes in the binary.
        actual: Digest,
    },
    /// `sql/release.toml` cannot be read or contradicts itself.
    #[error("sql/release.toml: {reason}")]
    Descriptor {
        /// What is wrong, with line and column where the parser knows them.
        reason: String,
    },
    /// A file lacks the three part markers, or has them in another order.
    #[error("{path} line {line}: {reason}")]
    Markers {
        /// Path from the top of the repository.
        path: String,
        /// One-based line number; 0 when the marker is absent.
        line: u32,
        /// The rule that is broken.
        reason: &'static str,
    },
    /// The engine's own queries are not those that it was built with.
    #[error("the engine's own queries in this binary are damaged: expected {expected}, found {actual}")]
    Engine {
        /// Digest that the build worked out.
        expected: &'static str,
        /// Digest of what the binary holds.
        actual: String,
    },
    /// The digest that the operator named is not this release's.
    #[error("this binary carries release {actual}, not the expected {expected}")]
    Unexpected {
        /// The digest given by the operator.
        expected: String,
        /// This binary's release digest.
        actual: String,
    },
}

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

/// A file's text, verified; most are unpacked anew whenever they are asked for, so that they take no memory in between.
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

    /// The same packet with its own objects in another schema, as the page tells of it.
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
