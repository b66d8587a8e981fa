//! The scripts that psql runs if the binary cannot be used, and the query for the states of the tiers.

use super::super::page::Tier;
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
            tiers.push_str(&run_of(RUN_TIER, tier, &tier.file));
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
            tiers.insert_str(0, &run_of(ROLLBACK_TIER, tier, &tier.rollback));
        }
        self.executor(ROLLBACK_FULL, &[("tiers", &tiers), ("there", &there.join(",\n    "))])
    }

    fn executor(&self, frame: &str, more: &[(&str, &str)]) -> String {
        let release = &self.page.release;
        let [class, object] = release.run_lock;
        let run_lock = format!("{class}, {object}");
        let opening = fill(OPENING, &[("run_lock", &run_lock), ("pins", PINS.trim_end())]);
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
        let author =
            self.ask_authors("item.tier", Some("lacking"), self.page.tiers.iter(), |tier| tier.number.to_string());
        Ok(fill(STATES, &[("rows", &rows?.join(",\n")), ("declare", declare_for(&author)), ("author", &author)]))
    }
}

/// The part of an executor that runs one file of a tier.
fn run_of(frame: &str, tier: &Tier, path: &str) -> String {
    let (number, timeout_ms) = (tier.number.to_string(), tier.timeout_ms.to_string());
    let file = path.rsplit('/').next().unwrap_or(path);
    let places = [
        ("number", number.as_str()),
        ("name", &tier.name),
        ("title", &tier.title),
        ("timeout_ms", &timeout_ms),
        ("file", file),
    ];
    fill(frame, &places)
}
