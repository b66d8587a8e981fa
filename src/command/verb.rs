//! What the file of a command holds: its options with the help text, its page of help, and its run.

use crate::cli::{HelpPage, Writing};
use crate::error::Error;
use crate::release::Release;
use crate::run::Context;

/// A command. The type holds its options, and the doc comments of the type and its fields are the help text.
pub trait Command {
    /// What help shows besides the options.
    const PAGE: HelpPage;
    /// Whether the command judges approvals. Such a command stops if the host policy cannot be read.
    const JUDGES: bool = false;
    /// Whether the command may change a database. Such a command is not advised again after it was stopped half way.
    const CHANGES: bool = false;

    /// What the command needs and the packet does not have.
    fn missing(_: &Release) -> Option<&'static str> {
        None
    }

    /// The options for confirmation, evidence and locks.
    fn writing(&self) -> Option<&Writing> {
        None
    }

    /// Runs the command and fills the report.
    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error>;
}

/// The path, if the packet does not have this file.
pub fn lacks(release: &Release, path: &'static str) -> Option<&'static str> {
    (!release.sources().contains_key(path)).then_some(path)
}
