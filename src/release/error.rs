//! The reasons why a packet is not a release. The first problem is reported.

use super::digest::Digest;

/// Why a packet is not a release.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The packet in the binary cannot be unpacked.
    #[error("the packet in this binary is damaged: {reason}")]
    Packed {
        /// What is damaged.
        reason: &'static str,
    },
    /// A manifest line is not `<64 hex digits>  <path>`, or the lines are not sorted and unique.
    #[error("manifest-sha256.txt line {line}: {reason}")]
    ManifestLine {
        /// The number of the line, counted from 1.
        line: usize,
        /// The rule that the line breaks.
        reason: &'static str,
    },
    /// The bytes of a file do not match the digest in the manifest.
    #[error("{path} does not match the manifest: expected sha256 {expected}, found {actual}")]
    Mismatch {
        /// Path from the top of the repository.
        path: String,
        /// The digest in the manifest.
        expected: Digest,
        /// The digest of the bytes in the binary.
        actual: Digest,
    },
    /// No packet can be composed from the sources that this program was built from.
    #[error("the packet in this binary cannot be composed: {reason}")]
    Composed {
        /// The problem, with the name of the file.
        reason: String,
    },
    /// The given file is not a sealed packet.
    #[error("{path} is not a sealed packet: {reason}")]
    Sealed {
        /// The path of the file.
        path: String,
        /// The problem.
        reason: String,
    },
    /// The packet is not signed by any of the people who may sign it.
    #[error("{path} has no valid signature: {reason}")]
    Unsigned {
        /// The path of the file.
        path: String,
        /// What is missing.
        reason: String,
    },
    /// The packet's page contradicts itself after its objects are renamed to another schema.
    #[error("the packet cannot be rewritten for another schema: {reason}")]
    Renamed {
        /// The contradiction.
        reason: String,
    },
    /// A file does not have the guard, body and assert markers, each once and in this order.
    #[error("{path} line {line}: {reason}")]
    Markers {
        /// Path from the top of the repository.
        path: String,
        /// The number of the line, counted from 1. It is 0 if the marker is absent.
        line: u32,
        /// The rule that the file breaks.
        reason: &'static str,
    },
    /// The engine's own queries in the binary are not those that it was built with.
    #[error("the engine's own queries in this binary are damaged: expected {expected}, found {actual}")]
    Engine {
        /// The digest that the build computed.
        expected: &'static str,
        /// The digest of the queries in the binary.
        actual: String,
    },
    /// The operator gave the digest of another release.
    #[error("this binary carries release {actual}, not the expected {expected}")]
    Unexpected {
        /// The digest that the operator gave.
        expected: String,
        /// The digest of the release in this binary.
        actual: String,
    },
}
