//! Commands that only read, and what a person sees while they wait: a live line, and an acknowledgement of every signal.

use super::Context;
use super::target;
use crate::error::Error;
use crate::exec::interrupt::Interrupt;
use crate::pg::connector::{Connector, Opened, Settings};
use crate::report::tell;
use crate::terminal::Spinner;
use std::io::IsTerminal as _;

/// Opens a session that only reads, runs `ask` over it, and closes it, whatever was answered. Names the database in the report.
///
/// # Errors
/// What the connection, `ask`, or a signal ended with.
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

/// Opens a session that does not take the run lock, and names the database in the report.
///
/// # Errors
/// What the connection ended with, and [`Error::NoGo`] where the profile pins another server.
pub(crate) async fn open(context: &mut Context<'_>, settings: Settings) -> Result<Opened, Error> {
    let resolved = target::resolve(context.common)?;
    context.note_target(&resolved);
    let settings = resolved.settings(settings);
    let opened = Connector::reading(resolved.target, settings).open(context.release).await?;
    context.name_target(&opened);
    context.right_server(&opened)?;
    Ok(opened)
}

/// A command that only reads ends at the first signal: it has nothing to take back, and the server ends the query when it sees the end
/// of the connection. `waiting` is the line that a person reads while it takes long.
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
        // A live line on a terminal is wiped first.
        let wipe = if std::io::stderr().is_terminal() { "\r\x1b[K" } else { "" };
        tell(&format!("{wipe}{words}\n"));
    };
    Ok(if quiet { interrupt } else { interrupt.acknowledged_by(say) })
}

/// One step, until a signal arrives.
pub(crate) async fn unless_interrupted<T>(
    interrupt: &mut Interrupt,
    step: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        done = step => done,
        signal = interrupt.raised() => Err(Error::Interrupted { signal }),
    }
}
