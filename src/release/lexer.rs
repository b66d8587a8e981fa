//! Finds the beginning and the end of each statement in an SQL text.
//!
//! The result is used to label errors, to lint, and to send each statement separately. The rules are those of psql's scanner for
//! `standard_conforming_strings = on`. A test compares the number of statements with the server's, and the sender of the statements counts
//! the replies.

/// One statement of a text. Offsets are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// First byte of the statement's first word.
    pub start: usize,
    /// The offset after the statement's last byte. A final semicolon is included.
    pub end: usize,
    /// The line of `start` within the text, counted from 1.
    pub line: u32,
}

/// A piece of a text. No statement ends inside a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The offset of its first byte.
    pub start: usize,
    /// The offset after its last byte.
    pub end: usize,
    /// The kind of the piece.
    pub kind: PieceKind,
}

/// The kind of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    /// A blank or a comment.
    Blank,
    /// A word, a quoted text, or any other single byte.
    Token,
    /// The semicolon that ends a statement. The number is the offset at which the statement begins.
    End(usize),
}

/// Reads a text piece by piece and keeps track of the open statement.
#[derive(Debug)]
pub struct Scanner<'t> {
    text: &'t str,
    at: usize,
    open: Option<usize>,
    depth: usize,
    body: Body,
}

impl<'t> Scanner<'t> {
    /// A scanner at the beginning of the text.
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0, open: None, depth: 0, body: Body::default() }
    }

    /// The offset at which the open statement begins. `None` if no statement is open.
    pub fn open(&self) -> Option<usize> {
        self.open
    }

    /// The offset of the first byte that has not been read.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Continues at that byte. The bytes that are skipped belong to the open statement, or to none if no statement is open.
    pub fn skip_to(&mut self, at: usize) {
        self.at = at;
    }

    /// Forgets the open statement.
    pub fn forget(&mut self) {
        (self.open, self.depth, self.body) = (None, 0, Body::default());
    }
}

impl Iterator for Scanner<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let (bytes, start) = (self.text.as_bytes(), self.at);
        let first = *bytes.get(start)?;
        if let Some(end) = skip_blank(bytes, start) {
            self.at = end;
            return Some(Piece { start, end, kind: PieceKind::Blank });
        }
        let begun = *self.open.get_or_insert(start);
        let end = skip_token(bytes, start);
        self.at = end;
        let mut kind = PieceKind::Token;
        match first {
            b'(' | b'[' => self.depth += 1,
            b')' | b']' => self.depth = self.depth.saturating_sub(1),
            b';' if self.depth == 0 && self.body.depth == 0 => {
                kind = PieceKind::End(begun);
                self.forget();
            }
            _ if self.depth == 0 && is_word(first) => self.body.word(&self.text[start..end]),
            _ => {}
        }
        Some(Piece { start, end, kind })
    }
}

/// The statements of `text` in order. Comments and blanks between statements belong to none of them.
pub fn statements(text: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut lines = Lines { text, seen: 0, line: 1 };
    let mut scanner = Scanner::new(text);
    for piece in scanner.by_ref() {
        if let PieceKind::End(start) = piece.kind {
            found.push(Statement { start, end: piece.end, line: lines.of(start) });
        }
    }
    if let Some(start) = scanner.open() {
        found.push(Statement { start, end: text.trim_end_matches(is_blank).len(), line: lines.of(start) });
    }
    found.retain(|statement| &text[statement.start..statement.end] != ";");
    found
}

/// The words of a text, without those in quotes and comments.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    let pieces = Scanner::new(text).filter(|piece| piece.kind == PieceKind::Token);
    pieces.map(|piece| &text[piece.start..piece.end]).filter(|token| {
        let bytes = token.as_bytes();
        is_word(bytes[0]) && bytes.last() != Some(&b'\'')
    })
}

/// The body of a function or procedure that is written as SQL and not as a string: `BEGIN ATOMIC … END`. A semicolon inside it does not end
/// the statement.
#[derive(Debug, Default)]
struct Body {
    /// How many words of the statement were read. The first four show whether it creates a routine.
    words: usize,
    /// What these words are so far: `CREATE`, `CREATE OR REPLACE`, or the creation of a routine.
    creates: Creates,
    /// The number of BEGIN and CASE that have no END yet.
    depth: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Creates {
    #[default]
    Nothing,
    Something,
    OrSomething,
    Routine,
}

impl Body {
    fn word(&mut self, word: &str) {
        let is = |known: &str| word.eq_ignore_ascii_case(known);
        self.creates = match (self.words, self.creates) {
            (0, _) if is("create") => Creates::Something,
            (1, Creates::Something) if is("or") => Creates::OrSomething,
            (2, Creates::OrSomething) if is("replace") => Creates::OrSomething,
            (1, Creates::Something) | (3, Creates::OrSomething) if is("function") || is("procedure") => {
                Creates::Routine
            }
            (_, Creates::Routine) => Creates::Routine,
            _ => Creates::Nothing,
        };
        self.words += 1;
        if self.creates == Creates::Routine {
            if is("begin") || (self.depth > 0 && is("case")) {
                self.depth += 1;
            } else if is("end") {
                self.depth = self.depth.saturating_sub(1);
            }
        }
    }
}

/// Counts lines step by step, so that the text is read only once.
struct Lines<'a> {
    text: &'a str,
    seen: usize,
    line: u32,
}

impl Lines<'_> {
    fn of(&mut self, offset: usize) -> u32 {
        let passed = memchr::memchr_iter(b'\n', &self.text.as_bytes()[self.seen..offset]).count();
        self.seen = offset;
        self.line = self.line.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        self.line
    }
}

