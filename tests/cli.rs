//! The command line without a database, as people and scripts use it.

#[path = "support/mod.rs"]
mod support;

use clap::CommandFactory as _;
use oneroof::testing::cli::Cli;
use oneroof::testing::error::ExitCode;
use oneroof::testing::release::Release;
use std::process::{Command, Stdio};
use support::{Output, Sandbox, repository, repository_text};

/// Commands that need no database. Each ends with exit code 0.
const OFFLINE: [&[&str]; 10] = [
    &["plan"],
    &["manifest"],
    &["manifest", "list"],
    &["sql", "list"],
    &["sql", "show", "prod/30_ownership_seed.sql"],
    &["sql", "export", "--single"],
    &["completions", "bash"],
    &["schema", "evidence"],
    &["man"],
    &["man", "apply"],
];

/// Commands that connect to a database.
const ONLINE: [&[&str]; 8] = [
    &["preflight"],
    &["status"],
    &["verify"],
    &["fingerprint"],
    &["apply", "--ratified-apr", "APR-BOOT-AUTHMODEL-1", "--dry-run"],
    &["apply", "--ratified-apr", "APR-BOOT-AUTHMODEL-1", "--yes"],
    &["rollback", "--full", "--yes"],
    &["lab", "load"],
];

/// The promised exit codes. A change here changes the interface.
const PROMISED: [(u8, &str); 14] = [
    (0, "done, or GO"),
    (1, "internal error"),
    (2, "wrong usage"),
    (3, "NO-GO: only the human gate is unmet"),
    (4, "NO-GO: a precondition is unmet"),
    (5, "a tier failed and was rolled back, or a difference was found"),
    (6, "the packet does not match its manifest"),
    (7, "cannot connect, or connection lost and the outcome is known"),
    (8, "interrupted, rolled back"),
    (9, "the outcome of a COMMIT is not known"),
    (10, "another run holds the lock"),
    (11, "not confirmed: nothing was begun"),
    (12, "applied, but the evidence could not be completed"),
    (13, "already applied and unaltered: nothing was begun"),
];

fn run(arguments: &[&str]) -> Output {
    Sandbox::new().oneroof(arguments).output()
}

/// Asserts that no line is longer than the width, except for a single long word.
#[track_caller]
fn assert_width(text: &str, width: usize) {
    for line in text.lines().filter(|line| line.chars().count() > width) {
        let words = line.split_whitespace().count();
        assert!(words <= 2, "{} columns: {line}", line.chars().count());
    }
}

#[test]
fn the_help_is_as_reviewed() {
    insta::assert_snapshot!("help", run(&["--help"]).expect_success().snapshot());
    insta::assert_snapshot!("help_short", run(&["-h"]).expect_success().snapshot());
}

#[test]
fn the_help_of_every_command_is_as_reviewed() {
    for verb in Cli::command().get_subcommands().filter(|verb| verb.get_name() != "help") {
        let name = verb.get_name();
        let output = run(&[name, "--help"]).expect_success();
        assert_eq!(output.stderr, "");
        insta::assert_snapshot!(format!("help_{name}"), output.stdout);
        // The options that all commands share are on separate pages. The last line names these pages.
        let last = output.stdout.lines().last().unwrap();
        assert!(last.contains("oneroof help output"), "{name}: {last}");
        assert_eq!(run(&["help", name]).expect_success().stdout, output.stdout);
    }
    for topic in ["connection", "output", "exit-codes"] {
        insta::assert_snapshot!(format!("help_{topic}"), run(&["help", topic]).expect_success().stdout);
    }
}

/// The lines of one section of a command's help.
fn section<'help>(help: &'help str, title: &str) -> Vec<&'help str> {
    let lines = help.lines().skip_while(|line| *line != format!("{title}:")).skip(1);
    lines.take_while(|line| !line.is_empty()).map(str::trim).collect()
}

#[test]
fn the_help_fits_its_screens() {
    let sandbox = Sandbox::new();
    let lines = |arguments: &[&str]| {
        let output = sandbox.oneroof(arguments).variable("COLUMNS", "80").output().expect_success();
        assert_width(&output.stdout, 80);
        output.stdout.lines().count()
    };
    let short = lines(&["-h"]);
    assert!(short <= 23, "{short} lines and a prompt");
    let long = lines(&["--help"]);
    assert!(long <= 48, "{long} lines");
    for verb in Cli::command().get_subcommands() {
        let long = lines(&[verb.get_name(), "--help"]);
        assert!(long <= 80, "{}: {long} lines", verb.get_name());
    }
}

