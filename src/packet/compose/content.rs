//! The queries for the rows of a tier: whether they are there, and whether they are as shipped.

use super::super::form::Content;
use super::super::name::{identifier, in_sql};
use super::composer::Composer;
use super::fill::{fill, literal};
use std::fmt::Write as _;

const CONTENT: &str = include_str!("../frames/state_content.sql");
const DIGEST: &str = include_str!("../frames/state_digest.sql");

/// The state of rows in columns that a tier adds.
const ADDED: &str = "CASE
                        WHEN EXISTS (
                            SELECT FROM (VALUES {{added}}) AS added (relation, name)
                            WHERE NOT EXISTS (
                                SELECT FROM pg_catalog.pg_attribute AS a
                                WHERE a.attrelid = pg_catalog.to_regclass(added.relation) AND a.attname = added.name AND NOT a.attisdropped))
                            THEN $q$SELECT 'absent'$q$
                        ELSE {{state}}
                    END";

/// The state of rows in columns that must be there.
const NEEDED: &str = "coalesce((
                        SELECT pg_catalog.format('SELECT %L', pg_catalog.format('altered: column %s of %s is missing', missing.name, pg_catalog.replace(wanted.relation, '\"', '')))
                        FROM (VALUES {{needed}}) AS wanted (relation, names)
                        CROSS JOIN LATERAL (SELECT pg_catalog.to_regclass(wanted.relation)::oid OFFSET 0) AS held (oid)
                        CROSS JOIN LATERAL (
                            SELECT pg_catalog.min(gone.name COLLATE \"C\")
                            FROM (
                                SELECT one.name FROM pg_catalog.unnest(wanted.names) AS one (name)
                                EXCEPT
                                SELECT a.attname::text FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = held.oid AND NOT a.attisdropped
                            ) AS gone) AS missing (name)
                        WHERE held.oid IS NOT NULL AND missing.name IS NOT NULL
                        ORDER BY wanted.relation, missing.name
                        LIMIT 1), {{state}})";

impl Composer<'_> {
    /// The query `state`, but only if all columns of the rows exist, because `state` would fail without them. If a column is missing that a
    /// tier adds to an existing table, the answer is `absent`. If another column is missing, the answer is `altered` with its name.
    pub(super) fn where_columns_are(&self, contents: &[&Content], state: String) -> String {
        let (mut added, mut needed) = (Vec::new(), Vec::new());
        for content in contents {
            let tiers = self.page.tiers.iter().filter(|tier| !tier.made(&content.table));
            let shapes = tiers.flat_map(|tier| &tier.shapes).filter(|shape| shape.object == content.table);
            let names = |words: &str, name: &str| words.split(' ').any(|word| word.split(':').next() == Some(name));
            let is_new =
                |name: &str| shapes.clone().any(|shape| names(&shape.parts, name) && !names(&shape.before, name));
            let is_added = |column: &&String| is_new(&format!("column.{column}"));
            let (new, old): (Vec<&String>, Vec<&String>) = content.columns.iter().partition(is_added);
            let table = literal(&in_sql(&content.table));
            added.extend(new.into_iter().map(|column| format!("({table}, {})", literal(column))));
            if !old.is_empty() {
                let names: Vec<String> = old.into_iter().map(|column| literal(column)).collect();
                needed.push(format!("({table}, ARRAY[{}])", names.join(", ")));
            }
        }
        let mut state = state;
        if !needed.is_empty() {
            state = fill(NEEDED, &[("needed", needed.join(", ").as_str()), ("state", &state)]);
        }
        if !added.is_empty() {
            state = fill(ADDED, &[("added", added.join(", ").as_str()), ("state", &state)]);
        }
        state
    }
}

pub(super) fn digest_question(content: &Content) -> String {
    let columns: Vec<String> = content.columns.iter().map(|column| format!("held.{}", identifier(column))).collect();
    let places = [
        ("digest", content.digest.as_deref().unwrap_or_default()),
        ("table", &content.table),
        ("source", &source(content)),
        ("count", &content.count.to_string()),
        ("columns", &columns.join(", ")),
    ];
    fill(DIGEST, &places).trim_end().to_owned()
}

/// The table name for a FROM clause. A table that the release creates is read with ONLY. An existing table is read without ONLY, because its
/// rows may be in partitions.
fn source(content: &Content) -> String {
    let table = in_sql(&content.table);
    if content.key.is_empty() { format!("ONLY {table}") } else { table }
}

pub(super) fn content_present(content: &Content) -> String {
    if content.key.is_empty() {
        return format!("EXISTS (SELECT FROM {})", source(content));
    }
    format!("EXISTS (\n{}\n)", live(content))
}

/// The query for the rows of a table that belong to the tier, as words.
fn live(content: &Content) -> String {
    let columns: Vec<String> = content.columns.iter().map(|column| format!("held.{}", identifier(column))).collect();
    let row = format!("ROW({})::text COLLATE \"C\"", columns.join(", "));
    let mut text = format!(
        "    SELECT {} || {row} AS words\n    FROM {} AS held",
        literal(&format!("{} ", content.table)),
        source(content)
    );
    if !content.key.is_empty() {
        let place = |key: &String| content.columns.iter().position(|column| column == key);
        let places: Vec<usize> = content.key.iter().filter_map(place).collect();
        let key: Vec<String> = places.iter().map(|place| columns[*place].clone()).collect();
        let keys: Vec<String> = content.keys(&places).iter().map(|key| literal(key)).collect();
        let _ = write!(
            text,
            "\n    WHERE ROW({})::text COLLATE \"C\" IN (\n        {})",
            key.join(", "),
            keys.join(",\n        ")
        );
    }
    text
}

pub(super) fn content_question(contents: &[&Content]) -> String {
    let shipped: Vec<String> = contents
        .iter()
        .flat_map(|content| {
            content.rows.iter().map(|row| format!("        ({})", literal(&format!("{} {row}", content.table))))
        })
        .collect();
    let rows: Vec<String> = contents.iter().map(|content| live(content)).collect();
    let shipped = if shipped.is_empty() {
        "    SELECT NULL::text WHERE false".to_owned()
    } else {
        format!("    VALUES\n{}", shipped.join(",\n"))
    };
    fill(CONTENT, &[("shipped", &shipped), ("live", &rows.join("\n    UNION ALL\n"))]).trim_end().to_owned()
}
