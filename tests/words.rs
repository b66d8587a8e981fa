//! Every sentence that claims something about a database has a row in docs/words.md: the claim, its evidence, and the test that makes the
//! fact false. A new sentence without a row fails here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Words that make a claim. If a text of the program contains one of them, docs/words.md must have a row for the text. The row gives the
/// claim, or says why the text makes none.
const CLAIMS: [&str; 25] = [
    "the clone {} was ",
    "the stages ran ",
    "a throwaway PostgreSQL ",
    "the baseline was loaded",
    "committed {}",
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

/// Verdicts. Each is a claim without further words.
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

/// The string literals in a source file, without its tests and comments.
fn literals(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect();
    // A quotation mark in a character literal does not begin a string.
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

/// The rows of the page: sentence, claim, evidence, tests.
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
    assert!(gone.is_empty(), "rows in docs/words.md for sentences that the program does not have: {gone:#?}");
    assert!(said.len() > 40, "{} sentences", said.len());
}

#[test]
fn every_row_names_existing_tests() {
    let sources: String =
        rust("tests").iter().chain(&rust("src")).map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let name = regex::Regex::new(r"`([a-z_0-9]+)`").unwrap();
    for [sentence, claim, rests, tests] in rows() {
        assert!(!claim.is_empty() && !rests.is_empty(), "{sentence}");
        let names: Vec<String> = name.captures_iter(&tests).map(|found| found[1].to_owned()).collect();
        assert!(
            !names.is_empty() || tests.starts_with("none:"),
            "{sentence}: the row names no test and gives no reason"
        );
        for test in names {
            assert!(sources.contains(&format!("fn {test}(")), "{sentence}: there is no test {test}");
        }
    }
}

/// What people see has one word for each meaning. These words are not used, and beside each is the word to use.
const NOT: [(&str, &str); 18] = [
    ("witness", "proof row, or server facts"),
    ("undone", "rolled back"),
    ("undo", "rollback"),
    ("greenfield", "prerequisite"),
    ("seam", "prerequisite"),
    ("standing", "applied"),
    ("stands", "applied, or is"),
    ("come to stand", "is applied"),
    ("to its end", "as a whole"),
    ("of its own accord", "by itself"),
    ("is not to be had", "could not obtain"),
    ("could not be asked", "could not check"),
    ("says the server", "confirmed by the server"),
    ("was asked", "was checked"),
    ("were asked", "were checked"),
    ("asked:", "checked:"),
    ("ratified", "approved, or signed"),
    ("journal", "evidence"),
];

/// Names in the interface and in the packet's format. They keep words that sentences do not use.
const NAMES: [&str; 6] =
    ["--ratified-apr", "ratified_apr", "<RATIFIED_CODE>", "seam.", "greenfield.", "the proof names a relation"];

/// The first word of the table that the text contains as a whole word.
fn replaced_word(text: &str) -> Option<(&'static str, &'static str)> {
    // Names in braces belong to the code.
    let braces = regex::Regex::new(r"\{[a-z_:.?]*\}").unwrap();
    let text = braces.replace_all(text, "").to_lowercase();
    let text = NAMES.iter().fold(text, |text, name| text.replace(&name.to_lowercase(), ""));
    let is_letter = |other: Option<char>| other.is_some_and(|other| other.is_alphanumeric() || other == '_');
    let has = |word: &str| {
        text.match_indices(word).any(|(at, _)| {
            !is_letter(text[..at].chars().next_back()) && !is_letter(text[at + word.len()..].chars().next())
        })
    };
    NOT.into_iter().find(|(word, _)| has(word))
}

/// The lines of help: the doc comments of the types from which clap makes the command line.
fn help(text: &str) -> Vec<String> {
    let is_read_by_clap = |item: &&str| {
        ["Parser", "Args", "Subcommand", "ValueEnum"]
            .iter()
            .any(|derive| item.lines().any(|line| line.starts_with("#[derive(") && line.contains(derive)))
    };
    let lines = text.split("\n\n").filter(is_read_by_clap).flat_map(str::lines);
    lines.filter_map(|line| line.trim().strip_prefix("/// ")).map(str::to_owned).collect()
}

/// Checks the program's sentences (string literals of two or more words), the help (doc comments of the command line), and every snapshot.
#[test]
fn each_meaning_has_one_word() {
    let relative = |path: &Path| path.strip_prefix(repository()).unwrap().display().to_string();
    let mut seen: Vec<(String, String)> = Vec::new();
    let mut helped = 0;
    for path in rust("src") {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = relative(&path);
        if name.contains("/tests/") || name == "src/properties.rs" {
            continue;
        }
        let is_sql = |text: &str| text.contains("SELECT ") || text.contains("pg_catalog.");
        let sentences = literals(&text).into_iter().filter(|text| text.contains(' ') && !is_sql(text));
        seen.extend(sentences.map(|text| (name.clone(), text)));
        if name.starts_with("src/cli") || name.starts_with("src/command") {
            let help: Vec<_> = help(&text).into_iter().map(|line| (name.clone(), line)).collect();
            helped += help.len();
            seen.extend(help);
        }
    }
    for entry in std::fs::read_dir(repository().join("tests/snapshots")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        // One-Roof's own texts may use the word "ratified", and `plan` prints them.
        let is_ours = |line: &&str| !line.trim_start().starts_with("why ");
        seen.extend(text.lines().filter(is_ours).map(|line| (relative(&path), line.to_owned())));
    }
    assert!(seen.len() > 1500 && helped > 150, "{} texts, {helped} lines of help", seen.len());
    let found: Vec<String> = seen
        .iter()
        .filter_map(|(path, text)| replaced_word(text).map(|(word, right)| format!("{path}: {word} ({right}): {text}")))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_replaced_word_is_found_as_a_word_and_not_in_a_name() {
    assert_eq!(replaced_word("the tier stands").map(|found| found.0), Some("stands"));
    assert_eq!(replaced_word("Undo it.").map(|found| found.0), Some("undo"));
    for text in ["it understands", "oneroof apply --ratified-apr APR-X", "seam.effects is unmet", "{undone} tiers"] {
        assert_eq!(replaced_word(text), None, "{text}");
    }
}
