//! Opens sessions on one target: dial, log in, prove that it is one backend of one server, and set what the SQL reads.

use super::conninfo::{Asking, Refusal, SessionAttributes, Target};
use super::dial::CONNECT_LIMIT;
use super::dial::{self, DialError, Dialed, Logged, LoginFailure, ReachError};
use super::lacking;
use super::prompt::{self, PromptError};
use super::questions;
use super::session::{LoginError, Lost, Session};
use super::tap::ServerMessage;
use super::tls::Verified;
use super::witness::Identity;
use crate::release::Release;
use crate::sqlstate::{INSUFFICIENT_PRIVILEGE, IDLE_SESSION_TIMEOUT, PROTOCOL_VIOLATION, QUERY_CANCELED};
use crate::text::escaped;
use std::time::Duration;
use tokio_postgres::NoTls;

/// Values that the SQL reads as settings.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The approval code given; empty for none.
    pub ratified_apr: String,
    /// Empty, or `clone`.
    pub mode: String,
    /// The named restore point; empty for none.
    pub backup_ref: String,
    /// The role of every transaction; empty for the one that logged in.
    pub role: String,
}

/// A way to reach one database, again and again.
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
    /// The session.
    pub session: Session,
    /// Who answered.
    pub identity: Identity,
    /// The session holds the run lock.
    pub locked: bool,
    /// How it was reached, for people.
    pub endpoint: String,
    /// What a person should know of how safe the connection is.
    pub notes: Vec<String>,
}

/// Why no session was opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The settings of the connection contradict each other or cannot be read.
    #[error(transparent)]
    Target(#[from] super::conninfo::TargetError),
    /// No byte stream to any server.
    #[error("{}", attempts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Dial {
        /// One failure an attempt.
        attempts: Vec<DialError>,
    },
    /// Servers answered, none of the wanted kind.
    #[error("{message}")]
    OtherKind {
        /// What each was.
        message: String,
    },
    /// The server refused the login.
    #[error("{endpoint}: {message}")]
    Login {
        /// How it was tried.
        endpoint: String,
        /// The server's or the driver's words.
        message: String,
        /// SQLSTATE, where the server spoke.
        sqlstate: String,
        /// What to do.
        hint: String,
    },
    /// The server asks for a password, and nobody has given one.
    #[error("{endpoint}: the server asks for a password, and {why}")]
    NoPassword {
        /// How it was tried.
        endpoint: String,
        /// Why there is none.
        why: String,
        /// What to do.
        hint: String,
    },
    /// A password was to be asked for first, and was not to be had.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// Something between us and the server hands its connections out. A pooler of any mode invents the process that it names at login.
    #[error("{endpoint}: a connection pooler answers: {evidence}")]
    Pooler {
        /// How it was tried.
        endpoint: String,
        /// How that is known.
        evidence: &'static str,
    },
    /// The server sent more than is read.
    #[error("{endpoint}: a limit of this program, not of the network or the server: {reason}")]
    Limit {
        /// How it was tried.
        endpoint: String,
        /// Which one.
        reason: String,
    },
    /// The first questions failed.
    #[error("{endpoint}: {message}")]
    Questions {
        /// How it was tried.
        endpoint: String,
        /// The server's words.
        message: String,
        /// SQLSTATE, where the server spoke.
        sqlstate: String,
    },
}

