//! `oneroof plan`: shows what a release would do. It reads only the packet.

use super::verb::Command;
use crate::cli::{Group, HelpPage};
use crate::error::Error;
use crate::report::{Answer, PlanAnswer, PlannedTier, TableAnswer};
use crate::run::Context;
use clap::Args;

/// Show what a release would do, from the packet alone.
///
/// Lists tiers, gates, rows, stop conditions and rollbacks. Connects to no database.
#[derive(Clone, Copy, Debug, Args)]
pub struct PlanArgs;

impl Command for PlanArgs {
    const PAGE: HelpPage = HelpPage {
        name: "plan",
        place: (Group::Release, 2),
        examples: ["oneroof plan", "oneroof plan --format json"],
        ..HelpPage::LOCAL
    };

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context)
    }
}

/// Shows tiers, gates, rows, stop conditions and rollbacks.
#[expect(clippy::unnecessary_wraps, reason = "every command answers alike")]
fn run(context: &mut Context<'_>) -> Result<(), Error> {
    let descriptor = &context.release.descriptor;
    let tiers = descriptor.tiers.iter().map(|tier| PlannedTier {
        number: tier.number,
        name: tier.name.clone(),
        title: tier.title.clone(),
        file: format!("sql/{}", tier.file),
        makes: tier.shapes.iter().filter(|shape| tier.creates_object(shape)).count(),
        changes: tier.alters.iter().chain(&tier.reworks).cloned().collect(),
        writes: tier.writes.clone(),
        why: tier.why.clone(),
        deltas: tier.deltas.clone(),
        expects: tier.expects.clone(),
        stops: tier.stops.clone(),
        rollback: format!("sql/{}", tier.rollback),
    });
    let plan = PlanAnswer {
        database: descriptor.release.database.clone(),
        human_step: descriptor.gate.human_step.clone(),
        tiers: tiers.collect(),
        reviews: descriptor.reviews.iter().map(TableAnswer::from).collect(),
    };
    context.report.result = Some(Answer::Plan(plan));
    context.go_on("oneroof preflight");
    Ok(())
}
