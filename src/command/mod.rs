//! The commands: one file a verb, each a sequence of steps. No SQL, no printing.

mod action;
mod apply;
mod clone;
mod completions;
mod confirm;
mod demo;
mod evidence;
mod fingerprint;
mod folder;
mod gate;
mod lab;
mod label;
mod manifest;
mod next;
mod place;
mod plan;
mod preflight;
mod reading;
mod report;
mod resolve;
mod rollback;
mod run_log;
mod scan;
mod shadow;
mod sql;
mod status;
mod target;
mod verify;

use crate::cli::{Cli, Common, Verb, Writing};
use crate::error::Error;
use crate::exec::executor::Executor;
use crate::exec::interrupt::Interrupt;
use crate::exec::{Failure, Run, TierReport};
use crate::fingerprint::Fingerprint;
use crate::observe::{LACKING_HINT, Want, look};
use crate::pg::connector::{Connector, Opened, Settings};
use crate::pg::holders::{holder_line, holders, only_autovacuum};
use crate::pg::questions;
use crate::pg::witness::Client;
use crate::plan::{Refusal, State, tiers_in};
use crate::release::{Release, ReleaseError};
use crate::report::{Report, Style, TargetName, render};
use crate::terminal::Spinner;
pub(crate) use reading::{listen, reading, unless_interrupted};
use run_log::RunLog;
use std::time::Duration;

/// How long a question may take that is asked after a failure.
const ASK_PATIENCE: Duration = Duration::from_secs(10);

/// What every command has at hand.
pub struct Context<'a> {
    /// The verified packet.
    pub release: &'a Release,
    /// Options of every command.
    pub common: &'a Common,
    /// The command line, as the evidence keeps it.
    pub words: &'a [String],
    /// The folder for evidence, where one was named.
    pub log_dir: Option<String>,
    /// The system identifier that the profile pins.
    pub pinned: Option<String>,
    /// How text is drawn.
    pub style: &'a Style,
    /// The answer so far; it survives a failure.
    pub report: Report,
}

/// The command's name, as the report gives it.
pub fn name(verb: &Verb) -> &'static str {
    match verb {
        Verb::Preflight(_) => "preflight",
        Verb::Plan => "plan",
        Verb::Apply(_) => "apply",
        Verb::Verify => "verify",
        Verb::Status => "status",
        Verb::Rollback(_) => "rollback",
        Verb::Resolve(_) => "resolve",
        Verb::Evidence(_) => "evidence",
        Verb::Report(_) => "report",
        Verb::Fingerprint(_) => "fingerprint",
        Verb::Manifest(_) => "manifest",
        Verb::Sql(_) => "sql",
        Verb::Demo(_) => "demo",
        Verb::Lab(_) => "lab",
        Verb::Gate => "gate",
        Verb::Label(_) => "label",
        Verb::Scan(_) => "scan",
        Verb::Shadow(_) => "shadow",
        Verb::Clone(_) => "clone",
        Verb::Completions { .. } => "completions",
        Verb::Man => "man",
        Verb::Target => "target",
    }
}

/// Verifies the packet, runs the command and answers its report, whatever happened.
pub async fn run(cli: Cli, style: &Style) -> Report {
    let mut report = Report::new(name(&cli.verb));
    let release = match Release::embedded().and_then(|release| engine_is_whole().map(|()| release)) {
        Ok(release) => release,
        Err(error) => {
            report.fail(&Error::Release(error));
            return report;
        }
    };
    report.name_release(&release);
    let log_dir = next::log_dir(&cli.verb);
    let mut context =
        Context { release: &release, common: &cli.common, words: &cli.words, log_dir, pinned: None, style, report };
    if let Err(error) = dispatch(&mut context, &cli.verb).await {
        context.fail(&error, &cli.verb);
    }
    context.report
}

/// Compares the engine's own queries with those that it was built with.
fn engine_is_whole() -> Result<(), ReleaseError> {
    let actual = questions::digest();
    if actual == questions::BUILT { Ok(()) } else { Err(ReleaseError::Engine { expected: questions::BUILT, actual }) }
}

/// [`run`] from inside a command: the demo runs the others.
pub(crate) fn dispatch_boxed(cli: Cli, style: &Style) -> std::pin::Pin<Box<dyn Future<Output = Report> + '_>> {
    Box::pin(run(cli, style))
}

