//! From layers of settings to a target.

use super::environment::Environment;
use super::error::TargetError;
use super::hosts::{self, Place};
use super::model::{Endpoint, Origin, PasswordOrigin, Route, SslMode, Target};
use super::options::ConnectionOptions;
use super::passfile::{Passfile, Wanted};
use super::secret::Secret;
use super::settings::{self, Settings};
use super::{ssl, values};
use crate::text::escaped;
use std::path::PathBuf;

/// What we call ourselves in `pg_stat_activity`.
const APPLICATION_NAME: &str = "oneroof";

/// A value that was worked out, and the words for where it came from.
struct Found<T> {
    value: T,
    from: String,
}

/// Finds out where to connect and how, from all that was said.
pub fn resolve(options: &ConnectionOptions, environment: &Environment) -> Result<Target, TargetError> {
    let mut settings = settings::merge(options, environment)?;
    let route = route(options);
    let places = hosts::places(&mut settings, environment)?;
    let user = user(&mut settings, environment, &places)?;
    let dbname = dbname(&mut settings, environment, &user)?;
    let asked_mode = ssl::asked_mode(&settings)?;
    let ssl = ssl::ssl_settings(&mut settings, environment, asked_mode)?;
    let passwords = Passwords::of(&mut settings, environment);
    let hosts = places
        .iter()
        .map(|place| {
            let (mode, _) = ssl::mode_for(asked_mode, place, &route.value);
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
        may_prompt: !options.no_password,
        dbname: dbname.value.clone(),
        user: user.value.clone(),
        route: route.value.clone(),
        origins: Vec::new(),
        notes: Vec::new(),
    };
    target.origins = Origins::of(&settings).all(&target, &places, asked_mode, [&user, &dbname], &route);
    target.notes = std::mem::take(&mut settings.notes);
    Ok(target)
}

fn route(options: &ConnectionOptions) -> Found<Route> {
    let profile = options.profile.as_ref().and_then(|profile| Some((profile.via.as_ref()?, profile.via_origin())));
    match (&options.via, profile) {
        (Some(command), _) => Found { value: Route::Via(command.clone()), from: "--via".to_owned() },
        (None, Some((command, from))) => Found { value: Route::Via(command.clone()), from },
        (None, None) => Found { value: Route::Direct, from: "default".to_owned() },
    }
}

/// The role: as given, else the container image's own variable where the server is local, else
/// the account.
fn user(settings: &mut Settings, environment: &Environment, places: &[Place]) -> Result<Found<String>, TargetError> {
    // An empty name stands for the default and hides the layers below, as in libpq.
    if let Some(given) = settings.filled("user") {
        return Ok(Found { value: given.value.clone(), from: given.from.clone() });
    }
    if places.iter().all(Place::is_local)
        && let Some(name) = environment.variable("POSTGRES_USER")?.filter(|name| !name.is_empty())
    {
        settings.notes.push(format!(
            "the role is taken from POSTGRES_USER (\"{}\"), since no other setting names one",
            escaped(name)
        ));
        return Ok(Found { value: name.to_owned(), from: "environment POSTGRES_USER, the last resort".to_owned() });
    }
    let account = environment.account.as_ref().ok_or(TargetError::NoUser { uid: environment.uid })?;
    Ok(Found { value: account.name.clone(), from: "default: the operating system account".to_owned() })
}

fn dbname(
    settings: &mut Settings,
    environment: &Environment,
    user: &Found<String>,
) -> Result<Found<String>, TargetError> {
    if let Some(given) = settings.filled("dbname") {
        return Ok(Found { value: given.value.clone(), from: given.from.clone() });
    }
    // The image's two variables go together: whoever names the role gets psql's rule.
    if user.from.contains("POSTGRES_USER")
        && let Some(name) = environment.variable("POSTGRES_DB")?.filter(|name| !name.is_empty())
    {
        settings.notes.push(format!(
            "the database is taken from POSTGRES_DB (\"{}\"), since no other setting names one",
            escaped(name)
        ));
        return Ok(Found { value: name.to_owned(), from: "environment POSTGRES_DB, the last resort".to_owned() });
    }
    Ok(Found { value: user.value.clone(), from: "default: the user's name".to_owned() })
}

/// Where passwords come from: one setting for all hosts, else the file, asked for each host.
enum Passwords {
    Given { secret: Secret, from: String },
    File(Passfile),
    None,
}

impl Passwords {
    fn of(settings: &mut Settings, environment: &Environment) -> Self {
        if let Some(given) = settings.filled("password") {
            return Self::Given { secret: Secret::new(&given.value), from: given.from.clone() };
        }
        let path = settings
            .filled("passfile")
            .map(|given| PathBuf::from(&given.value))
            .or_else(|| environment.home().map(|home| home.join(".pgpass")));
        path.and_then(|path| Passfile::read(&path, &mut settings.notes)).map_or(Self::None, Self::File)
    }

    fn endpoint(&self, place: &Place, ssl_mode: SslMode, dbname: &str, user: &str) -> Endpoint {
        let (password, password_origin) = match self {
            Self::Given { secret, from } => (Some(secret.clone()), Some(PasswordOrigin::Setting(from.clone()))),
            Self::File(file) => {
                let wanted = Wanted { host: &place.password_host, port: place.port, dbname, user };
                // An empty password is none, so that the server's demand is seen as such.
                match file.password(wanted).filter(|password| !password.is_empty()) {
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

/// The table that `oneroof target` prints.
struct Origins<'settings> {
    settings: &'settings Settings,
    list: Vec<Origin>,
}

impl<'settings> Origins<'settings> {
    fn of(settings: &'settings Settings) -> Self {
        Self { settings, list: Vec::new() }
    }

    fn push(&mut self, setting: &'static str, value: &str, from: impl Into<String>) {
        self.list.push(Origin { setting, value: escaped(value).into_owned(), from: from.into() });
    }

    /// A setting as given; nothing if nobody gave it.
    fn push_given(&mut self, setting: &'static str) -> bool {
        let settings = self.settings;
        let Some(given) = settings.filled(setting) else {
            return false;
        };
        self.push(setting, &given.value, given.from.clone());
        true
    }

    fn all(
        mut self,
        target: &Target,
        places: &[Place],
        asked_mode: Option<SslMode>,
        [user, dbname]: [&Found<String>; 2],
        route: &Found<Route>,
    ) -> Vec<Origin> {
        if let Route::Via(command) = &route.value {
            self.push("via", command, route.from.clone());
        }
        self.hosts(target, places);
        self.push("dbname", &dbname.value, dbname.from.clone());
        self.push("user", &user.value, user.from.clone());
        self.password(target);
        self.modes(target, places, asked_mode, &route.value);
        // Here an empty value is one: it hides our name too.
        let from = self.settings.get("application_name").map_or("default", |given| &given.from);
        self.push("application_name", &target.application_name, from);
        if !self.push_given("connect_timeout")
            && let Some(limit) = target.connect_timeout
        {
            self.push("connect_timeout", &limit.as_secs().to_string(), "default");
        }
        for keyword in super::keyword::KEYWORDS {
            let listed = self.list.iter().any(|origin| origin.setting == keyword.name);
            if !listed && !keyword.secret {
                self.push_given(keyword.name);
            }
        }
        self.list
    }

    fn hosts(&mut self, target: &Target, places: &[Place]) {
        let names: Vec<String> = target.hosts.iter().map(|host| host.host.to_string()).collect();
        let ports: Vec<String> = target.hosts.iter().map(|host| host.port.to_string()).collect();
        if target.hosts.iter().any(|host| host.hostaddr.is_some()) {
            self.push_given("host");
            self.push_given("hostaddr");
        } else {
            let given = self.settings.filled("host").map(|given| given.from.clone());
            let chosen = places.iter().find_map(|place| place.chosen.clone());
            let from = given.or(chosen).unwrap_or_else(|| "default".to_owned());
            self.push("host", &names.join(","), from);
        }
        let from = self.settings.filled("port").map(|given| given.from.clone());
        self.push("port", &ports.join(","), from.unwrap_or_else(|| "default".to_owned()));
    }

    fn password(&mut self, target: &Target) {
        for endpoint in &target.hosts {
            if let Some(origin) = &endpoint.password_origin {
                self.push("password", "***", origin.to_string());
                return;
            }
        }
    }

    fn modes(&mut self, target: &Target, places: &[Place], asked_mode: Option<SslMode>, route: &Route) {
        let from = self.settings.get("sslmode").or_else(|| self.settings.get("sslrootcert"));
        let from = from.filter(|_| asked_mode.is_some()).map(|given| given.from.clone());
        let mut shown = Vec::new();
        for (endpoint, place) in target.hosts.iter().zip(places) {
            let (mode, reason) = ssl::mode_for(asked_mode, place, route);
            debug_assert_eq!(mode, endpoint.ssl_mode);
            let from = match (&from, reason) {
                (Some(from), Some(reason)) => format!("{from}, {reason}"),
                (Some(from), None) => from.clone(),
                (None, reason) => reason.unwrap_or("default").to_owned(),
            };
            // Hosts that share a mode for the same reason share a line.
            if !shown.contains(&(mode, from.clone())) {
                self.push("sslmode", mode.as_str(), from.clone());
                shown.push((mode, from));
            }
        }
    }
}
