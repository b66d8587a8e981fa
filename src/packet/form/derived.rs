//! `derived.toml`: what running the release on a throwaway server showed. `oneroof packet build` writes it; nothing in it comes from
//! reading SQL, and the same folder gives the same bytes.

use super::declared::{Contracted, Delta, Governed, Witness};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The whole file.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    /// Version of the form; 1.
    pub format: u32,
    /// Server majors whose shapes were derived, ascending. Views print in one way before 16 and in another from 16 on; a build on a server
    /// of one of the two groups stands for the whole group.
    pub servers: Vec<u32>,
    /// Command tags of the DDL that the tiers and their rollbacks run, sorted: which event triggers they would set off.
    #[serde(default)]
    pub commands: Vec<String>,
    /// Locks that the release holds at once, forward or back, rounded up to a power of two, at least 64.
    #[serde(default)]
    pub locks: u32,
    /// Checks of the tiers' `before` lists, as the page writes them, that are met on the untouched prerequisite; sorted.
    #[serde(default)]
    pub met: Vec<String>,
    /// What must be there before: objects that up, down or checks name, by kind, with the columns and privileges that they need.
    #[serde(default)]
    pub requires: Vec<Contracted>,
    /// What all tiers together create.
    #[serde(default)]
    pub objects: Objects,
    /// The tiers, in the order of the page.
    #[serde(default, rename = "tier")]
    pub tiers: Vec<DerivedTier>,
    /// Tables whose content the fingerprint holds.
    #[serde(default)]
    pub governed: Vec<Governed>,
}

/// Objects that the packet creates, schema-qualified, in the order of their creation.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Objects {
    /// Schemas.
    pub schemas: Vec<String>,
    /// Tables.
    pub tables: Vec<String>,
    /// Views and materialized views.
    pub views: Vec<String>,
    /// Sequences that no column owns.
    pub sequences: Vec<String>,
    /// Functions and procedures with their argument types, such as `public.f(text, text)`.
    pub functions: Vec<String>,
    /// Enums, domains and composite types.
    pub types: Vec<String>,
}

impl Objects {
    /// All of them, as shapes name them.
    pub fn keys(&self) -> Vec<String> {
        let Self { schemas, tables, views, sequences, functions, types } = self;
        let plain = [tables, views, sequences, functions].into_iter().flatten().cloned();
        let types = types.iter().map(|name| format!("type {name}"));
        plain.chain(types).chain(schemas.iter().map(|name| format!("schema {name}"))).collect()
    }
}

/// What one tier did.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct DerivedTier {
    /// Its name on the page.
    pub name: String,
    /// It creates objects, and its rollback drops them.
    #[serde(default)]
    pub creates: bool,
    /// Relations that were there before the packet and whose shape it changes.
    #[serde(default)]
    pub alters: Vec<String>,
    /// Relations that were there before the tier and whose rows it writes.
    #[serde(default)]
    pub writes: Vec<String>,
    /// Relations, not the packet's, that the tier or its rollback locks against writers and neither writes nor alters: those that a
    /// foreign key of its own points at, for example.
    #[serde(default)]
    pub touches: Vec<String>,
    /// Relations, not the packet's, that a step locks ACCESS EXCLUSIVE.
    #[serde(default)]
    pub exclusive: Vec<String>,
    /// The same of its rollback.
    #[serde(default)]
    pub down_exclusive: Vec<String>,
    /// Rows that it writes, by relation; none of a live table.
    #[serde(default)]
    pub rows: BTreeMap<String, Delta>,
    /// Rows that its rollback writes.
    #[serde(default)]
    pub down_rows: BTreeMap<String, Delta>,
    /// The row, or the relation, that proves its COMMIT; absent where a live tier has none.
    #[serde(default)]
    pub proof: Option<Witness>,
    /// Shapes that are there when it is applied.
    #[serde(default, rename = "shape")]
    pub shapes: Vec<Shape>,
    /// Rows that are there when it is applied.
    #[serde(default, rename = "content")]
    pub contents: Vec<Content>,
}

