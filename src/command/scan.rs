//! `oneroof scan`: runs the read half or the write half of the scanner, or moves its cursor.

use super::action;
use crate::cli::{Scan, ScanAction};
use crate::error::Error;
use crate::exec::Outcome;
use crate::observe::questions;
use crate::pg::connector::Settings;
use crate::report::{Answer, TableAnswer};
use crate::run::{Context, read};

/// Reads, writes candidates, or moves a cursor.
pub(super) async fn run(context: &mut Context<'_>, args: &Scan) -> Result<(), Error> {
    let (outcome, what) = match (&args.action, &args.ruleset, &args.snapshot) {
        (Some(ScanAction::Cursor { advance_to, cursor, writing }), _, _) => {
            let position = advance_to.to_string();
            let asked = action::ActionRequest {
                name: "scan-cursor",
                what: format!("A cursor is about to be moved to {position}."),
                settings: vec![
                    ("oneroof.cursor_position", position),
                    ("oneroof.cursor_name", plain(cursor.as_deref().unwrap_or_default(), "--cursor")?),
                ],
            };
            (action::run(context, writing, asked).await?, "the cursor is already there or beyond it")
        }
        (None, Some(ruleset), Some(snapshot)) if args.write => {
            let asked = action::ActionRequest {
                name: "scan-write",
                what: "The candidate tables are about to be written.".to_owned(),
                settings: vec![
                    ("oneroof.scan_ruleset", plain(ruleset, "--ruleset")?),
                    ("oneroof.scan_snapshot", plain(snapshot, "--snapshot")?),
                ],
            };
            (action::run(context, &args.writing, asked).await?, "the candidate tables already held what the scan found")
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
    let asked = read(context, "waiting for the database", Settings::default(), async |context, opened| {
        questions(&opened.session, context.release, &[], &["scan"]).await
    });
    let asked = asked.await?;
    context.report.server_facts = Some(asked.server_facts);
    context.report.result = Some(Answer::Tables(TableAnswer::all(asked.rows("scan"))));
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
