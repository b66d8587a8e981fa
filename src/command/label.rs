//! `oneroof label alignment`: compares the label rules with the live labels, for the people who run the application.

use super::verb::{Command, lacks};
use crate::cli::{Group, HelpPage};
use crate::error::Error;
use crate::observe::questions;
use crate::pg::connector::Settings;
use crate::release::Release;
use crate::report::{Answer, TableAnswer};
use crate::run::{Context, read};
use clap::{Args, Subcommand};

/// Check the label rules against the live labels.
#[derive(Clone, Debug, Args)]
pub struct LabelArgs {
    /// What to check.
    #[command(subcommand)]
    pub action: LabelAction,
}

/// What `label` does.
#[derive(Clone, Debug, Subcommand)]
pub enum LabelAction {
    /// Compare the label rules with the live labels, rule by rule and object by object. Writes nothing, and the server confirms it.
    Alignment,
}

impl Command for LabelArgs {
    const PAGE: HelpPage = HelpPage {
        name: "label",
        place: (Group::Database, 5),
        examples: ["oneroof label alignment", "oneroof label alignment --format json"],
        ..HelpPage::READ
    };

    fn missing(release: &Release) -> Option<&'static str> {
        lacks(release, "queries/alignment.sql")
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self).await
    }
}

/// Shows where labels, rules and review agree.
async fn run(context: &mut Context<'_>, args: &LabelArgs) -> Result<(), Error> {
    let LabelAction::Alignment = args.action;
    let answers = read(context, "waiting for the database", Settings::default(), async |context, opened| {
        questions(&opened.session, context.release, &[], &["alignment"]).await
    });
    let answers = answers.await?;
    context.report.server_facts = Some(answers.server_facts);
    context.report.result = Some(Answer::Tables(TableAnswer::all(answers.rows("alignment"))));
    Ok(())
}
