//! `oneroof shadow`: gate option 3. The tiers' own files under another schema, through the same executor and judge.

use super::confirm::{self, Confirmation};
use super::place::Place;
use super::run_log::RunLog;
use super::{Context, action, target};
use crate::cli::{Shadow, ShadowAction};
use crate::error::Error;
use crate::exec::executor::Executor;
use crate::exec::{Direction, Run, TxEnd};
use crate::journal::Facts;
use crate::observe::{Want, look};
use crate::pg::connector::{Connector, Settings};
use crate::release::{Release, Tier};
use crate::report::{Answer, RunAnswer};

/// Puts the shadow there, or removes it.
pub(super) async fn run(context: &mut Context<'_>, args: &Shadow) -> Result<(), Error> {
    let (writing, word) = match &args.action {
        ShadowAction::Deploy { writing } => (writing, "deploy"),
        ShadowAction::Drop { writing } => (writing, "drop"),
    };
    let none = || Error::Internal("the packet names no shadow".to_owned());
    let shadow = context.release.descriptor.shadow.as_ref().ok_or_else(none)?;
    let tier = if word == "deploy" { &shadow.deploy_run } else { &shadow.drop_run };
    let packet = context.release.in_schema(&shadow.schema)?;
    let resolved = target::resolve(context.common)?;
    context.note_target(&resolved);
    let place = Place::of(&resolved.target, resolved.profile.as_deref());
    let confirmation = confirm::confirmation(writing, &resolved)?;
    let facts = Facts { confirmed: confirmation.given(), ..Facts::of_process(context.words.to_vec()) };
    let interrupt = super::listen(context.common.quiet)?;
    let folder = super::folder::of(writing, &context.report.command)?;
    let mut log = RunLog::create(&folder, facts, &context.report, context.common.quiet)?;
    context.report.evidence.clone_from(&log.report.evidence);
    let settings = resolved.settings(Settings::default());
    let connector = Connector::writing(resolved.target, settings);
    let done = async {
        let opened = super::open_executor(context, &connector, interrupt, writing, &mut log).await?;
        // The connection is the release's own; from here on the packet bears its other names.
        let mut executor = Executor { release: &packet, ..opened };
        let done = match confirmation.settle(&place, &executor.identity, &mut log) {
            Ok(confirmation) => perform(context, &mut executor, (tier, word), (confirmation, &place), &mut log).await,
            Err(error) => Err(error),
        };
        super::leave(executor, &done).await;
        done
    };
    let done = done.await;
    super::finish(context, &mut log, done)
}

async fn perform(
    context: &mut Context<'_>,
    executor: &mut Executor<'_>,
    (tier, word): (&Tier, &str),
    (confirmation, place): (Confirmation, &Place),
    log: &mut RunLog,
) -> Result<(), Error> {
    action::right_database(context, executor)?;
    // The packet's own relations are told to the SQL by a setting; the shadow's are others.
    let packet = packet(executor.release);
    action::set(executor, &[("oneroof.packet", packet)]).await?;
    let want = Want { script: None, states: true, fingerprint: true };
    let entry = look(&executor.session, context.release, want).await?;
    context.take_states(entry.states.as_ref());
    log.report = context.report.clone();
    if confirmation == Confirmation::Ask {
        let what = format!("oneroof shadow {word} is about to run.");
        let (facts, wanted) = (confirm::server_facts(context, &executor.identity), place.wanted(&executor.identity));
        confirm::ask(&mut executor.interrupt, log, &wanted, (&facts, context.style.width), &what).await?;
    }
    let run = Run { tier, direction: Direction::Apply };
    let transaction = executor.run_transaction(&[run], TxEnd::Commit, log).await;
    action::settle(context, transaction, &run.name())?;
    let exit = look(&executor.session, context.release, want).await?;
    let comparison = exit.fingerprint.as_ref().zip(entry.fingerprint.as_ref()).map(|(exit, entry)| exit.compare(entry));
    let differences = comparison.as_ref().map_or(1, |comparison| comparison.differences.len());
    context.report.result =
        Some(Answer::Run(RunAnswer { entry: entry.fingerprint, exit: exit.fingerprint, comparison }));
    context.go_on(if word == "deploy" { "oneroof shadow drop" } else { "oneroof preflight" });
    if differences > 0 {
        return Err(Error::Different {
            message: "what the shadow must not touch is not as it was".to_owned(),
            hint: "Another session changed what is named above; the shadow's own transaction was judged before its COMMIT.".to_owned(),
        });
    }
    Ok(())
}

fn packet(release: &Release) -> String {
    let descriptor = &release.descriptor;
    serde_json::json!({
        "run_lock": descriptor.release.run_lock,
        "relations": descriptor.relations(),
        "functions": descriptor.packet.functions,
    })
    .to_string()
}
