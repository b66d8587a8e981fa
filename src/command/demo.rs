//! `oneroof demo`: a whole release on a throwaway PostgreSQL that the demo starts and removes.
//!
//! Every step is a command of this program, as an operator would type it. Only the human approval is different: the demo runs SQL of the
//! lab on the server that it started.

use super::lab::{LabDescriptor, failed, programs};
use super::temporary::TemporaryFolder;
use super::verb::{Command, lacks};
use crate::cli::{Group, HelpPage};
use crate::error::{Error, ExitCode};
use crate::lab::Cluster;
use crate::pg::conninfo::{Target, throwaway};
use crate::pg::open_error::OpenError;
use crate::release::Release;
use crate::report::{Answer, StepAnswer, Style, render};
use crate::run::Context;
use crate::terminal::Spinner;
use crate::text::escaped;
use clap::{Args, ValueHint};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

/// Show the whole story on a throwaway PostgreSQL.
///
/// The command starts the server and removes it again.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// Folder of PostgreSQL's server programs.
    #[arg(long, value_name = "FOLDER", env = "ONEROOF_PG_BIN", value_hint = ValueHint::DirPath)]
    pub pg_bin: Option<PathBuf>,
}

impl Command for DemoArgs {
    const PAGE: HelpPage = HelpPage {
        name: "demo",
        place: (Group::ThrowawayServer, 1),
        examples: ["oneroof demo", "oneroof demo --pg-bin /usr/lib/postgresql/16/bin"],
        codes: &[
            ExitCode::Done,
            ExitCode::Internal,
            ExitCode::Usage,
            ExitCode::Failed,
            ExitCode::Manifest,
            ExitCode::Interrupted,
        ],
        files: "  writes only below the temporary folder, and removes what it wrote",
        environment: HelpPage::PG_BIN,
        ..HelpPage::LOCAL
    };

    fn missing(release: &Release) -> Option<&'static str> {
        lacks(release, "lab/lab.toml")
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self).await
    }
}

/// Runs the whole demo. It leaves nothing behind, even if it is interrupted.
async fn run(context: &mut Context<'_>, args: &DemoArgs) -> Result<(), Error> {
    let mut interrupt = crate::run::listen(context.common.quiet)?;
    let lab = LabDescriptor::of(context.release)?;
    let programs = programs(args.pg_bin.as_deref())?;
    say(context, &format!("starting a throwaway PostgreSQL {} with the baseline …", programs.version));
    let baseline = lab.baseline(context.release)?;
    let starting = Spinner::waiting("starting PostgreSQL", context.common.quiet);
    let cluster = Cluster::builder(&programs).baseline(baseline).start().map_err(|error| failed(&error))?;
    drop(starting);
    let evidence = TemporaryFolder::create("demo")?;
    let database = &context.release.descriptor.release.database;
    let target = throwaway(cluster.socket_folder(), cluster.port(), database, &lab.owner).map_err(OpenError::Target)?;
    let mut story = Story { cluster: &cluster, lab: &lab, target, evidence: evidence.path(), steps: Vec::new() };
    let outcome = tokio::select! {
        outcome = story.tell(context) => outcome,
        signal = interrupt.raised() => Err(Error::Interrupted { signal }),
    };
    let steps = std::mem::take(&mut story.steps);
    let wrong = steps.iter().filter(|step| !step.ok).count();
    context.report.result = Some(Answer::Steps(steps));
    drop(evidence);
    let removing = Spinner::waiting("removing PostgreSQL", context.common.quiet);
    cluster.remove().map_err(|error| failed(&error))?;
    drop(removing);
    outcome?;
    if wrong > 0 {
        let message = format!("{wrong} steps did not end as expected");
        return Err(Error::Different { message, hint: "Please report this with the whole output.".to_owned() });
    }
    context.report.notes.push("the server and its folder are removed; nothing was left behind".to_owned());
    context.go_on("oneroof plan");
    Ok(())
}

struct Story<'s> {
    cluster: &'s Cluster,
    lab: &'s LabDescriptor,
    target: Target,
    evidence: &'s Path,
    steps: Vec<StepAnswer>,
}

