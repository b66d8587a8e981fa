//! Layers of settings: the first that names a key decides.

use super::conninfo;
use super::environment::Environment;
use super::error::TargetError;
use super::keyword::{self, KEYWORDS, Keyword, PINNED_VARIABLES, Support};
use super::options::ConnectionOptions;
use super::service;
use crate::text::escaped;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A value and who gave it. `Debug` is not derived: it may be a password.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) value: String,
    pub(super) from: String,
    /// Whether it was cut out of a URI, where a slip puts one part into another's place.
    pub(super) from_uri: bool,
}

/// All settings that anyone gave, each with its source.
#[derive(Default)]
pub(super) struct Settings {
    given: BTreeMap<&'static str, Given>,
    pub(super) notes: Vec<String>,
}

impl Settings {
    /// The value, even an empty one: empty blocks the layers below, as in libpq.
    pub(super) fn get(&self, name: &str) -> Option<&Given> {
        debug_assert!(keyword::find(name).is_some(), "{name} is no keyword");
        self.given.get(name)
    }

    /// The value unless it is empty, for the many keys where empty means default.
    pub(super) fn filled(&self, name: &str) -> Option<&Given> {
        self.get(name).filter(|given| !given.value.is_empty())
    }

    /// Adds a value unless a higher layer has given one.
    fn fill(&mut self, keyword: &'static Keyword, value: &str, from: &str) {
        self.given.entry(keyword.name).or_insert_with(|| Given {
            value: value.to_owned(),
            from: from.to_owned(),
            from_uri: false,
        });
    }

    /// A connection string: within it a later duplicate wins, so it is read from its end.
    fn fill_from_string(&mut self, text: &str, from: &str) -> Result<(), TargetError> {
        let pairs = conninfo::parse_any(text, from)?;
        let from_uri = super::uri::has_scheme(text);
        let mut known = Vec::with_capacity(pairs.len());
        let mut after_secret = false;
        for (key, value) in &pairs {
            let (name, value) = match (key.as_str(), value.as_str()) {
                ("requiressl", "1") => ("sslmode", "require"),
                ("requiressl", _) => ("sslmode", "prefer"),
                (key, value) => (key, value),
            };
            let keyword = match keyword::find(name) {
                Some(keyword) => keyword,
                None if after_secret => return Err(conninfo::word_after_secret(from)),
                None => return Err(keyword::unknown(name, from)),
            };
            after_secret = keyword.secret;
            known.push((keyword, value));
        }
        for (keyword, value) in known.into_iter().rev() {
            let name = keyword.name;
            if self.given.get(name).is_some_and(|given| given.from == from) {
                self.notes.push(format!("{from}: {name} is given twice, the last one counts"));
            }
            self.fill(keyword, value, from);
        }
        for given in self.given.values_mut().filter(|given| given.from == from) {
            given.from_uri = from_uri;
        }
        Ok(())
    }

    /// A flag: as in psql, a connection string beats it, which deserves a word.
    fn fill_from_flag(&mut self, name: &'static str, value: Option<&str>, flag: &str) {
        // An empty flag counts as not given: psql's own goes that way into libpq.
        let value = value.filter(|value| !value.is_empty());
        let (Some(value), Some(keyword)) = (value, keyword::find(name)) else {
            return;
        };
        if let Some(given) = self.given.get(name)
            && given.value != value
        {
            let note = format!("{flag} has no effect, the connection string sets {name}");
            self.notes.push(note);
        }
        self.fill(keyword, value, flag);
    }

    fn fill_from_service(&mut self, environment: &Environment) -> Result<(), TargetError> {
        let (name, from) = match (self.get("service"), environment.variable("PGSERVICE")?) {
            (Some(given), _) => (given.value.clone(), given.from.clone()),
            (None, Some(name)) => (name.to_owned(), variable_origin("PGSERVICE")),
            (None, None) => return Ok(()),
        };
        let named_file = match self.filled("servicefile") {
            Some(given) => Some(PathBuf::from(&given.value)),
            None => environment.path("PGSERVICEFILE"),
        };
        let service = service::find(&name, &from, named_file.as_deref(), environment)?;
        for entry in &service.entries {
            let from = service_origin(&name, &service.path, entry.line);
            self.fill(entry.keyword, &entry.value, &from);
        }
        Ok(())
    }

