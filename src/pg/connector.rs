//! Opens sessions on one target: connects, logs in, checks that it always talks to the same backend of the same server, and sets the
//! settings that the SQL reads.

use super::conninfo::{Asking, LoginRejection, SessionAttributes, Target};
use super::dial::CONNECT_LIMIT;
use super::dial::{self, DialError, Dialed, Logged, LoginFailure, ReachError};
use super::identify;
use super::open_error::OpenError;
use super::prompt::{self, PromptError};
use super::questions;
use super::server_facts::Identity;
use super::session::{LoginError, Lost, Session};
use super::tap::ServerMessage;
use super::tls::Verified;
use crate::release::Release;
use crate::sqlstate::{IDLE_SESSION_TIMEOUT, QUERY_CANCELED, TRANSACTION_TIMEOUT};
use crate::text::escaped;
use std::time::Duration;
use tokio_postgres::NoTls;

/// The mode in which the SQL accepts a clone in place of the database of the release.
pub const CLONE: &str = "clone";

/// Values that the SQL reads as settings.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The approval code given; empty for none.
    pub ratified_apr: String,
    /// Empty or [`CLONE`].
    pub mode: String,
    /// The named restore point; empty for none.
    pub backup_ref: String,
    /// The role of every transaction. Empty for the login role.
    pub role: String,
}

/// Opens any number of sessions on one database.
#[derive(Debug)]
pub struct Connector {
    /// Where.
    pub target: Target,
    /// What the SQL reads.
    pub settings: Settings,
    /// Whether sessions take the run lock.
    pub takes_run_lock: bool,
}

/// A new session.
#[derive(Debug)]
pub struct Opened {
    pub session: Session,
    /// Who answered.
    pub identity: Identity,
    /// Whether the session holds the run lock.
    pub locked: bool,
    /// How it was reached, for people.
    pub endpoint: String,
    /// Notes about how safe the connection is.
    pub notes: Vec<String>,
}

/// How often to wait for the end of the backend of a failed try, and how long each time.
const LEAVING_PAUSES: u32 = 20;
const LEAVING_PAUSE: std::time::Duration = std::time::Duration::from_millis(50);
/// The SQLSTATEs of timeouts that can end the first query or its session, each with the settings at login that prevent it. The last two
/// settings are not known to every server.
const UNTIMED: [(&str, &str); 3] = [
    (QUERY_CANCELED, "-c statement_timeout=0 -c exit_on_error=off"),
    (IDLE_SESSION_TIMEOUT, "-c idle_session_timeout=0"),
    (TRANSACTION_TIMEOUT, "-c transaction_timeout=0"),
];
/// The hint for a failed login if there is no better one.
const PSQL_FIRST: &str = "Try psql with the same settings first.";
/// The evidence that a pooler is at the other end.
const OTHER_PROCESS: &str =
    "the server process is not the one that was named at login; which mode the pooler uses is not known";
const CHANGED_PROCESS: &str =
    "the server process changed between two queries, so it may serve other clients in between";
const CONSOLE: &str = "this is the pooler's own console, not a database";

impl Connector {
    /// A connector that only reads.
    pub fn reading(target: Target, settings: Settings) -> Self {
        Self { target, settings, takes_run_lock: false }
    }

    /// A connector whose sessions take the run lock.
    pub fn writing(target: Target, settings: Settings) -> Self {
        Self { target, settings, takes_run_lock: true }
    }

    /// How long the server may take for each step of opening a session.
    fn limit(&self) -> Duration {
        self.target.connect_timeout.unwrap_or(CONNECT_LIMIT)
    }

