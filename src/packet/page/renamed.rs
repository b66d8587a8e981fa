//! The packet with other names: the schema of its own objects is replaced.

use super::Descriptor;

/// The names of the packet's own objects, each with its name in another schema.
#[derive(Debug)]
pub(crate) struct Renamed(Vec<(String, String)>);

impl Renamed {
    /// The pairs of names if the objects of `page` are moved to `schema`.
    pub(crate) fn of(page: &Descriptor, schema: &str) -> Self {
        let functions = page.packet.functions.iter().map(|name| name.split('(').next().unwrap_or_default());
        let names = page.relations().into_iter().map(String::as_str).chain(functions);
        let mut pairs: Vec<(String, String)> =
            names.filter_map(|name| Some((name.to_owned(), format!("{schema}.{}", name.split_once('.')?.1)))).collect();
        // The longest name comes first, because one name may be the beginning of another.
        pairs.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self(pairs)
    }

    /// Replaces the names in a text.
    pub(crate) fn apply(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }
}
