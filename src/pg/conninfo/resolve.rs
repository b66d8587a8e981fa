//! Makes a target from the layers of settings.

use super::environment::Environment;
use super::error::TargetError;
use super::hosts::{self, HostPort};
use super::model::{Asking, Endpoint, PasswordOrigin, Route, SslMode, Target};
use super::notation::quoted_value;
use super::options::ConnectionOptions;
use super::passfile::{Passfile, Wanted};
use super::settings::{self, Computed, GivenSettings};
use super::written::{Written, plain};
use super::{origins, ssl, values};
use crate::secret::Secret;
use crate::text::escaped;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The default name of this program in `pg_stat_activity`.
const APPLICATION_NAME: &str = "oneroof";

/// Finds out where and how to connect, from all sources of settings.
pub fn resolve(options: &ConnectionOptions, environment: &Environment) -> Result<Target, TargetError> {
    let mut settings = settings::merge(options, environment)?;
    let route = route(options)?;
    let places = hosts::places(&mut settings, environment, &route.value)?;
    let user = user(&mut settings, environment, &places, &route.value)?;
    let dbname = dbname(&mut settings, environment, &user)?;
    let choice = ssl::tls_choice(&settings)?;
    let ssl = ssl::ssl_settings(&mut settings, environment, choice)?;
    let passwords = Passwords::of(&mut settings, environment);
    let hosts = places
        .iter()
        .map(|place| {
            let (mode, _) = ssl::mode_for(choice, place, &route.value);
            passwords.endpoint(place, mode, &dbname.value, &user.value)
        })
        .collect();
    let mut target = Target {
        hosts,
        ssl,
        channel_binding: values::channel_binding(&settings)?,
        application_name: settings
            .get("application_name")
            .map_or_else(|| APPLICATION_NAME.to_owned(), |given| given.value.clone()),
        options: settings.filled("options").map(|given| given.value.clone()),
        connect_timeout: values::connect_timeout(&settings, &route.value)?,
        keepalives: values::keepalives(&settings)?,
        tcp_user_timeout: values::tcp_user_timeout(&settings)?,
        session_attributes: values::session_attributes(&settings)?,
        shuffle_hosts: values::shuffle_hosts(&settings)?,
        require_peer: settings.filled("requirepeer").map(|given| given.value.clone()),
        asking: match (options.password_first, options.no_password) {
            (true, _) => Asking::First,
            (false, true) => Asking::Never,
            (false, false) => Asking::WhenMissing,
        },
        typed: Arc::default(),
        dbname: dbname.value.clone(),
        user: user.value.clone(),
        route: route.value.clone(),
        origins: Vec::new(),
        notes: Vec::new(),
    };
    let names = [&user, &dbname];
    target.origins = origins::list(&settings, &target, &places, choice, names, &route);
    target.notes = std::mem::take(&mut settings.notes);
    Ok(target)
}

/// The target of a throwaway server: its unix socket, and nothing from the environment.
///
/// # Errors
/// [`TargetError`] if a value cannot be a setting of a connection, such as a name with a line break.
pub fn throwaway(socket_folder: &Path, port: u16, dbname: &str, user: &str) -> Result<Target, TargetError> {
    let options = ConnectionOptions {
        host: Some(socket_folder.display().to_string().into()),
        port: Some(port.to_string().into()),
        // As a connection string, because a name with an equals sign would be read as one.
        dsn: Some(format!("dbname={}", quoted_value(dbname)).into()),
        username: Some(user.to_owned().into()),
        ..ConnectionOptions::default()
    };
    resolve(&options, &Environment::empty())
}

/// Checks the role of `--role`. The role is shown, so it must not contain a secret.
pub(crate) fn check_role(name: &str) -> Result<(), TargetError> {
    plain("role", name.as_bytes(), "--role", Written::Alone).map(|_| ())
}

fn route(options: &ConnectionOptions) -> Result<Computed<Route>, TargetError> {
    let profile = options.profile.as_ref().and_then(|profile| Some((profile.via.as_ref()?, profile.via_origin())));
    let (command, from) = match (&options.via, profile) {
        (Some(command), _) => (command, "--via".to_owned()),
        (None, Some((command, from))) => (command, from),
        (None, None) => return Ok(Computed { value: Route::Direct, from: "default".to_owned() }),
    };
    // If the first word of the command is an address, the shell would print it in an error message.
    let first = command.reveal().trim_ascii().split(u8::is_ascii_whitespace).next().unwrap_or_default();
    if first.windows(3).any(|letters| letters == b"://") {
        return Err(TargetError::NoCommand { from });
    }
    Ok(Computed { value: Route::Via(command.clone()), from })
}

