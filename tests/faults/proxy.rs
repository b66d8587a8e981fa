//! A proxy between the program and the server. It counts protocol messages, and at one of them it waits, cuts the connection or goes
//! silent.
//!
//! It counts the messages of the first connection, separately for each direction. The startup packet is the client's message number 0.
//! Later connections, such as a cancel request or the resolver's session, pass unchanged unless the server is to be out of reach.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// The sender of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    Client,
    Server,
}

/// What the proxy does at a message instead of forwarding it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Ends both connections with RST.
    Reset,
    /// Ends both connections with FIN.
    Close,
    /// Forwards the first half of the message, then ends both connections with RST.
    Half,
    /// Forwards nothing more in either direction. Both connections stay open.
    Stall,
    /// Keeps the message until the test releases it.
    Hold,
}

impl Act {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Close => "close",
            Self::Half => "half",
            Self::Stall => "stall",
            Self::Hold => "hold",
        }
    }
}

/// A message that the proxy forwarded.
#[derive(Clone, Debug)]
pub(crate) struct Passed {
    pub(crate) side: Side,
    pub(crate) number: usize,
    /// The type of the message, or `@` for the startup packet.
    pub(crate) tag: u8,
    /// The beginning of the message body.
    pub(crate) text: String,
}

#[derive(Debug, Default)]
struct Record {
    passed: Vec<Passed>,
    counts: [usize; 2],
    plan: Option<(Side, usize, Act)>,
    /// Whether the planned message has arrived.
    reached: bool,
    /// What the test decided for the held message: `true` forwards it, `false` ends both connections.
    freed: Option<bool>,
    stalled: bool,
    /// Whether the proxy rejects connections after the first.
    out_of_reach: bool,
    /// Whether the messages of all connections are counted together.
    all: bool,
}

#[derive(Debug)]
struct Shared {
    record: Mutex<Record>,
    news: Condvar,
    upstream: AtomicU16,
    connections: AtomicUsize,
    ended: AtomicBool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A running proxy. It ends when the value is dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    shared: Arc<Shared>,
}

impl Proxy {
    /// A proxy that only counts.
    pub(crate) fn counting(upstream: u16) -> Self {
        Self::start(upstream, None, false)
    }

    /// A proxy that only counts the messages of all connections together.
    pub(crate) fn counting_all(upstream: u16) -> Self {
        Self::start(upstream, None, true)
    }

    /// A proxy that acts at a message and counts the messages of all connections together.
    pub(crate) fn acting_on_all(upstream: u16, side: Side, number: usize, act: Act) -> Self {
        Self::start(upstream, Some((side, number, act)), true)
    }

    /// A proxy that acts at the message `number` of `side`.
    pub(crate) fn acting(upstream: u16, side: Side, number: usize, act: Act) -> Self {
        Self::start(upstream, Some((side, number, act)), false)
    }

