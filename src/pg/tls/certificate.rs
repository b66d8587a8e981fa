//! Facts about an X.509 certificate that the TLS library does not return.
//!
//! They are the hash for SCRAM's channel binding, which depends on the signature's algorithm, and the common name, which libpq still
//! accepts if the certificate lists no DNS name. The other facts are needed to accept certificates that were made as the PostgreSQL manual
//! describes (see [`super::manual`]).

use super::der::{
    BOOLEAN, DerElement, EXPLICIT_0, EXPLICIT_3, GENERALIZED_TIME, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE,
    SET, UTC_TIME, take, take_bits, take_tagged,
};
use rustls::pki_types::UnixTime;
use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512};

/// A certificate split into its parts. Algorithm identifiers are stored without their outer tag, names with it.
pub(super) struct Certificate<'der> {
    whole: &'der [u8],
    /// Whether the certificate has version 3, the only version that the TLS library reads.
    pub(super) modern: bool,
    /// The part that the signature covers.
    pub(super) signed: &'der [u8],
    /// The algorithm of the signature.
    pub(super) algorithm: &'der [u8],
    pub(super) signature: &'der [u8],
    /// The name of the signer.
    pub(super) issuer: &'der [u8],
    /// The name of the owner.
    pub(super) subject: &'der [u8],
    /// The public key with its algorithm.
    pub(super) key_info: &'der [u8],
    /// The algorithm of the public key.
    pub(super) key_algorithm: &'der [u8],
    /// The public key itself.
    pub(super) key: &'der [u8],
    not_before: u64,
    not_after: u64,
    extensions: &'der [u8],
}

impl<'der> Certificate<'der> {
    /// Splits a certificate into its parts. `None` if the bytes are not a certificate.
    pub(super) fn parse(whole: &'der [u8]) -> Option<Self> {
        let mut outer = take_tagged(&mut { whole }, SEQUENCE)?.content;
        let signed = take_tagged(&mut outer, SEQUENCE)?;
        let algorithm = take_tagged(&mut outer, SEQUENCE)?.content;
        let signature = take_bits(&mut outer)?;
        let mut rest = signed.content;
        // The version comes before the serial number. It is left out if it is 1.
        let first = take(&mut rest)?;
        let modern = first.tag == EXPLICIT_0 && first.content == [INTEGER, 1, 2];
        if first.tag == EXPLICIT_0 {
            take_tagged(&mut rest, INTEGER)?;
        }
        take_tagged(&mut rest, SEQUENCE)?;
        let issuer = take_tagged(&mut rest, SEQUENCE)?.whole;
        let mut validity = take_tagged(&mut rest, SEQUENCE)?.content;
        let subject = take_tagged(&mut rest, SEQUENCE)?.whole;
        let key_info = take_tagged(&mut rest, SEQUENCE)?;
        let mut key_parts = key_info.content;
        let key_algorithm = take_tagged(&mut key_parts, SEQUENCE)?.content;
        let key = take_bits(&mut key_parts)?;
        let mut extensions: &[u8] = &[];
        while let Some(mut element) = take(&mut rest) {
            if element.tag == EXPLICIT_3 {
                extensions = take_tagged(&mut element.content, SEQUENCE)?.content;
            }
        }
        Some(Self {
            whole,
            modern,
            signed: signed.whole,
            algorithm,
            signature,
            issuer,
            subject,
            key_info: key_info.whole,
            key_algorithm,
            key,
            not_before: seconds(take(&mut validity)?)?,
            not_after: seconds(take(&mut validity)?)?,
            extensions,
        })
    }

    /// Whether `now` is before, within or after the certificate's period of validity.
    pub(super) fn time(&self, now: UnixTime) -> std::cmp::Ordering {
        if now.as_secs() < self.not_before {
            std::cmp::Ordering::Less
        } else if now.as_secs() > self.not_after {
            std::cmp::Ordering::Greater
        } else {
            std::cmp::Ordering::Equal
        }
    }

    /// Whether the certificate may sign others. Version 1 has no field for this, so a certificate of version 1 is accepted as a signer.
    pub(super) fn may_sign(&self) -> bool {
        if !self.modern {
            return true;
        }
        // 2.5.29.19, basicConstraints: a sequence that begins with the flag if it is set.
        self.extension(&[0x55, 0x1d, 19]).is_some_and(|mut value| {
            take_tagged(&mut value, SEQUENCE)
                .and_then(|mut constraints| take_tagged(&mut constraints.content, BOOLEAN))
                .is_some_and(|flag| flag.content == [0xff])
        })
    }

