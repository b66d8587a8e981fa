//! Writes the evidence of a run. Each step is synced to disk before the run reports it.
//!
//! The JSON file is complete at every moment: each state is written to a new file, synced, and renamed over the old one. Files are created
//! exclusively. So a run neither overwrites the evidence of another run nor writes through a link that someone placed in the folder.

use super::{LogSoFar, Record, checksum, previous};
use crate::exec::Pending;
use crate::files;
use crate::pg::server_facts::{Identity, SessionClient};
use crate::report::Report;
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The two open files of a run.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    name: String,
    log: File,
    log_bytes: u64,
    log_hasher: Sha256,
    /// SHA-256 of the state that was written last.
    digest: Option<String>,
    /// Whether no state has been written yet. Then the name of the JSON file must still be free.
    is_first: bool,
    /// The members that every state of the evidence has.
    pub record: Record<()>,
}

impl Writer {
    /// Creates both files in `folder`, which must exist.
    ///
    /// # Errors
    /// Returns an error if a file cannot be created exclusively, written or synced. Then the run must not start.
    pub fn create(folder: &Path, record: Record<()>) -> io::Result<Self> {
        let now = jiff::Timestamp::now();
        let stamp = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        for name in files::numbered(&format!("rollout_{stamp}")) {
            // The folder may contain only the JSON file of an earlier run, without its log.
            if std::fs::symlink_metadata(folder.join(format!("{name}.json"))).is_ok() {
                continue;
            }
            let log = match exclusive(&folder.join(format!("{name}.log"))) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                other => other?,
            };
            let writer = Self {
                folder: folder.to_owned(),
                name,
                log,
                log_bytes: 0,
                log_hasher: Sha256::new(),
                digest: None,
                is_first: true,
                record: Record { begun: now.to_string(), ..record },
            };
            File::open(folder)?.sync_all()?;
            return Ok(writer);
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "a hundred runs have begun in this second"))
    }

    fn json_path(&self) -> PathBuf {
        self.folder.join(format!("{}.json", self.name))
    }

    /// The paths of both files.
    pub fn paths(&self) -> Vec<String> {
        ["log", "json"]
            .iter()
            .map(|kind| self.folder.join(format!("{}.{kind}", self.name)).display().to_string())
            .collect()
    }

    /// Writes the state of the run and syncs it to disk.
    ///
    /// # Errors
    /// Returns an error if the state did not reach the disk.
    pub fn write(&mut self, report: &Report, commit_next: Option<&Pending>, complete: bool) -> io::Result<()> {
        self.record.written = jiff::Timestamp::now().to_string();
        self.record.complete = complete;
        self.record.commit_next = commit_next.cloned();
        self.record.log = LogSoFar {
            file: format!("{}.log", self.name),
            bytes: self.log_bytes,
            sha256: checksum::text(self.log_hasher.clone()),
        };
        let evidence = self.record.with(report);
        let next = self.folder.join(format!(".{}.next", self.name));
        let _ = std::fs::remove_file(&next);
        // The JSON is written directly to the new file, so the whole text is never in memory. The new file becomes the evidence when it is
        // renamed.
        let sealing = checksum::Sealing::new(exclusive(&next)?);
        // The buffer is the outermost writer. It is flushed only between two pieces, and each piece consists of whole characters.
        let mut file = io::BufWriter::with_capacity(64 * 1024, Escaping(sealing));
        // Only the complete state is indented for people. Earlier states are soon overwritten.
        if complete {
            serde_json::to_writer_pretty(&mut file, &evidence)?;
        } else {
            serde_json::to_writer(&mut file, &evidence)?;
        }
        let (file, digest) = file.into_inner().map_err(io::IntoInnerError::into_error)?.0.finish()?;
        file.sync_all()?;
        if self.is_first {
            first_in_place(&next, &self.json_path())?;
            self.is_first = false;
        } else {
            std::fs::rename(&next, self.json_path())?;
        }
        File::open(&self.folder)?.sync_all()?;
        self.digest = Some(digest);
        Ok(())
    }

    /// Stores the session, and finds the evidence that was written before for the same database in the same folder.
    pub fn reached(&mut self, session: &Identity, client: Option<SessionClient>) {
        let own = format!("{}.json", self.name);
        let database = session.database_oid.as_deref().map(|oid| (session.system_identifier.as_str(), oid));
        self.record.previous = database.and_then(|database| previous::find(&self.folder, &own, database));
        self.record.session = Some(session.clone());
        self.record.client = client;
    }

    /// SHA-256 of the evidence file as it is on disk. `None` before the first write.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// Appends the shown text to the log. Each line gets its time in UTC.
    ///
    /// # Errors
    /// Returns an error if the log could not be written.
    pub fn log(&mut self, text: &str) -> io::Result<()> {
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let stamped: String = text.lines().map(|line| format!("{now} {line}").trim_end().to_owned() + "\n").collect();
        self.log.write_all(stamped.as_bytes())?;
        self.log_bytes += stamped.len() as u64;
        self.log_hasher.update(stamped.as_bytes());
        Ok(())
    }

    /// Syncs the log to disk.
    ///
    /// # Errors
    /// Returns an error if the log did not reach the disk, or if its name no longer refers to this file.
    pub fn sync_log(&mut self) -> io::Result<()> {
        use std::os::unix::fs::MetadataExt as _;
        self.log.sync_all()?;
        let (ours, named) =
            (self.log.metadata()?, std::fs::symlink_metadata(self.folder.join(format!("{}.log", self.name)))?);
        if (ours.dev(), ours.ino()) == (named.dev(), named.ino()) {
            return Ok(());
        }
        Err(io::Error::other("the log was replaced"))
    }
}

/// Replaces characters that would mislead a reader at a terminal by their JSON escapes. Each piece must consist of whole characters.
struct Escaping<W>(W);

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(piece) {
            Ok(text) => self.0.write_all(crate::text::escaped_json(text).as_bytes())?,
            Err(_) => self.0.write_all(piece)?,
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Gives the first state its name in one step. An existing file with this name belongs to someone else and is not replaced.
fn first_in_place(next: &Path, name: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, next, CWD, name, RenameFlags::NOREPLACE) {
        // Not every file system supports this. Then the name is reserved first.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
            drop(exclusive(name)?);
            std::fs::rename(next, name)
        }
        Err(error) => {
            let _ = std::fs::remove_file(next);
            Err(error.into())
        }
        Ok(()) => Ok(()),
    }
}

/// Creates a new file that only its owner may read. It fails if the name exists, and it follows no link.
fn exclusive(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_evidence_holds_no_raw_character_and_the_same_values() {
        for text in ["\u{9b}", "\u{7f}", "\u{ad}", "a\u{1b}[2J\u{202e}b", "\u{e0041}", "日本語", ""] {
            let json = serde_json::json!({"text": text});
            let mut file = Escaping(Vec::new());
            serde_json::to_writer(&mut file, &json).unwrap();
            let text = String::from_utf8(file.0).unwrap();
            assert_eq!(crate::text::escaped(&text), text);
            assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), json);
        }
    }
}
