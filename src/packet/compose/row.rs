//! The text of the rows in a list of checks. Each row is (name, severity, expected, question, hint).

use super::super::check::CheckSource;
use super::super::form::Obstacle;
use super::super::name::in_sql;
use super::super::page::Tier;
use super::super::rows::{CheckRow, Expected, QUORUM};
use super::composer::Composer;
use super::fill::{fill, literal};
use std::fmt::Write as _;

/// The rows of the checks that the engine adds, by the name of the check.
const OF_THE_ENGINE: [(&str, &str); 13] = [
    ("transaction", include_str!("../frames/rows/transaction.sql")),
    ("database", include_str!("../frames/rows/database.sql")),
    ("gate", include_str!("../frames/rows/gate.sql")),
    ("apr", include_str!("../frames/rows/apr.sql")),
    ("untouched", include_str!("../frames/rows/untouched.sql")),
    ("shadow.schema", include_str!("../frames/rows/shadow_schema.sql")),
    ("shadow.inert", include_str!("../frames/rows/shadow_inert.sql")),
    ("privilege.create", include_str!("../frames/rows/privilege_create.sql")),
    ("privilege.objects", include_str!("../frames/rows/privilege_objects.sql")),
    ("privilege.rights", include_str!("../frames/rows/privilege_rights.sql")),
    ("seam.keys", include_str!("../frames/rows/seam_keys.sql")),
    ("writes.effects", include_str!("../frames/rows/writes_effects.sql")),
    ("writes.constraints", include_str!("../frames/rows/writes_constraints.sql")),
];

