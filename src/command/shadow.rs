//! `oneroof shadow`: gate option 3. Runs the tiers' own files in another schema, with the same executor and the same judge.

use super::action;
use super::verb::Command;
use crate::cli::{Group, HelpPage, Writing};
use crate::error::Error;
use crate::exec::{Direction, Run, TxEnd};
use crate::pg::connector::Settings;
use crate::release::{Release, Tier};
use crate::report::{Answer, RunAnswer};
use crate::run::{Context, Opening, WriteRun, write};
use clap::{Args, Subcommand};

/// Create the inert structure in a separate schema.
///
/// This is gate option 3: structure and axis. It needs no approval.
#[derive(Clone, Debug, Args)]
pub struct ShadowArgs {
    /// What to do with the shadow.
    #[command(subcommand)]
    pub action: ShadowAction,
}

/// What `shadow` does.
#[derive(Clone, Debug, Subcommand)]
pub enum ShadowAction {
    /// Create the structure and the axis, inert, in a separate schema. Needs no approval, and touches nothing of the release.
    Deploy {
        /// Confirmation, evidence and locks.
        #[command(flatten)]
        writing: Writing,
    },
    /// Remove the whole shadow schema.
    Drop {
        /// Confirmation, evidence and locks.
        #[command(flatten)]
        writing: Writing,
    },
}

impl Command for ShadowArgs {
    const PAGE: HelpPage = HelpPage {
        name: "shadow",
        place: (Group::Database, 3),
        examples: ["oneroof shadow deploy", "oneroof shadow drop"],
        ..HelpPage::WRITE
    };
    const CHANGES: bool = true;

    fn missing(release: &Release) -> Option<&'static str> {
        release.descriptor.shadow.is_none().then_some("a shadow in extras.toml")
    }

    fn writing(&self) -> Option<&Writing> {
        match &self.action {
            ShadowAction::Deploy { writing } | ShadowAction::Drop { writing } => Some(writing),
        }
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self).await
    }
}

/// Deploys the shadow, or drops it.
async fn run(context: &mut Context<'_>, args: &ShadowArgs) -> Result<(), Error> {
    let (writing, word) = match &args.action {
        ShadowAction::Deploy { writing } => (writing, "deploy"),
        ShadowAction::Drop { writing } => (writing, "drop"),
    };
    let none = || Error::Internal("the packet names no shadow".to_owned());
    let shadow = context.release.descriptor.shadow.as_ref().ok_or_else(none)?;
    let tier = if word == "deploy" { &shadow.deploy_run } else { &shadow.drop_run };
    let packet = context.release.in_schema(&shadow.schema)?;
    let opening = Opening { writing, settings: Settings::default(), dry_run: false, packet: Some(&packet) };
    write(context, opening, async |run| perform(run, tier, word).await).await
}

async fn perform(run: &mut WriteRun<'_, '_>, tier: &Tier, word: &str) -> Result<(), Error> {
    run.right_database()?;
    // The SQL reads the names of the packet's relations from this setting. The shadow's relations have other names.
    let packet = packet(run.executor.release);
    run.set(&[("oneroof.packet", packet)]).await?;
    let entry = run.look(true).await?.fingerprint;
    run.confirm(&[], &format!("oneroof shadow {word} is about to run.")).await?;
    let one = Run { tier, direction: Direction::Apply };
    let transaction = run.transaction(&[one], TxEnd::Commit).await;
    action::settle(run.context, transaction, &one.name())?;
    let exit = run.look(true).await?.fingerprint;
    let comparison = exit.as_ref().zip(entry.as_ref()).map(|(exit, entry)| exit.compare(entry));
    let differences = comparison.as_ref().map_or(1, |comparison| comparison.differences.len());
    run.context.report.result =
        Some(Answer::Run(Box::new(RunAnswer { entry, exit, comparison, ..RunAnswer::default() })));
    run.context.go_on(if word == "deploy" { "oneroof shadow drop" } else { "oneroof preflight" });
    if differences > 0 {
        return Err(Error::Different {
            message: "something that the shadow must not touch is not as it was".to_owned(),
            hint: "Another session changed what is named above; the shadow's own transaction was checked before its COMMIT.".to_owned(),
        });
    }
    Ok(())
}

fn packet(release: &Release) -> String {
    let descriptor = &release.descriptor;
    serde_json::json!({
        "run_lock": descriptor.release.run_lock,
        "relations": descriptor.relations(),
        "written": [],
        "existing": [],
        "functions": descriptor.packet.functions,
        "types": [],
        "schemas": descriptor.shadow.as_ref().map(|shadow| &shadow.schema).into_iter().collect::<Vec<_>>(),
    })
    .to_string()
}
