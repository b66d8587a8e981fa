//! The values that every command uses, and the report that it fills.

use super::server_label::ServerLabel;
use super::target::{Resolved, origins};
use crate::cli::{Common, HelpPage};
use crate::error::Error;
use crate::pg::connector::Opened;
use crate::pg::conninfo::Target;
use crate::plan::{State, TierState, tiers_in};
use crate::policy::Policy;
use crate::release::Release;
use crate::report::{Report, Style, TargetName};
use std::ffi::OsString;
use std::pin::Pin;

/// The report of a command that runs inside another command.
pub(crate) type ReportFuture<'r> = Pin<Box<dyn Future<Output = Report> + 'r>>;

/// The command line of the program.
#[derive(Clone, Copy)]
pub(crate) struct CommandLine {
    /// Makes its model.
    pub model: fn() -> clap::Command,
    /// The pages of help of its commands.
    pub pages: fn() -> Vec<&'static HelpPage>,
    /// Runs a whole command line on a throwaway server, and returns its report.
    pub run: for<'r> fn(&[OsString], Target, &'r Style) -> ReportFuture<'r>,
}

/// The values that every command uses.
pub(crate) struct Context<'a> {
    /// The verified packet.
    pub release: &'a Release,
    /// Options of every command.
    pub common: &'a Common,
    /// The command line, in the form that the evidence keeps.
    pub words: &'a [String],
    /// The folder for evidence, if the person named one.
    pub log_dir: Option<String>,
    /// Whether the command may change a database.
    pub changes: bool,
    /// The command line of the program, for the commands that describe it or run other commands.
    pub line: CommandLine,
    /// The system identifier that the profile pins.
    pub pinned: Option<String>,
    /// What this host demands of approvals.
    pub policy: &'a Policy,
    /// How text is drawn.
    pub style: &'a Style,
    /// The report so far. It is kept after a failure, and the evidence is written from it.
    pub report: Report,
}

impl Context<'_> {
    /// Compares the server that answered with the one that the profile pins.
    ///
    /// # Errors
    /// [`Error::NoGo`] if it is another server.
    pub(crate) fn right_server(&self, opened: &Opened) -> Result<(), Error> {
        let answered = &opened.identity.system_identifier;
        match &self.pinned {
            Some(pinned) if pinned != answered => Err(Error::NoGo {
                message: format!("another server answers: the profile pins system identifier {pinned}, but this server has {answered}"),
                only_gate: false,
                hint: "Check with oneroof target where the profile leads. After a restore into a new cluster, the profile's owner changes system_identifier."
                    .to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// Adds notes about connection settings that were ignored or assumed. With `-v` the notes also say where each value came from.
    pub(crate) fn note_target(&mut self, resolved: &Resolved) {
        self.pinned.clone_from(&resolved.pinned);
        self.report.notes.extend(resolved.target.notes.iter().cloned());
        if self.common.verbose > 0 {
            let rows = origins(resolved).rows;
            self.report.notes.extend(rows.iter().map(|row| format!("connection: {}", row.join("  "))));
        }
    }

    /// Adds the connected database to the report. `label` is the server's name in the words that confirm a run, if the report shows them.
    pub(crate) fn name_target(&mut self, opened: &Opened, label: Option<&ServerLabel>) {
        let label = label.filter(|label| !label.teaches_nothing(&opened.identity));
        self.report.notes.extend(opened.notes.iter().cloned());
        self.report.target = Some(TargetName {
            database: opened.identity.database.clone(),
            server_version: opened.identity.server_version.clone(),
            user: opened.identity.current_user.clone(),
            host: opened.endpoint.clone(),
            confirm: label.map(|label| label.wanted(&opened.identity)),
        });
    }

    /// Adds a note about each right that the role lacks. A command that only reads goes on without what it can.
    pub(crate) fn note_lacking(&mut self, opened: &Opened) {
        for right in opened.session.lacking.rights() {
            self.report.notes.push(format!("{}: {}. {}", right.check, right.actual, right.cure));
        }
    }

    /// Adds the states of the tiers to the report.
    pub(crate) fn take_states(&mut self, states: Option<&Vec<TierState>>) {
        if let Some(states) = states {
            self.report.effect.applied = Some(tiers_in(states, State::Applied));
            self.report.effect.altered = tiers_in(states, State::Altered);
        }
    }
}
