//! Listens on the wire between the server and the driver.
//!
//! The driver hides three things that the truth about a transaction hangs on: the tag of a `COMMIT` (it says Ok when the server
//! answered `ROLLBACK`), the process id given at login (a pooler answers with another backend later), and the order of notices and
//! command tags inside one message. The tap reads them from the bytes that pass, and refuses frames no server would send.
//!
//! A database may send notices without end: `auto_explain` and `pgaudit` repeat every statement to the client. Only those that somebody
//! reads are kept, and none goes on to the driver, so that they cost no memory.

use crate::sqlstate::{APPROVALS, CHECK};
use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// No row or error of a release is near this size.
const FRAME_LIMIT: usize = 16 << 20;
/// Nor is a whole reply, rows and all: what is longer would only fill the memory.
const REPLY_LIMIT: usize = 64 << 20;
/// What is kept of all errors and notices of one reply.
const WORDS_LIMIT: usize = 16 << 20;
/// What is kept of one error or notice; the rest passes unread.
const KEPT_LIMIT: usize = 1 << 18;
/// Events of one reply.
const EVENT_LIMIT: usize = 20_000;
/// Warnings of one reply that are kept. More of them say nothing new.
const WARNING_LIMIT: usize = 100;
/// Notices of one reply, kept or passed over, in bytes: they cost only time, but a reply has to end.
const NOTICES_LIMIT: usize = 4 << 30;
/// How much is kept of what another program says.
const GREETING_LIMIT: usize = 400;
/// The longest message that the protocol knows.
const PROTOCOL_LIMIT: usize = i32::MAX as usize;
/// The type of a `NoticeResponse`.
const NOTICE: u8 = b'N';
/// Types of messages that a server sends.
const SERVER_TYPES: &[u8] = b"123ACDEGHIKNRSTVWZcdnstv";

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
    /// The server's version is that of a pooler.
    console: bool,
    /// Bytes of frames since the last [`TapLog::take`], without notices.
    passed: usize,
    /// Bytes of notices since then.
    noticed: usize,
    /// Bytes that are kept of both.
    kept: usize,
    /// Warnings that are kept.
    warnings: usize,
    /// The limit of ours that ended the connection.
    limit: Option<&'static str>,
    /// What another program than PostgreSQL said in place of its first message.
    greeting: Option<Vec<u8>>,
}

