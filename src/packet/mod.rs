//! The packet: from what people write to what is sent.
//!
//! Pure, and without a path into the rest of the crate, so that `build.rs` takes it in as it is.

mod check;
pub mod compose;
pub mod files;
pub mod form;
mod given;
pub mod page;
pub mod pattern;
pub mod rows;
pub mod sealed;
