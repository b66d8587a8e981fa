//! The queries of a fingerprint in a message, and the fingerprint in the reply.

use super::{Answers, Fingerprint};
use crate::pg::message::{Message, SegmentId};
use crate::pg::questions;
use crate::pg::session::{Reply, Row};
use crate::release::Release;

/// The places of the answers in a message.
#[derive(Debug)]
pub struct FingerprintLayout {
    /// Absent if the packet has no figures.
    figures: Option<SegmentId>,
    structure: SegmentId,
    content: SegmentId,
    sequences: SegmentId,
}

impl FingerprintLayout {
    /// Adds the queries to the message.
    pub fn ask(message: &mut Message, release: &Release) -> Self {
        // The digests must be the same in every time zone. So the server prints all times in UTC, those in rows and those in definitions.
        message.engine("zone", "SET LOCAL TimeZone = 'UTC';");
        Self {
            figures: release.question("figures").ok().map(|figures| message.engine("figures", &figures)),
            structure: message.engine("structure", questions::STRUCTURE),
            content: message.engine("content", questions::CONTENT),
            sequences: message.engine("sequences", questions::SEQUENCES),
        }
    }

    /// Takes the answers out of the reply. `None` if the server did not answer all of them.
    pub fn take(&self, release: &Release, reply: &mut Reply) -> Option<Fingerprint> {
        let figures: Vec<Row> = match &self.figures {
            Some(figures) => reply.take(figures)?,
            None => Vec::new(),
        };
        let answers = (reply.take(&self.structure)?, reply.take(&self.content)?, reply.take(&self.sequences)?);
        let filled = release.descriptor.filled();
        Some(Fingerprint::of(Answers {
            figures: &figures,
            structure: &answers.0,
            content: &answers.1,
            sequences: &answers.2,
            filled: &filled,
        }))
    }
}