    /// Opens a session. If the server requests a password and none is known, the person at the terminal is asked for it. The password is
    /// kept for later sessions.
    ///
    /// # Errors
    /// [`OpenError`], of the last host tried.
    pub async fn open(&self, release: &Release) -> Result<Opened, OpenError> {
        let target = &self.target;
        if target.asking == Asking::First && target.typed.get().is_none() {
            self.ask_password().await?;
        }
        match self.open_with_what_there_is(release).await {
            Err(OpenError::NoPassword { endpoint, hint, .. }) if target.asking == Asking::WhenMissing => {
                match self.ask_password().await {
                    Ok(()) => self.open_with_what_there_is(release).await,
                    Err(interrupted @ PromptError::Interrupted { .. }) => Err(interrupted.into()),
                    Err(error) => Err(OpenError::NoPassword { endpoint, why: error.to_string(), hint }),
                }
            }
            opened => opened,
        }
    }

    async fn ask_password(&self) -> Result<(), PromptError> {
        let question = format!("Password for user {}: ", escaped(&self.target.user));
        let password = prompt::ask(&question).await?;
        // If a password is already set, it was typed for the same target and can stay.
        let _ = self.target.typed.set(password);
        Ok(())
    }

    /// Opens a session. If a timeout of the role or the database ends it before the settings are pinned, it tries again and sends settings
    /// without this timeout at login. Settings at login override those of `ALTER ROLE`. The first try does not send them, because a pooler
    /// may refuse such a login. If the session ended without a reason, each of [`UNTIMED`] is tried.
    async fn open_with_what_there_is(&self, release: &Release) -> Result<Opened, OpenError> {
        let mut target = self.target.clone();
        let mut leavers = 0;
        let mut sent = [false; UNTIMED.len()];
        let mut earlier = None;
        loop {
            let error = match self.open_on(release, &target).await {
                // The backend of the last try may still hold the run lock until it notices that its client has gone.
                Ok(opened) if !opened.locked && self.takes_run_lock && leavers > 0 => {
                    leavers -= 1;
                    opened.session.close().await;
                    tokio::time::sleep(LEAVING_PAUSE).await;
                    continue;
                }
                Ok(opened) => return Ok(opened),
                // The server or a pooler refused the setting of this try, so the earlier error is the one that counts.
                Err(error @ OpenError::Login { .. }) => return Err(earlier.unwrap_or(error)),
                Err(error) => error,
            };
            let unsent = || sent.iter().position(|sent| !sent);
            let cause = if error.is_silent_end() {
                unsent()
            } else {
                UNTIMED.iter().position(|(why, _)| error.has_sqlstate(why))
            };
            let Some(cause) = cause.filter(|cause| !sent[*cause]) else { return Err(error) };
            sent[cause] = true;
            let options = target.options.take().unwrap_or_default();
            target.options = Some(format!("{options} {}", UNTIMED[cause].1).trim_start().to_owned());
            leavers = LEAVING_PAUSES;
            earlier = Some(error);
        }
    }

    /// The values that the opening query takes. `given` is the process id of the server from the login.
    fn opening_values(&self, release: &Release, given: &str) -> [String; 12] {
        let descriptor = &release.descriptor;
        let mut packet = serde_json::json!({
            "run_lock": descriptor.release.run_lock,
            "relations": descriptor.catalogued(),
            "written": descriptor.tiers.iter().flat_map(|tier| &tier.writes).collect::<Vec<_>>(),
            "existing": descriptor.existing(),
        });
        for (kind, names) in descriptor.catalogued_beside() {
            packet[kind] = names.into();
        }
        let governed: Vec<_> = descriptor
            .governed
            .iter()
            .map(|table| serde_json::json!({"table": table.table, "columns": table.columns}))
            .collect();
        let [class, object] = descriptor.release.run_lock;
        [
            given.to_owned(),
            if self.takes_run_lock { "lock" } else { "no lock" }.to_owned(),
            class.to_string(),
            object.to_string(),
            packet.to_string(),
            serde_json::Value::from(governed).to_string(),
            release.digest_text(),
            self.settings.ratified_apr.clone(),
            self.settings.mode.clone(),
            self.settings.backup_ref.clone(),
            self.settings.role.clone(),
            serde_json::Value::from(descriptor.structure_scope()).to_string(),
        ]
    }

