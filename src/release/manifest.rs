//! `manifest-sha256.txt`: one line a file, in the format that `sha256sum -c` reads.

use super::ReleaseError;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// A SHA-256 digest; shown as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Its 32 bytes.
    pub fn bytes(&self) -> [u8; 32] {
        self.0
    }

    fn parse(hex: &str) -> Option<Self> {
        let bytes = hex.as_bytes();
        if bytes.len() != 64 || !bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        let mut digest = [0_u8; 32];
        for (index, value) in digest.iter_mut().enumerate() {
            *value = u8::from_str_radix(&hex[index * 2..index * 2 + 2], 16).ok()?;
        }
        Some(Self(digest))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The manifest: sorted, unique paths with their digests.
#[derive(Clone, Debug)]
pub struct Manifest {
    entries: Vec<(String, Digest)>,
}

impl Manifest {
    /// Reads the manifest. Strict, so that one changed byte anywhere is refused: two blanks, LF, sorted, unique, below `sql/`.
    ///
    /// # Errors
    /// [`ReleaseError::ManifestLine`] for the first line that breaks a rule.
    pub fn parse(text: &str) -> Result<Self, ReleaseError> {
        let mut entries: Vec<(String, Digest)> = Vec::new();
        if !text.ends_with('\n') {
            let line = text.lines().count();
            return Err(ReleaseError::ManifestLine { line, reason: "the last line lacks its end" });
        }
        for (index, line) in text.split_terminator('\n').enumerate() {
            let (path, digest) =
                entry(line).map_err(|reason| ReleaseError::ManifestLine { line: index + 1, reason })?;
            if entries.last().is_some_and(|(before, _)| before.as_str() >= path) {
                return Err(ReleaseError::ManifestLine { line: index + 1, reason: "paths are not sorted and unique" });
            }
            entries.push((path.to_owned(), digest));
        }
        Ok(Self { entries })
    }

    /// Every file is listed, every listed file is there, every digest is that of the bytes.
    ///
    /// # Errors
    /// [`ReleaseError::Missing`], [`ReleaseError::Unlisted`] or [`ReleaseError::Mismatch`], the first found, and those of `digest`.
    pub fn check<T>(
        &self,
        files: &BTreeMap<String, T>,
        digest: impl Fn(&T) -> Result<Digest, ReleaseError>,
    ) -> Result<(), ReleaseError> {
        for (path, expected) in &self.entries {
            let file = files.get(path).ok_or_else(|| ReleaseError::Missing { path: path.clone() })?;
            let actual = digest(file)?;
            if actual != *expected {
                return Err(ReleaseError::Mismatch { path: path.clone(), expected: *expected, actual });
            }
        }
        match files.keys().find(|path| self.entries.binary_search_by(|(listed, _)| listed.cmp(path)).is_err()) {
            Some(path) => Err(ReleaseError::Unlisted { path: path.clone() }),
            None => Ok(()),
        }
    }

    /// The release digest: SHA-256 of the manifest itself, so that every byte of the packet counts. `sha256sum` of the exported
    /// manifest prints the same.
    pub fn release_digest(&self) -> Digest {
        let lines: String = self.entries.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect();
        Digest::of(lines.as_bytes())
    }

    /// Paths with their digests, sorted by path.
    pub fn entries(&self) -> &[(String, Digest)] {
        &self.entries
    }
}

fn entry(line: &str) -> Result<(&str, Digest), &'static str> {
    let (hex, path) = line.split_at_checked(66).ok_or("shorter than a digest and a path")?;
    let hex = hex.strip_suffix("  ").ok_or("the digest is not followed by two blanks")?;
    let digest = Digest::parse(hex).ok_or("the digest is not 64 lower-case hex digits")?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    if !path.bytes().all(plain) || path.split('/').any(|step| matches!(step, "" | "." | "..")) {
        return Err("the path is not a plain relative path");
    }
    if !path.starts_with("sql/") {
        return Err("the path is not below sql/");
    }
    Ok((path, digest))
}
