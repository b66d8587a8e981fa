//! Finds out for which constraints of a packet the server chooses the name. If another constraint of the schema has that name, the server chooses
//! a different one. On such a target the tier would not be as people signed it.

use super::rolled_back::Variation;
use super::runs::Runs;
use super::seen::{MadeConstraints, Seen};
use super::state::DatabaseState;
use crate::packet::form::{Obstacle, Rule};
use crate::packet::name::{identifier, in_sql, literal};
use crate::pg::session::Row;
use std::collections::{BTreeMap, BTreeSet};

/// The name of a temporary helper table. Its constraints have the names of the constraints that the tiers make.
const HOLDER: &str = "oneroof_names";

/// The query for the constraints of all tables and domains. It names tables and domains as shapes do.
const CONSTRAINTS: &str = "\
SELECT coalesce(tn.nspname || '.' || c.relname, 'type ' || dn.nspname || '.' || t.typname) AS object, k.conname AS name
FROM pg_catalog.pg_constraint AS k
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
LEFT JOIN pg_catalog.pg_namespace AS tn ON tn.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_type AS t ON t.oid = k.contypid
LEFT JOIN pg_catalog.pg_namespace AS dn ON dn.oid = t.typnamespace
WHERE k.connamespace <> 'pg_catalog'::pg_catalog.regnamespace";

/// The constraints that the tiers make, each with its table or domain.
pub(super) fn new_names(seen: &Seen) -> MadeConstraints {
    let last = seen.steps.iter().rfind(|step| !step.back).map(|step| &step.state);
    last.map(|last| new_constraints(&seen.before, last)).unwrap_or_default()
}

/// The variation with a helper table in each schema. The constraints of the helper table have the names of those that the tiers make. `None` if the
/// tiers make none.
pub(super) fn hold(wanted: &MadeConstraints) -> Option<Variation> {
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (object, name) in wanted {
        names.entry(schema_of(object)).or_default().insert(name);
    }
    let hold = |(schema, names): (&&str, &BTreeSet<&str>)| {
        let checks: Vec<String> =
            names.iter().map(|name| format!("CONSTRAINT {} CHECK (true)", identifier(name))).collect();
        format!("CREATE TABLE {}.{HOLDER} ({});", identifier(schema), checks.join(", "))
    };
    let change: String = names.iter().map(hold).collect();
    let after_up = CONSTRAINTS.to_owned();
    (!change.is_empty()).then_some(Variation { change, after_up, after_down: None })
}

/// The constraints that got another name because the helper table has theirs. `rows` is the answer of the server.
pub(super) fn given_other(wanted: MadeConstraints, rows: &[Row]) -> MadeConstraints {
    let there = |row: &Row| (row.text("object").to_owned(), row.text("name").to_owned());
    let there: MadeConstraints = rows.iter().map(there).collect();
    wanted.into_iter().filter(|named| !there.contains(named)).collect()
}

impl Runs<'_, '_> {
    /// Makes one rule for each table or domain that gets constraints without a name: no other constraint of the target may have one of the names
    /// that the server chose in the build. The rule belongs to the first tier that makes such a constraint.
    pub(super) fn name_rules(&self, tier: usize) -> Vec<Rule> {
        let (before, step) = self.step(0, tier, false);
        let new = new_constraints(before, &step.state);
        let earlier: BTreeSet<&String> = (0..tier)
            .flat_map(|tier| {
                let (before, step) = self.step(0, tier, false);
                new_constraints(before, &step.state).into_iter()
            })
            .filter_map(|named| self.seen[0].automatic.get(&named))
            .map(|(object, _)| object)
            .collect();
        let automatic = &self.seen[0].automatic;
        let objects: BTreeSet<&String> =
            new.iter().filter(|named| automatic.contains(*named)).map(|(object, _)| object).collect();
        let of_object = |object: &&String| {
            let names = automatic.iter().filter(|(known, _)| known == *object);
            let names: Vec<String> = names.map(|(_, name)| literal(name)).collect();
            let own = object.strip_prefix("type ").map_or_else(
                || format!("k.conrelid IS DISTINCT FROM pg_catalog.to_regclass({})::oid", literal(&in_sql(object))),
                |domain| {
                    format!("k.contypid IS DISTINCT FROM pg_catalog.to_regtype({})::oid", literal(&in_sql(domain)))
                },
            );
            Rule {
                table: object.strip_prefix("type ").unwrap_or(object).to_owned(),
                name: "constraints".to_owned(),
                question: format!(
                    "SELECT coalesce(pg_catalog.string_agg(pg_catalog.format('%s of %s', k.conname, \
                     coalesce(nullif(k.conrelid, 0)::pg_catalog.regclass::text, k.contypid::pg_catalog.regtype::text)), ', ' ORDER BY k.conname), \
                     'none') FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_namespace AS n ON n.oid = k.connamespace \
                     WHERE n.nspname = {} AND k.conname = ANY (ARRAY[{}]::name[]) AND {own}",
                    literal(schema_of(object)),
                    names.join(", "),
                ),
                certain: true,
                obstacle: Some(Obstacle::Constraints),
            }
        };
        objects.difference(&earlier).map(of_object).collect()
    }
}

/// The constraints that are new since `before`, in schemas that existed before, each with its table or domain. A name with a blank, a colon or a
/// slash is left out, because shapes replace these characters.
fn new_constraints(before: &DatabaseState, now: &DatabaseState) -> MadeConstraints {
    let parts = now.shapes.iter().flat_map(|(object, parts)| parts.keys().map(move |part| (object, part)));
    let is_new =
        |object: &String, part: &String| before.shapes.get(object).is_none_or(|known| !known.contains_key(part));
    parts
        .filter(|(object, part)| {
            is_new(object, part) && before.object(&format!("schema {}", schema_of(object))).is_some()
        })
        .filter_map(|(object, part)| Some((object.clone(), part.strip_prefix("constraint.")?.to_owned())))
        .filter(|(_, name)| !name.contains('~'))
        .collect()
}

/// The schema of a table or domain, as shapes name it.
fn schema_of(object: &str) -> &str {
    let name = object.strip_prefix("type ").unwrap_or(object);
    name.split_once('.').map_or(name, |(schema, _)| schema)
}