/// The hints of the check for rows that the rollback would delete.
const FOREIGN_ROWS: &str = "The rows came after the release, and the rollback would delete them. Move them or have their owner delete them, then run the rollback again.";
const LIVE_ROWS: &str = "The application wrote these rows after the release. The rollback deletes them with their table: keep a copy if somebody needs them.";
/// Added to the hint if the tier creates a table and inserts rows into it.
const COPIED: &str = " If the rows of a new table come from rows of the database, list the table as live in packet.toml and build the packet again.";
/// The hints of the check for a rule that the tier adds. CERTAIN is shown if no statement of the release changes rows of the table before,
/// UNCERTAIN if one may.
const CERTAIN: &str = "Tier {number} adds this rule, and no statement of the release changes rows of this table before. Have their owner correct the rows, or correct them in the tier: then build the packet with such a row in requires.sql.";
const UNCERTAIN: &str = "Tier {number} adds this rule. It fails unless the SQL of the release corrects these rows first. oneroof apply --dry-run shows whether it does.";
impl Composer<'_> {
    /// The text of one row in parentheses, without the comma that follows it.
    pub(super) fn row(&self, row: &CheckRow) -> Result<String, String> {
        match row {
            CheckRow::Engine(name, expected) => Ok(self.of_the_engine(name, &[("expected", expected)])),
            CheckRow::Check(name, expected) => self.check(name, expected.as_deref()),
            CheckRow::State(number, expected) => self.state_row(*number, *expected),
            CheckRow::HigherTiers(number) => Ok(self.higher_tiers(*number)),
            CheckRow::Data(number, name) => self.data(*number, name),
            CheckRow::ForeignRows(number, live) => Ok(self.foreign_rows(*number, *live, &row.name())),
        }
    }

    fn of_the_engine(&self, name: &str, more: &[(&str, &str)]) -> String {
        let frame = OF_THE_ENGINE.iter().find(|(known, _)| *known == name);
        let frame = frame.expect("the engine has a row for each of its checks").1;
        fill(frame, &[&self.places.list()[..], more].concat()).trim_end().to_owned()
    }

    /// The row of a check from `checks/`. The check `untouched` has no file: it is made from a tier's `unchanged.sql`.
    fn check(&self, name: &str, expected: Option<&str>) -> Result<String, String> {
        let Ok(text) = self.source(&format!("checks/{name}.sql")) else {
            let kinds = self.page.tiers.iter().find_map(|tier| self.unchanged(tier));
            return match kinds {
                Some(kinds) if name == "untouched" => Ok(self.of_the_engine(name, &[("kinds", &kinds)])),
                _ => Err(format!("there is no checks/{name}.sql")),
            };
        };
        let text = self.included(&text)?;
        let check = CheckSource::read(&text).map_err(|reason| format!("checks/{name}.sql: {reason}"))?;
        let severity = match check.severity {
            // The gate is waived on a clone, so this check is waived there too.
            "error" if name == QUORUM => {
                fill(include_str!("../frames/rows/waived.sql"), &self.places.list()).trim().to_owned()
            }
            severity => literal(severity),
        };
        let expected = literal(expected.unwrap_or(check.expected));
        let question = quoted(check.question);
        Ok(format!(
            "('{name}', {severity}, {expected},\n                    {question},\n                    {})",
            literal(check.hint)
        ))
    }

    fn state_row(&self, number: u8, expected: Expected) -> Result<String, String> {
        let tier = self.page.tiers.iter().find(|tier| tier.number == number);
        let tier = tier.ok_or_else(|| format!("there is no tier {number}"))?;
        let question = self.state(tier)?;
        let fills = tier.contents.iter().any(|content| tier.made(&content.table));
        let copied = if fills && self.source(&format!("{}/state.sql", tier.folder)).is_err() { COPIED } else { "" };
        let formerly = self.page.formerly(tier).into_iter();
        let formerly: String =
            formerly.map(|(object, former)| format!(" Before the release {object} is {former}.")).collect();
        let (words, question, hint) = match expected {
            Expected::Applied => (
                "applied",
                question,
                format!("Tier {number} must be applied exactly as shipped: apply it first. If somebody has altered it, that person reverts the change.{copied}"),
            ),
            Expected::Absent => (
                "absent",
                question,
                format!(
                    "Nothing of tier {number} may be there yet. If it is applied, roll it back, from the highest tier down. If it was applied and somebody altered it, that person reverts the change first. If an object that it changes is not as it was when the packet was built, its owner restores it, or the packet is built again.{formerly}"
                ),
            ),
            Expected::Either => (
                "absent or applied",
                format!(
                    "$q$SELECT CASE WHEN found.state IN ('absent', 'applied') THEN 'absent or applied' ELSE found.state END FROM ($q$ || {question} || $q$) AS found (state)$q$"
                ),
                "An object with a name of the release has another form than the release gives it: roll back what is left of the release, or have its owner drop or rename it.".to_owned(),
            ),
        };
        Ok(format!(
            "('state.{number}', 'error', '{words}',\n                    {question},\n                    {})",
            literal(&hint)
        ))
    }

    fn higher_tiers(&self, number: u8) -> String {
        let mut present = String::new();
        for tier in self.page.tiers.iter().rev().filter(|tier| tier.number > number && tier.is_seen()) {
            if !present.is_empty() {
                present.push_str("\n                            UNION ALL\n");
            }
            let condition = self.present(tier, number);
            let _ = write!(
                present,
                "                            SELECT {0} AS tier, '{0} {1}' AS name WHERE {condition}",
                tier.number, tier.name
            );
        }
        let frame = include_str!("../frames/rows/higher_tiers.sql");
        fill(frame, &[("present", &present)]).trim_end().to_owned()
    }

    /// The row for a rule that a tier adds to an existing table. A table of more than 100,000 pages of 8 kB is not read.
    fn data(&self, number: u8, name: &str) -> Result<String, String> {
        let mut rules = self.page.tiers.iter().filter(|tier| tier.number == number).flat_map(|tier| &tier.rules);
        let rule = rules.find(|rule| rule.check() == name).ok_or_else(|| format!("there is no rule {name}"))?;
        let table = literal(&in_sql(&rule.table));
        let of_rows = if rule.certain { CERTAIN } else { UNCERTAIN };
        let hint = rule.obstacle.map_or(of_rows, hint_of);
        let places = [
            ("name", literal(name)),
            (
                "large",
                if rule
                    .obstacle
                    .is_some_and(|obstacle| !matches!(obstacle, Obstacle::Rows | Obstacle::Taken | Obstacle::Needed))
                {
                    "false".to_owned()
                } else {
                    fill(include_str!("../frames/rows/data_large.sql").trim_end(), &[("table", &table)])
                },
            ),
            ("severity", literal(if rule.certain { "error" } else { "warning" })),
            ("question", literal(&rule.question)),
            ("hint", literal(&hint.replace("{number}", &number.to_string()))),
        ];
        let places = places.each_ref().map(|(name, text)| (*name, text.as_str()));
        Ok(fill(include_str!("../frames/rows/data.sql"), &places).trim_end().to_owned())
    }

    /// The row that names the tables of a tier that are no longer empty.
    fn foreign_rows(&self, number: u8, live: bool, name: &str) -> String {
        let tiers = self.page.tiers.iter().filter(|tier| tier.number == number);
        let tables: Vec<&String> = tiers.flat_map(|tier| self.page.made_empty(tier, live)).collect();
        let (severity, hint) = if live { ("warning", LIVE_ROWS) } else { ("error", FOREIGN_ROWS) };
        let known: Vec<String> =
            tables.iter().map(|table| format!("pg_catalog.to_regclass({})", literal(&in_sql(table)))).collect();
        let filled: Vec<String> = tables
            .iter()
            .map(|table| format!("    SELECT {} WHERE EXISTS (SELECT FROM ONLY {})", literal(table), in_sql(table)))
            .collect();
        let (known, count, filled) = (known.join(", "), tables.len().to_string(), filled.join("\n    UNION ALL\n"));
        let text = [("name", name), ("severity", severity), ("hint", hint)];
        let places = [&text[..], &[("known", known.as_str()), ("count", &count), ("filled", &filled)]].concat();
        fill(include_str!("../frames/rows/foreign_rows.sql"), &places).trim_end().to_owned()
    }

    /// The query for everything that a tier must leave unchanged. `None` if the tier has no `unchanged.sql`.
    pub(super) fn unchanged(&self, tier: &Tier) -> Option<String> {
        self.source(&format!("{}/unchanged.sql", tier.folder)).ok().map(|text| text.trim_end().to_owned())
    }
}

