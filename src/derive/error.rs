//! Why nothing was derived: what a packet does that no release may, with the way out of each.

use crate::lab::LabError;
use crate::packet::page::Delta;
use crate::pg::failure::SqlFailure;
use crate::pg::open_error::OpenError;
use crate::pg::session::Lost;
use crate::programs::ProgramsError;
use crate::sqlstate::INSUFFICIENT_PRIVILEGE;

/// Why nothing was derived.
#[derive(Debug, thiserror::Error)]
pub enum DeriveError {
    /// A program is missing, or two of them stand for one group of versions and disagree.
    #[error(transparent)]
    Programs(Box<ProgramsError>),
    /// The throwaway server cannot be made.
    #[error(transparent)]
    Lab(Box<LabError>),
    /// The server cannot be reached.
    #[error(transparent)]
    Open(Box<OpenError>),
    /// The connection ended.
    #[error("the throwaway server closed the connection: {}", .0.words())]
    Lost(Box<Lost>),
    /// The engine's own question failed.
    #[error("the throwaway server does not answer: {message}")]
    Question {
        /// The server's words.
        message: String,
    },
    /// The given server has a database of that name.
    #[error("the server has a database called {database} already")]
    NotEmpty {
        /// The page's database.
        database: String,
    },
    /// The given login may not do what a build does.
    #[error("the login on the given server is no superuser")]
    NoSuperuser,
    /// The server is none that a packet can be built on.
    #[error("PostgreSQL {major} is not supported")]
    Major {
        /// Its major version.
        major: u32,
    },
    /// Two groups of versions gave different facts.
    #[error("PostgreSQL {one} and {other} do not agree on {what}")]
    Groups {
        /// A version.
        one: u32,
        /// Another.
        other: u32,
        /// What differs.
        what: String,
    },
    /// A file is missing.
    #[error("{path} is missing")]
    Missing {
        /// The file.
        path: String,
    },
    /// Two folders bear a tier's name.
    #[error("tier {tier} has the folders {folders}")]
    TwoFolders {
        /// The tier.
        tier: String,
        /// The folders.
        folders: String,
    },
    /// A part includes itself.
    #[error("{path} includes itself")]
    Circle {
        /// The part.
        path: String,
    },
    /// A statement that no packet may hold.
    #[error("{file}:{line}: {found}: {reason}")]
    Banned {
        file: String,
        line: u32,
        /// The words.
        found: String,
        /// Why it may not.
        reason: &'static str,
        /// What to do instead.
        cure: &'static str,
    },
    /// The server refused a statement.
    #[error("{file}:{line}: {}{}", failure.message, detailed(&failure.detail))]
    Sql {
        file: String,
        line: u32,
        /// In the server's words.
        failure: Box<SqlFailure>,
    },
    /// The role that releases is a superuser.
    #[error("role {role} is a superuser after requires.sql")]
    Superuser {
        /// The page's role.
        role: String,
    },
    /// The table of approvals cannot be filled.
    #[error("no approval can be written into {table}: {reason}")]
    Approval {
        /// The page's table.
        table: String,
        /// Why not.
        reason: String,
    },
    /// No second code can be made.
    #[error("the rule {rule} for approval codes allows no code beside {example}")]
    Code {
        /// The page's rule.
        rule: String,
        /// Its example.
        example: String,
    },
    /// A tier did nothing.
    #[error("tier {tier} wrote no row and changed no object")]
    Idle {
        /// The tier.
        tier: String,
    },
    /// Two runs had different effects.
    #[error("two runs of the release differ: {}", first_three(what))]
    Differ {
        /// What differs.
        what: Vec<String>,
    },
    /// A rollback left something.
    #[error("the rollback leaves something: {}", first_three(what))]
    Remains {
        /// What is not as before.
        what: Vec<String>,
    },
    /// Rows that were there before were changed, and nobody says how to see it.
    #[error(
        "tier {tier} changes rows of {table} that were there before, and its folder has no absent.sql and applied.sql"
    )]
    OldRows {
        tier: String,
        /// The table.
        table: String,
    },
    /// A table of the application is written, and nobody says how to see it.
    #[error("tier {tier} writes the live table {table}, and its folder has no absent.sql and applied.sql")]
    LiveRows {
        tier: String,
        /// The table.
        table: String,
    },
    /// A statement that writes rows found none to write.
    #[error("tier {tier} opens {table} for writing, and no row was written")]
    NoRow {
        tier: String,
        /// The table.
        table: String,
    },
    /// A question of the folder answered wrongly.
    #[error("{file} answered {answer} {moment}, where it has to be {wanted}")]
    State {
        file: String,
        /// What it answered.
        answer: String,
        /// When it was asked.
        moment: &'static str,
        /// What it has to answer.
        wanted: &'static str,
    },
    /// The page signs other numbers.
    #[error("tier {tier}: the page says {}, and the run wrote {} in {table}", told(*page), told(*derived))]
    Numbers {
        tier: String,
        table: String,
        /// On the page.
        page: Delta,
        /// What happened.
        derived: Delta,
    },
    /// The page names other relations.
    #[error("tier {tier}: the page says that it alters {}, and the run altered {}", listed(page), listed(derived))]
    Alters {
        tier: String,
        /// On the page.
        page: Vec<String>,
        /// What happened.
        derived: Vec<String>,
    },
    /// The page calls a column volatile that is not there.
    #[error("the page calls {column} volatile, and there is no such column")]
    NoColumn {
        /// The column.
        column: String,
    },
    /// The page names a relation that is not there.
    #[error("the page names {relation} in {key}, and the prerequisite has no such relation")]
    NoRelation {
        /// Of the page.
        key: &'static str,
        /// The relation.
        relation: String,
    },
    /// A relation is written that never may be.
    #[error("tier {tier} writes {relation}, which no command may write")]
    NeverWrite { tier: String, relation: String },
    /// A relation is written that only may be read.
    #[error("tier {tier} writes {relation}, which the page holds against changes")]
    Held { tier: String, relation: String },
    /// A tier changed something that it may not change: no relation, and not an object of the packet.
    #[error("tier {tier} changes what is not the packet's: {what}")]
    Foreign {
        tier: String,
        /// What it is.
        what: String,
    },
    /// A name that the engine cannot write.
    #[error("{object} has a name with other letters than a to z, 0 to 9 and _")]
    Name {
        /// The object.
        object: String,
    },
}

