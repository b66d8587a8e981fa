//! The source of each setting, for people.

use super::hosts::HostPort;
use super::model::{Origin, Route, Target};
use super::settings::{Computed, GivenSettings};
use super::show::program_of;
use super::ssl::{self, TlsChoice};
use super::written::without_values_of_applications;
use crate::text::escaped;

/// The table that `oneroof target` prints.
pub(super) fn list(
    settings: &GivenSettings,
    target: &Target,
    places: &[HostPort],
    choice: TlsChoice,
    [user, dbname]: [&Computed<String>; 2],
    route: &Computed<Route>,
) -> Vec<Origin> {
    let mut origins = Origins { settings, list: Vec::new() };
    if let Route::Via(command) = &route.value {
        origins.push("via", &program_of(command), route.from.clone());
    }
    origins.hosts(target, places);
    origins.push("dbname", &dbname.value, dbname.from.clone());
    origins.push("user", &user.value, user.from.clone());
    origins.password(target);
    origins.modes(target, places, choice, &route.value);
    // Here an empty value counts as given: it replaces the program's own name too.
    let from = settings.get("application_name").map_or("default", |given| &given.from);
    origins.push("application_name", &target.application_name, from);
    if !origins.push_given("connect_timeout")
        && let Some(limit) = target.connect_timeout
    {
        origins.push("connect_timeout", &limit.as_secs().to_string(), "default");
    }
    for keyword in super::keyword::KEYWORDS {
        let listed = origins.list.iter().any(|origin| origin.setting == keyword.name);
        if !listed && !keyword.secret {
            origins.push_given(keyword.name);
        }
    }
    origins.list
}

struct Origins<'settings> {
    settings: &'settings GivenSettings,
    list: Vec<Origin>,
}

impl Origins<'_> {
    fn push(&mut self, setting: &'static str, value: &str, from: impl Into<String>) {
        self.list.push(Origin { setting, value: escaped(value).into_owned(), from: from.into() });
    }

    /// Adds a setting as it was given. Adds nothing and returns false if nobody gave it.
    fn push_given(&mut self, setting: &'static str) -> bool {
        let settings = self.settings;
        let Some(given) = settings.filled(setting) else {
            return false;
        };
        if setting == "options" {
            self.push(setting, &without_values_of_applications(&given.value), given.from.clone());
        } else {
            self.push(setting, &given.value, given.from.clone());
        }
        true
    }

    fn hosts(&mut self, target: &Target, places: &[HostPort]) {
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

    fn modes(&mut self, target: &Target, places: &[HostPort], choice: TlsChoice, route: &Route) {
        let from = self.settings.get("sslmode").or_else(|| self.settings.get("sslrootcert"));
        let from = from.filter(|_| choice.mode.is_some()).map(|given| given.from.clone());
        let mut shown = Vec::new();
        for (endpoint, place) in target.hosts.iter().zip(places) {
            let (mode, reason) = ssl::mode_for(choice, place, route);
            debug_assert_eq!(mode, endpoint.ssl_mode);
            let from = match (&from, reason) {
                (Some(from), Some(reason)) => format!("{from}, {reason}"),
                (Some(from), None) => from.clone(),
                (None, reason) => reason.unwrap_or("default").to_owned(),
            };
            // Hosts with the same mode for the same reason are shown on one line.
            if !shown.contains(&(mode, from.clone())) {
                self.push("sslmode", mode.as_str(), from.clone());
                shown.push((mode, from));
            }
        }
    }
}
