//! A document for people, as Markdown or HTML: the same blocks, every text escaped for its place.

use crate::text::escaped_within;
use std::fmt::Write as _;

/// A text from outside is cut here; the cut is said.
const TEXT_LIMIT: usize = 2_000;

/// The kind of a written document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum DocumentKind {
    /// Markdown.
    #[default]
    Md,
    /// One HTML page without any external asset.
    Html,
}

impl DocumentKind {
    /// The ending of a file of that kind.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Md => "md",
            Self::Html => "html",
        }
    }
}

/// One block.
#[derive(Clone, Debug)]
enum Block {
    Heading(String),
    Paragraph(String),
    List(Vec<String>),
    Table(Vec<String>, Vec<Vec<String>>),
    Command(String),
}

/// A title and its blocks, in plain text: what it is escaped for is decided when it is drawn.
#[derive(Clone, Debug)]
pub struct Document {
    title: String,
    blocks: Vec<Block>,
}

impl Document {
    /// An empty one.
    pub fn new(title: &str) -> Self {
        Self { title: title.to_owned(), blocks: Vec::new() }
    }

    /// A heading of the second level.
    pub fn heading(&mut self, text: &str) {
        self.blocks.push(Block::Heading(text.to_owned()));
    }

    /// A paragraph.
    pub fn paragraph(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Paragraph(text.into()));
    }

    /// A list; where it is empty, the word for it.
    pub fn list(&mut self, items: Vec<String>, empty: &str) {
        self.blocks.push(if items.is_empty() { Block::Paragraph(empty.to_owned()) } else { Block::List(items) });
    }

    /// A table.
    pub fn table(&mut self, columns: &[impl AsRef<str>], rows: Vec<Vec<String>>) {
        let columns = columns.iter().map(|column| column.as_ref().to_owned()).collect();
        self.blocks.push(Block::Table(columns, rows));
    }

    /// A command to be copied.
    pub fn command(&mut self, text: &str) {
        self.blocks.push(Block::Command(text.to_owned()));
    }

    /// The file's text.
    pub fn draw(&self, kind: DocumentKind) -> String {
        match kind {
            DocumentKind::Md => self.markdown(),
            DocumentKind::Html => self.html(),
        }
    }

    fn markdown(&self) -> String {
        let mut out = format!("# {}\n", markdown(&self.title));
        let row = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| markdown(cell)).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        for block in &self.blocks {
            out.push('\n');
            match block {
                Block::Heading(text) => out.push_str(&format!("## {}\n", markdown(text))),
                Block::Paragraph(text) => out.push_str(&format!("{}\n", markdown(text))),
                Block::List(items) => out.extend(items.iter().map(|item| format!("- {}\n", markdown(item)))),
                Block::Table(columns, rows) => {
                    out.push_str(&row(columns));
                    out.push_str(&format!("|{}\n", "---|".repeat(columns.len())));
                    out.extend(rows.iter().map(|cells| row(cells)));
                }
                Block::Command(text) => {
                    let text = escaped_within(text, TEXT_LIMIT);
                    let mut fence = "```".to_owned();
                    while text.contains(&fence) {
                        fence.push('`');
                    }
                    // Writing to a String cannot fail.
                    let _ = writeln!(out, "{fence}sh\n{text}\n{fence}");
                }
            }
        }
        out
    }

    fn html(&self) -> String {
        let title = html(&self.title);
        let mut out = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\">\n\
             <title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n"
        );
        let row = |tag: &str, cells: &[String]| {
            let cells: String = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", html(cell))).collect();
            format!("<tr>{cells}</tr>\n")
        };
        for block in &self.blocks {
            let drawn = match block {
                Block::Heading(text) => format!("<h2>{}</h2>\n", html(text)),
                Block::Paragraph(text) => format!("<p>{}</p>\n", html(text)),
                Block::List(items) => {
                    let items: String = items.iter().map(|item| format!("<li>{}</li>\n", html(item))).collect();
                    format!("<ul>\n{items}</ul>\n")
                }
                Block::Table(columns, rows) => {
                    let rows: String = rows.iter().map(|cells| row("td", cells)).collect();
                    format!("<table border=\"1\">\n{}{rows}</table>\n", row("th", columns))
                }
                Block::Command(text) => format!("<pre><code>{}</code></pre>\n", html(text)),
            };
            out.push_str(&drawn);
        }
        out.push_str("</body>\n</html>\n");
        out
    }
}

/// Text in Markdown that is nothing but text: no markup, no link, no table's edge.
fn markdown(text: &str) -> String {
    let shown = escaped_within(text, TEXT_LIMIT);
    let mut out = String::with_capacity(shown.len() + 16);
    let mut before: Option<char> = None;
    let mut characters = shown.chars().peekable();
    while let Some(character) = characters.next() {
        let in_word = |other: Option<char>| other.is_some_and(char::is_alphanumeric);
        let marks = match character {
            '\\' | '`' | '*' | '[' | ']' | '|' | '#' | '~' | '@' | '!' | '$' => true,
            // Inside a word it means nothing, and names are full of it.
            '_' => !(in_word(before) && in_word(characters.peek().copied())),
            // A link that is made without any mark.
            ':' => characters.peek() == Some(&'/'),
            '.' => out.to_ascii_lowercase().ends_with("www"),
            // A list, a rule or a heading.
            '-' | '+' | '=' => before.is_none(),
            _ => false,
        };
        if marks {
            out.push('\\');
        }
        match character {
            // Not every reader of Markdown knows a backslash before these.
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            other => out.push(other),
        }
        before = Some(character);
    }
    out
}

/// Text in HTML, in an element or in a quoted attribute.
fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for character in escaped_within(text, TEXT_LIMIT).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
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
        assert_eq!(html("<script>'\"&\u{1b}"), r"&lt;script&gt;&#39;&quot;&amp;\u{1b}");
    }

    #[test]
    fn a_command_cannot_end_its_fence() {
        let mut document = Document::new("t");
        document.command("x ``` y");
        assert!(document.draw(DocumentKind::Md).contains("````sh\nx ``` y\n````\n"));
    }
}
