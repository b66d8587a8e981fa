//! The protocol over a command's stdin and stdout.

use super::error::DialError;
use super::socket::BoxedStream;
use crate::secret::Secret;
use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::watch;

/// How much of a command's stderr is kept: its end says why it left.
const COMPLAINTS_LIMIT: usize = 2048;

/// How long a command that has failed may take to close its stderr.
const COMPLAINTS_WAIT: Duration = Duration::from_millis(500);

/// What a command wrote to stderr so far, the last part of it.
#[derive(Debug, Clone)]
pub struct Complaints {
    bytes: Arc<Mutex<Vec<u8>>>,
    ended: watch::Receiver<bool>,
}

impl Complaints {
    /// The text, trimmed, not escaped.
    pub fn text(&self) -> String {
        // A panic elsewhere cannot leave bytes half pushed.
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).trim().to_owned()
    }

    /// The text of a command whose end is near: its last words may still be on their way.
    pub async fn last_words(&self) -> String {
        let mut ended = self.ended.clone();
        // A command that lives on has said what it had to say.
        let _ = tokio::time::timeout(COMPLAINTS_WAIT, ended.wait_for(|ended| *ended)).await;
        self.text()
    }
}

/// A running command as a stream. Dropping it ends the command.
struct Bridge {
    input: Option<ChildStdin>,
    output: ChildStdout,
    child: Child,
}

/// Starts the command.
///
/// It gets a separate process group: Ctrl-C at the terminal is ours to handle, and an ssh that
/// died of it would take the chance to roll back in order with it. The price is that the command
/// cannot ask anything at the terminal.
pub(super) fn open(command: &Secret) -> Result<(BoxedStream, Complaints), DialError> {
    let failed = |reason: String| DialError::Via { reason, complaints: String::new() };
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(command.reveal_os())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("sh could not be started: {error}")))?;
    let (Some(input), Some(output), Some(errors)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(failed("its pipes could not be had".to_owned()));
    };
    let bytes = Arc::new(Mutex::new(Vec::new()));
    let (end, ended) = watch::channel(false);
    tokio::spawn(listen(errors, Arc::clone(&bytes), end));
    let complaints = Complaints { bytes, ended };
    Ok((Box::new(Bridge { input: Some(input), output, child }), complaints))
}

/// Reads all of stderr, so that the command never blocks on a full pipe.
async fn listen(mut errors: ChildStderr, kept: Arc<Mutex<Vec<u8>>>, end: watch::Sender<bool>) {
    let mut buffer = [0; 1024];
    while let Ok(count) = errors.read(&mut buffer).await {
        if count == 0 {
            break;
        }
        let mut bytes = kept.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.extend_from_slice(&buffer[..count]);
        let surplus = bytes.len().saturating_sub(COMPLAINTS_LIMIT);
        bytes.drain(..surplus);
    }
    // Nobody may be waiting.
    let _ = end.send(true);
}

impl Drop for Bridge {
    fn drop(&mut self) {
        // The shell itself is killed by the runtime; what it started is in its group. The number
        // cannot have been given to another process, since nobody has waited for the shell yet.
        let group = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = group.and_then(rustix::process::Pid::from_raw) {
            // Nobody is left who could handle a failure.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
        }
    }
}

impl AsyncRead for Bridge {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().output).poll_read(context, buffer)
    }
}

impl AsyncWrite for Bridge {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().input {
            Some(input) => Pin::new(input).poll_write(context, bytes),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().input {
            Some(input) => Pin::new(input).poll_flush(context),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Only closing the pipe shows the command that nothing more will come.
        self.get_mut().input = None;
        Poll::Ready(Ok(()))
    }
}
