//! The errors of a run, with the hint that fits the step that failed.

use crate::error::{Error, ExitCode, failure_text};
use crate::exec::Failure;
use crate::exec::judge::is_of_rows;
use crate::pg::holders::only_autovacuum;
use crate::plan::Refusal;

/// The kind of step that failed. What a person does next depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The rehearsal of an apply or of a rollback.
    Rehearsal,
    /// The apply of a tier.
    Apply,
    /// The rollback of a tier.
    Rollback,
    /// An action of the packet.
    Action,
    /// A tier or an action on a clone. The next command works on the clone.
    Clone,
}

/// The error of a failed transaction, with a hint that says what to do next.
pub(crate) fn transaction_error(step: Step, what: &str, failure: Failure) -> Error {
    let hint = match &failure {
        Failure::Unknown { xid, .. } => &format!(
            "Before anything else run oneroof resolve --evidence with this run's rollout file, or on the same server: SELECT pg_catalog.pg_xact_status('{xid}'::xid8); and then oneroof status."
        ),
        _ if step == Step::Clone => {
            "This transaction changed nothing on the clone, and the source is never changed. Fix what is named above; then drop the clone and make it again."
        }
        Failure::Interrupted { .. } | Failure::Lost(_) | Failure::CommitLost { .. } => {
            "This transaction changed nothing. oneroof status shows which tiers are applied."
        }
        Failure::Locked { holders, .. } if only_autovacuum(holders) => {
            "This transaction changed nothing. Run the command again when autovacuum is done with the table, or give a longer --lock-timeout."
        }
        Failure::Locked { .. } => {
            "This transaction changed nothing. Wait until the lock is free, or end the session that holds it, and run the command again."
        }
        Failure::Journal { .. } => "This transaction changed nothing. Make room in the evidence folder.",
        Failure::Sql(_)
        | Failure::ServerFacts(_)
        | Failure::Silent { .. }
        | Failure::Policy { .. }
        | Failure::Deadline { .. }
        | Failure::CommitRefused { .. } => match step {
            Step::Apply => {
                "This transaction changed nothing. If earlier tiers are applied, roll them back: oneroof rollback --full. A release cannot be resumed."
            }
            Step::Rollback => {
                "This transaction changed nothing: its tier is still applied. Fix what is named above and roll back again; the rollback continues from this tier."
            }
            Step::Rehearsal => "The rehearsal changed nothing. Fix what is named above and run the command again.",
            Step::Action | Step::Clone => {
                "This transaction changed nothing. Fix what is named above and run the command again."
            }
        },
    };
    let mut hint = hint.to_owned();
    if matches!(&failure, Failure::ServerFacts(breaches) if breaches.iter().any(|breach| is_of_rows(breach))) {
        hint.push_str(" If the number of rows depends on the database, list the table as live in packet.toml and build the packet again.");
    }
    Error::Transaction { what: what.to_owned(), failure: Box::new(failure), hint }
}

/// The error for an approval that does not meet the policy of the host, in a run that committed nothing. `None` for any other failure.
pub(super) fn unapproved(what: &str, failure: &Failure) -> Option<Error> {
    let is_policy = matches!(failure, Failure::Policy { .. });
    is_policy.then(|| Error::NoGo {
        message: format!("{what}: {}", failure_text(failure)),
        only_gate: true,
        hint: "The transaction was rolled back. People sign what is missing; oneroof gate shows it.".to_owned(),
    })
}

/// The error for a run that committed every tier but could not check the end state.
pub(crate) fn unverified(error: Error) -> Error {
    match error {
        Error::Lost { reason } => {
            Error::Unverified { reason: format!("lost the connection: {reason}"), code: ExitCode::Connection }
        }
        Error::Interrupted { signal } => {
            Error::Unverified { reason: format!("interrupted by signal {signal}"), code: ExitCode::Interrupted }
        }
        slow @ Error::Slow { .. } => Error::Unverified { reason: slow.to_string(), code: ExitCode::Failed },
        other => other,
    }
}

/// The error for a refusal because of the states of the tiers.
pub(crate) fn refused(refusal: &Refusal) -> Error {
    Error::NoGo { message: refusal.to_string(), only_gate: false, hint: refusal.hint() }
}
