//! One attempt to connect to one address, and the connection to the same address for a cancel request.

use super::address::{Address, Candidate, Encryption};
use super::bridge::{self, Complaints};
use super::encryption::{self, Negotiated, NegotiationError};
use super::error::{CancelError, DialError};
use super::socket::{self, BoxedStream};
use crate::pg::conninfo::{self, Target};
use crate::pg::passthrough::Passthrough;
use crate::pg::tls::{Negotiator, TlsError, TlsInfo};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio_postgres::config::{ChannelBinding, SslMode, SslNegotiation};
use tokio_postgres::{CancelToken, Config, NoTls};

/// How long a server may take for one step of the connection if no other limit is set, so that the program does not wait for a silent
/// server forever. It is long enough to type a passphrase that an ssh command may ask for.
pub const CONNECT_LIMIT: Duration = Duration::from_mins(1);
/// How long a cancel request may take if no other limit is set.
const CANCEL_LIMIT: Duration = Duration::from_secs(10);

/// A byte stream that is ready for the startup packet.
pub struct Dialed {
    /// The stream. If TLS is used, its handshake is done.
    pub stream: BoxedStream,
    /// The result of the TLS handshake, if there was one.
    pub tls: Option<TlsInfo>,
    /// Why the stream is not encrypted although the server offers TLS. Only `prefer` continues in this case.
    pub tls_refused: Option<TlsError>,
    /// The address that the stream is connected to.
    pub candidate: Candidate,
    /// User, password, database and the rest of the login, for `connect_raw`.
    pub config: Config,
    /// Stderr of the command, if `--via` is used.
    pub complaints: Option<Complaints>,
    redial: Redial,
}

impl std::fmt::Debug for Dialed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Dialed")
            .field("candidate", &self.candidate)
            .field("tls", &self.tls)
            .field("tls_refused", &self.tls_refused)
            .finish_non_exhaustive()
    }
}

impl Dialed {
    /// The connector to give to `connect_raw` for a TLS stream. `None` means `NoTls`.
    pub fn passthrough(&self) -> Option<Passthrough> {
        self.tls.as_ref().map(|tls| Passthrough::new(tls.end_point_hash.clone()))
    }

    /// The second attempt that the mode permits if the server rejects this login. `None` if it permits none.
    pub fn second_try(&self) -> Option<Encryption> {
        if self.candidate.is_socket() {
            return None;
        }
        Encryption::second(self.candidate.endpoint.ssl_mode, self.tls.is_some())
    }

    /// How to reach the same server again for a cancel request.
    pub fn redial(&self) -> Redial {
        self.redial.clone()
    }
}

/// Connects to the address and makes the TLS handshake if the mode demands it.
///
/// Under `prefer`, an attempt without TLS follows a failed handshake, as in libpq.
pub async fn dial(target: &Target, candidate: &Candidate, encryption: Encryption) -> Result<Dialed, DialError> {
    let limit = target.connect_timeout.unwrap_or(CONNECT_LIMIT);
    tokio::time::timeout(limit, attempt(target, candidate, encryption)).await.unwrap_or_else(|_| {
        Err(DialError::Timeout { candidate: Box::new(candidate.clone()), seconds: limit.as_secs() })
    })
}

async fn attempt(target: &Target, candidate: &Candidate, encryption: Encryption) -> Result<Dialed, DialError> {
    match attempt_once(target, candidate, encryption).await {
        Err(DialError::Tls { source, .. }) if encryption == Encryption::IfOffered => {
            let mut dialed = attempt_once(target, candidate, Encryption::Plain).await?;
            dialed.tls_refused = Some(source);
            Ok(dialed)
        }
        result => result,
    }
}

