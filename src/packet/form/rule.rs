//! A rule that a tier adds to an existing table, with the query for the rows that break it.

use serde::Deserialize;

/// A rule that the rows of an existing table must satisfy when the tier adds it: NOT NULL, a CHECK, a unique key or a foreign key. Or
/// a rule about what uses a column or the table's row type.
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
    /// Whether the rule is not about rows: no view, trigger, policy, generated column or function may use a column that gets another type, and no
    /// column of another table may have the row type of a table whose rows all change. The query then lists what does.
    #[serde(default)]
    pub uses: bool,
    /// The query for the rows that break the rule. It returns `none`, or says how many there are.
    pub question: String,
}

impl Rule {
    /// The name of the check that makes the query.
    pub fn check(&self) -> String {
        format!("data.{}.{}", self.table, self.name)
    }
}
