//! `report --as folder` writes one page for each subject, from the same facts as the report in one file.

use crate::clone::{NAME, clone, lab};
use crate::packet::{apply, rollback};
use crate::support::schema::{Shape, assert_valid};
use crate::support::{Lab, Output, Sandbox};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

const PAGES: [&str; 11] = [
    "00-read-me-first.md",
    "01-state.md",
    "02-inventory.md",
    "03-sequence.md",
    "04-clone-revalidation.md",
    "05-executor.md",
    "06-rollback.md",
    "07-verify.md",
    "08-gate-options.md",
    "09-go-no-go.md",
    "10-review.md",
];

fn report(sandbox: &Sandbox, kind: &str, out: &str) -> Output {
    sandbox.oneroof(["report", "--log-dir", ".", "--as", kind, "--out", out]).output()
}

fn texts(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap()))
        .collect()
}

/// The pages of a new folder, and the facts from which they were made.
#[track_caller]
fn pages(sandbox: &Sandbox, name: &str) -> (BTreeMap<String, String>, Value) {
    let _ = report(sandbox, "folder", name).expect_success().expect_stdout("00-read-me-first.md");
    let _ = report(sandbox, "json", &format!("{name}.json")).expect_success();
    let pages = texts(&sandbox.work().join(name));
    assert_eq!(pages.keys().map(String::as_str).collect::<Vec<_>>(), PAGES);
    let facts = serde_json::from_str(&std::fs::read_to_string(sandbox.work().join(format!("{name}.json"))).unwrap());
    let facts: Value = facts.unwrap();
    assert_valid(&facts, Shape::ReleaseReport);
    for (page, text) in &pages {
        assert!(text.contains(&format!(": {}\n", facts["verdict"].as_str().unwrap())), "{page}:\n{text}");
    }
    (pages, facts)
}

/// The text of a page without the escapes of Markdown and HTML.
fn bare(text: &str) -> String {
    text.replace('\\', "").replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")
}

/// Asserts that the page contains each of these texts.
#[track_caller]
fn shows(pages: &BTreeMap<String, String>, page: &str, texts: &[&Value]) {
    let text = bare(&pages[page]);
    for wanted in texts {
        let wanted = wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned);
        assert!(text.contains(&bare(&wanted)), "{page} lacks {wanted:?}:\n{text}");
    }
}

#[test]
fn the_folder_has_a_page_a_subject_before_and_after_the_release() {
    let lab = lab();
    let (none, facts) = pages(&lab.sandbox, "none");
    assert_eq!(facts["verdict"], "UNKNOWN");
    assert!(none["04-clone-revalidation.md"].contains("oneroof clone create"));
    for (number, name) in PAGES.iter().enumerate().skip(1) {
        assert!(none[PAGES[0]].contains(&format!("]({name})")), "page {number} is not on the map");
    }
    lab.ratify();
    let _ = apply(&lab).expect_success();
    let (after, facts) = pages(&lab.sandbox, "after");
    assert_eq!(facts["verdict"], "RELEASED");
    let every = |list: &Value, field: &str| -> Vec<Value> {
        list.as_array().unwrap().iter().map(|row| row[field].clone()).collect()
    };
    let check = |page: &str, list: &str, field: &str| {
        let values = every(&facts[list], field);
        assert!(!values.is_empty(), "{list}");
        shows(&after, page, &values.iter().collect::<Vec<_>>());
    };
    shows(
        &after,
        "01-state.md",
        &[&facts["target"]["database"], &facts["target"]["system_identifier"], &facts["database"]],
    );
    shows(&after, "01-state.md", &[&facts["fingerprints"]["entry"], &facts["fingerprints"]["exit"]]);
    check("01-state.md", "figures", "after");
    let effect = &facts["effect"];
    shows(&after, "02-inventory.md", &[&effect["objects"], &effect["rows"], &effect["tables"]]);
    check("02-inventory.md", "reviews", "title");
    let members = &facts["release"]["members"];
    shows(&after, "03-sequence.md", &every(members, "sha256").iter().collect::<Vec<_>>());
    check("03-sequence.md", "timeline", "xid");
    shows(
        &after,
        "05-executor.md",
        &[&facts["release"]["digest"], &facts["release"]["engine"], &facts["run"]["program"]],
    );
    shows(&after, "06-rollback.md", &[&facts["way_back"]["command"], &facts["way_back"]["proof"]]);
    shows(&after, "06-rollback.md", &every(&facts["way_back"]["tiers"], "file").iter().collect::<Vec<_>>());
    shows(&after, "07-verify.md", &facts["proven"].as_array().unwrap().iter().collect::<Vec<_>>());
    let approval = &facts["approval"];
    shows(&after, "08-gate-options.md", &[&approval["signature_text"], &approval["code"], &approval["host_policy"]]);
    shows(&after, "08-gate-options.md", &every(&approval["rows"], "who").iter().collect::<Vec<_>>());
    check("09-go-no-go.md", "gate", "state");
    check("09-go-no-go.md", "no_go", "why");
    shows(&after, "09-go-no-go.md", &[&facts["next"]]);
    shows(&after, "10-review.md", &facts["not_proven"].as_array().unwrap().iter().collect::<Vec<_>>());
    check("10-review.md", "evidence", "sha256");
    let _ = rollback(&lab, ["--full"]).expect_success();
    let (back, facts) = pages(&lab.sandbox, "back");
    assert_eq!(facts["way_back"]["is_proved"], true);
    shows(&back, "06-rollback.md", &[&facts["way_back"]["proof"]]);
    shows(&back, PAGES[0], &[&facts["way_back"]["proof"], &facts["next"]]);
}

