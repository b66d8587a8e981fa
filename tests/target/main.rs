//! The program connects to a server as psql does. The tests compare it with psql on real servers.

#[path = "../support/mod.rs"]
mod harness;

mod bytes;
mod hints;
mod odd;
mod parity;
mod pooler;
mod prompt;
mod secrets;
mod server;
mod shipped;
mod support;
mod tls;
mod via;
mod ways;
