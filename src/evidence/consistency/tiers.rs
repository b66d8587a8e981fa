//! Compares tiers, their transactions, rows, locks and checks with the release and with each other.

use super::found::{Contradictions, Topic};
use crate::check::{Check, Phase, Severity, missing};
use crate::evidence::Rollout;
use crate::exec::judge::delta_words;
use crate::exec::same::bytes_of;
use crate::exec::{Direction, Outcome, Run, TierReport};
use crate::fingerprint::Fingerprint;
use crate::policy::is_of_policy;
use crate::release::{Delta, PartKind, Release, Shadow, Tier};
use crate::report::Verdict;
use std::collections::BTreeMap;

/// The tier numbers under which the checks of preflight and of verify are recorded.
const PREFLIGHT: u8 = 0;
const VERIFY: u8 = 9;

pub(super) fn contradictions(found: &mut Contradictions, rollout: &Rollout, release: &Release) {
    let command = rollout.record.report.command.as_str();
    checks_answer(found, rollout, release);
    transactions(found, rollout);
    if command == "clone" {
        return;
    }
    let shadow = release.descriptor.shadow.as_ref().filter(|_| command == "shadow");
    let runs: Vec<Option<Run<'_>>> =
        rollout.record.report.tiers.iter().map(|tier| run_of(release, shadow, command, tier)).collect();
    for (tier, _) in rollout.record.report.tiers.iter().zip(&runs).filter(|(_, run)| run.is_none()) {
        found.unless(false, Topic::Tiers, || format!("{command} has no tier {} {}", tier.number, tier.name));
    }
    let known: Vec<(&TierReport, Run<'_>)> =
        rollout.record.report.tiers.iter().zip(runs).filter_map(|(tier, run)| Some((tier, run?))).collect();
    order(found, rollout, release);
    ends(found, rollout, release);
    files(found, release, &known);
    rows(found, rollout, &known);
    locks(found, release, &known);
    checks_made(found, rollout, release, &known);
    counts(found, rollout, &known);
}

/// The tier or action of the release that a report is about. `None` if the number and the name do not belong together.
fn run_of<'r>(release: &'r Release, shadow: Option<&'r Shadow>, command: &str, report: &TierReport) -> Option<Run<'r>> {
    let direction = if command == "rollback" { Direction::Rollback } else { Direction::Apply };
    let is_tier = matches!(command, "apply" | "rollback");
    let tier: &Tier = match (is_tier, shadow) {
        (true, _) => release.tier(report.number)?,
        (false, Some(shadow)) => {
            [&shadow.deploy_run, &shadow.drop_run].into_iter().find(|tier| tier.name == report.name)?
        }
        (false, None) => &release.descriptor.action(&report.name)?.run,
    };
    (tier.number == report.number && tier.name == report.name).then_some(Run { tier, direction })
}

/// The tiers must be in the right order, and no tier may have run after one failed.
fn order(found: &mut Contradictions, rollout: &Rollout, release: &Release) {
    let topic = Topic::Tiers;
    let report = &rollout.record.report;
    let numbers: Vec<u8> = report.tiers.iter().map(|tier| tier.number).collect();
    let all: Vec<u8> = release.descriptor.tiers.iter().map(|tier| tier.number).collect();
    let right = match report.command.as_str() {
        "apply" if rollout.record.complete => numbers.is_empty() || numbers == all,
        "apply" => all.starts_with(&numbers),
        "rollback" => numbers.is_sorted_by(|one, other| one > other),
        _ => numbers.len() <= 1,
    };
    found.unless(right, topic, || format!("{} does not run tiers {numbers:?}", report.command));
    let ended: Vec<Outcome> = report.tiers.iter().map(|tier| tier.outcome).collect();
    let good = match report.command.as_str() {
        "rollback" => &[Outcome::RolledBack][..],
        "apply" => &[Outcome::Committed],
        _ => &[Outcome::Committed, Outcome::Unchanged],
    };
    let after_good: Vec<&Outcome> = ended.iter().skip_while(|outcome| good.contains(outcome)).collect();
    let stopped = match after_good.as_slice() {
        [] => true,
        [Outcome::Aborted | Outcome::Unresolved | Outcome::NotRun, rest @ ..] => {
            rest.iter().all(|outcome| **outcome == Outcome::NotRun)
        }
        rehearsed => {
            rehearsed.len() == ended.len()
                && (ended.iter().all(|outcome| *outcome == Outcome::Rehearsed)
                    || ended.iter().all(|outcome| *outcome == Outcome::Aborted))
        }
    };
    found.unless(stopped, topic, || format!("its tiers cannot have ended like this: {ended:?}"));
}

/// A run that is done must have run every tier, and the applied tiers at its end must follow from this.
fn ends(found: &mut Contradictions, rollout: &Rollout, release: &Release) {
    let report = &rollout.record.report;
    let applied = report.effect.applied.as_ref();
    if !rollout.record.complete || report.verdict != Verdict::Done {
        return;
    }
    let all: Vec<u8> = release.descriptor.tiers.iter().map(|tier| tier.number).collect();
    let unaltered = report.effect.altered.is_empty();
    let (right, state) = match report.command.as_str() {
        "apply" if rollout.has("--dry-run") => {
            (rollout.ended(Outcome::Rehearsed) == all, applied.is_some_and(Vec::is_empty) && unaltered)
        }
        "apply" => (rollout.ended(Outcome::Committed) == all, applied == Some(&all) && unaltered),
        "rollback" => {
            let rolled_back = rollout.ended(Outcome::RolledBack);
            let gone = applied.is_some_and(|applied| !rolled_back.iter().any(|number| applied.contains(number)));
            (rolled_back.len() == report.tiers.len(), gone)
        }
        _ => {
            let ended = report.tiers.first().map(|tier| tier.outcome);
            (matches!(ended, Some(Outcome::Committed | Outcome::Unchanged)), true)
        }
    };
    found.unless(right, Topic::Tiers, || {
        "its verdict is DONE, but not every tier that the run had to run was".to_owned()
    });
    found.unless(state, Topic::Tiers, || format!("the tiers {applied:?} at its end do not follow from what it did"));
}

/// Transaction ids must ascend, and a COMMIT counts only if the server's status of its transaction is `committed`.
fn transactions(found: &mut Contradictions, rollout: &Rollout) {
    let topic = Topic::Transactions;
    let id = |tier: &TierReport| tier.xid.as_deref().and_then(|xid| xid.parse::<u64>().ok());
    let mut last = 0;
    let mut reached = rollout.record.session.as_ref().and_then(|session| session.wal_bytes).unwrap_or_default();
    for tier in rollout.kept() {
        let name = &tier.name;
        match id(tier) {
            Some(xid) => {
                found.unless(xid > last, topic, || format!("{name} has transaction {xid}, and {last} came before it"));
                last = xid;
            }
            None => found.unless(false, topic, || format!("{name} was committed without a transaction id")),
        }
        found.unless(tier.xid_status.as_deref() == Some("committed"), topic, || {
            format!("{name} was committed, but the server's status of its transaction is not committed")
        });
        if let Some(position) = tier.lsn.as_deref() {
            let position = bytes_of(position);
            found.unless(position.is_some_and(|position| position >= reached), topic, || {
                format!("{name} was committed at a WAL position that does not follow the earlier ones")
            });
            reached = position.unwrap_or(reached);
        }
        found.unless(tier.duration_ms.is_some_and(|time| time >= 0.0), topic, || {
            format!("{name} was committed, but its duration is missing")
        });
    }
    let rehearsed = rollout.record.report.tiers.iter().filter(|tier| tier.outcome == Outcome::Rehearsed);
    let mut ids: Vec<Option<u64>> = rehearsed.map(id).collect();
    ids.dedup();
    found.unless(ids.len() <= 1 && !ids.contains(&None), topic, || {
        "a rehearsal is one transaction, but its tiers name several or none".to_owned()
    });
}

/// Whether the tier's assertions passed and its rows were counted.
fn ran_to_its_end(tier: &TierReport) -> bool {
    matches!(tier.outcome, Outcome::Committed | Outcome::RolledBack | Outcome::Rehearsed | Outcome::Unchanged)
}

/// The file that a tier sent must be the one of the release, byte for byte.
fn files(found: &mut Contradictions, release: &Release, known: &[(&TierReport, Run<'_>)]) {
    for (tier, run) in known {
        let Some(sent) = &tier.sent else {
            found.unless(!ran_to_its_end(tier), Topic::Tiers, || {
                format!("{} ran, but the file that it sent is missing", tier.name)
            });
            continue;
        };
        let approved = release.manifest.digest(&run.path()).map(|digest| digest.to_string());
        found.unless(sent.path == run.path() && approved.as_ref() == Some(&sent.sha256), Topic::Tiers, || {
            format!(
                "{} sent {} with SHA-256 {}, which is not the file of the release",
                tier.name, sent.path, sent.sha256
            )
        });
    }
}

/// The numbers of rows must be those that the release declares, because the judge allows no others to be committed.
fn rows(found: &mut Contradictions, rollout: &Rollout, known: &[(&TierReport, Run<'_>)]) {
    for (tier, run) in known.iter().filter(|(tier, _)| ran_to_its_end(tier)) {
        let counted: Vec<&String> = run.tier.writes.iter().collect();
        let mut in_file: Vec<&String> = tier.deltas.keys().collect();
        in_file.sort_unstable();
        let mut wanted = counted.clone();
        wanted.sort_unstable();
        wanted.dedup();
        found.unless(in_file == wanted, Topic::Rows, || {
            format!("{}: the tier counts rows in {wanted:?}, but the file has counts of {in_file:?}", tier.name)
        });
        for relation in counted {
            let (Some(actual), declared) = (tier.deltas.get(relation), run.deltas().get(relation)) else { continue };
            let declared = declared.copied().unwrap_or_default();
            let holds = if run.tier.upserts.contains(relation) {
                run.deletes().contains(relation) || actual.deleted == 0 && actual.updated >= 0
            } else {
                *actual == declared
            };
            found.unless(holds, Topic::Rows, || {
                format!("{}: {relation} {}, declared {}", tier.name, delta_words(*actual), delta_words(declared))
            });
        }
        let wrote = tier.deltas.values().any(|delta| *delta != Delta::default());
        found.unless(tier.outcome != Outcome::Unchanged || !wrote, Topic::Rows, || {
            format!("{}: unchanged, but rows were written", tier.name)
        });
    }
    let dry = rollout.record.report.tiers.iter().any(|tier| tier.outcome == Outcome::NotRun && tier.xid.is_some());
    found.unless(!dry, Topic::Rows, || "a tier that did not run has a transaction".to_owned());
}

/// Written rows need a lock, and only relations that the tier declares may be locked for writing.
fn locks(found: &mut Contradictions, release: &Release, known: &[(&TierReport, Run<'_>)]) {
    let topic = Topic::Rows;
    let packet = release.descriptor.lockable();
    let writes = |mode: &str| {
        ["RowExclusiveLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"].contains(&mode)
    };
    for (tier, run) in known.iter().filter(|(tier, _)| matches!(tier.outcome, Outcome::Committed | Outcome::RolledBack))
    {
        for (relation, _) in tier.deltas.iter().filter(|(_, delta)| **delta != Delta::default()) {
            let held = tier.locks.iter().any(|lock| lock.relation == *relation && writes(&lock.mode));
            found.unless(held, topic, || format!("{}: rows of {relation} were written without a lock", tier.name));
        }
        found.unless(!run.tier.creates || !tier.locks.is_empty(), topic, || {
            format!("{}: objects were made or dropped without a lock", tier.name)
        });
        if run.tier.action && run.tier.creates {
            continue;
        }
        for lock in tier.locks.iter().filter(|lock| writes(&lock.mode)) {
            let own = run.tier.makes() && packet.contains(lock.relation.as_str());
            found.unless(own || run.tier.locks().any(|name| name == lock.relation), topic, || {
                format!("{} locked {} in mode {}, which it does not declare", tier.name, lock.relation, lock.mode)
            });
        }
    }
}

/// A check is met only if its actual value is the expected one. After a good end, no check that stops a run may be unmet.
fn checks_answer(found: &mut Contradictions, rollout: &Rollout, release: &Release) {
    let topic = Topic::Checks;
    for check in &rollout.record.report.checks {
        let met = match check.expected.strip_prefix(">= ") {
            None => check.actual == check.expected,
            Some(least) => match (check.actual.parse::<f64>(), least.parse::<f64>()) {
                (Ok(actual), Ok(least)) => actual >= least,
                _ => check.ok,
            },
        };
        found.unless(met || !check.ok, topic, || {
            format!("{} is marked as met, but is {} and {} is expected", check.name, check.actual, check.expected)
        });
    }
    if !rollout.record.complete {
        return;
    }
    let stops: Vec<&str> = rollout
        .record
        .report
        .checks
        .iter()
        .filter(|check| !check.ok && check.severity == Severity::Error)
        .map(|check| check.name.as_str())
        .collect();
    let gate = &release.descriptor.gate.checks;
    match (rollout.record.report.verdict, rollout.record.report.exit_code) {
        (Verdict::Done | Verdict::Go, _) => found.unless(stops.is_empty(), topic, || {
            format!("it succeeded, but these checks are unmet: {}", stops.join(", "))
        }),
        (Verdict::NoGo, 3) => {
            let is_gate = |name: &&str| is_of_policy(name) || gate.iter().any(|check| check == name);
            let only_gate = !stops.is_empty() && stops.iter().all(is_gate);
            found.unless(only_gate, topic, || {
                format!("by its exit code only the gate was unmet, but the unmet checks are: {}", stops.join(", "))
            });
        }
        _ => {}
    }
}

/// The report must contain every check that the release demands for the parts that ran.
fn checks_made(found: &mut Contradictions, rollout: &Rollout, release: &Release, known: &[(&TierReport, Run<'_>)]) {
    let report = &rollout.record.report;
    if !rollout.record.complete || report.verdict != Verdict::Done {
        return;
    }
    let mut demand = |what: String, tier: u8, phase: Phase, promised: &[String]| {
        let made: Vec<Check> =
            report.checks.iter().filter(|check| (check.tier, check.phase) == (tier, phase)).cloned().collect();
        let missing = missing(promised, &made);
        found.unless(missing.is_empty(), Topic::Checks, || format!("{what}: not made: {}", missing.join(", ")));
    };
    let descriptor = &release.descriptor;
    if report.command == "apply" {
        let preflight = [descriptor.preflight.guard.clone(), descriptor.preflight.assert.clone()].concat();
        demand("preflight".to_owned(), PREFLIGHT, Phase::Preflight, &preflight);
        if !rollout.has("--dry-run") {
            let verify = [descriptor.verify.guard.clone(), descriptor.verify.assert.clone()].concat();
            demand("verify".to_owned(), VERIFY, Phase::Verify, &verify);
        }
    }
    for (tier, run) in known.iter().filter(|(tier, _)| tier.outcome != Outcome::NotRun) {
        for (kind, phase) in [(PartKind::Guard, Phase::Guard), (PartKind::Assert, Phase::Assert)] {
            demand(format!("{} {phase:?}", tier.name), tier.number, phase, run.promised(kind));
        }
    }
}

/// The row counts of the two fingerprints must differ by the rows that the tiers wrote.
fn counts(found: &mut Contradictions, rollout: &Rollout, known: &[(&TierReport, Run<'_>)]) {
    let (Some(entry), Some(exit)) = rollout.ends() else { return };
    if rollout.record.report.verdict != Verdict::Done || rollout.record.report.command == "shadow" {
        return;
    }
    let mut written: BTreeMap<&str, i64> = BTreeMap::new();
    for (tier, run) in known.iter().filter(|(tier, _)| matches!(tier.outcome, Outcome::Committed | Outcome::RolledBack))
    {
        for (relation, delta) in tier.deltas.iter().filter(|(name, _)| !run.tier.upserts.contains(name)) {
            *written.entry(relation).or_default() += delta.inserted - delta.deleted;
        }
    }
    let rows =
        |end: &Fingerprint, relation: &str| end.content.get(relation).map(|content| content.rows.unwrap_or_default());
    for (relation, written) in written {
        let (Some(before), Some(after)) = (rows(entry, relation), rows(exit, relation)) else { continue };
        found.unless(after - before == written, Topic::Rows, || {
            format!(
                "{relation}: the tiers wrote {written:+} rows, but the fingerprints have {before} before and {after} after"
            )
        });
    }
}
