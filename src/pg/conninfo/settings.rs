//! Layers of settings. The first layer that gives a key decides its value.

use super::environment::Environment;
use super::error::TargetError;
use super::keyword::{self, KEYWORDS, Keyword, PINNED_VARIABLES, Support};
use super::options::ConnectionOptions;
use super::written::{Written, plain};
use super::{notation, pairs, service};
use crate::secret::Secret;
use crate::text::escaped;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The value of a setting that is not secret, and its source. `Debug` is not derived, because only `oneroof target` shows values.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) value: String,
    pub(super) from: String,
    /// Whether the value was cut out of a URI. A mistake in a URI can put one part into the place of another.
    pub(super) from_uri: bool,
}

/// The value of a secret setting, and its source.
#[derive(Clone)]
pub(super) struct GivenSecret {
    pub(super) value: Secret,
    pub(super) from: String,
}

/// A computed value, and its source in words.
pub(super) struct Computed<T> {
    pub(super) value: T,
    pub(super) from: String,
}

/// All given settings, each with its source. Secrets are stored separately, so that code which shows settings cannot reach them.
#[derive(Default)]
pub(super) struct GivenSettings {
    given: BTreeMap<&'static str, Given>,
    secrets: BTreeMap<&'static str, GivenSecret>,
    pub(super) notes: Vec<String>,
}

impl GivenSettings {
    /// The value, even if it is empty. An empty value hides the lower layers, as in libpq.
    pub(super) fn get(&self, name: &str) -> Option<&Given> {
        debug_assert!(keyword::find(name).is_some_and(|keyword| !keyword.secret), "{name} is not a plain keyword");
        self.given.get(name)
    }

    /// The value, unless it is empty. For many keys, an empty value means the default.
    pub(super) fn filled(&self, name: &str) -> Option<&Given> {
        self.get(name).filter(|given| !given.value.is_empty())
    }

    /// The password, unless it is empty.
    pub(super) fn password(&self) -> Option<&GivenSecret> {
        self.secrets.get("password").filter(|given| !given.value.is_empty())
    }

    /// Adds a value unless a higher layer has given one. Only a value that is used is checked.
    fn fill(
        &mut self,
        keyword: &'static Keyword,
        value: &[u8],
        from: &str,
        written: Written,
    ) -> Result<(), TargetError> {
        if keyword.secret {
            self.secrets
                .entry(keyword.name)
                .or_insert_with(|| GivenSecret { value: Secret::new(value), from: from.to_owned() });
        } else if !self.given.contains_key(keyword.name) {
            let value = plain(keyword.name, value, from, written)?.to_owned();
            let given = Given { value, from: from.to_owned(), from_uri: written == Written::Uri };
            self.given.insert(keyword.name, given);
        }
        Ok(())
    }

    /// Adds the settings of a connection string. If a key occurs twice, the last one counts, so the string is read from its end.
    fn fill_from_string(&mut self, text: &Secret, from: &str) -> Result<(), TargetError> {
        let text = text.reveal_text().ok_or_else(|| TargetError::NotText { from: from.to_owned() })?;
        let pairs = notation::parse_any(text, from)?;
        let written = if super::uri::has_scheme(text) { Written::Uri } else { Written::Pairs };
        let mut known = Vec::with_capacity(pairs.len());
        let mut after_secret = false;
        for (index, (key, value)) in pairs.iter().enumerate() {
            let (name, value) = match (key.as_str(), value.reveal()) {
                ("requiressl", b"1") => ("sslmode", &b"require"[..]),
                ("requiressl", _) => ("sslmode", &b"prefer"[..]),
                (key, value) => (key, value),
            };
            let keyword = match keyword::find(name) {
                Some(keyword) => keyword,
                None if after_secret => return Err(pairs::word_after_secret(from)),
                None => return Err(keyword::unknown(name, index + 1, from)),
            };
            after_secret = keyword.secret;
            known.push((keyword, value));
        }
        for (keyword, value) in known.into_iter().rev() {
            let name = keyword.name;
            let given = self.given.get(name).map(|given| &given.from);
            if given.or(self.secrets.get(name).map(|given| &given.from)).is_some_and(|giver| giver == from) {
                self.notes.push(format!("{from}: {name} is given twice; the last value is used"));
            }
            self.fill(keyword, value, from, written)?;
        }
        Ok(())
    }

    /// Adds a flag. As in psql, a connection string comes before the flag, and a note says so.
    fn fill_from_flag(&mut self, name: &'static str, value: Option<&[u8]>, flag: &str) -> Result<(), TargetError> {
        // An empty flag counts as not given, because psql passes it to libpq in this way.
        let value = value.filter(|value| !value.is_empty());
        let (Some(value), Some(keyword)) = (value, keyword::find(name)) else {
            return Ok(());
        };
        if let Some(given) = self.given.get(name)
            && given.value.as_bytes() != value
        {
            let note = format!("{flag} has no effect: the connection string sets {name}");
            self.notes.push(note);
        }
        self.fill(keyword, value, flag, Written::Alone)
    }

    fn fill_from_service(&mut self, environment: &Environment) -> Result<(), TargetError> {
        let (name, from) = match (self.get("service"), environment.variable("PGSERVICE")?) {
            (Some(given), _) => (given.value.clone(), given.from.clone()),
            (None, Some(name)) => {
                let from = variable_origin("PGSERVICE");
                (plain("service", name.as_bytes(), &from, Written::Alone)?.to_owned(), from)
            }
            (None, None) => return Ok(()),
        };
        let named_file = match self.filled("servicefile") {
            Some(given) => Some(PathBuf::from(&given.value)),
            None => environment.path("PGSERVICEFILE"),
        };
        let service = service::find(&name, &from, named_file.as_deref(), environment)?;
        for entry in &service.entries {
            let from = service_origin(&name, &service.path, entry.line);
            self.fill(entry.keyword, entry.value.reveal(), &from, Written::Alone)?;
        }
        Ok(())
    }

