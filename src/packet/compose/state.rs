//! The query for the state of a tier: absent, applied, or altered with the first difference.
//!
//! A tier's own `state.sql` comes first. A tier that changes existing rows has `absent.sql` and `applied.sql`.
//! For every other tier, the query is composed from the shapes and rows in `derived.toml`.

use super::super::form::{Content, objects as objects_of};
use super::super::name::in_sql;
use super::super::page::Tier;
use super::compared::{PARTS, UNION};
use super::composer::Composer;
use super::content::{content_present, content_question, digest_question};
use super::fill::{fill, literal};
use super::row::quoted;

const RECOGNISED: &str = include_str!("../frames/recognised.sql");
const JOINED: &str = include_str!("../frames/state_joined.sql");

/// Reads the result that the check loop stored, see [`Composer::authors`].
const AUTHOR_SAID: &str = "$q$SELECT pg_catalog.current_setting('oneroof.author')$q$";

impl Composer<'_> {
    /// The query for a tier's state, as an expression that returns the query's text. A table that does not exist is not read.
    pub(super) fn state(&self, tier: &Tier) -> Result<String, String> {
        let file = |name: &str| self.source(&format!("{}/{name}.sql", tier.folder)).ok();
        if let Some(text) = file("state") {
            let state = quoted(text.trim_end());
            return Ok(if tier.creates { state } else { self.where_tables_are(tier, &state) });
        }
        let mut questions = Vec::new();
        if !tier.shapes.is_empty() {
            let objects: Vec<String> =
                tier.shapes.iter().map(|shape| format!("({})", literal(&shape.object))).collect();
            let own = |(catalogue, column, kind): &(&str, &str, &str)| {
                format!(
                    "    SELECT held.tableoid, held.oid, held.ctid, held.xmin FROM own JOIN pg_catalog.{catalogue} AS held ON held.{column} = ANY (own.{kind}s)"
                )
            };
            let places = [
                ("parts", PARTS.each_ref().map(own).join(UNION)),
                ("question", quoted(self.shapes(tier).trim_end())),
                ("objects", objects.join(", ")),
                ("oids", objects_of("packet", "named", &self.page.formerly(tier))),
                ("absent", absent(tier)),
            ];
            let places = places.each_ref().map(|(name, text)| (*name, text.as_str()));
            questions.push(("its objects".to_owned(), fill(RECOGNISED, &places).trim_end().to_owned()));
        }
        let (listed, many): (Vec<&Content>, Vec<&Content>) =
            tier.contents.iter().partition(|content| content.digest.is_none());
        // A tier may insert rows into tables of its own, which are missing before it, and into existing tables, which are always there.
        let (own, existing): (Vec<&Content>, Vec<&Content>) =
            listed.into_iter().partition(|content| tier.made(&content.table));
        for listed in [own, existing].iter().filter(|listed| !listed.is_empty()) {
            let names: Vec<&str> = listed.iter().map(|content| content.table.as_str()).collect();
            let state = self.where_they_are(tier, &names, &quoted(&content_question(listed)));
            questions.push((rows_of(&names), self.where_columns_are(listed, state)));
        }
        let author = self.author(tier);
        for content in many {
            if content.key.is_empty() {
                let state = self.where_they_are(tier, &[&content.table], &quoted(&digest_question(content)));
                questions.push((rows_of(&[&content.table]), self.where_columns_are(&[content], state)));
            } else if author.is_none() {
                return Err(format!(
                    "{}: it puts {} rows into {}, an existing table: absent.sql and applied.sql must tell its rows from others",
                    tier.folder, content.count, content.table
                ));
            }
        }
        if author.is_some() {
            questions.push(("the rows that applied.sql looks for".to_owned(), AUTHOR_SAID.to_owned()));
        }
        match questions.as_slice() {
            [] => Err(format!(
                "{}: nothing tells whether the tier is applied; oneroof packet build derives it",
                tier.folder
            )),
            [(_, one)] => Ok(one.clone()),
            several => Ok(joined(several)),
        }
    }

    /// `state` if every table that the tier writes exists, see [`Self::where_they_are`].
    pub(super) fn where_tables_are(&self, tier: &Tier, state: &str) -> String {
        self.where_they_are(tier, &tier.writes.iter().map(String::as_str).collect::<Vec<_>>(), state)
    }

    /// `state` if all the tables exist. `absent` if none of them exists, or none of those that an earlier tier creates: then the earlier tier
    /// is absent too.
    fn where_they_are(&self, tier: &Tier, tables: &[&str], state: &str) -> String {
        let is_earlier = |table: &str| {
            self.page.tiers.iter().any(|other| other.number < tier.number && other.own.iter().any(|own| own == table))
        };
        let counted = |tables: &mut dyn Iterator<Item = &&str>| {
            let known: Vec<String> =
                tables.map(|table| format!("pg_catalog.to_regclass({})", literal(&in_sql(table)))).collect();
            (!known.is_empty()).then(|| format!("pg_catalog.num_nonnulls({})", known.join(", ")))
        };
        let Some(all) = counted(&mut tables.iter()) else { return state.to_owned() };
        let earlier = counted(&mut tables.iter().filter(|table| is_earlier(table))).unwrap_or_else(|| all.clone());
        let count = tables.len();
        format!(
            "CASE\n                        WHEN {earlier} = 0 THEN $q$SELECT 'absent'$q$\n                        WHEN {all} = {count} THEN {state}\n                        ELSE $q$SELECT 'altered: a table of the tier is missing'$q$\n                    END"
        )
    }

    /// The condition that any part of a tier exists. The rollback of tier `below` checks it. `present.sql` or `absent.sql` of the tier
    /// decides, if there is one. Otherwise its objects and rows decide. Rows of a table are left out if a tier above `below` created the
    /// table, or this tier or an earlier one changed it: without that tier the table or a column may be missing, and the query would fail.
    pub(super) fn present(&self, tier: &Tier, below: u8) -> String {
        if let Ok(text) = self.source(&format!("{}/present.sql", tier.folder)) {
            return text.trim_end().to_owned();
        }
        if let Ok(text) = self.source(&format!("{}/absent.sql", tier.folder)) {
            return format!("NOT coalesce(({}), false)", text.trim_end());
        }
        let between = |table: &String| {
            self.page.tiers.iter().any(|other| {
                let shapes = other.number < tier.number && other.shapes.iter().any(|shape| shape.object == *table);
                let of_its_own = other.number == tier.number && (other.made(table) || other.reshapes(table));
                other.number > below && (shapes || of_its_own)
            })
        };
        let filled = tier.contents.iter().filter(|content| !between(&content.table));
        let rows = filled.map(content_present);
        let objects = tier.own.iter().map(|object| object_present(object));
        let conditions: Vec<String> = rows.chain(objects).collect();
        if conditions.is_empty() {
            "false".to_owned()
        } else {
            conditions.join("\n                                OR ")
        }
    }
}

