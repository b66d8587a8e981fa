//! The folders of a run: a home, a working folder and a log folder that no other test uses.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use oneroof::testing::lab::scratch_folder;

use super::redact::Redactions;
use super::run::Run;
use super::schema::{self, Shape};
use super::terminal::Terminal;

/// The environment variable that keeps the folders of a test for inspection.
const KEEP_VARIABLE: &str = "ONEROOF_TEST_KEEP";

/// The folders of one test. They are removed when the value is dropped.
#[derive(Debug)]
pub struct Sandbox {
    root: PathBuf,
}

impl Sandbox {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // The name is short, because `demo` creates its socket below the folder and a socket's path is limited.
        let name = format!("oneroof-test-{}-{number}", std::process::id());
        // Most tests let the program make servers below this folder.
        let root = scratch_folder().join(name);
        // A killed process may have left a folder, and the system may use its process id again.
        let _ = std::fs::remove_dir_all(&root);
        let sandbox = Self { root };
        for folder in [sandbox.root.clone(), sandbox.home(), sandbox.work(), sandbox.logs(), sandbox.temporary()] {
            std::fs::create_dir(&folder).unwrap();
            // If the test runs as root, the server of `demo` runs under another account and needs access.
            std::fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        }
        sandbox
    }

    /// The folder that contains the sandbox's other folders.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The program's HOME.
    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// The program's working folder.
    pub fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    /// A folder for `--log-dir`. Without that option the evidence goes to the working folder, which `ONEROOF_LOG_DIR` names.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// The program's TMPDIR.
    pub fn temporary(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// A run of the program without any connection settings.
    pub fn oneroof<A: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        Run::new(self).arguments(arguments)
    }

    /// A shell on a terminal instead of the program.
    pub fn shell(&self, script: &str, rows: u16, columns: u16) -> Terminal {
        Run::new(self).arguments(["-c", script]).program_on_terminal("/bin/sh".as_ref(), rows, columns)
    }

    /// The texts that a snapshot must not contain.
    pub fn redactions(&self) -> Redactions {
        Redactions::new()
            .exact(&self.home(), "$HOME")
            .exact(&self.work(), "$WORK")
            .exact(&self.logs(), "$LOGS")
            .exact(&self.temporary(), "$TMPDIR")
            .exact(&self.root, "$SANDBOX")
    }

    /// The files in the sandbox whose names meet the condition, sorted by path.
    pub fn files(&self, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            // A run may remove files while this function reads the folders.
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let Ok(kind) = entry.file_type() else { continue };
                if kind.is_dir() {
                    folders.push(entry.path());
                } else if wanted(&entry.file_name().to_string_lossy()) {
                    found.push(entry.path());
                }
            }
        }
        found.sort();
        found
    }

    /// The evidence of the only run that used this folder.
    #[track_caller]
    pub fn evidence_in(folder: &Path) -> PathBuf {
        let files = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
        let mut evidence = files.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "json"));
        let found = evidence.next().unwrap_or_else(|| panic!("no evidence in {}", folder.display()));
        assert_eq!(evidence.next(), None);
        found
    }

    /// The evidence of all runs so far, oldest first.
    pub fn evidence(&self) -> Vec<serde_json::Value> {
        self.files(|name| name.starts_with("rollout_") && has_extension(name, "json"))
            .iter()
            .map(|path| {
                let text = std::fs::read_to_string(path).unwrap();
                let evidence =
                    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}\n{text}", path.display()));
                schema::assert_valid(&evidence, Shape::Evidence);
                evidence
            })
            .collect()
    }

    /// The readable logs of all runs so far, oldest first.
    pub fn rollout_logs(&self) -> Vec<String> {
        self.files(|name| name.starts_with("rollout_") && has_extension(name, "log"))
            .iter()
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect()
    }
}

fn has_extension(name: &str, wanted: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == wanted)
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if std::env::var_os(KEEP_VARIABLE).is_some() {
            eprintln!("kept: {}", self.root.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.root);
        }
    }
}