/// The program accepts the examples of every command, and each ends with an exit code that the help lists.
#[test]
fn every_example_ends_with_the_exit_code_of_the_help() {
    let sandbox = Sandbox::new();
    let mut ran = 0;
    for verb in Cli::command().get_subcommands() {
        let name = verb.get_name();
        let help = run(&[name, "--help"]).expect_success().stdout;
        let codes: Vec<i32> =
            section(&help, "Exit codes").iter().map(|line| line.split_once("  ").unwrap().0.parse().unwrap()).collect();
        let examples = section(&help, "Examples");
        assert_eq!(examples.len(), 2, "{name}: {help}");
        for example in examples {
            let words: Vec<&str> = example.split_whitespace().take_while(|word| !matches!(*word, "|" | ">")).collect();
            assert_eq!(words[..2], ["oneroof", name]);
            let read = Cli::read(&words.iter().map(Into::into).collect::<Vec<_>>());
            assert!(read.is_ok(), "{example}: {read:?}");
            // These two commands start a server. Other tests run them.
            if matches!(name, "demo" | "lab") {
                continue;
            }
            let run = sandbox.oneroof(&words[1..]).variable("PGHOST", "/nonexistent");
            let output = run.output();
            let code = output.code().unwrap();
            assert!(codes.contains(&code), "{example}: {code} is not in {codes:?}\n{}", output.whole());
            // A file or profile of an example may be missing here. Any other usage error is a failure.
            let is_missing =
                ["rollout", "before.json", "profile", "release.sql"].iter().any(|word| output.whole().contains(word));
            assert!(code != 2 || is_missing, "{example}\n{}", output.whole());
            ran += 1;
        }
    }
    assert!(ran > 40, "{ran}");
}

#[test]
fn the_clap_model_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn exit_codes_are_as_documented() {
    let table: Vec<(u8, &str)> = ExitCode::TABLE.iter().map(|(code, text)| (u8::from(*code), *text)).collect();
    assert_eq!(table, PROMISED);
    let help = run(&["help", "exit-codes"]).expect_success().stdout;
    let listed: Vec<(u8, &str)> = section(&help, "Exit codes")
        .iter()
        .filter_map(|line| line.split_once("  "))
        .map(|(code, text)| (code.parse().unwrap(), text))
        .collect();
    assert_eq!(listed, PROMISED);
}

#[test]
fn a_wrong_word_is_named_with_the_rule_and_an_example_that_works() {
    let digest = "0".repeat(64);
    let short = format!("sha256:{}", &digest[..12]);
    let long_apr = format!("APR-{}", "A".repeat(61));
    let apply = |code| vec!["apply", "--yes", "--ratified-apr", code];
    let rule = "APR- and then 1 to 60 of A-Z, 0-9 and -";
    let cases: Vec<(Vec<&str>, &str, &str)> = vec![
        (vec!["frobnicate"], "'frobnicate'", "oneroof preflight"),
        (vec!["preflght"], "'preflght'", "'preflight'"),
        (vec!["sql", "frobnicate"], "'frobnicate'", "oneroof sql list"),
        (vec!["plan", "--frobnicate"], "'--frobnicate'", "oneroof plan"),
        (vec!["plan", "stray"], "'stray'", "oneroof plan"),
        (vec!["plan", "--format", "xml"], "'xml'", "oneroof plan --format json"),
        (vec!["plan", "--format", "xml"], "text, json", "'--format"),
        (vec!["plan", "--log-format", "xml"], "'xml'", "oneroof plan --log-format json"),
        (vec!["plan", "--color", "mauve"], "auto, always, never", "oneroof plan --color never"),
        (vec!["apply"], "--approval <CODE>", "oneroof apply --approval APR-"),
        (vec!["rollback"], "--tier <N>|--to <N>|--full", "oneroof rollback --tier 6"),
        (vec!["rollback", "--tier", "six"], "'six'", "give the number of a tier"),
        (vec!["rollback", "--tier", "-1"], "'-1'", "example: oneroof rollback"),
        (vec!["rollback", "--tier", "999"], "'999'", "give the number of a tier"),
        (vec!["rollback", "--tier", "1", "--full"], "cannot be used with", "oneroof rollback"),
        (vec!["rollback", "--tier", "7", "--yes"], "there is no tier 7", "1, 2, 3, 4, 5, 6"),
        (vec!["rollback", "--tier", "0", "--yes"], "there is no tier 0", "oneroof plan lists"),
        (vec!["rollback", "--to", "9", "--yes"], "there is no tier 9", "1, 2, 3, 4, 5, 6"),
        (vec!["rollback", "--full", "--lock-timeout", "0"], "'0'", "1..=600"),
        (
            vec!["apply", "--lock-timeout", "soon", "--ratified-apr", "APR-X-1"],
            "'soon'",
            "oneroof apply --approval APR-BOOT-AUTHMODEL-1 --dry-run --lock-timeout 5",
        ),
        (vec!["rollback", "--full", "--lock-timeout", "soon"], "'soon'", "oneroof rollback --tier 6 --lock-timeout 5"),
        (vec!["completions"], "SHELL", "oneroof completions bash"),
        (vec!["completions", "tcsh"], "'tcsh'", "oneroof completions bash"),
        (vec!["manifest", "print"], "'print'", "oneroof manifest list"),
        (vec!["sql", "show", "prod/none.sql"], "prod/none.sql", "prod/00_preflight.sql"),
        (vec!["sql", "show", "../Cargo.toml"], "../Cargo.toml", "oneroof sql list"),
        (vec!["plan", "--expect-release", "beef"], "'beef'", "64 hex digits"),
        (vec!["plan", "--expect-release", &short], &short, "oneroof manifest"),
        (vec!["fingerprint", "--against", "none.json"], "none.json", "fingerprint --save before.json"),
        (apply(""), "''", rule),
        (apply("APR-"), "'APR-'", rule),
        (apply("apr-boot"), "'apr-boot'", rule),
        (apply("APR-boot"), "'APR-boot'", "^APR-[A-Z0-9-]{1,60}$"),
        (apply("APR-1'; --"), "'APR-1'; --'", "APR-BOOT-AUTHMODEL-1"),
        (apply("APR-1\n"), "'APR-1\\n'", rule),
        (apply("APR-\u{1b}[2J"), "'APR-\\u{1b}[2J'", rule),
        (apply("APR-\u{202e}1"), "'APR-\\u{202e}1'", rule),
        (apply("APR-É"), "'APR-É'", rule),
        (apply(&long_apr), "APR-AAAA", rule),
        (vec!["preflight", "--ratified-apr", "yes"], "'yes'", rule),
    ];
    for (arguments, named, works) in cases {
        let output = run(&arguments).expect_code(2);
        let said = format!("{}{}", output.stdout, output.stderr);
        // A sentence may contain line breaks.
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(named), "{arguments:?}: {named:?} is not named in\n{}", output.whole());
        assert!(said.contains(works), "{arguments:?}: no {works:?} in\n{}", output.whole());
        assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{arguments:?}\n{}", output.whole());
    }
}

