//! Every sentence that claims something about a database has a row in docs/words.md: what it claims, what it rests on, and the test that
//! makes the fact false. A new sentence without a row fails here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Words that claim: a text of the program that holds one of them is a sentence about a database, or has a row that says why it is none.
const CLAIMS: [&str; 20] = [
    "Proved: ",
    "No approver ",
    "; the release is",
    "equal",
    "as it was",
    "as they were",
    "as it is",
    "identical",
    "unchanged",
    "nothing was changed",
    "nothing was written",
    "confirmed by the server",
    "took effect",
    "take effect",
    "all met",
    "met every check",
    "every tier",
    "every COMMIT",
    "is gone",
    "matches its",
];

/// Verdicts, which claim by themselves.
const VERDICTS: [&str; 9] =
    ["GO", "NO-GO", "DONE", "ALREADY APPLIED", "FAILED", "INTERRUPTED", "UNKNOWN", "PASS", "RELEASED"];

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![repository().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && path.file_name() != Some("tests.rs".as_ref())
            {
                found.push(path);
            }
        }
    }
    found
}

/// The texts in a file of the program, without its tests and comments.
fn literals(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect();
    // A quotation mark as a character begins no text.
    let code = code.replace("'\"'", "' '");
    let literal = regex::Regex::new(r#"(?s)"((?:[^"\\]|\\.)*)""#).unwrap();
    literal.captures_iter(&code).map(|found| found[1].to_owned()).collect()
}

fn claiming() -> BTreeSet<String> {
    let files = ["src/report", "src/command", "src/run", "src/evidence", "src/exec"].into_iter().flat_map(rust);
    let texts = files.flat_map(|path| literals(&std::fs::read_to_string(path).unwrap()));
    texts
        .filter(|text| {
            VERDICTS.contains(&text.as_str()) || text.contains(' ') && CLAIMS.iter().any(|claim| text.contains(claim))
        })
        .collect()
}

/// The rows of the page: sentence, claim, what it rests on, tests.
fn rows() -> Vec<[String; 4]> {
    let page = std::fs::read_to_string(repository().join("docs/words.md")).unwrap();
    page.lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<&str> =
                line.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('|').trim()).collect();
            let cells: [&str; 4] = cells.try_into().unwrap_or_else(|cells| panic!("a row has four cells: {cells:?}"));
            cells.map(str::to_owned)
        })
        .collect()
}

#[test]
fn every_sentence_that_claims_has_a_row_and_every_row_a_sentence() {
    let said = claiming();
    let listed: BTreeSet<String> = rows().iter().map(|row| row[0].trim_matches('`').to_owned()).collect();
    let without: Vec<&String> = said.difference(&listed).collect();
    assert!(without.is_empty(), "no row in docs/words.md: {without:#?}");
    let gone: Vec<&String> = listed.difference(&said).collect();
    assert!(gone.is_empty(), "a row in docs/words.md for what nobody says: {gone:#?}");
    assert!(said.len() > 40, "{} sentences", said.len());
}

#[test]
fn every_row_names_tests_that_there_are() {
    let sources: String =
        rust("tests").iter().chain(&rust("src")).map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let name = regex::Regex::new(r"`([a-z_0-9]+)`").unwrap();
    for [sentence, claim, rests, tests] in rows() {
        assert!(!claim.is_empty() && !rests.is_empty(), "{sentence}");
        let names: Vec<String> = name.captures_iter(&tests).map(|found| found[1].to_owned()).collect();
        assert!(!names.is_empty() || tests.starts_with("none:"), "{sentence} names no test, and does not say why");
        for test in names {
            assert!(sources.contains(&format!("fn {test}(")), "{sentence}: there is no test {test}");
        }
    }
}
