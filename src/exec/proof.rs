//! What proves a COMMIT: the status of its transaction and the proof row that the tier left behind, how both are read, and what the answers
//! say. [`super::commit`] asks behind its own COMMIT, [`super::resolver`] on a new session, and `resolve` and `evidence` later.

use super::{Direction, Pending, Run};
use crate::packet::name::{identifier, in_sql};
use crate::pg::message::{Message, SegmentId};
use crate::pg::pins::{LockTry, pin};
use crate::pg::session::{Lost, Reply, Session};
use crate::release::Release;
use crate::sqlstate::INVALID_PARAMETER_VALUE;
use std::time::Duration;

/// How long one question to a server that answers may take.
pub(super) const ANSWER: Duration = Duration::from_secs(20);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// A later try may get an answer.
    Again(String),
    /// No try will.
    Certainly(String),
}

pub(super) fn again(lost: &Lost) -> Unanswered {
    Unanswered::Again(lost.words().to_owned())
}

/// `pg_xact_status` of the transaction; its id came from the server and is digits.
pub(super) fn status_question(xid: &str) -> String {
    format!("SELECT pg_catalog.pg_xact_status('{xid}'::pg_catalog.xid8) AS status;")
}

/// The query for a tier's proof row: after an apply the row's xmin, after a rollback the state of each tier.
pub(super) fn witness_question(release: &Release, run: &Run<'_>, xid: &str) -> String {
    let witness = &run.tier.witness;
    let table = in_sql(&witness.table);
    if run.tier.action && witness.relation {
        // What is dropped is proven by its absence.
        return format!("SELECT pg_catalog.to_regclass('{table}') IS NULL AS gone;");
    }
    if run.tier.action {
        // Which row it wrote is not known beforehand: any that carries its transaction id.
        return format!(
            "SELECT t.xmin::pg_catalog.text AS xmin FROM {table} AS t WHERE t.xmin OPERATOR(pg_catalog.=) '{}'::pg_catalog.xid LIMIT 1;",
            low_bits(xid).unwrap_or_default()
        );
    }
    match (run.direction, &witness.column, &witness.value) {
        (Direction::Undo, _, _) => release.states(),
        // A tier without a proof row is there when its state says so.
        (Direction::Apply, _, _) if witness.table.is_empty() => release.states(),
        (Direction::Apply, Some(column), Some(value)) => format!(
            "SELECT t.xmin::pg_catalog.text AS xmin FROM {table} AS t WHERE t.{} OPERATOR(pg_catalog.=) '{}';",
            identifier(column),
            value.replace('\'', "''")
        ),
        (Direction::Apply, _, _) => format!(
            "SELECT c.xmin::pg_catalog.text AS xmin FROM pg_catalog.pg_class AS c WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass('{table}');"
        ),
    }
}

/// Whether the answer to the witness question proves the COMMIT.
pub(super) fn witness_stands(run: &Run<'_>, xid: &str, reply: &Reply, witness: &SegmentId) -> bool {
    let mut rows = reply.to(witness).rows();
    if run.tier.action && run.tier.witness.relation {
        return rows.any(|row| row.is_true("gone"));
    }
    match run.direction {
        Direction::Apply if run.tier.witness.table.is_empty() => {
            let number = run.tier.number.to_string();
            rows.any(|row| row.get("tier") == Some(number.as_str()) && row.get("state") == Some("applied"))
        }
        Direction::Apply => {
            let low = low_bits(xid).unwrap_or_default();
            rows.any(|row| row.get("xmin") == Some(low.as_str()))
        }
        Direction::Undo => {
            let number = run.tier.number.to_string();
            rows.any(|row| row.get("tier") == Some(number.as_str()) && row.get("state") == Some("absent"))
        }
    }
}

/// The transaction id as a row holds it: its xmin has 32 bits, the id has its epoch in front.
fn low_bits(xid: &str) -> Option<String> {
    xid.parse::<u64>().ok().map(|xid| (xid & 0xffff_ffff).to_string())
}

/// The witness question in a form that a person can run: what it answers must hold the transaction id.
pub fn witness_by_hand(release: &Release, run: &Run<'_>, pending: &Pending) -> String {
    let question = witness_question(release, run, &pending.xid);
    match low_bits(&pending.xid) {
        Some(low) if !run.tier.witness.relation => format!("{question} (a row whose xmin is {low})"),
        _ => question,
    }
}

/// Whether the server confirms a COMMIT that a run reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Its own status says so, and so does the tier's proof row where it was read.
    Committed,
    /// It says otherwise.
    Not(String),
    /// Nobody can say any more.
    Unknown(String),
}

/// Asks the server for the status of a transaction, and for the proof row of the tier that it applied.
///
/// # Errors
/// When no answer came.
pub async fn proof_of(release: &Release, session: &Session, xid: &str, run: Option<&Run<'_>>) -> Result<Proof, String> {
    if xid.is_empty() || !xid.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Proof::Not("that is not a transaction id".to_owned()));
    }
    let lost = |lost: Lost| lost.words().to_owned();
    let status = session.within(ANSWER, &status_question(xid)).await.map_err(lost)?;
    let status = match told_status(&status) {
        Ok(status) => status,
        Err(Unanswered::Again(why) | Unanswered::Certainly(why)) => return Ok(Proof::Unknown(why)),
    };
    let row = match run {
        Some(run) => {
            let (segment, reply) = read_only(session, "witness", &witness_question(release, run, xid)).await.map_err(
                |asked| match asked {
                    Unanswered::Again(why) | Unanswered::Certainly(why) => why,
                },
            )?;
            if let Some(error) = &reply.error {
                return Ok(Proof::Unknown(format!("the tier's proof row could not be read: {}", error.message())));
            }
            Some(witness_stands(run, xid, &reply, &segment))
        }
        None => None,
    };
    Ok(match (status.as_deref(), row) {
        (Some("committed"), None | Some(true)) | (None, Some(true)) => Proof::Committed,
        (Some("committed"), Some(false)) => {
            Proof::Unknown("the server shows it as committed, but the tier's proof row has another id".to_owned())
        }
        (Some("future"), _) => Proof::Not("the server has not assigned this id yet".to_owned()),
        (Some(other), _) => Proof::Not(format!("the server shows it as {other}")),
        (None, _) => Proof::Unknown("the server no longer keeps the status of an id this old".to_owned()),
    })
}

/// What the answer to `pg_xact_status` says.
pub(super) fn told_status(reply: &Reply) -> Result<Option<String>, Unanswered> {
    match &reply.error {
        // "transaction ID … is in the future": it was never given out since.
        Some(error) if error.code() == INVALID_PARAMETER_VALUE => Ok(Some("future".to_owned())),
        Some(error) => Err(Unanswered::Again(error.message().to_owned())),
        None => Ok(reply.row(0).and_then(|row| row.get("status")).map(str::to_owned)),
    }
}

/// One query in a separate READ ONLY transaction.
pub(super) async fn read_only(
    session: &Session,
    name: &'static str,
    sql: &str,
) -> Result<(SegmentId, Reply), Unanswered> {
    let mut message = Message::default();
    message.engine("begin", "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;");
    pin(&mut message, u64::try_from(ANSWER.as_millis()).unwrap_or(u64::MAX), LockTry::Short);
    let segment = message.engine(name, sql);
    let reply = session.within(ANSWER, message.text()).await.map_err(|lost| again(&lost))?;
    session.within(ANSWER, "ROLLBACK").await.map_err(|lost| again(&lost))?;
    Ok((segment, reply))
}
