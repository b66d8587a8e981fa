//! Finds out how a COMMIT ended whose reply was lost. It asks, it never runs anything again.
//!
//! The order matters: the same server and database first, then the fence (the backend that was to commit holds the run lock as long as it
//! lives, so once that lock is not its own any more its COMMIT has ended one way or the other), and only then the transaction's status and
//! what stands. A status that is final by itself needs no fence, but a run that is to go on needs the lock. Of a server that lives on since, `committed` is the truth, whatever others have done to the tier meanwhile. After a crash it
//! alone proves nothing, because a transaction id that never reached the disk is given out again: the witness must carry it too.
//! `aborted`, and an id that was never given out, are always safe to believe.

use super::executor::Executor;
use super::proof::{
    ANSWER, Unanswered, again, read_only, status_question, told_status, witness_question, witness_stands,
};
use super::same::{Known, other};
use super::{Direction, Pending, Run};
use crate::pg::connector::{Connector, Opened};
use crate::pg::failure::SqlFailure;
use crate::pg::message::SegmentId;
use crate::pg::questions;
use crate::pg::session::{Reply, Session};
use crate::pg::witness::Identity;
use crate::release::Release;
use std::time::{Duration, Instant};

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(200);
/// How long the last reading of the status may take, after the time for the search has ended.
const LAST_ANSWER: Duration = Duration::from_secs(5);

