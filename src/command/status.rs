//! `oneroof status`: shows which tiers are applied. It reads this from the database itself.

use super::verb::Command;
use crate::cli::{Group, HelpPage};
use crate::error::Error;
use crate::observe::{Want, look};
use crate::pg::connector::Settings;
use crate::pg::holders::{holder_line, holders};
use crate::report::Answer;
use crate::run::{Context, next, read};
use clap::Args;

/// Show which tiers are applied, from the database itself.
///
/// Shows who holds the run lock. Writes nothing.
#[derive(Clone, Copy, Debug, Args)]
pub struct StatusArgs;

impl Command for StatusArgs {
    const PAGE: HelpPage = HelpPage {
        name: "status",
        place: (Group::Release, 5),
        examples: ["oneroof status", "oneroof status --format json"],
        ..HelpPage::READ
    };

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context).await
    }
}

/// Reads the state of each tier.
async fn run(context: &mut Context<'_>) -> Result<(), Error> {
    let answer = read(context, "reading the state of each tier", Settings::default(), async |context, opened| {
        let want = Want { states: true, ..Want::default() };
        let seen = look(&opened.session, context.release, want).await;
        Ok((seen, holders(&opened.session, &[]).await))
    });
    let (seen, held) = answer.await?;
    for row in held.iter().filter(|row| row.is_true("granted")) {
        context.report.notes.push(format!(
            "a run has been under way since {}: {}",
            row.text("since"),
            holder_line(row)
        ));
    }
    let seen = seen?;
    context.report.server_facts = seen.server_facts;
    let Some(states) = seen.states else {
        return Err(Error::Internal("the server did not report the states of the tiers".to_owned()));
    };
    context.take_states(Some(&states));
    context.go_on(next::for_state(&context.report.effect, context.report.tier_count));
    context.report.result = Some(Answer::Status(states));
    Ok(())
}
