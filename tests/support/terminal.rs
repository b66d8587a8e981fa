//! The program on a terminal, with what it draws and what a person types.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use regex::Regex;
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use super::output::Output;
use super::redact::Redactions;
use super::run::wait_for_end;
use super::stream::{PATIENCE, Stream};

/// The characters that keys send.
pub mod key {
    pub const ENTER: &str = "\r";
    pub const INTERRUPT: &str = "\x03";
    pub const END_OF_INPUT: &str = "\x04";
    pub const ESCAPE: &str = "\x1b";
}

#[derive(Debug)]
pub struct Terminal {
    child: Child,
    keyboard: File,
    screen: Stream,
    /// The length of the text up to the last words that the test waited for.
    seen: usize,
    redactions: Redactions,
}

impl Terminal {
    #[track_caller]
    pub(super) fn start(mut command: Command, redactions: Redactions, rows: u16, columns: u16) -> Self {
        let (ours, theirs) = open(rows, columns);
        let end = || Stdio::from(theirs.try_clone().unwrap());
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn();
        // Our copies of the program's side must be closed. Otherwise the output would never end.
        drop(command);
        drop(theirs);
        Self {
            child: child.expect("setsid of util-linux starts the program"),
            screen: Stream::drain(ours.try_clone().unwrap()),
            keyboard: ours,
            seen: 0,
            redactions,
        }
    }

    /// Waits until the words are drawn after the words of the previous call.
    #[track_caller]
    pub fn wait_for(&mut self, words: &str) {
        match self.screen.wait_for(words, self.seen) {
            Ok(seen) => self.seen = seen,
            Err(why) => panic!("{why}"),
        }
    }

    /// Waits until the terminal echoes typed characters, or no longer echoes them.
    #[track_caller]
    pub fn wait_for_echo(&self, wanted: bool) {
        let start = std::time::Instant::now();
        while tcgetattr(&self.keyboard).unwrap().local_modes.contains(LocalModes::ECHO) != wanted {
            assert!(start.elapsed() < PATIENCE, "the echo is not {wanted}; it drew:\n{}", self.drawn());
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }

    /// Types these keys.
    #[track_caller]
    pub fn enter(&mut self, keys: impl AsRef<[u8]>) {
        self.keyboard.write_all(keys.as_ref()).unwrap();
    }

    /// Changes the size of the terminal.
    #[track_caller]
    pub fn resize(&self, rows: u16, columns: u16) {
        tcsetwinsize(&self.keyboard, size(rows, columns)).unwrap();
    }

    /// Sends a signal.
    #[track_caller]
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Everything drawn so far, with its escape sequences.
    pub fn drawn(&self) -> String {
        self.screen.text()
    }

    /// Waits until the program has ended. The output's stdout is everything that it drew, with escape sequences. See [`plain`].
    #[track_caller]
    pub fn finish(mut self) -> Output {
        let Some(status) = wait_for_end(&mut self.child) else {
            panic!("no end in {PATIENCE:?}; it drew:\n{}", self.drawn());
        };
        Output {
            status,
            stdout: self.screen.finish(),
            stderr: String::new(),
            redactions: std::mem::take(&mut self.redactions),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The text that is on the screen in the end, without escape sequences. If a line was drawn several times, only its last state is kept.
pub fn plain(drawn: &str) -> String {
    static ESCAPES: LazyLock<Regex> = LazyLock::new(|| {
        // First colours and cursor movements, then titles and links.
        Regex::new(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)").unwrap()
    });
    let text = ESCAPES.replace_all(drawn, "");
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| {
            let line = line.trim_end_matches('\r');
            line.rsplit('\r').next().unwrap_or(line)
        })
        .collect();
    lines.join("\n")
}

/// Opens a pseudoterminal and returns our side and the program's side.
fn open(rows: u16, columns: u16) -> (File, File) {
    let ours: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    tcsetwinsize(&ours, size(rows, columns)).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs = rustix::fs::open(
        name.as_c_str(),
        // NOCTTY, because a test process without a terminal must not get this one.
        rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC,
        rustix::fs::Mode::empty(),
    )
    .unwrap();
    (File::from(ours), File::from(theirs))
}

fn size(rows: u16, columns: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}