/// If clap's suggestion is clear, the last line is the corrected command. Otherwise it is a help command. Both can be pasted.
#[test]
fn a_suggestion_is_similar_to_the_typed_word() {
    for (arguments, usage) in [
        (&["rollback", "--with-rollback"][..], "Usage: oneroof rollback [OPTIONS] <--tier <N>|--to <N>|--full>"),
        (&["plan", "--json"], "Usage: oneroof plan [OPTIONS]"),
        (&["frob"], "Usage: oneroof [OPTIONS] <COMMAND>"),
        (&["packet", "sign", "x"], "Usage: oneroof packet [OPTIONS] <COMMAND>"),
    ] {
        let output = run(arguments).expect_code(2).expect_stderr(usage);
        assert!(!output.stderr.contains("similar") && !output.stderr.contains("\n\n\n"), "{}", output.whole());
    }
    for (arguments, tip) in [
        (&["rollback", "--all"][..], "a similar argument exists: '--full'"),
        (&["clone", "creat"], "a similar subcommand exists: 'create'"),
    ] {
        let _ = run(arguments).expect_code(2).expect_stderr(tip);
    }
}

#[test]
fn every_usage_error_names_the_next_command() {
    let cases: [(&[&str], &str); 46] = [
        // No arguments, and a command without its subcommand.
        (&[], "oneroof --help"),
        (&["-q"], "oneroof --help"),
        (&["clone"], "oneroof help clone"),
        (&["evidence"], "oneroof help evidence"),
        (&["sql"], "oneroof help sql"),
        (&["lab"], "oneroof help lab"),
        (&["label"], "oneroof help label"),
        (&["shadow"], "oneroof help shadow"),
        // An unknown command.
        (&["preflght"], "oneroof preflight"),
        (&["stauts", "-d", "directus", "-p", "5433"], "oneroof status --dbname directus --port 5433"),
        (&["frobnicate"], "oneroof --help"),
        // clap suggests `rollback` for this word, which the program must not do.
        (&["frob", "--full", "--yes"], "oneroof --help"),
        (&["hlep"], "oneroof --help"),
        (&["help", "frob"], "oneroof --help"),
        (&["sql", "lst"], "oneroof sql list"),
        (&["clone", "creat"], "oneroof clone create"),
        (&["sql", "frobnicate"], "oneroof help sql"),
        // An unknown option, and one word too many.
        (&["plan", "--fromat", "json"], "oneroof plan --format json"),
        (&["plan", "--fromat=json"], "oneroof plan --format json"),
        (&["rollback", "--ful", "--dry-run"], "oneroof rollback --full --dry-run"),
        (
            &["apply", "--ratified-apr", "APR-X", "--dry-rnu", "--backup-ref", "snap 7"],
            "oneroof apply --ratified-apr APR-X --dry-run --backup-ref 'snap 7'",
        ),
        (&["apply", "--dry-rnu"], "oneroof help apply"),
        (&["plan", "--frobnicate"], "oneroof help plan"),
        (&["plan", "stray"], "oneroof help plan"),
        (&["status", "-x"], "oneroof help status"),
        (&["rollback", "--full=3"], "oneroof help rollback"),
        // A missing or wrong value.
        (&["--format"], "oneroof --help"),
        (&["rollback", "--tier"], "oneroof help rollback"),
        (&["scan", "cursor", "--advance-to"], "oneroof help scan cursor"),
        (&["rollback", "--tier", "six"], "oneroof help rollback"),
        (&["rollback", "--tier="], "oneroof help rollback"),
        (&["plan", "--format", "jsn"], "oneroof plan --format json"),
        (&["plan", "--color=nevr"], "oneroof plan --color never"),
        (&["plan", "--format", "xml"], "oneroof help plan"),
        // Missing arguments, and arguments that exclude each other.
        (&["apply"], "oneroof help apply"),
        (&["evidence", "check"], "oneroof help evidence check"),
        (&["sql", "export"], "oneroof help sql export"),
        (&["rollback", "--tier", "1", "--full"], "oneroof help rollback"),
        (&["rollback", "--tier", "1", "--tier", "2"], "oneroof help rollback"),
        (&["status", "-w", "-W"], "oneroof help status"),
        // psql's option -h.
        (&["preflight", "-h", "db.example.org", "-d", "x"], "oneroof preflight --host db.example.org --dbname x"),
        (&["-hdb.example.org"], "oneroof preflight --host db.example.org"),
        (&["apply", "-h", "db.example.org"], "oneroof help apply"),
        // Errors that the program itself finds.
        (&["rollback", "--tier", "7", "--yes"], "oneroof help rollback"),
        (&["sql", "show", "none.sql"], "oneroof sql list"),
        (&["plan", "--expect-release", "beef"], "oneroof help plan"),
    ];
    for (arguments, next) in cases {
        let output = run(arguments).expect_code(2);
        let last = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
        let wanted = format!("next: {next}");
        assert_eq!(last.lines().last(), Some(wanted.as_str()), "{arguments:?}\n{}", output.whole());
        // The answer to psql's -h is a help text and not a report.
        if arguments.iter().any(|word| word.starts_with("-h")) {
            continue;
        }
        let json = run(&[&["--format=json"], arguments].concat()).expect_code(2).json();
        if arguments.iter().any(|word| word.contains("--f") && word.contains("mat")) {
            assert!(json["next"].is_string(), "{json:#}");
        } else {
            assert_eq!(
                json["next"].as_str().map(|words| words.replace(" --format json", "")),
                Some(next.to_owned()),
                "{json:#}"
            );
        }
    }
}

