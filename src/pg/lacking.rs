//! What a server does not answer of itself: a function that it does not have, or that the role may not call. Who reads goes on without it.

use super::questions;
use super::session::{Reply, Session};
use crate::sqlstate::INSUFFICIENT_PRIVILEGE;
use std::borrow::Cow;
use std::time::Duration;

/// SQLSTATE of what a server lacks: a function, the right to call it, or what stands behind its name.
const LACKING: [&str; 4] = ["42883", INSUFFICIENT_PRIVILEGE, "0A000", "55000"];

/// Optional columns of the identity that have no answer, each with the server's reason.
#[derive(Debug, Default)]
pub struct Lacking(Vec<(String, String)>);

impl Lacking {
    /// One of the engine's queries, without these columns.
    pub fn asks(&self, query: &'static str) -> Cow<'static, str> {
        if self.0.is_empty() {
            return Cow::Borrowed(query);
        }
        let columns: Vec<String> = self.0.iter().map(|(column, _)| column.clone()).collect();
        Cow::Owned(questions::without(query, &columns))
    }

    /// In words; `None` where nothing lacks.
    pub fn words(&self) -> Option<String> {
        let told = self.0.iter().map(|(column, why)| format!("no {column}: {why}"));
        Some(told.collect::<Vec<_>>().join("; ")).filter(|told| !told.is_empty())
    }
}

/// The identity that was answered; where the server refused it, what it answers: each optional column is asked by itself, and then the
/// identity without those that failed.
pub async fn or_what_it_can(session: &mut Session, limit: Duration, answered: Reply) -> Reply {
    if !answered.error.as_ref().is_some_and(|error| LACKING.contains(&error.code())) {
        return answered;
    }
    for query in [questions::IDENTITY, questions::LIFE] {
        for (column, expression) in questions::optional(query) {
            match session.within(limit, &format!("SELECT\n{expression} AS {column};")).await.map(|reply| reply.error) {
                Ok(None) => {}
                Ok(Some(error)) => session.lacking.0.push((column.to_owned(), error.message().to_owned())),
                Err(_) => return answered,
            }
        }
    }
    let query = [session.lacking.asks(questions::IDENTITY), session.lacking.asks(questions::LIFE)].join("\n");
    session.within(limit, &query).await.unwrap_or(answered)
}
