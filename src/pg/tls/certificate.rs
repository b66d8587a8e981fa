//! The few facts about an X.509 certificate that the TLS library does not hand out.
//!
//! Needed are the hash for SCRAM's channel binding, which depends on the signature algorithm, and
//! the common name, which libpq still accepts where a certificate lists no DNS name.

use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512};

/// One DER element: its tag and what it holds.
#[derive(Clone, Copy)]
struct Element<'der> {
    tag: u8,
    content: &'der [u8],
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_IDENTIFIER: u8 = 0x06;
const BIT_OR_OCTETS: u8 = 0x04;
const EXPLICIT_0: u8 = 0xA0;
const EXPLICIT_3: u8 = 0xA3;

/// Takes one element off the front. Lengths of up to four bytes are enough for a certificate.
fn take<'der>(input: &mut &'der [u8]) -> Option<Element<'der>> {
    let (&tag, rest) = input.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let length = if first < 0x80 {
        usize::from(first)
    } else {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 {
            return None;
        }
        let (bytes, after) = rest.split_at_checked(count)?;
        rest = after;
        bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
    };
    let (content, rest) = rest.split_at_checked(length)?;
    *input = rest;
    Some(Element { tag, content })
}

fn take_tagged<'der>(input: &mut &'der [u8], tag: u8) -> Option<&'der [u8]> {
    take(input).filter(|element| element.tag == tag).map(|element| element.content)
}

/// The to-be-signed part and the signature's algorithm.
fn split(certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut outer = certificate;
    let mut certificate = take_tagged(&mut outer, SEQUENCE)?;
    let signed = take_tagged(&mut certificate, SEQUENCE)?;
    let algorithm = take_tagged(&mut certificate, SEQUENCE)?;
    Some((signed, algorithm))
}

