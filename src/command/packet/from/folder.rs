//! Reads the files of scripts.

use super::SourceRefusal;
use crate::files;
use std::io::ErrorKind;
use std::path::Path;

/// Reads a file's text unchanged. `place` is where a script or a person names the file.
pub(super) fn text(path: &Path, place: &str) -> Result<String, SourceRefusal> {
    let shown = path.display().to_string();
    files::read_text(path, files::SMALL).map_err(|error| {
        let cure = match error.kind() {
            ErrorKind::NotFound if place == shown => {
                "Give a file that exists; a relative path starts from the current folder."
            }
            ErrorKind::NotFound => {
                "Name a file that exists: \\i looks in the folder where oneroof runs, \\ir in the folder of this script."
            }
            ErrorKind::InvalidData => "Save the file as UTF-8.",
            ErrorKind::FileTooLarge => {
                "Divide the file: people read each file before they sign, so it may have at most 4 MB."
            }
            _ => "Give a file that you may read.",
        };
        let what = if place == shown { error.to_string() } else { format!("{shown}: {error}") };
        SourceRefusal::new(place, what, cure)
    })
}

/// The text in the form that a packet allows: LF line ends and no byte order mark. A line that has a meaning in a packet is refused.
pub(super) fn normal(shown: &str, text: &str) -> Result<String, SourceRefusal> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    for (line, number) in text.split('\n').zip(1_u32..) {
        let place = format!("{shown}:{number}");
        if line.contains(['\r', '\u{feff}', '\0']) {
            let what = "the line holds a carriage return, a byte order mark or a zero byte";
            return Err(SourceRefusal::new(place, what, "Save the file as plain UTF-8 with LF line ends."));
        }
        if line.starts_with("-- oneroof:") || line.trim().starts_with("-- include: ") {
            let what = format!("the line {:?} is a comment with a meaning in a packet", line.trim());
            return Err(SourceRefusal::new(place, what, "Begin the comment with another word."));
        }
    }
    Ok(text)
}
