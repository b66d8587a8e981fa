//! `report --record`: writes the folder that an auditor files. SHA256SUMS covers every other file of the folder and is written last.

use super::drawn;
use super::facts::Facts;
use super::run::FoundEvidence;
use crate::command::sql::export;
use crate::error::Error;
use crate::evidence::digest_of;
use crate::files;
use crate::release::Release;
use crate::report::DocumentKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The name of the file that lists the digests.
const SUMS: &str = "SHA256SUMS";

/// Writes the folder, and returns the files that a person opens first.
pub(super) fn write(
    release: &Release,
    facts: &Facts<'_>,
    found: &FoundEvidence,
    folder: &Path,
) -> Result<Vec<String>, Error> {
    let failed = |path: &Path, error: std::io::Error| Error::Usage {
        message: format!("--record {}: {error}", path.display()),
        hint: "Give a new folder with --record: existing files are never overwritten.".to_owned(),
    };
    let make = |path: &Path| std::fs::DirBuilder::new().mode(0o700).create(path).map_err(|error| failed(path, error));
    make(folder)?;
    let mut written: Vec<PathBuf> = export(release, &folder.join("packet"))?.into_iter().map(PathBuf::from).collect();
    if let Some(path) =
        release.from.as_ref().map(|packet| PathBuf::from(format!("{packet}.sig"))).filter(|path| path.exists())
    {
        let bytes = files::read(&path, files::LARGE).map_err(|error| failed(&path, error))?;
        let name = format!("packet/{}.packet.sig", release.descriptor.release.name);
        written.push(put(&folder.join(name), &bytes).map_err(|error| failed(&path, error))?);
    }
    make(&folder.join("evidence"))?;
    let logs = found.runs.iter().map(|run| {
        let path = Path::new(&run.path);
        path.with_file_name(&run.rollout.record.log.file)
    });
    for path in found.runs.iter().map(|run| PathBuf::from(&run.path)).chain(logs) {
        let name = path.file_name().unwrap_or_default();
        let bytes = files::read(&path, files::LARGE).map_err(|error| failed(&path, error))?;
        written.push(put(&folder.join("evidence").join(name), &bytes).map_err(|error| failed(&path, error))?);
    }
    let mut first = Vec::new();
    for kind in [DocumentKind::Html, DocumentKind::Md, DocumentKind::Json] {
        let path = folder.join(format!("release-report.{}", kind.ending()));
        let text = drawn(facts, kind)?;
        written.push(put(&path, text.as_bytes()).map_err(|error| failed(&path, error))?);
        first.push(path.display().to_string());
    }
    let path = folder.join(SUMS);
    let sums = sums(folder, written).map_err(|error| failed(&path, error))?;
    put(&path, sums.as_bytes()).map_err(|error| failed(&path, error))?;
    first.push(path.display().to_string());
    Ok(first)
}

/// Writes a new file with these bytes, and syncs it to the disk.
fn put(path: &Path, bytes: &[u8]) -> std::io::Result<PathBuf> {
    files::write_new(path, bytes)?;
    Ok(path.to_owned())
}

/// One line for each file, in the form that `sha256sum --check` reads. The digests are made from the bytes on the disk.
fn sums(folder: &Path, mut files: Vec<PathBuf>) -> std::io::Result<String> {
    files.sort();
    let mut lines = String::new();
    for path in files {
        let digest = digest_of(&files::read(&path, files::LARGE)?);
        let name = path.strip_prefix(folder).unwrap_or(&path).display();
        lines.push_str(&format!("{}  {name}\n", digest.trim_start_matches("sha256:")));
    }
    Ok(lines)
}
