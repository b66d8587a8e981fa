//! The evidence also records the people and the circumstances: who ran the program, how and with which words they confirmed, which program
//! it was, and which run came before.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::packet::APR;
use crate::support::evidence::{changed, digest, read};
use crate::support::{DATABASE, Lab, Output, Run, Sandbox, TYPED, binary, canary, key};

const APPLY: [&str; 3] = ["apply", "--ratified-apr", APR];

/// Runs the command with a new folder for the evidence. Returns the path of the evidence and the output.
#[track_caller]
fn run_in(lab: &Lab, name: &str, run: Run, code: i32) -> (PathBuf, Output) {
    let folder = lab.sandbox.work().join(name);
    std::fs::create_dir(&folder).unwrap();
    let output = run.argument("--log-dir").argument(&folder).output().expect_code(code);
    (Sandbox::evidence_in(&folder), output)
}

fn said(program: &str, argument: &str) -> String {
    let output = Command::new(program).arg(argument).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The evidence keeps the rows that the tier's own transaction read, even if they change later.
#[test]
fn each_tier_keeps_the_approval_rows_that_it_relied_on() {
    let lab = Lab::ratified();
    lab.admin(&format!(
        "INSERT INTO public.os_proposal_approvals (proposal_code, approval_level, approved_by, signature_ref, approved_at)
         VALUES ('{APR}', 'L3', E'some\\tbody', 'ref; DROP TABLE x', '2026-01-02 03:04:05+00'), ('APR-ANOTHER-1', 'L2', 'x', 'y', now())"
    ));
    let rows = "SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('proposal_code', proposal_code, 'approval_level', approval_level,
            'approved_by', approved_by, 'signature_ref', signature_ref)) ORDER BY approval_level COLLATE \"C\", approved_at)
        FROM public.os_proposal_approvals WHERE proposal_code = 'APR-BOOT-AUTHMODEL-1'";
    let expected: Value = serde_json::from_str(&lab.psql(rows)).unwrap();
    let (evidence, _) = run_in(&lab, "approved", lab.oneroof(APPLY).argument("--yes"), 0);
    lab.withdraw();
    let tiers = read(&evidence)["report"]["tiers"].clone();
    let tiers = tiers.as_array().unwrap();
    assert_eq!(tiers.len(), 6);
    for tier in tiers {
        let mut kept = tier["approvals"].clone();
        for row in kept.as_array_mut().unwrap() {
            assert!(row["approved_at"].as_str().unwrap().starts_with("20"), "{row}");
            row.as_object_mut().unwrap().remove("approved_at");
        }
        assert_eq!(kept, expected, "tier {}", tier["number"]);
    }
    // A rollback needs no approval and reports none.
    let (evidence, _) = run_in(&lab, "rolled_back", lab.oneroof(["rollback", "--full", "--yes"]), 0);
    assert!(read(&evidence)["report"]["tiers"].as_array().unwrap().iter().all(|tier| tier.get("approvals").is_none()));
}

#[test]
fn the_kernel_names_who_ran_it_and_the_environment_only_claims_it() {
    let lab = Lab::ratified();
    let claims = [
        ("SUDO_USER", "President-himself"),
        ("USER", "nobody-else"),
        ("SSH_CONNECTION", "192.0.2.7 1 192.0.2.8 22"),
        ("CI", "true"),
    ];
    let run =
        claims.iter().fold(lab.oneroof(APPLY).argument("--dry-run"), |run, (name, value)| run.variable(name, value));
    let (evidence, output) = run_in(&lab, "claims", run, 0);
    let shown = read(&evidence);
    let operator = &shown["operator"];
    assert_eq!(operator["uid"].to_string(), said("id", "-u"));
    assert_eq!(operator["account"], said("id", "-un"));
    assert_eq!(operator["host"], said("uname", "-n"));
    let login = std::fs::read_to_string("/proc/self/loginuid").unwrap_or_default();
    let login = login.trim().parse::<u32>().ok().filter(|uid| *uid != u32::MAX);
    assert_eq!(operator.get("login_uid"), login.map(|uid| json!(uid)).as_ref());
    for (name, value) in claims {
        assert_eq!(operator["claimed"][name], value);
    }
    // The claims of the environment appear nowhere else.
    let mut rest = shown.clone();
    rest["operator"].as_object_mut().unwrap().remove("claimed");
    assert!(!rest.to_string().contains("President-himself") && !output.stdout.contains("President-himself"));

    let run = lab.oneroof(APPLY).argument("--log-dir").argument(lab.sandbox.logs());
    let mut terminal = run.on_terminal(50, 100);
    terminal.wait_for("to go on: ");
    terminal.enter(TYPED);
    terminal.enter(key::ENTER);
    let _ = terminal.finish().expect_code(0);
    let shown = read(&Sandbox::evidence_in(&lab.sandbox.logs()));
    let terminal = shown["operator"]["terminal"].as_str().unwrap();
    assert!(terminal.starts_with("/dev/pts/"), "{terminal}");
    assert_eq!(shown["confirmed"]["how"], "typed");
    assert_eq!(shown["confirmed"]["words"], TYPED);
}

