//! Promises that hold for several commands: a writing command ends its session before it ends itself, and `-vv` shows each message.

use crate::clone::NAME;
use crate::support::{DATABASE, Lab, OWNER};

const APR: &str = "APR-BOOT-AUTHMODEL-1";

/// Another run may begin at once, because no session of the last run is left: not one that holds the run lock, and no other.
#[test]
fn every_writing_command_has_closed_its_session_when_it_ends() {
    let lab = Lab::ratified();
    lab.admin(&format!("ALTER ROLE {OWNER} CREATEDB"));
    let commands: [(&[&str], bool); 15] = [
        (&["apply", "--ratified-apr", APR, "--dry-run", "--with-rollback"], true),
        (&["apply", "--ratified-apr", APR, "--yes"], true),
        (&["apply", "--ratified-apr", APR, "--yes"], false),
        (&["scan", "--write", "--ruleset", "RULESET-GOV-1", "--snapshot", "SNAP-2026-06-02", "--yes"], true),
        (&["scan", "cursor", "--advance-to", "7", "--yes"], true),
        (&["scan", "cursor", "--advance-to", "7", "--yes"], true),
        (&["rollback", "--full", "--dry-run"], true),
        (&["rollback", "--tier", "3", "--yes"], false),
        (&["rollback", "--full", "--yes"], true),
        (&["shadow", "deploy", "--yes"], true),
        (&["shadow", "deploy", "--yes"], false),
        (&["shadow", "drop", "--yes"], true),
        (&["clone", "create", "--name", NAME, "--yes"], true),
        (&["clone", "run", "--name", NAME, "--yes"], true),
        (&["clone", "drop", "--name", NAME, "--yes"], true),
    ];
    // This session was there before, so it reads at once what the command left.
    let mut watcher = lab.session_in(DATABASE, lab.administrator());
    for (words, succeeds) in commands {
        let output = lab.oneroof(words).output();
        let left = watcher.run(
            "SELECT (SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'oneroof%'), \
             (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')",
        );
        assert_eq!(left, "0|0", "{words:?}\n{}", output.whole());
        assert_eq!(output.code() == Some(0), succeeds, "{words:?}\n{}", output.whole());
    }
}

/// The lines on standard error that show a message to the server.
fn messages(stderr: &str) -> Vec<&str> {
    stderr.lines().filter(|line| line.contains("message ")).collect()
}

#[test]
fn two_v_show_each_message_with_its_number_and_its_milliseconds() {
    let lab = Lab::ratified();
    let status = |words: &[&str]| lab.oneroof(["status"]).arguments(words).output().expect_success();
    for quiet in [&[][..], &["-v"]] {
        assert_eq!(messages(&status(quiet).stderr), Vec::<&str>::new(), "{quiet:?}");
    }
    let shown = status(&["-vv"]).stderr;
    let lines = messages(&shown);
    assert!(lines.len() >= 2, "{shown}");
    for (index, line) in lines.iter().enumerate() {
        let rest = line.split_once(&format!("message {}: ", index + 1)).unwrap_or_else(|| panic!("{line}\n{shown}")).1;
        let (sql, time) = rest.rsplit_once(", ").unwrap_or_else(|| panic!("{line}"));
        let milliseconds: f64 = time.strip_suffix(" ms").and_then(|time| time.parse().ok()).expect(line);
        assert!(!sql.is_empty() && milliseconds >= 0.0, "{line}");
    }
    assert!(lines.iter().any(|line| line.contains("READ ONLY")), "{shown}");
    assert_eq!(status(&["-vv"]).stdout, status(&["-v"]).stdout, "the answer itself stays the same");
}
