//! The evidence of a run is written before each step that it describes, is complete at every moment, and contains no secret.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::packet::APR;
use crate::support::schema::{Shape, assert_valid};
use crate::support::{DATABASE, Lab, OWNER, Output, Sandbox, canary};

const APPLY: [&str; 4] = ["apply", "--ratified-apr", APR, "--yes"];

fn apply(lab: &Lab, log_dir: &Path) -> Output {
    lab.oneroof(APPLY).argument("--log-dir").argument(log_dir).output()
}

/// Asserts that no table or view of the release exists and that the release's ownership rows are absent.
#[track_caller]
fn assert_untouched(lab: &Lab) {
    assert_eq!(lab.psql("SELECT count(*) FROM pg_class WHERE relname ~ '^(v_)?oneroof_'"), "0");
    assert_eq!(lab.count("public.governance_object_ownership"), 0);
}

/// The applied tiers, read with psql. Each tier leaves a known object or a known number of rows.
fn standing_by_psql(lab: &Lab) -> Vec<u64> {
    let tables = [
        (1, "SELECT to_regclass('public.oneroof_axis') IS NOT NULL"),
        (2, "SELECT count(*) = 30 FROM public.oneroof_axis_binding"),
        (3, "SELECT count(*) = 30 FROM public.governance_object_ownership"),
        (4, "SELECT count(*) = 41 FROM public.oneroof_containment_node"),
        (5, "SELECT count(*) = 35 FROM public.oneroof_topic_assignment"),
        (6, "SELECT count(*) = 38 FROM public.oneroof_scan_finding"),
    ];
    tables.iter().filter(|(_, sql)| lab.try_psql(sql).is_ok_and(|said| said == "t")).map(|(tier, _)| *tier).collect()
}

#[test]
fn without_a_folder_for_the_evidence_nothing_starts() {
    let lab = Lab::ratified();
    let work = lab.sandbox.work();
    std::fs::write(work.join("file"), "").unwrap();
    symlink(work.join("nowhere"), work.join("dangling")).unwrap();
    let (make, other) = ("Make the folder first: mkdir -m 700", "no run starts without evidence");
    let names = [
        ("missing", make),
        ("dangling", make),
        ("/proc/none", make),
        ("file", other),
        ("file/below", other),
        ("/dev/full", other),
    ];
    for (name, hint) in names {
        let output = apply(&lab, &work.join(name)).expect_code(2);
        let said = output.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("--log-dir") && said.contains(name), "{name}: {}", output.whole());
        assert!(said.contains("nothing was changed") && said.contains(hint), "{name}: {}", output.whole());
        let rollback = lab.oneroof(["rollback", "--full", "--yes", "--log-dir"]).argument(work.join(name)).output();
        let _ = rollback.expect_code(2);
    }
    assert_untouched(&lab);
}

/// A copy of the program in a folder where another account may run it.
fn binary_for_others(lab: &Lab) -> PathBuf {
    let binary = lab.sandbox.work().join("oneroof");
    std::fs::copy(env!("CARGO_BIN_EXE_oneroof"), &binary).unwrap();
    std::fs::set_permissions(&binary, PermissionsExt::from_mode(0o755)).unwrap();
    binary
}

#[test]
fn a_folder_that_may_not_be_written_starts_nothing() {
    let lab = Lab::ratified();
    let folder = lab.sandbox.logs();
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o555)).unwrap();
    // Root may write everywhere, so if the test runs as root it starts the program as another user.
    let mut command = if std::fs::metadata("/proc/self").is_ok() && is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(binary_for_others(&lab));
        command
    } else {
        Command::new(env!("CARGO_BIN_EXE_oneroof"))
    };
    command.args(APPLY).arg("--log-dir").arg(&folder).current_dir("/").envs(lab.environment(DATABASE, OWNER));
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}{}", String::from_utf8_lossy(&output.stderr));
    // The length of the folder's name decides where the lines end.
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("Permission denied") && words.contains("nothing was changed"), "{said}");
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).unwrap();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    assert_untouched(&lab);
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout == b"0\n"
}