#[test]
fn how_it_was_confirmed_and_every_word_of_the_command_line_are_kept() {
    let lab = Lab::ratified();
    let confirmed = |evidence: &Path| {
        let shown = read(evidence);
        (
            shown["confirmed"]["how"].as_str().map(str::to_owned),
            shown["confirmed"].get("words").cloned(),
            shown["arguments"].clone(),
        )
    };
    let dsn = format!("{} password={}", lab.dsn(), canary::PASSWORD);
    let run = lab.oneroof([
        "-v",
        "apply",
        "--dry-run",
        "--backup-ref",
        "before",
        "--lock-timeout=7",
        "--dsn",
        &dsn,
        "--ratified-apr",
        APR,
    ]);
    let (evidence, output) = run_in(&lab, "dry", run, 0);
    let (how, words, arguments) = confirmed(&evidence);
    assert_eq!((how.as_deref(), words), (Some("not_needed"), None));
    let arguments: Vec<String> = serde_json::from_value(arguments).unwrap();
    for word in [
        "apply",
        "--verbose",
        "--dry-run",
        "before",
        "--lock-timeout",
        "7",
        "--ratified-apr",
        APR,
        "--dsn",
        "--log-dir",
    ] {
        assert!(arguments.contains(&word.to_owned()), "{word}: {arguments:?}");
    }
    assert!(arguments.concat().contains("password=***"), "{arguments:?}");
    canary::assert_silent(&lab.sandbox, &[&output], &[]);

    let (evidence, _) = run_in(&lab, "yes", lab.oneroof(APPLY).argument("--yes"), 0);
    assert_eq!(confirmed(&evidence).0.as_deref(), Some("by_yes"));
    let run = lab.oneroof(["rollback", "--full", "--confirm", TYPED]);
    let (evidence, _) = run_in(&lab, "name", run, 0);
    let (how, words, _) = confirmed(&evidence);
    assert_eq!((how.as_deref(), words), (Some("by_name"), Some(json!(TYPED))));
    let forged = changed(&evidence, "forged.json", |it| drop(it.as_object_mut().unwrap().remove("confirmed")));
    let _ = lab
        .oneroof(["evidence", "check"])
        .argument(&forged)
        .output()
        .expect_code(5)
        .expect_stdout("nobody confirmed the run");
    let forged = changed(&evidence, "forged.json", |it| it["confirmed"]["how"] = json!("by_yes"));
    let _ = lab
        .oneroof(["evidence", "check"])
        .argument(&forged)
        .output()
        .expect_code(5)
        .expect_stdout("does not have that option");
}

