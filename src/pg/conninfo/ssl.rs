//! The TLS part of a target, and the mode for each host.

use super::environment::Environment;
use super::error::TargetError;
use super::hosts::HostPort;
use super::model::{ClientCertificate, Host, Roots, Route, SslMode, SslNegotiation, SslSettings, TlsVersion};
use super::settings::{Given, GivenSettings};
use super::values::{bad, choice};
use crate::text::escaped;
use std::path::PathBuf;

const MODES: &[(&str, SslMode)] = &[
    ("disable", SslMode::Disable),
    ("allow", SslMode::Allow),
    ("prefer", SslMode::Prefer),
    ("require", SslMode::Require),
    ("verify-ca", SslMode::VerifyCa),
    ("verify-full", SslMode::VerifyFull),
];

impl SslMode {
    /// The name that libpq uses for this mode.
    pub fn as_str(self) -> &'static str {
        MODES.iter().find(|(_, mode)| *mode == self).map_or("disable", |(word, _)| word)
    }
}

/// The TLS settings that apply to all hosts.
#[derive(Clone, Copy)]
pub(super) struct TlsChoice {
    /// The mode, if a setting gives one. `sslrootcert=system` means verify-full.
    pub(super) mode: Option<SslMode>,
    /// Whether TLS begins directly. This is invalid with every mode that allows an unencrypted connection.
    direct: bool,
}

/// Reads the settings and rejects contradictions.
pub(super) fn tls_choice(settings: &GivenSettings) -> Result<TlsChoice, TargetError> {
    let given =
        settings.get("sslmode").map(|given| choice("sslmode", given, MODES).map(|mode| (mode, given))).transpose()?;
    let system = settings.get("sslrootcert").is_some_and(|given| given.value == "system");
    let direct = negotiation(settings)? == SslNegotiation::Direct;
    let mode = match given {
        Some((mode, given)) if system && mode != SslMode::VerifyFull => {
            let reason = "sslrootcert=system needs verify-full";
            return Err(bad("sslmode", given, reason.to_owned()));
        }
        Some((mode, given)) if direct && mode < SslMode::Require => {
            let reason = "sslnegotiation=direct needs require, verify-ca or verify-full";
            return Err(bad("sslmode", given, reason.to_owned()));
        }
        Some((mode, _)) => Some(mode),
        None if system => Some(SslMode::VerifyFull),
        None => None,
    };
    Ok(TlsChoice { mode, direct })
}

/// The mode for one host. If it is a default or has no effect, also the reason.
pub(super) fn mode_for(choice: TlsChoice, place: &HostPort, route: &Route) -> (SslMode, Option<&'static str>) {
    match (choice.mode, &place.host, route) {
        // The server never uses TLS on a unix socket, so libpq never requests it there.
        (Some(mode), Host::Socket(_) | Host::Abstract(_), Route::Direct) => {
            (mode, Some("has no effect on a unix socket"))
        }
        (Some(mode), _, _) => (mode, None),
        (None, Host::Name(_), _) if choice.direct && (place.is_loopback() || *route != Route::Direct) => {
            (SslMode::Require, Some("default with direct negotiation"))
        }
        (None, _, Route::Via(_)) => {
            (SslMode::Disable, Some("default: the command of --via protects its own connection"))
        }
        (None, Host::Socket(_) | Host::Abstract(_), Route::Direct) => {
            (SslMode::Disable, Some("default: a unix socket"))
        }
        (None, Host::Name(_), Route::Direct) if place.is_loopback() => {
            (SslMode::Prefer, Some("default: a loopback address"))
        }
        (None, Host::Name(_), Route::Direct) => {
            (SslMode::VerifyFull, Some("default for a remote host, stricter than libpq's prefer"))
        }
    }
}

