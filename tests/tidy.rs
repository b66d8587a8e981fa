//! The important house rules, as tests.

#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/names.rs"]
mod names;

use imports::{Crate, Edge, circles};
use regex::Regex;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A file of the repository and its text.
struct Source {
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Every file in these folders that has one of the extensions, sorted by path.
fn sources(folders: &[&str], endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> =
        folders.iter().map(|folder| root().join(folder)).filter(|path| path.exists()).collect();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted)) {
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            found.push(Source { path: name, text: std::fs::read_to_string(&path).unwrap() });
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn rust(folder: &str) -> Vec<Source> {
    sources(&[folder], &["rs"])
}

/// The code without comments and without the tests at the end of the file.
fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// `path:line: text` for each line of code for which `wanted` is true.
fn lines(sources: &[Source], wanted: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let of = |source: &Source| {
        let code = source.text.split("\n#[cfg(test)]").next().unwrap_or_default().to_owned();
        let path = source.path.clone();
        let found: Vec<String> = code
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim_start().starts_with("//") && wanted(&path, line))
            .map(|(index, line)| format!("{path}:{}: {}", index + 1, line.trim()))
            .collect();
        found
    };
    sources.iter().flat_map(of).collect()
}

const NOTHING: [String; 0] = [];

#[test]
fn the_driver_has_one_door() {
    let found = lines(&rust("src"), |path, line| line.contains("tokio_postgres") && !path.starts_with("src/pg/"));
    assert_eq!(found, NOTHING);
}

#[test]
fn standard_output_has_one_writer() {
    let banned = ["println!", "print!", "eprintln!", "eprint!", "dbg!"];
    let found = lines(&rust("src"), |_, line| banned.iter().any(|macro_name| line.contains(macro_name)));
    assert_eq!(
        found, NOTHING,
        "report::tell and report::print write all output; a print macro panics if nobody reads it"
    );
    let found = lines(&rust("src"), |path, line| {
        line.contains("stdout()")
            && !line.contains("is_terminal")
            && !path.starts_with("src/report/")
            && path != "src/lib.rs"
    });
    assert_eq!(found, NOTHING);
}

#[test]
fn one_place_sends_commit() {
    let found = lines(&rust("src"), |_, line| line.contains("\"COMMIT;"));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("src/exec/commit.rs:"), "{found:#?}");
    let opened = lines(&rust("src"), |_, line| line.contains("READ WRITE"));
    // The boundary stage of a clone sends an event to see the database reject it, and never commits.
    let places = ["src/exec/layout.rs:", "src/command/clone/boundary.rs:"];
    assert!(
        opened.len() <= 2 && opened.iter().all(|line| places.iter().any(|place| line.starts_with(place))),
        "{opened:#?}"
    );
}

/// The layers that the first page of `src/lib.rs` lists, from top to bottom. Each layer is a list of modules.
fn layers() -> Vec<Vec<String>> {
    let page = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let lines = page.lines().filter_map(|line| line.strip_prefix("//! - [`"));
    let named = |line: &str| -> Vec<String> {
        let names = line.split(": ").next().unwrap_or_default();
        names.split(", ").map(|name| name.trim_matches(['[', '`', ']']).to_owned()).collect()
    };
    lines.map(named).collect()
}

