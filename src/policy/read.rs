//! Reads the policy of a host: the file in `/etc`, and the file that an environment variable names. A file in the working folder is never
//! accepted as a policy.

use super::demands::KEYS;
use super::{Demands, Policy, PolicyFile};
use crate::files;
use crate::release::Digest;
use crate::text::escaped;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The path of the host's policy. A host need not have this file.
pub const HOST: &str = "/etc/oneroof/policy.toml";
/// The environment variable that names a second policy file.
pub const VARIABLE: &str = "ONEROOF_POLICY";

/// Why a policy file cannot be used.
#[derive(Debug)]
pub struct PolicyError {
    pub message: String,
    pub hint: String,
}

fn wrong(message: String, hint: &str) -> PolicyError {
    PolicyError { message, hint: hint.to_owned() }
}

/// The policy that is in force: the host's file, and the file that `named` names. `named` is the value of the environment variable.
///
/// # Errors
/// [`PolicyError`] if a file exists or is named, but cannot be read, can be written by the wrong people, or has invalid content.
pub fn read(named: Option<OsString>) -> Result<Policy, PolicyError> {
    let host = Path::new(HOST);
    let mut paths: Vec<PathBuf> = Vec::new();
    match std::fs::symlink_metadata(host) {
        Ok(_) => paths.push(host.to_owned()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
        Err(error) => return Err(unreadable(host, &error)),
    }
    if let Some(path) = named.map(place).transpose()?.filter(|path| !paths.contains(path)) {
        paths.push(path);
    }
    let files = paths.iter().map(|path| file(path)).collect::<Result<_, _>>()?;
    Ok(Policy { files })
}

/// The path that the variable names. An error if a policy may not be there.
fn place(named: OsString) -> Result<PathBuf, PolicyError> {
    let path = PathBuf::from(named);
    let shown = path.display().to_string();
    let hint =
        "Give the absolute path of a file, in a folder that only its owner may write to, or unset ONEROOF_POLICY.";
    if shown.is_empty() {
        return Err(wrong(format!("{VARIABLE} is empty"), hint));
    }
    if !path.is_absolute() {
        return Err(wrong(format!("{VARIABLE} is {}, which is not an absolute path", escaped(&shown)), hint));
    }
    let folder = |path: &Path| path.parent().and_then(|folder| folder.canonicalize().ok());
    let here = std::env::current_dir().ok().and_then(|here| here.canonicalize().ok());
    if path != Path::new(HOST) && here.is_some() && folder(&path) == here {
        let message = format!("the host policy {} is in the working folder", escaped(&shown));
        return Err(wrong(
            message,
            "Move the policy to another folder: it belongs to the host, and must not come with the packet.",
        ));
    }
    Ok(path)
}

fn unreadable(path: &Path, error: &std::io::Error) -> PolicyError {
    wrong(
        format!("cannot read the host policy {}: {error}", escaped(&path.display().to_string())),
        "Nothing was begun. Whoever keeps the policy makes it readable; without it no approval counts.",
    )
}

/// The user id that owns the file. An error if others may write the file, or if it belongs to another account.
fn owner(path: &Path, what: &str) -> Result<u32, PolicyError> {
    let found = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    let shown = path.display().to_string();
    let name = escaped(&shown);
    let owned =
        "Root or the account that runs oneroof must own it, and nobody else may write to it: use chown and chmod go-w.";
    if found.mode() & 0o022 != 0 {
        let message = format!("others may write to {what} {name} (mode {:04o})", found.mode() & 0o7777);
        return Err(wrong(message, owned));
    }
    if found.uid() != 0 && found.uid() != rustix::process::geteuid().as_raw() {
        return Err(wrong(format!("{what} {name} is owned by uid {}", found.uid()), owned));
    }
    Ok(found.uid())
}

fn file(path: &Path) -> Result<PolicyFile, PolicyError> {
    let uid = owner(path, "the host policy")?;
    let shown = path.display().to_string();
    let name = escaped(&shown);
    let text = files::read_text(path, files::SMALL).map_err(|error| unreadable(path, &error))?;
    let demands = Demands::parse(&text).map_err(|(line, reason)| {
        let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
        wrong(
            format!("the host policy {name}{line}: {}", escaped(reason.trim())),
            &format!("The keys of a policy are {KEYS}."),
        )
    })?;
    let sha256 = format!("sha256:{}", Digest::of(text.as_bytes()));
    if let Some(signers) = &demands.signers {
        owner(Path::new(signers), "the signers of the host policy")?;
    }
    let owner_uid = Some(uid).filter(|uid| *uid != 0);
    Ok(PolicyFile { path: shown, sha256, owner_uid, demands })
}
