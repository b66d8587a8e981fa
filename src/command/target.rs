//! `oneroof target`: shows which database the options lead to, without a connection.

use crate::error::Error;
use crate::report::Answer;
use crate::run::Context;
use crate::run::target::{origins, resolve};

/// Shows the resolved target and where each value came from. It never shows a password, and it connects to nothing.
pub(super) fn run(context: &mut Context<'_>) -> Result<(), Error> {
    let resolved = resolve(context.common)?;
    context.report.notes.extend(resolved.target.notes.iter().cloned());
    context.report.result = Some(Answer::Table(origins(&resolved)));
    context.go_on("oneroof preflight");
    Ok(())
}
