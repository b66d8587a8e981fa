//! The identity of a server that cannot answer all columns: each optional column is then read separately.

use super::questions;
use super::session::{Reply, Session};
use crate::sqlstate::INSUFFICIENT_PRIVILEGE;
use std::time::Duration;

/// The SQLSTATEs for a function that does not exist, that the role may not call, or that the server does not support.
const LACKING: [&str; 4] = ["42883", INSUFFICIENT_PRIVILEGE, "0A000", "55000"];

/// The identity that the server answered. If the server rejected the query, each optional column is read separately, and then the identity
/// is read without the columns that failed.
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
