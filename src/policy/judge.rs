//! Checks a policy against approval rows. This module is pure: the caller read the rows in the transaction that is judged.

use super::Policy;
use super::demands::levels_words;
use crate::check::{Check, Phase};
use crate::packet::name::{identifier, in_sql};
use crate::pg::questions;
use crate::pg::session::Row;
use crate::release::{Descriptor, Release};
use crate::text::escaped;
use std::collections::{BTreeMap, BTreeSet};

/// The check that is unmet when the approval rows could not be read. No signature can meet it.
pub const READ: &str = "policy.read";

/// Whether a check belongs to a policy and people can meet it with signatures.
pub fn is_of_policy(name: &str) -> bool {
    name.starts_with("policy.") && name != READ
}

/// The query for the approval rows, with the table and column names of the packet's page.
pub fn question(page: &Descriptor) -> String {
    let gate = &page.gate;
    let columns = &gate.columns;
    let level = columns.level.as_ref().map(|level| format!("ospa.{}::text COLLATE \"C\"", identifier(level)));
    let level = level.unwrap_or_else(|| "NULL::text".to_owned());
    let names = [
        ("{{code}}", &identifier(&columns.code)),
        ("{{who}}", &identifier(&columns.who)),
        ("{{level}}", &level),
        ("{{signature}}", &identifier(&columns.signature)),
        ("{{at}}", &identifier(&columns.at)),
        ("{{table}}", &in_sql(&gate.table)),
    ];
    names.iter().fold(questions::APPROVALS.to_owned(), |text, (place, name)| text.replace(place, name))
}

/// One row of the table of approvals.
#[derive(Clone, Debug)]
pub struct Signature {
    code: String,
    level: String,
    who: String,
    text: String,
    /// The row has a time of signing, and this time is in the past.
    past: bool,
}

impl Signature {
    /// All rows that the query returned.
    pub fn all<'r>(rows: impl Iterator<Item = &'r Row>) -> Vec<Self> {
        let of = |row: &Row| Self {
            code: row.text("code").to_owned(),
            level: row.text("level").trim().to_owned(),
            who: row.text("who").trim().to_owned(),
            text: row.text("signature").to_owned(),
            past: row.is_true("past"),
        };
        rows.map(of).collect()
    }

    /// The code of the approval that this row belongs to.
    pub fn code(&self) -> &str {
        &self.code
    }

    fn is_signed(&self) -> bool {
        self.past && !self.who.trim().is_empty() && !self.text.trim().is_empty()
    }

    /// Whether the signature contains `release:` and this digest, with no further hex digit behind the digest.
    fn names(&self, digest: &str) -> bool {
        let (text, wanted) = (self.text.to_lowercase(), format!("release:{digest}"));
        text.match_indices(&wanted)
            .any(|(at, _)| !text[at + wanted.len()..].starts_with(|next: char| next.is_ascii_hexdigit()))
    }

    /// The person who signed. Names that differ only in blanks or in upper and lower case are one person.
    fn person(&self) -> String {
        self.who.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
    }
}

impl Policy {
    /// The policy's checks of one approval. If no code is given, the approval with the fewest unmet checks is judged.
    pub fn checks(&self, release: &Release, rows: &[Signature], code: &str, when: (Phase, u8)) -> Vec<Check> {
        let of = |code: &str| {
            let of_code: Vec<&Signature> = rows.iter().filter(|row| row.code == code).collect();
            self.of_code(release, &of_code, when)
        };
        if !code.is_empty() {
            return of(code);
        }
        let codes: BTreeSet<&str> = rows.iter().map(Signature::code).collect();
        let unmet = |checks: &Vec<Check>| checks.iter().filter(|check| !check.ok).count();
        codes.into_iter().map(of).min_by_key(unmet).unwrap_or_else(|| of(""))
    }

    fn of_code(&self, release: &Release, rows: &[&Signature], (phase, tier): (Phase, u8)) -> Vec<Check> {
        let page = &release.descriptor;
        let digest = release.digest_text();
        let is_bound = self.is_bound() || page.gate.bound;
        let counts = |row: &&&Signature| row.is_signed() && (!is_bound || row.names(&digest));
        let counted: Vec<&Signature> = rows.iter().filter(counts).copied().collect();
        let paths: Vec<_> = self.files.iter().map(|file| escaped(&file.path)).collect();
        let hint = format!(
            "The host policy {} demands this. People sign what is missing; this program never does. A signature that is bound to this release contains release:{digest}.",
            paths.join(" and ")
        );
        let check = |name: &str, expected: String, actual: String, ok: bool| Check {
            tier,
            ok,
            ..Check::of(&format!("policy.{name}"), phase, expected, actual, &hint)
        };
        let mut checks = Vec::new();
        if self.is_bound() {
            let ok = !counted.is_empty();
            let actual = if ok { "an approval names this release" } else { "no approval names this release" };
            checks.push(check("bound", "an approval names this release".to_owned(), actual.to_owned(), ok));
        }
        let needed = self.levels(page);
        if !needed.is_empty() {
            let signed: BTreeMap<String, u32> =
                needed.keys().map(|level| (level.clone(), people(&counted, Some(level)))).collect();
            let ok = needed.iter().all(|(level, people)| signed.get(level).is_some_and(|signed| signed >= people));
            checks.push(check("levels", levels_words(&needed), levels_words(&signed), ok));
        }
        checks.extend(self.distinct(&counted).map(|(expected, actual, ok)| check("distinct", expected, actual, ok)));
        checks
    }

    /// How many different people must have signed, how many did, and whether this is enough. `None` if nothing is demanded.
    fn distinct(&self, counted: &[&Signature]) -> Option<(String, String, bool)> {
        let (least, once) = (self.people(), self.is_once());
        let found = people(counted, None);
        let twice = counted
            .iter()
            .find(|row| counted.iter().any(|other| other.person() == row.person() && other.level != row.level));
        let mut words = (Vec::new(), Vec::new());
        if least > 0 {
            words.0.push(format!("different people: {least}"));
            words.1.push(format!("different people: {found}"));
        }
        if once {
            let nobody = "no person at two levels".to_owned();
            words.1.push(twice.map_or_else(|| nobody.clone(), |row| format!("{} at two levels", row.who)));
            words.0.push(nobody);
        }
        let ok = found >= least && !(once && twice.is_some());
        (!words.0.is_empty()).then(|| (words.0.join(", "), words.1.join(", "), ok))
    }
}

/// How many different people signed, at one level or at all levels.
fn people(counted: &[&Signature], level: Option<&String>) -> u32 {
    let of_level = counted.iter().filter(|row| level.is_none_or(|level| row.level == *level));
    let people: BTreeSet<String> = of_level.map(|row| row.person()).collect();
    u32::try_from(people.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
