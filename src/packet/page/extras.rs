//! What a page declares beside the release: actions, revalidations, the shadow, what people confirm and what stays NO-GO.

use super::{Delta, Tier, Witness};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What may be run on the released database besides the release. It runs as a tier does, through the same executor and judge.
#[derive(Debug, Deserialize)]
#[serde(from = "DeclaredAction")]
pub struct Action {
    /// Stopped unless every tier is applied.
    pub needs_release: bool,
    /// How a person runs it, in words.
    pub run_by: String,
    /// It locks what no tier may see changing.
    pub hold: bool,
    /// What the executor runs: number 0, without a rollback.
    pub run: Tier,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclaredAction {
    name: String,
    title: String,
    file: String,
    run_by: String,
    timeout_ms: u64,
    #[serde(default)]
    hold: bool,
    before: Vec<String>,
    after: Vec<String>,
    writes: Vec<String>,
    #[serde(default)]
    upserts: Vec<String>,
    #[serde(default)]
    needs_release: bool,
    #[serde(default)]
    deltas: BTreeMap<String, Delta>,
    witness: ActionWitness,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionWitness {
    table: String,
}

/// Tiers that may be in a separate schema, inert.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shadow {
    /// That schema.
    pub schema: String,
    /// Numbers of the tiers.
    pub tiers: Vec<u8>,
    /// Path of what puts them there, below `sql/`.
    pub deploy: String,
    /// Path of what removes them, below `sql/`.
    pub drop: String,
    /// The client's deadline, in milliseconds.
    pub timeout_ms: u64,
    /// What the executor runs to put them there.
    #[serde(default, skip)]
    pub deploy_run: Tier,
    /// What the executor runs to remove them.
    #[serde(default, skip)]
    pub drop_run: Tier,
}

/// Something that the release does not bring about.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct NoGo {
    /// What is not to be done.
    pub what: String,
    /// Why, or when.
    pub why: String,
}

/// A table of the release that a person confirms, row by row.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// What is confirmed.
    pub title: String,
    /// How it is drawn; a table where the page does not say.
    pub draw: Option<Draw>,
    /// Headings.
    pub columns: Vec<String>,
    /// Rows, a text a column.
    pub rows: Vec<Vec<String>>,
}

/// How a table that people confirm is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Draw {
    /// The first column names the row, and equal cells have one colour.
    Matrix,
    /// Two columns: a name, and the name that it lies under; empty for the root.
    Tree,
    /// Two columns: a name, and the group that it belongs to.
    List,
}

/// A script that is run on a clone after the tiers, and never kept.
#[derive(Debug, Deserialize)]
#[serde(from = "DeclaredRevalidation")]
pub struct Revalidation {
    /// What it does, in words.
    pub why: String,
    /// Path of its body below `sql/`; empty where it only checks.
    pub body: String,
    /// It makes the checks of verify.
    pub verify: bool,
    /// What the executor runs.
    pub run: Tier,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclaredRevalidation {
    name: String,
    title: String,
    why: String,
    file: String,
    timeout_ms: u64,
    #[serde(default)]
    body: String,
    #[serde(default)]
    verify: bool,
    #[serde(default)]
    before: Vec<String>,
    #[serde(default)]
    after: Vec<String>,
    /// It makes the packet's own objects anew.
    #[serde(default)]
    creates: bool,
}

impl From<DeclaredRevalidation> for Revalidation {
    fn from(declared: DeclaredRevalidation) -> Self {
        let run = Tier {
            name: declared.name,
            title: declared.title,
            file: declared.file,
            timeout_ms: declared.timeout_ms,
            before: declared.before,
            after: declared.after,
            creates: declared.creates,
            action: true,
            ..Tier::default()
        };
        Self { why: declared.why, body: declared.body, verify: declared.verify, run }
    }
}

impl From<DeclaredAction> for Action {
    fn from(declared: DeclaredAction) -> Self {
        let run = Tier {
            name: declared.name,
            title: declared.title,
            file: declared.file,
            timeout_ms: declared.timeout_ms,
            before: declared.before,
            after: declared.after,
            writes: declared.writes,
            deltas: declared.deltas,
            upserts: declared.upserts,
            action: true,
            witness: Witness { table: declared.witness.table, ..Witness::default() },
            ..Tier::default()
        };
        Self { needs_release: declared.needs_release, run_by: declared.run_by, hold: declared.hold, run }
    }
}
