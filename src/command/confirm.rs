//! Confirmation by a person, or by words that stand for one: what is typed names the database and what differs between two servers.

use super::Context;
use super::run_log::RunLog;
use super::target::Resolved;
use crate::cli::Writing;
use crate::error::Error;
use crate::exec::Run;
use crate::exec::interrupt::Interrupt;
use crate::journal::{Confirmed, How};
use crate::pg::conninfo::{Host, Route};
use crate::pg::witness::Identity;
use crate::report::tell;
use crate::text::{escaped, escaped_within};
use std::io::{BufRead as _, IsTerminal as _};

/// How a writing command is confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Confirmation {
    /// On the command line, or not needed.
    Given(Confirmed),
    /// By `--confirm`, whose second part is to be held against the server's name.
    Named(String),
    /// To be asked for on the terminal.
    Ask,
}

impl Confirmation {
    /// For a run that writes nothing that stays.
    pub(crate) fn not_needed() -> Self {
        Self::Given(Confirmed::now(How::NotNeeded, None))
    }

    /// How it was confirmed on the command line, where it was.
    pub(crate) fn given(&self) -> Option<Confirmed> {
        match self {
            Self::Given(confirmed) => Some(confirmed.clone()),
            Self::Named(_) | Self::Ask => None,
        }
    }

    /// Holds `--confirm` against the server that was reached, before anything is asked of it.
    ///
    /// # Errors
    /// [`Error::Refused`] when it names another server, or one that has no name of its own.
    pub(crate) fn settle(self, place: &Place, identity: &Identity, log: &mut RunLog) -> Result<Self, Error> {
        let Self::Named(given) = self else { return Ok(self) };
        if place.teaches_nothing(identity) {
            return Err(Error::Refused {
                message: "--confirm needs a profile here: in a container only its id would name the server".to_owned(),
                hint: "Name the server in oneroof.toml, [profile.production], and give --profile production."
                    .to_owned(),
            });
        }
        matches(&given, &place.wanted(identity))?;
        let confirmed = Confirmed::now(How::ByName, Some(&given));
        log.confirmed(confirmed.clone());
        Ok(Self::Given(confirmed))
    }
}

/// What tells this server from another one in the words that a person types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The profile's name, the TCP host as given, or `via`.
    Known(String),
    /// The server's `cluster_name`, else the name of this machine.
    OfServer,
}

impl Place {
    /// From the connection options alone.
    pub(crate) fn of(resolved: &Resolved) -> Self {
        if let Some(profile) = &resolved.profile {
            return Self::Known(profile.clone());
        }
        if matches!(resolved.target.route, Route::Via(_)) {
            return Self::Known("via".to_owned());
        }
        match resolved.target.hosts.as_slice() {
            [one] => match &one.host {
                Host::Name(name) => Self::Known(name.clone()),
                Host::Socket(_) | Host::Abstract(_) => Self::OfServer,
            },
            _ => Self::OfServer,
        }
    }

    /// The name, once the server was reached.
    fn name(&self, identity: &Identity) -> String {
        match self {
            Self::Known(name) => name.clone(),
            Self::OfServer if identity.cluster_name.is_empty() => machine(),
            Self::OfServer => identity.cluster_name.clone(),
        }
    }

    /// `<database>@<name>`: what is typed, and what `--confirm` takes.
    pub(crate) fn wanted(&self, identity: &Identity) -> String {
        format!("{}@{}", identity.database, self.name(identity))
    }

    /// The same before the server was reached, in words.
    pub(crate) fn wanted_words(&self, database: &str) -> String {
        match self {
            Self::Known(name) => format!("{database}@{name}"),
            Self::OfServer => format!("{database}@ and the server's cluster_name, else this machine's name"),
        }
    }

    /// The id of a container is new each time it is made.
    fn teaches_nothing(&self, identity: &Identity) -> bool {
        *self == Self::OfServer && identity.cluster_name.is_empty() && super::folder::in_container()
    }
}

/// The name of this machine.
fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn matches(given: &str, wanted: &str) -> Result<(), Error> {
    if given == wanted {
        return Ok(());
    }
    Err(Error::Refused {
        message: format!("--confirm {}: this is {}", escaped_within(given, 80), escaped(wanted)),
        hint: "Name the database and the server that the connection options lead to; oneroof target shows both."
            .to_owned(),
    })
}

