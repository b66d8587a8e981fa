//! Compares the connected database with a rollout file.

use super::step::{step, unknown};
use crate::error::Error;
use crate::evidence::Rollout;
use crate::exec::proof::{Proof, proof_of};
use crate::exec::same::{Known, bytes_of, other};
use crate::exec::{Direction, Outcome, Run, TierReport};
use crate::observe::{Want, look};
use crate::pg::connector::{Opened, Settings};
use crate::plan::{State, TierState, tiers_in};
use crate::report::StepAnswer;
use crate::run::{Context, read};

/// Compares the identity first. Compares transactions, tiers and content only if it is the same database.
pub(super) async fn steps(context: &mut Context<'_>, rollout: &Rollout) -> Result<Vec<StepAnswer>, Error> {
    read(context, "comparing the evidence with the database", Settings::default(), async |context, opened| {
        compare(context, rollout, opened).await
    })
    .await
}

async fn compare(context: &mut Context<'_>, rollout: &Rollout, opened: &Opened) -> Result<Vec<StepAnswer>, Error> {
    let mut steps = vec![identity(rollout, opened)];
    if !steps[0].ok {
        let why = "this is not the database of the run";
        steps.extend(["transactions", "tiers now", "database now"].map(|name| unknown(name, why)));
        return Ok(steps);
    }
    let exit = rollout.ends().1;
    let want = Want { states: true, fingerprint: exit.is_some(), ..Want::default() };
    let seen = look(&opened.session, context.release, want).await?;
    context.report.server_facts = seen.server_facts;
    context.take_states(seen.states.as_ref());
    let states =
        seen.states.ok_or_else(|| Error::Internal("the server did not report which tiers are applied".to_owned()))?;
    steps.push(transactions(context, rollout, opened, &states).await?);
    steps.push(tiers(rollout, &states));
    steps.push(match (exit, seen.fingerprint) {
        (Some(exit), Some(now)) => {
            let differences = now.compare(exit).differences;
            let equal = differences.is_empty();
            let words =
                if equal { format!("as at the end of the run: {}", now.compared()) } else { differences.join("; ") };
            step("database now", words, equal)
        }
        (Some(_), None) => return Err(Error::Internal("the server did not return the fingerprint".to_owned())),
        (None, _) => unknown("database now", "the run took no fingerprint at its end to compare with"),
    });
    Ok(steps)
}

/// Whether this is the same database of the same server, and not an older state of it.
fn identity(rollout: &Rollout, opened: &Opened) -> StepAnswer {
    let name = "identity";
    let Some(then) = &rollout.record.session else {
        return unknown(name, "the run reached no database");
    };
    let now = &opened.identity;
    // The WAL position of the run's last COMMIT is later than the one at its beginning, so the latest position counts.
    let positions = rollout.kept().filter_map(|tier| bytes_of(tier.lsn.as_deref()?));
    let known = Known { wal_bytes: positions.chain(then.wal_bytes).max(), ..Known::from(then) };
    if let Some(differs) = other(&known, now) {
        return step(name, differs, false);
    }
    let mut words =
        format!("database {} of server {}", now.database_oid.as_deref().unwrap_or("?"), now.system_identifier);
    if now.timeline == then.timeline {
        words.push_str(&format!(", timeline {}; its WAL has not gone back", now.timeline));
    } else {
        words.push_str(&format!(", on timeline {}; the run was on timeline {}", now.timeline, then.timeline));
    }
    step(name, words, true)
}

/// Checks each COMMIT of the run by the server's status of its transaction id, and by the proof row if the tier is still applied.
async fn transactions(
    context: &Context<'_>,
    rollout: &Rollout,
    opened: &Opened,
    states: &[TierState],
) -> Result<StepAnswer, Error> {
    let name = "transactions";
    let (mut wrong, mut open, mut proven) = (Vec::new(), Vec::new(), 0);
    for tier in rollout.kept() {
        let run = run_of(context, tier);
        // The proof row is read only if the tier is still applied. Otherwise a later run may have changed or deleted the row.
        let is_there = states.iter().any(|now| now.tier == tier.number && now.state == State::Applied);
        let applied = run.filter(|run| is_there && run.direction == Direction::Apply);
        let xid = tier.xid.as_deref().unwrap_or_default();
        let proof = proof_of(context.release, &opened.session, xid, applied.as_ref()).await;
        match proof.map_err(|reason| Error::Lost { reason })? {
            Proof::Committed => proven += 1,
            Proof::Not(why) => wrong.push(format!("{} {xid}: {why}", tier.name)),
            Proof::Unknown(why) => open.push(format!("{} {xid}: {why}", tier.name)),
        }
    }
    Ok(match (wrong.is_empty(), open.is_empty()) {
        (false, _) => step(name, wrong.join("; "), false),
        (true, false) => unknown(name, &open.join("; ")),
        (true, true) if proven == 0 => step(name, "the run committed none".to_owned(), true),
        (true, true) => step(name, format!("the server shows each of the {proven} as committed"), true),
    })
}

fn run_of<'r>(context: &Context<'r>, tier: &TierReport) -> Option<Run<'r>> {
    let direction = if tier.outcome == Outcome::RolledBack { Direction::Rollback } else { Direction::Apply };
    Some(Run { tier: context.release.tier(tier.number)?, direction })
}

/// Compares the tiers that are applied now with those at the end of the run. If the run could not read them at its end, compares them with
/// what it committed.
fn tiers(rollout: &Rollout, states: &[TierState]) -> StepAnswer {
    let name = "tiers now";
    let (now, altered) = (tiers_in(states, State::Applied), tiers_in(states, State::Altered));
    let words = |applied: &[u8], altered: &[u8]| match altered {
        [] => format!("{applied:?}"),
        altered => format!("{applied:?}, and altered {altered:?}"),
    };
    let effect = &rollout.record.report.effect;
    if let Some(then) = &effect.applied {
        let equal = *then == now && effect.altered == altered;
        let sentence = format!("{} at the end of the run, {} now", words(then, &effect.altered), words(&now, &altered));
        return step(name, sentence, equal);
    }
    let gone: Vec<u8> =
        rollout.ended(Outcome::Committed).into_iter().filter(|tier| *tier > 0 && !now.contains(tier)).collect();
    let back: Vec<u8> = rollout.ended(Outcome::RolledBack).into_iter().filter(|tier| now.contains(tier)).collect();
    if gone.is_empty() && back.is_empty() {
        return unknown(name, &format!("the run could not read the tiers at its end; now {}", words(&now, &altered)));
    }
    let mut differences = Vec::new();
    if !gone.is_empty() {
        differences.push(format!("the run applied tiers {gone:?}, which are not applied now"));
    }
    if !back.is_empty() {
        differences.push(format!("the run rolled back tiers {back:?}, which are applied now"));
    }
    step(name, format!("{}; now {}", differences.join("; "), words(&now, &altered)), false)
}
