//! `oneroof target`: shows which database the options lead to, without a connection.

use super::verb::Command;
use crate::cli::{Group, HelpPage};
use crate::error::Error;
use crate::report::Answer;
use crate::run::Context;
use crate::run::target::{origins, resolve};
use clap::Args;

/// Show where the connection options lead, without connecting.
///
/// Shows where each value came from. Never shows a password.
#[derive(Clone, Copy, Debug, Args)]
pub struct TargetArgs;

impl Command for TargetArgs {
    const PAGE: HelpPage = HelpPage {
        name: "target",
        place: (Group::Database, 6),
        examples: ["oneroof target", "oneroof target -d app --host db.example.org"],
        reaches: true,
        ..HelpPage::LOCAL
    };

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context)
    }
}

/// Shows the resolved target and where each value came from. It never shows a password, and it connects to nothing.
fn run(context: &mut Context<'_>) -> Result<(), Error> {
    let resolved = resolve(context.common)?;
    context.report.notes.extend(resolved.target.notes.iter().cloned());
    context.report.result = Some(Answer::Table(origins(&resolved)));
    context.go_on("oneroof preflight");
    Ok(())
}
