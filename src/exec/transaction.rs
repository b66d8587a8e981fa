//! `run_transaction`: one transaction, one or more tiers, one end.

use super::judge::{Counted, Evidence, Promise, breaches};
use super::resolver::{Resolution, fence, resolve};
use super::{Direction, Failure, Observer, Outcome, Pending, Run, TierReport, Transaction, TxEnd};
use crate::check::{Check, Phase, missing};
use crate::exec::interrupt::Interrupt;
use crate::pg::connector::Connector;
use crate::pg::failure::SqlFailure;
use crate::pg::message::{Message, SegmentId};
use crate::pg::session::{Lost, Reply, Session};
use crate::pg::witness::{Identity, Lock, RowCount, catalog_state};
use crate::release::{Delta, PartKind, Release};
use std::time::{Duration, Instant};

/// How long a cancelled statement may take to say that it was, and a question about a failure to be answered.
const CANCEL_PATIENCE: Duration = Duration::from_secs(5);

/// Everything a transaction needs besides its tiers.
#[derive(Debug)]
pub struct Executor<'a> {
    /// The verified packet.
    pub release: &'a Release,
    /// How to reach the database again.
    pub connector: &'a Connector,
    /// The session with the run lock.
    pub session: Session,
    /// The session's identity at connect.
    pub identity: Identity,
    /// Signals.
    pub interrupt: Interrupt,
    /// How long to try for locks.
    pub lock_patience: Duration,
    /// How long a COMMIT may take before the question is asked on another connection; twice as long is then spent on asking.
    pub commit_patience: Duration,
}

/// Where the answers of one tier stand in the message.
struct Layout {
    guard: SegmentId,
    before: SegmentId,
    counts_before: Vec<(String, usize)>,
    body: SegmentId,
    assert: SegmentId,
    after: SegmentId,
    counts_after: Vec<(String, usize)>,
}

