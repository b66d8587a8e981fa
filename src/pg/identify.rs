//! The identity of a server that does not answer all of it: each optional column is read separately.

use super::questions;
use super::session::{Reply, Session};
use crate::sqlstate::INSUFFICIENT_PRIVILEGE;
use std::time::Duration;

/// SQLSTATE of what a server lacks: a function, the right to call it, or the object behind its name.
const LACKING: [&str; 4] = ["42883", INSUFFICIENT_PRIVILEGE, "0A000", "55000"];

/// The identity that was answered; if the server rejected it, what it can answer: each optional column is read separately, and then the
/// identity without those that failed.
pub async fn or_what_it_can(session: &mut Session, limit: Duration, answered: Reply) -> Reply {
    if !answered.error.as_ref().is_some_and(|error| LACKING.contains(&error.code())) {
        return answered;
    }
    for query in [questions::IDENTITY, questions::LIFE] {
        for (column, expression) in questions::optional(query) {
            match session.within(limit, &format!("SELECT\n{expression} AS {column};")).await.map(|reply| reply.error) {
                Ok(None) => {}
                Ok(Some(error)) => session.lacking.add(column, error.message()),
                Err(_) => return answered,
            }
        }
    }
    let query = [session.lacking.asks(questions::IDENTITY), session.lacking.asks(questions::LIFE)].join("\n");
    session.within(limit, &query).await.unwrap_or(answered)
}
