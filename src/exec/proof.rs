//! The proof of a COMMIT: the status of its transaction, and the proof row that the tier wrote. [`super::commit`] reads both right after its
//! COMMIT, [`super::resolver`] reads them in a new session, and the commands `resolve` and `evidence` read them later.

use super::{Direction, Pending, Run};
use crate::packet::name::{identifier, in_sql};
use crate::pg::message::{Message, SegmentId};
use crate::pg::pins::{LockTry, pin};
use crate::pg::session::{Lost, Reply, Session};
use crate::release::Release;
use crate::sqlstate::INVALID_PARAMETER_VALUE;
use std::time::Duration;

/// How long one query may take on a server that has answered before.
pub(super) const ANSWER: Duration = Duration::from_secs(20);

/// Why a query has no usable answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// A later try may get an answer.
    Again(String),
    /// No later try will get an answer.
    Certainly(String),
}

pub(super) fn again(lost: &Lost) -> Unanswered {
    Unanswered::Again(lost.words().to_owned())
}

/// The query for the status of a transaction. The id came from the server and consists of digits.
pub(super) fn status_question(xid: &str) -> String {
    format!("SELECT pg_catalog.pg_xact_status('{xid}'::pg_catalog.xid8) AS status;")
}

/// The query for a tier's proof row. It returns the row's xmin after an apply, and the state of each tier after a rollback.
pub(super) fn proof_row_question(release: &Release, run: &Run<'_>, xid: &str) -> String {
    let proof_row = &run.tier.proof_row;
    let table = in_sql(&proof_row.table);
    if run.tier.action && proof_row.relation {
        // The action drops this relation.
        return format!("SELECT pg_catalog.to_regclass('{table}') IS NULL AS gone;");
    }
    if run.tier.action {
        // It is not known in advance which row the action writes. Any row with its transaction id is a proof.
        return format!(
            "SELECT t.xmin::pg_catalog.text AS xmin FROM {table} AS t WHERE t.xmin OPERATOR(pg_catalog.=) '{}'::pg_catalog.xid LIMIT 1;",
            low_bits(xid).unwrap_or_default()
        );
    }
    match (run.direction, &proof_row.column, &proof_row.value) {
        (Direction::Rollback, _, _) => release.states(),
        // A tier without a proof row is proven by its state.
        (Direction::Apply, _, _) if proof_row.table.is_empty() => release.states(),
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

/// Whether the reply shows that the COMMIT took effect. `proof_row` is the place of the answer to the query of [`proof_row_question`].
pub(super) fn is_proven(run: &Run<'_>, xid: &str, reply: &Reply, proof_row: &SegmentId) -> bool {
    let mut rows = reply.to(proof_row).rows();
    if run.tier.action && run.tier.proof_row.relation {
        return rows.any(|row| row.is_true("gone"));
    }
    match run.direction {
        Direction::Apply if run.tier.proof_row.table.is_empty() => {
            let number = run.tier.number.to_string();
            rows.any(|row| row.get("tier") == Some(number.as_str()) && row.get("state") == Some("applied"))
        }
        Direction::Apply => {
            let low = low_bits(xid).unwrap_or_default();
            rows.any(|row| row.get("xmin") == Some(low.as_str()))
        }
        Direction::Rollback => {
            let number = run.tier.number.to_string();
            rows.any(|row| row.get("tier") == Some(number.as_str()) && row.get("state") == Some("absent"))
        }
    }
}

/// The transaction id in the form of a row's xmin, which has only the low 32 bits.
fn low_bits(xid: &str) -> Option<String> {
    xid.parse::<u64>().ok().map(|xid| (xid & 0xffff_ffff).to_string())
}

/// The query for the proof row in a form that a person can run, and the value that the answer must contain.
pub fn proof_row_by_hand(release: &Release, run: &Run<'_>, pending: &Pending) -> String {
    let question = proof_row_question(release, run, &pending.xid);
    match low_bits(&pending.xid) {
        Some(low) if !run.tier.proof_row.relation => format!("{question} (a row whose xmin is {low})"),
        _ => question,
    }
}

/// Whether the server confirms a COMMIT that a run reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The transaction's status is `committed`. If the tier's proof row was read, it has the transaction id.
    Committed,
    /// The server contradicts the run. The text says how.
    Not(String),
    /// It cannot be found out any more. The text says why.
    Unknown(String),
}

/// Reads the status of a transaction, and the proof row of the tier that it applied.
///
/// # Errors
/// Returns an error if the server did not answer.
pub async fn proof_of(release: &Release, session: &Session, xid: &str, run: Option<&Run<'_>>) -> Result<Proof, String> {
    if xid.is_empty() || !xid.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Proof::Not("that is not a transaction id".to_owned()));
    }
    let lost = |lost: Lost| lost.words().to_owned();
    let status = session.within(ANSWER, &status_question(xid)).await.map_err(lost)?;
    let status = match read_status(&status) {
        Ok(status) => status,
        Err(Unanswered::Again(why) | Unanswered::Certainly(why)) => return Ok(Proof::Unknown(why)),
    };
    let row = match run {
        Some(run) => {
            let (segment, reply) = read_only(session, "proof row", &proof_row_question(release, run, xid))
                .await
                .map_err(|unanswered| match unanswered {
                    Unanswered::Again(why) | Unanswered::Certainly(why) => why,
                })?;
            if let Some(error) = &reply.error {
                return Ok(Proof::Unknown(format!("the tier's proof row could not be read: {}", error.message())));
            }
            Some(is_proven(run, xid, &reply, &segment))
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

/// Reads the answer of `pg_xact_status`.
pub(super) fn read_status(reply: &Reply) -> Result<Option<String>, Unanswered> {
    match &reply.error {
        // The error is "transaction ID … is in the future": the server has not assigned this id yet.
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
