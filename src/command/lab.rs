//! `oneroof lab`: starts a throwaway PostgreSQL with the baseline, or loads the baseline into an empty database.

use super::verb::Command;
use crate::cli::{Group, HelpPage};
use crate::error::Error;
use crate::lab::{Baseline, Cluster, LabError, Standing};
use crate::pg::connector::Settings;
use crate::programs::Programs;
use crate::release::Release;
use crate::report::{Answer, StepAnswer};
use crate::run::{Context, next};
use crate::terminal::Spinner;
use clap::{Args, Subcommand, ValueHint};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Start a throwaway PostgreSQL with the baseline.
///
/// Or load the baseline into an empty database.
#[derive(Clone, Debug, Args)]
pub struct LabArgs {
    /// What to do with the lab.
    #[command(subcommand)]
    pub action: LabAction,
}

/// What `lab` does.
#[derive(Clone, Debug, Subcommand)]
pub enum LabAction {
    /// Start a throwaway PostgreSQL with the baseline; it runs until oneroof lab down.
    Up {
        /// Folder of the server.
        #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
        /// Folder of PostgreSQL's server programs.
        #[arg(long, value_name = "FOLDER", env = "ONEROOF_PG_BIN", value_hint = ValueHint::DirPath)]
        pg_bin: Option<PathBuf>,
    },
    /// Stop the server and remove its folder.
    Down {
        /// Folder of the server.
        #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
    },
    /// Load the baseline into the empty database that the connection options name.
    Load,
}

impl Command for LabArgs {
    const PAGE: HelpPage = HelpPage {
        name: "lab",
        place: (Group::ThrowawayServer, 2),
        examples: ["oneroof lab up", "oneroof lab down"],
        files: "  up makes the server's folder, down removes it",
        environment: HelpPage::PG_BIN,
        ..HelpPage::READ
    };
    const CHANGES: bool = true;

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self).await
    }
}

/// The path of the lab's description in a packet's folder.
const DESCRIPTION: &str = "lab/lab.toml";
/// The path of the SQL that makes the release's prerequisites.
const REQUIRES: &str = "requires.sql";

/// The contents of `lab/lab.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LabDescriptor {
    /// The role that owns the lab's database.
    pub owner: String,
    /// The baseline, by its path in the packet's folder.
    pub baseline: String,
    /// The SQL that plays the human approval, by its path in the packet's folder.
    pub ratify: String,
    /// The approval code that this SQL approves.
    pub approval: String,
}

impl LabDescriptor {
    /// Reads the packet's description of its lab. If the packet has none, the baseline is `requires.sql`, which a superuser loads, and
    /// there is no SQL that approves.
    pub(super) fn of(release: &Release) -> Result<Self, Error> {
        let Some(text) = release.sources().get(DESCRIPTION) else {
            return Ok(Self {
                owner: release.descriptor.release.role.clone(),
                baseline: REQUIRES.to_owned(),
                ratify: String::new(),
                approval: release.descriptor.gate.apr_example.clone(),
            });
        };
        toml::from_str(text).map_err(|error| Error::Internal(format!("{DESCRIPTION}: {error}")))
    }

    /// The text of a file that the description names.
    pub(super) fn file<'r>(release: &'r Release, name: &str) -> Result<&'r str, Error> {
        release.sources().get(name).map(String::as_str).ok_or_else(|| Error::Usage {
            message: format!("the packet has no {}", if name.is_empty() { "lab/lab.toml" } else { name }),
            hint:
                "This command needs a packet with a lab: its lab/lab.toml names the baseline and the approvals to sign."
                    .to_owned(),
        })
    }

    /// The baseline in the form that [`Cluster`] loads.
    pub(super) fn baseline(&self, release: &Release) -> Result<Baseline, Error> {
        Ok(Baseline {
            database: release.descriptor.release.database.clone(),
            owner: self.owner.clone(),
            sql: Self::file(release, &self.baseline)?.to_owned(),
            by_administrator: !release.sources().contains_key(DESCRIPTION),
        })
    }
}

/// Turns a failure of the lab into an error with its hint.
pub(super) fn failed(error: &LabError) -> Error {
    Error::Tool { message: error.to_string(), hint: error.hint().unwrap_or_default() }
}

/// Finds PostgreSQL's server programs.
pub(super) fn programs(folder: Option<&Path>) -> Result<Programs, Error> {
    Programs::find(folder).map_err(|error| Error::Tool { message: error.to_string(), hint: error.hint() })
}

/// Starts a lab, takes it down, or loads the baseline.
async fn run(context: &mut Context<'_>, args: &LabArgs) -> Result<(), Error> {
    match &args.action {
        LabAction::Up { dir, pg_bin } => up(context, dir.as_deref(), pg_bin.as_deref()),
        LabAction::Down { dir } => down(context, dir.as_deref()),
        LabAction::Load => load(context).await,
    }
}

