//! The check of the server's certificate.

use super::manual;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use std::sync::Arc;

/// Which check the server's certificate must pass.
#[derive(Debug)]
pub(super) enum CertificateCheck {
    /// No check. The connection is encrypted, but the server's identity is not known.
    Nothing,
    /// The certificate's chain must end at a trusted root.
    Chain(Arc<WebPkiServerVerifier>),
    /// The certificate's chain must end at a trusted root, and the certificate must be for this host.
    Full(Arc<WebPkiServerVerifier>),
}

/// Verifies certificates by libpq's rules. They differ from a browser's rules about the place of the host name.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) check: CertificateCheck,
    /// The certificates of the root file, for certificates that the library rejects in general. Empty if the system's roots are used or
    /// revocation is checked, so that no certificate avoids these checks.
    pub(super) listed: Vec<CertificateDer<'static>>,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let (inner, name_counts) = match &self.check {
            CertificateCheck::Nothing => return Ok(ServerCertVerified::assertion()),
            CertificateCheck::Chain(inner) => (inner, false),
            CertificateCheck::Full(inner) => (inner, true),
        };
        let verdict = inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let error = match verdict {
            Ok(verified) => return Ok(verified),
            Err(error) => error,
        };
        // The library checks the name only after it has accepted the chain.
        if is_name_error(&error) {
            let fits = !name_counts || manual::common_name_fits(end_entity, server_name);
            return if fits { Ok(ServerCertVerified::assertion()) } else { Err(error) };
        }
        match manual::chain(end_entity, &self.listed, now, &self.algorithms) {
            None => Err(error),
            Some(Err(error)) => Err(error),
            Some(Ok(())) if name_counts => {
                manual::name(end_entity, server_name).map(|()| ServerCertVerified::assertion())
            }
            Some(Ok(())) => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.algorithms;
        match manual::handshake_signature(message, certificate, signature, algorithms, false) {
            Some(verdict) => verdict.map(|()| HandshakeSignatureValid::assertion()),
            None => verify_tls12_signature(message, certificate, signature, algorithms),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.algorithms;
        match manual::handshake_signature(message, certificate, signature, algorithms, true) {
            Some(verdict) => verdict.map(|()| HandshakeSignatureValid::assertion()),
            None => verify_tls13_signature(message, certificate, signature, algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn is_name_error(error: &Error) -> bool {
    matches!(
        error,
        Error::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. })
    )
}
