//! The scripts that psql runs if the binary cannot be used, and the query for the states of the tiers.

use super::author::declare_for;
use super::composer::Composer;
use super::fill::fill;

const OPENING: &str = include_str!("../frames/psql_opening.sql");
const RUN_ALL: &str = include_str!("../frames/run_all.sql");
const RUN_TIER: &str = include_str!("../frames/run_tier.sql");
const ROLLBACK_TIER: &str = include_str!("../frames/rollback_tier.sql");
const ROLLBACK_FULL: &str = include_str!("../frames/rollback_full.sql");
const STATES: &str = include_str!("../frames/states.sql");

/// The settings that the binary pins in each of its transactions.
const PINS: &str = include_str!("../../pg/questions/session.sql");

impl Composer<'_> {
    /// The script that applies the whole release.
    pub(super) fn run_all(&self) -> String {
        let mut tiers = String::new();
        for tier in &self.page.tiers {
            let number = tier.number.to_string();
            let places = [("number", number.as_str()), ("title", &tier.title), ("file", file_name(&tier.file))];
            tiers.push_str(&fill(RUN_TIER, &places));
        }
        let last = self.page.tiers.last().map_or(0, |tier| tier.number).to_string();
        self.executor(RUN_ALL, &[("tiers", &tiers), ("last", &last)])
    }

    /// The script that rolls back the whole release.
    pub(super) fn rollback_full(&self) -> String {
        let (mut there, mut tiers) = (Vec::new(), String::new());
        for tier in &self.page.tiers {
            let number = tier.number;
            there.push(format!(
                "pg_catalog.bool_or(answered.tier = {number} AND answered.state <> 'absent') AS there_{number}"
            ));
            let number = number.to_string();
            let places = [("number", number.as_str()), ("name", &tier.name), ("file", file_name(&tier.undo))];
            tiers.insert_str(0, &fill(ROLLBACK_TIER, &places));
        }
        self.executor(ROLLBACK_FULL, &[("tiers", &tiers), ("there", &there.join(",\n    "))])
    }

    fn executor(&self, frame: &str, more: &[(&str, &str)]) -> String {
        let release = &self.page.release;
        let [class, object] = release.run_lock;
        let run_lock = format!("{class}, {object}");
        // `\gset` keeps psql from printing the result table of the pinned settings.
        let pins = format!("{} \\gset", PINS.trim_end().trim_end_matches(';'));
        let opening = fill(OPENING, &[("run_lock", &run_lock), ("pins", &pins)]);
        let places = [
            ("title", release.title.as_str()),
            ("database", &release.database),
            ("code_example", &self.page.gate.apr_example),
            ("run_lock", &run_lock),
            ("opening", &opening),
        ];
        fill(frame, &[&places[..], more].concat())
    }

    /// The query for the states of the tiers. It returns one row for each tier.
    pub(super) fn states(&self) -> Result<String, String> {
        let rows: Result<Vec<String>, String> = self
            .page
            .tiers
            .iter()
            .map(|tier| {
                Ok(format!(
                    "                ({}, '{}',\n                    {})",
                    tier.number,
                    tier.name,
                    self.state(tier)?
                ))
            })
            .collect();
        let author = self.ask_authors("item.tier", self.page.tiers.iter(), |tier| tier.number.to_string());
        Ok(fill(STATES, &[("rows", &rows?.join(",\n")), ("declare", declare_for(&author)), ("author", &author)]))
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