/// Decides how the command is confirmed, before anything is reached.
///
/// # Errors
/// [`Error::Refused`] when a wrong database or server is named, or nobody is there to be asked.
pub(crate) fn confirmation(writing: &Writing, resolved: &Resolved) -> Result<Confirmation, Error> {
    let (place, database) = (Place::of(resolved), &resolved.target.dbname);
    if let Some(given) = &writing.confirm {
        if let Place::Known(name) = &place {
            matches(given, &format!("{database}@{name}"))?;
        } else if given.split_once('@').is_none_or(|(named, _)| named != database) {
            return Err(Error::Refused {
                message: format!("--confirm {}: the database is {database}", escaped_within(given, 80)),
                hint: format!("Give --confirm with {}.", place.wanted_words(database)),
            });
        }
        return Ok(Confirmation::Named(given.clone()));
    }
    unnamed(writing, || place.wanted_words(database))
}

/// The same for a database that this program names itself, such as a clone: its name is enough.
pub(crate) fn of_name(writing: &Writing, database: &str) -> Result<Confirmation, Error> {
    match &writing.confirm {
        Some(named) if named == database => Ok(Confirmation::Given(Confirmed::now(How::ByName, Some(named)))),
        Some(named) => Err(Error::Refused {
            message: format!("--confirm {}: the database is {database}", escaped_within(named, 80)),
            hint: format!("Give --confirm {database}."),
        }),
        None => unnamed(writing, || database.to_owned()),
    }
}

fn unnamed(writing: &Writing, wanted: impl Fn() -> String) -> Result<Confirmation, Error> {
    match (writing.yes, std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        (true, _) => Ok(Confirmation::Given(Confirmed::now(How::ByYes, None))),
        (false, true) => Ok(Confirmation::Ask),
        (false, false) => Err(Error::Refused {
            message: "not confirmed, and there is no terminal to ask on".to_owned(),
            hint: format!("Give --confirm with {}, or --yes.", wanted()),
        }),
    }
}

/// Which server a person is about to write to.
pub(crate) fn server_facts(context: &Context<'_>, identity: &Identity) -> Vec<(&'static str, String)> {
    let host = context.report.target.as_ref().map(|target| target.host.clone()).unwrap_or_default();
    vec![
        ("target", format!("database {} as {}, {host}", identity.database, identity.current_user)),
        ("server", format!("system identifier {}", identity.system_identifier)),
    ]
}

/// Rows that each tier writes, as the packet promises them.
pub(crate) fn rows_per_tier(runs: &[Run<'_>]) -> String {
    let rows = |run: &Run<'_>| -> i64 {
        run.tier.deltas.values().map(|delta| delta.inserted + delta.updated + delta.deleted).sum()
    };
    runs.iter().map(|run| format!("tier {} {}", run.tier.number, rows(run))).collect::<Vec<_>>().join(", ")
}

/// Shows what is about to happen, asks for `wanted` to be typed, and keeps that it was. No transaction is open meanwhile.
///
/// # Errors
/// [`Error::Refused`] for any other answer, [`Error::Interrupted`] for a signal.
pub(crate) async fn ask(
    interrupt: &mut Interrupt,
    log: &mut RunLog,
    wanted: &str,
    facts: &[(&str, String)],
    what: &str,
) -> Result<(), Error> {
    let facts: String = facts.iter().map(|(label, text)| format!("  {label:<9} {}\n", escaped(text))).collect();
    tell(&format!("\n{facts}\n{what}\nType {} to go on: ", escaped(wanted)));
    let (sender, answer) = tokio::sync::oneshot::channel();
    // A thread of its own: a read from the terminal cannot be cancelled, and must not hold back the exit.
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        let _ = sender.send(read.map(|_| line));
    });
    let answered = tokio::select! {
        answered = answer => answered,
        signal = interrupt.raised() => return Err(Error::Interrupted { signal }),
    };
    match answered {
        Ok(Ok(line)) if line.trim_end_matches(['\r', '\n']) == wanted => {
            log.confirmed(Confirmed::now(How::Typed, Some(wanted)));
            Ok(())
        }
        _ => Err(Error::Refused {
            message: format!("{} was not typed", escaped(wanted)),
            hint: format!("Type {0}, or give --confirm {0}.", escaped(wanted)),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_names_the_server_by_what_is_known_of_it() {
        let named = |cluster: &str| Identity {
            database: "directus".to_owned(),
            cluster_name: cluster.to_owned(),
            ..Identity::default()
        };
        assert_eq!(Place::Known("prod".to_owned()).wanted(&named("main")), "directus@prod");
        assert_eq!(Place::OfServer.wanted(&named("main")), "directus@main");
        assert_eq!(Place::OfServer.wanted(&named("")), format!("directus@{}", machine()));
        assert!(!machine().is_empty());
    }

    #[test]
    fn only_the_very_words_confirm() {
        assert!(matches("directus@prod", "directus@prod").is_ok());
        for given in ["directus", "directus@staging", "directus@prod ", "@prod", "Directus@prod"] {
            let refused = matches(given, "directus@prod").unwrap_err();
            assert!(refused.to_string().ends_with("this is directus@prod"), "{refused}");
        }
    }
}
