//! `oneroof clone`: a copy of the source database, under a name that marks it as a clone. Before a command writes or removes anything, it
//! checks the name against the packet's rule. The SQL checks the name again.

mod boundary;
mod copy;
mod create;
mod job;
mod report;
mod revalidate;
mod scanner;
mod side;
mod stages;

use super::policy;
use super::verb::{Command, lacks};
use crate::cli::{Group, HelpPage, Writing};
use crate::error::Error;
use crate::evidence::Record;
use crate::pg::connector::Settings;
use crate::release::Release;
use crate::report::Answer;
use crate::run::{Confirmation, Context, ask_to_type, finish, of_name, open_evidence, target};
use crate::terminal::Spinner;
use crate::text::escaped_within;
use clap::{Args, Subcommand, ValueHint};
use job::Job;
use std::path::PathBuf;

/// Clone the source database and run every stage on the clone.
///
/// A clone is made by dump and restore. All stages run on it, it is revalidated, and it is removed.
#[derive(Debug, Args)]
pub struct CloneArgs {
    /// What to do with the clone.
    #[command(subcommand)]
    pub action: CloneAction,
}

/// What `clone` does.
#[derive(Debug, Subcommand)]
pub enum CloneAction {
    /// Make the clone by dump and restore, and prove that it is equal to the source. After any error it is removed.
    Create {
        /// The clone.
        #[command(flatten)]
        named: Named,
        /// Do not copy owners and grants; they are not compared either.
        #[arg(long)]
        no_owner: bool,
        /// Folder of PostgreSQL's client programs.
        #[arg(long, value_name = "FOLDER", env = "ONEROOF_PG_BIN", value_hint = ValueHint::DirPath)]
        pg_bin: Option<PathBuf>,
    },
    /// Run all stages on the clone: seed, scan, write half, boundary, cursor, full reversal; then show that the source is untouched.
    Run {
        /// The clone.
        #[command(flatten)]
        named: Named,
    },
    /// Apply everything and check R1 to R3, in one transaction that is rolled back.
    Revalidate {
        /// The clone.
        #[command(flatten)]
        named: Named,
    },
    /// Remove the clone.
    Drop {
        /// The clone.
        #[command(flatten)]
        named: Named,
    },
}

impl CloneAction {
    /// The clone's name, with the options for writing.
    pub fn named(&self) -> &Named {
        match self {
            Self::Create { named, .. } | Self::Run { named } | Self::Revalidate { named } | Self::Drop { named } => {
                named
            }
        }
    }
}

/// Which clone, and how the command is confirmed.
#[derive(Debug, Args)]
pub struct Named {
    /// Name of the clone; by default that of today.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Confirmation, evidence and locks; --confirm names the clone.
    #[command(flatten)]
    pub writing: Writing,
}

impl Command for CloneArgs {
    const PAGE: HelpPage = HelpPage {
        name: "clone",
        place: (Group::Database, 2),
        examples: ["oneroof clone create", "oneroof clone run"],
        environment: "  ONEROOF_LOG_DIR  folder for the evidence, if --log-dir is not given\n  ONEROOF_PG_BIN   folder of PostgreSQL's programs",
        ..HelpPage::WRITE
    };
    const JUDGES: bool = true;
    const CHANGES: bool = true;

    fn missing(release: &Release) -> Option<&'static str> {
        lacks(release, "queries/clone_source.sql")
    }

    fn writing(&self) -> Option<&Writing> {
        Some(&self.action.named().writing)
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self).await
    }
}

/// Makes, runs, revalidates or removes a clone.
async fn run(context: &mut Context<'_>, args: &CloneArgs) -> Result<(), Error> {
    let named = args.action.named();
    let word = match &args.action {
        CloneAction::Create { .. } => "create",
        CloneAction::Run { .. } => "run",
        CloneAction::Revalidate { .. } => "revalidate",
        CloneAction::Drop { .. } => "drop",
    };
    let name = held(context.release, named)?;
    if !matches!(args.action, CloneAction::Drop { .. }) {
        policy::uncontradicted(context)?;
    }
    let resolved = target::resolve(context.common)?;
    context.note_target(&resolved);
    let role = resolved.settings(Settings::default()).role;
    let source = resolved.target;
    let confirmation = of_name(&named.writing, &name)?;
    let record = Record { confirmed: confirmation.given(), ..Record::of_process(context.words.to_vec()) };
    let (mut log, mut interrupt) = open_evidence(context, &named.writing, record)?;
    if confirmation == Confirmation::Ask {
        let what = format!("oneroof clone {word} is about to work on {name}.");
        let confirmed = ask_to_type(&mut interrupt, &mut log, &name, (&[], context.style.width), &what).await;
        if confirmed.is_err() {
            return finish(context, &mut log, confirmed);
        }
    }
    let _waiting = Spinner::waiting(&format!("oneroof clone {word}"), context.common.quiet);
    let mut job = Job {
        name,
        source,
        role,
        log,
        kept: context.report.clone(),
        interrupt: Some(interrupt),
        writing: &named.writing,
        stages: Vec::new(),
    };
    let done = match &args.action {
        CloneAction::Create { no_owner, pg_bin, .. } => job.create(context, *no_owner, pg_bin.as_deref()).await,
        CloneAction::Run { .. } => job.run_stages(context).await,
        CloneAction::Revalidate { .. } => job.revalidate(context).await,
        CloneAction::Drop { .. } => job.remove(context).await,
    };
    if !job.stages.is_empty() {
        context.report.result = Some(Answer::Stages(std::mem::take(&mut job.stages)));
    }
    finish(context, &mut job.log, done)
}

/// The name of the clone, if it obeys the packet's rule for clone names.
fn held(release: &Release, named: &Named) -> Result<String, Error> {
    let today = jiff::Timestamp::now().strftime("%Y%m%d").to_string();
    let descriptor = &release.descriptor;
    let name = named.name.clone().unwrap_or_else(|| descriptor.clone_name(&today));
    if descriptor.is_clone(&name) {
        return Ok(name);
    }
    Err(Error::Usage {
        message: format!("--name {}: not the name of a clone", escaped_within(&name, 80)),
        hint: format!(
            "The name of a clone matches {}, for example {}.",
            descriptor.clone_rule(),
            descriptor.clone_name(&today)
        ),
    })
}
