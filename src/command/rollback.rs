//! `oneroof rollback`: rolls tiers back from the top, each in its own transaction. It needs no approval, because a release must stay
//! reversible.

use super::apply;
use super::verb::Command;
use crate::cause::ranges;
use crate::cli::{Group, HelpPage, Rehearsal, Writing};
use crate::error::Error;
use crate::exec::{Direction, Run};
use crate::observe::questions;
use crate::pg::connector::Settings;
use crate::pg::session::Row;
use crate::plan::{self, Scope};
use crate::report::{Answer, RunAnswer};
use crate::run::{Context, Opening, Step, WriteRun, refused, rehearsal, rows_per_tier, write};
use clap::Args;

/// Roll tiers back: exactly what the packet wrote, nothing else.
///
/// The whole rollback is rehearsed before its first COMMIT.
#[derive(Clone, Debug, Args)]
#[command(group = clap::ArgGroup::new("scope").required(true).args(["tier", "to", "full"]))]
pub struct RollbackArgs {
    /// Roll back this tier. It must be the highest one that is applied.
    #[arg(long, value_name = "N", value_parser = tier_number)]
    pub tier: Option<u8>,
    /// Roll back all tiers above this one, from the top down; this one stays.
    #[arg(long, value_name = "N", value_parser = tier_number)]
    pub to: Option<u8>,
    /// Roll back everything, to exactly what was there before.
    #[arg(long)]
    pub full: bool,
    /// Run the whole rollback in one transaction and discard it: a rehearsal.
    #[arg(long)]
    pub dry_run: bool,
    /// The rehearsal before the first COMMIT.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
    /// Confirmation, evidence and locks.
    #[command(flatten)]
    pub writing: Writing,
}

/// Reads a tier's number. The packet decides later whether it has this tier.
fn tier_number(text: &str) -> Result<u8, &'static str> {
    text.parse().map_err(|_| "give the number of a tier; oneroof plan lists the tiers")
}

impl Command for RollbackArgs {
    const PAGE: HelpPage = HelpPage {
        name: "rollback",
        place: (Group::Release, 6),
        examples: ["oneroof rollback --tier 6", "oneroof rollback --full --dry-run"],
        ..HelpPage::WRITE
    };
    const CHANGES: bool = true;

    fn writing(&self) -> Option<&Writing> {
        Some(&self.writing)
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self).await
    }
}

/// Rolls back one tier, all tiers above a given one, or every tier.
async fn run(context: &mut Context<'_>, args: &RollbackArgs) -> Result<(), Error> {
    let scope = match (args.tier, args.to) {
        (Some(number), _) => Scope::Tier(number),
        (None, Some(number)) => Scope::To(number),
        (None, None) => Scope::To(0),
    };
    if let Err(refusal @ plan::Refusal::UnknownTier { .. }) = plan::rollback(&context.release.descriptor, &[], scope) {
        return Err(Error::Usage { message: refusal.to_string(), hint: refusal.hint() });
    }
    let opening =
        Opening { writing: &args.writing, settings: Settings::default(), dry_run: args.dry_run, packet: None };
    write(context, opening, async |run| steps(run, args, scope).await).await
}

async fn steps(run: &mut WriteRun<'_, '_>, args: &RollbackArgs, scope: Scope) -> Result<(), Error> {
    run.right_database()?;
    let descriptor = &run.context.release.descriptor;
    let seen = run.look(true).await?;
    let states =
        seen.states.ok_or_else(|| Error::Internal("the server did not report the states of the tiers".to_owned()))?;
    let tiers = plan::rollback(descriptor, &states, scope).map_err(|refusal| {
        run.context.go_on(refusal.next().as_deref().unwrap_or("oneroof status"));
        refused(&refusal)
    })?;
    let runs: Vec<Run<'_>> = tiers.into_iter().map(|tier| Run { tier, direction: Direction::Rollback }).collect();
    if runs.is_empty() {
        run.context.report.notes.push("none of these tiers is applied, so there is nothing to roll back".to_owned());
        return Ok(());
    }
    let lost = lost_values(run, &runs).await?;
    if rehearsal::is_wanted(run, args.rehearsal, args.dry_run, &runs)? {
        let rehearsed = run.rehearse(&runs, "the rehearsal of the rollback", false).await;
        let rehearsed = rehearsed.inspect_err(|_| run.context.go_on("oneroof status"))?;
        if args.dry_run {
            run.context.report.notes.extend(lost);
            run.context.report.take_tiers(rehearsed.tiers);
            let answer = RunAnswer { entry: seen.fingerprint, ..RunAnswer::default() };
            return apply::dry_run_ends(run, answer, &without_dry_run(args)).await;
        }
    }
    let numbers: Vec<u8> = runs.iter().map(|run| run.tier.number).collect();
    let what = format!("Tiers {} are about to be rolled back, one by one.", ranges(&numbers));
    let facts: Vec<(&str, String)> = lost.into_iter().map(|line| ("values", line)).collect();
    run.confirm(&[&[("rows", rows_per_tier(&runs))], &facts[..]].concat(), &what).await?;
    run.commit_each(&runs, Step::Rollback).await?;
    let exit = run.look_after().await?.fingerprint;
    run.context.report.result =
        Some(Answer::Run(Box::new(RunAnswer { entry: seen.fingerprint, exit, ..RunAnswer::default() })));
    run.context.go_on("oneroof status");
    Ok(())
}

/// For each column that the rollback drops from an existing table: how many rows hold a value other than the default. Empty if no row does.
async fn lost_values(run: &WriteRun<'_, '_>, runs: &[Run<'_>]) -> Result<Vec<String>, Error> {
    let columns: Vec<&String> = runs.iter().flat_map(|run| &run.tier.adds).collect();
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let settings = [("oneroof.lost_values", serde_json::json!(columns).to_string())];
    let answers = questions(&run.executor.session, run.context.release, &settings, &["lost_values"]).await?;
    let line = |row: &Row| {
        let name = row.text("name");
        match (row.get("problem"), row.number("row_count").unwrap_or_default()) {
            (Some(problem), _) => Some(format!("the rollback drops {name}; its values were not counted: {problem}")),
            (None, 0) => None,
            (None, 1) => Some(format!("the rollback drops {name}; 1 row holds a value other than the default")),
            (None, rows) => Some(format!("the rollback drops {name}; {rows} rows hold a value other than the default")),
        }
    };
    Ok(answers.rows("lost_values").iter().filter_map(line).collect())
}

/// The same command without `--dry-run`.
fn without_dry_run(args: &RollbackArgs) -> String {
    match (args.tier, args.to) {
        (Some(number), _) => format!("oneroof rollback --tier {number}"),
        (None, Some(number)) => format!("oneroof rollback --to {number}"),
        (None, None) => "oneroof rollback --full".to_owned(),
    }
}
