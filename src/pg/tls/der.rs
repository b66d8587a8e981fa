//! Reads DER one element at a time. Certificates and keys use this format, and it shows what an unusable key file contains.

/// One DER element: its tag, its content, and all its bytes.
#[derive(Clone, Copy)]
pub(super) struct DerElement<'der> {
    pub(super) tag: u8,
    pub(super) content: &'der [u8],
    pub(super) whole: &'der [u8],
}

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
pub(super) const EXPLICIT_0: u8 = 0xA0;
pub(super) const EXPLICIT_3: u8 = 0xA3;

/// Removes one element from the front of the input. It reads lengths of up to four bytes, which is enough for a certificate.
pub(super) fn take<'der>(input: &mut &'der [u8]) -> Option<DerElement<'der>> {
    let start = *input;
    let (&tag, rest) = start.split_first()?;
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
    let whole = &start[..start.len() - rest.len()];
    *input = rest;
    Some(DerElement { tag, content, whole })
}

pub(super) fn take_tagged<'der>(input: &mut &'der [u8], tag: u8) -> Option<DerElement<'der>> {
    take(input).filter(|element| element.tag == tag)
}

/// The content of a bit string that consists of whole bytes.
pub(super) fn take_bits<'der>(input: &mut &'der [u8]) -> Option<&'der [u8]> {
    take_tagged(input, BIT_STRING)?.content.strip_prefix(&[0])
}

/// The algorithm in the content of an algorithm identifier.
pub(super) fn first_oid(mut identifier: &[u8]) -> Option<&[u8]> {
    Some(take_tagged(&mut identifier, OBJECT_IDENTIFIER)?.content)
}

/// The parameter after the algorithm, if it is an identifier too, such as the name of a curve.
pub(super) fn second_oid(mut identifier: &[u8]) -> Option<&[u8]> {
    take_tagged(&mut identifier, OBJECT_IDENTIFIER)?;
    Some(take_tagged(&mut identifier, OBJECT_IDENTIFIER)?.content)
}

/// The length of an RSA key's modulus, in bits.
pub(super) fn modulus_bits(mut key: &[u8]) -> Option<usize> {
    let mut numbers = take_tagged(&mut key, SEQUENCE)?.content;
    let digits = take_tagged(&mut numbers, INTEGER)?.content;
    let start = digits.iter().position(|byte| *byte != 0)?;
    Some((digits.len() - start) * 8 - digits[start].leading_zeros() as usize)
}

/// The key in a public key that also names its algorithm.
pub(super) fn key_of_info(mut info: &[u8]) -> Option<&[u8]> {
    let mut parts = take_tagged(&mut info, SEQUENCE)?.content;
    take_tagged(&mut parts, SEQUENCE)?;
    take_bits(&mut parts)
}

/// Whether the file is a PKCS#12 file. It begins like a private key, but with version 3.
pub(super) fn is_pkcs12(mut file: &[u8]) -> bool {
    let version = take_tagged(&mut file, SEQUENCE).and_then(|mut whole| take_tagged(&mut whole.content, INTEGER));
    version.is_some_and(|version| version.content == [3])
}

/// Whether a private key in DER is encrypted. It then has an algorithm at the place of the version.
pub(super) fn is_encrypted_key(mut key: &[u8]) -> bool {
    let parts = take_tagged(&mut key, SEQUENCE).map(|whole| whole.content);
    parts.is_some_and(|mut parts| {
        take_tagged(&mut parts, SEQUENCE).is_some() && take_tagged(&mut parts, OCTET_STRING).is_some()
    })
}
