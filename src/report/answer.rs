//! What a command answers beside checks and tiers: one variant a kind of answer, each documented in the report's schema.

use crate::fingerprint::{Comparison, Fingerprint};
use crate::pg::session::Row;
use crate::plan::TierState;
use crate::release::{Delta, Draw, Review};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The `result` of a report.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// `plan`: what a release would do.
    Plan(PlanAnswer),
    /// `status`: the state of each tier.
    Status(Vec<TierState>),
    /// `fingerprint`: figures and digests, and how they differ from a saved one.
    Fingerprint(FingerprintAnswer),
    /// `apply` and `rollback`: the fingerprints at entry and exit.
    Run(RunAnswer),
    /// `manifest`: the embedded packet.
    Manifest(Vec<FileAnswer>),
    /// `sql show`: one file.
    Sql(SqlAnswer),
    /// Files that were written.
    Files(Vec<String>),
    /// `lab` and `demo`: one line a step.
    Steps(Vec<StepAnswer>),
    /// `clone`: one verdict a stage.
    Stages(Vec<StageAnswer>),
    /// `gate`: who ratified what.
    Gate(GateAnswer),
    /// Anything that is one table: `scan`, `clone`, `target`.
    Table(TableAnswer),
    /// Several tables: `label alignment`, `scan`.
    Tables(Vec<TableAnswer>),
}

/// The plan, from the descriptor alone.
#[derive(Clone, Debug, Serialize)]
pub struct PlanAnswer {
    /// The target database.
    pub database: String,
    /// What people must have done before.
    pub human_step: String,
    /// Tiers in order.
    pub tiers: Vec<PlannedTier>,
    /// What a person confirms by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<TableAnswer>,
}

/// One tier of the plan.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedTier {
    pub number: u8,
    pub name: String,
    pub title: String,
    pub file: String,
    /// Relations that it may write.
    pub writes: Vec<String>,
    /// Why it is there.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Expected rows, by relation.
    pub deltas: BTreeMap<String, Delta>,
    /// What is asserted before its COMMIT, in words.
    pub expects: Vec<String>,
    /// What stops it, in words.
    pub stops: Vec<String>,
    /// The file that undoes it.
    pub rollback: String,
}

/// A fingerprint and, with `--against`, the comparison.
#[derive(Clone, Debug, Serialize)]
pub struct FingerprintAnswer {
    /// As it is now.
    pub now: Fingerprint,
    /// Against the saved one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// Fingerprints at both ends of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RunAnswer {
    /// Before the first transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<Fingerprint>,
    /// After the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<Fingerprint>,
    /// Their differences in words; for a dry run there must be none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// One embedded file.
#[derive(Clone, Debug, Serialize)]
pub struct FileAnswer {
    /// Path from the top of the repository.
    pub path: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its size.
    pub bytes: usize,
}

/// One file's text.
#[derive(Clone, Debug, Serialize)]
pub struct SqlAnswer {
    /// Path from the top of the repository.
    pub path: String,
    pub text: String,
}

/// One step of a story.
#[derive(Clone, Debug, Serialize)]
pub struct StepAnswer {
    /// What was done.
    pub step: String,
    /// How it ended.
    pub outcome: String,
    /// As it had to.
    pub ok: bool,
    /// Not known either way; then it is not `ok` either.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
}

/// One stage of a clone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StageAnswer {
    /// `A` to `G`, `R1` to `R3`, or a check before or after them.
    pub stage: String,
    /// What it shows.
    pub title: String,
    pub passed: bool,
    /// Its numbers, in words.
    pub numbers: String,
}

/// The state of the human gate.
#[derive(Clone, Debug, Default, Serialize)]
pub struct GateAnswer {
    /// Open for this release: at least one approval that apply takes.
    pub open: bool,
    /// The verdict in one word.
    pub state: GateState,
    /// The approvals, as they are now.
    pub approvals: Vec<Approval>,
    /// What is missing, in words.
    pub missing: Vec<String>,
    /// Which ways there are, in words.
    pub options: Vec<String>,
    /// What people must do.
    pub human_step: String,
    /// The text that binds an approval to this release.
    pub signature_text: String,
    /// The column that it goes into.
    #[serde(skip)]
    pub signature_column: String,
    /// What a signature approves: the tables of the packet that are drawn as a matrix or a tree.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<TableAnswer>,
}

/// The verdict over the approvals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateState {
    /// No approval that apply takes.
    #[default]
    Closed,
    /// There is one, and not every level that has to sign has signed it.
    OpenIncomplete,
    /// There is one, with every signature.
    Open,
}

/// One approval.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Approval {
    /// Which proposal.
    pub proposal_code: String,
    /// On which level.
    pub approval_level: String,
    /// By whom.
    pub approved_by: String,
    /// The signature's reference.
    pub signature_ref: String,
    /// When.
    pub approved_at: String,
    /// What it is worth for this release, in words.
    pub verdict: String,
    /// Whether apply takes its code.
    pub opens: bool,
}

/// Rows under headings.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TableAnswer {
    /// What the table shows.
    pub title: String,
    /// How it is drawn, where it is one that people confirm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draw: Option<Draw>,
    /// Headings.
    pub columns: Vec<String>,
    /// Rows, a text a column.
    pub rows: Vec<Vec<String>>,
}

impl From<&Review> for TableAnswer {
    fn from(review: &Review) -> Self {
        Self {
            title: review.title.clone(),
            draw: review.draw,
            columns: review.columns.clone(),
            rows: review.rows.clone(),
        }
    }
}

impl TableAnswer {
    /// Tables from rows of `title`, `headings` and `cells` (JSON lists of text), as the catalogue's questions answer them.
    pub fn all(rows: &[Row]) -> Vec<Self> {
        let list = |row: &Row, column| serde_json::from_str::<Vec<String>>(row.text(column)).unwrap_or_default();
        let mut tables: Vec<Self> = Vec::new();
        for row in rows {
            let title = row.text("title");
            if tables.last().is_none_or(|table| table.title != title) {
                let columns = list(row, "headings");
                tables.push(Self { title: title.to_owned(), columns, ..Self::default() });
            }
            if let Some(table) = tables.last_mut() {
                table.rows.push(list(row, "cells"));
            }
        }
        tables
    }
}
