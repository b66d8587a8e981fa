//! Judges all the evidence of one database. The last run that changed something decides what is applied. A later run that changed nothing
//! decides only whether an apply may come next.

use super::run::{FoundEvidence, Rejected, RunEvidence, range};
use crate::check::Check;
use crate::exec::Outcome;
use crate::release::Release;
use crate::report::Verdict;

/// The verdict and the evidence for it.
#[derive(Debug)]
pub(super) struct Judgement<'a> {
    pub(super) word: &'static str,
    pub(super) reason: String,
    /// The run that the verdict rests on.
    pub(super) run: Option<&'a RunEvidence>,
    /// The tiers that were applied when a run last read the states of the tiers. `None` if no run did.
    pub(super) applied: Option<&'a [u8]>,
    /// The tiers that were altered at that time.
    pub(super) altered: &'a [u8],
}

/// What one run means for the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// The run may have changed something: the outcome of a COMMIT is unknown, or the evidence ends before the run did.
    Open,
    /// The run committed something.
    Changed,
    /// The run met every check and rehearsed every tier.
    Go,
    /// The run found an unmet precondition.
    NoGo,
    /// The run failed before anything was committed.
    Failed,
    /// The run says nothing about the release: nobody confirmed it, it had no connection, another run was under way, or there was nothing
    /// to roll back.
    Nothing,
}

fn meaning(run: &RunEvidence, release: &Release) -> Meaning {
    let report = run.report();
    if run.is_open() || !run.rollout.record.complete {
        return Meaning::Open;
    }
    if run.rollout.kept().next().is_some() {
        return Meaning::Changed;
    }
    let all: Vec<u8> = release.descriptor.tiers.iter().map(|tier| tier.number).collect();
    let is_apply = report.command == "apply";
    match (report.verdict, report.exit_code) {
        (Verdict::Done, _) if is_apply && run.ended(Outcome::Rehearsed) == all => Meaning::Go,
        (Verdict::NoGo, 3 | 4) if is_apply && report.checks.iter().any(Check::is_unmet) => Meaning::NoGo,
        (Verdict::Failed, 5) if is_apply => Meaning::Failed,
        _ => Meaning::Nothing,
    }
}

fn when(run: &RunEvidence) -> String {
    format!("the run of {}", run.when())
}

fn tiers(applied: &[u8], altered: &[u8]) -> String {
    match (applied, altered) {
        ([], []) => "no tier was applied then".to_owned(),
        ([one], []) => format!("tier {one} was applied then"),
        (applied, []) => format!("tiers {} were applied then", range(applied)),
        ([], altered) => format!("tiers {} were there then, but altered", range(altered)),
        (applied, altered) => {
            format!("tiers {} were applied then, and tiers {} altered", range(applied), range(altered))
        }
    }
}

fn error(run: &RunEvidence) -> String {
    run.report().error.as_ref().map(|error| format!(": {}", error.message)).unwrap_or_default()
}

pub(super) fn judge<'a>(release: &Release, found: &'a FoundEvidence) -> Judgement<'a> {
    let runs = &found.runs;
    let base = runs.iter().rposition(|run| matches!(meaning(run, release), Meaning::Open | Meaning::Changed));
    let since = &runs[base.map_or(0, |at| at + 1)..];
    let last = base.map(|at| &runs[at]);
    let look = since.iter().rev().chain(last).find(|run| run.looked().is_some());
    let rests = Rests { release, look };
    if let Some(file) = found.rejected.iter().find(|file| matters(file, runs)) {
        return rests
            .unknown(runs.last(), format!("{} cannot be used and may hold a later change: see below", file.path));
    }
    let Some(last) = last else {
        return match runs.last() {
            None => rests.unknown(None, "there is no evidence of a run of this release".to_owned()),
            Some(newest) => rests.readiness(since).unwrap_or_else(|| {
                rests.unknown(
                    Some(newest),
                    format!("no run reached the precondition checks; the newest is {}{}", when(newest), error(newest)),
                )
            }),
        };
    };
    if meaning(last, release) == Meaning::Open {
        return rests.open(last, since);
    }
    rests.changed(last, since)
}

/// Whether a file that cannot be used may hold facts that the other files lack.
fn matters(file: &Rejected, runs: &[RunEvidence]) -> bool {
    let seen_later = |begun| runs.iter().any(|run| run.begun > begun && run.looked().is_some());
    file.changed || !file.begun.is_some_and(seen_later) && file.begun != Some(jiff::Timestamp::MIN)
}

/// The facts that every verdict needs.
struct Rests<'r, 'a> {
    release: &'r Release,
    /// The last run that read the states of the tiers.
    look: Option<&'a RunEvidence>,
}

