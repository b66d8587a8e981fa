//! The queries for the rows of a tier: whether they are there, and whether they are as shipped.

use super::super::form::Content;
use super::composer::Composer;
use super::fill::{fill, literal};
use std::fmt::Write as _;

const CONTENT: &str = include_str!("../frames/state_content.sql");
const DIGEST: &str = include_str!("../frames/state_digest.sql");

/// The state of rows in columns that a tier adds.
const COLUMNS: &str = "CASE
                        WHEN EXISTS (
                            SELECT FROM (VALUES {{added}}) AS added (relation, name)
                            WHERE NOT EXISTS (
                                SELECT FROM pg_catalog.pg_attribute AS a
                                WHERE a.attrelid = pg_catalog.to_regclass(added.relation) AND a.attname = added.name AND NOT a.attisdropped))
                            THEN $q$SELECT 'absent'$q$
                        ELSE {{state}}
                    END";

impl Composer<'_> {
    /// The query `state`, but only if all the columns exist that tiers add to the tables of the rows. Otherwise the answer is `absent`, because
    /// `state` would fail.
    pub(super) fn where_columns_are(&self, contents: &[&Content], state: String) -> String {
        let mut added = Vec::new();
        for content in contents {
            let tiers = self.page.tiers.iter().filter(|tier| !tier.made(&content.table));
            let shapes = tiers.flat_map(|tier| &tier.shapes).filter(|shape| shape.object == content.table);
            let names = |words: &str, name: &str| words.split(' ').any(|word| word.split(':').next() == Some(name));
            let is_new =
                |name: &str| shapes.clone().any(|shape| names(&shape.parts, name) && !names(&shape.before, name));
            let columns = content.columns.iter().filter(|column| is_new(&format!("column.{column}")));
            added.extend(columns.map(|column| format!("({}, {})", literal(&content.table), literal(column))));
        }
        if added.is_empty() {
            return state;
        }
        fill(COLUMNS, &[("added", added.join(", ").as_str()), ("state", &state)])
    }
}

pub(super) fn digest_question(content: &Content) -> String {
    let columns: Vec<String> = content.columns.iter().map(|column| format!("held.{column}")).collect();
    let places = [
        ("digest", content.digest.as_deref().unwrap_or_default()),
        ("table", &content.table),
        ("count", &content.count.to_string()),
        ("columns", &columns.join(", ")),
    ];
    fill(DIGEST, &places).trim_end().to_owned()
}

pub(super) fn content_present(content: &Content) -> String {
    if content.key.is_empty() {
        return format!("EXISTS (SELECT FROM {})", content.table);
    }
    format!("EXISTS (\n{}\n)", live(content))
}

/// The query for the rows of a table that belong to the tier, as words.
fn live(content: &Content) -> String {
    let columns: Vec<String> = content.columns.iter().map(|column| format!("held.{column}")).collect();
    let row = format!("ROW({})::text COLLATE \"C\"", columns.join(", "));
    let mut text = format!(
        "    SELECT {} || {row} AS words\n    FROM {} AS held",
        literal(&format!("{} ", content.table)),
        content.table
    );
    if !content.key.is_empty() {
        let place = |key: &String| content.columns.iter().position(|column| column == key);
        let places: Vec<usize> = content.key.iter().filter_map(place).collect();
        let key: Vec<String> = places.iter().map(|place| format!("held.{}", content.columns[*place])).collect();
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
