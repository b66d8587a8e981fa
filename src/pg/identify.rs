//! The identity of a server, read at connect. If the server cannot answer all columns, each optional column is tried separately.

use super::lacking::{catalogs_question, functions_question};
use super::questions;
use super::session::{Reply, Row, Session};
use super::tap::ServerMessage;
use super::witness::Identity;
use crate::sqlstate::INSUFFICIENT_PRIVILEGE;
use std::time::Duration;

/// The SQLSTATEs for a function that does not exist, that the role may not call, or that the server does not support.
const LACKING: [&str; 4] = ["42883", INSUFFICIENT_PRIVILEGE, "0A000", "55000"];

/// What the first message asks: the missing rights, the identity, and the life of the server. The queries that read a catalog for a right come
/// last, so that the identity is read before they can fail. A run that writes also asks which functions the role may not call.
pub fn first_message(writes: bool) -> String {
    let functions = if writes { functions_question() } else { String::new() };
    [&catalogs_question(), questions::IDENTITY, questions::LIFE, questions::LANGUAGE, &functions].join("\n")
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
) -> Result<Identity, Option<ServerMessage>> {
    let text = |row: Option<&Row>| row.map(|row| row.text("answer").to_owned()).unwrap_or_default();
    let [catalogs, language, functions] = [0, 3, 4].map(|statement| text(answered.row(statement)));
    let (identity, life) = match (answered.row(1), answered.row(2)) {
        (Some(identity), Some(life)) => (identity.clone(), life.clone()),
        _ => what_it_can(session, limit, answered).await?,
    };
    let identity = Identity::of(&identity).with_life(&life);
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
) -> Result<(Row, Row), Option<ServerMessage>> {
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
    let query = [session.lacking.asks(questions::IDENTITY), session.lacking.asks(questions::LIFE)].join("\n");
    let again = session.within(limit, &query).await.unwrap_or(answered);
    match (again.row(0), again.row(1)) {
        (Some(identity), Some(life)) => Ok((identity.clone(), life.clone())),
        _ => Err(again.error),
    }
}