impl Story<'_> {
    async fn tell(&mut self, context: &Context<'_>) -> Result<(), Error> {
        let code = self.lab.approval.clone();
        let top = context.release.descriptor.tiers.last().map_or(0, |tier| tier.number).to_string();
        let apply = ["apply", "--ratified-apr", code.as_str()];
        let dry_run = ["apply", "--ratified-apr", code.as_str(), "--dry-run"];
        let start = self.dump(context)?;

        self.command(context, &["preflight"], ExitCode::GateClosed, "NO-GO: the gate is closed").await;
        self.command(context, &apply, ExitCode::GateClosed, "apply stops: only people can open the gate").await;
        self.ratify(context)?;
        let ratified = self.dump(context)?;
        self.command(context, &dry_run, ExitCode::Done, "dry run: every tier for real, rolled back").await;
        let after = self.dump(context)?;
        self.compare(context, "pg_dump after the dry run", "equal to the one before it", &ratified, &after);
        self.command(context, &["preflight", "--ratified-apr", &code], ExitCode::Done, "GO").await;
        self.command(context, &apply, ExitCode::Done, "the release: every tier in its own transaction").await;
        self.command(context, &["verify"], ExitCode::Done, "the whole end state, checked again").await;
        self.command(context, &apply, ExitCode::AlreadyApplied, "a second apply finds it applied").await;
        self.command(context, &["rollback", "--tier", &top], ExitCode::Done, "the top tier rolled back").await;
        self.command(context, &["status"], ExitCode::Done, "which tiers are applied").await;
        self.command(context, &["rollback", "--full"], ExitCode::Done, "everything rolled back").await;
        let end = self.dump(context)?;
        self.compare(
            context,
            "pg_dump after the full rollback",
            "equal to the one before the release",
            &ratified,
            &end,
        );
        self.withdraw(context)?;
        let closed = self.dump(context)?;
        self.compare(
            context,
            "pg_dump after the lab's approvals were deleted",
            "equal to the very start",
            &start,
            &closed,
        );
        Ok(())
    }

    /// Runs one command, as an operator would type it.
    async fn command(&mut self, context: &Context<'_>, words: &[&str], expected: ExitCode, what: &str) {
        let shown = format!("oneroof {}", words.join(" "));
        say(context, &format!("\n$ {shown}"));
        let folder = self.evidence.display().to_string();
        let mut argv = vec!["oneroof"];
        argv.extend(words);
        argv.push("--quiet");
        if matches!(words[0], "apply" | "rollback") {
            argv.extend(["--log-dir", &folder]);
            if !words.contains(&"--dry-run") {
                argv.push("--yes");
            }
        }
        let argv: Vec<std::ffi::OsString> = argv.into_iter().map(Into::into).collect();
        // The command itself is quiet, so the demo says what it waits for.
        let running = Spinner::waiting(&format!("oneroof {}", brief_words(words)), context.common.quiet);
        let report = (context.line.run)(&argv, self.target.clone(), context.style).await;
        drop(running);
        let mut brief = report.clone();
        (brief.release, brief.target, brief.next) = (None, None, None);
        brief.evidence.clear();
        brief.evidence_sha256 = None;
        brief.approval_rule = None;
        // `context.style` describes standard output, but the demo prints to standard error.
        let colour = context.style.colour && std::io::stderr().is_terminal();
        let drawn = render(&brief, &Style { brief: true, colour, ..*context.style });
        if !context.common.quiet {
            crate::report::tell(&format!("{}\n", drawn.trim_end()));
        }
        let code = u8::from(report.exit_code);
        self.steps.push(StepAnswer {
            // The command is shortened so that the table fits. The whole command line is printed above its output.
            step: brief_words(words),
            outcome: format!("exit {code}: {what}"),
            ok: report.exit_code == expected,
            unknown: false,
        });
    }

    fn ratify(&mut self, context: &Context<'_>) -> Result<(), Error> {
        say(context, "\n# what people do, played here by hand on the lab: they sign the proposal");
        self.sql(context, LabDescriptor::file(context.release, &self.lab.ratify)?)?;
        self.steps.push(StepAnswer {
            step: "people approve".to_owned(),
            outcome: "by hand, with SQL of the lab: no oneroof command can do this".to_owned(),
            ok: true,
            unknown: false,
        });
        Ok(())
    }

    fn withdraw(&mut self, context: &Context<'_>) -> Result<(), Error> {
        let gate = &context.release.descriptor.gate.table;
        self.sql(context, &format!("DELETE FROM {gate}"))
    }

    fn sql(&self, context: &Context<'_>, sql: &str) -> Result<(), Error> {
        let database = &context.release.descriptor.release.database;
        self.cluster.psql(database, &self.lab.owner, sql).map(drop).map_err(|error| failed(&error))
    }

    fn dump(&self, context: &Context<'_>) -> Result<String, Error> {
        let _dumping = Spinner::waiting("pg_dump", context.common.quiet);
        let database = &context.release.descriptor.release.database;
        self.cluster.pg_dump(database, &[]).map_err(|error| failed(&error))
    }

    fn compare(&mut self, context: &Context<'_>, step: &str, outcome: &str, before: &str, after: &str) {
        let ok = before == after;
        let outcome = if ok { format!("{outcome}, {} bytes", after.len()) } else { format!("NOT {outcome}") };
        say(context, &format!("\n# {step}:\n#   {outcome}"));
        self.steps.push(StepAnswer { step: step.to_owned(), outcome, ok, unknown: false });
    }
}

/// The command without its approval code.
fn brief_words(words: &[&str]) -> String {
    let given = words.iter().position(|word| *word == "--ratified-apr").map(|at| at..at + 2);
    let kept = words.iter().enumerate().filter(|(index, _)| !given.as_ref().is_some_and(|given| given.contains(index)));
    kept.map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
}

/// Prints a line to standard error, because standard output holds only the report.
fn say(context: &Context<'_>, line: &str) {
    if !context.common.quiet {
        let shown: Vec<_> = line.lines().map(escaped).collect();
        crate::report::tell(&format!("{}\n", shown.join("\n")));
    }
}
