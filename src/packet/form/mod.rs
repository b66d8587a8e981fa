//! The files in a packet's folder that describe it: page one (`packet.toml`, written by people), the facts that a build derived
//! (`derived.toml`), and everything that is not part of apply (`extras.toml`). [`super::page::Descriptor`] is made from the three.

mod assemble;
mod declared;
mod derived;
mod derived_text;
mod extras;
mod page_one;
mod reviewed;
mod rule;
mod shapes;

pub use assemble::{in_one_line, in_words};
pub use declared::{Contracted, Delta, Governed, ProofRow};
pub use derived::{Content, Derived, DerivedTier, Objects, Shape};
pub use extras::Extras;
pub use page_one::{ApprovalColumns, PageOne, PageTier};
pub use rule::{Obstacle, Rule};
pub use shapes::{
    OF_COLUMNS, constraints, effects, grants, moved_part, objects, own_names, packet_of, shapes, with_category,
};

/// The path of page one in a packet's folder.
pub const PAGE: &str = "packet.toml";
/// The path of the file that declares what is not part of apply.
pub const EXTRAS: &str = "extras.toml";
/// The path of the file with the facts that a build derived.
pub const DERIVED: &str = "derived.toml";
