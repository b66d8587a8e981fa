//! Rules about objects that only the production database has, and that depend on something that a tier changes: foreign keys of a table that gets or
//! loses a partition, whatever needs a dropped index, privileges on columns, and tables of a composite type.

use super::rules::in_one_line;
use super::runs::Runs;
use super::state::{DatabaseState, Object};
use crate::packet::form::{Obstacle, Rule};
use crate::packet::name::{in_sql, literal};
use std::collections::{BTreeMap, BTreeSet};

impl Runs<'_, '_> {
    /// The rules of this module, and those about tables that inherit from a changed table.
    pub(super) fn dependent_rules(&self, tier: usize) -> Vec<Rule> {
        [
            self.partition_rules(tier),
            self.index_rules(tier),
            self.typed_table_rules(tier),
            self.column_grant_rules(tier),
            self.inherited_rules(tier),
        ]
        .concat()
    }

    /// Makes one rule for each existing table that gets or loses a partition in this tier: the table has no foreign key, and no foreign key refers
    /// to it, except those of the build. The server makes or drops a copy of each key, and locks the other table for that.
    fn partition_rules(&self, tier: usize) -> Vec<Rule> {
        let (before, step) = self.step(0, tier, false);
        let first = &self.seen[0].before;
        let links = |state: &DatabaseState| -> BTreeSet<(String, String)> {
            let oid = |name: &String| state.relation(name).map(|found| found.oid.clone());
            state.parents.iter().filter_map(|(part, parent)| oid(part).zip(oid(parent))).collect()
        };
        let (was, now) = (links(before), links(&step.state));
        let changed: BTreeSet<&String> = was.symmetric_difference(&now).map(|(_, parent)| parent).collect();
        let tables = changed.into_iter().filter_map(|oid| first.relation_of(oid));
        let rule = |table: &Object| Rule {
            table: table.name.clone(),
            name: "partitions.foreign_keys".to_owned(),
            question: format!(
                "SELECT coalesce(pg_catalog.string_agg(pg_catalog.format('%I of %s', k.conname, k.conrelid::pg_catalog.regclass), ', ' \
                 ORDER BY k.conname), 'none') FROM pg_catalog.pg_constraint AS k WHERE k.contype = 'f' AND k.conparentid = 0 \
                 AND pg_catalog.to_regclass({}) IN (k.conrelid, k.confrelid) AND {}",
                literal(&in_sql(&table.name)),
                self.is_unknown_key(&table.name)
            ),
            certain: true,
            obstacle: Some(Obstacle::ForeignKeys),
        };
        tables.map(rule).collect()
    }

    /// An SQL condition: the build has no foreign key between the two tables of the foreign key `k`. One of them is `table`.
    pub(super) fn is_unknown_key(&self, table: &str) -> String {
        let references = self.seen[0].before.references.iter();
        let pairs: BTreeSet<String> = references
            .filter(|(from, to, _)| from == table || to == table)
            .map(|(from, to, _)| format!("({}, {})", literal(&in_sql(from)), literal(&in_sql(to))))
            .collect();
        if pairs.is_empty() {
            return "true".to_owned();
        }
        format!(
            "NOT EXISTS (SELECT FROM (VALUES {}) AS known (relation, other) \
             WHERE pg_catalog.to_regclass(known.relation) = k.conrelid AND pg_catalog.to_regclass(known.other) = k.confrelid)",
            pairs.into_iter().collect::<Vec<_>>().join(", ")
        )
    }

    /// Makes one rule for each index of an existing table that this tier drops: nothing needs the index. What needed it in the build too is allowed.
    fn index_rules(&self, tier: usize) -> Vec<Rule> {
        let (before, step) = self.step(0, tier, false);
        let first = &self.seen[0].before;
        let stays = |index: &Object| step.state.objects.iter().any(|now| now.oid == index.oid);
        let part = |state: &DatabaseState, table: &str, index: &str| {
            state.shapes.get(table).and_then(|parts| parts.get(&format!("index.{index}"))).cloned()
        };
        let indexes = first.objects.iter().filter(|index| index.kind == "index" && !stays(index));
        let dropped = indexes.filter_map(|index| {
            let table = first.root(&index.oid).filter(|table| first.whole(&table.name) == table.name)?;
            let now = step.state.relation_of(&table.oid)?;
            let was = before.objects.iter().find(|was| was.oid == index.oid)?;
            let (name, was) = (bare(&index.name), bare(&was.name));
            // The server makes an index anew when a column gets another type, and keeps what needs it.
            let former = part(before, &before.relation_of(&table.oid)?.name, was);
            (former.is_none() || part(&step.state, &now.name, was) != former).then_some((table, name))
        });
        dropped.map(|(table, index)| self.index_rule(&table.name, index)).collect()
    }

