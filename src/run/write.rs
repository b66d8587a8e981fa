//! A run that writes. It is confirmed, leaves evidence and holds the run lock. [`WriteRun`] runs all its transactions.

use super::confirm::{self, Confirmation, ask_to_type};
use super::failure::unapproved;
use super::fit::fit_to_write;
use super::log::{Recorder, RunLog};
use super::next::after_failure;
use super::read::{listen, unless_interrupted};
use super::server_label::ServerLabel;
use super::{Context, Step, folder, target, transaction_error, unverified};
use crate::check::{Check, Phase};
use crate::cli::Writing;
use crate::error::Error;
use crate::evidence::Record;
use crate::exec::executor::Executor;
use crate::exec::interrupt::Interrupt;
use crate::exec::{Failure, Run, TierReport, Transaction, TxEnd};
use crate::observe::{Look, Want, look, lost};
use crate::pg::connector::{Connector, Opened, Settings};
use crate::pg::server_facts::SessionClient;
use crate::pg::session::Session;
use crate::release::Release;
use crate::report::{EffectKind, Style, render};
use crate::terminal::Spinner;
use std::time::Duration;

/// How long a query after a failure may take.
const ASK_PATIENCE: Duration = Duration::from_secs(10);

/// What a command specifies for its run before it connects.
pub(crate) struct Opening<'o> {
    /// The options of every command that writes.
    pub(crate) writing: &'o Writing,
    /// The settings that the SQL reads.
    pub(crate) settings: Settings,
    /// Whether the run commits nothing. Then nobody has to confirm it.
    pub(crate) dry_run: bool,
    /// The packet whose names the transactions use, if it is not the packet of the release. A shadow has its own names.
    pub(crate) packet: Option<&'o Release>,
}

/// A run that holds the run lock.
pub(crate) struct WriteRun<'c, 'a> {
    /// The context of the command, with the report of the run.
    pub(crate) context: &'c mut Context<'a>,
    /// The session, and everything else that a transaction needs.
    pub(crate) executor: Executor<'c>,
    log: &'c mut RunLog,
    confirmation: Confirmation,
    place: ServerLabel,
}

/// Confirms, opens the evidence, connects, runs `steps`, leaves the session and finishes the evidence, in this order. Every command that
/// writes to the released database uses this function.
///
/// # Errors
/// The error of the first part that failed. Once the evidence is open, it holds the error too.
pub(crate) async fn write<'a, T>(
    context: &mut Context<'a>,
    opening: Opening<'_>,
    steps: impl AsyncFnOnce(&mut WriteRun<'_, 'a>) -> Result<T, Error>,
) -> Result<T, Error> {
    let Opening { writing, settings, dry_run, packet } = opening;
    let resolved = target::resolve(context.common)?;
    context.note_target(&resolved);
    let place = ServerLabel::of(&resolved.target, resolved.profile.as_deref());
    let confirmation = if dry_run { Confirmation::not_needed() } else { confirm::confirmation(writing, &resolved)? };
    let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let record = Record {
        confirmed: confirmation.given(),
        ratified_apr: text(&settings.ratified_apr),
        backup_ref: text(&settings.backup_ref),
        ..Record::of_process(context.words.to_vec())
    };
    let (mut log, interrupt) = open_evidence(context, writing, record)?;
    let settings = resolved.settings(settings);
    let connector = Connector::writing(resolved.target, settings);
    let done = async {
        let mut executor = connect(context, connector, interrupt, writing, &mut log).await?;
        // The connection was opened for the release. From here on the packet may use other names.
        executor.release = packet.unwrap_or(executor.release);
        match confirmation.settle(&place, &executor.identity, &mut log) {
            Ok(confirmation) => {
                let mut run = WriteRun { context: &mut *context, executor, log: &mut log, confirmation, place };
                let done = steps(&mut run).await;
                run.leave(&done).await;
                done
            }
            Err(error) => {
                executor.session.close().await;
                Err(error)
            }
        }
    };
    let done = done.await;
    finish(context, &mut log, done)
}

