//! The evidence of a run: `rollout_<UTC>.json` and `rollout_<UTC>.log`, written and synced before the step that they speak of is reported.
//!
//! The JSON file is whole at every instant: each state is written to a new file, synced, and renamed over the old one. The names are
//! created exclusively, so that neither an older run's evidence nor a link planted in the folder is written through.

mod chain;
mod checksum;
mod consistency;
mod operator;
mod parts;
mod previous;
mod rollout;

pub use chain::{Chain, chain};
pub use consistency::{Contradiction, Topic, contradictions};
pub use operator::Operator;
pub use parts::{Confirmed, How, LogSoFar};
pub use previous::Previous;
pub use rollout::{Ends, Rollout, Told};

/// `sha256:<64 hex digits>` of some bytes.
pub fn digest_of(bytes: &[u8]) -> String {
    checksum::of(bytes)
}

use crate::exec::Pending;
use crate::report::Report;
use parts::SCHEMA;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

/// What a rollout file holds; its checksum is written behind it.
#[derive(Serialize)]
struct Evidence<'a> {
    schema: &'static str,
    program: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary: Option<&'a str>,
    begun: &'a str,
    written: String,
    complete: bool,
    operator: &'a Operator,
    arguments: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed: Option<&'a Confirmed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratified_apr: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backup_ref: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a crate::pg::witness::Identity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<&'a crate::pg::witness::Client>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<&'a Previous>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit_next: Option<&'a Pending>,
    log: LogSoFar,
    report: &'a Report,
}

/// SHA-256 of the program that runs, as the kernel has it; absent where it may not be read.
fn running_binary() -> Option<String> {
    static DIGEST: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    let read = || {
        let (mut hasher, mut piece) = (Sha256::new(), vec![0; 64 * 1024]);
        let mut program = File::open("/proc/self/exe").ok()?;
        loop {
            match program.read(&mut piece).ok()? {
                0 => return Some(checksum::text(hasher)),
                length => hasher.update(&piece[..length]),
            }
        }
    };
    DIGEST.get_or_init(read).clone()
}

/// Facts of the run that every state of the evidence holds.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Who ran it.
    pub operator: Operator,
    /// SHA-256 of the running program.
    pub binary: Option<String>,
    /// The command line, without values that could hold a secret.
    pub arguments: Vec<String>,
    /// How it was confirmed, once it was.
    pub confirmed: Option<Confirmed>,
    /// The approval code given.
    pub ratified_apr: Option<String>,
    /// The named restore point.
    pub backup_ref: Option<String>,
    /// The session's identity.
    pub session: Option<crate::pg::witness::Identity>,
    /// How the server sees the client.
    pub client: Option<crate::pg::witness::Client>,
    /// The evidence before this one.
    pub previous: Option<Previous>,
}

impl Facts {
    /// What the process itself says, with its command line.
    pub fn of_process(arguments: Vec<String>) -> Self {
        Self { operator: Operator::of_process(), binary: running_binary(), arguments, ..Self::default() }
    }
}

/// The two open files of a run.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    name: String,
    begun: String,
    log: File,
    log_bytes: u64,
    log_hasher: Sha256,
    /// SHA-256 of the state that was written last.
    digest: Option<String>,
    /// No state has been written yet: the name of the JSON file must still be free.
    is_first: bool,
    /// Facts of the run.
    pub facts: Facts,
}

impl Journal {
    /// Creates both files in `folder`, which must exist.
    ///
    /// # Errors
    /// When a file cannot be created exclusively, written or synced: then nothing may start.
    pub fn create(folder: &Path, facts: Facts) -> io::Result<Self> {
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
            let journal = Self {
                folder: folder.to_owned(),
                name,
                begun: now.to_string(),
                log,
                log_bytes: 0,
                log_hasher: Sha256::new(),
                digest: None,
                is_first: true,
                facts,
            };
            File::open(folder)?.sync_all()?;
            return Ok(journal);
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
        let facts = &self.facts;
        let evidence = Evidence {
            schema: SCHEMA,
            program: concat!("oneroof ", env!("CARGO_PKG_VERSION")),
            begun: &self.begun,
            written: jiff::Timestamp::now().to_string(),
            complete,
            binary: facts.binary.as_deref(),
            operator: &facts.operator,
            arguments: &facts.arguments,
            confirmed: facts.confirmed.as_ref(),
            ratified_apr: facts.ratified_apr.as_deref(),
            backup_ref: facts.backup_ref.as_deref(),
            session: facts.session.as_ref(),
            client: facts.client.as_ref(),
            previous: facts.previous.as_ref(),
            commit_next,
            log: LogSoFar {
                file: format!("{}.log", self.name),
                bytes: self.log_bytes,
                sha256: checksum::text(self.log_hasher.clone()),
            },
            report,
        };
        let next = self.folder.join(format!(".{}.next", self.name));
        let _ = std::fs::remove_file(&next);
        // Straight into the file, which is not the evidence before it is renamed: the text as a whole is never in memory.
        let sealing = checksum::Sealing::new(exclusive(&next)?);
        let mut file = Escaping(io::BufWriter::with_capacity(64 * 1024, sealing));
        // In lines for people once it is complete; what is overwritten a moment later is not laid out.
        if complete {
            serde_json::to_writer_pretty(&mut file, &evidence)?;
        } else {
            serde_json::to_writer(&mut file, &evidence)?;
        }
        let (file, digest) = file.0.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?;
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
    pub fn reached(&mut self, session: &crate::pg::witness::Identity, client: Option<crate::pg::witness::Client>) {
        let own = format!("{}.json", self.name);
        let database = session.database_oid.as_deref().map(|oid| (session.system_identifier.as_str(), oid));
        self.facts.previous = database.and_then(|database| previous::find(&self.folder, &own, database));
        self.facts.session = Some(session.clone());
        self.facts.client = client;
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
