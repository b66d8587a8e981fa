//! The results of commands, apart from checks and tiers. There is one variant for each kind of result, and the report's schema documents
//! each.

use crate::fingerprint::{Comparison, Fingerprint};
use crate::pg::session::Row;
use crate::plan::TierState;
use crate::release::{Delta, Draw, Review};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The field `result` of a report.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// `plan`: what a release would do.
    Plan(PlanAnswer),
    /// `status`: the state of each tier.
    Status(Vec<TierState>),
    /// `fingerprint`: figures and digests, and the differences from a saved fingerprint.
    Fingerprint(FingerprintAnswer),
    /// `apply` and `rollback`: the fingerprints before and after the run.
    Run(Box<RunAnswer>),
    /// `manifest`: the embedded packet.
    Manifest(Vec<FileAnswer>),
    /// `sql show`: the text of one file.
    Sql(SqlAnswer),
    /// Paths of files that were written.
    Files(Vec<String>),
    /// `lab` and `demo`: one line for each step.
    Steps(Vec<StepAnswer>),
    /// `clone`: one result for each stage.
    Stages(Vec<StageAnswer>),
    /// `gate`: the approvals of the release.
    Gate(GateAnswer),
    /// Any result that is one table: `scan`, `clone`, `target`.
    Table(TableAnswer),
    /// Any result of several tables: `label alignment`, `scan`.
    Tables(Vec<TableAnswer>),
}

/// The plan of a release, made from the packet's page without a connection.
#[derive(Clone, Debug, Serialize)]
pub struct PlanAnswer {
    /// The target database.
    pub database: String,
    /// What people must do before the release.
    pub human_step: String,
    /// The tiers in the order in which they run.
    pub tiers: Vec<PlannedTier>,
    /// The tables that a person confirms by name.
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
    /// How many objects the tier creates.
    pub makes: usize,
    /// The existing objects whose shape the tier changes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
    /// Existing relations in which the tier may write rows.
    pub writes: Vec<String>,
    /// Why the release has this tier.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// The expected numbers of rows, by relation.
    pub deltas: BTreeMap<String, Delta>,
    /// The checks that are made before the tier's COMMIT, each with its expected value.
    pub expects: Vec<String>,
    /// The checks that can stop the tier before it writes, each with its expected value.
    pub stops: Vec<String>,
    /// The path of the file that rolls the tier back.
    pub rollback: String,
}

/// A fingerprint and, with `--against`, the comparison with a saved one.
#[derive(Clone, Debug, Serialize)]
pub struct FingerprintAnswer {
    /// The fingerprint of the database now.
    pub now: Fingerprint,
    /// The comparison with the saved fingerprint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// The fingerprints before and after a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RunAnswer {
    /// The fingerprint before the first transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<Fingerprint>,
    /// The fingerprint after the last transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<Fingerprint>,
    /// The differences between the two. After a dry run there must be none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// The fingerprint after all tiers and all their rollbacks, read in the transaction of the dry run. Only with `--with-rollback`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_rollback: Option<Fingerprint>,
    /// The differences between that fingerprint and the one at entry: what the rollbacks do not bring back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Comparison>,
}

/// One file that is embedded in the program.
#[derive(Clone, Debug, Serialize)]
pub struct FileAnswer {
    /// Path from the top of the repository.
    pub path: String,
    /// The SHA-256 of the file's bytes.
    pub sha256: String,
    /// The size of the file in bytes.
    pub bytes: usize,
}

/// The text of one file.
#[derive(Clone, Debug, Serialize)]
pub struct SqlAnswer {
    /// Path from the top of the repository.
    pub path: String,
    pub text: String,
}

/// One step of `lab` or `demo`.
#[derive(Clone, Debug, Serialize)]
pub struct StepAnswer {
    /// What the step did.
    pub step: String,
    /// The result of the step, in words.
    pub outcome: String,
    /// Whether the step had the expected result.
    pub ok: bool,
    /// Whether the result of the step is not known. Then `ok` is false too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
}

/// One stage of a clone rehearsal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StageAnswer {
    /// `A` to `G`, `R1` to `R3`, or a check before or after them.
    pub stage: String,
    /// What the stage shows.
    pub title: String,
    pub passed: bool,
    /// The numbers of the stage, in words.
    pub numbers: String,
}

/// The state of the human gate.
#[derive(Clone, Debug, Default, Serialize)]
pub struct GateAnswer {
    /// Whether the gate is open for this release: at least one approval has a code that apply accepts.
    pub open: bool,
    /// The same verdict in one word, with the signatures taken into account.
    pub state: GateState,
    /// The approvals as they are in the table now.
    pub approvals: Vec<ApprovalAnswer>,
    /// What is still missing for an open gate, in words.
    pub missing: Vec<String>,
    /// What people can do, in words.
    pub options: Vec<String>,
    /// What people must do to open the gate.
    pub human_step: String,
    /// The text that binds an approval to this release.
    pub signature_text: String,
    /// The column of the table of approvals that holds this text.
    #[serde(skip)]
    pub signature_column: String,
    /// What a signature approves: those tables of the packet that are drawn as a matrix or a tree.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<TableAnswer>,
}

/// The verdict over all approvals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateState {
    /// No approval has a code that apply accepts.
    #[default]
    Closed,
    /// At least one approval has a code that apply accepts, but signatures are missing at some level.
    OpenIncomplete,
    /// At least one approval has a code that apply accepts, and no signature is missing.
    Open,
}

/// One row of the table of approvals.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ApprovalAnswer {
    /// The code of the approved proposal.
    pub proposal_code: String,
    /// The level of the signature.
    pub approval_level: String,
    /// The person who signed.
    pub approved_by: String,
    /// The reference to the signature.
    pub signature_ref: String,
    /// The time of the signature.
    pub approved_at: String,
    /// What this approval means for this release, in words.
    pub verdict: String,
    /// Whether apply accepts the code of this approval.
    pub opens: bool,
}

/// A table: rows under headings.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TableAnswer {
    /// What the table shows.
    pub title: String,
    /// How the table is drawn. Absent if it is not a table that people confirm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draw: Option<Draw>,
    /// The headings of the columns.
    pub columns: Vec<String>,
    /// The rows, with one text for each column.
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
    /// Makes tables from rows with the columns `title`, `headings` and `cells`. The last two are JSON lists of text.
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
