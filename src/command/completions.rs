//! `oneroof completions` and `oneroof man`: made from the same model of the command line.

use crate::cli::Cli;
use crate::error::Error;
use crate::report::{Answer, SqlAnswer};
use crate::run::Context;
use clap::CommandFactory as _;

/// A completion script.
pub(super) fn completions(context: &mut Context<'_>, shell: clap_complete::Shell) -> Result<(), Error> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "oneroof", &mut bytes);
    answer(context, &format!("oneroof.{shell}"), bytes)
}

/// The manual page, in roff.
pub(super) fn man(context: &mut Context<'_>) -> Result<(), Error> {
    let mut bytes = Vec::new();
    let page = clap_mangen::Man::new(Cli::command());
    page.render(&mut bytes).map_err(|error| Error::Internal(error.to_string()))?;
    answer(context, "oneroof.1", bytes)
}

fn answer(context: &mut Context<'_>, name: &str, bytes: Vec<u8>) -> Result<(), Error> {
    let text = String::from_utf8(bytes).map_err(|error| Error::Internal(error.to_string()))?;
    context.report.result = Some(Answer::Sql(SqlAnswer { path: name.to_owned(), text }));
    Ok(())
}