/// The shape of one object, or what the tier added to the shape of an existing relation.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// The object: `schema.relation`, `schema.function(types)`, `type schema.name` or `schema name`.
    pub object: String,
    /// Its parts, `part:digest` with a blank between; `part:one/other` where servers from 16 on have another digest.
    pub parts: String,
    /// Those of them that were there before and were replaced, with the digests that they had.
    #[serde(default)]
    pub before: String,
}

/// The rows that a tier put into one table.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// The table.
    pub table: String,
    /// Columns that tell the packet's rows from others: a key, else all that are compared. Empty where the whole table is the packet's.
    #[serde(default)]
    pub key: Vec<String>,
    /// Columns that are compared, in the table's order, without the volatile ones.
    pub columns: Vec<String>,
    /// The rows as `ROW(columns)::text` prints them, sorted; up to a thousand.
    #[serde(default)]
    pub rows: Vec<String>,
    /// SHA-256 over the sorted rows, each ended by a line feed, where there are more than a thousand.
    #[serde(default)]
    pub digest: Option<String>,
    /// How many rows.
    pub count: i64,
}

/// The first server major that prints views in the newer way.
const NEWER: u32 = 16;

impl Derived {
    /// What it says of servers of the same group as `majors`, as a build on such a server alone would write it.
    #[must_use]
    pub fn only(&self, majors: &[u32]) -> Self {
        let newer = |major: &u32| *major >= NEWER;
        let (early, late) = (majors.iter().any(|major| !newer(major)), majors.iter().any(newer));
        let mut only = self.clone();
        only.servers.retain(|major| if newer(major) { late } else { early });
        if early && late {
            return only;
        }
        for shape in only.tiers.iter_mut().flat_map(|tier| &mut tier.shapes) {
            for parts in [&mut shape.parts, &mut shape.before] {
                *parts = parts.split(' ').map(|part| of_group(part, late)).collect::<Vec<_>>().join(" ");
            }
        }
        only
    }
}

/// A part with the digest of one group.
fn of_group(part: &str, late: bool) -> String {
    match part.rsplit_once(':') {
        Some((name, digests)) => {
            let (early, newer) = digests.split_once('/').unwrap_or((digests, digests));
            format!("{name}:{}", if late { newer } else { early })
        }
        None => part.to_owned(),
    }
}

impl Content {
    /// The keys of its rows, as `ROW(key)::text` prints them: the fields of each row at these places.
    pub fn keys(&self, places: &[usize]) -> Vec<String> {
        let key = |row: &String| {
            let fields = fields(row);
            let of_key: Vec<&str> = places.iter().filter_map(|place| fields.get(*place).copied()).collect();
            format!("({})", of_key.join(","))
        };
        self.rows.iter().map(key).collect()
    }
}

/// Splits a row that PostgreSQL printed, such as `(1,"a, b")`, into its fields. Quotation marks are kept.
fn fields(row: &str) -> Vec<&str> {
    let inner = row.strip_prefix('(').and_then(|row| row.strip_suffix(')')).unwrap_or(row);
    let (mut fields, mut begun, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                fields.push(&inner[begun..at]);
                begun = at + 1;
            }
            _ => {}
        }
    }
    fields.push(&inner[begun..]);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_a_row_are_found_as_they_are_printed() {
        for (row, wanted) in [
            ("(a,b,)", vec!["a", "b", ""]),
            (r#"("a,b","c ""d""",e)"#, vec![r#""a,b""#, r#""c ""d""""#, "e"]),
            (r#"("x\\",y)"#, vec![r#""x\\""#, "y"]),
            ("()", vec![""]),
        ] {
            assert_eq!(fields(row), wanted, "{row}");
        }
        assert_eq!(
            [of_group("definition:a/b", false), of_group("definition:a/b", true), of_group("x:a", true)],
            ["definition:a", "definition:b", "x:a"]
        );
        let content = Content { rows: vec!["(a,\"b,c\",d)".to_owned()], ..Content::default() };
        assert_eq!(content.keys(&[0, 1]), ["(a,\"b,c\")"]);
    }
}
