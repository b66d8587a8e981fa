//! Makes a connection target from the options of the command line.

use super::server_label::ServerLabel;
use crate::cli::Common;
use crate::error::Error;
use crate::pg::connector::Settings;
use crate::pg::conninfo::{self, ConnectionOptions, Environment, Profile, ProfileSource, Target};
use crate::pg::open_error::OpenError;
use crate::report::{TableAnswer, tell};
use crate::text::escaped;

/// Where to connect, and as which role transactions run.
pub(crate) struct Resolved {
    /// Where to connect.
    pub target: Target,
    role: String,
    /// The profile's name, if a profile is used.
    pub profile: Option<String>,
    /// The system identifier that the profile pins.
    pub pinned: Option<String>,
}

impl Resolved {
    /// The settings of a session on this target.
    pub(crate) fn settings(&self, settings: Settings) -> Settings {
        Settings { role: self.role.clone(), ..settings }
    }
}

/// Resolves where to connect, as psql would.
pub(crate) fn resolve(common: &Common) -> Result<Resolved, Error> {
    if let Some(target) = &common.throwaway {
        let role = common.role.clone().unwrap_or_default();
        return Ok(Resolved { target: target.clone(), role, profile: None, pinned: None });
    }
    let environment = Environment::of_process();
    let profile = match &common.profile {
        Some(name) => {
            Some(conninfo::find_profile(name, common.config.as_deref(), &environment).map_err(OpenError::Target)?)
        }
        None => None,
    };
    if let Some(role) = &common.role {
        conninfo::check_role(role).map_err(OpenError::Target)?;
    }
    let found = profile.as_ref().map(|profile| (profile.source, named(profile), profile.notes.clone()));
    let name = profile.as_ref().map(|profile| profile.name.clone());
    let pinned = profile.as_ref().and_then(|profile| profile.system_identifier.clone());
    let role = common.role.clone().or_else(|| profile.as_ref().and_then(|profile| profile.role.clone()));
    let options = ConnectionOptions {
        dsn: common.dsn.clone(),
        dbname: common.dbname.clone(),
        host: common.host.clone(),
        port: common.port.clone(),
        username: common.username.clone(),
        no_password: common.no_password,
        password_first: common.password,
        via: common.via.clone(),
        profile,
        ..ConnectionOptions::default()
    };
    let mut target = conninfo::resolve(&options, &environment).map_err(OpenError::Target)?;
    if let Some((source, named, notes)) = found {
        // This is shown before anything is reached or run, because nobody has checked the files in the working folder.
        if let (ProfileSource::WorkingFolder, Some(named)) = (source, &named) {
            tell(&format!("{named}: {}\n", target.endpoint_text()));
        }
        target.notes.extend(named.into_iter().chain(notes));
    }
    Ok(Resolved { target, role: role.unwrap_or_default(), profile: name, pinned })
}

/// A note that names the profile and its file. `None` if `--config` names the file, unless that name is a link.
fn named(profile: &Profile) -> Option<String> {
    let is_link = || std::fs::symlink_metadata(&profile.path).is_ok_and(|found| found.is_symlink());
    if profile.source == ProfileSource::Named && !is_link() {
        return None;
    }
    let path = std::fs::canonicalize(&profile.path).unwrap_or_else(|_| profile.path.clone());
    let path = path.to_string_lossy();
    let place = match profile.source {
        ProfileSource::Named => "named by --config",
        ProfileSource::Own => "your own",
        ProfileSource::WorkingFolder => "found in the working folder",
    };
    Some(format!("profile \"{}\" of {}, {place}", escaped(&profile.name), escaped(&path)))
}

/// A table with one row for each setting.
pub(crate) fn origins(resolved: &Resolved) -> TableAnswer {
    let target = &resolved.target;
    let text = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let mut rows: Vec<Vec<String>> =
        target.origins.iter().map(|origin| text(&[origin.setting, &origin.value, &origin.from])).collect();
    if !resolved.role.is_empty() {
        rows.push(text(&["role", &resolved.role, "--role, or the profile"]));
    }
    if let Some(pinned) = &resolved.pinned {
        rows.push(text(&["system_identifier", pinned, "the profile; the run stops if another server answers"]));
    }
    let confirm = ServerLabel::of(target, resolved.profile.as_deref()).wanted_words(&target.dbname);
    rows.push(text(&["--confirm", &confirm, "confirms a writing command"]));
    let columns = text(&["setting", "value", "from"]);
    TableAnswer { title: target.endpoint_text(), columns, rows, ..TableAnswer::default() }
}
