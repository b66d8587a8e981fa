//! Sends SQL to the server of a run.

use super::DeriveError;
use super::text::Text;
use crate::packet::form::PageOne;
use crate::packet::name::{identifier, literal};
use crate::pg::failure::SqlFailure;
use crate::pg::message::Message;
use crate::pg::questions;
use crate::pg::session::{Reply, Session};

/// The reply to a query of the engine. An error in it does not come from the packet's SQL.
pub(super) fn answered(reply: Reply) -> Result<Reply, DeriveError> {
    match &reply.error {
        Some(error) => Err(DeriveError::Question { message: error.message().to_owned() }),
        None => Ok(reply),
    }
}

/// Sends a message with texts of the packet. An error is reported at the file and line of the text that caused it.
pub(super) async fn run(session: &Session, message: &Message, texts: &[&Text]) -> Result<Reply, DeriveError> {
    let reply = session.message(message).await?;
    let Some(failure) = SqlFailure::of(message, &reply) else { return Ok(reply) };
    let place = failure.place.clone().map(|place| (place.file, place.line)).unwrap_or_default();
    let text = texts.iter().find(|text| text.path == place.0);
    let (file, line) = text.map_or_else(
        // The statement is the engine's. It shows an effect that the text left behind, such as a deferred constraint, so the end of the
        // text is reported.
        || {
            texts.last().map_or_else(
                || place.clone(),
                |text| text.origin(u32::try_from(text.sql.lines().count()).unwrap_or(u32::MAX)),
            )
        },
        |text| text.origin(place.1),
    );
    Err(DeriveError::Sql { file, line, failure: Box::new(failure) })
}

/// The settings for every script and query of a packet: those that a release pins in each of its transactions, but without time limits, the
/// page's `search_path`, the approval code, and the role that releases.
pub(super) fn settings(page: &PageOne, code: &str) -> String {
    let (path, code) = (&page.search_path, literal(code));
    format!(
        "SET LOCAL search_path = pg_catalog, pg_temp;\nSET LOCAL oneroof.pins = 'transaction';\nSET LOCAL oneroof.role = '';\n\
         SET LOCAL oneroof.deadline_ms = '0';\nSET LOCAL oneroof.lock_ms = '0';\n{}\n\
         SET LOCAL oneroof.approval = {code};\nSET LOCAL oneroof.ratified_apr = {code};\n\
         SET LOCAL search_path = {path}, pg_temp;\nSET LOCAL SESSION AUTHORIZATION {};",
        questions::SESSION,
        identifier(&page.role)
    )
}
