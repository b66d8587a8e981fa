//! `oneroof fingerprint`: digests of everything that a release could change. A fingerprint can be saved, and compared with a saved one in
//! words.

use super::verb::Command;
use crate::cli::{Group, HelpPage};
use crate::error::Error;
use crate::fingerprint::{Fingerprint, TableContent};
use crate::observe::{Look, Want, look, questions};
use crate::packet::name::{identifier, in_sql};
use crate::pg::connector::Settings;
use crate::pg::message::Message;
use crate::pg::pins::{LockTry, pin};
use crate::pg::questions::LARGE_PAGES;
use crate::pg::session::Session;
use crate::report::{Answer, FingerprintAnswer};
use crate::run::{Context, read};
use clap::{Args, ValueHint};
use std::path::{Path, PathBuf};

/// Fingerprint what a release could touch; compare two databases.
///
/// A fingerprint holds figures, structure and content digests. Writes nothing to the database.
#[derive(Clone, Debug, Args)]
pub struct FingerprintArgs {
    /// Save the fingerprint to this file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub save: Option<PathBuf>,
    /// Compare with the fingerprint saved in this file; a difference is exit code 5.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub against: Option<PathBuf>,
    /// Leave out what differs from run to run, such as clocks and generated identifiers: to compare two databases with the same release.
    #[arg(long)]
    pub ignore_volatile: bool,
    /// Tables larger than this are read row by row and hashed here, not in the server's memory.
    #[arg(long, value_name = "MB", default_value_t = 64)]
    pub client_above: u64,
}

impl Command for FingerprintArgs {
    const PAGE: HelpPage = HelpPage {
        name: "fingerprint",
        place: (Group::Database, 1),
        examples: ["oneroof fingerprint --save before.json", "oneroof fingerprint --against before.json"],
        files: "  writes the file that --save names, reads the one that --against names",
        ..HelpPage::READ
    };

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self).await
    }
}

/// Takes the fingerprint, saves it and compares it.
async fn run(context: &mut Context<'_>, args: &FingerprintArgs) -> Result<(), Error> {
    let saved = args.against.as_deref().map(saved_in).transpose()?;
    let seen = read(context, "reading the governed objects", Settings::default(), async |context, opened| {
        take(context, args, &opened.session).await
    });
    let seen = seen.await?;
    context.report.server_facts = seen.server_facts;
    context.take_states(seen.states.as_ref());
    let now =
        seen.fingerprint.ok_or_else(|| Error::Internal("the server did not return the fingerprint".to_owned()))?;
    if let Some(path) = &args.save {
        save(path, &now)?;
        context.report.notes.push(format!("saved to {}", path.display()));
    }
    if saved.as_ref().is_some_and(|saved| saved.ignores_volatile != now.ignores_volatile) {
        return Err(Error::Usage {
            message: "one of the two fingerprints leaves out volatile columns, the other does not".to_owned(),
            hint: "Take both with --ignore-volatile, or both without.".to_owned(),
        });
    }
    let comparison = saved.map(|saved| now.compare(&saved));
    let differences = comparison.as_ref().map_or(0, |comparison| comparison.differences.len());
    context.report.result = Some(Answer::Fingerprint(FingerprintAnswer { now, comparison }));
    if differences == 0 {
        return Ok(());
    }
    let message = format!("{differences} differences from the saved fingerprint");
    Err(Error::Different { message, hint: "Each difference is named above.".to_owned() })
}

