//! How much of the server's certificate is checked.

use super::manual;
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
    /// The certificates of the root file, for what the library refuses on principle. Empty where
    /// the system's roots are used or revocation is to be checked, so that nothing is waved past.
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
            Check::Nothing => return Ok(ServerCertVerified::assertion()),
            Check::Chain(inner) => (inner, false),
            Check::Full(inner) => (inner, true),
        };
        let verdict = inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let error = match verdict {
            Ok(verified) => return Ok(verified),
            Err(error) => error,
        };
        // The library looks at the name only after the chain has been found good.
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
