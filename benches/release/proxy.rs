//! A TCP proxy that counts round trips and can delay every byte by half a round trip.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A proxy in front of a server. It runs until the program ends.
pub(crate) struct Proxy {
    /// The proxy's port on 127.0.0.1.
    pub(crate) port: u16,
    turns: Arc<AtomicUsize>,
}

impl Proxy {
    /// Listens in front of `server`, and delays each direction by `one_way`.
    pub(crate) fn start(server: u16, one_way: Duration) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let turns = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&turns);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // The TCP handshake is a round trip too. On a real network the client waits for it.
                counted.fetch_add(1, Ordering::Relaxed);
                thread::sleep(one_way * 2);
                if let Ok(server) = TcpStream::connect(("127.0.0.1", server)) {
                    connect(client, server, one_way, &counted);
                }
            }
        });
        Ok(Self { port, turns })
    }

    /// The number of round trips since the last call. A round trip is a TCP handshake, or a message of the client that comes first or after
    /// an answer.
    pub(crate) fn take_turns(&self) -> usize {
        // The last bytes of a client that has just ended may still be on their way.
        thread::sleep(Duration::from_millis(50));
        self.turns.swap(0, Ordering::Relaxed)
    }
}

fn connect(client: TcpStream, server: TcpStream, one_way: Duration, turns: &Arc<AtomicUsize>) {
    let heard = Arc::new(AtomicBool::new(true));
    let (to_server, to_client) = (clone(&server), clone(&client));
    let (counted, heard_by_client) = (Arc::clone(turns), Arc::clone(&heard));
    pump(client, to_server, one_way, move || {
        if heard_by_client.swap(false, Ordering::SeqCst) {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    pump(server, to_client, one_way, move || heard.store(true, Ordering::SeqCst));
}

fn clone(stream: &TcpStream) -> TcpStream {
    stream.set_nodelay(true).expect("a socket takes its options");
    stream.try_clone().expect("a socket can be shared")
}

/// Copies one direction with two threads. One reads and records the time, and the other writes when the delay is over.
fn pump(mut from: TcpStream, to: TcpStream, one_way: Duration, mut seen: impl FnMut() + Send + 'static) {
    let (send, receive) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 20];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            seen();
            if send.send((Instant::now() + one_way, buffer[..length].to_vec())).is_err() {
                break;
            }
        }
    });
    let to = Mutex::new(to);
    thread::spawn(move || {
        let mut to = to.into_inner().expect("nobody else holds it");
        for (due, bytes) in receive {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
}
