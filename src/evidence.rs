//! The evidence of a run consists of `rollout_<UTC>.json` and `rollout_<UTC>.log`. [`Record`] is the content of the JSON file. The
//! [`Writer`] and the reader, [`Rollout`], use the same type.

mod chain;
mod checksum;
mod consistency;
mod operator;
mod previous;
mod read;
mod record;
mod write;

pub use chain::{Chain, chain};
pub use consistency::{Contradiction, Topic, contradictions};
pub use operator::Operator;
pub use previous::Previous;
pub use read::{RecordedReport, Rollout};
pub use record::{Confirmed, How, LogSoFar, Record};
pub use write::Writer;

/// The SHA-256 of some bytes as `sha256:<64 hex digits>`.
pub fn digest_of(bytes: &[u8]) -> String {
    checksum::of(bytes)
}