/// The top-level module of a file.
fn part_of(file: &str) -> &str {
    let below = file.trim_start_matches("src/");
    below.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

#[test]
fn layers_import_only_from_lower_layers() {
    let layers = layers();
    let files = rust("src");
    let mut parts: Vec<&str> = files.iter().map(|source| part_of(&source.path)).collect();
    parts.dedup();
    parts.retain(|part| !["lib", "main", "properties"].contains(part));
    let mut shown: Vec<&str> = layers.iter().flatten().map(String::as_str).collect();
    shown.sort_unstable();
    parts.sort_unstable();
    parts.dedup();
    assert_eq!(shown, parts, "the first page of src/lib.rs names each part once, in its layer");
    let height = |file: &str| layers.iter().position(|layer| layer.iter().any(|part| part == part_of(file)));
    let climbs = |(from, to): &Edge| from != "src/lib.rs" && part_of(from) != part_of(to) && height(from) >= height(to);
    let edges = Crate::read().edges();
    assert!(edges.len() > 400, "{}", edges.len());
    let found: Vec<String> =
        edges.iter().filter(|edge| climbs(edge)).map(|(from, to)| format!("{from} imports {to}")).collect();
    assert_eq!(found, NOTHING);
}

#[test]
fn no_file_imports_itself_through_others() {
    let edges = Crate::read().edges();
    assert!(circles(&edges).is_empty(), "{:#?}", circles(&edges));
}

#[test]
fn a_circle_is_found_through_a_re_export() {
    let edge = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    let row = [edge("a", "b"), edge("b", "c"), edge("a", "c")];
    assert!(circles(&row.clone().into()).is_empty());
    let round = row.into_iter().chain([edge("c", "a"), edge("c", "d")]).collect();
    assert_eq!(circles(&round).into_iter().collect::<Vec<_>>(), [["a", "b", "c"]]);
    // `pub use environment::Account` in the folder's module file leads to the file that defines it.
    let edges = Crate::read().edges();
    assert!(edges.contains(&edge("src/pg/dial/socket.rs", "src/pg/conninfo/environment.rs")));
}

#[test]
fn what_is_pure_reads_no_file_and_waits_for_nothing() {
    let rules: [(&str, &[&str]); 5] = [
        ("src/release/", &["tokio"]),
        ("src/plan.rs", &["tokio", "std::fs", "std::io"]),
        ("src/fingerprint.rs", &["tokio", "std::fs"]),
        ("src/exec/", &["std::fs"]),
        ("src/cli", &["std::fs", "std::io", "tokio"]),
    ];
    for (layer, banned) in rules {
        let found = lines(&rust("src"), |path, line| {
            path.starts_with(layer) && banned.iter().any(|name| line.contains(&format!("use {name}")))
        });
        assert_eq!(found, NOTHING, "{layer}");
    }
}

#[test]
fn no_todo_is_left() {
    // The words are put together here, so that this test does not find itself.
    let words = ["TO", "FIX", "XX"].iter().zip(["DO", "ME", "X"]).map(|(one, other)| format!("{one}{other}"));
    let words: Vec<String> = words.chain(["todo", "unimplemented"].map(|word| format!("{word}!("))).collect();
    let all = sources(&["src", "tests", "sql", "docs", ".ci"], &["rs", "sql", "toml", "md", "json", "sh"]);
    let found: Vec<String> = all
        .iter()
        .flat_map(|source| source.text.lines().map(move |line| (source, line)))
        .filter(|(_, line)| words.iter().any(|word| line.contains(word.as_str())))
        .map(|(source, line)| format!("{}: {}", source.path, line.trim()))
        .collect();
    assert_eq!(found, NOTHING);
}

#[test]
fn no_code_is_unsafe_and_none_is_silenced_without_a_reason() {
    let found = lines(&rust("src"), |_, line| {
        line.contains("unsafe ")
            || (line.contains("#[allow(") || line.contains("#![allow(")) && !line.contains("reason")
    });
    assert_eq!(found, NOTHING);
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("unsafe_code = \"forbid\""));
}

/// The types that a file defines, those of its tests too. An associated type in an `impl` is no definition of its own.
fn types(text: &str) -> Vec<String> {
    let defined = Regex::new(r"^( *)(?:pub(?:\([^)]*\))? )?(struct|enum|union|trait|type) ([A-Z]\w*)").unwrap();
    let mut blocks: Vec<(usize, bool)> = Vec::new();
    let mut found = Vec::new();
    // The head of an `impl` may go on in the lines `where` and `{`.
    for line in text.lines().filter(|line| !["", "where", "{"].contains(&line.trim())) {
        let depth = line.len() - line.trim_start().len();
        blocks.retain(|(indent, _)| *indent < depth);
        let is_associated = blocks.last().is_some_and(|(_, holds_associated)| *holds_associated);
        match defined.captures(line) {
            Some(words) if &words[2] != "type" || !is_associated => found.push(words[3].to_owned()),
            _ => {}
        }
        let word = line.trim_start().trim_start_matches("pub ");
        let opens = word.contains("fn ") || ["impl", "trait ", "mod "].iter().any(|start| word.starts_with(start));
        if opens {
            blocks.push((depth, word.starts_with("impl") || word.starts_with("trait ")));
        }
    }
    found
}

#[test]
fn a_type_name_is_used_once() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in rust("src") {
        for name in types(&source.text) {
            places.entry(name).or_default().push(source.path.clone());
        }
    }
    assert!(places.len() > 350, "{}", places.len());
    places.retain(|_, files| files.len() > 1);
    assert!(places.is_empty(), "{places:#?}");
}

#[test]
fn types_are_found_wherever_they_are_defined() {
    let text = "pub(super) struct One<'a> {\n}\n\nimpl<S> Connect for One<'_>\nwhere\n    S: Copy,\n{\n    type Error = One;\n\n    \
                fn run() {\n        type Two = fn();\n    }\n}\n\ntype Three = u8;\nmod tests {\n    type Four = u8;\n    enum Five {}\n}\n";
    assert_eq!(types(text), ["One", "Two", "Three", "Four", "Five"]);
}

