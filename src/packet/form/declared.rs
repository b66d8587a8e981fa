//! Types that several pages of a packet use: contracts, rows, proofs and governed tables.

use serde::Deserialize;

/// An object of the prerequisite contract.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contracted {
    /// The schema-qualified name of the object.
    pub object: String,
    /// `table` or `view`.
    pub kind: String,
    /// The columns that the packet may use, as `name:category`, separated by blanks.
    #[serde(default)]
    pub columns: String,
    /// The privileges that the releasing role needs, separated by blanks.
    #[serde(default = "select")]
    pub needs: String,
}

fn select() -> String {
    "SELECT".to_owned()
}

/// The numbers of rows that are inserted, updated and deleted in one relation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delta {
    /// The number of inserted rows.
    pub inserted: i64,
    /// The number of updated rows.
    pub updated: i64,
    /// The number of deleted rows.
    pub deleted: i64,
}

/// The proof of a COMMIT: one row that the tier writes at top level (so its `xmin` is the tier's own transaction), or a relation that it
/// creates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofRow {
    /// The relation that holds the row, or that the tier creates.
    pub table: String,
    /// The column that identifies the row. Absent if `relation` is set.
    pub column: Option<String>,
    /// The value of this column in the row.
    pub value: Option<String>,
    /// Whether the catalog row of the relation itself is the proof.
    #[serde(default)]
    pub relation: bool,
}

/// A table whose content is part of the fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Governed {
    pub table: String,
    /// Columns of the contract or the packet, in the order in which the digest reads them.
    pub columns: Vec<String>,
    /// Columns whose values differ from run to run, such as clock values. They are not compared.
    #[serde(default)]
    pub volatile: Vec<String>,
}
