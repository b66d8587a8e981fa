//! What `lab`, `clone` and `scan` report as changed, and the next command that they print. The command has the options that were given. The
//! tests run it exactly as it is printed.

use crate::clone::{NAME, databases, lab};
use crate::support::{DATABASE, Lab, OWNER, Output, Sandbox};

/// The first sentence of the output, without line breaks.
fn first(output: &Output) -> String {
    let end = output.stdout.find("\n  release").unwrap_or_else(|| panic!("no release:\n{}", output.whole()));
    output.stdout[..end].replace("\n  ", " ")
}

/// The words of the next command, as a shell splits them.
fn next(output: &Output) -> Vec<String> {
    let text = output.stdout.split("\nnext: ").nth(1).unwrap_or_else(|| panic!("no next:\n{}", output.whole()));
    let line = text.trim_end().replace("\n  ", " ");
    let printed =
        std::process::Command::new("/bin/sh").args(["-c", &format!("printf '%s\\n' {line}")]).output().unwrap();
    let words: Vec<String> = String::from_utf8(printed.stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(words[0], "oneroof");
    words[1..].to_vec()
}

/// The options that connect to the lab. No environment variable is set that would replace them.
struct Way<'l> {
    lab: &'l Lab,
    options: Vec<String>,
}

impl<'l> Way<'l> {
    fn to(lab: &'l Lab) -> Self {
        let environment = lab.environment(DATABASE, OWNER);
        let value =
            |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()).unwrap();
        let evidence = lab.sandbox.work().join("kept");
        std::fs::create_dir_all(&evidence).unwrap();
        let options = [
            "--host".to_owned(),
            value("PGHOST"),
            "--port".to_owned(),
            value("PGPORT"),
            "-U".to_owned(),
            OWNER.to_owned(),
            "--log-dir".to_owned(),
            evidence.display().to_string(),
        ];
        Self { lab, options: options.to_vec() }
    }

    fn run(&self, words: &[&str]) -> Output {
        self.lab.sandbox.oneroof(words).arguments(&self.options).without_variable("ONEROOF_LOG_DIR").output()
    }

    /// Runs the printed next command. If it writes, `--yes` confirms it.
    fn paste(&self, output: &Output) -> Output {
        let mut words = next(output);
        if ["clone", "lab", "scan"].contains(&words[0].as_str()) && !words.contains(&"--yes".to_owned()) {
            words.push("--yes".to_owned());
        }
        self.lab.sandbox.oneroof(&words).without_variable("ONEROOF_LOG_DIR").output()
    }
}

#[test]
fn the_commands_of_a_clone_name_it_and_lead_from_one_to_the_next() {
    let lab = lab();
    let way = Way::to(&lab);
    let none = way.run(&["clone", "run", "-d", DATABASE, "--name", NAME, "--yes"]).expect_code(4);
    assert_eq!(first(&none), "oneroof clone: NO-GO, nothing was changed");
    let made = way.paste(&none).expect_success();
    assert_eq!(first(&made), format!("oneroof clone: DONE, the clone {NAME} was made"));
    let taken = way.run(&["clone", "create", "-d", DATABASE, "--name", NAME, "--yes"]).expect_code(4);
    assert_eq!(next(&taken)[..4], ["clone", "drop", "--name", NAME]);
    let tried = way.run(&["clone", "revalidate", "-d", DATABASE, "--name", NAME, "--yes"]).expect_success();
    let said = "rehearsed tiers 1-6, nothing was changed; the release is not applied on the clone";
    assert_eq!(first(&tried), format!("oneroof clone: DONE, {said}"));
    let widest = tried.stdout.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(100), "{}", tried.stdout);
    let ran = way.paste(&tried).expect_success();
    let said = format!("the stages ran on the clone {NAME}; the release is not applied on the clone");
    assert_eq!(first(&ran), format!("oneroof clone: DONE, {said}"));
    let kept = lab.sandbox.work().join("kept");
    assert!(kept.read_dir().unwrap().any(|entry| entry.unwrap().file_name().to_string_lossy().starts_with("clone_")));
    assert_eq!(way.paste(&ran).code(), Some(3), "the gate of the source is closed");
    // The same from another database of the server.
    let elsewhere = way.run(&["clone", "run", "-d", "postgres", "--name", NAME, "--yes"]).expect_code(4);
    let _ = way.paste(&elsewhere).expect_success();
    let gone = way.run(&["clone", "drop", "-d", "postgres", "--name", NAME, "--yes"]).expect_success();
    assert_eq!(first(&gone), format!("oneroof clone: DONE, the clone {NAME} was removed"));
    assert_eq!(databases(&lab), DATABASE);
    let _ = way.paste(&gone).expect_success().expect_stdout("the release is not applied");
}

