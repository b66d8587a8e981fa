//! The surroundings of a run: a home, a working folder and a log folder that are nobody's else.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::redact::Redactions;
use super::run::Run;
use super::schema::{self, Shape};
use super::terminal::Terminal;

/// Keeps the folders of a test for a look at them.
const KEEP_VARIABLE: &str = "ONEROOF_TEST_KEEP";

/// Folders for one test, removed with the value.
#[derive(Debug)]
pub struct Sandbox {
    root: PathBuf,
}

impl Sandbox {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // Short, since the socket of `demo` is made below it.
        let name = format!("oneroof-test-{}-{number}", std::process::id());
        let root = std::env::temp_dir().join(name);
        // The number of a process that was killed may come back, and its folder be there still.
        let _ = std::fs::remove_dir_all(&root);
        let sandbox = Self { root };
        for folder in [sandbox.root.clone(), sandbox.home(), sandbox.work(), sandbox.logs(), sandbox.temporary()] {
            std::fs::create_dir(&folder).unwrap();
            // A server that `demo` starts runs under another account when we are root.
            std::fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        }
        sandbox
    }

    /// All of it.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What HOME is for the program.
    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// Where the program starts.
    pub fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    /// A folder for `--log-dir`; without it evidence goes to the working folder, which `ONEROOF_LOG_DIR` names.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// What TMPDIR is for the program.
    pub fn temporary(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// A run of the program that knows of no database.
    pub fn oneroof<A: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        Run::new(self).arguments(arguments)
    }

    /// A shell on a terminal, in the place of the program.
    pub fn shell(&self, script: &str, rows: u16, columns: u16) -> Terminal {
        Run::new(self).arguments(["-c", script]).program_on_terminal("/bin/sh".as_ref(), rows, columns)
    }

    /// What must not show in a snapshot.
    pub fn redactions(&self) -> Redactions {
        Redactions::new()
            .exact(&self.home(), "$HOME")
            .exact(&self.work(), "$WORK")
            .exact(&self.logs(), "$LOGS")
            .exact(&self.temporary(), "$TMPDIR")
            .exact(&self.root, "$SANDBOX")
    }

    /// The files below the sandbox whose names meet the condition, in order.
    pub fn files(&self, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            // A run may remove what it made while we look.
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

    /// The evidence of the one run that was given this folder for it.
    #[track_caller]
    pub fn evidence_in(folder: &Path) -> PathBuf {
        let files = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
        let mut evidence = files.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "json"));
        let found = evidence.next().unwrap_or_else(|| panic!("no evidence in {}", folder.display()));
        assert_eq!(evidence.next(), None);
        found
    }

    /// The evidence of all runs so far, the oldest first.
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

    /// The readable logs of all runs so far, the oldest first.
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
