//! `oneroof gate`: shows who signed which approval, what is missing, and what people have to do. The command only reads.

use super::policy;
use super::verb::Command;
use crate::check::Phase;
use crate::cli::{Group, HelpPage};
use crate::error::Error;
use crate::observe::questions;
use crate::pg::connector::Settings;
use crate::pg::session::{Row, Session};
use crate::policy::Signature;
use crate::release::{Draw, Release, Review};
use crate::report::{Answer, ApprovalAnswer, GateAnswer, GateState, ServerFacts, TableAnswer};
use crate::run::{Context, read};
use clap::Args;
use std::collections::BTreeSet;

/// Show who signed, what is missing, and what people must do.
///
/// Writes nothing, and the server confirms it.
#[derive(Clone, Copy, Debug, Args)]
pub struct GateArgs;

impl Command for GateArgs {
    const PAGE: HelpPage = HelpPage {
        name: "gate",
        place: (Group::ApprovalAndEvidence, 1),
        examples: ["oneroof gate", "oneroof gate --format json"],
        files: HelpPage::POLICY,
        ..HelpPage::READ
    };
    const JUDGES: bool = true;

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context).await
    }
}

/// Shows the state of the human gate.
async fn run(context: &mut Context<'_>) -> Result<(), Error> {
    policy::in_force(context)?;
    let answer = read(context, "reading the approvals", Settings::default(), async |context, opened| {
        ask(&opened.session, context).await
    });
    let (gate, facts) = answer.await?;
    context.report.server_facts = Some(facts);
    let code = gate.approvals.iter().find(|approval| approval.opens).map(|approval| approval.proposal_code.clone());
    match code {
        Some(code) => context.go_on(format!("oneroof preflight {} {code}", context.release.code_option())),
        None => context.go_on("oneroof preflight"),
    }
    context.report.result = Some(Answer::Gate(gate));
    Ok(())
}

/// Reads the state of the gate in a READ ONLY transaction.
pub(super) async fn ask(session: &Session, context: &Context<'_>) -> Result<(GateAnswer, ServerFacts), Error> {
    let is_judged = context.policy.judges(&context.release.descriptor);
    let names = if is_judged { &["gate", "approvals"][..] } else { &["gate"] };
    let answers = questions(session, context.release, &[], names).await?;
    let mut gate = answer(answers.rows("gate"), context)?;
    if is_judged {
        judge(&mut gate, &Signature::all(answers.rows("approvals").iter()), context);
    }
    gate.open = gate.approvals.iter().any(|approval| approval.opens);
    gate.state = state(&gate);
    Ok((gate, answers.server_facts))
}

fn answer(rows: &[Row], context: &Context<'_>) -> Result<GateAnswer, Error> {
    let mut gate = GateAnswer {
        human_step: context.release.descriptor.gate.human_step.clone(),
        signature_text: format!("release:{}", context.release.digest_text()),
        signature_column: context.release.descriptor.gate.columns.signature.clone(),
        reviews: drawn(context.release),
        ..GateAnswer::default()
    };
    let broken = |error: serde_json::Error| Error::Internal(format!("sql/queries/gate.sql: {error}"));
    for row in rows {
        let body = row.text("body");
        match row.text("kind") {
            "approval" => gate.approvals.push(serde_json::from_str::<ApprovalAnswer>(body).map_err(broken)?),
            "missing" => gate.missing.push(serde_json::from_str(body).map_err(broken)?),
            _ => gate.options.push(serde_json::from_str(body).map_err(broken)?),
        }
    }
    Ok(gate)
}

/// Judges each approval by the policy of the host. An approval that does not meet the policy does not open the gate.
fn judge(gate: &mut GateAnswer, rows: &[Signature], context: &Context<'_>) {
    let codes: BTreeSet<&str> = rows.iter().map(Signature::code).collect();
    for code in codes {
        let checks = context.policy.checks(context.release, rows, code, (Phase::Preflight, 0));
        let unmet: Vec<_> = checks.iter().filter(|check| check.is_unmet()).collect();
        let words = unmet.iter().map(|check| {
            format!("{code}: {}: the host policy demands {}; found: {}", check.name, check.expected, check.actual)
        });
        gate.missing.extend(words);
        let of_code = gate.approvals.iter_mut().filter(|approval| approval.proposal_code == code);
        of_code.filter(|_| !unmet.is_empty()).for_each(|approval| approval.opens = false);
    }
}

/// The reviews of the packet that are drawn as a matrix or a tree.
fn drawn(release: &Release) -> Vec<TableAnswer> {
    let is_drawn = |review: &&Review| matches!(review.draw, Some(Draw::Matrix | Draw::Tree));
    release.descriptor.reviews.iter().filter(is_drawn).map(TableAnswer::from).collect()
}

/// The state of the gate. One complete approval is enough, even if another approval is incomplete.
fn state(gate: &GateAnswer) -> GateState {
    let lacks = |code: &str| {
        let rests = gate.missing.iter().filter_map(|missing| missing.strip_prefix(code));
        rests.into_iter().any(|rest| rest.starts_with([':', ',']))
    };
    let mut open = gate.approvals.iter().filter(|approval| approval.opens).peekable();
    if open.peek().is_none() {
        return GateState::Closed;
    }
    if open.any(|approval| !lacks(&approval.proposal_code)) { GateState::Open } else { GateState::OpenIncomplete }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_complete_approval_is_enough() {
        let gate = |codes: &[(&str, bool)], missing: &[&str]| {
            let approvals = codes.iter().map(|&(code, opens)| ApprovalAnswer {
                proposal_code: code.to_owned(),
                opens,
                ..ApprovalAnswer::default()
            });
            state(&GateAnswer {
                approvals: approvals.collect(),
                missing: missing.iter().map(|text| (*text).to_owned()).collect(),
                ..GateAnswer::default()
            })
        };
        assert_eq!(gate(&[], &["any approval"]), GateState::Closed);
        assert_eq!(gate(&[("APR-A", false)], &["APR-A, L2: approved_by is blank"]), GateState::Closed);
        assert_eq!(gate(&[("APR-A", true)], &["APR-A: the L4 President"]), GateState::OpenIncomplete);
        assert_eq!(gate(&[("APR-A", true), ("APR-B", true)], &["APR-A: the L4 President"]), GateState::Open);
        // `APR-AB` begins with `APR-A`, but it is another code.
        assert_eq!(gate(&[("APR-A", true)], &["APR-AB: the L4 President"]), GateState::Open);
    }
}
