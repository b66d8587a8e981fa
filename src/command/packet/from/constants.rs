//! psql's variables that a script sets itself. Their values are constants, which are inserted where the script uses them.

use crate::release::{PieceKind, Scanner, statements};
use std::collections::BTreeMap;

/// The variables that the script has set so far.
#[derive(Debug, Default)]
pub(super) struct Constants(BTreeMap<String, String>);

/// A place where a variable is used.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference<'t> {
    /// The reference as it is written, with the colon.
    pub text: String,
    pub name: &'t str,
    /// `'` for a literal, `"` for an identifier.
    pub quote: Option<char>,
}

impl Constants {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    pub(super) fn unset(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Checks that a value can be inserted without quotes. psql reads such a value as a part of the statement. The error says what is wrong
    /// with the value.
    pub(super) fn may_stand_plain(&self, value: &str) -> Result<(), &'static str> {
        let mut scanner = Scanner::new(value);
        while let Some(piece) = scanner.next() {
            match (piece.kind, &value[piece.start..piece.end]) {
                (PieceKind::End(_), _) => return Err("ends a statement"),
                (PieceKind::Blank, text) if text.trim().len() > 1 => return Err("holds a comment"),
                (_, "\\") => return Err("holds a backslash"),
                (_, ":") if value[piece.end..].starts_with([':', '=']) => scanner.skip_to(piece.end + 1),
                (_, ":") if reference(&value[piece.end..]).is_some_and(|used| self.get(used.name).is_some()) => {
                    return Err("uses another variable");
                }
                _ => {}
            }
        }
        // If the value left a quote or a bracket open, the text after the value would become a part of it.
        let probe = format!("x {value}\n;\nx");
        let closed = statements(&probe).last().is_some_and(|last| last.start + 1 == probe.len());
        if closed { Ok(()) } else { Err("opens a quote or a bracket that it does not close") }
    }
}

/// Reads the variable that is named after a colon.
pub(super) fn reference(rest: &str) -> Option<Reference<'_>> {
    let quote = rest.chars().next().filter(|first| matches!(first, '\'' | '"'));
    let begin = quote.map_or(0, char::len_utf8);
    let name = &rest[begin..];
    let name = &name[..name.find(|letter| !is_of_a_name(letter)).unwrap_or(name.len())];
    let end = begin + name.len();
    let closed = quote.is_none_or(|quote| rest[end..].starts_with(quote));
    let text = format!(":{}", &rest[..(end + begin).min(rest.len())]);
    (!name.is_empty() && closed).then_some(Reference { text, name, quote })
}

/// Whether psql allows the letter in the name of a variable.
pub(super) fn is_of_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || !letter.is_ascii()
}

/// A value in the form in which psql inserts it.
pub(super) fn quoted(value: &str, quote: Option<char>) -> String {
    match quote {
        Some('"') => format!("\"{}\"", value.replace('"', "\"\"")),
        Some(_) if value.contains('\\') => {
            format!(" E'{}'", value.replace('\'', "''").replace('\\', "\\\\"))
        }
        Some(_) => format!("'{}'", value.replace('\'', "''")),
        None => value.to_owned(),
    }
}

/// What to write instead of a variable that the script does not set.
pub(super) fn cure(name: &str) -> String {
    match name {
        "DBNAME" => "Write current_database().".to_owned(),
        "USER" => "Write current_user: it is the role that packet.toml names.".to_owned(),
        "SERVER_VERSION_NUM" => "Write current_setting('server_version_num').".to_owned(),
        _ => format!(
            "Write the value in its place, or \\set {name} VALUE above it: values from psql's -v are not part of the text that people sign."
        ),
    }
}