/// Blanks for every server from 13 on. The vertical tab is left out, because it is a blank only from 16 on.
fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r' | '\x0c')
}

/// The end of the blank or comment at `at`, if one begins there.
fn skip_blank(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes[at..] {
        [first, ..] if is_blank(char::from(first)) => Some(at + 1),
        [b'-', b'-', ..] => Some(find(bytes, at, b"\n").map_or(bytes.len(), |end| end + 1)),
        [b'/', b'*', ..] => {
            let mut level = 0_usize;
            let mut here = at;
            while here < bytes.len() {
                match bytes[here..] {
                    [b'/', b'*', ..] => (level, here) = (level + 1, here + 2),
                    [b'*', b'/', ..] if level == 1 => return Some(here + 2),
                    [b'*', b'/', ..] => (level, here) = (level - 1, here + 2),
                    _ => here += 1,
                }
            }
            Some(bytes.len())
        }
        _ => None,
    }
}

/// The end of the token at `at`. A token is a quoted text, a word, or any other single byte.
fn skip_token(bytes: &[u8], at: usize) -> usize {
    match bytes[at] {
        b'\'' => skip_quoted(bytes, at + 1, b'\'', false),
        b'"' => skip_quoted(bytes, at + 1, b'"', false),
        b'$' => skip_dollar(bytes, at),
        first if is_word(first) => {
            let end =
                (at..bytes.len()).find(|&here| !is_word(bytes[here]) && bytes[here] != b'$').unwrap_or(bytes.len());
            // Only in a string such as E'…' is the backslash an escape character.
            let escapes = end - at == 1 && matches!(first, b'e' | b'E') && bytes.get(end) == Some(&b'\'');
            if escapes { skip_quoted(bytes, end + 1, b'\'', true) } else { end }
        }
        _ => at + 1,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn skip_quoted(bytes: &[u8], mut at: usize, quote: u8, escapes: bool) -> usize {
    while at < bytes.len() {
        if escapes && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] == quote {
            if bytes.get(at + 1) != Some(&quote) {
                return at + 1;
            }
            at += 2;
        } else {
            at += 1;
        }
    }
    bytes.len()
}

fn skip_dollar(bytes: &[u8], at: usize) -> usize {
    let tag_end = (at + 1..bytes.len()).find(|&here| !is_word(bytes[here]));
    match tag_end {
        Some(end) if bytes[end] == b'$' && !bytes[at + 1].is_ascii_digit() => {
            let tag = &bytes[at..=end];
            find(bytes, end + 1, tag).map_or(bytes.len(), |close| close + tag.len())
        }
        _ => at + 1,
    }
}

fn find(bytes: &[u8], from: usize, wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(&bytes[from..], wanted).map(|offset| from + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<&str> {
        statements(sql).iter().map(|found| &sql[found.start..found.end]).collect()
    }

    #[test]
    fn statements_end_at_semicolons_outside_quotes_comments_and_brackets() {
        let sql = "-- a; b\nSELECT ';', E'\\';', \"a;b\"; /* x; /* y; */ ; */ DO $q$ BEGIN; END; $q$;\nSELECT (1;2)";
        assert_eq!(texts(sql), ["SELECT ';', E'\\';', \"a;b\";", "DO $q$ BEGIN; END; $q$;", "SELECT (1;2)"]);
    }

    #[test]
    fn a_body_of_sql_belongs_to_its_function_and_ends_with_its_own_end() {
        let sql = "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3;";
        assert_eq!(texts(sql).len(), 2, "{sql}");
        let sql = "create procedure p() begin atomic select 1; end; BEGIN; SELECT CASE WHEN true THEN 1 END; END;";
        assert_eq!(texts(sql).len(), 4, "{sql}");
        assert_eq!(texts("CREATE TABLE t (a int); CREATE VIEW v AS SELECT 1; SELECT 2").len(), 3);
    }

    #[test]
    fn parameters_and_words_with_dollars_open_no_quote() {
        assert_eq!(texts("SELECT $1; SELECT a$b$c; SELECT $$;$$;"), ["SELECT $1;", "SELECT a$b$c;", "SELECT $$;$$;"]);
    }

    #[test]
    fn lines_count_from_one_and_comments_belong_to_no_statement() {
        let found = statements("-- one\n\nSELECT 1;\n/* three */\n  SELECT 2;\n;\n");
        assert_eq!(found.iter().map(|statement| statement.line).collect::<Vec<_>>(), [3, 5]);
    }

    #[test]
    fn what_is_no_blank_belongs_to_the_statement_at_the_end_as_well() {
        assert_eq!(texts("SELECT 1\u{b}"), ["SELECT 1\u{b}"]);
        assert_eq!(texts("SELECT 1\u{a0} \n"), ["SELECT 1\u{a0}"]);
    }

    #[test]
    fn words_in_quotes_and_comments_are_left_out() {
        let found: Vec<&str> = words("COPY /* a */ t (\"b\") FROM E'c' -- d\n stdin;").collect();
        assert_eq!(found, ["COPY", "t", "FROM", "stdin"]);
    }

    #[test]
    fn an_open_quote_ends_with_the_text() {
        for sql in ["SELECT 'a; b", "SELECT \"a; b", "DO $x$ a; b", "SELECT 1 /* a; b", "SELECT E'\\"] {
            assert_eq!(statements(sql).len(), 1, "{sql}");
        }
    }
}