#[test]
fn the_server_reports_the_client_and_the_wal_position() {
    let lab = Lab::own(|builder| builder.tcp().access("host all all 127.0.0.1/32 trust").access("local all all trust"));
    lab.ratify();
    let run = lab.oneroof(APPLY).argument("--yes");
    let (evidence, _) = run_in(&lab, "socket", run, 0);
    let shown = read(&evidence);
    assert_eq!(shown["client"].get("address"), None);
    assert_eq!(shown["session"]["session_user"], "workflow_admin");
    assert_eq!(
        shown["session"]["database_oid"],
        lab.admin(&format!("SELECT oid FROM pg_database WHERE datname = '{DATABASE}'"))
    );
    // Each tier has its WAL position after the COMMIT. The positions increase, and the server's current position is not before the last
    // one.
    let places: Vec<&str> =
        shown["report"]["tiers"].as_array().unwrap().iter().map(|tier| tier["lsn"].as_str().unwrap()).collect();
    for pair in places.windows(2) {
        assert_eq!(lab.admin(&format!("SELECT '{}'::pg_lsn < '{}'::pg_lsn", pair[0], pair[1])), "t");
    }
    assert_eq!(lab.admin(&format!("SELECT '{}'::pg_lsn <= pg_current_wal_insert_lsn()", places[5])), "t");
    let beyond = changed(&evidence, "beyond.json", |it| it["report"]["tiers"][5]["lsn"] = json!("FFF/0"));
    let _ = lab.oneroof(["evidence", "check"]).argument(&beyond).output().expect_code(5).expect_stdout("log position");
    let before = changed(&evidence, "before.json", |it| it["report"]["tiers"][5]["lsn"] = json!("0/1"));
    let _ = lab.oneroof(["evidence", "check"]).argument(&before).output().expect_code(5);

    let run = lab.oneroof([
        "rollback",
        "--full",
        "--yes",
        "--host",
        "127.0.0.1",
        "--port",
        &lab.cluster().port().to_string(),
    ]);
    let (evidence, _) = run_in(&lab, "tcp", run, 0);
    let client = read(&evidence)["client"].clone();
    assert_eq!(client["address"], "127.0.0.1");
    assert!(client["port"].as_u64().unwrap() > 0);
    // Servers before version 16 do not report the authentication method, and `trust` authenticates nobody on any version.
    assert_eq!(client.get("authenticated"), None);
}

/// Asserts that the last lines of the text contain the SHA-256 of the evidence.
#[track_caller]
fn printed(lab: &Lab, arguments: &[&str], code: i32, user: Option<&str>) {
    let folder = lab.sandbox.work().join(format!("printed-{}", std::fs::read_dir(lab.sandbox.work()).unwrap().count()));
    std::fs::create_dir(&folder).unwrap();
    let mut run = lab.oneroof(arguments).argument("--log-dir").argument(&folder);
    if let Some(user) = user {
        run = run.variable("PGUSER", user);
    }
    let output = run.output().expect_code(code);
    let whole = digest(&std::fs::read(Sandbox::evidence_in(&folder)).unwrap());
    let last: Vec<&str> = output.stdout.lines().rev().take(8).collect();
    assert!(last.iter().any(|line| line.trim() == whole), "{arguments:?}: {whole}\n{}", output.whole());
}

