//! What a page declares in addition to the release: actions, revalidations, the shadow, what people confirm, and what stays NO-GO.

use super::{Delta, ProofRow, Tier};
use serde::Deserialize;
use std::collections::BTreeMap;

/// An action that may be run on the released database. It runs like a tier, through the same executor and judge.
#[derive(Debug, Deserialize)]
#[serde(from = "DeclaredAction")]
pub struct Action {
    /// Whether the action needs every tier to be applied.
    pub needs_release: bool,
    /// The command that runs it, such as `scan --write`.
    pub verb: String,
    /// How a person runs it, in words.
    pub run_by: String,
    /// Whether the action locks the relations that must not change while a tier runs.
    pub hold: bool,
    /// The action as the executor runs it: a tier with number 0 and no rollback.
    pub run: Tier,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclaredAction {
    name: String,
    title: String,
    file: String,
    verb: String,
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
    proof: ActionProof,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionProof {
    table: String,
}

/// The shadow: tiers that may be deployed to a separate schema, where nothing uses them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shadow {
    /// The name of the separate schema.
    pub schema: String,
    /// The numbers of the shadow's tiers.
    pub tiers: Vec<u8>,
    /// Path of the script that creates the shadow, below `sql/`.
    pub deploy: String,
    /// Path of the script that removes the shadow, below `sql/`.
    pub drop: String,
    /// The client's deadline, in milliseconds.
    pub timeout_ms: u64,
    /// The deployment as the executor runs it.
    #[serde(default, skip)]
    pub deploy_run: Tier,
    /// The removal as the executor runs it.
    #[serde(default, skip)]
    pub drop_run: Tier,
}

/// A decision that stays NO-GO when the release is applied.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct NoGo {
    /// What must not be done.
    pub what: String,
    /// Why it must not be done, or when it may be.
    pub why: String,
}

/// A table of the release that a person confirms, row by row.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// What the person confirms.
    pub title: String,
    /// How the table is drawn. It is drawn as a plain table if the page does not say.
    pub draw: Option<Draw>,
    /// The headings of the columns.
    pub columns: Vec<String>,
    /// The rows, with one text for each column.
    pub rows: Vec<Vec<String>>,
}

/// How a table that people confirm is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Draw {
    /// The first column names the row. Cells with equal text have the same colour.
    Matrix,
    /// Two columns: a name, and the name of its parent. The parent is empty for the root.
    Tree,
    /// Two columns: a name, and the group that the name belongs to.
    List,
}

/// A script that runs on a clone after the tiers. It is never committed.
#[derive(Debug, Deserialize)]
#[serde(from = "DeclaredRevalidation")]
pub struct Revalidation {
    /// What the revalidation does, in words.
    pub why: String,
    /// Path of the body below `sql/`. Empty if the revalidation only makes checks.
    pub body: String,
    /// Whether the revalidation makes the checks of verify.
    pub verify: bool,
    /// The revalidation as the executor runs it.
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
    /// Whether the revalidation creates the packet's own objects again.
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
            proof_row: ProofRow { table: declared.proof.table, ..ProofRow::default() },
            ..Tier::default()
        };
        let DeclaredAction { needs_release, verb, run_by, hold, .. } = declared;
        Self { needs_release, verb, run_by, hold, run }
    }
}