    fn fill_from_environment(&mut self, environment: &Environment) -> Result<(), TargetError> {
        for keyword in KEYWORDS {
            if let Some(variable) = keyword.variable
                && let Some(value) = environment.bytes(variable)
            {
                self.fill(keyword, value, &variable_origin(variable), Written::Alone)?;
            }
        }
        // The older variable, which libpq still reads if PGSSLMODE is not set.
        if self.get("sslmode").is_none()
            && environment.variable("PGREQUIRESSL")?.is_some_and(|value| value.starts_with('1'))
            && let Some(keyword) = keyword::find("sslmode")
        {
            self.fill(keyword, b"require", &variable_origin("PGREQUIRESSL"), Written::Alone)?;
        }
        for variable in PINNED_VARIABLES {
            if environment.bytes(variable).is_some() {
                self.notes
                    .push(format!("{variable} has no effect: every transaction sets these session settings itself"));
            }
        }
        Ok(())
    }

    /// Adds a note for each setting that is ignored, and returns an error for a setting that must not be ignored.
    fn check_support(&mut self) -> Result<(), TargetError> {
        for keyword in KEYWORDS {
            let plain = self.given.get(keyword.name).map(|given| (given.value.as_bytes(), &given.from));
            let secret = || self.secrets.get(keyword.name).map(|given| (given.value.reveal(), &given.from));
            let Some((value, from)) = plain.or_else(secret).filter(|(value, _)| !value.is_empty()) else {
                continue;
            };
            let reason = match keyword.support {
                Support::Used => continue,
                Support::Unused(reason) => reason,
                Support::Refused { harmless, reason, .. } if harmless.iter().any(|word| word.as_bytes() == value) => {
                    reason
                }
                Support::Refused { reason, hint, .. } => {
                    return Err(TargetError::Unsupported { from: from.clone(), key: keyword.name, reason, hint });
                }
            };
            self.notes.push(format!("{} ({from}) has no effect: {reason}", keyword.name));
        }
        Ok(())
    }
}

fn variable_origin(name: &str) -> String {
    format!("environment {name}")
}

fn service_origin(name: &str, path: &Path, line: usize) -> String {
    let path = path.to_string_lossy();
    format!("service \"{}\" ({}:{line})", escaped(name), escaped(&path))
}

/// Merges all layers: connection string, flags, service, environment, profile.
pub(super) fn merge(options: &ConnectionOptions, environment: &Environment) -> Result<GivenSettings, TargetError> {
    let mut settings = GivenSettings::default();
    let dbname = options.dbname.as_ref();
    let string = dbname.filter(|text| text.reveal_text().is_some_and(notation::is_connection_string));
    if options.dsn.is_some() && string.is_some() {
        return Err(TargetError::Conflict {
            reason: "--dsn and --dbname both hold a connection string".to_owned(),
            hint: "Give only one of the two; with --dsn, --dbname may be a plain name.".to_owned(),
        });
    }
    let plain_name = dbname.filter(|_| string.is_none()).map(Secret::reveal);
    if let Some(dsn) = &options.dsn {
        let from = options.dsn_origin.as_deref().unwrap_or("--dsn");
        settings.fill_from_string(dsn, from)?;
        refuse_two_databases(&settings, plain_name)?;
    }
    if let Some(text) = string {
        settings.fill_from_string(text, "--dbname")?;
    }
    settings.fill_from_flag("dbname", plain_name, "--dbname")?;
    let flags = [
        ("host", &options.host, "--host"),
        ("port", &options.port, "--port"),
        ("user", &options.username, "--username"),
        ("sslmode", &options.sslmode, "--sslmode"),
        ("sslrootcert", &options.sslrootcert, "--sslrootcert"),
        ("connect_timeout", &options.connect_timeout, "--connect-timeout"),
    ];
    for (name, value, flag) in flags {
        settings.fill_from_flag(name, value.as_ref().map(Secret::reveal), flag)?;
    }
    let password = options.password.as_ref().map(Secret::reveal);
    settings.fill_from_flag("password", password, "as asked for")?;
    if let Some(profile) = &options.profile
        && let Some((value, from)) = profile.setting("service")
        && settings.get("service").is_none()
        && environment.variable("PGSERVICE")?.is_none()
        && let Some(keyword) = keyword::find("service")
    {
        // A profile may name a service. The service that the environment names comes before it.
        settings.fill(keyword, value.reveal(), &from, Written::Alone)?;
    }
    settings.fill_from_service(environment)?;
    settings.fill_from_environment(environment)?;
    if let Some(profile) = &options.profile {
        for (keyword, value, from) in profile.settings() {
            settings.fill(keyword, value.reveal(), &from, Written::Alone)?;
        }
    }
    settings.check_support()?;
    Ok(settings)
}

/// Rejects two different database names. psql has no such case, and a wrong choice would release into the wrong database.
fn refuse_two_databases(settings: &GivenSettings, dbname: Option<&[u8]>) -> Result<(), TargetError> {
    let (Some(given), Some(name)) = (settings.filled("dbname"), dbname) else {
        return Ok(());
    };
    let name = plain("dbname", name, "--dbname", Written::Alone)?;
    if given.value == name {
        return Ok(());
    }
    Err(TargetError::Conflict {
        reason: format!("{} names database \"{}\", --dbname \"{}\"", given.from, escaped(&given.value), escaped(name)),
        hint: "Give the database only once.".to_owned(),
    })
}
