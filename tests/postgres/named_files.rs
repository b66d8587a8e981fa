//! A file that a person names is read at once or rejected. The tests use a FIFO, a device, a folder and a file that is too large.

use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::support::{Lab, Run, Sandbox};

/// Paths that are not readable files, and the reason that the program must give.
fn strange_files(folder: &Path) -> Vec<(PathBuf, &'static str)> {
    std::fs::create_dir_all(folder).unwrap();
    let fifo = folder.join("fifo");
    mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let link = folder.join("link");
    std::os::unix::fs::symlink(&fifo, &link).unwrap();
    let huge = folder.join("huge");
    std::fs::File::create(&huge).unwrap().set_len(1 << 40).unwrap();
    vec![
        (fifo, "a FIFO, not a regular file"),
        (link, "a FIFO, not a regular file"),
        (PathBuf::from("/dev/zero"), "a device, not a regular file"),
        (folder.to_owned(), "a directory, not a regular file"),
        (huge, "larger than"),
    ]
}

/// The command ends by itself within five seconds and says what the file is.
#[track_caller]
fn refused(run: Run, why: &str) {
    let begun = Instant::now();
    let output = run.output().expect_code(2).expect_stdout(why);
    assert!(begun.elapsed() < Duration::from_secs(5), "{}", output.whole());
}

#[test]
fn no_option_waits_for_a_file_that_has_no_end() {
    let sandbox = Sandbox::new();
    for (file, why) in strange_files(&sandbox.work().join("strange")) {
        let run = |arguments: &[&str]| sandbox.oneroof(arguments);
        refused(run(&["evidence", "check"]).argument(&file), why);
        refused(run(&["resolve", "--evidence"]).argument(&file), why);
        refused(run(&["fingerprint", "--against"]).argument(&file), why);
        refused(run(&["target", "--profile", "p", "--config"]).argument(&file), why);
        refused(run(&["target"]).variable("PGSERVICE", "s").variable("PGSERVICEFILE", &file), why);
        // The report says for each file why it could not be used.
        let begun = Instant::now();
        let out = sandbox.work().join("packet.md");
        let output = run(&["report", "--out"]).argument(&out).argument("--evidence").argument(&file).output();
        let _ = output.expect_success().expect_stdout(why);
        assert!(begun.elapsed() < Duration::from_secs(5));
        std::fs::remove_file(out).unwrap();
        // A strange password file is ignored, as libpq does, and the output does not suggest that a password was wrong.
        let output = run(&["target"]).variable("PGPASSFILE", &file).output().expect_success();
        assert!(begun.elapsed() < Duration::from_secs(9), "{}", output.whole());
    }
    let lab = sandbox.work().join("lab");
    std::fs::create_dir(&lab).unwrap();
    mknodat(CWD, lab.join("lab.json"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    refused(sandbox.oneroof(["lab", "down", "--dir"]).argument(&lab), "a FIFO, not a regular file");
    // The program finds this FIFO in the folder. It does not prevent the report on the other files.
    mknodat(CWD, lab.join("rollout_20260603T100000Z.json"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let report = sandbox.oneroof(["report", "--log-dir"]).argument(&lab).output().expect_success();
    let _ = report.expect_stdout("a FIFO, not a regular file");
}

#[test]
fn a_fingerprint_is_saved_to_a_file_and_to_nothing_that_waits() {
    let lab = Lab::new();
    let strange = strange_files(&lab.sandbox.work().join("strange"));
    for (file, why) in strange.iter().filter(|(_, why)| why.ends_with("not a regular file")) {
        let begun = Instant::now();
        let output = lab.oneroof(["fingerprint", "--save"]).argument(file).output().expect_code(2).expect_stdout(why);
        assert!(begun.elapsed() < Duration::from_secs(9), "{}", output.whole());
    }
    let file = lab.sandbox.work().join("before.json");
    for _ in 0..2 {
        let _ = lab.oneroof(["fingerprint", "--save"]).argument(&file).output().expect_success();
        let _ = lab.oneroof(["fingerprint", "--against"]).argument(&file).output().expect_success();
    }
}
