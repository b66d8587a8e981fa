//! The evidence of a run: `rollout_<UTC>.json` and `rollout_<UTC>.log`. [`Record`] is what the JSON file holds, for the [`Writer`] and for
//! the reader, [`Rollout`], alike.

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

/// `sha256:<64 hex digits>` of some bytes.
pub fn digest_of(bytes: &[u8]) -> String {
    checksum::of(bytes)
}
