//! A password from the person at the terminal, as psql asks for one.
//!
//! The question goes to `/dev/tty` and the answer comes from there: standard input may be a script, and both outputs may be files. Where
//! nobody can answer, nothing waits.

use super::conninfo::Secret;
use rustix::fs::{Mode, OFlags};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The terminal of this session, whatever the three streams are.
const TERMINAL: &str = "/dev/tty";
/// How often the program looks for a line on the terminal. A thread that waits in a read could not be stopped.
const LOOK: Duration = Duration::from_millis(20);

/// Why there is no password from a person.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// No terminal belongs to this process.
    #[error("there is no terminal to ask for the password on")]
    NoTerminal,
    /// There is one, and others are reading from it.
    #[error("a program in the background cannot ask for the password")]
    Background,
    /// Nothing but the end of the line, or of the input.
    #[error("no password was typed")]
    Nothing,
    /// A signal came first.
    #[error("interrupted by signal {signal}")]
    Interrupted {
        /// Its name.
        signal: &'static str,
    },
    /// The terminal failed.
    #[error("could not ask for the password: {0}")]
    Terminal(#[from] io::Error),
}

/// Asks. The echo is off meanwhile, and on again however this ends: with an answer, at a signal, or when nobody waits for it any more.
///
/// # Errors
/// [`PromptError`].
pub async fn ask(question: &str) -> Result<Secret, PromptError> {
    // Heard here too, since from the first listener on no signal ends the process by itself.
    let _question = crate::terminal::Question::begin();
    let mut signals = Signals::listen()?;
    let quiet = Quiet::begin()?;
    quiet.write(question)?;
    let answer = loop {
        tokio::select! {
            answer = quiet.line() => break answer,
            heard = signals.heard() => match heard {
                Some(signal) => break Err(PromptError::Interrupted { signal }),
                // Stopped, and let go on where nobody can type.
                None if !in_foreground(&quiet.terminal) => break Err(PromptError::Background),
                // Whoever stopped us may have left the terminal as a shell wants it.
                None => quiet.hush()?,
            }
        }
    };
    // The key that ended the line was not shown either.
    let _ = quiet.write("\n");
    answer
}

struct Signals {
    int: Signal,
    term: Signal,
    hup: Signal,
    cont: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            int: signal(SignalKind::interrupt())?,
            term: signal(SignalKind::terminate())?,
            hup: signal(SignalKind::hangup())?,
            cont: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    /// The name of the signal that ends the question; nothing for the one after a stop.
    async fn heard(&mut self) -> Option<&'static str> {
        tokio::select! {
            _ = self.int.recv() => Some("INT"),
            _ = self.term.recv() => Some("TERM"),
            _ = self.hup.recv() => Some("HUP"),
            _ = self.cont.recv() => None,
        }
    }
}

/// A terminal that does not show what is typed, for as long as this lives.
struct Quiet {
    terminal: OwnedFd,
    before: Termios,
}

impl Quiet {
    fn begin() -> Result<Self, PromptError> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = rustix::fs::open(TERMINAL, flags, Mode::empty()).map_err(|_| PromptError::NoTerminal)?;
        if !in_foreground(&opened) {
            // To read, or to change the terminal, would stop the process instead.
            return Err(PromptError::Background);
        }
        let before = tcgetattr(&opened).map_err(io::Error::from)?;
        let quiet = Self { terminal: opened, before };
        quiet.hush()?;
        Ok(quiet)
    }

    /// Takes the echo away, and with it whatever was typed before there was a question.
    fn hush(&self) -> io::Result<()> {
        let mut silent = self.before.clone();
        silent.local_modes -= LocalModes::ECHO;
        Ok(tcsetattr(&self.terminal, OptionalActions::Flush, &silent)?)
    }

    fn write(&self, text: &str) -> io::Result<()> {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            match rustix::io::write(&self.terminal, rest) {
                Ok(count) => rest = &rest[count..],
                // A terminal that is held (Ctrl-S) need not be waited for: the question is not the answer.
                Err(rustix::io::Errno::AGAIN) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// One line. The terminal hands lines over whole; what is read stays in this frame and in the secret.
    async fn line(&self) -> Result<Secret, PromptError> {
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            let mut buffer = [0_u8; 1024];
            match rustix::io::read(&self.terminal, &mut buffer) {
                Ok(0) => break,
                Ok(count) => line.extend_from_slice(&buffer[..count]),
                Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => tokio::time::sleep(LOOK).await,
                Err(error) => return Err(io::Error::from(error).into()),
            }
        }
        // Bytes, in whatever encoding the terminal has: the server knows what it was set to.
        match line.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')) {
            None => Err(PromptError::Nothing),
            Some(last) => Ok(Secret::new(&line[..=last])),
        }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // In the background the terminal is the shell's, which has put it right, and touching it would stop us.
        if in_foreground(&self.terminal) {
            let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
        }
    }
}

fn in_foreground(terminal: &OwnedFd) -> bool {
    tcgetpgrp(terminal).is_ok_and(|group| group == rustix::process::getpgrp())
}
