//! Sends the statements of a message one by one, without waiting for the answers in between. This costs no additional round trip, and the
//! server logs each statement once. When a message is sent whole, the server logs the whole text for each of its statements.
//!
//! The first statement opens a transaction. It is sent alone. Each later statement is sent behind the [`FENCE`], which fails outside a
//! transaction. So if the BEGIN fails, or an error or a cancel request ends the transaction, no later statement can commit by itself.

use super::message::Message;
use super::reply::{Lost, Reply, assemble, split_at_ready};
use super::session::Session;
use super::tap::ServerMessage;
use crate::sqlstate::INTERNAL_ERROR;
use std::ops::Range;

/// Succeeds only inside an open transaction. The savepoint is empty, so the rows written after it keep the `xmin` of the transaction.
const FENCE: &str = "SAVEPOINT oneroof_in;RELEASE oneroof_in;";

/// How many bytes the protocol adds to the text of a query: its type, its length, and a zero at the end.
const FRAME: usize = 6;

/// How many answers of the fence arrive before the answer to the statement.
const FENCED: usize = 2;

impl Session {
    /// Sends the statements of a message and waits for all answers. The first statement must open a transaction, or return to a savepoint
    /// of an open transaction. The reply has the same form as the reply to a message that is sent whole: it ends with the first error.
    ///
    /// # Errors
    /// See [`Session::simple`].
    pub async fn pipeline(&self, message: &Message) -> Result<Reply, Lost> {
        self.pipeline_in_parts(message, &[]).await
    }

    /// Like [`Session::pipeline`]. After each statement whose number is in `stops` it waits for all answers before it sends the next one.
    ///
    /// # Errors
    /// See [`Session::simple`].
    pub async fn pipeline_in_parts(&self, message: &Message, stops: &[usize]) -> Result<Reply, Lost> {
        if self.sends_whole {
            return self.simple(message.text()).await;
        }
        let mut joined = Reply::default();
        let mut from = 0;
        for to in stops.iter().map(|stop| stop + 1).chain([usize::MAX]) {
            let part = self.pipeline_part(message, from..to).await?;
            from = to;
            joined.statements.extend(part.statements);
            (joined.error, joined.status) = (part.error, part.status);
            if joined.error.is_some() {
                break;
            }
        }
        Ok(joined)
    }

    /// Sends the statements with these numbers. All earlier statements were answered without an error.
    async fn pipeline_part(&self, message: &Message, numbers: Range<usize>) -> Result<Reply, Lost> {
        let chosen = || message.statements().enumerate().filter(|(number, _)| numbers.contains(number));
        let turn = self.begin(chosen().next().map_or("", |(_, text)| text))?;
        let fence = |number: usize| if number == 0 { 0 } else { FENCE.len() };
        self.log().holds_back(chosen().map(|(number, text)| FRAME + fence(number) + text.len()).sum());
        let texts = chosen().map(|(number, text)| match number {
            0 => text.to_owned(),
            _ => [FENCE, text].concat(),
        });
        let rows = self.send_all(texts).await;
        let mut events = self.log().take();
        let mut joined = Reply::default();
        let mut failed = false;
        for (rows, number) in rows.into_iter().zip(numbers.start..) {
            let (first, rest) = split_at_ready(events);
            events = rest;
            let answered = match assemble(rows, first) {
                Ok(answered) => answered,
                Err(lost) => return self.end(&turn, Err(lost)),
            };
            joined.status = answered.status;
            if !failed {
                join(&mut joined, answered, message, number);
                failed = joined.error.is_some();
            }
        }
        self.log().put_back(events);
        self.end(&turn, Ok(joined))
    }
}

/// Adds the answer to one statement to the reply.
fn join(joined: &mut Reply, mut answered: Reply, message: &Message, number: usize) {
    let own = if number == 0 { 0 } else { FENCED };
    let got = answered.statements.len();
    joined.statements.push(answered.statements.pop().unwrap_or_default());
    joined.error = match answered.error {
        Some(error) => {
            let fence = if number == 0 { 0 } else { FENCE.len() };
            let position = error.position().and_then(|position| position.checked_sub(fence));
            let position = position.and_then(|position| message.position_of(number, position));
            Some(error.at(position))
        }
        // The server counted more or fewer statements in the text than we did, so the transaction must be rolled back.
        None if got != own + 1 => {
            let words = format!("one statement was sent, and the server answered {} times", got.saturating_sub(own));
            Some(ServerMessage::found(INTERNAL_ERROR, words))
        }
        None => None,
    };
}
