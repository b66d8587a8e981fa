//! Finds out the outcome of a COMMIT whose reply was lost. It only reads. It never runs the transaction again.
//!
//! It makes three steps, in this order:
//! 1. It checks that the same server and database answer.
//! 2. It waits for the fence. The backend that received the COMMIT holds the run lock until it ends. If it does not hold the lock any more,
//!    its COMMIT has ended. A run that continues needs the lock. Without such a run, a final status is enough.
//! 3. It reads the transaction's status, the tier's state and the proof row.
//!
//! If the server has run without a crash or restart since, the status `committed` is the truth, even if others have changed the tier. After a crash it
//! is not enough: the server may use a transaction id again that never reached the disk. Then the proof row must have the id too.
//!
//! The status `aborted` always means that the COMMIT had no effect. The same is true if the server has not assigned the id yet.

use super::executor::Executor;
use super::proof::{ANSWER, Unanswered, again, is_proven, proof_row_question, read_only, read_status, status_question};
use super::same::{Known, other};
use super::{Direction, Pending, Run};
use crate::pg::connector::{Connector, Opened};
use crate::pg::failure::SqlFailure;
use crate::pg::message::SegmentId;
use crate::pg::questions;
use crate::pg::server_facts::Identity;
use crate::pg::session::{Reply, Session};
use crate::release::Release;
use std::time::{Duration, Instant};

/// The time between two tries.
const PAUSE: Duration = Duration::from_millis(200);
/// How long the last try may take, after the time for the search has ended.
const LAST_ANSWER: Duration = Duration::from_secs(5);

/// The outcome of the COMMIT.
#[derive(Clone, Debug)]
pub enum Resolution {
    /// It took effect.
    Applied,
    /// The server answered COMMIT with a rollback.
    Refused {
        /// The server's error, if it sent one.
        error: Option<SqlFailure>,
    },
    /// The reply was lost. The COMMIT did not take effect, and it cannot take effect later.
    NotApplied {
        /// The answer of `pg_xact_status`. `None` if it has no answer for this transaction.
        status: Option<String>,
    },
    /// The outcome could not be found out.
    Unknown {
        /// The reason, in words.
        reason: String,
    },
}

/// Tries on new connections until the outcome is certain, the time is over, or more than `held` signals have arrived. If the outcome is
/// found, the executor continues with the new session, which holds the run lock.
pub async fn resolve(executor: &mut Executor<'_>, run: &Run<'_>, pending: &Pending, held: u32) -> Resolution {
    // The old backend holds the run lock until it notices that its connection has ended.
    executor.session.abandon();
    let patience = executor.commit_patience * 2;
    let Executor { release, connector, interrupt, .. } = &mut *executor;
    let question = OutcomeQuestion { release, connector, run, pending };
    let answered = tokio::select! {
        answered = until_certain(&question, patience) => answered,
        signal = interrupt.beyond(held) => Err(format!("signal {signal} ended the search for the outcome")),
    };
    match answered {
        Ok((resolution, opened)) => {
            (executor.session, executor.identity) = (opened.session, opened.identity);
            resolution
        }
        Err(reason) => Resolution::Unknown { reason },
    }
}

/// [`resolve`] for an evidence file. It makes the same queries, in sessions that do not take the run lock.
///
/// # Errors
/// Returns why the outcome cannot be found out.
pub async fn ask_again(
    release: &Release,
    connector: &Connector,
    run: &Run<'_>,
    pending: &Pending,
    patience: Duration,
) -> Result<(Resolution, Opened), String> {
    until_certain(&OutcomeQuestion { release, connector, run, pending }, patience).await
}

