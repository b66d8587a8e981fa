//! The packet: from what people write to what is sent.
//!
//! Pure, and without a path into the rest of the crate, so that `build.rs` takes it in as it is.

pub mod compose;
pub mod page;
pub mod rows;