/// Files that are longer than the limit, with their permitted length. A number here may fall but never rise.
const LONG_FILES: [(&str, usize); 0] = [];

#[test]
fn files_stay_short_enough_to_be_read() {
    let allowed: BTreeMap<&str, usize> = LONG_FILES.into_iter().collect();
    let too_long: Vec<String> = rust("src")
        .iter()
        .filter(|source| {
            let limit = allowed.get(source.path.as_str()).copied().unwrap_or(400);
            code(&source.text).lines().count() > limit
        })
        .map(|source| format!("{}: {} lines of code", source.path, code(&source.text).lines().count()))
        .collect();
    assert_eq!(too_long, NOTHING);
}

/// Functions that are longer than the limit, with their permitted length. A number here may fall but never rise.
const LONG_FUNCTIONS: [(&str, usize); 0] = [];

#[test]
fn functions_stay_short_enough_to_be_read() {
    let allowed: BTreeMap<&str, usize> = LONG_FUNCTIONS.into_iter().collect();
    let mut too_long = Vec::new();
    for source in rust("src") {
        let code = code(&source.text);
        let mut begun: Option<(String, usize, String)> = None;
        for (index, line) in code.lines().enumerate() {
            let body = line.trim_start();
            let is_function = ["fn ", "pub fn ", "async fn ", "pub async fn ", "pub(crate) fn ", "pub(super) fn "]
                .iter()
                .any(|start| body.starts_with(start))
                || body.starts_with("pub(crate) async fn ")
                || body.starts_with("pub(super) async fn ");
            if is_function && begun.is_none() {
                let name = body.split("fn ").nth(1).unwrap_or_default().split(['(', '<']).next().unwrap_or_default();
                let indent = &line[..line.len() - body.len()];
                begun = Some((format!("{}:{name}", source.path), index, format!("{indent}}}")));
            }
            let Some((name, start, end)) = &begun else { continue };
            if line == end || (index == *start && line.ends_with('}')) || (line.ends_with(';') && index == *start) {
                let length = index - start + 1;
                if length > allowed.get(name.as_str()).copied().unwrap_or(70) {
                    too_long.push(format!("{name}: {length} lines"));
                }
                begun = None;
            }
        }
    }
    assert_eq!(too_long, NOTHING);
}

#[test]
fn texts_end_with_a_newline_and_have_no_stray_bytes() {
    let all = sources(&["src", "tests", "sql", "docs", ".ci"], &["rs", "sql", "toml", "md", "json"]);
    assert!(all.len() > 100);
    for source in all {
        assert!(source.text.ends_with('\n') || source.text.is_empty(), "{}", source.path);
        let escapes = source.text.contains('\r') || source.text.contains('\u{feff}') || source.text.contains('\t');
        assert!(!escapes, "{}: a carriage return, a tab or a byte order mark", source.path);
    }
}

#[test]
fn the_changelog_has_this_version() {
    let changelog = std::fs::read_to_string(root().join("CHANGELOG.md")).expect("there is a CHANGELOG.md");
    let version = env!("CARGO_PKG_VERSION");
    assert!(changelog.contains(&format!("## [{version}]")), "{version}");
}

/// The files that a patch changes, each with the text that one hunk expects there.
fn expected_texts(patch: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut file = String::new();
    for line in patch.lines() {
        if let Some(name) = line.strip_prefix("--- a/") {
            name.clone_into(&mut file);
        } else if line.starts_with("@@ ") {
            found.push((file.clone(), String::new()));
        } else if let (Some((_, text)), false) = (found.last_mut(), line.starts_with('+')) {
            text.push_str(line.get(1..).unwrap_or_default());
            text.push('\n');
        }
    }
    found
}

#[test]
fn every_mutant_of_the_fault_suite_applies_to_the_code() {
    let list = std::fs::read_to_string(root().join(".ci/mutants")).expect(".ci/mutants can be read");
    let patches = sources(&["tests/faults/mutants"], &["patch"]);
    assert!(patches.len() > 10);
    for patch in patches {
        let name = Path::new(&patch.path).file_stem().unwrap().to_str().unwrap();
        assert!(list.contains(&format!("\n{name} ")), "{name} is not in .ci/mutants");
        for (path, expected) in expected_texts(&patch.text) {
            let text = std::fs::read_to_string(root().join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!(text.matches(&expected).count(), 1, "{name}: the patch does not apply to {path}:\n{expected}");
        }
    }
}
