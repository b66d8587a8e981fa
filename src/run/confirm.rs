//! Confirmation before a command writes: a person types the database and the server, or an option gives them.

use super::Context;
use super::log::RunLog;
use super::server_label::ServerLabel;
use super::target::Resolved;
use crate::cli::Writing;
use crate::error::{ConfirmWay, Error};
use crate::evidence::{Confirmed, How};
use crate::exec::Run;
use crate::exec::interrupt::Interrupt;
use crate::pg::server_facts::Identity;
use crate::report::{fact_line, tell};
use crate::text::{escaped, escaped_within};
use std::io::{BufRead as _, IsTerminal as _};

/// How a writing command is confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Confirmation {
    /// By an option on the command line, or not needed.
    Given(Confirmed),
    /// By `--confirm`. Its second part must still be compared with the server's name.
    Named(String),
    /// Not yet. A person must confirm at the terminal.
    Ask,
}

impl Confirmation {
    /// For a run that commits nothing.
    pub(crate) fn not_needed() -> Self {
        Self::Given(Confirmed::now(How::NotNeeded, None))
    }

    /// How the command was confirmed on the command line. `None` if it was not.
    pub(crate) fn given(&self) -> Option<Confirmed> {
        match self {
            Self::Given(confirmed) => Some(confirmed.clone()),
            Self::Named(_) | Self::Ask => None,
        }
    }

    /// Compares `--confirm` with the connected server, before anything else is sent to the server.
    ///
    /// # Errors
    /// [`Error::Refused`] if `--confirm` names another server, or if only the id of a container would name the server.
    pub(crate) fn settle(self, place: &ServerLabel, identity: &Identity, log: &mut RunLog) -> Result<Self, Error> {
        let Self::Named(given) = self else { return Ok(self) };
        if place.teaches_nothing(identity) {
            return Err(Error::Refused {
                message: "--confirm needs a profile here: in a container only its id would name the server".to_owned(),
                hint: "Write the server into oneroof.toml, as [profile.production], and give --profile production."
                    .to_owned(),
                way: ConfirmWay::Profile,
            });
        }
        matches(&given, &place.wanted(identity))?;
        let confirmed = Confirmed::now(How::ByName, Some(&given));
        log.confirmed(confirmed.clone());
        Ok(Self::Given(confirmed))
    }
}

fn matches(given: &str, wanted: &str) -> Result<(), Error> {
    if given == wanted {
        return Ok(());
    }
    Err(Error::Refused {
        message: format!("--confirm {}: this is {}", escaped_within(given, 80), escaped(wanted)),
        hint: "Give the database and the server that the connection options lead to; oneroof preflight shows both."
            .to_owned(),
        way: ConfirmWay::Shown,
    })
}

/// Decides how the command is confirmed, before it connects.
///
/// # Errors
/// [`Error::Refused`] if a wrong database or server is named, or if there is no terminal.
pub(crate) fn confirmation(writing: &Writing, resolved: &Resolved) -> Result<Confirmation, Error> {
    let (place, database) = (ServerLabel::of(&resolved.target, resolved.profile.as_deref()), &resolved.target.dbname);
    if let Some(given) = &writing.confirm {
        if let ServerLabel::Known(name) = &place {
            matches(given, &format!("{database}@{name}"))?;
        } else if given.split_once('@').is_none_or(|(named, _)| named != database) {
            return Err(Error::Refused {
                message: format!("--confirm {}: the database is {database}", escaped_within(given, 80)),
                hint: format!("Give --confirm with {}.", place.wanted_words(database)),
                way: ConfirmWay::Shown,
            });
        }
        return Ok(Confirmation::Named(given.clone()));
    }
    unnamed(writing, || place.wanted_words(database), ConfirmWay::Asked)
}

/// Like [`confirmation`], for a database that this program names, for example a clone. The database's name is enough.
pub(crate) fn of_name(writing: &Writing, database: &str) -> Result<Confirmation, Error> {
    match &writing.confirm {
        Some(named) if named == database => Ok(Confirmation::Given(Confirmed::now(How::ByName, Some(named)))),
        Some(named) => Err(Error::Refused {
            message: format!("--confirm {}: the database is {database}", escaped_within(named, 80)),
            hint: format!("Give --confirm {database}."),
            way: ConfirmWay::Known(database.to_owned()),
        }),
        None => unnamed(writing, || database.to_owned(), ConfirmWay::Known(database.to_owned())),
    }
}

fn unnamed(writing: &Writing, wanted: impl Fn() -> String, way: ConfirmWay) -> Result<Confirmation, Error> {
    match (writing.yes, std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        (true, _) => Ok(Confirmation::Given(Confirmed::now(How::ByYes, None))),
        (false, true) => Ok(Confirmation::Ask),
        (false, false) => Err(Error::Refused {
            message: "not confirmed: there is no terminal to ask on".to_owned(),
            hint: format!("Give --yes, or --confirm with {}.", wanted()),
            way,
        }),
    }
}

/// Facts that show which server a person is about to write to.
pub(crate) fn server_facts(context: &Context<'_>, identity: &Identity) -> Vec<(&'static str, String)> {
    let host = context.report.target.as_ref().map(|target| target.host.clone()).unwrap_or_default();
    vec![
        ("target", format!("database {} as {}, {host}", identity.database, identity.current_user)),
        ("server", format!("system identifier {}", identity.system_identifier)),
    ]
}

/// The number of rows that each tier or its rollback writes, as the packet declares it. The rows of live tables are not declared.
pub(crate) fn rows_per_tier(runs: &[Run<'_>]) -> String {
    let rows = |run: &Run<'_>| -> i64 {
        run.deltas().values().map(|delta| delta.inserted + delta.updated + delta.deleted).sum()
    };
    runs.iter().map(|run| format!("tier {} {}", run.tier.number, rows(run))).collect::<Vec<_>>().join(", ")
}

/// Shows what is about to happen, asks the person to type `wanted`, and records the confirmation in the evidence. No transaction is open
/// meanwhile.
///
/// # Errors
/// [`Error::Refused`] for any other answer, [`Error::Interrupted`] for a signal.
pub(crate) async fn ask_to_type(
    interrupt: &mut Interrupt,
    log: &mut RunLog,
    wanted: &str,
    (facts, width): (&[(&str, String)], u16),
    what: &str,
) -> Result<(), Error> {
    let line = |(label, text): &(&str, String)| fact_line(label, &escaped(text), width);
    let facts: String = facts.iter().map(line).collect();
    tell(&format!("\n{facts}\n{what}\nType {} to go on: ", escaped(wanted)));
    let (sender, answer) = tokio::sync::oneshot::channel();
    // A separate thread reads the answer, because a read from the terminal cannot be cancelled and must not delay the exit.
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
            way: ConfirmWay::Asked,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_words_confirm() {
        assert!(matches("directus@prod", "directus@prod").is_ok());
        for given in ["directus", "directus@staging", "directus@prod ", "@prod", "Directus@prod"] {
            let refused = matches(given, "directus@prod").unwrap_err();
            assert!(refused.to_string().ends_with("this is directus@prod"), "{refused}");
        }
    }
}
