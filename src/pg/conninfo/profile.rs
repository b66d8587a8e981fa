//! The profile file `oneroof.toml`: named targets without secrets.

use super::error::TargetError;
use super::keyword::{self, FileSetting, Keyword, Support};
use super::written::{self, Written, shown_name};
use crate::secret::Secret;
use crate::text::escaped;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// How a profile file was chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProfileSource {
    /// `--config` named the file.
    #[default]
    Named,
    /// It is the user's own file, in the configuration folder.
    Own,
    /// It was found in the working folder, which may be a checkout or belong to someone else.
    WorkingFolder,
}

/// One profile: settings with libpq's names, and settings of this program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// The profile's name.
    pub name: String,
    /// The path of the file that contains it.
    pub path: PathBuf,
    /// `via`: the command whose stdin and stdout carry the protocol.
    pub via: Option<Secret>,
    /// `role`: the role that each transaction uses.
    pub role: Option<String>,
    /// `system_identifier`: the identifier that the server must have.
    pub system_identifier: Option<String>,
    /// How the file was chosen.
    pub source: ProfileSource,
    /// Notes for the operator about other files. They are already escaped.
    pub notes: Vec<String>,
    pub(super) entries: Vec<FileSetting>,
}

impl Profile {
    pub(super) fn settings(&self) -> impl Iterator<Item = (&'static Keyword, &Secret, String)> {
        self.entries.iter().map(|entry| (entry.keyword, &entry.value, self.origin(entry)))
    }

    pub(super) fn setting(&self, name: &str) -> Option<(&Secret, String)> {
        self.entries.iter().find(|entry| entry.keyword.name == name).map(|entry| (&entry.value, self.origin(entry)))
    }

    pub(super) fn via_origin(&self) -> String {
        format!("profile \"{}\"", shown_name(&self.name))
    }

    fn origin(&self, entry: &FileSetting) -> String {
        self.at_line(entry.line)
    }

    fn at_line(&self, line: usize) -> String {
        let path = self.path.to_string_lossy();
        format!("profile \"{}\" ({}:{line})", shown_name(&self.name), escaped(&path))
    }
}

/// Parses the text of the file and returns one profile. All profiles are checked, so that a mistake is found early and not when the profile
/// is needed.
pub fn parse_profile(text: &str, path: &Path, name: &str) -> Result<Profile, TargetError> {
    let reader = ProfileReader { text, path };
    let document = DeTable::parse(text).map_err(|error| {
        let place = error.span().map_or(0, |span| span.start);
        reader.error(place, escaped(error.message()).into_owned(), None)
    })?;
    let mut found = None;
    let mut names = Vec::new();
    for (key, value) in document.get_ref() {
        if key.get_ref() != "profile" {
            return Err(reader.unknown(key, &["profile"]));
        }
        for (key, value) in reader.table(value)? {
            let profile = reader.profile(key.get_ref(), reader.table(value)?)?;
            names.push(profile.name.clone());
            if profile.name == name {
                found = Some(profile);
            }
        }
    }
    found.ok_or_else(|| {
        let known: Vec<_> = names.iter().map(|name| shown_name(name)).collect();
        let hint = if known.is_empty() {
            "A profile is a table such as [profile.production].".to_owned()
        } else {
            format!("The file holds: {}.", known.join(", "))
        };
        plain(path, format!("no profile \"{}\"", shown_name(name)), Some(hint))
    })
}

pub(super) fn plain(path: &Path, reason: String, hint: Option<String>) -> TargetError {
    TargetError::Profile { path: path.to_owned(), position: None, reason, hint }
}

type Key<'text> = Spanned<std::borrow::Cow<'text, str>>;

struct ProfileReader<'text> {
    text: &'text str,
    path: &'text Path,
}

