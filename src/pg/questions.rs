//! The engine's own queries: what it reads of a server and of its own transaction, whatever the packet. No packet can bring or replace
//! one; they have a digest of their own, which the evidence keeps.

use std::fmt::Write as _;

macro_rules! questions {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = include_str!(concat!("questions/", $file, ".sql"));)*

        /// Every query with its name, sorted by it.
        pub const ALL: &[(&str, &str)] = &[$(($file, $name)),*];
    };
}

/// The pages from which on a table is large: the engine does not read it during a release. `content.sql` and `rows.sql` say the same.
pub const LARGE_PAGES: i64 = 10_000;

questions! {
    /// The rows of an approval that a host policy is judged by; its names are put in from a packet's page.
    APPROVALS = "approvals";
    /// Which rows of the catalogue this transaction made, by the server's own counters.
    CATALOG_MADE = "catalog_made";
    /// Which rows of the catalogue are the packet's own, and which of the others this transaction made.
    CATALOG_STATE = "catalog_state";
    /// How large a clone is by now, and who is in it.
    CLONE_SIZE = "clone_size";
    /// Row counts and digests of the governed tables.
    CONTENT = "content";
    /// How large the governed tables are.
    CONTENT_SIZES = "content_sizes";
    /// Who holds, or waits for, which lock.
    HOLDERS = "holders";
    /// Which server, database, backend and transaction this is.
    IDENTITY = "identity";
    /// Whether the server lives on since a session began.
    LIFE = "life";
    /// The locks of this backend that only a write takes.
    LOCKS = "locks";
    /// The first question of a session: the run lock, and every setting that the SQL reads.
    OPENING = "opening";
    /// What the packet's relations are called, noted before one is dropped.
    RELATIONS = "relations";
    /// Row counts and digests of every table, a hundred tables at a time.
    ROW_COUNTS = "row_counts";
    /// Rows of one relation, and what this transaction wrote to it: `{relation}` takes its name.
    ROWS = "rows";
    /// Where every sequence is.
    SEQUENCES = "sequences";
    /// The settings that every transaction pins.
    SESSION = "session";
    /// The structure, a digest a fact.
    STRUCTURE = "structure";
}

/// The columns of a query that a server need not answer, each with its expression: from the line that marks it to its name.
pub fn optional(query: &str) -> Vec<(&str, &str)> {
    let marked = query.split("-- optional: ").skip(1);
    marked
        .filter_map(|rest| {
            let (column, rest) = rest.split_once('\n')?;
            let end = rest.match_indices(" AS ").find(|(at, _)| names(&rest[at + 4..], column))?.0;
            Some((column, &rest[..end]))
        })
        .collect()
}

/// Whether the text begins with that name, as a whole word.
fn names(text: &str, name: &str) -> bool {
    text.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|next: char| next == '_' || next.is_alphanumeric()))
}

/// The query with those optional columns left NULL.
pub fn without(query: &str, columns: &[String]) -> String {
    let left_out = optional(query).into_iter().filter(|(column, _)| columns.iter().any(|lacking| lacking == column));
    left_out.fold(query.to_owned(), |text, (_, expression)| text.replacen(expression, "NULL", 1))
}

/// A query by its name.
pub fn named(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The digest of the engine's queries: that of the lines which `sha256sum *.sql` prints in their folder.
pub fn digest() -> String {
    let mut lines = String::new();
    for (name, text) in ALL {
        let _ = writeln!(lines, "{}  {name}.sql", hex(text.as_bytes()));
    }
    format!("sha256:{}", hex(lines.as_bytes()))
}

/// The digest that the build worked out from the files.
pub const BUILT: &str = env!("ONEROOF_ENGINE_DIGEST");

fn hex(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_optional_column_is_found_whole_and_left_null() {
        let found: Vec<&str> = [IDENTITY, LIFE].into_iter().flat_map(optional).map(|(column, _)| column).collect();
        let due = ["backend_start", "system_identifier", "timeline", "postmaster_start", "wal_bytes"];
        assert_eq!(found, [&due[..], &["statistics_since", "checkpoint_xid"]].concat());
        let query =
            "SELECT a,\n    -- optional: b\n    (SELECT x AS bb FROM f()) AS b,\n    -- optional: c\n    g() AS c;";
        assert_eq!(optional(query), [("b", "    (SELECT x AS bb FROM f())"), ("c", "    g()")]);
        let left = without(query, &["b".to_owned()]);
        assert!(left.contains("NULL AS b,") && left.contains("g() AS c") && !left.contains("f()"), "{left}");
        assert_eq!(without(query, &[]), query);
    }

    #[test]
    fn the_limit_for_large_tables_is_one() {
        let limit = LARGE_PAGES.to_string();
        assert!([CONTENT, ROWS].iter().all(|query| query.contains(&limit)));
    }

    #[test]
    fn every_file_of_the_folder_is_a_query_of_the_engine() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/pg/questions")).unwrap();
        let mut files: Vec<String> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        assert_eq!(files, ALL.iter().map(|(name, _)| format!("{name}.sql")).collect::<Vec<_>>());
        assert_eq!(digest(), BUILT);
    }
}