async fn dispatch(context: &mut Context<'_>, verb: &Verb) -> Result<(), Error> {
    if let Some(digest) = &context.common.expect_release {
        expected_digest(digest)?;
        context.release.expect(digest)?;
    }
    match verb {
        Verb::Preflight(args) => reading(context.common.quiet, verb, preflight::run(context, args)).await,
        Verb::Plan => plan::run(context),
        Verb::Apply(args) => apply::run(context, args).await,
        Verb::Verify => reading(context.common.quiet, verb, verify::run(context)).await,
        Verb::Status => reading(context.common.quiet, verb, status::run(context)).await,
        Verb::Rollback(args) => rollback::run(context, args).await,
        Verb::Resolve(args) => reading(context.common.quiet, verb, resolve::run(context, args)).await,
        Verb::Evidence(args) => reading(context.common.quiet, verb, evidence::run(context, args)).await,
        Verb::Report(args) => report::run(context, args),
        Verb::Fingerprint(args) => reading(context.common.quiet, verb, fingerprint::run(context, args)).await,
        Verb::Manifest(args) => manifest::run(context, args),
        Verb::Sql(args) => sql::run(context, args),
        Verb::Demo(args) => demo::run(context, args).await,
        Verb::Lab(args) => lab::run(context, args).await,
        Verb::Gate => reading(context.common.quiet, verb, gate::run(context)).await,
        Verb::Clone(args) => clone::run(context, args).await,
        Verb::Shadow(args) => shadow::run(context, args).await,
        Verb::Scan(args) if args.reads() => reading(context.common.quiet, verb, scan::run(context, args)).await,
        Verb::Scan(args) => scan::run(context, args).await,
        Verb::Label(args) => reading(context.common.quiet, verb, label::run(context, args)).await,
        Verb::Completions { shell } => completions::completions(context, *shell),
        Verb::Man => completions::man(context),
        Verb::Target => target::run(context),
    }
}

