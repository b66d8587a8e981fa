//! The bytes that one apply adds to the server's log, compared with psql's own run of the same packet.

use super::figures::Figures;
use super::{ADMINISTRATOR, Bench, DATABASE, cluster};
use oneroof::testing::programs::Programs;
use std::path::Path;

/// The name, the library, and the database settings that make the library write to the log.
const WRITERS: [(&str, &str, &[&str]); 3] = [
    ("pgaudit", "pgaudit", &["pgaudit.log = 'ddl, write'"]),
    ("auto_explain", "auto_explain", &["auto_explain.log_min_duration = 0"]),
    ("nothing set", "", &[]),
];

impl Bench {
    /// Measures all three. Afterwards the bench has a server that writes only the usual messages.
    pub(super) fn log_bytes(&mut self, figures: &mut Figures) {
        let programs = Programs::find(None).expect("PostgreSQL's programs are there");
        let asked = "SELECT setting FROM pg_catalog.pg_config WHERE name = 'PKGLIBDIR'";
        let libraries = self.cluster.psql(DATABASE, ADMINISTRATOR, asked).expect("the server knows its folder");
        for (name, library, settings) in WRITERS {
            let file = Path::new(libraries.trim()).join(format!("{library}.so"));
            if !library.is_empty() && !file.is_file() {
                eprintln!("  log with {name}: not measured, {} is not there", file.display());
                continue;
            }
            let preload = [("shared_preload_libraries", library)];
            self.cluster = cluster(&programs, if library.is_empty() { &[] } else { &preload });
            for setting in settings {
                let set = format!("ALTER DATABASE {DATABASE} SET {setting}");
                self.cluster.psql("postgres", ADMINISTRATOR, &set).expect("a setting can be set");
            }
            let ours = self.logged(&self.apply(&["--no-rehearsal", "--quiet"]));
            let rehearsed = self.logged(&self.apply(&["--quiet"]));
            let theirs = self.logged(&self.psql_release());
            let note = format!("{ours} bytes, {rehearsed} with the rehearsal, against {theirs}");
            figures.add(format!("log, {name}, ratio to psql"), ours as f64 / theirs.max(1) as f64, 5.0, 2.0, note);
        }
    }

    /// The number of bytes that a run adds to the server's log.
    fn logged(&self, words: &[String]) -> u64 {
        let size = || std::fs::metadata(self.cluster.log_file()).expect("the server has a log").len();
        let before = size();
        self.must_succeed(words, None);
        let added = size() - before;
        self.reset();
        added
    }
}
