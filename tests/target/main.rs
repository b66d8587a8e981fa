//! Reaching a server the way psql does, shown side by side with psql on real servers.

mod odd;
mod parity;
mod server;
mod support;
mod tls;
mod ways;
