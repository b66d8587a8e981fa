//! The engine knows no name of the release. The names are read from `sql/`, so that a new one is covered when it is written.

use super::{NOTHING, Source, root, rust, sources};
use regex::Regex;
use std::collections::BTreeSet;

/// Numbers that people sign. They are counts of the governed objects, of the pairs without an owner, and of the owners.
const NUMBERS: [&str; 3] = ["35", "210", "240"];

/// Names that the release has from PostgreSQL.
const FOREIGN: [&str; 8] = [
    "LC_",
    "LC_COLLATE",
    "LC_CTYPE",
    "information_schema",
    "pg_catalog",
    "row_security",
    "search_path",
    "server_version_num",
];

/// Keys of the report and of the evidence. The first release named them, and scripts read them.
const KEYS: [&str; 5] = ["approval_level", "approved_at", "approved_by", "proposal_code", "signature_ref"];

/// Files whose examples may show the database and the approval code that `packet.toml` names.
const WITH_EXAMPLES: [&str; 3] = ["src/pg/conninfo/error.rs", "src/pg/conninfo/pairs.rs", "src/pg/conninfo/uri.rs"];

/// Whether the path has this extension.
fn is(path: &str, extension: &str) -> bool {
    path.rsplit('.').next() == Some(extension)
}

fn is_test(path: &str) -> bool {
    path.ends_with("tests.rs") || path.contains("/tests/") || path == "src/properties.rs"
}

/// The names in a text: words with an underscore, and codes such as `AXIS-1`, each code also by its prefix.
fn found_in(text: &str, names: &mut BTreeSet<String>) {
    // A class of characters in a regular expression, such as [A-Z0-9-], is no code.
    let text = &Regex::new(r"\[[^\]]*\]").unwrap().replace_all(text, "");
    let word = Regex::new(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b").unwrap();
    names.extend(word.find_iter(text).map(|word| word.as_str().to_owned()));
    let code = Regex::new(r"\b([A-Z][A-Z0-9]+[-_])[A-Z0-9]*").unwrap();
    for found in code.captures_iter(text) {
        names.extend([found[0].to_owned(), found[1].to_owned()]);
    }
}

/// The names in the strings of a TOML value, and in those of its keys that are names of relations.
fn found_in_toml(value: &toml::Value, names: &mut BTreeSet<String>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                if key.contains('.') {
                    found_in(key, names);
                }
                found_in_toml(value, names);
            }
        }
        toml::Value::Array(values) => values.iter().for_each(|value| found_in_toml(value, names)),
        toml::Value::String(text) => {
            let plain = Regex::new(r"^[a-z0-9]+(?:[-.][a-z0-9]+)+$").unwrap();
            if plain.is_match(text) && !is(text, "sql") {
                names.insert(text.clone());
            }
            found_in(text, names);
        }
        _ => {}
    }
}

/// The names in an SQL file: what it creates, its codes, and texts that are one word with an underscore, such as a figure's name.
fn found_in_sql(text: &str, names: &mut BTreeSet<String>) {
    let created = Regex::new(
        r"CREATE (?:OR REPLACE )?(?:UNIQUE )?(?:EVENT TRIGGER|[A-Z]+) (?:IF NOT EXISTS )?(?:[a-z_]+\.)?([a-z0-9]+_[a-z0-9_]+)",
    )
    .unwrap();
    names.extend(created.captures_iter(text).map(|found| found[1].to_owned()));
    let whole = Regex::new(r"'([a-z]+(?:_[a-z]+)+)'").unwrap();
    names.extend(whole.captures_iter(text).map(|found| found[1].to_owned()));
    let code = Regex::new(r"'[^'\n]*'").unwrap();
    let codes: String = code.find_iter(text).map(|text| text.as_str()).collect();
    let mut of_texts = BTreeSet::new();
    found_in(&codes, &mut of_texts);
    names.extend(of_texts.into_iter().filter(|name| name.starts_with(|letter: char| letter.is_ascii_uppercase())));
}

