//! `oneroof packet build`: runs the release of a folder on a throwaway server, writes what it did to `derived.toml`, and seals the packet.
//! `oneroof packet check --prove` runs the release in the same way, but only compares the result with `derived.toml`.

use super::{folder, trial};
use crate::command::lab::programs;
use crate::derive::{Earlier, Server, Servers, derive, start};
use crate::error::Error;
use crate::files;
use crate::packet::compose::Files;
use crate::packet::form::{DERIVED, Derived, PAGE, PageOne, in_one_line};
use crate::packet::page::Descriptor;
use crate::packet::sealed::seal;
use crate::pg::conninfo::{ConnectionOptions, Environment, resolve};
use crate::pg::open_error::OpenError;
use crate::release::{Release, ReleaseError, sha256};
use crate::report::{Answer, StepAnswer, tell};
use crate::run::{Context, next};
use crate::secret::Secret;
use crate::text::escaped;
use std::path::{Path, PathBuf};

/// Where the release is run.
pub(super) struct Where<'a> {
    /// Folders of PostgreSQL's server programs. If the list is empty, the newest programs that are found are used.
    pub pg_bin: &'a [PathBuf],
    /// The connection string of an empty server that the author names, to be used instead of a throwaway one.
    pub on: Option<&'a str>,
    /// The releases that are applied before the packet.
    pub earlier: Vec<Earlier>,
}

/// Runs the release, proves its rollbacks, and composes and seals the packet.
pub(super) async fn run(
    context: &mut Context<'_>,
    path: &Path,
    output: Option<&Path>,
    place: &Where<'_>,
) -> Result<(), Error> {
    let mut sources = folder::read(path)?;
    let one = page_one(&sources)?;
    let file = output.map_or_else(|| PathBuf::from(format!("{}.packet", one.name)), Path::to_path_buf);
    let derived_file = path.join(DERIVED);
    [&file, &derived_file].into_iter().try_for_each(|file| check_writable(file))?;
    let servers = servers(context, place).await?;
    let derived = derived(context, (&sources, &one, &place.earlier), &servers).await?.text();
    let kept = sources.insert(DERIVED.to_owned(), derived.clone());
    let shown = path.display().to_string();
    let refused = |reason: String| Error::Release(ReleaseError::Sealed { path: shown.clone(), reason });
    let page = Descriptor::of(&sources).map_err(&refused)?;
    let sealed = seal(&page, &sources, sha256).map_err(&refused)?;
    let release = Release::unsealed(&shown, &sealed.text)?;
    trial::on_each(context, &release, (&sources, &one, &place.earlier), &servers).await?;
    // Both files are written only after everything has succeeded.
    write(&derived_file, &derived)?;
    write(&file, &sealed.text)?;
    context.report.name_release(&release);
    let same = kept.as_deref() == Some(derived.as_str());
    let step = |step: &str, outcome: String| StepAnswer { step: step.to_owned(), outcome, ok: true, unknown: false };
    let wrote = if same { "as before" } else { "written: read what changed in the file, and commit it" };
    context.report.result = Some(Answer::Steps(vec![
        step("derived", format!("{} {wrote}", derived_file.display())),
        step("proved", "every rollback restores what was there before".to_owned()),
        step(
            "tried",
            format!(
                "preflight, apply, verify and rollback of the sealed packet, on PostgreSQL {}",
                majors(servers.iter().map(|server| server.major))
            ),
        ),
        step("sealed", format!("{} {} bytes", file.display(), sealed.text.len())),
        step("digest", release.digest_text()),
    ]));
    context.go_on(format!("oneroof packet show {}", next::quoted(&file.display().to_string())));
    Ok(())
}

/// Refuses an output file that could not be written. It is called first, because the build takes long and must write both files or none.
fn check_writable(file: &Path) -> Result<(), Error> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let message = if file.is_dir() {
        format!("{} is a folder, not a file", file.display())
    } else if !folder.is_dir() {
        format!("the folder {} does not exist", folder.display())
    } else if rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_err() {
        format!("no file can be written in the folder {}", folder.display())
    } else {
        return Ok(());
    };
    let hint = "Create the folder or get the right to write in it, or give another output file with -o.".to_owned();
    Err(Error::Usage { message, hint })
}

