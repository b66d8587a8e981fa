//! The negotiation of TLS on a stream.

use super::address::Encryption;
use super::socket::BoxedStream;
use crate::pg::conninfo::{SslMode, SslNegotiation};
use crate::pg::tls::{Negotiator, TlsError, TlsInfo};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// The request for TLS: length 8, code 80877103.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// The number of bytes that are read of a command's greeting, and how long the program waits for more of it.
const GREETING_LIMIT: usize = 400;
const GREETING_WAIT: Duration = Duration::from_millis(100);

/// The result of the negotiation.
pub(super) enum Negotiated {
    Plain(BoxedStream),
    Encrypted(BoxedStream, TlsInfo),
}

/// A failure of the stream or of TLS on it.
pub(super) enum NegotiationError {
    Stream(io::Error),
    Tls(TlsError),
    /// The bytes are not a valid answer to the request for TLS.
    Answer(Vec<u8>),
}

impl From<io::Error> for NegotiationError {
    fn from(error: io::Error) -> Self {
        Self::Stream(error)
    }
}

impl From<TlsError> for NegotiationError {
    fn from(error: TlsError) -> Self {
        Self::Tls(error)
    }
}

/// Requests TLS, unless TLS begins directly, and makes the handshake.
///
/// Exactly one byte of the answer is read. If an attacker inserts bytes after it, they are read as TLS and make the handshake fail. They
/// are never read as the server's text.
pub(super) async fn negotiate(
    mut stream: BoxedStream,
    encryption: Encryption,
    mode: SslMode,
    negotiation: SslNegotiation,
    connector: &Negotiator,
    is_command: bool,
) -> Result<Negotiated, NegotiationError> {
    if negotiation == SslNegotiation::Postgres {
        stream.write_all(&SSL_REQUEST).await?;
        stream.flush().await?;
        let answer = stream.read_u8().await;
        if let (true, Ok(first)) = (is_command, &answer) {
            // A server sends nothing more before the client does. A command's greeting may begin with the same letter.
            let rest = what_comes(&mut stream).await;
            if !rest.is_empty() {
                return Err(NegotiationError::Answer([&[*first][..], &rest].concat()));
            }
        }
        match answer {
            Ok(b'S') => {}
            Ok(b'N') if encryption == Encryption::IfOffered => {
                return Ok(Negotiated::Plain(stream));
            }
            Ok(b'N') => {
                return Err(TlsError::NotOffered { mode: mode.as_str() }.into());
            }
            Ok(other) => return Err(NegotiationError::Answer(vec![other])),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(NegotiationError::Stream(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "server closed the connection unexpectedly",
                )));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let (stream, info) = connector.connect(stream).await?;
    Ok(Negotiated::Encrypted(Box::new(stream), info))
}

/// The bytes that have already been sent.
async fn what_comes(stream: &mut BoxedStream) -> Vec<u8> {
    let mut bytes = vec![0; GREETING_LIMIT];
    let read = tokio::time::timeout(GREETING_WAIT, stream.read(&mut bytes)).await;
    bytes.truncate(read.ok().and_then(Result::ok).unwrap_or_default());
    bytes
}

/// The error for an invalid answer, from its first byte. The rest is not shown, because it is not authenticated.
pub(super) fn invalid(answer: &[u8]) -> TlsError {
    let answer = match answer.first() {
        Some(b'E') => "an error message".to_owned(),
        Some(other) => format!("byte 0x{other:02x}"),
        None => "nothing".to_owned(),
    };
    TlsError::InvalidAnswer { answer }
}