#[test]
fn nothing_about_a_clone_of_a_released_database_leads_to_a_rollback_of_the_release() {
    let lab = lab();
    lab.ratify();
    let _ = lab
        .oneroof(["apply", "--ratified-apr", "APR-BOOT-AUTHMODEL-1", "--yes", "--no-rehearsal"])
        .output()
        .expect_success();
    let way = Way::to(&lab);
    let made = way.run(&["clone", "create", "-d", DATABASE, "--name", NAME, "--yes"]).expect_success();
    for words in [["clone", "run"], ["clone", "revalidate"]] {
        let refused = way.run(&[words[0], words[1], "-d", DATABASE, "--name", NAME, "--yes"]).expect_code(4);
        assert!(refused.stdout.contains("The source has the tier as well"), "{}", refused.whole());
        assert!(!refused.stdout.contains("rollback"), "{}", refused.whole());
        assert_eq!(next(&refused)[..4], ["clone", "drop", "--name", NAME]);
    }
    let _ = way.paste(&made).expect_code(4);
    assert_eq!(lab.psql("SELECT count(*) FROM public.governance_object_ownership"), "30", "the source was touched");
}

#[test]
fn a_scan_names_what_it_committed_and_keeps_the_options() {
    let lab = Lab::ratified();
    let way = Way::to(&lab);
    let write = ["scan", "--write", "--ruleset", "RULESET-GOV-1", "--snapshot", "SNAP-2026-06-02", "-d", DATABASE];
    let early = way.run(&[&write[..], &["--yes"]].concat()).expect_code(4);
    assert_eq!(first(&early), "oneroof scan: NO-GO, nothing was changed; the release is not applied");
    assert_eq!(way.paste(&early).code(), Some(0), "preflight says GO");
    let _ = lab
        .oneroof(["apply", "--ratified-apr", "APR-BOOT-AUTHMODEL-1", "--yes", "--no-rehearsal"])
        .output()
        .expect_success();
    let written = way.run(&[&write[..], &["--yes"]].concat()).expect_success();
    assert_eq!(first(&written), "oneroof scan: DONE, committed scan-write; the release is applied");
    let _ = way.paste(&written).expect_success().expect_stdout("1 runs, 5 state, 35 object");
    let asked = way.run(&["scan", "cursor", "--advance-to", "7", "-d", DATABASE]).expect_code(11);
    let moved = way.paste(&asked).expect_success();
    assert_eq!(first(&moved), "oneroof scan: DONE, committed scan-cursor");
    assert_eq!(lab.psql("SELECT max(position) FROM public.candidate_scan_cursor"), "7");
    let again = way.run(&["scan", "cursor", "--advance-to", "7", "-d", DATABASE, "--yes"]).expect_success();
    assert_eq!(first(&again), "oneroof scan: DONE, nothing was changed");
}

#[test]
fn a_lab_says_that_it_was_started_and_removed_and_names_its_folder() {
    let sandbox = Sandbox::new();
    let folder = sandbox.work().join("a lab");
    let at = folder.display().to_string();
    let run = |words: &[&str]| sandbox.oneroof(words).arguments(["--dir", &at]).output();
    let none = run(&["lab", "down"]).expect_code(2);
    assert_eq!(next(&none), ["lab", "up", "--dir", &at]);
    let up = run(&["lab", "up"]).expect_success();
    let said = "a throwaway PostgreSQL with the database directus was started";
    assert_eq!(first(&up), format!("oneroof lab: DONE, {said}"));
    let twice = run(&["lab", "up"]).expect_code(2);
    assert_eq!(next(&twice), ["lab", "down", "--dir", &at]);
    let _ = sandbox.oneroof(next(&up)).output().expect_code(3).expect_stdout("unmet: gate");
    let down = sandbox.oneroof(next(&twice)).output().expect_success();
    assert_eq!(first(&down), "oneroof lab: DONE, a throwaway PostgreSQL was stopped and removed");
    assert!(!folder.exists());
}

#[test]
fn a_baseline_that_cannot_be_loaded_leads_to_the_database_that_it_is_for() {
    let lab = Lab::new();
    let way = Way::to(&lab);
    let load = |words: &[&str]| lab.sandbox.oneroof(words).arguments(&way.options[..6]).output();
    let other = load(&["lab", "load", "-d", "postgres"]).expect_code(4);
    assert_eq!(next(&other)[..4], ["lab", "load", "-d", DATABASE]);
    // The database has the baseline already, so the next command is `preflight`, which reports more.
    let full = lab.sandbox.oneroof(next(&other)).output().expect_code(4);
    assert_eq!(next(&full)[0], "preflight");
    assert_eq!(way.paste(&full).code(), Some(3), "{}", full.whole());
}