/// The last part of a path without its ending.
fn stem(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or_default();
    file.trim_end_matches(".sql").trim_end_matches(".toml").to_owned()
}

/// Every name of the release with an underscore, a hyphen or a dot, and its database. Single words are left out, because a name such as
/// `gap` is also an English word.
fn names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for Source { path, text } in sources(&["sql"], &["sql", "toml"]) {
        if is(&path, "toml") {
            found_in_toml(&toml::Value::Table(text.parse().unwrap()), &mut names);
        } else {
            found_in_sql(&text, &mut names);
        }
        // The engine asks for the files of queries/ by name, in every packet that has them.
        if !path.starts_with("sql/queries/") {
            names.extend(path.split('/').skip(1).map(stem).filter(|name| name.contains(['-', '.', '_'])));
        }
    }
    // A page may name a check of the engine, such as `event_triggers` or the state of a tier.
    let given = sources(&["src/packet/given"], &["sql"]);
    let given: BTreeSet<String> = given.iter().map(|source| stem(&source.path)).collect();
    let of_engine = |name: &String| given.contains(name) || name.starts_with("state.");
    names.retain(|name| !of_engine(name) && !FOREIGN.contains(&name.as_str()) && !KEYS.contains(&name.as_str()));
    names.insert(page()["database"].as_str().unwrap().to_owned());
    names
}

fn page() -> toml::Table {
    std::fs::read_to_string(root().join("sql/packet.toml")).unwrap().parse().unwrap()
}

/// Whether the line has the word. A word that ends with a hyphen or an underscore may go on.
fn has(line: &str, word: &str) -> bool {
    let number = word.bytes().all(|byte| byte.is_ascii_digit());
    let touches = |other: Option<char>| {
        other.is_some_and(|other| other.is_alphanumeric() || other == '_' || (number && matches!(other, '.' | '"')))
    };
    line.match_indices(word).any(|(at, _)| {
        let after = line[at + word.len()..].chars().next();
        !touches(line[..at].chars().next_back()) && (word.ends_with(['-', '_']) || !touches(after))
    })
}

#[test]
fn the_engine_knows_no_name_and_no_number_of_the_release() {
    let names = names();
    for known in [
        "APR-",
        "RULESET-",
        "GOV-",
        "L2-",
        "SCN-",
        "F6_",
        "scan-write",
        "candidate_scan",
        "gov_emit",
        "axis_substrate",
        "directus",
        "reference.classes",
        "20_responsibility_axis",
        "v_oneroof_axis",
        "object_code",
        "oneroof_axis_pkey",
        "cursor_name",
    ] {
        assert!(names.contains(known), "{known} is not found in sql/");
    }
    let page = page();
    let examples = [page["database"].as_str().unwrap(), page["approval"]["example"].as_str().unwrap()];
    let mut found = Vec::new();
    for Source { path, text } in sources(&["src"], &["rs", "sql", "md", "toml"]) {
        if is_test(&path) {
            continue;
        }
        let code = text.split("\n#[cfg(test)]").next().unwrap_or_default();
        for (index, line) in code.lines().enumerate() {
            let shown = if WITH_EXAMPLES.contains(&path.as_str()) {
                examples.iter().fold(line.to_owned(), |line, example| line.replace(example, ""))
            } else {
                line.to_owned()
            };
            let numbers = NUMBERS.iter().filter(|_| is(&path, "rs") && !line.trim_start().starts_with("//"));
            let words = names.iter().map(String::as_str).chain(numbers.copied());
            found.extend(words.filter(|word| has(&shown, word)).map(|word| format!("{path}:{}: {word}", index + 1)));
        }
    }
    assert_eq!(found, NOTHING);
    // A key that the engine does not use any more needs no exception.
    let engine: String = rust("src").into_iter().map(|source| source.text).collect();
    for key in KEYS {
        assert!(has(&engine, key), "{key}");
    }
}