    fn fill_from_environment(&mut self, environment: &Environment) -> Result<(), TargetError> {
        for keyword in KEYWORDS {
            let Some(variable) = keyword.variable else {
                continue;
            };
            if let Some(value) = environment.variable(variable)? {
                self.fill(keyword, value, &variable_origin(variable));
            }
        }
        // The older spelling, which libpq still reads where PGSSLMODE is not set.
        if self.get("sslmode").is_none()
            && environment.variable("PGREQUIRESSL")?.is_some_and(|value| value.starts_with('1'))
            && let Some(keyword) = keyword::find("sslmode")
        {
            self.fill(keyword, "require", &variable_origin("PGREQUIRESSL"));
        }
        for variable in PINNED_VARIABLES {
            if environment.variables.contains_key(std::ffi::OsStr::new(variable)) {
                self.notes.push(format!("{variable} has no effect: session settings are pinned in every transaction"));
            }
        }
        Ok(())
    }

    /// Says what is ignored and refuses what must not be.
    fn check_support(&mut self) -> Result<(), TargetError> {
        for keyword in KEYWORDS {
            let Some(given) = self.given.get(keyword.name) else {
                continue;
            };
            let reason = match keyword.support {
                Support::Used => continue,
                Support::Unused(reason) => reason,
                Support::Refused { harmless, reason, hint } => {
                    if !given.value.is_empty() && !harmless.contains(&given.value.as_str()) {
                        return Err(TargetError::Unsupported {
                            from: given.from.clone(),
                            key: keyword.name,
                            reason,
                            hint,
                        });
                    }
                    reason
                }
            };
            if !given.value.is_empty() {
                let note = format!("{} ({}) has no effect: {reason}", keyword.name, given.from);
                self.notes.push(note);
            }
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
pub(super) fn merge(options: &ConnectionOptions, environment: &Environment) -> Result<Settings, TargetError> {
    let mut settings = Settings::default();
    let dbname = options.dbname.as_deref();
    let dbname_is_string = dbname.is_some_and(conninfo::is_connection_string);
    if options.dsn.is_some() && dbname_is_string {
        return Err(TargetError::Conflict {
            reason: "--dsn and --dbname both hold a connection string".to_owned(),
            hint: "Give one of them; --dbname may then be a plain name.".to_owned(),
        });
    }
    if let Some(dsn) = &options.dsn {
        let from = options.dsn_origin.as_deref().unwrap_or("--dsn");
        settings.fill_from_string(dsn, from)?;
        refuse_two_databases(&settings, dbname)?;
    }
    if let Some(text) = dbname.filter(|_| dbname_is_string) {
        settings.fill_from_string(text, "--dbname")?;
    }
    let plain_name = dbname.filter(|_| !dbname_is_string);
    settings.fill_from_flag("dbname", plain_name, "--dbname");
    settings.fill_from_flag("host", options.host.as_deref(), "--host");
    settings.fill_from_flag("port", options.port.as_deref(), "--port");
    settings.fill_from_flag("user", options.username.as_deref(), "--username");
    settings.fill_from_flag("sslmode", options.sslmode.as_deref(), "--sslmode");
    settings.fill_from_flag("sslrootcert", options.sslrootcert.as_deref(), "--sslrootcert");
    let timeout = options.connect_timeout.as_deref();
    settings.fill_from_flag("connect_timeout", timeout, "--connect-timeout");
    let password = options.password.as_ref().map(super::secret::Secret::reveal);
    settings.fill_from_flag("password", password, "as asked for");
    if let Some(profile) = &options.profile
        && let Some((value, from)) = profile.setting("service")
        && settings.get("service").is_none()
        && environment.variable("PGSERVICE")?.is_none()
        && let Some(keyword) = keyword::find("service")
    {
        // A profile may point at a service; the environment's own service goes before it.
        settings.fill(keyword, value, &from);
    }
    settings.fill_from_service(environment)?;
    settings.fill_from_environment(environment)?;
    if let Some(profile) = &options.profile {
        for (keyword, value, from) in profile.settings() {
            settings.fill(keyword, value, &from);
        }
    }
    settings.check_support()?;
    Ok(settings)
}

/// psql has no case like this one: a wrong guess here would release into the wrong database.
fn refuse_two_databases(settings: &Settings, dbname: Option<&str>) -> Result<(), TargetError> {
    let (Some(given), Some(name)) = (settings.filled("dbname"), dbname) else {
        return Ok(());
    };
    if given.value == name {
        return Ok(());
    }
    Err(TargetError::Conflict {
        reason: format!("{} names database \"{}\", --dbname \"{}\"", given.from, escaped(&given.value), escaped(name)),
        hint: "Name the database once.".to_owned(),
    })
}