/// Opens the evidence, and listens for signals. From here on the run must end with [`finish`].
///
/// # Errors
/// [`Error::Usage`] if the evidence cannot be written.
pub(crate) fn open_evidence(
    context: &mut Context<'_>,
    writing: &Writing,
    record: Record<()>,
) -> Result<(RunLog, Interrupt), Error> {
    let interrupt = listen(context.common.quiet)?;
    let folder = folder::of(writing, &context.report.command)?;
    let log = RunLog::create(&folder, record, &mut context.report, context.common.quiet)?;
    Ok((log, interrupt))
}

/// Opens the session that writes, with the run lock.
///
/// # Errors
/// [`Error::RunLocked`] if another run holds the lock. [`Error::NoGo`] if it is the wrong server, or if the server does not report all that
/// a run needs. Otherwise the error of the connection.
pub(crate) async fn connect<'a>(
    context: &mut Context<'a>,
    connector: Connector,
    mut interrupt: Interrupt,
    writing: &Writing,
    log: &mut RunLog,
) -> Result<Executor<'a>, Error> {
    let spinner = Spinner::waiting("connecting", context.common.quiet);
    let opened = tokio::select! {
        opened = connector.open(context.release) => opened?,
        signal = interrupt.raised() => return Err(Error::Interrupted { signal }),
    };
    drop(spinner);
    context.name_target(&opened, None);
    log.reached(&opened, client(&opened).await);
    if let Err(error) = fit_to_write(context, &opened).await {
        opened.session.close().await;
        return Err(error);
    }
    Ok(Executor {
        release: context.release,
        policy: context.policy,
        connector,
        session: opened.session,
        identity: opened.identity,
        interrupt,
        lock_patience: Duration::from_secs(writing.lock_timeout),
        commit_patience: Duration::from_secs(writing.commit_timeout),
    })
}

/// How the server sees this client. `None` if the server does not answer. The next query will then report that.
pub(crate) async fn client(opened: &Opened) -> Option<SessionClient> {
    let question = SessionClient::question(opened.identity.major());
    let reply = opened.session.within(ASK_PATIENCE, &question).await.ok()?;
    reply.row(0).map(SessionClient::of)
}

/// Ends a run: the report is complete, its text goes to the log, and the evidence is closed.
///
/// # Errors
/// The error of the run, or [`Error::Evidence`] if only the evidence failed.
pub(crate) fn finish<T>(context: &mut Context<'_>, log: &mut RunLog, done: Result<T, Error>) -> Result<T, Error> {
    if let Err(error) = &done {
        context.report.fail(error);
    }
    let plain = Style { colour: false, ..*context.style };
    let shown = render(&context.report, &plain);
    log.finish(&context.report, &shown);
    context.report.evidence_sha256 = log.digest();
    match (&log.broken, &done) {
        (Some(reason), Ok(_)) => Err(Error::Evidence { reason: reason.clone() }),
        (Some(reason), Err(_)) => {
            context.report.notes.push(format!("the evidence is not complete: {reason}"));
            done
        }
        (None, _) => done,
    }
}

impl WriteRun<'_, '_> {
    /// Checks that the session is in the released database, before the state of any tier is read.
    ///
    /// # Errors
    /// [`Error::NoGo`] if it is another database.
    pub(crate) fn right_database(&mut self) -> Result<(), Error> {
        let wanted = &self.context.release.descriptor.release.database;
        let actual = &self.executor.identity.database;
        let hint = "Connect to the database of the release.";
        let right = Check::of("database", Phase::Guard, wanted, actual, hint);
        if !right.is_unmet() {
            return Ok(());
        }
        self.context.report.checks.push(right);
        let message = format!("the database is {actual}, not {wanted}");
        Err(Error::NoGo { message, only_gate: false, hint: hint.to_owned() })
    }

