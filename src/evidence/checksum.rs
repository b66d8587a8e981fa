//! The checksum inside a rollout file: its last member is the SHA-256 of every byte before it. It shows that a file was changed by accident
//! or by hand. If someone also recomputes the checksum, the SHA-256 of the whole file, which the run prints at its end, shows the change.

use sha2::{Digest as _, Sha256};
use std::io::{self, Write};

/// The name of the member, with its quotes.
const NAME: &str = "\"checksum\"";
/// The number of bytes that are held back. The end of an object is shorter: a brace, a line end, and white space around them.
const HELD: usize = 8;

/// The SHA-256 of the hashed bytes as `sha256:<64 hex digits>`.
pub(super) fn text(hasher: Sha256) -> String {
    hasher.finalize().iter().fold("sha256:".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

/// The SHA-256 of `bytes` as `sha256:<64 hex digits>`.
pub(super) fn of(bytes: &[u8]) -> String {
    text(Sha256::new_with_prefix(bytes))
}

/// Writes one JSON object to `inner` and adds the checksum as its last member.
pub(super) struct Sealing<W> {
    inner: W,
    hasher: Sha256,
    /// The last bytes, which are held back because they contain the end of the object.
    held: Vec<u8>,
}

impl<W: Write> Sealing<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, hasher: Sha256::new(), held: Vec::new() }
    }

    /// Ends the object. Returns the inner writer and the digest of everything that was written to it.
    pub(super) fn finish(mut self) -> io::Result<(W, String)> {
        let body = self.held.trim_ascii_end().strip_suffix(b"}").map(<[u8]>::trim_ascii_end);
        let body = body.ok_or_else(|| io::Error::other("the evidence is not a JSON object"))?.to_vec();
        let laid_out = self.held.contains(&b'\n');
        self.pass(&body)?;
        let checksum = text(self.hasher.clone());
        let end =
            if laid_out { format!(",\n  {NAME}: \"{checksum}\"\n}}\n") } else { format!(",{NAME}:\"{checksum}\"}}\n") };
        self.pass(end.as_bytes())?;
        Ok((self.inner, text(self.hasher)))
    }

    fn pass(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.inner.write_all(bytes)
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        // All but the last bytes are written: first bytes that were held back, then bytes of the piece.
        let ready = (self.held.len() + piece.len()).saturating_sub(HELD);
        let from_held = ready.min(self.held.len());
        let mut kept = self.held.split_off(from_held);
        let held = std::mem::take(&mut self.held);
        self.pass(&held)?;
        let (pass, keep) = piece.split_at(ready - from_held);
        self.pass(pass)?;
        kept.extend_from_slice(keep);
        self.held = kept;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Whether the text of a rollout file is unchanged: its checksum must match the bytes before it.
pub(super) fn holds(text: &str) -> bool {
    let Some(at) = text.rfind(NAME) else { return false };
    let Some(body) = text[..at].trim_end().strip_suffix(',') else { return false };
    let expected = format!(":\"{}\"}}", of(body.as_bytes()));
    let found: String = text[at + NAME.len()..].split_ascii_whitespace().collect();
    found == expected
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sealed(value: &serde_json::Value, laid_out: bool) -> (String, String) {
        let mut writer = Sealing::new(Vec::new());
        if laid_out {
            serde_json::to_writer_pretty(&mut writer, value).unwrap();
        } else {
            serde_json::to_writer(&mut writer, value).unwrap();
        }
        let (bytes, digest) = writer.finish().unwrap();
        (String::from_utf8(bytes).unwrap(), digest)
    }

    #[test]
    fn every_changed_byte_before_the_checksum_and_in_it_is_seen() {
        for laid_out in [false, true] {
            let value = json!({"a": [1, {"checksum": "sha256:0"}], "b": "é\n}"});
            let (text, digest) = sealed(&value, laid_out);
            assert_eq!(digest, of(text.as_bytes()));
            assert!(holds(&text), "{text}");
            let mut read: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert!(read.as_object_mut().unwrap().remove("checksum").is_some());
            assert_eq!(read, value);
            let end = text.rfind('}').unwrap();
            for at in (0..end).filter(|at| text.is_char_boundary(*at) && text.is_char_boundary(at + 1)) {
                let changed =
                    format!("{}{}{}", &text[..at], if &text[at..=at] == "7" { "8" } else { "7" }, &text[at + 1..]);
                assert!(!holds(&changed), "{at}: {changed}");
            }
        }
    }

    #[test]
    fn a_text_without_a_checksum_or_with_something_behind_it_does_not_hold() {
        let (text, _) = sealed(&json!({"a": 1}), false);
        for other in [
            "",
            "{}",
            "{\"checksum\":1}",
            &format!("{} ,\"b\":1}}", text.trim_end().trim_end_matches('}')),
            &format!("{text}x"),
        ] {
            assert!(!holds(other), "{other}");
        }
    }
}
