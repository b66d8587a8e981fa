//! Connection strings in the `key=value` notation, by libpq's rules.

use super::error::TargetError;
use super::keyword;
use crate::secret::Secret;

/// The settings in the order in which they are written. If a key occurs twice, the last one counts, as in libpq. A value is treated as a
/// secret until its key is known.
pub(super) type Pairs = Vec<(String, Secret)>;

const EXAMPLE: &str = "An example that works: host=db.example.org port=5432 user=app dbname=directus.";

/// Parses `key = 'value with \' and \\' other=plain\ value`.
pub(super) fn parse(text: &str, from: &str) -> Result<Pairs, TargetError> {
    let mut rest = text;
    let mut pairs = Pairs::new();
    loop {
        rest = rest.trim_start_matches(is_space);
        if rest.is_empty() {
            return Ok(pairs);
        }
        let key_end = rest.find(|character| character == '=' || is_space(character)).unwrap_or(rest.len());
        let key = &rest[..key_end];
        rest = rest[key_end..].trim_start_matches(is_space);
        let Some(after) = rest.strip_prefix('=') else {
            return Err(missing_equals_sign(key, &pairs, from));
        };
        if swallowed_a_password(&pairs) && keyword::find(key).is_none() {
            return Err(word_after_secret(from));
        }
        let (value, left) = take_value(after.trim_start_matches(is_space), key, from)?;
        pairs.push((key.to_owned(), Secret::from(value)));
        rest = left;
    }
}

/// The error for a word without `=`. The word may be a part of a password, so it is shown only if it is a keyword.
fn missing_equals_sign(word: &str, pairs: &Pairs, from: &str) -> TargetError {
    let secret = |key: &str| keyword::find(key).is_none_or(|keyword| keyword.secret);
    if pairs.last().is_some_and(|(key, _)| secret(key)) || swallowed_a_password(pairs) {
        return word_after_secret(from);
    }
    let place = keyword::find(word)
        .map_or_else(|| format!("in setting number {}", pairs.len() + 1), |known| format!("after \"{}\"", known.name));
    TargetError::Syntax { from: from.to_owned(), reason: format!("missing \"=\" {place}"), hint: Some(EXAMPLE) }
}

/// Whether a value contains the word "password". A quote or backslash in an earlier value can pull the beginning of the password into that
/// value. Then the words after it belong to the password.
pub(super) fn swallowed_a_password(pairs: &Pairs) -> bool {
    pairs.iter().any(|(_, value)| value.reveal_text().is_none_or(|text| text.contains("password")))
}

/// The error for text after a password that is not a setting. The text may belong to the password, so it is not shown.
pub(super) fn word_after_secret(from: &str) -> TargetError {
    TargetError::Syntax {
        from: from.to_owned(),
        reason: "the password is followed by something that is not a setting".to_owned(),
        hint: Some(
            "Quote a password that has blanks: password='two words'. In a URI, write \"&\" and \"=\" within the password as %26 and %3D.",
        ),
    }
}

fn take_value<'text>(text: &'text str, key: &str, from: &str) -> Result<(String, &'text str), TargetError> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(quoted));
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' => {
                // A backslash at the end of the text is ignored, as in libpq.
                if let Some((_, literal)) = characters.next() {
                    value.push(literal);
                }
            }
            '\'' if quoted => return Ok((value, &text[index + 1..])),
            blank if !quoted && is_space(blank) => return Ok((value, &text[index..])),
            other => value.push(other),
        }
    }
    if quoted {
        // A key that is not a keyword may be a part of a password, so it is not shown.
        let place = keyword::find(key).map_or_else(String::new, |known| format!(" after \"{}\"", known.name));
        return Err(TargetError::Syntax {
            from: from.to_owned(),
            reason: format!("unterminated quoted string{place}"),
            hint: Some(EXAMPLE),
        });
    }
    Ok((value, ""))
}

/// The white space of C's isspace in the C locale.
pub(super) fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Pairs {
        parse(text, "--dsn").expect("the text is valid")
    }

    fn pairs(expected: &[(&str, &str)]) -> Pairs {
        expected.iter().map(|(key, value)| ((*key).to_owned(), Secret::from(*value))).collect()
    }

    #[test]
    fn quoting_blanks_and_escapes_follow_libpq() {
        let table: &[(&str, &[(&str, &str)])] = &[
            ("", &[]),
            (" \n\t ", &[]),
            ("host=a", &[("host", "a")]),
            ("host = a  port\t=\n5", &[("host", "a"), ("port", "5")]),
            ("host='a b' user=''", &[("host", "a b"), ("user", "")]),
            (r"password='it\'s \\ me'", &[("password", r"it's \ me")]),
            (r"password=it\'s\ me", &[("password", "it's me")]),
            ("user='a'dbname=b", &[("user", "a"), ("dbname", "b")]),
            ("user=a'b", &[("user", "a'b")]),
            ("user=", &[("user", "")]),
            ("user= dbname=x", &[("user", "dbname=x")]),
            ("user=a=b", &[("user", "a=b")]),
            (r"user=a\", &[("user", "a")]),
            ("host=a host=b", &[("host", "a"), ("host", "b")]),
            ("=x", &[("", "x")]),
        ];
        for (text, expected) in table {
            assert!(parsed(text) == pairs(expected), "{text}");
        }
    }

    #[test]
    fn what_libpq_refuses_is_refused_with_the_place() {
        let table = [
            ("host", "missing \"=\" after \"host\""),
            ("host=a b", "missing \"=\" in setting number 2"),
            ("host='a", "unterminated quoted string after \"host\""),
            (r"host='a\'", "unterminated quoted string after \"host\""),
        ];
        for (text, reason) in table {
            let error = parse(text, "--dsn").expect_err("the text is invalid").to_string();
            assert!(error.ends_with(reason), "{text}: {error}");
        }
    }

    #[test]
    fn no_piece_of_a_password_reaches_the_error() {
        for text in [
            "password=s3cret canary",
            "password='canary",
            "host=a password=x canary y",
            "user='a password=x'canary",
            "user='a password=x'canary='",
            "user=a\\ password=x canary",
        ] {
            let error = parse(text, "--dsn").expect_err("the text is invalid");
            assert!(!format!("{error} {error:?} {:?}", error.hint()).contains("canary"));
        }
    }
}
