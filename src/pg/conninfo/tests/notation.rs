//! Tests: any text is either parsed or rejected, and settings that were written by the rules are read back unchanged.

use super::super::{notation, pairs::Pairs};
use super::{bare, dsn};
use crate::pg::conninfo::resolve;
use crate::text::{escaped, escaped_bytes};
use proptest::prelude::*;
use std::fmt::Write as _;

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

/// The pairs in a form that a test can compare and print.
pub(super) fn plain(pairs: Pairs) -> Vec<(String, Vec<u8>)> {
    pairs.into_iter().map(|(key, value)| (key, value.reveal().to_vec())).collect()
}

fn encoded(value: &[u8]) -> String {
    value.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "%{byte:02X}");
        text
    })
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused_and_errors_are_safe_to_show(text in "\\PC*|.*") {
        for text in [text.clone(), format!("postgresql://{text}"), format!("host=h {text}")] {
            if let Err(error) = resolve(&dsn(&text), &bare()) {
                let shown = format!("{error} {}", error.hint().unwrap_or_default());
                prop_assert!(!shown.chars().any(char::is_control), "{shown:?}");
            }
        }
    }

    #[test]
    fn a_quoted_value_is_read_back(value in any::<String>(), key in "[a-z]{1,9}") {
        let text = format!(" {key} = {}", quoted(&value));
        let pairs = notation::parse_any(&text, "--dsn").map(plain);
        prop_assert_eq!(pairs, Ok(vec![(key, value.into_bytes())]));
    }

    #[test]
    fn an_encoded_value_is_read_back(user in "[^\0]{1,20}", password in prop::collection::vec(1..=u8::MAX, 1..20)) {
        let text = format!("postgres://{}:{}@h", encoded(user.as_bytes()), encoded(&password));
        let expected = [("user", user.into_bytes()), ("password", password), ("host", b"h".to_vec())];
        let expected = expected.map(|(key, value)| (key.to_owned(), value)).to_vec();
        prop_assert_eq!(notation::parse_any(&text, "--dsn").map(plain), Ok(expected));
    }

    #[test]
    fn nothing_escaped_moves_a_cursor(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        prop_assert!(!escaped(&text).chars().any(char::is_control));
        prop_assert!(!escaped_bytes(&bytes).chars().any(char::is_control));
    }
}
