//! Cleans up after a process that was killed.
//!
//! A destructor does not run if the process is killed, and then the server would run for ever. So a small shell waits on a pipe that only
//! this process holds open. This process writes the id of the server's process to the pipe. If the pipe ends without a farewell, the shell
//! stops that process and removes the folder. Nobody else can write to the pipe. As soon as the server has ended, this process writes that
//! too, so the shell never sends a signal to another process that got the same id.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use super::LabError;
use super::names::PATH;

/// The script of the shell. A server needs some milliseconds to stop. The script waits up to ten seconds, for a busy machine. The script
/// also checks the process file, because a first process that reaps no zombies would keep the process id for ever.
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

/// The shell that waits for the end of this process.
#[derive(Debug)]
pub(crate) struct Watcher {
    shell: Child,
    pipe: ChildStdin,
}

impl Watcher {
    /// Starts the watch. `paths` are removed if this process ends without a farewell. `process_file` is the file that the server removes
    /// when it ends.
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
            // A signal that the terminal sends to our process group must not reach the shell.
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let pipe = shell.stdin.take().ok_or_else(|| failed(std::io::Error::other("the pipe is missing")))?;
        Ok(Self { shell, pipe })
    }

    /// Tells the shell which process is the server now. `None` means that the server has ended.
    pub(crate) fn tell_server(&mut self, process: Option<i32>) {
        let number = process.map_or_else(String::new, |process| process.to_string());
        self.tell(&format!("server {number}\n"));
    }

    /// Ends the watch, because nothing is left to clean up or the folder is to stay.
    pub(crate) fn dismiss(mut self) {
        self.tell("farewell\n");
        let Self { mut shell, pipe } = self;
        drop(pipe);
        // The wait reaps the shell, so that no zombie stays behind.
        let _ = shell.wait();
    }

    fn tell(&mut self, line: &str) {
        // The write fails if somebody killed the shell. The destructor still cleans up.
        let _ = self.pipe.write_all(line.as_bytes());
    }
}
