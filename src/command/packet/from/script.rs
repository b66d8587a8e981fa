//! Reads one file as psql does: its statements, the files that it includes, and the transaction that it opens and ends.

use super::SourceRefusal;
use super::folder;
use super::reader::{Dialect, Ending, ScriptReader, Segment};
use crate::release::{PieceKind, Scanner, statements, words};
use std::path::Path;

/// The limit for all bytes together, because a script may include one file a thousand times.
const MOST: usize = 64 << 20;

impl ScriptReader {
    /// Reads one file, with the files that it includes.
    pub(super) fn file(&mut self, path: &Path, text: &str) -> Result<(), SourceRefusal> {
        let shown = path.display().to_string();
        if text.contains("\r\n") {
            self.crlf.push(shown.clone());
        }
        let text = folder::normal(&shown, text)?;
        self.read += text.len();
        if self.read > MOST {
            let cure = "Divide the release into several packets: people read what they sign.";
            return Err(SourceRefusal::new(shown, "the files that it includes are larger than 64 MB together", cure));
        }
        self.visits += 1;
        self.stack.push(path.canonicalize().unwrap_or_else(|_| path.to_owned()));
        OpenScript::of(self, path, shown, &text).run()?;
        self.stack.pop();
        Ok(())
    }
}

/// A file that is being read.
pub(super) struct OpenScript<'r, 't> {
    pub(super) reader: &'r mut ScriptReader,
    path: &'t Path,
    shown: String,
    pub(super) text: &'t str,
    pub(super) scanner: Scanner<'t>,
    /// The SQL that is kept so far.
    pub(super) out: String,
    /// Where the open statement begins in `out`.
    statement: usize,
    /// The number of open square brackets. A colon inside them separates the bounds of a slice.
    pub(super) brackets: usize,
    /// Whether the file had a statement or an include so far.
    content: bool,
    /// The position of BEGIN. The next field is the position of COMMIT.
    begun: Option<usize>,
    ended: Option<usize>,
    /// Whether the file's transaction was refused. Later errors that follow from this are not reported.
    muddled: bool,
    visit: usize,
}

impl<'r, 't> OpenScript<'r, 't> {
    /// A file of which nothing has been read yet.
    pub(super) fn of(reader: &'r mut ScriptReader, path: &'t Path, shown: String, text: &'t str) -> Self {
        Self {
            visit: reader.visits,
            reader,
            path,
            shown,
            text,
            scanner: Scanner::new(text),
            out: String::new(),
            statement: 0,
            brackets: 0,
            content: false,
            ended: None,
            begun: None,
            muddled: false,
        }
    }

    /// Reads the whole file and gives its SQL to the reader. It collects all refusals, so that a person sees them together.
    pub(super) fn run(&mut self) -> Result<(), SourceRefusal> {
        loop {
            let was_open = self.scanner.open().is_some();
            let Some(piece) = self.scanner.next() else { break };
            if piece.kind != PieceKind::Blank && !was_open {
                self.statement = self.out.len();
            }
            let token = &self.text[piece.start..piece.end];
            let psql = self.reader.dialect == Dialect::Psql;
            let read = match (piece.kind, token) {
                (PieceKind::Token, "\\") if psql => self.backslash(piece.start, was_open),
                (PieceKind::Token, "\\") => {
                    let cure = "Write SQL: Flyway runs no commands of psql.";
                    self.refuse(piece.start, "a backslash outside quotes is not SQL", cure)
                }
                (PieceKind::Token, ":") if psql => self.colon(piece.start),
                (PieceKind::Token, "$") if self.text[piece.end..].starts_with('{') => self.placeholder(piece.start),
                _ => {
                    match token {
                        "[" => self.brackets += 1,
                        "]" => self.brackets = self.brackets.saturating_sub(1),
                        _ if psql && piece.kind == PieceKind::Token => self.templates(piece.start, token),
                        _ => {}
                    }
                    self.out.push_str(token);
                    Ok(())
                }
            };
            self.keep(read);
            if let PieceKind::End(start) = piece.kind {
                self.brackets = 0;
                let ended = self.statement_ends(start);
                self.keep(ended);
            }
        }
        self.file_ends()
    }

