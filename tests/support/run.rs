//! A run of the program: how it is prepared, started and waited for.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use super::output::Output;
use super::redact::Redactions;
use super::sandbox::Sandbox;
use super::stream::{PATIENCE, Stream};
use super::terminal::Terminal;

/// The environment variable that names another binary to test, for example the static one of a release.
const BINARY_VARIABLE: &str = "ONEROOF_TEST_BINARY";

/// The variables that are passed on from the caller: the folder of the server's programs, and the file for coverage.
const PASSED_ON: [&str; 2] = ["ONEROOF_PG_BIN", "LLVM_PROFILE_FILE"];

/// A run that is not started yet.
#[derive(Debug)]
#[must_use]
pub struct Run {
    arguments: Vec<OsString>,
    environment: BTreeMap<OsString, OsString>,
    folder: PathBuf,
    input: Option<Vec<u8>>,
    closed_stdout: bool,
    without_terminal: bool,
    stdout_file: Option<PathBuf>,
    pub(super) redactions: Redactions,
}

impl Run {
    pub(super) fn new(sandbox: &Sandbox) -> Self {
        let mut environment = BTreeMap::new();
        for (name, value) in [
            ("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"),
            ("LC_ALL", "C.UTF-8"),
            ("TZ", "UTC"),
            ("COLUMNS", "100"),
            ("TERM", "xterm-256color"),
        ] {
            environment.insert(name.into(), value.into());
        }
        for (name, value) in
            [("HOME", sandbox.home()), ("TMPDIR", sandbox.temporary()), ("ONEROOF_LOG_DIR", sandbox.work())]
        {
            environment.insert(name.into(), value.into());
        }
        for name in PASSED_ON {
            if let Some(value) = std::env::var_os(name) {
                environment.insert(name.into(), value);
            }
        }
        Self {
            arguments: Vec::new(),
            environment,
            folder: sandbox.work(),
            input: None,
            closed_stdout: false,
            without_terminal: false,
            stdout_file: None,
            redactions: sandbox.redactions(),
        }
    }

    pub fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    pub fn arguments<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        for argument in arguments {
            self = self.argument(argument);
        }
        self
    }

    pub fn variable(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let (name, value) = (name.as_ref().to_owned(), value.as_ref().to_owned());
        self.environment.insert(name, value);
        self
    }

    pub fn without_variable(mut self, name: &str) -> Self {
        self.environment.remove(OsStr::new(name));
        self
    }

    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = folder.into();
        self
    }

    /// The bytes on stdin. Without this call stdin is empty.
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(bytes.into());
        self
    }

    /// Stdout is a pipe that nobody reads.
    pub fn closed_stdout(mut self) -> Self {
        self.closed_stdout = true;
        self
    }

    /// The process has no controlling terminal, not even the one on which the tests were started.
    pub fn without_terminal(mut self) -> Self {
        self.without_terminal = true;
        self
    }

    /// Stdout goes to a file, for example `/dev/full`.
    pub fn stdout_to(mut self, path: impl Into<PathBuf>) -> Self {
        self.stdout_file = Some(path.into());
        self
    }

    /// Replaces one more text in the snapshots.
    pub fn redact(mut self, text: &str, word: &str) -> Self {
        self.redactions = self.redactions.text(text, word);
        self
    }

    /// Starts the run and waits for its end.
    #[track_caller]
    pub fn output(self) -> Output {
        self.start().finish()
    }

    #[track_caller]
    pub fn start(self) -> Running {
        let mut command = if self.without_terminal {
            // setsid replaces itself by the program, so the process id stays the same.
            let mut command = self.command("/usr/bin/setsid".into());
            command.arg(binary());
            command
        } else {
            self.command(binary())
        };
        command.args(&self.arguments);
        let stdin = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        let stdout = match &self.stdout_file {
            Some(path) => std::fs::OpenOptions::new().write(true).open(path).unwrap().into(),
            None if self.closed_stdout => nobody(),
            None => Stdio::piped(),
        };
        let mut child = command.stdin(stdin).stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
        if let (Some(mut pipe), Some(input)) = (child.stdin.take(), self.input) {
            // The program may close the pipe without reading its input.
            std::thread::spawn(move || pipe.write_all(&input));
        }
        Running {
            stdout: child.stdout.take().map(Stream::drain),
            stderr: Stream::drain(child.stderr.take().unwrap()),
            child,
            redactions: self.redactions,
        }
    }

    /// Starts the run on a terminal of this size, as a person does.
    #[track_caller]
    pub fn on_terminal(self, rows: u16, columns: u16) -> Terminal {
        self.program_on_terminal(&binary(), rows, columns)
    }

    pub(super) fn program_on_terminal(self, program: &OsStr, rows: u16, columns: u16) -> Terminal {
        // The size of the terminal must not be overridden.
        let run = self.without_variable("COLUMNS");
        // Making the terminal the controlling one needs unsafe code. setsid does it and then replaces itself by the program.
        let mut command = run.command("/usr/bin/setsid".into());
        command.arg("--ctty").arg(program).args(&run.arguments);
        Terminal::start(command, run.redactions, rows, columns)
    }

    fn command(&self, program: OsString) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(&self.environment).current_dir(&self.folder);
        command
    }
}

/// The path of the program.
pub fn binary() -> OsString {
    std::env::var_os(BINARY_VARIABLE).unwrap_or_else(|| env!("CARGO_BIN_EXE_oneroof").into())
}

/// A pipe that nobody reads.
fn nobody() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// A run that has started.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: Option<Stream>,
    stderr: Stream,
    redactions: Redactions,
}

impl Running {
    pub fn process(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Sends a signal.
    #[track_caller]
    pub fn signal(&self, signal: Signal) {
        kill_process(self.process(), signal).unwrap();
    }

    /// Waits until the words are on stderr.
    #[track_caller]
    pub fn wait_for_stderr(&self, words: &str) {
        self.stderr.wait_for(words, 0).unwrap_or_else(|why| panic!("{why}"));
    }

    /// Waits until the words are on stdout.
    #[track_caller]
    pub fn wait_for_stdout(&self, words: &str) {
        let stdout = self.stdout.as_ref().expect("stdout is not closed");
        stdout.wait_for(words, 0).unwrap_or_else(|why| panic!("{why}"));
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// The command line as other users see it in the list of processes.
    pub fn command_line(&self) -> String {
        let path = format!("/proc/{}/cmdline", self.process().as_raw_nonzero());
        std::fs::read_to_string(path).unwrap_or_default().replace('\0', " ")
    }

    /// Waits until the run has ended.
    #[track_caller]
    pub fn finish(mut self) -> Output {
        let Some(status) = wait_for_end(&mut self.child) else {
            let (out, err) = (self.stdout.as_ref().map(Stream::text), self.stderr.text());
            panic!("no end in {PATIENCE:?}\n--- stdout\n{}\n--- stderr\n{err}", out.unwrap_or_default());
        };
        Output {
            status,
            stdout: self.stdout.as_ref().map(Stream::finish).unwrap_or_default(),
            stderr: self.stderr.finish(),
            redactions: std::mem::take(&mut self.redactions),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // If a test fails, its run must not go on.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until a process has ended. `None` if it takes longer than [`PATIENCE`].
pub(super) fn wait_for_end(child: &mut Child) -> Option<std::process::ExitStatus> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if start.elapsed() > PATIENCE {
            return None;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}
