//! The engine's queries, which read facts about a server and about the engine's own transaction. They are the same for every packet, and no
//! packet can add or replace one. They have a separate digest, which the evidence contains.

use std::fmt::Write as _;

macro_rules! questions {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = include_str!(concat!("questions/", $file, ".sql"));)*

        /// Every query with its name, sorted by name.
        pub const ALL: &[(&str, &str)] = &[$(($file, $name)),*];
    };
}

/// A table with more pages than this is large, and the engine does not read it during a release. `content.sql` and `rows.sql` contain the
/// same number.
pub const LARGE_PAGES: i64 = 10_000;

questions! {
    /// The approval rows that a host's policy is checked against. The packet's page gives the table and column names.
    APPROVALS = "approvals";
    /// How many rows this transaction wrote to each table that the packet creates or names, by the server's counters.
    BESIDE = "beside";
    /// How many catalog rows this transaction made, by catalog.
    CATALOG_MADE = "catalog_made";
    /// How many catalog rows belong to the packet's objects, and how many of the other rows this transaction made.
    CATALOG_STATE = "catalog_state";
    /// The current size of a clone, and the sessions in it.
    CLONE_SIZE = "clone_size";
    /// Row counts and digests of the governed tables.
    CONTENT = "content";
    /// The sizes of the governed tables.
    CONTENT_SIZES = "content_sizes";
    /// The sessions that hold or wait for a lock.
    HOLDERS = "holders";
    /// Which server, database, backend and transaction this is.
    IDENTITY = "identity";
    /// Whether the role may use PL/pgSQL.
    LANGUAGE = "language";
    /// Whether the server has run without a crash or restart since a session began.
    LIFE = "life";
    /// The locks of this backend that only a write takes.
    LOCKS = "locks";
    /// How many rows hold a value in each column that a rollback drops.
    LOST_VALUES = "lost_values";
    /// The first query of a session. It takes the run lock and sets every setting that the SQL reads.
    OPENING = "opening";
    /// The names of the packet's relations, stored before one of them is dropped.
    RELATIONS = "relations";
    /// Whether the login role may take on the role of `--role`.
    ROLE = "role";
    /// Row counts and digests of every table, a hundred tables at a time.
    ROW_COUNTS = "row_counts";
    /// The row count of one relation, and what this transaction wrote to it. `{relation}` is replaced by its name.
    ROWS = "rows";
    /// The state of every sequence.
    SEQUENCES = "sequences";
    /// The settings that every transaction pins.
    SESSION = "session";
    /// The structure: one digest for each fact.
    STRUCTURE = "structure";
}

/// The optional columns of a query, each with its expression. The expression begins after the line that marks the column as optional, and
/// ends with the column's name.
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

/// Whether the text begins with the name as a whole word.
fn names(text: &str, name: &str) -> bool {
    text.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|next: char| next == '_' || next.is_alphanumeric()))
}

/// The query with NULL in place of these optional columns.
pub fn without(query: &str, columns: &[String]) -> String {
    let left_out = optional(query).into_iter().filter(|(column, _)| columns.iter().any(|lacking| lacking == column));
    left_out.fold(query.to_owned(), |text, (_, expression)| text.replacen(expression, "NULL", 1))
}

/// A query by its name.
pub fn named(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The digest of the engine's queries: the SHA-256 of the output of `sha256sum *.sql` in their folder.
pub fn digest() -> String {
    let mut lines = String::new();
    for (name, text) in ALL {
        let _ = writeln!(lines, "{}  {name}.sql", hex(text.as_bytes()));
    }
    format!("sha256:{}", hex(lines.as_bytes()))
}

/// The digest that the build computed from the files.
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
        let of_server = ["backend_start", "system_identifier", "timeline", "postmaster_start", "wal_bytes"];
        let of_catalogs = ["locks", "catalog_writes", "holds_run_lock", "database_oid"];
        assert_eq!(found, [&of_server[..], &of_catalogs, &["statistics_since", "checkpoint_xid"]].concat());
        let query =
            "SELECT a,\n    -- optional: b\n    (SELECT x AS bb FROM f()) AS b,\n    -- optional: c\n    g() AS c;";
        assert_eq!(optional(query), [("b", "    (SELECT x AS bb FROM f())"), ("c", "    g()")]);
        let left = without(query, &["b".to_owned()]);
        assert!(left.contains("NULL AS b,") && left.contains("g() AS c") && !left.contains("f()"), "{left}");
        assert_eq!(without(query, &[]), query);
    }

    /// Two reads could differ during a promotion. A primary with the timeline of a standby would look like a server that was restarted, and a COMMIT
    /// that the standby had received would be reported as not applied.
    #[test]
    fn the_identity_reads_once_whether_the_server_is_in_recovery() {
        assert_eq!(IDENTITY.matches("pg_is_in_recovery()").count(), 1);
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
