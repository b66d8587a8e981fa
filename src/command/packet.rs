//! `oneroof packet`: makes, builds, shows and checks packets. It runs SQL only on a throwaway server, or on an empty server that the author
//! names.

mod build;
mod folder;
mod from;
mod new;
mod show;

use crate::cli::{PacketAction, PacketArgs};
use crate::derive::Earlier;
use crate::error::Error;
use crate::files;
use crate::packet::page::Descriptor;
use crate::packet::sealed;
use crate::release::{Release, ReleaseError, sha256};
use crate::report::{Answer, SqlAnswer, StepAnswer};
use crate::run::Context;
use crate::text::escaped;
use build::Where;
use std::path::{Path, PathBuf};

/// Reads the release of a sealed packet.
pub(super) fn sealed(path: &Path) -> Result<Release, Error> {
    let text = files::read_text(path, files::LARGE).map_err(|error| unreadable(path, &error))?;
    Ok(Release::unsealed(&path.display().to_string(), &text)?)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::Usage {
        message: format!("{}: {error}", escaped(&path.display().to_string())),
        hint: "Give a sealed packet: a file that oneroof packet build wrote.".to_owned(),
    }
}

/// Makes, builds, shows, checks or exports a packet.
pub(super) async fn run(context: &mut Context<'_>, args: &PacketArgs) -> Result<(), Error> {
    match &args.action {
        PacketAction::New { folder, from, since } => new::run(context, folder, from.as_deref(), since.as_deref()),
        PacketAction::Show { packet, tier, against } => {
            show::run(context, packet.as_deref(), *tier, against.as_deref())
        }
        PacketAction::Check { packet, prove, after, pg_bin } => {
            let place = Where { pg_bin, on: None, earlier: earlier(after)? };
            check(context, packet.as_deref(), prove.then_some(&place)).await
        }
        PacketAction::Export { file } => export(context, file.as_deref()),
        PacketAction::Build { folder, output, after, on, pg_bin } => {
            let place = Where { pg_bin, on: on.as_deref(), earlier: earlier(after)? };
            build::run(context, folder, output.as_deref(), &place).await
        }
    }
}

/// The releases that a packet comes after.
fn earlier(paths: &[PathBuf]) -> Result<Vec<Earlier>, Error> {
    let read = |path: &PathBuf| {
        let release = if path.is_dir() { of_folder(path)? } else { sealed(path)? };
        let sources = release.sources().clone();
        let page = build::page_one(&sources)?;
        Ok(Earlier { release: format!("{} {}", page.name, release.digest_text()), page, sources })
    };
    paths.iter().map(read).collect()
}

/// The release of the named packet: a sealed packet or a folder. If none is named, the release of this run.
fn named(context: &Context<'_>, packet: Option<&Path>) -> Result<Release, Error> {
    match packet {
        None if context.release.is_none() => Ok(Release::embedded()?),
        None => Ok(context.release.clone()),
        Some(path) if path.is_dir() => of_folder(path),
        Some(path) => sealed(path),
    }
}

/// The release of a folder, sealed in memory.
fn of_folder(path: &Path) -> Result<Release, Error> {
    let shown = path.display().to_string();
    let refused = |reason: String| Error::Release(ReleaseError::Sealed { path: shown.clone(), reason });
    let sources = folder::read(path)?;
    let page = Descriptor::of(&sources).map_err(&refused)?;
    let sealed = sealed::seal(&page, &sources, sha256).map_err(&refused)?;
    Ok(Release::unsealed(&shown, &sealed.text)?)
}

/// Checks the form, the digest, the SQL for forbidden statements, and that the members compose to the same bytes.
async fn check(context: &mut Context<'_>, packet: Option<&Path>, prove: Option<&Where<'_>>) -> Result<(), Error> {
    let release = named(context, packet)?;
    release.check()?;
    context.report.name_release(&release);
    let step = |step: &str, outcome: String| StepAnswer { step: step.to_owned(), outcome, ok: true, unknown: false };
    let mut steps = vec![
        step("form", format!("{} tiers, {} checks of its own", release.descriptor.tiers.len(), own_checks(&release))),
        step("members", format!("{} files compose to the same bytes", release.manifest.entries().len())),
        step("digest", release.digest_text()),
    ];
    if let Some(place) = prove {
        steps.push(build::prove(context, &release, place).await?);
    }
    context.report.result = Some(Answer::Steps(steps));
    Ok(())
}

fn own_checks(release: &Release) -> usize {
    release.sources().keys().filter(|path| path.starts_with("checks/")).count()
}

/// Writes the sealed packet of this run's release.
fn export(context: &mut Context<'_>, file: Option<&Path>) -> Result<(), Error> {
    let release = named(context, None)?;
    let text = release.sealed()?;
    context.report.name_release(&release);
    let Some(path) = file else {
        let name = format!("{}.packet", release.descriptor.release.name);
        context.report.result = Some(Answer::Sql(SqlAnswer { path: name, text }));
        return Ok(());
    };
    written(path, &text)?;
    context.report.result = Some(Answer::Files(vec![path.display().to_string()]));
    Ok(())
}

/// Writes a new file. An existing file is never overwritten.
fn written(path: &Path, text: &str) -> Result<(), Error> {
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes())).map_err(|error| Error::Usage {
        message: format!("{}: {error}", escaped(&path.display().to_string())),
        hint: "Give a new file: existing files are never overwritten.".to_owned(),
    })
}
