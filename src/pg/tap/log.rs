//! What the tap has recorded since the last call of `take`, and the limits for one reply. Only what is needed is kept.

use super::server_message::ServerMessage;
use crate::sqlstate::{APPROVALS, CHECK};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The limit for one complete reply including its rows. A longer reply would fill the memory.
const REPLY_LIMIT: usize = 64 << 20;
/// How many bytes are kept of all errors and notices of one reply.
const WORDS_LIMIT: usize = 16 << 20;
/// The limit for the number of events of one reply.
pub(super) const EVENT_LIMIT: usize = 20_000;
/// How many warnings of one reply are kept. Further warnings are dropped.
pub(super) const WARNING_LIMIT: usize = 100;
/// The limit for the bytes of all notices of one reply, including notices that are not kept. They only take time, but a reply must end.
const NOTICES_LIMIT: usize = 4 << 30;
/// The type of a `NoticeResponse`.
pub(super) const NOTICE: u8 = b'N';

/// One event of a reply. Events are kept in the order in which the server sent them.
#[derive(Clone, Debug)]
pub enum Event {
    /// A statement completed, with its tag; an empty query has an empty tag.
    Complete(String),
    /// A notice of any severity.
    Notice(ServerMessage),
    /// The error that ended the message.
    Error(ServerMessage),
    /// The server is ready for the next message. `I`: no transaction. `T`: in a transaction. `E`: in a failed transaction.
    Ready(u8),
}

#[derive(Debug, Default)]
pub(super) struct Log {
    events: Vec<Event>,
    pub(super) backend_pid: Option<i32>,
    password_wanted: bool,
    /// Whether the version that the server sent is that of a pooler.
    console: bool,
    /// The bytes of all frames except notices, since the last [`TapLog::take`].
    passed: usize,
    /// The bytes of notices since then.
    noticed: usize,
    /// The bytes of errors and notices that are kept.
    kept: usize,
    /// The number of warnings that are kept.
    warnings: usize,
    /// The limit of this program that ended the connection.
    pub(super) limit: Option<&'static str>,
    /// How many bytes of a pipeline the driver has not written yet.
    in_flight: usize,
    /// The first bytes from the other end, if it is not a PostgreSQL server.
    pub(super) greeting: Option<Vec<u8>>,
}

impl Log {
    /// Whether the notice is needed: it is a check of the packet, the announcement of a shutdown, or a warning.
    fn wants(&mut self, notice: &ServerMessage) -> bool {
        if [CHECK, APPROVALS].contains(&notice.code()) || notice.code().starts_with("57P") {
            return true;
        }
        let is_kept = notice.severity() == "WARNING" && self.warnings < WARNING_LIMIT;
        self.warnings += usize::from(is_kept);
        is_kept
    }

    fn exceeded(&self) -> Option<&'static str> {
        if self.passed > REPLY_LIMIT {
            Some("the reply is longer than the limit of 64 MB")
        } else if self.events.len() > EVENT_LIMIT {
            Some("the reply has more results and checks than the limit of 20,000")
        } else if self.kept > WORDS_LIMIT {
            Some("the checks and errors of the reply are longer than the limit of 16 MB")
        } else if self.noticed > NOTICES_LIMIT {
            Some("the notices of the reply are longer than the limit of 4 GB")
        } else {
            None
        }
    }
}

/// The side of the tap that the session reads.
#[derive(Clone, Debug, Default)]
pub struct TapLog(Arc<Mutex<Log>>);

impl TapLog {
    /// The process id that the server gave at login.
    pub fn backend_pid(&self) -> Option<i32> {
        self.lock().backend_pid
    }

    /// Whether the server asked for a password.
    pub fn password_wanted(&self) -> bool {
        self.lock().password_wanted
    }

    /// Whether the version that the server sent at login is that of a pooler's console, such as `1.18.0/bouncer`.
    pub fn is_console_of_pooler(&self) -> bool {
        self.lock().console
    }

    /// Everything that passed since the last call.
    pub fn take(&self) -> Vec<Event> {
        let mut log = self.lock();
        (log.passed, log.noticed, log.kept, log.warnings) = (0, 0, 0, 0);
        std::mem::take(&mut log.events)
    }

    /// The first bytes from the other end, if it is not a PostgreSQL server.
    pub fn greeting(&self) -> Option<Vec<u8>> {
        self.lock().greeting.clone()
    }

    /// The limit of this program that ended the connection, in words.
    pub fn limit(&self) -> Option<&'static str> {
        self.lock().limit
    }

    /// Returns events that belong to no reply yet. The next call of `take` returns them first.
    pub fn put_back(&self, events: Vec<Event>) {
        self.lock().events.splice(0..0, events);
    }

    /// Announces that the driver is about to write this number of bytes. The tap holds them and sends them together.
    pub fn holds_back(&self, bytes: usize) {
        self.lock().in_flight = bytes;
    }

    /// Whether the driver still has bytes of the pipeline to write.
    pub(super) fn is_in_flight(&self) -> bool {
        self.lock().in_flight > 0
    }

    /// The driver has written this number of bytes of the pipeline.
    pub(super) fn left(&self, bytes: usize) {
        let mut log = self.lock();
        log.in_flight = log.in_flight.saturating_sub(bytes);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, event: Event) {
        self.lock().events.push(event);
    }

    /// Counts a frame that begins. An error if the reply is over a limit.
    pub(super) fn count(&self, tag: u8, length: usize) -> io::Result<()> {
        let mut log = self.lock();
        let counted = if tag == NOTICE { &mut log.noticed } else { &mut log.passed };
        *counted = counted.saturating_add(length);
        match log.exceeded() {
            None => Ok(()),
            Some(limit) => {
                log.limit = Some(limit);
                Err(io::Error::new(io::ErrorKind::InvalidData, limit))
            }
        }
    }

    pub(super) fn frame(&self, tag: u8, body: &[u8]) {
        if tag == NOTICE {
            let notice = ServerMessage::parse(body);
            let mut log = self.lock();
            if log.wants(&notice) {
                log.kept += body.len();
                log.events.push(Event::Notice(notice));
            }
            return;
        }
        self.lock().kept += body.len();
        match tag {
            b'C' => self.push(Event::Complete(text_until_zero(body))),
            b'I' => self.push(Event::Complete(String::new())),
            b'E' => self.push(Event::Error(ServerMessage::parse(body))),
            b'Z' => self.push(Event::Ready(body.first().copied().unwrap_or(b'?'))),
            b'K' => {
                let pid = body.first_chunk::<4>().map(|bytes| i32::from_be_bytes(*bytes));
                self.lock().backend_pid = pid;
            }
            b'S' => {
                let mut parts = body.split(|byte| *byte == 0);
                let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                self.lock().console |= name == b"server_version" && value.ends_with(b"/bouncer");
            }
            b'R' => {
                let kind = body.first_chunk::<4>().map(|bytes| i32::from_be_bytes(*bytes));
                // These are the requests for a password in plain text, as MD5, and by SASL.
                self.lock().password_wanted |= matches!(kind, Some(3 | 5 | 10));
            }
            _ => {}
        }
    }
}

fn text_until_zero(body: &[u8]) -> String {
    let end = body.iter().position(|&byte| byte == 0).unwrap_or(body.len());
    String::from_utf8_lossy(&body[..end]).into_owned()
}
