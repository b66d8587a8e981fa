//! `oneroof fingerprint`: what a release could touch, as digests; saved, and compared in words.

use super::Context;
use crate::cli;
use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::observe::{Want, look};
use crate::pg::connector::Settings;
use crate::report::{Answer, FingerprintAnswer};
use std::path::Path;

/// Takes the fingerprint; saves it; compares it.
pub(super) async fn run(context: &mut Context<'_>, args: &cli::Fingerprint) -> Result<(), Error> {
    let saved = args.against.as_deref().map(read).transpose()?;
    let opened = context.open_reading(Settings::default()).await?;
    let want = Want { script: None, standing: true, fingerprint: true };
    let seen = look(&opened.session, context.release, want).await;
    opened.session.close().await;
    let seen = seen?;
    context.report.witness = seen.witness;
    context.take_standing(seen.standing.as_ref());
    let now = seen.fingerprint.ok_or_else(|| Error::Internal("the fingerprint was not answered".to_owned()))?;
    if let Some(path) = &args.save {
        save(path, &now)?;
        context.report.notes.push(format!("saved to {}", path.display()));
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

fn read(path: &Path) -> Result<Fingerprint, Error> {
    let usage = |message: String| Error::Usage {
        message,
        hint: "Save one first, for example: oneroof fingerprint --save before.json.".to_owned(),
    };
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| usage(format!("--against {shown}: {error}")))?;
    let saved: Fingerprint = serde_json::from_str(&text)
        .map_err(|error| usage(format!("--against {shown}: not a saved fingerprint: {error}")))?;
    if saved.is_whole() {
        return Ok(saved);
    }
    Err(usage(format!("--against {shown}: its digest does not match its content")))
}

fn save(path: &Path, fingerprint: &Fingerprint) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(fingerprint).map_err(|error| Error::Internal(error.to_string()))?;
    std::fs::write(path, format!("{text}\n")).map_err(|error| Error::Usage {
        message: format!("--save {}: {error}", path.display()),
        hint: "Name a file in a folder that you may write.".to_owned(),
    })
}
