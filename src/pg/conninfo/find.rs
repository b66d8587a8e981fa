//! Decides which profile file is used. The user's own file comes before the file in the working folder, because the user of a checkout did
//! not write the files in it. If a file from the working folder is used, the program names it before anything is sent. It may run no
//! command unless `--config` names it.

use super::environment::Environment;
use super::error::TargetError;
use super::profile::{Profile, ProfileSource, parse_profile, plain};
use super::written::shown_name;
use crate::files;
use crate::text::escaped;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Finds a profile. With `--config`, only that file is read. Otherwise the user's own file comes first, then the file in the working
/// folder.
pub fn find_profile(name: &str, config: Option<&Path>, environment: &Environment) -> Result<Profile, TargetError> {
    if let Some(path) = config {
        let text =
            read(path)?.ok_or_else(|| plain(path, "could not be read: the file does not exist".to_owned(), None))?;
        return parse_profile(&text, path, name);
    }
    let own = own_file(environment);
    let here = environment.working_folder.as_ref().map(|folder| folder.join("oneroof.toml"));
    let here = here.filter(|path| !own.as_ref().is_some_and(|own| is_same(own, path)));
    let in_own = match &own {
        Some(path) => read(path)?.map(|text| parse_profile(&text, path, name)).transpose(),
        None => Ok(None),
    };
    match (in_own, &here) {
        (Ok(Some(profile)), here) => Ok(beside(profile, here.as_deref())),
        // A mistake in the user's own file is reported. The file in the working folder is used only if the user's file lacks the profile.
        (Err(mistake @ TargetError::Profile { position: Some(_), .. }), _) => Err(mistake),
        (Ok(None), Some(here)) if here.exists() => in_working_folder(name, here, environment),
        (Err(_), Some(here)) if has(here, name) => in_working_folder(name, here, environment),
        (Err(error), _) => Err(error),
        (Ok(None), here) => Err(nowhere(name, own.as_deref(), here.as_deref())),
    }
}

/// The user's own profile. If the working folder has a profile with the same name, a note says that it is not used.
fn beside(profile: Profile, here: Option<&Path>) -> Profile {
    let shadowed = here.filter(|here| has(here, &profile.name));
    let name = escaped(&profile.name).into_owned();
    let note = |path: &Path| {
        let path = path.to_string_lossy();
        format!(
            "profile \"{name}\" of {} in the working folder is not used: your own oneroof.toml has a profile of that name. To use the other one, give its file with --config",
            escaped(&path)
        )
    };
    Profile { source: ProfileSource::Own, notes: shadowed.map(note).into_iter().collect(), ..profile }
}

/// Whether a file contains the profile.
fn has(path: &Path, name: &str) -> bool {
    read(path).ok().flatten().is_some_and(|text| parse_profile(&text, path, name).is_ok())
}

/// A profile from the working folder, which the user has not confirmed.
fn in_working_folder(name: &str, here: &Path, environment: &Environment) -> Result<Profile, TargetError> {
    let vouch = |what: String| {
        let path = here.to_string_lossy();
        let way = format!(
            "If you trust the file, give it by name: --config {} --profile {}.",
            escaped(&path),
            shown_name(name)
        );
        plain(here, what, Some(way))
    };
    let text = read(here)?.unwrap_or_default();
    let profile = parse_profile(&text, here, name)?;
    if let Some(owner) = stranger(here, environment) {
        return Err(vouch(format!("found in the working folder, and {owner}")));
    }
    if profile.via.is_some() {
        return Err(vouch(format!(
            "profile \"{}\" would run a command (via), which a file found in the working folder may not do",
            shown_name(name)
        )));
    }
    Ok(Profile { source: ProfileSource::WorkingFolder, ..profile })
}

/// Says who else can change the file. `None` if only the user and root can.
fn stranger(path: &Path, environment: &Environment) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let facts = std::fs::metadata(path).ok()?;
    if facts.uid() != environment.uid && facts.uid() != 0 {
        return Some(format!("it is owned by uid {}", facts.uid()));
    }
    (facts.mode() & 0o002 != 0).then(|| "everybody may write to it".to_owned())
}

/// The text of a file. `None` if the file does not exist.
fn read(path: &Path) -> Result<Option<String>, TargetError> {
    match files::read(path, files::SMALL) {
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|_| plain(path, "not valid UTF-8".to_owned(), None)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(plain(path, format!("could not be read: {error}"), None)),
    }
}

/// Whether two paths name the same file.
fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    real(one).is_some_and(|one| Some(one) == real(other))
}

fn own_file(environment: &Environment) -> Option<PathBuf> {
    // The XDG base directory specification says that relative paths are ignored.
    let folder = environment
        .path("XDG_CONFIG_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| environment.home().map(|home| home.join(".config")));
    folder.map(|folder| folder.join("oneroof/oneroof.toml"))
}

fn nowhere(name: &str, own: Option<&Path>, here: Option<&Path>) -> TargetError {
    let searched: Vec<String> =
        own.into_iter().chain(here).map(|path| escaped(&path.to_string_lossy()).into_owned()).collect();
    TargetError::Conflict {
        reason: format!("profile \"{}\": no file oneroof.toml was found", shown_name(name)),
        hint: format!("Looked for {}. Give another file with --config.", searched.join(" and ")),
    }
}
