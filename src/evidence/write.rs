//! Writes the evidence of a run, and syncs it before the step that it speaks of is reported.
//!
//! The JSON file is whole at every instant: each state is written to a new file, synced, and renamed over the old one. The names are
//! created exclusively, so that neither an older run's evidence nor a link planted in the folder is written through.

use super::{LogSoFar, Record, checksum, previous};
use crate::exec::Pending;
use crate::pg::witness::{Client, Identity};
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
    /// No state has been written yet: the name of the JSON file must still be free.
    is_first: bool,
    /// What every state of the evidence holds.
    pub record: Record<()>,
}

impl Writer {
    /// Creates both files in `folder`, which must exist.
    ///
    /// # Errors
    /// When a file cannot be created exclusively, written or synced: then nothing may start.
    pub fn create(folder: &Path, record: Record<()>) -> io::Result<Self> {
        let now = jiff::Timestamp::now();
        let stamp = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        for attempt in 0..100_u8 {
            let name = if attempt == 0 { format!("rollout_{stamp}") } else { format!("rollout_{stamp}_{attempt}") };
            // The other file of an earlier run may be there alone.
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

    /// Writes and syncs the state of the run.
    ///
    /// # Errors
    /// When it did not reach the disk.
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
        // Straight into the file, which is not the evidence before it is renamed: the text as a whole is never in memory.
        let sealing = checksum::Sealing::new(exclusive(&next)?);
        // The buffer is outermost: it is emptied between two pieces, and a piece is whole characters.
        let mut file = io::BufWriter::with_capacity(64 * 1024, Escaping(sealing));
        // In lines for people once it is complete; what is overwritten a moment later is not laid out.
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

    /// Takes over the session, and finds the evidence before this one: of the same database, in the same folder.
    pub fn reached(&mut self, session: &Identity, client: Option<Client>) {
        let own = format!("{}.json", self.name);
        let database = session.database_oid.as_deref().map(|oid| (session.system_identifier.as_str(), oid));
        self.record.previous = database.and_then(|database| previous::find(&self.folder, &own, database));
        self.record.session = Some(session.clone());
        self.record.client = client;
    }

    /// SHA-256 of the evidence as it is on the disk.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// Appends to the log what was shown, each line with its time in UTC.
    ///
    /// # Errors
    /// When it could not be written.
    pub fn log(&mut self, text: &str) -> io::Result<()> {
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let stamped: String = text.lines().map(|line| format!("{now} {line}").trim_end().to_owned() + "\n").collect();
        self.log.write_all(stamped.as_bytes())?;
        self.log_bytes += stamped.len() as u64;
        self.log_hasher.update(stamped.as_bytes());
        Ok(())
    }

    /// Syncs the log.
    ///
    /// # Errors
    /// When it did not reach the disk, or is not found under its name any more.
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

/// Spells out, as JSON does, what would mislead whoever looks at the file on a terminal. A piece that is written is whole characters.
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

/// Gives the first state its name, whole from the first instant; a file in the way is a stranger's and stays.
fn first_in_place(next: &Path, name: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, next, CWD, name, RenameFlags::NOREPLACE) {
        // Not every file system knows how; then the name is taken first.
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

/// A new file that only its owner may read; never one that is there already, never through a link.
fn exclusive(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_evidence_holds_no_raw_character_and_the_same_values() {
        for said in ["\u{9b}", "\u{7f}", "\u{ad}", "a\u{1b}[2J\u{202e}b", "\u{e0041}", "日本語", ""] {
            let json = serde_json::json!({"said": said});
            let mut file = Escaping(Vec::new());
            serde_json::to_writer(&mut file, &json).unwrap();
            let text = String::from_utf8(file.0).unwrap();
            assert_eq!(crate::text::escaped(&text), text);
            assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), json);
        }
    }
}
