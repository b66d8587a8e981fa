//! A document as Markdown.

use super::{Block, Document, TEXT_LIMIT, Table};
use crate::release::Draw;
use crate::report::TableAnswer;
use crate::report::review::{Branch, groups, tree};
use crate::text::escaped_within;
use std::fmt::Write as _;

pub(super) fn document(document: &Document) -> String {
    let title = markdown(&document.title);
    // Writing to a String cannot fail.
    let mut out = format!("# {title}: {}\n\n{}\n", document.verdict, document.kind);
    let _ = write!(out, "\n## Verdict\n\n{}: {}\n", document.verdict, markdown(&document.reason));
    for block in &document.blocks {
        out.push('\n');
        match block {
            Block::Heading(text) => out.push_str(&format!("## {}\n", markdown(text))),
            Block::Paragraph(text) => out.push_str(&format!("{}\n", markdown(text))),
            Block::List(items) => out.extend(items.iter().map(|item| format!("- {}\n", markdown(item)))),
            Block::Pairs(pairs) => {
                out.extend(pairs.iter().map(|(label, text)| format!("- {label}: {}\n", markdown(text))));
            }
            Block::Table(shown) | Block::Signatures(shown) => table(&mut out, shown),
            Block::Review(shown) => review(&mut out, shown),
            Block::Command(text) => command(&mut out, text),
        }
    }
    out
}

fn table(out: &mut String, shown: &Table) {
    let row = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| markdown(cell)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    out.push_str(&row(&shown.columns));
    out.push_str(&format!("|{}\n", "---|".repeat(shown.columns.len())));
    out.extend(shown.rows.iter().map(|cells| row(cells)));
}

fn review(out: &mut String, shown: &TableAnswer) {
    match shown.draw {
        Some(Draw::Tree) => tree(&shown.rows).iter().for_each(|branch| draw(out, branch, 0)),
        Some(Draw::List) => {
            let rows = groups(&shown.rows)
                .into_iter()
                .map(|(group, names)| vec![group.to_owned(), names.len().to_string(), names.join(", ")]);
            let columns = shown.columns.iter().rev().map(String::as_str).collect::<Vec<_>>();
            let columns = [columns[0], "number", columns[columns.len() - 1]];
            table(out, &Table::new("", &columns, rows.collect()));
        }
        Some(Draw::Matrix) | None => table(out, &Table::new("", &shown.columns, shown.rows.clone())),
    }
}

fn draw(out: &mut String, branch: &Branch<'_>, depth: usize) {
    let leaves = branch.leaves();
    let more = leaves.as_ref().map_or_else(String::new, |leaves| format!(": {}", leaves.join(", ")));
    let _ = writeln!(out, "{}- {}", "  ".repeat(depth), markdown(&format!("{}{more}", branch.name)));
    if leaves.is_none() {
        branch.under.iter().for_each(|below| draw(out, below, depth + 1));
    }
}

fn command(out: &mut String, text: &str) {
    let text = escaped_within(text, TEXT_LIMIT);
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    let _ = writeln!(out, "{fence}sh\n{text}\n{fence}");
}

/// Escapes a text for Markdown, so that it contains no markup, no link and no cell border.
fn markdown(text: &str) -> String {
    let shown = escaped_within(text, TEXT_LIMIT);
    let mut out = String::with_capacity(shown.len() + 16);
    let mut before: Option<char> = None;
    let mut characters = shown.chars().peekable();
    while let Some(character) = characters.next() {
        let in_word = |other: Option<char>| other.is_some_and(char::is_alphanumeric);
        let marks = match character {
            '\\' | '`' | '*' | '[' | ']' | '|' | '#' | '~' | '@' | '!' | '$' => true,
            // An underscore inside a word has no meaning, and names often contain it.
            '_' => !(in_word(before) && in_word(characters.peek().copied())),
            // A URL becomes a link without any markup.
            ':' => characters.peek() == Some(&'/'),
            '.' => out.to_ascii_lowercase().ends_with("www"),
            // At the beginning of a line these would begin a list, a rule or a heading.
            '-' | '+' | '=' => before.is_none(),
            _ => false,
        };
        if marks {
            out.push('\\');
        }
        match character {
            // Not every Markdown renderer supports a backslash before these characters.
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            other => out.push(other),
        }
        before = Some(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert_eq!(markdown("a_b | *c* <b>\n"), r"a_b \| \*c\* &lt;b&gt;\\n");
        assert_eq!(markdown("_x_ [y](https://z) www.z"), r"\_x\_ \[y\](https\://z) www\.z");
        assert_eq!(markdown("- x"), r"\- x");
    }

    #[test]
    fn a_command_cannot_end_its_fence() {
        let mut document = Document::new("t", "k", "v", "r");
        document.command("x ``` y");
        assert!(document.markdown().contains("````sh\nx ``` y\n````\n"));
    }
}
