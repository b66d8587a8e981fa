//! `oneroof preflight`: checks whether the release may run here.

use super::verb::Command;
use super::{approval_code, policy};
use crate::cause::{Cause, Moment, root_cause};
use crate::check::{Check, Phase, follows, missing};
use crate::cli::{Group, HelpPage};
use crate::error::{Error, ExitCode};
use crate::observe::{Look, Want, look};
use crate::pg::connector::Settings;
use crate::pg::session::{Row, Session};
use crate::plan::{NEITHER_HINT, TierState, neither};
use crate::policy::{Policy, READ, Signature, is_of_policy, question};
use crate::release::Release;
use crate::report::Verdict;
use crate::run::{Context, read};
use clap::Args;

/// Run every check that a release needs: GO or NO-GO.
///
/// Shows the command to run next. Writes nothing, and the server confirms it.
#[derive(Clone, Debug, Args)]
pub struct PreflightArgs {
    /// The approval code to apply the release under.
    #[arg(long, value_name = "CODE", visible_alias = "ratified-apr")]
    pub approval: Option<String>,
    /// Name of the restore point taken before the release.
    #[arg(long, value_name = "TEXT")]
    pub backup_ref: Option<String>,
}

impl Command for PreflightArgs {
    const PAGE: HelpPage = HelpPage {
        name: "preflight",
        place: (Group::Release, 1),
        examples: [
            "oneroof preflight --profile production",
            "oneroof preflight --approval {code} --backup-ref snap-42",
        ],
        codes: &[
            ExitCode::Done,
            ExitCode::Internal,
            ExitCode::Usage,
            ExitCode::GateClosed,
            ExitCode::Unmet,
            ExitCode::Failed,
            ExitCode::Manifest,
            ExitCode::Connection,
            ExitCode::Interrupted,
            ExitCode::AlreadyApplied,
        ],
        files: HelpPage::POLICY,
        ..HelpPage::READ
    };
    const JUDGES: bool = true;

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self).await
    }
}

/// Checks every precondition. The verdict is GO or NO-GO.
async fn run(context: &mut Context<'_>, args: &PreflightArgs) -> Result<(), Error> {
    let ratified_apr = match &args.approval {
        Some(code) => approval_code(context.release, code)?,
        None => String::new(),
    };
    policy::in_force(context)?;
    let backup_ref = args.backup_ref.clone().unwrap_or_default();
    let settings = Settings { ratified_apr: ratified_apr.clone(), backup_ref, ..Settings::default() };
    let seen = read(context, "running the preflight checks", settings, async |context, opened| {
        ask(&opened.session, context.release, context.policy, false).await
    });
    let seen = seen.await?;
    take(context, seen, &ratified_apr)?;
    context.report.verdict = Verdict::Go;
    let code = if ratified_apr.is_empty() { approved_code(&context.report.checks) } else { Some(ratified_apr) };
    match code {
        Some(code) => context.go_on(format!("oneroof apply {} {code} --dry-run", context.release.code_option())),
        None => context.go_on("oneroof gate"),
    }
    Ok(())
}

/// Runs the preflight script in a READ ONLY transaction.
pub(super) async fn ask(
    session: &Session,
    release: &Release,
    policy: &Policy,
    fingerprint: bool,
) -> Result<Look, Error> {
    let script = Some((&release.descriptor.preflight, Phase::Preflight, 0));
    let approvals = policy.judges(&release.descriptor).then(|| question(&release.descriptor));
    let want = Want { script, states: true, fingerprint, approvals: approvals.as_deref() };
    look(session, release, want).await
}

/// Adds the answers to the report, and judges the approval `code` by the policy of the host. An unmet check is the error NO-GO.
pub(super) fn take(context: &mut Context<'_>, seen: Look, code: &str) -> Result<(), Error> {
    let release = context.release;
    // These two checks were met earlier. If the packet did not match its manifest, or the connection went through a pooler, the run would
    // have ended.
    context.report.checks.push(Check::of(
        "release",
        Phase::Preflight,
        "matches its manifest",
        "matches its manifest",
        "",
    ));
    context.report.checks.push(Check::of("server.pooler", Phase::Preflight, "one backend", "one backend", ""));
    context.report.checks.extend(seen.checks);
    context.report.checks.extend(of_policy(context, seen.approvals.as_deref(), code));
    context.report.server_facts = seen.server_facts;
    context.take_states(seen.states.as_ref());
    let states = seen.states.unwrap_or_default();
    let cause = root_cause(Moment::Before, &context.report.checks, &states).filter(|_| seen.failure.is_none());
    if let Some(cause) = cause {
        return Err(stopped(context, cause, &states));
    }
    no_go(release, &context.report.checks, seen.failure.as_ref()).inspect_err(|error| {
        let gate = matches!(error, Error::NoGo { only_gate: true, .. }) || is_unknown_code(&context.report.checks);
        context.go_on(if gate { "oneroof gate" } else { "oneroof preflight -v" });
    })
}

/// The checks that the host's policy makes on the approval rows.
fn of_policy(context: &Context<'_>, rows: Option<&[Row]>, code: &str) -> Vec<Check> {
    let when = (Phase::Preflight, 0);
    match rows {
        _ if !context.policy.judges(&context.release.descriptor) => Vec::new(),
        Some(rows) => context.policy.checks(context.release, &Signature::all(rows.iter()), code, when),
        None => vec![Check::of(
            READ,
            when.0,
            "read",
            "could not check",
            "No approval could be read, so the host policy is not met.",
        )],
    }
}

/// The first approved code. The check `apr` lists the approved codes if no code was given.
fn approved_code(checks: &[Check]) -> Option<String> {
    let apr = checks.iter().find(|check| check.name == "apr")?;
    let listed = apr.actual.strip_prefix("not given; approved: ")?;
    listed.split(", ").next().filter(|code| *code != "none").map(str::to_owned)
}

