//! The command blocks of the documents, and the command lines in them.

use crate::support::{repository, repository_text};

/// Kinds of fenced blocks that hold commands.
const KINDS: [&str; 5] = ["sh", "bash", "shell", "console", "sh-session"];

/// The tests record this page. It shows screens and has no commands to type.
const RECORDED: &str = "docs/recordings.md";

/// A fenced block of commands.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) file: String,
    pub(super) text: String,
}

impl Block {
    /// Whether a line of the block begins with `line`.
    pub(super) fn has(&self, line: &str) -> bool {
        self.text.lines().any(|known| known.starts_with(line) || known == line.trim_end())
    }
}

/// README.md and every page below docs/.
fn files() -> Vec<String> {
    let folder = std::fs::read_dir(repository("docs")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<String> =
        names.filter_map(|name| name.strip_suffix(".md").map(|page| format!("docs/{page}.md"))).collect();
    files.push("README.md".to_owned());
    files.sort();
    files.retain(|file| file != RECORDED);
    files
}

/// All command blocks, in the order of the files.
pub(super) fn blocks() -> Vec<Block> {
    files().into_iter().flat_map(|file| in_file(&file)).collect()
}

fn in_file(file: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<(bool, String)> = None;
    for line in repository_text(file).lines() {
        match (line.trim_start().strip_prefix("```"), open.take()) {
            (Some(_), Some((is_command, text))) => {
                found.extend(is_command.then(|| Block { file: file.to_owned(), text }));
            }
            (Some(kind), None) => open = Some((KINDS.contains(&kind.trim()), String::new())),
            (None, Some((is_command, text))) => open = Some((is_command, format!("{text}{line}\n"))),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{file}: a block does not end");
    found
}

/// Command lines of the program in sentences and tables, with their file.
pub(super) fn spans() -> Vec<(String, String)> {
    let span = regex::Regex::new("`(oneroof [^`]+)`").unwrap();
    let mut found = Vec::new();
    for file in files() {
        let text = repository_text(&file);
        found.extend(span.captures_iter(&text).map(|line| (file.clone(), line[1].replace('\n', " "))));
    }
    found
}

/// The values that replace the placeholders in a printed command line.
const PLACEHOLDERS: [(&str, &str); 4] = [
    (" CODE", " APR-BOOT-AUTHMODEL-1"),
    (" N", " 3"),
    (" DIGEST", " sha256:0000000000000000000000000000000000000000000000000000000000000000"),
    (" sha256:...", " sha256:0000000000000000000000000000000000000000000000000000000000000000"),
];

/// The command lines of the program in a text. Each line goes from the program's name to the end of the command, without comments.
pub(super) fn command_lines(text: &str) -> Vec<String> {
    let text = text.replace("\\\n", " ");
    let begin = regex::Regex::new(r"^\s*(?:docker exec -i \w+ )?oneroof (?P<rest>[^#]*)").unwrap();
    let end = regex::Regex::new(r"\s(?:\||&&|;|>|>>|2>&1)(?:\s|$)").unwrap();
    let commands = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let parts = commands.flat_map(|line| line.split(" && ").flat_map(|part| part.split(" | ")).collect::<Vec<_>>());
    parts
        .filter_map(|part| {
            let rest = &begin.captures(part)?["rest"];
            let line = end.split(rest).next().unwrap_or_default().trim().to_owned();
            (!line.is_empty()).then(|| with_values(&format!("oneroof {line}")))
        })
        .collect()
}

fn with_values(line: &str) -> String {
    let mut line = format!("{line} ");
    for (printed, put) in PLACEHOLDERS {
        line = line.replace(&format!("{printed} "), &format!("{put} "));
    }
    line.trim_end().to_owned()
}
