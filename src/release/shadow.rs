//! Derives scripts for a schema of their own from the very files of the tiers: only the schema of the packet's own objects is replaced.

use super::{Descriptor, PartKind, Release, ReleaseError, Script, Text, Tier, Witness};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A packet whose own objects bear another schema, and the two things that can be run of it.
#[derive(Debug)]
pub struct Derived {
    /// The packet under its other names.
    pub release: Release,
    /// Puts it there.
    pub deploy: Tier,
    /// Removes it.
    pub drop: Tier,
}

impl Release {
    /// The packet's shadow; `None` when the descriptor names none.
    ///
    /// # Errors
    /// [`ReleaseError`] when a file is not written the way that all of them are.
    pub fn shadow(&self) -> Result<Option<Derived>, ReleaseError> {
        let Some(shadow) = &self.descriptor.shadow else { return Ok(None) };
        let names = Renamed::of(&self.descriptor, &shadow.schema);
        let tiers: Vec<&Tier> = shadow.tiers.iter().filter_map(|number| self.tier(*number)).collect();
        let part = |file: &str, kind| self.script(&format!("sql/{file}")).part(kind).text.to_owned();
        let keep = |name: &str| !shadow.omit.iter().any(|omitted| omitted == name);

        let mut deploy = format!("-- oneroof:guard\n{}", part(&shadow.deploy, PartKind::Guard));
        let _ = write!(deploy, "-- oneroof:body\n{}", part(&shadow.deploy, PartKind::Body));
        for tier in &tiers {
            deploy.push_str(&names.apply(&part(&tier.file, PartKind::Body)));
        }
        deploy.push_str("-- oneroof:assert\n");
        for tier in &tiers {
            deploy.push_str(&names.apply(&without(&part(&tier.file, PartKind::Assert), keep)));
        }
        deploy.push_str(&part(&shadow.deploy, PartKind::Assert));

        let mut drop = format!("-- oneroof:guard\n{}", part(&shadow.drop, PartKind::Guard));
        for tier in tiers.iter().rev() {
            drop.push_str(&names.apply(&without(&part(&tier.undo, PartKind::Guard), keep)));
        }
        drop.push_str("-- oneroof:body\n");
        for tier in tiers.iter().rev() {
            drop.push_str(&names.apply(&part(&tier.undo, PartKind::Body)));
        }
        let _ = writeln!(drop, "{}-- oneroof:assert", part(&shadow.drop, PartKind::Body));
        // Once the first tier is undone nothing is left that the others could be asked of.
        if let Some(first) = tiers.first() {
            drop.push_str(&names.apply(&without(&part(&first.undo, PartKind::Assert), keep)));
        }
        drop.push_str(&part(&shadow.drop, PartKind::Assert));

        let promised = |lists: Vec<&Vec<String>>| -> Vec<String> {
            lists.into_iter().flatten().filter(|name| keep(name)).cloned().collect()
        };
        let table = tiers.first().map(|tier| names.apply(&tier.witness.table)).unwrap_or_default();
        let run = |name, file, (guard, assert), dropped| {
            let witness = Witness { table: table.clone(), column: None, value: None, relation: dropped };
            Tier { guard, assert, witness, ..bare(name, file, shadow.timeout_ms) }
        };
        let own = |file: &str, kind| checks(&part(file, kind));
        let with = |mut names: Vec<String>, more: Vec<String>| {
            names.extend(more);
            names
        };
        let asserted = promised(tiers.iter().map(|tier| &tier.assert).collect());
        let undo_guard = promised(tiers.iter().map(|tier| &tier.undo_guard).collect());
        let undone = promised(tiers.first().map(|tier| &tier.undo_assert).into_iter().collect());
        let guards = (own(&shadow.deploy, PartKind::Guard), own(&shadow.drop, PartKind::Guard));
        let deployed = with(asserted, own(&shadow.deploy, PartKind::Assert));
        let dropped = with(undone, own(&shadow.drop, PartKind::Assert));
        let deploy_run = run("shadow-deploy", &shadow.deploy, (guards.0, deployed), false);
        let drop_run = run("shadow-drop", &shadow.drop, (with(undo_guard, guards.1), dropped), true);

        // The descriptor is read anew: what it says of the packet's own objects bears the other schema.
        let text = self.text("sql/release.toml").unwrap_or_default();
        let descriptor = Descriptor::parse(&names.apply(&text))?;
        let mut texts = self.texts.clone();
        for (file, text) in [(&shadow.deploy, deploy), (&shadow.drop, drop)] {
            let path = format!("sql/{file}");
            Script::cut(&path, text.as_str())?;
            texts.insert(path, Text::Plain(text));
        }
        let release = Self { descriptor, manifest: self.manifest.clone(), digest: self.digest, texts };
        Ok(Some(Derived { release, deploy: deploy_run, drop: drop_run }))
    }
}

/// A run of its own: no tier of the release, nothing to undo it by, and only the packet's own objects to write.
fn bare(name: &str, file: &str, timeout_ms: u64) -> Tier {
    Tier {
        number: 0,
        name: name.to_owned(),
        title: name.to_owned(),
        file: file.to_owned(),
        undo: String::new(),
        timeout_ms,
        guard: Vec::new(),
        assert: Vec::new(),
        undo_guard: Vec::new(),
        undo_assert: Vec::new(),
        writes: Vec::new(),
        reads: String::new(),
        expects: Vec::new(),
        stops: Vec::new(),
        creates: true,
        deltas: BTreeMap::new(),
        undo_deltas: BTreeMap::new(),
        upserts: Vec::new(),
        action: true,
        witness: Witness { table: String::new(), column: None, value: None, relation: false },
    }
}

/// The packet's names and what they become.
struct Renamed(Vec<(String, String)>);

impl Renamed {
    fn of(descriptor: &Descriptor, schema: &str) -> Self {
        let functions = descriptor.packet.functions.iter().map(|name| name.split('(').next().unwrap_or_default());
        let names = descriptor.relations().into_iter().map(String::as_str).chain(functions);
        let mut pairs: Vec<(String, String)> =
            names.filter_map(|name| Some((name.to_owned(), format!("{schema}.{}", name.split_once('.')?.1)))).collect();
        // The longest first: one name may begin another.
        pairs.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self(pairs)
    }

    fn apply(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }
}

/// What begins a row of a list of checks, in every file.
const ROW: &str = "                ('";

fn row_name(line: &str) -> Option<&str> {
    line.strip_prefix(ROW)?.split('\'').next()
}

/// The names of the checks in a part.
fn checks(part: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in part.lines() {
        match line.trim() {
            "-- oneroof:checks" => inside = true,
            "-- oneroof:end" => inside = false,
            _ => names.extend(row_name(line).filter(|_| inside).map(str::to_owned)),
        }
    }
    names
}

/// The part without some rows of its lists of checks.
fn without(part: &str, keep: impl Fn(&str) -> bool) -> String {
    let mut out: Vec<String> = Vec::new();
    let (mut inside, mut kept) = (false, true);
    for line in part.lines() {
        match line.trim() {
            "-- oneroof:checks" => inside = true,
            "-- oneroof:end" if inside => {
                (inside, kept) = (false, true);
                // The row that is now the last ends the list.
                if let Some(last) = out.last_mut()
                    && let Some(bare) = last.strip_suffix("),")
                {
                    *last = format!("{bare})");
                }
            }
            _ if inside => {
                if let Some(name) = row_name(line) {
                    kept = keep(name);
                }
            }
            _ => {}
        }
        if kept {
            out.push(line.to_owned());
        }
    }
    out.join("\n") + "\n"
}