/// The error for a root cause that explains the unmet checks. The error names the cause and the cure, and the report names the next
/// command.
pub(super) fn stopped(context: &mut Context<'_>, cause: Cause, states: &[TierState]) -> Error {
    context.report.cause = Some(cause);
    let database = &context.release.descriptor.release.database;
    let (hint, next) = match cause {
        Cause::WrongDatabase => {
            (format!("Connect to {database}."), format!("oneroof {} -d {database}", context.report.command))
        }
        Cause::ReadOnlyServer => {
            let check = context.report.checks.iter().find(|check| check.name == "server.writable");
            (check.and_then(|check| check.hint.clone()).unwrap_or_default(), "oneroof target".to_owned())
        }
        Cause::NoContract => (
            "Check with oneroof target where the connection options lead: the application's objects must be there."
                .to_owned(),
            "oneroof target".to_owned(),
        ),
        Cause::Altered if neither(states).is_some() => (NEITHER_HINT.to_owned(), "oneroof preflight".to_owned()),
        Cause::Altered => (
            "Ask whoever made the change to revert it: a rollback never drops somebody else's work.".to_owned(),
            "oneroof status".to_owned(),
        ),
        Cause::PartlyApplied => (
            "A release cannot be resumed: roll back what is applied, then apply again.".to_owned(),
            "oneroof rollback --full".to_owned(),
        ),
        Cause::NotApplied => ("There is nothing to verify yet.".to_owned(), "oneroof preflight".to_owned()),
        Cause::AlreadyApplied => (String::new(), "oneroof verify".to_owned()),
    };
    context.go_on(next);
    match cause {
        Cause::AlreadyApplied => Error::AlreadyApplied,
        Cause::Altered if context.report.command == "verify" => {
            Error::Different { message: cause.words(&context.report.checks, states), hint }
        }
        _ => Error::NoGo { message: cause.words(&context.report.checks, states), only_gate: false, hint },
    }
}

/// Whether approvals exist, but the given code is not one of them or its approval is for another release.
fn is_unknown_code(checks: &[Check]) -> bool {
    let met = |name: &str| checks.iter().any(|check| check.name == name && check.ok);
    let apr = checks.iter().find(|check| check.name == "apr" && check.is_unmet());
    met("gate") && apr.is_some_and(|apr| apr.actual.starts_with("no approval ") || apr.actual.starts_with("names "))
}

/// The verdict over the checks: an error if a check is unmet or was not made. `cut` is the error that ended the checks early.
///
/// `only_gate` is true only if every check was made, because a check that was not made may be unmet.
fn no_go(release: &Release, checks: &[Check], cut: Option<&Error>) -> Result<(), Error> {
    // If a table or view is missing, all checks of it are unmet too. The names of these checks are listed last.
    let (followers, causes): (Vec<&Check>, Vec<&Check>) =
        checks.iter().filter(|check| check.is_unmet()).partition(|check| follows(check, checks));
    let unmet: Vec<&str> = causes.iter().chain(&followers).map(|check| check.name.as_str()).collect();
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
    let human = not_made.is_empty()
        && unmet.iter().all(|name| is_of_policy(name) || gate.checks.iter().any(|human| human == name));
    if human && is_unknown_code(checks) {
        let apr = checks.iter().find(|check| check.name == "apr").map(|apr| apr.actual.clone()).unwrap_or_default();
        let other = apr.starts_with("names ").then(|| format!("the approval {apr}"));
        return Err(Error::NoGo {
            message: other.unwrap_or(apr),
            only_gate: false,
            hint: format!(
                "Give a code that is approved here for this release, {}. oneroof gate shows every approval.",
                release.digest_text()
            ),
        });
    }
    let only_gate = human;
    let mut message = format!("{} unmet: {}", unmet.len(), first_of(&unmet));
    if !not_made.is_empty() {
        message.push_str(&format!("; therefore not checked: {}", first_of(&not_made)));
    }
    let hint = if only_gate {
        format!("Everything technical is met. {}", gate.human_step)
    } else {
        "Nothing was begun. Each unmet check above says what to do, and who does it.".to_owned()
    };
    Err(Error::NoGo { message, only_gate, hint })
}

/// The first six names, and how many more there are.
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

    fn check(name: &str, ok: bool) -> Check {
        Check::of(name, Phase::Preflight, "yes", if ok { "yes" } else { "no" }, "")
    }

    /// Every check that preflight promises. All are met except `unmet`.
    fn all_but(release: &Release, unmet: &[&str]) -> Vec<Check> {
        let promised = &release.descriptor.preflight.guard;
        promised.iter().map(|name| check(&name.replace('*', "x"), !unmet.contains(&name.as_str()))).collect()
    }

    fn refusal(release: &Release, checks: &[Check], cut: Option<&Error>) -> (bool, String) {
        match no_go(release, checks, cut) {
            Err(Error::NoGo { only_gate, message, hint }) => (only_gate, format!("{message}\n{hint}")),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_a_complete_list_can_say_that_only_the_gate_is_closed() {
        let release = Release::embedded().unwrap();
        let cause =
            Error::Question { what: "x".to_owned(), message: "lock timeout".to_owned(), sqlstate: "55P03".to_owned() };
        assert!(no_go(&release, &all_but(&release, &[]), None).is_ok());
        let gate: Vec<&str> = release.descriptor.gate.checks.iter().map(String::as_str).collect();
        let whole = all_but(&release, &gate);
        assert!(refusal(&release, &whole, None).0);
        // The list is cut at every place. `only_gate` must never be true, whatever was unmet until then.
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
