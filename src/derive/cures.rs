//! What the author of a packet should do about each error.

use super::DeriveError;
use crate::sqlstate::{INSUFFICIENT_PRIVILEGE, INVALID_OBJECT_DEFINITION};

impl DeriveError {
    /// What the author should do about the error.
    pub fn hint(&self) -> String {
        match self {
            Self::Programs(error) => error.hint(),
            Self::Lab(error) => error.hint().unwrap_or_default(),
            Self::Open(error) => error.hint(),
            Self::Banned { cure, .. } => (*cure).to_owned(),
            Self::Sql { failure, .. } if failure.sqlstate == INSUFFICIENT_PRIVILEGE && failure.message.contains("row-level security") => {
                "The release turns row_security off, so that no count is wrong. Give the role of packet.toml BYPASSRLS in requires.sql, or make it the owner of the table, as in production.".to_owned()
            }
            Self::Sql { failure, .. } if failure.sqlstate == INSUFFICIENT_PRIVILEGE => {
                let hint = "The release runs as the role that packet.toml names. Grant that role in requires.sql what it has in production.";
                format!("{hint} {}", failure.hint).trim_end().to_owned()
            }
            Self::Sql { failure, .. } if failure.sqlstate == INVALID_OBJECT_DEFINITION && failure.message.contains("overlap") => {
                "Write times with their zone, such as '2027-01-01 00:00+00'. The build runs the tiers under two time zones that are a day apart, and requires.sql under the one of the server. So a bound without a zone does not mean the same time in both.".to_owned()
            }
            Self::Sql { failure, .. } if !failure.hint.is_empty() => failure.hint.clone(),
            other => other.cure().to_owned(),
        }
    }

    /// The hint for errors that always have the same hint.
    fn cure(&self) -> &'static str {
        match self {
            Self::Programs(_) | Self::Lab(_) | Self::Open(_) | Self::Banned { .. } => "",
            Self::Lost(_) | Self::Question { .. } => {
                "Run the build again; if the error comes back, look at the server's log."
            }
            Self::NotEmpty { .. } => {
                "Give a server without that database: the build makes the database and removes it again."
            }
            Self::OtherDatabase { .. } => "Give a release of the same database with --after.",
            Self::NoSuperuser => "Log in as a superuser, on a server that is not in use.",
            Self::Major { .. } => "Build on PostgreSQL 13 to 18.",
            Self::Groups { .. } => {
                "Write SQL that does the same on every version, for example with a name for each constraint."
            }
            Self::Missing { path } if path.ends_with("down.sql") => {
                "Write the rollback into this file. It may be empty."
            }
            Self::Missing { .. } => "Write the file, or take its name out of packet.toml.",
            Self::TwoFolders { .. } => "Keep one of the folders.",
            Self::Circle { .. } => "Remove the `-- include:` line that leads back to this file.",
            Self::Sql { .. } => {
                "Correct the statement. It ran on a fresh server, after requires.sql and all statements before it."
            }
            Self::Superuser { .. } => "Create it as a role without SUPERUSER, as in production.",
            Self::Approval { .. } => {
                "Give every other column a default in requires.sql, or drop NOT NULL there: the build writes only the columns that packet.toml names."
            }
            Self::Code { .. } => {
                "Widen approval.code: the build runs the release with two codes, to see what depends on the code."
            }
            Self::Idle { .. } => "Take the tier out of packet.toml, or write its statements into up.sql.",
            Self::TakenAway { .. } | Self::EarlierRows { .. } => {
                "Let the earlier tier write it as the later one leaves it, or write both changes into one tier."
            }
            Self::RenamedRows { .. } => "Rename the table in one tier, and write the rows in a later tier.",
            Self::NameReused { .. } => "Use another name, or make a view with this name in the tier that frees it.",
            Self::Scratch { .. } => "Use a WITH query instead, or keep the object and drop it in down.sql.",
            Self::Kind { .. } => {
                "Let an administrator create it before the release, and write it into requires.sql, which says what must be there."
            }
            Self::Differ { .. } => {
                "Write SQL that does the same in every run, or name the columns that may differ in the tier's `volatile`."
            }
            Self::Remains { what } => remains(what),
            Self::NoRow { .. } => {
                "Write the rows that the statement needs into requires.sql, so that the build sees what it does."
            }
            Self::OldRows { .. } | Self::ManyRows { .. } | Self::LiveRows { .. } => {
                "Add both: absent.sql is one SELECT that is true before the tier, applied.sql one that is true after it."
            }
            Self::State { .. } => {
                "Correct the query: absent.sql is true only before the tier, applied.sql only after it. state.sql returns the word."
            }
            Self::Numbers { .. } | Self::Alters { .. } => {
                "Find out which one is right, then correct the SQL or packet.toml, which people sign."
            }
            Self::NoColumn { .. } => "Write the name of the column as schema.table.column.",
            Self::NoRelation { .. } => "Correct the name, or create the relation in requires.sql.",
            Self::NeverWrite { .. } => {
                "Do not write this table. If no statement names it, look for a trigger or a function that writes it."
            }
            Self::Held { .. } => "Take it out of `hold` in packet.toml, or do not write it.",
            Self::Foreign { .. } => {
                "A tier must not change owners, default privileges, the column that an existing sequence belongs to, extensions or event triggers, drop what an earlier tier created, or drop and create again a table with rows. Take this change out of the release; if the release needs it, it belongs into requires.sql."
            }
            Self::Name { .. } => "Rename it: such characters separate names in derived.toml.",
        }
    }
}

/// The hint for rollbacks that leave `what` behind.
fn remains(what: &[String]) -> &'static str {
    if what.iter().any(|one| one.starts_with("type ") && one.ends_with("is not as before")) {
        return "Complete down.sql: after all rollbacks everything must be as before. If a tier added a value to an enum, PostgreSQL cannot take it out again: rename the type in down.sql, create the type of before under its name, change the columns to it with ALTER COLUMN ... TYPE ... USING, and drop the renamed type.";
    }
    if what.iter().all(|one| one.starts_with("sequence ")) {
        return "Set the sequence back with setval in down.sql. Only a number that was drawn for an inserted row needs no way back.";
    }
    if what.iter().all(|one| one.starts_with("column ") && one.contains(" of ") && one.ends_with("is not as before")) {
        return "Give the column its old value in down.sql. If that cannot be done, because a trigger or a default sets it, such as the time of the last change, list the column in the tier's `volatile`: then no state and no rollback compares it, and packet show says so.";
    }
    "Complete down.sql: after all rollbacks everything must be as before. If a trigger wrote rows into another table, delete them at the end of down.sql."
}
