//! The page of a packet as the engine reads it: the only place, with the SQL, where a release's own names and numbers are. It is made of
//! the folder's files; see [`super::form`].

pub(crate) mod extras;
mod promise;
mod renamed;
mod rules;

pub use extras::{Action, NoGo, Revalidation, Review, Shadow};
pub(crate) use renamed::Renamed;
pub(crate) use rules::is_plain_word;

use super::files::Files;
use super::form::{Columns, Content, DERIVED, EXTRAS, Objects, PAGE, Shape};
pub use super::form::{Contracted, Delta, Governed, Witness};
use std::collections::BTreeMap;

/// The whole page.
#[derive(Debug, Default)]
pub struct Descriptor {
    /// Name, target database and what may never be written.
    pub release: Header,
    /// The human gate.
    pub gate: Gate,
    /// What must be there before the release: the prerequisite contract.
    pub contract: Vec<Contracted>,
    /// Tier 0: what must hold before anything is written.
    pub preflight: ReadOnlyPart,
    /// Tier 9: the whole end state.
    pub verify: ReadOnlyPart,
    /// Files in the packet's `preflight/` folder that return several checks, each with the names of those checks.
    pub families: BTreeMap<String, Vec<String>>,
    /// The tiers that write, in order.
    pub tiers: Vec<Tier>,
    /// What may be run on the released database, as tiers are.
    pub actions: Vec<Action>,
    /// Tiers in a separate schema, without an approval.
    pub shadow: Option<Shadow>,
    /// What stays NO-GO when the release is applied.
    pub no_go: Vec<NoGo>,
    /// What a person confirms by name before the release.
    pub reviews: Vec<Review>,
    /// What is checked of the release on a clone, after all tiers, in the transaction that is rolled back.
    pub revalidations: Vec<Revalidation>,
    /// What every schema-qualified name of the packet's own objects begins with, and no other name may.
    pub prefixes: Vec<String>,
    /// The objects that the packet creates.
    pub packet: Objects,
    /// Tables whose content the fingerprint judges.
    pub governed: Vec<Governed>,
}

/// What is released, and where.
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
    /// Pattern of the names that a clone may have; none where there are no clones.
    pub clone_database: Option<String>,
    /// The two numbers of the run's advisory lock.
    pub run_lock: [i32; 2],
    /// Server majors whose shapes were derived.
    pub servers: Vec<u32>,
    /// Command tags of the DDL that the tiers and their rollbacks run.
    pub commands: Vec<String>,
    /// Locks that the release holds at once.
    pub locks: u32,
    /// Relations that are only read and must not change while a tier runs.
    pub hold: Vec<String>,
    /// Tables that the application writes at any time: counted, never judged.
    pub live: Vec<String>,
    /// Checks that every tier makes before it writes.
    pub every: Vec<String>,
    /// Checks that every tier makes after it wrote.
    pub every_after: Vec<String>,
    /// Relations that no command ever writes.
    pub never_write: Vec<String>,
    /// The schemas in which the author's own statements look for names.
    pub search_path: String,
}

/// The human gate: which table, which checks, which words.
#[derive(Debug, Default)]
pub struct Gate {
    /// The table of approvals; read, never written.
    pub table: String,
    /// Its columns.
    pub columns: Columns,
    /// Checks that only people can meet.
    pub checks: Vec<String>,
    /// Rule for an approval code.
    pub apr_pattern: String,
    /// A code that obeys the rule.
    pub apr_example: String,
    /// How many people must have signed at each level.
    pub levels: BTreeMap<String, u32>,
    /// An approval whose levels are not complete stops the release; else it is a warning.
    pub stops: bool,
    /// Only an approval that names this release's digest counts.
    pub bound: bool,
    /// Nobody may sign twice.
    pub distinct: bool,
    /// What people must do to open the gate.
    pub human_step: String,
}

/// A read-only script: preflight or verify.
#[derive(Debug, Default)]
pub struct ReadOnlyPart {
    /// Path below `sql/`.
    pub file: String,
    /// The client's deadline, in milliseconds.
    pub timeout_ms: u64,
    /// Its checks in the guard part, as the page lists them.
    pub before: Vec<String>,
    /// Its checks in the assert part, as the page lists them.
    pub after: Vec<String>,
    /// Checks that the guard part must emit.
    pub guard: Vec<String>,
    /// Checks that the assert part must emit.
    pub assert: Vec<String>,
    /// The check that is met only where nothing of the packet is there: then the states of the tiers need not be read.
    pub greenfield: Option<String>,
}