/// Waits until the backend of a lost connection has ended. The connection was lost before COMMIT was sent. The executor continues with the new
/// session, which can read the states of the tiers.
///
/// # Errors
/// Returns why it is not known that the backend has ended.
pub async fn fence(executor: &mut Executor<'_>, patience: Duration) -> Result<(), String> {
    executor.session.abandon();
    let before = executor.identity.clone();
    let old = Old { pid: before.pid, known: Known::from(&before) };
    let Executor { release, connector, interrupt, .. } = &mut *executor;
    let mut last = "no connection".to_owned();
    let opened = tokio::select! {
        opened = tokio::time::timeout(patience, async {
            loop {
                match open_behind_fence(release, connector, &old).await {
                    Ok(opened) => return Ok(opened),
                    Err(Unanswered::Certainly(why)) => return Err(why),
                    Err(Unanswered::Again(why)) => last = why,
                }
                tokio::time::sleep(PAUSE).await;
            }
        }) => opened,
        signal = interrupt.raised() => return Err(format!("ended by signal {signal}")),
    };
    match opened {
        Ok(Ok(opened)) => {
            (executor.session, executor.identity) = (opened.session, opened.identity);
            Ok(())
        }
        Ok(Err(why)) => Err(why),
        Err(_) => Err(last),
    }
}

/// The search for the outcome of one COMMIT.
struct OutcomeQuestion<'a> {
    release: &'a Release,
    connector: &'a Connector,
    run: &'a Run<'a>,
    pending: &'a Pending,
}

async fn until_certain(question: &OutcomeQuestion<'_>, patience: Duration) -> Result<(Resolution, Opened), String> {
    let begun = Instant::now();
    let mut last = "no connection".to_owned();
    // A run waits for the lock, because it continues with it. `oneroof resolve` does not take the lock.
    let behind_fence = question.connector.takes_run_lock;
    loop {
        let left = patience.saturating_sub(begun.elapsed());
        match tokio::time::timeout(left, question.ask(behind_fence)).await {
            Ok(Ok(answered)) => return Ok(answered),
            Ok(Err(Unanswered::Certainly(why))) => return Err(why),
            Ok(Err(Unanswered::Again(why))) => last = why,
            Err(_) => break,
        }
        tokio::time::sleep(PAUSE).await;
    }
    // The outcome may be known although the run cannot continue.
    if behind_fence && let Ok(Ok(answered)) = tokio::time::timeout(LAST_ANSWER, question.ask(false)).await {
        return Ok(answered);
    }
    Err(format!("not found out within {} s: {last}", patience.as_secs()))
}

/// The session that was lost.
struct Old<'a> {
    pid: i64,
    known: Known<'a>,
}

/// Opens a session on the same database of the same server. The text says why a run must still wait for the old backend.
async fn open_again(
    release: &Release,
    connector: &Connector,
    old: &Old<'_>,
) -> Result<(Opened, Option<String>), Unanswered> {
    let opened = connector.open(release).await.map_err(|error| Unanswered::Again(error.to_string()))?;
    if let Some(objection) = objection(old, &opened.identity) {
        return Err(objection);
    }
    if opened.locked {
        return Ok((opened, None));
    }
    let holder = holder(&opened.session).await?;
    Ok((opened, still_fenced(old.pid, holder, connector.takes_run_lock)))
}

/// Opens a session on the same server. An error if the old backend still holds the run lock.
async fn open_behind_fence(release: &Release, connector: &Connector, old: &Old<'_>) -> Result<Opened, Unanswered> {
    match open_again(release, connector, old).await? {
        (opened, None) => Ok(opened),
        (opened, Some(why)) => {
            opened.session.close().await;
            Err(Unanswered::Again(why))
        }
    }
}

/// Why this server's answers cannot be used at all, or cannot be used yet.
fn objection(old: &Old<'_>, answers: &Identity) -> Option<Unanswered> {
    // Another database may have this name now. All databases of a server share the transaction ids, so their status would be misleading.
    if let Some(differs) = other(&old.known, answers) {
        return Some(Unanswered::Certainly(differs));
    }
    answers
        .in_recovery
        .then(|| Unanswered::Again("the server that answers is a standby, or is still recovering".to_owned()))
}

