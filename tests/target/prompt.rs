//! The shipped binary asks for a password as psql does: on the terminal, once, and without showing it.

use crate::harness::{DATABASE, Lab, OWNER, Run, TYPED, Terminal, canary, key, readers};
use rustix::process::Signal;

const APR: &str = "APR-BOOT-AUTHMODEL-1";
const QUESTION: &str = "Password for user workflow_admin: ";

/// A run with all connection settings except the password.
fn run(lab: &Lab, arguments: &[&str]) -> Run {
    lab.oneroof(arguments).without_variable("PGPASSWORD")
}

/// The program at the password prompt, with the echo off.
#[track_caller]
fn asked(run: Run) -> Terminal {
    let mut terminal = run.on_terminal(50, 100);
    terminal.wait_for(QUESTION);
    terminal.wait_for_echo(false);
    terminal
}

/// Shell commands that set the connection variables, without the password.
fn exports(lab: &Lab) -> String {
    let environment = lab.environment(DATABASE, OWNER);
    let known = environment.iter().filter(|(name, _)| *name != "PGPASSWORD");
    known.map(|(name, value)| format!("export {name}='{value}'; ")).collect()
}

fn answer(terminal: &mut Terminal, password: &str) {
    terminal.enter(password);
    terminal.enter(key::ENTER);
}

#[test]
fn a_missing_password_is_requested_once_and_never_shown() {
    let lab = Lab::with_password();
    lab.ratify();
    let baseline = lab.dump();
    let logs = lab.sandbox.logs();
    let arguments = ["-vv", "apply", "--ratified-apr", APR, "--log-dir", logs.to_str().unwrap()];
    let mut terminal = asked(run(&lab, &arguments));
    answer(&mut terminal, canary::PASSWORD);
    terminal.wait_for("to go on: ");
    // The confirmation is not a secret, so the terminal echoes it.
    terminal.wait_for_echo(true);
    // The test ends the session. The run reads the states in a new session and uses the same password.
    lab.admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'oneroof'");
    answer(&mut terminal, TYPED);
    let output = terminal.finish().expect_code(7);
    assert_eq!(output.stdout.matches(QUESTION).count(), 1, "{}", output.whole());
    assert!(output.stdout.contains("oneroof preflight"), "the state of the tiers was not read\n{}", output.whole());
    canary::assert_silent(&lab.sandbox, &[&output], &[]);
    readers::assert_same(&baseline, &lab.dump());

    let mut terminal = asked(run(&lab, &["apply", "--ratified-apr", APR, "--yes"]));
    answer(&mut terminal, canary::PASSWORD);
    let output = terminal.finish().expect_success();
    canary::assert_silent(&lab.sandbox, &[&output], &[]);
}

#[test]
fn a_wrong_password_ends_the_login_without_another_prompt() {
    let lab = Lab::with_password();
    let mut terminal = asked(run(&lab, &["status"]));
    answer(&mut terminal, "not the password");
    let output = terminal.finish().expect_code(7);
    // The length of the socket's path decides where lines wrap.
    let screen = &output.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(screen.contains("password authentication"), "{screen}");
    assert!(screen.contains("typed at the terminal"), "{screen}");
    assert!(!screen.contains("not the password"), "{screen}");
    // An empty input is not a password and is not sent.
    for nothing in [key::ENTER, key::END_OF_INPUT] {
        let mut terminal = asked(run(&lab, &["status"]));
        terminal.enter(nothing);
        let output = terminal.finish().expect_code(7);
        assert!(output.stdout.contains("no password was typed"), "{}", output.stdout);
    }
}

#[test]
fn a_signal_at_the_prompt_restores_the_terminal() {
    let lab = Lab::with_password();
    lab.ratify();
    let commands: [&[&str]; 4] =
        [&["status"], &["gate"], &["apply", "--ratified-apr", APR, "--yes"], &["-W", "rollback", "--full", "--yes"]];
    for arguments in commands {
        let mut terminal = asked(run(&lab, arguments));
        terminal.enter("half a passw");
        terminal.enter(key::INTERRUPT);
        terminal.wait_for_echo(true);
        let output = terminal.finish().expect_code(8);
        assert!(output.stdout.contains("interrupted by signal INT"), "{}", output.stdout);
        assert!(!output.stdout.contains("half a passw"), "{}", output.stdout);
    }
    for (signal, name) in [(Signal::TERM, "TERM"), (Signal::HUP, "HUP")] {
        let terminal = asked(run(&lab, &["status"]));
        terminal.signal(signal);
        terminal.wait_for_echo(true);
        let output = terminal.finish().expect_code(8);
        assert!(output.stdout.contains(&format!("interrupted by signal {name}")), "{}", output.stdout);
    }
    assert_eq!(lab.admin("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'oneroof'"), "0");
}

