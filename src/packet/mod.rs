//! The packet: how the files that people write become the text that is sent to the server.
//!
//! This module is pure and refers to no other module of the crate, so that `build.rs` can include it unchanged.

mod check;
pub mod compose;
pub mod files;
pub mod form;
pub(crate) mod given;
pub(crate) mod name;
pub mod page;
pub mod pattern;
pub mod rows;
pub mod sealed;