    fn start(upstream: u16, plan: Option<(Side, usize, Act)>, all: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            record: Mutex::new(Record { plan, all, ..Record::default() }),
            news: Condvar::new(),
            upstream: AtomicU16::new(upstream),
            connections: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
        });
        let proxy = Self { port, shared: Arc::clone(&shared) };
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if shared.ended.load(Ordering::Acquire) {
                    return;
                }
                let Ok(client) = client else { return };
                let first = shared.connections.fetch_add(1, Ordering::AcqRel) == 0 || shared.lock().all;
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || pass(&shared, client, first));
            }
        });
        proxy
    }

    /// The messages that the first connection has passed so far. With [`Proxy::counting_all`], those of all connections.
    pub(crate) fn passed(&self) -> Vec<Passed> {
        self.shared.lock().passed.clone()
    }

    /// Decides whether later connections are rejected.
    pub(crate) fn out_of_reach(&self, away: bool) {
        self.shared.lock().out_of_reach = away;
    }

    /// Forwards later connections to another server.
    pub(crate) fn lead_to(&self, upstream: u16) {
        self.shared.upstream.store(upstream, Ordering::Release);
    }

    /// Waits until the planned message has arrived. False if it has not arrived in this time.
    pub(crate) fn wait_until_reached(&self, patience: Duration) -> bool {
        let begun = Instant::now();
        let mut record = self.shared.lock();
        while !record.reached && begun.elapsed() < patience {
            record = self.shared.news.wait_timeout(record, Duration::from_millis(20)).unwrap().0;
        }
        record.reached
    }

    /// Forwards the held message.
    pub(crate) fn release(&self) {
        self.free(true);
    }

    /// Ends both connections at the held message.
    pub(crate) fn cut(&self) {
        self.free(false);
    }

    fn free(&self, pass: bool) {
        self.shared.lock().freed.get_or_insert(pass);
        self.shared.news.notify_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
        self.free(false);
        // This connection wakes the listener, so that it ends and its port becomes free.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

struct Pair {
    client: TcpStream,
    server: TcpStream,
}

impl Pair {
    fn end(&self, reset: bool) {
        for stream in [&self.client, &self.server] {
            if reset {
                // With a linger time of 0, closing the last handle sends RST. The shutdown first wakes the threads that read.
                let _ = rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO));
                let _ = stream.shutdown(Shutdown::Read);
            } else {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }
}

fn pass(shared: &Arc<Shared>, client: TcpStream, first: bool) {
    if !first && shared.lock().out_of_reach {
        return;
    }
    let Ok(server) = TcpStream::connect(("127.0.0.1", shared.upstream.load(Ordering::Acquire))) else { return };
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let pair = Arc::new(Pair { client, server });
    let other = (Arc::clone(shared), Arc::clone(&pair));
    let back = std::thread::spawn(move || flow(&other.0, &other.1, Side::Server, first));
    flow(shared, &pair, Side::Client, first);
    let _ = back.join();
}

/// Forwards one direction, message by message, until it ends.
fn flow(shared: &Shared, pair: &Pair, side: Side, first: bool) {
    let (mut from, mut to) = match side {
        Side::Client => (&pair.client, &pair.server),
        Side::Server => (&pair.server, &pair.client),
    };
    let mut startup = side == Side::Client;
    while let Ok(message) = read_message(&mut from, startup) {
        let sent =
            if first { step(shared, pair, side, startup, &message, &mut to) } else { to.write_all(&message).is_ok() };
        startup = false;
        if !sent {
            return;
        }
    }
    let stalled = first && shared.lock().stalled;
    if stalled && side == Side::Client {
        // The client has closed its connection, so the server's connection ends now.
        pair.end(false);
    } else if !stalled {
        let _ = to.shutdown(Shutdown::Write);
    }
}

/// Handles one counted message. False if nothing more may be forwarded.
fn step(shared: &Shared, pair: &Pair, side: Side, startup: bool, message: &[u8], to: &mut &TcpStream) -> bool {
    let mut record = shared.lock();
    if record.stalled {
        // The message is read and dropped, so that the end of the connection is noticed.
        return true;
    }
    let index = usize::from(side == Side::Server);
    let number = record.counts[index];
    record.counts[index] += 1;
    let act = record.plan.filter(|(at, planned, _)| (*at, *planned) == (side, number)).map(|(_, _, act)| act);
    if act.is_some() {
        record.reached = true;
        shared.news.notify_all();
    }
    let mut pass = true;
    match act {
        None => {}
        Some(Act::Hold) => {
            while record.freed.is_none() {
                record = shared.news.wait(record).unwrap();
            }
            pass = record.freed == Some(true);
            if !pass {
                pair.end(true);
            }
        }
        Some(Act::Stall) => {
            record.stalled = true;
            return true;
        }
        Some(act) => {
            drop(record);
            if act == Act::Half {
                let _ = to.write_all(&message[..message.len() / 2]);
                // Gives the half message time to arrive before RST.
                std::thread::sleep(Duration::from_millis(5));
            }
            pair.end(act != Act::Close);
            return false;
        }
    }
    if pass {
        let body = if startup { 4 } else { 5 }.min(message.len());
        let text = String::from_utf8_lossy(&message[body..message.len().min(body + 60)]).into_owned();
        let tag = if startup { b'@' } else { message[0] };
        record.passed.push(Passed { side, number, tag, text });
    }
    drop(record);
    pass && to.write_all(message).is_ok()
}

/// Reads one whole message with its header.
fn read_message(from: &mut &TcpStream, startup: bool) -> io::Result<Vec<u8>> {
    let header = if startup { 4 } else { 5 };
    let mut message = vec![0; header];
    from.read_exact(&mut message)?;
    let length = message[header - 4..].iter().fold(0_usize, |length, &byte| (length << 8) | usize::from(byte));
    let start = message.len();
    message.resize(start + length.saturating_sub(4), 0);
    from.read_exact(&mut message[start..])?;
    Ok(message)
}