/// Puts a query between the `$q$` quotes of the check loop. The quotes of a query of several lines are on separate lines.
pub(super) fn quoted(question: &str) -> String {
    if question.contains('\n') { format!("$q$\n{question}\n$q$") } else { format!("$q${question}$q$") }
}

/// The hint of the check for a rule that is about the table itself.
fn hint_of(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Uses => {
            "Tier {number} changes this column, or all rows of the table (row_type), and the server refuses that while what is named here uses the column, or holds rows of the table. For a foreign key it locks the other table. Statistics and indexes would lose their owner or their statistics target. Have its owner drop it until the release has ended, or write it into requires.sql and let the tier drop it and create it again."
        }
        Obstacle::Bounds => {
            "Tier {number} makes this partition, and another partition has its bounds already, or a part of them. Have its owner detach it, or take the partition out of the tier and build the packet again."
        }
        Obstacle::PrimaryKey => {
            "Tier {number} makes a primary key, and the table has one already. Write it into requires.sql, and let the tier use or replace it."
        }
        Obstacle::PartitionKey => {
            "Tier {number} makes this key. Here the table is partitioned by a column that the key lacks, and the server refuses such a key. Partition the table in requires.sql too, and add the column to the key."
        }
        Obstacle::Identity => {
            "Tier {number} makes this column an identity, and the server refuses that while it has a default or may be NULL. Write the column into requires.sql as it is here, and let the tier drop the default and set NOT NULL first."
        }
        Obstacle::Columns => {
            "Tier {number} makes a view or table with all columns of this table, as SELECT * and LIKE do, and this table is not the same here as in the build. Name the columns in the tier, or write this table into requires.sql as it is here. Then build the packet again."
        }
        Obstacle::Sequence => {
            "Tier {number} gives this name to the sequence of a serial column, and here something else has the name. Have its owner rename it."
        }
        Obstacle::Constraints => {
            "The server chooses the names of some constraints of tier {number}, and here other constraints have these names. So the server would choose names that people did not sign. Have their owner rename them, or give the constraints of the tier names of their own and build the packet again."
        }
        Obstacle::Rows => {
            "Tier {number} changed all rows of this table in the build, and here it must change as many. If it changes all rows here too, the tier is rolled back and the release stops. List the table as live in packet.toml and build the packet again."
        }
        Obstacle::Taken => {
            "Tier {number} inserts rows, and this table has rows with the same values in a unique key. Have their owner change or delete them, or take the rows out of the tier and build the packet again."
        }
        Obstacle::Needed => {
            "Tier {number} inserts rows that refer to these rows of this table, and they are not here. Have their owner insert them, or insert them in the tier and build the packet again."
        }
        Obstacle::ForeignKeys => {
            "Tier {number} adds or removes a partition of this table. The server changes these foreign keys with it and locks the other tables for that, but the build did not have them. Write them into requires.sql and build the packet again."
        }
        Obstacle::Index => {
            "Tier {number} drops this index, and here something else needs it: the server refuses to drop it, or a setting of the table is lost with it. Write what is named here into requires.sql, and let the tier keep it or make it again."
        }
        Obstacle::Truncate => {
            "Tier {number} or its rollback truncates this table. The server refuses that while another table refers to it, and a trigger would run. Write what is named here into requires.sql and build the packet again, or delete the rows with DELETE."
        }
        Obstacle::Lost => {
            "Tier {number} drops this table or a column of it, gives a column another type, or changes rows. The build saw its rollback bring back no other values than those of requires.sql, so other values may be lost. Rename the table or the column, or keep a copy of the values and let down.sql bring them back. Then build the packet again."
        }
        Obstacle::NotNull => {
            "A column of this table loses NOT NULL in tier {number}. In PostgreSQL 18 NOT NULL is a constraint with a name, and the rollback sets NOT NULL again under the name that the server chooses. Rename the constraint before the release, or accept the other name."
        }
        Obstacle::ColumnGrants => {
            "Tier {number} or its rollback revokes privileges on this table, and the server revokes these privileges on its columns with them. Write them into requires.sql, and let the tier or its rollback grant them again."
        }
        Obstacle::Objects => {
            "Tier {number} changes all objects of this kind in the schema, as ALL TABLES IN SCHEMA does, and the build did not have these. Name the objects in the tier, or write these into requires.sql too. Then build the packet again."
        }
        Obstacle::TypeUses => {
            "Tier {number} changes this type. The server locks these tables and checks their rows, or refuses the change because of them, and the build did not have them. Write them into requires.sql and build the packet again."
        }
        Obstacle::Type => {
            "Tier {number} needs the type that this column has in the build: for an index, a generated column, or rows that it writes. In this database it has another type. Write this type into requires.sql and build the packet again."
        }
    }
}
