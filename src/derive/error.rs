//! Why nothing was derived: what a packet does that no release may do, each with a hint that says how to correct it.

use crate::lab::LabError;
use crate::packet::page::Delta;
use crate::pg::failure::SqlFailure;
use crate::pg::open_error::OpenError;
use crate::pg::session::Lost;
use crate::programs::ProgramsError;

/// Why nothing was derived.
#[derive(Debug, thiserror::Error)]
pub enum DeriveError {
    /// A PostgreSQL program is missing, or two installations of one version group do not agree.
    #[error(transparent)]
    Programs(Box<ProgramsError>),
    /// The throwaway server could not be created.
    #[error(transparent)]
    Lab(Box<LabError>),
    /// No connection to the server could be opened.
    #[error(transparent)]
    Open(Box<OpenError>),
    /// The connection ended.
    #[error("the throwaway server closed the connection: {}", .0.words())]
    Lost(Box<Lost>),
    /// A query of the engine failed.
    #[error("the throwaway server does not answer: {message}")]
    Question {
        /// The message of the server.
        message: String,
    },
    /// The given server already has a database with this name.
    #[error("the server has a database called {database} already")]
    NotEmpty {
        /// The database that the page names.
        database: String,
    },
    /// The given login is not a superuser.
    #[error("the role that logs in on the given server is not a superuser")]
    NoSuperuser,
    /// A packet cannot be built on this server.
    #[error("PostgreSQL {major} is not supported")]
    Major {
        /// The server's major version.
        major: u32,
    },
    /// Two servers gave different facts.
    #[error("PostgreSQL {one} and {other} differ in {what}")]
    Groups {
        /// The major version of the first server.
        one: u32,
        /// The major version of the second server.
        other: u32,
        /// The facts that differ.
        what: String,
    },
    /// A file of the folder is missing.
    #[error("{path} is missing")]
    Missing {
        /// The path of the missing file.
        path: String,
    },
    /// Two folders have the same tier's name.
    #[error("tier {tier} has the folders {folders}")]
    TwoFolders {
        /// The name of the tier.
        tier: String,
        /// The names of both folders.
        folders: String,
    },
    /// A part includes itself, directly or through other parts.
    #[error("{path} includes itself")]
    Circle {
        /// The path of the part.
        path: String,
    },
    /// A packet must not contain this statement.
    #[error("{file}:{line}: {found}: {reason}")]
    Banned {
        file: String,
        line: u32,
        /// The first words of the statement.
        found: String,
        /// Why the statement is banned.
        reason: &'static str,
        /// What the author must do instead.
        cure: &'static str,
    },
    /// The server reported an error for a statement.
    #[error("{file}:{line}: {}{}", failure.message, detailed(&failure.detail))]
    Sql {
        file: String,
        line: u32,
        /// The error as the server reported it.
        failure: Box<SqlFailure>,
    },
    /// The role that releases is a superuser after the prerequisite was loaded.
    #[error("role {role} is a superuser after requires.sql")]
    Superuser {
        /// The role that the page names.
        role: String,
    },
    /// A release that the packet comes after is for another database.
    #[error("the release {release} is for the database {database}, and this packet is for {own}")]
    OtherDatabase {
        /// The name of the earlier release.
        release: String,
        /// Its database.
        database: String,
        /// The database of the packet.
        own: String,
    },
    /// No approval could be inserted into the table of approvals.
    #[error("no approval can be written into {table}: {reason}")]
    Approval {
        /// The table that the page names.
        table: String,
        /// Why the insert failed.
        reason: String,
    },
    /// The pattern allows no second approval code.
    #[error("the rule {rule} for approval codes allows no other code than {example}")]
    Code {
        /// The pattern on the page.
        rule: String,
        /// The example on the page.
        example: String,
    },
    /// A tier wrote no row and changed no object.
    #[error("tier {tier} wrote no row, and changed no object of a kind that a release may change")]
    Idle {
        /// The name of the tier.
        tier: String,
    },
    /// The two runs had different effects.
    #[error("two runs of the release differ: {}", first_three(what))]
    Differ {
        /// The effects that differ.
        what: Vec<String>,
    },
    /// The rollbacks did not restore the database.
    #[error("the rollback does not restore what was there before: {}", first_three(what))]
    Remains {
        /// The objects, rows and sequences that are not as before.
        what: Vec<String>,
    },
    /// A tier changed existing rows, and its folder has no queries that recognise the change.
    #[error("tier {tier} changes existing rows of {table}, but its folder has no absent.sql and applied.sql")]
    OldRows {
        tier: String,
        /// The table whose rows were changed.
        table: String,
    },
    /// A tier inserted so many rows into an existing table that they are not listed one by one, and its folder has no queries that recognise
    /// them.
    #[error(
        "tier {tier} inserts {count} rows into the existing table {table}, but its folder has no absent.sql and applied.sql"
    )]
    ManyRows {
        tier: String,
        /// How many rows.
        count: i64,
        /// The existing table.
        table: String,
    },
    /// A tier wrote a live table, and its folder has no queries that recognise its rows.
    #[error("tier {tier} writes the live table {table}, but its folder has no absent.sql and applied.sql")]
    LiveRows {
        tier: String,
        /// The live table.
        table: String,
    },
    /// A tier takes away what an earlier tier made, so the state of the earlier tier could not be compared any more.
    #[error("tier {tier} drops or renames {part}, which an earlier tier made or changed")]
    TakenAway {
        tier: String,
        /// The part and its object, such as `index n_b of public.n`.
        part: String,
    },
    /// A tier renames an object and gives the old name to another object. The engine finds objects by name, so it would confuse the two.
    #[error("tier {tier} gives the name {name} of an existing object to another one")]
    NameReused {
        tier: String,
        /// The name, as `schema.name`.
        name: String,
    },
    /// A tier or its rollback renames a table and writes rows of it. The counts of rows before and after its SQL would have different names.
    #[error("tier {tier} renames {table} and writes rows of it")]
    RenamedRows { tier: String, table: String },
    /// A tier changes rows that an earlier tier inserted. Then the rows of the earlier tier could not be compared any more.
    #[error("tier {tier} changes rows of {table} that tier {earlier} inserted")]
    EarlierRows {
        tier: String,
        table: String,
        /// The tier that inserted the rows.
        earlier: String,
    },
    /// A tier creates a relation and drops it again. At the end of the tier, the engine could not check what was created.
    #[error("tier {tier} makes {object} and drops it again")]
    Scratch {
        tier: String,
        /// The object, as `schema.name`.
        object: String,
    },
    /// A tier changes an object of a kind that the engine cannot compare with what was shipped.
    #[error("tier {tier} runs {command}, and a release cannot hold such an object")]
    Kind {
        /// The name of the tier.
        tier: String,
        /// The command tag.
        command: String,
    },
    /// A tier opened a table for writing, but wrote no row.
    #[error("tier {tier} has a statement that writes {table}, but it wrote no row")]
    NoRow {
        tier: String,
        /// The table that was opened.
        table: String,
    },
    /// A query of the tier's folder returned the wrong value.
    #[error("{file} returned {answer} {moment}, but must return {wanted}")]
    State {
        file: String,
        /// The value that the query returned.
        answer: String,
        /// When the query was made.
        moment: &'static str,
        /// The value that it must return.
        wanted: &'static str,
    },
    /// The page gives other numbers of rows than the run wrote.
    #[error("tier {tier}: packet.toml says {} in {table}, but the run had {}", in_words(*page), in_words(*derived))]
    Numbers {
        tier: String,
        table: String,
        /// The numbers on the page.
        page: Delta,
        /// The numbers that the run wrote.
        derived: Delta,
    },
    /// The page says that the tier alters other relations than the run altered.
    #[error("tier {tier}: packet.toml says that it alters {}, but the run altered {}", listed(page), listed(derived))]
    Alters {
        tier: String,
        /// The relations on the page.
        page: Vec<String>,
        /// The relations that the run altered.
        derived: Vec<String>,
    },
    /// The page calls a column volatile that does not exist.
    #[error("packet.toml calls {column} volatile, but there is no such column")]
    NoColumn {
        /// The column on the page.
        column: String,
    },
    /// The page names a relation that does not exist.
    #[error("packet.toml names {relation} in {key}, but requires.sql creates no such relation")]
    NoRelation {
        /// The key on the page that names it.
        key: &'static str,
        /// The name of the relation.
        relation: String,
    },
    /// A tier wrote a relation that must never be written.
    #[error("tier {tier} writes {relation}, which no command may write")]
    NeverWrite { tier: String, relation: String },
    /// A tier wrote a relation that may only be read.
    #[error("tier {tier} writes {relation}, but packet.toml lists it in hold, as not to be changed")]
    Held { tier: String, relation: String },
    /// A tier changed something that is neither an existing relation nor an object of the packet.
    #[error("tier {tier} changes something outside the packet: {what}")]
    Foreign {
        tier: String,
        /// The change in words.
        what: String,
    },
    /// The name of an object or column contains a character that is not allowed in a packet.
    #[error("{object} has a name with other characters than letters, digits, _, $ and -")]
    Name {
        /// The object with this name.
        object: String,
    },
}

/// The first three items, and the number of the others.
fn first_three(what: &[String]) -> String {
    let listed = what.iter().take(3).map(String::as_str).collect::<Vec<_>>().join("; ");
    match what.len().saturating_sub(3) {
        0 => listed,
        more => format!("{listed}; and {more} more"),
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn detailed(detail: &str) -> String {
    if detail.is_empty() { String::new() } else { format!(" ({detail})") }
}

/// The numbers of rows in words, such as `3 inserted, 1 deleted`.
fn in_words(delta: Delta) -> String {
    let kinds = [(delta.inserted, "inserted"), (delta.updated, "updated"), (delta.deleted, "deleted")];
    let parts: Vec<String> =
        kinds.iter().filter(|(count, _)| *count != 0).map(|(count, kind)| format!("{count} {kind}")).collect();
    if parts.is_empty() { "no row".to_owned() } else { parts.join(", ") }
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
