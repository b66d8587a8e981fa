//! `packet.toml`, page one of a packet: what, where, who approves, the tiers and their checks.

use super::declared::Delta;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The only version of the form.
pub const FORMAT: u32 = 1;

/// The whole page. Unknown keys are refused, so that a typing error cannot switch a rule off.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageOne {
    /// Version of the form; [`FORMAT`].
    pub format: u32,
    /// Short stable name: lower case, digits and `-`.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// The only database that the release may be applied to.
    pub database: String,
    /// The role that releases: a plain role, never a superuser.
    pub role: String,
    /// Pattern of the names of databases where the release may be tried with the gate waived: `^name[0-9]{n}$`.
    #[serde(default)]
    pub rehearse_on: Option<String>,
    /// Relations that are only read and must not change while a tier runs.
    #[serde(default)]
    pub hold: Vec<String>,
    /// Tables that the application writes at any time: never compared, and where a tier writes them, none of their rows may be lost.
    #[serde(default)]
    pub live: Vec<String>,
    /// Relations that no command ever writes. The table of approvals is always one of them.
    #[serde(default)]
    pub never_write: Vec<String>,
    /// The schemas in which the author's own statements look for names, with commas between; `public` when it is not given.
    #[serde(default = "public")]
    pub search_path: String,
    /// Checks of preflight beside the engine's; every `before` check that was met on the untouched prerequisite when it is not given.
    #[serde(default)]
    pub preflight: Option<Vec<String>>,
    /// Checks of the end state beside the states of the tiers.
    #[serde(default)]
    pub verify: Vec<String>,
    /// Who approves, and where that is written.
    pub approval: Approval,
    /// Checks of every tier.
    #[serde(default)]
    pub every: Every,
    /// The tiers, in order; a tier's number is its place, from 1.
    #[serde(rename = "tier")]
    pub tiers: Vec<PageTier>,
}

/// Who approves, and where that is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The table of approvals; read, never written.
    pub table: String,
    /// Its columns.
    pub columns: Columns,
    /// Rule for a code: the part of regular expressions that Rust and PostgreSQL read alike.
    pub code: String,
    /// A code that obeys the rule.
    pub example: String,
    /// How many people must have signed at each level.
    #[serde(default)]
    pub levels: BTreeMap<String, u32>,
    /// What an approval is whose levels are not complete: `stop`, or `warn`.
    #[serde(default = "stop")]
    pub incomplete: String,
    /// Only an approval that names this release's digest counts.
    #[serde(default = "yes")]
    pub bound: bool,
    /// Nobody may sign twice.
    #[serde(default)]
    pub distinct: bool,
    /// What people must do to open the gate, in words.
    pub ask: String,
}

/// The columns of the table of approvals.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// The code that apply is given.
    pub code: String,
    /// Who signed.
    pub who: String,
    /// At which level; absent where there are no levels.
    #[serde(default)]
    pub level: Option<String>,
    /// What was signed, and where that is kept; holds `release:sha256:<64 hex digits>` where it names a release.
    pub signature: String,
    /// When.
    pub at: String,
}

/// Checks of every tier.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Every {
    /// Before a tier writes.
    pub before: Vec<String>,
    /// After it wrote.
    pub after: Vec<String>,
}

/// One tier of the page. Its folder is `NN-name`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageTier {
    /// Short stable name: lower case, digits and `-`.
    pub name: String,
    /// Title for people; the name when it is not given.
    #[serde(default)]
    pub title: String,
    /// Why the tier is there.
    #[serde(default)]
    pub why: String,
    /// Name of its members, without folder and ending; the folder's, with `_`, when it is not given.
    #[serde(default)]
    pub member: Option<String>,
    /// Its own checks before it writes.
    #[serde(default)]
    pub before: Vec<String>,
    /// Its own checks after it wrote.
    #[serde(default)]
    pub after: Vec<String>,
    /// Its own checks before its rollback.
    #[serde(default)]
    pub down_before: Vec<String>,
    /// Its own checks after its rollback.
    #[serde(default)]
    pub down_after: Vec<String>,
    /// Rows that people sign: a number inserted, or all three; must equal what is derived.
    #[serde(default)]
    pub rows: BTreeMap<String, Signed>,
    /// Tables that the application writes meanwhile, beside those of the page.
    #[serde(default)]
    pub live: Vec<String>,
    /// Existing relations whose shape the tier changes; where it is given it must equal what is derived.
    #[serde(default)]
    pub alters: Option<Vec<String>>,
    /// Columns, `schema.table.column`, that no state compares, beside those that differ between two builds.
    #[serde(default)]
    pub volatile: Vec<String>,
    /// When its objects already exist exactly as shipped, running it again changes nothing.
    #[serde(default)]
    pub repeatable: bool,
    /// The tier's deadline, such as `30 s` or `10 min`.
    #[serde(default)]
    pub timeout: Option<String>,
    /// Tables whose derived rows people confirm.
    #[serde(default)]
    pub review: Vec<String>,
}

/// Rows that people sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Signed {
    /// So many inserted, none updated or deleted.
    Inserted(i64),
    /// All three.
    Rows(Delta),
}

impl Signed {
    /// As rows of the three kinds.
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
