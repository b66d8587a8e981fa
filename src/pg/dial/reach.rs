//! libpq's loop over the servers of a target: which server is tried next, and when the loop stops.

use super::address::Candidate;
use super::bridge::Complaints;
use super::dialed::{Dialed, dial};
use super::error::DialError;
use super::lookup::{candidates, endpoints};
use crate::pg::conninfo::{SessionAttributes, Target};
use crate::sqlstate::CANNOT_CONNECT_NOW;
use std::time::Instant;

/// The result of a successful login.
#[derive(Debug)]
pub enum Logged<T> {
    /// The server is of the wanted kind.
    Suits(T),
    /// The server is of another kind. The text says why.
    OtherKind(String),
}

/// The facts about a failed login that the loop needs.
pub trait LoginFailure {
    /// The SQLSTATE. `None` if the server did not reject the login.
    fn sqlstate(&self) -> Option<&str>;

    /// The text that another program wrote in place of the server.
    fn greeting(&self) -> Option<&[u8]> {
        None
    }

    /// Whether the server answered at all.
    fn is_answered(&self) -> bool {
        self.sqlstate().is_some()
    }
}

impl LoginFailure for tokio_postgres::Error {
    fn sqlstate(&self) -> Option<&str> {
        self.code().map(tokio_postgres::error::SqlState::code)
    }
}

/// No suitable server was reached.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReachError<E> {
    /// No connection was made. There is one failure for each attempt, in order.
    #[error("{}", joined(attempts))]
    Dial {
        /// The failures, at least one.
        attempts: Vec<DialError>,
    },
    /// A server answered, but the login failed.
    #[error("{source}")]
    Login {
        /// The address of the server.
        candidate: Box<Candidate>,
        /// Why the login failed.
        source: E,
    },
    /// Servers answered, but none is of the wanted kind.
    #[error("no server is {wanted}: {}", reasons.join("; "))]
    OtherKind {
        /// The kind that the settings demand.
        wanted: &'static str,
        /// For each server, why it does not suit.
        reasons: Vec<String>,
    },
}

