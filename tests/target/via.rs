//! The shipped binary connects through the standard input and output of a command, and through a forwarded socket.

use crate::harness::{DATABASE, Lab, OWNER, readers};
use rustix::process::Signal;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

const APR: &str = "APR-BOOT-AUTHMODEL-1";

/// A command that passes bytes to the lab's socket with perl alone, and appends a line to a file each time it starts.
fn bridge(lab: &Lab, started: &Path) -> String {
    let cluster = lab.cluster();
    let socket = format!("{}/.s.PGSQL.{}", cluster.socket_folder().display(), cluster.port());
    format!(
        "echo started >>'{}'; echo 'a word of welcome' >&2; exec perl -MIO::Socket::UNIX -MIO::Select -e '$s = IO::Socket::UNIX->new(Peer => \
         \"{socket}\") or die; $r = IO::Select->new(*STDIN, $s); while (1) {{ for $h \
         ($r->can_read) {{ sysread($h, $b, 65536) or exit; syswrite($h == $s ? *STDOUT : $s, $b) \
         }} }}'",
        started.display()
    )
}

fn starts(started: &Path) -> usize {
    std::fs::read_to_string(started).unwrap_or_default().lines().count()
}

/// A run with the database and the role set, but without a server.
fn run(lab: &Lab, via: &str, arguments: &[&str]) -> crate::harness::Run {
    lab.sandbox.oneroof(arguments).arguments(["--via", via]).variable("PGDATABASE", DATABASE).variable("PGUSER", OWNER)
}

#[test]
fn a_whole_release_and_its_rollback_go_through_a_command() {
    let lab = Lab::own(|builder| builder);
    lab.ratify();
    let baseline = lab.dump();
    let started = lab.sandbox.work().join("started");
    let via = bridge(&lab, &started);
    let _ = run(&lab, &via, &["preflight", "--ratified-apr", APR]).output().expect_success().expect_stdout("via");
    assert_eq!(starts(&started), 1);
    let report = run(&lab, &via, &["apply", "--ratified-apr", APR, "--yes", "--format", "json"]).output();
    let report = report.expect_success().json();
    assert_eq!(report["effect"]["applied"], serde_json::json!([1, 2, 3, 4, 5, 6]));
    assert!(report["target"]["host"].as_str().unwrap().contains("via"), "{report}");
    let _ = lab.oneroof(["verify"]).output().expect_success();
    let _ = run(&lab, &via, &["rollback", "--full", "--yes"]).output().expect_success();
    readers::assert_same(&baseline, &lab.dump());
    // Each command had one session, and no connection was lost and opened again.
    assert_eq!(starts(&started), 3);
}

#[test]
fn an_interrupted_run_is_cancelled_through_a_second_command() {
    let lab = Lab::own(|builder| builder);
    lab.ratify();
    let baseline = lab.dump();
    let _ = lab.oneroof(["apply", "--ratified-apr", APR, "--yes"]).output().expect_success();
    let started = lab.sandbox.work().join("started");
    let via = bridge(&lab, &started);
    // Tier 5 cannot get its lock, and waits.
    let mut reader = lab.session();
    reader.run("BEGIN");
    reader.run("LOCK TABLE public.oneroof_topic IN SHARE MODE");
    let waiting = run(&lab, &via, &["rollback", "--full", "--yes", "--lock-timeout", "60", "--format", "json"]).start();
    let in_the_way =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'oneroof' AND wait_event_type = 'Lock'";
    while lab.admin(in_the_way) == "0" {}
    let first = starts(&started);
    waiting.signal(Signal::INT);
    let output = waiting.finish().expect_code(8);
    assert!(starts(&started) > first, "the cancel request did not start the command again\n{}", output.whole());
    reader.run("ROLLBACK");
    while lab.admin("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'oneroof'") != "0" {}
    let report = lab.oneroof(["status", "--format", "json"]).output().expect_success().json();
    assert_eq!(report["effect"]["applied"], output.json()["effect"]["applied"]);
    let _ = lab.oneroof(["rollback", "--full", "--yes"]).output().expect_success();
    readers::assert_same(&baseline, &lab.dump());
}

#[test]
fn a_command_that_fails_is_a_lost_connection_with_its_stderr() {
    let lab = Lab::own(|builder| builder);
    let output = run(&lab, "echo 'no route to the bastion' >&2; exit 255", &["status"]).output();
    let _ = output.expect_code(7).expect_stdout("no route to the bastion");
}

#[test]
fn a_greeting_of_the_command_is_shown_as_text_with_the_reason() {
    let lab = Lab::own(|builder| builder);
    let started = lab.sandbox.work().join("started");
    let way = bridge(&lab, &started);
    // The greetings begin with letters of protocol messages, with letters of answers to a TLS request, and with other characters.
    for greeting in [
        "Welcome to the bastion",
        "Notice: all is logged",
        "Server ready",
        "Error? none",
        "Connected.",
        "hi",
        "### bastion ###",
        "\u{1b}[1mGr\u{fc}\u{df} Gott\u{1b}[0m",
    ] {
        let via = format!("echo '{greeting}'; {way}");
        for mode in ["disable", "allow", "prefer", "require"] {
            let words = ["status", "--format", "json"];
            let output = run(&lab, &via, &words).variable("PGSSLMODE", mode).without_terminal().output().expect_code(7);
            let report = output.json();
            let message = report["error"]["message"].as_str().unwrap();
            let shown = greeting.replace('\u{1b}', "\\u{1b}");
            assert!(
                message.contains("writes text into the connection") && message.contains(&shown),
                "{mode}: {message}"
            );
            assert!(!message.contains("frame") && !message.contains("TLS"), "{mode}: {message}");
            let hint = report["error"]["hint"].as_str().unwrap();
            assert!(hint.contains("standard output") && hint.contains(">&2"), "{mode}: {hint}");
        }
    }
    // The command may write anything to standard error.
    let via = format!("echo 'Welcome to the bastion' >&2; {way}");
    let _ = run(&lab, &via, &["status"]).output().expect_success();
}

/// A forwarded socket as `ssh -L` makes it: a socket with libpq's name, in another folder and with another port.
#[test]
fn a_whole_release_goes_through_a_forwarded_socket() {
    let lab = Lab::own(|builder| builder);
    lab.ratify();
    let baseline = lab.dump();
    let cluster = lab.cluster();
    let behind = format!("{}/.s.PGSQL.{}", cluster.socket_folder().display(), cluster.port());
    let folder = lab.sandbox.work().join("forwarded");
    std::fs::create_dir(&folder).unwrap();
    let front = UnixListener::bind(folder.join(".s.PGSQL.6543")).unwrap();
    std::thread::spawn(move || {
        for ours in front.incoming().flatten() {
            let theirs = UnixStream::connect(&behind).unwrap();
            relay(ours.try_clone().unwrap(), theirs.try_clone().unwrap());
            relay(theirs, ours);
        }
    });
    let host = folder.display().to_string();
    let run = |arguments: &[&str]| {
        lab.sandbox.oneroof(arguments).arguments(["--host", &host, "-p", "6543", "-U", OWNER, "-d", DATABASE]).output()
    };
    let _ = run(&["apply", "--ratified-apr", APR, "--yes"]).expect_success().expect_stdout("forwarded/.s.PGSQL.6543");
    let _ = lab.oneroof(["verify"]).output().expect_success();
    let _ = run(&["rollback", "--full", "--yes"]).expect_success();
    readers::assert_same(&baseline, &lab.dump());
}

fn relay(mut from: UnixStream, mut to: UnixStream) {
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
}
