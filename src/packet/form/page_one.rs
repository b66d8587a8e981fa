//! `packet.toml` is page one of a packet: the release, its database, the approvals, the tiers and their checks.

use super::declared::Delta;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The only supported version of the form.
pub const FORMAT: u32 = 1;

/// The whole file `packet.toml`. Unknown keys are rejected, so that a typing error cannot switch a rule off.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageOne {
    /// Version of the form. It must be [`FORMAT`].
    pub format: u32,
    /// Short stable name: lower case, digits and `-`.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// The only database that the release may be applied to.
    pub database: String,
    /// The role that releases. It is an ordinary role, never a superuser.
    pub role: String,
    /// Pattern of the database names on which the release may be rehearsed with the gate waived: `^name[0-9]{n}$`.
    #[serde(default)]
    pub rehearse_on: Option<String>,
    /// Relations that the release only reads and that must not change while a tier runs.
    #[serde(default)]
    pub hold: Vec<String>,
    /// Tables that the application writes at any time. They are never compared, and a tier that writes them must not delete rows.
    #[serde(default)]
    pub live: Vec<String>,
    /// Relations that no command ever writes. The table of approvals is always one of them.
    #[serde(default)]
    pub never_write: Vec<String>,
    /// The schemas in which the author's own statements look for names, separated by commas. The default is `public`.
    #[serde(default = "public")]
    pub search_path: String,
    /// Checks of preflight in addition to the engine's. The default is every `before` check that was met before the first tier.
    #[serde(default)]
    pub preflight: Option<Vec<String>>,
    /// Checks of the end state in addition to the states of the tiers.
    #[serde(default)]
    pub verify: Vec<String>,
    /// Who approves the release, and which table holds the approvals.
    pub approval: ApprovalSection,
    /// Checks that are made in every tier.
    #[serde(default)]
    pub every: Every,
    /// The tiers in order. A tier's number is its position, counted from 1.
    #[serde(rename = "tier")]
    pub tiers: Vec<PageTier>,
}

/// Who approves the release, and which table holds the approvals.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalSection {
    /// The table of approvals. The release reads it and never writes it.
    pub table: String,
    /// The names of the columns in the table of approvals.
    pub columns: ApprovalColumns,
    /// The pattern of an approval code. It uses only those parts of regular expressions that Rust and PostgreSQL read alike.
    pub code: String,
    /// An example of a code that matches the pattern.
    pub example: String,
    /// How many people must have signed at each level.
    #[serde(default)]
    pub levels: BTreeMap<String, u32>,
    /// What happens if signatures are missing at a level: `stop` or `warn`.
    #[serde(default = "stop")]
    pub incomplete: String,
    /// Whether only an approval that names this release's digest counts.
    #[serde(default = "yes")]
    pub bound: bool,
    /// Whether nobody may sign twice.
    #[serde(default)]
    pub distinct: bool,
    /// What people must do to open the gate, in words.
    pub ask: String,
}

/// The columns of the table of approvals.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalColumns {
    /// The column with the approval code, which is given to apply.
    pub code: String,
    /// The column with the person who signed.
    pub who: String,
    /// The column with the level of the signature. Absent if there are no levels.
    #[serde(default)]
    pub level: Option<String>,
    /// The column with the reference to what was signed. An approval of one release contains `release:sha256:<64 hex digits>`.
    pub signature: String,
    /// The column with the time of the signature.
    pub at: String,
}

/// Checks that are made in every tier.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Every {
    /// Checks that are made before a tier writes.
    pub before: Vec<String>,
    /// Checks that are made after a tier wrote.
    pub after: Vec<String>,
}

/// One tier of the page. Its folder is `NN-name`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageTier {
    /// Short stable name: lower case, digits and `-`.
    pub name: String,
    /// Title for people. The default is the name.
    #[serde(default)]
    pub title: String,
    /// Why the release has this tier.
    #[serde(default)]
    pub why: String,
    /// Name of the tier's members, without folder and suffix. The default is the name of the folder, with `_` instead of `-`.
    #[serde(default)]
    pub member: Option<String>,
    /// The tier's own checks before it writes.
    #[serde(default)]
    pub before: Vec<String>,
    /// The tier's own checks after it wrote.
    #[serde(default)]
    pub after: Vec<String>,
    /// The tier's own checks before its rollback.
    #[serde(default)]
    pub down_before: Vec<String>,
    /// The tier's own checks after its rollback.
    #[serde(default)]
    pub down_after: Vec<String>,
    /// The numbers of rows that people sign: only inserted rows, or all three numbers. They must equal the derived numbers.
    #[serde(default)]
    pub rows: BTreeMap<String, SignedRows>,
    /// Tables that the application writes while the tier runs, in addition to the live tables of the page.
    #[serde(default)]
    pub live: Vec<String>,
    /// Existing relations whose shape the tier changes. If the list is given, it must equal the derived list.
    #[serde(default)]
    pub alters: Option<Vec<String>>,
    /// Columns, written as `schema.table.column`, that no state compares, in addition to those that differ between two builds.
    #[serde(default)]
    pub volatile: Vec<String>,
    /// Whether the tier may run again without any change if its objects already exist exactly as shipped.
    #[serde(default)]
    pub repeatable: bool,
    /// The tier's deadline, such as `30 s` or `10 min`.
    #[serde(default)]
    pub timeout: Option<String>,
    /// Tables whose derived rows people confirm.
    #[serde(default)]
    pub review: Vec<String>,
}

/// The numbers of rows that people sign for one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum SignedRows {
    /// The number of inserted rows. No row may be updated or deleted.
    Inserted(i64),
    /// The numbers of inserted, updated and deleted rows.
    Rows(Delta),
}

impl SignedRows {
    /// The three numbers of rows.
    pub fn delta(self) -> Delta {
        match self {
            Self::Inserted(inserted) => Delta { inserted, ..Delta::default() },
            Self::Rows(delta) => delta,
        }
    }
}

fn public() -> String {
    "public".to_owned()
}

fn stop() -> String {
    "stop".to_owned()
}

fn yes() -> bool {
    true
}
