//! One TLS handshake over a stream on which the server expects it.

use super::certificate::Certificate;
use super::config::{self, Built, CheckKind};
use super::error::TlsError;
use super::words;
use crate::pg::conninfo::{SslMode, SslNegotiation, SslSettings};
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError, ProtocolVersion};
use std::net::{IpAddr, Ipv4Addr};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::client::TlsStream;

/// The result of a finished handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsInfo {
    /// The TLS version as `pg_stat_ssl` writes it, such as `TLSv1.3`.
    pub version: &'static str,
    /// How much of the server's certificate was checked.
    pub verified: Verified,
    /// The `tls-server-end-point` hash, if the certificate's signature has one.
    pub end_point_hash: Option<Vec<u8>>,
}

/// How much was checked of the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// Nothing. The connection is encrypted, but the server's identity is not known.
    Nothing,
    /// A trusted root signed the certificate.
    Chain,
    /// A trusted root signed the certificate, and it is for this host.
    HostName,
}

/// A stream after its handshake, with the result of the handshake.
pub(super) type Encrypted<S> = (TlsStream<S>, TlsInfo);

/// A configuration, ready for a handshake with one host.
pub(crate) struct Negotiator {
    built: Built,
    name: ServerName<'static>,
    host: String,
    negotiation: SslNegotiation,
}

impl Negotiator {
    /// Reads the files and checks the host name before anything is sent.
    pub(crate) fn new(settings: &SslSettings, mode: SslMode, host: Option<&str>) -> Result<Self, TlsError> {
        let built = config::build(settings, mode)?;
        let name = match host.map(|host| ServerName::try_from(host.to_owned())) {
            Some(Ok(name)) => name,
            _ if built.check == CheckKind::Full => return Err(TlsError::NoName),
            // If the name is not checked, it is only a hint to the server (SNI). With an address in its place, no hint is sent.
            _ => ServerName::from(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        };
        Ok(Self { built, name, host: host.unwrap_or_default().to_owned(), negotiation: settings.negotiation })
    }

    /// Makes the handshake.
    pub(crate) async fn connect<S>(&self, stream: S) -> Result<Encrypted<S>, TlsError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let connector = tokio_rustls::TlsConnector::from(self.built.config.clone());
        let stream = connector.connect(self.name.clone(), stream).await.map_err(|error| self.explain(&error))?;
        let (_, session) = stream.get_ref();
        if self.negotiation == SslNegotiation::Direct && session.alpn_protocol() != Some(config::PROTOCOL) {
            return Err(TlsError::NoProtocol);
        }
        let info = TlsInfo {
            version: match session.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
                _ => "TLSv1.3",
            },
            verified: match self.built.check {
                CheckKind::Nothing => Verified::Nothing,
                CheckKind::Chain => Verified::Chain,
                CheckKind::Full => Verified::HostName,
            },
            end_point_hash: session
                .peer_certificates()
                .and_then(|chain| chain.first())
                .and_then(|certificate| Certificate::parse(certificate)?.end_point_hash()),
        };
        Ok((stream, info))
    }

    /// Translates an error of the library into one that says what is wrong.
    fn explain(&self, error: &std::io::Error) -> TlsError {
        match cause_of(error) {
            Some(rustls::Error::InvalidCertificate(certificate)) => match certificate {
                CertificateError::UnknownIssuer => TlsError::UnknownIssuer { roots: self.built.roots.clone() },
                CertificateError::NotValidForName => TlsError::WrongName { host: self.host.clone(), names: Vec::new() },
                CertificateError::NotValidForNameContext { presented, .. } => {
                    TlsError::WrongName { host: self.host.clone(), names: presented.clone() }
                }
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    TlsError::WrongTime { reason: "has expired".to_owned() }
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    TlsError::WrongTime { reason: "is not valid yet".to_owned() }
                }
                CertificateError::Revoked => TlsError::Revoked,
                other => TlsError::Certificate {
                    reason: words::certificate(other),
                    is_unsupported: words::is_unsupported(other),
                },
            },
            Some(other) => failure(other),
            None if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                TlsError::Handshake { reason: "the server closed the connection".to_owned() }
            }
            None => TlsError::Handshake { reason: error.to_string() },
        }
    }
}

fn cause_of(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>())
}

/// An error that is not about the server's certificate.
fn failure(error: &rustls::Error) -> TlsError {
    let reason = words::of(error);
    match error {
        rustls::Error::AlertReceived(alert) if words::is_about_client(*alert) => TlsError::ClientRefused { reason },
        rustls::Error::AlertReceived(AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity) => {
            TlsError::NothingInCommon { reason }
        }
        _ => TlsError::Handshake { reason },
    }
}

/// The error of the TLS library in words. `None` if it is another kind of error.
pub(crate) fn words_in(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    error.downcast_ref::<std::io::Error>().and_then(cause_of).map(words::of)
}

/// The TLS error that caused another error. The server may reject the client's certificate after the client's side of the handshake has
/// succeeded.
pub(crate) fn failure_in(error: &(dyn std::error::Error + 'static)) -> Option<TlsError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(cause) = error.downcast_ref::<std::io::Error>().and_then(cause_of) {
            return Some(failure(cause));
        }
        next = error.source();
    }
    None
}