#[test]
fn the_digest_of_the_evidence_is_among_the_last_lines_of_every_run_that_leaves_some() {
    let lab = Lab::ratified();
    let administrator = lab.administrator().to_owned();
    let admin = Some(administrator.as_str());
    let yes = |words: &[&'static str]| [words, &["--yes"]].concat();
    printed(&lab, &[&APPLY[..], &["--dry-run"]].concat(), 0, None);
    printed(&lab, &yes(&APPLY), 0, None);
    printed(&lab, &yes(&APPLY), 13, None);
    printed(&lab, &yes(&["scan", "--write", "--ruleset", "RULESET-GOV-1", "--snapshot", "SNAP-2026-06-02"]), 0, None);
    printed(&lab, &yes(&["scan", "cursor", "--advance-to", "7"]), 0, None);
    printed(&lab, &yes(&["rollback", "--full"]), 0, None);
    printed(&lab, &yes(&["rollback", "--full", "--host", "/nowhere"]), 7, None);
    printed(&lab, &yes(&["shadow", "deploy"]), 0, None);
    printed(&lab, &yes(&["shadow", "drop"]), 0, None);
    printed(&lab, &yes(&["clone", "create"]), 0, admin);
    printed(&lab, &yes(&["clone", "revalidate"]), 0, admin);
    printed(&lab, &yes(&["clone", "drop"]), 0, admin);

    let folder = lab.sandbox.logs();
    let output = lab.oneroof(APPLY).arguments(["--yes", "--format", "json", "--log-dir"]).argument(&folder).output();
    let report = output.expect_success().json();
    let evidence = Sandbox::evidence_in(&folder);
    let whole = digest(&std::fs::read(&evidence).unwrap());
    assert_eq!(report["evidence_sha256"], whole);
    // The program that ran is the program under test.
    assert_eq!(read(&evidence)["binary"], digest(&std::fs::read(binary()).unwrap()));
    // The printed SHA-256 reveals every change, even if the checksum in the file was computed again.
    let check =
        |file: &Path, sha256: &str| lab.oneroof(["evidence", "check", "--sha256", sha256]).argument(file).output();
    let _ = check(&evidence, &whole).expect_success();
    let _ = check(&evidence, whole.trim_start_matches("sha256:")).expect_success();
    let forged = changed(&evidence, "forged.json", |it| it["operator"]["uid"] = json!(4711));
    let _ = lab.oneroof(["evidence", "check"]).argument(&forged).output().expect_success();
    let _ = check(&forged, &whole).expect_code(5).expect_stdout("not the one that was printed");
    let _ = check(&evidence, "sha256:12").expect_code(2).expect_stdout("not a SHA-256");
}

#[test]
fn each_evidence_names_the_one_before_it_of_the_same_database() {
    let (lab, other) = (Lab::ratified(), Lab::own(|builder| builder.initdb("--data-checksums")));
    let folder = lab.sandbox.logs();
    let run = |lab: &Lab, arguments: &[&str], code: i32| {
        let known: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        let _ = lab.oneroof(arguments).argument("--log-dir").argument(&folder).output().expect_code(code);
        let mut files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        files.find(|path| path.extension().is_some_and(|ending| ending == "json") && !known.contains(path)).unwrap()
    };
    let yes = |words: &[&'static str]| [words, &["--yes"]].concat();
    let dry = run(&lab, &[&APPLY[..], &["--dry-run"]].concat(), 0);
    let foreign = run(&other, &yes(&APPLY), 3);
    let unreached = run(&lab, &yes(&["apply", "--ratified-apr", APR, "--host", "/nowhere"]), 7);
    let apply = run(&lab, &yes(&APPLY), 0);
    let refused = run(&lab, &yes(&APPLY), 13);
    let back = run(&lab, &yes(&["rollback", "--full"]), 0);
    let previous = |file: &Path| read(file).get("previous").cloned();
    let link = |file: &Path| {
        let name = file.file_name().unwrap().to_str().unwrap();
        Some(json!({"file": name, "sha256": digest(&std::fs::read(file).unwrap()), "complete": true}))
    };
    assert_eq!(previous(&dry), None);
    assert_eq!(previous(&foreign), None);
    assert_eq!(previous(&unreached), None);
    assert_eq!(previous(&apply), link(&dry));
    assert_eq!(previous(&refused), link(&apply));
    assert_eq!(previous(&back), link(&refused));

    let check = || lab.oneroof(["evidence", "check"]).argument(&back).output();
    let _ = check()
        .expect_success()
        .expect_stdout("each of the 3 files before it has the SHA-256 that the next file names");
    // Changes the first file, which is two links away, and gives it a new checksum.
    let text = std::fs::read(&dry).unwrap();
    let mut forged: Value = read(&dry);
    forged["operator"]["uid"] = json!(4711);
    std::fs::write(&dry, crate::support::evidence::sealed(&forged)).unwrap();
    let name = dry.file_name().unwrap().to_str().unwrap();
    let _ = check().expect_code(5).expect_stdout(&format!("{name} was changed later"));
    std::fs::remove_file(&dry).unwrap();
    let _ = check().expect_code(5).expect_stdout("but these could not be compared: chain");
    std::fs::write(&dry, text).unwrap();
    let _ = check().expect_success();
}
