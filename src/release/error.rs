//! Why there is no release: the first thing found wrong.

use super::digest::Digest;

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
    /// A file does not have the guard, body and assert markers, each once and in this order.
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
