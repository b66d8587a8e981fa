//! Which texts are allowed as values at all, whatever their meaning, and how much of them is shown.

use super::error::TargetError;
use super::pairs::is_space;
use super::uri;
use crate::secret::{HIDDEN, may_hold_one};
use crate::text::escaped;
use std::borrow::Cow;

/// The way in which a value was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// As a part of a URI, in which it can be encoded.
    Uri,
    /// As a part of a `key=value` string, in which it can be quoted.
    Pairs,
    /// Alone, as the whole value of a flag, of a variable, or of a line in a file.
    Alone,
}

/// The text of a value that is not secret. A value that contains a secret by mistake is rejected, because values are shown, logged and sent
/// unencrypted.
pub(super) fn plain<'value>(
    key: &'static str,
    value: &'value [u8],
    from: &str,
    written: Written,
) -> Result<&'value str, TargetError> {
    let Ok(text) = std::str::from_utf8(value) else {
        return Err(TargetError::NotText { from: format!("{from}: the value of {key}") });
    };
    if key == "dbname" && from == "--dbname" && written == Written::Alone && uri::is_address(text) {
        return Err(uri::unknown_form(text, from));
    }
    if is_misplaced(key, text, written) {
        return Err(TargetError::Misplaced { from: from.to_owned(), key });
    }
    Ok(text)
}

/// Whether the value looks like an address, or like a setting that contains a password.
fn is_misplaced(key: &str, text: &str, written: Written) -> bool {
    // A name with one of these characters can be written in a URI as %3A or %3D, or in a `key=value` string.
    let is_no_name = written == Written::Alone && text.contains([':', '=']);
    match key {
        // A setting of the server may have any value. `oneroof target` hides the values that may be secret.
        "options" => {
            let shown = without_values_of_applications(text);
            // `password_encryption` is the only setting of the server with such a name, and it is not a secret.
            let is_plain = |word: &&str| !word.ends_with(HIDDEN_VALUE) && !word.contains("password_encryption=");
            may_hold_one(&shown.split_whitespace().filter(is_plain).collect::<Vec<_>>().join(" "))
        }
        "application_name" => may_hold_one(text),
        "host" | "hostaddr" | "port" => may_hold_one(text) || text.contains("://"),
        "dbname" | "service" => {
            let path_before_host = text.rsplit_once('@').is_some_and(|(before, _)| before.contains('/'));
            // The text may be a string of settings in which every "=" is missing.
            let words = text.replace(is_space, "=");
            may_hold_one(text) || may_hold_one(&words) || text.contains("://") || path_before_host || is_no_name
        }
        "user" | "role" => may_hold_one(text) || text.contains("://") || is_no_name,
        _ => may_hold_one(text) || text.contains("://"),
    }
}

/// The name of a service or a profile as it is shown. A name that may contain a secret is hidden.
pub(super) fn shown_name(name: &str) -> Cow<'_, str> {
    if is_misplaced("service", name, Written::Alone) { HIDDEN.into() } else { escaped(name) }
}

/// The text that is shown instead of the value of an application's setting.
const HIDDEN_VALUE: &str = "=***";

/// The options for the server, as they are shown. The server's own settings are not secret. A setting with a dot in its name belongs to an
/// application, and its value may be a token or a key, so it is hidden.
pub(super) fn without_values_of_applications(options: &str) -> String {
    let mut shown = String::new();
    let mut hidden = false;
    let mut word = String::new();
    let mut letters = options.chars();
    while let Some(letter) = letters.next() {
        if letter.is_whitespace() {
            (hidden, word) = (false, String::new());
            shown.push(letter);
            continue;
        }
        word.push(letter);
        // A backslash keeps the next character in the word, even a blank.
        let escaped = if letter == '\\' { letters.next() } else { None };
        if hidden {
            continue;
        }
        shown.push(letter);
        shown.extend(escaped);
        let is_name = |word: &str| {
            word.contains('.')
                && word.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-' | '='))
        };
        if letter == '=' && is_name(&word) {
            hidden = true;
            shown.push_str("***");
        }
    }
    shown
}
