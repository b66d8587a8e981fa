//! `oneroof scan`: runs the read half or the write half of the scanner, or moves its cursor.

use super::action;
use super::verb::{Command, lacks};
use crate::cli::{Group, HelpPage, Writing};
use crate::error::Error;
use crate::exec::Outcome;
use crate::observe::questions;
use crate::pg::connector::Settings;
use crate::release::Release;
use crate::report::{Answer, TableAnswer};
use crate::run::{Context, read};
use clap::{Args, Subcommand};

/// Scan coverage and findings; write candidates; move a cursor.
///
/// Reads coverage and findings. With --write it writes the candidate tables; with cursor it moves a cursor, forward only.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ScanArgs {
    /// Another half of the scanner; without one, coverage and findings are read.
    #[command(subcommand)]
    pub action: Option<ScanAction>,
    /// Write the candidate tables: one row for each class, one for each object, one for the run. The release must be applied.
    #[arg(long, requires = "ruleset", requires = "snapshot")]
    pub write: bool,
    /// The enacted ruleset to scan under.
    #[arg(long, value_name = "CODE", requires = "write")]
    pub ruleset: Option<String>,
    /// The snapshot to scan, by its reference or its id.
    #[arg(long, value_name = "REF", requires = "write")]
    pub snapshot: Option<String>,
    /// Confirmation, evidence and locks.
    #[command(flatten)]
    pub writing: Writing,
}

/// What else `scan` does.
#[derive(Clone, Debug, Subcommand)]
pub enum ScanAction {
    /// Move a cursor forward, never back. A repeated or stale advance changes nothing.
    Cursor {
        /// The position to reach.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..=999_999_999_999_999_999))]
        advance_to: i64,
        /// The cursor; by default the only one, or the scanner's own.
        #[arg(long, value_name = "NAME")]
        cursor: Option<String>,
        /// Confirmation, evidence and locks.
        #[command(flatten)]
        writing: Writing,
    },
}

impl Command for ScanArgs {
    const PAGE: HelpPage = HelpPage {
        name: "scan",
        place: (Group::Database, 4),
        examples: ["oneroof scan", "oneroof scan cursor --advance-to 7"],
        ..HelpPage::WRITE
    };
    const CHANGES: bool = true;

    fn missing(release: &Release) -> Option<&'static str> {
        lacks(release, "queries/scan.sql")
    }

    fn writing(&self) -> Option<&Writing> {
        match &self.action {
            Some(ScanAction::Cursor { writing, .. }) => Some(writing),
            None => Some(&self.writing),
        }
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self).await
    }
}

/// Reads, writes candidates, or moves a cursor.
async fn run(context: &mut Context<'_>, args: &ScanArgs) -> Result<(), Error> {
    let (outcome, what) = match (&args.action, &args.ruleset, &args.snapshot) {
        (Some(ScanAction::Cursor { advance_to, cursor, writing }), _, _) => {
            let position = advance_to.to_string();
            let request = action::ActionRequest {
                verb: "scan cursor",
                what: format!("A cursor is about to be moved to {position}."),
                settings: vec![
                    ("oneroof.position", position),
                    ("oneroof.cursor", plain(cursor.as_deref().unwrap_or_default(), "--cursor")?),
                ],
            };
            (action::run(context, writing, request).await?, "the cursor is already there or beyond it")
        }
        (None, Some(ruleset), Some(snapshot)) if args.write => {
            let request = action::ActionRequest {
                verb: "scan --write",
                what: "The candidate tables are about to be written.".to_owned(),
                settings: vec![
                    ("oneroof.ruleset", plain(ruleset, "--ruleset")?),
                    ("oneroof.snapshot", plain(snapshot, "--snapshot")?),
                ],
            };
            (
                action::run(context, &args.writing, request).await?,
                "the candidate tables already held what the scan found",
            )
        }
        _ => return read_half(context).await,
    };
    if outcome == Outcome::Unchanged {
        context.report.notes.push(what.to_owned());
    }
    context.go_on("oneroof scan");
    Ok(())
}

async fn read_half(context: &mut Context<'_>) -> Result<(), Error> {
    let answers = read(context, "waiting for the database", Settings::default(), async |context, opened| {
        questions(&opened.session, context.release, &[], &["scan"]).await
    });
    let answers = answers.await?;
    context.report.server_facts = Some(answers.server_facts);
    context.report.result = Some(Answer::Tables(TableAnswer::all(answers.rows("scan"))));
    context.go_on("oneroof status");
    Ok(())
}

/// Checks that a name is printable and fits into the columns of the database.
fn plain(given: &str, option: &str) -> Result<String, Error> {
    if given.chars().count() <= 255 && !given.chars().any(char::is_control) {
        return Ok(given.to_owned());
    }
    Err(Error::Usage {
        message: format!("{option} {}: not a name", crate::text::escaped_within(given, 80)),
        hint: "Give the name as the database holds it: at most 255 characters, without control characters.".to_owned(),
    })
}
