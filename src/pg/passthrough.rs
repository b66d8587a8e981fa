//! A TLS connector for a stream whose TLS handshake is already done.
//!
//! The driver sends SCRAM with channel binding only over a TLS stream that it made itself. This program does TLS before it puts the tap on
//! the stream, and gives the driver this connector. The connector returns the stream unchanged, and knows the hash for channel binding.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

/// Makes the driver treat a finished stream as one that it has encrypted itself.
///
/// It needs `ssl_mode(Require)` and `ssl_negotiation(Direct)`. With these settings the driver sends nothing before it requests the stream.
#[derive(Debug, Clone)]
pub struct Passthrough {
    end_point_hash: Option<Vec<u8>>,
}

impl Passthrough {
    /// A connector for a channel with this `tls-server-end-point` hash.
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
