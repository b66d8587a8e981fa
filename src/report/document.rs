//! A document for people, as Markdown or HTML. Both are made from the same blocks, and each escapes every text in its own way.

mod escape;
mod html;
mod markdown;
mod svg;

use super::TableAnswer;

/// The maximum length of a text from outside. A longer text is cut, and the document says so.
const TEXT_LIMIT: usize = 2_000;

/// The kind of a written document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// Markdown, for example for the summary of a CI job.
    Md,
    /// One HTML page that needs no other file.
    Html,
    /// The facts as JSON, for programs.
    Json,
}

impl DocumentKind {
    /// The suffix of a file of this kind.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Md => "md",
            Self::Html => "html",
            Self::Json => "json",
        }
    }
}

/// One block of a document.
#[derive(Clone, Debug)]
enum Block {
    Heading(String),
    Paragraph(String),
    List(Vec<String>),
    /// Pairs of a label and a text.
    Pairs(Vec<(&'static str, String)>),
    Table(Table),
    Command(String),
    Review(TableAnswer),
    /// Lines that people sign by hand, one for each person. The known cells are filled in.
    Signatures(Table),
}

/// Rows under headings. The first cell of a row is its name.
#[derive(Clone, Debug)]
struct Table {
    caption: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// A document: a title, a verdict and blocks. Its texts are not escaped until it is written as Markdown or HTML.
#[derive(Clone, Debug)]
pub struct Document {
    title: String,
    kind: &'static str,
    verdict: &'static str,
    reason: String,
    blocks: Vec<Block>,
}

impl Document {
    /// A document without blocks: its title, its kind, its verdict and the reason for the verdict.
    pub fn new(title: &str, kind: &'static str, verdict: &'static str, reason: &str) -> Self {
        Self { title: title.to_owned(), kind, verdict, reason: reason.to_owned(), blocks: Vec::new() }
    }

    /// Adds a heading of the second level.
    pub fn heading(&mut self, text: &str) {
        self.blocks.push(Block::Heading(text.to_owned()));
    }

    /// Adds a paragraph.
    pub fn paragraph(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Paragraph(text.into()));
    }

    /// Adds a list. If it is empty, adds the text `empty` as a paragraph instead.
    pub fn list(&mut self, items: Vec<String>, empty: &str) {
        self.blocks.push(if items.is_empty() { Block::Paragraph(empty.to_owned()) } else { Block::List(items) });
    }

    /// Adds pairs of a label and a text. A pair with an empty text is left out.
    pub fn pairs(&mut self, pairs: &[(&'static str, &str)]) {
        let with_text = pairs.iter().filter(|(_, text)| !text.is_empty());
        self.blocks.push(Block::Pairs(with_text.map(|(label, text)| (*label, (*text).to_owned())).collect()));
    }

    /// Adds a table.
    pub fn table(&mut self, caption: &str, columns: &[impl AsRef<str>], rows: Vec<Vec<String>>) {
        self.blocks.push(Block::Table(Table::new(caption, columns, rows)));
    }

    /// Adds lines that people sign by hand.
    pub fn signatures(&mut self, caption: &str, columns: &[&str], rows: Vec<Vec<String>>) {
        self.blocks.push(Block::Signatures(Table::new(caption, columns, rows)));
    }

    /// Adds a table that people confirm, drawn in the way that it names.
    pub fn review(&mut self, review: &TableAnswer) {
        self.blocks.push(Block::Review(review.clone()));
    }

    /// Adds a command that a person can copy.
    pub fn command(&mut self, text: &str) {
        self.blocks.push(Block::Command(text.to_owned()));
    }

    /// The document as Markdown.
    pub fn markdown(&self) -> String {
        markdown::document(self)
    }

    /// The document as one HTML page.
    pub fn html(&self) -> String {
        html::document(self)
    }
}

/// Makes the cells of a row from string slices.
pub fn cells(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

impl Table {
    fn new(caption: &str, columns: &[impl AsRef<str>], rows: Vec<Vec<String>>) -> Self {
        let columns = columns.iter().map(|column| column.as_ref().to_owned()).collect();
        Self { caption: caption.to_owned(), columns, rows }
    }
}
