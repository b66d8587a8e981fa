//! The only code that uses the driver: where the database is, how it is reached, the messages to it, and what the server reports about our
//! transaction.

mod answer;
mod binary_rows;
pub mod connector;
pub mod conninfo;
pub mod dial;
pub mod failure;
pub mod holders;
pub mod identify;
pub mod lacking;
pub mod message;
pub mod open_error;
pub mod passthrough;
pub mod pins;
mod pipeline;
pub mod prompt;
pub mod questions;
mod reply;
pub mod server_facts;
pub mod session;
pub mod tap;
pub mod tls;
