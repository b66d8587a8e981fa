//! What several pages of a packet say in the same words: contracts, rows, proofs, governed tables.

use serde::Deserialize;

/// An object of the prerequisite contract.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contracted {
    /// Its schema-qualified name.
    pub object: String,
    /// `table` or `view`.
    pub kind: String,
    /// The columns that the packet may use, `name:category` with a blank between.
    #[serde(default)]
    pub columns: String,
    /// Privileges that the releasing role needs, with a blank between.
    #[serde(default = "select")]
    pub needs: String,
}

fn select() -> String {
    "SELECT".to_owned()
}

/// Rows inserted, updated and deleted in one relation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delta {
    /// Rows that were not there before.
    pub inserted: i64,
    /// Rows that were there and changed.
    pub updated: i64,
    /// Rows that are no longer there.
    pub deleted: i64,
}

/// One row that the tier writes at top level (so that its `xmin` is the transaction itself), or the relation it creates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// The relation.
    pub table: String,
    /// Column that names the row; absent when `relation` is set.
    pub column: Option<String>,
    pub value: Option<String>,
    /// The witness is the relation's own catalogue row.
    #[serde(default)]
    pub relation: bool,
}

/// A table whose content the fingerprint holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Governed {
    pub table: String,
    /// Contract or packet columns, in the order of the digest.
    pub columns: Vec<String>,
    /// Columns that differ from run to run (defaults, clocks).
    #[serde(default)]
    pub volatile: Vec<String>,
}
