//! `oneroof preflight`: may the release run here?

use super::{Context, approval_code};
use crate::check::{Check, Phase};
use crate::cli;
use crate::error::Error;
use crate::observe::{Look, Want, look};
use crate::pg::connector::Settings;
use crate::pg::session::Session;
use crate::plan::State;
use crate::release::Release;
use crate::report::Verdict;

/// Asks every precondition; GO or NO-GO.
pub(super) async fn run(context: &mut Context<'_>, args: &cli::Preflight) -> Result<(), Error> {
    let ratified_apr = match &args.ratified_apr {
        Some(code) => approval_code(context.release, code)?,
        None => String::new(),
    };
    let backup_ref = args.backup_ref.clone().unwrap_or_default();
    let opened = context
        .open_reading(Settings { ratified_apr: ratified_apr.clone(), backup_ref, ..Settings::default() })
        .await?;
    let seen = ask(&opened.session, context.release, false).await;
    opened.session.close().await;
    take(context, seen?)?;
    context.report.verdict = Verdict::Go;
    let code = if ratified_apr.is_empty() { "CODE".to_owned() } else { ratified_apr };
    context.report.next = Some(format!("oneroof apply --ratified-apr {code} --dry-run"));
    Ok(())
}

/// The preflight script in its READ ONLY transaction.
pub(super) async fn ask(session: &Session, release: &Release, fingerprint: bool) -> Result<Look, Error> {
    let want = Want { script: Some((&release.descriptor.preflight, Phase::Preflight, 0)), standing: true, fingerprint };
    look(session, release, want).await
}

/// Takes the answers into the report; an unmet check is the error NO-GO.
pub(super) fn take(context: &mut Context<'_>, seen: Look) -> Result<(), Error> {
    let release = context.release;
    // Both were settled before: a packet that does not match, or a pooler, has ended the run already.
    context.report.checks.push(Check::of(
        "release",
        Phase::Preflight,
        "matches its manifest",
        "matches its manifest",
        "",
    ));
    context.report.checks.push(Check::of("server.pooler", Phase::Preflight, "one backend", "one backend", ""));
    context.report.checks.extend(seen.checks);
    context.report.witness = seen.witness;
    context.take_standing(seen.standing.as_ref());
    // Where it ends here: what a person runs once the hints are followed.
    let states = seen.standing.iter().flatten();
    context.report.next = Some(match states.map(|tier| tier.state).find(|state| *state != State::Absent) {
        Some(_) => "oneroof rollback --full".to_owned(),
        None => "oneroof preflight".to_owned(),
    });
    no_go(release, &context.report.checks)?;
    match seen.failure {
        Some(error) => Err(Error::NoGo {
            message: format!("the preflight could not be asked to its end: {error}"),
            only_gate: false,
            hint: "Nothing was begun; mend what the server says and ask again.".to_owned(),
        }),
        None => {
            context.report.next = None;
            Ok(())
        }
    }
}

/// The verdict over checks: an error when one is unmet.
fn no_go(release: &Release, checks: &[Check]) -> Result<(), Error> {
    let unmet: Vec<&str> = checks.iter().filter(|check| check.is_unmet()).map(|check| check.name.as_str()).collect();
    if unmet.is_empty() {
        return Ok(());
    }
    let gate = &release.descriptor.gate;
    let only_gate = unmet.iter().all(|name| gate.checks.iter().any(|human| human == name));
    let mut told: Vec<&str> = unmet.iter().copied().take(6).collect();
    let more = format!("and {} more", unmet.len() - told.len());
    if unmet.len() > told.len() {
        told.push(&more);
    }
    let message = format!("{} unmet: {}", unmet.len(), told.join(", "));
    let hint = if only_gate {
        format!("Everything technical is met. {}", gate.human_step)
    } else {
        "Nothing was begun. Each unmet check above says what to do, and who does it.".to_owned()
    };
    Err(Error::NoGo { message, only_gate, hint })
}
