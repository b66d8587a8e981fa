//! The identity of a server, read at connect. If the server cannot answer all columns, each optional column is tried separately.

use super::lacking::{Lacking, catalogs_question, functions_question};
use super::questions;
use super::session::{Reply, Session};
use super::tap::ServerMessage;
use super::witness::Identity;
use crate::sqlstate::INSUFFICIENT_PRIVILEGE;
use std::time::Duration;

/// The SQLSTATEs for a function that does not exist, that the role may not call, or that the server does not support.
const LACKING: [&str; 4] = ["42883", INSUFFICIENT_PRIVILEGE, "0A000", "55000"];

/// What the first message asks: the identity, the life of the server, and the missing rights. The identity comes first, so that it is read
/// even if the queries for the rights fail. A run that writes also asks which functions the role may not call.
pub fn first_message(lacking: &Lacking, writes: bool) -> String {
    let functions = if writes { functions_question() } else { String::new() };
    let [identity, life] = [questions::IDENTITY, questions::LIFE].map(|query| lacking.asks(query));
    [&*identity, &*life, &catalogs_question(), questions::LANGUAGE, &functions].join("\n")
}

/// The server's message, with the name of the check if the role may not call a function of the server.
pub fn named(message: &str) -> String {
    match message.strip_prefix("permission denied for function ") {
        Some(function) => format!("1 unmet: privilege.functions (no EXECUTE of {function})"),
        None => message.to_owned(),
    }
}

/// Reads the answer to [`first_message`]. If the server rejected a query of it, each optional column is tried separately, and then the
/// identity is read without the columns that failed. `role` is the role that the run works as; empty for the login role.
///
/// # Errors
/// The server's error if it cannot answer what every command needs.
pub async fn read(
    session: &mut Session,
    limit: Duration,
    answered: Reply,
    role: &str,
    writes: bool,
) -> Result<Identity, Option<ServerMessage>> {
    let is_known = answered.row(1).is_some();
    let answered = if is_known { answered } else { what_it_can(session, limit, answered, writes).await? };
    let (Some(identity), Some(life)) = (answered.row(0), answered.row(1)) else { return Err(answered.error) };
    let identity = Identity::of(identity).with_life(life);
    let text = |statement| answered.row(statement).map(|row| row.text("answer").to_owned()).unwrap_or_default();
    let [catalogs, language, functions] = [2, 3, 4].map(text);
    let role = if role.is_empty() { &identity.current_user } else { role };
    session.lacking.take_catalogs(&catalogs, role);
    session.lacking.take_language(&language, role);
    session.lacking.take_functions(&functions, role);
    Ok(identity)
}

async fn what_it_can(
    session: &mut Session,
    limit: Duration,
    answered: Reply,
    writes: bool,
) -> Result<Reply, Option<ServerMessage>> {
    if !answered.error.as_ref().is_some_and(|error| LACKING.contains(&error.code())) {
        return Err(answered.error);
    }
    for query in [questions::IDENTITY, questions::LIFE] {
        let columns: Vec<&str> = questions::optional(query).into_iter().map(|(column, _)| column).collect();
        for column in &columns {
            let others: Vec<String> =
                columns.iter().filter(|other| *other != column).map(|other| (*other).to_owned()).collect();
            match session.within(limit, &questions::without(query, &others)).await.map(|reply| reply.error) {
                Ok(None) => {}
                Ok(Some(error)) => session.lacking.add(column, error.message()),
                Err(_) => return Err(answered.error),
            }
        }
    }
    let again = first_message(&session.lacking, writes);
    Ok(session.within(limit, &again).await.unwrap_or(answered))
}
