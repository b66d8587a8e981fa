//! Certificates that the tests make.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, SignatureAlgorithm,
    SigningKey as _,
};

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        Self::for_uses(name, vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign])
    }

    /// An authority that may also be used as a server certificate, as the simplest instructions make it.
    pub(crate) fn for_any_use(name: &str) -> Self {
        Self::for_uses(name, Vec::new())
    }

    fn for_uses(name: &str, key_usages: Vec<KeyUsagePurpose>) -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).expect("no names are fine");
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = key_usages;
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = parameters.self_signed(&key).expect("a certificate can be made");
        Self { issuer: Issuer::new(parameters, key), pem: certificate.pem() }
    }

    /// The authority's certificate, PEM.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// A server certificate for these names and its key, PEM.
    pub(crate) fn issue(&self, names: &[&str]) -> (String, String) {
        self.issue_with(names, |_| {})
    }

    /// A server certificate with changed parameters, and its key.
    pub(crate) fn issue_with(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut parameters = CertificateParams::new(names).expect("the names are fine");
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        change(&mut parameters);
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = parameters.signed_by(&key, &self.issuer).expect("it can be signed");
        (certificate.pem(), key.serialize_pem())
    }

    /// The authority's own key, PEM.
    pub(crate) fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// A list that revokes one certificate by its number, PEM.
    pub(crate) fn revoke(&self, number: u64) -> String {
        let parameters = CertificateRevocationListParams {
            this_update: rcgen::date_time_ymd(2024, 1, 1),
            next_update: rcgen::date_time_ymd(2070, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from(number),
                revocation_time: rcgen::date_time_ymd(2024, 1, 1),
                reason_code: None,
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = parameters.signed_by(&self.issuer).expect("it can be signed");
        list.pem().expect("it can be written")
    }

    /// A client certificate for a role.
    pub(crate) fn issue_client(&self, role: &str) -> (String, String) {
        self.issue_with(&[], |parameters| {
            parameters.distinguished_name = rcgen::DistinguishedName::new();
            parameters.distinguished_name.push(DnType::CommonName, role);
            parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        })
    }
}

/// A certificate whose authority signs with this algorithm. The hash for channel binding depends on the algorithm.
pub(crate) fn signed_with(algorithm: &'static SignatureAlgorithm, names: &[&str]) -> (String, String) {
    let key = KeyPair::generate_for(algorithm).expect("a key can be made");
    let mut parameters = CertificateParams::new(Vec::new()).expect("no names are fine");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = parameters.self_signed(&key).expect("a certificate can be made").pem();
    let issuer = Issuer::new(parameters, key);
    Authority { issuer, pem }.issue(names)
}

/// A certificate of version 1 for this common name, as older tools make by default. The library cannot make it, so this function takes a
/// newer certificate apart, removes fields and signs it again.
pub(crate) fn version_1(authority: &Authority, name: &str) -> (String, String) {
    let mut parameters = CertificateParams::new(Vec::new()).expect("no names are fine");
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate().expect("a key can be made");
    let modern = parameters.signed_by(&key, &authority.issuer).expect("it can be signed");
    let (_, certificate, _) = split(modern.der());
    let (_, mut fields, after) = split(certificate);
    let (_, algorithm, _) = split(after);
    let mut kept = Vec::new();
    while !fields.is_empty() {
        let (tag, content, rest) = split(fields);
        // Version 1 has neither the version field nor extensions.
        if !matches!(tag, 0xA0 | 0xA3) {
            kept.extend(element(tag, content));
        }
        fields = rest;
    }
    let signed = element(0x30, &kept);
    let signature = authority.issuer.key().sign(&signed).expect("it can be signed");
    let bits = [&[0], signature.as_slice()].concat();
    let whole = [signed, element(0x30, algorithm), element(0x03, &bits)].concat();
    (pem(&element(0x30, &whole)), key.serialize_pem())
}

/// The tag and the content of the first element, and the bytes after it.
fn split(bytes: &[u8]) -> (u8, &[u8], &[u8]) {
    let (start, length) = match bytes[1] {
        short @ 0..=0x7f => (2, usize::from(short)),
        0x81 => (3, usize::from(bytes[2])),
        _ => (4, usize::from(bytes[2]) << 8 | usize::from(bytes[3])),
    };
    (bytes[0], &bytes[start..start + length], &bytes[start + length..])
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("a certificate is short");
    let [high, low] = length.to_be_bytes();
    // The shortest form of the length, which DER requires.
    let head = match length {
        0..0x80 => vec![tag, low],
        0x80..0x100 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [&head, content].concat()
}

fn pem(der: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in der.chunks(48) {
        for group in line.chunks(3) {
            let bits = group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte));
            let bits = bits << (8 * (3 - group.len()));
            for digit in 0..4 {
                let index = (bits >> (18 - 6 * digit)) & 63;
                let used = digit <= group.len();
                text.push(if used { char::from(DIGITS[index as usize]) } else { '=' });
            }
        }
        text.push('\n');
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}
