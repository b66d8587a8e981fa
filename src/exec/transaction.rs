//! `run_transaction`: one transaction, one or more tiers, one end.

use super::approvals::breach;
use super::executor::Executor;
use super::judge::{Promise, TierEvidence, breaches};
use super::layout::{Layout, approvals, compose_run, evidence, fill, tell_checks};
use super::resolver::fence;
use super::{Failure, Observer, Outcome, Run, TierReport, Transaction, TxEnd};
use crate::check::{Check, missing};
use crate::exec::interrupt::Doing;
use crate::pg::failure::SqlFailure;
use crate::pg::holders::{holder_line, holders};
use crate::pg::message::Message;
use crate::pg::pins::{LockTry, pin};
use crate::pg::questions;
use crate::pg::session::{Lost, Reply, Row};
use crate::release::{Delta, PartKind};
use crate::sqlstate::LOCK_NOT_AVAILABLE;
use std::time::{Duration, Instant};

/// How long a cancelled statement may take to say that it was, and a question about a failure to be answered.
const CANCEL_PATIENCE: Duration = Duration::from_secs(5);

/// How long the answer to a request to cancel may take before it is repeated, at first; then twice as long each time.
const CANCEL_PAUSE: Duration = Duration::from_millis(50);

/// How a message came back.
enum Driven {
    Reply(Reply),
    /// It was stopped, and whatever is open is to be rolled back.
    Stopped(Failure),
    /// A signal came, and the server did not answer the cancel request: the link is frozen.
    Frozen(Failure),
    /// A second signal: nothing more is waited for.
    Left(Failure),
    Lost(Lost),
}

