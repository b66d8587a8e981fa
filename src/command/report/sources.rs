//! The sources of the release report: the packet and the evidence files. From the verdict it decides which report is written, before or
//! after the release, and which command comes next.

use super::facts::Stage;
use super::judge::Judgement;
use super::run::{FoundEvidence, RunEvidence};
use crate::check::Check;
use crate::command::approval_code;
use crate::command::evidence::resolve_with;
use crate::exec::Outcome;
use crate::release::Release;
use crate::run::next::for_state;
use crate::text::quoted;

/// The command that applies the release, with a placeholder if no approval code is known.
pub(super) fn apply(release: &Release, code: Option<&str>) -> String {
    let none = if release.from.is_some() { "<CODE>" } else { "<RATIFIED_CODE>" };
    format!("oneroof apply {} {}", release.code_option(), code.unwrap_or(none))
}

/// The option that names the packet, with a blank before it. Empty for the release in the binary.
pub(super) fn packet_option(release: &Release) -> String {
    release.from.as_deref().map(|from| format!(" --packet {}", quoted(from))).unwrap_or_default()
}

/// The sources of the report.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    pub release: &'a Release,
    pub found: &'a FoundEvidence,
    pub verdict: Judgement<'a>,
}

impl Sources<'_> {
    /// Whether the report is written before or after the release, according to the evidence.
    pub fn stage(&self) -> Stage {
        let Some(run) = self.verdict.run else { return Stage::Before };
        let may_have_changed = run.is_open() || !run.rollout.record.complete || run.rollout.kept().next().is_some();
        let is_empty = self.verdict.applied == Some(&[]) && self.verdict.altered.is_empty();
        if may_have_changed && !is_empty { Stage::After } else { Stage::Before }
    }

    /// The command to run next. From the evidence it takes only the approval code and the path of the file.
    pub fn next(&self) -> String {
        let Some(run) = self.verdict.run else { return "oneroof preflight".to_owned() };
        if self.verdict.word == "UNKNOWN" && run.rollout.record.commit_next.is_some() {
            return resolve_with(&run.rollout.path);
        }
        let all = self.release.descriptor.tiers.len();
        // If the run was cut off, its evidence still holds what was committed until then.
        if self.verdict.word == "UNKNOWN" && !run.rollout.record.complete {
            return for_state(&run.report().effect, all).to_owned();
        }
        match (self.verdict.word, self.verdict.applied, self.verdict.altered) {
            ("RELEASED", _, _) => "oneroof verify".to_owned(),
            ("GO", _, _) => apply(self.release, self.code().as_deref()),
            ("UNKNOWN", _, _) | (_, None, _) | (_, _, [_, ..]) => "oneroof status".to_owned(),
            (_, Some([]), _) => "oneroof preflight".to_owned(),
            ("FAILED", Some(applied), _) if applied.len() == all => "oneroof verify -v".to_owned(),
            ("FAILED", Some(_), _) => "oneroof rollback --full".to_owned(),
            _ => "oneroof status".to_owned(),
        }
    }

    /// The approval code of the run that the verdict rests on, if the code obeys the packet's rule.
    pub fn code(&self) -> Option<String> {
        let given = self.verdict.run.and_then(|run| run.rollout.record.ratified_apr.as_deref());
        given.and_then(|code| approval_code(self.release, code).ok())
    }
}

/// A check in words: its name, the expected and the actual value.
pub(super) fn words(check: &Check) -> String {
    format!("{}: expected {}, actual {}", check.name, check.expected, check.actual)
}

/// Whether the run is an apply that committed tiers.
pub(super) fn applies(run: &RunEvidence) -> bool {
    run.report().command == "apply" && !run.ended(Outcome::Committed).is_empty()
}
