//! Confirmation by a person, or by words that stand for one.

use super::run_log::RunLog;
use crate::cli::Writing;
use crate::error::Error;
use crate::exec::interrupt::Interrupt;
use crate::journal::{Confirmed, How};
use crate::report::tell;
use crate::text::escaped_within;
use std::io::{BufRead as _, IsTerminal as _};

/// How a writing command is confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Confirmation {
    /// On the command line, or not needed.
    Given(Confirmed),
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
            Self::Ask => None,
        }
    }
}

/// Decides how the command is confirmed, before anything is reached.
///
/// # Errors
/// [`Error::Refused`] when a wrong database is named, or nobody is there to be asked.
pub(crate) fn confirmation(writing: &Writing, database: &str) -> Result<Confirmation, Error> {
    match &writing.confirm {
        Some(named) if named == database => {
            return Ok(Confirmation::Given(Confirmed::now(How::ByName, Some(named))));
        }
        Some(named) => {
            return Err(Error::Refused {
                message: format!("--confirm {}: the database is {database}", escaped_within(named, 80)),
                hint: "Name the database that the connection options lead to.".to_owned(),
            });
        }
        None => {}
    }
    match (writing.yes, std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        (true, _) => Ok(Confirmation::Given(Confirmed::now(How::ByYes, None))),
        (false, true) => Ok(Confirmation::Ask),
        (false, false) => Err(Error::Refused {
            message: "not confirmed, and there is no terminal to ask on".to_owned(),
            hint: format!("Give --confirm {database}, or --yes."),
        }),
    }
}

/// Asks for the database's name, and keeps that it was typed. No transaction is open meanwhile.
///
/// # Errors
/// [`Error::Refused`] for any other answer, [`Error::Interrupted`] for a signal.
pub(crate) async fn ask(interrupt: &mut Interrupt, log: &mut RunLog, database: &str, what: &str) -> Result<(), Error> {
    tell(&format!("{what}\nType the database's name to go on: "));
    let (sender, answer) = tokio::sync::oneshot::channel();
    // A thread of its own: a read from the terminal cannot be cancelled, and must not hold back the exit.
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        let _ = sender.send(read.map(|_| line));
    });
    let answered = tokio::select! {
        answered = answer => answered,
        signal = interrupt.raised() => {
            tell("\n");
            return Err(Error::Interrupted { signal });
        }
    };
    match answered {
        Ok(Ok(line)) if line.trim_end_matches(['\r', '\n']) == database => {
            log.confirmed(Confirmed::now(How::Typed, Some(database)));
            Ok(())
        }
        _ => Err(Error::Refused {
            message: "the database's name was not typed".to_owned(),
            hint: format!("Type {database}, or give --confirm {database}."),
        }),
    }
}
