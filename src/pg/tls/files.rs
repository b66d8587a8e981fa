//! Certificates, keys and revocation lists from files, and the roots of the system.

use super::der::{is_encrypted_key, is_pkcs12};
use super::error::TlsError;
use super::words;
use crate::pg::conninfo::{ClientCertificate, Exposure};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use std::path::Path;

fn unusable(what: &'static str, path: &Path, reason: impl Into<String>) -> TlsError {
    TlsError::File { what, path: path.to_owned(), reason: reason.into() }
}

/// Reads a file without the byte order marks that some editors add. A mark would hide the first line of the text.
fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    let bytes = crate::files::read(path, crate::files::SMALL)
        .map_err(|error| unusable(what, path, format!("could not be read: {error}")))?;
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(unusable(what, path, "it is UTF-16 text; save it as UTF-8"));
    }
    if !contains(&bytes, b"-----BEGIN") {
        return Ok(bytes);
    }
    let mut text = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while let Some(at) = find(rest, MARKED_BEGIN) {
        text.extend_from_slice(&rest[..at]);
        rest = &rest[at + MARK_LENGTH..];
    }
    text.extend_from_slice(rest);
    Ok(text)
}

/// A byte order mark right before a section of PEM.
const MARKED_BEGIN: &[u8] = b"\xef\xbb\xbf-----BEGIN";
const MARK_LENGTH: usize = 3;

/// All PEM certificates in a file. An error if there is none.
fn certificates(what: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = read(what, path)?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|_| unusable(what, path, "its PEM is broken"))?;
    if certificates.is_empty() {
        let form = if pem.first() == Some(&0x30) {
            "it is in DER format; only PEM can be read"
        } else {
            "it holds no PEM certificate"
        };
        return Err(unusable(what, path, form));
    }
    Ok(certificates)
}

/// The trusted certificates in a file, as trust anchors and in their original form.
pub(super) fn roots(path: &Path) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), TlsError> {
    let what = "root certificate";
    let certificates = certificates(what, path)?;
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        store.add(certificate.clone()).map_err(|error| {
            unusable(what, path, format!("a certificate in it cannot be used: {}", words::of(&error)))
        })?;
    }
    Ok((store, certificates))
}

/// The system's roots. If the host has none (an empty root folder), Mozilla's roots.
pub(super) fn system_roots() -> RootCertStore {
    let mut store = RootCertStore::empty();
    // Errors in single files are ignored. It only matters whether any root was found.
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if store.is_empty() {
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    store
}

/// The revocation lists in a file.
pub(super) fn revoked(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    let what = "certificate revocation list";
    let pem = read(what, path)?;
    let lists: Vec<_> = CertificateRevocationListDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|_| unusable(what, path, "its PEM is broken"))?;
    if lists.is_empty() {
        return Err(unusable(what, path, "it holds no PEM revocation list"));
    }
    Ok(lists)
}

/// The client's certificate chain and key. The permissions of the key file are checked before it is read.
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
    // If root owns the key, its group may read it too.
    let refused = if exposure.owner == 0 { 0o037 } else { 0o077 };
    if exposure.mode & refused != 0 {
        return Err(TlsError::KeyExposed { path: files.key.clone() });
    }
    let bytes = read(what, &files.key)?;
    let is_pem = contains(&bytes, b"-----BEGIN");
    if contains(&bytes, b"ENCRYPTED") || (!is_pem && is_encrypted_key(&bytes)) {
        return Err(unusable(
            what,
            &files.key,
            "the key is encrypted, and only a plain key can be read; decrypt the file",
        ));
    }
    if is_pkcs12(&bytes) {
        return Err(unusable(what, &files.key, "it is in PKCS#12 format; write the key into a PEM file"));
    }
    // libpq reads both forms.
    let key = if is_pem { PrivateKeyDer::from_pem_slice(&bytes).ok() } else { PrivateKeyDer::try_from(bytes).ok() };
    let key = key.ok_or_else(|| unusable(what, &files.key, "it holds no private key, neither as PEM nor as DER"))?;
    Ok((chain, key))
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    find(text, word).is_some()
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, word)
}
