//! Reads a Sqitch project. Each change of its plan becomes a tier.

use super::constants::Constants;
use super::folder;
use super::names::in_one_line;
use super::plan::{Change, Plan, settings};
use super::reader::{Dialect, Ending, ScriptReader};
use super::{FoundScripts, NewTier, Refusals, SourceRefusal};
use crate::release::{statements, words};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where the scripts are.
struct SqitchFolders {
    /// The folder in which Sqitch runs. Paths of `\i` start there.
    project: PathBuf,
    deploy: PathBuf,
    revert: PathBuf,
    verify: PathBuf,
    extension: String,
}

/// Reads the tiers of a plan.
pub(super) fn read(source: &Path, since: Option<&str>) -> Result<FoundScripts, Refusals> {
    let shown = source.display().to_string();
    let text = folder::normal(&shown, &folder::text(source, &shown)?)?;
    let plan = Plan::read(&shown, &text)?;
    let changes = plan.since(&shown, since)?;
    if changes.is_empty() {
        let cure = "Give an earlier tag, or leave --since out.";
        return Err(SourceRefusal::new(shown, "there is no change to release", cure).into());
    }
    let layout = layout(source)?;
    let mut reader = ScriptReader::new(Dialect::Psql, &layout.project);
    let mut refused = Refusals::default();
    let mut tiers = Vec::new();
    for change in changes {
        let tier = layout.tier(&format!("{shown}:{}", change.line), change, &mut reader);
        tiers.extend(refused.of(tier));
    }
    let mut notes = reader.take_notes();
    let before = plan.changes.len() - changes.len();
    if before > 0 {
        let earlier =
            if before == 1 { "1 earlier change is".to_owned() } else { format!("{before} earlier changes are") };
        notes.push(format!("{earlier} not in the packet: write into requires.sql what the packet needs of them"));
    }
    let others: Vec<&str> = changes.iter().flat_map(|change| &change.others).map(String::as_str).collect();
    if !others.is_empty() {
        notes.push(format!(
            "Changes of other projects are needed: {}; write into requires.sql what they create",
            others.join(", ")
        ));
    }
    let name = if plan.project.is_empty() { "release".to_owned() } else { plan.project.clone() };
    let title = match since {
        Some(tag) => format!("{name} since @{}", tag.trim_start_matches('@')),
        None => name.clone(),
    };
    refused.unless(FoundScripts { name, title: in_one_line(&title), tiers, notes })
}

/// The layout from the nearest `sqitch.conf` that names this plan. If there is none, the folders beside the plan.
fn layout(plan: &Path) -> Result<SqitchFolders, SourceRefusal> {
    let beside = plan.parent().unwrap_or(Path::new("")).to_owned();
    let whole = plan.canonicalize().unwrap_or_else(|_| plan.to_owned());
    let mut project = beside.clone();
    for _ in 0..4 {
        let path = project.join("sqitch.conf");
        if path.is_file() {
            let shown = path.display().to_string();
            let found = settings(&folder::text(&path, &shown)?);
            let top = project.join(found.get("core.top_dir").map_or("", String::as_str));
            let named = found.get("core.plan_file").map_or_else(|| top.join("sqitch.plan"), |file| project.join(file));
            if named.canonicalize().is_ok_and(|named| named == whole) {
                if let Some(engine) = found.get("core.engine").filter(|engine| *engine != "pg") {
                    let cure = "Give a plan for PostgreSQL: its engine is pg.";
                    return Err(SourceRefusal::new(shown, format!("the engine of the plan is {engine}"), cure));
                }
                return Ok(SqitchFolders::of(project, &top, &found));
            }
        }
        project = match project.parent() {
            Some(parent) if project.file_name().is_some() => parent.to_owned(),
            _ => project.join(".."),
        };
    }
    Ok(SqitchFolders::of(beside.clone(), &beside, &BTreeMap::new()))
}

impl SqitchFolders {
    fn of(project: PathBuf, top: &Path, settings: &BTreeMap<String, String>) -> Self {
        let folder = |kind: &str| {
            settings.get(&format!("core.{kind}_dir")).map_or_else(|| top.join(kind), |folder| project.join(folder))
        };
        let extension = settings.get("core.extension").map_or("sql", String::as_str).to_owned();
        Self { deploy: folder("deploy"), revert: folder("revert"), verify: folder("verify"), extension, project }
    }

    fn tier(&self, place: &str, change: &Change, reader: &mut ScriptReader) -> Result<NewTier, Refusals> {
        let file = |folder: &Path| folder.join(format!("{}.{}", change.name, self.extension));
        let (deploy, revert, verify) = (file(&self.deploy), file(&self.revert), file(&self.verify));
        if !deploy.is_file() {
            let cure = "Write the script, or set top_dir in sqitch.conf to the folder that holds it.";
            return Err(SourceRefusal::new(place, format!("{} does not exist", deploy.display()), cure).into());
        }
        let mut script = |path: &Path, ending: Ending| {
            // Sqitch runs each script in a separate psql, so no variable is passed on.
            reader.constants = Constants::default();
            reader.ending = ending;
            reader.whole(path)
        };
        let mut refused = Refusals::default();
        let up = refused.of(script(&deploy, Ending::Commit)).unwrap_or_default();
        let down = revert.is_file().then(|| script(&revert, Ending::Commit));
        let down = down.and_then(|down| Some((refused.of(down)?, revert.display().to_string())));
        let verified = verify.is_file().then(|| script(&verify, Ending::Any));
        let shown = verify.display().to_string();
        let verify = match verified.map(|read| read.map(|text| one_select(&text))) {
            Some(Ok(Some(select))) => Some((select, shown)),
            Some(Ok(None)) => {
                reader.note(format!("{shown} is not one SELECT: write what it tests as checks"));
                None
            }
            Some(Err(Refusals(found))) => {
                if let Some(SourceRefusal { place, what, .. }) = found.first() {
                    reader.note(format!(
                        "{shown} cannot become a check ({place}: {what}): write what it tests as checks"
                    ));
                }
                None
            }
            None => None,
        };
        let name = change.name.clone();
        let why = in_one_line(&change.note);
        let origin = deploy.display().to_string();
        refused.unless(NewTier { title: in_one_line(&name), name, why, origin, up, down, verify })
    }
}

/// The SELECT of the text without its semicolon, if the text holds nothing else.
fn one_select(text: &str) -> Option<String> {
    let found = statements(text);
    let [only] = found.as_slice() else { return None };
    let select = text[only.start..only.end].trim_end_matches(';').trim_end();
    let begins = words(select).next().is_some_and(|first| first.eq_ignore_ascii_case("SELECT"));
    let makes = words(select).any(|word| word.eq_ignore_ascii_case("INTO"));
    (begins && !makes && !select.contains("$q$")).then(|| select.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_select_becomes_a_check() {
        assert_eq!(
            one_select("-- Verify\nSELECT 1/count(*)\n  FROM t;\n").as_deref(),
            Some("SELECT 1/count(*)\n  FROM t")
        );
        for text in ["", "SELECT 1; SELECT 2;", "DO $$ BEGIN END $$;", "SELECT 1 INTO t;", "SELECT $q$a$q$;"] {
            assert_eq!(one_select(text), None, "{text}");
        }
    }
}