/// The `tls-server-end-point` binding of RFC 5929: the certificate hashed with its signature's
/// own hash, or SHA-256 in place of MD5 and SHA-1. `None` where the algorithm has no such hash
/// (Ed25519), which leaves channel binding undefined.
pub(super) fn end_point_hash(certificate: &[u8]) -> Option<Vec<u8>> {
    let (_, mut algorithm) = split(certificate)?;
    let identifier = take_tagged(&mut algorithm, OBJECT_IDENTIFIER)?;
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
    Some(hash.of(certificate))
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

/// The hash named in RSASSA-PSS parameters; the default there is SHA-1, bound as SHA-256.
fn pss_hash(mut after_identifier: &[u8]) -> Option<Hash> {
    let Some(mut parameters) = take_tagged(&mut after_identifier, SEQUENCE) else {
        return Some(Hash::Sha256);
    };
    let Some(mut explicit) = take_tagged(&mut parameters, EXPLICIT_0) else {
        return Some(Hash::Sha256);
    };
    let mut algorithm = take_tagged(&mut explicit, SEQUENCE)?;
    match take_tagged(&mut algorithm, OBJECT_IDENTIFIER)? {
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

/// The subject's last common name, as libpq reads it, if the certificate lists no DNS name and
/// no address among its alternative names; where it does, the common name has no say.
pub(super) fn lone_common_name(certificate: &[u8]) -> Option<String> {
    let (mut signed, _) = split(certificate)?;
    // The version is optional and stands before the serial number.
    if take(&mut signed)?.tag == EXPLICIT_0 {
        take(&mut signed)?;
    }
    // Algorithm, issuer, validity.
    for _ in 0..3 {
        take_tagged(&mut signed, SEQUENCE)?;
    }
    let subject = take_tagged(&mut signed, SEQUENCE)?;
    // The public key, and after it what is optional.
    take_tagged(&mut signed, SEQUENCE)?;
    while let Some(element) = take(&mut signed) {
        if element.tag == EXPLICIT_3 && lists_names(element.content)? {
            return None;
        }
    }
    common_name(subject)
}

fn common_name(mut subject: &[u8]) -> Option<String> {
    let mut last = None;
    while let Some(mut set) = take_tagged(&mut subject, SET) {
        while let Some(mut attribute) = take_tagged(&mut set, SEQUENCE) {
            let kind = take_tagged(&mut attribute, OBJECT_IDENTIFIER)?;
            // 2.5.4.3, commonName.
            if kind == [0x55, 4, 3] {
                let value = take(&mut attribute)?.content;
                // A zero byte is the old trick to show one name and mean another.
                let text = std::str::from_utf8(value).ok().filter(|text| !text.contains('\0'))?;
                last = Some(text.to_owned());
            }
        }
    }
    last
}

/// Whether the extensions hold a subjectAltName with a DNS name or an IP address.
fn lists_names(mut explicit: &[u8]) -> Option<bool> {
    let mut extensions = take_tagged(&mut explicit, SEQUENCE)?;
    while let Some(mut extension) = take_tagged(&mut extensions, SEQUENCE) {
        let kind = take_tagged(&mut extension, OBJECT_IDENTIFIER)?;
        // 2.5.29.17, subjectAltName.
        if kind != [0x55, 0x1d, 17] {
            continue;
        }
        let mut value = take(&mut extension)?;
        if value.tag != BIT_OR_OCTETS {
            // The optional "critical" flag stands before the value.
            value = take(&mut extension)?;
        }
        let mut value = value.content;
        let mut names = take_tagged(&mut value, SEQUENCE)?;
        while let Some(name) = take(&mut names) {
            // [2] dNSName, [7] iPAddress.
            if matches!(name.tag, 0x82 | 0x87) {
                return Some(true);
            }
        }
    }
    Some(false)
}

/// libpq's comparison: without regard to case, and a `*.` at the front stands for one label.
pub(super) fn name_matches(pattern: &str, host: &str) -> bool {
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

    #[test]
    fn broken_certificates_are_nothing_and_never_a_panic() {
        let whole =
            rcgen::generate_simple_self_signed(["db.example.org".to_owned()]).expect("a certificate can be made");
        let whole = whole.cert.der().to_vec();
        assert!(end_point_hash(&whole).is_some());
        for end in 0..whole.len() {
            let _ = end_point_hash(&whole[..end]);
            let _ = lone_common_name(&whole[..end]);
        }
        for index in 0..whole.len().min(200) {
            for value in [0, 0x7f, 0x80, 0x84, 0xff] {
                let mut broken = whole.clone();
                broken[index] = value;
                let _ = end_point_hash(&broken);
                let _ = lone_common_name(&broken);
            }
        }
    }

    #[test]
    fn the_hash_is_that_of_the_signature() {
        let table: [(&rcgen::SignatureAlgorithm, Option<usize>); 3] = [
            (&rcgen::PKCS_ECDSA_P256_SHA256, Some(32)),
            (&rcgen::PKCS_ECDSA_P384_SHA384, Some(48)),
            (&rcgen::PKCS_ED25519, None),
        ];
        for (algorithm, length) in table {
            let key = rcgen::KeyPair::generate_for(algorithm).expect("a key can be made");
            let parameters = rcgen::CertificateParams::new(["db".to_owned()]).expect("a name");
            let certificate = parameters.self_signed(&key).expect("a certificate can be made");
            assert_eq!(end_point_hash(certificate.der()).map(|hash| hash.len()), length);
        }
    }

    #[test]
    fn the_common_name_counts_only_where_no_name_is_listed() {
        let key = rcgen::KeyPair::generate().expect("a key can be made");
        for (listed, expected) in [(vec![], Some("db.example.org")), (vec!["x".to_owned()], None)] {
            let mut parameters = rcgen::CertificateParams::new(listed).expect("the names are fine");
            parameters.distinguished_name = rcgen::DistinguishedName::new();
            parameters.distinguished_name.push(rcgen::DnType::CommonName, "db.example.org");
            let certificate = parameters.self_signed(&key).expect("a certificate can be made");
            assert_eq!(lone_common_name(certificate.der()).as_deref(), expected);
        }
    }
}
