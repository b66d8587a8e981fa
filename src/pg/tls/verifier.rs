//! How much of the server's certificate is checked.

use super::certificate::{lone_common_name, name_matches};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use std::sync::Arc;

/// What must hold of the server's certificate.
#[derive(Debug)]
pub(super) enum Check {
    /// Nothing: the channel is encrypted, to whom is not known.
    Nothing,
    /// It leads to a trusted root.
    Chain(Arc<WebPkiServerVerifier>),
    /// It leads to a trusted root and names the host.
    Full(Arc<WebPkiServerVerifier>),
}

/// Verifies by libpq's rules, which differ from a browser's in whose name must be where.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) check: Check,
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
            Check::Nothing => return Ok(ServerCertVerified::assertion()),
            Check::Chain(inner) => (inner, false),
            Check::Full(inner) => (inner, true),
        };
        let verdict = inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verdict {
            // The library looks at the name only after the chain has been found good.
            Err(error) if is_name_error(&error) && !name_counts => Ok(ServerCertVerified::assertion()),
            Err(error) if is_name_error(&error) && common_name_fits(end_entity, server_name) => {
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
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

/// A certificate without alternative names, as the server's own manual has one make.
fn common_name_fits(certificate: &CertificateDer<'_>, server_name: &ServerName<'_>) -> bool {
    lone_common_name(certificate).is_some_and(|name| name_matches(&name, &server_name.to_str()))
}
