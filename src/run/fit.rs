//! Whether a session that was just opened can be used for a run that writes.

use super::Context;
use crate::check::{Check, Phase};
use crate::error::Error;
use crate::observe::{ALL_ANSWERS, LACKING_HINT};
use crate::pg::connector::Opened;
use crate::pg::holders::{holder_line, holders};
use crate::pg::lacking::LackingRight;
use crate::pg::session::Session;

/// Checks that it is the right server, that this session holds the run lock, and that the server answers everything that a run asks.
///
/// # Errors
/// [`Error::RunLocked`] if another run holds the lock, otherwise [`Error::NoGo`].
pub(super) async fn fit_to_write(context: &mut Context<'_>, opened: &Opened) -> Result<(), Error> {
    context.right_server(opened)?;
    if !opened.locked {
        let rows = holders(&opened.session, &[]).await;
        let holders = rows.iter().filter(|row| row.is_true("granted")).map(holder_line).collect();
        context.go_on("oneroof status");
        return Err(Error::RunLocked { holders });
    }
    lacking(context, &opened.session).map_or(Ok(()), Err)
}

/// The refusal of a run that writes, if the role lacks a right that the run needs, or if the server does not report all that it needs.
fn lacking(context: &mut Context<'_>, session: &Session) -> Option<Error> {
    let of = |right: &LackingRight| Check::of(right.check, Phase::Guard, right.expected, &right.actual, &right.cure);
    let mut checks: Vec<Check> = session.lacking.rights().iter().map(of).collect();
    if let Some(lacks) = session.lacking.words() {
        checks.push(Check::of("server.answers", Phase::Guard, ALL_ANSWERS, lacks, LACKING_HINT));
    }
    let unmet: Vec<String> = checks.iter().map(|check| format!("{} ({})", check.name, check.actual)).collect();
    let message = format!("{} unmet: {}", unmet.len(), unmet.join(", "));
    let hint = checks.first()?.hint.clone().unwrap_or_default();
    context.report.checks.append(&mut checks);
    Some(Error::NoGo { message, only_gate: false, hint })
}
