//! Secrets: a value that cannot be shown, and a test for text that may contain a secret.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// A value that may be or contain a secret: a password, a connection string, a line of a password file, or a command.
///
/// It has no `Display`, and its `Debug` shows a fixed word, so no format string can print it. It holds bytes, because libpq sends a
/// password as the bytes that it read. The comparison does not take constant time, and need not, because an attacker chooses neither side.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Stores a value as a secret.
    pub fn new(value: impl Into<Vec<u8>>) -> Self {
        Self(value.into())
    }

    /// Returns the bytes. Every caller of this function must be reviewed.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }

    /// Returns the text, or `None` if the bytes are not UTF-8. Every caller of this function must be reviewed.
    pub fn reveal_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Returns the value for a program that is started. Every caller of this function must be reviewed.
    pub fn reveal_os(&self) -> &OsStr {
        OsStr::from_bytes(&self.0)
    }

    /// Whether the value is empty. libpq treats an empty password as no password.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(***)")
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<OsString> for Secret {
    fn from(value: OsString) -> Self {
        Self(value.into_vec())
    }
}

/// The text that is shown instead of a text that may contain a secret.
pub const HIDDEN: &str = "(not shown: it may hold a password)";

/// Parts of setting names. A setting whose name contains one of them has a secret value.
const SECRET_NAMES: [&str; 6] = ["pass", "pwd", "secret", "token", "credential", "apikey"];

/// Whether a text in the place of a name, a path or a word may contain a password. It may if it looks like an address with a password, or
/// if it sets a value whose name indicates a secret.
pub fn may_hold_one(text: &str) -> bool {
    let decoded = percent_decoded(text);
    let unquoted = text.replace(|letter: char| matches!(letter, '\'' | '"' | '`' | '\\') || letter.is_control(), "");
    [text, &decoded, &unquoted].into_iter().any(|text| has_credentials(text) || sets_a_secret(text))
}

/// The escaped text, or [`HIDDEN`] if the text may contain a secret.
pub fn shown_or_hidden(text: &str) -> Cow<'_, str> {
    if may_hold_one(text) { Cow::Borrowed(HIDDEN) } else { crate::text::escaped(text) }
}

/// Whether the text contains `user:password@`, `user/password@//`, or a line of a password file.
fn has_credentials(text: &str) -> bool {
    if let Some((_, rest)) = text.split_once("://")
        && cut_off_credentials(rest)
    {
        return true;
    }
    let after_scheme = text.split_once("://").map_or(text, |(_, rest)| rest);
    let before_host = after_scheme.rsplit_once('@').map(|(before, _)| before);
    before_host.is_some_and(|before| before.contains(':')) || text.contains("@//") || is_passfile_line(text)
}

/// Whether the text begins with `user:password` without the `@`. If the part after the colon were a port, it would be a number.
fn cut_off_credentials(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let after_address = authority.rsplit_once(']').map_or(authority, |(_, rest)| rest);
    let port = after_address.split_once(':').map_or("", |(_, port)| port);
    !port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the text is a line such as `host:5432:database:user:password`, and not an IPv6 address.
fn is_passfile_line(text: &str) -> bool {
    let is_port = |field: &str| field == "*" || field.parse::<u16>().is_ok();
    let is_address = |letter: char| letter.is_ascii_hexdigit() || matches!(letter, ':' | '.' | ',' | '[' | ']' | '%');
    text.matches(':').count() >= 4 && text.split(':').any(is_port) && !text.chars().all(is_address)
}

/// Whether the text sets a secret, as in `password=`, `"pwd": ` or `PGPASSWORD=`.
fn sets_a_secret(text: &str) -> bool {
    text.match_indices(['=', ':']).any(|(at, _)| {
        // Quotes, blanks and similar characters may be between the name and the sign.
        let before = text[..at].trim_end_matches(|letter: char| !letter.is_alphanumeric());
        let name = before.rsplit(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | '-')).next();
        let name = name.unwrap_or_default().to_lowercase();
        name == "pw" || SECRET_NAMES.iter().any(|part| name.contains(part))
    })
}

fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.first_chunk::<2>().and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => (bytes.push(byte), rest = &after[2..]),
            None => (bytes.push(*first), rest = after),
        };
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_a_password_and_a_setting_of_one_may_hold_a_secret() {
        assert!(may_hold_one("mysql://app:x@db/directus") && may_hold_one("host=db;Password=x"));
        assert!(!may_hold_one("app@db") && !may_hold_one("https://ci.example.org/job/1"));
    }

    #[test]
    fn a_secret_shows_nothing_of_itself() {
        let secret = Secret::new("canary");
        assert_eq!(format!("{secret:?} {secret:#?}"), "Secret(***) Secret(***)");
        assert_eq!((secret.reveal(), secret.reveal_text()), (&b"canary"[..], Some("canary")));
        assert_eq!(Secret::new(b"\xe9".to_vec()).reveal_text(), None);
    }

    #[test]
    fn what_looks_like_a_password_is_seen_in_every_shape() {
        for text in [
            "postgresql+psycopg2://app:canary@db:5432/directus",
            " postgresql://app:canary@db/directus",
            "app:canary@db/directus",
            "//app:canary@db",
            "postgresql%3A%2F%2Fapp%3Acanary%40db",
            "jdbc:postgresql://db/directus?user=app&password=canary",
            "host=db;dbname=directus;user=app;Password = canary",
            "Server=db;User Id=app;Pwd=canary",
            "directus;pw=canary",
            "{\"host\": \"db\", \"password\": \"canary\"}",
            "PGPASSWORD=canary",
            "sslpassword:canary",
            "app/canary@//db:5432/directus",
            "db:5432:directus:app:canary",
            "postgresql://app:canary",
        ] {
            assert!(may_hold_one(text), "{text}");
            assert_eq!(shown_or_hidden(text), HIDDEN);
        }
        for text in [
            "",
            "directus",
            "app@db.example.org",
            "db.example.org:5432",
            "[::1]:5432",
            "/var/run/postgresql",
            "100%",
            "https://ci.example.org/job/17",
            "a=b",
            "C:/certs/root.crt",
            "50%25",
            "sslkey=/path",
            "fe80:0:0:0:1",
            "https://db.example.org:8443/x",
            "https://[::1]:8443/x",
            "10:20:30:40:50",
        ] {
            assert!(!may_hold_one(text), "{text}");
        }
    }
}