/// The role to log in as: the given one, or else the container image's variable if the server is local, or else the account.
fn user(
    settings: &mut GivenSettings,
    environment: &Environment,
    places: &[HostPort],
    route: &Route,
) -> Result<Computed<String>, TargetError> {
    // An empty name means the default and hides the lower layers, as in libpq.
    if let Some(given) = settings.filled("user") {
        return Ok(Computed { value: given.value.clone(), from: given.from.clone() });
    }
    // With --via, the variables of this machine say nothing about the server.
    if *route == Route::Direct
        && places.iter().all(HostPort::is_local)
        && let Some(name) = environment.variable("POSTGRES_USER")?.filter(|name| !name.is_empty())
    {
        plain("user", name.as_bytes(), "environment POSTGRES_USER", Written::Alone)?;
        settings.notes.push(format!(
            "the role is taken from POSTGRES_USER (\"{}\"), since no other setting names one",
            escaped(name)
        ));
        return Ok(Computed { value: name.to_owned(), from: "environment POSTGRES_USER, the last resort".to_owned() });
    }
    let account = environment.account.as_ref().ok_or(TargetError::NoUser { uid: environment.uid })?;
    Ok(Computed { value: account.name.clone(), from: "default: the operating system account".to_owned() })
}

fn dbname(
    settings: &mut GivenSettings,
    environment: &Environment,
    user: &Computed<String>,
) -> Result<Computed<String>, TargetError> {
    if let Some(given) = settings.filled("dbname") {
        return Ok(Computed { value: given.value.clone(), from: given.from.clone() });
    }
    // The two variables of the image belong together. If the role was given, psql's rule for the database applies.
    if user.from.contains("POSTGRES_USER")
        && let Some(name) = environment.variable("POSTGRES_DB")?.filter(|name| !name.is_empty())
    {
        plain("dbname", name.as_bytes(), "environment POSTGRES_DB", Written::Alone)?;
        settings.notes.push(format!(
            "the database is taken from POSTGRES_DB (\"{}\"), since no other setting names one",
            escaped(name)
        ));
        return Ok(Computed { value: name.to_owned(), from: "environment POSTGRES_DB, the last resort".to_owned() });
    }
    Ok(Computed { value: user.value.clone(), from: "default: the user's name".to_owned() })
}

/// The source of passwords: one setting for all hosts, or else the password file, which is searched for each host.
enum Passwords {
    Given { secret: Secret, from: String },
    File(Passfile),
    None,
}

impl Passwords {
    fn of(settings: &mut GivenSettings, environment: &Environment) -> Self {
        if let Some(given) = settings.password().cloned() {
            if given.from.starts_with("--d") {
                settings.notes.push(format!(
                    "the password in {} can be seen in the list of processes; \
                     ~/.pgpass (mode 0600) or PGPASSFILE keeps it out of there",
                    given.from
                ));
            }
            return Self::Given { secret: given.value, from: given.from };
        }
        let path = settings
            .filled("passfile")
            .map(|given| PathBuf::from(&given.value))
            .or_else(|| environment.home().map(|home| home.join(".pgpass")));
        path.and_then(|path| Passfile::read(&path, &mut settings.notes)).map_or(Self::None, Self::File)
    }

    fn endpoint(&self, place: &HostPort, ssl_mode: SslMode, dbname: &str, user: &str) -> Endpoint {
        let (password, password_origin) = match self {
            Self::Given { secret, from } => (Some(secret.clone()), Some(PasswordOrigin::Setting(from.clone()))),
            Self::File(file) => {
                let found = place
                    .password_hosts
                    .iter()
                    .find_map(|host| file.password(Wanted { host, port: place.port, dbname, user }));
                // An empty password counts as no password, so that the program reacts correctly if the server demands one.
                match found.filter(|password| !password.is_empty()) {
                    Some(password) => (Some(password), Some(PasswordOrigin::File(file.path.clone()))),
                    None => (None, None),
                }
            }
            Self::None => (None, None),
        };
        Endpoint {
            host: place.host.clone(),
            hostaddr: place.hostaddr,
            port: place.port,
            ssl_mode,
            password,
            password_origin,
        }
    }
}
