//! The host's policy inside a tier's transaction: which tiers it applies to, and whether the approval rows that they read meet it.

use super::executor::Executor;
use super::layout::TierLayout;
use super::{Failure, Run};
use crate::check::{Check, Phase};
use crate::pg::connector::CLONE;
use crate::pg::session::Reply;
use crate::policy::question;
use crate::release::PartKind;

impl Executor<'_> {
    /// The query for the approval rows. `None` if the tier needs no approval, if the host's policy has no demand on approvals, or if the
    /// packet waives the gate on this clone.
    pub(super) fn approvals_question(&self, run: &Run<'_>) -> Option<String> {
        let page = &self.release.descriptor;
        let is_waived = self.connector.settings.mode == CLONE && page.is_clone(&self.identity.database);
        let is_gated = run.promised(PartKind::Guard).iter().any(|name| name == "gate");
        (is_gated && !is_waived && self.policy.judges(page)).then(|| question(page))
    }

    /// The policy's checks of the approval rows that the tier's transaction read last. Empty if the transaction did not read them.
    pub(super) fn judge_policy(&self, run: &Run<'_>, reply: &Reply, layout: &TierLayout) -> Vec<Check> {
        let Some(rows) = layout.signatures(reply) else { return Vec::new() };
        let code = &self.connector.settings.ratified_apr;
        self.policy.checks(self.release, &rows, code, (Phase::Assert, run.tier.number))
    }
}

/// Why a tier must not be committed after these checks of the policy. `None` if all are met.
pub(super) fn breach(judged: &[Check]) -> Option<Failure> {
    let unmet = judged.iter().filter(|check| check.is_unmet());
    let unmet: Vec<String> = unmet.map(|check| format!("{} ({})", check.name, check.actual)).collect();
    (!unmet.is_empty()).then_some(Failure::Policy { unmet })
}