/// All TLS settings except the mode.
pub(super) fn ssl_settings(
    settings: &mut GivenSettings,
    environment: &Environment,
    choice: TlsChoice,
) -> Result<SslSettings, TargetError> {
    let folder = environment.home().map(|home| home.join(".postgresql"));
    let default = |name: &str| folder.as_ref().map(|folder| folder.join(name));
    let roots = match settings.filled("sslrootcert") {
        Some(given) if given.value == "system" => Roots::System,
        Some(given) => Roots::Named(PathBuf::from(&given.value)),
        None => match default("root.crt").filter(|path| path.exists()) {
            // If the program chose verify-full by itself and no roots are given, the system's roots are used. If the settings demand
            // verification, the roots must be given or the default file must exist, as in libpq.
            None if choice.mode.is_none() => Roots::System,
            file => Roots::Default(file),
        },
    };
    let revoked = match settings.filled("sslcrl") {
        Some(given) => Some(PathBuf::from(&given.value)),
        None => default("root.crl").filter(|path| path.exists()),
    };
    let certificate = client_certificate(settings, default("postgresql.crt"), default("postgresql.key"));
    let min_version = version(settings, "ssl_min_protocol_version")?.unwrap_or(TlsVersion::V12);
    let max_version = version(settings, "ssl_max_protocol_version")?.unwrap_or(TlsVersion::V13);
    if min_version > max_version {
        return Err(TargetError::Conflict {
            reason: "ssl_min_protocol_version is above ssl_max_protocol_version".to_owned(),
            hint: "Leave one of the two out.".to_owned(),
        });
    }
    Ok(SslSettings {
        negotiation: negotiation(settings)?,
        roots,
        default_roots: default("root.crt"),
        revoked,
        certificate,
        min_version,
        max_version,
        send_server_name: settings.filled("sslsni").is_none_or(|given| given.value != "0"),
    })
}

fn negotiation(settings: &GivenSettings) -> Result<SslNegotiation, TargetError> {
    settings.get("sslnegotiation").map_or(Ok(SslNegotiation::Postgres), |given| {
        choice("sslnegotiation", given, &[("postgres", SslNegotiation::Postgres), ("direct", SslNegotiation::Direct)])
    })
}

/// As in libpq, a certificate file that does not exist means no certificate, even if a setting names it. A note says so, because the
/// server's error will not mention it.
fn client_certificate(
    settings: &mut GivenSettings,
    default_certificate: Option<PathBuf>,
    default_key: Option<PathBuf>,
) -> Option<ClientCertificate> {
    let named = settings.filled("sslcert").cloned();
    let certificate = match &named {
        Some(given) => PathBuf::from(&given.value),
        None => default_certificate?,
    };
    if !certificate.exists() {
        if let Some(given) = named {
            settings.notes.push(format!(
                "no client certificate is sent: file \"{}\" ({}) does not exist",
                escaped(&given.value),
                given.from
            ));
        }
        return None;
    }
    let key = settings.filled("sslkey").map(|given| PathBuf::from(&given.value)).or(default_key)?;
    Some(ClientCertificate { certificate, key })
}

fn version(settings: &GivenSettings, key: &'static str) -> Result<Option<TlsVersion>, TargetError> {
    let Some(given) = settings.filled(key) else {
        return Ok(None);
    };
    let lowered = given.value.to_ascii_lowercase();
    let lowest = key == "ssl_min_protocol_version";
    match lowered.as_str() {
        // A minimum below TLS 1.2 demands nothing. A maximum below TLS 1.2 cannot be met.
        "tlsv1" | "tlsv1.1" if lowest => Ok(Some(TlsVersion::V12)),
        "tlsv1" | "tlsv1.1" => Err(too_old(key, given)),
        "tlsv1.2" => Ok(Some(TlsVersion::V12)),
        "tlsv1.3" => Ok(Some(TlsVersion::V13)),
        _ => Err(bad(key, given, "the value must be TLSv1.2 or TLSv1.3".to_owned())),
    }
}

fn too_old(key: &'static str, given: &Given) -> TargetError {
    bad(key, given, "TLS before 1.2 is not supported".to_owned())
}
