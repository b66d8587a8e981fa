//! `extras.toml`: what is no part of apply. Actions, the shadow, revalidations of a clone, what people confirm, and what the packet knows of
//! its ground beyond what its tiers use. A packet may do without it.

use super::super::page::{Action, NoGo, Revalidation, Review, Shadow};
use super::declared::{Contracted, Governed};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The whole file. Unknown keys are refused.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Extras {
    /// What every schema-qualified name of the packet's own objects begins with, and no other name may.
    pub prefixes: Vec<String>,
    /// Files in `preflight/` that return several checks, each with the names of those checks.
    pub families: BTreeMap<String, Vec<String>>,
    /// Objects of the prerequisite contract as people agreed on it; what is derived is added for others.
    pub contract: Vec<Contracted>,
    /// Tables whose content the fingerprint holds, beside those that the tiers write.
    pub governed: Vec<Governed>,
    /// What may be run on the released database, as tiers are.
    #[serde(rename = "action")]
    pub actions: Vec<Action>,
    /// Tiers in a separate schema, without an approval.
    pub shadow: Option<Shadow>,
    /// What stays NO-GO when the release is applied.
    pub no_go: Vec<NoGo>,
    /// What a person confirms by name before the release.
    #[serde(rename = "review")]
    pub reviews: Vec<Review>,
    /// What is checked of the release on a clone, after all tiers, in the transaction that is rolled back.
    #[serde(rename = "revalidation")]
    pub revalidations: Vec<Revalidation>,
}
