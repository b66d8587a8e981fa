//! `oneroof clone`: a copy of the source database, under a name that marks it as a clone. Before a command writes or removes anything, it
//! checks the name against the packet's rule. The SQL checks the name again.

mod boundary;
mod copy;
mod create;
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
use crate::exec::executor::Executor;
use crate::exec::interrupt::Interrupt;
use crate::exec::{Run, Transaction, TxEnd};
use crate::observe::questions;
use crate::pg::connector::{CLONE, Connector, Opened, Settings};
use crate::pg::conninfo::Target;
use crate::pg::session::Session;
use crate::release::Release;
use crate::report::{Answer, Report, StageAnswer};
use crate::run::{
    Confirmation, Context, Recorder, RunLog, ask_to_type, client, connect, finish, of_name, open_evidence, target,
};
use crate::terminal::Spinner;
use crate::text::{escaped_within, quoted};
use clap::{Args, Subcommand, ValueHint};
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
        let asked = ask_to_type(&mut interrupt, &mut log, &name, (&[], context.style.width), &what).await;
        if asked.is_err() {
            return finish(context, &mut log, asked);
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
        named,
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

/// One run of a clone command.
struct Job<'j> {
    name: String,
    source: Target,
    /// The role of every transaction. Empty for the login role.
    role: String,
    log: RunLog,
    /// The report that the evidence holds while the stages run: every tier and action on the clone. The command's own report lists the
    /// stages.
    kept: Report,
    interrupt: Option<Interrupt>,
    named: &'j Named,
    stages: Vec<StageAnswer>,
}

/// What the source's server reports about a clone of this name.
struct CloneGround {
    statements: Vec<(String, String)>,
    /// Settings of the source database, or of a role in it: the name of each setting, and the statement that gives it to the clone.
    settings: Vec<(String, String)>,
    source_bytes: u64,
}

impl CloneGround {
    fn statement(&self, name: &str) -> &str {
        self.statements.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text.as_str())
    }
}

