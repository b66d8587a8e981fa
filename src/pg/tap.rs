//! Listens on the wire between the server and the driver.
//!
//! The driver hides three things that the truth about a transaction hangs on: the tag of a `COMMIT` (it says Ok when the server
//! answered `ROLLBACK`), the process id given at login (a pooler answers with another backend later), and the order of notices and
//! command tags inside one message. The tap reads them from the bytes that pass, and refuses frames no server would send.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// No frame of a release is near this size; a larger length is garbage or malice.
const FRAME_LIMIT: usize = 16 << 20;
/// Nor is a whole reply, rows and all: what is longer would only fill the memory.
const REPLY_LIMIT: usize = 64 << 20;
/// What is kept of all errors and notices of one reply.
const WORDS_LIMIT: usize = 16 << 20;
/// What is kept of one error or notice; the rest passes unread.
const KEPT_LIMIT: usize = 1 << 18;
/// Events of one reply.
const EVENT_LIMIT: usize = 20_000;

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

    /// `ERROR`, `FATAL`, `WARNING`, … never translated.
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

    /// DETAIL.
    pub fn detail(&self) -> &str {
        self.field(b'D')
    }

    /// HINT.
    pub fn hint(&self) -> &str {
        self.field(b'H')
    }

    /// CONTEXT.
    pub fn context(&self) -> &str {
        self.field(b'W')
    }

    /// One-based position in characters of the message that was sent.
    pub fn position(&self) -> Option<usize> {
        self.field(b'P').parse().ok()
    }
}

/// Something that passed, in order.
#[derive(Clone, Debug)]
pub enum Event {
    /// A statement completed, with its tag; an empty query has an empty tag.
    Complete(String),
    /// A notice of any severity.
    Notice(ServerMessage),
    /// The error that ended the message.
    Error(ServerMessage),
    /// The server waits for the next message; `I` idle, `T` in a transaction, `E` in a failed one.
    Ready(u8),
}

#[derive(Debug, Default)]
struct Log {
    events: Vec<Event>,
    backend_pid: Option<i32>,
    password_wanted: bool,
    /// Bytes of frames since the last [`TapLog::take`].
    passed: usize,
    /// Bytes of them that are kept.
    kept: usize,
}

/// The listener's side of the tap.
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

    /// Everything that passed since the last call.
    pub fn take(&self) -> Vec<Event> {
        let mut log = self.lock();
        (log.passed, log.kept) = (0, 0);
        std::mem::take(&mut log.events)
    }

    /// Events that belong to no reply yet: they come first when events are taken again.
    pub fn put_back(&self, events: Vec<Event>) {
        self.lock().events.splice(0..0, events);
    }

    /// How many times the server has become ready since the last [`TapLog::take`].
    pub fn ready_count(&self) -> usize {
        self.lock().events.iter().filter(|event| matches!(event, Event::Ready(_))).count()
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, event: Event) {
        self.lock().events.push(event);
    }

    /// Counts a frame that begins; a reply without end is not listened to.
    fn count(&self, length: usize) -> io::Result<()> {
        let mut log = self.lock();
        log.passed = log.passed.saturating_add(length);
        if log.passed > REPLY_LIMIT || log.events.len() > EVENT_LIMIT || log.kept > WORDS_LIMIT {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the server answers more than a release could ask"));
        }
        Ok(())
    }

    fn frame(&self, tag: u8, body: &[u8]) {
        self.lock().kept += body.len();
        match tag {
            b'C' => self.push(Event::Complete(text_until_zero(body))),
            b'I' => self.push(Event::Complete(String::new())),
            b'N' => self.push(Event::Notice(ServerMessage::parse(body))),
            b'E' => self.push(Event::Error(ServerMessage::parse(body))),
            b'Z' => self.push(Event::Ready(body.first().copied().unwrap_or(b'?'))),
            b'K' => {
                let pid = body.first_chunk::<4>().map(|bytes| i32::from_be_bytes(*bytes));
                self.lock().backend_pid = pid;
            }
            b'R' => {
                let kind = body.first_chunk::<4>().map(|bytes| i32::from_be_bytes(*bytes));
                // In plain text, as MD5, by SASL.
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

/// Where the reader stands between two reads.
#[derive(Debug, Default)]
struct Frames {
    header: Vec<u8>,
    body: Vec<u8>,
    remaining: usize,
}

impl Frames {
    fn feed(&mut self, mut bytes: &[u8], log: &TapLog) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.header.len() < 5 {
                let missing = (5 - self.header.len()).min(bytes.len());
                self.header.extend_from_slice(&bytes[..missing]);
                bytes = &bytes[missing..];
                if self.header.len() < 5 {
                    return Ok(());
                }
                self.remaining = frame_length(&self.header)?;
                log.count(self.remaining)?;
            } else {
                let here = self.remaining.min(bytes.len());
                let kept = here.min(KEPT_LIMIT.saturating_sub(self.body.len()));
                if matches!(self.header[0], b'C' | b'I' | b'N' | b'E' | b'Z' | b'K' | b'R') {
                    self.body.extend_from_slice(&bytes[..kept]);
                }
                self.remaining -= here;
                bytes = &bytes[here..];
            }
            if self.remaining == 0 {
                log.frame(self.header[0], &self.body);
                self.header.clear();
                self.body.clear();
            }
        }
        Ok(())
    }
}

/// The length of the body that follows a five-byte header.
fn frame_length(header: &[u8]) -> io::Result<usize> {
    let announced = header[1..].iter().fold(0_usize, |length, &byte| (length << 8) | usize::from(byte));
    let known = header[0].is_ascii_alphanumeric();
    match announced.checked_sub(4) {
        Some(length) if known && length <= FRAME_LIMIT => Ok(length),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!(
                "the peer does not speak PostgreSQL's protocol: a frame of type {} and length {announced}",
                header[0]
            ),
        )),
    }
}