/// Why the new session must wait, if it did not get the run lock. `holder` is the backend that holds the lock now. `old` is the backend that
/// held it, or 0 if that is not known.
fn still_fenced(old: i64, holder: Option<i64>, takes_run_lock: bool) -> Option<String> {
    match holder {
        Some(pid) if old == 0 || pid == old => {
            Some(format!("backend {pid} still holds the run lock, so its transaction has not ended"))
        }
        // Another session released the lock after this session had requested it. A run continues only with the lock.
        None if takes_run_lock => Some("the run lock was released a moment ago".to_owned()),
        _ => None,
    }
}

/// The backend that holds the run lock.
async fn holder(session: &Session) -> Result<Option<i64>, Unanswered> {
    let reply = session.within(ANSWER, questions::HOLDERS).await.map_err(|lost| again(&lost))?;
    read_holder(&reply)
}

fn read_holder(reply: &Reply) -> Result<Option<i64>, Unanswered> {
    if let Some(error) = &reply.error {
        return Err(Unanswered::Again(error.message().to_owned()));
    }
    let mut rows = reply.statements.iter().flat_map(|statement| &statement.rows);
    let held = rows.find(|row| row.text("relation") == "run lock" && row.is_true("granted"));
    Ok(held.map(|row| row.number("pid").unwrap_or_default()))
}

impl OutcomeQuestion<'_> {
    /// Makes one try on a new connection. If `behind_fence` is set, only a session that a run can continue with counts.
    async fn ask(&self, behind_fence: bool) -> Result<(Resolution, Opened), Unanswered> {
        let Self { release, connector, run, pending } = *self;
        let old = Old { pid: pending.pid, known: Known::from(pending) };
        let (opened, fence) = open_again(release, connector, &old).await?;
        let history = history(pending, &opened.identity);
        if fence.is_none() || !behind_fence {
            let status =
                opened.session.within(ANSWER, &status_question(&pending.xid)).await.map_err(|lost| again(&lost))?;
            // The status alone may be enough, and the tier may be unreadable.
            let seen = CommitTraces { status: read_status(&status)?, proof_row: false, state: None };
            if let Some(resolution) = judge(run, pending, &seen, history) {
                return Ok((resolution, opened));
            }
            if fence.is_none() {
                let seen = read_traces(release, &opened.session, run, pending, seen).await?;
                return match judge(run, pending, &seen, history) {
                    Some(resolution) => Ok((resolution, opened)),
                    None => Err(Unanswered::Certainly(contradiction(&seen))),
                };
            }
        }
        opened.session.close().await;
        Err(Unanswered::Again(fence.unwrap_or_default()))
    }
}

/// The facts about the COMMIT that the new session read.
#[derive(Debug)]
struct CommitTraces {
    /// The answer of `pg_xact_status`. `None` for NULL. `future` for a transaction id that the server has not assigned yet.
    status: Option<String>,
    /// Whether the proof row has the transaction id.
    proof_row: bool,
    /// The state of the tier: `absent`, `applied` or `altered`. `None` for an action, which has no state.
    state: Option<String>,
}

/// Whether the server can have given the transaction id to another transaction since the COMMIT was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum History {
    /// The server has run without a crash or restart since the COMMIT.
    Same,
    /// The server was restarted or crashed, or its statistics were reset. It may have used a lost transaction id again.
    Perhaps,
    /// The server was restarted, and at its start this transaction id was not assigned yet.
    Later,
    /// The server is on another timeline, so the status belongs to another transaction.
    Other,
}

fn history(pending: &Pending, answers: &Identity) -> History {
    if answers.timeline != pending.timeline {
        return History::Other;
    }
    let started_again = answers.postmaster_start != pending.postmaster_start;
    if !started_again && pending.statistics_since.is_some() && pending.statistics_since == answers.statistics_since {
        return History::Same;
    }
    // A start makes a checkpoint. Every id that was assigned before is lower than the next id at this checkpoint.
    let later = |checkpoint| pending.xid.parse().is_ok_and(|xid: i64| checkpoint <= xid);
    if started_again && answers.checkpoint_xid.is_some_and(later) { History::Later } else { History::Perhaps }
}