#[test]
fn a_link_in_the_place_of_a_rollout_file_is_not_followed() {
    let lab = Lab::ratified();
    let victim = lab.sandbox.home().join("victim");
    for kind in ["log", "json"] {
        std::fs::write(&victim, "precious\n").unwrap();
        let folder = lab.sandbox.logs().join(kind);
        std::fs::create_dir(&folder).unwrap();
        // The links cover every second in which the run may begin.
        let seconds = Command::new("date").args(["-u", "+%s"]).output().unwrap();
        let now: u64 = String::from_utf8_lossy(&seconds.stdout).trim().parse().unwrap();
        for second in now..now + 120 {
            let name =
                Command::new("date").args(["-u", "-d", &format!("@{second}"), "+%Y%m%dT%H%M%SZ"]).output().unwrap();
            let name = String::from_utf8_lossy(&name.stdout).trim().to_owned();
            symlink(&victim, folder.join(format!("rollout_{name}.{kind}"))).unwrap();
        }
        let output = lab.oneroof(APPLY).arguments(["--dry-run", "--log-dir"]).argument(&folder).output();
        // The run uses another name, which the output shows.
        let output = output.expect_success().expect_stdout("Z_1.json");
        assert!(output.stdout.contains("nothing was changed"), "{}", output.whole());
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious\n", "{kind}");
    }
    assert_untouched(&lab);
}

#[test]
fn the_evidence_is_always_complete_and_readable_only_by_its_owner() {
    let lab = Lab::ratified();
    let mut run = lab.oneroof(APPLY).start();
    let (mut read, mut pending) = (0, 0);
    while run.is_running() {
        for path in lab.sandbox.files(|name| name.starts_with("rollout_") && name.contains(".json")) {
            let text = std::fs::read_to_string(&path).unwrap();
            let state: serde_json::Value =
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("not whole: {error}\n{text}"));
            if read % 8 == 0 {
                assert_valid(&state, Shape::Evidence);
            }
            read += 1;
            pending += usize::from(state.get("commit_next").is_some());
        }
    }
    let _ = run.finish().expect_success();
    assert!(read > 10, "{read} states were read");
    println!("{read} states were read, {pending} of them before a COMMIT");
    let last = lab.sandbox.evidence().pop().unwrap();
    assert_eq!(last["complete"], true);
    let report = &last["report"];
    assert_eq!((&report["verdict"], &report["exit_code"]), (&"DONE".into(), &0.into()));
    assert_eq!(last["ratified_apr"], APR);
    assert_eq!(last["session"]["database"], DATABASE);
    assert_eq!(report["tiers"].as_array().unwrap().len(), 6);
    for tier in report["tiers"].as_array().unwrap() {
        assert_eq!(tier["xid_status"], "committed", "{tier}");
        assert!(!tier["locks"].as_array().unwrap().is_empty());
    }
    let ends = &report["result"]["run"];
    assert_ne!(ends["entry"]["digest"], ends["exit"]["digest"]);
    for path in lab.sandbox.files(|name| name.starts_with("rollout_")) {
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
    // The log contains what was printed.
    let log = lab.sandbox.rollout_logs().pop().unwrap();
    for words in ["tier 6 scanner      committed", "oneroof apply: DONE, committed tiers 1-6; the release is applied"] {
        assert!(log.contains(words), "{log}");
    }
    assert!(!log.contains('\u{1b}'));
    assert_eq!(lab.sandbox.files(|name| name.starts_with('.')).len(), 0);
}

