//! `oneroof resolve`: asks again how a COMMIT ended whose reply was lost. It runs nothing again.

use super::evidence::{Rollout, step};
use super::{Context, target};
use crate::cli;
use crate::error::Error;
use crate::exec::resolver::{Resolution, ask_again};
use crate::exec::{Direction, Run};
use crate::observe::{Want, look};
use crate::pg::connector::{Connector, Settings};
use crate::report::Answer;
use std::time::Duration;

/// Asks; the verdict is DONE, FAILED (it did not take effect) or UNKNOWN.
pub(super) async fn run(context: &mut Context<'_>, args: &cli::Resolve) -> Result<(), Error> {
    let release = context.release;
    let rollout = Rollout::read(&args.evidence, release)?;
    context.report.next = Some("oneroof status".to_owned());
    let Some(pending) = rollout.commit_next else {
        context.report.notes.push("the file tells of no COMMIT whose end is open".to_owned());
        return Ok(());
    };
    let Some(tier) = release.descriptor.tiers.iter().find(|tier| tier.number == pending.tier) else {
        return Err(Error::Usage {
            message: format!(
                "{}: it names tier {}, which the release does not have",
                args.evidence.display(),
                pending.tier
            ),
            hint: "Name the rollout_….json that apply or rollback left in its --log-dir.".to_owned(),
        });
    };
    if pending.xid.is_empty() || !pending.xid.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::Usage {
            message: format!("{}: its transaction id is not a number", args.evidence.display()),
            hint: "Name the file as the run left it.".to_owned(),
        });
    }
    let run = Run { tier, direction: pending.direction };
    let resolved = target::resolve(context.common)?;
    context.note_target(&resolved);
    let settings = resolved.settings(Settings::default());
    let connector = Connector::reading(resolved.target, settings);
    let asked = ask_again(release, &connector, &run, &pending, Duration::from_secs(args.patience)).await;
    let (resolution, opened) = asked.map_err(|reason| unresolved(&pending.xid, reason))?;
    context.name_target(&opened);
    let want = Want { script: None, standing: true, fingerprint: false };
    let seen = look(&opened.session, release, want).await;
    opened.session.close().await;
    let seen = seen?;
    context.report.witness = seen.witness;
    context.take_standing(seen.standing.as_ref());
    let what = match pending.direction {
        Direction::Apply => format!("tier {} {}", tier.number, tier.name),
        Direction::Undo => format!("rollback of tier {} {}", tier.number, tier.name),
    };
    let (outcome, applied) = match resolution {
        Resolution::Applied => ("took effect", true),
        Resolution::NotApplied { .. } | Resolution::Refused { .. } => {
            ("did not take effect, and cannot any more", false)
        }
        Resolution::Unknown { reason } => return Err(unresolved(&pending.xid, reason)),
    };
    let name = format!("transaction {}, {what}", pending.xid);
    context.report.result = Some(Answer::Steps(vec![step(&name, outcome.to_owned(), applied)]));
    if applied {
        return Ok(());
    }
    Err(Error::Different {
        message: format!("{name}: {outcome}"),
        hint: "Nothing of this step stands; oneroof status says what does.".to_owned(),
    })
}

fn unresolved(xid: &str, reason: String) -> Error {
    let hint = format!(
        "Ask again later, or run on the same server: SELECT pg_catalog.pg_xact_status('{xid}'::xid8); and then oneroof status."
    );
    Error::Unresolved { xid: xid.to_owned(), reason, hint }
}
