//! `sql/release.toml`: the packet as data. The only place, with the SQL, where the release's own names and numbers stand.

use super::ReleaseError;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The whole descriptor. Unknown keys are refused, so that a typing error cannot switch a rule off.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Descriptor {
    /// Version of this format; 1.
    pub schema: u32,
    /// Name, target database and what may never be written.
    pub release: Header,
    /// The human gate.
    pub gate: Gate,
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
    /// Tiers in a schema of their own, without ratification.
    pub shadow: Option<Shadow>,
    /// What stays NO-GO when the release stands.
    #[serde(default)]
    pub no_go: Vec<NoGo>,
    /// What a person confirms by name before the release.
    #[serde(default, rename = "review")]
    pub reviews: Vec<Review>,
    /// What is asked of the release on a clone, after all tiers, in the transaction that is rolled back.
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
    /// Relations that no command ever writes.
    pub never_write: Vec<String>,
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
}

/// A read-only script: preflight or verify.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadOnlyPart {
    /// Path below `sql/`.
    pub file: String,
    /// The client's deadline, in milliseconds.
    pub timeout_ms: u64,
    /// Checks that the guard part must emit.
    pub guard: Vec<String>,
    /// Checks that the assert part must emit.
    pub assert: Vec<String>,
    /// The check that is met only where nothing of the packet is there: then no more need be asked of what stands.
    #[serde(default)]
    pub greenfield: Option<String>,
}

/// One tier: its files, what it may write and what it must have written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// 1 to 8; the order of execution.
    pub number: u8,
    /// Short stable name.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// Path of the tier below `sql/`.
    pub file: String,
    /// Path of its rollback below `sql/`.
    pub undo: String,
    /// The client's deadline, in milliseconds.
    pub timeout_ms: u64,
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
    /// It is an action: no tier of the release, with no state of its own.
    #[serde(default, skip)]
    pub action: bool,
    /// The row that proves the tier's COMMIT.
    pub witness: Witness,
}

/// What may be run on the released database besides the release. It runs as a tier does, through the same executor and judge.
#[derive(Debug, Deserialize)]
#[serde(from = "DeclaredAction")]
pub struct Action {
    /// Refused unless every tier stands.
    pub needs_release: bool,
    /// What the executor runs: number 0, no undo.
    pub run: Tier,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclaredAction {
    name: String,
    title: String,
    file: String,
    timeout_ms: u64,
    guard: Vec<String>,
    assert: Vec<String>,
    writes: Vec<String>,
    #[serde(default)]
    upserts: Vec<String>,
    #[serde(default)]
    needs_release: bool,
    #[serde(default)]
    deltas: BTreeMap<String, Delta>,
    witness: ActionWitness,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionWitness {
    table: String,
}

/// Tiers that may stand in a schema of their own, inert.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shadow {
    /// That schema.
    pub schema: String,
    /// Numbers of the tiers.
    pub tiers: Vec<u8>,
    /// The frame that their bodies and assertions are put into, below `sql/`.
    pub deploy: String,
    /// The frame of the removal.
    pub drop: String,
    /// Checks that have no meaning there.
    pub omit: Vec<String>,
    /// The client's deadline, in milliseconds.
    pub timeout_ms: u64,
}

/// Something that the release does not bring about.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct NoGo {
    /// What is not to be done.
    pub what: String,
    /// Why, or when.
    pub why: String,
}

/// A table of the release that a person confirms, row by row.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// What is confirmed.
    pub title: String,
    /// Headings.
    pub columns: Vec<String>,
    /// Rows, a text a column.
    pub rows: Vec<Vec<String>>,
}

