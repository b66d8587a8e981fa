//! Fingerprints: figures, structure and content of everything that a release could change, and the differences of two fingerprints in
//! words. This module is pure.

mod layout;

use crate::pg::session::Row;
use crate::release::Digest;
pub use layout::FingerprintLayout;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// SHA-256 over all other fields except `organic` and `unread`.
    pub digest: String,
    /// Whether columns that differ from run to run were left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ignores_volatile: bool,
    /// The baseline figures (domain.md section 2). A figure is absent if its object is missing.
    pub figures: BTreeMap<String, Option<String>>,
    /// One digest for each object, by `kind name`.
    pub structure: BTreeMap<String, String>,
    /// The row count and the digest of each governed table.
    pub content: BTreeMap<String, TableContent>,
    /// The state of every sequence that a governed table uses.
    pub sequences: BTreeMap<String, String>,
    /// Row counts of tables that the application writes, and the state of the sequences that the application uses. They are reported and
    /// never judged.
    pub organic: BTreeMap<String, String>,
    /// Governed tables that are too large to read during a release. They are reported and never judged.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unread: BTreeSet<String>,
}

/// The part of a fingerprint that its digest covers. The digest itself, the organic counts and the tables that were not read are left out.
#[derive(Serialize)]
struct Judged<'a> {
    digest: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    ignores_volatile: bool,
    figures: &'a BTreeMap<String, Option<String>>,
    structure: &'a BTreeMap<String, String>,
    content: &'a BTreeMap<String, TableContent>,
    sequences: &'a BTreeMap<String, String>,
    organic: BTreeMap<String, String>,
}

/// Content of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableContent {
    /// The row count. Absent if the table is absent.
    pub rows: Option<i64>,
    /// SHA-256 of its rows as ordered text.
    pub digest: Option<String>,
}

/// How two fingerprints differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// There is no difference.
    pub equal: bool,
    /// Each difference, in words.
    pub differences: Vec<String>,
}

/// The rows that the four queries returned.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a> {
    /// `sql/queries/figures.sql`.
    pub figures: &'a [Row],
    /// `src/pg/questions/structure.sql`.
    pub structure: &'a [Row],
    /// `src/pg/questions/content.sql`.
    pub content: &'a [Row],
    /// `src/pg/questions/sequences.sql`.
    pub sequences: &'a [Row],
    /// The tables into which the tiers or their rollbacks insert rows. An inserted row takes a number from the table's sequence, and a rollback
    /// does not give the number back. So the sequences of these tables are not compared.
    pub filled: &'a BTreeSet<&'a str>,
}

impl Fingerprint {
    /// Builds a fingerprint from these rows.
    pub fn of(answers: Answers<'_>) -> Self {
        let mut fingerprint = Self::default();
        for row in answers.figures {
            let (name, value) = (row.text("name"), row.get("value").map(str::to_owned));
            if row.is_true("organic") {
                fingerprint.organic.insert(name.to_owned(), value.unwrap_or_default());
            } else {
                fingerprint.figures.insert(name.to_owned(), value);
            }
        }
        for row in answers.structure {
            fingerprint
                .structure
                .insert(format!("{} {}", row.text("kind"), row.text("name")), row.text("digest").to_owned());
        }
        for row in answers.content {
            if row.is_true("large") {
                fingerprint.unread.insert(row.text("table").to_owned());
                continue;
            }
            let content = TableContent { rows: row.number("row_count"), digest: row.get("digest").map(str::to_owned) };
            fingerprint.content.insert(row.text("table").to_owned(), content);
        }
        for row in answers.sequences {
            let called = if row.is_true("is_called") { "called" } else { "not called" };
            let state = format!("{} {called}", row.text("last_value"));
            // A sequence of the application changes at any time. If a tier had used it, the lock on the sequence would have stopped the
            // tier.
            let is_judged = |table: &str| fingerprint.content.contains_key(table) && !answers.filled.contains(table);
            if row.get("owned_by").is_some_and(is_judged) {
                fingerprint.sequences.insert(row.text("name").to_owned(), state);
            } else {
                fingerprint.organic.insert(format!("sequence {}", row.text("name")), state);
            }
        }
        fingerprint.digest = fingerprint.judged_digest();
        fingerprint
    }

    /// Computes the digest again after something was added.
    pub fn seal(&mut self) {
        self.digest = self.judged_digest();
    }

    fn judged_digest(&self) -> String {
        let judged = Judged {
            digest: "",
            ignores_volatile: self.ignores_volatile,
            figures: &self.figures,
            structure: &self.structure,
            content: &self.content,
            sequences: &self.sequences,
            organic: BTreeMap::new(),
        };
        let text = serde_json::to_string(&judged).unwrap_or_default();
        format!("sha256:{}", Digest::of(text.as_bytes()))
    }

