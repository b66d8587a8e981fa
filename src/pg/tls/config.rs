//! Makes a TLS client configuration from the settings.

use super::certificate::Certificate;
use super::der::key_of_info;
use super::error::TlsError;
use super::verifier::{CertificateCheck, Verifier};
use super::{files, names, words};
use crate::pg::conninfo::{ClientCertificate, Roots, SslMode, SslNegotiation, SslSettings, TlsVersion};
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// The registered ALPN name of PostgreSQL's protocol.
pub(super) const PROTOCOL: &[u8] = b"postgresql";

/// A TLS configuration, with the check that it makes. `roots` says in messages where the trusted roots came from.
pub(super) struct Built {
    pub(super) config: Arc<ClientConfig>,
    pub(super) roots: String,
    pub(super) check: CheckKind,
}

/// What is known about the server's certificate after a successful handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CheckKind {
    Nothing,
    Chain,
    Full,
}

/// P-256 comes first because it is PostgreSQL's default curve and older servers support no other. Otherwise such a server would ask for a
/// second hello, which costs a round trip.
fn provider() -> CryptoProvider {
    let kx_groups = vec![ring::kx_group::SECP256R1, ring::kx_group::X25519, ring::kx_group::SECP384R1];
    CryptoProvider { kx_groups, ..ring::default_provider() }
}

/// Builds the configuration for one mode. Files are read only here, so that their errors cannot affect a connection that needs no TLS.
pub(super) fn build(settings: &SslSettings, mode: SslMode) -> Result<Built, TlsError> {
    let provider = Arc::new(provider());
    let check = check_kind(settings, mode)?;
    let mut roots_text = "none".to_owned();
    let mut listed = Vec::new();
    let inner = match check {
        CheckKind::Nothing => CertificateCheck::Nothing,
        CheckKind::Chain | CheckKind::Full => {
            let store = if let Some(path) = root_file(settings) {
                roots_text = format!("\"{}\"", crate::text::escaped(&path.to_string_lossy()));
                let (store, certificates) = files::roots(path)?;
                if settings.revoked.is_none() {
                    listed = certificates;
                }
                store
            } else {
                "the system's roots".clone_into(&mut roots_text);
                files::system_roots()
            };
            let verifier = webpki(settings, store, &provider)?;
            if check == CheckKind::Full { CertificateCheck::Full(verifier) } else { CertificateCheck::Chain(verifier) }
        }
    };
    let algorithms = provider.signature_verification_algorithms;
    let verifier = Arc::new(Verifier { check: inner, listed, algorithms });
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(settings))
        .map_err(|error| TlsError::Settings { reason: words::of(&error) })?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match &settings.certificate {
        None => builder.with_no_client_auth(),
        Some(paths) => builder.with_client_cert_resolver(Arc::new(client(paths)?)),
    };
    config.enable_sni = settings.send_server_name;
    // Each connection makes one handshake, so a session ticket would be a secret that is never used.
    config.resumption = rustls::client::Resumption::disabled();
    if settings.negotiation == SslNegotiation::Direct {
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
    }
    Ok(Built { config: Arc::new(config), roots: roots_text, check })
}

/// The client's certificate without any check. The server judges it, and the server also accepts version 1, which the TLS library does not
/// read.
fn client(paths: &ClientCertificate) -> Result<SingleCertAndKey, TlsError> {
    let (chain, key) = files::client(paths)?;
    let unusable = |what: &'static str, path: &std::path::Path, reason: String| TlsError::File {
        what,
        path: path.to_owned(),
        reason,
    };
    let certificate = chain.first().and_then(|first| Certificate::parse(first));
    let certificate = certificate.ok_or_else(|| {
        unusable("client certificate", &paths.certificate, "the first certificate in it cannot be read".to_owned())
    })?;
    let key = ring::sign::any_supported_type(&key).map_err(|_| {
        let kind = names::key(certificate.key_algorithm, certificate.key);
        let kind = format!("not a key that can be used here; the certificate is for a key of the kind {kind}");
        TlsError::ClientKey { path: paths.key.clone(), reason: kind }
    })?;
    let info = key.public_key();
    let public = info.as_deref().and_then(key_of_info);
    if public.is_some_and(|public| public != certificate.key) {
        let reason =
            format!("not the key of the certificate {}", crate::text::escaped(&paths.certificate.to_string_lossy()));
        return Err(unusable("private key", &paths.key, reason));
    }
    Ok(CertifiedKey::new(chain, key).into())
}

fn root_file(settings: &SslSettings) -> Option<&std::path::Path> {
    match &settings.roots {
        Roots::Named(path) | Roots::Default(Some(path)) => Some(path),
        Roots::Default(None) | Roots::System => None,
    }
}

/// The check for a mode. As in libpq, a root file makes every mode check the chain, even require. Unlike in libpq, it is an error if the
/// named file does not exist, because otherwise nothing would be checked.
fn check_kind(settings: &SslSettings, mode: SslMode) -> Result<CheckKind, TlsError> {
    match (mode, &settings.roots) {
        (SslMode::VerifyCa | SslMode::VerifyFull, Roots::Default(None)) => {
            Err(TlsError::NoRoots { path: settings.default_roots.clone(), mode: mode.as_str() })
        }
        (SslMode::VerifyFull, _) => Ok(CheckKind::Full),
        (SslMode::VerifyCa, _) | (_, Roots::Named(_) | Roots::Default(Some(_))) => Ok(CheckKind::Chain),
        (_, Roots::Default(None) | Roots::System) => Ok(CheckKind::Nothing),
    }
}

fn webpki(
    settings: &SslSettings,
    store: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, TlsError> {
    let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider));
    let lists = settings.revoked.as_deref().map(files::revoked).transpose()?.unwrap_or_default();
    builder.with_crls(lists).build().map_err(|error| TlsError::Settings { reason: error.to_string() })
}

fn versions(settings: &SslSettings) -> Vec<&'static rustls::SupportedProtocolVersion> {
    let all = [(TlsVersion::V13, &rustls::version::TLS13), (TlsVersion::V12, &rustls::version::TLS12)];
    all.into_iter()
        .filter(|(version, _)| (settings.min_version..=settings.max_version).contains(version))
        .map(|(_, version)| version)
        .collect()
}
