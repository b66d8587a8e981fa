//! The envelope of `docs/report.schema.json`. Fields that do not apply are absent.

use super::Answer;
use crate::cause::Cause;
use crate::check::Check;
use crate::error::{Error, ExitCode};
use crate::exec::{Failure, Outcome, TierReport};
use crate::pg::questions;
use crate::policy::ApprovalRule;
use crate::release::Release;
use serde::{Deserialize, Serialize};

/// The version of the envelope.
const SCHEMA: &str = "oneroof.report/2";

/// The verdict of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Every precondition is met.
    #[serde(rename = "GO")]
    Go,
    /// Every tier is applied as shipped already; nothing was begun.
    #[serde(rename = "ALREADY_APPLIED")]
    AlreadyApplied,
    /// A precondition is unmet; nothing was begun.
    #[serde(rename = "NO-GO")]
    NoGo,
    /// The command did what it is for.
    #[serde(rename = "DONE")]
    Done,
    /// It was begun, or tried, and failed.
    #[serde(rename = "FAILED")]
    Failed,
    /// A signal ended it, and what was open was rolled back.
    #[serde(rename = "INTERRUPTED")]
    Interrupted,
    /// The outcome of a COMMIT is not known.
    #[serde(rename = "UNKNOWN")]
    Unknown,
}

impl Verdict {
    /// The word for people.
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

    /// Whether a command with this verdict can end with that exit code: see [`Report::fail`].
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

/// What this run did to the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// It committed nothing.
    #[default]
    NothingChanged,
    /// It committed at least one transaction.
    Applied,
    /// A COMMIT's outcome is not known.
    Unknown,
}

/// What this run did, and which tiers are applied.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Effect {
    /// What this run did.
    pub kind: EffectKind,
    /// Tiers that are applied now, as read from the database; absent when it was not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied: Option<Vec<u8>>,
    /// Tiers of which something is there, though not as it was shipped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub altered: Vec<u8>,
    /// What the first line says was done, where it was done to something other than tiers: a clone, a throwaway server.
    #[serde(skip)]
    pub words: Option<String>,
}

impl Effect {
    /// It is not known what this run did, nor which tiers are applied.
    fn unknown() -> Self {
        Self { kind: EffectKind::Unknown, applied: None, altered: Vec::new(), words: None }
    }

    /// Something other than a tier was changed.
    pub fn changed(&mut self, words: String) {
        self.kind = EffectKind::Applied;
        self.words = Some(words);
    }

    /// It is not known which tiers are applied.
    pub fn forget(&mut self) {
        (self.applied, self.altered) = (None, Vec::new());
    }
}

/// Which release.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReleaseName {
    pub name: String,
    /// The release digest, `sha256:<hex>`.
    pub digest: String,
    /// The digest of the engine's own queries, `sha256:<hex>`.
    #[serde(default)]
    pub engine: String,
    /// The sealed packet that was given, where it is not the one that the program carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packet: Option<String>,
    /// Who signed it, where that was demanded and checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// What a headline says of a packet that was given and that no approval is bound to; empty for any other.
    #[serde(skip)]
    pub unbound: &'static str,
}

/// Which database.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TargetName {
    /// Database name.
    pub database: String,
    /// The server's version.
    pub server_version: String,
    /// Role in force.
    pub user: String,
    /// How it was reached.
    pub host: String,
}

/// What the server attests of a read-only command.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ServerFacts {
    /// The transaction was READ ONLY.
    pub read_only: bool,
    /// A transaction id was assigned: something was written.
    pub transaction_id_assigned: bool,
}

/// The error for programs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ErrorReport {
    /// One line.
    pub message: String,
    /// File of the packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// One-based line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// One-based column in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The line's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqlstate: Option<String>,
    /// The server's DETAIL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The server's HINT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_hint: Option<String>,
    /// The server's CONTEXT, its first lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What a command answers.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    schema: &'static str,
    /// The command's name.
    pub command: String,
    /// The release; absent when it does not match its manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseName>,
    /// The rule for approvals, of the packet and of this host; absent where no approval is judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_rule: Option<ApprovalRule>,
    /// The database; absent when none was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetName>,
    pub verdict: Verdict,
    pub exit_code: ExitCode,
    /// What this run did.
    pub effect: Effect,
    /// How many tiers the release has, for the words about its state.
    #[serde(skip)]
    pub tier_count: usize,
    /// What explains the unmet checks: with it, the text lists them only on request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Checks, in the order in which they were made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// Tiers, in the order they ran.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<TierReport>,
    /// What the server attests of a read-only command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_facts: Option<ServerFacts>,
    /// What the command answers beside all this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Answer>,
    /// Things to read though nothing failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Files of evidence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// SHA-256 of the evidence, once its last state is written; the evidence itself cannot hold it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorReport>,
    /// The command to run next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Report {
    /// An empty report of a command that has not failed yet.
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

    /// Takes over what a run's tiers came to, and with it the effect.
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

    /// Updates the applied tiers after each confirmed COMMIT, so that the report of a run that is cut off later is still true.
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

    /// Ends the report with an error: exit code, verdict, message and hint follow from its type.
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
        let mut told = ErrorReport {
            message: error.to_string(),
            hint: Some(error.hint()).filter(|hint| !hint.is_empty()),
            ..ErrorReport::default()
        };
        if let Error::Transaction { failure, .. } = error {
            told.add_server_words(failure);
        }
        self.error = Some(told);
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
