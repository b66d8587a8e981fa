//! The servers that the program itself starts for `demo` and `lab`. Nothing of them is left behind.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use oneroof::testing::programs::Client;

use crate::support::{DATABASE, Lab, OWNER, Sandbox, plain, programs, readers};

/// The process id of the server whose data folder is below the program's temporary folder.
fn server_of(sandbox: &Sandbox) -> Option<i32> {
    let files = sandbox.files(|name| name == "postmaster.pid");
    let text = std::fs::read_to_string(files.first()?).ok()?;
    text.lines().next()?.trim().parse().ok()
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(start.elapsed() < Duration::from_mins(1), "waited for: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn is_gone(process: i32) -> bool {
    // A zombie process has ended too. Only its parent has not read its exit status yet.
    let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    state.is_empty() || state.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z"))
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn a_demo_that_is_interrupted_leaves_nothing_behind() {
    // The demo prints dumps.
    if !readers::has_pg_dump() {
        println!("skipped: the demo shows dumps, and no pg_dump here is new enough for the server under test");
        return;
    }
    for signal in [Signal::INT, Signal::TERM] {
        let sandbox = Sandbox::new();
        let run = sandbox.oneroof(["demo"]).start();
        let server = wait_for("the server of the demo", || server_of(&sandbox));
        run.signal(signal);
        let output = run.finish();
        assert_eq!(output.code(), Some(8), "{}", output.whole());
        assert!(is_gone(server));
        assert!(is_empty(&sandbox.temporary()), "{:?}", sandbox.files(|_| true));
    }
}

/// Interrupted while it runs the release, and while it tries the sealed packet.
#[test]
fn a_build_that_is_interrupted_leaves_nothing_behind() {
    for moment in ["postmaster.pid", "before.json"] {
        let sandbox = Sandbox::new();
        let _ = sandbox.oneroof(["packet", "new", "notes"]).output().expect_success();
        let run = sandbox.oneroof(["packet", "build", "notes"]).start();
        let server = wait_for("the server of the build", || server_of(&sandbox));
        wait_for(moment, || (!sandbox.files(|name| name == moment).is_empty()).then_some(()));
        run.signal(Signal::INT);
        let output = run.finish();
        assert_eq!(output.code(), Some(8), "{}", output.whole());
        let _ = output.expect_stdout("INTERRUPTED, nothing was changed");
        assert!(is_gone(server));
        assert!(is_empty(&sandbox.temporary()), "{:?}", sandbox.files(|_| true));
        assert!(!sandbox.work().join("notes/derived.toml").exists() && !sandbox.work().join("notes-1.packet").exists());
    }
}

#[test]
fn a_demo_that_is_killed_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    let run = sandbox.oneroof(["demo"]).start();
    let server = wait_for("the server of the demo", || server_of(&sandbox));
    run.signal(Signal::KILL);
    assert_eq!(run.finish().code(), None);
    wait_for("the server to end", || is_gone(server).then_some(()));
    // The evidence stays in a folder next to the server's folder. Nobody removes it after a killed process.
    wait_for("the server's folder to go", || sandbox.files(|name| name == "PG_VERSION").is_empty().then_some(()));
}

/// Variables for the connections to a person's own databases do not reach the server that the program starts.
#[test]
fn a_throwaway_server_takes_no_setting_from_the_environment() {
    let sandbox = Sandbox::new();
    let _ = sandbox.oneroof(["packet", "new", "notes"]).output().expect_success();
    let build = sandbox.oneroof(["packet", "build", "notes"]);
    let _ = build
        .variable("PGTARGETSESSIONATTRS", "read-only")
        .variable("PGREQUIREAUTH", "scram-sha-256")
        .output()
        .expect_success();
    if readers::has_pg_dump() {
        let _ = sandbox.oneroof(["demo"]).variable("PGREQUIREAUTH", "scram-sha-256").output().expect_success();
    }
}

/// A folder with server programs whose `pg_dump` adds a different line to every dump after the second. No two of those dumps are equal.
fn programs_whose_dumps_differ(sandbox: &Sandbox) -> std::path::PathBuf {
    let folder = sandbox.work().join("bin");
    std::fs::create_dir(&folder).unwrap();
    let real = programs();
    for name in ["postgres", "initdb", "psql"] {
        let program = if name == "psql" { real.client(Client::Psql).unwrap() } else { real.program(name) };
        std::os::unix::fs::symlink(program, folder.join(name)).unwrap();
    }
    let dump = real.client(Client::PgDump).unwrap();
    let counted = sandbox.work().join("counted");
    std::fs::write(&counted, "").unwrap();
    let script = format!(
        "#!/bin/sh\n'{0}' \"$@\" || exit\n[ \"$1\" = --version ] && exit\necho >> '{1}'\nn=$(wc -l < '{1}')\n[ $n -le 2 ] || echo \"-- $n\"\n",
        dump.display(),
        counted.display()
    );
    let path = folder.join("pg_dump");
    std::fs::write(&path, script).unwrap();
    for path in [sandbox.work(), folder, path] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    std::fs::set_permissions(counted, std::fs::Permissions::from_mode(0o666)).unwrap();
    sandbox.work().join("bin")
}

#[test]
fn dumps_that_differ_are_not_called_equal_by_the_demo() {
    if !readers::has_pg_dump() {
        println!("skipped: the demo shows dumps, and no pg_dump here is new enough for the server under test");
        return;
    }
    let sandbox = Sandbox::new();
    let folder = programs_whose_dumps_differ(&sandbox);
    let demo = sandbox.oneroof(["demo", "--format", "json", "--pg-bin"]).argument(&folder).output();
    let report = demo.json();
    let steps = report["result"]["steps"].as_array().unwrap_or_else(|| panic!("{}", demo.whole()));
    let wrong: Vec<_> =
        steps.iter().filter(|step| step["ok"] == false).map(|step| step["outcome"].as_str().unwrap()).collect();
    let expected =
        ["NOT equal to the one before it", "NOT equal to the one before the release", "NOT equal to the very start"];
    assert_eq!(wrong, expected, "{}", demo.whole());
    assert_eq!(demo.code(), Some(5), "{}", demo.whole());
    assert_eq!(report["error"]["message"], "3 steps did not end as expected");
}

#[test]
fn a_lab_stays_up_until_it_is_taken_down() {
    let sandbox = Sandbox::new();
    let folder = sandbox.work().join("lab");
    let up = || sandbox.oneroof(["lab", "up", "--dir"]).argument(&folder).output();
    let _ = up().expect_success();
    let socket = folder.join("s").display().to_string();
    let environment = vec![
        ("PGHOST", socket),
        ("PGPORT", "5432".to_owned()),
        ("PGDATABASE", DATABASE.to_owned()),
        ("PGUSER", OWNER.to_owned()),
    ];
    let count = "SELECT count(*) FROM public.v_governance_object_inventory";
    assert_eq!(readers::psql(&environment, count).unwrap(), "35");
    let again = up();
    assert_ne!(again.code(), Some(0));
    let _ = again.expect_stdout("there is a lab in");

    let server = server_of(&sandbox).unwrap();
    let down = || sandbox.oneroof(["lab", "down", "--dir"]).argument(&folder).output();
    let _ = down().expect_success();
    assert!(is_gone(server));
    assert!(!folder.exists());
    let again = down();
    assert_ne!(again.code(), Some(0));
    let _ = again.expect_stdout("there is no lab in");
}

#[test]
fn a_lab_without_server_programs_names_the_package() {
    let sandbox = Sandbox::new();
    let output = sandbox.oneroof(["lab", "up", "--pg-bin", "/nonexistent"]).output();
    assert_ne!(output.code(), Some(0));
    let _ = output
        .expect_stdout("the folder \"/nonexistent\" given by --pg-bin holds no PostgreSQL server")
        .expect_stdout("the Debian package postgresql");
}

#[test]
fn the_harness_meets_the_program_on_a_fresh_lab() {
    let lab = Lab::new();
    let before = lab.dump();
    let output = lab.oneroof(["preflight", "--format", "json"]).output().expect_code(3);
    assert_eq!(output.json()["verdict"], "NO-GO");
    assert_eq!(output.snapshot(), lab.oneroof(["preflight", "--format", "json"]).output().snapshot());
    let drawn = lab.oneroof(["preflight"]).on_terminal(50, 120).finish().expect_code(3);
    assert!(drawn.stdout.contains('\x1b'), "no colour on a terminal:\n{}", drawn.stdout);
    assert!(plain(&drawn.stdout).contains("NO-GO"), "{}", drawn.stdout);
    readers::assert_same(&before, &lab.dump());
}
