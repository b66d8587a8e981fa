//! What stands in a packet's folder: page one (`packet.toml`, written by people), what a machine derived from it (`derived.toml`), and what
//! is no part of apply (`extras.toml`). [`super::page::Descriptor`] is made of the three.

mod assemble;
mod declared;
mod derived;
mod derived_text;
mod extras;
mod page_one;
mod shapes;

pub use assemble::in_one_line;
pub use declared::{Contracted, Delta, Governed, Witness};
pub use derived::{Content, Derived, DerivedTier, Objects, Shape};
pub use extras::Extras;
pub use page_one::{Columns, FORMAT, PageOne, PageTier};
pub use shapes::{objects, own_names, shapes};

/// Path of page one in a packet's folder.
pub const PAGE: &str = "packet.toml";
/// Path of what is no part of apply.
pub const EXTRAS: &str = "extras.toml";
/// Path of what a machine derived.
pub const DERIVED: &str = "derived.toml";
