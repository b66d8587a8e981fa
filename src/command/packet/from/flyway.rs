//! Flyway's migrations: `V1__name.sql`, with `U1__name.sql` for the rollback.

use super::names::in_one_line;
use super::reader::{Dialect, ScriptReader};
use super::{FoundScripts, NewTier, Refusals, SourceRefusal};
use std::path::{Path, PathBuf};

/// A migration, as its file name describes it.
#[derive(Debug)]
struct Migration {
    path: PathBuf,
    /// The first letter of the file's name: `V`, `U`, `R` or `B`.
    kind: char,
    version: FlywayVersion,
    description: String,
}

/// The parts of a version, each a number of any length. Parts at the end that are zero are left out, so 1.0 equals 1.
type FlywayVersion = Vec<(usize, String)>;

/// Whether the name is that of a Flyway migration.
pub(super) fn is_migration(name: &str) -> bool {
    parsed(Path::new(name)).is_some()
}

fn parsed(path: &Path) -> Option<Migration> {
    let name = path.file_name()?.to_str()?;
    let (prefix, description) = name.strip_suffix(".sql")?.split_once("__")?;
    let mut letters = prefix.chars();
    let kind = letters.next().filter(|kind| matches!(kind, 'V' | 'U' | 'R' | 'B'))?;
    let version = letters.as_str();
    let version = if kind == 'R' { version.is_empty().then(FlywayVersion::new)? } else { version_of(version)? };
    Some(Migration { path: path.to_owned(), kind, version, description: description.replace('_', " ") })
}

/// Reads a version. Each number is its length and its digits, so that even a long timestamp compares correctly.
fn version_of(text: &str) -> Option<FlywayVersion> {
    let mut parts = FlywayVersion::new();
    for part in text.split(['.', '_']) {
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = part.trim_start_matches('0');
        parts.push((digits.len(), digits.to_owned()));
    }
    while parts.last().is_some_and(|(length, _)| *length == 0) {
        parts.pop();
    }
    Some(parts)
}

/// Reads one migration, and its rollback from the same folder.
pub(super) fn read_one(source: &Path) -> Result<FoundScripts, Refusals> {
    let shown = source.display().to_string();
    let one = parsed(source).ok_or_else(|| nothing(&shown))?;
    if one.kind == 'U' {
        let cure = "Give the V…__name.sql file with that number: this file becomes its down.sql.";
        return Err(SourceRefusal::new(shown, "it only reverts another migration", cure).into());
    }
    refuse_kind(&one)?;
    let parent = source.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = std::fs::read_dir(parent).map(|entries| entries.flatten().map(|entry| entry.path()).collect());
    let beside: Vec<PathBuf> = beside.unwrap_or_default();
    let undo =
        beside.iter().filter_map(|path| parsed(path)).find(|other| other.kind == 'U' && other.version == one.version);
    let name = one.description.clone();
    found(name, std::iter::once(one).chain(undo).collect(), Vec::new(), Refusals::default())
}

/// Reads all migrations below a folder.
pub(super) fn read_folder(source: &Path) -> Result<FoundScripts, Refusals> {
    let shown = source.display().to_string();
    let mut notes = Vec::new();
    let mut migrations = Vec::new();
    let mut refused = Refusals::default();
    for path in below(source)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match parsed(&path) {
            Some(one) => match refuse_kind(&one) {
                Ok(()) => migrations.push(one),
                Err(refusal) => refused.0.push(refusal),
            },
            None if is_callback(&name) => {
                let cure = "Write its SQL into the migration that needs it, or run it outside the release.";
                let what = "it is a callback, which Flyway runs at each migration";
                refused.0.push(SourceRefusal::new(path.display().to_string(), what, cure));
            }
            None if is_java(&name) => {
                let cure = "Write it as SQL: a packet is text that people sign.";
                refused.0.push(SourceRefusal::new(
                    path.display().to_string(),
                    "it is a migration in another language",
                    cure,
                ));
            }
            None if has_ending(&name, "sql") => {
                notes.push(format!(
                    "{} does not have the name of a migration, so it was left out, as Flyway does",
                    path.display()
                ));
            }
            None => {}
        }
    }
    if refused.0.is_empty() && !migrations.iter().any(|one| one.kind == 'V') {
        return Err(nothing(&shown).into());
    }
    let whole = source.canonicalize().unwrap_or_else(|_| source.to_owned());
    let name = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
    found(name, migrations, notes, refused)
}

fn nothing(shown: &str) -> SourceRefusal {
    let cure = "Give a psql script, a sqitch.plan, or a folder with Flyway migrations such as V1__name.sql.";
    SourceRefusal::new(shown, "it is not a migration and holds none: no file has a name such as V1__name.sql", cure)
}

fn refuse_kind(one: &Migration) -> Result<(), SourceRefusal> {
    let (what, cure) = match one.kind {
        'R' => (
            "a repeatable migration runs whenever its text changes",
            "Write it as a migration with a number, V…__name.sql: a release is applied once.",
        ),
        'B' => (
            "a baseline migration holds everything that was there before",
            "Write what was there before into requires.sql of the packet, and take the file out of this folder.",
        ),
        _ => return Ok(()),
    };
    Err(SourceRefusal::new(one.path.display().to_string(), what, cure))
}

fn is_callback(name: &str) -> bool {
    has_ending(name, "sql")
        && ["before", "after"].iter().any(|word| {
            name.strip_prefix(word).is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
        })
}

