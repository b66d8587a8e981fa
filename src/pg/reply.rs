//! The server's answers: rows, replies and lost connections, assembled from the driver's rows and the tap's events.

use super::tap::{Event, ServerMessage};
use std::sync::Arc;
use std::time::Duration;

/// One row as text, with its columns by name.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The names, which all rows of a statement share.
    pub(super) columns: Arc<[String]>,
    pub(super) values: Vec<Option<String>>,
}

impl Row {
    /// The text of a column. `None` for NULL or for a missing column.
    pub fn get(&self, column: &str) -> Option<&str> {
        let place = self.columns.iter().position(|name| name == column)?;
        self.values.get(place)?.as_deref()
    }

    /// The text of a column, empty for NULL.
    pub fn text(&self, column: &str) -> &str {
        self.get(column).unwrap_or_default()
    }

    /// The text of the first column; `None` for NULL.
    pub fn first(&self) -> Option<&str> {
        self.values.first()?.as_deref()
    }

    /// The texts of all columns, in their order.
    pub fn into_values(self) -> Vec<Option<String>> {
        self.values
    }

    /// Whether a boolean column is true.
    pub fn is_true(&self, column: &str) -> bool {
        self.get(column) == Some("t")
    }

    pub fn number(&self, column: &str) -> Option<i64> {
        self.get(column)?.parse().ok()
    }

    /// A row without NULL, for tests.
    #[cfg(test)]
    pub(crate) fn of_texts(columns: &[(&str, &str)]) -> Self {
        Self::of(&columns.iter().map(|(name, value)| (name, Some(value))).collect::<Vec<_>>())
    }

    /// A row for tests.
    #[cfg(test)]
    pub(crate) fn of<Name: AsRef<str>, Value: AsRef<str>>(columns: &[(Name, Option<Value>)]) -> Self {
        Self {
            columns: columns.iter().map(|(name, _)| name.as_ref().to_owned()).collect(),
            values: columns.iter().map(|(_, value)| value.as_ref().map(|value| value.as_ref().to_owned())).collect(),
        }
    }
}

/// What one statement answered.
#[derive(Clone, Debug, Default)]
pub struct StatementReply {
    /// The command tag.
    pub tag: String,
    pub rows: Vec<Row>,
    /// Notices of any severity that it raised, in order.
    pub notices: Vec<ServerMessage>,
}

/// The complete reply of the server to one message.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// The statements that completed. After an error, the last element is the statement that failed, with its notices.
    pub statements: Vec<StatementReply>,
    /// The error that ended the message.
    pub error: Option<ServerMessage>,
    /// The transaction status at the end: `I`, `T` or `E`.
    pub status: u8,
}

impl Reply {
    /// The number of the statement that failed.
    pub fn failed_statement(&self) -> Option<usize> {
        self.error.as_ref().map(|_| self.statements.len() - 1)
    }

    /// The rows of a statement, by number.
    pub fn rows(&self, statement: usize) -> &[Row] {
        self.statements.get(statement).map_or(&[], |reply| &reply.rows)
    }

    /// The first row of a statement.
    pub fn row(&self, statement: usize) -> Option<&Row> {
        self.rows(statement).first()
    }
}

/// The connection was lost.
#[derive(Clone, Debug, Default)]
pub struct Lost {
    /// The last message of the server: an error, or a warning that it will close the connection.
    pub last: Option<ServerMessage>,
    /// What the driver said.
    pub driver: String,
    /// A limit of this program ended the connection. `driver` names the limit.
    pub by_limit: bool,
}

impl Lost {
    /// A connection on which nothing arrived for this time.
    pub fn silent(patience: Duration) -> Self {
        Self { driver: format!("no answer within {} s", patience.as_secs()), ..Self::default() }
    }

    /// The server's last message, or the driver's message if there is none.
    pub fn words(&self) -> &str {
        if self.by_limit {
            return &self.driver;
        }
        self.last.as_ref().map_or(&self.driver, |words| words.message())
    }
}

/// Splits the events into one reply and what the server sent after it, for example the reason why it ends the session.
pub(super) fn split_at_ready(mut events: Vec<Event>) -> (Vec<Event>, Vec<Event>) {
    let first = events.iter().position(|event| matches!(event, Event::Ready(_))).map_or(events.len(), |at| at + 1);
    let second = events.split_off(first);
    (events, second)
}

/// Combines the driver's rows with the tap's events. Only the tap has the tags, the notices and the error.
pub(super) fn assemble(rows: Result<Vec<Vec<Row>>, String>, events: Vec<Event>) -> Result<Reply, Lost> {
    let mut reply = Reply::default();
    let mut current = StatementReply::default();
    let last = last_words(&events);
    let mut ready = false;
    for event in events {
        match event {
            Event::Notice(notice) => current.notices.push(notice),
            Event::Complete(tag) => {
                current.tag = tag;
                reply.statements.push(std::mem::take(&mut current));
            }
            Event::Error(error) => {
                reply.statements.push(std::mem::take(&mut current));
                reply.error = Some(error);
            }
            Event::Ready(status) => {
                reply.status = status;
                ready = true;
            }
        }
    }
    match rows {
        Ok(rows) if ready => {
            for (statement, rows) in reply.statements.iter_mut().zip(rows) {
                statement.rows = rows;
            }
            Ok(reply)
        }
        Ok(_) => Err(Lost { last, driver: "the connection ended".to_owned(), by_limit: false }),
        // For a typed query the driver returns the server's error as its own. If the server is ready again, this is a complete reply.
        Err(_) if ready && reply.error.is_some() => Ok(reply),
        Err(driver) => Err(Lost { last, driver, by_limit: false }),
    }
}

/// The last error among the events, or the last warning that announces a shutdown (class 57P).
pub(super) fn last_words(events: &[Event]) -> Option<ServerMessage> {
    events.iter().rev().find_map(|event| match event {
        Event::Error(error) => Some(error.clone()),
        Event::Notice(notice) if notice.code().starts_with("57P") => Some(notice.clone()),
        _ => None,
    })
}