    fn extension(&self, wanted: &[u8]) -> Option<&'der [u8]> {
        let mut extensions = self.extensions;
        while let Some(mut extension) = take_tagged(&mut extensions, SEQUENCE) {
            let kind = take_tagged(&mut extension.content, OBJECT_IDENTIFIER)?.content;
            let mut value = take(&mut extension.content)?;
            if value.tag == BOOLEAN {
                // The optional flag "critical" comes before the value.
                value = take(&mut extension.content)?;
            }
            if kind == wanted {
                return (value.tag == OCTET_STRING).then_some(value.content);
            }
        }
        None
    }

    /// The last common name of the subject, as libpq reads it. `None` if the certificate lists a DNS name or an address, because the common
    /// name does not count then.
    pub(super) fn lone_common_name(&self) -> Option<String> {
        // 2.5.29.17, subjectAltName.
        if let Some(mut value) = self.extension(&[0x55, 0x1d, 17]) {
            let mut names = take_tagged(&mut value, SEQUENCE)?.content;
            while let Some(name) = take(&mut names) {
                // [2] dNSName, [7] iPAddress.
                if matches!(name.tag, 0x82 | 0x87) {
                    return None;
                }
            }
        }
        let mut subject = take_tagged(&mut { self.subject }, SEQUENCE)?.content;
        let mut last = None;
        while let Some(mut set) = take_tagged(&mut subject, SET) {
            while let Some(mut attribute) = take_tagged(&mut set.content, SEQUENCE) {
                let kind = take_tagged(&mut attribute.content, OBJECT_IDENTIFIER)?.content;
                // 2.5.4.3, commonName.
                if kind == [0x55, 4, 3] {
                    let value = take(&mut attribute.content)?.content;
                    // A zero byte is an old trick: some programs show only the text before it.
                    let text = std::str::from_utf8(value).ok();
                    last = Some(text.filter(|text| !text.contains('\0'))?.to_owned());
                }
            }
        }
        last
    }

    /// The `tls-server-end-point` binding of RFC 5929: the hash of the certificate with the hash function of its signature, or with SHA-256
    /// if that is MD5 or SHA-1. `None` if the algorithm has no such hash function (Ed25519). Then channel binding is undefined.
    pub(super) fn end_point_hash(&self) -> Option<Vec<u8>> {
        let mut algorithm = self.algorithm;
        let identifier = take_tagged(&mut algorithm, OBJECT_IDENTIFIER)?.content;
        let hash = match identifier {
            // 1.2.840.113549.1.1.10, RSASSA-PSS: the hash is a parameter.
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10] => pss_hash(algorithm)?,
            // 1.2.840.113549.1.1, RSA.
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, which] => match which {
                4 | 5 | 11 => Hash::Sha256,
                12 => Hash::Sha384,
                13 => Hash::Sha512,
                14 => Hash::Sha224,
                _ => return None,
            },
            // 1.2.840.10045.4.1, ECDSA with SHA-1.
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1] => Hash::Sha256,
            // 1.2.840.10045.4.3, ECDSA with SHA-2.
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, which] => match which {
                1 => Hash::Sha224,
                2 => Hash::Sha256,
                3 => Hash::Sha384,
                4 => Hash::Sha512,
                _ => return None,
            },
            _ => return None,
        };
        Some(hash.of(self.whole))
    }
}

