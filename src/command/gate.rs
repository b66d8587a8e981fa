//! `oneroof gate`: who ratified what, what is missing, and the human step. It reads; no path of it writes.

use super::Context;
use crate::error::Error;
use crate::observe::questions;
use crate::pg::connector::Settings;
use crate::pg::session::Row;
use crate::report::{Answer, Approval, GateAnswer};

/// Shows the state of the human gate.
pub(super) async fn run(context: &mut Context<'_>) -> Result<(), Error> {
    let opened = context.open_reading(Settings::default()).await?;
    let asked = questions(&opened.session, context.release, &[], &["gate"]).await;
    opened.session.close().await;
    let asked = asked?;
    context.report.witness = Some(asked.witness);
    let gate = answer(asked.rows("gate"), context)?;
    let code = gate.approvals.iter().find(|approval| approval.opens).map(|approval| approval.proposal_code.clone());
    context.report.next = code.map(|code| format!("oneroof preflight --ratified-apr {code}"));
    context.report.result = Some(Answer::Gate(gate));
    Ok(())
}

fn answer(rows: &[Row], context: &Context<'_>) -> Result<GateAnswer, Error> {
    let mut gate = GateAnswer {
        human_step: context.release.descriptor.gate.human_step.clone(),
        signature_text: format!("release:{}", context.release.digest_text()),
        ..GateAnswer::default()
    };
    let broken = |error: serde_json::Error| Error::Internal(format!("sql/queries/gate.sql: {error}"));
    for row in rows {
        let body = row.text("body");
        match row.text("kind") {
            "approval" => gate.approvals.push(serde_json::from_str::<Approval>(body).map_err(broken)?),
            "missing" => gate.missing.push(serde_json::from_str(body).map_err(broken)?),
            _ => gate.options.push(serde_json::from_str(body).map_err(broken)?),
        }
    }
    gate.open = gate.approvals.iter().any(|approval| approval.opens);
    Ok(gate)
}