#[test]
fn the_next_command_has_no_password_and_no_control_character() {
    for (arguments, next) in [
        (&["stauts", "--via", "sshpass -p canary ssh db"][..], "oneroof --help"),
        (&["stauts", "--dsn", "postgresql://u:canary@h/d"], "oneroof --help"),
        (&["plan", "--fromat=json", "--host", "\u{1b}[2J"], "oneroof help plan"),
        (&["preflight", "-h", "postgresql://u:canary@h/d"], "oneroof help preflight"),
    ] {
        let output = run(arguments).expect_code(2);
        assert!(!output.whole().contains("canary") && !output.stderr.contains('\u{1b}'), "{}", output.whole());
        assert_eq!(output.stderr.lines().last(), Some(format!("next: {next}").as_str()), "{}", output.whole());
    }
    // The option takes no value, so only its name is shown.
    for option in ["--quiet", "--password"] {
        let output = run(&["status", &format!("{option}=canary")]).expect_code(2);
        assert!(!output.whole().contains("canary"), "{}", output.whole());
        let _ = output.expect_stderr(&format!("(not shown: it may hold a password)' for '{option}' found"));
    }
}

#[test]
fn what_was_typed_is_shown_escaped_in_every_complaint() {
    let evil = "\u{1b}]0;x\u{7}\u{202e}\n--yes";
    for arguments in [
        vec![evil],
        vec!["plan", evil],
        vec!["plan", "--format", evil],
        vec!["rollback", "--tier", evil],
        vec!["sql", "show", evil],
        vec!["sql", "export", "/proc/\u{1b}[2J"],
        vec!["fingerprint", "--against", evil],
        vec!["plan", "--expect-release", evil],
        vec!["rollback", "--full", "--yes", "--log-dir", evil],
        vec!["preflight", "--dsn", evil],
        vec!["lab", "down", "--dir", evil],
    ] {
        let output = run(&arguments);
        let said = format!("{}{}", output.stdout, output.stderr);
        assert_ne!(output.code(), Some(0), "{arguments:?}\n{}", output.whole());
        for unsafe_one in ['\u{1b}', '\u{7}', '\u{202e}'] {
            assert!(!said.contains(unsafe_one), "{arguments:?}\n{said:?}");
        }
    }
}

#[test]
fn an_argument_that_is_no_text_is_shown_and_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let word = std::ffi::OsStr::from_bytes(b"APR-\xff\x1b");
    let sandbox = Sandbox::new();
    let run = sandbox.oneroof(["apply", "--ratified-apr"]).argument(word);
    let output = run.output().expect_code(2).expect_stderr("'APR-\\xff\\u{1b}' is not UTF-8 text");
    assert_eq!(output.stderr.lines().last(), Some("next: oneroof help apply"));
}

#[test]
fn dash_h_with_a_host_gets_help_and_is_not_a_success() {
    for arguments in [
        vec!["-h", "db.example.org", "preflight"],
        vec!["preflight", "-h", "db.example.org"],
        vec!["preflight", "-hdb.example.org"],
        vec!["apply", "-h", "/run/postgresql"],
    ] {
        let output = run(&arguments).expect_code(2).expect_stdout("Usage: oneroof");
        assert!(output.stderr.contains("psql's -h is --host here"), "{}", output.whole());
        assert!(output.stderr.contains("--host"), "{}", output.whole());
    }
    for arguments in [vec!["-h"], vec!["preflight", "-h"], vec!["-h", "preflight"], vec!["preflight", "-h", "--yes"]] {
        let output = run(&arguments).expect_success();
        assert_eq!(output.stderr, "", "{arguments:?}");
    }
}

