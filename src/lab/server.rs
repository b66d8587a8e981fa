//! The server's process. It is started as our child, tested with a real startup packet, and stopped by a signal.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::LabError;
use super::account::MachineAccount;
use super::names::{ADMINISTRATOR, MAINTENANCE_DATABASE};
use crate::programs::Programs;

/// How long a server may take to answer or to stop. Both take milliseconds on an idle machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The number of lines of the log that an error shows.
const LOG_LINES: usize = 12;

/// The longest path of a Unix socket in bytes, without the final zero byte.
pub(crate) const SOCKET_PATH_LIMIT: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// The paths and settings that a start needs.
pub(crate) struct Start<'a> {
    pub(crate) programs: &'a Programs,
    pub(crate) account: &'a MachineAccount,
    pub(crate) data: &'a Path,
    pub(crate) log: &'a Path,
    pub(crate) socket: &'a Path,
    pub(crate) settings: &'a [(String, String)],
}

impl Start<'_> {
    /// Starts the server and waits until it answers. `tell` receives the process id before the wait, and `None` if the start failed.
    pub(crate) fn run(&self, mut tell: impl FnMut(Option<i32>)) -> Result<Child, LabError> {
        let mut child = self.spawn()?;
        tell(Some(Pid::from_child(&child).as_raw_nonzero().get()));
        match self.wait_for_answer(&mut child) {
            Ok(()) => Ok(child),
            Err(error) => {
                // The server may hang during its start. Nobody has used it yet, so it can be killed.
                let _ = child.kill();
                let _ = child.wait();
                tell(None);
                Err(error)
            }
        }
    }

    fn spawn(&self) -> Result<Child, LabError> {
        let program = self.programs.program("postgres");
        let log = File::options().create(true).append(true).open(self.log).map_err(LabError::file("open", self.log))?;
        let errors = log.try_clone().map_err(LabError::file("open", self.log))?;
        let mut command = self.account.command(&program, self.data);
        command.arg("-D").arg(self.data).stdout(log).stderr(errors);
        for (name, value) in self.settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command.spawn().map_err(|source| LabError::Run { program, source })
    }

    fn wait_for_answer(&self, child: &mut Child) -> Result<(), LabError> {
        let start = Instant::now();
        loop {
            if answers(self.socket) {
                return Ok(());
            }
            if let Some(status) = child.try_wait().map_err(LabError::file("wait for the server of", self.data))? {
                return Err(LabError::Ended { status: status.to_string(), log: log_end(self.log) });
            }
            if start.elapsed() > PATIENCE {
                return Err(LabError::Silent { waited: PATIENCE, log: log_end(self.log) });
            }
            std::thread::sleep(Duration::from_millis(3));
        }
    }
}

/// Sends a signal to the server.
pub(crate) fn signal(child: &Child, signal: Signal) -> Result<(), LabError> {
    kill_process(Pid::from_child(child), signal)
        .map_err(|error| LabError::file("signal", Path::new("the server"))(error.into()))
}

/// Waits until the server's process has ended.
pub(crate) fn wait_for_end(child: &mut Child) -> Result<(), LabError> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(_)) => return Ok(()),
            Ok(None) if start.elapsed() <= PATIENCE => {
                std::thread::sleep(Duration::from_millis(2));
            }
            Ok(None) | Err(_) => {
                return Err(LabError::WillNotStop {
                    pid: Pid::from_child(child).as_raw_nonzero().get(),
                    waited: PATIENCE,
                });
            }
        }
    }
}

/// Refuses a path that the system cannot bind, and names the reason. The messages of the drivers do not name it.
pub(crate) fn check_socket_path(path: &Path) -> Result<(), LabError> {
    let length = path.as_os_str().len();
    if length <= SOCKET_PATH_LIMIT {
        return Ok(());
    }
    Err(LabError::SocketPath { path: path.to_path_buf(), length, limit: SOCKET_PATH_LIMIT })
}

/// Whether a session can begin. The socket's file is there long before the server accepts a session.
pub(crate) fn answers(socket: &Path) -> bool {
    begin_session(socket).unwrap_or(false)
}

fn begin_session(socket: &Path) -> std::io::Result<bool> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(&startup_packet())?;
    loop {
        let mut head = [0_u8; 5];
        stream.read_exact(&mut head)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let Some(length) = length.checked_sub(4).filter(|length| *length < 1 << 16) else {
            return Err(ErrorKind::InvalidData.into());
        };
        let mut body = vec![0_u8; length as usize];
        stream.read_exact(&mut body)?;
        match head[0] {
            // The server is ready for a query. We leave as a client does, and wait until the backend has ended, so that nobody finds it in
            // pg_stat_activity.
            b'Z' => {
                stream.write_all(b"X\0\0\0\x04")?;
                stream.read_to_end(&mut body)?;
                return Ok(true);
            }
            b'E' => return Ok(!still_starting(&body)),
            _ => {}
        }
    }
}

/// Whether the server is not up yet. Only the error "cannot connect now" means this. Any other error shows that the server answers.
fn still_starting(error_fields: &[u8]) -> bool {
    error_fields.split(|byte| *byte == 0).any(|field| field == b"C57P03")
}

fn startup_packet() -> Vec<u8> {
    let mut body = 196_608_u32.to_be_bytes().to_vec();
    for word in ["user", ADMINISTRATOR, "database", MAINTENANCE_DATABASE] {
        body.extend_from_slice(word.as_bytes());
        body.push(0);
    }
    body.push(0);
    // The conversion cannot fail, because the words are short constants.
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    let mut packet = length.to_be_bytes().to_vec();
    packet.append(&mut body);
    packet
}

/// The last lines of the server's log.
pub(crate) fn log_end(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(LOG_LINES);
    if lines.is_empty() {
        return "its log is empty".to_owned();
    }
    lines[from..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::{check_socket_path, startup_packet, still_starting};
    use std::path::PathBuf;

    #[test]
    fn states_the_length_of_its_startup_packet() {
        let packet = startup_packet();
        assert_eq!(packet[..4], u32::try_from(packet.len()).unwrap().to_be_bytes());
        assert!(packet.ends_with(b"database\0postgres\0\0"));
    }

    #[test]
    fn tells_a_starting_server_from_one_that_refuses() {
        assert!(still_starting(b"SFATAL\0VFATAL\0C57P03\0Mstarting up\0\0"));
        assert!(!still_starting(b"SFATAL\0VFATAL\0C28000\0Mno entry in pg_hba.conf\0\0"));
    }

    #[test]
    fn refuses_a_socket_path_that_cannot_be_bound() {
        let short = PathBuf::from(format!("/{}", "a".repeat(102)));
        assert!(check_socket_path(&short).is_ok());
        let error = check_socket_path(&PathBuf::from(format!("/{}", "a".repeat(107)))).unwrap_err();
        assert!(error.to_string().contains("is 108 bytes long"), "{error}");
        assert!(error.hint().is_some());
    }
}
