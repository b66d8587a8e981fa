//! The parts of the release report that say who ran the release, how to roll it back, and what is proven or not.

use super::facts::{Ran, TierRollback, WayBack};
use super::run::{RunEvidence, range, to_the_second};
use super::sources::{Sources, applies, packet_option, words};
use crate::check::Check;
use crate::exec::Outcome;
use crate::exec::judge::delta_words;
use crate::report::EffectKind;

/// The facts about a run: who ran it, when and how.
pub(super) fn ran(run: &RunEvidence) -> Ran<'_> {
    let record = &run.rollout.record;
    let last = run.report().tiers.iter().rev().find_map(|tier| tier.server_time.clone());
    let connected = record.session.as_ref().map(|session| session.server_time.clone());
    Ran {
        command: &run.report().command,
        arguments: &record.arguments,
        began: connected.unwrap_or_else(|| run.when()),
        ended: last.unwrap_or_else(|| record.written.clone()),
        operator: &record.operator,
        session: record.session.as_ref(),
        client: record.client.as_ref(),
        confirmed: record.confirmed.as_ref(),
        backup_ref: record.backup_ref.as_deref(),
        program: &record.program,
        binary: record.binary.as_deref(),
        engine: &run.report().release.engine,
    }
}

/// Whether an approver has the name of an account or role that ran the release. The warnings of the gate's checks follow.
pub(super) fn duties(run: &RunEvidence) -> Vec<String> {
    let record = &run.rollout.record;
    let mut names = vec![record.operator.account.as_deref(), record.operator.login_account.as_deref()];
    names.extend(record.operator.claimed.values().map(|name| Some(name.as_str())));
    if let Some(session) = &record.session {
        names.extend([Some(session.session_user.as_str()), Some(session.current_user.as_str())]);
    }
    let approvers: Vec<&str> = run
        .report()
        .tiers
        .iter()
        .flat_map(|tier| &tier.approvals)
        .filter_map(|row| row.approved_by.as_deref())
        .collect();
    let ran_it = |who: &str| names.iter().flatten().any(|name| name.eq_ignore_ascii_case(who.trim()));
    let both = approvers.iter().filter(|who| ran_it(who)).count();
    let mut duties = vec![
        match (approvers.len(), both) {
            (0, _) => "No approval was read by this run, so nothing separates those who approve from those who run it.",
            (_, 0) => "No approver has the name of an account or role that ran it. Names are compared, not people.",
            _ => "AN APPROVER HAS THE NAME of an account or role that ran it.",
        }
        .to_owned(),
    ];
    duties.extend(unmet_warnings(run, true));
    duties
}

