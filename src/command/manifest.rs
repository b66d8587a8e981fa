//! `oneroof manifest`: the embedded packet and its digest. It has been verified before any command begins.

use super::Context;
use crate::cli::{self, ManifestAction};
use crate::error::Error;
use crate::report::{Answer, FileAnswer, SqlAnswer};

/// Shows the manifest.
pub(super) fn run(context: &mut Context<'_>, args: &cli::Manifest) -> Result<(), Error> {
    let release = context.release;
    let files = release.manifest.entries().iter().map(|(path, digest)| FileAnswer {
        path: path.clone(),
        sha256: digest.to_string(),
        bytes: release.text(path).map_or(0, |text| text.len()),
    });
    let json = context.common.format == crate::report::Format::Json;
    context.report.result = Some(match args.action {
        // Exactly what sha256sum -c reads.
        ManifestAction::List if !json => {
            let text = crate::release::packet()?.manifest;
            Answer::Sql(SqlAnswer { path: "manifest-sha256.txt".to_owned(), text })
        }
        ManifestAction::List => Answer::Manifest(files.collect()),
        ManifestAction::Verify => {
            context.report.notes.push(format!("{} files match the manifest", release.manifest.entries().len()));
            if json { Answer::Manifest(files.collect()) } else { return Ok(()) }
        }
    });
    Ok(())
}
