//! `oneroof packet new`: makes a folder with a packet to begin with.

use super::super::packet::written;
use super::from::{self, Refusals, SourceRefusal};
use crate::error::Error;
use crate::report::{Answer, StepAnswer};
use crate::run::{Context, next};
use crate::text::escaped;
use std::path::Path;

/// The files of the skeleton: path and text.
const SKELETON: [(&str, &str); 5] = [
    ("packet.toml", include_str!("skeleton/packet.toml")),
    ("requires.sql", include_str!("skeleton/requires.sql")),
    ("checks/customers.sql", include_str!("skeleton/customers.sql")),
    ("10-notes/up.sql", include_str!("skeleton/up.sql")),
    ("10-notes/down.sql", include_str!("skeleton/down.sql")),
];

/// Writes the skeleton, or a packet made from a psql script, a Sqitch plan or Flyway migrations.
pub(super) fn run(
    context: &mut Context<'_>,
    folder: &Path,
    source: Option<&Path>,
    since: Option<&str>,
) -> Result<(), Error> {
    refuse_full(folder)?;
    match source {
        Some(source) => taken_in(context, folder, source, since)?,
        None => {
            let names = SKELETON.iter().map(|(name, text)| write(folder, name, text));
            context.report.result = Some(Answer::Files(names.collect::<Result<_, _>>()?));
        }
    }
    context.go_on(format!("oneroof packet build {}", next::quoted(&folder.display().to_string())));
    Ok(())
}

/// Makes a packet from scripts that somebody has. All of them are read before anything is written.
fn taken_in(context: &mut Context<'_>, folder: &Path, source: &Path, since: Option<&str>) -> Result<(), Error> {
    let found = match from::read(source, since) {
        Ok(found) => found,
        Err(refused) => return Err(several(context, refused)),
    };
    let (files, tiers) = from::files(&found, &source.display().to_string())?;
    let step = |step: String, outcome: String| StepAnswer { step, outcome, ok: true, unknown: false };
    let own = |name: &str| folder.join(name).display().to_string();
    let mut steps = vec![
        step("page one".to_owned(), format!("{}: write the database, the role and the approval", own("packet.toml"))),
        step("before".to_owned(), format!("{}: write what must be there before the release", own("requires.sql"))),
    ];
    let lacking = tiers.iter().filter(|tier| tier.lacks_down).count();
    for (tier, number) in tiers.into_iter().zip(1_u32..) {
        steps.push(step(format!("tier {number}"), format!("{} {}", tier.folder, tier.outcome)));
    }
    for (name, text) in files {
        let _ = write(folder, &name, &text)?;
    }
    context.report.notes.extend(found.notes);
    if lacking > 0 {
        let tiers_have = if lacking == 1 { "1 tier has".to_owned() } else { format!("{lacking} tiers have") };
        context.report.notes.push(format!(
            "{tiers_have} no rollback yet; packet build names what each rollback still leaves, the last tier first"
        ));
    }
    context.report.result = Some(Answer::Steps(steps));
    Ok(())
}

/// The error for these refusals. Several refusals are listed, each with what to write instead.
fn several(context: &mut Context<'_>, Refusals(mut refused): Refusals) -> Error {
    if refused.len() == 1 {
        return refused.remove(0).into();
    }
    let message = format!("{} places cannot be taken in", refused.len());
    let line = |SourceRefusal { place, what, cure }: SourceRefusal| StepAnswer {
        step: escaped(&place).into_owned(),
        outcome: escaped(&format!("{what}. {cure}")).into_owned(),
        ok: false,
        unknown: false,
    };
    context.report.result = Some(Answer::Steps(refused.into_iter().map(line).collect()));
    Error::Usage { message, hint: "Write each as the line above says, then run the command again.".to_owned() }
}

/// Refuses a folder that is not empty.
fn refuse_full(folder: &Path) -> Result<(), Error> {
    let mut entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(folder, &error)),
    };
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(Error::Usage {
            message: format!("{} is not empty", escaped(&folder.display().to_string())),
            hint: "Give a new folder: existing files are never overwritten.".to_owned(),
        }),
    }
}

/// Writes a file of the folder, and returns its path.
fn write(folder: &Path, name: &str, text: &str) -> Result<String, Error> {
    let path = folder.join(name);
    let parent = path.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent).map_err(|error| failed(parent, &error))?;
    written(&path, text)?;
    Ok(path.display().to_string())
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::Usage {
        message: format!("{}: {error}", escaped(&path.display().to_string())),
        hint: "Give a new folder, inside one that you may write to.".to_owned(),
    }
}
