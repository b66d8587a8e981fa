//! The page of a packet as the engine reads it. A release's own names and numbers are only here and in its SQL. The page is made from the
//! files in the packet's folder; see [`super::form`].

pub(crate) mod extras;
mod promise;
mod renamed;
mod rules;
mod touched;

pub use extras::{Action, NoGo, Revalidation, Review, Shadow};
pub(crate) use renamed::Renamed;

use super::files::Files;
use super::form::{ApprovalColumns, Content, DERIVED, EXTRAS, Objects, PAGE, Rule, Shape};
pub use super::form::{Contracted, Delta, Governed, ProofRow};
use std::collections::{BTreeMap, BTreeSet};

/// The whole page of a packet.
#[derive(Debug, Default)]
pub struct Descriptor {
    /// Name and database of the release, and the rules that hold for the whole release.
    pub release: Header,
    /// The human gate.
    pub gate: Gate,
    /// The prerequisite contract: the objects that must exist before the release.
    pub contract: Vec<Contracted>,
    /// Tier 0: the checks that must be met before anything is written.
    pub preflight: ReadOnlyPart,
    /// Tier 9: the checks of the whole end state.
    pub verify: ReadOnlyPart,
    /// Rights on existing functions, sequences and types that the role needs, each as the right and the object, such as `USAGE type public.mood`.
    pub rights: Vec<String>,
    /// Keys of existing tables that foreign keys, ON CONFLICT and GROUP BY of the release need, such as `unique (code) of public.item`.
    pub keys: Vec<String>,
    /// What the tiers and their rollbacks do with the rows of existing tables, such as `insert delete public.setting`.
    pub writes: Vec<String>,
    /// The triggers, rules, foreign keys, columns, constraints and types that act on these rows or can refuse them, in the prerequisite, such as
    /// `trigger audit of public.setting`.
    pub effects: Vec<String>,
    /// Existing functions with the name of a function that the release creates, but with other arguments, such as `public.price(integer)`.
    pub overloads: Vec<String>,
    /// Files in the packet's `preflight/` folder that return several checks, each with the names of those checks.
    pub families: BTreeMap<String, Vec<String>>,
    /// The tiers that write, in order.
    pub tiers: Vec<Tier>,
    /// Actions that may be run on the released database. They run like tiers.
    pub actions: Vec<Action>,
    /// Tiers that may be deployed to a separate schema without an approval.
    pub shadow: Option<Shadow>,
    /// Decisions that stay NO-GO when the release is applied.
    pub no_go: Vec<NoGo>,
    /// What a person confirms by name before the release.
    pub reviews: Vec<Review>,
    /// Checks of the release on a clone, after all tiers, in the transaction that is rolled back.
    pub revalidations: Vec<Revalidation>,
    /// Prefixes of the schema-qualified names of the packet's own objects. No other object may have a name that begins with one of them.
    pub prefixes: Vec<String>,
    /// The objects that the packet creates.
    pub packet: Objects,
    /// Tables whose content is part of the fingerprint.
    pub governed: Vec<Governed>,
}

/// The release, its database, and the rules that hold for the whole release.
#[derive(Debug, Default)]
pub struct Header {
    /// Short stable name, for reports.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// The only database that a release may be applied to.
    pub database: String,
    /// The role that releases.
    pub role: String,
    /// Pattern of the names that a clone may have. `None` if there are no clones.
    pub clone_database: Option<String>,
    /// The two numbers of the run's advisory lock.
    pub run_lock: [i32; 2],
    /// Server majors whose shapes were derived.
    pub servers: Vec<u32>,
    /// Command tags of the DDL that the tiers and their rollbacks run.
    pub commands: Vec<String>,
    /// The largest number of locks that the release or its rollback holds at once.
    pub locks: u32,
    /// What cannot be rehearsed, because the tiers cannot all run in one transaction: `apply`, `rollback`, both or neither. An example is a tier
    /// that uses an enum value which an earlier tier adds.
    pub apart: Vec<String>,
    /// Relations that the release only reads and that must not change while a tier runs.
    pub hold: Vec<String>,
    /// Tables that the application writes at any time. Their rows are counted, but the counts are not judged.
    pub live: Vec<String>,
    /// Checks that every tier makes before it writes.
    pub every: Vec<String>,
    /// Checks that every tier makes after it wrote.
    pub every_after: Vec<String>,
    /// Relations that no command ever writes.
    pub never_write: Vec<String>,
    /// The schemas in which the author's own statements look for names, separated by commas.
    pub search_path: String,
}

