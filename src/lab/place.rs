//! The folder of a cluster: how it is made, watched and removed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::LabError;
use super::account::MachineAccount;
use super::clients::ServerAddress;
use super::files::{make_passable_folder, make_private_folder, must_be_own, remove_file, remove_tree};
use super::names::{DATA, PROCESS_FILE, SOCKET_FOLDER, SOCKET_PORT, STATE_FILE, parts_of};
use super::server::check_socket_path;
use super::template::{CLUSTER, Cache};
use super::watcher::Watcher;

/// The folder of a cluster. It is ours until it is removed. A watcher removes it if this process is killed.
#[derive(Debug)]
pub(crate) struct ClusterFolder {
    folder: PathBuf,
    /// Whether we made the folder itself, so that we may remove it.
    pub(crate) made: bool,
    /// A lock that this process holds until it ends. A folder whose lock is free was left behind.
    lock: Option<(File, PathBuf)>,
    pub(crate) watcher: Option<Watcher>,
}

impl ClusterFolder {
    /// Makes the folder: the named one, or else a temporary one.
    pub(crate) fn take(
        wanted: Option<&Path>,
        tcp: bool,
        cache: Option<&Cache>,
        account: &MachineAccount,
    ) -> Result<Self, LabError> {
        let mut place = match (wanted, cache) {
            (Some(folder), _) => Self::named(folder, account)?,
            (None, Some(cache)) => Self::temporary(&cache.folder, CLUSTER, account)?,
            (None, None) => Self::temporary(&std::env::temp_dir(), "oneroof-", account)?,
        };
        let socket_folder = place.folder.join(SOCKET_FOLDER);
        let widest =
            ServerAddress { socket_folder: socket_folder.clone(), port: if tcp { u16::MAX } else { SOCKET_PORT } };
        // The check comes before anything is made. The path may be too long in a named folder.
        check_socket_path(&widest.socket())?;
        if place.made {
            make_passable_folder(&place.folder, account)?;
        }
        // The watch begins only now, because a folder that had this name before is not ours and must not be removed.
        place.watch().inspect_err(|_| {
            if place.made {
                let _ = std::fs::remove_dir(&place.folder);
            }
        })?;
        account.must_reach(&place.folder)?;
        make_private_folder(&socket_folder, account)?;
        Ok(place)
    }

    fn temporary(above: &Path, prefix: &str, account: &MachineAccount) -> Result<Self, LabError> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        account.must_reach(above)?;
        let process = std::process::id();
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let folder = above.join(format!("{prefix}{process}-{number}"));
            let lock_path = folder.with_extension("lock");
            // Another machine that shares the folder may use the same process id.
            match File::create_new(&lock_path) {
                Ok(lock) => {
                    lock.lock().map_err(LabError::file("lock", &lock_path))?;
                    return Ok(Self { folder, made: true, lock: Some((lock, lock_path)), watcher: None });
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(LabError::file("make", &lock_path)(error)),
            }
        }
    }

    fn named(folder: &Path, account: &MachineAccount) -> Result<Self, LabError> {
        let folder = std::path::absolute(folder).map_err(LabError::file("find", folder))?;
        if folder.join(STATE_FILE).exists() {
            return Err(LabError::AlreadyUp { folder });
        }
        let made = match std::fs::read_dir(&folder) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(LabError::NotEmpty { folder });
                }
                must_be_own(&folder)?;
                false
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
            Err(error) => return Err(LabError::file("read the folder", &folder)(error)),
        };
        if let Some(above) = folder.parent().filter(|_| made) {
            account.must_reach(above)?;
        }
        Ok(Self { folder, made, lock: None, watcher: None })
    }

    fn watch(&mut self) -> Result<(), LabError> {
        let parts = self.parts();
        let mut paths: Vec<&Path> = parts.iter().map(PathBuf::as_path).collect();
        if let Some((_, lock_path)) = &self.lock {
            paths.push(lock_path);
        }
        let process_file = self.folder.join(DATA).join(PROCESS_FILE);
        self.watcher = Some(Watcher::start(&process_file, &paths)?);
        Ok(())
    }

    /// Ends the watch, because the folder is to stay.
    pub(crate) fn release(&mut self) {
        if let Some((_, lock_path)) = self.lock.take() {
            let _ = remove_file(&lock_path);
        }
        if let Some(watcher) = self.watcher.take() {
            watcher.dismiss();
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The paths that are ours: the whole folder, or what we put into an existing folder.
    fn parts(&self) -> Vec<PathBuf> {
        parts_of(&self.folder, self.made)
    }

    pub(crate) fn remove(&mut self) -> Result<(), LabError> {
        let result =
            self.parts().iter().try_for_each(|path| if path.is_dir() { remove_tree(path) } else { remove_file(path) });
        if let Some((_, lock_path)) = &self.lock {
            remove_file(lock_path)?;
        }
        if result.is_ok()
            && let Some(watcher) = self.watcher.take()
        {
            watcher.dismiss();
        }
        result
    }
}

impl Drop for ClusterFolder {
    fn drop(&mut self) {
        // A place whose server was left running has no watcher any more.
        if self.watcher.is_some() {
            let _ = self.remove();
        } else if let Some((_, lock_path)) = &self.lock {
            let _ = remove_file(lock_path);
        }
    }
}