    /// Whether the digest matches the other fields. It does not if somebody edited a saved file.
    pub fn is_whole(&self) -> bool {
        self.digest == self.judged_digest()
    }

    /// How many tables, objects and sequences a comparison of this fingerprint compares, in words.
    pub fn compared(&self) -> String {
        format!(
            "{} figures, {} definitions, the rows of {} tables, {} sequences",
            self.figures.len(),
            self.structure.len(),
            self.content.len(),
            self.sequences.len()
        )
    }

    /// What a comparison of this fingerprint compares and what it does not compare, by name, one line each.
    pub fn scope(&self) -> Vec<String> {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for fact in self.structure.keys() {
            *kinds.entry(kind(fact)).or_default() += 1;
        }
        let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        let tables = self.content.iter().filter(|(_, content)| content.rows.is_some()).map(|(name, _)| name);
        let mut scope = vec![
            format!("figures: {}", listed(self.figures.keys())),
            format!("rows of {}", listed(tables)),
            format!("sequences: {}", listed(self.sequences.keys())),
            format!(
                "definitions, by kind: {} ({COLUMN})",
                if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") }
            ),
            format!("not compared, the application writes them: {}", listed(self.organic.keys())),
        ];
        scope.extend(self.not_read());
        scope.push("not compared: everything else in the database".to_owned());
        scope
    }

    /// The tables whose rows were not read, in words. `None` if there is no such table.
    pub fn not_read(&self) -> Option<String> {
        let names = (!self.unread.is_empty()).then(|| listed(self.unread.iter()));
        names.map(|names| format!("not compared, more than 10,000 pages: the rows of {names}"))
    }

    /// How `self` (now) differs from `before`. Organic counts are not compared.
    pub fn compare(&self, before: &Self) -> Comparison {
        let mut differences = Vec::new();
        let words = |value: &Option<String>| value.clone().unwrap_or_else(|| "not there".to_owned());
        differing(&before.figures, &self.figures, |name, was, is| {
            let side = |value: Option<&Option<String>>| value.map_or_else(|| "not read".to_owned(), words);
            differences.push(format!("figure {name}: was {}, is {}", side(was), side(is)));
        });
        differing(&before.structure, &self.structure, |name, was, is| {
            differences.push(match (was, is) {
                (None, _) => format!("{name}: is new"),
                (_, None) => format!("{name}: is gone"),
                _ if name.starts_with("extension ") => format!("{name}: {OTHER_VERSION}"),
                _ => format!("{name}: its definition differs"),
            });
        });
        differing(&before.content, &self.content, |name, was, is| {
            // The rows of this table were not read for both fingerprints, because the table is or was too large.
            if self.unread.contains(name) || before.unread.contains(name) {
                return;
            }
            let rows = |content: Option<&TableContent>| {
                content
                    .and_then(|content| content.rows)
                    .map_or_else(|| "no table".to_owned(), |rows| format!("{rows} rows"))
            };
            let (was_rows, is_rows) = (rows(was), rows(is));
            differences.push(if was_rows == is_rows {
                format!("content of {name}: {is_rows} as before, but with other values")
            } else {
                format!("content of {name}: was {was_rows}, is {is_rows}")
            });
        });
        differing(&before.sequences, &self.sequences, |name, was, is| {
            let side = |state: Option<&String>| state.map_or("not there", String::as_str).to_owned();
            differences.push(format!("sequence {name}: was {}, is {}", side(was), side(is)));
        });
        Comparison { equal: differences.is_empty(), differences }
    }
}

/// What differs if an extension has another version.
pub const OTHER_VERSION: &str = "its version differs";

/// The attributes of a column that the structure covers. See `structure.sql`.
const COLUMN: &str =
    "of a column its type, NOT NULL, default, identity, collation and comment; not its storage or statistics target";

/// At most this number of names is listed. After them the number of further names is given.
const LISTED: usize = 40;

fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<&str> = names.map(String::as_str).collect();
    match names.get(LISTED..) {
        None | Some([]) if names.is_empty() => "none".to_owned(),
        None | Some([]) => names.join(", "),
        Some(more) => format!("{}, and {} more", names[..LISTED].join(", "), more.len()),
    }
}

/// The kind of a fact of the structure: the words before its name.
fn kind(fact: &str) -> &str {
    let two = ["materialized view", "foreign table", "event trigger"].into_iter().find(|kind| fact.starts_with(kind));
    two.unwrap_or_else(|| fact.split(' ').next().unwrap_or_default())
}

/// Calls `tell` for every key whose values differ, in key order.
fn differing<V: PartialEq>(
    was: &BTreeMap<String, V>,
    is: &BTreeMap<String, V>,
    mut tell: impl FnMut(&str, Option<&V>, Option<&V>),
) {
    let keys: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    for key in keys {
        let (before, now) = (was.get(key), is.get(key));
        if before != now {
            tell(key, before, now);
        }
    }
}

#[cfg(test)]
mod tests;
