//! The object that `docs/report.schema.json` describes. Fields that do not apply are absent.

use super::Answer;
use crate::cause::Cause;
use crate::check::Check;
use crate::error::{Error, ExitCode};
use crate::exec::{Failure, Outcome, TierReport};
use crate::pg::questions;
use crate::policy::ApprovalRule;
use crate::release::Release;
use serde::{Deserialize, Serialize};

/// The version of the report's schema.
const SCHEMA: &str = "oneroof.report/2";

/// The verdict of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Every precondition is met.
    #[serde(rename = "GO")]
    Go,
    /// Every tier is already applied as shipped, so no tier was run.
    #[serde(rename = "ALREADY_APPLIED")]
    AlreadyApplied,
    /// A precondition is unmet, so no tier was run.
    #[serde(rename = "NO-GO")]
    NoGo,
    /// The command succeeded.
    #[serde(rename = "DONE")]
    Done,
    /// The command tried to do its work and failed.
    #[serde(rename = "FAILED")]
    Failed,
    /// A signal stopped the command, and its open transaction was rolled back.
    #[serde(rename = "INTERRUPTED")]
    Interrupted,
    /// The outcome of a COMMIT is not known.
    #[serde(rename = "UNKNOWN")]
    Unknown,
}

impl Verdict {
    /// The verdict as a word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::AlreadyApplied => "ALREADY APPLIED",
            Self::Interrupted => "INTERRUPTED",
            Self::NoGo => "NO-GO",
            Self::Done => "DONE",
            Self::Failed => "FAILED",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// Whether a command with this verdict can end with this exit code. See [`Report::fail`].
    pub fn ends_with(self, code: u8) -> bool {
        match self {
            Self::Go => code == 0,
            Self::Done => matches!(code, 0 | 12),
            Self::NoGo => matches!(code, 3 | 4 | 10),
            Self::Unknown => code == 9,
            Self::AlreadyApplied => code == 13,
            Self::Interrupted => code == 8,
            Self::Failed => matches!(code, 1 | 2 | 5..=7 | 11),
        }
    }
}

/// The effect of this run on the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// The run committed nothing.
    #[default]
    NothingChanged,
    /// The run committed at least one transaction.
    Applied,
    /// The outcome of a COMMIT is not known.
    Unknown,
}

/// The effect of this run, and which tiers are applied now.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Effect {
    /// What this run did to the database.
    pub kind: EffectKind,
    /// Tiers that are applied now, as read from the database. Absent if the database was not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied: Option<Vec<u8>>,
    /// Tiers that are partly applied, or not applied as shipped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub altered: Vec<u8>,
    /// The text of the first line if something other than a tier was changed, such as a clone or a throwaway server.
    #[serde(skip)]
    pub words: Option<String>,
}

impl Effect {
    /// The effect of a run whose outcome is not known. Then it is not known which tiers are applied either.
    fn unknown() -> Self {
        Self { kind: EffectKind::Unknown, applied: None, altered: Vec::new(), words: None }
    }

    /// Records that something other than a tier was changed.
    pub fn changed(&mut self, words: String) {
        self.kind = EffectKind::Applied;
        self.words = Some(words);
    }

    /// Records that it is not known which tiers are applied.
    pub fn forget(&mut self) {
        (self.applied, self.altered) = (None, Vec::new());
    }
}

/// The name and the digests of a release.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReleaseName {
    pub name: String,
    /// The release digest, `sha256:<hex>`.
    pub digest: String,
    /// The digest of the engine's own queries, `sha256:<hex>`.
    #[serde(default)]
    pub engine: String,
    /// The path of the sealed packet that `--packet` or `ONEROOF_PACKET` names. Absent if the embedded packet is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packet: Option<String>,
    /// Who signed the packet. Present only if a signature was demanded and checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// The note in the first line about a given packet whose digest no approval names. Empty for all other packets.
    #[serde(skip)]
    pub unbound: &'static str,
}

/// The database that was reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TargetName {
    /// The name of the database.
    pub database: String,
    /// The server's version.
    pub server_version: String,
    /// The role in force.
    pub user: String,
    /// The host through which the server was reached.
    pub host: String,
    /// The words that confirm a run on this database, for `--confirm` and for the question at the terminal. Absent if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
}

/// The server's evidence about a read-only command.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ServerFacts {
    /// Whether the transaction was READ ONLY.
    pub read_only: bool,
    /// Whether a transaction id was assigned, which may mean that something was written.
    pub transaction_id_assigned: bool,
}

