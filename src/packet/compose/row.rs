//! The text of the rows in a list of checks. Each row is (name, severity, expected, question, hint).

use super::super::check::CheckSource;
use super::super::form::Obstacle;
use super::super::name::in_sql;
use super::super::page::Tier;
use super::super::rows::{CheckRow, Expected, QUORUM};
use super::composer::Composer;
use super::fill::{fill, literal};
use super::hints::{CERTAIN, COPIED, FOREIGN_ROWS, LIVE_ROWS, RESTORE, UNCERTAIN, UNCHANGED, hint_of};
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
        let changes = tier.shapes.iter().any(|shape| !tier.creates_object(shape));
        let (unchanged, restore) = if changes { (UNCHANGED, RESTORE) } else { ("", "") };
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
                    "Tier {number} must not be applied yet{unchanged}. If it is applied, roll it back, from the highest tier down. If it was applied and somebody altered it, that person reverts the change first.{restore}{formerly}"
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
