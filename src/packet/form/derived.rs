//! `derived.toml` holds what a run of the release on a throwaway server showed. `oneroof packet build` writes it. No fact in it comes from
//! reading SQL, and the same folder always gives the same bytes.

use super::declared::{Contracted, Delta, Governed, ProofRow};
use super::rule::Rule;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The whole file `derived.toml`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    /// Version of the form. It is 1.
    pub format: u32,
    /// Server majors whose shapes were derived, ascending. Servers before 16 print views in one way, and servers from 16 on in another. A
    /// build on one server is valid for all servers of its group.
    pub servers: Vec<u32>,
    /// The releases that the packet comes after, in their order, each as `name sha256:digest`.
    #[serde(default)]
    pub after: Vec<String>,
    /// Command tags of the DDL that the tiers and their rollbacks run, sorted. They decide which event triggers would fire.
    #[serde(default)]
    pub commands: Vec<String>,
    /// The largest number of locks that the release or its rollback holds at once, rounded up to a power of two, at least 64.
    #[serde(default)]
    pub locks: u32,
    /// What cannot be rehearsed, because the tiers cannot all run in one transaction: `apply`, `rollback`, both or neither. An example is a tier
    /// that uses an enum value which an earlier tier adds.
    #[serde(default)]
    pub apart: Vec<String>,
    /// Checks of the tiers' `before` lists, as the page writes them, that are met before the first tier. They are sorted.
    #[serde(default)]
    pub met: Vec<String>,
    /// Rights on existing functions, sequences and types that the role needs, each as the right and the object, such as `USAGE type public.mood`.
    #[serde(default)]
    pub rights: Vec<String>,
    /// Keys of existing tables that foreign keys, ON CONFLICT and GROUP BY of the release need, such as `unique (code) of public.item`.
    #[serde(default)]
    pub keys: Vec<String>,
    /// What the tiers and their rollbacks do with the rows of existing tables, such as `insert delete public.setting`.
    #[serde(default)]
    pub writes: Vec<String>,
    /// The triggers, rules and foreign keys that act on these rows, the columns that must have a value, and the constraints and types that can
    /// refuse the rows, in the prerequisite. An example is `trigger audit of public.setting`.
    #[serde(default)]
    pub effects: Vec<String>,
    /// Existing functions with the name of a function that the release creates, but with other arguments, such as `public.price(integer)`.
    #[serde(default)]
    pub overloads: Vec<String>,
    /// Existing objects that up scripts, down scripts or checks need, with their kind, columns and privileges.
    #[serde(default)]
    pub requires: Vec<Contracted>,
    /// The objects that all tiers together create.
    #[serde(default)]
    pub objects: Objects,
    /// The tiers, in the order of the page.
    #[serde(default, rename = "tier")]
    pub tiers: Vec<DerivedTier>,
    /// Tables whose content is part of the fingerprint.
    #[serde(default)]
    pub governed: Vec<Governed>,
}

/// The objects that the packet creates, schema-qualified, in the order of creation.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Objects {
    /// Schemas that the packet creates.
    pub schemas: Vec<String>,
    /// Tables that the packet creates.
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
    /// All objects. A type is written `type NAME`, a schema `schema NAME`.
    pub fn keys(&self) -> Vec<String> {
        let Self { schemas, tables, views, sequences, functions, types } = self;
        let plain = [tables, views, sequences, functions].into_iter().flatten().cloned();
        let types = types.iter().map(|name| format!("type {name}"));
        plain.chain(types).chain(schemas.iter().map(|name| format!("schema {name}"))).collect()
    }
}

