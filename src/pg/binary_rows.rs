//! Reads COPY's binary format: a signature, then rows of one column, then an end mark.

use sha2::{Digest as _, Sha256};

/// The number of rows read so far, and their digest.
#[derive(Default)]
pub(super) struct BinaryRows {
    rest: Vec<u8>,
    begun: bool,
    ended: bool,
    rows: i64,
    hash: Sha256,
}

impl BinaryRows {
    /// The bytes of the signature, the flags, and the length of the header extension, which is not used.
    const HEADER: usize = 19;

    pub(super) fn feed(&mut self, chunk: &[u8]) {
        self.rest.extend_from_slice(chunk);
        let mut at = 0;
        if !self.begun && self.rest.len() >= Self::HEADER {
            (self.begun, at) = (true, Self::HEADER);
        }
        while self.begun && !self.ended {
            let Some(columns) = self.rest[at..].first_chunk::<2>() else { break };
            if *columns == [0xff, 0xff] {
                self.ended = true;
                break;
            }
            let Some(length) = self.rest[at + 2..].first_chunk::<4>() else { break };
            // NULL has the length -1 and no bytes.
            let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or_default();
            let Some(value) = self.rest.get(at + 6..at + 6 + length) else { break };
            self.hash.update(value);
            self.hash.update(b"\n");
            self.rows += 1;
            at += 6 + length;
        }
        self.rest.drain(..at);
    }

    pub(super) fn finish(self) -> Result<(i64, String), String> {
        if !self.ended {
            return Err("the copy ended before its end mark".to_owned());
        }
        let hex = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((self.rows, hex))
    }
}