impl OpenError {
    /// The operator's settings are at fault.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Target(_))
    }

    /// The server was reached, and is not one to release into.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Pooler { .. } => true,
            Self::Questions { sqlstate, .. } => sqlstate == INSUFFICIENT_PRIVILEGE,
            _ => false,
        }
    }

    /// What to do.
    pub fn hint(&self) -> String {
        match self {
            Self::Target(error) => error.hint().unwrap_or_default(),
            // Of several attempts, the one that came farthest.
            Self::Dial { attempts } => {
                let farthest = attempts.iter().rev().max_by_key(|attempt| attempt.stage());
                farthest.map_or("", DialError::hint).to_owned()
            }
            Self::OtherKind { .. } => "Name the primary, or another target_session_attrs.".to_owned(),
            Self::Login { hint, .. } | Self::NoPassword { hint, .. } => hint.clone(),
            Self::Prompt(PromptError::Interrupted { .. }) => "Nothing was begun.".to_owned(),
            Self::Prompt(_) => {
                "Without -W a password comes from ~/.pgpass (mode 0600), PGPASSWORD or the service file.".to_owned()
            }
            Self::Pooler { .. } => {
                "Connect to the host and port of PostgreSQL itself: the run lock and the settings belong to one server process."
                    .to_owned()
            }
            Self::Limit { .. } => "Look for what the server sends besides the answers.".to_owned(),
            Self::Questions { sqlstate, .. } if sqlstate == QUERY_CANCELED || sqlstate == IDLE_SESSION_TIMEOUT => {
                // Asked again without the timeouts that a role or a database can have, so it is none of these.
                "The first question was ended twice, once with the timeouts of the role and the database off: look for what \
                 cancels it, such as a job on the server or a pooler."
                    .to_owned()
            }
            Self::Questions { sqlstate, .. } if UNKNOWN_WORDS.contains(&sqlstate.as_str()) => {
                "Check that this is PostgreSQL 13 or later.".to_owned()
            }
            Self::Questions { sqlstate, .. } if sqlstate == INSUFFICIENT_PRIVILEGE => {
                "Everybody may read and call these unless somebody took it away. A superuser grants it to the role again.".to_owned()
            }
            Self::Questions { sqlstate, .. } if sqlstate == PROTOCOL_VIOLATION => {
                "If a connection pooler answers at this address, connect to the server itself.".to_owned()
            }
            Self::Questions { sqlstate, .. } if sqlstate.is_empty() => {
                "Nothing more came after the login: check that it is PostgreSQL that answers here, and look at its log."
                    .to_owned()
            }
            Self::Questions { .. } => "Look at what the server says, and run the command again.".to_owned(),
        }
    }
}

/// How often, and how long each time, to wait for the backend of a failed try.
const LEAVING_PAUSES: u32 = 20;
const LEAVING_PAUSE: std::time::Duration = std::time::Duration::from_millis(50);
/// What to do about a refused login of which nothing better is known.
const PSQL_FIRST: &str = "psql with the same settings must succeed first.";
/// SQLSTATE of a question that an older server does not understand: syntax, function, column, table or type.
const UNKNOWN_WORDS: [&str; 5] = ["42601", "42883", "42703", "42P01", "42704"];
/// What shows that a pooler answers.
const OTHER_PROCESS: &str =
    "the server process is not the one that was named at login; the pooler's mode cannot be seen from here";
const CHANGED_PROCESS: &str = "the server process changed between two questions, so that others may get it";
const CONSOLE: &str = "this is its own console, and no database";

impl Connector {
    /// A connector that only reads.
    pub fn reading(target: Target, settings: Settings) -> Self {
        Self { target, settings, takes_run_lock: false }
    }

    /// A connector whose sessions take the run lock.
    pub fn writing(target: Target, settings: Settings) -> Self {
        Self { target, settings, takes_run_lock: true }
    }

    /// How long a server may take for each step on the way to a session.
    fn limit(&self) -> Duration {
        self.target.connect_timeout.unwrap_or(CONNECT_LIMIT)
    }

