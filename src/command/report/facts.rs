//! The facts of the release report, each in one field. Markdown, HTML and JSON are made only from these facts.

use crate::evidence::{Confirmed, Operator};
use crate::pg::server_facts::{Identity, SessionClient};
use crate::release::NoGo;
use crate::report::{StageAnswer, TableAnswer};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The version of the JSON form.
pub(super) const SCHEMA: &str = "oneroof.release-report/1";

/// Which of the two reports it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// For the people who approve. Nothing of the release is applied.
    Before,
    /// For the auditor. A run has changed the database.
    After,
}

/// The whole report.
#[derive(Debug, Serialize)]
pub(super) struct Facts<'a> {
    pub schema: &'static str,
    pub stage: Stage,
    pub title: &'a str,
    pub verdict: &'static str,
    /// The reason for the verdict, in words.
    pub reason: String,
    /// The command to run next.
    pub next: String,
    /// If the gate is closed, the command to run after people have opened it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_gate: Option<String>,
    /// The command that checks the end state on any day.
    pub verify: String,
    pub release: Approved<'a>,
    pub effect: EffectFacts<'a>,
    /// The tables that people confirm, each with the form in which it is drawn.
    pub reviews: Vec<TableAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetFacts<'a>>,
    pub gate: Vec<GateRow>,
    pub blocked: Vec<String>,
    pub approval: ApprovalFacts<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rehearsal: Option<RehearsalFacts>,
    /// The run that the verdict rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Ran<'a>>,
    pub duties: Vec<String>,
    pub timeline: Vec<TierRow<'a>>,
    pub locks: Vec<Locked<'a>>,
    pub way_back: WayBack,
    pub figures: Vec<Figure>,
    pub fingerprints: Fingerprints,
    pub exceptions: Vec<String>,
    pub proven: Vec<String>,
    pub not_proven: Vec<String>,
    pub no_go: &'a [NoGo],
    /// Whether the packet may be rehearsed on clones.
    #[serde(skip)]
    pub has_clones: bool,
    /// Runs on clones, the newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clones: Vec<CloneFacts<'a>>,
    /// The database that the evidence is about, in words.
    pub database: String,
    pub evidence: Vec<EvidenceFile<'a>>,
    pub not_used: Vec<NotUsed<'a>>,
}

/// What is approved: the bytes, and the programs that read them.
#[derive(Debug, Serialize)]
pub(super) struct Approved<'a> {
    pub name: &'a str,
    pub digest: String,
    /// Who signed the packet, if the run demanded and checked a signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<&'a str>,
    /// Commands that write the packet, and compute its digest without this program.
    pub check_with: [String; 2],
    /// How many files the digest covers.
    pub files: usize,
    /// The digest of the engine's own queries.
    pub engine: &'static str,
    /// The program that made this report.
    pub program: &'static str,
    pub members: Vec<TierFile<'a>>,
}

/// The file of a tier, and whether it is the one that ran.
#[derive(Debug, Serialize)]
pub(super) struct TierFile<'a> {
    pub tier: u8,
    pub path: String,
    /// The digest of the file in the approved packet.
    pub sha256: String,
    /// The digest of the file that the run sent. `None` if the tier did not run to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<&'a str>,
    pub ran: &'a str,
}

/// What the release does, in numbers that the packet declares.
#[derive(Debug, Serialize)]
pub(super) struct EffectFacts<'a> {
    pub objects: usize,
    pub rows: i64,
    pub tables: usize,
    /// Existing rows that the release updates or deletes.
    pub existing_rows: i64,
    /// Existing relations whose shape the release changes.
    pub alters: BTreeSet<&'a str>,
}

/// The database of the run that the verdict rests on.
#[derive(Debug, Serialize)]
pub(super) struct TargetFacts<'a> {
    pub database: &'a str,
    pub host: &'a str,
    pub role: &'a str,
    pub server: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_identifier: Option<&'a str>,
}

/// One row of the gate table.
#[derive(Clone, Debug, Serialize)]
pub(super) struct GateRow {
    pub check: String,
    pub state: String,
    pub go: &'static str,
}

