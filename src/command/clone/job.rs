//! One run of a clone command: its sessions on the source and on the clone, and the removal of the clone.

use crate::cli::Writing;
use crate::error::Error;
use crate::exec::executor::Executor;
use crate::exec::interrupt::Interrupt;
use crate::exec::{Run, Transaction, TxEnd};
use crate::observe::questions;
use crate::pg::connector::{CLONE, Connector, Opened, Settings};
use crate::pg::conninfo::Target;
use crate::pg::session::Session;
use crate::report::{Report, StageAnswer};
use crate::run::{Context, Recorder, RunLog, client, connect};
use crate::text::{escaped_within, quoted};
use std::collections::BTreeMap;

/// One run of a clone command.
pub(super) struct Job<'j> {
    pub(super) name: String,
    pub(super) source: Target,
    /// The role of every transaction. Empty for the login role.
    pub(super) role: String,
    pub(super) log: RunLog,
    /// The report that the evidence holds while the stages run: every tier and action on the clone. The command's own report lists the
    /// stages.
    pub(super) kept: Report,
    pub(super) interrupt: Option<Interrupt>,
    pub(super) writing: &'j Writing,
    pub(super) stages: Vec<StageAnswer>,
}

/// What the source's server reports about a clone of this name.
pub(super) struct CloneGround {
    pub(super) statements: Vec<(String, String)>,
    /// Settings of the source database, or of a role in it: the name of each setting, and the statement that gives it to the clone.
    pub(super) settings: Vec<(String, String)>,
    /// Extensions that get another version in the clone: the subject of the difference, such as `extension hstore`, and a sentence.
    pub(super) versions: BTreeMap<String, String>,
    pub(super) source_bytes: u64,
}

impl CloneGround {
    pub(super) fn statement(&self, name: &str) -> &str {
        self.statements.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text.as_str())
    }
}

impl Job<'_> {
    pub(super) fn stage(&mut self, stage: &str, title: &str, passed: bool, numbers: String) -> bool {
        let verdict = if passed { "PASS" } else { "FAIL" };
        self.log.say(&format!("{stage} {verdict} {title}: {numbers}"));
        self.stages.push(StageAnswer { stage: stage.to_owned(), title: title.to_owned(), passed, numbers });
        passed
    }

    /// Runs one transaction on the clone.
    pub(super) async fn transaction(
        &mut self,
        executor: &mut Executor<'_>,
        runs: &[Run<'_>],
        end: TxEnd,
    ) -> Transaction {
        executor.run_transaction(runs, end, &mut Recorder::new(&mut self.log, &mut self.kept, end)).await
    }

    /// Opens the session on the clone that holds the clone's run lock.
    pub(super) async fn open_clone<'a>(&mut self, context: &mut Context<'a>) -> Result<Executor<'a>, Error> {
        let connector = Connector::writing(self.clone_target(), self.clone_settings());
        let interrupt = self.interrupt.take().ok_or_else(|| Error::Internal("no signals".to_owned()))?;
        let executor = connect(context, connector, interrupt, self.writing, &mut self.log).await?;
        self.kept.target.clone_from(&context.report.target);
        self.take_role(&executor.session).await?;
        Ok(executor)
    }

    /// Opens a session on the source that only reads.
    pub(super) async fn open_source(&mut self, context: &mut Context<'_>) -> Result<Opened, Error> {
        let settings = Settings { role: self.role.clone(), ..Settings::default() };
        let connector = Connector::reading(self.source.clone(), settings);
        let opened = connector.open(context.release).await?;
        context.name_target(&opened, None);
        context.note_lacking(&opened);
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
    pub(super) async fn take_role(&self, session: &Session) -> Result<(), Error> {
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
    pub(super) fn released(context: &mut Context<'_>, opened: &Opened) -> Result<(), Error> {
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
    pub(super) fn clone_target(&self) -> Target {
        Target { dbname: self.name.clone(), ..self.source.clone() }
    }

    pub(super) fn clone_settings(&self) -> Settings {
        Settings { mode: CLONE.to_owned(), role: self.role.clone(), ..Settings::default() }
    }

    /// Reads the statements and checks for a clone of this name from the source.
    pub(super) async fn ground(
        &self,
        context: &mut Context<'_>,
        session: &Session,
        no_owner: bool,
    ) -> Result<(CloneGround, Vec<crate::check::Check>), Error> {
        let settings = [
            ("oneroof.clone_name", self.name.clone()),
            ("oneroof.clone_no_owner", if no_owner { "on" } else { "" }.to_owned()),
        ];
        let answers = questions(session, context.release, &settings, &["clone_source"]).await?;
        let (mut checks, mut ground) = (
            Vec::new(),
            CloneGround { statements: Vec::new(), settings: Vec::new(), versions: BTreeMap::new(), source_bytes: 0 },
        );
        for row in answers.rows("clone_source") {
            let (name, actual) = (row.text("name"), row.text("actual"));
            match row.text("kind") {
                "check" => {
                    let phase = crate::check::Phase::Preflight;
                    checks.push(crate::check::Check::of(name, phase, row.text("expected"), actual, row.text("hint")));
                }
                "statement" if name == "setting" => {
                    ground.settings.push((row.text("hint").to_owned(), actual.to_owned()));
                }
                "version" => {
                    ground.versions.insert(name.to_owned(), actual.to_owned());
                }
                "statement" => ground.statements.push((name.to_owned(), actual.to_owned())),
                _ => ground.source_bytes = actual.parse().unwrap_or_default(),
            }
        }
        Ok((ground, checks))
    }

    /// Removes the clone.
    pub(super) async fn remove(&mut self, context: &mut Context<'_>) -> Result<(), Error> {
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
    pub(super) fn command(&self, word: &str) -> String {
        format!("oneroof clone {word} --name {}", quoted(&self.name))
    }

    pub(super) async fn size(&self, context: &Context<'_>, session: &Session) -> Result<Option<Size>, Error> {
        let settings = [("oneroof.clone_name", self.name.clone())];
        let answers = questions(session, context.release, &settings, &["clone_size"]).await?;
        Ok(answers.rows("clone_size").first().map(|row| Size {
            bytes: row.number("bytes").and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default(),
            open: row.is_true("open"),
            ours: row.is_true("ours"),
            complete: !row.text("mark").contains("NOT COMPLETE"),
        }))
    }
}

/// What the server reports about the clone in a session on another database.
pub(super) struct Size {
    pub(super) bytes: u64,
    /// Whether anybody may connect to the clone.
    pub(super) open: bool,
    /// Whether the role may drop the clone.
    pub(super) ours: bool,
    /// Whether the clone is complete, and was not left unfinished by a run that was killed.
    pub(super) complete: bool,
}