    fn keep(&mut self, read: Result<(), SourceRefusal>) {
        self.reader.refused.extend(read.err());
    }

    /// Refuses the file's own transaction commands. Only the first one is reported.
    fn refuse_transaction(&mut self, at: usize, what: &str, cure: &str) -> Result<(), SourceRefusal> {
        if std::mem::replace(&mut self.muddled, true) { Ok(()) } else { self.refuse(at, what, cure) }
    }

    /// Handles the end of a statement. BEGIN and COMMIT are dropped, because each tier has its own transaction. Other transaction commands
    /// are refused. All other statements are kept.
    fn statement_ends(&mut self, start: usize) -> Result<(), SourceRefusal> {
        let sql = &self.out[self.statement..];
        if sql.trim() == ";" {
            return Ok(());
        }
        let found: Vec<String> = words(sql).map(str::to_ascii_uppercase).collect();
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        let rolls_back = self.reader.ending == Ending::Any;
        match found.as_slice() {
            ["BEGIN"] | ["BEGIN", "WORK" | "TRANSACTION"] | ["START", "TRANSACTION"] => {
                if self.content || self.begun.is_some() || self.ended.is_some() {
                    return self.refuse_transaction(start, "a transaction begins in the middle of the file", PARTS);
                }
                self.begun = Some(start);
                self.drop_statement();
            }
            ["COMMIT" | "END"] | ["COMMIT" | "END", "WORK" | "TRANSACTION"] => self.ends(start)?,
            ["ROLLBACK" | "ABORT"] | ["ROLLBACK" | "ABORT", "WORK" | "TRANSACTION"] if rolls_back => {
                self.ends(start)?;
            }
            ["BEGIN", ..] | ["START", "TRANSACTION", ..] => {
                let cure = "Write BEGIN alone: oneroof opens each tier's transaction itself, as READ COMMITTED.";
                return self.refuse_transaction(start, "BEGIN sets a mode for the transaction", cure);
            }
            ["COMMIT" | "END", ..] => {
                let cure = "Write COMMIT alone, as the last statement of the file.";
                return self.refuse_transaction(start, "a transaction ends in another way than by COMMIT", cure);
            }
            ["ROLLBACK" | "ABORT"] | ["ROLLBACK" | "ABORT", "WORK" | "TRANSACTION"] => {
                let cure = "Take ROLLBACK out: oneroof apply --dry-run tries the release and changes nothing.";
                return self.refuse_transaction(start, "ROLLBACK would discard what the file does", cure);
            }
            ["COPY", ..] if found.windows(2).any(|pair| matches!(pair, ["FROM", "STDIN" | "PSTDIN"])) => {
                self.skip_rows();
                let cure = "Write the rows as INSERT, as pg_dump --inserts does.";
                return self.refuse(start, "the rows behind COPY FROM STDIN are not SQL", cure);
            }
            _ => self.content(start)?,
        }
        Ok(())
    }

    /// Skips the rows of COPY. They end with the line `\.`.
    fn skip_rows(&mut self) {
        let at = self.scanner.at();
        let end = self.text[at..].find("\n\\.").map_or(self.text.len(), |end| at + end + 3);
        self.scanner.skip_to(end);
    }

    /// Records that the file has content to keep. Content after COMMIT is refused.
    fn content(&mut self, at: usize) -> Result<(), SourceRefusal> {
        if let Some(ended) = self.ended {
            let line = self.line(at);
            return self.refuse_transaction(
                ended,
                &format!("the transaction ends here, but the file goes on at line {line}"),
                PARTS,
            );
        }
        self.content = true;
        Ok(())
    }