/// The human gate: the table of approvals, the checks, and the texts for people.
#[derive(Debug, Default)]
pub struct Gate {
    /// The table of approvals. The release reads it and never writes it.
    pub table: String,
    /// The names of the columns in the table of approvals.
    pub columns: ApprovalColumns,
    /// Checks that only people can meet.
    pub checks: Vec<String>,
    /// The pattern of an approval code.
    pub apr_pattern: String,
    /// An example of a code that matches the pattern.
    pub apr_example: String,
    /// How many people must have signed at each level.
    pub levels: BTreeMap<String, u32>,
    /// Whether missing signatures at a level stop the release. Otherwise they are a warning.
    pub stops: bool,
    /// Whether only an approval that names this release's digest counts.
    pub bound: bool,
    /// Whether nobody may sign twice.
    pub distinct: bool,
    /// What people must do to open the gate.
    pub human_step: String,
}

/// A read-only script: preflight or verify.
#[derive(Debug, Default)]
pub struct ReadOnlyPart {
    /// Path of the script below `sql/`.
    pub file: String,
    /// The client's deadline, in milliseconds.
    pub timeout_ms: u64,
    /// The script's checks in the guard part, as the page lists them.
    pub before: Vec<String>,
    /// The script's checks in the assert part, as the page lists them.
    pub after: Vec<String>,
    /// Checks that the guard part must report.
    pub guard: Vec<String>,
    /// Checks that the assert part must report.
    pub assert: Vec<String>,
    /// The name of the check that is met only if no object of the packet exists. If it is met, the states of the tiers need not be read.
    pub greenfield: Option<String>,
}

/// One tier: its files, what it may write, and what it must have written.
#[derive(Clone, Debug, Default)]
pub struct Tier {
    /// The number of the tier, from 1 to 8. Tiers run in this order.
    pub number: u8,
    /// Short stable name.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// Why the release has this tier, in the author's words.
    pub why: String,
    /// The folder of the tier's sources below `sql/`.
    pub folder: String,
    /// Path of the tier's script below `sql/`.
    pub file: String,
    /// Path of the tier's rollback script below `sql/`.
    pub rollback: String,
    /// The client's deadline, in milliseconds.
    pub timeout_ms: u64,
    /// Whether the tier may run again without any change if its objects already exist exactly as shipped.
    pub repeatable: bool,
    /// The tier's own checks before it writes, as the page lists them.
    pub before: Vec<String>,
    /// The tier's own checks after it wrote.
    pub after: Vec<String>,
    /// The tier's own checks before its rollback.
    pub down_before: Vec<String>,
    /// The tier's own checks after its rollback.
    pub down_after: Vec<String>,
    /// Checks that the tier's guard must report.
    pub guard: Vec<String>,
    /// Checks that the tier's assert part must report.
    pub assert: Vec<String>,
    /// Checks that the rollback's guard must report.
    pub rollback_guard: Vec<String>,
    /// Checks that the rollback's assert part must report.
    pub rollback_assert: Vec<String>,
    /// Existing relations that the tier may write.
    pub writes: Vec<String>,
    /// Existing relations whose shape the tier changes.
    pub alters: Vec<String>,
    /// Existing functions, types and schemas that the tier changes. A type is written `type NAME`, a schema `schema NAME`.
    pub reworks: Vec<String>,
    /// Relations outside the packet that the tier or its rollback locks against writers, but neither writes nor alters.
    pub touches: Vec<String>,
    /// Relations outside the packet that the tier locks ACCESS EXCLUSIVE.
    pub exclusive: Vec<String>,
    /// Relations outside the packet that the tier's rollback locks ACCESS EXCLUSIVE.
    pub down_exclusive: Vec<String>,
    /// The checks after the tier's changes, each with its expected value, for people.
    pub expects: Vec<String>,
    /// The checks that can stop the tier before it writes, each with its expected value, for people.
    pub stops: Vec<String>,
    /// Whether the tier may create the packet's objects. Its rollback drops them.
    pub creates: bool,
    /// How many rows the tier writes to each relation. A relation that is not listed must not be written.
    pub deltas: BTreeMap<String, Delta>,
    /// How many rows the rollback of the tier writes to each relation.
    pub rollback_deltas: BTreeMap<String, Delta>,
    /// The rules that the tier adds to existing tables.
    pub rules: Vec<Rule>,
    /// The shapes of the objects after the tier is applied.
    pub shapes: Vec<Shape>,
    /// Those of the objects in `shapes` that the tier itself created. Of the other objects it changed only a part.
    pub own: Vec<String>,
    /// The rows that exist after the tier is applied.
    pub contents: Vec<Content>,
    /// Relations in which the tier may insert or update any number of rows.
    pub upserts: Vec<String>,
    /// The columns that the tier adds to existing tables, as `schema.table.column`. The rollback drops them with their values.
    pub adds: Vec<String>,
    /// Those of `upserts` from which the tier deletes rows.
    pub deletes: Vec<String>,
    /// Those of `upserts` from which the tier's rollback deletes rows.
    pub rollback_deletes: Vec<String>,
    /// Tables that the tier creates and fills from rows of the database. Their rows are not compared.
    pub copies: Vec<String>,
    /// Whether this is an action, which is not a tier of the release and has no state.
    pub action: bool,
    /// The row or relation that proves the tier's COMMIT.
    pub proof_row: ProofRow,
}