/// A script that is run on a clone after the tiers, and never kept.
#[derive(Debug, Deserialize)]
#[serde(from = "DeclaredRevalidation")]
pub struct Revalidation {
    /// What the executor runs.
    pub run: Tier,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclaredRevalidation {
    name: String,
    title: String,
    file: String,
    timeout_ms: u64,
    guard: Vec<String>,
    assert: Vec<String>,
    /// It makes the packet's own objects anew.
    #[serde(default)]
    creates: bool,
}

impl From<DeclaredRevalidation> for Revalidation {
    fn from(declared: DeclaredRevalidation) -> Self {
        let creates = declared.creates;
        let action = Action::from(DeclaredAction {
            name: declared.name,
            title: declared.title,
            file: declared.file,
            timeout_ms: declared.timeout_ms,
            guard: declared.guard,
            assert: declared.assert,
            writes: Vec::new(),
            upserts: Vec::new(),
            needs_release: false,
            deltas: BTreeMap::new(),
            // Nothing of it is committed, so nothing has to prove a COMMIT.
            witness: ActionWitness { table: String::new() },
        });
        Self { run: Tier { creates, ..action.run } }
    }
}

impl From<DeclaredAction> for Action {
    fn from(declared: DeclaredAction) -> Self {
        let run = Tier {
            number: 0,
            name: declared.name,
            title: declared.title,
            undo: String::new(),
            file: declared.file,
            timeout_ms: declared.timeout_ms,
            guard: declared.guard,
            assert: declared.assert,
            undo_guard: Vec::new(),
            undo_assert: Vec::new(),
            writes: declared.writes,
            reads: String::new(),
            expects: Vec::new(),
            stops: Vec::new(),
            creates: false,
            deltas: declared.deltas,
            undo_deltas: BTreeMap::new(),
            upserts: declared.upserts,
            action: true,
            witness: Witness { table: declared.witness.table, column: None, value: None, relation: false },
        };
        Self { needs_release: declared.needs_release, run }
    }
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
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// The relation.
    pub table: String,
    /// Column that names the row; absent when `relation` is set.
    pub column: Option<String>,
    /// Its value.
    pub value: Option<String>,
    /// The witness is the relation's own catalogue row.
    #[serde(default)]
    pub relation: bool,
}

/// The objects that the packet creates, schema-qualified.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packet {
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
    /// The table.
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
    /// The table.
    pub table: String,
}

impl Descriptor {
    /// Reads the text and holds it against itself.
    ///
    /// # Errors
    /// [`ReleaseError::Descriptor`] with the parser's line and column, or the contradiction.
    pub fn parse(text: &str) -> Result<Self, ReleaseError> {
        let descriptor: Self =
            toml::from_str(text).map_err(|error| ReleaseError::Descriptor { reason: error.to_string() })?;
        match descriptor.contradiction() {
            Some(reason) => Err(ReleaseError::Descriptor { reason }),
            None => Ok(descriptor),
        }
    }

    fn contradiction(&self) -> Option<String> {
        if self.schema != 1 {
            return Some(format!("schema {} is not known, only 1", self.schema));
        }
        let ascending = self.tiers.windows(2).all(|pair| pair[0].number < pair[1].number);
        if !ascending || self.tiers.first().is_none_or(|tier| tier.number == 0) {
            return Some("tiers are not numbered upwards from 1".to_owned());
        }
        let packet: BTreeSet<&String> = self.packet.tables.iter().collect();
        for tier in &self.tiers {
            if let Some(name) = tier.writes.iter().find(|name| self.release.never_write.contains(name)) {
                return Some(format!("tier {} may write {name}, which is never to be written", tier.number));
            }
            for name in tier.deltas.keys().chain(tier.undo_deltas.keys()) {
                let may_write = tier.writes.contains(name) || (tier.creates && packet.contains(name));
                if !may_write {
                    return Some(format!("tier {} has a delta for {name}, which it may not write", tier.number));
                }
            }
            let row = tier.witness.column.is_some() && tier.witness.value.is_some();
            if row == tier.witness.relation {
                return Some(format!("tier {}: the witness is either a row or a relation", tier.number));
            }
        }
        for action in self.actions.iter().map(|action| &action.run) {
            if let Some(name) = action.writes.iter().find(|name| self.release.never_write.contains(name)) {
                return Some(format!("action {} may write {name}, which is never to be written", action.name));
            }
            if let Some(name) = action.deltas.keys().chain(&action.upserts).find(|name| !action.writes.contains(name)) {
                return Some(format!("action {} has rows for {name}, which it may not write", action.name));
            }
            if !action.writes.contains(&action.witness.table) {
                return Some(format!("action {}: the witness is no relation that it writes", action.name));
            }
        }
        if let Some(shadow) = &self.shadow
            && !is_plain_name(&format!("{}.x", shadow.schema))
        {
            return Some(format!("the shadow's schema {} is not a plain name", shadow.schema));
        }
        if clone_pattern(&self.release.clone_database).is_none() {
            return Some(format!("clone_database {} is not ^name[0-9]{{n}}$", self.release.clone_database));
        }
        let actions = self.actions.iter().flat_map(|action| action.run.writes.iter());
        let names =
            self.relations().into_iter().chain(self.tiers.iter().flat_map(|tier| tier.writes.iter())).chain(actions);
        names
            .chain([&self.gate.table])
            .find(|name| !is_plain_name(name))
            .map(|name| format!("{name} is not a plain schema-qualified name"))
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

/// Names travel inside SQL text that the engine composes, so only the plainest are let through: `schema.name`, lower case.
fn is_plain_name(name: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with(|first: char| first.is_ascii_digit())
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    name.split_once('.').is_some_and(|(schema, relation)| plain(schema) && plain(relation))
}
