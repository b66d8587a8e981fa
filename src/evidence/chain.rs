//! Follows the chain of evidence from one file to the first. If a file was removed, inserted or changed later, the file that came after it
//! shows this.

use super::{Rollout, checksum};
use crate::files;
use std::path::PathBuf;

/// The result of following the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chain {
    /// Every file that the chain names exists and is unchanged.
    Whole {
        /// Number of earlier files.
        files: usize,
    },
    /// A file was changed or belongs to another database. The text says which.
    Broken(String),
    /// A file could not be compared. The text says why.
    Unknown(String),
}

/// Follows the chain from a file back to the first.
pub fn chain(rollout: &Rollout) -> Chain {
    let mut files = 0;
    let mut next = rollout.record.previous.clone();
    let of = |rollout: &Rollout| rollout.database().map(|(server, oid)| (server.to_owned(), oid.to_owned()));
    let database = of(rollout);
    while let Some(link) = next {
        let name = &link.file;
        let path: PathBuf = rollout.path.with_file_name(name);
        if name.contains('/') {
            return Chain::Broken(format!("{name} is not beside the evidence"));
        }
        let earlier = match files::read(&path, files::LARGE) {
            Ok(bytes) if checksum::of(&bytes) == link.sha256 => Rollout::read(&path),
            Ok(_) if link.complete => return Chain::Broken(format!("{name} was changed later, or is another file")),
            Ok(_) => return Chain::Unknown(format!("{name} was still being written when the next run began")),
            Err(error) => return Chain::Unknown(format!("{name}: {error}")),
        };
        let earlier = match earlier {
            Ok(earlier) => earlier,
            Err(why) => return Chain::Unknown(format!("{name}: {why}")),
        };
        if of(&earlier) != database {
            return Chain::Broken(format!("{name} is of another database"));
        }
        files += 1;
        // A loop is impossible: a file cannot hold the SHA-256 of a file that holds its own SHA-256.
        next = earlier.record.previous;
    }
    Chain::Whole { files }
}
