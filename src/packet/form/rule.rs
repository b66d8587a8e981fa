//! A rule that a tier adds to an existing table, with the query for the rows that break it.

use serde::Deserialize;

/// A rule that the rows of an existing table must satisfy when the tier adds it: NOT NULL, a CHECK, a unique key or a foreign key. Or
/// that nothing else keeps the server from making the change.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The schema-qualified name of the table.
    pub table: String,
    /// The name of the constraint or index. For NOT NULL, the name of the column.
    pub name: String,
    /// Whether the rows that break the rule before the release still break it when the tier adds it. This is the case if the build saw no
    /// statement up to this tier that could change rows of the table.
    #[serde(default)]
    pub certain: bool,
    /// Whether the rule is about the table itself and not about its rows. Examples: the table has no other primary key, no other partition has
    /// the same bounds, and no view uses a column that gets another type. If the rule is broken, the server refuses the tier's statement. The last
    /// part of `name` says which kind of rule it is, such as `primary_key`. The query lists or counts what breaks the rule.
    #[serde(default)]
    pub obstacle: bool,
    /// The query for the rows that break the rule. It returns `none`, or says how many there are.
    pub question: String,
}

impl Rule {
    /// The name of the check that makes the query.
    pub fn check(&self) -> String {
        format!("data.{}.{}", self.table, self.name)
    }
}
