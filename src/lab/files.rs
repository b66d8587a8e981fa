//! Makes, copies and removes the folders and files of the lab, and gives them to the server's account.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::LabError;
use super::account::MachineAccount;

/// Makes a folder that only the server's account can open.
pub(crate) fn make_private_folder(path: &Path, account: &MachineAccount) -> Result<(), LabError> {
    DirBuilder::new().mode(0o700).create(path).map_err(LabError::file("make the folder", path))?;
    account.take(path)
}

/// Makes a folder that we own. The server's account may pass through it but not list it.
pub(crate) fn make_passable_folder(path: &Path, account: &MachineAccount) -> Result<(), LabError> {
    DirBuilder::new().mode(0o700).create(path).map_err(LabError::file("make the folder", path))?;
    if account.foreign {
        // The mode is set afterwards, because the umask would restrict the mode of the builder.
        std::fs::set_permissions(path, Permissions::from_mode(0o711))
            .map_err(LabError::file("change the mode of", path))?;
    }
    Ok(())
}

/// Makes a folder whose name others could guess. If the folder exists already, checks that it is ours.
pub(crate) fn ensure_own_folder(path: &Path, account: &MachineAccount) -> Result<(), LabError> {
    match make_passable_folder(path, account) {
        Ok(()) => return Ok(()),
        Err(LabError::File { source, .. }) if source.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    must_be_own(path)
}

/// Refuses a folder that another account owns, or that every account may write to. Somebody could replace our files in such a folder.
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

/// Writes a file that only the server's account may read. The server requires this for keys.
pub(crate) fn write_private_file(path: &Path, contents: &[u8], account: &MachineAccount) -> Result<(), LabError> {
    // An earlier file is removed first, so that its mode and owner are not kept.
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

/// Copies a data folder. Only folders and plain files are allowed, because a link in the copy would lead into the original.
pub(crate) fn copy_tree(from: &Path, to: &Path, account: &MachineAccount) -> Result<(), LabError> {
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

/// Removes a folder and everything in it. It is no error if the folder does not exist.
pub(crate) fn remove_tree(path: &Path) -> Result<(), LabError> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(LabError::file("remove the folder", path)(error))
        }
        _ => Ok(()),
    }
}

/// Removes a file. It is no error if the file does not exist.
pub(crate) fn remove_file(path: &Path) -> Result<(), LabError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(LabError::file("remove", path)(error)),
        _ => Ok(()),
    }
}
