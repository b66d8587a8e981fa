//! `oneroof report --as folder`: the release report as a folder of Markdown pages, one page for each subject: state, inventory, sequence,
//! clone, executor, rollback, verify, gate, GO or NO-GO, and a review. Every figure on a page is a field of the report's facts.

use super::facts::{CloneFacts, Facts};
use super::paper;
use super::people::{instant, ran, record, rule, signers};
use crate::error::Error;
use crate::files;
use crate::report::{Document, cells};
use std::path::{Path, PathBuf};

/// A function that draws the facts of one page.
type DrawPage = fn(&mut Document, &Facts<'_>);

/// The pages: file name, subject, and the function that draws the page.
const PAGES: [(&str, &str, DrawPage); 10] = [
    ("01-state.md", "State and baselines", state),
    ("02-inventory.md", "Inventory and conflicts", inventory),
    ("03-sequence.md", "Canonical sequence", sequence),
    ("04-clone-revalidation.md", "Clone revalidation", clones),
    ("05-executor.md", "Executor", executor),
    ("06-rollback.md", "Rollback", paper::way_back),
    ("07-verify.md", "Verify", verify),
    ("08-gate-options.md", "Gate options", gate_options),
    ("09-go-no-go.md", "GO / NO-GO", go_no_go),
    ("10-review.md", "Review", review),
];

/// The page that a person opens first.
const INDEX: &str = "00-read-me-first.md";

/// Writes the pages into a new or empty folder, and returns their paths, the index first.
pub(super) fn write(facts: &Facts<'_>, folder: &Path) -> Result<Vec<String>, Error> {
    let failed = |error: std::io::Error| Error::Usage {
        message: format!("--out {}: {error}", folder.display()),
        hint: "Give a folder with --out that does not exist or is empty: existing files are never overwritten."
            .to_owned(),
    };
    let made = make(folder).map_err(failed)?;
    let mut written = Vec::new();
    for (name, text) in pages(facts) {
        let path = folder.join(name);
        if let Err(error) = files::write_new(&path, text.as_bytes()) {
            // A folder that holds only a part of the report is removed.
            written.iter().chain([&path]).for_each(|path: &PathBuf| drop(std::fs::remove_file(path)));
            if made {
                let _ = std::fs::remove_dir(folder);
            }
            return Err(failed(error));
        }
        written.push(path);
    }
    Ok(written.iter().map(|path| path.display().to_string()).collect())
}

/// Makes the folder if it does not exist. Returns whether it was made.
fn make(folder: &Path) -> std::io::Result<bool> {
    match std::fs::create_dir(folder) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && folder.is_dir() => {
            let is_empty = std::fs::read_dir(folder)?.next().is_none();
            if is_empty { Ok(false) } else { Err(std::io::Error::other("the folder is not empty")) }
        }
        Err(error) => Err(error),
    }
}

/// Every page with its text, the index first.
fn pages(facts: &Facts<'_>) -> Vec<(&'static str, String)> {
    let drawn = |subject: &'static str, draw: DrawPage| {
        let mut page = Document::new(facts.title, subject, facts.verdict, &facts.reason);
        draw(&mut page, facts);
        page.markdown()
    };
    let map: String = PAGES.iter().map(|(name, subject, _)| format!("- [{subject}]({name})\n")).collect();
    let first = format!("{}\n## Document map\n\n{map}", drawn("Read me first", index));
    let rest = PAGES.iter().map(|(name, subject, draw)| (*name, drawn(subject, *draw)));
    [(INDEX, first)].into_iter().chain(rest).collect()
}

/// What is ready, what is blocked, the next command, and the command to roll back.
fn index(page: &mut Document, facts: &Facts<'_>) {
    page.paragraph(
        "These pages show what the evidence files hold. They did not read the database; oneroof status does.",
    );
    page.heading("What it does");
    paper::effect(page, facts);
    paper::target(page, facts);
    let named = |go: &str| {
        let rows = facts.gate.iter().filter(|row| row.go == go);
        rows.map(|row| format!("{}: {}", row.check, row.state)).collect::<Vec<_>>()
    };
    page.heading("What is ready");
    page.list(named("yes"), "Nothing: no row of the gate table says yes.");
    paper::blocked(page, facts);
    paper::next(page, facts);
    page.heading("How to go back");
    page.command(&facts.way_back.command);
    page.paragraph(facts.way_back.proof.clone());
}