impl<'a> Rests<'_, 'a> {
    fn judgement(&self, word: &'static str, run: Option<&'a RunEvidence>, reason: String) -> Judgement<'a> {
        let applied = self.look.and_then(RunEvidence::looked);
        let altered = self.look.map_or(&[][..], |look| &look.report().effect.altered);
        Judgement { word, reason, run, applied, altered }
    }

    fn unknown(&self, run: Option<&'a RunEvidence>, reason: String) -> Judgement<'a> {
        self.judgement("UNKNOWN", run, reason)
    }

    fn seen(&self) -> String {
        match self.look {
            Some(look) => tiers(look.looked().unwrap_or_default(), &look.report().effect.altered),
            None => "no run has read the tiers since".to_owned(),
        }
    }

    /// Whether an apply may come next, according to the last run that checked this.
    fn readiness(&self, runs: &'a [RunEvidence]) -> Option<Judgement<'a>> {
        let judged =
            |run: &&RunEvidence| matches!(meaning(run, self.release), Meaning::Go | Meaning::NoGo | Meaning::Failed);
        let run = runs.iter().rev().find(judged)?;
        let seen = self.seen();
        Some(match meaning(run, self.release) {
            Meaning::Go => {
                let reason =
                    format!("{} met every check and rehearsed every tier; it committed nothing; {seen}", when(run));
                self.judgement("GO", Some(run), reason)
            }
            Meaning::NoGo => {
                self.judgement("NO-GO", Some(run), format!("{} was stopped{}; {seen}", when(run), error(run)))
            }
            _ => self.judgement("FAILED", Some(run), format!("{} failed{}; {seen}", when(run), error(run))),
        })
    }

    /// The verdict if it is unknown what the last run changed.
    fn open(&self, last: &'a RunEvidence, since: &'a [RunEvidence]) -> Judgement<'a> {
        let what = if last.is_open() {
            format!("{} sent a COMMIT, and its outcome is not known", when(last))
        } else {
            format!("the evidence of {} is not complete: it was cut off, or it is still under way", when(last))
        };
        match self.look.filter(|look| since.iter().any(|run| std::ptr::eq(run, *look))) {
            None => self.unknown(Some(last), what),
            // A later run saw no tier applied, so it does not matter how that COMMIT ended.
            Some(look) if look.looked() == Some(&[]) && look.report().effect.altered.is_empty() => {
                self.readiness(since).unwrap_or_else(|| self.unknown(Some(look), format!("{what}; {}", self.seen())))
            }
            Some(look) => {
                let reason = format!("{what}; by {}, {}; no run has verified them since", when(look), self.seen());
                self.unknown(Some(last), reason)
            }
        }
    }

    /// The verdict if the evidence of the last run that changed something is complete.
    fn changed(&self, last: &'a RunEvidence, since: &'a [RunEvidence]) -> Judgement<'a> {
        let report = last.report();
        let then = last.looked();
        let seen_later = self.look.filter(|look| !std::ptr::eq(*look, last));
        if let Some(later) = seen_later
            && then.is_some()
            && (later.looked() != then || later.report().effect.altered != report.effect.altered)
        {
            let (now, before) = (self.seen(), tiers(then.unwrap_or_default(), &report.effect.altered));
            return self.unknown(
                Some(last),
                format!(
                    "at the end of {} {before}; at the end of {} {now}, and no evidence shows who changed them",
                    when(last),
                    when(later)
                ),
            );
        }
        let all: Vec<u8> = self.release.descriptor.tiers.iter().map(|tier| tier.number).collect();
        match (report.verdict, report.command.as_str()) {
            (Verdict::Done, "apply") if then == Some(&all) && last.ended(Outcome::Committed) == all => {
                let words = match since {
                    [] => String::new(),
                    [_] => "; one later run changed nothing".to_owned(),
                    since => format!("; {} later runs changed nothing", since.len()),
                };
                let released =
                    format!("{} committed every tier and verified the end state; {}{words}", when(last), self.seen());
                self.judgement("RELEASED", Some(last), released)
            }
            (Verdict::Done, "rollback") if then == Some(&[]) && report.effect.altered.is_empty() => {
                self.readiness(since).unwrap_or_else(|| {
                    let reason =
                        format!("{} rolled tiers back; {}, and no later run was a GO", when(last), self.seen());
                    self.judgement("NO-GO", Some(last), reason)
                })
            }
            (Verdict::Done, "rollback") => {
                let reason =
                    format!("{} rolled tiers back; {}: the release is partly applied", when(last), self.seen());
                self.judgement("NO-GO", Some(last), reason)
            }
            (Verdict::Failed, _) => {
                self.judgement("FAILED", Some(last), format!("{} failed{}; {}", when(last), error(last), self.seen()))
            }
            (verdict, _) => {
                let reason = format!(
                    "{} ended as {}, exit code {}; {}",
                    when(last),
                    verdict.word(),
                    report.exit_code,
                    self.seen()
                );
                self.unknown(Some(last), reason)
            }
        }
    }
}
