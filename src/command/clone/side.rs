//! One side of a comparison: a database's fingerprint and the rows of all its tables.

use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::observe::{Want, look, questions};
use crate::pg::session::Session;
use crate::plan::Standing;
use crate::release::Release;
use crate::report::WitnessReport;
use std::collections::BTreeMap;

/// A database as it was at one moment.
pub(super) struct Side {
    pub(super) fingerprint: Fingerprint,
    pub(super) rows: BTreeMap<String, String>,
    pub(super) standing: Vec<Standing>,
    pub(super) witness: Option<WitnessReport>,
}

impl Side {
    /// Looks at the whole database: every schema, owner and grant, not the release's objects alone.
    pub(super) async fn of(session: &Session, release: &Release) -> Result<Self, Error> {
        let settings = [("oneroof.structure_scope", "database".to_owned())];
        let asked = questions(session, release, &settings, &["row_counts"]).await?;
        let rows = asked.rows("row_counts").iter();
        let rows = rows.map(|row| (row.text("name").to_owned(), row.text("row_count").to_owned())).collect();
        let seen = look(session, release, Want { script: None, standing: true, fingerprint: true }).await?;
        Ok(Self {
            fingerprint: seen.fingerprint.ok_or_else(|| Error::Internal("no fingerprint was answered".to_owned()))?,
            rows,
            standing: seen.standing.unwrap_or_default(),
            witness: seen.witness,
        })
    }

    /// Nothing was written, says the server.
    pub(super) fn is_attested(&self) -> bool {
        self.witness.is_some_and(|witness| witness.read_only && !witness.transaction_id_assigned)
    }

    /// How many sequences there are.
    pub(super) fn sequences(&self) -> usize {
        let organic = self.fingerprint.organic.keys().filter(|name| name.starts_with("sequence ")).count();
        self.fingerprint.sequences.len() + organic
    }

    /// How `self` differs from `before`: subject and words.
    pub(super) fn differences(&self, before: &Self) -> Vec<(String, String)> {
        let lines = self.fingerprint.compare(&before.fingerprint).differences.into_iter();
        let mut found: Vec<(String, String)> =
            lines.map(|line| (line.split(": ").next().unwrap_or_default().to_owned(), line)).collect();
        let sequences = |side: &Self| -> BTreeMap<String, String> {
            let organic = side.fingerprint.organic.clone().into_iter();
            organic.filter(|(name, _)| name.starts_with("sequence ")).collect()
        };
        let (was, is) = (sequences(before), sequences(self));
        for (name, state) in &is {
            let earlier = was.get(name).map_or("not there", String::as_str);
            if earlier != state {
                found.push((name.clone(), format!("{name}: was {earlier}, is {state}")));
            }
        }
        for name in was.keys().filter(|name| !is.contains_key(*name)) {
            found.push((name.clone(), format!("{name}: is gone")));
        }
        let mut names: Vec<&String> = before.rows.keys().chain(self.rows.keys()).collect();
        names.sort();
        names.dedup();
        for name in names {
            let side =
                |rows: &BTreeMap<String, String>| rows.get(name).cloned().unwrap_or_else(|| "no table".to_owned());
            let (was, is) = (side(&before.rows), side(&self.rows));
            if was != is {
                found.push((format!("rows of {name}"), format!("rows of {name}: was {was}, is {is}")));
            }
        }
        found
    }
}
