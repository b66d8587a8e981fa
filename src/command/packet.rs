//! `oneroof packet`: makes, builds, shows and checks packets. It runs SQL only on a throwaway server, or on an empty server that the author
//! names.

mod build;
mod folder;
mod from;
mod new;
mod show;
mod trial;

use super::verb::Command;
use crate::cli::{Group, HelpPage};
use crate::derive::Earlier;
use crate::error::{Error, ExitCode};
use crate::files;
use crate::packet::page::Descriptor;
use crate::packet::sealed;
use crate::release::{Release, ReleaseError, sha256};
use crate::report::{Answer, SqlAnswer, StepAnswer};
use crate::run::{Context, listen, unless_interrupted};
use crate::text::escaped;
use build::Where;
use clap::{Args, Subcommand, ValueHint};
use std::path::{Path, PathBuf};

/// Make, build, show, check or export a packet.
#[derive(Clone, Debug, Args)]
pub struct PacketArgs {
    /// What to do with the packet.
    #[command(subcommand)]
    pub action: PacketAction,
}

/// What `packet` does.
#[derive(Clone, Debug, Subcommand)]
pub enum PacketAction {
    /// Make a folder with a new packet: with one tier, or with the scripts that you have.
    ///
    /// Example: oneroof packet new flipr --from sqitch.plan --since v1.0
    New {
        /// An empty folder; it is made if it does not exist.
        #[arg(value_hint = ValueHint::DirPath)]
        folder: PathBuf,
        /// A psql script, a sqitch.plan, or a folder of Flyway's `V1__name.sql`: each included file, change or migration becomes a tier.
        #[arg(long, value_name = "FILE", value_hint = ValueHint::AnyPath)]
        from: Option<PathBuf>,
        /// Take only the changes of the sqitch.plan after this tag.
        #[arg(long, value_name = "TAG", requires = "from")]
        since: Option<String>,
    },
    /// Run the release of a folder on a throwaway PostgreSQL, twice; prove its rollbacks, write derived.toml, and seal the packet.
    Build {
        /// The packet's folder.
        #[arg(value_hint = ValueHint::DirPath)]
        folder: PathBuf,
        /// The sealed packet to write; by default NAME.packet in the current folder.
        #[arg(short = 'o', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        output: Option<PathBuf>,
        /// A release that is applied before this one, as a sealed packet or a folder. Give several in their order.
        #[arg(long, value_name = "PACKET", value_hint = ValueHint::AnyPath)]
        after: Vec<PathBuf>,
        /// An empty server of your own instead of a throwaway one, for extensions; the role must be a superuser.
        #[arg(long, value_name = "DSN")]
        on: Option<String>,
        /// Folder of PostgreSQL's server programs; give two to derive for both, a server before 16 and one from 16 on.
        #[arg(long, value_name = "FOLDER", env = "ONEROOF_PG_BIN", value_delimiter = ':', value_hint = ValueHint::DirPath)]
        pg_bin: Vec<PathBuf>,
    },
    /// Show what people sign: the whole text of each tier, with its rows, locks, checks and rollback.
    Show {
        /// A sealed packet or a folder; by default the packet that this program carries.
        #[arg(id = "given", value_name = "PACKET")]
        packet: Option<PathBuf>,
        /// Show only this tier.
        #[arg(long, value_name = "N")]
        tier: Option<u8>,
        /// Show only what differs from this sealed packet or folder.
        #[arg(long, value_name = "PACKET", conflicts_with = "tier")]
        against: Option<PathBuf>,
    },
    /// Check a packet without a server: its form, its digest, SQL that is not allowed, and that it composes to the same bytes.
    Check {
        /// A sealed packet or a folder; by default the packet that this program carries.
        #[arg(id = "given", value_name = "PACKET")]
        packet: Option<PathBuf>,
        /// Run the release again on a throwaway server, and compare.
        #[arg(long)]
        prove: bool,
        /// With --prove: the releases that were given to packet build --after, in the same order.
        #[arg(long, value_name = "PACKET", requires = "prove", value_hint = ValueHint::AnyPath)]
        after: Vec<PathBuf>,
        /// Folder of PostgreSQL's server programs.
        #[arg(long, value_name = "FOLDER", env = "ONEROOF_PG_BIN", value_delimiter = ':', value_hint = ValueHint::DirPath)]
        pg_bin: Vec<PathBuf>,
    },
    /// Write the packet that this program carries into a file, whose sha256sum is the release digest.
    Export {
        /// The file; by default standard output.
        file: Option<PathBuf>,
    },
}

impl Command for PacketArgs {
    const PAGE: HelpPage = HelpPage {
        name: "packet",
        place: (Group::Packet, 1),
        examples: ["oneroof packet new sales --from release.sql", "oneroof packet show --tier 3"],
        codes: &[ExitCode::Done, ExitCode::Internal, ExitCode::Usage, ExitCode::Manifest, ExitCode::Interrupted],
        files: "  new makes a new folder\n  build writes FOLDER/derived.toml and NAME.packet",
        environment: HelpPage::PG_BIN,
        ..HelpPage::LOCAL
    };

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self).await
    }
}

/// Reads the release of a sealed packet.
pub(super) fn sealed(path: &Path) -> Result<Release, Error> {
    let shown = path.display().to_string();
    let text = files::read_text(path, files::LARGE).map_err(|error| match error.kind() {
        // The file can be read, but one of its bytes is not that of a text.
        std::io::ErrorKind::InvalidData => {
            Error::Release(ReleaseError::Sealed { path: shown.clone(), reason: "it is not UTF-8 text".to_owned() })
        }
        _ => unreadable(path, &error),
    })?;
    Ok(Release::unsealed(&shown, &text)?)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::Usage {
        message: format!("{}: {error}", escaped(&path.display().to_string())),
        hint: "Give a sealed packet: a file that oneroof packet build wrote.".to_owned(),
    }
}

/// Makes, builds, shows, checks or exports a packet.
async fn run(context: &mut Context<'_>, args: &PacketArgs) -> Result<(), Error> {
    match &args.action {
        PacketAction::New { folder, from, since } => new::run(context, folder, from.as_deref(), since.as_deref()),
        PacketAction::Show { packet, tier, against } => {
            show::run(context, packet.as_deref(), *tier, against.as_deref())
        }
        PacketAction::Check { packet, prove, after, pg_bin } => {
            let place = Where { pg_bin, on: None, earlier: earlier(after)? };
            let mut interrupt = listen(context.common.quiet)?;
            unless_interrupted(&mut interrupt, check(context, packet.as_deref(), prove.then_some(&place))).await
        }
        PacketAction::Export { file } => export(context, file.as_deref()),
        PacketAction::Build { folder, output, after, on, pg_bin } => {
            let place = Where { pg_bin, on: on.as_deref(), earlier: earlier(after)? };
            let mut interrupt = listen(context.common.quiet)?;
            unless_interrupted(&mut interrupt, build::run(context, folder, output.as_deref(), &place)).await
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
    files::write_new(path, text.as_bytes()).map_err(|error| Error::Usage {
        message: format!("{}: {error}", escaped(&path.display().to_string())),
        hint: "Give a new file: existing files are never overwritten.".to_owned(),
    })
}
