//! What the evidence of a run says about its tiers: times, rows, locks, approvals and rehearsal.

use super::facts::{Locked, RehearsalFacts, SignatureFacts, TierRow};
use super::run::RunEvidence;
use super::sources::Sources;
use crate::exec::judge::delta_words;
use crate::exec::{Outcome, TierReport};
use crate::release::{Delta, Release};

/// The word for an outcome.
pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Committed => "committed",
        Outcome::RolledBack => "rolled back",
        Outcome::Aborted => "aborted",
        Outcome::Unresolved => "NOT KNOWN",
        Outcome::Rehearsed => "rehearsed",
        Outcome::Unchanged => "nothing to write",
        Outcome::NotRun => "not run",
    }
}

/// The tiers in the order in which they ran.
pub(super) fn timeline(run: &RunEvidence) -> Vec<TierRow<'_>> {
    run.report().tiers.iter().map(timed).collect()
}

fn timed(tier: &TierReport) -> TierRow<'_> {
    TierRow {
        tier: tier.number,
        name: &tier.name,
        outcome: outcome(tier.outcome),
        at: tier.server_time.as_deref(),
        rows: tier
            .deltas
            .iter()
            .filter(|(_, delta)| **delta != Delta::default())
            .map(|(relation, delta)| format!("{relation} {}", delta_words(*delta)))
            .collect(),
        xid: tier.xid.as_deref(),
        xid_status: tier.xid_status.as_deref().unwrap_or("not checked"),
        lsn: tier.lsn.as_deref(),
        waited_ms: tier.waited_ms.unwrap_or_default(),
        duration_ms: tier.duration_ms,
    }
}

/// Lock modes, the strongest last, and what each mode blocks.
const MODES: [(&str, &str); 6] = [
    ("RowExclusiveLock", "CREATE INDEX and changes of the table's form"),
    ("ShareUpdateExclusiveLock", "VACUUM and changes of the table's form"),
    ("ShareLock", "INSERT, UPDATE and DELETE"),
    ("ShareRowExclusiveLock", "INSERT, UPDATE and DELETE"),
    ("ExclusiveLock", "INSERT, UPDATE, DELETE and SELECT FOR UPDATE"),
    ("AccessExclusiveLock", "everything, SELECT too"),
];

/// The locks of the tiers. Relations with the same lock modes are in one row. Relations that the release creates are in a separate row.
pub(super) fn locks<'a>(run: &'a RunEvidence, release: &Release) -> Vec<Locked<'a>> {
    let mut rows: Vec<Locked<'_>> = Vec::new();
    for row in run.report().tiers.iter().flat_map(|tier| of_tier(tier, release)) {
        let is_alike = |known: &&mut Locked<'_>| known.relations == row.relations && known.modes == row.modes;
        match rows.iter_mut().find(is_alike) {
            Some(known) => known.tiers.extend(row.tiers),
            None => rows.push(row),
        }
    }
    rows
}

fn of_tier<'a>(tier: &'a TierReport, release: &Release) -> Vec<Locked<'a>> {
    let own = release.descriptor.relations();
    let mut relations: Vec<&str> = tier.locks.iter().map(|lock| lock.relation.as_str()).collect();
    relations.sort_unstable();
    relations.dedup();
    let mut rows: Vec<Locked<'_>> = Vec::new();
    for relation in relations {
        let is_own = own.iter().any(|name| name.as_str() == relation);
        let of_it = tier.locks.iter().filter(|lock| lock.relation == relation);
        let modes: Vec<&str> = of_it.map(|lock| lock.mode.as_str()).collect();
        let strongest = MODES.iter().rev().find(|(mode, _)| modes.iter().any(|held| held == mode));
        let blocks = match strongest {
            _ if is_own => "nobody: an object of the release itself",
            Some((_, blocks)) => blocks,
            None => "nobody that only reads",
        };
        match rows.iter_mut().find(|row| row.modes == modes && row.is_own == is_own) {
            Some(row) => row.relations.push(relation),
            None => {
                let relations = vec![relation];
                rows.push(Locked { tiers: vec![tier.number], is_own, relations, modes, blocks });
            }
        }
    }
    rows
}

/// The approval rows that the tiers read in their own transactions. Each row is listed once, with the tiers that read it.
pub(super) fn signed(run: &RunEvidence) -> Vec<SignatureFacts<'_>> {
    let mut rows: Vec<SignatureFacts<'_>> = Vec::new();
    for tier in &run.report().tiers {
        for read in &tier.approvals {
            let [code, level, who, signature, at] =
                [&read.proposal_code, &read.approval_level, &read.approved_by, &read.signature_ref, &read.approved_at]
                    .map(|value| value.as_deref().unwrap_or("blank"));
            let is_known = |row: &&mut SignatureFacts<'_>| {
                [row.code, row.level, row.who, row.signature, row.at] == [code, level, who, signature, at]
            };
            match rows.iter_mut().find(is_known) {
                Some(known) => known.tiers.push(tier.number),
                None => rows.push(SignatureFacts { code, level, who, signature, at, tiers: vec![tier.number] }),
            }
        }
    }
    rows
}

/// The last run that rehearsed an apply.
pub(super) fn rehearsal(sources: &Sources<'_>) -> Option<RehearsalFacts> {
    let rehearsed = |run: &&RunEvidence| run.report().command == "apply" && !run.ended(Outcome::Rehearsed).is_empty();
    let run = sources.found.runs.iter().rev().find(rehearsed)?;
    let tiers = run.report().tiers.iter().filter(|tier| tier.outcome == Outcome::Rehearsed);
    let time = run.rollout.record.session.as_ref().map(|session| session.server_time.clone());
    let all = run.ended(Outcome::Rehearsed).len() == sources.release.descriptor.tiers.len();
    Some(RehearsalFacts {
        at: time.unwrap_or_else(|| run.when()),
        result: if all { "every tier ran and was rolled back" } else { "it ended before the last tier" }.to_owned(),
        tiers: run.ended(Outcome::Rehearsed),
        rows: tiers.clone().flat_map(|tier| tier.deltas.values()).map(|delta| delta.inserted).sum(),
        milliseconds: tiers.filter_map(|tier| tier.duration_ms).sum(),
    })
}

/// Whether the rehearsal of the run succeeded. A tier begins only after a rehearsal that succeeded, so a tier that began proves it.
pub(super) fn rehearsed(run: &RunEvidence) -> (String, bool) {
    let began = [Outcome::Committed, Outcome::Aborted, Outcome::Unresolved].map(|outcome| run.ended(outcome).len());
    let (state, is_go) = if run.report().command != "apply" {
        ("not part of this run", false)
    } else if run.has("--no-rehearsal") {
        ("left out by --no-rehearsal", false)
    } else if !run.ended(Outcome::Rehearsed).is_empty() {
        ("every tier ran and was rolled back", true)
    } else if began.iter().sum::<usize>() > 0 {
        ("it succeeded before the first tier began", true)
    } else {
        ("no evidence that it succeeded", false)
    };
    (state.to_owned(), is_go)
}

/// How many tiers the run committed, and how the others ended.
pub(super) fn committed(run: &RunEvidence, all: usize) -> (String, bool) {
    let committed = run.ended(Outcome::Committed).len();
    let others: Vec<String> = [Outcome::Rehearsed, Outcome::RolledBack, Outcome::Aborted, Outcome::Unresolved]
        .into_iter()
        .map(|ended| (outcome(ended), run.ended(ended).len()))
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!(", {count} {word}"))
        .collect();
    (format!("{committed} of {all} committed{}", others.concat()), committed == all)
}
