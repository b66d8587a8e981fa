//! Records what passes between the server and the driver.
//!
//! The driver hides three facts that decide what is known about a transaction: the tag of a `COMMIT` (the driver returns Ok even if the
//! server answered `ROLLBACK`), the process id that was sent at login (behind a pooler another backend may answer later), and the order of
//! notices and command tags in one reply. The tap reads these facts from the bytes that pass. It ends the connection at a frame that no
//! server would send.
//!
//! A database may send any number of notices: `auto_explain` and `pgaudit` can repeat every statement to the client. The tap keeps only the
//! notices that are needed and passes none of them to the driver, so that they use no memory.

mod log;
mod server_message;

pub use log::{Event, TapLog};
pub use server_message::ServerMessage;

use log::NOTICE;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The limit for one frame. No row or error of a release is nearly as large.
const FRAME_LIMIT: usize = 16 << 20;
/// How many bytes are kept of one error or notice. The rest is not read.
const KEPT_LIMIT: usize = 1 << 18;
/// How many bytes are kept if another program than PostgreSQL answers.
const GREETING_LIMIT: usize = 400;
/// The longest message that the protocol allows.
const PROTOCOL_LIMIT: usize = i32::MAX as usize;
/// The message types that a server sends.
const SERVER_TYPES: &[u8] = b"123ACDEGHIKNRSTVWZcdnstv";

/// The state of the reader between two reads.
#[derive(Debug, Default)]
struct Frames {
    header: Vec<u8>,
    body: Vec<u8>,
    remaining: usize,
}

/// The bytes of a type and a length.
const HEADER: usize = 5;

impl Frames {
    /// Reads the received bytes, moves the bytes for the driver to the front, and returns their length.
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
    // Before the login is complete, the other end may be another program, and its text would look like very large lengths.
    let is_server = log.backend_pid().is_some();
    let longest = if is_server && header[0] == NOTICE { PROTOCOL_LIMIT } else { FRAME_LIMIT };
    let is_known = SERVER_TYPES.contains(&header[0]) && announced <= PROTOCOL_LIMIT;
    let reason = match announced.checked_sub(4) {
        Some(length) if is_known && length <= longest => return Ok(length),
        Some(_) if is_known && is_server => {
            let limit = "one row or message is longer than the limit of 16 MB";
            log.lock().limit = Some(limit);
            limit
        }
        _ => "the peer does not speak PostgreSQL's protocol",
    };
    Err(io::Error::new(io::ErrorKind::InvalidData, reason))
}

/// A byte stream with the tap between it and the driver.
#[derive(Debug)]
pub struct Tap<S> {
    inner: S,
    frames: Frames,
    log: TapLog,
    leaving: bool,
    /// Bytes of a pipeline that is not complete yet. They are held so that all statements of the pipeline are written together.
    held: Vec<u8>,
}

impl<S> Tap<S> {
    /// Puts the tap on a stream on which nothing has been sent yet.
    pub fn new(inner: S) -> (Self, TapLog) {
        let log = TapLog::default();
        (Self { inner, frames: Frames::default(), log: log.clone(), leaving: false, held: Vec::new() }, log)
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
            // The driver would take a read of zero bytes for the end of the stream.
            if passed_on > 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> Tap<S> {
    /// Writes the held bytes once the pipeline is complete.
    fn poll_held(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.log.is_in_flight() {
            return Poll::Ready(Ok(()));
        }
        let mut written = 0;
        while written < self.held.len() {
            match Pin::new(&mut self.inner).poll_write(context, &self.held[written..]) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => written += count,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.held.drain(..written);
                    return Poll::Pending;
                }
            }
        }
        self.held = Vec::new();
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let tap = self.get_mut();
        if tap.log.is_in_flight() {
            tap.held.extend_from_slice(bytes);
            tap.log.left(bytes.len());
            return Poll::Ready(Ok(bytes.len()));
        }
        std::task::ready!(tap.poll_held(context))?;
        Pin::new(&mut tap.inner).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        std::task::ready!(tap.poll_held(context))?;
        Pin::new(&mut tap.inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        if !tap.leaving {
            // An error here means that the server has already closed the connection.
            let _ = std::task::ready!(Pin::new(&mut tap.inner).poll_shutdown(context));
            tap.leaving = true;
        }
        // The end of the stream shows that the backend has ended and has released its locks.
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
mod tests;