#[test]
fn other_options_of_psql_get_an_answer() {
    // -d, -p, -U and -w have the same meaning as in psql, before and after the command.
    let socket = Sandbox::new();
    for arguments in [
        ["-d", "directus", "-p", "1", "-U", "me", "-w", "status", "--host"],
        ["status", "-d", "directus", "-p", "1", "-U", "me", "-w", "--host"],
    ] {
        let run = socket.oneroof(arguments).argument(socket.work());
        let _ = run.output().expect_code(7).expect_stdout(".s.PGSQL.1");
    }
}

#[test]
fn every_command_answers_one_object_in_json_and_nothing_else() {
    for (arguments, code) in OFFLINE.iter().map(|words| (words, 0)).chain(ONLINE.iter().map(|words| (words, 7))) {
        let sandbox = Sandbox::new();
        let run = sandbox.oneroof(*arguments).arguments(["--format", "json", "--host"]).argument(sandbox.work());
        let output = run.output().expect_code(code);
        let report = output.json();
        assert_eq!(report["command"], arguments[0]);
        assert_eq!(output.stdout.lines().count(), 1);
        assert_eq!(report["effect"]["kind"], "nothing_changed");
        assert!(report["release"]["digest"].is_string(), "{report:#}");
    }
}

#[test]
fn a_wrong_command_line_answers_in_json_too() {
    for (arguments, command) in [
        (vec!["--format", "json"], "oneroof"),
        (vec!["--format=json", "frobnicate"], "oneroof"),
        (vec!["apply", "--format", "json"], "apply"),
        (vec!["rollback", "--tier", "x", "--format=json"], "rollback"),
        (vec!["rollback", "--tier", "77", "--format=json"], "rollback"),
        (vec!["apply", "--ratified-apr", "x", "--format=json"], "apply"),
        (vec!["sql", "show", "x", "--format=json"], "sql"),
        (vec!["lab", "down", "--dir", "/nonexistent", "--format=json"], "lab"),
    ] {
        let output = run(&arguments).expect_code(2);
        let report = output.json();
        assert_eq!(report["command"], command, "{arguments:?}");
        assert_eq!(report["verdict"], "FAILED");
        assert!(report["error"]["hint"].is_string() && report["next"].is_string(), "{report:#}");
    }
}

#[test]
fn the_plan_is_as_reviewed() {
    insta::assert_snapshot!("plan", run(&["plan"]).expect_success().snapshot());
    let plan = run(&["plan", "--format", "json"]).json();
    let tiers = plan["result"]["plan"]["tiers"].as_array().unwrap();
    assert_eq!(tiers.len(), 6);
    assert_eq!(tiers[2]["deltas"]["public.governance_object_ownership"]["inserted"], 30);
}

/// The path and the text of each file in the packet that the binary carries.
fn members() -> Vec<(String, String)> {
    let release = Release::embedded().unwrap();
    let member = |(path, _): &(String, _)| (path.clone(), release.composed(path).unwrap());
    release.manifest.entries().iter().map(member).collect()
}

#[test]
fn the_manifest_is_printed_like_the_file() {
    let listed = run(&["manifest", "list"]).expect_success();
    assert_eq!(listed.stdout, Release::embedded().unwrap().manifest.text());
    let reply = run(&["manifest"]).expect_success().expect_stdout("files match the manifest");
    let digest = Release::embedded().unwrap().digest_text();
    assert!(reply.stdout.contains(&digest), "{}", reply.stdout);
    let json = run(&["manifest", "--format", "json"]).json();
    assert_eq!(json["result"]["manifest"].as_array().unwrap().len(), members().len());
    assert_eq!(json["release"]["digest"], digest);
}

#[test]
fn a_pinned_release_is_this_one_or_nothing_runs() {
    let digest = Release::embedded().unwrap().digest_text();
    let _ = run(&["plan", "--expect-release", &digest]).expect_success();
    let _ = run(&["plan", "--expect-release", digest.trim_start_matches("sha256:")]).expect_success();
    let other = format!("sha256:{}", "a".repeat(64));
    let output = run(&["plan", "--expect-release", &other]).expect_code(6);
    assert!(output.stdout.contains(&digest) && output.stdout.contains(&other), "{}", output.whole());
    // The program also checks this before it connects.
    let _ = run(&["preflight", "--expect-release", &other, "--host", "/nonexistent"]).expect_code(6);
}

#[test]
fn the_sql_is_listed_and_shown_byte_for_byte() {
    let listed = run(&["sql", "list"]).expect_success();
    for (path, text) in members() {
        assert!(listed.stdout.contains(&path), "{path}");
        for name in [path.as_str(), path.trim_start_matches("sql/")] {
            assert_eq!(run(&["sql", "show", name]).expect_success().stdout, text, "{name}");
        }
    }
}