/// Who approved, and by which rule.
#[derive(Debug, Serialize)]
pub(super) struct ApprovalFacts<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Whether a signature names the release digest. Absent if no approval was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound: Option<bool>,
    pub rows: Vec<SignatureFacts<'a>>,
    /// The packet's rule for approvals, in sentences.
    pub rule: Vec<String>,
    /// What the policy of the host demands, and whether it was read in the run or on this machine.
    pub host_policy: String,
    /// How many signatures each level must give.
    pub levels: &'a BTreeMap<String, u32>,
    /// The text that binds a signature to the bytes of this release.
    pub signature_text: String,
}

/// An approval row, as the transactions of the tiers read it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct SignatureFacts<'a> {
    pub code: &'a str,
    pub level: &'a str,
    pub who: &'a str,
    pub signature: &'a str,
    pub at: &'a str,
    pub tiers: Vec<u8>,
}

/// The last rehearsal of an apply.
#[derive(Debug, Serialize)]
pub(super) struct RehearsalFacts {
    /// When the rehearsal ran, by the server's clock. If no server was reached, by the clock of the machine that ran the command.
    pub at: String,
    pub result: String,
    pub tiers: Vec<u8>,
    pub rows: i64,
    pub milliseconds: f64,
}

/// Who ran the command, and how.
#[derive(Debug, Serialize)]
pub(super) struct Ran<'a> {
    pub command: &'a str,
    pub arguments: &'a [String],
    /// The time at connect by the server's clock. If no server was reached, by the clock of the machine that ran the command.
    pub began: String,
    /// The end of the last tier by the server's clock. If there is none, the time by the clock of the machine that ran the command.
    pub ended: String,
    pub operator: &'a Operator,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<&'a Identity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<&'a SessionClient>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<&'a Confirmed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_ref: Option<&'a str>,
    pub program: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binary: Option<&'a str>,
    pub engine: &'a str,
}

/// A tier of the run.
#[derive(Debug, Serialize)]
pub(super) struct TierRow<'a> {
    pub tier: u8,
    pub name: &'a str,
    pub outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<&'a str>,
    pub rows: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xid: Option<&'a str>,
    pub xid_status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lsn: Option<&'a str>,
    pub waited_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<f64>,
}

/// Relations that the same tiers locked in the same modes, and what the locks block until the tier ends.
#[derive(Debug, Serialize)]
pub(super) struct Locked<'a> {
    pub tiers: Vec<u8>,
    /// Whether the release creates these relations.
    pub is_own: bool,
    pub relations: Vec<&'a str>,
    pub modes: Vec<&'a str>,
    pub blocks: &'static str,
}

/// How to roll back.
#[derive(Debug, Serialize)]
pub(super) struct WayBack {
    pub command: String,
    pub tiers: Vec<TierRollback>,
    pub is_proved: bool,
    pub proof: String,
    /// What the build of the packet proves about its rollbacks.
    pub build: &'static str,
}

/// The rollback of a tier.
#[derive(Debug, Serialize)]
pub(super) struct TierRollback {
    pub tier: u8,
    pub file: String,
    pub removes: String,
}

/// A figure before and after the run.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    pub name: String,
    pub before: String,
    pub after: String,
}

/// The fingerprints at the beginning and at the end of the run.
#[derive(Debug, Default, Serialize)]
pub(super) struct Fingerprints {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<String>,
    pub differences: Vec<String>,
    /// What was compared, and what was not.
    pub scope: Vec<String>,
}

/// A run of the stages, or of the revalidation, on a clone. No verdict about the release rests on it.
#[derive(Debug, Serialize)]
pub(super) struct CloneFacts<'a> {
    /// For example `clone run`.
    pub command: String,
    pub begun: String,
    /// The clone, or the source if the run did not reach the clone.
    pub database: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_identifier: Option<&'a str>,
    pub ended: String,
    pub stages: &'a [StageAnswer],
    pub path: &'a str,
    pub sha256: &'a str,
}

/// A rollout file that the report uses.
#[derive(Debug, Serialize)]
pub(super) struct EvidenceFile<'a> {
    pub path: &'a str,
    pub sha256: &'a str,
    pub begun: String,
    pub written: &'a str,
    pub target: String,
    pub ended: String,
    pub complete: bool,
    pub log: &'a str,
    pub log_sha256: &'a str,
}

/// A file that the report does not use.
#[derive(Debug, Serialize)]
pub(super) struct NotUsed<'a> {
    pub path: &'a str,
    pub why: &'a str,
}
