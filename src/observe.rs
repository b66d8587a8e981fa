//! Reads the database in one READ ONLY transaction, in which the server also confirms that nothing was written.

use crate::check::{Check, Phase, missing};
use crate::error::Error;
use crate::fingerprint::{Fingerprint, FingerprintLayout};
use crate::pg::failure::SqlFailure;
use crate::pg::holders::{holders_text, in_the_way_of_readers};
use crate::pg::lacking::{LackingRight, ROLE};
use crate::pg::message::{Message, SegmentId};
use crate::pg::pins::{LockTry, pin};
use crate::pg::questions;
use crate::pg::server_facts::Identity;
use crate::pg::session::{Lost, Reply, Row, Session};
use crate::plan::TierState;
use crate::policy::question as approvals_of;
use crate::release::{PartKind, ReadOnlyPart, Release};
use crate::report::ServerFacts;
use crate::sqlstate::{INSUFFICIENT_PRIVILEGE, LOCK_NOT_AVAILABLE, QUERY_CANCELED};
use std::borrow::Cow;
use std::time::{Duration, Instant};

/// How long a reader waits for a lock that blocks readers.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// The hint for a server that does not report everything that a writing run needs.
pub const LACKING_HINT: &str = "A run that writes needs these values to prove its COMMIT. Whoever runs the server grants the role EXECUTE on the functions named above; else run the packet with psql.";

/// The value that the check `server.answers` expects.
pub const ALL_ANSWERS: &str = "all that a release needs";

/// What must be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Want<'r> {
    /// A read-only script, its phase, and the tier number of its checks.
    pub script: Option<(&'r ReadOnlyPart, Phase, u8)>,
    /// The state of the tiers. If a check of the script says that all are absent, they are not read again.
    pub states: bool,
    pub fingerprint: bool,
    /// The query for the approval rows, if the host's policy is checked against them.
    pub approvals: Option<&'r str>,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Look {
    /// Checks of the script.
    pub checks: Vec<Check>,
    /// The [`Error::Question`] or [`Error::Slow`] of a script that failed for another reason than unmet checks.
    pub failure: Option<Error>,
    /// The state of the tiers. `None` if it was not requested or could not be read.
    pub states: Option<Vec<TierState>>,
    /// The fingerprint. `None` if it was not requested or could not be computed.
    pub fingerprint: Option<Fingerprint>,
    /// The approval rows. `None` if they were not requested or could not be read.
    pub approvals: Option<Vec<Row>>,
    /// The identity of the session at the end of the transaction.
    pub identity: Identity,
    /// What the server confirmed about the transaction.
    pub server_facts: Option<ServerFacts>,
}

/// The places of the answers in a message.
#[derive(Default)]
struct LookLayout {
    script: Vec<(PartKind, SegmentId)>,
    identity: Option<SegmentId>,
    states: Option<SegmentId>,
    fingerprint: Option<FingerprintLayout>,
    approvals: Option<SegmentId>,
}

/// Reads what `want` requests: in one round trip if the script succeeds, and in two if it fails.
///
/// # Errors
/// [`Error::Lost`] or [`Error::Interrupted`]; [`Error::Question`] or [`Error::Slow`] if the server rejected the only query of a message.
pub async fn look(session: &Session, release: &Release, want: Want<'_>) -> Result<Look, Error> {
    let deadline = want.script.map_or(30_000, |(part, _, _)| part.timeout_ms);
    let mut message = Message::default();
    message.engine("begin", "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;");
    pin(&mut message, deadline, LockTry::Short);
    message.engine("savepoint", "SAVEPOINT oneroof;");
    let greenfield = want.script.and_then(|(part, _, _)| part.greenfield.as_deref());
    let first = Want { states: want.states && greenfield.is_none(), ..want };
    let layout = compose(&mut message, session, release, first, true);
    let begun = Instant::now();
    let (mut reply, holders) = send_until_readable(session, release, &message, deadline).await?;
    let took = begun.elapsed();
    let mut look = Look::default();
    let Some(failure) = SqlFailure::of(&message, &reply) else {
        read(&mut look, release, &mut reply, &layout, want);
        add_lacking(&mut look, session, want);
        add_silent(&mut look, want);
        let met = |name: &str| look.checks.iter().any(|check| check.name == name && check.ok);
        if want.states && greenfield.is_some_and(met) {
            look.states = Some(TierState::none(&release.descriptor));
        }
        return Ok(look);
    };
    let in_script = layout.script.iter().any(|(_, segment)| segment.holds(failure.statement));
    if want.script.is_some() && !in_script {
        read(&mut look, release, &mut reply, &layout, want);
    } else if want.script.is_some() {
        look.checks = checks(&reply, &layout, want);
    }
    add_lacking(&mut look, session, want);
    let error = failed(session, &failure, &holders, (took, deadline), (&look, want));
    // The transaction is still open: return to the savepoint and read everything that does not depend on the script.
    let mut again = Message::default();
    again.engine("savepoint", "ROLLBACK TO SAVEPOINT oneroof;");
    let rest = Want { script: None, fingerprint: false, ..want };
    let layout = compose(&mut again, session, release, rest, true);
    let mut reply = send(session, &again, deadline).await?;
    read_facts(&mut look, release, &mut reply, &layout);
    if reply.status != b'I' {
        session.simple("ROLLBACK").await.map_err(lost)?;
    }
    if want.script.is_none() {
        return Err(error);
    }
    if !Check::names_unmet(&failure) || !in_script {
        look.failure = Some(error);
    }
    Ok(look)
}

