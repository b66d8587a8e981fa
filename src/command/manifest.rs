//! `oneroof manifest`: shows the packet's files and their digests. Every command verifies the packet before it begins.

use super::sql;
use super::verb::Command;
use crate::cli::{Group, HelpPage};
use crate::error::Error;
use crate::report::{Answer, SqlAnswer};
use crate::run::Context;
use clap::{Args, ValueEnum};

/// Show the release digest, and whether every file matches.
#[derive(Clone, Debug, Args)]
pub struct ManifestArgs {
    /// What to show; by default verify.
    #[arg(value_enum, default_value_t)]
    pub action: ManifestAction,
}

/// What `manifest` shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ManifestAction {
    /// The release digest, and whether every byte matches.
    #[default]
    Verify,
    /// The manifest's lines, as sha256sum reads them.
    List,
}

impl Command for ManifestArgs {
    const PAGE: HelpPage = HelpPage {
        name: "manifest",
        place: (Group::Packet, 2),
        examples: ["oneroof manifest list", "oneroof manifest"],
        ..HelpPage::LOCAL
    };

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self)
    }
}

/// Shows the manifest.
fn run(context: &mut Context<'_>, args: &ManifestArgs) -> Result<(), Error> {
    let release = context.release;
    let json = context.common.format == crate::report::Format::Json;
    context.report.result = Some(match args.action {
        // The text has exactly the form that `sha256sum -c` reads.
        ManifestAction::List if !json => {
            let text = release.manifest.text();
            Answer::Sql(SqlAnswer { path: "manifest-sha256.txt".to_owned(), text })
        }
        ManifestAction::List => Answer::Manifest(sql::listed(release)),
        ManifestAction::Verify => {
            release.check()?;
            context.report.notes.push(format!("{} files match the manifest", release.manifest.entries().len()));
            if json { Answer::Manifest(sql::listed(release)) } else { return Ok(()) }
        }
    });
    Ok(())
}
