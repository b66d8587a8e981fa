//! The files that `oneroof sql export` writes. psql runs them, and people read them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::binary;

/// The folder of the export. All tests of one binary share it, and that binary writes it.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let made = std::fs::metadata(binary()).and_then(|data| data.modified()).unwrap();
        let age = made.duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("packet-{age}"));
        if !folder.is_dir() {
            let own = folder.with_extension(std::process::id().to_string());
            let done = Command::new(binary()).args(["sql", "export"]).arg(&own).output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
            // Another test process may have created the folder first.
            if std::fs::rename(&own, &folder).is_err() {
                std::fs::remove_dir_all(&own).unwrap();
            }
        }
        folder
    })
}

/// The path of an exported file.
pub fn exported(path: &str) -> PathBuf {
    folder().join(path)
}

/// The text of an exported file.
pub fn exported_text(path: &str) -> String {
    let path = exported(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("could not read {}: {error}", path.display()))
}
