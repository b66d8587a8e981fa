//! The rules of all tables at one moment: NOT NULL, CHECK, unique keys and foreign keys.

use crate::pg::session::Row;
use std::collections::{BTreeMap, BTreeSet};

/// A rule of a table, as the server's catalog holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownRule {
    /// The table that a foreign key references. For another rule, its own table.
    pub other: String,
    /// The columns that the rule depends on, each with its place, type and collation.
    pub fields: Vec<String>,
    /// The query for the rows that break the rule. It returns `none`, or how many there are.
    pub question: String,
}

/// The rules of all tables, by table and name, and the columns of all tables.
#[derive(Clone, Debug, Default)]
pub(super) struct RuleSet {
    known: BTreeMap<(String, String), KnownRule>,
    fields: BTreeSet<String>,
}

impl RuleSet {
    /// Adds a row of the query `rules.sql`.
    pub(super) fn add(&mut self, row: &Row) {
        let text = |column: &str| row.text(column).to_owned();
        let fields: Vec<String> = row.text("fields").split('\n').map(str::to_owned).collect();
        if row.text("kind") == "field" {
            self.fields.extend(fields);
        } else {
            let known = KnownRule { other: text("other"), fields, question: text("question") };
            self.known.insert((text("relation"), text("name")), known);
        }
    }

    /// The rules that are new since `before` and that existing rows must satisfy, each with a query that counts the rows that break the rule.
    /// `first` is the state before the release. If rows cannot be counted before the first tier, the query only says why.
    pub(super) fn since<'r>(
        &'r self,
        before: &'r Self,
        first: &'r Self,
    ) -> impl Iterator<Item = (&'r (String, String), KnownRule)> {
        let is_new = |(name, rule): &(&(String, String), &KnownRule)| before.known.get(*name) != Some(*rule);
        self.known.iter().filter(is_new).filter_map(|(name, rule)| {
            let mut own = rule.fields.iter().filter(|field| field.split(' ').nth(2) == Some(&name.0));
            let places: Vec<_> = first.fields.iter().map(|field| place(field)).collect();
            if !own.any(|field| places.contains(&place(field))) {
                return None;
            }
            let mut rule = rule.clone();
            if !rule.fields.iter().all(|field| first.fields.contains(field)) {
                if before.has_same(name, &rule) {
                    return None;
                }
                rule.question =
                    not_counted("the release adds a column that it needs, or changes the name or type of one");
            }
            Some((name, rule))
        })
    }

    /// Whether the same columns had the same rule before: a constraint of the same name, or NOT NULL. The columns may have been renamed or may
    /// have another type.
    fn has_same(&self, (table, name): &(String, String), rule: &KnownRule) -> bool {
        let places = |rule: &KnownRule| rule.fields.iter().map(|field| place(field).map(owned)).collect::<Vec<_>>();
        let is_not_null =
            |name: &str, rule: &KnownRule| rule.fields.iter().all(|field| field.split(' ').nth(3) == Some(name));
        self.known.iter().any(|((known_table, known_name), known)| {
            known_table == table
                && places(known) == places(rule)
                && (known_name == name || is_not_null(known_name, known) && is_not_null(name, rule))
        })
    }

    /// The columns whose type is another one than in `before`. Each is a table, the column's name in `before`, and whether the new type fits
    /// every value of the old type.
    pub(super) fn retyped<'r>(&'r self, before: &'r Self) -> impl Iterator<Item = (String, String, bool)> + 'r {
        self.fields.iter().filter_map(|field| {
            let known = before.fields.iter().find(|known| place(known) == place(field))?;
            let (now, was) = (typed(field), typed(known));
            (now != was).then(|| {
                let mut words = known.splitn(5, ' ').skip(2);
                let mut word = || words.next().unwrap_or_default().to_owned();
                (word(), word(), is_wider(was, now))
            })
        })
    }
}

/// The query of a rule whose rows are not counted.
pub(super) fn not_counted(why: &str) -> String {
    format!("SELECT 'not counted: {why}'")
}

/// The table and the number of a column, as the query `rules.sql` writes them.
fn place(field: &str) -> Option<(&str, &str)> {
    let mut words = field.split(' ');
    words.next().zip(words.next())
}

fn owned((table, number): (&str, &str)) -> (String, String) {
    (table.to_owned(), number.to_owned())
}

/// The type of a column. The collation follows it.
fn typed(field: &str) -> &str {
    let after = field.splitn(5, ' ').nth(4).unwrap_or_default();
    after.rsplit_once(' ').map_or(after, |(typed, _)| typed)
}

/// Whether every value of the first type fits the second.
fn is_wider(was: &str, now: &str) -> bool {
    let numbers = ["smallint", "integer", "bigint", "numeric"];
    let place = |name: &str| numbers.iter().position(|number| *number == name);
    let is_text = |name: &str| name == "text" || name == "character varying";
    place(was).zip(place(now)).is_some_and(|(was, now)| was < now)
        || (was == "text" || was.starts_with("character varying")) && is_text(now)
        || (was, now) == ("real", "double precision")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_a_place_and_a_type() {
        let field = "16384 3 store.shelf code character varying(80) 100";
        assert_eq!((place(field), typed(field)), (Some(("16384", "3")), "character varying(80)"));
        assert!(is_wider("integer", "bigint") && is_wider("character varying(80)", "text"));
        assert!(!is_wider("bigint", "integer") && !is_wider("text", "date") && !is_wider("text", "store.ward"));
    }
}
