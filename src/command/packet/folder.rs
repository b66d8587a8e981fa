//! Reads a packet's folder from disk.

use crate::error::Error;
use crate::files;
use crate::packet::compose::Files;
use crate::text::escaped;
use std::path::Path;

/// Folders whose files are sources, in addition to the folders of the tiers.
const FOLDERS: [&str; 9] =
    ["checks", "parts", "preflight", "queries", "probes", "grants", "lab", "actions", "revalidation"];
/// Files at the top of the folder that are sources.
const TOP: [&str; 4] = ["packet.toml", "extras.toml", "derived.toml", "requires.sql"];

/// Reads the sources of the folder. Other files, for example a README, are ignored. A file that looks like a source but is none is refused,
/// because its name may be a typing error.
///
/// # Errors
/// [`Error::Usage`] if something cannot be read, or if a file looks like a source but is none.
pub(super) fn read(folder: &Path) -> Result<Files, Error> {
    let mut sources = Files::new();
    let mut strange = Vec::new();
    for (path, entry) in listed(folder)? {
        if entry.is_dir() {
            if FOLDERS.contains(&path.as_str()) || is_of_a_tier(&path) {
                for (name, file) in listed(&entry)? {
                    let whole = format!("{path}/{name}");
                    if file.is_dir() {
                        strange.push(whole);
                    } else {
                        sources.insert(whole, text(&file)?);
                    }
                }
            }
        } else if TOP.contains(&path.as_str()) {
            sources.insert(path, text(&entry)?);
        } else if entry.extension().is_some_and(|ending| ending == "sql" || ending == "toml") {
            strange.push(path);
        }
    }
    if let Some(name) = strange.first() {
        return Err(Error::Usage {
            message: format!("{}: {} is not a file of a packet", shown(folder), escaped(name)),
            hint: format!(
                "A packet holds {}, one folder NN-name for each tier, and checks/. Rename the file, or take it out.",
                TOP.join(", ")
            ),
        });
    }
    if !sources.contains_key("packet.toml") {
        return Err(Error::Usage {
            message: format!("{}: packet.toml is missing", shown(folder)),
            hint: "Give the folder of a packet; oneroof packet new DIR makes a new one.".to_owned(),
        });
    }
    Ok(sources)
}

fn is_of_a_tier(name: &str) -> bool {
    name.split_once('-').is_some_and(|(number, rest)| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && !rest.is_empty()
    })
}

fn listed(folder: &Path) -> Result<Vec<(String, std::path::PathBuf)>, Error> {
    let failed = |error: std::io::Error| Error::Usage {
        message: format!("{}: {error}", shown(folder)),
        hint: "Give the folder of a packet that you may read.".to_owned(),
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with('.') && !name.ends_with('~') {
            found.push((name, path));
        }
    }
    found.sort();
    Ok(found)
}

fn text(path: &Path) -> Result<String, Error> {
    let text = files::read_text(path, files::SMALL).map_err(|error| Error::Usage {
        message: format!("{}: {error}", shown(path)),
        hint: "Each file of a packet must be a readable UTF-8 text of at most 4 MB.".to_owned(),
    })?;
    if text.contains(['\r', '\u{feff}', '\0']) {
        return Err(Error::Usage {
            message: format!("{}: holds \\r, a byte order mark or a zero byte", shown(path)),
            hint: "Save the file as plain UTF-8 with LF line ends.".to_owned(),
        });
    }
    Ok(text)
}

fn shown(path: &Path) -> String {
    escaped(&path.display().to_string()).into_owned()
}
