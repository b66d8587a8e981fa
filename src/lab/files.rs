//! Folders and files of the lab: private, handed to the server's account, copied whole.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::LabError;
use super::account::Account;

/// Makes a folder that is closed to others.
pub(crate) fn make_private_folder(path: &Path, account: &Account) -> Result<(), LabError> {
    DirBuilder::new().mode(0o700).create(path).map_err(LabError::file("make the folder", path))?;
    account.take(path)
}

/// Makes a folder of our own that the server's account may pass through but not list.
pub(crate) fn make_passable_folder(path: &Path, account: &Account) -> Result<(), LabError> {
    DirBuilder::new().mode(0o700).create(path).map_err(LabError::file("make the folder", path))?;
    if account.foreign {
        // Not by the builder's mode, which the umask would cut down.
        std::fs::set_permissions(path, Permissions::from_mode(0o711))
            .map_err(LabError::file("change the mode of", path))?;
    }
    Ok(())
}

/// Makes sure that a folder at a name which others could guess is ours alone.
pub(crate) fn ensure_own_folder(path: &Path, account: &Account) -> Result<(), LabError> {
    match make_passable_folder(path, account) {
        Ok(()) => return Ok(()),
        Err(LabError::File { source, .. }) if source.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    must_be_own(path)
}

/// Refuses a folder that another account made or may write to: what we put there could be
/// exchanged under our hands.
pub(crate) fn must_be_own(path: &Path) -> Result<(), LabError> {
    let meta = std::fs::symlink_metadata(path).map_err(LabError::file("look at", path))?;
    let reason = if !meta.is_dir() {
        "it is not a folder"
    } else if meta.uid() != rustix::process::geteuid().as_raw() {
        "it belongs to another account"
    } else if meta.mode() & 0o002 != 0 {
        "every account may write to it"
    } else {
        return Ok(());
    };
    Err(LabError::UnsafeFolder { folder: path.to_path_buf(), reason })
}

/// Writes a file that only the server's account may read, as the server asks of keys.
pub(crate) fn write_private_file(path: &Path, contents: &[u8], account: &Account) -> Result<(), LabError> {
    // An earlier file goes first, so that its mode and owner do not stay.
    remove_file(path)?;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(contents))
        .map_err(LabError::file("write", path))?;
    account.take(path)
}

/// Copies a data folder. Anything but folders and plain files is refused: a link would lead the
/// copy into the original.
pub(crate) fn copy_tree(from: &Path, to: &Path, account: &Account) -> Result<(), LabError> {
    make_private_folder(to, account)?;
    let entries = std::fs::read_dir(from).map_err(LabError::file("read the folder", from))?;
    for entry in entries {
        let entry = entry.map_err(LabError::file("read the folder", from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().map_err(LabError::file("look at", &source))?;
        if kind.is_dir() {
            copy_tree(&source, &target, account)?;
        } else if kind.is_file() {
            std::fs::copy(&source, &target).map_err(LabError::file("copy", &source))?;
            account.take(&target)?;
        } else {
            return Err(LabError::UnsafeFolder { folder: source, reason: "it is neither a folder nor a plain file" });
        }
    }
    Ok(())
}

/// Removes a folder with all that it holds; one that is gone already is fine.
pub(crate) fn remove_tree(path: &Path) -> Result<(), LabError> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(LabError::file("remove the folder", path)(error))
        }
        _ => Ok(()),
    }
}

/// Removes a file; one that is gone already is fine.
pub(crate) fn remove_file(path: &Path) -> Result<(), LabError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(LabError::file("remove", path)(error)),
        _ => Ok(()),
    }
}
