//! Names of keys and signature algorithms, as people know them.

use super::der::{first_oid, modulus_bits, second_oid};

/// The server keys that this program supports, for hints.
pub(super) const SUPPORTED_SERVERS: &str = "Use a server key of type P-256, P-384, Ed25519, or RSA from 2048 bits, and TLS 1.2 or 1.3. Other keys, such as P-521, Ed448 or RSA-PSS, cannot be used. Check ssl_key_file and ssl_ciphers of the server.";
/// The client keys that this program supports, for hints.
pub(super) const SUPPORTED_CLIENTS: &str =
    "Use a certificate for a client key of type P-256, P-384, Ed25519, or RSA from 2048 bits.";
/// The signature algorithms of certificates that this program supports, for hints.
pub(super) const SUPPORTED_SIGNATURES: &str = "Use a certificate that is signed with ECDSA and SHA-256 or SHA-384 by a key on P-256 or P-384, with RSA and SHA-256, SHA-384 or SHA-512, or with Ed25519.";

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const ED25519: &[u8] = &[0x2b, 0x65, 112];
const ED448: &[u8] = &[0x2b, 0x65, 113];

/// The kind of a public key, from its algorithm identifier and the key.
pub(super) fn key(algorithm: &[u8], key: &[u8]) -> String {
    match first_oid(algorithm) {
        Some(RSA) => modulus_bits(key).map_or_else(|| "RSA".to_owned(), |bits| format!("RSA with {bits} bits")),
        Some(RSA_PSS) => "RSA-PSS".to_owned(),
        Some(ED25519) => "Ed25519".to_owned(),
        Some(ED448) => "Ed448".to_owned(),
        Some([0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1]) => "DSA".to_owned(),
        Some(EC) => curve(second_oid(algorithm).unwrap_or_default()).to_owned(),
        _ => "an unknown kind".to_owned(),
    }
}

fn curve(identifier: &[u8]) -> &'static str {
    match identifier {
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7] => "P-256",
        [0x2b, 0x81, 4, 0, 0x21] => "P-224",
        [0x2b, 0x81, 4, 0, 0x22] => "P-384",
        [0x2b, 0x81, 4, 0, 0x23] => "P-521",
        [0x2b, 0x81, 4, 0, 0x0a] => "secp256k1",
        [0x2b, 0x24, 3, 3, 2, 8, 1, 1, _] => "a Brainpool curve",
        _ => "an unknown curve",
    }
}

/// The algorithm of a signature, from its identifier.
pub(super) fn signature(algorithm: &[u8]) -> &'static str {
    match first_oid(algorithm) {
        Some([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, which]) => match which {
            2..=4 => "RSA and MD2, MD4 or MD5",
            5 => "RSA and SHA-1",
            10 => "RSA-PSS and other parameters than the usual ones",
            11 => "RSA and SHA-256",
            12 => "RSA and SHA-384",
            13 => "RSA and SHA-512",
            14 => "RSA and SHA-224",
            _ => "RSA and an unknown hash",
        },
        Some([0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1]) => "ECDSA and SHA-1",
        Some([0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, which]) => match which {
            1 => "ECDSA and SHA-224",
            2 => "ECDSA and SHA-256",
            3 => "ECDSA and SHA-384",
            4 => "ECDSA and SHA-512",
            _ => "ECDSA and an unknown hash",
        },
        Some(ED25519) => "Ed25519",
        Some(ED448) => "Ed448",
        Some([0x2a, 0x86, 0x48, 0xce, 0x38, ..]) => "DSA",
        _ => "an unknown algorithm",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_signatures_have_names() {
        let ec = |curve: &[u8]| [&[6, 7][..], EC, &[6, u8::try_from(curve.len()).unwrap()], curve].concat();
        assert_eq!(key(&ec(&[0x2b, 0x81, 4, 0, 35]), &[]), "P-521");
        assert_eq!(key(&ec(&[0x2b, 0x81, 4, 0, 10]), &[]), "secp256k1");
        assert_eq!(key(&[6, 3, 0x2b, 0x65, 113], &[]), "Ed448");
        let rsa = [&[6, 9][..], RSA, &[5, 0]].concat();
        assert_eq!(key(&rsa, &[0x30, 6, 2, 2, 0, 0x80, 2, 0]), "RSA with 8 bits");
        assert_eq!(signature(&[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4]), "ECDSA and SHA-512");
        for odd in [&[][..], &[6], &[6, 200, 1], &[0x30, 0]] {
            assert_eq!((key(odd, odd).as_str(), signature(odd)), ("an unknown kind", "an unknown algorithm"));
        }
    }
}
