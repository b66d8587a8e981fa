//! `run_transaction` runs one or more tiers in one transaction and ends it.

use super::approvals::breach;
use super::beside::left_empty;
use super::executor::Executor;
use super::judge::beside::Declared;
use super::judge::{Promise, TierEvidence, breaches};
use super::layout::{Composed, TierLayout, approvals, evidence, fill, read_checks, wrong_end};
use super::resolver::fence;
use super::{Direction, Failure, Observer, Outcome, Run, TierReport, Transaction, TxEnd, there_and_back};
use crate::check::{Check, missing};
use crate::exec::interrupt::Doing;
use crate::pg::failure::SqlFailure;
use crate::pg::holders::{holder_line, holders};
use crate::pg::message::Message;
use crate::pg::pins::LockTry;
use crate::pg::session::{Lost, Reply, Row};
use crate::release::{Delta, PartKind};
use crate::sqlstate::LOCK_NOT_AVAILABLE;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How long the server may take to report that a statement was cancelled, and to answer a query after a failure.
const CANCEL_PATIENCE: Duration = Duration::from_secs(5);

/// How long the run waits before it repeats a cancel request for the first time. Each further wait is twice as long as the one before.
const CANCEL_PAUSE: Duration = Duration::from_millis(50);

/// How the exchange of one message ended.
enum Driven {
    Reply(Reply),
    /// The message was stopped. A transaction that is still open must be rolled back.
    Stopped(Failure),
    /// A signal arrived, and the server did not react to the cancel request: the connection is frozen.
    Frozen(Failure),
    /// A second signal arrived, so the run no longer waits for any answer.
    Left(Failure),
    Lost(Lost),
}

/// A transaction that ended before its complete reply could be judged.
struct Ended {
    failure: Failure,
    /// The server confirmed the rollback.
    confirmed: bool,
    /// The run no longer waits for any answer.
    left: bool,
}

impl Ended {
    fn confirmed(failure: Failure) -> Self {
        Self { failure, confirmed: true, left: false }
    }

    fn unconfirmed(failure: Failure) -> Self {
        Self { failure, confirmed: false, left: false }
    }
}

