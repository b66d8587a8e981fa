//! `sql/release.toml`, the page of a packet: the only place, with the SQL, where the release's own names and numbers are.

pub(crate) mod extras;
mod promise;
mod renamed;
mod rules;

pub use extras::{Action, NoGo, Revalidation, Review, Shadow};
pub(crate) use renamed::Renamed;

use serde::Deserialize;
use std::collections::BTreeMap;

/// The whole page. Unknown keys are refused, so that a typing error cannot switch a rule off.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Descriptor {
    /// Version of this format; 2.
    pub schema: u32,
    /// Name, target database and what may never be written.
    pub release: Header,
    /// The human gate.
    pub gate: Gate,
    /// What must be there before the release: the prerequisite contract.
    #[serde(default)]
    pub contract: Vec<Contracted>,
    /// Tier 0: what must hold before anything is written.
    pub preflight: ReadOnlyPart,
    /// Tier 9: the whole end state.
    pub verify: ReadOnlyPart,
    /// The tiers that write, in order.
    #[serde(rename = "tier")]
    pub tiers: Vec<Tier>,
    /// What may be run on the released database, as tiers are.
    #[serde(default, rename = "action")]
    pub actions: Vec<Action>,
    /// Tiers in a separate schema, without an approval.
    pub shadow: Option<Shadow>,
    /// What stays NO-GO when the release is applied.
    #[serde(default)]
    pub no_go: Vec<NoGo>,
    /// What a person confirms by name before the release.
    #[serde(default, rename = "review")]
    pub reviews: Vec<Review>,
    /// What is checked of the release on a clone, after all tiers, in the transaction that is rolled back.
    #[serde(default, rename = "revalidation")]
    pub revalidations: Vec<Revalidation>,
    /// The objects that the packet creates.
    pub packet: Packet,
    /// Tables whose content the fingerprint judges.
    #[serde(default)]
    pub governed: Vec<Governed>,
    /// Tables that the application goes on writing: counted, never judged.
    #[serde(default)]
    pub organic: Vec<Organic>,
}

/// What is released, and where.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Short stable name, for reports.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// The only database that a release may be applied to.
    pub database: String,
    /// Regular expression of the names that a clone may have.
    pub clone_database: String,
    /// Prefix of the session settings that the SQL reads.
    pub settings: String,
    /// The two numbers of the run's advisory lock.
    pub run_lock: [i32; 2],
    /// Server majors that the release was tried on.
    pub servers: Vec<u32>,
    /// Relations that are only read and must not change while a tier runs.
    #[serde(default)]
    pub hold: Vec<String>,
    /// Checks that every tier makes before it writes.
    #[serde(default)]
    pub every: Vec<String>,
    /// Relations that no command ever writes.
    pub never_write: Vec<String>,
}

/// An object of the prerequisite contract.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contracted {
    /// Its schema-qualified name.
    pub object: String,
    /// `table` or `view`.
    pub kind: String,
    /// The columns that the packet may use, `name:category` with a blank between.
    #[serde(default)]
    pub columns: String,
    /// Privileges that the releasing role needs, with a blank between.
    #[serde(default = "select")]
    pub needs: String,
}

fn select() -> String {
    "SELECT".to_owned()
}

/// The human gate: which table, which checks, which words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// The table of approvals; read, never written.
    pub table: String,
    /// Checks that only people can meet.
    pub checks: Vec<String>,
    /// Rule for an approval code.
    pub apr_pattern: String,
    /// A code that obeys the rule.
    pub apr_example: String,
    /// What people must do to open the gate.
    pub human_step: String,
    /// The levels that sign, with how many signatures each gives.
    #[serde(default)]
    pub levels: BTreeMap<String, u32>,
}

/// A read-only script: preflight or verify.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadOnlyPart {
    /// Path below `sql/`.
    #[serde(default)]
    pub file: String,
    /// The client's deadline, in milliseconds.
    pub timeout_ms: u64,
    /// Its checks in the guard part, as the page lists them.
    #[serde(default)]
    pub before: Vec<String>,
    /// Its checks in the assert part, as the page lists them.
    #[serde(default)]
    pub after: Vec<String>,
    /// Files that answer more checks than the one of their name, with the names of those checks.
    #[serde(default)]
    pub families: BTreeMap<String, Vec<String>>,
    /// Checks that the guard part must emit.
    #[serde(default, skip)]
    pub guard: Vec<String>,
    /// Checks that the assert part must emit.
    #[serde(default, skip)]
    pub assert: Vec<String>,
    /// The check that is met only where nothing of the packet is there: then the states of the tiers need not be read.
    #[serde(default)]
    pub greenfield: Option<String>,
}

