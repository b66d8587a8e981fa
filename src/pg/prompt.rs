//! Asks the person at the terminal for a password, as psql does.
//!
//! The prompt is written to `/dev/tty` and the answer is read from there, because standard input may be a script and both outputs may be
//! files. If nobody can answer, the program does not wait.

use super::conninfo::Secret;
use rustix::fs::{Mode, OFlags};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The controlling terminal of this process, independent of its three standard streams.
const TERMINAL: &str = "/dev/tty";
/// How often the program checks for a line on the terminal. A thread that blocks in a read could not be stopped.
const LOOK: Duration = Duration::from_millis(20);

/// Why there is no password from a person.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// No terminal belongs to this process.
    #[error("there is no terminal to ask for the password on")]
    NoTerminal,
    /// There is a terminal, but this process is in the background.
    #[error("a program in the background cannot ask for the password")]
    Background,
    /// The person typed an empty line or ended the input.
    #[error("no password was typed")]
    Nothing,
    /// A signal arrived first.
    #[error("interrupted by signal {signal}")]
    Interrupted {
        /// Its name.
        signal: &'static str,
    },
    /// The terminal failed.
    #[error("could not ask for the password: {0}")]
    Terminal(#[from] io::Error),
}

/// Asks for a password. The echo is off meanwhile. It is on again after an answer, after a signal, and when the caller stops waiting.
///
/// # Errors
/// [`PromptError`].
pub async fn ask(question: &str) -> Result<Secret, PromptError> {
    // Signals are also handled here, because after the first listener no signal ends the process by default.
    let _question = crate::terminal::OpenQuestion::begin();
    let mut signals = Signals::listen()?;
    let quiet = Quiet::begin()?;
    quiet.write(question)?;
    let answer = loop {
        tokio::select! {
            answer = quiet.line() => break answer,
            heard = signals.heard() => match heard {
                Some(signal) => break Err(PromptError::Interrupted { signal }),
                // The process was stopped and then continued in the background, where nobody can type.
                None if !in_foreground(&quiet.terminal) => break Err(PromptError::Background),
                // The shell may have changed the terminal's settings while the process was stopped.
                None => quiet.hush()?,
            }
        }
    };
    // The terminal did not show the newline that the person typed.
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

    /// The name of the signal that ends the prompt. `None` for the signal that continues a stopped process.
    async fn heard(&mut self) -> Option<&'static str> {
        tokio::select! {
            _ = self.int.recv() => Some("INT"),
            _ = self.term.recv() => Some("TERM"),
            _ = self.hup.recv() => Some("HUP"),
            _ = self.cont.recv() => None,
        }
    }
}

/// A terminal that does not show what is typed while this value exists.
struct Quiet {
    terminal: OwnedFd,
    before: Termios,
}

impl Quiet {
    fn begin() -> Result<Self, PromptError> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = rustix::fs::open(TERMINAL, flags, Mode::empty()).map_err(|_| PromptError::NoTerminal)?;
        if !in_foreground(&opened) {
            // In the background, reading from the terminal or changing its settings would stop the process.
            return Err(PromptError::Background);
        }
        let before = tcgetattr(&opened).map_err(io::Error::from)?;
        let quiet = Self { terminal: opened, before };
        quiet.hush()?;
        Ok(quiet)
    }

    /// Switches the echo off and discards what was typed before the prompt.
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
                // If the output of the terminal is held (Ctrl-S), the program does not wait, because the answer does not depend on the
                // prompt.
                Err(rustix::io::Errno::AGAIN) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Reads one line. The terminal delivers only complete lines. The bytes that are read stay in this function and in the secret.
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
        // The bytes are kept in the terminal's encoding, because the password was set in that encoding.
        match line.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')) {
            None => Err(PromptError::Nothing),
            Some(last) => Ok(Secret::new(&line[..=last])),
        }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // In the background the shell has already restored the terminal, and changing it would stop this process.
        if in_foreground(&self.terminal) {
            let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
        }
    }
}

fn in_foreground(terminal: &OwnedFd) -> bool {
    tcgetpgrp(terminal).is_ok_and(|group| group == rustix::process::getpgrp())
}
