//! Rules for the text of a tier. The tests apply them to the packet, so a packet that breaks a rule is never built into a release.
//!
//! The rules ban acts that leave no lock on a relation, and acts that would end or hide the engine's transaction. The executor's judge
//! finds all other acts while the tier runs. See safety.md.

use oneroof::testing::release::{PartKind, Release, Script, statements};

/// A breach of the packet's rules.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// Path from the top of the repository.
    pub path: String,
    /// The line in the file, counted from 1.
    pub line: u32,
    /// The words that were found.
    pub found: String,
    /// Why the words are banned.
    pub reason: &'static str,
}

/// Statements that are banned in every part, by their first words.
const BANNED_STATEMENTS: [(&str, &str); 21] = [
    ("BEGIN", "the engine opens the transaction"),
    ("START", "the engine opens the transaction"),
    ("COMMIT", "the engine ends the transaction"),
    ("END", "the engine ends the transaction"),
    ("ROLLBACK", "the engine ends the transaction"),
    ("ABORT", "the engine ends the transaction"),
    ("SAVEPOINT", "a savepoint hides xmin"),
    ("RELEASE", "a savepoint hides xmin"),
    ("PREPARE", "a prepared transaction outlives the session"),
    ("NOTIFY", "a notification leaves the database"),
    ("LISTEN", "a tier must not listen"),
    ("GRANT", "a grant leaves no relation lock"),
    ("ALTER ROLE", "a role does not belong to the packet"),
    ("ALTER USER", "a role does not belong to the packet"),
    ("ALTER DATABASE", "the database does not belong to the packet"),
    ("ALTER SYSTEM", "the server does not belong to the packet"),
    ("ALTER DEFAULT", "default privileges do not belong to the packet"),
    ("COPY", "COPY leaves the message"),
    ("SET", "the engine pins the settings"),
    ("RESET", "the engine pins the settings"),
    ("DISCARD", "the session holds the run lock"),
];

/// Words that are banned anywhere in a part, also inside strings, because a DO block is a string.
const BANNED_WORDS: [(&str, &str); 10] = [
    ("nextval", "sequences do not roll back"),
    ("setval", "sequences do not roll back"),
    ("temp", "temporary objects shadow real ones"),
    ("temporary", "temporary objects shadow real ones"),
    ("serial", "sequences do not roll back"),
    ("bigserial", "sequences do not roll back"),
    ("dblink", "a tier must stay in its database"),
    ("pg_notify", "a notification leaves the database"),
    ("cascade", "CASCADE may drop objects that are not named"),
    ("unlogged", "an unlogged table does not survive a crash"),
];

/// Every finding in the scripts that the engine sends.
pub fn lint(release: &Release) -> Vec<Finding> {
    let descriptor = &release.descriptor;
    let read_only = [&descriptor.preflight.file, &descriptor.verify.file].map(|file| format!("sql/{file}"));
    let paths = descriptor.script_paths();
    // A READ ONLY transaction prevents what these words could do, and queries in it may read facts about such objects.
    let words = |path: &String| if read_only.contains(path) { &[][..] } else { &BANNED_WORDS };
    paths.iter().flat_map(|path| find(&release.script(path), words(path))).collect()
}

/// Every finding in one script that writes.
pub fn lint_script(script: &Script) -> Vec<Finding> {
    find(script, &BANNED_WORDS)
}

fn find(script: &Script, banned_words: &[(&str, &'static str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for kind in PartKind::ALL {
        let part = script.part(kind);
        let mut report = |line: u32, found: &str, reason| {
            let line = part.first_line + line - 1;
            findings.push(Finding { path: script.path.clone(), line, found: found.to_owned(), reason });
        };
        for (line, text) in (1_u32..).zip(part.text.split('\n')) {
            if text.contains('\r') || text.contains('\u{feff}') {
                report(line, "\\r or a byte order mark", "files must be plain UTF-8 with LF line ends");
            }
            if text.trim_start().starts_with('\\') {
                report(line, text.trim(), "a line that begins with a backslash is a psql command, not SQL");
            }
        }
        for statement in statements(part.text) {
            let text = &part.text[statement.start..statement.end];
            let first = text.split_whitespace().take(2).collect::<Vec<_>>().join(" ").to_ascii_uppercase();
            for (banned, reason) in BANNED_STATEMENTS {
                let followed =
                    first.strip_prefix(banned).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ';']));
                if followed {
                    report(statement.line, banned, reason);
                }
            }
            if kind == PartKind::Body && words(text).any(|(_, word)| word.eq_ignore_ascii_case("exception")) {
                report(statement.line, "EXCEPTION", "a body's rows must carry the transaction's own xmin");
            }
            for (offset, word) in words(text) {
                for (banned, reason) in banned_words {
                    if word.eq_ignore_ascii_case(banned) {
                        let below = u32::try_from(text[..offset].matches('\n').count()).unwrap_or(0);
                        report(statement.line + below, word, reason);
                    }
                }
            }
        }
    }
    findings
}

/// The words of a statement with their offsets. Comments are removed line by line.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut offset = 0;
    let lines = text.split_inclusive('\n').map(move |line| {
        let start = offset;
        offset += line.len();
        (start, line.split_once("--").map_or(line, |(code, _)| code))
    });
    lines.flat_map(|(start, code)| {
        code.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
            .map(move |word| (start + (word.as_ptr() as usize - code.as_ptr() as usize), word))
    })
}