/// The rows of these tables in words.
fn rows_of(tables: &[&str]) -> String {
    format!("the rows of {}", tables.join(", "))
}

/// Joins several expressions that each return the text of a query into one expression. The first member of each pair names, for messages, what
/// the query looks at.
fn joined(several: &[(String, String)]) -> String {
    let question = |(what, question): &(String, String)| {
        format!("'SELECT (' || {question} || {}", literal(&format!("), {}", literal(what))))
    };
    let questions: Vec<String> = several.iter().map(question).collect();
    fill(JOINED, &[("questions", &questions.join(" || ' UNION ALL ' || "))]).trim_end().to_owned()
}

/// The CASE branch for a tier whose objects are all missing. Empty for a tier that adds parts to the objects of others.
fn absent(tier: &Tier) -> String {
    if !tier.shapes.iter().all(|shape| tier.made(&shape.object)) {
        return String::new();
    }
    let there: Vec<String> = tier.own.iter().map(|object| object_present(object)).collect();
    format!("        WHEN NOT ({})\n            THEN $q$SELECT 'absent'$q$\n", there.join("\n            OR "))
}

/// The condition that an object which the tier created exists.
fn object_present(object: &str) -> String {
    let function = match object.split_once(' ') {
        Some(("type", _)) => "to_regtype",
        Some(("schema", _)) => "to_regnamespace",
        _ if object.contains('(') => return function_present(object),
        _ => "to_regclass",
    };
    let name = object.strip_prefix("type ").or_else(|| object.strip_prefix("schema ")).unwrap_or(object);
    format!("pg_catalog.{function}({}) IS NOT NULL", literal(&in_sql(name)))
}

/// Compares name and argument types as text: before PostgreSQL 16, `to_regprocedure` fails if an argument's type does not exist.
fn function_present(object: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_proc AS f JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace \
         WHERE f.proname = {} AND pg_catalog.format('%s.%s(%s)', n.nspname, f.proname, pg_catalog.oidvectortypes(f.proargtypes)) = {})",
        literal(object.split_once('(').map_or(object, |(name, _)| name).rsplit('.').next().unwrap_or_default()),
        literal(object)
    )
}