    fn ends(&mut self, start: usize) -> Result<(), SourceRefusal> {
        if self.ended.is_some() {
            return self.content(start);
        }
        self.ended = Some(start);
        self.drop_statement();
        Ok(())
    }

    fn drop_statement(&mut self) {
        self.out.truncate(self.statement);
        self.drop_line();
    }

    /// Removes the rest of the line if nothing else is on the line.
    pub(super) fn drop_line(&mut self) {
        let begin = self.out.rfind('\n').map_or(0, |end| end + 1);
        let rest = &self.text[self.scanner.at()..];
        let end = rest.find('\n').map_or(rest.len(), |end| end + 1);
        let blank = |text: &str| text.trim().is_empty();
        if blank(&self.out[begin..]) && blank(&rest[..end]) {
            self.out.truncate(begin);
            self.scanner.skip_to(self.scanner.at() + end);
        }
    }

    fn file_ends(&mut self) -> Result<(), SourceRefusal> {
        let probe = format!("{}\n;\nx", self.out);
        if statements(&probe).last().is_none_or(|last| last.start + 1 != probe.len()) {
            let cure = "Close the quote, the bracket or the comment that is open.";
            let at = self.scanner.open().unwrap_or(self.text.trim_end().len());
            return self.refuse(at, "the file ends within a statement or a comment", cure);
        }
        if let Some(start) = self.scanner.open() {
            // psql sends a last statement without a semicolon as if it had one.
            self.out.truncate(self.out.trim_end().len());
            self.out.push_str("\n;\n");
            self.statement_ends(start)?;
        }
        if let (Some(begun), None) = (self.begun, self.ended) {
            let cure = "Write COMMIT as the last statement of the file, or take BEGIN out.";
            self.refuse_transaction(
                begun,
                "the file begins a transaction and does not end it, so psql would roll it back",
                cure,
            )?;
        }
        self.flush();
        Ok(())
    }

    /// Makes a segment of the SQL that was read so far, if it holds a statement.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.out);
        if statements(&text).is_empty() {
            return;
        }
        let text = text.trim_start_matches('\n').trim_end();
        match self.reader.segments.last_mut() {
            Some(last) if last.visit == self.visit => last.text.push_str(&format!("\n{text}\n")),
            _ => {
                let text = format!("{text}\n");
                self.reader.segments.push(Segment { file: self.path.to_owned(), visit: self.visit, text });
            }
        }
    }

    /// Includes a file for `\i` or `\ir`.
    pub(super) fn include(&mut self, at: usize, name: &str, relative: bool) -> Result<(), SourceRefusal> {
        let from = if relative { self.path.parent().unwrap_or(Path::new("")) } else { self.reader.caller.as_path() };
        let path = from.join(name);
        let place = self.place(at);
        if name.starts_with('~') {
            return Err(SourceRefusal::new(
                place,
                format!("{name}: ~ means a different folder for each person"),
                "Write the full path.",
            ));
        }
        let content = self.content(at);
        self.keep(content);
        if self.begun.is_some() {
            let shown = self.shown.clone();
            let why = "runs all files that it includes in one transaction; in the packet each tier has its own";
            self.reader.note(format!("{shown} {why}"));
        }
        self.flush();
        let text = folder::text(&path, &place)?;
        if path.canonicalize().is_ok_and(|whole| self.reader.stack.contains(&whole)) {
            let cure = "Take the line out.";
            return Err(SourceRefusal::new(place, format!("{} includes itself", path.display()), cure));
        }
        self.reader.file(&path, &text)
    }

    pub(super) fn refuse<T>(&self, at: usize, what: &str, cure: &str) -> Result<T, SourceRefusal> {
        Err(SourceRefusal::new(self.place(at), what, cure))
    }

    pub(super) fn place(&self, at: usize) -> String {
        format!("{}:{}", self.shown, self.line(at))
    }

    fn line(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }
}

/// What a person can do with a file of several transactions.
const PARTS: &str = "Put each transaction into a file of its own, and include the files with \\ir in one script: each file becomes a tier.";