impl ProfileReader<'_> {
    fn profile(&self, name: &str, table: &DeTable<'_>) -> Result<Profile, TargetError> {
        let mut profile = Profile { name: name.to_owned(), path: self.path.to_owned(), ..Profile::default() };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "via" => profile.via = Some(self.scalar(key, value)?.into()),
                "role" => {
                    let role = self.scalar(key, value)?;
                    let from = profile.at_line(self.position(key.span().start).0);
                    written::plain("role", role.as_bytes(), &from, Written::Alone)?;
                    profile.role = Some(role);
                }
                "system_identifier" => {
                    let digits = self.scalar(key, value)?;
                    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                        let hint = "SELECT system_identifier FROM pg_control_system() shows it.".to_owned();
                        return Err(self.error(
                            value.span().start,
                            "it is not a system identifier".to_owned(),
                            Some(hint),
                        ));
                    }
                    profile.system_identifier = Some(digits);
                }
                other => {
                    let keyword = self.keyword(key, other)?;
                    profile.entries.push(FileSetting {
                        keyword,
                        value: self.scalar(key, value)?.into(),
                        line: self.position(key.span().start).0,
                    });
                }
            }
        }
        Ok(profile)
    }

    fn keyword(&self, key: &Key<'_>, name: &str) -> Result<&'static Keyword, TargetError> {
        let Some(keyword) = keyword::find(name) else {
            return Err(self.unknown(key, &["via", "role", "system_identifier"]));
        };
        let place = key.span().start;
        if keyword.secret {
            return Err(self.error(
                place,
                format!("{name} is a secret and does not belong in this file"),
                Some(
                    "Put it into ~/.pgpass (mode 0600) as host:port:database:user:password, or \
                     name another such file with passfile = \"...\"."
                        .to_owned(),
                ),
            ));
        }
        if let Support::Unused(reason) = keyword.support {
            return Err(self.error(place, format!("{name} has no effect: {reason}"), None));
        }
        Ok(keyword)
    }

    /// The error for an unknown key, with the most similar key and a list of all keys.
    fn unknown(&self, key: &Key<'_>, ours: &[&'static str]) -> TargetError {
        let name = key.get_ref().as_ref();
        let is_profile = ours.contains(&"via");
        let meant = keyword::nearest(name, ours.iter().copied())
            .or_else(|| keyword::suggest(name).filter(|_| is_profile))
            .map(|meant| format!("Did you mean \"{meant}\"? "))
            .unwrap_or_default();
        let valid = if is_profile {
            format!(
                "Keys of a profile: {}.",
                ours.iter().copied().chain(keyword::for_profile()).collect::<Vec<_>>().join(", ")
            )
        } else {
            "The file may hold only tables such as [profile.production].".to_owned()
        };
        self.error(key.span().start, "unknown key".to_owned(), Some(meant + &valid))
    }

    fn table<'value, 'document>(
        &self,
        value: &'value Spanned<DeValue<'document>>,
    ) -> Result<&'value DeTable<'document>, TargetError> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(table),
            _ => Err(self.error(
                value.span().start,
                "a profile must be a table".to_owned(),
                Some("A profile is a table such as [profile.production].".to_owned()),
            )),
        }
    }

    fn scalar(&self, key: &Key<'_>, value: &Spanned<DeValue<'_>>) -> Result<String, TargetError> {
        match value.get_ref() {
            DeValue::String(text) => Ok(text.clone().into_owned()),
            DeValue::Integer(number) => Ok(number.as_str().to_owned()),
            _ => Err(self.error(
                value.span().start,
                format!("{} must be a string or a number", escaped(key.get_ref())),
                None,
            )),
        }
    }

    fn error(&self, offset: usize, reason: String, hint: Option<String>) -> TargetError {
        TargetError::Profile { path: self.path.to_owned(), position: Some(self.position(offset)), reason, hint }
    }

    /// Line and column, counted from 1. The column is in characters.
    fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |index| index + 1);
        let line = before.matches('\n').count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }
}