impl Context<'_> {
    /// Opens a session that only reads, and names the target in the report.
    pub(crate) async fn open_reading(&mut self, settings: Settings) -> Result<Opened, Error> {
        let resolved = target::resolve(self.common)?;
        self.note_target(&resolved);
        let settings = resolved.settings(settings);
        let connector = Connector::reading(resolved.target, settings);
        let opened = connector.open(self.release).await?;
        self.name_target(&opened);
        self.right_server(&opened)?;
        Ok(opened)
    }

    /// Holds the server that answered against the one that the profile pins.
    fn right_server(&self, opened: &Opened) -> Result<(), Error> {
        let answered = &opened.identity.system_identifier;
        match &self.pinned {
            Some(pinned) if pinned != answered => Err(Error::NoGo {
                message: format!("another server answers: the profile pins system identifier {pinned}, and this is {answered}"),
                only_gate: false,
                hint: "Look where the profile leads: oneroof target. After a restore into a new cluster its owner changes the pin."
                    .to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// Says what was ignored or assumed of the connection settings; with `-v` also where each value came from.
    pub(crate) fn note_target(&mut self, resolved: &target::Resolved) {
        self.pinned.clone_from(&resolved.pinned);
        self.report.notes.extend(resolved.target.notes.iter().cloned());
        if self.common.verbose > 0 {
            let rows = target::origins(resolved).rows;
            self.report.notes.extend(rows.iter().map(|row| format!("connection: {}", row.join("  "))));
        }
    }

    pub(crate) fn name_target(&mut self, opened: &Opened) {
        self.report.notes.extend(opened.notes.iter().cloned());
        self.report.target = Some(TargetName {
            database: opened.identity.database.clone(),
            server_version: opened.identity.server_version.clone(),
            user: opened.identity.current_user.clone(),
            host: opened.endpoint.clone(),
        });
    }

    /// Takes over what was seen of the tiers.
    pub(crate) fn take_states(&mut self, states: Option<&Vec<crate::plan::TierState>>) {
        if let Some(states) = states {
            self.report.effect.applied = Some(tiers_in(states, State::Applied));
            self.report.effect.altered = tiers_in(states, State::Altered);
        }
    }
}

/// The approval code, held against the rule of the packet before it goes anywhere.
///
/// # Errors
/// [`Error::Usage`] with the code, escaped, the rule and one that works.
pub fn approval_code(release: &Release, given: &str) -> Result<String, Error> {
    let gate = &release.descriptor.gate;
    let obeys = |code: &str| {
        code.strip_prefix("APR-").is_some_and(|rest| {
            (1..=60).contains(&rest.len()) && rest.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'-'))
        })
    };
    if obeys(given) {
        return Ok(given.to_owned());
    }
    let meant = given.trim().to_ascii_uppercase().replace('_', "-");
    let meant = if obeys(&meant) { format!("Did you mean {meant}? ") } else { String::new() };
    Err(Error::Usage {
        message: format!("--ratified-apr '{}': not an approval code", crate::text::escaped_within(given, 80)),
        hint: format!(
            "{meant}A code is APR- and then 1 to 60 of A-Z, 0-9 and -, for example {}; the rule is {}.",
            gate.apr_example, gate.apr_pattern
        ),
    })
}

/// A pinned digest that is cut or mistyped is a wrong word, not another release.
fn expected_digest(given: &str) -> Result<(), Error> {
    let bare = given.strip_prefix("sha256:").unwrap_or(given);
    if bare.len() == 64 && bare.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err(Error::Usage {
        message: format!("--expect-release '{}': not a release digest", crate::text::escaped_within(given, 80)),
        hint: "A digest is sha256: and then 64 hex digits; oneroof manifest shows this binary's.".to_owned(),
    })
}

/// How the server sees this client; `None` where it does not answer, which the next question will report.
pub(crate) async fn client(opened: &Opened) -> Option<Client> {
    let question = Client::question(opened.identity.major());
    let reply = opened.session.within(ASK_PATIENCE, &question).await.ok()?;
    reply.row(0).map(Client::of)
}

/// Opens the session that writes, with the run lock.
pub(crate) async fn open_executor<'a: 'c, 'c>(
    context: &mut Context<'a>,
    connector: &'c Connector,
    mut interrupt: Interrupt,
    writing: &Writing,
    log: &mut RunLog,
) -> Result<Executor<'c>, Error> {
    let spinner = Spinner::waiting("connecting", context.common.quiet);
    let opened = tokio::select! {
        opened = connector.open(context.release) => opened?,
        signal = interrupt.raised() => return Err(Error::Interrupted { signal }),
    };
    drop(spinner);
    context.name_target(&opened);
    log.report.target.clone_from(&context.report.target);
    log.reached(&opened, client(&opened).await);
    context.right_server(&opened)?;
    if !opened.locked {
        let rows = holders(&opened.session, &[]).await;
        let holders = rows.iter().filter(|row| row.is_true("granted")).map(holder_line).collect();
        context.go_on("oneroof status");
        return Err(Error::RunLocked { holders });
    }
    if let Some(lacks) = opened.session.lacking.words() {
        let message = format!("1 unmet: server.answers ({lacks})");
        opened.session.close().await;
        return Err(Error::NoGo { message, only_gate: false, hint: LACKING_HINT.to_owned() });
    }
    Ok(Executor {
        release: context.release,
        connector,
        session: opened.session,
        identity: opened.identity,
        interrupt,
        lock_patience: Duration::from_secs(writing.lock_timeout),
        commit_patience: Duration::from_secs(writing.commit_timeout),
    })
}

/// Leaves a session that is known to answer, so that the run lock is free when the command has ended: the next one may follow at once.
/// One that was lost, cut or cancelled is dropped; the server sees its end by itself.
pub(crate) async fn leave<T>(executor: Executor<'_>, done: &Result<T, Error>) {
    if matches!(done, Ok(_) | Err(Error::NoGo { .. } | Error::Different { .. } | Error::Refused { .. })) {
        executor.session.close().await;
    }
}

/// A refusal by what stands.
pub(crate) fn refused(refusal: &Refusal) -> Error {
    Error::NoGo { message: refusal.to_string(), only_gate: false, hint: refusal.hint() }
}

/// What kind of step failed: what a person does next depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A tier, or the rehearsal of all.
    Apply,
    /// The rollback of a tier.
    Undo,
    /// An action beside the release.
    Action,
}

