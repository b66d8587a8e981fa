//! `oneroof packet new`: a folder to begin from.

use super::super::packet::written;
use crate::error::Error;
use crate::report::Answer;
use crate::run::{Context, next};
use crate::text::escaped;
use std::path::Path;

/// The skeleton, as it is written: path and text.
const SKELETON: [(&str, &str); 5] = [
    ("packet.toml", include_str!("skeleton/packet.toml")),
    ("requires.sql", include_str!("skeleton/requires.sql")),
    ("checks/customers.sql", include_str!("skeleton/customers.sql")),
    ("10-notes/up.sql", include_str!("skeleton/up.sql")),
    ("10-notes/down.sql", include_str!("skeleton/down.sql")),
];

/// Writes the skeleton.
pub(super) fn run(context: &mut Context<'_>, folder: &Path) -> Result<(), Error> {
    let failed = |path: &Path, error: std::io::Error| Error::Usage {
        message: format!("{}: {error}", escaped(&path.display().to_string())),
        hint: "Name a new folder in one that you may write.".to_owned(),
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    if std::fs::read_dir(folder).map_err(|error| failed(folder, error))?.next().is_some() {
        return Err(Error::Usage {
            message: format!("{} is not empty", escaped(&folder.display().to_string())),
            hint: "Name a new folder: nothing that is there is written over.".to_owned(),
        });
    }
    let mut names = Vec::new();
    for (name, text) in SKELETON {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| failed(parent, error))?;
        }
        written(&path, text)?;
        names.push(path.display().to_string());
    }
    context.report.result = Some(Answer::Files(names));
    context.go_on(format!("oneroof packet build {}", next::quoted(&folder.display().to_string())));
    Ok(())
}
