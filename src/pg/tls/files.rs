//! Certificates, keys and revocation lists from files, and the roots of the system.

use super::error::TlsError;
use crate::pg::target::{ClientCertificate, Exposure};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use std::path::Path;

fn unusable(what: &'static str, path: &Path, reason: impl Into<String>) -> TlsError {
    TlsError::File { what, path: path.to_owned(), reason: reason.into() }
}

fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    crate::files::read(path, crate::files::SMALL)
        .map_err(|error| unusable(what, path, format!("could not be read: {error}")))
}

/// All PEM certificates of a file, at least one.
fn certificates(what: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = read(what, path)?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(what, path, format!("not valid PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(unusable(what, path, "no PEM certificate is in it"));
    }
    Ok(certificates)
}

/// Trusted certificates of a file, as anchors and as they are.
pub(super) fn roots(path: &Path) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), TlsError> {
    let what = "root certificate";
    let certificates = certificates(what, path)?;
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        store
            .add(certificate.clone())
            .map_err(|error| unusable(what, path, format!("not a usable certificate: {error}")))?;
    }
    Ok((store, certificates))
}

/// The system's roots, or Mozilla's where the host has none (an empty root folder).
pub(super) fn system_roots() -> RootCertStore {
    let mut store = RootCertStore::empty();
    // Errors about single files are left out: what counts is whether anything was found.
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if store.is_empty() {
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    store
}

/// Revocation lists of a file.
pub(super) fn revoked(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    let what = "certificate revocation list";
    let pem = read(what, path)?;
    let lists: Vec<_> = CertificateRevocationListDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(what, path, format!("not valid PEM: {error}")))?;
    if lists.is_empty() {
        return Err(unusable(what, path, "no PEM revocation list is in it"));
    }
    Ok(lists)
}

/// The client's chain and key. The key's mode is checked before it is read.
pub(super) fn client(
    files: &ClientCertificate,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
    let chain = certificates("client certificate", &files.certificate)?;
    let what = "private key";
    let exposure = Exposure::of(&files.key)
        .map_err(|error| unusable(what, &files.key, format!("certificate present, but not the key: {error}")))?;
    if !exposure.regular {
        return Err(unusable(what, &files.key, "not a regular file"));
    }
    // A key owned by root may be lent to a group.
    let refused = if exposure.owner == 0 { 0o037 } else { 0o077 };
    if exposure.mode & refused != 0 {
        return Err(TlsError::KeyExposed { path: files.key.clone() });
    }
    let pem = read(what, &files.key)?;
    if contains(&pem, b"ENCRYPTED") {
        return Err(unusable(what, &files.key, "encrypted keys are not read; decrypt it"));
    }
    let key =
        PrivateKeyDer::from_pem_slice(&pem).map_err(|_| unusable(what, &files.key, "no PEM private key is in it"))?;
    Ok((chain, key))
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}