/// How a message came back.
enum Driven {
    Reply(Reply),
    /// It was stopped, and whatever is open is to be rolled back.
    Stopped(Failure),
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
        let (message, layouts) = self.compose(runs, end);
        let deadline = Duration::from_millis(runs.iter().map(|run| run.tier.timeout_ms).sum());
        let begun = Instant::now();
        for run in runs {
            observer.tier_begins(run, end);
        }
        let reply = match self.send_until_locked(&message, &layouts, runs, deadline, observer).await {
            Ok(reply) => reply,
            Err(ended) => return self.aborted(runs, ended, end, observer).await,
        };
        let mut transaction = self.read(&message, &reply, runs, &layouts);
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
    fn compose(&self, runs: &[Run<'_>], end: TxEnd) -> (Message, Vec<Layout>) {
        let release = self.release;
        let deadline: u64 = runs.iter().map(|run| run.tier.timeout_ms).sum();
        let mut message = Message::default();
        message.engine("begin", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;");
        pin(&mut message, release, deadline);
        message.engine("relations", release.catalog("relations"));
        let layouts = runs.iter().map(|run| compose_run(&mut message, release, run)).collect();
        if end == TxEnd::Abort {
            message.engine("rollback", "ROLLBACK;");
        }
        (message, layouts)
    }

    /// Sends the message; while a lock of the first guard is not to be had and nothing is written, tries again from a clean ROLLBACK.
    async fn send_until_locked(
        &mut self,
        message: &Message,
        layouts: &[Layout],
        runs: &[Run<'_>],
        deadline: Duration,
        observer: &mut dyn Observer,
    ) -> Result<Reply, Ended> {
        let begun = Instant::now();
        loop {
            let reply = match self.drive(message.text(), deadline).await {
                Driven::Reply(reply) => reply,
                Driven::Stopped(failure) => {
                    return Err(match self.roll_back().await {
                        Ok(()) => Ended::confirmed(failure),
                        Err(lost) => Ended::unconfirmed(Failure::Lost(lost)),
                    });
                }
                Driven::Left(failure) => return Err(Ended { failure, confirmed: false, left: true }),
                Driven::Lost(lost) => return Err(Ended::unconfirmed(Failure::Lost(lost))),
            };
            let Some(error) = SqlFailure::of(message, &reply) else { return Ok(reply) };
            // In a transaction with more tiers only the first guard comes before anything is written.
            if error.sqlstate != "55P03" || !layouts[0].guard.holds(error.statement) {
                return Ok(reply);
            }
            let waited = begun.elapsed();
            self.roll_back().await.map_err(|lost| Ended::unconfirmed(Failure::Lost(lost)))?;
            let holders = self.holders(&runs[0]).await;
            if waited >= self.lock_patience {
                let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
                return Err(Ended::confirmed(Failure::Locked { error, holders, waited_ms }));
            }
            observer.waits(&runs[0], &holders);
        }
    }

    /// Who stands in the way of a tier's locks, a line each; empty when nobody does any more.
    async fn holders(&self, run: &Run<'_>) -> Vec<String> {
        let touched: Vec<&String> = run.tier.writes.iter().chain([&self.release.descriptor.gate.table]).collect();
        let relations = serde_json::json!(touched).to_string();
        let query = "SELECT pg_catalog.set_config('oneroof.relations', $1, false)";
        let values = [relations];
        let asked = self.session.flight(query, &values, self.release.catalog("holders"));
        match tokio::time::timeout(CANCEL_PATIENCE, asked).await {
            Ok(Ok((_, reply))) => {
                reply.statements.iter().flat_map(|statement| &statement.rows).map(holder_line).collect()
            }
            _ => Vec::new(),
        }
    }

    /// One message, interruptible and bounded. Nothing of it is a COMMIT, so a cancel undoes it all.
    async fn drive(&mut self, sql: &str, deadline: Duration) -> Driven {
        if let Some(signal) = self.interrupt.poll().await {
            return Driven::Stopped(Failure::Interrupted { signal });
        }
        let sent = self.session.simple(sql);
        tokio::pin!(sent);
        let stopped = tokio::select! {
            reply = &mut sent => return match reply { Ok(reply) => Driven::Reply(reply), Err(lost) => Driven::Lost(lost) },
            signal = self.interrupt.raised() => Failure::Interrupted { signal },
            () = tokio::time::sleep(deadline) => {
                Failure::Deadline { after_ms: u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX) }
            }
        };
        let cancelled = async {
            self.session.cancel().await;
            sent.await
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
            Err(_) => Driven::Lost(Lost { driver: "no answer to the cancel request".to_owned(), ..Lost::default() }),
        }
    }

    /// Rolls back, and hears the server say so.
    async fn roll_back(&mut self) -> Result<(), Lost> {
        let reply = self.session.within(CANCEL_PATIENCE, "ROLLBACK").await?;
        if reply.status == b'I' {
            return Ok(());
        }
        Err(Lost { driver: "ROLLBACK was not confirmed".to_owned(), ..Lost::default() })
    }

    /// Ends a transaction that failed before COMMIT.
    async fn abort(
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

    /// Tells of a transaction whose reply never came. COMMIT was not sent, so nothing of it can come to stand; that its backend and its
    /// locks are gone is a question of its own.
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
                "nothing of this step can come to stand, for COMMIT was not sent; that backend {pid} has ended could not be seen: {why}"
            ),
        }
    }