    /// Opens a session, with a password from the person at the terminal where one is wanted and there is none; what was typed is kept
    /// for the sessions to come.
    ///
    /// # Errors
    /// [`OpenError`], of the last host tried.
    pub async fn open(&self, release: &Release) -> Result<Opened, OpenError> {
        let target = &self.target;
        if target.asking == Asking::First && target.asked.get().is_none() {
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
        // One that is there already is as good: it was typed for the same target.
        let _ = self.target.asked.set(password);
        Ok(())
    }

    /// Opens a session. Where a timeout of the role or the database ends it before it can be pinned, again without that timeout: what
    /// the login itself asks for comes before what `ALTER ROLE` set. Only then, because a pooler may refuse such a login.
    async fn open_with_what_there_is(&self, release: &Release) -> Result<Opened, OpenError> {
        let mut target = self.target.clone();
        let mut leavers = 0;
        loop {
            let error = match self.open_on(release, &target).await {
                // The backend of the last try may hold the run lock until it has seen that we are gone.
                Ok(opened) if !opened.locked && self.takes_run_lock && leavers > 0 => {
                    leavers -= 1;
                    opened.session.close().await;
                    tokio::time::sleep(LEAVING_PAUSE).await;
                    continue;
                }
                Ok(opened) => return Ok(opened),
                Err(error) => error,
            };
            let untimed = match &error {
                OpenError::Questions { sqlstate, .. } if sqlstate == QUERY_CANCELED => "-c statement_timeout=0",
                OpenError::Questions { sqlstate, .. } if sqlstate == IDLE_SESSION_TIMEOUT => {
                    "-c idle_session_timeout=0"
                }
                _ => return Err(error),
            };
            let options = target.options.take().unwrap_or_default();
            if options.ends_with(untimed) {
                return Err(error);
            }
            leavers = LEAVING_PAUSES;
            target.options = Some(format!("{options} {untimed}").trim_start().to_owned());
        }
    }

    /// Dial and login, then one flight that takes the run lock, sets the settings and asks for the identity.
    async fn open_on(&self, release: &Release, target: &Target) -> Result<Opened, OpenError> {
        let (mut session, endpoint, notes) = self.login(target).await?;
        if session.is_console_of_pooler() {
            return Err(OpenError::Pooler { endpoint, evidence: CONSOLE });
        }
        let given = session.login_pid().map(|pid| pid.to_string()).unwrap_or_default();
        let descriptor = &release.descriptor;
        let packet = serde_json::json!({
            "run_lock": descriptor.release.run_lock,
            "relations": descriptor.relations(),
            "functions": descriptor.packet.functions,
        });
        let governed: Vec<_> = descriptor
            .governed
            .iter()
            .map(|table| serde_json::json!({"table": table.table, "columns": table.columns}))
            .collect();
        let [class, object] = descriptor.release.run_lock;
        let values = [
            given.clone(),
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
        ];
        let unanswered = |said: Option<&ServerMessage>, driver: &str| OpenError::Questions {
            endpoint: endpoint.clone(),
            message: said.map_or(driver, ServerMessage::message).to_owned(),
            sqlstate: said.map_or("", ServerMessage::code).to_owned(),
        };
        let limit = self.limit();
        let questions = [questions::IDENTITY, questions::LIFE].join("\n");
        let flight = tokio::time::timeout(limit, session.flight(questions::OPENING, &values, &questions)).await;
        let (opening, identity) = flight.unwrap_or_else(|_| Err(Lost::silent(limit))).map_err(|lost| {
            if lost.by_limit {
                return OpenError::Limit { endpoint: endpoint.clone(), reason: lost.driver };
            }
            unanswered(lost.last.as_ref(), &lost.driver)
        })?;
        if let Some(error) = &opening.error {
            return Err(unanswered(Some(error), ""));
        }
        let Some(opened) = opening.row(0) else {
            let asked = session.within(limit, "SELECT pg_catalog.pg_backend_pid() AS pid").await;
            let pid = asked.ok().and_then(|reply| reply.row(0)?.number("pid"));
            if pid.is_some_and(|pid| pid.to_string() != given) {
                return Err(OpenError::Pooler { endpoint, evidence: OTHER_PROCESS });
            }
            return Err(unanswered(None, "the first question had no answer"));
        };
        let identity = lacking::or_what_it_can(&mut session, limit, identity).await;
        let Some(row) = identity.row(0) else {
            return Err(unanswered(identity.error.as_ref(), "no answer"));
        };
        let life = identity.row(1).ok_or_else(|| unanswered(identity.error.as_ref(), "no answer"))?;
        let identity = Identity::of(row).with_life(life);
        if identity.pid.to_string() != given {
            return Err(OpenError::Pooler { endpoint, evidence: CHANGED_PROCESS });
        }
        Ok(Opened { notes, locked: opened.is_true("locked"), session, identity, endpoint })
    }
}

impl Connector {
    /// The session of the first server that suits, and how it was reached.
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
                let refusal = Refusal { sqlstate: words.code(), routine: words.field(b'R') };
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

/// One login over one stream; a server of another kind than was asked for makes place for the next.
async fn login(
    dialed: Dialed,
    wanted: SessionAttributes,
) -> Result<Logged<(Session, String, Vec<String>)>, LoginError> {
    let endpoint = dialed.candidate.to_string();
    let notes = safety_notes(&dialed);
    let (redial, passthrough, config) = (dialed.redial(), dialed.passthrough(), dialed.config.clone());
    let session = match passthrough {
        Some(passthrough) => Session::login(dialed.stream, &config, passthrough, redial).await?,
        None => Session::login(dialed.stream, &config, NoTls, redial).await?,
    };
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

/// What was not checked of the server at the other end.
fn safety_notes(dialed: &Dialed) -> Vec<String> {
    let mut notes = Vec::new();
    if dialed.tls.as_ref().is_some_and(|tls| tls.verified == Verified::Nothing) {
        notes.push(
            "the connection is encrypted, and nothing is known of the server: sslmode=verify-full checks it".to_owned(),
        );
    }
    if let Some(refused) = &dialed.tls_refused {
        notes.push(format!("the connection is not encrypted: TLS failed first ({refused})"));
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
