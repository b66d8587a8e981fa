//! How the shape of an object becomes digests. The deriver, which stores the digests, and the states of the tiers, which compare them, use
//! the same SQL.

use super::super::name::{in_sql, is_plain_word, literal};
use super::derived::Objects;

/// Common table expressions that read `packet (object, relation, routine, type, schema)` and give `live (object, part, digest)`. The caller
/// must define `packet` before them. The result of [`own_names`] replaces the placeholder `own_names`.
pub const SHAPES: &str = include_str!("../frames/shapes.sql");

const OBJECTS: &str = include_str!("../frames/objects.sql");

/// The common table expressions `present` and `present_column`: the objects of `packet` that exist, and their columns.
const PRESENT: &str = include_str!("../frames/present.sql");

/// The common table expression `granted`: the grants on these objects.
const GRANTED: &str = include_str!("../frames/granted.sql");

const GIVEN_GRANTS: &str = include_str!("../frames/given_grants.sql");

const CATEGORY: &str = include_str!("../frames/category.sql");

const WRITTEN: &str = include_str!("../frames/written.sql");

const EFFECTS: &str = include_str!("../frames/effects.sql");

const CONSTRAINTS: &str = include_str!("../frames/constraints.sql");

/// The kinds of parts that belong to one column. The name of such a part is the kind, a dot and the name of the column.
pub const OF_COLUMNS: [&str; 11] = [
    "column",
    "NOT~NULL",
    "default",
    "generation",
    "comment",
    "statistics~target",
    "storage",
    "compression",
    "options",
    "grants",
    "sequence",
];

/// A regular expression that no text matches.
const NO_NAMES: &str = r"x\A";

/// A PostgreSQL regular expression that matches the schema name and the dot before the name of one of the packet's own objects, such as `public.`
/// in `public.item`. The caller removes the match before it takes a digest. So an object has the same digest in its own schema and in the schema
/// `shadow`. If the packet has objects of one name in two schemas, this name is not in the expression, because only the schema tells the two
/// apart. The expression uses a lookahead for the name. That is six times as fast as to capture the name and to insert it again.
pub fn own_names(objects: &Objects, shadow: Option<&str>) -> String {
    let Objects { schemas: _, tables, views, sequences, functions, types } = objects;
    let mut names: Vec<(&str, String)> = Vec::new();
    for (schema, name) in
        [tables, views, sequences, functions, types].into_iter().flatten().filter_map(|name| name.split_once('.'))
    {
        let bare = name.split('(').next().unwrap_or_default().replace('$', r"\$");
        if !names.contains(&(schema, bare.clone())) {
            names.push((schema, bare));
        }
    }
    let is_elsewhere =
        |(schema, name): &(&str, String)| names.iter().any(|(other, same)| other != schema && same == name);
    let mut schemas: Vec<&str> =
        names.iter().map(|(schema, _)| *schema).filter(|schema| is_plain_word(schema)).collect();
    schemas.sort_unstable();
    schemas.dedup();
    let of_schema = schemas.into_iter().filter_map(|schema| {
        let own = names.iter().filter(|name| name.0 == schema && !is_elsewhere(name)).map(|(_, name)| name.as_str());
        let own = own.collect::<Vec<_>>().join("|");
        let schemas = shadow.map_or_else(|| schema.to_owned(), |shadow| format!("(?:{schema}|{shadow})"));
        (!own.is_empty()).then(|| format!(r"\m{schemas}\.(?=(?:{own})\M)"))
    });
    let patterns = of_schema.collect::<Vec<_>>().join("|");
    if patterns.is_empty() { NO_NAMES.to_owned() } else { patterns }
}

/// A common table expression `name` with the oids of the objects that `from (object)` lists. An oid is NULL if the object does not exist.
/// `former` lists the objects that a tier renames, each with its former name. As long as no object has the new name, the object is looked up by its
/// former name.
pub fn objects(name: &str, from: &str, former: &[(&str, &str)]) -> String {
    let is_type = |name: &str| name.starts_with("type ");
    let (types, relations): (Vec<_>, Vec<_>) = former.iter().copied().partition(|(_, name)| is_type(name));
    let object = format!("{from}.object");
    let relation = [by_name("to_regclass", &object), other_name("to_regclass", &object, &relations)];
    let types: Vec<(&str, &str)> =
        types.into_iter().map(|(object, name)| (object, name.trim_start_matches("type "))).collect();
    let of_type =
        [by_name("to_regtype", &format!("pg_catalog.substr({object}, 6)")), other_name("to_regtype", &object, &types)];
    OBJECTS
        .trim_end()
        .replace("{{relation}}", &first_of(&relation))
        .replace("{{type}}", &first_of(&of_type))
        .replace("{{name}}", name)
        .replace("{{from}}", from)
}

/// Returns an SQL expression for the oid of an object. `name` is an SQL expression for the schema-qualified name of this object. `function` is
/// `to_regclass` or `to_regtype`.
fn by_name(function: &str, name: &str) -> String {
    format!(
        "pg_catalog.{function}(pg_catalog.format('%I.%I', pg_catalog.split_part({name}, '.', 1), pg_catalog.split_part({name}, '.', 2)))"
    )
}

/// Returns an SQL expression for the oid of an object that has two names. `name` is an SQL expression for the first name of a pair in `names`. The
/// object is looked up by the second name of this pair. Without pairs the result is empty.
fn other_name(function: &str, name: &str, names: &[(&str, &str)]) -> String {
    let one = |(name, other): &(&str, &str)| {
        format!(" WHEN {} THEN pg_catalog.{function}({})", literal(name), literal(&in_sql(other)))
    };
    let names: String = names.iter().map(one).collect();
    if names.is_empty() { names } else { format!("CASE {name}{names} END") }
}

