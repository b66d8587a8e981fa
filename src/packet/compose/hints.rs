//! The hints of the checks that the engine composes from a packet: where a person should look and what the person should do.

use super::super::form::Obstacle;

/// The hints of the check for rows that the rollback would delete.
pub(super) const FOREIGN_ROWS: &str = "The rows came after the release, and the rollback would delete them. Move them or have their owner delete them, then run the rollback again.";
pub(super) const LIVE_ROWS: &str = "The application wrote these rows after the release. The rollback deletes them with their table: keep a copy if somebody needs them.";
/// Added to the hint of a tier that must be absent, if the tier changes existing objects.
pub(super) const UNCHANGED: &str = ", and the objects that it changes must be as they were when the packet was built";
pub(super) const RESTORE: &str =
    " If an object is not as it was then, its owner restores it, or the packet is built again.";
/// Added to the hint if the tier creates a table and inserts rows into it.
pub(super) const COPIED: &str = " If the rows of a new table come from rows of the database, list the table as live in packet.toml and build the packet again.";
/// The hints of the check for a rule that the tier adds. CERTAIN is shown if no statement of the release changes rows of the table before,
/// UNCERTAIN if one may.
pub(super) const CERTAIN: &str = "Tier {number} adds this rule, and no statement of the release changes rows of this table before. Have their owner correct the rows, or correct them in the tier: then build the packet with such a row in requires.sql.";
pub(super) const UNCERTAIN: &str = "Tier {number} adds this rule. It fails unless the SQL of the release corrects these rows first. oneroof apply --dry-run shows whether it does.";

/// The hint of the check for a rule that is about the table itself.
pub(super) fn hint_of(obstacle: Obstacle) -> &'static str {
    HINTS.iter().find(|(known, _)| *known == obstacle).map_or("", |(_, hint)| hint)
}

/// The hint for each kind of obstacle. `{number}` is the number of the tier.
const HINTS: [(Obstacle, &str); 21] = [
    (
        Obstacle::Uses,
        "Tier {number} changes this column, or all rows of the table (row_type), and the server refuses that while what is named here uses the column, or holds rows of the table. For a foreign key it locks the other table. Statistics and indexes would lose their owner or their statistics target. Have its owner drop it until the release has ended, or write it into requires.sql and let the tier drop it and create it again.",
    ),
    (
        Obstacle::Bounds,
        "Tier {number} makes this partition, and another partition has its bounds already, or a part of them. Have its owner detach it, or take the partition out of the tier and build the packet again.",
    ),
    (
        Obstacle::PrimaryKey,
        "Tier {number} makes a primary key, and the table has one already. Write it into requires.sql, and let the tier use or replace it.",
    ),
    (
        Obstacle::PartitionKey,
        "Tier {number} makes this key. Here the table is partitioned by a column that the key lacks, and the server refuses such a key. Partition the table in requires.sql too, and add the column to the key.",
    ),
    (
        Obstacle::Identity,
        "Tier {number} makes this column an identity, and the server refuses that while it has a default or may be NULL. Write the column into requires.sql as it is here, and let the tier drop the default and set NOT NULL first.",
    ),
    (
        Obstacle::Columns,
        "Tier {number} makes a view or table with all columns of this table, as SELECT * and LIKE do, and this table is not the same here as in the build. Name the columns in the tier, or write this table into requires.sql as it is here. Then build the packet again.",
    ),
    (
        Obstacle::Sequence,
        "Tier {number} gives this name to the sequence of a serial column, and here something else has the name. Have its owner rename it.",
    ),
    (
        Obstacle::Constraints,
        "The server chooses the names of some constraints of tier {number}, and here other constraints have these names. So the server would choose names that people did not sign. Have their owner rename them, or give the constraints of the tier names of their own and build the packet again.",
    ),
    (
        Obstacle::Rows,
        "Tier {number} changed all rows of this table in the build, and here it must change as many. If it changes all rows here too, the tier is rolled back and the release stops. List the table as live in packet.toml and build the packet again.",
    ),
    (
        Obstacle::Taken,
        "Tier {number} inserts rows, and this table has rows with the same values in a unique key. Have their owner change or delete them, or take the rows out of the tier and build the packet again.",
    ),
    (
        Obstacle::Needed,
        "Tier {number} inserts rows that refer to these rows of this table, and they are not here. Have their owner insert them, or insert them in the tier and build the packet again.",
    ),
    (
        Obstacle::ForeignKeys,
        "Tier {number} adds or removes a partition of this table. The server changes these foreign keys with it and locks the other tables for that, but the build did not have them. Write them into requires.sql and build the packet again.",
    ),
    (
        Obstacle::Index,
        "Tier {number} drops this index, and here something else needs it: the server refuses to drop it, or a setting of the table is lost with it. Write what is named here into requires.sql, and let the tier keep it or make it again.",
    ),
    (
        Obstacle::Truncate,
        "Tier {number} or its rollback truncates this table. The server refuses that while another table refers to it, and a trigger would run. Write what is named here into requires.sql and build the packet again, or delete the rows with DELETE.",
    ),
    (
        Obstacle::Lost,
        "Tier {number} drops this table or a column of it, gives a column another type, or changes rows. The build saw its rollback bring back no other values than those of requires.sql, so other values may be lost. Rename the table or the column, or keep a copy of the values and let down.sql bring them back. Then build the packet again.",
    ),
    (
        Obstacle::NotNull,
        "A column of this table loses NOT NULL in tier {number}. In PostgreSQL 18 NOT NULL is a constraint with a name, and the rollback sets NOT NULL again under the name that the server chooses. Rename the constraint before the release, or accept the other name.",
    ),
    (
        Obstacle::Inherited,
        "Tier {number} adds a column or a constraint of this name, and the server adds it to the tables that inherit from this table too. It refuses that, or merges both, if such a table has one already. Have its owner rename it, or write the table into requires.sql and build the packet again.",
    ),
    (
        Obstacle::ColumnGrants,
        "Tier {number} or its rollback revokes privileges on this table, and the server revokes these privileges on its columns with them. Write them into requires.sql, and let the tier or its rollback grant them again.",
    ),
    (
        Obstacle::Objects,
        "Tier {number} changes all objects of this kind in the schema, as ALL TABLES IN SCHEMA does, and the build did not have these. Name the objects in the tier, or write these into requires.sql too. Then build the packet again.",
    ),
    (
        Obstacle::TypeUses,
        "Tier {number} changes this type. The server locks these tables and checks their rows, or refuses the change because of them, and the build did not have them. Write them into requires.sql and build the packet again.",
    ),
    (
        Obstacle::Type,
        "Tier {number} needs the type that this column has in the build: for an index, a generated column, or rows that it writes. In this database it has another type. Write this type into requires.sql and build the packet again.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_obstacle_has_a_hint() {
        assert!(
            Obstacle::all().all(
                |obstacle| hint_of(obstacle).starts_with("Tier {number}") || hint_of(obstacle).contains("{number}")
            )
        );
    }
}