/// An error for programs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ErrorReport {
    /// The message in one line.
    pub message: String,
    /// The file of the packet in which the error occurred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line in the file, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column in the line, in characters, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The text of the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqlstate: Option<String>,
    /// The DETAIL of the server's error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The HINT of the server's error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_hint: Option<String>,
    /// The first lines of the CONTEXT of the server's error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// What the user should do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// The report of a command.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    schema: &'static str,
    /// The command's name.
    pub command: String,
    /// The release. Absent if the packet does not match its manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseName>,
    /// The rules for approvals, from the packet and from this host. Absent if the command judges no approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_rule: Option<ApprovalRule>,
    /// The database. Absent if none was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetName>,
    pub verdict: Verdict,
    pub exit_code: ExitCode,
    /// What this run did to the database.
    pub effect: Effect,
    /// The number of tiers in the release, for the text about its state.
    #[serde(skip)]
    pub tier_count: usize,
    /// The cause that explains the unmet checks. If it is set, the text lists the checks only with `-v`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Checks, in the order in which they were made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// Tiers, in the order in which they ran.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<TierReport>,
    /// The server's evidence about a read-only command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_facts: Option<ServerFacts>,
    /// The result of the command, apart from checks and tiers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Answer>,
    /// Notes that a person should read although nothing failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Paths of the evidence files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// SHA-256 of the evidence file after its last write. The file itself cannot contain it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorReport>,
    /// The command that the user should run next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Report {
    /// An empty report of a command that has not failed.
    pub fn new(command: &str) -> Self {
        Self {
            schema: SCHEMA,
            command: command.to_owned(),
            release: None,
            approval_rule: None,
            target: None,
            verdict: Verdict::Done,
            exit_code: ExitCode::Done,
            effect: Effect::default(),
            tier_count: 0,
            cause: None,
            checks: Vec::new(),
            tiers: Vec::new(),
            server_facts: None,
            result: None,
            notes: Vec::new(),
            evidence: Vec::new(),
            evidence_sha256: None,
            error: None,
            next: None,
        }
    }

    pub fn name_release(&mut self, release: &Release) {
        self.tier_count = release.descriptor.tiers.len();
        self.release = Some(ReleaseName {
            name: release.descriptor.release.name.clone(),
            digest: release.digest_text(),
            engine: questions::BUILT.to_owned(),
            packet: release.from.clone(),
            signed_by: None,
            unbound: "",
        });
    }

    /// Adds the results of a run's tiers, and derives the effect from them.
    pub fn take_tiers(&mut self, tiers: Vec<TierReport>) {
        for tier in &tiers {
            match tier.outcome {
                Outcome::Unresolved => self.effect = Effect::unknown(),
                Outcome::Committed | Outcome::RolledBack => self.took_effect(tier),
                _ => {}
            }
        }
        self.tiers.extend(tiers);
    }

    /// Updates the applied tiers after each confirmed COMMIT, so that the report stays true if the run ends early.
    fn took_effect(&mut self, tier: &TierReport) {
        if self.effect.kind == EffectKind::NothingChanged {
            self.effect.kind = EffectKind::Applied;
        }
        // An action is not a tier, so it does not change which tiers are applied.
        if let (Some(states), true) = (&mut self.effect.applied, tier.number > 0) {
            states.retain(|number| *number != tier.number);
            self.effect.altered.retain(|number| *number != tier.number);
            if tier.outcome == Outcome::Committed {
                states.push(tier.number);
                states.sort_unstable();
            }
        }
    }

    /// Adds an error to the report. The type of the error decides the exit code, verdict, message and hint.
    pub fn fail(&mut self, error: &Error) {
        self.exit_code = error.exit_code();
        self.verdict = match error {
            Error::NoGo { .. } | Error::RunLocked { .. } => Verdict::NoGo,
            Error::Open(open) if open.is_refusal() => Verdict::NoGo,
            Error::AlreadyApplied => Verdict::AlreadyApplied,
            Error::Evidence { .. } => Verdict::Done,
            Error::Unresolved { .. } => Verdict::Unknown,
            Error::Transaction { failure, .. } if matches!(**failure, Failure::Unknown { .. }) => Verdict::Unknown,
            _ if self.exit_code == ExitCode::Interrupted => Verdict::Interrupted,
            _ => Verdict::Failed,
        };
        if self.verdict == Verdict::Unknown {
            self.effect = Effect::unknown();
        }
        let mut report = ErrorReport {
            message: error.to_string(),
            hint: Some(error.hint()).filter(|hint| !hint.is_empty()),
            ..ErrorReport::default()
        };
        if let Error::Transaction { failure, .. } = error {
            report.add_server_words(failure);
        }
        self.error = Some(report);
    }
}

impl ErrorReport {
    fn add_server_words(&mut self, failure: &Failure) {
        let (Failure::Sql(error) | Failure::Locked { error, .. } | Failure::CommitRefused { error: Some(error) }) =
            failure
        else {
            return;
        };
        let text = |value: &str| Some(value.to_owned()).filter(|value| !value.is_empty());
        self.sqlstate = text(&error.sqlstate);
        self.detail = text(&error.detail);
        self.server_hint = text(&error.hint);
        self.context = text(&error.context);
        if let Some(place) = &error.place {
            self.file = Some(place.file.clone());
            self.line = Some(place.line);
            self.column = place.column;
            self.excerpt = text(&place.excerpt);
        }
    }
}
