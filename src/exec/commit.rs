//! Sends COMMIT alone. A COMMIT counts only if the server's status of the transaction and the proof row confirm it.

use super::executor::Executor;
use super::interrupt::Doing;
use super::proof::{is_proven, proof_row_question, status_question};
use super::resolver::{Resolution, resolve};
use super::{Direction, Failure, Observer, Outcome, Pending, Run, TierReport, Transaction};
use crate::pg::failure::SqlFailure;
use crate::pg::message::{Message, SegmentId};
use crate::pg::session::Reply;
use std::time::Instant;

/// The position up to which the server's log is on its disk. A crash does not undo anything before this position.
const POSITION: &str = "SELECT pg_catalog.pg_current_wal_flush_lsn() AS lsn;";

impl Executor<'_> {
    /// Sends COMMIT. Its message has no other statements except the queries for its outcome. From here on nothing is cancelled.
    pub(super) async fn commit(
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
        let status = message.engine("commit status", &status_question(&pending.xid));
        let proof_row = message.engine("proof row", &proof_row_question(self.release, run, &pending.xid));
        // This query is the last, and is sent only if the server has the function, because no query after COMMIT may fail.
        let position = self.identity.wal_bytes.map(|_| message.engine("log position", POSITION));
        // The first signal from here on waits until the outcome is known. The second one ends the run at once.
        let held = self.interrupt.count() + 1;
        self.interrupt.doing(Doing::Commit);
        let patience = self.commit_patience;
        let answer = tokio::select! {
            answer = self.session.within(patience, message.text()) => answer,
            signal = self.interrupt.beyond(held) => {
                let reason = format!("a second signal ({signal}) ended the run while COMMIT was under way");
                return unresolved(transaction, pending.xid, reason, observer, run);
            }
        };
        let read = match &answer {
            Ok(reply) => {
                transaction.tiers[0].lsn =
                    position.and_then(|segment| reply.to(&segment).row()?.get("lsn").map(str::to_owned));
                let warnings = reply.statements.first().map(|statement| statement.notices.clone()).unwrap_or_default();
                transaction.notes.extend(
                    warnings
                        .iter()
                        .map(|notice| format!("{}: {} ({})", notice.severity(), notice.message(), notice.code())),
                );
                read_commit(run, &pending, reply, &status, &proof_row)
            }
            Err(lost) => CommitAnswer::Unclear(format!("the reply to COMMIT was lost: {}", lost.words())),
        };
        let resolution = match read {
            CommitAnswer::Committed => Resolution::Applied,
            CommitAnswer::Refused(error) => Resolution::Refused { error },
            CommitAnswer::Unclear(reason) => {
                observer.resolving(&pending, &reason);
                transaction.notes.push(format!("{reason}; checked on a new connection"));
                resolve(self, run, &pending, held).await
            }
        };
        self.interrupt.doing(Doing::Reading);
        settle(transaction, resolution, run, &pending, begun, observer)
    }

    fn pending(&self, run: &Run<'_>, report: &TierReport) -> Pending {
        Pending {
            tier: run.tier.number,
            action: run.tier.action.then(|| run.tier.name.clone()),
            direction: run.direction,
            xid: report.xid.clone().unwrap_or_default(),
            system_identifier: self.identity.system_identifier.clone(),
            timeline: self.identity.timeline.clone(),
            postmaster_start: self.identity.postmaster_start.clone(),
            statistics_since: self.identity.statistics_since.clone(),
            database: self.identity.database.clone(),
            database_oid: self.identity.database_oid.clone(),
            pid: self.identity.pid,
            wal_bytes: self.identity.wal_bytes,
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
    proof_row: &SegmentId,
) -> CommitAnswer {
    let tag = reply.statements.first().map_or("", |statement| statement.tag.as_str());
    let said = reply.to(status).row().and_then(|row| row.get("status"));
    if reply.failed_statement() == Some(0) && reply.status == b'I' {
        return CommitAnswer::Refused(reply.error.as_ref().map(SqlFailure::from_server));
    }
    match (tag, said) {
        ("COMMIT", Some("committed")) if is_proven(run, &pending.xid, reply, proof_row) => CommitAnswer::Committed,
        ("ROLLBACK", Some("aborted") | None) => CommitAnswer::Refused(None),
        _ => CommitAnswer::Unclear(format!(
            "the server answered COMMIT with {tag:?}, the status of the transaction is {}, its proof row is {}",
            said.unwrap_or("not known"),
            if is_proven(run, &pending.xid, reply, proof_row) { "there" } else { "not there" }
        )),
    }
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
            report.outcome = if run.direction == Direction::Apply { Outcome::Committed } else { Outcome::RolledBack };
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

#[cfg(test)]
mod tests;
