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
    /// The sources that this program was built from cannot be composed to a packet.
    #[error("the packet in this binary cannot be composed: {reason}")]
    Composed {
        /// What is wrong, with the file.
        reason: String,
    },
    /// A file that was given as a packet is none.
    #[error("{path} is not a sealed packet: {reason}")]
    Sealed {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// None of those who may sign a packet signed this one.
    #[error("{path} is not signed as it must be: {reason}")]
    Unsigned {
        /// The file.
        path: String,
        /// What is missing.
        reason: String,
    },
    /// A packet does not fit the page of the same packet in another schema.
    #[error("the packet cannot be read under other names: {reason}")]
    Renamed {
        /// What is wrong.
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