impl Log {
    /// Whether anybody reads the notice: a check of the packet, the announcement of an end, a warning.
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
            Some("the reply is longer than the 64 MB that are read")
        } else if self.events.len() > EVENT_LIMIT {
            Some("the reply has more than the 20,000 results and checks that are read")
        } else if self.kept > WORDS_LIMIT {
            Some("the checks and errors of the reply are longer than the 16 MB that are read")
        } else if self.noticed > NOTICES_LIMIT {
            Some("the notices of the reply are longer than the 4 GB that are passed over")
        } else {
            None
        }
    }
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

    /// Whether the version that was told at login is that of a pooler: its console says so, such as `1.18.0/bouncer`.
    pub fn is_console_of_pooler(&self) -> bool {
        self.lock().console
    }

    /// Everything that passed since the last call.
    pub fn take(&self) -> Vec<Event> {
        let mut log = self.lock();
        (log.passed, log.noticed, log.kept, log.warnings) = (0, 0, 0, 0);
        std::mem::take(&mut log.events)
    }

    /// What another program said where the server's first message was due, the beginning of it.
    pub fn greeting(&self) -> Option<Vec<u8>> {
        self.lock().greeting.clone()
    }

    /// The limit of ours that ended the connection, in words.
    pub fn limit(&self) -> Option<&'static str> {
        self.lock().limit
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

    /// Counts a frame that begins; a reply without end is not read.
    fn count(&self, tag: u8, length: usize) -> io::Result<()> {
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

    fn frame(&self, tag: u8, body: &[u8]) {
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

/// A type and a length.
const HEADER: usize = 5;

impl Frames {
    /// Reads what has come, moves what the driver is to see to the front and answers its length.
    fn feed(&mut self, bytes: &mut [u8], log: &TapLog) -> io::Result<usize> {
        let (mut at, mut passed_on) = (0, 0);
        while at < bytes.len() {
            let taken = if self.header.len() < HEADER {
                let before = self.header.clone();
                self.take_header(&bytes[at..], log).inspect_err(|_| {
                    let mut log = log.lock();
                    if log.backend_pid.is_none() {
                        let end = bytes.len().min(at + GREETING_LIMIT);
                        log.greeting = Some([&before, &bytes[at..end]].concat());
                    }
                })?
            } else {
                self.take_body(&bytes[at..])
            };
            if self.header[0] != NOTICE {
                bytes.copy_within(at..at + taken, passed_on);
                passed_on += taken;
            }
            at += taken;
            if self.header.len() == HEADER && self.remaining == 0 {
                log.frame(self.header[0], &self.body);
                self.header.clear();
                self.body.clear();
            }
        }
        Ok(passed_on)
    }

    fn take_header(&mut self, bytes: &[u8], log: &TapLog) -> io::Result<usize> {
        let taken = (HEADER - self.header.len()).min(bytes.len());
        self.header.extend_from_slice(&bytes[..taken]);
        if self.header.len() == HEADER {
            self.remaining = frame_length(&self.header, log)?;
            log.count(self.header[0], self.remaining)?;
        }
        Ok(taken)
    }

    fn take_body(&mut self, bytes: &[u8]) -> usize {
        let taken = self.remaining.min(bytes.len());
        let kept = taken.min(KEPT_LIMIT.saturating_sub(self.body.len()));
        if matches!(self.header[0], b'C' | b'I' | NOTICE | b'E' | b'Z' | b'K' | b'R' | b'S') {
            self.body.extend_from_slice(&bytes[..kept]);
        }
        self.remaining -= taken;
        taken
    }
}

/// The length of the body that follows a header.
fn frame_length(header: &[u8], log: &TapLog) -> io::Result<usize> {
    let announced = header[1..].iter().fold(0_usize, |length, &byte| (length << 8) | usize::from(byte));
    // Before the login is complete another program may be at the other end, whose text would be read as huge lengths.
    let is_server = log.backend_pid().is_some();
    let longest = if is_server && header[0] == NOTICE { PROTOCOL_LIMIT } else { FRAME_LIMIT };
    let is_known = SERVER_TYPES.contains(&header[0]) && announced <= PROTOCOL_LIMIT;
    let reason = match announced.checked_sub(4) {
        Some(length) if is_known && length <= longest => return Ok(length),
        Some(_) if is_known && is_server => {
            let limit = "one row or message is longer than the 16 MB that are read";
            log.lock().limit = Some(limit);
            limit
        }
        _ => "the peer does not speak PostgreSQL's protocol",
    };
    Err(io::Error::new(io::ErrorKind::InvalidData, reason))
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
        loop {
            std::task::ready!(Pin::new(&mut tap.inner).poll_read(context, buffer))?;
            let read = &mut buffer.filled_mut()[before..];
            if read.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let passed_on = tap.frames.feed(read, &tap.log)?;
            buffer.set_filled(before + passed_on);
            // Nothing read would be taken for the end of the stream.
            if passed_on > 0 {
                return Poll::Ready(Ok(()));
            }
        }
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
        let login = frame(b'K', &[0, 0, 1, 0, 9, 9, 9, 9]);
        let notices = [
            frame(b'N', b"SINFO\0COR001\0Mhello\0\0"),
            frame(b'N', b"SLOG\0VLOG\0C00000\0Mduration: 1 ms\0\0"),
            frame(b'N', b"SINFO\0VINFO\0C00000\0MQuery Text: SELECT 1\0\0"),
        ]
        .concat();
        let answers = [
            frame(b'C', b"ROLLBACK\0"),
            frame(b'D', &[0; 300]),
            frame(b'E', b"SFEHLER\0VERROR\0C42P01\0Mno\0P17\0\0"),
            frame(b'Z', b"E"),
        ]
        .concat();
        let bytes = [&login[..], &notices, &answers].concat();
        let without_notices = [login, answers].concat();
        for size in [1, 2, 3, 7, bytes.len()] {
            let (mut frames, log) = (Frames::default(), TapLog::default());
            let mut passed_on = Vec::new();
            for chunk in bytes.clone().chunks_mut(size) {
                let length = frames.feed(chunk, &log).unwrap();
                passed_on.extend_from_slice(&chunk[..length]);
            }
            assert_eq!(passed_on, without_notices, "in pieces of {size}");
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
        frames.feed(&mut [frame(b'Z', b"T"), frame(b'E', b"C25P03\0\0")].concat(), &log).unwrap();
        let mut taken = log.take();
        log.put_back(taken.split_off(1));
        frames.feed(&mut frame(b'C', b"COMMIT\0"), &log).unwrap();
        let events = log.take();
        assert!(
            matches!(&events[..], [Event::Error(error), Event::Complete(_)] if error.code() == "25P03"),
            "{events:?}"
        );
    }

    #[test]
    fn impossible_frames_end_the_connection() {
        for bytes in
            [&b"E\0\0\0\0"[..], b"E\xff\xff\xff\xff", b"\0\0\0\0\x08", b"HTTP/1.1 400", b"Notice: all is logged"]
        {
            let (mut frames, log) = (Frames::default(), TapLog::default());
            assert!(frames.feed(&mut bytes.to_vec(), &log).is_err(), "{bytes:?}");
            assert_eq!(log.limit(), None, "another program is no limit of ours");
            assert_eq!(log.greeting().as_deref(), Some(bytes));
        }
    }

    #[test]
    fn a_reply_without_end_ends_the_connection() {
        let (mut frames, log) = (Frames::default(), TapLog::default());
        let row = frame(b'D', &vec![0; 1 << 20]);
        assert!((0..65).any(|_| frames.feed(&mut row.clone(), &log).is_err()));
        assert!(log.limit().is_some_and(|limit| limit.contains("64 MB")));
        let (mut frames, log) = (Frames::default(), TapLog::default());
        let tag = frame(b'C', b"SELECT 1\0");
        assert!((0..=EVENT_LIMIT + 1).any(|_| frames.feed(&mut tag.clone(), &log).is_err()));
        assert!(log.limit().is_some_and(|limit| limit.contains("20,000")));
        let (mut frames, log) = (Frames::default(), TapLog::default());
        frames.feed(&mut frame(b'K', &[0; 8]), &log).unwrap();
        frames.feed(&mut frame(b'D', &vec![0; FRAME_LIMIT + 1]), &log).unwrap_err();
        assert!(log.limit().is_some_and(|limit| limit.contains("16 MB")));
        // One reply's frames do not count for the next.
        let (mut frames, log) = (Frames::default(), TapLog::default());
        for _ in 0..EVENT_LIMIT {
            frames.feed(&mut tag.clone(), &log).unwrap();
            log.take();
        }
    }

    /// A server that the login is complete with.
    fn server() -> (Frames, TapLog) {
        let (mut frames, log) = (Frames::default(), TapLog::default());
        frames.feed(&mut frame(b'K', &[0; 8]), &log).unwrap();
        (frames, log)
    }

    #[test]
    fn notices_that_nobody_reads_are_passed_over_however_many_and_long() {
        let (mut frames, log) = server();
        let logged = frame(b'N', &[b"VLOG\0C00000\0M", &[b'x'; 1000][..], b"\0\0"].concat());
        for _ in 0..EVENT_LIMIT * 2 {
            assert_eq!(frames.feed(&mut logged.clone(), &log).unwrap(), 0);
        }
        frames.feed(&mut frame(b'N', &vec![b'x'; FRAME_LIMIT * 3]), &log).unwrap();
        frames.feed(&mut frame(b'Z', b"I"), &log).unwrap();
        assert!(matches!(&log.take()[..], [Event::Ready(b'I')]));
    }

    #[test]
    fn of_warnings_some_are_kept_and_of_a_huge_one_a_part() {
        let (mut frames, log) = server();
        let mut warning =
            frame(b'N', &[b"VWARNING\0C01000\0M".as_slice(), vec![b'x'; KEPT_LIMIT * 3].as_slice(), b"\0\0"].concat());
        frames.feed(&mut warning, &log).unwrap();
        let [Event::Notice(notice)] = &log.take()[..] else { panic!("no notice") };
        assert!(notice.message().len() <= KEPT_LIMIT && notice.code() == "01000");
        let warning = frame(b'N', b"VWARNING\0C01000\0Mx\0\0");
        for _ in 0..WARNING_LIMIT * 3 {
            frames.feed(&mut warning.clone(), &log).unwrap();
        }
        frames.feed(&mut frame(b'N', b"VWARNING\0C57P01\0Mends\0\0"), &log).unwrap();
        let kept = log.take();
        assert_eq!(kept.len(), WARNING_LIMIT + 1);
        assert!(matches!(kept.last(), Some(Event::Notice(notice)) if notice.code() == "57P01"));
    }
}
