//! `extras.toml` declares what is not part of apply: actions, the shadow, revalidations of a clone, what people confirm, and facts about
//! the database that no tier uses. It is optional.

use super::super::page::{Action, NoGo, Revalidation, Review, Shadow};
use super::declared::{Contracted, Governed};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The whole file `extras.toml`. Unknown keys are rejected.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Extras {
    /// Prefixes of the schema-qualified names of the packet's own objects. No other object may have a name that begins with one of them.
    pub prefixes: Vec<String>,
    /// Files in `preflight/` that each return several checks, with the names of those checks.
    pub families: BTreeMap<String, Vec<String>>,
    /// Objects, columns and privileges of the prerequisite contract that the tiers and their checks do not use. The rest is derived.
    pub contract: Vec<Contracted>,
    /// Tables whose content is part of the fingerprint, in addition to the tables that the tiers write.
    pub governed: Vec<Governed>,
    /// Actions that may be run on the released database. They run like tiers.
    #[serde(rename = "action")]
    pub actions: Vec<Action>,
    /// Tiers that may be deployed to a separate schema without an approval.
    pub shadow: Option<Shadow>,
    /// Decisions that stay NO-GO when the release is applied.
    pub no_go: Vec<NoGo>,
    /// Tables that a person confirms by name before the release.
    #[serde(rename = "review")]
    pub reviews: Vec<Review>,
    /// Checks of the release on a clone, after all tiers, in the transaction that is rolled back.
    #[serde(rename = "revalidation")]
    pub revalidations: Vec<Revalidation>,
}
