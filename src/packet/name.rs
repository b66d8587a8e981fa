//! Names of objects and columns. `packet.toml` and `derived.toml` contain names without quotes, as they are in the server's catalog. This
//! module checks whether a name is allowed there, and quotes names for SQL.

/// Whether this name of a schema, relation, type, function or column is allowed in a packet.
pub(crate) fn is_name(word: &str) -> bool {
    !word.is_empty() && word.chars().all(is_of_name)
}

/// Whether a name may have this character: letters, digits, `_`, `$` and `-`. In `derived.toml`, other characters separate one name from the
/// next.
pub(crate) fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$' | '-')
}

/// Whether this character can continue an unquoted name in SQL. A dollar sign can too, but it more often ends a dollar-quoted text, so it does not
/// count here.
pub(crate) fn continues_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Whether this is a schema and an object, such as `public.User`, and both names are allowed.
pub(crate) fn is_qualified(name: &str) -> bool {
    name.split_once('.').is_some_and(|(schema, name)| is_name(schema) && is_name(name))
}

/// Whether the name has only lower-case letters, digits and `_`, and does not begin with a digit.
pub(crate) fn is_plain_word(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with(|first: char| first.is_ascii_digit())
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The words that the server reads as a part of a statement unless they are quoted or follow a dot. Source: PostgreSQL's table of key
/// words, versions 13 to 18.
const RESERVED: &str = " all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column \
    concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp current_user \
    default deferrable desc distinct do else end except false fetch for foreign freeze from full grant group having ilike in initially inner \
    intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or order \
    outer overlaps placing primary references returning right select session_user similar some symmetric system_user table tablesample then \
    to trailing true union unique user using variadic verbose when where window with ";

/// A name in SQL, in quotes if the server needs them.
pub(crate) fn identifier(word: &str) -> String {
    let is_bare = is_plain_word(word) && !RESERVED.contains(&format!(" {word} "));
    if is_bare { word.to_owned() } else { format!("\"{}\"", word.replace('"', "\"\"")) }
}

/// A name with a schema in SQL: `public.User` becomes `public."User"`.
pub(crate) fn in_sql(name: &str) -> String {
    name.split_once('.')
        .map_or_else(|| identifier(name), |(schema, name)| format!("{}.{}", identifier(schema), identifier(name)))
}

/// Quotes a text as an SQL literal, for a query that is sent by itself. In a file of the packet, such a literal could end a dollar quote, so
/// files use `compose::fill::literal`.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_only_if_the_server_needs_it() {
        assert_eq!(in_sql("public.order_line"), "public.order_line");
        assert_eq!(in_sql("order.user"), "\"order\".\"user\"");
        assert_eq!(in_sql("public.Order"), "public.\"Order\"");
        assert_eq!(in_sql("Shop.1st"), "\"Shop\".\"1st\"");
        assert_eq!(identifier("größe"), "\"größe\"");
        assert_eq!(identifier("a$b"), "\"a$b\"");
        assert_eq!(in_sql("public.order-line"), "public.\"order-line\"");
    }

    #[test]
    fn a_name_with_other_characters_is_not_allowed() {
        for name in ["public.User", "public.user_2", "öffentlich.größe", "a.b$c", "my-app.order-line"] {
            assert!(is_qualified(name), "{name}");
        }
        for name in
            ["user", "public.", ".user", "public.my table", "public.a:b", "a.b.c", "a.b\"c", "a.b'c", "a.b(c)", "a.b/c"]
        {
            assert!(!is_qualified(name), "{name}");
        }
    }
}