#[test]
fn an_export_is_the_packet_and_is_never_written_over() {
    let sandbox = Sandbox::new();
    let export = |folder: &str| sandbox.oneroof(["sql", "export", folder]).output();
    let _ = export("out").expect_success().expect_stdout("manifest-sha256.txt");
    let folder = sandbox.work().join("out");
    for (path, text) in members() {
        assert_eq!(std::fs::read_to_string(folder.join(&path)).unwrap(), text);
    }
    let mut check = Command::new("sha256sum");
    check.args(["--check", "--strict", "--quiet", "manifest-sha256.txt"]).current_dir(&folder);
    assert!(check.status().unwrap().success());
    let again = export("out").expect_code(2).expect_stdout("is not empty");
    assert!(again.stdout.contains("new folder"), "{}", again.whole());
    let _ = export("out/manifest-sha256.txt").expect_code(2);
    let _ = export("/proc/none").expect_code(2).expect_stdout("/proc/none");
    // An existing empty folder may be used.
    std::fs::create_dir(sandbox.work().join("empty")).unwrap();
    let _ = export("empty").expect_success();
}

#[test]
fn a_single_export_holds_the_whole_of_psql_s_executor() {
    let sandbox = Sandbox::new();
    let single = sandbox.oneroof(["sql", "export", "--single"]).output().expect_success();
    assert!(!single.stdout.lines().any(|line| line.trim_start().starts_with("\\ir ")), "an include is left");
    let members = members();
    for (path, text) in members.iter().filter(|(path, _)| path.starts_with("sql/prod/") && !path.contains("99_")) {
        assert!(single.stdout.contains(text), "{path} is not in it");
    }
    let to_file = || sandbox.oneroof(["sql", "export", "--single", "all.sql"]).output();
    let _ = to_file().expect_success().expect_stdout("wrote all.sql");
    assert_eq!(std::fs::read_to_string(sandbox.work().join("all.sql")).unwrap(), single.stdout);
    let _ = to_file().expect_code(2).expect_stdout("new file");
    let _ = sandbox.oneroof(["sql", "export"]).output().expect_code(2).expect_stderr("FOLDER");
}

/// The printed schemas are the documented ones, byte for byte, and they refer only to each other.
#[test]
fn schemas_are_printed_as_they_are_documented() {
    let sandbox = Sandbox::new();
    for name in ["report", "evidence"] {
        let printed = sandbox.oneroof(["schema", name]).output().expect_success().stdout;
        assert_eq!(printed, support::repository_text(&format!("docs/{name}.schema.json")), "{name}");
        for link in printed.split("\"$ref\": \"").skip(1) {
            let link = link.split('"').next().unwrap();
            let file = link.split('#').next().unwrap();
            assert!(["", "report.schema.json", "evidence.schema.json"].contains(&file), "{link}");
        }
    }
    let _ = sandbox.oneroof(["schema"]).output().expect_code(2);
}

#[test]
fn completions_are_scripts_that_know_every_command() {
    let names: Vec<String> = Cli::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&["completions", shell]).expect_success();
        for name in &names {
            assert!(script.stdout.contains(name.as_str()), "{shell}: {name}");
        }
    }
    let script = run(&["completions", "bash"]).expect_success().stdout;
    let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut bash.stdin.take().unwrap(), script.as_bytes()).unwrap();
    assert!(bash.wait().unwrap().success());
    // The completions contain the packet's files and tiers, the commands with a manual page, and the values of options.
    for values in
        ["sql/prod/30_ownership_seed.sql", "-W \"1 2 3 4 5 6\"", "rollback resolve gate report", "-W \"text json\""]
    {
        assert!(script.contains(values), "{values}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    for verb in Cli::command().get_subcommands() {
        let name = verb.get_name();
        let page = run(&["man", name]).expect_success().stdout.replace('\\', "");
        assert!(page.contains(&format!(".TH oneroof-{name}")), "{page}");
        let help = run(&[name, "--help"]).expect_success().stdout;
        for title in ["Examples", "Exit codes", "Files", "Environment"] {
            for line in section(&help, title) {
                assert!(page.contains(line), "{name}: {line}\n{page}");
            }
        }
        for title in ["NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "ENVIRONMENT", "SEE ALSO"] {
            assert!(
                page.contains(&format!(".SH {title}")) || page.contains(&format!(".SH \"{title}\"")),
                "{name}: {title}"
            );
        }
    }
    let _ = run(&["man", "frob"]).expect_code(2).expect_stderr("'frob'");
}

#[test]
fn the_manual_page_names_every_command_and_exit_code() {
    let page = run(&["man"]).expect_success().stdout;
    assert!(page.contains(".TH oneroof"), "{page}");
    for verb in Cli::command().get_subcommands() {
        assert!(page.contains(&format!("oneroof\\-{}", verb.get_name().replace('-', "\\-"))), "{}", verb.get_name());
    }
    for (code, text) in PROMISED {
        let line = page.lines().find(|line| line.trim().starts_with(&format!("{code}  ")));
        assert!(line.is_some_and(|line| line.replace('\\', "").contains(text)), "{code} {text}");
    }
}