impl Header {
    /// Whether the author's statements look for names only in `pg_catalog`, as the engine's statements do.
    pub fn is_plain_path(&self) -> bool {
        self.search_path == "pg_catalog"
    }

    /// The `search_path` of the author's statements. The temporary schema comes last, so that it shadows nothing.
    pub fn sealed_path(&self) -> String {
        format!("{}, pg_temp", self.search_path)
    }
}

impl Tier {
    /// Tables that the tier locks before it writes. A live table is left out, because the statement that writes it takes the lock.
    pub fn locked(&self) -> impl Iterator<Item = &String> {
        self.writes.iter().filter(|table| !self.upserts.contains(table))
    }

    /// Whether the tier or its rollback writes to the catalog.
    pub fn makes(&self) -> bool {
        self.creates || !self.shapes.is_empty() || self.catalogued().next().is_some()
    }

    /// Whether the tier's own objects or rows show that it is applied. If not, because the tier only changes what existed before, its state
    /// must be queried. Rows of a table that the tier also alters do not show it, because they may have values in columns that it adds.
    pub fn is_seen(&self) -> bool {
        !self.own.is_empty() || self.contents.iter().any(|content| !self.reshapes(&content.table))
    }

    /// Whether the tier created this object, or renamed an existing object to this name.
    pub fn made(&self, object: &str) -> bool {
        self.own.iter().any(|own| own == object)
    }

    /// Whether this is the shape of an object that the tier creates: one with a free name, or a new view with the name of a renamed object.
    pub fn creates_object(&self, shape: &Shape) -> bool {
        shape.from.is_empty() && (self.made(&shape.object) || shape.renamed && !shape.dropped)
    }

    /// Whether the tier renames an existing object to this name.
    pub fn renames(&self, object: &str) -> bool {
        self.shapes.iter().any(|shape| shape.object == object && !shape.from.is_empty())
    }
}

impl Descriptor {
    /// The page of the same packet in another schema: every name of the packet's own objects is replaced.
    ///
    /// # Errors
    /// Returns the same errors as [`Descriptor::of`].
    pub fn in_schema(&self, sources: &Files, schema: &str) -> Result<Self, String> {
        let names = Renamed::of(self, schema);
        let pages = |path: &str| [PAGE, EXTRAS, DERIVED].contains(&path);
        let renamed = sources
            .iter()
            .map(|(path, text)| (path.clone(), if pages(path) { names.apply(text) } else { text.clone() }));
        Self::of(&renamed.collect())
    }

    /// The objects that the structure digest includes: those of the contract and of the packet, and all objects whose names begin with one
    /// of the packet's prefixes.
    pub fn structure_scope(&self) -> Vec<String> {
        let contract = self.contract.iter().map(|known| known.object.clone());
        let own = self.relations().into_iter().chain(&self.packet.functions).cloned();
        contract.chain(own).chain(self.prefixes.iter().map(|prefix| format!("{prefix}*"))).collect()
    }

