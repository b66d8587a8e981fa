//! The packet with other names: the schema of its own objects is replaced.

use super::super::name::continues_name;
use super::Descriptor;

/// The names of the packet's own objects, each with its name in another schema.
#[derive(Debug)]
pub(crate) struct Renamed(Vec<(String, String)>);

impl Renamed {
    /// The pairs of names if the objects of `page` are moved to `schema`.
    pub(crate) fn of(page: &Descriptor, schema: &str) -> Self {
        let functions = page.packet.functions.iter().map(|name| name.split('(').next().unwrap_or_default());
        let names = page.relations().into_iter().map(String::as_str).chain(functions);
        let pairs: Vec<(String, String)> =
            names.filter_map(|name| Some((name.to_owned(), format!("{schema}.{}", name.split_once('.')?.1)))).collect();
        Self::between(pairs)
    }

    /// Replaces the first name of each pair by the second.
    pub(crate) fn between(mut pairs: Vec<(String, String)>) -> Self {
        // The longest name comes first, because one name may be the beginning of another.
        pairs.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self(pairs)
    }

    /// Replaces the names in a text, in one pass.
    pub(crate) fn apply(&self, text: &str) -> String {
        let mut schemas: Vec<&str> = self.0.iter().filter_map(|(name, _)| Some(&name[..=name.find('.')?])).collect();
        schemas.sort_unstable();
        schemas.dedup();
        let (mut renamed, mut rest) = (String::with_capacity(text.len()), text);
        while let Some((at, schema)) =
            schemas.iter().filter_map(|schema| Some((rest.find(schema)?, *schema))).min_by_key(|(at, _)| *at)
        {
            let (before, found) = rest.split_at(at);
            let begins = !before.chars().next_back().is_some_and(continues_name);
            let ends = |name: &str| !found[name.len()..].chars().next().is_some_and(continues_name);
            let pair = self.0.iter().find(|(name, _)| begins && found.starts_with(name.as_str()) && ends(name));
            let (from, to) = pair.map_or((schema, schema), |(name, to)| (name.as_str(), to.as_str()));
            renamed.push_str(before);
            renamed.push_str(to);
            rest = &found[from.len()..];
        }
        renamed.push_str(rest);
        renamed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_is_replaced_and_other_names_stay() {
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        let names = Renamed(vec![
            pair("public.order_line", "copy.order_line"),
            pair("public.order", "copy.order"),
            pair("shop.fn_price", "copy.fn_price"),
        ]);
        let text = "SELECT public.order_line, public.order.id, shop.fn_price(1), public.other, public., shop, public.order_2, republic.order, $q$public.order$q$";
        let renamed = "SELECT copy.order_line, copy.order.id, copy.fn_price(1), public.other, public., shop, public.order_2, republic.order, $q$copy.order$q$";
        assert_eq!(names.apply(text), renamed);
        assert_eq!(names.apply(""), "");
    }
}