/// One tier: its files, what it may write and what it must have written.
#[derive(Clone, Debug, Default)]
pub struct Tier {
    /// 1 to 8; the order of execution.
    pub number: u8,
    /// Short stable name.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// Why it is there, in the author's words.
    pub why: String,
    /// Folder of its sources below `sql/`.
    pub folder: String,
    /// Name of its members, without folder and ending.
    pub member: String,
    /// Path of the tier below `sql/`.
    pub file: String,
    /// Path of its rollback below `sql/`.
    pub undo: String,
    /// The client's deadline, in milliseconds.
    pub timeout_ms: u64,
    /// When its objects already exist exactly as shipped, running it again changes nothing.
    pub repeatable: bool,
    /// Its own checks before it writes, as the page lists them.
    pub before: Vec<String>,
    /// Its own checks after it wrote.
    pub after: Vec<String>,
    /// Its own checks before its rollback.
    pub down_before: Vec<String>,
    /// Its own checks after its rollback.
    pub down_after: Vec<String>,
    /// Checks that the tier's guard must emit.
    pub guard: Vec<String>,
    /// Checks that the tier's assert part must emit.
    pub assert: Vec<String>,
    /// Checks that the rollback's guard must emit.
    pub undo_guard: Vec<String>,
    /// Checks that the rollback's assert part must emit.
    pub undo_assert: Vec<String>,
    /// Existing relations that the tier may write.
    pub writes: Vec<String>,
    /// Existing relations whose shape it changes.
    pub alters: Vec<String>,
    /// Relations, not the packet's, that it locks against writers and neither writes nor alters.
    pub touches: Vec<String>,
    /// Relations, not the packet's, that it locks ACCESS EXCLUSIVE.
    pub exclusive: Vec<String>,
    /// The same of its rollback.
    pub down_exclusive: Vec<String>,
    /// What is asserted: checks with what they expect.
    pub expects: Vec<String>,
    /// What stops it: checks with what they expect.
    pub stops: Vec<String>,
    /// May create the packet's objects; its rollback drops them.
    pub creates: bool,
    /// Rows written by the tier, by relation; absent means none.
    pub deltas: BTreeMap<String, Delta>,
    /// Rows written by its rollback.
    pub undo_deltas: BTreeMap<String, Delta>,
    /// Shapes that are there when it is applied.
    pub shapes: Vec<Shape>,
    /// The objects among them that it made itself; of the others it changed a part.
    pub own: Vec<String>,
    /// Rows that are there when it is applied.
    pub contents: Vec<Content>,
    /// Relations that may gain or change rows, any number; none may be lost.
    pub upserts: Vec<String>,
    /// It is an action: not a tier of the release, and without a state.
    pub action: bool,
    /// The row that proves the tier's COMMIT.
    pub witness: Witness,
}

impl Header {
    /// The author's statements look for names where the engine's do.
    pub fn is_plain_path(&self) -> bool {
        self.search_path == "pg_catalog"
    }

    /// The path of the author's statements, with the temporary schema at its end, where it shadows nothing.
    pub fn sealed_path(&self) -> String {
        format!("{}, pg_temp", self.search_path)
    }
}

impl Tier {
    /// Tables that it locks before it writes: a live one is locked as its statement does.
    pub fn locked(&self) -> impl Iterator<Item = &String> {
        self.writes.iter().filter(|table| !self.upserts.contains(table))
    }

    /// Whether it, or its rollback, writes to the catalogue.
    pub fn makes(&self) -> bool {
        self.creates || !self.alters.is_empty() || !self.touches.is_empty() || !self.shapes.is_empty()
    }

    /// Relations that it may lock against others: those that it writes, alters, or only touches.
    pub fn locks(&self) -> impl Iterator<Item = &String> {
        self.writes.iter().chain(&self.alters).chain(&self.touches)
    }

    /// Whether what it made, or the rows that it wrote, show by themselves that it is there. One that only changes what was there before
    /// is asked for its state.
    pub fn is_seen(&self) -> bool {
        !self.own.is_empty() || !self.contents.is_empty()
    }

    /// Whether it made that object.
    pub fn made(&self, object: &str) -> bool {
        self.own.iter().any(|own| own == object)
    }
}

