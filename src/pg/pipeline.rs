//! A message sent statement by statement, without waiting in between: no turn more than the message as a whole, and the server's log has
//! each statement once. A message that is sent whole is logged whole for each of its statements.
//!
//! The first statement opens a transaction and stands alone. Each later one stands behind the [`FENCE`], which fails outside a
//! transaction: whatever ended the transaction, an error or a cancel request that hit the BEGIN, nothing later can commit by itself.

use super::message::Message;
use super::reply::{Lost, Reply, assemble, split_at_ready};
use super::session::Session;
use super::tap::ServerMessage;
use crate::sqlstate::INTERNAL_ERROR;
use std::ops::Range;

/// It passes inside an open transaction only. An empty savepoint leaves no trace in the rows written after it.
const FENCE: &str = "SAVEPOINT oneroof_in;RELEASE oneroof_in;";

/// What the protocol adds to the text of a query: its type, its length, and a zero at its end.
const FRAME: usize = 6;

/// The answers to the fence, before the statement's own.
const FENCED: usize = 2;

impl Session {
    /// Sends the statements of a message whose first one opens a transaction, or goes back inside one, and waits for all the answers. The
    /// reply is the same as if the message had been sent whole: what follows the first error is not in it.
    ///
    /// # Errors
    /// See [`Session::simple`].
    pub async fn pipeline(&self, message: &Message) -> Result<Reply, Lost> {
        self.pipeline_in_parts(message, &[]).await
    }

    /// [`Session::pipeline`], which waits for the answers so far behind each of the statements whose numbers are `stops`.
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

    /// The statements with these numbers. What came before them was sent, and answered without an error.
    async fn pipeline_part(&self, message: &Message, numbers: Range<usize>) -> Result<Reply, Lost> {
        let earlier = self.begin()?;
        let chosen = || message.statements().enumerate().filter(|(number, _)| numbers.contains(number));
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
                Err(lost) => return self.end(&earlier, Err(lost)),
            };
            joined.status = answered.status;
            if !failed {
                join(&mut joined, answered, message, number);
                failed = joined.error.is_some();
            }
        }
        self.log().put_back(events);
        self.end(&earlier, Ok(joined))
    }
}

/// Adds the answer to one statement.
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
        // The server takes the text for another number of statements than we do. Nothing of it may stay.
        None if got != own + 1 => {
            let words = format!("one statement was sent, and the server answered {} times", got.saturating_sub(own));
            Some(ServerMessage::found(INTERNAL_ERROR, words))
        }
        None => None,
    };
}
