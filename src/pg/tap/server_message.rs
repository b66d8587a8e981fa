//! An error or notice, split into the fields that the server sent.

use std::collections::BTreeMap;

/// An error or notice as the server sent it: fields by their protocol letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerMessage {
    fields: BTreeMap<u8, String>,
}

impl ServerMessage {
    /// Reads the body of an `ErrorResponse` or a `NoticeResponse`.
    pub(crate) fn parse(body: &[u8]) -> Self {
        let fields = body
            .split(|&byte| byte == 0)
            .filter_map(|field| field.split_first())
            .map(|(&letter, text)| (letter, String::from_utf8_lossy(text).into_owned()))
            .collect();
        Self { fields }
    }

    /// A field by its protocol letter; empty when the server sent none.
    pub fn field(&self, letter: u8) -> &str {
        self.fields.get(&letter).map_or("", String::as_str)
    }

    /// `ERROR`, `FATAL`, `WARNING` and so on, never translated.
    pub fn severity(&self) -> &str {
        match self.field(b'V') {
            "" => self.field(b'S'),
            severity => severity,
        }
    }

    /// SQLSTATE.
    pub fn code(&self) -> &str {
        self.field(b'C')
    }

    /// The primary message.
    pub fn message(&self) -> &str {
        self.field(b'M')
    }

    pub fn detail(&self) -> &str {
        self.field(b'D')
    }

    pub fn hint(&self) -> &str {
        self.field(b'H')
    }

    pub fn context(&self) -> &str {
        self.field(b'W')
    }

    /// The same error at another position.
    pub(in crate::pg) fn at(mut self, position: Option<usize>) -> Self {
        match position {
            Some(position) => self.fields.insert(b'P', position.to_string()),
            None => self.fields.remove(&b'P'),
        };
        self
    }

    /// An error that this program found, in the form of a server error.
    pub(in crate::pg) fn found(sqlstate: &str, words: String) -> Self {
        Self { fields: BTreeMap::from([(b'C', sqlstate.to_owned()), (b'M', words), (b'V', "ERROR".to_owned())]) }
    }

    /// The one-based position in the message that was sent, in characters.
    pub fn position(&self) -> Option<usize> {
        self.field(b'P').parse().ok()
    }
}
