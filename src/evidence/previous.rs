//! The link to earlier evidence: each file names the file that was written before it for the same database, with its SHA-256.

use super::checksum;
use crate::files;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The last evidence of the same database that was written to the same folder before this run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Previous {
    /// The file's name in the folder of the evidence.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Whether its run had ended. If not, the file may have been changed since.
    pub complete: bool,
}

/// The members that are read to find out whether a file is the right one.
#[derive(Deserialize)]
struct Brief {
    written: String,
    complete: bool,
    session: Option<BriefSession>,
}

#[derive(Deserialize)]
struct BriefSession {
    system_identifier: String,
    database_oid: Option<String>,
}

/// The number of further files that are read after the first match, because a run that began earlier may have ended later.
const BEYOND: usize = 8;

/// The last evidence of the database. The file with the name `own` is left out.
pub(super) fn find(folder: &Path, own: &str, database: (&str, &str)) -> Option<Previous> {
    let is_json = |name: &str| Path::new(name).extension().is_some_and(|ending| ending == "json");
    let is_other = |name: &String| name.starts_with("rollout_") && is_json(name) && name != own;
    let entries = std::fs::read_dir(folder).ok()?;
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).filter(is_other).collect();
    names.sort_unstable_by(|one, other| other.cmp(one));
    let mut found: Option<(jiff::Timestamp, Previous)> = None;
    let mut beyond = 0;
    for file in names {
        if let Some((written, previous)) = link(folder, file, database)
            && found.as_ref().is_none_or(|(last, _)| written > *last)
        {
            found = Some((written, previous));
        }
        beyond += usize::from(found.is_some());
        if beyond > BEYOND {
            break;
        }
    }
    found.map(|(_, previous)| previous)
}

fn link(folder: &Path, file: String, (server, oid): (&str, &str)) -> Option<(jiff::Timestamp, Previous)> {
    let bytes = files::read(&folder.join(&file), files::LARGE).ok()?;
    let brief: Brief = serde_json::from_slice(&bytes).ok()?;
    let session = brief.session?;
    let is_it = session.system_identifier == server && session.database_oid.as_deref() == Some(oid);
    let previous = Previous { file, sha256: checksum::of(&bytes), complete: brief.complete };
    Some((brief.written.parse().ok()?, previous)).filter(|_| is_it)
}
