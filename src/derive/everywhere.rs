//! Finds out whether a packet changes every object of a schema, as `GRANT ... ON ALL TABLES IN SCHEMA` does. On a target with more objects it would
//! change objects that nobody approved.

use super::DeriveError;
use super::rolled_back::Variation;
use super::rules::in_one_line;
use super::run::Runner;
use super::runs::Runs;
use super::seen::Everywhere;
use super::sql::answered;
use super::state::DatabaseState;
use crate::packet::form::{Obstacle, Rule};
use crate::packet::name::{identifier, literal};
use crate::pg::session::Row;

/// The kinds of objects, each with the statements that create one for the role that releases.
const KINDS: [(&str, &str); 4] = [
    ("tables", "CREATE TABLE {name} (one integer); ALTER TABLE {name} OWNER TO {role};"),
    ("views", "CREATE VIEW {name} AS SELECT 1 AS one; ALTER VIEW {name} OWNER TO {role};"),
    ("sequences", "CREATE SEQUENCE {name}; ALTER SEQUENCE {name} OWNER TO {role};"),
    (
        "functions",
        "CREATE FUNCTION {name}() RETURNS integer LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION {name}() OWNER TO {role};",
    ),
];

/// The variation with a test table, view, sequence and function in each existing schema. They belong to `role`. It asks which of them changed, by
/// `schema` and `kind`.
pub(super) fn probes(before: &DatabaseState, role: &str) -> Option<Variation> {
    let schemas = before.objects.iter().filter(|object| object.kind == "schema");
    let role = identifier(role);
    let add = |schema: &str| {
        let one = |(kind, create): &(&str, &str)| {
            let name = format!("{}.oneroof_one_{kind}", identifier(schema));
            create.replace("{name}", &name).replace("{role}", &role)
        };
        KINDS.iter().map(one).collect::<String>()
    };
    let probes = in_one_line(include_str!("questions/probes.sql"));
    let add: String = schemas.map(|schema| add(&schema.name)).collect();
    let change = format!("{add} CREATE TABLE oneroof_build.probe AS {probes};");
    let after_up = format!(
        "SELECT was.schema, was.kind FROM oneroof_build.probe AS was LEFT JOIN ({probes}) AS now ON now.oid = was.oid \
         WHERE now.digest IS DISTINCT FROM was.digest ORDER BY was.schema, was.kind"
    );
    (!add.is_empty()).then_some(Variation { change, after_up, after_down: None })
}

impl Runner<'_, '_> {
    /// Runs the tiers one by one with the test objects. If a tier changes one of them, it changes all objects of that kind in that schema. Returns
    /// these schemas and kinds, each with the first such tier.
    pub(super) async fn everywhere(&self, probes: &Variation) -> Result<Vec<Everywhere>, DeriveError> {
        let up = self.up();
        let mut found: Vec<Everywhere> = Vec::new();
        let changed = |row: &Row| (row.text("schema").to_owned(), row.text("kind").to_owned());
        for tier in 0..up.len() {
            let rows = self.after_change(&probes.change, &up[..=tier], &probes.after_up).await?.unwrap_or_default();
            for (schema, kind) in rows.iter().map(changed) {
                if !found.iter().any(|known| known.schema == schema && known.kind == kind) {
                    let reply = answered(self.session.simple(&listed(&schema, &kind)).await?)?;
                    let known = reply.rows(0).iter().filter_map(|row| row.first().map(str::to_owned)).collect();
                    found.push(Everywhere { tier, schema, kind, known });
                }
            }
        }
        Ok(found)
    }
}

impl Runs<'_, '_> {
    /// Makes one rule for each kind of object that the tier changes in a whole schema: the schema has no such objects, except those of the build.
    pub(super) fn everywhere_rules(&self, tier: usize) -> Vec<Rule> {
        let found = self.seen[0].everywhere.iter().filter(|found| found.tier == tier);
        let rule = |found: &Everywhere| {
            let known: Vec<String> = found.known.iter().map(|name| literal(name)).collect();
            Rule {
                table: found.schema.clone(),
                name: format!("all_{}", found.kind),
                question: format!(
                    "SELECT coalesce(pg_catalog.string_agg(held.name, ', ' ORDER BY held.name), 'none') FROM ({}) AS held (name) \
                     WHERE held.name <> ALL (ARRAY[{}]::text[])",
                    listed(&found.schema, &found.kind),
                    known.join(", ")
                ),
                certain: true,
                obstacle: Some(Obstacle::Objects),
            }
        };
        found.map(rule).collect()
    }
}

/// The query for the objects of one kind in a schema, as ALL ... IN SCHEMA finds them.
fn listed(schema: &str, kind: &str) -> String {
    let relations = |kinds: &str| {
        format!(
            "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n \
             ON n.oid = c.relnamespace WHERE n.nspname = {} AND c.relkind IN ({kinds})",
            literal(schema)
        )
    };
    match kind {
        "tables" => relations("'r', 'p', 'f'"),
        "views" => relations("'v', 'm'"),
        "sequences" => relations("'S'"),
        _ => format!(
            "SELECT pg_catalog.format('%I.%I(%s)', n.nspname, f.proname, pg_catalog.oidvectortypes(f.proargtypes)) FROM pg_catalog.pg_proc AS f \
             JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace WHERE n.nspname = {}",
            literal(schema)
        ),
    }
}
