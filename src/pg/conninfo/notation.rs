//! The two notations of a connection string: which of them a text uses, and what may be shown of it.

use super::error::TargetError;
use super::pairs::{self, Pairs, swallowed_a_password};
use super::{keyword, uri};
use crate::secret::{Secret, may_hold_one};

/// Whether the value of `--dbname` is a connection string and not only a name.
pub(super) fn is_connection_string(text: &str) -> bool {
    uri::has_scheme(text) || text.contains('=')
}

/// Parses a connection string in either notation.
pub(super) fn parse_any(text: &str, from: &str) -> Result<Pairs, TargetError> {
    if uri::has_scheme(text) {
        return uri::parse(text, from);
    }
    // The address of another program may contain "=" too, after a part that would be read as the first key.
    if text.split('=').next().is_some_and(uri::is_address) {
        return Err(uri::unknown_form(text, from));
    }
    pairs::parse(text, from)
}

/// The settings of a connection string that may be stored and shown, in the `key=value` notation. A secret is named, but its value is left
/// out. `None` if any part is not understood, because a mistake can put a part of a password into any place.
pub fn public_settings(text: &str) -> Option<String> {
    let pairs = parse_any(text, "").ok()?;
    if swallowed_a_password(&pairs) {
        return None;
    }
    let setting = |(key, value): &(String, Secret)| {
        let keyword = keyword::find(key)?;
        let value = value.reveal_text()?;
        // The value may contain the end of a password, or a whole connection string of another kind.
        let may_be_secret = !keyword.secret && (value.contains('@') || may_hold_one(value));
        let shown = if keyword.secret { "***".to_owned() } else { quoted_value(value) };
        (!may_be_secret).then(|| format!("{}={shown}", keyword.name))
    };
    pairs.iter().map(setting).collect::<Option<Vec<String>>>().map(|settings| settings.join(" "))
}

/// A value, quoted for a connection string if it needs quotes.
pub fn quoted_value(value: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "/_.-,:%".contains(character);
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}
