//! What the tiers of a packet touch in the database, by kind: catalog rows, tables and indexes.

use super::super::form::Shape;
use super::{Descriptor, Tier};
use std::collections::BTreeSet;

impl Tier {
    /// Existing relations whose catalog rows the tier or its rollback may write. The list includes relations whose rows are written under an
    /// ACCESS EXCLUSIVE lock, because TRUNCATE takes this lock and updates the table's row in `pg_class`.
    pub fn catalogued(&self) -> impl Iterator<Item = &String> {
        let exclusive = self.exclusive.iter().chain(&self.down_exclusive);
        self.alters.iter().chain(&self.touches).chain(exclusive.filter(|name| self.writes.contains(name)))
    }

    /// Relations that the tier may lock against others: those that it writes, alters, or only touches, and the composite types that it
    /// alters. A composite type is a relation too.
    pub fn locks(&self) -> impl Iterator<Item = &str> {
        let relations = self.writes.iter().chain(&self.alters).chain(&self.touches);
        let types = self.reworks.iter().filter_map(|name| name.strip_prefix("type "));
        relations.map(String::as_str).chain(types)
    }

    /// Whether this object existed before the tier, and the tier changes its shape.
    pub fn reshapes(&self, object: &str) -> bool {
        !self.made(object) && self.shapes.iter().any(|shape| shape.object == object)
    }

    /// The objects that existed before the tier and that it changes or refers to: their shapes are compared before and after it.
    pub fn existing_objects(&self) -> Vec<&String> {
        let shaped = self.shapes.iter().map(|shape| &shape.object);
        let named: BTreeSet<&String> = shaped.chain(&self.alters).chain(&self.touches).collect();
        named.into_iter().filter(|object| !self.made(object) || self.renames(object)).collect()
    }
}

