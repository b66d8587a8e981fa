//! The password file, by libpq's rules.

use super::environment::Exposure;
use super::service::BYTE_ORDER_MARK;
use crate::secret::Secret;
use std::path::{Path, PathBuf};

/// The values that a line of the file must match.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'target> {
    pub(super) host: &'target str,
    pub(super) port: u16,
    pub(super) dbname: &'target str,
    pub(super) user: &'target str,
}

/// A password file that may be used. It is read once for all hosts.
#[derive(Debug)]
pub(super) struct Passfile {
    pub(super) path: PathBuf,
    lines: Vec<PassfileLine>,
}

/// A line with its number in the file.
#[derive(Debug)]
struct PassfileLine {
    number: usize,
    text: Secret,
}

impl Passfile {
    /// Reads the file. A file that does not exist counts as empty. A file that other accounts may read is ignored with a note, as in libpq,
    /// because an error would affect users who need no password.
    pub(super) fn read(path: &Path, notes: &mut Vec<String>) -> Option<Self> {
        let exposure = Exposure::of(path).ok()?;
        let shown = crate::text::escaped(&path.to_string_lossy()).into_owned();
        if !exposure.regular {
            notes.push(format!("password file \"{shown}\" is not a plain file and is ignored"));
            return None;
        }
        if exposure.shared() {
            notes.push(format!(
                "password file \"{shown}\" has group or world access and is ignored; \
                 permissions should be u=rw (0600) or less"
            ));
            return None;
        }
        let text = match crate::files::read(path, crate::files::SMALL) {
            Ok(text) => text,
            Err(error) => {
                notes.push(format!("password file \"{shown}\" could not be read: {error}"));
                return None;
            }
        };
        let file = Self::of(path, &text);
        if text.starts_with(BYTE_ORDER_MARK) {
            notes.push(format!(
                "password file \"{shown}\" begins with a byte order mark, which hides its first line: save it without the mark"
            ));
        }
        for line in file.lines.iter().filter(|line| line.text.reveal().contains(&0)) {
            notes.push(format!("password file \"{shown}\": line {} holds a zero byte and is ignored", line.number));
        }
        Some(file)
    }

    /// The lines of the file, without its comments.
    pub(super) fn of(path: &Path, text: &[u8]) -> Self {
        let without_ends = |line: &'_ [u8]| {
            line.iter().rposition(|byte| *byte != b'\r').map_or(Vec::new(), |last| line[..=last].to_vec())
        };
        let lines = text
            .split(|byte| *byte == b'\n')
            .enumerate()
            .map(|(index, line)| (index + 1, without_ends(line)))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with(b"#"))
            .map(|(number, line)| PassfileLine { number, text: Secret::new(line) })
            .collect();
        Self { path: path.to_owned(), lines }
    }

    /// The password of the first line that matches.
    pub(super) fn password(&self, wanted: Wanted<'_>) -> Option<Secret> {
        let mut usable = self.lines.iter().map(|line| line.text.reveal()).filter(|line| !line.contains(&0));
        usable.find_map(|line| password_in(line, wanted)).map(Secret::new)
    }
}

fn password_in(line: &[u8], wanted: Wanted<'_>) -> Option<Vec<u8>> {
    let port = wanted.port.to_string();
    let mut rest = line;
    for token in [wanted.host, &port, wanted.dbname, wanted.user] {
        rest = after_match(rest, token.as_bytes())?;
    }
    Some(password_of(rest))
}

/// Removes one field if it matches: `*` alone, or the token, in which `\` makes the next byte literal. Returns the rest of the line.
fn after_match<'line>(field: &'line [u8], token: &[u8]) -> Option<&'line [u8]> {
    if let Some(rest) = field.strip_prefix(b"*:") {
        return Some(rest);
    }
    let mut rest = field;
    let mut left = token;
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b':' && left.is_empty() {
            return Some(after);
        }
        let (byte, after) = if byte == b'\\' {
            let (&literal, after) = after.split_first()?;
            (literal, after)
        } else {
            (byte, after)
        };
        let (&expected, tail) = left.split_first()?;
        if byte != expected {
            return None;
        }
        rest = after;
        left = tail;
    }
    None
}

/// The password in the last field. It ends at the next colon without a backslash, and its escapes are resolved.
fn password_of(field: &[u8]) -> Vec<u8> {
    let mut password = Vec::with_capacity(field.len());
    let mut bytes = field.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b':' => break,
            b'\\' => password.push(bytes.next().unwrap_or(b'\\')),
            other => password.push(other),
        }
    }
    password
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Wanted<'_> = Wanted { host: "db.org", port: 5432, dbname: "app", user: "me" };

    fn password(line: &str, wanted: Wanted<'_>) -> Option<String> {
        password_in(line.as_bytes(), wanted).map(|found| String::from_utf8(found).expect("the password is text"))
    }

    #[test]
    fn fields_match_by_stars_and_escapes() {
        let table = [
            ("db.org:5432:app:me:pw", Some("pw")),
            ("*:*:*:*:pw", Some("pw")),
            ("db.org:*:app:*:pw", Some("pw")),
            ("db.or*:*:*:*:pw", None),
            ("other:5432:app:me:pw", None),
            ("db.org:5433:app:me:pw", None),
            ("db.org:5432:app:me", None),
            ("db.org:5432:app:me:", Some("")),
            (r"d\b.org:5432:app:me:p\:w\\", Some(r"p:w\")),
            (r"db.org:5432:app:me:pw\", Some(r"pw\")),
            ("db.org:5432:app:me:pw:rest", Some("pw")),
            ("db.org:5432:app:me:p#w ", Some("p#w ")),
            ("", None),
            ("nonsense", None),
            (r"\", None),
        ];
        for (line, expected) in table {
            assert_eq!(password(line, WANTED).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn an_escaped_colon_and_star_match_themselves() {
        let wanted = Wanted { host: "::1", dbname: "*", ..WANTED };
        assert_eq!(password(r"\:\:1:5432:\*:me:pw", wanted).as_deref(), Some("pw"));
        let wanted = Wanted { dbname: "app", ..wanted };
        assert_eq!(password(r"\:\:1:5432:\*:me:pw", wanted), None);
    }
}
