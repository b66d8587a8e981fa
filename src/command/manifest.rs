//! `oneroof manifest`: shows the packet's files and their digests. Every command verifies the packet before it begins.

use super::sql;
use crate::cli::{self, ManifestAction};
use crate::error::Error;
use crate::report::{Answer, SqlAnswer};
use crate::run::Context;

/// Shows the manifest.
pub(super) fn run(context: &mut Context<'_>, args: &cli::Manifest) -> Result<(), Error> {
    let release = context.release;
    let json = context.common.format == crate::report::Format::Json;
    context.report.result = Some(match args.action {
        // The text has exactly the form that `sha256sum -c` reads.
        ManifestAction::List if !json => {
            let text = release.manifest.text();
            Answer::Sql(SqlAnswer { path: "manifest-sha256.txt".to_owned(), text })
        }
        ManifestAction::List => Answer::Manifest(sql::listed(release)),
        ManifestAction::Verify => {
            release.check()?;
            context.report.notes.push(format!("{} files match the manifest", release.manifest.entries().len()));
            if json { Answer::Manifest(sql::listed(release)) } else { return Ok(()) }
        }
    });
    Ok(())
}