/// Runs the release again and compares the result with `derived.toml`, for the server versions that are available.
pub(super) async fn prove(
    context: &mut Context<'_>,
    release: &Release,
    place: &Where<'_>,
) -> Result<StepAnswer, Error> {
    let refused = |reason: String| Error::Release(ReleaseError::Sealed { path: DERIVED.to_owned(), reason });
    let kept = release.sources().get(DERIVED).map(String::as_str).unwrap_or_default();
    let kept: Derived = toml::from_str(kept).map_err(|error| refused(error.to_string()))?;
    let given: Vec<&String> = place.earlier.iter().map(|earlier| &earlier.release).collect();
    if given != kept.after.iter().collect::<Vec<_>>() {
        return Err(other_releases(&kept.after));
    }
    let page = page_one(release.sources())?;
    let servers = servers(context, place).await?;
    let mut again = derived(context, (release.sources(), &page, &place.earlier), &servers).await?;
    let kept = kept.only(&again.servers);
    // `locks` is the number of locks on the server version that needs the most. The versions that ran now may need fewer.
    again.locks = again.locks.max(kept.locks);
    let (now, then) = (again.text(), kept.text());
    if now != then {
        let differs = now.lines().zip(then.lines()).find(|(now, then)| now != then);
        let (now, then) = differs.unwrap_or(("more lines, or fewer", "other lines"));
        return Err(refused(format!("running the release gives {now:?}, and the file has {then:?}")));
    }
    Ok(StepAnswer {
        step: "proved".to_owned(),
        outcome: format!("running the release again gives the same {DERIVED}, for PostgreSQL {}", majors(kept.servers)),
        ok: true,
        unknown: false,
    })
}

/// Page one of a packet's folder.
pub(super) fn page_one(sources: &Files) -> Result<PageOne, Error> {
    let text = sources.get(PAGE).map(String::as_str).unwrap_or_default();
    toml::from_str(text).map_err(|error| Error::Usage {
        message: format!("{PAGE}: {}", in_one_line(text, &error)),
        hint: "docs/packet.md lists every key of packet.toml, with an example.".to_owned(),
    })
}

/// Prints a line about the progress to standard error.
fn progress(context: &Context<'_>) -> impl FnMut(&str) + use<> {
    let quiet = context.common.quiet;
    move |line: &str| {
        if !quiet {
            tell(&format!("{}\n", escaped(line)));
        }
    }
}

/// The servers on which the release is run.
async fn servers(context: &Context<'_>, place: &Where<'_>) -> Result<Vec<Server>, Error> {
    let mut progress = progress(context);
    let started = match place.on {
        Some(dsn) => {
            let options = ConnectionOptions { dsn: Some(Secret::new(dsn)), ..ConnectionOptions::default() };
            let target = resolve(&options, &Environment::of_process()).map_err(OpenError::Target)?;
            start(&Servers::Given(&target), &mut progress).await
        }
        None => {
            let found = if place.pg_bin.is_empty() {
                vec![programs(None)?]
            } else {
                place.pg_bin.iter().map(|folder| programs(Some(folder))).collect::<Result<Vec<_>, _>>()?
            };
            start(&Servers::Programs { programs: &found, cached: false }, &mut progress).await
        }
    };
    Ok(started?)
}

async fn derived(
    context: &Context<'_>,
    (sources, page, earlier): (&Files, &PageOne, &[Earlier]),
    servers: &[Server],
) -> Result<Derived, Error> {
    Ok(derive(sources, page, earlier, servers, &mut progress(context)).await?)
}

/// Major versions of PostgreSQL, as a list for people.
fn majors(numbers: impl IntoIterator<Item = u32>) -> String {
    numbers.into_iter().map(|major| major.to_string()).collect::<Vec<_>>().join(", ")
}

/// The error for `--after` with other releases than those that the packet was built after.
fn other_releases(releases: &[String]) -> Error {
    if releases.is_empty() {
        return Error::Usage {
            message: "the packet was not built after another release".to_owned(),
            hint: "Leave out --after.".to_owned(),
        };
    }
    Error::Usage {
        message: format!("the packet was built after {}", releases.join(", then ")),
        hint: "Give the same releases in the same order with --after.".to_owned(),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    files::write(path, text.as_bytes()).map_err(|error| Error::Usage {
        message: format!("{}: {error}", escaped(&path.display().to_string())),
        hint: "Give a file that you may write to with -o FILE.".to_owned(),
    })
}
