//! The policy of this host: the rule that is in force, and packets that contradict it. No signature can resolve a contradiction.

use crate::error::Error;
use crate::policy::ApprovalRule;
use crate::run::Context;

/// Adds the approval rule in force to the report. Refuses a packet that contradicts the policy, before anything is sent.
///
/// # Errors
/// [`Error::NoGo`], whose message names both sides of the contradiction.
pub(super) fn in_force(context: &mut Context<'_>) -> Result<(), Error> {
    context.report.approval_rule = Some(ApprovalRule::of(&context.release.descriptor, context.policy));
    uncontradicted(context)
}

/// Refuses a packet that contradicts the policy, before anything is sent.
///
/// # Errors
/// [`Error::NoGo`], whose message names both sides of the contradiction.
pub(super) fn uncontradicted(context: &mut Context<'_>) -> Result<(), Error> {
    let Some(message) = context.policy.conflict(context.release) else { return Ok(()) };
    context.go_on("oneroof plan");
    Err(Error::NoGo {
        message,
        only_gate: false,
        hint: "Nothing was sent. A packet may be stricter than the host policy, never looser. Either its author changes packet.toml, or the owner of the policy changes the policy.".to_owned(),
    })
}
