//! Statements that a packet's SQL must not contain. Only this module reads the words of the SQL, and only to reject. A statement that is
//! hidden in a string is found by its effects.

use super::DeriveError;
use super::text::Text;
use crate::release::statements;

/// A banned statement: its first words, the reason, and what to do instead.
struct Banned(&'static str, &'static str, &'static str);

const TRANSACTION: &str = "the engine opens and ends the transaction";
const NO_TRANSACTION: &str =
    "Take the statement out: each tier is one transaction, and its checks run before the engine commits it.";
const ROLE: &str = "the release runs as the role that packet.toml names";
const NO_ROLE: &str = "Take the statement out, and grant that role in requires.sql what it needs.";
const PREREQUISITE: &str = "a release must not create or change roles, extensions and databases";
const BELONGS: &str = "Let an administrator do this beforehand, and write it into requires.sql, which says what must be there before the release.";
const TEMPORARY: &str =
    "a temporary object leaves changes in the catalogue that the engine cannot tell from those of somebody else";
const NO_TEMPORARY: &str = "Write the query as WITH, or keep its result in a variable of a DO block.";
const OUTSIDE: &str = "it cannot run inside a transaction";
const WAYS_OUT: &str = "Write a plain CREATE INDEX (writers wait until the tier has ended). Or build the index beforehand, write it into requires.sql, and check pg_index.indisvalid.";

/// Banned in the scripts and queries of a tier, and in checks.
const IN_STEPS: [Banned; 42] = [
    Banned("BEGIN", TRANSACTION, NO_TRANSACTION),
    Banned("START TRANSACTION", TRANSACTION, NO_TRANSACTION),
    Banned("COMMIT", TRANSACTION, NO_TRANSACTION),
    Banned("END", TRANSACTION, NO_TRANSACTION),
    Banned("ROLLBACK", TRANSACTION, NO_TRANSACTION),
    Banned("ABORT", TRANSACTION, NO_TRANSACTION),
    Banned("SAVEPOINT", TRANSACTION, NO_TRANSACTION),
    Banned("RELEASE", TRANSACTION, NO_TRANSACTION),
    Banned("PREPARE TRANSACTION", TRANSACTION, NO_TRANSACTION),
    Banned("SET ROLE", ROLE, NO_ROLE),
    Banned("SET LOCAL ROLE", ROLE, NO_ROLE),
    Banned("SET SESSION ROLE", ROLE, NO_ROLE),
    Banned("SET SESSION AUTHORIZATION", ROLE, NO_ROLE),
    Banned("SET LOCAL SESSION AUTHORIZATION", ROLE, NO_ROLE),
    Banned("RESET ROLE", ROLE, NO_ROLE),
    Banned("RESET SESSION AUTHORIZATION", ROLE, NO_ROLE),
    Banned("CREATE ROLE", PREREQUISITE, BELONGS),
    Banned("ALTER ROLE", PREREQUISITE, BELONGS),
    Banned("DROP ROLE", PREREQUISITE, BELONGS),
    Banned("CREATE USER", PREREQUISITE, BELONGS),
    Banned("ALTER USER", PREREQUISITE, BELONGS),
    Banned("DROP USER", PREREQUISITE, BELONGS),
    Banned("CREATE GROUP", PREREQUISITE, BELONGS),
    Banned("ALTER GROUP", PREREQUISITE, BELONGS),
    Banned("DROP GROUP", PREREQUISITE, BELONGS),
    Banned("CREATE EXTENSION", PREREQUISITE, BELONGS),
    Banned("ALTER EXTENSION", PREREQUISITE, BELONGS),
    Banned("DROP EXTENSION", PREREQUISITE, BELONGS),
    Banned("ALTER DATABASE", PREREQUISITE, BELONGS),
    Banned("ALTER SYSTEM", PREREQUISITE, BELONGS),
    Banned("CREATE TABLESPACE", PREREQUISITE, BELONGS),
    Banned("DROP TABLESPACE", PREREQUISITE, BELONGS),
    Banned("CREATE TEMP", TEMPORARY, NO_TEMPORARY),
    Banned("CREATE TEMPORARY", TEMPORARY, NO_TEMPORARY),
    Banned("CREATE LOCAL", TEMPORARY, NO_TEMPORARY),
    Banned("CREATE OR REPLACE TEMP", TEMPORARY, NO_TEMPORARY),
    Banned("CREATE OR REPLACE TEMPORARY", TEMPORARY, NO_TEMPORARY),
    Banned("REINDEX CONCURRENTLY", OUTSIDE, WAYS_OUT),
    Banned("NOTIFY", "a notification leaves the database", "Take the statement out."),
    Banned("LISTEN", "a release does not listen", "Take the statement out."),
    Banned("DISCARD", "the session belongs to the engine", "Take the statement out."),
    Banned(
        "ALTER DEFAULT PRIVILEGES",
        "it changes the privileges of objects that are not part of the release",
        "Write a GRANT on each object of the release instead.",
    ),
];

/// Banned everywhere, also in the prerequisite.
const ANYWHERE: [Banned; 3] = [
    Banned("VACUUM", OUTSIDE, "Take the statement out: autovacuum does this work."),
    Banned("CREATE DATABASE", PREREQUISITE, BELONGS),
    Banned("DROP DATABASE", PREREQUISITE, BELONGS),
];

/// Rejects a statement that no up script, down script, query or check may contain.
pub(super) fn refuse_in_step(text: &Text) -> Result<(), DeriveError> {
    refuse(text, &IN_STEPS)
}

/// Rejects a statement that the prerequisite may not contain.
pub(super) fn refuse_in_prerequisite(text: &Text) -> Result<(), DeriveError> {
    refuse(text, &[])
}

fn refuse(text: &Text, beside: &[Banned]) -> Result<(), DeriveError> {
    let refused = |line: u32, found: &str, reason: &'static str, cure: &'static str| {
        let (file, line) = text.origin(line);
        Err(DeriveError::Banned { file, line, found: found.to_owned(), reason, cure })
    };
    for (line, number) in text.sql.lines().zip(1_u32..) {
        if line.starts_with("-- oneroof:") {
            return refused(
                number,
                line,
                "only the engine may write such a line",
                "Take the line out, or begin it with other words.",
            );
        }
    }
    for statement in statements(&text.sql) {
        let sql = &text.sql[statement.start..statement.end];
        if sql.starts_with('\\') {
            let found = sql.lines().next().unwrap_or_default();
            let cure = "Write plain SQL. Put files that psql would include into parts/, and include each with a line `-- include: NAME`.";
            return refused(
                statement.line,
                found,
                "a line that begins with a backslash is a psql command, not SQL",
                cure,
            );
        }
        let words = words(sql);
        let first = words.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(" ");
        let begins =
            |banned: &str| first.strip_prefix(banned).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
        if let Some(Banned(found, reason, cure)) = beside.iter().chain(&ANYWHERE).find(|one| begins(one.0)) {
            return refused(statement.line, found, reason, cure);
        }
        let holds = |wanted: &str| words.iter().take(6).any(|word| word == wanted);
        if ["CREATE", "DROP", "REINDEX", "REFRESH", "ALTER"].iter().any(|verb| begins(verb)) && holds("CONCURRENTLY") {
            return refused(statement.line, &format!("{} CONCURRENTLY", words[0]), OUTSIDE, WAYS_OUT);
        }
        if begins("COPY") && words.windows(2).any(|pair| pair[0] == "FROM" && pair[1] == "STDIN") {
            let cure = "Write the rows as INSERT: the server reads what follows COPY FROM STDIN from the client, not from this file.";
            return refused(statement.line, "COPY FROM STDIN", "its rows are not SQL", cure);
        }
    }
    Ok(())
}

/// The words at the beginning of a statement, in capitals and without comments.
fn words(sql: &str) -> Vec<String> {
    let mut plain = String::with_capacity(sql.len().min(4096));
    let mut rest = sql;
    while !rest.is_empty() && plain.len() < 4096 {
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
            plain.push(' ');
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
            plain.push(' ');
        } else {
            let letter = rest.chars().next().unwrap_or_default();
            plain.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    let word = |word: &str| word.to_ascii_uppercase();
    plain
        .split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .filter(|part| !part.is_empty())
        .map(word)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sql: &str) -> Option<(String, u32)> {
        match refuse_in_step(&Text::plain("10-a/up.sql", sql)) {
            Err(DeriveError::Banned { found, line, .. }) => Some((found, line)),
            _ => None,
        }
    }

    #[test]
    fn statements_that_end_or_hide_the_transaction_are_refused_by_line() {
        assert_eq!(found("SELECT 1;\nCOMMIT;"), Some(("COMMIT".to_owned(), 2)));
        assert_eq!(found("SELECT 1;\n\n set  local\n role x;"), Some(("SET LOCAL ROLE".to_owned(), 3)));
        assert_eq!(found("/* why */ begin /* x */;"), Some(("BEGIN".to_owned(), 1)));
        assert_eq!(found("SELECT 1;\n\\i other.sql\n"), Some(("\\i other.sql".to_owned(), 2)));
        assert_eq!(found("-- oneroof:body\nSELECT 1;"), Some(("-- oneroof:body".to_owned(), 1)));
    }

    #[test]
    fn statements_that_cannot_run_in_a_transaction_are_refused() {
        for sql in [
            "CREATE INDEX CONCURRENTLY i ON t (a);",
            "create unique index concurrently i on t (a)",
            "DROP INDEX CONCURRENTLY i",
        ] {
            assert!(found(sql).is_some_and(|(found, _)| found.ends_with("CONCURRENTLY")), "{sql}");
        }
        assert_eq!(found("VACUUM t;"), Some(("VACUUM".to_owned(), 1)));
        assert_eq!(found("COPY t (a) FROM STDIN;"), Some(("COPY FROM STDIN".to_owned(), 1)));
    }

    #[test]
    fn plain_statements_pass() {
        for sql in [
            "CREATE TABLE t (ended date, begin_at date);",
            "DO $$ BEGIN PERFORM 1; END $$;",
            "SELECT 'COMMIT;';",
            "SET LOCAL work_mem = '1MB';",
            "GRANT SELECT ON t TO reader;",
            "INSERT INTO t VALUES ('a\n\\b');",
            "CREATE INDEX i ON t (concurrently_made);",
        ] {
            assert_eq!(found(sql), None, "{sql}");
        }
    }

    #[test]
    fn the_prerequisite_may_make_roles_and_extensions() {
        let text = Text::plain("requires.sql", "CREATE ROLE r LOGIN;\nCREATE EXTENSION citext;");
        assert!(refuse_in_prerequisite(&text).is_ok());
        let text = Text::plain("requires.sql", "CREATE ROLE r LOGIN;\nCOPY t FROM stdin;\n");
        let refused = refuse_in_prerequisite(&text).unwrap_err();
        assert!(refused.to_string().starts_with("requires.sql:2: COPY FROM STDIN"), "{refused}");
    }
}
