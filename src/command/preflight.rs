//! `oneroof preflight`: may the release run here?

use super::{Context, approval_code};
use crate::check::{Check, Phase, missing};
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
    no_go(release, &context.report.checks, seen.failure.as_ref())?;
    context.report.next = None;
    Ok(())
}

/// The verdict over checks: an error when one is unmet, or when one was not made. `cut` is what ended the list before its end.
///
/// "Only the gate" is said of a whole list alone: what was not checked is not known to be met.
fn no_go(release: &Release, checks: &[Check], cut: Option<&Error>) -> Result<(), Error> {
    let unmet: Vec<&str> = checks.iter().filter(|check| check.is_unmet()).map(|check| check.name.as_str()).collect();
    let not_made = missing(&release.descriptor.preflight.guard, checks);
    if let Some(cause) = cut {
        let so_far = if unmet.is_empty() { String::new() } else { format!("; unmet until then: {}", first_of(&unmet)) };
        return Err(Error::NoGo {
            message: format!("preflight was cut short after {} checks: {cause}{so_far}", checks.len()),
            only_gate: false,
            hint: format!("Remove the cause, then run preflight again. Not checked: {}.", first_of(&not_made)),
        });
    }
    if unmet.is_empty() && not_made.is_empty() {
        return Ok(());
    }
    let gate = &release.descriptor.gate;
    let only_gate = not_made.is_empty() && unmet.iter().all(|name| gate.checks.iter().any(|human| human == name));
    let mut message = format!("{} unmet: {}", unmet.len(), first_of(&unmet));
    if !not_made.is_empty() {
        message.push_str(&format!("; not checked because of it: {}", first_of(&not_made)));
    }
    let hint = if only_gate {
        format!("Everything technical is met. {}", gate.human_step)
    } else {
        "Nothing was begun. Each unmet check above says what to do, and who does it.".to_owned()
    };
    Err(Error::NoGo { message, only_gate, hint })
}

/// The first few of some names, and how many more there are.
pub(super) fn first_of(names: &[&str]) -> String {
    let mut first: Vec<&str> = names.iter().copied().take(6).collect();
    let more = format!("and {} more", names.len() - first.len());
    if names.len() > first.len() {
        first.push(&more);
    }
    first.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, ok: bool) -> Check {
        Check::of(name, Phase::Preflight, "yes", if ok { "yes" } else { "no" }, "")
    }

    /// Every check that preflight promises, met but for some.
    fn all_but(release: &Release, unmet: &[&str]) -> Vec<Check> {
        let promised = &release.descriptor.preflight.guard;
        promised.iter().map(|name| told(&name.replace('*', "x"), !unmet.contains(&name.as_str()))).collect()
    }

    fn refusal(release: &Release, checks: &[Check], cut: Option<&Error>) -> (bool, String) {
        match no_go(release, checks, cut) {
            Err(Error::NoGo { only_gate, message, hint }) => (only_gate, format!("{message}\n{hint}")),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_the_gate_is_said_of_a_whole_list_alone() {
        let release = Release::embedded().unwrap();
        let cause =
            Error::Question { what: "x".to_owned(), message: "lock timeout".to_owned(), sqlstate: "55P03".to_owned() };
        assert!(no_go(&release, &all_but(&release, &[]), None).is_ok());
        let gate: Vec<&str> = release.descriptor.gate.checks.iter().map(String::as_str).collect();
        let whole = all_but(&release, &gate);
        assert!(refusal(&release, &whole, None).0);
        // Cut at every place: never the gate alone, whatever was unmet until then.
        for end in 0..whole.len() {
            for (cut, word) in [(Some(&cause), "cut short"), (None, "not checked")] {
                let checks = &whole[..end];
                if cut.is_none() && checks.iter().all(|check| !check.is_unmet()) {
                    continue;
                }
                let (only_gate, words) = refusal(&release, checks, cut);
                assert!(
                    !only_gate && words.contains(word) && !words.contains("Everything technical"),
                    "{end}: {words}"
                );
            }
        }
        assert!(!refusal(&release, &whole, Some(&cause)).0, "the failure behind the last check counts as well");
    }
}
