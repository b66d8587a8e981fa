//! The folder of the rollout files.

use crate::cli::Writing;
use crate::error::Error;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The environment variable that names the folder if `--log-dir` does not.
pub(super) const VARIABLE: &str = "ONEROOF_LOG_DIR";

/// The name of the folder, in the working folder, if no other one is named.
pub(crate) const DEFAULT: &str = "rollout";

/// Files that container engines put into every container.
const CONTAINER_MARKS: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];

/// The folder of a run's rollout files, as an absolute path. It is the named folder, or else `./rollout`, which is made if it is missing.
///
/// # Errors
/// [`Error::Usage`] if the folder cannot be made, or if `apply` or `rollback` runs in a container and no folder is named. The evidence
/// would be lost when the container is removed.
pub(crate) fn of(writing: &Writing, command: &str) -> Result<PathBuf, Error> {
    let named = writing.log_dir.clone().or_else(from_environment);
    if let Some(folder) = named {
        return absolute(&folder);
    }
    if matches!(command, "apply" | "rollback") && in_container() {
        return Err(Error::Usage {
            message: "in a container the folder for the evidence must be named: other files are lost when the container is removed".to_owned(),
            hint: format!("Give --log-dir with a folder that is mounted into the container, or set {VARIABLE}."),
        });
    }
    let folder = absolute(Path::new(DEFAULT))?;
    make(&folder).map_err(|error| unusable(&folder, &error))?;
    Ok(folder)
}

/// Whether this process runs in a container. The files of [`CONTAINER_MARKS`] show it.
pub(crate) fn in_container() -> bool {
    CONTAINER_MARKS.iter().any(|mark| Path::new(mark).exists())
}

/// The folder that `report` reads if no file is named. The other commands write to the same folder.
pub(crate) fn to_read(given: Option<&Path>) -> PathBuf {
    given.map(Path::to_path_buf).or_else(from_environment).unwrap_or_else(|| PathBuf::from(DEFAULT))
}

fn from_environment() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn absolute(folder: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(folder).map_err(|error| unusable(folder, &error))
}

/// Makes a folder that only its owner can open. Its `.gitignore` keeps the files out of version control.
fn make(folder: &Path) -> std::io::Result<()> {
    match std::fs::DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => std::fs::File::create_new(folder.join(".gitignore"))?.write_all(b"*\n"),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

fn unusable(folder: &Path, error: &std::io::Error) -> Error {
    Error::Usage {
        message: format!("{}: cannot make the folder for the evidence: {error}", folder.display()),
        hint: "Give --log-dir with a folder in which you may create files: no run starts without evidence.".to_owned(),
    }
}
