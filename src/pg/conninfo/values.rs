//! The values of single settings, and which values are valid by libpq's rules.

use super::error::TargetError;
use super::model::{ChannelBinding, Keepalives, Route, SessionAttributes};
use super::pairs::is_space;
use super::settings::{Given, GivenSettings};
use std::time::Duration;

/// By default libpq waits forever, but a release should find out soon that no server answers.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The limit is longer for a command, because it may have to log in to another machine first.
const CONNECT_TIMEOUT_VIA: Duration = Duration::from_secs(30);

/// Reads a number as C does: blanks around it and a sign are allowed, anything else is not.
pub(super) fn integer(text: &str) -> Option<i32> {
    let trimmed = text.trim_matches(is_space);
    trimmed.parse().ok()
}

/// Finds the meaning of a word in a list. An unknown word is an error that lists the valid words.
pub(super) fn choice<T: Copy>(key: &'static str, given: &Given, choices: &[(&str, T)]) -> Result<T, TargetError> {
    let found = choices.iter().find(|(word, _)| *word == given.value);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        bad(key, given, format!("the value must be one of {}", words.join(", ")))
    })
}

/// The error for an invalid value of a key that is not secret.
pub(super) fn bad(key: &'static str, given: &Given, reason: String) -> TargetError {
    TargetError::BadValue { from: given.from.clone(), key, reason }
}

fn number(settings: &GivenSettings, key: &'static str) -> Result<Option<i32>, TargetError> {
    settings
        .get(key)
        .map(|given| {
            integer(&given.value).ok_or_else(|| bad(key, given, "the value must be a whole number".to_owned()))
        })
        .transpose()
}

/// A number of seconds. With zero or a negative number, the system decides.
fn seconds(settings: &GivenSettings, key: &'static str) -> Result<Option<Duration>, TargetError> {
    Ok(number(settings, key)?
        .and_then(|seconds| u64::try_from(seconds).ok())
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs))
}

pub(super) fn connect_timeout(settings: &GivenSettings, route: &Route) -> Result<Option<Duration>, TargetError> {
    if settings.get("connect_timeout").is_some() {
        return seconds(settings, "connect_timeout");
    }
    Ok(Some(match route {
        Route::Direct => CONNECT_TIMEOUT,
        Route::Via(_) => CONNECT_TIMEOUT_VIA,
    }))
}

pub(super) fn keepalives(settings: &GivenSettings) -> Result<Keepalives, TargetError> {
    Ok(Keepalives {
        enabled: number(settings, "keepalives")? != Some(0),
        idle: seconds(settings, "keepalives_idle")?,
        interval: seconds(settings, "keepalives_interval")?,
        count: number(settings, "keepalives_count")?
            .and_then(|count| u32::try_from(count).ok())
            .filter(|count| *count > 0),
    })
}

pub(super) fn tcp_user_timeout(settings: &GivenSettings) -> Result<Option<Duration>, TargetError> {
    Ok(number(settings, "tcp_user_timeout")?
        .and_then(|milliseconds| u64::try_from(milliseconds).ok())
        .filter(|milliseconds| *milliseconds > 0)
        .map(Duration::from_millis))
}

pub(super) fn channel_binding(settings: &GivenSettings) -> Result<ChannelBinding, TargetError> {
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

pub(super) fn session_attributes(settings: &GivenSettings) -> Result<SessionAttributes, TargetError> {
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

pub(super) fn shuffle_hosts(settings: &GivenSettings) -> Result<bool, TargetError> {
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
