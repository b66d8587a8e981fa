//! Commands that only read, and what a person sees while they wait: a live line, and an acknowledgement of every signal.

use crate::cli::Verb;
use crate::error::Error;
use crate::exec::interrupt::Interrupt;
use crate::report::tell;
use crate::terminal::Spinner;
use std::borrow::Cow;
use std::io::IsTerminal as _;

/// A command that only reads ends at the first signal: there is nothing to be taken back, and the server ends what it was asked when it
/// sees the end of the connection.
pub(crate) async fn reading(
    quiet: bool,
    verb: &Verb,
    command: impl Future<Output = Result<(), Error>>,
) -> Result<(), Error> {
    let _waiting = Spinner::waiting(&line(verb), quiet);
    let mut interrupt = listen(quiet)?;
    tokio::select! {
        done = command => done,
        signal = interrupt.raised() => Err(Error::Interrupted { signal }),
    }
}

/// What a person reads while a command that only reads takes long.
fn line(verb: &Verb) -> Cow<'static, str> {
    let line = match verb {
        Verb::Preflight(_) => "making every check of preflight",
        Verb::Verify => "making every check of verify",
        Verb::Status => "reading the state of each tier",
        Verb::Gate => "reading the approvals",
        Verb::Resolve(args) => return format!("asking how the COMMIT ended, for {} s at most;", args.patience).into(),
        Verb::Evidence(_) => "comparing the evidence with the database",
        Verb::Fingerprint(_) => "reading the governed objects",
        _ => "waiting for the database",
    };
    line.into()
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

/// One step of a run that only reads, until a signal arrives.
pub(crate) async fn unless_interrupted<T>(
    interrupt: &mut Interrupt,
    step: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        done = step => done,
        signal = interrupt.raised() => Err(Error::Interrupted { signal }),
    }
}