/// Takes the fingerprint. The server hashes small tables, and this program hashes large ones.
async fn take(context: &Context<'_>, args: &FingerprintArgs, session: &Session) -> Result<Look, Error> {
    let governed: Vec<(String, Vec<String>)> = context
        .release
        .descriptor
        .governed
        .iter()
        .map(|table| {
            let kept = table.columns.iter().filter(|name| !(args.ignore_volatile && table.volatile.contains(name)));
            (table.table.clone(), kept.cloned().collect())
        })
        .collect();
    let list = |tables: &[&(String, Vec<String>)]| {
        let entry = |table: &&(String, Vec<String>)| serde_json::json!({"table": table.0, "columns": table.1});
        serde_json::Value::from(tables.iter().map(entry).collect::<Vec<_>>()).to_string()
    };
    let sizes = questions(session, context.release, &[], &["content_sizes"]).await?;
    // The query on the server reads no table of more than 10,000 pages.
    let limit = i64::try_from(args.client_above.saturating_mul(1_048_576)).unwrap_or(i64::MAX).min(LARGEST);
    let is_large = |name: &str| {
        let mut rows = sizes.rows("content_sizes").iter();
        rows.any(|row| row.text("table") == name && row.number("bytes").is_some_and(|bytes| bytes > limit))
    };
    let (large, small): (Vec<_>, Vec<_>) = governed.iter().partition(|(name, _)| is_large(name));
    let question = "SELECT pg_catalog.set_config('oneroof.governed', $1, false)";
    session.flight(question, &[list(&small)], "").await.map_err(crate::observe::lost)?;
    let want = Want { states: true, fingerprint: true, ..Want::default() };
    let mut seen = look(session, context.release, want).await?;
    let Some(fingerprint) = &mut seen.fingerprint else { return Ok(seen) };
    for (table, columns) in large {
        let hashed = hash_here(session, table, columns).await?;
        fingerprint.content.insert(table.clone(), hashed);
    }
    fingerprint.ignores_volatile = args.ignore_volatile;
    fingerprint.seal();
    Ok(seen)
}

/// The largest table that the server reads, in bytes.
const LARGEST: i64 = LARGE_PAGES * 8_192;

/// Hashes the rows of a table in this program, with the same row text and the same digest as `content.sql`. The rows are streamed and not
/// kept in memory.
async fn hash_here(session: &Session, table: &str, columns: &[String]) -> Result<TableContent, Error> {
    let columns: Vec<String> = columns.iter().map(|name| format!("t.{}", identifier(name))).collect();
    let query = format!(
        "SELECT line.text FROM (SELECT ROW({})::pg_catalog.text COLLATE \"C\" FROM {} AS t) AS line (text) ORDER BY line.text",
        columns.join(", "),
        in_sql(table)
    );
    let failed = |message: String| Error::Question { what: table.to_owned(), message, sqlstate: String::new() };
    let mut opening = Message::default();
    opening.engine("begin", "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;");
    pin(&mut opening, 600_000, LockTry::Short);
    opening.engine("zone", "SET LOCAL TimeZone = 'UTC';");
    let begun = session.message(&opening).await.map_err(crate::observe::lost)?;
    if let Some(error) = &begun.error {
        return Err(failed(error.message().to_owned()));
    }
    let hashed = session.copy_digest(&query).await;
    session.simple("ROLLBACK;").await.map_err(crate::observe::lost)?;
    let (rows, digest) = hashed.map_err(failed)?;
    Ok(TableContent { rows: Some(rows), digest: Some(digest) })
}

fn saved_in(path: &Path) -> Result<Fingerprint, Error> {
    let usage = |message: String| Error::Usage {
        message,
        hint: "Save one first, for example: oneroof fingerprint --save before.json.".to_owned(),
    };
    let shown = path.display();
    let text = crate::files::read_text(path, crate::files::LARGE)
        .map_err(|error| usage(format!("--against {shown}: {error}")))?;
    let saved: Fingerprint = serde_json::from_str(&text)
        .map_err(|error| usage(format!("--against {shown}: not a saved fingerprint: {error}")))?;
    if saved.is_whole() {
        return Ok(saved);
    }
    Err(usage(format!("--against {shown}: its digest does not match its content")))
}

fn save(path: &Path, fingerprint: &Fingerprint) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(fingerprint).map_err(|error| Error::Internal(error.to_string()))?;
    crate::files::write(path, format!("{text}\n").as_bytes()).map_err(|error| Error::Usage {
        message: format!("--save {}: {error}", path.display()),
        hint: "Give a file in a folder that you may write to.".to_owned(),
    })
}