/// What one tier did on the throwaway server.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct DerivedTier {
    /// The tier's name on the page.
    pub name: String,
    /// Whether the tier creates objects that its rollback drops.
    #[serde(default)]
    pub creates: bool,
    /// Objects that existed before the packet and whose shape the tier changes.
    #[serde(default)]
    pub alters: Vec<String>,
    /// Relations that existed before the tier and whose rows it writes.
    #[serde(default)]
    pub writes: Vec<String>,
    /// Relations outside the packet that the tier or its rollback locks against writers, but neither writes nor alters. An example is the
    /// table that a foreign key of the tier references.
    #[serde(default)]
    pub touches: Vec<String>,
    /// Relations outside the packet that a script of the tier locks ACCESS EXCLUSIVE.
    #[serde(default)]
    pub exclusive: Vec<String>,
    /// Relations outside the packet that the tier's rollback locks ACCESS EXCLUSIVE.
    #[serde(default)]
    pub down_exclusive: Vec<String>,
    /// How many rows the tier writes to each relation. Live tables are left out.
    #[serde(default)]
    pub rows: BTreeMap<String, Delta>,
    /// How many rows the rollback of the tier writes to each relation.
    #[serde(default)]
    pub down_rows: BTreeMap<String, Delta>,
    /// Columns that the tier added to tables that existed before the packet, as `schema.table.column`.
    #[serde(default)]
    pub adds: Vec<String>,
    /// Live tables from which the tier deleted rows.
    #[serde(default)]
    pub deletes: Vec<String>,
    /// Live tables from which the rollback of the tier deleted rows.
    #[serde(default)]
    pub down_deletes: Vec<String>,
    /// Live tables that the tier created and filled. Their rows are not compared.
    #[serde(default)]
    pub copies: Vec<String>,
    /// The row or relation that proves the tier's COMMIT. Absent if the tier inserts no row that can prove it and creates no relation.
    #[serde(default)]
    pub proof: Option<ProofRow>,
    /// The rules that the tier adds to existing tables.
    #[serde(default, rename = "rule")]
    pub rules: Vec<Rule>,
    /// The shapes of the objects after the tier is applied.
    #[serde(default, rename = "shape")]
    pub shapes: Vec<Shape>,
    /// The rows that exist after the tier is applied.
    #[serde(default, rename = "content")]
    pub contents: Vec<Content>,
}

/// The shape of one object, or the parts that the tier added to the shape of an existing relation.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// The object, written as `schema.relation`, `schema.function(types)`, `type schema.name` or `schema name`.
    pub object: String,
    /// The parts of the shape, each as `part:digest`, separated by blanks. It is `part:one/other` if servers from 16 on have another
    /// digest, `column.new:=former` for a column that is only renamed, and `column.new:digest=former` for one that also has another type.
    pub parts: String,
    /// The parts that existed before and were replaced, with the digests that they had.
    #[serde(default)]
    pub before: String,
    /// Whether the tier or its rollback drops an object of this name and creates one. What others added to it would be lost.
    #[serde(default)]
    pub remade: bool,
    /// The name that the object had before the tier renamed it. Then `parts` and `before` hold only the parts that the tier changes, as for
    /// other objects that existed before.
    #[serde(default)]
    pub from: String,
    /// Whether the tier renames the object that has this name before the tier. After the tier the name is free, or belongs to a new view.
    #[serde(default)]
    pub renamed: bool,
    /// Whether the object does not exist after the tier.
    #[serde(default)]
    pub dropped: bool,
}

impl Shape {
    /// Whether the tier changes only the owner and the grants of the object.
    pub fn has_only_rights(&self) -> bool {
        let mut parts = self.parts.split(' ');
        !self.remade && !self.dropped && parts.all(|part| part.starts_with("grants") || part.starts_with("owner:"))
    }

    /// The columns that the tier renames: the former name and the new name of each.
    pub fn renamed_columns(&self) -> Vec<(&str, &str)> {
        let parts = self.parts.split(' ').filter_map(|word| word.split_once(':'));
        let renamed = parts.filter_map(|(part, digest)| Some((part, digest.split_once('=')?.1)));
        renamed.filter_map(|(part, former)| Some((former, part.strip_prefix("column.")?))).collect()
    }
}

/// The rows that a tier wrote into one table.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// The schema-qualified name of the table.
    pub table: String,
    /// The columns that distinguish the packet's rows from others: a key, or else all compared columns. Empty if the packet owns the whole
    /// table.
    #[serde(default)]
    pub key: Vec<String>,
    /// The columns that are compared, in the table's order. Volatile columns are left out.
    pub columns: Vec<String>,
    /// The rows as `ROW(columns)::text` prints them, sorted. Empty if there are more than a thousand.
    #[serde(default)]
    pub rows: Vec<String>,
    /// The SHA-256 of the sorted rows, each ended by a line feed. Present if there are more than a thousand rows.
    #[serde(default)]
    pub digest: Option<String>,
    /// The number of rows.
    pub count: i64,
}

/// The first server major that prints views in the newer form.
const NEWER: u32 = 16;

impl Derived {
    /// The part of the file that is valid for the servers in the same group as `majors`, as a build on such a server alone would write it.
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

/// A part of a shape with the digest of one group of servers.
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
    /// The keys of the rows, as `ROW(key)::text` prints them. `places` are the positions of the key's columns in a row.
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
pub(super) fn fields(row: &str) -> Vec<&str> {
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
