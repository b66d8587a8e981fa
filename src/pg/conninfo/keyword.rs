//! The names of connection settings in libpq, and how this program treats each.

use super::error::TargetError;
use crate::secret::Secret;
use crate::text::edits;

/// How this program treats a setting of libpq.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Support {
    /// The setting has the same effect as in libpq.
    Used,
    /// The setting is valid but has no effect here. A note gives the reason.
    Unused(&'static str),
    /// The setting is an error, because to ignore it would weaken what the operator set.
    Refused {
        /// Values that demand nothing and are therefore accepted.
        harmless: &'static [&'static str],
        /// Why this program does not support it.
        reason: &'static str,
        /// What to do instead.
        hint: &'static str,
    },
}

/// One libpq setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keyword {
    pub(super) name: &'static str,
    pub(super) variable: Option<&'static str>,
    pub(super) secret: bool,
    pub(super) support: Support,
}

/// A setting in a file of profiles or services, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileSetting {
    pub(super) keyword: &'static Keyword,
    pub(super) value: Secret,
    pub(super) line: usize,
}

const fn used(name: &'static str, variable: &'static str) -> Keyword {
    Keyword { name, variable: Some(variable), secret: false, support: Support::Used }
}

const fn bare(name: &'static str) -> Keyword {
    Keyword { name, variable: None, secret: false, support: Support::Used }
}

const fn unused(name: &'static str, variable: Option<&'static str>, reason: &'static str) -> Keyword {
    Keyword { name, variable, secret: false, support: Support::Unused(reason) }
}

const fn refused(
    name: &'static str,
    variable: Option<&'static str>,
    harmless: &'static [&'static str],
    reason: &'static str,
    hint: &'static str,
) -> Keyword {
    Keyword { name, variable, secret: false, support: Support::Refused { harmless, reason, hint } }
}

const fn secret(keyword: Keyword) -> Keyword {
    Keyword { secret: true, ..keyword }
}

const NO_GSS: &str = "GSSAPI is not built in";
const NO_OAUTH: &str = "OAuth logins are not built in";

/// Every keyword of libpq 13 to 18.
pub(super) const KEYWORDS: &[Keyword] = &[
    used("host", "PGHOST"),
    used("hostaddr", "PGHOSTADDR"),
    used("port", "PGPORT"),
    used("dbname", "PGDATABASE"),
    used("user", "PGUSER"),
    secret(used("password", "PGPASSWORD")),
    used("passfile", "PGPASSFILE"),
    used("service", "PGSERVICE"),
    used("servicefile", "PGSERVICEFILE"),
    used("options", "PGOPTIONS"),
    used("application_name", "PGAPPNAME"),
    used("connect_timeout", "PGCONNECT_TIMEOUT"),
    used("target_session_attrs", "PGTARGETSESSIONATTRS"),
    used("load_balance_hosts", "PGLOADBALANCEHOSTS"),
    used("channel_binding", "PGCHANNELBINDING"),
    used("requirepeer", "PGREQUIREPEER"),
    used("sslmode", "PGSSLMODE"),
    used("sslnegotiation", "PGSSLNEGOTIATION"),
    used("sslrootcert", "PGSSLROOTCERT"),
    used("sslcert", "PGSSLCERT"),
    used("sslkey", "PGSSLKEY"),
    used("sslcrl", "PGSSLCRL"),
    used("sslsni", "PGSSLSNI"),
    used("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    used("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    bare("keepalives"),
    bare("keepalives_idle"),
    bare("keepalives_interval"),
    bare("keepalives_count"),
    bare("tcp_user_timeout"),
    unused("fallback_application_name", None, "the application name defaults to oneroof"),
    unused("client_encoding", Some("PGCLIENTENCODING"), "the protocol is always spoken in UTF8"),
    refused(
        "gssencmode",
        Some("PGGSSENCMODE"),
        &["disable", "prefer"],
        NO_GSS,
        "Use TLS: leave gssencmode out and set sslmode.",
    ),
    unused("krbsrvname", Some("PGKRBSRVNAME"), NO_GSS),
    unused("gsslib", Some("PGGSSLIB"), NO_GSS),
    unused("gssdelegation", Some("PGGSSDELEGATION"), NO_GSS),
    unused("sslcompression", Some("PGSSLCOMPRESSION"), "TLS compression is never used"),
    secret(unused("sslpassword", None, "encrypted private keys are not read")),
    unused("sslkeylogfile", None, "TLS secrets are never logged"),
    unused("max_protocol_version", Some("PGMAXPROTOCOLVERSION"), "protocol 3.0 is spoken"),
    unused("oauth_issuer", None, NO_OAUTH),
    unused("oauth_client_id", None, NO_OAUTH),
    secret(unused("oauth_client_secret", None, NO_OAUTH)),
    unused("oauth_scope", None, NO_OAUTH),
    refused(
        "sslcrldir",
        Some("PGSSLCRLDIR"),
        &[],
        "only a single revocation file is read",
        "Name the file with sslcrl.",
    ),
    refused(
        "sslcertmode",
        Some("PGSSLCERTMODE"),
        &["allow"],
        "a client certificate is sent if the server asks for one and there is one",
        "Leave it out; to send no certificate, point sslcert at a file that does not exist.",
    ),
    refused(
        "require_auth",
        Some("PGREQUIREAUTH"),
        &[],
        "the login method is not checked against a list",
        "Leave it out; channel_binding=require makes the login use SCRAM, bound to the server's certificate.",
    ),
    refused("min_protocol_version", Some("PGMINPROTOCOLVERSION"), &["3.0"], "protocol 3.0 is spoken", "Leave it out."),
    refused("replication", None, &["false", "off", "no", "0"], "this is not a replication client", "Leave it out."),
    secret(refused("scram_client_key", None, &[], "SCRAM pass-through keys are not supported", "Use a password.")),
    secret(refused("scram_server_key", None, &[], "SCRAM pass-through keys are not supported", "Use a password.")),
];

/// Variables that libpq sends as session settings. This program sets these settings itself in every transaction.
pub(super) const PINNED_VARIABLES: &[&str] = &["PGDATESTYLE", "PGTZ", "PGGEQO"];

/// Finds a keyword by its exact name.
pub(super) fn find(name: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|keyword| keyword.name == name)
}