fn is_java(name: &str) -> bool {
    let stem = ["java", "class", "kt", "groovy"].iter().find_map(|ending| name.strip_suffix(&format!(".{ending}")));
    stem.is_some_and(|stem| is_migration(&format!("{stem}.sql")))
}

fn has_ending(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == ending)
}

/// Every file below a folder, sorted.
fn below(folder: &Path) -> Result<Vec<PathBuf>, SourceRefusal> {
    let mut open = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        let failed = |error: std::io::Error| {
            SourceRefusal::new(folder.display().to_string(), error.to_string(), "Give a folder that you may read.")
        };
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // `file_type` does not follow links. A followed link could lead back to a parent folder.
            if entry.file_type().map_err(failed)?.is_dir() {
                open.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The tiers in the order of their versions.
fn found(
    name: String,
    mut migrations: Vec<Migration>,
    mut notes: Vec<String>,
    mut refused: Refusals,
) -> Result<FoundScripts, Refusals> {
    migrations.sort_by(|one, other| one.version.cmp(&other.version));
    for pair in ['V', 'U'].map(|kind| migrations.iter().filter(|one| one.kind == kind).collect::<Vec<_>>()) {
        for two in pair.windows(2).filter(|two| two[0].version == two[1].version) {
            let what = format!("it has the same version as {}", two[0].path.display());
            refused.0.push(SourceRefusal::new(
                two[1].path.display().to_string(),
                what,
                "Give one of the two files another number.",
            ));
        }
    }
    let (undos, versions): (Vec<Migration>, Vec<Migration>) = migrations.into_iter().partition(|one| one.kind == 'U');
    for lone in undos.iter().filter(|undo| !versions.iter().any(|one| one.version == undo.version)) {
        let cure = "Give it the version of the migration that it reverts, or take it out of this folder.";
        refused.0.push(SourceRefusal::new(
            lone.path.display().to_string(),
            "it reverts a version that is not in this folder",
            cure,
        ));
    }
    let mut tiers = Vec::new();
    let mut reader = ScriptReader::new(Dialect::Flyway, Path::new(""));
    for one in versions {
        let undo = undos.iter().find(|undo| undo.version == one.version);
        let up = refused.of(sql(&mut reader, &one.path)).unwrap_or_default();
        let down = undo.and_then(|undo| {
            refused.of(sql(&mut reader, &undo.path)).map(|text| (text, undo.path.display().to_string()))
        });
        let title = in_one_line(&one.description);
        tiers.push(NewTier {
            name: title.clone(),
            title,
            why: String::new(),
            origin: one.path.display().to_string(),
            up,
            down,
            verify: None,
        });
    }
    notes.extend(reader.take_notes());
    refused.unless(FoundScripts { title: in_one_line(&name), name, tiers, notes })
}

/// Reads the SQL of a migration. A placeholder is refused, because nothing fills it in later.
fn sql(reader: &mut ScriptReader, path: &Path) -> Result<String, Refusals> {
    let mut refused = Refusals::default();
    let shown = path.display().to_string();
    let settings = PathBuf::from(format!("{shown}.conf"));
    if settings.exists() {
        let cure = "Take the file out: each tier is one transaction, and no placeholder is replaced.";
        refused.0.push(SourceRefusal::new(
            settings.display().to_string(),
            "this file makes Flyway run the migration in another way",
            cure,
        ));
    }
    let text = super::folder::text(path, &shown)?;
    for (line, number) in text.lines().zip(1_u32..) {
        if let Some((_, behind)) = line.split_once("${") {
            let name = behind.split('}').next().unwrap_or_default();
            let cure =
                "Write the value in its place: people sign the final text, and no placeholder is replaced later.";
            let what = format!("${{{name}}} is a placeholder of Flyway");
            refused.0.push(SourceRefusal::new(format!("{shown}:{number}"), what, cure));
        }
    }
    let text = match reader.whole(path) {
        Ok(text) => text,
        Err(more) => {
            // A placeholder outside of quotes is found twice.
            let is_new = |one: &SourceRefusal| !refused.0.iter().any(|known| known.place == one.place);
            let more: Vec<SourceRefusal> = more.0.into_iter().filter(is_new).collect();
            refused.0.extend(more);
            String::new()
        }
    };
    refused.unless(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_of_any_length_part_by_part() {
        let order = ["1", "1.1", "1_2", "1.10", "2", "10", "20240102030405", "99999999999999999999999"];
        let versions: Vec<FlywayVersion> = order.iter().map(|text| version_of(text).unwrap()).collect();
        assert!(versions.is_sorted_by(|one, other| one < other), "{versions:?}");
        assert_eq!(version_of("1.0"), version_of("01"));
        for text in ["", "1.", "a", "1..2", "1a"] {
            assert!(version_of(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_file_is_a_migration_by_its_name_alone() {
        for name in ["V1__a.sql", "V1_2__a_b.sql", "U1.1__a.sql", "R__views.sql", "B5__base.sql"] {
            assert!(is_migration(name), "{name}");
        }
        for name in ["V1_a.sql", "v1__a.sql", "V__a.sql", "V1__a.txt", "release.sql", "R1__a.sql"] {
            assert!(!is_migration(name), "{name}");
        }
        assert!(
            is_callback("afterMigrate.sql")
                && is_callback("beforeEachMigrate__x.sql")
                && !is_callback("afterwards.sql")
        );
        assert!(is_java("V3__x.java") && !is_java("Main.java"));
    }
}