    /// Reads with the run's own session, and stops if a signal arrives. `waiting` is the live line.
    pub(crate) async fn ask<T>(
        &mut self,
        waiting: &str,
        ask: impl AsyncFnOnce(&Session, &Release) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let _spinner = Spinner::waiting(waiting, self.context.common.quiet);
        let Executor { session, interrupt, .. } = &mut self.executor;
        unless_interrupted(interrupt, ask(session, self.context.release)).await
    }

    /// Reads the current states of the tiers and, if `fingerprint` is set, the fingerprint.
    pub(crate) async fn look(&mut self, fingerprint: bool) -> Result<Look, Error> {
        let want = Want { states: true, fingerprint, ..Want::default() };
        let waiting = "reading the state of each tier";
        let seen = self.ask(waiting, async |session, release| look(session, release, want).await).await?;
        self.context.take_states(seen.states.as_ref());
        Ok(seen)
    }

    /// Sets the settings that the SQL reads, for the whole session. Their values are sent as parameters.
    pub(crate) async fn set(&self, settings: &[(&str, String)]) -> Result<(), Error> {
        set(&self.executor.session, settings).await
    }

    /// Writes a line to standard error and to the log.
    pub(crate) fn say(&mut self, line: &str) {
        self.log.say(line);
    }

    /// Shows which server it is, what else a person should consider, and what is about to happen. Then asks the person to type the words
    /// that name the server. Does nothing if the command line has confirmed the run.
    ///
    /// # Errors
    /// [`Error::Refused`] for any other answer, [`Error::Interrupted`] for a signal.
    pub(crate) async fn confirm(&mut self, facts: &[(&'static str, String)], what: &str) -> Result<(), Error> {
        if !self.asks() {
            return Ok(());
        }
        let identity = &self.executor.identity;
        let mut all = confirm::server_facts(self.context, identity);
        all.extend(facts.iter().cloned());
        let wanted = self.place.wanted(identity);
        let shown = (all.as_slice(), self.context.style.width);
        ask_to_type(&mut self.executor.interrupt, self.log, &wanted, shown, what).await
    }

    /// Whether a person has to confirm.
    pub(crate) fn asks(&self) -> bool {
        self.confirmation == Confirmation::Ask
    }

    /// Runs all tiers in one transaction that is rolled back. The tiers are not added to the report. `keep_checks` says whether the checks
    /// are.
    ///
    /// # Errors
    /// [`Error::Transaction`] if the rehearsal failed, or [`Error::NoGo`] if the host's policy closes the gate.
    pub(crate) async fn rehearse(
        &mut self,
        runs: &[Run<'_>],
        what: &str,
        keep_checks: bool,
    ) -> Result<Transaction, Error> {
        let mut transaction = self.transaction(runs, TxEnd::Abort).await;
        self.context.report.notes.append(&mut transaction.notes);
        if keep_checks || transaction.failure.is_some() {
            self.context.report.checks.append(&mut transaction.checks);
        }
        match transaction.failure.take() {
            None => Ok(transaction),
            Some(failure) => Err(self
                .unapproved(what, &failure)
                .unwrap_or_else(|| transaction_error(Step::Rehearsal, what, failure))),
        }
    }

    /// Runs each tier in its own transaction and commits it. Stops at the first failure, and then reads the state of every tier.
    ///
    /// # Errors
    /// [`Error::Transaction`] for the tier that failed, or [`Error::NoGo`] if the host's policy closes the gate.
    pub(crate) async fn commit_each(&mut self, runs: &[Run<'_>], step: Step) -> Result<(), Error> {
        for run in runs {
            let transaction = self.transaction(std::slice::from_ref(run), TxEnd::Commit).await;
            self.context.report.checks.extend(transaction.checks);
            self.context.report.notes.extend(transaction.notes);
            if let Some(failure) = transaction.failure {
                self.not_run(runs);
                self.ask_states().await;
                match step {
                    Step::Rollback => self.context.go_on("oneroof status"),
                    _ => after_failure(self.context),
                }
                let what = match step {
                    Step::Rollback => format!("rollback of {}", run.name()),
                    _ => run.name(),
                };
                if let Some(closed) = self.unapproved(&what, &failure) {
                    return Err(closed);
                }
                return Err(transaction_error(step, &what, failure));
            }
        }
        Ok(())
    }

    /// The error for a run that the host's policy stopped before anything was committed. The gate is closed.
    fn unapproved(&mut self, what: &str, failure: &Failure) -> Option<Error> {
        let nothing_yet = self.context.report.effect.kind == EffectKind::NothingChanged;
        let closed = unapproved(what, failure).filter(|_| nothing_yet)?;
        self.context.go_on("oneroof gate");
        Some(closed)
    }

    /// Runs one transaction. The end of each committed tier is in the report and in the evidence before the next transaction begins.
    pub(crate) async fn transaction(&mut self, runs: &[Run<'_>], end: TxEnd) -> Transaction {
        let mut recorder = Recorder::new(self.log, &mut self.context.report, end);
        self.executor.run_transaction(runs, end, &mut recorder).await
    }

    /// Reads the whole state once more, after each step was confirmed separately.
    pub(crate) async fn look_after(&mut self) -> Result<Look, Error> {
        self.look(true).await.map_err(unverified)
    }

    /// Adds the tiers that never began to the report.
    fn not_run(&mut self, runs: &[Run<'_>]) {
        let known: Vec<u8> = self.context.report.tiers.iter().map(|tier| tier.number).collect();
        let rest = runs.iter().filter(|run| !known.contains(&run.tier.number)).map(|run| TierReport::not_run(run.tier));
        self.context.report.tiers.extend(rest);
    }

    /// Reads the state of each tier after a failure. If the session is lost, a new session that only reads is opened. If no answer comes in
    /// time, or a signal arrives, no state is reported. After two signals the time is one second.
    async fn ask_states(&mut self) {
        let Executor { session, connector, interrupt, .. } = &mut self.executor;
        let patience = if interrupt.count() > 1 { Duration::from_secs(1) } else { ASK_PATIENCE };
        let release = self.context.release;
        let read = async {
            let want = Want { states: true, ..Want::default() };
            match look(session, release, want).await {
                Ok(seen) => seen.states,
                Err(_) => {
                    let reader = Connector::reading(connector.target.clone(), connector.settings.clone());
                    let opened = reader.open(release).await.ok()?;
                    look(&opened.session, release, want).await.ok()?.states
                }
            }
        };
        let states = tokio::select! {
            states = tokio::time::timeout(patience, read) => states.ok().flatten(),
            _ = interrupt.raised() => None,
        };
        match states {
            Some(states) => self.context.take_states(Some(&states)),
            None => self.context.report.effect.forget(),
        }
    }

    /// Closes a session that is known to answer, so that the run lock is free when the command has ended and the next command can follow at
    /// once. A session that was lost or cancelled is only dropped. The server notices its end by itself.
    async fn leave<T>(self, done: &Result<T, Error>) {
        leave(self.executor, done).await;
    }
}

/// See [`WriteRun::leave`].
pub(crate) async fn leave<T>(executor: Executor<'_>, done: &Result<T, Error>) {
    if done.as_ref().err().is_none_or(Error::is_answered) {
        executor.session.close().await;
    }
}

/// Sets the settings that the SQL reads, for the whole session. Their values are sent as parameters.
pub(crate) async fn set(session: &Session, settings: &[(&str, String)]) -> Result<(), Error> {
    for (name, value) in settings {
        let question = "SELECT pg_catalog.set_config($1, $2, false)";
        session.flight(question, &[(*name).to_owned(), value.clone()], "").await.map_err(lost)?;
    }
    Ok(())
}
