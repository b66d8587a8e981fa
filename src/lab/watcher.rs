//! Cleans up after a process that was killed.
//!
//! A destructor does not run when the process is killed, and a server without an owner would live
//! for ever. So a small shell waits on a pipe that only we hold open: it hears of the server's
//! process, and when the pipe ends without a farewell it stops that process and removes the
//! folder. Nobody else can send it anything, and it learns at once when a process is gone, so
//! it never signals a stranger that was given the same number.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use super::LabError;
use super::names::PATH;

/// A server that stops at once needs some milliseconds; ten seconds are for a busy machine. Its
/// process file is read too, since a first process that reaps nobody would keep the number for
/// ever.
const SCRIPT: &str = r#"
trap '' HUP INT TERM QUIT
process_file=$1
shift
server=
while read -r word number; do
    case $word in
        server) server=$number ;;
        farewell) exit 0 ;;
    esac
done
if [ -n "$server" ]; then
    kill -QUIT "$server"
    turns=0
    while kill -0 "$server" && [ -e "$process_file" ] && [ "$turns" -lt 200 ]; do
        sleep 0.05
        turns=$((turns + 1))
    done
fi
rm -rf -- "$@"
"#;

/// The shell that waits for our end.
#[derive(Debug)]
pub(crate) struct Watcher {
    shell: Child,
    pipe: ChildStdin,
}

impl Watcher {
    /// Starts to watch. The paths are what is removed if we end without a farewell; the process
    /// file is the one that the server removes when it ends.
    pub(crate) fn start(process_file: &Path, paths: &[&Path]) -> Result<Self, LabError> {
        let program = Path::new("/bin/sh");
        let failed = |source| LabError::Run { program: program.to_path_buf(), source };
        let mut shell = Command::new(program)
            .args(["-c", SCRIPT, "oneroof-lab-watcher"])
            .arg(process_file)
            .args(paths)
            .env_clear()
            .env("PATH", PATH)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // What a terminal sends to our group must not reach it.
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let pipe = shell.stdin.take().ok_or_else(|| failed(std::io::Error::other("the pipe is missing")))?;
        Ok(Self { shell, pipe })
    }

    /// Says which process is the server now; none when it has ended.
    pub(crate) fn tell_server(&mut self, process: Option<i32>) {
        let number = process.map_or_else(String::new, |process| process.to_string());
        self.tell(&format!("server {number}\n"));
    }

    /// Ends the watch: nothing is left to clean up, or it shall stay.
    pub(crate) fn dismiss(mut self) {
        self.tell("farewell\n");
        let Self { mut shell, pipe } = self;
        drop(pipe);
        // Reaped, so that no zombie stays behind.
        let _ = shell.wait();
    }

    fn tell(&mut self, line: &str) {
        // A watcher that someone killed can hear nothing; the destructor still cleans up.
        let _ = self.pipe.write_all(line.as_bytes());
    }
}
