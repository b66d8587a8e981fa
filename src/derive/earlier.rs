//! Releases that are part of the prerequisite: `packet build --after`. Each is applied as in production, by its own role and with an
//! approval, before the packet's own `requires.sql`.

use super::DeriveError;
use super::approvals::{self, Variant};
use super::sql::{answered, run, settings};
use super::state::DatabaseState;
use super::texts::Texts;
use crate::packet::form::{Objects, own_names};
use crate::pg::message::Message;
use crate::pg::session::Session;

/// The values for an earlier release. They are the same in both runs of the packet, because only the packet itself is tested for effects
/// that differ.
const EARLIER: Variant = Variant { number: 0, who: "earlier approver", zone: "Etc/UTC" };

/// Applies every tier of the release, each in its own transaction.
pub(super) async fn release(session: &Session, texts: &Texts<'_>) -> Result<(), DeriveError> {
    let there = DatabaseState::read(session, &own_names(&Objects::default(), None), &texts.page.role).await?;
    let code = approvals::approve(session, texts.page, &there, &EARLIER, approvals::NO_DIGEST).await?;
    for tier in &texts.tiers {
        let mut message = Message::default();
        message.engine("begin", "BEGIN;");
        message.engine("settings", &settings(texts.page, &code));
        tier.up.append(&mut message);
        message.engine("constraints", "SET CONSTRAINTS ALL IMMEDIATE;");
        run(session, &message, &[&tier.up]).await?;
        answered(session.simple("COMMIT").await?)?;
    }
    Ok(())
}