/// One tier: its files, what it may write and what it must have written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// 1 to 8; the order of execution.
    pub number: u8,
    /// Short stable name.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// Folder of its sources below `sql/`.
    pub folder: String,
    /// Name of its members, without folder and ending.
    pub member: String,
    /// Path of the tier below `sql/`.
    #[serde(default, skip)]
    pub file: String,
    /// Path of its rollback below `sql/`.
    #[serde(default, skip)]
    pub undo: String,
    /// The client's deadline, in milliseconds.
    pub timeout_ms: u64,
    /// Over its own exact objects it changes nothing.
    #[serde(default)]
    pub repeatable: bool,
    /// Its own checks before it writes, as the page lists them.
    #[serde(default)]
    pub before: Vec<String>,
    /// Its own checks after it wrote.
    #[serde(default)]
    pub after: Vec<String>,
    /// Its own checks before its rollback.
    #[serde(default)]
    pub down_before: Vec<String>,
    /// Its own checks after its rollback.
    #[serde(default)]
    pub down_after: Vec<String>,
    /// Checks that the tier's guard must emit.
    #[serde(default, skip)]
    pub guard: Vec<String>,
    /// Checks that the tier's assert part must emit.
    #[serde(default, skip)]
    pub assert: Vec<String>,
    /// Checks that the rollback's guard must emit.
    #[serde(default, skip)]
    pub undo_guard: Vec<String>,
    /// Checks that the rollback's assert part must emit.
    #[serde(default, skip)]
    pub undo_assert: Vec<String>,
    /// Existing relations that the tier may write.
    pub writes: Vec<String>,
    /// What it reads, in words.
    #[serde(default)]
    pub reads: String,
    /// What is asserted, in words.
    #[serde(default)]
    pub expects: Vec<String>,
    /// What stops it, in words.
    #[serde(default)]
    pub stops: Vec<String>,
    /// May create the packet's objects; its rollback drops them.
    #[serde(default)]
    pub creates: bool,
    /// Rows written by the tier, by relation; absent means none.
    #[serde(default)]
    pub deltas: BTreeMap<String, Delta>,
    /// Rows written by its rollback.
    #[serde(default)]
    pub undo_deltas: BTreeMap<String, Delta>,
    /// Relations that may gain or change rows, any number; none may be lost. Of actions only.
    #[serde(default, skip)]
    pub upserts: Vec<String>,
    /// It is an action: not a tier of the release, and without a state.
    #[serde(default, skip)]
    pub action: bool,
    /// The row that proves the tier's COMMIT.
    pub witness: Witness,
}

/// Rows inserted, updated and deleted in one relation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delta {
    /// Rows that were not there before.
    pub inserted: i64,
    /// Rows that were there and changed.
    pub updated: i64,
    /// Rows that are no longer there.
    pub deleted: i64,
}

/// One row that the tier writes at top level (so that its `xmin` is the transaction itself), or the relation it creates.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// The relation.
    pub table: String,
    /// Column that names the row; absent when `relation` is set.
    pub column: Option<String>,
    pub value: Option<String>,
    /// The witness is the relation's own catalogue row.
    #[serde(default)]
    pub relation: bool,
}

/// The objects that the packet creates, schema-qualified.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packet {
    /// What every schema-qualified name of the packet's own objects begins with, and no other name may.
    #[serde(default)]
    pub prefixes: Vec<String>,
    /// Tables, in the order of their creation.
    pub tables: Vec<String>,
    /// Views, in the order of their creation.
    pub views: Vec<String>,
    /// Functions with their argument types.
    pub functions: Vec<String>,
}

/// A table whose content the fingerprint holds.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Governed {
    pub table: String,
    /// Contract or packet columns, in the order of the digest.
    pub columns: Vec<String>,
    /// Columns that differ from run to run (defaults, clocks).
    #[serde(default)]
    pub volatile: Vec<String>,
}

/// A table that the application writes at any time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organic {
    pub table: String,
}

impl Descriptor {
    /// Reads the text, holds it against itself, and works out which checks each part of each member makes.
    ///
    /// # Errors
    /// The parser's words with line and column, or the contradiction.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut page: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        "prod/00_preflight.sql".clone_into(&mut page.preflight.file);
        "prod/90_verify.sql".clone_into(&mut page.verify.file);
        for tier in &mut page.tiers {
            tier.file = format!("prod/{}.sql", tier.member);
            tier.undo = format!("prod_rollback/{}.sql", tier.member);
        }
        if let Some(reason) = page.contradiction() {
            return Err(reason);
        }
        page.promise();
        Ok(page)
    }

    /// The page as it is of the same packet in another schema: every name of the packet's own objects is replaced.
    ///
    /// # Errors
    /// As [`Descriptor::parse`].
    pub fn in_schema(&self, text: &str, schema: &str) -> Result<Self, String> {
        Self::parse(&Renamed::of(self, schema).apply(text))
    }

    /// What the structure digest looks at: the objects of the contract and of the packet, and what bears a name of the packet's.
    pub fn structure_scope(&self) -> Vec<String> {
        let contract = self.contract.iter().map(|known| known.object.clone());
        let own = self.relations().into_iter().chain(&self.packet.functions).cloned();
        contract.chain(own).chain(self.packet.prefixes.iter().map(|prefix| format!("{prefix}*"))).collect()
    }

    /// Whether a database of that name is a clone by the packet's rule.
    pub fn is_clone(&self, name: &str) -> bool {
        let Some((prefix, digits)) = clone_pattern(&self.release.clone_database) else { return false };
        let rest = name.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.len() == digits && rest.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// The name that a clone made on a day (`YYYYMMDD`) has.
    pub fn clone_name(&self, day: &str) -> String {
        clone_pattern(&self.release.clone_database).map_or_else(String::new, |(prefix, _)| format!("{prefix}{day}"))
    }

    /// The action of that name.
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.run.name == name)
    }

    /// The packet's tables and views.
    pub fn relations(&self) -> Vec<&String> {
        self.packet.tables.iter().chain(&self.packet.views).collect()
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