/// Why the facts do not show the outcome.
fn contradiction(seen: &CommitTraces) -> String {
    let status = seen.status.as_deref().unwrap_or("nothing");
    let proof_row = if seen.proof_row { "is there" } else { "is missing" };
    match &seen.state {
        Some(state) => format!(
            "pg_xact_status says {status}, the tier is {state}, and its proof row {proof_row}. Either others have changed the tier, or the server has crashed since and used the transaction id again"
        ),
        None => format!(
            "pg_xact_status says {status}, and the action's proof row {proof_row}. Either others have changed what it wrote, or it wrote nothing and the server has used the transaction id again after a crash"
        ),
    }
}

/// Reads the state of the tier and its proof row. Each has a separate READ ONLY transaction, because the query for the proof row of an absent
/// tier fails.
async fn read_traces(
    release: &Release,
    session: &Session,
    run: &Run<'_>,
    pending: &Pending,
    seen: CommitTraces,
) -> Result<CommitTraces, Unanswered> {
    let (segment, reply) = read_only(session, "states", &release.states()).await?;
    let state = read_state(&reply, &segment, run)?;
    let (segment, reply) = read_only(session, "proof row", &proof_row_question(release, run, &pending.xid)).await?;
    // If the proof row cannot be read, its table is missing, so there is no proof row.
    let proof_row = reply.error.is_none() && is_proven(run, &pending.xid, &reply, &segment);
    Ok(CommitTraces { proof_row, state, ..seen })
}

/// The state of the tier. `None` for an action.
fn read_state(reply: &Reply, segment: &SegmentId, run: &Run<'_>) -> Result<Option<String>, Unanswered> {
    if run.tier.action {
        return Ok(None);
    }
    let number = run.tier.number.to_string();
    reply
        .to(segment)
        .rows()
        .find(|row| row.get("tier") == Some(number.as_str()))
        .map(|row| Some(row.text("state").to_owned()))
        .ok_or_else(|| {
            let why = reply.error.as_ref().map_or("no answer", |error| error.message());
            Unanswered::Again(format!("could not read the states of the tiers: {why}"))
        })
}

/// Decides the outcome from the facts. `None` if they contradict each other. If the proof row of an action is missing, this proves nothing: the
/// application may have changed or deleted the row since.
fn judge(run: &Run<'_>, pending: &Pending, seen: &CommitTraces, history: History) -> Option<Resolution> {
    let (done, rolled_back) = match run.direction {
        Direction::Apply => ("applied", "absent"),
        Direction::Rollback => ("absent", "applied"),
    };
    let status = seen.status.as_deref().filter(|_| history != History::Other && !pending.xid.is_empty());
    let state = seen.state.as_deref();
    let not_applied = || Some(Resolution::NotApplied { status: status.map(str::to_owned) });
    match status {
        // A COMMIT that reached the disk never has one of these statuses.
        Some("aborted" | "future") => not_applied(),
        // The id cannot belong to another transaction, so the tier's state does not matter. Others may have changed the tier.
        Some("committed") if history == History::Same => Some(Resolution::Applied),
        // The server used the id again after a crash, so this is the commit of another transaction.
        Some("committed") if history == History::Later => Some(Resolution::NotApplied { status: None }),
        Some("committed") if seen.proof_row => Some(Resolution::Applied),
        // The status is unknown, too old, or of another timeline. Only the tier's state and the proof row show the outcome.
        None | Some("in progress") if seen.proof_row && state.is_none_or(|state| state == done) => {
            Some(Resolution::Applied)
        }
        None | Some("in progress") if state == Some(rolled_back) => not_applied(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