    /// What the reply says: checks, evidence, and the first reason why it must not be committed.
    fn read(&self, message: &Message, reply: &Reply, runs: &[Run<'_>], layouts: &[Layout]) -> Transaction {
        let mut transaction = Transaction { tiers: Vec::new(), checks: Vec::new(), failure: None, notes: Vec::new() };
        let mut declared: Vec<&str> = Vec::new();
        let mut creates = false;
        for (index, (run, layout)) in runs.iter().zip(layouts).enumerate() {
            let told = tell_checks(reply, run, layout);
            transaction.checks.extend(told.iter().map(|(_, check)| check.clone()));
            declared.extend(run.tier.writes.iter().map(String::as_str));
            creates |= run.tier.creates;
            let complete = layout.after.end <= reply.statements.len() - usize::from(reply.error.is_some());
            let mut report = TierReport::not_run(run.tier);
            if complete {
                let evidence = evidence(reply, layout);
                fill(&mut report, &evidence);
                let silent: Vec<String> = [PartKind::Guard, PartKind::Assert]
                    .into_iter()
                    .flat_map(|kind| {
                        let of_part: Vec<Check> =
                            told.iter().filter(|(part, _)| *part == kind).map(|(_, check)| check.clone()).collect();
                        missing(run.promised(kind), &of_part).into_iter().map(str::to_owned).collect::<Vec<_>>()
                    })
                    .collect();
                let promise = self.promise(run, &declared, creates, index == 0);
                let found = breaches(&evidence, &promise);
                let failure = match (silent.is_empty(), found.is_empty()) {
                    (false, _) => Some(Failure::Silent { checks: silent }),
                    (true, false) => Some(Failure::Witness(found)),
                    (true, true) => None,
                };
                transaction.failure = transaction.failure.or(failure);
            }
            transaction.tiers.push(report);
        }
        // What an earlier tier of the same transaction betrayed is the first reason; a later error only follows from it.
        if let Some(error) = SqlFailure::of(message, reply) {
            transaction.failure.get_or_insert(Failure::Sql(error));
        }
        transaction
    }

    fn promise<'a>(&'a self, run: &'a Run<'_>, declared: &[&'a str], creates: bool, first: bool) -> Promise<'a> {
        let descriptor = &self.release.descriptor;
        Promise {
            session: &self.identity,
            writes: declared.iter().copied().collect(),
            creates,
            packet: descriptor.relations().into_iter().map(String::as_str).collect(),
            gate: &descriptor.gate.table,
            never_write: &descriptor.release.never_write,
            deltas: run.deltas(),
            upserts: &run.tier.upserts,
            first,
            role: match self.connector.settings.role.as_str() {
                "" => &self.identity.current_user,
                role => role,
            },
        }
    }

    /// COMMIT, alone in its message but for the question how it ended; from here on nothing is cancelled.
    async fn commit(
        &mut self,
        mut transaction: Transaction,
        run: &Run<'_>,
        begun: Instant,
        observer: &mut dyn Observer,
    ) -> Transaction {
        let report = &mut transaction.tiers[0];
        let pending = self.pending(run, report);
        if let Some(signal) = self.interrupt.poll().await {
            return self.abort(transaction, Failure::Interrupted { signal }, observer, &[*run]).await;
        }
        if let Err(reason) = observer.commit_next(&pending, report) {
            return self.abort(transaction, Failure::Journal { reason }, observer, &[*run]).await;
        }
        let mut message = Message::default();
        message.engine("commit", "COMMIT;");
        let status = message.engine("commit status", &status_question(&pending));
        let witness = message.engine("witness", &witness_question(self.release, run));
        // The first signal from here on is held back until the outcome is known; the second leaves.
        let held = self.interrupt.count() + 1;
        let patience = self.commit_patience;
        let answer = tokio::select! {
            answer = self.session.within(patience, message.text()) => answer,
            signal = self.interrupt.beyond(held) => {
                let reason = format!("left by a second signal ({signal}) while COMMIT was under way");
                return unresolved(transaction, pending.xid, reason, observer, run);
            }
        };
        let read = match &answer {
            Ok(reply) => {
                let warnings = reply.statements.first().map(|statement| statement.notices.clone()).unwrap_or_default();
                transaction.notes.extend(
                    warnings
                        .iter()
                        .map(|notice| format!("{}: {} ({})", notice.severity(), notice.message(), notice.code())),
                );
                read_commit(run, &pending, reply, &status, &witness)
            }
            Err(lost) => CommitAnswer::Unclear(format!("the reply to COMMIT was lost: {}", lost.words())),
        };
        let resolution = match read {
            CommitAnswer::Committed => Resolution::Applied,
            CommitAnswer::Refused(error) => Resolution::Refused { error },
            CommitAnswer::Unclear(reason) => {
                observer.resolving(&pending, &reason);
                transaction.notes.push(format!("{reason}; asked on a new connection"));
                resolve(self, run, &pending, held).await
            }
        };
        settle(transaction, resolution, run, &pending, begun, observer)
    }

    fn pending(&self, run: &Run<'_>, report: &TierReport) -> Pending {
        Pending {
            tier: run.tier.number,
            direction: run.direction,
            xid: report.xid.clone().unwrap_or_default(),
            system_identifier: self.identity.system_identifier.clone(),
            timeline: self.identity.timeline.clone(),
            postmaster_start: self.identity.postmaster_start.clone(),
            database: self.identity.database.clone(),
            pid: self.identity.pid,
            wal_bytes: self.identity.wal_bytes,
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

/// `pg_xact_status` of the transaction; its id came from the server and is digits.
pub(super) fn status_question(pending: &Pending) -> String {
    format!("SELECT pg_catalog.pg_xact_status('{}'::pg_catalog.xid8) AS status;", pending.xid)
}

/// The question for a tier's witness: its row's xmin; for a rollback, what stands.
pub(super) fn witness_question(release: &Release, run: &Run<'_>) -> String {
    let witness = &run.tier.witness;
    if run.tier.action && witness.relation {
        // What is dropped is proven by its absence.
        return format!("SELECT pg_catalog.to_regclass('{}') IS NULL AS gone;", witness.table);
    }
    if run.tier.action {
        // Which row it wrote is not known beforehand: any of the newest that carries its transaction id.
        return format!(
            "SELECT t.xmin::pg_catalog.text AS xmin FROM {} AS t ORDER BY pg_catalog.age(t.xmin) LIMIT 1000;",
            witness.table
        );
    }
    match (run.direction, &witness.column, &witness.value) {
        (Direction::Undo, _, _) => release.catalog("standing").to_owned(),
        (Direction::Apply, Some(column), Some(value)) => format!(
            "SELECT t.xmin::pg_catalog.text AS xmin FROM {} AS t WHERE t.{column} OPERATOR(pg_catalog.=) '{}';",
            witness.table,
            value.replace('\'', "''")
        ),
        (Direction::Apply, _, _) => format!(
            "SELECT c.xmin::pg_catalog.text AS xmin FROM pg_catalog.pg_class AS c WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass('{}');",
            witness.table
        ),
    }
}

/// Whether the answer to the witness question proves the COMMIT.
pub(super) fn witness_stands(run: &Run<'_>, pending: &Pending, reply: &Reply, witness: &SegmentId) -> bool {
    let mut rows = (witness.first..witness.end).flat_map(|statement| reply.rows(statement));
    if run.tier.action && run.tier.witness.relation {
        return rows.any(|row| row.is_true("gone"));
    }
    match run.direction {
        // A row's xmin has 32 bits, the transaction id has its epoch in front.
        Direction::Apply => {
            let low = pending.xid.parse::<u64>().map(|xid| (xid & 0xffff_ffff).to_string()).unwrap_or_default();
            rows.any(|row| row.get("xmin") == Some(low.as_str()))
        }
        Direction::Undo => {
            let number = run.tier.number.to_string();
            rows.any(|row| row.get("tier") == Some(number.as_str()) && row.get("state") == Some("absent"))
        }
    }
}

enum CommitAnswer {
    Committed,
    Refused(Option<SqlFailure>),
    Unclear(String),
}

fn read_commit(
    run: &Run<'_>,
    pending: &Pending,
    reply: &Reply,
    status: &SegmentId,
    witness: &SegmentId,
) -> CommitAnswer {
    let tag = reply.statements.first().map_or("", |statement| statement.tag.as_str());
    let said = reply.row(status.first).and_then(|row| row.get("status"));
    if reply.failed_statement() == Some(0) && reply.status == b'I' {
        return CommitAnswer::Refused(reply.error.as_ref().map(SqlFailure::from_server));
    }
    match (tag, said) {
        ("COMMIT", Some("committed")) if witness_stands(run, pending, reply, witness) => CommitAnswer::Committed,
        ("ROLLBACK", Some("aborted") | None) => CommitAnswer::Refused(None),
        _ => CommitAnswer::Unclear(format!(
            "COMMIT was answered by {tag:?}, its status is {}, its witness {}",
            said.unwrap_or("not known"),
            if witness_stands(run, pending, reply, witness) { "stands" } else { "does not stand" }
        )),
    }
}

/// Settings of one transaction: `search_path` first and as plain text, because everything after it is looked up by it.
pub fn pin(message: &mut Message, release: &Release, deadline_ms: u64) {
    message.engine("search_path", "SET LOCAL search_path = pg_catalog, pg_temp;");
    message.engine("deadline", &format!("SET LOCAL oneroof.deadline_ms = '{deadline_ms}';"));
    message.engine("session settings", release.catalog("session"));
}

fn compose_run(message: &mut Message, release: &Release, run: &Run<'_>) -> Layout {
    let script = run.script(release);
    // Relations that the tier makes are not there before, those that it drops are not there after.
    let counted: Vec<&String> = if run.tier.creates { Vec::new() } else { run.tier.writes.iter().collect() };
    let guard = message.part(&script.path, script.part(PartKind::Guard));
    let before = message.engine("identity", release.catalog("identity"));
    message.engine("xid", "SELECT pg_catalog.pg_current_xact_id()::text AS xid;");
    message.engine("locks", release.catalog("locks"));
    message.engine("catalogue", release.catalog("catalog_state"));
    let counts_before = count(message, &counted);
    let body = message.part(&script.path, script.part(PartKind::Body));
    message.engine("constraints", "SET CONSTRAINTS ALL IMMEDIATE;");
    let assert = message.part(&script.path, script.part(PartKind::Assert));
    // Counts come last but one: whatever an assertion could have written is in them.
    let counts_after = count(message, &counted);
    let after = message.engine("identity", release.catalog("identity"));
    let locks = message.engine("locks", release.catalog("locks"));
    let catalogue = message.engine("catalogue", release.catalog("catalog_state"));
    let after = SegmentId { first: after.first, end: catalogue.end.max(locks.end) };
    Layout { guard, before, counts_before, body, assert, after, counts_after }
}

fn count(message: &mut Message, relations: &[&String]) -> Vec<(String, usize)> {
    relations
        .iter()
        .map(|relation| ((*relation).clone(), message.engine("rows", &RowCount::question(relation)).first))
        .collect()
}

/// The checks that a tier told, with the part that told them.
fn tell_checks(reply: &Reply, run: &Run<'_>, layout: &Layout) -> Vec<(PartKind, Check)> {
    let parts = [
        (PartKind::Guard, &layout.guard, Phase::Guard),
        (PartKind::Body, &layout.body, Phase::Guard),
        (PartKind::Assert, &layout.assert, Phase::Assert),
    ];
    let mut told = Vec::new();
    for (part, segment, phase) in parts {
        for statement in reply.statements.iter().take(segment.end).skip(segment.first) {
            let notices = statement.notices.iter().filter(|notice| notice.code() == Check::SQLSTATE);
            told.extend(
                notices
                    .filter_map(|notice| Check::parse(notice.detail(), run.tier.number, phase))
                    .map(|check| (part, check)),
            );
        }
    }
    told
}

fn evidence(reply: &Reply, layout: &Layout) -> Evidence {
    let identity = |statement| reply.row(statement).map(Identity::of).unwrap_or_default();
    let counted = layout.counts_before.iter().zip(&layout.counts_after);
    Evidence {
        before: identity(layout.before.first),
        xid: reply.row(layout.before.first + 1).and_then(|row| row.get("xid")).map(str::to_owned),
        locks_before: Lock::all(reply.rows(layout.before.first + 2)),
        catalog_before: catalog_state(reply.rows(layout.before.first + 3)),
        after: identity(layout.after.first),
        locks: Lock::all(reply.rows(layout.after.first + 1)),
        catalog_after: catalog_state(reply.rows(layout.after.first + 2)),
        counted: counted
            .filter_map(|((relation, before), (_, after))| {
                let (before, after) = (RowCount::of(reply, *before)?, RowCount::of(reply, *after)?);
                Some(Counted { relation: relation.clone(), before, after })
            })
            .collect(),
    }
}

fn fill(report: &mut TierReport, evidence: &Evidence) {
    report.xid.clone_from(&evidence.xid);
    report.deltas = evidence.counted.iter().map(|counted| (counted.relation.clone(), counted.delta())).collect();
    report.locks = evidence.locks.iter().filter(|lock| !lock.catalog).cloned().collect();
    report.locks.dedup();
    report.wal_bytes = evidence.after.wal_bytes.zip(evidence.before.wal_bytes).map(|(after, before)| after - before);
    report.duration_ms = server_time_between(&evidence.before.server_time, &evidence.after.server_time);
}

fn server_time_between(before: &str, after: &str) -> Option<f64> {
    let (before, after): (jiff::Timestamp, jiff::Timestamp) = (before.parse().ok()?, after.parse().ok()?);
    let micros = after.duration_since(before).as_micros();
    i32::try_from(micros / 100).ok().map(|tenths| f64::from(tenths) / 10.0)
}

/// Who holds or waits for what, of a row of `sql/catalog/holders.sql`.
pub fn holder_line(row: &crate::pg::session::Row) -> String {
    let who = match row.get("pid") {
        Some(pid) => format!("pid {pid}, user {}, application {}", row.text("user_name"), row.text("application")),
        None => format!("prepared transaction {}", row.text("prepared")),
    };
    let what = if row.is_true("granted") { "holds" } else { "waits for" };
    format!("{who} ({}) {what} {} on {}", row.text("state"), row.text("mode"), row.text("relation"))
}

fn unresolved(
    mut transaction: Transaction,
    xid: String,
    reason: String,
    observer: &mut dyn Observer,
    run: &Run<'_>,
) -> Transaction {
    transaction.tiers[0].outcome = Outcome::Unresolved;
    observer.tier_ends(run, &transaction.tiers[0]);
    transaction.failure = Some(Failure::Unknown { xid, reason });
    transaction
}

fn settle(
    mut transaction: Transaction,
    resolution: Resolution,
    run: &Run<'_>,
    pending: &Pending,
    begun: Instant,
    observer: &mut dyn Observer,
) -> Transaction {
    let report = &mut transaction.tiers[0];
    match resolution {
        Resolution::Applied => {
            report.outcome = if run.direction == Direction::Apply { Outcome::Committed } else { Outcome::Undone };
            report.xid_status = Some("committed".to_owned());
            report.duration_ms = Some((begun.elapsed().as_secs_f64() * 10_000.0).round() / 10.0);
        }
        Resolution::Refused { error } => {
            report.outcome = Outcome::Aborted;
            report.xid_status = Some("aborted".to_owned());
            transaction.failure = Some(Failure::CommitRefused { error });
        }
        Resolution::NotApplied { status } => {
            report.outcome = Outcome::Aborted;
            report.xid_status = status;
            transaction.failure = Some(Failure::CommitLost { xid: pending.xid.clone() });
        }
        Resolution::Unknown { reason } => return unresolved(transaction, pending.xid.clone(), reason, observer, run),
    }
    observer.tier_ends(run, &transaction.tiers[0]);
    transaction
}
