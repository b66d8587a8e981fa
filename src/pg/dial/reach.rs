//! libpq's loop: which server is tried next, and when to stop.

use super::address::Candidate;
use super::bridge::Complaints;
use super::dialed::{Dialed, dial};
use super::error::DialError;
use super::lookup::{candidates, endpoints};
use crate::pg::conninfo::{SessionAttributes, Target};
use crate::sqlstate::CANNOT_CONNECT_NOW;
use std::time::Instant;

/// What a login found.
#[derive(Debug)]
pub enum Logged<T> {
    /// A server that will do.
    Suits(T),
    /// A server of another kind than wanted; why, in words.
    OtherKind(String),
}

/// What the loop must know about a failed login.
pub trait LoginFailure {
    /// The server's SQLSTATE, if it was the server that refused.
    fn sqlstate(&self) -> Option<&str>;

    /// What another program said in place of the server.
    fn greeting(&self) -> Option<&[u8]> {
        None
    }

    /// Whether the server said anything at all.
    fn is_answered(&self) -> bool {
        self.sqlstate().is_some()
    }
}

impl LoginFailure for tokio_postgres::Error {
    fn sqlstate(&self) -> Option<&str> {
        self.code().map(tokio_postgres::error::SqlState::code)
    }
}

/// No server was reached that would do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReachError<E> {
    /// Nothing could be dialled: one failure for each attempt, in order.
    #[error("{}", joined(attempts))]
    Dial {
        /// The failures, at least one.
        attempts: Vec<DialError>,
    },
    /// A server answered and the login failed.
    #[error("{source}")]
    Login {
        /// Which server.
        candidate: Box<Candidate>,
        /// Why.
        source: E,
    },
    /// Servers answered, none of the wanted kind.
    #[error("no server is {wanted}: {}", reasons.join("; "))]
    OtherKind {
        /// What the settings want.
        wanted: &'static str,
        /// What each was.
        reasons: Vec<String>,
    },
}

fn joined(attempts: &[DialError]) -> String {
    attempts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Tries hosts and addresses in order until one suits.
///
/// `login` sends the startup packet, and asks the server whether it is of the given kind. A host
/// that cannot be dialled, is starting up or is of another kind makes place for the next; a
/// refused login ends the search, as in libpq, but for the second try with or without TLS that
/// `allow` and `prefer` grant.
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

/// What one candidate came to.
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
            // The second try failed: the server's own word from the first says more.
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

/// The time for an attempt is for all of it: a server that accepts and then says nothing would
/// otherwise hold us for ever.
async fn within<T>(target: &Target, began: Instant, login: impl Future<Output = T>) -> Option<T> {
    match target.connect_timeout {
        None => Some(login.await),
        Some(limit) => {
            let left = limit.saturating_sub(began.elapsed());
            tokio::time::timeout(left, login).await.ok()
        }
    }
}

/// A login that the server did not answer fails with little more than "closed"; with `--via` the
/// command knows why.
async fn explained<T, E: LoginFailure>(error: E, complaints: Option<Complaints>) -> DialOutcome<T, E> {
    if let (false, Some(complaints)) = (error.is_answered(), complaints) {
        if let Some(greeting) = error.greeting() {
            return DialOutcome::NotDialed(DialError::banner(greeting));
        }
        let complaints = complaints.last_words().await;
        if !complaints.is_empty() {
            let reason = "the login was not answered".to_owned();
            return DialOutcome::NotDialed(DialError::Via { reason, complaints });
        }
    }
    DialOutcome::Refused(error)
}

/// Class 28: the server's access rules, which may differ for plain and encrypted connections.
fn is_about_access(error: &impl LoginFailure) -> bool {
    error.sqlstate().is_some_and(|code| code.starts_with("28"))
}

/// Everything that went wrong in one pass.
struct Failures<E> {
    dial: Vec<DialError>,
    kinds: Vec<String>,
    login: Option<(Candidate, E)>,
}

impl<E: LoginFailure> Failures<E> {
    /// Keeps a failure that the next candidate may mend; returns one that ends the search.
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

    /// The failure that says most.
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
    /// libpq's word for it.
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
