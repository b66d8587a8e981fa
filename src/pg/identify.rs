//! Reads the identity of a server at connect. If the server rejects the query, each optional column is tried alone, to find out which one it
//! cannot answer.

use super::lacking::{Lacking, catalogs_question, functions_question, is_unmet};
use super::questions;
use super::server_facts::Identity;
use super::session::{Reply, Session};
use super::tap::ServerMessage;
use crate::sqlstate::INSUFFICIENT_PRIVILEGE;
use std::time::Duration;

/// The SQLSTATEs for a function that does not exist, that the role may not call, or that the server does not support.
const LACKING: [&str; 4] = ["42883", INSUFFICIENT_PRIVILEGE, "0A000", "55000"];

/// The message that follows the opening query. It reads the identity of the server, the facts of `life.sql`, and the rights that the role
/// lacks. The identity comes first, so that it is known even if a query for the rights fails. A run that writes also asks which functions the
/// role may not call.
pub fn first_message(lacking: &Lacking, writes: bool) -> String {
    let functions = if writes { functions_question() } else { String::new() };
    let [identity, life] = [questions::IDENTITY, questions::LIFE].map(|query| lacking.asks(query));
    [&*identity, &*life, &catalogs_question(), questions::ROLE, questions::LANGUAGE, &functions].join("\n")
}

/// Why the server refused the first message: the functions that the role may not call or that the server lacks, or the server's message.
pub async fn refusal(session: &Session, limit: Duration, said: &ServerMessage) -> String {
    let answer = if LACKING.contains(&said.code()) {
        // Behind a pooler the session may belong to somebody else, so nothing is set beyond this transaction.
        let question = functions_question();
        let question = format!("BEGIN READ ONLY;\nSET LOCAL search_path = pg_catalog, pg_temp;\n{question}\nROLLBACK;");
        let reply = session.within(limit, &question).await.ok();
        reply.and_then(|reply| Some(reply.row(2)?.text("answer").to_owned()))
    } else {
        None
    };
    match answer.filter(|answer| is_unmet(answer)) {
        Some(answer) => format!("1 unmet: privilege.functions ({answer})"),
        None => said.message().to_owned(),
    }
}

/// Reads the answer to [`first_message`]. If the server rejected one of its queries, each optional column is tried alone. Then the identity is
/// read again without the columns that failed. `role` is the role that `--role` names. It is empty without that option.
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
    let [catalogs, member, language, functions] = [2, 3, 4, 5].map(text);
    session.lacking.take_role(&member, &identity.session_user, role);
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
