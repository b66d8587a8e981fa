//! Follows the chain of evidence, from a file to the first. A file that is taken away, put in or changed later shows in the one that came
//! after it.

use super::{Rollout, checksum};
use crate::files;
use std::path::PathBuf;

/// What following the chain came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chain {
    /// Every file that the chain names is there, as it was.
    Whole {
        /// Number of earlier files.
        files: usize,
    },
    /// One is not as it was.
    Broken(String),
    /// One cannot be compared.
    Unknown(String),
}

/// Follows the chain from a file to the first.
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
            Ok(_) if link.complete => return Chain::Broken(format!("{name} was changed since, or is another file")),
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
