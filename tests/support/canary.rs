//! A password that must never appear in any output or file after a test has given it to the program.

use std::path::Path;

use super::output::Output;
use super::sandbox::Sandbox;

/// The password. No other text looks like it.
pub const PASSWORD: &str = "canary-Zq8w3Lk1-must-not-sing";

/// Asserts that neither the output nor any file that the program left contains the password. Files into which the test itself wrote the
/// password do not count.
#[track_caller]
pub fn assert_silent(sandbox: &Sandbox, outputs: &[&Output], written_by_test: &[&Path]) {
    for output in outputs {
        assert!(!output.stdout.contains(PASSWORD), "on stdout:\n{}", output.stdout);
        assert!(!output.stderr.contains(PASSWORD), "on stderr:\n{}", output.stderr);
    }
    for path in sandbox.files(|_| true) {
        if written_by_test.contains(&path.as_path()) {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(PASSWORD), "in {}:\n{text}", path.display());
    }
}
