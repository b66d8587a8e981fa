//! A server error with the file, line and column of the packet that caused it.

use super::message::{Message, Place};
use super::session::Reply;
use super::tap::ServerMessage;

/// An SQL error and its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SqlFailure {
    pub sqlstate: String,
    /// The server's primary message.
    pub message: String,
    pub detail: String,
    pub hint: String,
    /// CONTEXT, its first lines.
    pub context: String,
    /// The place in the packet, if it is known.
    pub place: Option<Place>,
    /// Number of the statement in the message.
    pub statement: usize,
}

impl SqlFailure {
    /// The failure of a reply. `None` if the reply has no error.
    pub fn of(message: &Message, reply: &Reply) -> Option<Self> {
        let error = reply.error.as_ref()?;
        let statement = reply.failed_statement()?;
        let place = error
            .position()
            .and_then(|position| message.place_of_position(position))
            .or_else(|| message.place_of_statement(statement));
        Some(Self { place, statement, ..Self::from_server(error) })
    }

    /// A failure of which only the server's message is known.
    pub fn from_server(error: &ServerMessage) -> Self {
        Self {
            sqlstate: error.code().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().to_owned(),
            hint: error.hint().to_owned(),
            context: error.context().lines().take(4).collect::<Vec<_>>().join("\n"),
            place: None,
            statement: 0,
        }
    }
}
