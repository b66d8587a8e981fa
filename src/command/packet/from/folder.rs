//! Reads the files of scripts.

use super::Refusal;
use crate::files;
use std::io::ErrorKind;
use std::path::Path;

/// Reads a file's text unchanged. `place` is where a script or a person names the file.
pub(super) fn text(path: &Path, place: &str) -> Result<String, Refusal> {
    files::read_text(path, files::SMALL).map_err(|error| {
        let cure = match error.kind() {
            ErrorKind::NotFound => {
                "Name a file that is there: \\i starts from the folder of the caller, \\ir from the file's own."
            }
            ErrorKind::InvalidData => "Save it as UTF-8.",
            ErrorKind::FileTooLarge => {
                "Divide it: a source is a text of at most 4 MB, which people read before they sign."
            }
            _ => "Name a file that you may read.",
        };
        let shown = path.display().to_string();
        let what = if place == shown { error.to_string() } else { format!("{shown}: {error}") };
        Refusal::new(place, what, cure)
    })
}

/// The text in the form that a packet allows: LF line ends and no byte order mark. A line that has a meaning in a packet is refused.
pub(super) fn normal(shown: &str, text: &str) -> Result<String, Refusal> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    for (line, number) in text.split('\n').zip(1_u32..) {
        let place = format!("{shown}:{number}");
        if line.contains(['\r', '\u{feff}', '\0']) {
            let what = "a carriage return within a line, a byte order mark or a zero byte";
            return Err(Refusal::new(place, what, "Save the file with line ends LF, as plain UTF-8."));
        }
        if line.starts_with("-- oneroof:") || line.trim().starts_with("-- include: ") {
            let what = format!("the line {:?} means something to a packet", line.trim());
            return Err(Refusal::new(place, what, "Begin the comment with another word."));
        }
    }
    Ok(text)
}
