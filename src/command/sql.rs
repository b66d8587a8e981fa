//! `oneroof sql`: lists, shows and exports the SQL, so that people can run it with psql.

use super::verb::Command;
use crate::cli::{Group, HelpPage};
use crate::error::Error;
use crate::files;
use crate::pg::questions;
use crate::release::Release;
use crate::report::{Answer, FileAnswer, SqlAnswer};
use crate::run::Context;
use crate::text::escaped;
use clap::{Args, Subcommand, ValueHint};
use std::path::{Path, PathBuf};

/// List, show or export the SQL that the packet holds.
#[derive(Clone, Debug, Args)]
pub struct SqlArgs {
    /// What to do with the embedded SQL.
    #[command(subcommand)]
    pub action: SqlAction,
}

/// What `sql` does.
#[derive(Clone, Debug, Subcommand)]
pub enum SqlAction {
    /// List the files.
    List,
    /// Show one file.
    Show {
        /// Its path, for example `prod/00_preflight.sql`.
        file: String,
    },
    /// Write all files and the manifest into a folder, for psql.
    Export {
        /// An empty folder; it is made if it does not exist.
        #[arg(required_unless_present = "single", value_hint = ValueHint::AnyPath)]
        folder: Option<PathBuf>,
        /// Write one text that psql can read from standard input, instead of a folder: to standard output, or to a new file.
        #[arg(long)]
        single: bool,
    },
}

impl Command for SqlArgs {
    const PAGE: HelpPage = HelpPage {
        name: "sql",
        place: (Group::Packet, 3),
        examples: ["oneroof sql list", "oneroof sql export for-psql"],
        files: "  export writes a new folder, or with --single a new file",
        ..HelpPage::LOCAL
    };

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self)
    }
}

/// Lists, shows or writes the embedded SQL.
fn run(context: &mut Context<'_>, args: &SqlArgs) -> Result<(), Error> {
    context.report.result = Some(match &args.action {
        SqlAction::List => Answer::Manifest(listed(context.release)),
        SqlAction::Show { file } => {
            Answer::Sql(show(context.release, file).inspect_err(|_| context.go_on("oneroof sql list"))?)
        }
        SqlAction::Export { folder: None, .. } => {
            Answer::Sql(SqlAnswer { path: "run_all.sql".to_owned(), text: single(context.release)? })
        }
        SqlAction::Export { folder: Some(folder), single: false } => Answer::Files(export(context.release, folder)?),
        SqlAction::Export { folder: Some(file), single: true } => {
            Answer::Files(vec![write_single(context.release, file)?])
        }
    });
    Ok(())
}

/// The files of the packet with their digests.
pub(super) fn listed(release: &Release) -> Vec<FileAnswer> {
    let entries = release.manifest.entries().iter();
    entries
        .map(|(path, digest)| FileAnswer {
            path: path.clone(),
            sha256: digest.to_string(),
            bytes: release.text(path).map_or(0, |text| text.len()),
        })
        .collect()
}

fn show(release: &Release, file: &str) -> Result<SqlAnswer, Error> {
    let path = if file.starts_with("sql/") { file.to_owned() } else { format!("sql/{file}") };
    match release.text(&path) {
        Some(text) => Ok(SqlAnswer { path, text: text.into_owned() }),
        None => Err(Error::Usage {
            message: format!("the packet holds no file {}", escaped(file)),
            hint: "oneroof sql list names them, for example prod/00_preflight.sql.".to_owned(),
        }),
    }
}

/// Writes every member of the packet, with a manifest, the sealed packet and a page that explains them.
pub(super) fn export(release: &Release, folder: &Path) -> Result<Vec<String>, Error> {
    let failed = |path: &Path, error: std::io::Error| Error::Usage {
        message: format!("{}: {error}", path.display()),
        hint: "Give a new folder, inside one that you may write to.".to_owned(),
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    if std::fs::read_dir(folder).map_err(|error| failed(folder, error))?.next().is_some() {
        return Err(Error::Usage {
            message: format!("{} is not empty", folder.display()),
            hint: "Give a new folder: existing files are never overwritten.".to_owned(),
        });
    }
    let mut written = Vec::new();
    let page = crate::packet::compose::readme(&release.descriptor, &release.digest_text(), questions::BUILT);
    let mut files = vec![("manifest-sha256.txt", release.manifest.text()), ("README.md", page)];
    let sealed = format!("{}.packet", release.descriptor.release.name);
    files.push((&sealed, release.sealed()?));
    for (path, _) in release.manifest.entries() {
        files.push((path, release.composed(path)?));
    }
    for (name, text) in files {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| failed(parent, error))?;
        }
        std::fs::write(&path, text).map_err(|error| failed(&path, error))?;
        written.push(path.display().to_string());
    }
    Ok(written)
}

/// The executor script for psql with the text of every file that it includes. The result is one file for `psql -f -`.
fn single(release: &Release) -> Result<String, Error> {
    let executor = "sql/prod/99_run_all.sql";
    let text = release.text(executor).ok_or_else(|| Error::Internal(format!("{executor} is not embedded")))?;
    let mut single = format!("-- {}: release {}\n", release.descriptor.release.title, release.digest_text());
    // With separate files a person passes this variable to psql. The single file sets it itself.
    single.push_str(&format!("\\set release_digest {}\n", release.digest_text()));
    for line in text.lines() {
        match line.trim().strip_prefix("\\ir ") {
            Some(included) => {
                let name = format!("sql/prod/{}", included.trim().trim_end_matches(';').trim_matches('\''));
                let body = release.text(&name).ok_or_else(|| Error::Internal(format!("{name} is not embedded")))?;
                single.push_str(&format!("-- begin of {name}\n{body}\n-- end of {name}\n"));
            }
            None => {
                single.push_str(line);
                single.push('\n');
            }
        }
    }
    Ok(single)
}

fn write_single(release: &Release, path: &Path) -> Result<String, Error> {
    let single = single(release)?;
    files::write_new(path, single.as_bytes()).map_err(|error| Error::Usage {
        message: format!("{}: {error}", path.display()),
        hint: "Give a new file: existing files are never overwritten.".to_owned(),
    })?;
    Ok(path.display().to_string())
}
