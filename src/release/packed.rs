//! The sources in the binary, as `build.rs` packed them. A test compares them with the folder.
//!
//! The block begins with the SHA-256 of everything after it. Then it has one line `<bytes> <packed bytes> <path>` for each file, an empty
//! line, and the files as LZ4 blocks without gaps. The first file is the manifest of the members, after a line with the release digest. The
//! second file is the dictionary for all files after it. The SHA-256 is verified first, so that damaged data is never unpacked.

use super::{Digest, ReleaseError};
use crate::packet::compose::Files;
use std::sync::Arc;

/// The whole block, byte for byte as it is in the binary.
pub const BLOCK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/packet"));

/// The unpacked content of the binary.
#[derive(Debug)]
pub struct Contents {
    /// The manifest: one line `<sha256>  <path>` for each member.
    pub manifest: String,
    /// The release digest.
    pub digest: Digest,
    /// Every file below `sql/`, by its path there.
    pub sources: Files,
}

/// Unpacks the packet in this binary.
///
/// # Errors
/// Returns [`ReleaseError::Packed`] if the block is damaged, and [`ReleaseError::Composed`] if no packet could be composed when it was
/// built.
pub fn packet() -> Result<Contents, ReleaseError> {
    let damaged = |reason| ReleaseError::Packed { reason };
    let (first, files) = listed(BLOCK).map_err(damaged)?;
    let (head, manifest) = first.split_once('\n').ok_or(damaged("its manifest has no head"))?;
    if let Some(reason) = head.strip_prefix("# broken: ") {
        return Err(ReleaseError::Composed { reason: reason.to_owned() });
    }
    let digest =
        head.strip_prefix("# release sha256:").and_then(Digest::parse).ok_or(damaged("its digest cannot be read"))?;
    let file = |file: Packed| Ok((file.path.to_owned(), file.unpacked()?));
    let sources: Result<Files, &'static str> = files.into_iter().map(file).collect();
    Ok(Contents { manifest: manifest.to_owned(), digest, sources: sources.map_err(damaged)? })
}

/// A packed file in the binary.
#[derive(Clone, Debug)]
struct Packed {
    path: &'static str,
    length: usize,
    block: &'static [u8],
    /// The dictionary that the file was packed with.
    dictionary: Arc<[u8]>,
}

impl Packed {
    /// The text of the file, or why it cannot be unpacked.
    fn unpacked(&self) -> Result<String, &'static str> {
        let mut bytes = vec![0; self.length];
        match lz4_flex::block::decompress_into_with_dict(self.block, &mut bytes, &self.dictionary) {
            Ok(filled) if filled == self.length => String::from_utf8(bytes).map_err(|_| "a file is not UTF-8"),
            _ => Err("a file cannot be unpacked"),
        }
    }
}

