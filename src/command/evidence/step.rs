//! Makes the lines of the answer.

use crate::report::StepAnswer;

/// One line of an answer.
pub(in crate::command) fn step(name: &str, outcome: String, ok: bool) -> StepAnswer {
    StepAnswer { step: name.to_owned(), outcome, ok, unknown: false }
}

/// A line for something that could not be found out.
pub(super) fn unknown(name: &str, why: &str) -> StepAnswer {
    StepAnswer { step: name.to_owned(), outcome: format!("not known: {why}"), ok: false, unknown: true }
}