impl Descriptor {
    /// The name that this existing object had before the release, if a tier renames it. Several tiers may rename it one after the other.
    pub fn former<'d>(&'d self, object: &str) -> Option<&'d str> {
        let mut former: Option<&str> = None;
        for tier in self.tiers.iter().rev() {
            let name = former.unwrap_or(object);
            let shape = tier.shapes.iter().find(|shape| shape.object == name && !shape.from.is_empty());
            former = shape.map(|shape| shape.from.as_str()).or(former);
        }
        former
    }

    /// The objects of the tier that an earlier tier renames, each with its name before the release.
    pub fn formerly<'d>(&'d self, tier: &'d Tier) -> Vec<(&'d str, &'d str)> {
        let there = tier.shapes.iter().filter(|shape| shape.from.is_empty() && !tier.creates_object(shape));
        there.filter_map(|shape| Some((shape.object.as_str(), self.former(&shape.object)?))).collect()
    }

    /// The existing objects that tiers rename, each with its name before the release.
    pub fn renamed(&self) -> Vec<(&str, &str)> {
        let renamed = self.tiers.iter().flat_map(|tier| &tier.shapes).filter(|shape| !shape.from.is_empty());
        renamed.filter_map(|shape| Some((shape.object.as_str(), self.former(&shape.object)?))).collect()
    }

    /// Relations whose catalog rows the tiers may write: the packet's own relations, and those of [`Tier::catalogued`].
    pub fn catalogued(&self) -> Vec<&String> {
        let mut names = self.relations();
        for name in self.tiers.iter().flat_map(Tier::catalogued) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Existing relations that the tiers write, alter or touch. Locks and changes in a partition of one of them are reported under its name,
    /// because derived.toml does not name partitions.
    pub fn existing(&self) -> BTreeSet<&String> {
        let own = self.relations();
        let named = self.tiers.iter().flat_map(|tier| tier.writes.iter().chain(&tier.alters).chain(&tier.touches));
        named.filter(|name| !own.contains(name)).collect()
    }

    /// The packet's own relations, and its own types, because a composite type is a relation too.
    pub fn lockable(&self) -> BTreeSet<&str> {
        self.relations().into_iter().chain(&self.packet.types).map(String::as_str).collect()
    }

    /// Existing tables that the tiers or their rollbacks insert rows into.
    pub fn filled(&self) -> BTreeSet<&str> {
        let deltas = self.tiers.iter().flat_map(|tier| tier.deltas.iter().chain(&tier.rollback_deltas));
        deltas.filter(|(_, delta)| delta.inserted > 0).map(|(table, _)| table.as_str()).collect()
    }

    /// The functions, types or schemas whose catalog rows the tiers write: the packet's own, and those that the tiers change. `prefix` is
    /// `type `, `schema `, or empty for functions.
    fn reworked<'d>(&'d self, own: &'d [String], prefix: &'d str) -> Vec<&'d str> {
        let is_kind = move |name: &&str| match prefix {
            "" => !name.starts_with("type ") && !name.starts_with("schema "),
            _ => name.starts_with(prefix),
        };
        let reworks = self.tiers.iter().flat_map(|tier| &tier.reworks).map(String::as_str).filter(is_kind);
        let reworks = reworks.map(|name| name.strip_prefix(prefix).unwrap_or(name));
        own.iter().map(String::as_str).chain(reworks).collect()
    }

    /// The functions, types and schemas whose catalog rows the tiers write, each list with the name of its kind.
    pub fn catalogued_beside(&self) -> [(&'static str, Vec<&str>); 3] {
        let packet = &self.packet;
        [
            ("functions", self.reworked(&packet.functions, "")),
            ("types", self.reworked(&packet.types, "type ")),
            ("schemas", self.reworked(&packet.schemas, "schema ")),
        ]
    }

    /// Whether the tier alters this relation and it is a table. LOCK TABLE on a view would also lock every table behind it, and on a
    /// materialized view or a sequence it would fail.
    pub fn is_altered_table(&self, tier: &Tier, name: &String) -> bool {
        let is_other = self.contract.iter().any(|known| known.object == *name && known.kind != "table");
        let has = |words: &str, part: &str| words.split(' ').any(|word| word.split(':').next() == Some(part));
        let shapes = || tier.shapes.iter().filter(|shape| shape.object == *name);
        let parts = ["definition", "sequence"];
        let is_kind =
            || shapes().any(|shape| parts.iter().any(|part| has(&shape.parts, part) || has(&shape.before, part)));
        // After a rename the name may belong to a view. The object itself is listed under its new name.
        let renamed = tier.shapes.iter().find(|shape| shape.from == *name);
        let is_table = renamed.map(|shape| self.packet.tables.contains(&shape.object));
        tier.alters.contains(name) && is_table.unwrap_or_else(|| !is_other && !is_kind())
    }

    /// The tables that existed before the tier and that it alters or refers to.
    pub fn existing_tables<'t>(&self, tier: &'t Tier) -> BTreeSet<&'t String> {
        let is_table =
            |name: &&String| self.contract.iter().any(|known| known.object == **name && known.kind == "table");
        let altered = tier.alters.iter().filter(|name| self.is_altered_table(tier, name));
        altered.chain(tier.touches.iter().filter(is_table)).filter(|name| !tier.made(name)).collect()
    }

    /// The indexes that the packet makes, schema-qualified. An index of a renamed table or column is not among them: it exists before the
    /// release, in another shape.
    pub fn index_names(&self) -> Vec<String> {
        let named = |shape: &Shape, parts: &str| -> Vec<String> {
            let schema = shape.object.split_once('.').map_or("public", |(schema, _)| schema);
            let names = parts.split(' ').filter_map(|part| part.strip_prefix("index.")?.rsplit_once(':'));
            names.map(|(name, _)| format!("{schema}.{name}")).collect()
        };
        let (mut known, mut made) = (BTreeSet::new(), Vec::new());
        for tier in &self.tiers {
            known.extend(tier.shapes.iter().flat_map(|shape| named(shape, &shape.before)));
            let parts = tier.shapes.iter().flat_map(|shape| named(shape, &shape.parts));
            made.extend(parts.filter(|name| known.insert(name.clone())));
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renaming(names: &[(&str, &str)]) -> Descriptor {
        let tier = |(from, object): &(&str, &str)| Tier {
            shapes: vec![Shape { object: (*object).to_owned(), from: (*from).to_owned(), ..Shape::default() }],
            ..Tier::default()
        };
        Descriptor { tiers: names.iter().map(tier).collect(), ..Descriptor::default() }
    }

    #[test]
    fn the_former_name_is_the_one_before_the_release() {
        let page = renaming(&[("public.a", "public.b"), ("public.b", "public.c")]);
        assert_eq!(page.former("public.c"), Some("public.a"));
        assert_eq!(page.former("public.b"), Some("public.a"));
        assert_eq!(page.former("public.a"), None);
        // Two tiers that give a table another name and its own name again.
        let page = renaming(&[("public.a", "public.b"), ("public.b", "public.a")]);
        assert_eq!(page.former("public.a"), Some("public.a"));
    }
}
