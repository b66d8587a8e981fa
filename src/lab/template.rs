//! Templates: initialised data folders that are kept from one run to the next, so that a new cluster is a quick copy.
//!
//! Several processes may need the same template at once. The process that takes the lock builds the template under another name and then
//! renames it. The other processes wait. They copy under a shared lock, so that nobody removes the template meanwhile. The operating system
//! frees a lock when its process ends for any reason.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::LabError;
use super::account::MachineAccount;
use super::files::{ensure_own_folder, make_passable_folder, remove_file, remove_tree, write_private_file};
use super::names::{DATA, PROCESS_FILE};

/// A part of every key. It changes when templates are made in another way, so that old templates are not used.
const FORMAT: &str = "oneroof lab template 1";

/// The beginnings of the names of templates and of clusters in the cache.
const TEMPLATE: &str = "t-";
pub(crate) const CLUSTER: &str = "c-";

/// The file that is written last into a template. Its text is the key.
const READY: &str = "ready";

/// How many templates are kept. One takes about 30 MB.
const KEPT: usize = 8;

/// How long a template is kept after its last use, because it may be needed again.
const KEPT_AT_LEAST: Duration = Duration::from_mins(10);

/// Where Linux keeps files in memory.
const MEMORY: &str = "/dev/shm";

/// The number of bytes that must be free there. Templates and clusters need some hundred megabytes, and a container often has less.
const MEMORY_NEEDED: u64 = 2 << 30;

/// Where short-lived files go: in memory if there is enough of it and TMPDIR is not set, because a new data folder on a busy disk takes
/// ten times as long. Otherwise the temporary folder of the system.
pub fn scratch_folder() -> PathBuf {
    let memory = PathBuf::from(MEMORY);
    if std::env::var_os("TMPDIR").is_none() && has_room(&memory) { memory } else { std::env::temp_dir() }
}

/// The folder of this user's templates and of the clusters made from them.
pub(crate) fn cache_folder() -> PathBuf {
    scratch_folder().join(format!("oneroof-lab-{}", rustix::process::geteuid().as_raw()))
}

fn has_room(folder: &Path) -> bool {
    rustix::fs::statvfs(folder).is_ok_and(|facts| facts.f_bavail.saturating_mul(facts.f_frsize) >= MEMORY_NEEDED)
}

/// The cache. Its folder exists and was checked.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    pub(crate) folder: PathBuf,
}

/// A template that nobody removes while this value exists.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) data: PathBuf,
    _shared: File,
}

impl Cache {
    pub(crate) fn open(account: &MachineAccount) -> Result<Self, LabError> {
        let folder = cache_folder();
        if let Some(above) = folder.parent() {
            account.must_reach(above)?;
        }
        ensure_own_folder(&folder, account)?;
        Ok(Self { folder })
    }

    /// The template for a key. It is built now if there is none. `build` makes the data folder at the given path.
    pub(crate) fn template(
        &self,
        key: &str,
        account: &MachineAccount,
        build: impl Fn(&Path) -> Result<(), LabError>,
    ) -> Result<Template, LabError> {
        let key = format!("{FORMAT}\naccount {}\n{key}", account.user);
        let folder = self.folder.join(format!("{TEMPLATE}{}", digest(&key)));
        let lock_path = folder.with_extension("lock");
        let lock = open_lock(&lock_path)?;
        loop {
            lock.lock_shared().map_err(LabError::file("lock", &lock_path))?;
            if is_whole(&folder, &key) {
                return Ok(Template { data: folder.join(DATA), _shared: lock });
            }
            lock.unlock().map_err(LabError::file("unlock", &lock_path))?;
            lock.lock().map_err(LabError::file("lock", &lock_path))?;
            // Another process may have built the template while this process waited.
            if !is_whole(&folder, &key) {
                build_in(&folder, &key, account, &build)?;
                self.prune(&folder);
            }
            lock.unlock().map_err(LabError::file("unlock", &lock_path))?;
        }
    }

    /// Removes the templates that have not been used for the longest time. Errors are ignored, because nothing depends on the removal.
    fn prune(&self, keep: &Path) {
        let mut found: Vec<(SystemTime, PathBuf)> = self
            .entries("t-")
            .filter(|path| path != keep && path.is_dir())
            .map(|path| (last_use(&path), path))
            .collect();
        found.sort();
        let surplus = (found.len() + 1).saturating_sub(KEPT);
        for (used, path) in found.into_iter().take(surplus) {
            let Ok(lock) = open_lock(&path.with_extension("lock")) else {
                continue;
            };
            let old = used.elapsed().is_ok_and(|age| age > KEPT_AT_LEAST);
            if old && lock.try_lock().is_ok() {
                let _ = remove_tree(&path);
            }
        }
    }

    /// Removes the clusters of processes that were killed together with their watcher.
    pub(crate) fn sweep(&self) {
        for lock_path in self.entries(CLUSTER) {
            if lock_path.extension().is_none_or(|extension| extension != "lock") {
                continue;
            }
            let Ok(lock) = File::open(&lock_path) else {
                continue;
            };
            if lock.try_lock().is_ok() {
                let _ = remove_tree(&lock_path.with_extension(""));
                let _ = remove_file(&lock_path);
            }
        }
    }

    fn entries(&self, prefix: &str) -> impl Iterator<Item = PathBuf> {
        std::fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .filter(move |entry| entry.file_name().to_string_lossy().starts_with(prefix))
            .map(|entry| entry.path())
    }
}

/// Builds a template under a temporary name and renames it when it is complete, so that nobody uses an incomplete template.
fn build_in(
    folder: &Path,
    key: &str,
    account: &MachineAccount,
    build: impl Fn(&Path) -> Result<(), LabError>,
) -> Result<(), LabError> {
    let unfinished = folder.with_extension("new");
    // An unfinished folder is from a process that was killed, because we hold the lock now.
    remove_tree(&unfinished)?;
    remove_tree(folder)?;
    make_passable_folder(&unfinished, account)?;
    build(&unfinished.join(DATA))
        .and_then(|()| write_private_file(&unfinished.join(READY), key.as_bytes(), account))
        .and_then(|()| std::fs::rename(&unfinished, folder).map_err(LabError::file("rename", &unfinished)))
        .inspect_err(|_| {
            let _ = remove_tree(&unfinished);
        })
}

fn is_whole(folder: &Path, key: &str) -> bool {
    let data = folder.join(DATA);
    let whole = std::fs::read(folder.join(READY)).is_ok_and(|text| text == key.as_bytes())
        && data.join("PG_VERSION").is_file()
        && data.join("global/pg_control").is_file()
        // The file shows that a server ran here and did not stop cleanly.
        && !data.join(PROCESS_FILE).exists();
    if whole {
        note_use(folder);
    }
    whole
}

fn note_use(folder: &Path) {
    let _ = File::options().write(true).open(folder.join(READY)).and_then(|file| file.set_modified(SystemTime::now()));
}

fn last_use(folder: &Path) -> SystemTime {
    std::fs::metadata(folder.join(READY)).and_then(|meta| meta.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

pub(crate) fn open_lock(path: &Path) -> Result<File, LabError> {
    File::options().create(true).truncate(false).write(true).open(path).map_err(LabError::file("open", path))
}

/// Sixteen hex digits of the key's SHA-256. The text is short, because a socket's path may contain it.
fn digest(key: &str) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for byte in &Sha256::digest(key.as_bytes())[..8] {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
