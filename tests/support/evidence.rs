//! Evidence that was edited by hand, with the old checksum or with a new one that matches.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::{Path, PathBuf};

#[track_caller]
pub fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}\n{text}", path.display()))
}

/// The SHA-256 as `sha256:` and 64 hex digits.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold("sha256:".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The text of the evidence with a checksum that matches.
pub fn sealed(evidence: &Value) -> String {
    let mut evidence = evidence.clone();
    evidence.as_object_mut().unwrap().remove("checksum");
    let text = evidence.to_string();
    let body = text.strip_suffix('}').unwrap();
    format!("{body},\"checksum\":\"{}\"}}\n", digest(body.as_bytes()))
}

/// Writes a changed copy next to the evidence, with a new checksum, and returns the path of the copy.
#[track_caller]
pub fn changed(path: &Path, name: &str, change: impl FnOnce(&mut Value)) -> PathBuf {
    let mut evidence = read(path);
    change(&mut evidence);
    let copy = path.with_file_name(name);
    std::fs::write(&copy, sealed(&evidence)).unwrap();
    copy
}
