//! `oneroof resolve`: finds out the outcome of a COMMIT whose reply was lost. It does not run the transaction again.

use super::evidence::{read, step::step};
use super::verb::Command;
use crate::cli::{Group, HelpPage};
use crate::error::{Error, ExitCode};
use crate::exec::proof::proof_row_by_hand;
use crate::exec::resolver::{Resolution, ask_again};
use crate::exec::{Direction, Outcome, Pending, Run};
use crate::observe::{Want, look};
use crate::pg::connector::{Connector, Settings};
use crate::release::{Release, Tier};
use crate::report::Answer;
use crate::run::{Context, interruptible, next, target};
use clap::{Args, ValueHint};
use std::path::PathBuf;
use std::time::Duration;

/// Find out how a COMMIT ended when its reply was lost.
///
/// Writes nothing and does not repeat the transaction. Reads the transaction from the evidence file and checks on the same server whether its backend is gone, what the transaction's
/// status is, and whether the tier is applied. Exit code 0: the COMMIT took effect, or the file has no COMMIT with an unknown outcome.
/// 5: the COMMIT did not take effect. 9: the outcome is not known yet; the transaction id and the query to run are shown. 6: the file is
/// of another release.
#[derive(Clone, Debug, Args)]
pub struct ResolveArgs {
    /// The rollout file of the run, `rollout_….json`.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub evidence: PathBuf,
    /// How long to keep trying, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub patience: u64,
}

impl Command for ResolveArgs {
    const PAGE: HelpPage = HelpPage {
        name: "resolve",
        place: (Group::Release, 7),
        examples: [
            "oneroof resolve --evidence rollout/rollout_1.json",
            "oneroof resolve --evidence rollout/rollout_1.json --patience 600",
        ],
        codes: &[
            ExitCode::Done,
            ExitCode::Internal,
            ExitCode::Usage,
            ExitCode::Unmet,
            ExitCode::Failed,
            ExitCode::Manifest,
            ExitCode::Connection,
            ExitCode::Interrupted,
            ExitCode::Unknown,
        ],
        files: "  reads the evidence file that --evidence names",
        ..HelpPage::READ
    };

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self).await
    }
}

/// Finds out the outcome. The verdict is DONE, FAILED (the COMMIT did not take effect) or UNKNOWN.
async fn run(context: &mut Context<'_>, args: &ResolveArgs) -> Result<(), Error> {
    let waiting = format!("finding out how the COMMIT ended, for {} s at most;", args.patience);
    interruptible(context.common.quiet, &waiting, resolve(context, args)).await
}

async fn resolve(context: &mut Context<'_>, args: &ResolveArgs) -> Result<(), Error> {
    let release = context.release;
    let rollout = read(&args.evidence, release)?;
    context.go_on(super::evidence::next_after(&rollout, context.report.tier_count));
    if !rollout.is_as_written {
        context
            .report
            .notes
            .push("the evidence was changed since it was written: its checksum does not match".to_owned());
    }
    let unresolved = rollout.ended(Outcome::Unresolved);
    let Some(pending) = rollout.record.commit_next else {
        if !unresolved.is_empty() {
            return Err(Error::Usage {
                message: format!(
                    "{}: the file names tiers {unresolved:?} as unresolved, but no longer holds what is needed to find out",
                    args.evidence.display()
                ),
                hint: "Give the file exactly as the run left it.".to_owned(),
            });
        }
        context.report.notes.push("the file has no COMMIT with an unknown outcome".to_owned());
        return Ok(());
    };
    if pending.xid.is_empty() || !pending.xid.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::Usage {
            message: format!("{}: its transaction id is not a number", args.evidence.display()),
            hint: "Give the file exactly as the run left it.".to_owned(),
        });
    }
    let schema = release.descriptor.shadow.as_ref().map(|shadow| &shadow.schema);
    let shadow = schema.map(|schema| release.in_schema(schema)).transpose()?;
    let (packet, tier) = named(release, shadow.as_ref(), &pending).ok_or_else(|| Error::Usage {
        message: format!("{}: it names {}, which the release does not have", args.evidence.display(), pending.name()),
        hint: "Give the rollout_….json that the run left in its --log-dir.".to_owned(),
    })?;
    let run = Run { tier, direction: pending.direction };
    let resolved = target::resolve(context.common)?;
    context.note_target(&resolved);
    let settings = resolved.settings(Settings::default());
    let connector = Connector::reading(resolved.target, settings);
    let unresolved =
        |reason| Error::Unresolved { xid: pending.xid.clone(), reason, hint: by_hand(packet, &run, &pending) };
    let answer = ask_again(packet, &connector, &run, &pending, Duration::from_secs(args.patience)).await;
    let (resolution, opened) = answer.map_err(unresolved)?;
    context.name_target(&opened, None);
    let want = Want { states: true, ..Want::default() };
    let seen = look(&opened.session, release, want).await;
    opened.session.close().await;
    let seen = seen?;
    context.report.server_facts = seen.server_facts;
    context.take_states(seen.states.as_ref());
    context.go_on(next::for_state(&context.report.effect, context.report.tier_count));
    let (outcome, applied) = match resolution {
        Resolution::Applied => ("took effect", true),
        Resolution::NotApplied { .. } | Resolution::Refused { .. } => {
            ("did not take effect, and can no longer do so", false)
        }
        Resolution::Unknown { reason } => return Err(unresolved(reason)),
    };
    let name = format!("transaction {}, {}", pending.xid, what(&run));
    context.report.result = Some(Answer::Steps(vec![step(&name, outcome.to_owned(), applied)]));
    if applied {
        return Ok(());
    }
    Err(Error::Different {
        message: format!("{name}: {outcome}"),
        hint: "That transaction changed nothing. oneroof status shows which tiers are applied.".to_owned(),
    })
}

/// The tier or the action that the COMMIT belongs to, and its packet. For a shadow, that is the packet in the shadow's schema.
fn named<'r>(release: &'r Release, shadow: Option<&'r Release>, pending: &Pending) -> Option<(&'r Release, &'r Tier)> {
    let Some(name) = &pending.action else {
        return release.tier(pending.tier).map(|tier| (release, tier));
    };
    if let Some(action) = release.descriptor.action(name) {
        return Some((release, &action.run));
    }
    let packet = shadow?;
    let shadow = packet.descriptor.shadow.as_ref()?;
    [&shadow.deploy_run, &shadow.drop_run].into_iter().find(|tier| tier.name == *name).map(|tier| (packet, tier))
}

fn what(run: &Run<'_>) -> String {
    match run.direction {
        Direction::Apply => run.name(),
        Direction::Rollback => format!("rollback of {}", run.name()),
    }
}

/// The query for a person to run when this program could not find the outcome.
fn by_hand(release: &Release, run: &Run<'_>, pending: &Pending) -> String {
    let status = format!("SELECT pg_catalog.pg_xact_status('{}'::xid8);", pending.xid);
    if run.tier.action {
        return format!(
            "Run oneroof resolve again later, or run on the same server: {status} If the result is aborted, or an error that the id is in the future, the transaction did not take effect. If the result is committed, it took effect, unless the server has crashed since. It certainly took effect if this query shows its row: {}",
            proof_row_by_hand(release, run, pending)
        );
    }
    format!("Run oneroof resolve again later. Or run this query on the same server, and then oneroof status: {status}")
}
