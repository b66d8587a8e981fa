//! `oneroof status`: which tiers stand, derived from the database itself.

use super::Context;
use crate::error::Error;
use crate::observe::{Want, look};
use crate::pg::connector::Settings;
use crate::plan::State;
use crate::report::Answer;

/// Asks what stands.
pub(super) async fn run(context: &mut Context<'_>) -> Result<(), Error> {
    let opened = context.open_reading(Settings::default()).await?;
    let want = Want { script: None, standing: true, fingerprint: false };
    let seen = look(&opened.session, context.release, want).await;
    opened.session.close().await;
    let seen = seen?;
    context.report.witness = seen.witness;
    let Some(standing) = seen.standing else {
        return Err(Error::Internal("what stands was not answered".to_owned()));
    };
    context.take_standing(Some(&standing));
    context.report.next = next(&standing);
    context.report.result = Some(Answer::Status(standing));
    Ok(())
}

/// What an operator does with what stands.
fn next(standing: &[crate::plan::Standing]) -> Option<String> {
    let is = |state| standing.iter().filter(move |tier| tier.state == state).count();
    match (is(State::Standing), is(State::Altered)) {
        (0, 0) => Some("oneroof preflight".to_owned()),
        (there, 0) if there == standing.len() => Some("oneroof verify".to_owned()),
        (_, 0) => Some("oneroof rollback --full".to_owned()),
        _ => None,
    }
}