/// At most three of them, and how many more there are.
fn first_three(what: &[String]) -> String {
    let told = what.iter().take(3).map(String::as_str).collect::<Vec<_>>().join("; ");
    match what.len().saturating_sub(3) {
        0 => told,
        more => format!("{told}; and {more} more"),
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn detailed(detail: &str) -> String {
    if detail.is_empty() { String::new() } else { format!(" ({detail})") }
}

/// Rows in words, such as `3 inserted, 1 deleted`.
fn told(delta: Delta) -> String {
    let kinds = [(delta.inserted, "inserted"), (delta.updated, "updated"), (delta.deleted, "deleted")];
    let told: Vec<String> =
        kinds.iter().filter(|(count, _)| *count != 0).map(|(count, kind)| format!("{count} {kind}")).collect();
    if told.is_empty() { "no row".to_owned() } else { told.join(", ") }
}

impl From<Lost> for DeriveError {
    fn from(lost: Lost) -> Self {
        Self::Lost(Box::new(lost))
    }
}

impl From<ProgramsError> for DeriveError {
    fn from(error: ProgramsError) -> Self {
        Self::Programs(Box::new(error))
    }
}

impl From<LabError> for DeriveError {
    fn from(error: LabError) -> Self {
        Self::Lab(Box::new(error))
    }
}

impl From<OpenError> for DeriveError {
    fn from(error: OpenError) -> Self {
        Self::Open(Box::new(error))
    }
}

impl DeriveError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Programs(error) => error.hint(),
            Self::Lab(error) => error.hint().unwrap_or_default(),
            Self::Open(error) => error.hint(),
            Self::Banned { cure, .. } => (*cure).to_owned(),
            Self::Sql { failure, .. } if !failure.hint.is_empty() => failure.hint.clone(),
            Self::Sql { failure, .. } if failure.sqlstate == INSUFFICIENT_PRIVILEGE => {
                "The release runs as the page's role. Grant in requires.sql what it has in production.".to_owned()
            }
            other => other.cure().to_owned(),
        }
    }

    /// The cure, for errors whose cure is always the same.
    fn cure(&self) -> &'static str {
        match self {
            Self::Programs(_) | Self::Lab(_) | Self::Open(_) | Self::Banned { .. } => "",
            Self::Lost(_) | Self::Question { .. } => {
                "Build once more; if it happens again, look into the server's log."
            }
            Self::NotEmpty { .. } => "Name an empty server: build makes the database and removes it again.",
            Self::NoSuperuser => "Log in as a superuser of a server that nobody needs.",
            Self::Major { .. } => "Build on a server of version 13 to 18.",
            Self::Groups { .. } => {
                "Write what is the same on every version, for example with the names of constraints given."
            }
            Self::Missing { path } if path.ends_with("down.sql") => {
                "Write the rollback; an empty file is one that does nothing."
            }
            Self::Missing { .. } => "Write the file, or take its name off the page.",
            Self::TwoFolders { .. } => "Keep one of them.",
            Self::Circle { .. } => "Take the line `-- include:` out that leads back.",
            Self::Sql { .. } => {
                "Mend the statement. It ran on a fresh server, after requires.sql and the steps before it."
            }
            Self::Superuser { .. } => "Make it a plain role, as in production.",
            Self::Approval { .. } => {
                "Give every other column a default in requires.sql, or drop NOT NULL there: build writes the columns that the page names."
            }
            Self::Code { .. } => {
                "Widen approval.code: the release is tried with two codes, to see what depends on them."
            }
            Self::Idle { .. } => "Take the tier off the page, or write into its up.sql what it is for.",
            Self::Differ { .. } => {
                "Write what is the same in every run, or name the columns that may differ in the tier's `volatile`."
            }
            Self::Remains { .. } => "Complete down.sql: after all rollbacks everything has to be as it was.",
            Self::NoRow { .. } => {
                "Put the rows into requires.sql that the statement needs, so that the build reaches it."
            }
            Self::OldRows { .. } | Self::LiveRows { .. } => {
                "Add both: absent.sql is one SELECT that is true before the tier, applied.sql one that is true after it."
            }
            Self::State { .. } => {
                "Mend the question: absent.sql is true before the tier only, applied.sql after it only."
            }
            Self::Numbers { .. } => "Find out which is right: mend the SQL, or the number that people sign.",
            Self::Alters { .. } => "Find out which is right: mend the SQL, or `alters` on the page.",
            Self::NoColumn { .. } => "Write it as schema.table.column.",
            Self::NoRelation { .. } => "Mend the name, or create the relation in requires.sql.",
            Self::NeverWrite { .. } => {
                "Leave the table alone; look for triggers and functions that write it on your behalf."
            }
            Self::Held { .. } => "Take it out of `hold`, or leave it alone: it cannot be both.",
            Self::Foreign { .. } => {
                "A tier may alter existing tables and views, and nothing else that was there before. Create an object of your own, or put \
                 the change into the prerequisite."
            }
            Self::Name { .. } => "Rename it: the engine writes names without quotes.",
        }
    }
}
