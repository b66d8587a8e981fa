//! Opens sockets in the same way as libpq.

use super::address::{Address, Candidate};
use super::error::DialError;
use crate::pg::conninfo::{Target, account_of};
use rustix::net::sockopt;
use std::io;
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// A stream that can carry the protocol.
pub trait ByteStream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> ByteStream for S {}

/// A boxed stream of any kind.
pub type BoxedStream = Box<dyn ByteStream>;

/// Opens a unix socket. If the settings demand it, checks which account the server runs as.
pub(super) async fn open_unix(target: &Target, candidate: &Candidate) -> Result<BoxedStream, DialError> {
    let failed = |source| DialError::Connect { candidate: Box::new(candidate.clone()), source };
    let path = match &candidate.address {
        Address::Abstract(name) => PathBuf::from(format!("\0{name}")),
        Address::Socket(path) => path.clone(),
        Address::Tcp(_) | Address::Via(_) => {
            return Err(failed(io::ErrorKind::InvalidInput.into()));
        }
    };
    let stream = UnixStream::connect(path).await.map_err(failed)?;
    if let Some(wanted) = &target.require_peer {
        let uid = stream.peer_cred().map_err(failed)?.uid();
        let found = account_of(uid).map_or_else(|| format!("uid {uid}"), |account| account.name);
        if found != *wanted {
            return Err(DialError::Peer { candidate: Box::new(candidate.clone()), wanted: wanted.clone(), found });
        }
    }
    Ok(Box::new(stream))
}

/// Opens a TCP connection with the options of the target.
pub(super) async fn open_tcp(
    target: &Target,
    candidate: &Candidate,
    address: std::net::SocketAddr,
) -> Result<BoxedStream, DialError> {
    let stream = async {
        let stream = TcpStream::connect(address).await?;
        // Messages are complete and are answered one by one, so a delay to fill a packet would only cost time.
        stream.set_nodelay(true)?;
        set_options(target, &stream)?;
        Ok(stream)
    };
    let stream =
        stream.await.map_err(|source| DialError::Connect { candidate: Box::new(candidate.clone()), source })?;
    Ok(Box::new(stream))
}

fn set_options(target: &Target, stream: &TcpStream) -> io::Result<()> {
    let socket = stream.as_fd();
    let keepalives = target.keepalives;
    if keepalives.enabled {
        sockopt::set_socket_keepalive(socket, true)?;
        if let Some(idle) = keepalives.idle {
            sockopt::set_tcp_keepidle(socket, idle)?;
        }
        if let Some(interval) = keepalives.interval {
            sockopt::set_tcp_keepintvl(socket, interval)?;
        }
        if let Some(count) = keepalives.count {
            sockopt::set_tcp_keepcnt(socket, count)?;
        }
    }
    if let Some(limit) = target.tcp_user_timeout {
        let milliseconds = u32::try_from(limit.as_millis()).unwrap_or(u32::MAX);
        sockopt::set_tcp_user_timeout(socket, milliseconds)?;
    }
    Ok(())
}
