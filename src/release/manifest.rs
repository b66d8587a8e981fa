//! The manifest of the members: one line for each file, in the format of `sha256sum -c`.

use super::{Digest, ReleaseError};

/// The manifest: sorted, unique paths with their digests.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    entries: Vec<(String, Digest)>,
}

impl Manifest {
    /// Reads the manifest. The form is strict, so that any changed byte is rejected: two blanks, LF, sorted, unique, below `sql/`.
    ///
    /// # Errors
    /// Returns [`ReleaseError::ManifestLine`] for the first line that breaks a rule.
    pub fn parse(text: &str) -> Result<Self, ReleaseError> {
        let mut entries: Vec<(String, Digest)> = Vec::new();
        if !text.ends_with('\n') {
            let line = text.lines().count();
            return Err(ReleaseError::ManifestLine { line, reason: "the last line has no line end" });
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

    /// The digest of a path. `None` if the manifest does not contain the path.
    pub fn digest(&self, path: &str) -> Option<Digest> {
        let place = self.entries.binary_search_by(|(listed, _)| listed.as_str().cmp(path)).ok()?;
        Some(self.entries[place].1)
    }

    /// The manifest as text, in the format of `sha256sum -c`.
    pub fn text(&self) -> String {
        self.entries.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect()
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
