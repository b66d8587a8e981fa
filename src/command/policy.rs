//! The policy of this host: which commands it is for, and the contradictions that no signature can mend.

use crate::cli::{Cli, Verb};
use crate::error::Error;
use crate::policy::{ApprovalRule, Policy, PolicyError, VARIABLE, read};
use crate::release::Release;
use crate::run::Context;

/// The policy that is in force for a command, and what its headline says of a packet that no approval is bound to.
///
/// # Errors
/// [`Error::Usage`] where a command that judges approvals cannot read it. Others go on: a rollback needs no approval.
pub(super) fn of_host(cli: &Cli, release: &Release) -> Result<(Policy, &'static str), Error> {
    let found = if cli.throwaway { Ok(Policy::default()) } else { read(std::env::var_os(VARIABLE)) };
    let judges =
        matches!(cli.verb, Verb::Preflight(_) | Verb::Apply(_) | Verb::Gate | Verb::Report(_) | Verb::Clone(_));
    match found {
        Ok(policy) => {
            let unbound = unbound(release, &policy);
            Ok((policy, unbound))
        }
        Err(PolicyError { message, hint }) if judges => Err(Error::Usage { message, hint }),
        Err(_) => Ok((Policy::default(), if is_unbound(release) { "not bound to its bytes" } else { "" })),
    }
}

/// A packet from a file whose own rule lets an approval name no bytes.
fn is_unbound(release: &Release) -> bool {
    release.from.is_some() && !release.descriptor.gate.bound
}

fn unbound(release: &Release, policy: &Policy) -> &'static str {
    match (is_unbound(release) && !policy.is_bound(), policy.files.is_empty()) {
        (false, _) => "",
        (true, true) => "not bound to its bytes, no host policy",
        (true, false) => "not bound to its bytes",
    }
}

/// Names the rule for approvals that is in force, and refuses a packet that contradicts the policy, before anything is sent.
///
/// # Errors
/// [`Error::NoGo`] with both sides.
pub(super) fn in_force(context: &mut Context<'_>) -> Result<(), Error> {
    context.report.approval_rule = Some(ApprovalRule::of(&context.release.descriptor, context.policy));
    uncontradicted(context)
}

/// Refuses a packet that contradicts the policy, before anything is sent.
///
/// # Errors
/// [`Error::NoGo`] with both sides.
pub(super) fn uncontradicted(context: &mut Context<'_>) -> Result<(), Error> {
    let Some(message) = context.policy.conflict(context.release) else { return Ok(()) };
    context.go_on("oneroof plan");
    Err(Error::NoGo {
        message,
        only_gate: false,
        hint: "Nothing was sent. A packet may be stricter than the policy, never looser: its author changes the page, or whoever keeps the policy changes that.".to_owned(),
    })
}
