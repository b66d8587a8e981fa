//! What only tests do to a throwaway server: restart it, crash it, and read its log.

use oneroof::testing::lab::{ADMINISTRATOR, Cluster, LabError, MAINTENANCE_DATABASE, StopMode};
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};

/// The longest time that a server may take to recover.
const PATIENCE: Duration = Duration::from_mins(1);

/// Disturbs a server, and reads what the server logged.
pub trait Trouble {
    /// Stops and starts the server.
    fn restart(&self, mode: StopMode) -> Result<(), LabError>;
    /// Kills one process of the server, so that the server ends all sessions and recovers. Waits until it answers again. The postmaster
    /// stays alive and keeps its start time.
    fn crash(&self) -> Result<(), LabError>;
    /// The server's log so far.
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
        // The server may still answer before it has noticed the crash, and then it ends the session that was opened. A new WAL writer shows
        // that the server has recovered.
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

/// The process id of the WAL writer. The server starts a new one when it recovers.
fn wal_writer(cluster: &Cluster) -> Result<Option<i32>, LabError> {
    let question = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'";
    let answer = cluster.psql(MAINTENANCE_DATABASE, ADMINISTRATOR, question)?;
    Ok(answer.trim().parse().ok())
}