/// The folder of the lab: the given one, or `oneroof-lab` in the folder for temporary files.
fn folder(given: Option<&Path>) -> PathBuf {
    given.map_or_else(|| std::env::temp_dir().join("oneroof-lab"), Path::to_path_buf)
}

fn up(context: &mut Context<'_>, given: Option<&Path>, pg_bin: Option<&Path>) -> Result<(), Error> {
    let lab = LabDescriptor::of(context.release)?;
    let baseline = lab.baseline(context.release)?;
    let database = baseline.database.clone();
    let programs = programs(pg_bin)?;
    let builder = Cluster::builder(&programs).folder(folder(given)).baseline(baseline);
    let _starting = Spinner::waiting("starting PostgreSQL with the baseline", context.common.quiet);
    let started = builder.start().and_then(Cluster::leave_standing);
    let standing = started.map_err(|error| stopped(context, &error))?;
    let dsn = standing.dsn(&database, &lab.owner);
    context.report.result = Some(Answer::Steps(vec![
        step("started", format!("PostgreSQL {} in {}", standing.server_version, standing.folder.display())),
        step("loaded", format!("the baseline into database {database}, owner {}, gate closed", lab.owner)),
        step("connect", dsn.clone()),
    ]));
    context.report.effect.changed(format!("a throwaway PostgreSQL with the database {database} was started"));
    context.go_on(format!("oneroof preflight --dsn {}", next::quoted(&dsn)));
    Ok(())
}

/// Turns a failure of the lab into an error, and names the next command if there is one.
fn stopped(context: &mut Context<'_>, error: &LabError) -> Error {
    let next = match error {
        LabError::NoLab { folder } => Some(("up", folder)),
        LabError::AlreadyUp { folder } => Some(("down", folder)),
        _ => None,
    };
    if let Some((word, folder)) = next {
        context.go_on(format!("oneroof lab {word} --dir {}", next::quoted(&folder.display().to_string())));
    }
    failed(error)
}

fn down(context: &mut Context<'_>, given: Option<&Path>) -> Result<(), Error> {
    let standing = Standing::read(&folder(given)).map_err(|error| stopped(context, &error))?;
    let _stopping = Spinner::waiting("stopping PostgreSQL", context.common.quiet);
    standing.down().map_err(|error| failed(&error))?;
    context.report.effect.changed("a throwaway PostgreSQL was stopped and removed".to_owned());
    let up = given.map_or_else(String::new, |dir| format!(" --dir {}", next::quoted(&dir.display().to_string())));
    context.go_on(format!("oneroof lab up{up}"));
    context.report.result =
        Some(Answer::Steps(vec![step("removed", format!("the lab in {}", standing.folder.display()))]));
    Ok(())
}

/// Loads the baseline. The baseline's first statement refuses a database that is not empty. This function also compares the database's name
/// with the release's.
async fn load(context: &mut Context<'_>) -> Result<(), Error> {
    let lab = LabDescriptor::of(context.release)?;
    let sql = LabDescriptor::file(context.release, &lab.baseline)?;
    let opened = crate::run::open(context, Settings::default()).await?;
    let wanted = &context.release.descriptor.release.database;
    if opened.identity.database != *wanted {
        let message = format!(
            "the database is {}, but the baseline is only for an empty database called {wanted}",
            opened.identity.database
        );
        context.go_on(format!("oneroof lab load -d {}", next::quoted(wanted)));
        let hint = format!("Create it, CREATE DATABASE {wanted}, and connect to it.");
        return Err(Error::NoGo { message, only_gate: false, hint });
    }
    let _loading = Spinner::waiting("loading the baseline", context.common.quiet);
    // One message is one transaction, so the server loads the whole baseline or nothing.
    let reply = opened.session.simple(sql).await.map_err(crate::observe::lost)?;
    opened.session.close().await;
    if let Some(error) = &reply.error {
        // The load may have failed because the baseline is already there. Then preflight is the next command.
        context.go_on("oneroof preflight");
        return Err(Error::NoGo {
            message: error.message().to_owned(),
            only_gate: false,
            hint: if error.hint().is_empty() { "Nothing was loaded.".to_owned() } else { error.hint().to_owned() },
        });
    }
    context.report.effect.changed(format!("the baseline was loaded into {wanted}"));
    context.report.result =
        Some(Answer::Steps(vec![step("loaded", format!("the baseline into database {wanted}, gate closed"))]));
    context.go_on("oneroof preflight");
    Ok(())
}

/// A step that succeeded.
pub(super) fn step(step: &str, outcome: String) -> StepAnswer {
    StepAnswer { step: step.to_owned(), outcome, ok: true, unknown: false }
}