impl Job<'_> {
    fn stage(&mut self, stage: &str, title: &str, passed: bool, numbers: String) -> bool {
        let verdict = if passed { "PASS" } else { "FAIL" };
        self.log.say(&format!("{stage} {verdict} {title}: {numbers}"));
        self.stages.push(StageAnswer { stage: stage.to_owned(), title: title.to_owned(), passed, numbers });
        passed
    }

    /// Runs one transaction on the clone.
    async fn transaction(&mut self, executor: &mut Executor<'_>, runs: &[Run<'_>], end: TxEnd) -> Transaction {
        executor.run_transaction(runs, end, &mut Recorder::new(&mut self.log, &mut self.kept, end)).await
    }

    /// Opens the session on the clone that holds the clone's run lock.
    async fn open_clone<'a>(&mut self, context: &mut Context<'a>) -> Result<Executor<'a>, Error> {
        let connector = Connector::writing(self.clone_target(), self.clone_settings());
        let interrupt = self.interrupt.take().ok_or_else(|| Error::Internal("no signals".to_owned()))?;
        let executor = connect(context, connector, interrupt, &self.named.writing, &mut self.log).await?;
        self.kept.target.clone_from(&context.report.target);
        self.take_role(&executor.session).await?;
        Ok(executor)
    }

    /// Opens a session on the source that only reads.
    async fn open_source(&mut self, context: &mut Context<'_>) -> Result<Opened, Error> {
        let settings = Settings { role: self.role.clone(), ..Settings::default() };
        let connector = Connector::reading(self.source.clone(), settings);
        let opened = connector.open(context.release).await?;
        context.name_target(&opened);
        let client = client(&opened).await;
        self.log.reached(&opened, client);
        let release = &context.release.descriptor.release;
        let database = &opened.identity.database;
        if context.release.descriptor.is_clone(database) {
            context.go_on(format!("{} -d {}", context.same_command(), quoted(&release.database)));
            return Err(Error::NoGo {
                message: format!("{database} is a clone, and a clone cannot be the source of another clone"),
                only_gate: false,
                hint: format!(
                    "Connect to {}: -d {}, and name the clone with --name.",
                    release.database, release.database
                ),
            });
        }
        self.take_role(&opened.session).await?;
        Ok(opened)
    }

    /// Sets the role for the whole session, because CREATE DATABASE, DROP DATABASE and the query after a COMMIT do not run in a transaction
    /// of the release.
    async fn take_role(&self, session: &Session) -> Result<(), Error> {
        if self.role.is_empty() {
            return Ok(());
        }
        let set = "SELECT pg_catalog.set_config('role', $1, false)";
        let (reply, _) =
            session.flight(set, std::slice::from_ref(&self.role), "").await.map_err(crate::observe::lost)?;
        reply.error.map_or(Ok(()), |error| {
            Err(Error::Question {
                what: format!("--role {}", escaped_within(&self.role, 80)),
                message: error.message().to_owned(),
                sqlstate: error.code().to_owned(),
            })
        })
    }

    /// Refuses any database other than the one that the packet names, because the stages compare the clone with its source.
    fn released(context: &mut Context<'_>, opened: &Opened) -> Result<(), Error> {
        let expected = &context.release.descriptor.release.database;
        let database = &opened.identity.database;
        if database == expected {
            return Ok(());
        }
        context.go_on(format!("{} -d {}", context.same_command(), quoted(expected)));
        Err(Error::NoGo {
            message: format!("connected to the database {database}; the source of a clone is {expected}"),
            only_gate: false,
            hint: format!("Connect to {expected}: -d {expected}, and name the clone with --name."),
        })
    }

    /// The connection target of the clone: the source's server, but the clone's database.
    fn clone_target(&self) -> Target {
        Target { dbname: self.name.clone(), ..self.source.clone() }
    }

    fn clone_settings(&self) -> Settings {
        Settings { mode: CLONE.to_owned(), role: self.role.clone(), ..Settings::default() }
    }

    /// Reads the statements and checks for a clone of this name from the source.
    async fn ground(
        &self,
        context: &mut Context<'_>,
        session: &Session,
        no_owner: bool,
    ) -> Result<(CloneGround, Vec<crate::check::Check>), Error> {
        let settings = [
            ("oneroof.clone_name", self.name.clone()),
            ("oneroof.clone_no_owner", if no_owner { "on" } else { "" }.to_owned()),
        ];
        let asked = questions(session, context.release, &settings, &["clone_source"]).await?;
        let (mut checks, mut ground) =
            (Vec::new(), CloneGround { statements: Vec::new(), settings: Vec::new(), source_bytes: 0 });
        for row in asked.rows("clone_source") {
            let (name, actual) = (row.text("name"), row.text("actual"));
            match row.text("kind") {
                "check" => {
                    let phase = crate::check::Phase::Preflight;
                    checks.push(crate::check::Check::of(name, phase, row.text("expected"), actual, row.text("hint")));
                }
                "statement" if name == "setting" => {
                    ground.settings.push((row.text("hint").to_owned(), actual.to_owned()));
                }
                "statement" => ground.statements.push((name.to_owned(), actual.to_owned())),
                _ => ground.source_bytes = actual.parse().unwrap_or_default(),
            }
        }
        Ok((ground, checks))
    }

    /// Removes the clone.
    async fn remove(&mut self, context: &mut Context<'_>) -> Result<(), Error> {
        let opened = self.open_source(context).await?;
        let (ground, _) = self.ground(context, &opened.session, true).await?;
        let seen = self.size(context, &opened.session).await?;
        let home = &context.release.descriptor.release.database;
        let elsewhere = if opened.identity.database == *home { String::new() } else { format!(" -d {}", quoted(home)) };
        context.go_on(format!("oneroof status{elsewhere}"));
        let Some(seen) = seen else {
            context.report.notes.push(format!("there is no database {}, so there is nothing to remove", self.name));
            return Ok(());
        };
        let reply = opened.session.simple(ground.statement("drop")).await.map_err(crate::observe::lost)?;
        if let Some(error) = &reply.error {
            let hint = match error.code() {
                crate::sqlstate::OBJECT_IN_USE => {
                    context.go_on(context.same_command());
                    "Somebody is connected to the clone; end those sessions and try again."
                }
                _ => "Nothing was removed.",
            };
            let message = format!("{} was not removed: {}", self.name, error.message());
            return Err(Error::NoGo { message, only_gate: false, hint: hint.to_owned() });
        }
        let gone = self.size(context, &opened.session).await?.is_none();
        opened.session.close().await;
        context.report.effect.changed(format!("the clone {} was removed", self.name));
        if self.stage("drop", "the clone is gone", gone, format!("{} bytes given back", seen.bytes)) {
            return Ok(());
        }
        Err(Error::Different {
            message: format!("there is a database {} again", self.name),
            hint: "Somebody created it after DROP DATABASE succeeded.".to_owned(),
        })
    }

    /// The command line of another command for this clone.
    fn command(&self, word: &str) -> String {
        format!("oneroof clone {word} --name {}", quoted(&self.name))
    }

    async fn size(&self, context: &Context<'_>, session: &Session) -> Result<Option<Size>, Error> {
        let settings = [("oneroof.clone_name", self.name.clone())];
        let asked = questions(session, context.release, &settings, &["clone_size"]).await?;
        Ok(asked.rows("clone_size").first().map(|row| Size {
            bytes: row.number("bytes").and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default(),
            open: row.is_true("open"),
            ours: row.is_true("ours"),
            complete: !row.text("mark").contains("NOT COMPLETE"),
        }))
    }
}

/// What the server reports about the clone in a session on another database.
struct Size {
    bytes: u64,
    /// Whether anybody may connect to the clone.
    open: bool,
    /// Whether the role may drop the clone.
    ours: bool,
    /// Whether the clone is complete, and was not left unfinished by a run that was killed.
    complete: bool,
}