#[test]
fn colour_is_for_terminals_unless_it_is_requested() {
    let sandbox = Sandbox::new();
    let plan = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut run = sandbox.oneroof(["plan"]).arguments(arguments);
        for (name, value) in variables {
            run = run.variable(name, value);
        }
        run.output().expect_success().stdout.contains('\u{1b}')
    };
    assert!(!plan(&[], &[]));
    assert!(plan(&["--color", "always"], &[]));
    assert!(plan(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(plan(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!plan(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(plan(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")]));
    assert!(!plan(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    let on_terminal = |variables: &[(&str, &str)]| {
        let mut run = sandbox.oneroof(["plan"]);
        for (name, value) in variables {
            run = run.variable(name, value);
        }
        run.on_terminal(40, 100).finish().expect_success().stdout.contains('\u{1b}')
    };
    assert!(on_terminal(&[]));
    assert!(!on_terminal(&[("NO_COLOR", "1")]));
    assert!(!on_terminal(&[("TERM", "dumb")]));
}

#[test]
fn without_colour_nothing_is_missing() {
    let sandbox = Sandbox::new();
    let plain = sandbox.oneroof(["plan"]).output().expect_success().stdout;
    let coloured = sandbox.oneroof(["plan", "--color", "always"]).output().expect_success().stdout;
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn a_locale_without_utf8_gets_ascii() {
    let sandbox = Sandbox::new();
    for (arguments, _) in OFFLINE.iter().zip(0..).filter(|(words, _)| !matches!(words[0], "sql" | "man")) {
        for locale in ["C", "POSIX", "de_DE.ISO-8859-1"] {
            let output = sandbox.oneroof(*arguments).variable("LC_ALL", locale).output().expect_success();
            assert!(output.stdout.is_ascii() && output.stderr.is_ascii(), "{arguments:?}\n{}", output.whole());
        }
    }
    let run = sandbox.oneroof(["status", "--host"]).argument(sandbox.work()).variable("LC_ALL", "C");
    let output = run.output().expect_code(7);
    assert!(output.stdout.is_ascii(), "{}", output.whole());
}

#[test]
fn eighty_columns_are_enough_and_words_are_never_cut() {
    let sandbox = Sandbox::new();
    for width in ["80", "60"] {
        for arguments in [vec!["plan"], vec!["manifest"], vec!["preflight", "--host", "/nonexistent"]] {
            let output = sandbox.oneroof(&arguments).variable("COLUMNS", width).output();
            assert_width(&output.stdout, width.parse().unwrap());
        }
    }
    for verb in Cli::command().get_subcommands() {
        for form in ["-h", "--help"] {
            let run = sandbox.oneroof([verb.get_name(), form]).variable("COLUMNS", "80");
            assert_width(&run.output().expect_success().stdout, 80);
        }
    }
    let plan = sandbox.oneroof(["plan"]).variable("COLUMNS", "80").output().expect_success().stdout;
    // If a line of a tree wraps, the tree's vertical line continues on the next line.
    let is_word = |word: &&str| *word != "│";
    let words = |text: &str| text.split_whitespace().filter(is_word).map(str::to_owned).collect::<Vec<_>>();
    let wide = sandbox.oneroof(["plan"]).variable("COLUMNS", "200").output().expect_success().stdout;
    assert_eq!(words(&plan), words(&wide));
}

#[test]
fn a_closed_pipe_changes_no_exit_code() {
    let sandbox = Sandbox::new();
    for arguments in OFFLINE {
        let output = sandbox.oneroof(arguments).closed_stdout().output().expect_success();
        assert_eq!(output.stderr, "", "{arguments:?}");
    }
    for arguments in [&["--help"][..], &["--version"], &["apply", "--help"]] {
        let output = sandbox.oneroof(arguments).closed_stdout().output().expect_success();
        assert_eq!(output.stderr, "", "{arguments:?}");
    }
    let _ = sandbox.oneroof(["rollback", "--tier", "9"]).closed_stdout().output().expect_code(2);
    let _ = sandbox.oneroof(["status", "--host"]).argument(sandbox.work()).closed_stdout().output().expect_code(7);
}

#[test]
fn a_full_disk_below_stdout_is_an_error() {
    let sandbox = Sandbox::new();
    for arguments in OFFLINE.iter().copied().chain([&["--help"][..], &["--version"]]) {
        let output = sandbox.oneroof(arguments).stdout_to("/dev/full").output().expect_code(1);
        assert!(output.stderr.contains("No space left on device"), "{arguments:?}\n{}", output.whole());
    }
    // The exit code of the more serious error is kept.
    let run = sandbox.oneroof(["status", "--host"]).argument(sandbox.work()).stdout_to("/dev/full");
    let _ = run.output().expect_code(7).expect_stderr("No space left on device");
}

#[test]
fn a_closed_stderr_causes_no_panic() {
    let sandbox = Sandbox::new();
    for (arguments, code) in [
        (vec!["frobnicate"], 2),
        (vec!["plan", "-vv"], 0),
        (vec!["status", "-vv", "--host", "/nonexistent"], 7),
        (vec!["preflight", "-h", "host"], 2),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let status = Command::new(env!("CARGO_BIN_EXE_oneroof"))
            .args(&arguments)
            .current_dir(sandbox.work())
            .stdout(Stdio::null())
            .stderr(writer)
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn quiet_and_verbose_do_not_change_the_result() {
    let sandbox = Sandbox::new();
    let plan = |words: &[&str]| sandbox.oneroof(["plan"]).arguments(words).output().expect_success();
    let answer = plan(&[]);
    for words in [&["-q"][..], &["-v"], &["-vv"], &["-vvv"], &["--log-format", "json"]] {
        assert_eq!(plan(words).stdout, answer.stdout, "{words:?}");
    }
    assert_eq!(plan(&["-q"]).stderr, "");
    assert_eq!(answer.stderr, "");
}

#[test]
fn without_terminal_and_confirmation_a_run_is_refused_before_connecting() {
    let sandbox = Sandbox::new();
    for arguments in [&["apply", "--ratified-apr", "APR-BOOT-AUTHMODEL-1"][..], &["rollback", "--full"]] {
        let refused = |more: &[&str]| {
            let run =
                sandbox.oneroof(arguments).arguments(more).arguments(["-d", "directus", "--host", "/nonexistent"]);
            run.output().expect_code(11)
        };
        let output = refused(&[]);
        assert!(output.stdout.contains("--confirm with directus@"), "{}", output.whole());
        let output = refused(&["--confirm", "postgres\u{1b}"]);
        assert!(output.stdout.contains("--confirm postgres\\u{1b}: the database is directus"), "{}", output.whole());
    }
    assert_eq!(sandbox.files(|name| name.starts_with("rollout_")).len(), 0);
}

#[test]
fn the_schemas_are_strict_about_what_they_describe() {
    let schema: serde_json::Value = serde_json::from_str(&repository_text("docs/report.schema.json")).unwrap();
    let mut loose = Vec::new();
    walk(&schema, "", &mut |path, node| {
        if node.get("properties").is_some() && node.get("type").is_some_and(|kind| kind == "object") {
            let closed = node.get("additionalProperties").is_some_and(|rule| rule == false);
            if !closed {
                loose.push(path.to_owned());
            }
        }
    });
    assert_eq!(loose, Vec::<String>::new());
    assert!(repository("docs/evidence.schema.json").exists());
}

fn walk(node: &serde_json::Value, path: &str, visit: &mut impl FnMut(&str, &serde_json::Value)) {
    visit(path, node);
    match node {
        serde_json::Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| walk(field, &format!("{path}/{name}"), visit));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| walk(item, path, visit)),
        _ => {}
    }
}

/// With too few file descriptors the program does not begin anything, not even listening for signals.
#[test]
fn too_few_open_files_are_named_with_the_number_that_is_enough() {
    let sandbox = Sandbox::new();
    for limit in [8, 15] {
        let mut command = std::process::Command::new("bash");
        command.args([
            "-c",
            &format!("ulimit -n {limit}; exec \"$0\" \"$@\""),
            env!("CARGO_BIN_EXE_oneroof"),
            "status",
        ]);
        let output = command.current_dir(sandbox.work()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains(&format!("may open only {limit} files")) && said.ends_with("next: ulimit -n 16\n"),
            "{said}"
        );
    }
}

#[test]
fn a_wrong_packet_is_named_with_a_cure_and_the_binary_is_not_blamed() {
    let sandbox = Sandbox::new();
    let said = |arguments: &[&str], code: i32| sandbox.oneroof(arguments).output().expect_code(code).whole();
    let _ = sandbox.oneroof(["packet", "new", "notes"]).output().expect_success();
    for (arguments, code, wanted) in [
        (&["packet", "new"][..], 2, "example: oneroof packet new sales"),
        (&["packet", "build"], 2, "example: oneroof packet build notes"),
        (&["evidence", "check"], 2, "example: oneroof evidence check"),
        (&["packet", "show", "notes"], 6, "derived.toml is missing"),
        (&["packet", "check", "notes/packet.toml"], 6, "its first line is not that of a sealed packet"),
        (&["status", "--packet", "nofile"], 2, "nofile: No such file"),
    ] {
        let reply = said(arguments, code);
        assert!(
            reply.contains(wanted) && reply.contains("next: oneroof help packet")
                || reply.contains("next: oneroof help evidence"),
            "{reply}"
        );
        assert!(!reply.contains("Do not use this binary") && !reply.contains("one-roof-phase-1"), "{reply}");
    }
    let page = sandbox.work().join("notes/packet.toml");
    let text = std::fs::read_to_string(&page).unwrap();
    std::fs::write(&page, text.replacen("role = ", "rolle = ", 1)).unwrap();
    let reply = said(&["packet", "build", "notes"], 2);
    assert!(reply.contains("packet.toml: line 7: unknown field `rolle`"), "{reply}");
}

#[test]
fn one_screen_shows_what_a_tier_writes_checks_and_rolls_back() {
    let shown = run(&["packet", "show", "--tier", "3"]).expect_success().stdout;
    let (statements, facts) = shown.split_at(shown.find("## Tier").unwrap());
    assert!(statements.contains("INSERT INTO") && statements.contains("DELETE FROM"), "{statements}");
    // The last line of the screen belongs to the prompt.
    assert!(facts.lines().count() < 24 && facts.lines().all(|line| line.chars().count() <= 80), "{facts}");
    insta::assert_snapshot!("packet_show_tier", facts);
}
