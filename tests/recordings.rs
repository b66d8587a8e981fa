//! docs/recordings.md is made from snapshots that other tests compare with the program, so it shows only what the program prints.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The heading, an explanation, and the snapshots below it.
const SCREENS: [(&str, &str, &[&str]); 12] = [
    (
        "A second apply",
        "The release is there, so nothing is begun. The exit code is different, so that a retry can distinguish done from failed.",
        &["snapshots__apply_again"],
    ),
    (
        "A foreign row before a rollback",
        "Somebody wrote one row into a table of tier 3. The rehearsal finds it before tier 6 is touched.",
        &["recordings__foreign_row"],
    ),
    ("The wrong database", "One cause, one cure.", &["recordings__wrong_database"]),
    ("Nothing is released", "`verify` before a release.", &["recordings__nothing_released"]),
    (
        "A typo in the approval code",
        "Not a closed gate: an approval is there, under another code.",
        &["recordings__typo"],
    ),
    ("The gate is closed", "People still have to sign.", &["snapshots__preflight_closed"]),
    (
        "After kill -9",
        "`apply` was killed while it waited for a lock in tier 3. Four commands say what is known and name one next command.",
        &[
            "recordings__killed_status",
            "recordings__killed_resolve",
            "recordings__killed_evidence_check",
            "recordings__killed_report",
        ],
    ),
    (
        "Ctrl-C on a frozen link",
        "The server's process is stopped: the connection says nothing and does not end.",
        &["recordings__frozen_link"],
    ),
    ("A terminal of 80 columns and 24 lines", "The last screen of an apply.", &["recordings__small_terminal"]),
    (
        "A pipe",
        "Standard output is a pipe here and in every other recording without the word \"terminal\": no colour, no live line.",
        &["snapshots__status_all"],
    ),
    ("LC_ALL=C", "Only ASCII is printed.", &["snapshots__preflight_drifted_ascii"]),
    ("No terminal, and nothing that confirms", "Nothing is begun.", &["recordings__no_terminal"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn snapshot_path(name: &str) -> PathBuf {
    root().join(format!("tests/postgres/snapshots/postgres__{name}.snap"))
}

/// The recorded text without the header lines of insta.
fn recorded(name: &str) -> String {
    let text = read(&snapshot_path(name));
    text.splitn(3, "---\n").nth(2).expect("a snapshot has a head and a text").trim_end().to_owned()
}

fn page() -> String {
    let mut page = "# Recordings\n\n\
        What a person sees, as text. This page is made from the snapshots that the tests hold the program to; `tests/recordings.rs` fails when it\n\
        differs. `$DIGEST`, `$UTC`, `$WORK` and the like replace what changes from run to run. `stderr` holds the progress.\n"
        .to_owned();
    for (heading, about, names) in SCREENS {
        let _ = write!(page, "\n## {heading}\n\n{about}\n");
        for name in names {
            let _ = write!(page, "\n```text\n{}\n```\n", recorded(name));
        }
    }
    page
}

#[test]
fn the_page_is_what_the_snapshots_hold() {
    let path = root().join("docs/recordings.md");
    let wanted = page();
    if std::env::var_os("ONEROOF_WRITE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    assert!(read(&path) == wanted, "docs/recordings.md is stale: ONEROOF_WRITE_DOCS=1 cargo test --test recordings");
}

/// If no test compared a snapshot of the page any more, the snapshot could be out of date.
#[test]
fn a_test_compares_every_snapshot_of_the_page() {
    for (_, _, names) in SCREENS {
        for name in names {
            let (module, screen) = name.split_once("__").unwrap();
            let source = read(&root().join(format!("tests/postgres/{module}.rs")));
            assert!(source.contains(&format!("!(\"{screen}\", ")), "{module}.rs compares no {screen}");
        }
    }
}
