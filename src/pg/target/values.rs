//! Values of single settings: what each may be, in libpq's words.

use super::error::TargetError;
use super::model::{ChannelBinding, Keepalives, Route, SessionAttributes};
use super::settings::{Given, Settings};
use crate::secret::{HIDDEN, may_hold_one};
use std::borrow::Cow;
use std::time::Duration;

/// libpq waits for ever by default; a release should learn soon that nobody answers.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A command may itself have to log in somewhere first.
const CONNECT_TIMEOUT_VIA: Duration = Duration::from_secs(30);

/// How a value was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// As a part of a URI, where it can be encoded.
    Uri,
    /// As a part of a `key=value` string, where it can be quoted.
    Pairs,
    /// As the whole of a flag, of a variable, of a line in a file.
    Alone,
}

/// The text of a value that is no secret, and that has no secret in it by mistake: values are shown, logged and sent in the clear.
pub(super) fn plain<'value>(
    key: &'static str,
    value: &'value [u8],
    from: &str,
    written: Written,
) -> Result<&'value str, TargetError> {
    let Ok(text) = std::str::from_utf8(value) else {
        return Err(TargetError::NotText { from: format!("{from}: the value of {key}") });
    };
    if key == "dbname" && from == "--dbname" && written == Written::Alone && super::uri::is_address(text) {
        return Err(super::uri::unknown_form(text, from));
    }
    if is_misplaced(key, text, written) {
        return Err(TargetError::Misplaced { from: from.to_owned(), key });
    }
    Ok(text)
}

/// Whether the value has the form of an address or of a setting with a password in it.
fn is_misplaced(key: &str, text: &str, written: Written) -> bool {
    // A name with one of these is written in a URI, as %3A or %3D, or in a string.
    let is_no_name = written == Written::Alone && text.contains([':', '=']);
    match key {
        // A setting of the server may have any value; `target` hides those that may be secret.
        "options" => {
            let shown = without_values_of_applications(text);
            // The one setting of the server with such a name holds no secret.
            let is_plain = |word: &&str| !word.ends_with(HIDDEN_VALUE) && !word.contains("password_encryption=");
            may_hold_one(&shown.split_whitespace().filter(is_plain).collect::<Vec<_>>().join(" "))
        }
        "application_name" => may_hold_one(text),
        "host" | "hostaddr" | "port" => may_hold_one(text) || text.contains("://"),
        "dbname" | "service" => {
            let path_before_host = text.rsplit_once('@').is_some_and(|(before, _)| before.contains('/'));
            // A string of settings without a single "=".
            let words = text.replace(super::conninfo::is_space, "=");
            may_hold_one(text) || may_hold_one(&words) || text.contains("://") || path_before_host || is_no_name
        }
        "user" | "role" => may_hold_one(text) || text.contains("://") || is_no_name,
        _ => may_hold_one(text) || text.contains("://"),
    }
}

/// The name of a service or a profile, as it is shown.
pub(super) fn shown_name(name: &str) -> Cow<'_, str> {
    if is_misplaced("service", name, Written::Alone) { HIDDEN.into() } else { crate::text::escaped(name) }
}

/// What is shown for the value of an application's setting.
const HIDDEN_VALUE: &str = "=***";

/// The options for the server. The server's own settings hold no secrets; one with a dot in its name is an application's, and may be a token
/// or a key.
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
        // A backslash keeps the next letter in the word, a blank too.
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

/// A number as C reads it: blanks around it and a sign are fine, anything else is not.
pub(super) fn integer(text: &str) -> Option<i32> {
    let trimmed = text.trim_matches(super::conninfo::is_space);
    trimmed.parse().ok()
}

/// Picks the meaning of a word from a list, or says which words there are.
pub(super) fn choice<T: Copy>(key: &'static str, given: &Given, choices: &[(&str, T)]) -> Result<T, TargetError> {
    let found = choices.iter().find(|(word, _)| *word == given.value);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        bad(key, given, format!("it is one of {}", words.join(", ")))
    })
}

/// The error for a value of a key that is no secret.
pub(super) fn bad(key: &'static str, given: &Given, reason: String) -> TargetError {
    TargetError::BadValue { from: given.from.clone(), key, reason }
}

fn number(settings: &Settings, key: &'static str) -> Result<Option<i32>, TargetError> {
    settings
        .get(key)
        .map(|given| integer(&given.value).ok_or_else(|| bad(key, given, "it is a whole number".to_owned())))
        .transpose()
}

/// A count of seconds, where zero and less leave the choice to the system.
fn seconds(settings: &Settings, key: &'static str) -> Result<Option<Duration>, TargetError> {
    Ok(number(settings, key)?
        .and_then(|seconds| u64::try_from(seconds).ok())
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs))
}

pub(super) fn connect_timeout(settings: &Settings, route: &Route) -> Result<Option<Duration>, TargetError> {
    if settings.get("connect_timeout").is_some() {
        return seconds(settings, "connect_timeout");
    }
    Ok(Some(match route {
        Route::Direct => CONNECT_TIMEOUT,
        Route::Via(_) => CONNECT_TIMEOUT_VIA,
    }))
}

pub(super) fn keepalives(settings: &Settings) -> Result<Keepalives, TargetError> {
    Ok(Keepalives {
        enabled: number(settings, "keepalives")? != Some(0),
        idle: seconds(settings, "keepalives_idle")?,
        interval: seconds(settings, "keepalives_interval")?,
        count: number(settings, "keepalives_count")?
            .and_then(|count| u32::try_from(count).ok())
            .filter(|count| *count > 0),
    })
}

pub(super) fn tcp_user_timeout(settings: &Settings) -> Result<Option<Duration>, TargetError> {
    Ok(number(settings, "tcp_user_timeout")?
        .and_then(|milliseconds| u64::try_from(milliseconds).ok())
        .filter(|milliseconds| *milliseconds > 0)
        .map(Duration::from_millis))
}

pub(super) fn channel_binding(settings: &Settings) -> Result<ChannelBinding, TargetError> {
    let Some(given) = settings.get("channel_binding") else {
        return Ok(ChannelBinding::Prefer);
    };
    choice(
        "channel_binding",
        given,
        &[
            ("disable", ChannelBinding::Disable),
            ("prefer", ChannelBinding::Prefer),
            ("require", ChannelBinding::Require),
        ],
    )
}

pub(super) fn session_attributes(settings: &Settings) -> Result<SessionAttributes, TargetError> {
    let Some(given) = settings.get("target_session_attrs") else {
        return Ok(SessionAttributes::Any);
    };
    choice(
        "target_session_attrs",
        given,
        &[
            ("any", SessionAttributes::Any),
            ("read-write", SessionAttributes::ReadWrite),
            ("read-only", SessionAttributes::ReadOnly),
            ("primary", SessionAttributes::Primary),
            ("standby", SessionAttributes::Standby),
            ("prefer-standby", SessionAttributes::PreferStandby),
        ],
    )
}

pub(super) fn shuffle_hosts(settings: &Settings) -> Result<bool, TargetError> {
    settings
        .get("load_balance_hosts")
        .map_or(Ok(false), |given| choice("load_balance_hosts", given, &[("disable", false), ("random", true)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        let table = [
            ("5", Some(5)),
            (" 5\n", Some(5)),
            ("+5", Some(5)),
            ("-1", Some(-1)),
            ("0005", Some(5)),
            ("", None),
            ("5x", None),
            ("5 6", None),
            ("0x5", None),
            ("99999999999", None),
        ];
        for (text, expected) in table {
            assert_eq!(integer(text), expected, "{text}");
        }
    }
}