/// The error of a failed transaction, with the command to run next.
pub(crate) fn transaction_error(step: Step, what: &str, failure: Failure) -> Error {
    let hint = match &failure {
        Failure::Unknown { xid, .. } => &format!(
            "Before anything else run oneroof resolve --evidence with this run's rollout file, or on the same server: SELECT pg_catalog.pg_xact_status('{xid}'::xid8); and then oneroof status."
        ),
        Failure::Interrupted { .. } | Failure::Lost(_) | Failure::CommitLost { .. } => {
            "This step changed nothing; oneroof status says what stands."
        }
        Failure::Locked { holders, .. } if only_autovacuum(holders) => {
            "This step changed nothing. Run the command again when autovacuum is done with the table, or give it more patience with --lock-timeout."
        }
        Failure::Locked { .. } => {
            "This step changed nothing. Wait until the lock is free, or end the session that has it, and run the command again."
        }
        Failure::Journal { .. } => "This step changed nothing. Make room in the evidence folder.",
        Failure::Sql(_)
        | Failure::Witness(_)
        | Failure::Silent { .. }
        | Failure::Deadline { .. }
        | Failure::CommitRefused { .. } => match step {
            Step::Apply => {
                "This step changed nothing. If earlier tiers stand, oneroof rollback --full takes them back; there is no resume."
            }
            Step::Undo => {
                "This step changed nothing: its tier is still there. Mend what is named above and roll back again; it goes on from there."
            }
            Step::Action => "This step changed nothing. Mend what is named above and run the command again.",
        },
    };
    let hint = hint.to_owned();
    Error::Transaction { what: what.to_owned(), failure: Box::new(failure), hint }
}

/// Tells of the tiers that never began.
pub(crate) fn not_run(context: &mut Context<'_>, runs: &[Run<'_>]) {
    let told: Vec<u8> = context.report.tiers.iter().map(|tier| tier.number).collect();
    let rest = runs.iter().filter(|run| !told.contains(&run.tier.number)).map(|run| TierReport::not_run(run.tier));
    context.report.tiers.extend(rest.collect::<Vec<_>>());
}

/// Every step was confirmed by itself; only the whole was not asked again.
pub(crate) fn unverified(error: Error) -> Error {
    match error {
        Error::Lost { reason } => {
            Error::Unverified { reason: format!("lost the connection: {reason}"), interrupted: false }
        }
        Error::Interrupted { signal } => {
            Error::Unverified { reason: format!("interrupted by signal {signal}"), interrupted: true }
        }
        other => other,
    }
}

/// Asks what stands, after a failure; a session that is gone is opened again, only to read. Where the answer does not come, or a person
/// has said twice that they want to leave, what stands is not told.
pub(crate) async fn ask_states(context: &mut Context<'_>, executor: &mut Executor<'_>) {
    let Executor { session, connector, interrupt, .. } = executor;
    let patience = if interrupt.count() > 1 { Duration::from_secs(1) } else { ASK_PATIENCE };
    let release = context.release;
    let asked = async {
        let want = Want { script: None, states: true, fingerprint: false };
        match look(session, release, want).await {
            Ok(seen) => seen.states,
            Err(_) => {
                let reader = Connector::reading(connector.target.clone(), connector.settings.clone());
                let opened = reader.open(release).await.ok()?;
                look(&opened.session, release, want).await.ok()?.states
            }
        }
    };
    let states = tokio::select! {
        states = tokio::time::timeout(patience, asked) => states.ok().flatten(),
        _ = interrupt.raised() => None,
    };
    match states {
        Some(states) => context.take_states(Some(&states)),
        None => context.report.effect.forget(),
    }
}

/// The fingerprint as it is now.
pub(crate) async fn fingerprint_now(
    context: &Context<'_>,
    executor: &Executor<'_>,
) -> Result<Option<Fingerprint>, Error> {
    let want = Want { script: None, states: true, fingerprint: true };
    Ok(look(&executor.session, context.release, want).await?.fingerprint)
}

/// Ends a run: the report is complete, its text is shown to the log, and the evidence is closed.
pub(crate) fn finish(context: &mut Context<'_>, log: &mut RunLog, done: Result<(), Error>) -> Result<(), Error> {
    if let Err(error) = &done {
        context.report.fail(error);
    }
    let plain = Style { colour: false, ..*context.style };
    let shown = render(&context.report, &plain);
    log.finish(&context.report, &shown);
    context.report.evidence_sha256 = log.digest();
    match (&log.broken, &done) {
        (Some(reason), Ok(())) => Err(Error::Evidence { reason: reason.clone() }),
        (Some(reason), Err(_)) => {
            context.report.notes.push(format!("the evidence is not complete: {reason}"));
            done
        }
        (None, _) => done,
    }
}