/// The keywords that are allowed in a profile and have an effect.
pub(super) fn for_profile() -> impl Iterator<Item = &'static str> {
    KEYWORDS.iter().filter(|keyword| !keyword.secret && keyword.support == Support::Used).map(|keyword| keyword.name)
}

/// The error for an unknown name, with the most similar keyword.
pub(super) fn unknown(name: &str, number: usize, from: &str) -> TargetError {
    TargetError::UnknownKey { from: from.to_owned(), number, suggestion: suggest(name) }
}

/// Names that people often type, each with libpq's name.
const ALIASES: &[(&str, &str)] = &[
    ("database", "dbname"),
    ("db", "dbname"),
    ("username", "user"),
    ("pass", "password"),
    ("passwd", "password"),
    ("pwd", "password"),
    ("hostname", "host"),
    ("server", "host"),
    ("timeout", "connect_timeout"),
    ("appname", "application_name"),
    ("applicationname", "application_name"),
    ("ssl", "sslmode"),
    ("tls", "sslmode"),
    ("sslca", "sslrootcert"),
    ("keepalives_retries", "keepalives_count"),
];

/// The keyword that is most similar to the typed name. `None` if no keyword is similar enough.
pub(super) fn suggest(name: &str) -> Option<&'static str> {
    let lowered = name.to_lowercase();
    if let Some((_, keyword)) = ALIASES.iter().find(|(alias, _)| *alias == lowered) {
        return Some(keyword);
    }
    nearest(&lowered, KEYWORDS.iter().map(|keyword| keyword.name))
}

/// The candidate with the smallest number of edits, see [`edits`].
pub(super) fn nearest<'name>(typed: &str, candidates: impl Iterator<Item = &'name str>) -> Option<&'name str> {
    candidates
        .filter_map(|candidate| Some((edits(typed, candidate)?, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_variables_are_unique() {
        for (index, keyword) in KEYWORDS.iter().enumerate() {
            for other in &KEYWORDS[index + 1..] {
                assert_ne!(keyword.name, other.name);
                assert!(
                    keyword.variable.is_none() || keyword.variable != other.variable,
                    "{} and {}",
                    keyword.name,
                    other.name
                );
            }
        }
    }

    #[test]
    fn a_misspelled_keyword_finds_the_nearest_one() {
        let table = [
            ("hsot", Some("host")),
            ("Host", Some("host")),
            ("databse", None),
            ("database", Some("dbname")),
            ("username", Some("user")),
            ("sslmod", Some("sslmode")),
            ("ssl_mode", Some("sslmode")),
            ("sslrootcrt", Some("sslrootcert")),
            ("connection_timeout", Some("connect_timeout")),
            ("keepalives_retries", Some("keepalives_count")),
            ("pgbouncer", None),
            ("zzz", None),
        ];
        for (typed, meant) in table {
            assert_eq!(suggest(typed), meant, "{typed}");
        }
        assert_eq!(suggest(&"x".repeat(1_000_000)), None);
    }
}