/// A disk fills up during the run, at different sizes. Every report is correct, and no tier is committed without its evidence.
#[test]
fn a_full_disk_stops_the_run_before_a_commit() {
    let lab = Lab::ratified();
    let mut codes = Vec::new();
    for blocks in [0, 1, 8, 24, 64, 80, 96, 112, 128, 144, 160, 4096] {
        let mut command = Command::new("bash");
        // `ulimit -f` limits the size of a file, and the write fails with an error. Without root this is the closest to a full disk.
        command.args(["-c", &format!("ulimit -f {blocks}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_oneroof")]);
        command.args(APPLY).args(["--format", "json", "--no-rehearsal", "--log-dir"]).arg(lab.sandbox.logs());
        let output = command.current_dir(lab.sandbox.work()).envs(lab.environment(DATABASE, OWNER)).output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_valid(&report, Shape::Report);
        let code = output.status.code().unwrap();
        assert!([0, 2, 5, 12].contains(&code), "{blocks} kB: exit {code}\n{report:#}");
        let standing: Vec<u64> = report["effect"]["applied"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(serde_json::Value::as_u64)
            .collect();
        assert_eq!(standing, standing_by_psql(&lab), "{blocks} kB: exit {code}\n{}", report["effect"]);
        match code {
            0 | 12 => assert_eq!(standing.len(), 6),
            2 => assert_eq!(standing.len(), 0),
            _ => assert!(report["error"]["message"].as_str().unwrap().contains("evidence"), "{}", report["error"]),
        }
        codes.push(code);
        if !standing.is_empty() {
            let _ = lab.oneroof(["rollback", "--full", "--yes"]).output().expect_success();
        }
        assert_untouched(&lab);
        for path in lab.sandbox.files(|name| name.starts_with("rollout_")) {
            std::fs::remove_file(path).unwrap();
        }
    }
    println!("exit codes by size: {codes:?}");
    assert!(codes.contains(&2) && codes.contains(&5) && codes.contains(&0), "{codes:?}");
}

/// Either the evidence is where the report says, or nothing more is committed.
#[test]
fn a_removed_log_stops_the_run_before_the_next_commit() {
    let lab = Lab::ratified();
    for replaced in [false, true] {
        let run = lab.oneroof(APPLY).argument("--no-rehearsal").start();
        run.wait_for_stderr("applying tier 1");
        for log in lab.sandbox.files(|name| {
            name.starts_with("rollout_") && Path::new(name).extension().is_some_and(|ending| ending == "log")
        }) {
            std::fs::remove_file(&log).unwrap();
            if replaced {
                std::fs::write(&log, "").unwrap();
            }
        }
        let output = run.finish().expect_code(5).expect_stdout("the evidence could not be written before COMMIT");
        let standing = standing_by_psql(&lab);
        assert!(standing.len() < 6, "{}", output.whole());
        let _ = lab.oneroof(["rollback", "--full", "--yes"]).output().expect_success();
        assert_untouched(&lab);
        for path in lab.sandbox.files(|name| name.starts_with("rollout_")) {
            std::fs::remove_file(path).unwrap();
        }
    }
}

#[test]
fn no_output_and_no_file_holds_the_password() {
    let lab = Lab::with_password();
    lab.ratify();
    let dsn = lab.dsn();
    assert!(dsn.contains(canary::PASSWORD));
    let uri = format!(
        "postgresql://{OWNER}:{}@127.0.0.1:{}/{DATABASE}?sslmode=disable",
        canary::PASSWORD,
        lab.cluster().port()
    );
    let broken = format!("host=x password={} port=none", canary::PASSWORD);
    let commands: [&[&str]; 8] = [
        &["preflight"],
        &["status", "-vvv"],
        &["fingerprint", "--format", "json"],
        &["apply", "--ratified-apr", APR, "--yes", "-vv"],
        &["verify", "--log-format", "json", "-vvv"],
        &["rollback", "--tier", "6", "--yes", "--format", "json"],
        &["rollback", "--full", "--yes"],
        &["status", "--port", "1"],
    ];
    for way in [None, Some(dsn.as_str()), Some(uri.as_str()), Some(broken.as_str())] {
        for arguments in commands {
            let mut run = lab.oneroof(arguments);
            if let Some(dsn) = way {
                run = run.without_variable("PGPASSWORD").arguments(["--dsn", dsn]);
            }
            let output = run.output();
            assert!([0, 2, 4, 5, 7].contains(&output.code().unwrap()), "{}", output.whole());
            canary::assert_silent(&lab.sandbox, &[&output], &[]);
        }
    }
    // A wrong password must not be printed either.
    lab.admin(&format!("ALTER ROLE {OWNER} PASSWORD 'another'"));
    for arguments in [&["status", "-vvv"][..], &["apply", "--ratified-apr", APR, "--yes"]] {
        let output = lab.oneroof(arguments).output().expect_code(7);
        canary::assert_silent(&lab.sandbox, &[&output], &[]);
    }
}

/// Runs an `apply` whose first COMMIT waits for a standby that does not exist. The test then lets the COMMIT go on. Returns the evidence,
/// in which the outcome of the COMMIT is unknown.
fn evidence_of_an_open_commit(lab: &Lab) -> PathBuf {
    let settings = |sql: &str| {
        lab.admin(sql);
        lab.admin("SELECT pg_reload_conf()");
    };
    let folder = lab.sandbox.work().join("first");
    std::fs::create_dir(&folder).unwrap();
    settings("ALTER SYSTEM SET synchronous_standby_names = 'ghost'");
    let arguments = ["--no-rehearsal", "--commit-timeout", "1", "--log-dir"];
    let _ = lab.oneroof(APPLY).arguments(arguments).argument(&folder).output().expect_code(9);
    settings("ALTER SYSTEM RESET synchronous_standby_names");
    let left = || lab.admin("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'oneroof'");
    while left() != "0" {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(standing_by_psql(lab), [1]);
    Sandbox::evidence_in(&folder)
}

/// A transaction status belongs to the server, and the tiers belong to the database. Another database may have the same name since.
#[test]
fn another_database_with_the_same_name_is_recognised() {
    let lab = Lab::own(|builder| builder);
    let maintain = |sql: &str| lab.psql_in("postgres", lab.administrator(), sql);
    lab.ratify();
    maintain(&format!("CREATE DATABASE baseline OWNER {OWNER} TEMPLATE {DATABASE}"));
    let evidence = evidence_of_an_open_commit(&lab);
    let resolve = || lab.oneroof(["resolve", "--patience", "5", "--evidence"]).argument(&evidence).output();
    maintain(&format!("ALTER DATABASE {DATABASE} RENAME TO kept"));
    maintain(&format!("ALTER DATABASE baseline RENAME TO {DATABASE}"));
    let _ = resolve().expect_code(9).expect_stdout("another database answers");
    maintain(&format!("ALTER DATABASE {DATABASE} RENAME TO baseline"));
    maintain(&format!("CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE kept"));
    let _ = resolve().expect_code(9).expect_stdout("another database answers");
    maintain(&format!("DROP DATABASE {DATABASE}"));
    maintain(&format!("ALTER DATABASE kept RENAME TO {DATABASE}"));
    let _ = resolve().expect_success().expect_stdout("took effect");
}

/// If the network lost the client, its backend may still run and hold the run lock. The outcome of the COMMIT can be read all the same,
/// without the tables of the release.
#[test]
fn a_final_status_needs_no_fence_and_no_table() {
    let lab = Lab::ratified();
    let evidence = evidence_of_an_open_commit(&lab);
    let mut left_behind = lab.session();
    left_behind.run("SELECT pg_advisory_lock(20260603, 1)");
    let mut text: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&evidence).unwrap()).unwrap();
    text["commit_next"]["pid"] = left_behind.backend().into();
    std::fs::write(&evidence, text.to_string()).unwrap();
    let resolve = || lab.oneroof(["resolve", "--patience", "5", "--evidence"]).argument(&evidence).output();
    let _ = resolve().expect_success().expect_stdout("took effect");
    lab.admin(&format!("ALTER TABLE public.oneroof_axis OWNER TO {}", lab.administrator()));
    lab.admin(&format!("REVOKE ALL ON public.oneroof_axis FROM {OWNER}"));
    // The outcome of the COMMIT is known. The state of the tiers is not reported, because the role may not read them.
    let _ = resolve().expect_code(5).expect_stdout("permission denied");
}