#[test]
fn the_two_flags_prompt_always_and_never() {
    let lab = Lab::with_password();
    // With -W the program asks, although the environment has the right password.
    let mut terminal = asked(lab.oneroof(["status", "-W"]));
    answer(&mut terminal, "not the password");
    let _ = terminal.finish().expect_code(7);
    let mut terminal = asked(lab.oneroof(["--password", "status"]).variable("PGPASSWORD", "not the password"));
    answer(&mut terminal, canary::PASSWORD);
    let _ = terminal.finish().expect_success();
    // With -w the program fails at once.
    let output = run(&lab, &["status", "-w"]).on_terminal(50, 100).finish().expect_code(7);
    assert!(output.stdout.contains("none was found") && output.stdout.contains(".pgpass"), "{}", output.stdout);
    assert!(!output.stdout.contains(QUESTION), "{}", output.stdout);
    let _ = lab.oneroof(["status", "-w", "-W"]).output().expect_code(2).expect_stderr("cannot be used with");
    // The program does not ask if it has a password already.
    let output = lab.oneroof(["status"]).on_terminal(50, 100).finish().expect_success();
    assert!(!output.stdout.contains("Password"), "{}", output.stdout);
}

#[test]
fn without_a_terminal_no_prompt_waits() {
    let lab = Lab::with_password();
    for arguments in [&["status"][..], &["status", "-W"], &["apply", "--ratified-apr", APR, "--yes"]] {
        // The program does not read a password from standard input, which may be a script.
        let typed = format!("{}\n", canary::PASSWORD);
        let output = run(&lab, arguments).without_terminal().input(typed).output().expect_code(7);
        let said = format!("{}{}", output.stdout, output.stderr);
        assert!(said.contains("there is no terminal to ask for the password on"), "{said}");
        assert!(said.contains("~/.pgpass (mode 0600)") && said.contains("PGPASSWORD"), "{said}");
        canary::assert_silent(&lab.sandbox, &[&output], &[]);
    }
    // If a job in the background asked, the terminal would stop it, and nobody would know why.
    let script =
        format!("{}set -m; {} status & wait $!; echo left with $?", exports(&lab), env!("CARGO_BIN_EXE_oneroof"));
    let mut terminal = lab.sandbox.shell(&script, 50, 100);
    terminal.wait_for("left with 7");
    let output = terminal.finish();
    assert!(output.stdout.contains("a program in the background cannot ask for the password"), "{}", output.stdout);
}

/// Ctrl-Z at the prompt returns to the shell, which turns the echo on. After `fg` the password is not shown either.
#[test]
fn a_stop_at_the_prompt_does_not_show_the_password_later() {
    let lab = Lab::with_password();
    let script = format!(
        "{}set -m; {} status; stty echo; read key; fg; echo left with $?",
        exports(&lab),
        env!("CARGO_BIN_EXE_oneroof")
    );
    let mut terminal = lab.sandbox.shell(&script, 50, 100);
    terminal.wait_for(QUESTION);
    terminal.wait_for_echo(false);
    terminal.enter("\x1a");
    terminal.wait_for_echo(true);
    terminal.enter(key::ENTER);
    terminal.wait_for_echo(false);
    answer(&mut terminal, canary::PASSWORD);
    terminal.wait_for("left with 0");
    let output = terminal.finish();
    canary::assert_silent(&lab.sandbox, &[&output], &[]);
}

#[test]
fn psql_prompts_with_the_same_words() {
    let lab = Lab::with_password();
    let script = format!("{}exec {} -X -c 'SELECT 6 * 7'", exports(&lab), crate::server::psql().display());
    let mut terminal = lab.sandbox.shell(&script, 50, 100);
    terminal.wait_for(QUESTION);
    terminal.wait_for_echo(false);
    answer(&mut terminal, canary::PASSWORD);
    terminal.wait_for("42");
}

#[test]
fn a_command_that_writes_to_stderr_does_not_disturb_the_prompt() {
    let lab = Lab::with_password();
    let cluster = lab.cluster();
    let socket = format!("{}/.s.PGSQL.{}", cluster.socket_folder().display(), cluster.port());
    let via = format!(
        "echo 'a word of welcome' >&2; exec perl -MIO::Socket::UNIX -MIO::Select -e '$s = IO::Socket::UNIX->new(Peer => \"{socket}\") or die; \
         $r = IO::Select->new(*STDIN, $s); while (1) {{ for $h ($r->can_read) {{ sysread($h, $b, 8192) or exit; \
         syswrite($h == $s ? *STDOUT : $s, $b) }} }}'"
    );
    let sandbox = &lab.sandbox;
    let mut terminal = asked(sandbox.oneroof(["status", "--via", &via, "-U", OWNER, "-d", DATABASE]));
    answer(&mut terminal, canary::PASSWORD);
    let _ = terminal.finish().expect_success();
}

#[test]
fn the_programs_that_a_clone_starts_get_what_was_typed() {
    if !readers::has_pg_dump() {
        println!("skipped: no pg_dump here is new enough for the server under test");
        return;
    }
    let lab = Lab::with_password();
    lab.admin(&format!("ALTER ROLE {OWNER} CREATEDB"));
    let arguments = ["clone", "create", "--name", "directus_gov_test_20260602", "--yes"];
    let mut terminal = asked(run(&lab, &arguments));
    answer(&mut terminal, canary::PASSWORD);
    let output = terminal.finish().expect_success();
    assert_eq!(output.stdout.matches("Password").count(), 1, "{}", output.stdout);
    canary::assert_silent(&lab.sandbox, &[&output], &[]);
}