fn compose(message: &mut Message, session: &Session, release: &Release, want: Want<'_>, end: bool) -> LookLayout {
    let mut layout = LookLayout::default();
    if let Some((part, _, _)) = want.script {
        let script = release.script(&format!("sql/{}", part.file));
        for kind in PartKind::ALL {
            layout.script.push((kind, message.part(&script.path, script.part(kind))));
        }
    }
    layout.identity = Some(message.engine("identity", &session.lacking.asks(questions::IDENTITY)));
    if want.states {
        layout.states = Some(message.engine("states", &release.states()));
    }
    layout.fingerprint = want.fingerprint.then(|| FingerprintLayout::ask(message, release));
    // This query is last: if it fails, all other answers have arrived already.
    layout.approvals = want.approvals.map(|question| message.engine("approvals", question));
    if end {
        message.engine("rollback", "ROLLBACK;");
    }
    layout
}

/// Sends the message. While a lock blocks readers, it sends the message again, for a limited time. If the time ends without an answer, the
/// error names the session that holds the lock. The transaction is then still open, at its savepoint.
async fn send_until_readable(
    session: &Session,
    release: &Release,
    message: &Message,
    deadline_ms: u64,
) -> Result<(Reply, Vec<String>), Error> {
    let begun = Instant::now();
    loop {
        let reply = send(session, message, deadline_ms).await?;
        if reply.error.as_ref().is_none_or(|error| error.code() != LOCK_NOT_AVAILABLE) {
            return Ok((reply, Vec::new()));
        }
        if begun.elapsed() >= LOCK_PATIENCE {
            session.simple("ROLLBACK TO SAVEPOINT oneroof").await.map_err(lost)?;
            return Ok((reply, in_the_way_of_readers(session, release).await));
        }
        session.simple("ROLLBACK").await.map_err(lost)?;
    }
}

async fn send(session: &Session, message: &Message, deadline_ms: u64) -> Result<Reply, Error> {
    // The server ends the statement at the deadline. The client waits a little longer than that.
    let patience = Duration::from_millis(deadline_ms) + Duration::from_secs(5);
    match tokio::time::timeout(patience, session.pipeline(message)).await {
        Ok(answer) => answer.map_err(lost),
        Err(_) => Err(Error::Lost { reason: format!("no answer within {} ms", patience.as_millis()) }),
    }
}

