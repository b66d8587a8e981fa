//! `oneroof verify`: checks the whole end state again.

use super::preflight::{first_of, stopped};
use super::verb::Command;
use crate::cause::{Moment, root_cause};
use crate::check::{Check, Phase, missing};
use crate::cli::{Group, HelpPage};
use crate::error::Error;
use crate::observe::{Look, Want, look};
use crate::pg::connector::Settings;
use crate::pg::session::Session;
use crate::plan::{State, TierState};
use crate::release::{Release, Tier};
use crate::run::{Context, read};
use crate::sqlstate::INSUFFICIENT_PRIVILEGE;
use clap::Args;

/// Check the whole end state.
///
/// Writes nothing, and the server confirms it.
#[derive(Clone, Copy, Debug, Args)]
pub struct VerifyArgs;

impl Command for VerifyArgs {
    const PAGE: HelpPage = HelpPage {
        name: "verify",
        place: (Group::Release, 4),
        examples: ["oneroof verify", "oneroof verify -v --profile production"],
        ..HelpPage::READ
    };

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context).await
    }
}

/// The tier number of the checks that verify makes.
const TIER: u8 = 9;

/// Checks the whole end state.
async fn run(context: &mut Context<'_>) -> Result<(), Error> {
    let seen = read(context, "running the verify checks", Settings::default(), async |context, opened| {
        ask(&opened.session, context.release, false).await
    });
    let seen = seen.await?;
    context.report.server_facts = seen.server_facts;
    take(context, seen)
}

/// Runs the verify script in a READ ONLY transaction.
pub(super) async fn ask(session: &Session, release: &Release, fingerprint: bool) -> Result<Look, Error> {
    let script = Some((&release.descriptor.verify, Phase::Verify, TIER));
    let want = Want { script, fingerprint, ..Want::default() };
    look(session, release, want).await
}

/// Adds the answers to the report. An unmet check means that the database is different from the end state.
pub(super) fn take(context: &mut Context<'_>, seen: Look) -> Result<(), Error> {
    // The script checks the state of every tier, under the name state.<number>, so it is not read again.
    let answer = |number: u8| {
        let name = format!("state.{number}");
        let check = seen.checks.iter().find(|check| check.name == name).filter(|check| !check.is_unreadable());
        check.map(|check| (number, check.ok))
    };
    // If one tier was not checked the whole list is unknown.
    let answers: Option<Vec<(u8, bool)>> =
        context.release.descriptor.tiers.iter().map(|tier| answer(tier.number)).collect();
    context.report.effect.applied =
        answers.map(|answers| answers.into_iter().filter_map(|(number, stands)| stands.then_some(number)).collect());
    let is_altered = |number: &u8| {
        let name = format!("state.{number}");
        seen.checks.iter().any(|check| check.name == name && check.actual.starts_with("altered"))
    };
    context.report.effect.altered =
        context.release.descriptor.tiers.iter().map(|tier| tier.number).filter(is_altered).collect();
    let unmet: Vec<String> =
        seen.checks.iter().filter(|check| check.is_unmet()).map(|check| check.name.clone()).collect();
    // A check that the role may not read is not known to be wrong.
    let refused = seen.checks.iter().filter(|check| check.is_unmet()).all(Check::is_unreadable);
    let first = seen.checks.iter().find(|check| check.is_unreadable()).map(|check| check.actual.clone());
    context.report.checks.extend(seen.checks);
    let not_made = missing(&context.release.descriptor.verify.assert, &context.report.checks);
    let states = states(context.release, &context.report.checks);
    let cause = root_cause(Moment::After, &context.report.checks, &states).filter(|_| seen.failure.is_none());
    if let Some(cause) = cause {
        return Err(stopped(context, cause, &states));
    }
    match (unmet.is_empty(), seen.failure) {
        (true, None) => Ok(()),
        // The checks that could not be made are not known to be wrong.
        (true, Some(error)) => Err(error),
        (false, Some(error)) => Err(Error::Different {
            message: format!("verify was cut short by an error: {error}; unmet until then: {}", unmet.join(", ")),
            hint: "Remove the cause, then run oneroof verify again: the other checks were not made.".to_owned(),
        }),
        // The script ended at a check that later checks depend on. The later checks are neither met nor unmet.
        (false, None) if !not_made.is_empty() => Err(Error::NoGo {
            message: format!(
                "verify was cut short; unmet: {}; therefore not checked: {}",
                unmet.join(", "),
                first_of(&not_made)
            ),
            only_gate: false,
            hint: "Follow the hint of the unmet check, then run oneroof verify again.".to_owned(),
        }),
        (false, _) if refused => Err(Error::Question {
            what: format!("{} checks: {}", unmet.len(), unmet.join(", ")),
            message: first.unwrap_or_default().trim_end_matches(&format!(" ({INSUFFICIENT_PRIVILEGE})")).to_owned(),
            sqlstate: INSUFFICIENT_PRIVILEGE.to_owned(),
        }),
        (false, _) => Err(Error::Different {
            message: format!("{} unmet: {}", unmet.len(), unmet.join(", ")),
            hint: "Look at each unmet check: somebody changed what the release wrote, or what it reads.".to_owned(),
        }),
    }
}

/// The states of the tiers, from the checks `state.<number>`. Empty if one of these checks was not made or could not be read.
fn states(release: &Release, checks: &[Check]) -> Vec<TierState> {
    let of_tier = |tier: &Tier| {
        let name = format!("state.{}", tier.number);
        // The last answer counts. The tiers made the same check earlier, when the states were different.
        let check = checks.iter().rfind(|check| check.name == name)?;
        let (state, difference) = match check.actual.as_str() {
            "applied" => (State::Applied, None),
            "absent" => (State::Absent, None),
            other => (State::Altered, Some(other.strip_prefix("altered: ")?.to_owned())),
        };
        Some(TierState { tier: tier.number, name: tier.name.clone(), state, difference })
    };
    release.descriptor.tiers.iter().map(of_tier).collect::<Option<_>>().unwrap_or_default()
}