    /// Connects and logs in. Then one round trip takes the run lock, sets the settings and reads the identity.
    async fn open_on(&self, release: &Release, target: &Target) -> Result<Opened, OpenError> {
        let (mut session, endpoint, notes) = self.login(target).await?;
        if session.is_console_of_pooler() {
            return Err(OpenError::Pooler { endpoint, evidence: CONSOLE });
        }
        let given = session.login_pid().map(|pid| pid.to_string()).unwrap_or_default();
        let values = self.opening_values(release, &given);
        let unanswered = |said: Option<&ServerMessage>, driver: &str| OpenError::Questions {
            endpoint: endpoint.clone(),
            message: said.map_or(driver, ServerMessage::message).to_owned(),
            sqlstate: said.map_or("", ServerMessage::code).to_owned(),
        };
        let limit = self.limit();
        let first = identify::first_message(&session.lacking, self.takes_run_lock);
        let flight = tokio::time::timeout(limit, session.flight(questions::OPENING, &values, &first)).await;
        let (opening, identity) = flight.unwrap_or_else(|_| Err(Lost::silent(limit))).map_err(|lost| {
            if lost.by_limit {
                return OpenError::Limit { endpoint: endpoint.clone(), reason: lost.driver };
            }
            unanswered(lost.last.as_ref(), &lost.driver)
        })?;
        if let Some(error) = &opening.error {
            let message = identify::refusal(&session, limit, error).await;
            return Err(OpenError::Questions { endpoint, message, sqlstate: error.code().to_owned() });
        }
        let Some(opened) = opening.row(0) else {
            let reply = session.within(limit, "SELECT pg_catalog.pg_backend_pid() AS pid").await;
            let pid = reply.ok().and_then(|reply| reply.row(0)?.number("pid"));
            if pid.is_some_and(|pid| pid.to_string() != given) {
                return Err(OpenError::Pooler { endpoint, evidence: OTHER_PROCESS });
            }
            return Err(unanswered(None, "the first query got no answer"));
        };
        let identity = identify::read(&mut session, limit, identity, &self.settings.role, self.takes_run_lock);
        let identity = match identity.await {
            Ok(identity) => identity,
            Err(Some(error)) => {
                let message = identify::refusal(&session, limit, &error).await;
                return Err(OpenError::Questions { endpoint, message, sqlstate: error.code().to_owned() });
            }
            Err(None) => return Err(unanswered(None, "no answer")),
        };
        if identity.pid.to_string() != given {
            return Err(OpenError::Pooler { endpoint, evidence: CHANGED_PROCESS });
        }
        Ok(Opened { notes, locked: opened.is_true("locked"), session, identity, endpoint })
    }
}

impl Connector {
    /// A session on a throwaway server. No query is run, nothing is set and no lock is taken.
    ///
    /// # Errors
    /// [`OpenError`], of the last host tried.
    pub async fn open_bare(target: Target) -> Result<Session, OpenError> {
        let connector = Self::reading(target, Settings::default());
        let (session, ..) = connector.login(&connector.target).await?;
        Ok(session)
    }

