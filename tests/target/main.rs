//! Reaching a server the way psql does, shown side by side with psql on real servers.

#[path = "../support/mod.rs"]
mod harness;

mod odd;
mod parity;
mod prompt;
mod server;
mod support;
mod tls;
mod ways;
