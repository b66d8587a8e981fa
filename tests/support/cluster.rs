//! What only tests do to a throwaway server: crash it, start it again, read its log.

use oneroof::testing::lab::{ADMINISTRATOR, Cluster, LabError, MAINTENANCE_DATABASE, StopMode};
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};

/// How long a server may recover.
const PATIENCE: Duration = Duration::from_mins(1);

/// Trouble for a server, and what it says of it.
pub trait Trouble {
    /// Stops and starts the server.
    fn restart(&self, mode: StopMode) -> Result<(), LabError>;
    /// Kills one process of the server, so that all sessions are cut and it recovers, and waits until it answers again. The postmaster
    /// lives on: its start time does not change.
    fn crash(&self) -> Result<(), LabError>;
    /// What the server has logged so far.
    fn log(&self) -> String;
}

impl Trouble for Cluster {
    fn restart(&self, mode: StopMode) -> Result<(), LabError> {
        self.stop(mode)?;
        self.start()
    }

    fn crash(&self) -> Result<(), LabError> {
        let victim = wal_writer(self)?.expect("a server that answers writes its WAL");
        let process = Pid::from_raw(victim).expect("a process has a number");
        kill_process(process, Signal::KILL).expect("the process can be killed");
        let begun = Instant::now();
        // An answer may still be the old server's, which has not noticed yet; and a session begun then is cut.
        while !matches!(wal_writer(self), Ok(Some(now)) if now != victim) {
            assert!(begun.elapsed() < PATIENCE, "the server has not recovered: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn log(&self) -> String {
        let bytes = std::fs::read(self.log_file()).expect("the server has a log");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// The process that writes the WAL; it is begun anew when the server recovers.
fn wal_writer(cluster: &Cluster) -> Result<Option<i32>, LabError> {
    let question = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'";
    let answer = cluster.psql(MAINTENANCE_DATABASE, ADMINISTRATOR, question)?;
    Ok(answer.trim().parse().ok())
}
