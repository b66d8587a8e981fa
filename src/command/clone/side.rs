//! One side of a comparison: a database's fingerprint and the rows of all its tables.

use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::observe::{Want, look, questions_within};
use crate::pg::session::Session;
use crate::plan::TierState;
use crate::release::Release;
use crate::report::ServerFacts;
use std::collections::BTreeMap;

/// How long reading the rows of a hundred tables may take, in milliseconds.
const ROWS_DEADLINE: u64 = 1_800_000;

/// The number and the digest of the rows of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TableRows {
    count: String,
    digest: String,
    /// Why the rows could not be read.
    problem: Option<String>,
}

/// A database as it was at one moment.
pub(super) struct Side {
    pub(super) fingerprint: Fingerprint,
    pub(super) rows: BTreeMap<String, TableRows>,
    pub(super) states: Vec<TierState>,
    pub(super) server_facts: Option<ServerFacts>,
}

impl Side {
    /// Reads the whole database: every schema, owner, grant and row, and not only the release's objects.
    pub(super) async fn of(session: &Session, release: &Release) -> Result<Self, Error> {
        let rows = all_rows(session, release).await?;
        let seen = look(session, release, Want { states: true, fingerprint: true, ..Want::default() }).await?;
        Ok(Self {
            fingerprint: seen
                .fingerprint
                .ok_or_else(|| Error::Internal("the server did not return the fingerprint".to_owned()))?,
            rows,
            states: seen.states.unwrap_or_default(),
            server_facts: seen.server_facts,
        })
    }

    /// Whether the server confirmed that nothing was written.
    pub(super) fn is_attested(&self) -> bool {
        self.server_facts.is_some_and(|facts| facts.read_only && !facts.transaction_id_assigned)
    }

    /// How many sequences there are.
    pub(super) fn sequences(&self) -> usize {
        let organic = self.fingerprint.organic.keys().filter(|name| name.starts_with("sequence ")).count();
        self.fingerprint.sequences.len() + organic
    }

    /// How `self` differs from `before`. Each difference is a subject and a sentence.
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
        found.extend(row_differences(&before.rows, &self.rows));
        found
    }
}

/// Reads the rows of every table. Each query reads a hundred tables, so that no transaction holds locks on thousands of them.
async fn all_rows(session: &Session, release: &Release) -> Result<BTreeMap<String, TableRows>, Error> {
    let mut rows = BTreeMap::new();
    let mut last = String::new();
    loop {
        let settings = [("oneroof.structure_scope", "database".to_owned()), ("oneroof.row_counts_after", last.clone())];
        let answers = questions_within(session, release, &settings, &["row_counts"], ROWS_DEADLINE).await?;
        let Some(end) = answers.rows("row_counts").last() else { return Ok(rows) };
        end.text("name").clone_into(&mut last);
        rows.extend(answers.rows("row_counts").iter().map(|row| {
            let of = TableRows {
                count: row.text("row_count").to_owned(),
                digest: row.text("digest").to_owned(),
                problem: row.get("problem").map(str::to_owned),
            };
            (row.text("name").to_owned(), of)
        }));
    }
}

/// How the rows differ, table by table. A table that could not be read on one side is a difference, because nobody knows that it is equal.
fn row_differences(was: &BTreeMap<String, TableRows>, is: &BTreeMap<String, TableRows>) -> Vec<(String, String)> {
    let names: std::collections::BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let side = |rows: Option<&TableRows>| rows.map_or_else(|| "no table".to_owned(), |rows| rows.count.clone());
    let mut found = Vec::new();
    for name in names {
        let (before, now) = (was.get(name), is.get(name));
        let subject = format!("rows of {name}");
        let unread = [before, now].into_iter().flatten().find_map(|rows| rows.problem.as_ref());
        let words = match unread {
            Some(problem) => format!("{subject}: could not be compared: {problem}"),
            None if before == now => continue,
            None if side(before) == side(now) => {
                format!("{subject}: {} rows as before, but with other content", side(now))
            }
            None => format!("{subject}: was {}, is {}", side(before), side(now)),
        };
        found.push((subject, words));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_as_many_but_not_the_same_differ_and_so_do_rows_that_nobody_could_read() {
        let rows = |count: &str, digest: &str, problem: Option<&str>| TableRows {
            count: count.to_owned(),
            digest: digest.to_owned(),
            problem: problem.map(str::to_owned),
        };
        let words = |was: Option<TableRows>, is: Option<TableRows>| {
            let side = |rows: Option<TableRows>| rows.map(|rows| ("public.t".to_owned(), rows)).into_iter().collect();
            let found = row_differences(&side(was), &side(is));
            found.into_iter().map(|(_, words)| words).collect::<Vec<_>>().join("; ")
        };
        let two = || Some(rows("2", "1 1", None));
        assert_eq!(words(two(), two()), "");
        assert_eq!(
            words(two(), Some(rows("2", "1 2", None))),
            "rows of public.t: 2 rows as before, but with other content"
        );
        assert_eq!(words(two(), Some(rows("3", "1 2", None))), "rows of public.t: was 2, is 3");
        assert_eq!(words(two(), None), "rows of public.t: was 2, is no table");
        let hidden = || Some(rows("", "", Some("denied")));
        assert_eq!(words(hidden(), hidden()), "rows of public.t: could not be compared: denied");
        assert_eq!(words(two(), hidden()), "rows of public.t: could not be compared: denied");
    }
}
