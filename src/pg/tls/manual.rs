//! Certificates that were made as the PostgreSQL manual describes.
//!
//! The openssl commands in PostgreSQL's manual make a self-signed server certificate that is also its own certificate authority. Many
//! versions of openssl make X.509 version 1 certificates with them.
//! The TLS library rejects both in general, but psql accepts them. A user who gave such a file as sslrootcert must be able to connect here
//! too. Only two kinds are accepted in addition to the library's rules: a self-signed certificate that is in the root file, and a version 1
//! certificate that an authority in the root file signed directly.

use super::certificate::Certificate;
use rustls::client::verify_server_name;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error};
use std::cmp::Ordering;

/// Whether the certificate is one of these two kinds and valid. `None` if it is neither kind, so that the library's result counts.
pub(super) fn chain(
    end_entity: &CertificateDer<'_>,
    roots: &[CertificateDer<'static>],
    now: UnixTime,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Option<Result<(), Error>> {
    let certificate = Certificate::parse(end_entity)?;
    let self_signed = certificate.issuer == certificate.subject;
    let listed = roots.iter().any(|root| root.as_ref() == end_entity.as_ref());
    if self_signed && listed {
        return Some(in_time(&certificate, now));
    }
    if certificate.modern {
        return None;
    }
    let signed = roots.iter().filter_map(|root| Certificate::parse(root)).any(|root| {
        root.subject == certificate.issuer
            && root.may_sign()
            && root.time(now) == Ordering::Equal
            && signature_holds(&certificate, &root, algorithms)
    });
    Some(if signed { in_time(&certificate, now) } else { Err(CertificateError::UnknownIssuer.into()) })
}

fn in_time(certificate: &Certificate<'_>, now: UnixTime) -> Result<(), Error> {
    match certificate.time(now) {
        Ordering::Less => Err(CertificateError::NotValidYet.into()),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(CertificateError::Expired.into()),
    }
}

fn signature_holds(
    certificate: &Certificate<'_>,
    issuer: &Certificate<'_>,
    algorithms: &WebPkiSupportedAlgorithms,
) -> bool {
    algorithms.all.iter().any(|algorithm| {
        algorithm.public_key_alg_id().as_ref() == issuer.key_algorithm
            && algorithm.signature_alg_id().as_ref() == certificate.algorithm
            && algorithm.verify_signature(issuer.key, certificate.signed, certificate.signature).is_ok()
    })
}

/// Whether the certificate is for this host, by the names that it lists or else by its common name.
pub(super) fn name(end_entity: &CertificateDer<'_>, server_name: &ServerName<'_>) -> Result<(), Error> {
    if let Ok(parsed) = ParsedCertificate::try_from(end_entity)
        && verify_server_name(&parsed, server_name).is_ok()
    {
        return Ok(());
    }
    if common_name_fits(end_entity, server_name) { Ok(()) } else { Err(CertificateError::NotValidForName.into()) }
}

/// Whether a certificate that lists no names has the host as its common name.
pub(super) fn common_name_fits(end_entity: &CertificateDer<'_>, server_name: &ServerName<'_>) -> bool {
    Certificate::parse(end_entity)
        .and_then(|certificate| certificate.lone_common_name())
        .is_some_and(|name| name_matches(&name, &server_name.to_str()))
}

/// Compares names as libpq does: case does not matter, and `*.` at the beginning matches one label.
fn name_matches(pattern: &str, host: &str) -> bool {
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    let Some(suffix) = pattern.strip_prefix('*').filter(|suffix| suffix.starts_with('.')) else {
        return false;
    };
    let Some((label, _)) = host.split_once('.') else {
        return false;
    };
    !label.is_empty() && host[label.len()..].eq_ignore_ascii_case(suffix) && suffix.len() > 1
}

/// Verifies the signature of the handshake with a key whose certificate the library cannot read. `None` if the library can read the
/// certificate.
pub(super) fn handshake_signature(
    message: &[u8],
    end_entity: &CertificateDer<'_>,
    signature: &DigitallySignedStruct,
    algorithms: &WebPkiSupportedAlgorithms,
    tls13: bool,
) -> Option<Result<(), Error>> {
    let certificate = Certificate::parse(end_entity).filter(|certificate| !certificate.modern)?;
    if tls13 {
        let key = SubjectPublicKeyInfoDer::from(certificate.key_info);
        let verdict = verify_tls13_signature_with_raw_key(message, &key, signature, algorithms);
        return Some(verdict.map(|_| ()));
    }
    let holds = algorithms
        .mapping
        .iter()
        .filter(|(scheme, _)| *scheme == signature.scheme)
        .flat_map(|(_, algorithms)| algorithms.iter())
        .any(|algorithm| {
            algorithm.public_key_alg_id().as_ref() == certificate.key_algorithm
                && algorithm.verify_signature(certificate.key, message, signature.signature()).is_ok()
        });
    Some(if holds { Ok(()) } else { Err(CertificateError::BadSignature.into()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_one_label() {
        let table = [
            ("db.example.org", "DB.example.org", true),
            ("*.example.org", "db.example.org", true),
            ("*.example.org", "a.b.example.org", false),
            ("*.example.org", "example.org", false),
            ("*.example.org", ".example.org", false),
            ("*", "db", false),
            ("*.", "db.", false),
            ("d*.example.org", "db.example.org", false),
        ];
        for (pattern, host, expected) in table {
            assert_eq!(name_matches(pattern, host), expected, "{pattern} {host}");
        }
    }
}