/// How the COMMIT ended.
#[derive(Clone, Debug)]
pub enum Resolution {
    /// It took effect.
    Applied,
    /// The server itself answered that it was rolled back.
    Refused {
        /// Its words, where it said any.
        error: Option<SqlFailure>,
    },
    /// The reply was lost; it did not take effect, and cannot any more.
    NotApplied {
        /// What `pg_xact_status` said, where it said anything.
        status: Option<String>,
    },
    /// Nobody can say.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// Asks on new connections until the answer is certain, the patience ends or a signal beyond the `held` ones says to leave. When it
/// ends with an answer the executor goes on with the new session, which holds the run lock as the old one did.
pub async fn resolve(executor: &mut Executor<'_>, run: &Run<'_>, pending: &Pending, held: u32) -> Resolution {
    // The old backend lives, and holds the run lock, until it sees the end of its connection.
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

/// [`resolve`] for an evidence file: the same questions, on sessions that take no lock.
///
/// # Errors
/// With the reason why it cannot be known.
pub async fn ask_again(
    release: &Release,
    connector: &Connector,
    run: &Run<'_>,
    pending: &Pending,
    patience: Duration,
) -> Result<(Resolution, Opened), String> {
    until_certain(&OutcomeQuestion { release, connector, run, pending }, patience).await
}

/// Waits, after a connection that was lost before COMMIT was sent, until its backend has ended; the executor goes on with the new
/// session, which can be asked what stands.
///
/// # Errors
/// With the reason why it could not be seen.
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

/// How a COMMIT ended: what is checked, and on which server.
struct OutcomeQuestion<'a> {
    release: &'a Release,
    connector: &'a Connector,
    run: &'a Run<'a>,
    pending: &'a Pending,
}

async fn until_certain(question: &OutcomeQuestion<'_>, patience: Duration) -> Result<(Resolution, Opened), String> {
    let begun = Instant::now();
    let mut last = "no connection".to_owned();
    // A run waits for the lock that it is to go on with; who only asks does not.
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
    // How it ended may be known though the run cannot go on.
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

/// A session on the same database of the same server, and why a run must still wait for the old backend.
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

/// A session on the same server, once the old backend does not hold the run lock any more.
async fn open_behind_fence(release: &Release, connector: &Connector, old: &Old<'_>) -> Result<Opened, Unanswered> {
    match open_again(release, connector, old).await? {
        (opened, None) => Ok(opened),
        (opened, Some(why)) => {
            opened.session.close().await;
            Err(Unanswered::Again(why))
        }
    }
}

/// Why the answers of this server must not be used, or not yet.
fn objection(old: &Old<'_>, answers: &Identity) -> Option<Unanswered> {
    // A name can be given to another database, and a status is the whole server's.
    if let Some(differs) = other(&old.known, answers) {
        return Some(Unanswered::Certainly(differs));
    }
    answers
        .in_recovery
        .then(|| Unanswered::Again("the server that answers is a standby, or is still recovering".to_owned()))
}

/// Why the new session, which did not get the run lock, must wait; `holder` is who holds it now, `old` who held it (0 when unknown).
fn still_fenced(old: i64, holder: Option<i64>, takes_run_lock: bool) -> Option<String> {
    match holder {
        Some(pid) if old == 0 || pid == old => {
            Some(format!("backend {pid} still holds the run lock, so its transaction has not ended"))
        }
        // Somebody released it after this session had requested it. A run goes on with the lock, or not at all.
        None if takes_run_lock => Some("the run lock was released a moment ago".to_owned()),
        _ => None,
    }
}

/// The backend that holds the run lock.
async fn holder(session: &Session) -> Result<Option<i64>, Unanswered> {
    let reply = session.within(ANSWER, questions::HOLDERS).await.map_err(|lost| again(&lost))?;
    told_holder(&reply)
}

fn told_holder(reply: &Reply) -> Result<Option<i64>, Unanswered> {
    if let Some(error) = &reply.error {
        return Err(Unanswered::Again(error.message().to_owned()));
    }
    let mut rows = reply.statements.iter().flat_map(|statement| &statement.rows);
    let held = rows.find(|row| row.text("relation") == "run lock" && row.is_true("granted"));
    Ok(held.map(|row| row.number("pid").unwrap_or_default()))
}

impl OutcomeQuestion<'_> {
    /// Asks once, on a new connection. `behind_fence`: only with a session that a run can go on with.
    async fn ask(&self, behind_fence: bool) -> Result<(Resolution, Opened), Unanswered> {
        let Self { release, connector, run, pending } = *self;
        let old = Old { pid: pending.pid, known: Known::from(pending) };
        let (opened, fence) = open_again(release, connector, &old).await?;
        let history = history(pending, &opened.identity);
        if fence.is_none() || !behind_fence {
            let status =
                opened.session.within(ANSWER, &status_question(&pending.xid)).await.map_err(|lost| again(&lost))?;
            // The status alone, where that is enough: the tier may be unreadable.
            let seen = CommitTraces { status: told_status(&status)?, witness: false, state: None };
            if let Some(resolution) = judge(run, pending, &seen, history) {
                return Ok((resolution, opened));
            }
            if fence.is_none() {
                let seen = what_stands(release, &opened.session, run, pending, seen).await?;
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

/// What the new session saw.
#[derive(Debug)]
struct CommitTraces {
    /// `pg_xact_status`; `None` for NULL, `future` for a transaction id that was never given out.
    status: Option<String>,
    witness: bool,
    /// `absent`, `applied` or `altered`, of the tier; an action has no state but its witness.
    state: Option<String>,
}

/// What the server that answers has in common with the one that was to commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum History {
    /// It lives on since.
    Same,
    /// It was started again, or crashed, or its statistics were reset: an id that was lost may have been given out again.
    Perhaps,
    /// It was started again, and gives the transaction's id out later than that.
    Later,
    /// Another timeline: its status is of somebody else's history.
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
    // A start makes a checkpoint, and any earlier id is below the next id at that time.
    let later = |checkpoint| pending.xid.parse().is_ok_and(|xid: i64| checkpoint <= xid);
    if started_again && answers.checkpoint_xid.is_some_and(later) { History::Later } else { History::Perhaps }
}

/// Why the answers do not show how it ended.
fn contradiction(seen: &CommitTraces) -> String {
    let status = seen.status.as_deref().unwrap_or("nothing");
    let witness = if seen.witness { "is there" } else { "is missing" };
    match &seen.state {
        Some(state) => format!(
            "pg_xact_status says {status}, the tier is {state}, and its proof row {witness}. Either others have changed the tier, or the server has crashed since and used the transaction id again"
        ),
        None => format!(
            "pg_xact_status says {status}, and the action's proof row {witness}. Either others have changed what it wrote, or it wrote nothing and the server has used the transaction id again after a crash"
        ),
    }
}

/// The two other facts beside the status, each in a separate READ ONLY transaction: when a tier is absent, reading its proof row is an
/// error.
async fn what_stands(
    release: &Release,
    session: &Session,
    run: &Run<'_>,
    pending: &Pending,
    seen: CommitTraces,
) -> Result<CommitTraces, Unanswered> {
    let (segment, reply) = read_only(session, "states", &release.states()).await?;
    let state = told_state(&reply, &segment, run)?;
    let (segment, reply) = read_only(session, "witness", &witness_question(release, run, &pending.xid)).await?;
    // A proof row that cannot be read is not there: its table is missing.
    let witness = reply.error.is_none() && witness_stands(run, &pending.xid, &reply, &segment);
    Ok(CommitTraces { witness, state, ..seen })
}

/// The state of the tier; none for an action.
fn told_state(reply: &Reply, segment: &SegmentId, run: &Run<'_>) -> Result<Option<String>, Unanswered> {
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

/// The decision; `None` when the answers contradict each other. That an action's witness is missing says nothing: what it wrote is the
/// application's, which may have changed it a moment later.
fn judge(run: &Run<'_>, pending: &Pending, seen: &CommitTraces, history: History) -> Option<Resolution> {
    let (done, undone) = match run.direction {
        Direction::Apply => ("applied", "absent"),
        Direction::Undo => ("absent", "applied"),
    };
    let status = seen.status.as_deref().filter(|_| history != History::Other && !pending.xid.is_empty());
    let state = seen.state.as_deref();
    let not_applied = || Some(Resolution::NotApplied { status: status.map(str::to_owned) });
    match status {
        // A COMMIT that reached the disk never reads so, whatever others have done to the tier since.
        Some("aborted" | "future") => not_applied(),
        // Nor is what others have done of any account while the id cannot have had a second owner.
        Some("committed") if history == History::Same => Some(Resolution::Applied),
        // The id was given out again after a crash: somebody else's commit.
        Some("committed") if history == History::Later => Some(Resolution::NotApplied { status: None }),
        Some("committed") if seen.witness => Some(Resolution::Applied),
        // Status unknown, too old, or of another timeline: only the content can say.
        None | Some("in progress") if seen.witness && state.is_none_or(|state| state == done) => {
            Some(Resolution::Applied)
        }
        None | Some("in progress") if state == Some(undone) => not_applied(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
