//! The files that the binary carries, as `build.rs` packed them. A test holds them against the folder.
//!
//! The block: the SHA-256 of what follows, the length of the whole text in eight bytes, the text as one LZ4 block. The text: a line
//! `<bytes> <path>` a file, the manifest first and then by path; an empty line; the files without a gap. The digest is asked first, so
//! that nothing unpacks what is not as it was built; what comes out is then held against the manifest, as ever.

use super::{Digest, ReleaseError};
use std::sync::OnceLock;

/// The block, byte for byte as it stands in the binary.
pub const BLOCK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/packet"));

/// One file of the packet.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// Path from the top of the repository, for example `sql/release.toml`.
    pub path: &'static str,
    /// Its bytes, UTF-8.
    pub text: &'static str,
}

/// What the binary carries, unpacked.
#[derive(Debug)]
pub struct Contents {
    /// `manifest-sha256.txt`.
    pub manifest: &'static str,
    /// Every file below `sql/`, sorted by path.
    pub files: Vec<File>,
}

/// The packet that this binary carries: unpacked when first asked for, and once.
///
/// # Errors
/// [`ReleaseError::Packed`] when the block is not as it was built.
pub fn packet() -> Result<Contents, ReleaseError> {
    static TEXT: OnceLock<Result<String, &'static str>> = OnceLock::new();
    let text = TEXT.get_or_init(|| unpacked(BLOCK)).as_ref();
    text.map_err(|reason| *reason).and_then(|text| cut(text)).map_err(|reason| ReleaseError::Packed { reason })
}

/// The whole text of a block, or why it is none.
fn unpacked(block: &[u8]) -> Result<String, &'static str> {
    let (digest, packed) = block.split_at_checked(32).ok_or("it is cut short")?;
    if Digest::of(packed).bytes() != digest {
        return Err("its digest is another");
    }
    let (length, packed) = packed.split_first_chunk::<8>().ok_or("it is cut short")?;
    // No block of this kind grows more than 255 times: what claims to is not given the memory.
    let length = usize::try_from(u64::from_le_bytes(*length))
        .ok()
        .filter(|length| length / 255 <= packed.len())
        .ok_or("its length is impossible")?;
    let mut bytes = vec![0; length];
    match lz4_flex::block::decompress_into(packed, &mut bytes) {
        Ok(filled) if filled == length => String::from_utf8(bytes).map_err(|_| "it is not UTF-8"),
        _ => Err("it cannot be unpacked"),
    }
}

/// The files of the whole text.
fn cut(text: &'static str) -> Result<Contents, &'static str> {
    let (index, mut rest) = text.split_once("\n\n").ok_or("its list of files has no end")?;
    let mut files = Vec::new();
    for line in index.lines() {
        let (length, path) = line.split_once(' ').ok_or("a line of its list has no path")?;
        let length = length.parse().map_err(|_| "a length in its list is no number")?;
        let (text, after) = rest.split_at_checked(length).ok_or("a file is longer than what is there")?;
        files.push(File { path, text });
        rest = after;
    }
    match files.first() {
        _ if !rest.is_empty() => Err("there is more than its list tells of"),
        Some(first) if first.path == "manifest-sha256.txt" => Ok(Contents { manifest: files.remove(0).text, files }),
        _ => Err("it does not begin with the manifest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block of that text, packed as `build.rs` does.
    fn packed(length: u64, text: &[u8]) -> Vec<u8> {
        sealed(&[&length.to_le_bytes()[..], text].concat())
    }

    fn sealed(packed: &[u8]) -> Vec<u8> {
        [&Digest::of(packed).bytes()[..], packed].concat()
    }

    #[test]
    fn a_block_that_cannot_be_unpacked_is_refused_even_when_its_digest_is_right() {
        let packed_text = lz4_flex::block::compress(b"some text, some text, some text");
        assert_eq!(unpacked(&packed(31, &packed_text)).unwrap(), "some text, some text, some text");
        for (length, text) in
            [(30, &packed_text[..]), (32, &packed_text), (31, b""), (31, b"\xff\xff\xff\xff"), (0, b"")]
        {
            assert_eq!(unpacked(&packed(length, text)), Err("it cannot be unpacked"), "{length} {text:?}");
        }
        for length in [u64::MAX, 1 << 40] {
            assert_eq!(unpacked(&packed(length, &packed_text)), Err("its length is impossible"));
        }
        assert_eq!(unpacked(&sealed(&[0; 7])), Err("it is cut short"));
        assert_eq!(unpacked(b"short"), Err("it is cut short"));
        assert_eq!(unpacked(&packed(2, &lz4_flex::block::compress(b"\xff\xfe"))), Err("it is not UTF-8"));
    }

    #[test]
    fn every_byte_of_the_block_counts() {
        for at in (0..BLOCK.len()).step_by(1009).chain([0, 31, 32, 39, 40, BLOCK.len() - 1]) {
            let mut changed = BLOCK.to_vec();
            changed[at] ^= 1;
            assert_eq!(unpacked(&changed), Err("its digest is another"), "byte {at}");
        }
    }

    #[test]
    fn a_list_that_does_not_fit_its_files_is_refused() {
        assert!(cut("1 manifest-sha256.txt\n2 sql/a\n\nmab").is_ok());
        for text in [
            "",
            "1 manifest-sha256.txt\n1 sql/a\n\nm",
            "1 manifest-sha256.txt\n\nmm",
            "1 sql/a\n\na",
            "x manifest-sha256.txt\n\nm",
            "1\n\nm",
            "1 manifest-sha256.txt\n\né",
        ] {
            assert!(cut(text).is_err(), "{text:?}");
        }
    }
}