/// The error for queries that the server rejected, or that it cancelled at our deadline. If they were cancelled before, somebody did it.
fn failed(
    session: &Session,
    failure: &SqlFailure,
    holders: &[String],
    (took, deadline_ms): (Duration, u64),
    (look, want): (&Look, Want<'_>),
) -> Error {
    if failure.sqlstate == QUERY_CANCELED && took >= Duration::from_millis(deadline_ms) {
        slow(look, want, deadline_ms)
    } else {
        question_error(session, failure, holders)
    }
}

/// The error for queries that the server cancelled at our deadline.
fn slow(look: &Look, want: Want<'_>, limit_ms: u64) -> Error {
    let unanswered = want.script.and_then(|(part, ..)| {
        [&part.guard, &part.assert].into_iter().find_map(|names| missing(names, &look.checks).first().copied())
    });
    let what = match unanswered {
        Some(first) => format!("reading the checks (the first one without a result is {first})"),
        None => "the queries of this command".to_owned(),
    };
    Error::Slow { what, limit_ms }
}

/// The answers to queries of the engine or of the packet.
#[derive(Debug)]
pub struct Queried {
    answers: Vec<(&'static str, Vec<Row>)>,
    /// What the server confirmed about the transaction.
    pub server_facts: ServerFacts,
}

impl Queried {
    /// The rows of one query.
    pub fn rows(&self, name: &str) -> &[Row] {
        self.answers.iter().find(|(known, _)| *known == name).map_or(&[], |(_, rows)| rows)
    }
}

/// Runs queries of the engine or of the packet in one READ ONLY transaction. `settings` are the settings that the queries read, by name.
/// Their values are sent as parameters.
///
/// # Errors
/// [`Error::Lost`], or [`Error::Question`] if the server rejected a query.
pub async fn questions(
    session: &Session,
    release: &Release,
    settings: &[(&str, String)],
    names: &[&'static str],
) -> Result<Queried, Error> {
    questions_within(session, release, settings, names, 60_000).await
}

/// [`questions`] with another deadline in milliseconds, for queries that read every row of large tables.
///
/// # Errors
/// See [`questions`].
pub async fn questions_within(
    session: &Session,
    release: &Release,
    settings: &[(&str, String)],
    names: &[&'static str],
    deadline: u64,
) -> Result<Queried, Error> {
    let mut message = Message::default();
    message.engine("begin", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;");
    pin(&mut message, deadline, LockTry::Short);
    message.engine("savepoint", "SAVEPOINT oneroof;");
    let text = |name| {
        if name == "approvals" {
            return Ok(Cow::Owned(approvals_of(&release.descriptor)));
        }
        questions::named(name).map_or_else(|| release.question(name).map(Cow::Owned), |text| Ok(Cow::Borrowed(text)))
    };
    let mut segments = Vec::new();
    for name in names {
        segments.push((*name, message.engine(name, &text(name)?)));
    }
    let identity = message.engine("identity", &session.lacking.asks(questions::IDENTITY));
    message.engine("rollback", "ROLLBACK;");
    for (name, value) in settings {
        let set = "SELECT pg_catalog.set_config($1, $2, false)";
        session.flight(set, &[(*name).to_owned(), value.clone()], "").await.map_err(lost)?;
    }
    let begun = Instant::now();
    let (reply, holders) = send_until_readable(session, release, &message, deadline).await?;
    let took = begun.elapsed();
    if let Some(failure) = SqlFailure::of(&message, &reply) {
        session.simple("ROLLBACK").await.map_err(lost)?;
        let nothing = (&Look::default(), Want::default());
        return Err(failed(session, &failure, &holders, (took, deadline), nothing));
    }
    let rows = |segment: &SegmentId| -> Vec<Row> { reply.to(segment).rows().cloned().collect() };
    let identity = reply.to(&identity).row().map(Identity::of).unwrap_or_default();
    let server_facts = ServerFacts { read_only: identity.read_only, transaction_id_assigned: identity.xid.is_some() };
    Ok(Queried { answers: segments.iter().map(|(name, segment)| (*name, rows(segment))).collect(), server_facts })
}

/// The error for a connection that was lost in a read-only command.
pub fn lost(lost: Lost) -> Error {
    if lost.by_limit {
        return Error::Limit { reason: lost.driver };
    }
    Error::Lost { reason: lost.last.as_ref().map_or(lost.driver, |words| words.message().to_owned()) }
}

fn question_error(session: &Session, failure: &SqlFailure, holders: &[String]) -> Error {
    let what = failure.place.as_ref().map_or_else(|| "the database".to_owned(), |place| place.file.clone());
    let hint = if failure.hint.is_empty() { String::new() } else { format!("; the server's hint: {}", failure.hint) };
    let mut message = format!("{}{}{hint}", failure.message, holders_text(holders));
    // The server refuses a role that it does not have with another SQLSTATE than a missing right.
    let is_for = |right: &&LackingRight| right.check == ROLE.0 || failure.sqlstate == INSUFFICIENT_PRIVILEGE;
    for right in session.lacking.rights().iter().filter(is_for) {
        message = format!("{message}; {}: {}", right.check, right.actual);
    }
    Error::Question { what, message, sqlstate: failure.sqlstate.clone() }
}

fn read(look: &mut Look, release: &Release, reply: &mut Reply, layout: &LookLayout, want: Want<'_>) {
    look.checks = checks(reply, layout, want);
    read_facts(look, release, reply, layout);
}

/// Takes the rows out of the reply.
fn read_facts(look: &mut Look, release: &Release, reply: &mut Reply, layout: &LookLayout) {
    let mut rows = |segment: &Option<SegmentId>| -> Option<Vec<Row>> { reply.take(segment.as_ref()?) };
    if let Some(row) = rows(&layout.identity).as_deref().and_then(<[Row]>::first) {
        look.identity = Identity::of(row);
        look.server_facts = Some(ServerFacts {
            read_only: look.identity.read_only,
            transaction_id_assigned: look.identity.xid.is_some(),
        });
    }
    look.approvals = rows(&layout.approvals);
    if let Some(rows) = rows(&layout.states) {
        look.states = TierState::all(&release.descriptor, &rows);
    }
    look.fingerprint = layout.fingerprint.as_ref().and_then(|fingerprint| fingerprint.take(release, reply));
}

fn checks(reply: &Reply, layout: &LookLayout, want: Want<'_>) -> Vec<Check> {
    let Some((_, phase, tier)) = want.script else { return Vec::new() };
    let notices = layout.script.iter().flat_map(|(_, segment)| reply.to(segment).notices());
    notices.filter_map(|notice| Check::heard(notice, tier, phase)).collect()
}

/// Adds a check for each right that the role lacks, and one for the facts that the server does not report. These checks stop a release before
/// its first write. A command that only reads goes on.
fn add_lacking(look: &mut Look, session: &Session, want: Want<'_>) {
    let Some((_, phase, _)) = want.script.filter(|(_, phase, _)| *phase == Phase::Preflight) else { return };
    for right in session.lacking.rights() {
        // The script makes the same check, unless the transaction failed before the script began.
        if look.checks.iter().all(|check| check.name != right.check) {
            look.checks.push(Check::of(right.check, phase, right.expected, &right.actual, &right.cure));
        }
    }
    if let Some(actual) = session.lacking.words() {
        look.checks.push(Check::of("server.answers", phase, ALL_ANSWERS, actual, LACKING_HINT));
    }
}

/// A check that the page promises but that was not made counts as unmet.
fn add_silent(look: &mut Look, want: Want<'_>) {
    let Some((part, phase, tier)) = want.script else { return };
    let silent: Vec<String> = missing(&part.guard, &look.checks)
        .into_iter()
        .chain(missing(&part.assert, &look.checks))
        .map(str::to_owned)
        .collect();
    for name in silent {
        let mut check = Check::of(
            &name,
            phase,
            "made",
            "not made",
            "The packet declares this check, but its SQL did not make it. Do not release this packet.",
        );
        check.tier = tier;
        look.checks.push(check);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_checks_are_a_limit_of_this_program_and_the_next_check_is_named() {
        let release = Release::embedded().unwrap();
        let part = &release.descriptor.preflight;
        let want = Want { script: Some((part, Phase::Preflight, 0)), ..Want::default() };
        let plain: Vec<&String> = part.guard.iter().filter(|name| !name.ends_with('*')).collect();
        let made = |names: &[&String]| Look {
            checks: names.iter().map(|name| Check::of(name, Phase::Preflight, "yes", "yes", "")).collect(),
            ..Look::default()
        };
        let words = |look: &Look, want| slow(look, want, 30_000).to_string();
        assert!(words(&made(&[]), want).contains(&format!("the first one without a result is {}", part.guard[0])));
        let all_but_families = words(&made(&plain), want);
        assert!(all_but_families.contains(".*)") && all_but_families.ends_with("a limit of this program"));
        assert!(
            words(&made(&[]), Want::default()).starts_with("the queries of this command took longer than 30000 ms")
        );
    }
}
