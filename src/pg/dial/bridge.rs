//! The protocol over the stdin and stdout of a command.

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

/// The number of bytes of a command's stderr that are kept. The last part usually says why the command ended.
const COMPLAINTS_LIMIT: usize = 2048;

/// How long a failed command may take to close its stderr.
const COMPLAINTS_WAIT: Duration = Duration::from_millis(500);

/// The last part of the text that a command wrote to stderr.
#[derive(Debug, Clone)]
pub struct Complaints {
    bytes: Arc<Mutex<Vec<u8>>>,
    ended: watch::Receiver<bool>,
}

impl Complaints {
    /// The text without surrounding blanks. It is not escaped.
    pub fn text(&self) -> String {
        // A panic in another thread cannot have left the bytes incomplete.
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).trim().to_owned()
    }

    /// The text of a command that is about to end. Its last words may not have arrived yet.
    pub async fn last_words(&self) -> String {
        let mut ended = self.ended.clone();
        // If the command does not end in time, the text so far is used.
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
/// The command gets a separate process group, because only this program must react to Ctrl-C at the terminal. If the signal ended an ssh
/// command, an orderly rollback would no longer be possible. The disadvantage is that the command cannot ask a question at the terminal.
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
        return Err(failed("its input and output pipes could not be opened".to_owned()));
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
    // The receiver may already be gone.
    let _ = end.send(true);
}

impl Drop for Bridge {
    fn drop(&mut self) {
        // The runtime kills the shell itself. The processes that the shell started are in its group. The group's number cannot belong to
        // other processes yet, because nobody has waited for the shell.
        let group = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = group.and_then(rustix::process::Pid::from_raw) {
            // A failure is ignored, because nobody could react to it.
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
        // Only a closed pipe shows the command that no more input follows.
        self.get_mut().input = None;
        Poll::Ready(Ok(()))
    }
}