/// The warnings of a run without repetitions: those of the gate's checks, or those of all other checks.
fn unmet_warnings(run: &RunEvidence, of_gate: bool) -> Vec<String> {
    let mut warnings: Vec<String> = Vec::new();
    let is_warning = |check: &&Check| !check.ok && !check.is_unmet() && check.name.starts_with("gate.") == of_gate;
    for check in run.report().checks.iter().filter(is_warning) {
        let warning = format!("WARNING, {}", words(check));
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    warnings
}

/// How to roll back, and whether a rollback on this database restored the state before an apply.
pub(super) fn way_back(sources: &Sources<'_>) -> WayBack {
    let tiers = sources.release.descriptor.tiers.iter().rev().map(|tier| {
        let rows = tier.rollback_deltas.iter().map(|(table, delta)| format!("{table} {}", delta_words(*delta)));
        let mut removes: Vec<String> = rows.collect();
        if tier.creates {
            removes.push("the release's own objects".to_owned());
        }
        TierRollback { tier: tier.number, file: format!("sql/{}", tier.rollback), removes: removes.join(", ") }
    });
    let has_clones = sources.release.descriptor.release.clone_database.is_some();
    let (is_proved, proof) = proof_of_rollback(&sources.found.runs, has_clones);
    let command = format!("oneroof rollback --full{}", packet_option(sources.release));
    WayBack { command, tiers: tiers.collect(), is_proved, proof, build: BUILD }
}

/// The statement about the build. It holds for every packet, because a build refuses a rollback that leaves something behind.
const BUILD: &str = "A packet is built only if its rollbacks restore what was there before, on a throwaway PostgreSQL of the build. oneroof packet check --prove repeats that.";

fn proof_of_rollback(runs: &[RunEvidence], has_clones: bool) -> (bool, String) {
    let empties = |run: &&RunEvidence| run.report().command == "rollback" && run.looked() == Some(&[]);
    if let Some(back) = runs.iter().rev().find(empties)
        && let Some(exit) = back.ends().1
    {
        let mut before = runs.iter().rev().filter(|run| run.at < back.at && applies(run));
        if let Some((apply, entry)) = before.find_map(|run| Some((run, run.ends().0?))) {
            let comparison = exit.compare(entry);
            let (began, ended) = (apply.when(), back.when());
            return if comparison.equal {
                let compared = exit.compared();
                let sentence = format!(
                    "Proved: the rollback of {ended} left what the apply of {began} had found: {compared} do not differ."
                );
                (true, sentence)
            } else {
                let first = comparison.differences.first().map_or("", String::as_str);
                let sentence =
                    format!("NOT proven: after the rollback of {ended} this differs from before {began}: {first}");
                (false, sentence)
            };
        }
    }
    if let Some(sentence) = runs.iter().rev().find_map(there_and_back) {
        return (false, sentence);
    }
    let rehearsed =
        |run: &&RunEvidence| run.report().command == "rollback" && !run.ended(Outcome::Rehearsed).is_empty();
    match runs.iter().rev().find(rehearsed) {
        Some(run) => (
            false,
            format!(
                "Rehearsed on {}: the rollback of tiers {} ran and was rolled back. NOT proven: that a rollback leaves what was there before.",
                run.when(),
                range(&run.ended(Outcome::Rehearsed))
            ),
        ),
        None => {
            let clone = if has_clones { " oneroof clone run proves it on a clone." } else { "" };
            (false, format!("NOT proven on this database: no evidence is of a full rollback after an apply.{clone}"))
        }
    }
}

/// What a dry run with all rollbacks showed. `None` for any other run.
fn there_and_back(run: &RunEvidence) -> Option<String> {
    let after = run.rollout.after_rollback()?;
    let comparison = after.compare(run.ends().0?);
    let when = run.when();
    Some(match comparison.differences.first() {
        None => format!(
            "Rehearsed on {when}: all tiers and then all rollbacks ran in one transaction that was rolled back, and {} did not differ from before. NOT proven: that a rollback after COMMIT leaves what was there before.",
            after.compared()
        ),
        Some(first) => format!("NOT proven: in the dry run of {when} the rollbacks did not bring this back: {first}"),
    })
}

/// Facts that a reader should look at whatever the verdict is.
pub(super) fn exceptions(sources: &Sources<'_>) -> Vec<String> {
    let mut shown = Vec::new();
    let Some(run) = sources.verdict.run else { return shown };
    shown.extend(unmet_warnings(run, false));
    shown.extend(run.report().notes.iter().map(|note| format!("Note of the run: {note}")));
    for other in &sources.found.runs {
        if other.is_open() {
            shown.push(format!("UNRESOLVED: {} holds a COMMIT whose end is not known.", other.path));
        } else if !other.rollout.record.complete {
            shown.push(format!("INCOMPLETE: {} ends before the run did; what came after is not known.", other.path));
        } else if other.at > run.at {
            let ended = other.report();
            shown.push(format!(
                "A later run, of {}: {} ended as {}, exit code {}.",
                other.when(),
                ended.command,
                ended.verdict.word(),
                ended.exit_code
            ));
        }
    }
    shown
}

/// What the evidence of the run proves.
pub(super) fn proven(run: &RunEvidence) -> Vec<String> {
    let mut shown = match run.report().effect.kind {
        EffectKind::NothingChanged => vec![format!("Proven by the run of {}: it committed nothing.", run.when())],
        EffectKind::Applied => confirmed(run).ok().into_iter().collect(),
        EffectKind::Unknown => Vec::new(),
    };
    if let (Some(entry), Some(exit)) = run.ends() {
        let word = if exit.compare(entry).equal { "equal" } else { "different, as listed above" };
        shown.push(format!(
            "Fingerprints at entry and exit are {word}; their digests match their content. They compare {}, and nothing else: see above.",
            exit.compared()
        ));
    }
    shown
}

/// What the evidence does not prove.
pub(super) fn not_proven(sources: &Sources<'_>) -> Vec<String> {
    let Some(run) = sources.verdict.run else {
        return vec!["There is no evidence: nothing is proven.".to_owned()];
    };
    let mut shown = Vec::new();
    match run.report().effect.kind {
        EffectKind::Unknown => {
            shown.push(format!("NOT proven: what the run of {} did to the database.", run.when()));
        }
        EffectKind::Applied => shown.extend(confirmed(run).err()),
        EffectKind::NothingChanged => {}
    }
    if !matches!(run.ends(), (Some(_), Some(_))) {
        shown.push("NOT proven: that entry and exit are equal; this run took no two fingerprints.".to_owned());
    }
    if run.has("--no-rehearsal") {
        shown.push("NOT proven: a rehearsal; it was left out by --no-rehearsal.".to_owned());
    }
    if let Some(newest) = sources.found.runs.last() {
        let written = &newest.rollout.record.written;
        let written = written.parse().map_or_else(|_| written.clone(), to_the_second);
        shown.push(format!("NOT proven: anything that was done after {written}."));
    }
    shown.push(
        "NOT proven: that nobody replaced an evidence file and its checksum; compare the file with the SHA-256 that each run printed at its end.".to_owned(),
    );
    shown
}

/// Whether the server itself confirmed each COMMIT.
fn confirmed(run: &RunEvidence) -> Result<String, String> {
    let ended = |outcome| run.report().tiers.iter().filter(move |tier| tier.outcome == outcome);
    let kept = ended(Outcome::Committed).chain(ended(Outcome::RolledBack));
    let open: Vec<u8> =
        kept.filter(|tier| tier.xid_status.as_deref() != Some("committed")).map(|tier| tier.number).collect();
    if open.is_empty() {
        return Ok(format!(
            "Proven by the run of {}: every COMMIT that it reports is confirmed by the server's own status.",
            run.when()
        ));
    }
    Err(format!("NOT proven: the server's own status is missing for the COMMIT of tiers {}.", range(&open)))
}
