//! A folder below the temporary folder, for a command that runs other commands on a throwaway server.

use crate::error::Error;
use std::path::{Path, PathBuf};

/// The folder. It is removed when this value is dropped.
pub(super) struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// Makes a new folder that only its owner can read. `purpose` is a part of its name.
    ///
    /// # Errors
    /// [`Error::Usage`] if it cannot be made.
    pub(super) fn create(purpose: &str) -> Result<Self, Error> {
        use std::os::unix::fs::DirBuilderExt as _;
        let path = std::env::temp_dir().join(format!("oneroof-{purpose}-{}", std::process::id()));
        std::fs::DirBuilder::new().mode(0o700).create(&path).map_err(|error| Error::Usage {
            message: format!("{}: {error}", path.display()),
            hint: "Set TMPDIR to a folder in which you may create files.".to_owned(),
        })?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