impl Executor<'_> {
    /// Runs `runs` in one transaction and ends it as `end` says. A write is never repeated, whatever fails.
    pub async fn run_transaction(&mut self, runs: &[Run<'_>], end: TxEnd, observer: &mut dyn Observer) -> Transaction {
        let Composed { message, layouts, fingerprint } = self.compose(runs, end, LockTry::Short);
        let deadline = Duration::from_millis(runs.iter().map(|run| run.tier.timeout_ms).sum());
        let begun = Instant::now();
        for run in runs {
            observer.tier_begins(run, end);
        }
        let mut waited = None;
        let sent = self.send_until_locked((&message, &layouts), (runs, end), deadline, (observer, &mut waited)).await;
        let mut reply = match sent {
            Ok(reply) => reply,
            Err(ended) => return self.aborted(runs, ended, end, observer).await,
        };
        if end == TxEnd::Abort {
            // The message contained the ROLLBACK.
            self.interrupt.doing(Doing::Reading);
        }
        let mut transaction = self.read(&message, &reply, runs, &layouts);
        if let Some((tier, waited_ms)) = waited {
            transaction.tiers[tier].waited_ms = Some(waited_ms);
        }
        if transaction.failure.is_none() {
            transaction.failure = wrong_end(&reply, end);
        }
        if let Some(failure) = transaction.failure.take() {
            return self.abort(transaction, failure, observer, runs).await;
        }
        transaction.after_rollback = fingerprint.and_then(|layout| layout.take(self.release, &mut reply));
        if end == TxEnd::Abort {
            for (run, report) in runs.iter().zip(&mut transaction.tiers) {
                report.outcome = Outcome::Rehearsed;
                observer.tier_ends(run, report);
            }
            return transaction;
        }
        // An action may find that nothing needs to change. Then there is nothing to commit, and no row that could prove a COMMIT.
        let run = &runs[0];
        if run.tier.action
            && !run.tier.creates
            && transaction.tiers[0].deltas.values().all(|delta| *delta == Delta::default())
        {
            transaction.tiers[0].outcome = Outcome::Unchanged;
            if let Err(lost) = self.roll_back().await {
                transaction.failure = Some(Failure::Lost(lost));
                transaction.tiers[0].outcome = Outcome::Aborted;
            }
            observer.tier_ends(run, &transaction.tiers[0]);
            return transaction;
        }
        self.commit(transaction, run, begun, observer).await
    }

    /// Sends the message. If a lock could not be obtained, it rolls back and sends the message again, until the run's lock patience ends.
    /// `last_wait` is set to the position of the tier that waited last, and to the time that the run has waited so far, in milliseconds.
    async fn send_until_locked(
        &mut self,
        (message, layouts): (&Message, &[TierLayout]),
        (runs, end): (&[Run<'_>], TxEnd),
        deadline: Duration,
        (observer, last_wait): (&mut dyn Observer, &mut Option<(usize, u64)>),
    ) -> Result<Reply, Ended> {
        let begun = Instant::now();
        let mut tries = 0_u32;
        loop {
            // Every second try waits longer for locks. Its message differs only in the lock timeout.
            let long = (tries % 2 == 1).then(|| self.compose(runs, end, LockTry::Long).message);
            // From the second try on, the statements after a lock are sent only when the lock is held. Otherwise the server would log each of
            // them again as failed.
            let stops = if tries == 0 { Vec::new() } else { layouts.iter().map(|layout| layout.locked).collect() };
            tries += 1;
            let reply = match self.drive(long.as_ref().unwrap_or(message), &stops, deadline).await {
                Driven::Reply(reply) => reply,
                Driven::Stopped(failure) => {
                    return Err(match self.roll_back().await {
                        Ok(()) => Ended::confirmed(failure),
                        // The person ended the run, not the network.
                        Err(_) if matches!(failure, Failure::Interrupted { .. }) => Ended::unconfirmed(failure),
                        Err(lost) => Ended::unconfirmed(Failure::Lost(lost)),
                    });
                }
                Driven::Frozen(failure) => return Err(Ended::unconfirmed(failure)),
                Driven::Left(failure) => return Err(Ended { failure, confirmed: false, left: true }),
                Driven::Lost(lost) => return Err(Ended::unconfirmed(Failure::Lost(lost))),
            };
            let Some(error) = SqlFailure::of(message, &reply) else { return Ok(reply) };
            // The rule is the same for every lock: the ROLLBACK reverts everything that the message did, so the whole message can be sent
            // again.
            if error.sqlstate != LOCK_NOT_AVAILABLE {
                return Ok(reply);
            }
            let tier = layouts.iter().rposition(|layout| layout.guard.begins_by(error.statement)).unwrap_or_default();
            let run = &runs[tier];
            let waited = begun.elapsed();
            let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
            *last_wait = Some((tier, waited_ms));
            self.roll_back().await.map_err(|lost| Ended::unconfirmed(Failure::Lost(lost)))?;
            let holders = self.holders(run).await;
            if waited >= self.lock_patience && tries > 1 {
                return Err(Ended::confirmed(Failure::Locked { error, holders, waited_ms }));
            }
            observer.waits(run, &holders);
        }
    }

    /// The sessions that block a tier's locks, one line each. Empty if no session blocks them any more.
    async fn holders(&self, run: &Run<'_>) -> Vec<String> {
        let script = run.script(self.release);
        let own: Vec<&str> =
            run.tier.writes.iter().chain([&self.release.descriptor.gate.table]).map(String::as_str).collect();
        // Some locks block only writers, such as the locks on the tables of a prerequisite view. A reader does not block such a lock.
        let in_the_way = |row: &&Row| {
            let reads = matches!(row.text("mode"), "AccessShareLock" | "RowShareLock");
            !reads || own.contains(&row.text("relation"))
        };
        let rows = holders(&self.session, &[own.as_slice(), &script.locked()].concat()).await;
        rows.iter().filter(in_the_way).map(holder_line).collect()
    }

    /// Sends one message, which a signal or the deadline can cancel. The message contains no COMMIT, so a cancel request rolls all of it
    /// back. `stops` are the numbers of the statements whose answers must arrive before the next statement is sent.
    async fn drive(&mut self, message: &Message, stops: &[usize], deadline: Duration) -> Driven {
        if let Some(signal) = self.interrupt.poll().await {
            return Driven::Stopped(Failure::Interrupted { signal });
        }
        self.interrupt.doing(Doing::Transaction);
        let sent = self.session.pipeline_in_parts(message, stops);
        tokio::pin!(sent);
        let stopped = tokio::select! {
            reply = &mut sent => return match reply { Ok(reply) => Driven::Reply(reply), Err(lost) => Driven::Lost(lost) },
            signal = self.interrupt.raised() => Failure::Interrupted { signal },
            () = tokio::time::sleep(deadline) => {
                Failure::Deadline { after_ms: u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX) }
            }
        };
        // The server ignores a cancel request that arrives between two statements, so the request is repeated.
        let cancelled = async {
            let mut pause = CANCEL_PAUSE;
            loop {
                self.session.cancel().await;
                match tokio::time::timeout(pause, &mut sent).await {
                    Ok(answered) => return answered,
                    Err(_) => pause *= 2,
                }
            }
        };
        let cancelled = tokio::select! {
            cancelled = tokio::time::timeout(CANCEL_PATIENCE, cancelled) => cancelled,
            // The first signal requests a clean rollback. A second signal, or any signal after the deadline, ends the run at once.
            signal = self.interrupt.raised() => return Driven::Left(Failure::Interrupted { signal }),
        };
        match cancelled {
            // The message was complete before the cancel request reached the server. The transaction is still open, and the caller rolls it
            // back.
            Ok(Ok(_)) => Driven::Stopped(stopped),
            Ok(Err(lost)) => Driven::Lost(lost),
            // The person ended the run, not the network.
            Err(_) if matches!(stopped, Failure::Interrupted { .. }) => Driven::Frozen(stopped),
            Err(_) => Driven::Lost(Lost { driver: "no answer to the cancel request".to_owned(), ..Lost::default() }),
        }
    }

    /// Rolls back and waits for the server's confirmation.
    async fn roll_back(&mut self) -> Result<(), Lost> {
        let reply = self.session.within(CANCEL_PATIENCE, "ROLLBACK").await?;
        self.interrupt.doing(Doing::Reading);
        if reply.status == b'I' {
            return Ok(());
        }
        Err(Lost { driver: "ROLLBACK was not confirmed".to_owned(), ..Lost::default() })
    }

    /// Ends a transaction that failed before COMMIT.
    pub(super) async fn abort(
        &mut self,
        mut transaction: Transaction,
        failure: Failure,
        observer: &mut dyn Observer,
        runs: &[Run<'_>],
    ) -> Transaction {
        if let Err(lost) = self.roll_back().await {
            transaction.notes.push(format!("ROLLBACK was not confirmed: {}", lost.words()));
            let note = self.see_it_gone().await;
            transaction.notes.push(note);
        }
        transaction.failure = Some(failure);
        for (run, report) in runs.iter().zip(&mut transaction.tiers) {
            report.outcome = Outcome::Aborted;
            observer.tier_ends(run, report);
        }
        transaction
    }

    /// Describes a transaction whose reply never arrived. COMMIT was not sent, so nothing of the transaction can remain. Whether its
    /// backend and its locks are gone is checked separately.
    async fn aborted(
        &mut self,
        runs: &[Run<'_>],
        ended: Ended,
        end: TxEnd,
        observer: &mut dyn Observer,
    ) -> Transaction {
        let Ended { failure, confirmed, left } = ended;
        let mut notes = Vec::new();
        if left {
            let pid = self.identity.pid;
            notes.push(format!("the run ended before ROLLBACK was confirmed: COMMIT was not sent, and the server rolls back when backend {pid} sees the end of the connection"));
        } else if !confirmed {
            notes.push(self.see_it_gone().await);
        }
        let tiers: Vec<TierReport> =
            runs.iter().map(|run| TierReport { outcome: Outcome::Aborted, ..TierReport::not_run(run.tier) }).collect();
        if end == TxEnd::Commit {
            for (run, report) in runs.iter().zip(&tiers) {
                observer.tier_ends(run, report);
            }
        }
        Transaction { tiers, failure: Some(failure), notes, ..Transaction::new() }
    }

    /// Waits on a new connection until the backend of the lost connection has ended, and describes the result.
    async fn see_it_gone(&mut self) -> String {
        let pid = self.identity.pid;
        match fence(self, CANCEL_PATIENCE).await {
            Ok(()) => format!("backend {pid} has ended before COMMIT was sent: its transaction is rolled back"),
            Err(why) => format!(
                "COMMIT was not sent, so nothing of this transaction can remain; it is not known whether backend {pid} has ended: {why}"
            ),
        }
    }

    /// Reads the checks and the evidence from the reply, and the first reason why the transaction must not be committed.
    fn read(&self, message: &Message, reply: &Reply, runs: &[Run<'_>], layouts: &[TierLayout]) -> Transaction {
        let mut transaction = Transaction::new();
        let mut declared: Vec<&str> = Vec::new();
        let mut creates = false;
        let mut earlier: Option<TierEvidence> = None;
        let back_again = there_and_back(runs);
        let mut new_files: BTreeSet<String> = BTreeSet::new();
        for (run, layout) in runs.iter().zip(layouts) {
            let made = read_checks(reply, run, layout);
            // If rollbacks follow the tiers, the report shows the checks of the tiers, and of the rollbacks only the unmet ones.
            let is_shown = |check: &&Check| !(back_again && run.direction == Direction::Rollback) || check.is_unmet();
            transaction.checks.extend(made.iter().map(|(_, check)| check).filter(is_shown).cloned());
            declared.extend(run.tier.locks());
            creates |= run.tier.makes();
            let complete = layout.is_answered(reply);
            let mut report = TierReport::not_run(run.tier);
            if complete {
                let evidence = evidence(reply, layout, run);
                fill(&mut report, &evidence, earlier.as_ref());
                report.sent.clone_from(&layout.sent);
                report.approvals = approvals(reply, layout);
                let silent: Vec<String> = [PartKind::Guard, PartKind::Assert]
                    .into_iter()
                    .flat_map(|kind| {
                        let of_part: Vec<Check> =
                            made.iter().filter(|(part, _)| *part == kind).map(|(_, check)| check.clone()).collect();
                        missing(run.promised(kind), &of_part).into_iter().map(str::to_owned).collect::<Vec<_>>()
                    })
                    .collect();
                let empty = left_empty(self.release, run);
                let promise = Promise {
                    back_again: (back_again && run.direction == Direction::Rollback).then_some(&new_files),
                    ..self.promise(run, (&declared, &empty), creates, earlier.as_ref())
                };
                let found = breaches(&evidence, &promise);
                let judged = self.judge_policy(run, reply, layout);
                let failure = match (silent.is_empty(), found.is_empty()) {
                    (false, _) => Some(Failure::Silent { checks: silent }),
                    (true, false) => Some(Failure::ServerFacts(found)),
                    (true, true) => breach(&judged),
                };
                transaction.checks.extend(judged);
                transaction.failure = transaction.failure.or(failure);
                let rewritten = evidence.counted.iter().filter(|counted| counted.has_new_files());
                new_files.extend(rewritten.map(|counted| counted.relation.clone()));
                earlier = Some(evidence);
            }
            transaction.tiers.push(report);
        }
        // A breach by an earlier tier of the same transaction is the first reason. A later error may only be a consequence of it.
        if let Some(error) = SqlFailure::of(message, reply) {
            transaction.failure.get_or_insert(Failure::Sql(error));
        }
        transaction
    }

    fn promise<'a>(
        &'a self,
        run: &'a Run<'_>,
        (declared, empty): (&[&'a str], &'a BTreeSet<&'a str>),
        creates: bool,
        earlier: Option<&'a TierEvidence>,
    ) -> Promise<'a> {
        let descriptor = &self.release.descriptor;
        Promise {
            session: &self.identity,
            writes: declared.iter().copied().collect(),
            creates,
            makes: run.tier.makes(),
            packet: descriptor.lockable(),
            gate: &descriptor.gate.table,
            never_write: &descriptor.release.never_write,
            deltas: run.deltas(),
            upserts: &run.tier.upserts,
            deletes: run.deletes(),
            declared: Declared { tier: run.tier, empty, back: run.direction == Direction::Rollback },
            earlier,
            back_again: None,
            role: match self.connector.settings.role.as_str() {
                "" => &self.identity.current_user,
                role => role,
            },
        }
    }
}

#[cfg(test)]
mod tests;