fn state(page: &mut Document, facts: &Facts<'_>) {
    paper::target(page, facts);
    paper::figures(page, facts);
    paper::fingerprints(page, facts);
    page.heading("Which database");
    page.paragraph(facts.database.clone());
}

fn inventory(page: &mut Document, facts: &Facts<'_>) {
    page.heading("What the release makes");
    paper::effect(page, facts);
    paper::reviews(page, facts);
    paper::locks(page, facts);
}

fn sequence(page: &mut Document, facts: &Facts<'_>) {
    page.heading("Files");
    paper::members(page, facts);
    paper::rehearsal(page, facts);
    paper::timeline(page, facts);
}

fn executor(page: &mut Document, facts: &Facts<'_>) {
    page.heading("Which bytes");
    paper::digest(page, facts);
    for command in &facts.release.check_with {
        page.command(command);
    }
    ran(page, facts);
    paper::next(page, facts);
}

fn verify(page: &mut Document, facts: &Facts<'_>) {
    page.heading("The end state, any day");
    page.command(&facts.verify);
    page.heading("In the run that the verdict rests on");
    let rows = facts.gate.iter().filter(|row| row.check == "verify");
    let rows: Vec<_> = rows.map(|row| cells(&[&row.check, &row.state, row.go])).collect();
    if rows.is_empty() {
        page.paragraph("There is no run.");
    } else {
        page.table("The last checks of the run", &["check", "state", "GO?"], rows);
    }
    page.heading("What is proven");
    page.list(facts.proven.clone(), "Nothing.");
}

fn gate_options(page: &mut Document, facts: &Facts<'_>) {
    page.heading("Approval rule in force");
    rule(page, facts);
    let levels: Vec<_> =
        facts.approval.levels.iter().map(|(level, count)| cells(&[level, &count.to_string()])).collect();
    if !levels.is_empty() {
        page.table("Signatures by level", &["level", "signatures"], levels);
    }
    page.pairs(&[("text of a signature that is bound to this release", &facts.approval.signature_text)]);
    page.heading("Approved by");
    signers(page, facts);
    page.heading("Separation of duties");
    page.list(facts.duties.clone(), "Nothing is known.");
}

fn go_no_go(page: &mut Document, facts: &Facts<'_>) {
    paper::gate_table(page, facts);
    paper::blocked(page, facts);
    paper::next(page, facts);
    paper::remaining(page, facts);
}

fn review(page: &mut Document, facts: &Facts<'_>) {
    paper::exceptions(page, facts);
    paper::proven(page, facts);
    record(page, facts);
    page.heading("Signatures");
    paper::signatures(page, facts);
}

/// What the evidence of clones shows: each run of the stages with its verdicts.
fn clones(page: &mut Document, facts: &Facts<'_>) {
    if facts.clones.is_empty() && !facts.has_clones {
        page.heading("No clone");
        page.paragraph(
            "The packet names no databases on which it may be rehearsed (rehearse_on), so there is no clone.",
        );
        return;
    }
    if facts.clones.is_empty() {
        page.heading("No clone");
        page.paragraph("No evidence of a clone is in the folder: oneroof clone create, run and revalidate leave it.");
        page.command("oneroof clone create");
        return;
    }
    page.paragraph("A clone is another database: its results prove nothing about the database of the release.");
    for one in &facts.clones {
        clone(page, one);
    }
}

fn clone(page: &mut Document, one: &CloneFacts<'_>) {
    page.heading(&format!("{}, {}", one.command, instant(&one.begun)));
    page.pairs(&[
        ("database", one.database),
        ("system identifier of its server", one.system_identifier.unwrap_or_default()),
        ("ended", &one.ended),
        ("evidence", one.path),
        ("SHA-256", one.sha256),
    ]);
    let rows = one
        .stages
        .iter()
        .map(|stage| cells(&[&stage.stage, &stage.title, if stage.passed { "PASS" } else { "FAIL" }, &stage.numbers]));
    page.table("Stages", &["stage", "what", "verdict", "numbers"], rows.collect());
}
