//! A rule that a tier adds to an existing table, with the query for the rows that break it.

use serde::Deserialize;

/// What keeps a tier from making its change, although no row is in the way.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub enum Obstacle {
    /// A view, trigger, policy, function or publication uses a column that gets another type, or a column holds whole rows of the table.
    Uses,
    /// Another partition has the bounds of the new one.
    Bounds,
    /// The table has another primary key.
    PrimaryKey,
    /// The table is partitioned by a column that the new key lacks.
    PartitionKey,
    /// The column that becomes an identity has a default, or may be NULL.
    Identity,
    /// The table has other columns than in the build, and the tier takes all of them.
    Columns,
    /// Something else has the name of a serial column's sequence.
    Sequence,
    /// Other constraints have names that the server would choose for constraints of the tier.
    Constraints,
    /// The tier changed all rows of the table in the build, and here the table has another number of rows.
    Rows,
    /// A column has another type than in the build, and an expression or a row of the tier needs that type.
    Type,
    /// A row has the values of a new row in a unique key.
    Taken,
    /// A row that new rows refer to is missing.
    Needed,
    /// A table that gets or loses a partition has foreign keys, or others refer to it, that the build did not have.
    ForeignKeys,
    /// Something needs an index that the tier drops.
    Index,
    /// A foreign key of another table, or a trigger, is in the way of a TRUNCATE.
    Truncate,
    /// The tier destroys values of the table that its rollback does not bring back.
    Lost,
    /// NOT NULL of a column has a name of its own, and the rollback does not bring it back.
    NotNull,
    /// A table that inherits from this one has a column or constraint with the name of one that the tier adds.
    Inherited,
    /// A role has privileges on columns, and the tier or its rollback revokes privileges on the table.
    ColumnGrants,
    /// A schema has more objects than in the build, and the tier changes all of a kind.
    Objects,
    /// Tables have a type that the tier changes, and the server checks them or refuses the change because of them.
    TypeUses,
}

impl Obstacle {
    /// Every kind, with the name that `derived.toml` has for it.
    const ALL: [(Self, &str); 21] = [
        (Self::Uses, "uses"),
        (Self::Bounds, "bounds"),
        (Self::PrimaryKey, "primary_key"),
        (Self::PartitionKey, "partition_key"),
        (Self::Identity, "identity"),
        (Self::Columns, "columns"),
        (Self::Sequence, "sequence"),
        (Self::Constraints, "constraints"),
        (Self::Rows, "rows"),
        (Self::Type, "type"),
        (Self::Taken, "taken"),
        (Self::Needed, "needed"),
        (Self::ForeignKeys, "foreign_keys"),
        (Self::Index, "index"),
        (Self::Truncate, "truncate"),
        (Self::Lost, "lost"),
        (Self::NotNull, "not_null"),
        (Self::Inherited, "inherited"),
        (Self::ColumnGrants, "column_grants"),
        (Self::Objects, "objects"),
        (Self::TypeUses, "type_uses"),
    ];

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().map(|(kind, _)| kind)
    }

    /// The name in `derived.toml`.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// The kind with this name in `derived.toml`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

impl TryFrom<String> for Obstacle {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::named(&name).ok_or_else(|| format!("there is no kind of rule {name:?}"))
    }
}

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
    /// `None` for a rule that the rows of the table must satisfy. Otherwise the rule is about the table itself: the query lists or counts what
    /// keeps the tier from making the change.
    #[serde(default)]
    pub obstacle: Option<Obstacle>,
    /// The query for the rows that break the rule. It returns `none`, or says how many there are.
    pub question: String,
}

impl Rule {
    /// The name of the check that makes the query.
    pub fn check(&self) -> String {
        format!("data.{}.{}", self.table, self.name)
    }
}