/// Reads the arguments of a backslash command as psql does.
///
/// # Errors
/// A sentence that names the part that is not understood.
pub(super) fn arguments(line: &str, constants: &Constants) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        match first {
            ' ' | '\t' | '\r' | '\x0c' => found.extend(word.take()),
            '\'' => rest = single_quoted(rest, word.get_or_insert_default())?,
            '"' => {
                let end = rest.find('"').ok_or("a quote is open at the end of the line")?;
                word.get_or_insert_default().push_str(&format!("\"{}\"", &rest[..end]));
                rest = &rest[end + 1..];
            }
            '`' => return Err("it runs a shell command".to_owned()),
            '\\' => return Err("several commands are on one line".to_owned()),
            ':' if rest.starts_with("{?") => return Err("it tests whether a variable is set".to_owned()),
            ':' => {
                let cast = word.as_deref().is_some_and(|word| word.ends_with(':'));
                let word = word.get_or_insert_default();
                let used = reference(rest).map(|used| (constants.get(used.name), used));
                match used {
                    Some((Some(value), used)) => {
                        word.push_str(quoted(value, used.quote).trim_start());
                        rest = &rest[used.text.len() - 1..];
                    }
                    Some((None, used)) if !cast => {
                        return Err(format!("the script does not set {}", used.text));
                    }
                    _ => word.push(':'),
                }
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    found.extend(word);
    Ok(found)
}

/// Adds the text in single quotes to `word`, with psql's escapes resolved. Returns the text after the quotes.
fn single_quoted<'t>(text: &'t str, word: &mut String) -> Result<&'t str, String> {
    let open = "a quote is open at the end of the line";
    let mut rest = text;
    loop {
        let letter = rest.chars().next().ok_or(open)?;
        rest = &rest[letter.len_utf8()..];
        match letter {
            '\'' if rest.starts_with('\'') => {
                word.push('\'');
                rest = &rest[1..];
            }
            '\'' => return Ok(rest),
            '\\' => {
                let escaped = rest.chars().next().ok_or(open)?;
                rest = &rest[escaped.len_utf8()..];
                match escaped {
                    'n' => word.push('\n'),
                    't' => word.push('\t'),
                    'b' | 'r' | 'f' | 'x' | '0'..='9' => {
                        return Err(format!("\\{escaped} names a character by its number"));
                    }
                    other => word.push(other),
                }
            }
            other => word.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constants(pairs: &[(&str, &str)]) -> Constants {
        Constants(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn arguments_are_read_as_psql_reads_them() {
        let known = constants(&[("a", "it's"), ("b", "x")]);
        let words = |line: &str| arguments(line, &known);
        assert_eq!(words(" n 'a b' c ").unwrap(), ["n", "a b", "c"]);
        assert_eq!(words("n 'it''s' 'a\\'b' '\\n'").unwrap(), ["n", "it's", "a'b", "\n"]);
        assert_eq!(words("n :b:a '':b").unwrap(), ["n", "xit's", "x"]);
        assert_eq!(words("n :'a' :\"b\"").unwrap(), ["n", "'it''s'", "\"x\""]);
        assert_eq!(words("n a::text").unwrap(), ["n", "a::text"]);
        for line in ["n `date`", "a \\b", "n 'a", "n \"a", "n :c", "n '\\x41'", "n :{?a}"] {
            assert!(words(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_value_is_quoted_as_psql_quotes_it() {
        assert_eq!(quoted("it's", Some('\'')), "'it''s'");
        assert_eq!(quoted("a\\b'", Some('\'')), " E'a\\\\b'''");
        assert_eq!(quoted("a\"b", Some('"')), "\"a\"\"b\"");
    }

    #[test]
    fn only_a_value_that_stays_within_its_place_is_put_in_without_quotes() {
        let known = constants(&[("other", "1")]);
        for value in ["1", "public", "'it''s'", "a::text", "now() - interval '1 day'", "", "f(1, 2)", ":unknown"] {
            assert_eq!(known.may_stand_plain(value), Ok(()), "{value}");
        }
        for value in ["1; DROP TABLE t", "1 -- x", "1 /* x */", "it's", "f(", ":other", "\\x", "$$a", "/* x"] {
            assert!(known.may_stand_plain(value).is_err(), "{value}");
        }
    }

    #[test]
    fn a_reference_is_a_name_with_or_without_quotes() {
        let name = |rest: &'static str| reference(rest).map(|found| (found.text, found.name));
        assert_eq!(name("a_1-2"), Some((":a_1".to_owned(), "a_1")));
        assert_eq!(name("'a' b"), Some((":'a'".to_owned(), "a")));
        assert_eq!(name("\"a\""), Some((":\"a\"".to_owned(), "a")));
        for rest in ["", " a", "'a", "'a b'", "''", "\"a'", "-"] {
            assert_eq!(name(rest), None, "{rest}");
        }
    }
}