    /// Whether a database with this name is a clone by the packet's pattern.
    pub fn is_clone(&self, name: &str) -> bool {
        let Some((prefix, digits)) = self.release.clone_database.as_deref().and_then(clone_pattern) else {
            return false;
        };
        let rest = name.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.len() == digits && rest.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// The name of a clone that is made on this day (`YYYYMMDD`).
    pub fn clone_name(&self, day: &str) -> String {
        let pattern = self.release.clone_database.as_deref().and_then(clone_pattern);
        pattern.map_or_else(String::new, |(prefix, _)| format!("{prefix}{day}"))
    }

    /// The pattern of clone names as a regular expression. If there are no clones, it matches no name.
    pub fn clone_rule(&self) -> &str {
        self.release.clone_database.as_deref().unwrap_or("^$")
    }

    /// The action with this name.
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.run.name == name)
    }

    /// The action that this command runs, such as `scan --write`.
    pub fn action_of(&self, verb: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.verb == verb)
    }

    /// Whether the tier changes the shape of a relation in a way that only its owner may. A trigger does not need the owner.
    pub fn is_reshaped(&self, relation: &str) -> bool {
        let triggers = |words: &str| words.split(' ').all(|word| word.is_empty() || word.starts_with("trigger."));
        let reshapes = |shape: &Shape| shape.renamed || !(triggers(&shape.parts) && triggers(&shape.before));
        let mut shapes = self.tiers.iter().filter(|tier| !tier.made(relation)).flat_map(|tier| &tier.shapes);
        shapes.any(|shape| shape.object == relation && reshapes(shape))
    }

    /// The existing objects outside the contract that a tier changes in a way that only their owner may: functions, types, schemas, sequences
    /// and partitions.
    pub fn owned_beside(&self) -> BTreeSet<&str> {
        let only_grants = |words: &str| words.split(' ').all(|word| word.is_empty() || word.starts_with("grants"));
        let is_changed = |shape: &&Shape| shape.renamed || !(only_grants(&shape.parts) && only_grants(&shape.before));
        let in_contract = |name: &str| self.contract.iter().any(|known| known.object == name);
        let own = self.packet.keys();
        let changed = self.tiers.iter().flat_map(|tier| &tier.shapes).filter(is_changed);
        let changed = changed.map(|shape| shape.object.as_str());
        changed.filter(|name| !in_contract(name) && !own.iter().any(|own| own == name)).collect()
    }

    /// Schemas in which the packet creates objects, without the schemas that it creates itself.
    pub fn made_in(&self) -> Vec<String> {
        let packet = &self.packet;
        let all = self.relations().into_iter().chain(&packet.functions).chain(&packet.types);
        let schemas = all.filter_map(|name| name.split_once('.')).map(|(schema, _)| schema.to_owned());
        let schemas: BTreeSet<String> = schemas.filter(|name| !packet.schemas.contains(name)).collect();
        schemas.into_iter().collect()
    }

    /// The tables that a tier creates and inserts no rows into: those that the page lists as `live`, or the others. Rows in the tier's
    /// other tables are compared by its state.
    pub fn made_empty<'p>(&'p self, tier: &'p Tier, live: bool) -> impl Iterator<Item = &'p String> {
        let is_filled = |table: &str| tier.contents.iter().any(|content| content.table == table);
        let is_named = move |table: &&String| {
            tier.made(table)
                && !is_filled(table)
                && !tier.copies.contains(table)
                && self.release.live.contains(table) == live
        };
        self.packet.tables.iter().filter(is_named)
    }

    /// The packet's tables, views and sequences.
    pub fn relations(&self) -> Vec<&String> {
        self.packet.tables.iter().chain(&self.packet.views).chain(&self.packet.sequences).collect()
    }

    /// The path of every script that the engine splits into parts, from the top of the repository.
    pub fn script_paths(&self) -> Vec<String> {
        let tiers = self.tiers.iter().flat_map(|tier| [&tier.file, &tier.rollback]);
        let frames = self.shadow.iter().flat_map(|shadow| [&shadow.deploy, &shadow.drop]);
        let actions = self.actions.iter().map(|action| &action.run.file).chain(frames);
        let actions = actions.chain(self.revalidations.iter().map(|revalidation| &revalidation.run.file));
        [&self.preflight.file, &self.verify.file]
            .into_iter()
            .chain(tiers)
            .chain(actions)
            .map(|file| format!("sql/{file}"))
            .collect()
    }
}

/// The prefix and the number of digits in a pattern `^name[0-9]{n}$`. Only this form of pattern means the same here and in the SQL guards.
fn clone_pattern(pattern: &str) -> Option<(&str, usize)> {
    let (prefix, count) = pattern.strip_prefix('^')?.strip_suffix("}$")?.split_once("[0-9]{")?;
    let plain = prefix.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let count = count.parse().ok().filter(|count| (1..=40).contains(count))?;
    (plain && !prefix.is_empty()).then_some((prefix, count))
}