fn listed(whole: &'static [u8]) -> Result<(String, Vec<Packed>), &'static str> {
    let (digest, packed) = whole.split_at_checked(32).ok_or("it is cut short")?;
    if Digest::of(packed).bytes() != digest {
        return Err("its digest is different");
    }
    let end = packed.windows(2).position(|pair| pair == b"\n\n").ok_or("its list of files has no end")?;
    let list = std::str::from_utf8(&packed[..end]).map_err(|_| "its list is not UTF-8")?;
    let mut rest = &packed[end + 2..];
    let mut files = Vec::new();
    for line in list.lines() {
        let mut words = line.splitn(3, ' ');
        let mut number = || words.next()?.parse::<usize>().ok();
        let (length, packed) = number().zip(number()).ok_or("a length in its list is not a number")?;
        let path = words.next().ok_or("a line of its list has no path")?;
        let (block, after) = rest.split_at_checked(packed).ok_or("a file is longer than the rest of the packet")?;
        // An LZ4 block grows to at most 255 times its size. A length above this limit is rejected before memory is allocated.
        if length / 255 > packed {
            return Err("a length in its list is impossible");
        }
        files.push(Packed { path, length, block, dictionary: Arc::default() });
        rest = after;
    }
    match files.first() {
        _ if !rest.is_empty() => Err("it holds more than its list names"),
        Some(first) if first.path == "manifest-sha256.txt" => {
            let manifest = files.remove(0).unpacked()?;
            if let [shared, others @ ..] = files.as_mut_slice() {
                let dictionary: Arc<[u8]> = shared.unpacked()?.into_bytes().into();
                for file in others {
                    file.dictionary = Arc::clone(&dictionary);
                }
            }
            Ok((manifest, files))
        }
        _ => Err("it does not begin with the manifest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet of one file, packed as `build.rs` does it, with these lengths in its list.
    fn sealed(text: &[u8]) -> &'static [u8] {
        Vec::leak([&Digest::of(text).bytes()[..], text].concat())
    }

    fn one(length: usize, packed: usize, block: &[u8]) -> Result<String, &'static str> {
        let list = format!("{length} {packed} manifest-sha256.txt\n\n");
        listed(sealed(&[list.as_bytes(), block].concat())).map(|(manifest, _)| manifest)
    }

    #[test]
    fn a_file_that_cannot_be_unpacked_is_refused_even_when_the_digest_is_right() {
        let block = lz4_flex::block::compress(b"some text, some text, some text");
        assert_eq!(one(31, block.len(), &block).unwrap(), "some text, some text, some text");
        for (length, block) in [(30, &block[..]), (32, &block), (31, b""), (31, b"\xff\xff\xff\xff"), (0, b"")] {
            assert_eq!(one(length, block.len(), block), Err("a file cannot be unpacked"), "{length} {block:?}");
        }
        for length in [usize::MAX, 1 << 40] {
            assert_eq!(one(length, block.len(), &block), Err("a length in its list is impossible"));
        }
        let odd = lz4_flex::block::compress(b"\xff\xfe");
        assert_eq!(one(2, odd.len(), &odd), Err("a file is not UTF-8"));
        assert_eq!(listed(b"short").unwrap_err(), "it is cut short");
    }

    #[test]
    fn what_was_packed_against_the_second_file_is_read_with_it() {
        let (shared, text) =
            (b"a check that others repeat, word for word", b"-- a check that others repeat, word for word");
        let blocks = [
            lz4_flex::block::compress(b""),
            lz4_flex::block::compress(shared),
            lz4_flex::block::compress_with_dict(text, shared),
        ];
        let [empty, first, second] = blocks.each_ref().map(Vec::len);
        assert!(second < text.len() / 2, "{second}");
        let list = format!("0 {empty} manifest-sha256.txt\n41 {first} sql/a\n44 {second} sql/b\n\n");
        let whole = sealed(&[list.as_bytes(), &blocks.concat()].concat());
        let files = listed(whole).unwrap().1;
        assert_eq!(files[1].unpacked().unwrap().as_bytes(), text);
        let alone = Packed { dictionary: Arc::default(), ..files[1].clone() };
        assert!(alone.unpacked().is_err());
    }

    #[test]
    fn every_byte_of_the_packet_counts() {
        for at in (0..BLOCK.len()).step_by(1009).chain([0, 31, 32, 39, 40, BLOCK.len() - 1]) {
            let mut changed = BLOCK.to_vec();
            changed[at] ^= 1;
            assert_eq!(listed(changed.leak()).unwrap_err(), "its digest is different", "byte {at}");
        }
    }

    #[test]
    fn a_list_that_does_not_fit_its_files_is_refused() {
        let empty = lz4_flex::block::compress(b"");
        let with = |list: &str, more: &[u8]| listed(sealed(&[list.as_bytes(), &empty, more].concat()));
        assert_eq!(with("0 1 manifest-sha256.txt\n\n", b"").unwrap().0, "");
        for (list, more, reason) in [
            ("0 1 manifest-sha256.txt\n\n", &b"x"[..], "it holds more than its list names"),
            ("0 2 manifest-sha256.txt\n\n", b"", "a file is longer than the rest of the packet"),
            ("0 1 sql/a\n\n", b"", "it does not begin with the manifest"),
            ("0 1\n\n", b"", "a line of its list has no path"),
            ("0 x manifest-sha256.txt\n\n", b"", "a length in its list is not a number"),
            ("-1 1 manifest-sha256.txt\n\n", b"", "a length in its list is not a number"),
            ("0 1 manifest-sha256.txt\n", b"", "its list of files has no end"),
            ("\n\n", b"", "it holds more than its list names"),
        ] {
            assert_eq!(with(list, more).unwrap_err(), reason, "{list:?}");
        }
    }
}
