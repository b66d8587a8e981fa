//! The files of a packet's folder.

use std::collections::BTreeMap;

/// Files by their path in a packet's folder.
pub type Files = BTreeMap<String, String>;
