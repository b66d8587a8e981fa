//! The TLS part of a target, and which mode holds for which host.

use super::environment::Environment;
use super::error::TargetError;
use super::hosts::Place;
use super::model::{ClientCertificate, Host, Roots, Route, SslMode, SslNegotiation, SslSettings, TlsVersion};
use super::settings::{Given, Settings};
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
    /// libpq's word for it.
    pub fn as_str(self) -> &'static str {
        MODES.iter().find(|(_, mode)| *mode == self).map_or("disable", |(word, _)| word)
    }
}

/// The TLS settings as a whole.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    /// The mode, if anybody named one; `sslrootcert=system` asks for verify-full.
    pub(super) mode: Option<SslMode>,
    /// Direct negotiation, which goes with no mode that may end up plain.
    direct: bool,
}

/// Reads it and refuses what contradicts itself.
pub(super) fn asked(settings: &Settings) -> Result<Asked, TargetError> {
    let asked =
        settings.get("sslmode").map(|given| choice("sslmode", given, MODES).map(|mode| (mode, given))).transpose()?;
    let system = settings.get("sslrootcert").is_some_and(|given| given.value == "system");
    let direct = negotiation(settings)? == SslNegotiation::Direct;
    let mode = match asked {
        Some((mode, given)) if system && mode != SslMode::VerifyFull => {
            let reason = "sslrootcert=system goes with verify-full only";
            return Err(bad("sslmode", given, reason.to_owned()));
        }
        Some((mode, given)) if direct && mode < SslMode::Require => {
            let reason = "sslnegotiation=direct goes with require, verify-ca or verify-full only";
            return Err(bad("sslmode", given, reason.to_owned()));
        }
        Some((mode, _)) => Some(mode),
        None if system => Some(SslMode::VerifyFull),
        None => None,
    };
    Ok(Asked { mode, direct })
}

/// The mode for one host and, where it is a default, the reason.
pub(super) fn mode_for(asked: Asked, place: &Place, route: &Route) -> (SslMode, Option<&'static str>) {
    match (asked.mode, &place.host, route) {
        // The server never speaks TLS on a unix socket, so libpq never asks for it there.
        (Some(mode), Host::Socket(_) | Host::Abstract(_), Route::Direct) => {
            (mode, Some("has no effect on a unix socket"))
        }
        (Some(mode), _, _) => (mode, None),
        (None, Host::Name(_), _) if asked.direct && (place.is_loopback() || *route != Route::Direct) => {
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

/// Everything about TLS but the mode.
pub(super) fn ssl_settings(
    settings: &mut Settings,
    environment: &Environment,
    asked: Asked,
) -> Result<SslSettings, TargetError> {
    let folder = environment.home().map(|home| home.join(".postgresql"));
    let default = |name: &str| folder.as_ref().map(|folder| folder.join(name));
    let roots = match settings.filled("sslrootcert") {
        Some(given) if given.value == "system" => Roots::System,
        Some(given) => Roots::Named(PathBuf::from(&given.value)),
        None => match default("root.crt").filter(|path| path.exists()) {
            // Where we chose verify-full and nobody said whom to trust, the system's roots serve;
            // where the settings name verification, libpq wants them named.
            None if asked.mode.is_none() => Roots::System,
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
            hint: "Leave one of them out.".to_owned(),
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

fn negotiation(settings: &Settings) -> Result<SslNegotiation, TargetError> {
    settings.get("sslnegotiation").map_or(Ok(SslNegotiation::Postgres), |given| {
        choice("sslnegotiation", given, &[("postgres", SslNegotiation::Postgres), ("direct", SslNegotiation::Direct)])
    })
}

/// As in libpq, a certificate file that is not there means no certificate, even where it was
/// named; that deserves a note, since the server's answer will not mention it.
fn client_certificate(
    settings: &mut Settings,
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

fn version(settings: &Settings, key: &'static str) -> Result<Option<TlsVersion>, TargetError> {
    let Some(given) = settings.filled(key) else {
        return Ok(None);
    };
    let lowered = given.value.to_ascii_lowercase();
    let lowest = key == "ssl_min_protocol_version";
    match lowered.as_str() {
        // A floor below what we speak asks for nothing; a ceiling there cannot be met.
        "tlsv1" | "tlsv1.1" if lowest => Ok(Some(TlsVersion::V12)),
        "tlsv1" | "tlsv1.1" => Err(too_old(key, given)),
        "tlsv1.2" => Ok(Some(TlsVersion::V12)),
        "tlsv1.3" => Ok(Some(TlsVersion::V13)),
        _ => Err(bad(key, given, "it is one of TLSv1.2, TLSv1.3".to_owned())),
    }
}

fn too_old(key: &'static str, given: &Given) -> TargetError {
    bad(key, given, "TLS before 1.2 is not spoken".to_owned())
}
