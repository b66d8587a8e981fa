//! Kills a process that owns a throwaway server, and checks that nothing of the server is left behind.
//!
//! This test does not use the test harness, because the killed process is this program itself, started again.

mod process;

use oneroof::testing::lab::Cluster;
use oneroof::testing::programs::Programs;
use process::is_gone;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The environment variable that marks the process that will be killed.
const OWNER: &str = "ONEROOF_TEST_OWNER";

fn main() {
    if std::env::var_os(OWNER).is_some() {
        own_a_server();
    } else {
        killing_the_owner_leaves_nothing_behind();
        println!("test killing_the_owner_leaves_nothing_behind ... ok");
    }
}

/// Waits until a condition is true, at most 30 seconds.
fn wait_until(what: &str, met: impl Fn() -> bool) {
    let start = Instant::now();
    while !met() {
        assert!(start.elapsed() < Duration::from_secs(30), "waited for: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn own_a_server() {
    let programs = Programs::find(None).unwrap_or_else(|error| panic!("{error}\n{}", error.hint()));
    let cluster = Cluster::builder(&programs).cached().start().unwrap();
    println!("{} {}", cluster.process().unwrap(), cluster.folder().display());
    std::thread::sleep(Duration::from_mins(1));
}

fn killing_the_owner_leaves_nothing_behind() {
    let own = std::env::current_exe().unwrap();
    let mut owner = Command::new(own).env(OWNER, "1").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(owner.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let (process, folder) = line.trim_end().split_once(' ').expect("the owner says which server it has");
    let (process, folder): (i32, PathBuf) = (process.parse().unwrap(), folder.into());
    assert!(folder.join("data").is_dir());
    assert!(!is_gone(process));
    owner.kill().unwrap();
    owner.wait().unwrap();
    wait_until("the server to end", || is_gone(process));
    wait_until("the folder to go", || !folder.exists());
    wait_until("the lock to go", || !folder.with_extension("lock").exists());
}