/// Returns an SQL expression for the first value that is not NULL. Empty texts are left out.
fn first_of(expressions: &[String; 2]) -> String {
    let given: Vec<&str> = expressions.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    if let [one] = given.as_slice() { (*one).to_owned() } else { format!("coalesce({})", given.join(", ")) }
}

/// Common table expressions that end with `packet`, as [`SHAPES`] needs it, for these objects.
pub fn packet_of(listed: &[&String]) -> String {
    let rows: Vec<String> = listed.iter().map(|object| format!("({})", literal(object))).collect();
    format!("listed (object) AS (VALUES {}), {}", rows.join(", "), objects("packet", "listed", &[]))
}

/// [`SHAPES`] with its placeholders filled.
pub fn shapes(own_names: &str) -> String {
    with_parts(&with_category(SHAPES)).replace("{{own_names}}", own_names)
}

/// Common table expressions after `packet`, and the query for the grants on its objects.
pub fn grants() -> String {
    with_parts(GIVEN_GRANTS)
}

fn with_parts(query: &str) -> String {
    query.replace("{{present}}", PRESENT.trim_end()).replace("{{granted}}", GRANTED.trim_end())
}

/// Fills the placeholder `category` with the expression for the category of a type, in the words of the contract. The query must have the type
/// as `t`, and as `base` the type below a domain.
pub fn with_category(query: &str) -> String {
    query.replace("{{category}}", CATEGORY.trim_end())
}

/// Common table expressions that end with `effect (words)`: the triggers, rules, foreign keys and columns that act on the rows which a release
/// writes. `writes` has entries such as `insert delete public.setting`. The build stores the result, and preflight compares it with the
/// target.
/// `former` lists the tables that a tier renames, each with its former name. `writes` names these tables by their former names.
pub fn effects(writes: &[String], former: &[(&str, &str)]) -> String {
    format!("{}, {}", written(writes, former), EFFECTS.trim_end())
}

/// Common table expressions that end with `limiting (words)`: the constraints, unique indexes and types that can refuse the rows which a release
/// writes or deletes. `writes` has entries as for [`effects`].
pub fn constraints(writes: &[String], former: &[(&str, &str)]) -> String {
    format!("{}, {}", written(writes, former), CONSTRAINTS.trim_end())
}

/// The common table expression `part (name, does, oid)`: the written tables and their partitions.
fn written(writes: &[String], former: &[(&str, &str)]) -> String {
    let row = |entry: &String| {
        let (does, name) = entry.rsplit_once(' ').unwrap_or(("", entry));
        format!("('{name}', '{does}')")
    };
    let rows: Vec<String> = writes.iter().map(row).collect();
    let is_written = |name: &str| writes.iter().any(|entry| entry.rsplit(' ').next() == Some(name));
    let now: Vec<(&str, &str)> =
        former.iter().filter(|(_, former)| is_written(former)).map(|(now, former)| (*former, *now)).collect();
    let own = by_name("to_regclass", "wanted.name");
    // After the tier that renames the table, its former name may belong to a view.
    let own = if now.is_empty() {
        own
    } else {
        format!("(SELECT c.oid FROM pg_catalog.pg_class AS c WHERE c.oid = {own} AND c.relkind IN ('r', 'p', 'f'))")
    };
    let oid = [own, other_name("to_regclass", "wanted.name", &now)];
    WRITTEN.trim_end().replace("{{oid}}", &first_of(&oid)).replace("{{writes}}", &rows.join(", "))
}

/// The name that a part has after these columns were renamed. Each pair holds the former name and the new one.
pub fn moved_part(part: &str, columns: &[(&str, &str)]) -> String {
    let moved = part.split_once('.').filter(|(kind, _)| OF_COLUMNS.contains(kind)).and_then(|(kind, name)| {
        columns.iter().find_map(|(former, new)| {
            let rest = name.strip_prefix(former).filter(|rest| rest.is_empty() || rest.starts_with('~'))?;
            Some(format!("{kind}.{new}{rest}"))
        })
    });
    moved.unwrap_or_else(|| part.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_names_stand_alone_and_without_schema_and_arguments() {
        let objects = Objects {
            tables: vec!["public.item".to_owned(), "public.item_log".to_owned()],
            functions: vec!["public.f(text, public.mood)".to_owned()],
            ..Objects::default()
        };
        assert_eq!(own_names(&objects, None), r"\mpublic\.(?=(?:item|item_log|f)\M)");
        assert_eq!(own_names(&objects, Some("inert")), r"\m(?:public|inert)\.(?=(?:item|item_log|f)\M)");
        assert_eq!(own_names(&Objects::default(), None), NO_NAMES);
        // The same name in two schemas says which object is meant.
        let moved = Objects {
            tables: vec!["fresh.item".to_owned(), "store.f".to_owned()],
            views: vec!["old.item".to_owned()],
            ..objects
        };
        assert_eq!(own_names(&moved, None), NO_NAMES);
        assert!(!shapes(NO_NAMES).contains("{{") && !grants().contains("{{"));
    }

    #[test]
    fn a_part_of_a_renamed_column_gets_its_new_name_and_no_other_part_does() {
        let columns = [("note", "memo"), ("n", "number")];
        for (part, moved) in [
            ("column.note", "column.memo"),
            ("NOT~NULL.n", "NOT~NULL.number"),
            ("grants.note~to~app", "grants.memo~to~app"),
            ("column.notes", "column.notes"),
            ("index.note", "index.note"),
            ("relation", "relation"),
        ] {
            assert_eq!(moved_part(part, &columns), moved);
        }
    }
}
