//! Reads a psql script. Each file that the script includes becomes a tier.

use super::names::stem;
use super::reader::{Dialect, ScriptReader};
use super::{FoundScripts, NewTier, Refusals, SourceRefusal};
use std::path::Path;

/// Reads the tiers of a script.
pub(super) fn read(source: &Path) -> Result<FoundScripts, Refusals> {
    let mut reader = ScriptReader::new(Dialect::Psql, Path::new(""));
    let segments = reader.segments(source)?;
    let own = source.display().to_string();
    if segments.is_empty() {
        let cure = "Give the script that includes the files of the release, or the file that holds its SQL.";
        return Err(SourceRefusal::new(own, "it holds no SQL and includes no file that does", cure).into());
    }
    let mut notes = reader.take_notes();
    let mut tiers: Vec<NewTier> = Vec::new();
    for segment in segments {
        let origin = segment.file.display().to_string();
        if tiers.iter().any(|tier| tier.origin == origin) {
            let again = format!(
                "{origin} became several tiers: it is included more than once, or other files come between its parts"
            );
            if !notes.contains(&again) {
                notes.push(again);
            }
        }
        tiers.push(NewTier {
            name: stem(&origin).to_owned(),
            title: stem(&origin).to_owned(),
            why: String::new(),
            up: segment.text,
            down: None,
            verify: None,
            origin,
        });
    }
    Ok(FoundScripts { name: stem(&own).to_owned(), title: stem(&own).to_owned(), tiers, notes })
}
