//! Runs commands that only read. While a person waits, there is a live line, and every signal is acknowledged.

use super::Context;
use super::server_label::ServerLabel;
use super::target;
use crate::error::Error;
use crate::exec::interrupt::Interrupt;
use crate::pg::connector::{Connector, Opened, Settings};
use crate::report::tell;
use crate::terminal::Spinner;
use std::io::IsTerminal as _;

/// Opens a session that only reads, runs `ask` with it, and closes it even if `ask` failed. Adds the database to the report.
///
/// # Errors
/// The error of the connection or of `ask`, or [`Error::Interrupted`] after a signal.
pub(crate) async fn read<'a, T>(
    context: &mut Context<'a>,
    waiting: &str,
    settings: Settings,
    ask: impl AsyncFnOnce(&mut Context<'a>, &Opened) -> Result<T, Error>,
) -> Result<T, Error> {
    let quiet = context.common.quiet;
    interruptible(quiet, waiting, async {
        let opened = open(context, settings).await?;
        let answered = ask(context, &opened).await;
        opened.session.close().await;
        answered
    })
    .await
}

/// Opens a session that does not take the run lock, and adds the database to the report.
///
/// # Errors
/// The error of the connection, or [`Error::NoGo`] if the profile pins another server.
pub(crate) async fn open(context: &mut Context<'_>, settings: Settings) -> Result<Opened, Error> {
    let resolved = target::resolve(context.common)?;
    context.note_target(&resolved);
    let settings = resolved.settings(settings);
    let label = ServerLabel::of(&resolved.target, resolved.profile.as_deref());
    let opened = Connector::reading(resolved.target, settings).open(context.release).await?;
    context.name_target(&opened, Some(&label));
    context.note_lacking(&opened);
    context.right_server(&opened)?;
    Ok(opened)
}

/// Runs a command that only reads, and ends it at the first signal. The command has nothing to roll back, and the server ends the query
/// when the connection ends. `waiting` is the live line for a person who waits.
pub(crate) async fn interruptible<T>(
    quiet: bool,
    waiting: &str,
    command: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let _spinner = Spinner::waiting(waiting, quiet);
    let mut interrupt = listen(quiet)?;
    unless_interrupted(&mut interrupt, command).await
}

/// Starts to listen for signals. Each one is acknowledged at once on standard error.
pub(crate) fn listen(quiet: bool) -> Result<Interrupt, Error> {
    let interrupt = Interrupt::listen().map_err(|error| Error::Internal(error.to_string()))?;
    let say: fn(&str) = |words| {
        // A live line on a terminal is cleared first.
        let wipe = if std::io::stderr().is_terminal() { "\r\x1b[K" } else { "" };
        tell(&format!("{wipe}{words}\n"));
    };
    Ok(if quiet { interrupt } else { interrupt.acknowledged_by(say) })
}

/// Runs one step, and ends it if a signal arrives.
pub(crate) async fn unless_interrupted<T>(
    interrupt: &mut Interrupt,
    step: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        done = step => done,
        signal = interrupt.raised() => Err(Error::Interrupted { signal }),
    }
}
