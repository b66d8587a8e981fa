//! The errors of the TLS library in words. The library itself would print the names of its types.

use super::names;
use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

/// The words for an error that is not about the server's certificate.
pub(super) fn of(error: &Error) -> String {
    match error {
        Error::AlertReceived(alert) => format!("the server ended TLS: {}", alert_words(*alert)),
        Error::InvalidCertificate(reason) => certificate(reason),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::Tls12NotOfferedOrEnabled,
        ) => "the server offers no version of TLS that is allowed here".to_owned(),
        Error::PeerIncompatible(reason) => {
            format!("the server and this program have no TLS option in common: {}", split(reason))
        }
        Error::PeerMisbehaved(reason) => format!("the server breaks the rules of TLS: {}", split(reason)),
        Error::InvalidMessage(reason) => format!("the server's reply is not TLS: {}", split(reason)),
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            "the server sent an unexpected message".to_owned()
        }
        Error::NoCertificatesPresented => "the server has no certificate".to_owned(),
        Error::DecryptError => "what the server sent could not be decrypted".to_owned(),
        Error::PeerSentOversizedRecord => "the server sent a record that is too long".to_owned(),
        Error::General(words) => words.clone(),
        other => split(other),
    }
}

/// Why a certificate is not accepted, for the reasons that have no separate error.
pub(super) fn certificate(reason: &CertificateError) -> String {
    match reason {
        CertificateError::BadEncoding => "it cannot be read".to_owned(),
        CertificateError::UnhandledCriticalExtension => "it has a critical extension that is not known here".to_owned(),
        CertificateError::UnknownRevocationStatus => "no revocation list says whether it is revoked".to_owned(),
        CertificateError::ExpiredRevocationList | CertificateError::ExpiredRevocationListContext { .. } => {
            "the revocation list has expired".to_owned()
        }
        CertificateError::BadSignature => "its signature is not that of the authority".to_owned(),
        CertificateError::UnsupportedSignatureAlgorithmContext { signature_algorithm_id, .. } => {
            format!("it is signed with {}, which cannot be checked here", names::signature(signature_algorithm_id))
        }
        CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext {
            signature_algorithm_id,
            public_key_algorithm_id,
        } => {
            let (signature, key) = (names::signature(signature_algorithm_id), names::key(public_key_algorithm_id, &[]));
            format!("it is signed with {signature} by a key of the kind {key}, which cannot be checked here")
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it is not a certificate for servers".to_owned()
        }
        CertificateError::Other(inner) => split(inner.0.as_ref()),
        other => split(other),
    }
}

/// Whether the certificate was rejected because an algorithm is not supported.
pub(super) fn is_unsupported(reason: &CertificateError) -> bool {
    matches!(
        reason,
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
    )
}

/// Whether the alert is about the client's certificate.
pub(super) fn is_about_client(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::NoCertificate
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::DecryptError
            | AlertDescription::CertificateRequired
    )
}

fn alert_words(alert: AlertDescription) -> String {
    let words = match alert {
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
            "it found no key, curve or cipher in common"
        }
        AlertDescription::ProtocolVersion => "it accepts no version of TLS that is offered",
        AlertDescription::NoCertificate | AlertDescription::CertificateRequired => "it requires a client certificate",
        AlertDescription::BadCertificate | AlertDescription::UnsupportedCertificate => {
            "it cannot use the client certificate"
        }
        AlertDescription::CertificateRevoked => "the client certificate is revoked",
        AlertDescription::CertificateExpired => "the client certificate has expired",
        AlertDescription::CertificateUnknown => "it does not accept the client certificate",
        AlertDescription::UnknownCA => "it does not trust the authority of the client certificate",
        AlertDescription::AccessDenied => "it denies access",
        AlertDescription::DecryptError => "a signature does not hold",
        AlertDescription::UnrecognisedName => "it does not know the host's name",
        AlertDescription::NoApplicationProtocol => "it does not speak PostgreSQL's protocol in TLS",
        AlertDescription::InternalError => "it has an internal error",
        AlertDescription::CloseNotify | AlertDescription::UserCanceled => "it closed the connection",
        other => return split(&other),
    };
    words.to_owned()
}

/// The name of a type in lower-case words, without its content: `CaUsedAsEndEntity` becomes "ca used as end entity".
fn split(name: &(impl std::fmt::Debug + ?Sized)) -> String {
    let text = format!("{name:?}");
    let name = text.split(|letter: char| !letter.is_alphanumeric()).find(|word| !word.is_empty()).unwrap_or_default();
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{InvalidMessage, PeerMisbehaved};

    #[test]
    fn no_error_shows_a_structure() {
        let errors = [
            Error::AlertReceived(AlertDescription::HandshakeFailure),
            Error::AlertReceived(AlertDescription::Unknown(77)),
            Error::AlertReceived(AlertDescription::MissingExtension),
            Error::InvalidMessage(InvalidMessage::InvalidContentType),
            Error::PeerMisbehaved(PeerMisbehaved::TooManyEmptyFragments),
            Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
            Error::PeerIncompatible(PeerIncompatible::ServerRejectedEncryptedClientHello(None)),
            Error::InappropriateMessage { expect_types: Vec::new(), got_type: rustls::ContentType::Alert },
            Error::BadMaxFragmentSize,
            Error::InvalidCertificate(CertificateError::UnhandledCriticalExtension),
            Error::InvalidCertificate(CertificateError::UnsupportedSignatureAlgorithmContext {
                signature_algorithm_id: vec![6, 8, 42, 134, 72, 206, 61, 4, 3, 1],
                supported_algorithms: Vec::new(),
            }),
            Error::InvalidCertificate(CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext {
                signature_algorithm_id: vec![6, 8, 42, 134, 72, 206, 61, 4, 3, 4],
                public_key_algorithm_id: vec![6, 7, 42, 134, 72, 206, 61, 2, 1, 6, 5, 43, 129, 4, 0, 10],
            }),
        ];
        for error in errors {
            let words = of(&error);
            assert!(words.len() > 5 && !words.contains(['{', '}', '[', ']', '(', '_']), "{error:?}: {words}");
            let joined = words
                .split(' ')
                .any(|word| word.chars().skip(1).any(char::is_uppercase) && word.chars().any(char::is_lowercase));
            assert!(!joined || words.contains("PostgreSQL"), "{error:?}: {words}");
        }
        assert_eq!(
            of(&Error::InvalidMessage(InvalidMessage::InvalidContentType)),
            "the server's reply is not TLS: invalid content type"
        );
    }
}