async fn attempt_once(target: &Target, candidate: &Candidate, encryption: Encryption) -> Result<Dialed, DialError> {
    let mode = candidate.endpoint.ssl_mode;
    let refused = |source| DialError::Tls { candidate: Box::new(candidate.clone()), source };
    // The files are read before anything is sent, so that an error in them is found before a connection is opened.
    let connector = match encryption {
        Encryption::Plain => None,
        Encryption::IfOffered | Encryption::Required => {
            let name = candidate.endpoint.server_name();
            Some(Negotiator::new(&target.ssl, mode, name).map_err(refused)?)
        }
    };
    let (stream, complaints) = match &candidate.address {
        Address::Socket(_) | Address::Abstract(_) => (socket::open_unix(target, candidate).await?, None),
        Address::Tcp(address) => (socket::open_tcp(target, candidate, *address).await?, None),
        Address::Via(command) => {
            let (stream, complaints) = bridge::open(command)?;
            (stream, Some(complaints))
        }
    };
    let negotiated = match &connector {
        None => Ok(Negotiated::Plain(stream)),
        Some(connector) => {
            let negotiation = target.ssl.negotiation;
            encryption::negotiate(stream, encryption, mode, negotiation, connector, complaints.is_some()).await
        }
    };
    let (stream, tls) = match negotiated {
        Ok(Negotiated::Plain(stream)) => (stream, None),
        Ok(Negotiated::Encrypted(stream, info)) => (stream, Some(info)),
        Err(NegotiationError::Tls(source)) => return Err(refused(source)),
        Err(NegotiationError::Answer(bytes)) if complaints.is_some() => return Err(DialError::banner(&bytes)),
        Err(NegotiationError::Answer(bytes)) => return Err(refused(encryption::invalid(&bytes))),
        Err(NegotiationError::Stream(source)) => {
            return Err(match complaints {
                Some(complaints) => {
                    DialError::Via { reason: source.to_string(), complaints: complaints.last_words().await }
                }
                None => DialError::Connect { candidate: Box::new(candidate.clone()), source },
            });
        }
    };
    Ok(Dialed {
        config: config(target, candidate, tls.is_some()),
        redial: Redial {
            target: target.clone(),
            candidate: candidate.clone(),
            encryption: if tls.is_some() { Encryption::Required } else { Encryption::Plain },
        },
        stream,
        tls,
        tls_refused: None,
        candidate: candidate.clone(),
        complaints,
    })
}

/// The login's configuration. The driver is configured as if the stream began with TLS, so that it does not request TLS and takes the
/// stream from [`Passthrough`].
fn config(target: &Target, candidate: &Candidate, encrypted: bool) -> Config {
    let mut config = Config::new();
    config.user(&target.user).dbname(&target.dbname).application_name(&target.application_name).channel_binding(
        match target.channel_binding {
            conninfo::ChannelBinding::Disable => ChannelBinding::Disable,
            conninfo::ChannelBinding::Prefer => ChannelBinding::Prefer,
            conninfo::ChannelBinding::Require => ChannelBinding::Require,
        },
    );
    if let Some(options) = &target.options {
        config.options(options);
    }
    if let Some(password) = target.password_for(&candidate.endpoint) {
        config.password(password.reveal());
    }
    if encrypted {
        config.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct);
    } else {
        config.ssl_mode(SslMode::Disable);
    }
    config
}

/// How to reach a server on which a session runs.
#[derive(Debug, Clone)]
pub struct Redial {
    target: Target,
    candidate: Candidate,
    encryption: Encryption,
}

impl Redial {
    /// Delivers a cancel request for the session of this token. The request is encrypted if the session is.
    ///
    /// Returns when the server has closed the connection, which shows that it has received the request. Only the session shows whether the
    /// statement was still running.
    pub async fn cancel(&self, token: &CancelToken) -> Result<(), CancelError> {
        let limit = self.target.connect_timeout.unwrap_or(CANCEL_LIMIT);
        tokio::time::timeout(limit, self.deliver(token))
            .await
            .unwrap_or(Err(CancelError::Timeout { seconds: limit.as_secs() }))
    }

    async fn deliver(&self, token: &CancelToken) -> Result<(), CancelError> {
        let mut dialed = attempt_once(&self.target, &self.candidate, self.encryption).await?;
        let sent = match dialed.passthrough() {
            Some(passthrough) => token.cancel_query_raw(&mut dialed.stream, passthrough).await,
            None => token.cancel_query_raw(&mut dialed.stream, NoTls).await,
        };
        sent.map_err(|error| CancelError::Send {
            reason: std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string),
        })?;
        let mut rest = [0; 64];
        // It does not matter how the connection ends, only that it ends.
        while matches!(dialed.stream.read(&mut rest).await, Ok(count) if count > 0) {}
        Ok(())
    }
}
