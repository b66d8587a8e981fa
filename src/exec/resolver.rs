//! Finds out how a COMMIT ended whose reply was lost. It asks, it never runs anything again.
//!
//! The order matters (faults.md section 2.2): the same server first, then the run lock as the fence (a COMMIT that still hangs holds it),
//! and only then the transaction's status and what stands. `committed` alone proves nothing after a crash, because a transaction id that
//! never reached the disk is given out again: the witness must carry it too.

use super::transaction::{Executor, status_question, witness_question, witness_stands};
use super::{Direction, Pending, Run};
use crate::pg::connector::Connector;
use crate::pg::failure::SqlFailure;
use crate::pg::message::Message;
use crate::pg::session::{Reply, Session};
use crate::pg::witness::Identity;
use crate::release::Release;
use std::time::{Duration, Instant};

/// How long to go on asking before the outcome is reported as unknown.
const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(200);

/// How the COMMIT ended.
#[derive(Clone, Debug)]
pub enum Resolution {
    /// It stands.
    Applied,
    /// It does not stand, and cannot come to stand any more.
    NotApplied {
        /// The server's words, where it said any.
        error: Option<SqlFailure>,
    },
    /// Nobody can say.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// Asks on new connections until the answer is certain or the patience ends. On success the executor goes on with the new session,
/// which then holds the run lock.
pub async fn resolve(executor: &mut Executor<'_>, run: &Run<'_>, pending: &Pending) -> Resolution {
    let begun = Instant::now();
    loop {
        let Executor { release, connector, interrupt, .. } = executor;
        let asked = tokio::select! {
            asked = ask(release, connector, run, pending) => asked,
            signal = interrupt.raised() => return Resolution::Unknown { reason: format!("left by signal {signal} while the outcome was asked for") },
        };
        let reason = match asked {
            Ok((resolution, session, identity)) => {
                executor.session = session;
                executor.identity = identity;
                return resolution;
            }
            Err(Asked::Certainly(unknown)) => return Resolution::Unknown { reason: unknown },
            Err(Asked::Again(why)) => why,
        };
        if begun.elapsed() >= PATIENCE {
            return Resolution::Unknown { reason };
        }
        tokio::time::sleep(PAUSE).await;
    }
}

enum Asked {
    /// A later try may get an answer.
    Again(String),
    /// No try will.
    Certainly(String),
}

async fn ask(
    release: &Release,
    connector: &Connector,
    run: &Run<'_>,
    pending: &Pending,
) -> Result<(Resolution, Session, Identity), Asked> {
    let opened = connector.open(release).await.map_err(|error| Asked::Again(error.to_string()))?;
    let (session, identity) = (opened.session, opened.identity);
    if identity.system_identifier != pending.system_identifier {
        return Err(Asked::Certainly("another server answers under this name".to_owned()));
    }
    if identity.database != pending.database {
        return Err(Asked::Certainly("another database answers under this name".to_owned()));
    }
    if identity.in_recovery {
        return Err(Asked::Again("a standby answers".to_owned()));
    }
    if !opened.locked {
        return Err(Asked::Again("the run lock is still held: the COMMIT may be under way".to_owned()));
    }
    let same_timeline = identity.timeline == pending.timeline;
    let reply = question(release, &session, run, pending).await.map_err(Asked::Again)?;
    match judge(run, pending, &reply, same_timeline) {
        Some(resolution) => Ok((resolution, session, identity)),
        None => Err(Asked::Certainly("neither the tier nor its absence can be seen in the database".to_owned())),
    }
}

/// What the new session saw.
struct Seen {
    /// `pg_xact_status`; `None` for NULL, `future` for a transaction id that was never given out.
    status: Option<String>,
    witness: bool,
    /// `absent`, `standing` or `altered`, of the tier.
    state: String,
}

async fn question(release: &Release, session: &Session, run: &Run<'_>, pending: &Pending) -> Result<Seen, String> {
    let lost = |lost: crate::pg::session::Lost| lost.driver;
    let status = session.simple(&status_question(pending)).await.map_err(lost)?;
    let status = match &status.error {
        // "transaction ID … is in the future": it was never given out since.
        Some(error) if error.code() == "22023" => Some("future".to_owned()),
        Some(error) => return Err(error.message().to_owned()),
        None => status.row(0).and_then(|row| row.get("status")).map(str::to_owned),
    };
    let mut message = Message::default();
    let standing = message.engine("standing", release.catalog("standing"));
    let told = session.message(&message).await.map_err(lost)?;
    let number = run.tier.number.to_string();
    let state = |reply: &Reply| {
        (standing.first..standing.end)
            .flat_map(|statement| reply.rows(statement))
            .find(|row| row.get("tier") == Some(number.as_str()))
            .map(|row| row.text("state").to_owned())
    };
    let state = state(&told).ok_or_else(|| "what stands could not be asked".to_owned())?;
    let mut message = Message::default();
    let witness = message.engine("witness", &witness_question(release, run));
    let answer = session.message(&message).await.map_err(lost)?;
    // A witness that cannot be asked (its table is not there) does not stand.
    let witness = answer.error.is_none() && witness_stands(run, pending, &answer, &witness);
    Ok(Seen { status, witness, state })
}

/// The decision; `None` when the answers contradict each other.
fn judge(run: &Run<'_>, pending: &Pending, seen: &Seen, same_timeline: bool) -> Option<Resolution> {
    let (done, undone) = match run.direction {
        Direction::Apply => ("standing", "absent"),
        Direction::Undo => ("absent", "standing"),
    };
    let not_applied = || Some(Resolution::NotApplied { error: None });
    let status = seen.status.as_deref().filter(|_| same_timeline && !pending.xid.is_empty());
    match status {
        Some("aborted" | "future") if seen.state == undone => not_applied(),
        Some("committed") if seen.witness => Some(Resolution::Applied),
        // The id was given out again after a crash: somebody else's commit.
        Some("committed") if seen.state == undone => not_applied(),
        // Status unknown, too old, or of another timeline: only the content can say.
        None | Some("in progress") if seen.state == done && seen.witness => Some(Resolution::Applied),
        None | Some("in progress") if seen.state == undone => not_applied(),
        _ => None,
    }
}
