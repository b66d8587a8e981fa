//! The part of a reply that answers one segment of a message.

use super::message::SegmentId;
use super::session::{Reply, Row, StatementReply};
use super::tap::ServerMessage;

/// What the server answered to one segment of a message.
#[derive(Clone, Copy, Debug)]
pub struct SegmentAnswer<'r> {
    statements: &'r [StatementReply],
    is_whole: bool,
}

impl<'r> SegmentAnswer<'r> {
    /// Whether every statement of the segment completed.
    pub fn is_whole(self) -> bool {
        self.is_whole
    }

    /// The rows of all its statements.
    pub fn rows(self) -> impl Iterator<Item = &'r Row> {
        self.statements.iter().flat_map(|statement| &statement.rows)
    }

    /// The first row.
    pub fn row(self) -> Option<&'r Row> {
        self.statements.iter().find_map(|statement| statement.rows.first())
    }

    /// The notices that its statements raised, in order.
    pub fn notices(self) -> impl DoubleEndedIterator<Item = &'r ServerMessage> {
        self.statements.iter().flat_map(|statement| &statement.notices)
    }
}

impl Reply {
    /// The answer to a segment of the message. It has no statements if the server did not reach the segment.
    pub fn to(&self, segment: &SegmentId) -> SegmentAnswer<'_> {
        let reached = self.statements.len();
        let statements = &self.statements[segment.first.min(reached)..segment.end.min(reached)];
        let completed = reached - usize::from(self.error.is_some());
        SegmentAnswer { statements, is_whole: segment.end <= completed }
    }

    /// Takes the rows of a segment out of the reply. `None` if the segment did not complete.
    pub fn take(&mut self, segment: &SegmentId) -> Option<Vec<Row>> {
        if !self.to(segment).is_whole {
            return None;
        }
        let statements = &mut self.statements[segment.first..segment.end];
        Some(statements.iter_mut().flat_map(|statement| std::mem::take(&mut statement.rows)).collect())
    }
}