/// The time `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ` in seconds since 1970.
fn seconds(time: DerElement<'_>) -> Option<u64> {
    let text = std::str::from_utf8(time.content).ok()?;
    let text = match time.tag {
        // Two digits stand for the years from 1950 to 2049.
        UTC_TIME if text.as_bytes().first()? < &b'5' => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let moment = jiff::civil::DateTime::strptime("%Y%m%d%H%M%SZ", &text).ok()?;
    let moment = moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    // A time before 1970 counts as 1970, because both are in the past.
    Some(u64::try_from(moment.timestamp().as_second()).unwrap_or(0))
}

#[derive(Clone, Copy)]
enum Hash {
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha224 => Sha224::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

/// The hash function that the RSASSA-PSS parameters name. The default is SHA-1, for which the binding uses SHA-256.
fn pss_hash(mut after_identifier: &[u8]) -> Option<Hash> {
    let Some(mut parameters) = take_tagged(&mut after_identifier, SEQUENCE) else {
        return Some(Hash::Sha256);
    };
    let Some(mut explicit) = take_tagged(&mut parameters.content, EXPLICIT_0) else {
        return Some(Hash::Sha256);
    };
    let mut algorithm = take_tagged(&mut explicit.content, SEQUENCE)?;
    match take_tagged(&mut algorithm.content, OBJECT_IDENTIFIER)?.content {
        // 2.16.840.1.101.3.4.2, SHA-2.
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, which] => match which {
            1 => Some(Hash::Sha256),
            2 => Some(Hash::Sha384),
            3 => Some(Hash::Sha512),
            4 => Some(Hash::Sha224),
            _ => None,
        },
        // 1.3.14.3.2.26, SHA-1.
        [0x2b, 0x0e, 3, 2, 0x1a] => Some(Hash::Sha256),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(listed: &[&str], algorithm: &'static rcgen::SignatureAlgorithm) -> Vec<u8> {
        let listed: Vec<String> = listed.iter().map(|name| (*name).to_owned()).collect();
        let key = rcgen::KeyPair::generate_for(algorithm).expect("a key can be made");
        let mut parameters = rcgen::CertificateParams::new(listed).expect("the names are fine");
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, "db.example.org");
        parameters.not_after = rcgen::date_time_ymd(2060, 2, 3);
        let made = parameters.self_signed(&key).expect("a certificate can be made");
        made.der().to_vec()
    }

    #[test]
    fn broken_certificates_are_nothing_and_never_a_panic() {
        let look = |bytes: &[u8]| {
            if let Some(certificate) = Certificate::parse(bytes) {
                let _ = certificate.end_point_hash();
                let _ = certificate.lone_common_name();
                let _ = certificate.may_sign();
            }
        };
        let whole = certificate(&["x"], &rcgen::PKCS_ECDSA_P256_SHA256);
        assert!(Certificate::parse(&whole).is_some());
        for end in 0..whole.len() {
            assert!(Certificate::parse(&whole[..end]).is_none());
        }
        for index in 0..whole.len() {
            for value in [0, 0x7f, 0x80, 0x84, 0xff] {
                let mut broken = whole.clone();
                broken[index] = value;
                look(&broken);
            }
        }
    }

    #[test]
    fn the_hash_is_that_of_the_signature() {
        let table = [
            (&rcgen::PKCS_ECDSA_P256_SHA256, Some(32)),
            (&rcgen::PKCS_ECDSA_P384_SHA384, Some(48)),
            (&rcgen::PKCS_ED25519, None),
        ];
        for (algorithm, length) in table {
            let whole = certificate(&["x"], algorithm);
            let parsed = Certificate::parse(&whole).expect("it is a certificate");
            assert_eq!(parsed.end_point_hash().map(|hash| hash.len()), length);
        }
    }

    #[test]
    fn the_common_name_counts_only_where_no_name_is_listed() {
        for (listed, expected) in [(vec![], Some("db.example.org")), (vec!["x"], None)] {
            let whole = certificate(&listed, &rcgen::PKCS_ECDSA_P256_SHA256);
            let parsed = Certificate::parse(&whole).expect("it is a certificate");
            assert_eq!(parsed.lone_common_name().as_deref(), expected);
            assert!(parsed.modern && !parsed.may_sign());
        }
    }

    #[test]
    fn times_of_both_notations_are_read() {
        let table = [
            (UTC_TIME, "700101000000Z", Some(0)),
            (UTC_TIME, "491231235959Z", Some(2_524_607_999)),
            (UTC_TIME, "500101000000Z", Some(0)),
            (GENERALIZED_TIME, "20600203000000Z", Some(2_842_992_000)),
            (GENERALIZED_TIME, "20601303000000Z", None),
            (GENERALIZED_TIME, "20600203000000", None),
            (UTC_TIME, "", None),
        ];
        for (tag, text, expected) in table {
            let content = text.as_bytes();
            assert_eq!(seconds(DerElement { tag, content, whole: content }), expected, "{text}");
        }
    }
}