    fn index_rule(&self, table: &str, index: &str) -> Rule {
        let first = &self.seen[0].before;
        let parts = first.shapes.get(table);
        let has = |part: &str| parts.is_some_and(|parts| parts.contains_key(part));
        let views = first.reads.iter().filter(|(_, read)| read.contains(table)).map(|(view, _)| literal(&in_sql(view)));
        let is_free = |known: bool| if known { "false" } else { "true" };
        Rule {
            table: table.to_owned(),
            name: format!("{index}.index"),
            question: in_one_line(include_str!("questions/index_uses.sql"))
                .replace("{table}", &literal(&in_sql(table)))
                .replace("{index}", &literal(index))
                .replace("{unknown_key}", &self.is_unknown_key(table))
                .replace("{views}", &views.collect::<Vec<_>>().join(", "))
                .replace("{constraint}", is_free(has(&format!("constraint.{index}"))))
                .replace("{identity}", is_free(has("replica~identity")))
                .replace("{cluster}", is_free(has("CLUSTER~mark"))),
            certain: true,
            obstacle: Some(Obstacle::Index),
        }
    }

    /// Makes one rule for each role of which this tier or its rollback changes the privileges on an existing table or view: the role has no privileges
    /// on columns, except those of the build. The server revokes these together with the privileges on the table.
    fn column_grant_rules(&self, tier: usize) -> Vec<Rule> {
        let (before, step) = self.step(0, tier, false);
        let first = &self.seen[0].before;
        let none = BTreeMap::new();
        let tables = before.relations().filter_map(|table| {
            let now = step.state.relation_of(&table.oid)?;
            let known = first.relation_of(&table.oid)?;
            let [was, now] = [(before, &table.name), (&step.state, &now.name)]
                .map(|(state, name)| state.shapes.get(name).unwrap_or(&none));
            Some((known, was, now))
        });
        let rules = tables.flat_map(|(table, was, now)| {
            let parts: BTreeSet<&String> = was.keys().chain(now.keys()).collect();
            let changed = parts.into_iter().filter(|part| was.get(*part) != now.get(*part));
            changed.filter_map(|part| match part.strip_prefix("grants")? {
                "" => Some(self.column_grant_rule(table, None)),
                role => role.strip_prefix("~to~").map(|role| self.column_grant_rule(table, Some(role))),
            })
        });
        rules.collect()
    }

    /// `role` is `None` for PUBLIC.
    fn column_grant_rule(&self, table: &Object, role: Option<&str>) -> Rule {
        let to = role.map_or_else(String::new, |role| format!("~to~{role}"));
        let parts = self.seen[0].before.shapes.get(&table.name).into_iter().flatten();
        let known = parts.filter_map(|(part, _)| part.strip_prefix("grants.")?.strip_suffix(&to)).map(literal);
        Rule {
            table: table.name.clone(),
            name: format!("column_grants.{}", role.unwrap_or("PUBLIC")),
            question: format!(
                "SELECT coalesce(pg_catalog.string_agg(DISTINCT pg_catalog.format('%s (%s)', g.privilege_type, a.attname), ', '), 'none') \
                 FROM pg_catalog.pg_attribute AS a CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) AS g \
                 WHERE a.attrelid = pg_catalog.to_regclass({}) AND a.attname <> ALL (ARRAY[{}]::name[]) AND g.grantee = {}",
                literal(&in_sql(&table.name)),
                known.collect::<Vec<_>>().join(", "),
                role.map_or_else(
                    || "0".to_owned(),
                    |role| {
                        format!(
                            "(SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE pg_catalog.translate(r.rolname, ' :/', '~~~') = {})",
                            literal(role)
                        )
                    }
                ),
            ),
            certain: true,
            obstacle: Some(Obstacle::ColumnGrants),
        }
    }

    /// Makes one rule for each existing composite type that this tier changes: no table was made of this type, except in the build. The server
    /// refuses to change the type as long as there is one.
    fn typed_table_rules(&self, tier: usize) -> Vec<Rule> {
        let (before, step) = self.step(0, tier, false);
        let first = &self.seen[0].before;
        let composite = first.objects.iter().filter(|object| object.kind == "row type");
        let is_changed = |object: &&Object| {
            let key = format!("type {}", object.name);
            let [was, now] =
                [before, &step.state].map(|state| state.shapes.get(&key).and_then(|parts| parts.get("type")));
            was.is_some() && now.is_some() && was != now
        };
        let known: Vec<String> = first.relations().map(|known| literal(&in_sql(&known.name))).collect();
        let rule = |object: &Object| Rule {
            table: object.name.clone(),
            name: "tables".to_owned(),
            question: format!(
                "SELECT coalesce(pg_catalog.string_agg(c.oid::pg_catalog.regclass::text, ', ' ORDER BY c.relname), 'none') \
                 FROM pg_catalog.pg_class AS c WHERE c.reloftype = pg_catalog.to_regtype({}) \
                 AND c.oid::pg_catalog.regclass::text <> ALL (ARRAY[{}]::text[])",
                literal(&in_sql(&object.name)),
                known.join(", ")
            ),
            certain: true,
            obstacle: Some(Obstacle::TypeUses),
        };
        composite.filter(is_changed).map(rule).collect()
    }
}

/// The name without its schema.
fn bare(name: &str) -> &str {
    name.split_once('.').map_or(name, |(_, name)| name)
}