fn joined(attempts: &[DialError]) -> String {
    attempts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Tries the hosts and addresses in order until a server suits.
///
/// `login` sends the startup packet and asks the server whether it is of the given kind. If a host cannot be reached, is starting up or is
/// of another kind, the next one is tried. A rejected login ends the search, as in libpq. The only exception is the second attempt with or
/// without TLS that `allow` and `prefer` permit.
pub async fn reach<T, E, L>(target: &Target, mut login: L) -> Result<T, ReachError<E>>
where
    E: LoginFailure,
    L: AsyncFnMut(Dialed, SessionAttributes) -> Result<Logged<T>, E>,
{
    let passes: &[SessionAttributes] = match target.session_attributes {
        SessionAttributes::PreferStandby => &[SessionAttributes::Standby, SessionAttributes::Any],
        ref one => std::slice::from_ref(one),
    };
    let mut failures = Failures { dial: Vec::new(), kinds: Vec::new(), login: None };
    for wanted in passes {
        failures = Failures { dial: Vec::new(), kinds: Vec::new(), login: None };
        for endpoint in endpoints(target) {
            let found = match candidates(target, &endpoint).await {
                Ok(found) => found,
                Err(error) => {
                    failures.dial.push(error);
                    continue;
                }
            };
            for candidate in found {
                let outcome = one(target, &candidate, *wanted, &mut login).await;
                if let Some(session) = failures.sort(candidate, outcome)? {
                    return Ok(session);
                }
            }
        }
    }
    Err(failures.into_error(target.session_attributes))
}

/// The result of trying one candidate.
enum DialOutcome<T, E> {
    Logged(Logged<T>),
    NotDialed(DialError),
    Refused(E),
}

async fn one<T, E, L>(
    target: &Target,
    candidate: &Candidate,
    wanted: SessionAttributes,
    login: &mut L,
) -> DialOutcome<T, E>
where
    E: LoginFailure,
    L: AsyncFnMut(Dialed, SessionAttributes) -> Result<Logged<T>, E>,
{
    let mut encryption = candidate.encryption();
    let mut refused: Option<E> = None;
    loop {
        let began = Instant::now();
        let dialed = match dial(target, candidate, encryption).await {
            Ok(dialed) => dialed,
            // If the second attempt fails, the server's error from the first attempt is more useful.
            Err(error) => return refused.map_or(DialOutcome::NotDialed(error), DialOutcome::Refused),
        };
        let second = if refused.is_none() { dialed.second_try() } else { None };
        let complaints = dialed.complaints.clone();
        let Some(result) = within(target, began, login(dialed, wanted)).await else {
            return DialOutcome::NotDialed(DialError::Timeout {
                candidate: Box::new(candidate.clone()),
                seconds: target.connect_timeout.unwrap_or_default().as_secs(),
            });
        };
        match (result, second) {
            (Ok(logged), _) => return DialOutcome::Logged(logged),
            (Err(error), Some(other)) if is_about_access(&error) => {
                encryption = other;
                refused = Some(error);
            }
            (Err(error), _) => return explained(error, complaints).await,
        }
    }
}

/// Runs the login within the time limit of the whole attempt. Otherwise a server that accepts the connection and then stays silent would
/// block the program forever.
async fn within<T>(target: &Target, began: Instant, login: impl Future<Output = T>) -> Option<T> {
    match target.connect_timeout {
        None => Some(login.await),
        Some(limit) => {
            let left = limit.saturating_sub(began.elapsed());
            tokio::time::timeout(left, login).await.ok()
        }
    }
}

/// Explains a failed login. If the server did not answer, the error says little more than that the connection was closed. With `--via`, the
/// text of the command says why.
async fn explained<T, E: LoginFailure>(error: E, complaints: Option<Complaints>) -> DialOutcome<T, E> {
    if let (false, Some(complaints)) = (error.is_answered(), complaints) {
        if let Some(greeting) = error.greeting() {
            return DialOutcome::NotDialed(DialError::banner(greeting));
        }
        let complaints = complaints.last_words().await;
        if !complaints.is_empty() {
            let reason = "the server did not answer the login".to_owned();
            return DialOutcome::NotDialed(DialError::Via { reason, complaints });
        }
    }
    DialOutcome::Refused(error)
}

/// Whether the error is of class 28: the server's access rules, which may differ for encrypted and unencrypted connections.
fn is_about_access(error: &impl LoginFailure) -> bool {
    error.sqlstate().is_some_and(|code| code.starts_with("28"))
}

/// All failures of one pass over the hosts.
struct Failures<E> {
    dial: Vec<DialError>,
    kinds: Vec<String>,
    login: Option<(Candidate, E)>,
}

impl<E: LoginFailure> Failures<E> {
    /// Stores a failure after which the next candidate is tried. Returns a failure that ends the search.
    fn sort<T>(&mut self, candidate: Candidate, outcome: DialOutcome<T, E>) -> Result<Option<T>, ReachError<E>> {
        match outcome {
            DialOutcome::Logged(Logged::Suits(session)) => return Ok(Some(session)),
            DialOutcome::Logged(Logged::OtherKind(reason)) => {
                self.kinds.push(format!("{candidate} {reason}"));
            }
            DialOutcome::NotDialed(error) => self.dial.push(error),
            DialOutcome::Refused(error) if error.sqlstate() == Some(CANNOT_CONNECT_NOW) => {
                self.login = Some((candidate, error));
            }
            DialOutcome::Refused(source) => {
                return Err(ReachError::Login { candidate: Box::new(candidate), source });
            }
        }
        Ok(None)
    }

    /// The most useful of the failures.
    fn into_error(self, wanted: SessionAttributes) -> ReachError<E> {
        if let Some((candidate, source)) = self.login {
            return ReachError::Login { candidate: Box::new(candidate), source };
        }
        if self.kinds.is_empty() {
            return ReachError::Dial { attempts: self.dial };
        }
        let mut reasons = self.kinds;
        reasons.extend(self.dial.iter().map(ToString::to_string));
        ReachError::OtherKind { wanted: wanted.as_str(), reasons }
    }
}

impl SessionAttributes {
    /// The name that libpq uses for this value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::ReadWrite => "read-write",
            Self::ReadOnly => "read-only",
            Self::Primary => "primary",
            Self::Standby => "standby",
            Self::PreferStandby => "prefer-standby",
        }
    }
}