impl Descriptor {
    /// The page as it is of the same packet in another schema: every name of the packet's own objects is replaced.
    ///
    /// # Errors
    /// As [`Descriptor::of`].
    pub fn in_schema(&self, sources: &Files, schema: &str) -> Result<Self, String> {
        let names = Renamed::of(self, schema);
        let pages = |path: &str| [PAGE, EXTRAS, DERIVED].contains(&path);
        let renamed = sources
            .iter()
            .map(|(path, text)| (path.clone(), if pages(path) { names.apply(text) } else { text.clone() }));
        Self::of(&renamed.collect())
    }

    /// What the structure digest looks at: the objects of the contract and of the packet, and what bears a name of the packet's.
    pub fn structure_scope(&self) -> Vec<String> {
        let contract = self.contract.iter().map(|known| known.object.clone());
        let own = self.relations().into_iter().chain(&self.packet.functions).cloned();
        contract.chain(own).chain(self.prefixes.iter().map(|prefix| format!("{prefix}*"))).collect()
    }

    /// Whether a database of that name is a clone by the packet's rule.
    pub fn is_clone(&self, name: &str) -> bool {
        let Some((prefix, digits)) = self.release.clone_database.as_deref().and_then(clone_pattern) else {
            return false;
        };
        let rest = name.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.len() == digits && rest.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// The name that a clone made on a day (`YYYYMMDD`) has.
    pub fn clone_name(&self, day: &str) -> String {
        let pattern = self.release.clone_database.as_deref().and_then(clone_pattern);
        pattern.map_or_else(String::new, |(prefix, _)| format!("{prefix}{day}"))
    }

    /// The rule for a clone's name as a regular expression; one that no name obeys where there are no clones.
    pub fn clone_rule(&self) -> &str {
        self.release.clone_database.as_deref().unwrap_or("^$")
    }

    /// The action of that name.
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.run.name == name)
    }

    /// Relations whose rows in the catalogue the tiers write: the packet's own, and those that they alter or touch.
    pub fn catalogued(&self) -> Vec<&String> {
        let mut names = self.relations();
        for name in self.tiers.iter().flat_map(|tier| tier.alters.iter().chain(&tier.touches)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Schemas, not the packet's own, in which it makes objects.
    pub fn made_in(&self) -> Vec<String> {
        let packet = &self.packet;
        let all = self.relations().into_iter().chain(&packet.functions).chain(&packet.types);
        let schemas = all.filter_map(|name| name.split_once('.')).map(|(schema, _)| schema.to_owned());
        let schemas: std::collections::BTreeSet<String> =
            schemas.filter(|name| !packet.schemas.contains(name)).collect();
        schemas.into_iter().collect()
    }

    /// The indexes that come with the packet's tables, schema-qualified.
    pub fn index_names(&self) -> Vec<String> {
        let shapes = self.tiers.iter().flat_map(|tier| &tier.shapes);
        let of_shape = |shape: &Shape| -> Vec<String> {
            let schema = shape.object.split_once('.').map_or("public", |(schema, _)| schema).to_owned();
            let names = shape.parts.split(' ').filter_map(|part| part.strip_prefix("index.")?.rsplit_once(':'));
            names.map(|(name, _)| format!("{schema}.{name}")).collect()
        };
        shapes.flat_map(of_shape).collect()
    }

    /// The packet's tables, views and sequences.
    pub fn relations(&self) -> Vec<&String> {
        self.packet.tables.iter().chain(&self.packet.views).chain(&self.packet.sequences).collect()
    }

    /// Every script that the engine cuts, by its path from the top of the repository.
    pub fn script_paths(&self) -> Vec<String> {
        let tiers = self.tiers.iter().flat_map(|tier| [&tier.file, &tier.undo]);
        let frames = self.shadow.iter().flat_map(|shadow| [&shadow.deploy, &shadow.drop]);
        let actions = self.actions.iter().map(|action| &action.run.file).chain(frames);
        let actions = actions.chain(self.revalidations.iter().map(|asked| &asked.run.file));
        [&self.preflight.file, &self.verify.file]
            .into_iter()
            .chain(tiers)
            .chain(actions)
            .map(|file| format!("sql/{file}"))
            .collect()
    }
}

/// The one form of pattern that is understood here and by the SQL guards alike: `^name[0-9]{n}$`.
fn clone_pattern(pattern: &str) -> Option<(&str, usize)> {
    let (prefix, count) = pattern.strip_prefix('^')?.strip_suffix("}$")?.split_once("[0-9]{")?;
    let plain = prefix.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let count = count.parse().ok().filter(|count| (1..=40).contains(count))?;
    (plain && !prefix.is_empty()).then_some((prefix, count))
}
