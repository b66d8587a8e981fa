//! Names of objects and columns. A page has them as they are in the catalog, without quotes. This module says which names a page can hold, and
//! how they are written in SQL.

/// Whether a page can hold this name of a schema, relation, type, function or column: letters, digits, `_` and `$`. Other characters separate
/// names and digests in `derived.toml`.
pub(crate) fn is_name(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '$'))
}

/// Whether this is a name with its schema: `schema.name`.
pub(crate) fn is_qualified(name: &str) -> bool {
    name.split_once('.').is_some_and(|(schema, name)| is_name(schema) && is_name(name))
}

/// A name that the server reads without quotes: lower-case letters, digits and `_`, no digit first.
pub(crate) fn is_plain_word(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with(|first: char| first.is_ascii_digit())
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A name in SQL, in quotes if the server needs them. A reserved word needs none, because it always stands after a dot.
pub(crate) fn identifier(word: &str) -> String {
    if is_plain_word(word) { word.to_owned() } else { format!("\"{}\"", word.replace('"', "\"\"")) }
}

/// A name with its schema in SQL.
pub(crate) fn in_sql(name: &str) -> String {
    name.split_once('.')
        .map_or_else(|| identifier(name), |(schema, name)| format!("{}.{}", identifier(schema), identifier(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_only_if_the_server_needs_it() {
        assert_eq!(in_sql("public.order"), "public.order");
        assert_eq!(in_sql("public.Order"), "public.\"Order\"");
        assert_eq!(in_sql("Shop.1st"), "\"Shop\".\"1st\"");
        assert_eq!(identifier("größe"), "\"größe\"");
        assert_eq!(identifier("a$b"), "\"a$b\"");
    }

    #[test]
    fn characters_that_a_page_cannot_hold_make_no_name() {
        for name in ["public.User", "public.user_2", "öffentlich.größe", "a.b$c"] {
            assert!(is_qualified(name), "{name}");
        }
        for name in
            ["user", "public.", ".user", "public.my table", "public.a:b", "a.b.c", "a.b\"c", "a.b'c", "a.b(c)", "a.b/c"]
        {
            assert!(!is_qualified(name), "{name}");
        }
    }
}
