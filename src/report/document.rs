//! A document for people, as Markdown or HTML: the same blocks, every text escaped for its place.

mod html;
mod markdown;

use super::TableAnswer;

/// A text from outside is cut here; the cut is said.
const TEXT_LIMIT: usize = 2_000;

/// The kind of a written document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// Markdown, for example for the summary of a CI job.
    Md,
    /// One HTML page without any external asset.
    Html,
    /// The facts themselves, for programs.
    Json,
}

impl DocumentKind {
    /// The ending of a file of that kind.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Md => "md",
            Self::Html => "html",
            Self::Json => "json",
        }
    }
}

/// One block.
#[derive(Clone, Debug)]
enum Block {
    Heading(String),
    Paragraph(String),
    List(Vec<String>),
    /// Labels and what they say.
    Pairs(Vec<(&'static str, String)>),
    Table(Table),
    Command(String),
    Review(TableAnswer),
    /// A line a person: what is known of it, and what is filled in by hand.
    Signatures(Table),
}

/// Rows under headings; the first cell of a row names it.
#[derive(Clone, Debug)]
struct Table {
    caption: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// A title, a verdict and blocks, in plain text: what it is escaped for is decided when it is drawn.
#[derive(Clone, Debug)]
pub struct Document {
    title: String,
    kind: &'static str,
    verdict: &'static str,
    reason: String,
    blocks: Vec<Block>,
}

impl Document {
    /// One without blocks: what it is about, of which kind it is, what it comes to, and why.
    pub fn new(title: &str, kind: &'static str, verdict: &'static str, reason: &str) -> Self {
        Self { title: title.to_owned(), kind, verdict, reason: reason.to_owned(), blocks: Vec::new() }
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

    /// Labels and what they say; one without a text is left out.
    pub fn pairs(&mut self, pairs: &[(&'static str, &str)]) {
        let with_text = pairs.iter().filter(|(_, text)| !text.is_empty());
        self.blocks.push(Block::Pairs(with_text.map(|(label, text)| (*label, (*text).to_owned())).collect()));
    }

    /// A table.
    pub fn table(&mut self, caption: &str, columns: &[impl AsRef<str>], rows: Vec<Vec<String>>) {
        self.blocks.push(Block::Table(Table::new(caption, columns, rows)));
    }

    /// Lines to be signed by hand.
    pub fn signatures(&mut self, caption: &str, columns: &[&str], rows: Vec<Vec<String>>) {
        self.blocks.push(Block::Signatures(Table::new(caption, columns, rows)));
    }

    /// A table that people confirm, drawn as it says.
    pub fn review(&mut self, review: &TableAnswer) {
        self.blocks.push(Block::Review(review.clone()));
    }

    /// A command to be copied.
    pub fn command(&mut self, text: &str) {
        self.blocks.push(Block::Command(text.to_owned()));
    }

    /// As Markdown.
    pub fn markdown(&self) -> String {
        markdown::document(self)
    }

    /// As one HTML page.
    pub fn html(&self) -> String {
        html::document(self)
    }
}

/// The cells of a row.
pub fn cells(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

impl Table {
    fn new(caption: &str, columns: &[impl AsRef<str>], rows: Vec<Vec<String>>) -> Self {
        let columns = columns.iter().map(|column| column.as_ref().to_owned()).collect();
        Self { caption: caption.to_owned(), columns, rows }
    }
}
