//! The two ways to write a connection string: which of them a text is in, and what of it may be shown.

use super::error::TargetError;
use super::pairs::{self, Pairs, swallowed_a_password};
use super::{keyword, uri};
use crate::secret::{Secret, may_hold_one};

/// Whether a `--dbname` is a connection string and not just a name.
pub(super) fn is_connection_string(text: &str) -> bool {
    uri::has_scheme(text) || text.contains('=')
}

/// Parses either notation.
pub(super) fn parse_any(text: &str, from: &str) -> Result<Pairs, TargetError> {
    if uri::has_scheme(text) {
        return uri::parse(text, from);
    }
    // Another program's address may hold "=" too, behind what would be taken for the first key.
    if text.split('=').next().is_some_and(uri::is_address) {
        return Err(uri::unknown_form(text, from));
    }
    pairs::parse(text, from)
}

/// The settings of a connection string that may be kept and shown, in the `key=value` notation; a secret is named, and its value is left out. `None`
/// where anything in it is not understood: a slip can put a part of a password into any place.
pub fn public_settings(text: &str) -> Option<String> {
    let pairs = parse_any(text, "").ok()?;
    if swallowed_a_password(&pairs) {
        return None;
    }
    let setting = |(key, value): &(String, Secret)| {
        let keyword = keyword::find(key)?;
        let value = value.reveal_text()?;
        // The tail of a password, or a whole string of another kind in the place of one setting.
        let may_be_secret = !keyword.secret && (value.contains('@') || may_hold_one(value));
        let shown = if keyword.secret { "***".to_owned() } else { quoted_value(value) };
        (!may_be_secret).then(|| format!("{}={shown}", keyword.name))
    };
    pairs.iter().map(setting).collect::<Option<Vec<String>>>().map(|settings| settings.join(" "))
}

/// A value as a connection string takes it.
pub fn quoted_value(value: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "/_.-,:%".contains(character);
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}
