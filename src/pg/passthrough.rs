//! A TLS connector for a stream that has had its handshake already.
//!
//! The driver only sends SCRAM with channel binding over what it believes to be its own TLS
//! stream. We do TLS ourselves, before a tap is laid on the stream, and hand the driver this: it
//! returns the stream as it came, and knows the hash that the login is bound to.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

/// Lets the driver take a finished stream for one that it has encrypted.
///
/// Goes with `ssl_mode(Require)` and `ssl_negotiation(Direct)`, under which the driver sends
/// nothing before it asks for the stream.
#[derive(Debug, Clone)]
pub struct Passthrough {
    end_point_hash: Option<Vec<u8>>,
}

impl Passthrough {
    /// For a channel with this `tls-server-end-point` hash.
    pub fn new(end_point_hash: Option<Vec<u8>>) -> Self {
        Self { end_point_hash }
    }
}

impl<S> TlsConnect<S> for Passthrough
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    type Stream = Bound<S>;
    type Error = Infallible;
    type Future = Ready<Result<Bound<S>, Infallible>>;

    fn connect(self, stream: S) -> Self::Future {
        ready(Ok(Bound { stream, end_point_hash: self.end_point_hash }))
    }
}

/// A stream and the hash of the certificate at its other end.
#[derive(Debug)]
pub struct Bound<S> {
    stream: S,
    end_point_hash: Option<Vec<u8>>,
}

impl<S> TlsStream for Bound<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    fn channel_binding(&self) -> ChannelBinding {
        self.end_point_hash.clone().map_or_else(ChannelBinding::none, ChannelBinding::tls_server_end_point)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bound<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bound<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