#[test]
fn runs_on_a_clone_are_on_its_page_and_no_verdict_rests_on_them() {
    let lab = lab();
    for words in [["create"], ["revalidate"], ["run"]] {
        let _ = clone(&lab, &words).output().expect_success();
    }
    let (pages, facts) = pages(&lab.sandbox, "folder");
    assert_eq!(facts["verdict"], "UNKNOWN", "a clone is another database");
    let clones = facts["clones"].as_array().unwrap();
    let commands: Vec<&Value> = clones.iter().map(|one| &one["command"]).collect();
    assert_eq!(commands, ["clone run", "clone revalidate", "clone create"], "{}", facts["not_used"]);
    let page = "04-clone-revalidation.md";
    for one in clones {
        shows(&pages, page, &[&one["command"], &one["ended"], &one["sha256"], &one["database"]]);
        for stage in one["stages"].as_array().unwrap() {
            assert_eq!(stage["passed"], true, "{stage}");
            shows(&pages, page, &[&stage["stage"], &stage["title"]]);
        }
    }
    for row in ["| R1 | ", "| R2 | ", "| R3 | ", "| F | "] {
        assert!(pages[page].contains(row), "{row}:\n{}", pages[page]);
    }
    assert!(pages[page].contains(NAME) || bare(&pages[page]).contains(NAME));
    assert!(!pages[page].contains("FAIL"), "{}", pages[page]);
}

#[test]
fn a_folder_that_holds_something_is_left_as_it_is() {
    let sandbox = Sandbox::new();
    let folder = sandbox.work().join("go-no-go");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("precious"), "precious").unwrap();
    let refused = sandbox.oneroof(["report", "--as", "folder"]).output().expect_code(2);
    assert!(
        refused.stdout.contains("the folder is not empty") && refused.stdout.contains("--out"),
        "{}",
        refused.whole()
    );
    assert_eq!(texts(&folder).len(), 1);
    std::fs::remove_file(folder.join("precious")).unwrap();
    let _ = sandbox.oneroof(["report", "--as", "folder"]).output().expect_success();
    assert_eq!(texts(&folder).len(), PAGES.len());
    let _ = sandbox.oneroof(["report", "--as", "folder"]).output().expect_code(2);
    std::fs::write(sandbox.work().join("file"), "precious").unwrap();
    let refused = sandbox.oneroof(["report", "--as", "folder", "--out", "file"]).output().expect_code(2);
    assert!(refused.stdout.contains("File exists"), "{}", refused.whole());
    let _ = sandbox.oneroof(["report", "--as", "folder", "--out", "no/such/place"]).output().expect_code(2);
    let _ = sandbox.oneroof(["report", "--as", "folder", "--record", "r"]).output().expect_code(2);
}

#[test]
fn the_pages_before_a_release_are_as_recorded() {
    let lab = Lab::new();
    let _ = apply(&lab).expect_code(3);
    let (pages, _) = pages(&lab.sandbox, "folder");
    let redactions = lab.redactions();
    for name in ["00-read-me-first.md", "08-gate-options.md", "09-go-no-go.md"] {
        insta::assert_snapshot!(format!("folder_{}", &name[..2]), redactions.apply(&pages[name]));
    }
}