/// A transaction that ended before its reply could be judged.
struct Ended {
    failure: Failure,
    /// The server said that it is rolled back.
    confirmed: bool,
    /// Nothing more is waited for.
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
    /// Runs `runs` in one transaction and ends it as `end` says. Never tries a write again, whatever happens.
    pub async fn run_transaction(&mut self, runs: &[Run<'_>], end: TxEnd, observer: &mut dyn Observer) -> Transaction {
        let (message, layouts) = self.compose(runs, end, LockTry::Short);
        let deadline = Duration::from_millis(runs.iter().map(|run| run.tier.timeout_ms).sum());
        let begun = Instant::now();
        for run in runs {
            observer.tier_begins(run, end);
        }
        let mut waited = None;
        let sent = self.send_until_locked((&message, &layouts), (runs, end), deadline, (observer, &mut waited)).await;
        let reply = match sent {
            Ok(reply) => reply,
            Err(ended) => return self.aborted(runs, ended, end, observer).await,
        };
        if end == TxEnd::Abort {
            // Its ROLLBACK was a part of the message.
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
        if end == TxEnd::Abort {
            for (run, report) in runs.iter().zip(&mut transaction.tiers) {
                report.outcome = Outcome::Rehearsed;
                observer.tier_ends(run, report);
            }
            return transaction;
        }
        // An action may find everything as it should be; then there is nothing to commit, and no row that could prove a COMMIT.
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

    /// The whole message: settings, then guard, evidence, body, assertions and evidence of each tier.
    fn compose(&self, runs: &[Run<'_>], end: TxEnd, lock_try: LockTry) -> (Message, Vec<Layout>) {
        let release = self.release;
        let deadline: u64 = runs.iter().map(|run| run.tier.timeout_ms).sum();
        let mut message = Message::default();
        message.engine("begin", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;");
        pin(&mut message, deadline, lock_try);
        if runs.iter().any(|run| run.tier.makes()) {
            message.engine("relations", questions::RELATIONS);
        }
        let layouts = runs
            .iter()
            .map(|run| compose_run(&mut message, release, run, self.approvals_question(run).as_deref()))
            .collect();
        if end == TxEnd::Abort {
            message.engine("rollback", "ROLLBACK;");
        }
        (message, layouts)
    }

    /// Sends the message; while a lock could not be obtained, sends it again from a clean ROLLBACK, for as long as the run's patience lasts.
    /// Notes in `told` which tier waited last, and how long the waiting took in all.
    async fn send_until_locked(
        &mut self,
        (message, layouts): (&Message, &[Layout]),
        (runs, end): (&[Run<'_>], TxEnd),
        deadline: Duration,
        (observer, told): (&mut dyn Observer, &mut Option<(usize, u64)>),
    ) -> Result<Reply, Ended> {
        let begun = Instant::now();
        let mut tries = 0_u32;
        loop {
            // Every second try is a long one. It is the same message but for that setting.
            let long = (tries % 2 == 1).then(|| self.compose(runs, end, LockTry::Long).0);
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
            // One rule for every lock: the ROLLBACK takes back whatever the message did, so it can be sent again as a whole.
            if error.sqlstate != LOCK_NOT_AVAILABLE {
                return Ok(reply);
            }
            let tier = layouts.iter().rposition(|layout| layout.guard.begins_by(error.statement)).unwrap_or_default();
            let run = &runs[tier];
            let waited = begun.elapsed();
            let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
            *told = Some((tier, waited_ms));
            self.roll_back().await.map_err(|lost| Ended::unconfirmed(Failure::Lost(lost)))?;
            let holders = self.holders(run).await;
            if waited >= self.lock_patience && tries > 1 {
                return Err(Ended::confirmed(Failure::Locked { error, holders, waited_ms }));
            }
            observer.waits(run, &holders);
        }
    }

    /// Who blocks a tier's locks, a line each; empty when nobody blocks them any more.
    async fn holders(&self, run: &Run<'_>) -> Vec<String> {
        let script = run.script(self.release);
        let own: Vec<&str> =
            run.tier.writes.iter().chain([&self.release.descriptor.gate.table]).map(String::as_str).collect();
        // Some locks keep out writers only, such as those on the tables of a seam view. A reader does not block them.
        let in_the_way = |row: &&Row| {
            let reads = matches!(row.text("mode"), "AccessShareLock" | "RowShareLock");
            !reads || own.contains(&row.text("relation"))
        };
        let rows = holders(&self.session, &[own.as_slice(), &script.locked()].concat()).await;
        rows.iter().filter(in_the_way).map(holder_line).collect()
    }

    /// One message, interruptible and bounded. Nothing of it is a COMMIT, so a cancel rolls all of it back. `stops` are the numbers of the
    /// statements whose answers are awaited before the next one is sent.
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
        // The server ignores a cancel request that arrives between two statements, so it is sent again.
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
            // One signal asks for a clean end; one more, or any after the deadline, for an end.
            signal = self.interrupt.raised() => return Driven::Left(Failure::Interrupted { signal }),
        };
        match cancelled {
            // The message was complete before the cancel reached it; it is still open, and is rolled back by the caller.
            Ok(Ok(_)) => Driven::Stopped(stopped),
            Ok(Err(lost)) => Driven::Lost(lost),
            // The person ended the run, not the network.
            Err(_) if matches!(stopped, Failure::Interrupted { .. }) => Driven::Frozen(stopped),
            Err(_) => Driven::Lost(Lost { driver: "no answer to the cancel request".to_owned(), ..Lost::default() }),
        }
    }

    /// Rolls back, and hears the server say so.
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

    /// Describes a transaction whose reply never came. COMMIT was not sent, so nothing of it can remain. Whether its backend and its locks
    /// are gone is checked separately.
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
            notes.push(format!("left before ROLLBACK was confirmed: COMMIT was not sent, and the server rolls back when backend {pid} sees the end of the connection"));
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
        Transaction { tiers, checks: Vec::new(), failure: Some(failure), notes }
    }

    /// Waits on a new connection until the lost one's backend has ended, and says so.
    async fn see_it_gone(&mut self) -> String {
        let pid = self.identity.pid;
        match fence(self, CANCEL_PATIENCE).await {
            Ok(()) => format!("backend {pid} has ended before COMMIT was sent: its transaction is rolled back"),
            Err(why) => format!(
                "COMMIT was not sent, so nothing of this transaction can remain; whether backend {pid} has ended is not known: {why}"
            ),
        }
    }

    /// What the reply says: checks, evidence, and the first reason why it must not be committed.
    fn read(&self, message: &Message, reply: &Reply, runs: &[Run<'_>], layouts: &[Layout]) -> Transaction {
        let mut transaction = Transaction { tiers: Vec::new(), checks: Vec::new(), failure: None, notes: Vec::new() };
        let mut declared: Vec<&str> = Vec::new();
        let mut creates = false;
        let mut earlier: Option<TierEvidence> = None;
        for (run, layout) in runs.iter().zip(layouts) {
            let told = tell_checks(reply, run, layout);
            transaction.checks.extend(told.iter().map(|(_, check)| check.clone()));
            declared.extend(run.tier.locks().map(String::as_str));
            creates |= run.tier.makes();
            let complete = layout.is_answered(reply);
            let mut report = TierReport::not_run(run.tier);
            if complete {
                let evidence = evidence(reply, layout);
                fill(&mut report, &evidence, earlier.as_ref());
                report.approvals = approvals(reply, layout);
                let silent: Vec<String> = [PartKind::Guard, PartKind::Assert]
                    .into_iter()
                    .flat_map(|kind| {
                        let of_part: Vec<Check> =
                            told.iter().filter(|(part, _)| *part == kind).map(|(_, check)| check.clone()).collect();
                        missing(run.promised(kind), &of_part).into_iter().map(str::to_owned).collect::<Vec<_>>()
                    })
                    .collect();
                let promise = self.promise(run, &declared, creates, earlier.as_ref());
                let found = breaches(&evidence, &promise);
                let judged = self.judge_policy(run, reply, layout);
                let failure = match (silent.is_empty(), found.is_empty()) {
                    (false, _) => Some(Failure::Silent { checks: silent }),
                    (true, false) => Some(Failure::Witness(found)),
                    (true, true) => breach(&judged),
                };
                transaction.checks.extend(judged);
                transaction.failure = transaction.failure.or(failure);
                earlier = Some(evidence);
            }
            transaction.tiers.push(report);
        }
        // What an earlier tier of the same transaction betrayed is the first reason; a later error only follows from it.
        if let Some(error) = SqlFailure::of(message, reply) {
            transaction.failure.get_or_insert(Failure::Sql(error));
        }
        transaction
    }

    fn promise<'a>(
        &'a self,
        run: &'a Run<'_>,
        declared: &[&'a str],
        creates: bool,
        earlier: Option<&'a TierEvidence>,
    ) -> Promise<'a> {
        let descriptor = &self.release.descriptor;
        Promise {
            session: &self.identity,
            writes: declared.iter().copied().collect(),
            creates,
            makes: run.tier.makes(),
            packet: descriptor.relations().into_iter().map(String::as_str).collect(),
            gate: &descriptor.gate.table,
            never_write: &descriptor.release.never_write,
            deltas: run.deltas(),
            upserts: &run.tier.upserts,
            earlier,
            role: match self.connector.settings.role.as_str() {
                "" => &self.identity.current_user,
                role => role,
            },
        }
    }
}

/// A message that came back whole has to leave the transaction as it was meant to: open for COMMIT, or rolled back.
fn wrong_end(reply: &Reply, end: TxEnd) -> Option<Failure> {
    let tag = reply.statements.last().map_or("", |statement| statement.tag.as_str());
    let right = match end {
        TxEnd::Commit => reply.status == b'T',
        TxEnd::Abort => reply.status == b'I' && tag == "ROLLBACK",
    };
    let status = char::from(reply.status);
    (!right).then(|| {
        Failure::Witness(vec![format!("the transaction ended in another way: tag {tag:?}, status {status:?}")])
    })
}

#[cfg(test)]
mod tests;