/// A byte stream with the tap on its reading side.
#[derive(Debug)]
pub struct Tap<S> {
    inner: S,
    frames: Frames,
    log: TapLog,
    leaving: bool,
}

impl<S> Tap<S> {
    /// Puts the tap on a stream that has not yet carried the startup packet.
    pub fn new(inner: S) -> (Self, TapLog) {
        let log = TapLog::default();
        (Self { inner, frames: Frames::default(), log: log.clone(), leaving: false }, log)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        let before = buffer.filled().len();
        let polled = Pin::new(&mut tap.inner).poll_read(context, buffer);
        if let Poll::Ready(Ok(())) = polled {
            tap.frames.feed(&buffer.filled()[before..], &tap.log)?;
        }
        polled
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        if !tap.leaving {
            // A peer that has gone first cannot be told goodbye, and need not be.
            let _ = std::task::ready!(Pin::new(&mut tap.inner).poll_shutdown(context));
            tap.leaving = true;
        }
        // The end of the stream is the server's sign that the backend has ended, and its locks with it.
        let mut scratch = [0_u8; 512];
        loop {
            let mut rest = ReadBuf::new(&mut scratch);
            match std::task::ready!(Pin::new(&mut tap.inner).poll_read(context, &mut rest)) {
                Ok(()) if !rest.filled().is_empty() => {}
                _ => return Poll::Ready(Ok(())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(tag: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [&[tag][..], &length.to_be_bytes(), body].concat()
    }

    #[test]
    fn events_keep_their_order_however_the_bytes_are_cut() {
        let bytes = [
            frame(b'K', &[0, 0, 1, 0, 9, 9, 9, 9]),
            frame(b'N', b"SINFO\0COR001\0Mhello\0\0"),
            frame(b'C', b"ROLLBACK\0"),
            frame(b'D', &[0; 300]),
            frame(b'E', b"SFEHLER\0VERROR\0C42P01\0Mno\0P17\0\0"),
            frame(b'Z', b"E"),
        ]
        .concat();
        for size in [1, 2, 3, 7, bytes.len()] {
            let (mut frames, log) = (Frames::default(), TapLog::default());
            bytes.chunks(size).for_each(|chunk| frames.feed(chunk, &log).unwrap());
            assert_eq!(log.backend_pid(), Some(256));
            let events = log.take();
            let [Event::Notice(notice), Event::Complete(tag), Event::Error(error), Event::Ready(b'E')] = &events[..]
            else {
                panic!("{events:?}");
            };
            assert_eq!((notice.code(), tag.as_str()), ("OR001", "ROLLBACK"));
            assert_eq!((error.severity(), error.position()), ("ERROR", Some(17)));
        }
    }

    #[test]
    fn what_was_put_back_is_taken_before_what_came_since() {
        let (mut frames, log) = (Frames::default(), TapLog::default());
        frames.feed(&[frame(b'Z', b"T"), frame(b'E', b"C25P03\0\0")].concat(), &log).unwrap();
        let mut taken = log.take();
        log.put_back(taken.split_off(1));
        frames.feed(&frame(b'C', b"COMMIT\0"), &log).unwrap();
        let events = log.take();
        assert!(
            matches!(&events[..], [Event::Error(error), Event::Complete(_)] if error.code() == "25P03"),
            "{events:?}"
        );
    }

    #[test]
    fn impossible_frames_end_the_connection() {
        for bytes in [&b"E\0\0\0\0"[..], b"E\xff\xff\xff\xff", b"\0\0\0\0\x08", b"HTTP/1.1 400"] {
            let (mut frames, log) = (Frames::default(), TapLog::default());
            assert!(frames.feed(bytes, &log).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_reply_without_end_ends_the_connection() {
        let (mut frames, log) = (Frames::default(), TapLog::default());
        let row = frame(b'D', &vec![0; 1 << 20]);
        assert!((0..65).any(|_| frames.feed(&row, &log).is_err()));
        let (mut frames, log) = (Frames::default(), TapLog::default());
        let tag = frame(b'C', b"SELECT 1\0");
        assert!((0..=EVENT_LIMIT + 1).any(|_| frames.feed(&tag, &log).is_err()));
        // One reply's frames do not count for the next.
        let (mut frames, log) = (Frames::default(), TapLog::default());
        for _ in 0..EVENT_LIMIT {
            frames.feed(&tag, &log).unwrap();
            log.take();
        }
    }

    #[test]
    fn a_huge_notice_is_kept_only_in_part() {
        let (mut frames, log) = (Frames::default(), TapLog::default());
        frames.feed(&frame(b'N', &vec![b'x'; KEPT_LIMIT * 3]), &log).unwrap();
        let [Event::Notice(notice)] = &log.take()[..] else { panic!("no notice") };
        assert!(notice.field(b'x').len() <= KEPT_LIMIT);
    }
}
