//! The rules of all tables at one moment: NOT NULL, CHECK, unique keys and foreign keys.

use crate::packet::form::Obstacle;
use crate::packet::name::continues_name;
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
    /// `None` for a rule that each row must satisfy. For a rule about the table as a whole, its kind.
    pub obstacle: Option<Obstacle>,
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
            let obstacle = Obstacle::named(row.text("kind"));
            let known = KnownRule { other: text("other"), fields, question: text("question"), obstacle };
            self.known.insert((text("relation"), text("name")), known);
        }
    }

    /// The tables and names of the rules.
    pub(super) fn names(&self) -> impl Iterator<Item = &(String, String)> {
        self.known.keys()
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
            let is_there = |field: &String| first.fields.iter().any(|was| same_but_table(was, field));
            if !rule.fields.iter().all(is_there) && before.has_same(name, &rule) {
                return None;
            }
            // A query for the wider type can read the values of the narrower one.
            let fits = |was: &str, now: &str| same_but_table(was, now) || widens(was, now);
            let renamed: BTreeMap<&str, &str> = rule
                .fields
                .iter()
                .filter(|field| !is_there(field))
                .filter_map(|field| {
                    let was = first.fields.iter().find(|was| place(was) == place(field))?;
                    let fits = rule.other == name.0 && fits(&with_name(was, column(field)?), field);
                    fits.then_some((column(field)?, column(was)?)).filter(|(now, was)| now != was)
                })
                .collect();
            let is_known = |field: &String| {
                column(field).is_some_and(|name| renamed.contains_key(name))
                    || first.fields.iter().any(|was| fits(was, field))
            };
            if rule.fields.iter().all(is_known) {
                rule.question = with_columns(&rule.question, &renamed);
            } else if rule.obstacle.is_some() {
                return None;
            } else {
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
        let is_not_null = |name: &str, rule: &KnownRule| rule.fields.iter().all(|field| column(field) == Some(name));
        self.known.iter().any(|((known_table, known_name), known)| {
            known_table == table
                && places(known) == places(rule)
                && (known_name == name || is_not_null(known_name, known) && is_not_null(name, rule))
        })
    }

    /// The type of a column, such as `character varying(80)`.
    pub(super) fn type_of(&self, table: &str, name: &str) -> Option<&str> {
        let is_it = |field: &&String| field.split(' ').nth(2) == Some(table) && column(field) == Some(name);
        self.fields.iter().find(is_it).map(|field| typed(field))
    }

    /// The columns whose type is another one than in `before`. Each is a table, the column's name in `before`, and whether the new type fits
    /// every value of the old type.
    pub(super) fn retyped<'r>(&'r self, before: &'r Self) -> impl Iterator<Item = (String, String, bool)> + 'r {
        let former: BTreeMap<_, &String> = before.fields.iter().map(|field| (place(field), field)).collect();
        self.fields.iter().filter_map(move |field| {
            let known = *former.get(&place(field))?;
            (type_oid(field) != type_oid(known)).then(|| {
                let mut words = known.splitn(5, ' ').skip(2);
                let mut word = || words.next().unwrap_or_default().to_owned();
                (word(), word(), is_wider(typed(known), typed(field)))
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

/// The name of a column's type, such as `character varying(80)`. It may contain blanks. In `field`, two more words follow it: the oid of the type
/// with its modifier, and the oid of the collation.
fn typed(field: &str) -> &str {
    let after = field.splitn(5, ' ').nth(4).unwrap_or_default();
    after.rsplitn(3, ' ').last().unwrap_or_default()
}

/// The oid of a column's type and its modifier, such as `1043/84`. The oid stays the same if the type is renamed.
fn type_oid(field: &str) -> Option<&str> {
    field.rsplit(' ').nth(1)
}

/// The name of the column that a field describes.
fn column(field: &str) -> Option<&str> {
    field.split(' ').nth(3)
}

/// The same field, as if the column had this name.
fn with_name(field: &str, name: &str) -> String {
    let words = field.split(' ').enumerate().map(|(place, word)| if place == 3 { name } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// Replaces names of columns in a query. `names` holds each name with its replacement. A name that is part of a longer word is kept.
fn with_columns(question: &str, names: &BTreeMap<&str, &str>) -> String {
    let (mut text, mut word) = (String::with_capacity(question.len()), String::new());
    for letter in question.chars().chain(std::iter::once(' ')) {
        if continues_name(letter) {
            word.push(letter);
        } else {
            text.push_str(names.get(word.as_str()).copied().unwrap_or(word.as_str()));
            word.clear();
            text.push(letter);
        }
    }
    text.truncate(text.len() - 1);
    text
}

/// Whether both fields describe the same column, with the same name, type and collation. The name of the table may differ.
fn same_but_table(was: &str, now: &str) -> bool {
    let rest = |field: &'_ str| field.splitn(4, ' ').nth(3).map(str::to_owned);
    place(was) == place(now) && rest(was) == rest(now)
}

/// Whether both texts are about the same column, and every value of its type in `was` fits its type in `now`.
fn widens(was: &str, now: &str) -> bool {
    place(was) == place(now) && column(was) == column(now) && is_wider(typed(was), typed(now))
}

/// Whether every value of the first type fits the second.
fn is_wider(was: &str, now: &str) -> bool {
    let numbers = ["smallint", "integer", "bigint", "numeric"];
    let place = |name: &str| numbers.iter().position(|number| *number == name);
    let is_text = |name: &str| name == "text" || name == "character varying";
    let grows = match (modifiers(was), modifiers(now)) {
        (("character varying", was), ("character varying", now)) => {
            was.first().is_some_and(|was| now.first() >= Some(was))
        }
        (("numeric", was), ("numeric", now)) => match (was.as_slice(), now.as_slice()) {
            ([digits, scale], [more, longer]) => longer >= scale && more - longer >= digits - scale,
            ([_, _], []) => true,
            _ => false,
        },
        _ => false,
    };
    grows
        || place(was).zip(place(now)).is_some_and(|(was, now)| was < now)
        || (was == "text" || was.starts_with("character varying")) && is_text(now)
        || (was, now) == ("real", "double precision")
}

/// The name of a type and the numbers in the parentheses behind it.
fn modifiers(typed: &str) -> (&str, Vec<i64>) {
    let Some((name, numbers)) = typed.strip_suffix(')').and_then(|typed| typed.split_once('(')) else {
        return (typed, Vec::new());
    };
    (name, numbers.split(',').filter_map(|number| number.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_gets_the_former_names_of_columns() {
        let names = BTreeMap::from([("credit", "limits"), ("b", "a")]);
        let question = "SELECT count(*) FROM pay.account WHERE NOT (credit >= 0 AND credit_2 > b)";
        let former = "SELECT count(*) FROM pay.account WHERE NOT (limits >= 0 AND credit_2 > a)";
        assert_eq!(with_columns(question, &names), former);
        assert_eq!(
            with_name("1 2 pay.account credit numeric(10,2) 5/6 0", "limits"),
            "1 2 pay.account limits numeric(10,2) 5/6 0"
        );
    }

    #[test]
    fn a_field_has_a_place_and_a_type() {
        let field = "16384 3 store.shelf code character varying(80) 1043/84 100";
        assert_eq!((place(field), typed(field)), (Some(("16384", "3")), "character varying(80)"));
        assert_eq!(type_oid(field), Some("1043/84"));
        assert!(is_wider("integer", "bigint") && is_wider("character varying(80)", "text"));
        assert!(is_wider("numeric(10,2)", "numeric(14,2)") && is_wider("numeric(10,2)", "numeric(11,3)"));
        assert!(is_wider("numeric(10,2)", "numeric") && is_wider("character varying(10)", "character varying(20)"));
        assert!(!is_wider("numeric(10,2)", "numeric(10,3)") && !is_wider("numeric", "numeric(10,2)"));
        assert!(
            !is_wider("character varying(20)", "character varying(10)") && !is_wider("text", "character varying(9)")
        );
        assert!(!is_wider("bigint", "integer") && !is_wider("text", "date") && !is_wider("text", "store.ward"));
    }
}