    /// The session on the first server of the wanted kind, and how it was reached.
    async fn login(&self, target: &Target) -> Result<(Session, String, Vec<String>), OpenError> {
        let limit = self.limit();
        let reached = dial::reach(target, async |dialed: Dialed, wanted| {
            let silent = || LoginError::of_driver(Lost::silent(limit).driver);
            tokio::time::timeout(limit, login(dialed, wanted)).await.unwrap_or_else(|_| Err(silent()))
        })
        .await;
        reached.map_err(|error| match error {
            ReachError::Dial { attempts } => OpenError::Dial { attempts },
            ReachError::OtherKind { wanted, reasons } => {
                OpenError::OtherKind { message: format!("no server is {wanted}: {}", reasons.join("; ")) }
            }
            ReachError::Login { candidate, source } if source.password_missing => OpenError::NoPassword {
                endpoint: candidate.to_string(),
                why: "none was found".to_owned(),
                hint: target.password_advice(&candidate.endpoint),
            },
            ReachError::Login { candidate, source: LoginError { tls: Some(source), .. } } => {
                OpenError::Dial { attempts: vec![DialError::Tls { candidate, source: *source }] }
            }
            ReachError::Login { candidate, source } => {
                let words = source.server.clone().unwrap_or_default();
                let refusal = LoginRejection { sqlstate: words.code(), routine: words.field(b'R') };
                let advice = target.login_advice(&candidate.endpoint, refusal);
                let hints = [advice.as_deref().unwrap_or_default(), words.hint(), PSQL_FIRST];
                let hint = hints.into_iter().find(|hint| !hint.is_empty()).unwrap_or_default().to_owned();
                let message = match (source.server.is_some(), words.detail()) {
                    (false, _) => source.driver.clone(),
                    (true, "") => words.message().to_owned(),
                    (true, detail) => format!("{} ({detail})", words.message()),
                };
                OpenError::Login { endpoint: candidate.to_string(), message, hint, sqlstate: words.code().to_owned() }
            }
        })
    }
}

/// Logs in over one stream. If the server is not of the wanted kind, the next server is tried.
async fn login(
    dialed: Dialed,
    wanted: SessionAttributes,
) -> Result<Logged<(Session, String, Vec<String>)>, LoginError> {
    let endpoint = dialed.candidate.to_string();
    let notes = safety_notes(&dialed);
    let (redial, passthrough, config) = (dialed.redial(), dialed.passthrough(), dialed.config.clone());
    let by_command = dialed.complaints.is_some();
    let mut session = match passthrough {
        Some(passthrough) => Session::login(dialed.stream, &config, passthrough, redial).await?,
        None => Session::login(dialed.stream, &config, NoTls, redial).await?,
    };
    session.sends_whole = by_command;
    let question = match wanted {
        SessionAttributes::Any => return Ok(Logged::Suits((session, endpoint, notes))),
        SessionAttributes::ReadWrite | SessionAttributes::ReadOnly => {
            "SELECT pg_catalog.current_setting('transaction_read_only') = 'on' OR pg_catalog.pg_is_in_recovery() AS other"
        }
        SessionAttributes::Primary | SessionAttributes::Standby | SessionAttributes::PreferStandby => {
            "SELECT pg_catalog.pg_is_in_recovery() AS other"
        }
    };
    let reply = session
        .simple(question)
        .await
        .map_err(|lost| LoginError { server: lost.last, ..LoginError::of_driver(lost.driver) })?;
    let reduced = reply.row(0).is_some_and(|row| row.is_true("other"));
    let suits = match wanted {
        SessionAttributes::ReadOnly | SessionAttributes::Standby | SessionAttributes::PreferStandby => reduced,
        _ => !reduced,
    };
    if suits {
        return Ok(Logged::Suits((session, endpoint, notes)));
    }
    session.close().await;
    Ok(Logged::OtherKind(if reduced { "is a standby or read only" } else { "is a primary" }.to_owned()))
}

/// Notes about what was not checked of the server's identity.
fn safety_notes(dialed: &Dialed) -> Vec<String> {
    let mut notes = Vec::new();
    if dialed.tls.as_ref().is_some_and(|tls| tls.verified == Verified::Nothing) {
        notes.push(
            "the connection is encrypted, but the server's identity is not checked: sslmode=verify-full checks it"
                .to_owned(),
        );
    }
    if let Some(refused) = &dialed.tls_refused {
        notes.push(format!("the connection is not encrypted: TLS was tried first and failed ({refused})"));
    }
    notes
}

impl LoginFailure for LoginError {
    fn sqlstate(&self) -> Option<&str> {
        self.server.as_ref().map(ServerMessage::code)
    }

    fn is_answered(&self) -> bool {
        self.server.is_some() || self.password_missing
    }

    fn greeting(&self) -> Option<&[u8]> {
        self.greeting.as_deref()
    }
}