/// If somebody reverts a tier before the outcome of its COMMIT is read, the COMMIT still took effect.
#[test]
fn a_commit_counts_although_others_reverted_its_change() {
    let lab = Lab::ratified();
    let evidence = evidence_of_an_open_commit(&lab);
    let resolve = || lab.oneroof(["resolve", "--evidence"]).argument(&evidence).output();
    let _ = resolve().expect_success().expect_stdout("took effect");

    let second = lab.sandbox.work().join("second");
    std::fs::create_dir(&second).unwrap();
    let back = lab.oneroof(["rollback", "--full", "--yes", "--log-dir"]).argument(&second).output();
    let _ = back.expect_success();
    assert_untouched(&lab);
    let _ = resolve().expect_success().expect_stdout("took effect");
    // If the server may have lost its statistics, nobody can know whether the change of the tier was ours.
    let since = || lab.admin("SELECT pg_stat_get_bgwriter_stat_reset_time()");
    let before = since();
    lab.admin("SELECT pg_stat_reset_shared('bgwriter')");
    // Up to version 14 a separate process writes the statistics every half second.
    while since() == before {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let _ = resolve().expect_code(9).expect_stdout("others have changed the tier");
}

/// The exit code says what the run did even if the report cannot be printed. The evidence contains the report.
#[test]
fn a_report_that_cannot_be_printed_is_in_the_evidence_and_the_exit_code_stays() {
    let lab = Lab::ratified();
    let output = lab.oneroof(APPLY).stdout_to("/dev/full").output().expect_success();
    let _ = output.expect_stderr("cannot write the report").expect_stderr("rollout_");
    assert_eq!(standing_by_psql(&lab), [1, 2, 3, 4, 5, 6]);
    let _ = lab.oneroof(APPLY).stdout_to("/dev/full").output().expect_code(13);
}
