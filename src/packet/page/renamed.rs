//! The packet under other names: the schema of its own objects replaced.

use super::Descriptor;

/// The names of the packet's own objects and what they become in another schema.
#[derive(Debug)]
pub(crate) struct Renamed(Vec<(String, String)>);

impl Renamed {
    /// What the names of `page` become in `schema`.
    pub(crate) fn of(page: &Descriptor, schema: &str) -> Self {
        let functions = page.packet.functions.iter().map(|name| name.split('(').next().unwrap_or_default());
        let names = page.relations().into_iter().map(String::as_str).chain(functions);
        let mut pairs: Vec<(String, String)> =
            names.filter_map(|name| Some((name.to_owned(), format!("{schema}.{}", name.split_once('.')?.1)))).collect();
        // The longest first: one name may begin another.
        pairs.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self(pairs)
    }

    /// The text with the other names in it.
    pub(crate) fn apply(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }
}
