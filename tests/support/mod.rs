//! The harness for all tests that run the program.
//!
//! A [`Lab`] is a separate database that holds the baseline. A [`Sandbox`] is everything else that a run needs: folders and environment
//! variables. Both run the binary that was built for the tests, or the one that `ONEROOF_TEST_BINARY` names. Nothing of the caller's
//! environment reaches the program. psql and `pg_dump` show the result. The tests do not rely on what the program reports.
//!
//! Another test crate includes this module with `#[path = "support/mod.rs"] mod support;`.

#![allow(dead_code, unreachable_pub, unused_imports, reason = "each crate of tests uses its own part of the harness")]

pub mod canary;
mod cluster;
pub mod evidence;
mod exported;
mod given;
mod lab;
mod output;
pub mod readers;
mod redact;
mod run;
mod sandbox;
pub mod schema;
mod session;
mod stream;
mod terminal;

pub use cluster::Trouble;
pub use exported::{exported, exported_text};
pub use lab::{DATABASE, Lab, OWNER, TYPED, baseline, programs};
pub use output::Output;
pub use redact::Redactions;
pub use run::{Run, Running, binary};
pub use sandbox::Sandbox;
pub use session::Session;
pub use terminal::{Terminal, key, plain};

use std::path::{Path, PathBuf};

/// The path of a file in the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file in the repository.
pub fn repository_text(path: &str) -> String {
    let path = repository(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("could not read {}: {error}", path.display()))
}

/// The SQL for the server of this test run. Before PostgreSQL 14 the body of a function cannot be `BEGIN ATOMIC`, so it is a quoted text there.
pub fn for_server(sql: &str) -> String {
    if lab::programs().version.major >= 14 {
        return sql.to_owned();
    }
    let body = regex::Regex::new(r"BEGIN ATOMIC (.*?;) END;").unwrap();
    body.replace_all(sql, "AS $$body$$ $1 $$body$$;").into_owned()
}

/// Copies a folder with everything in it.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            let _ = std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
