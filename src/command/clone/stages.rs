//! `oneroof clone run`: the stages, each with a verdict and its numbers. All stages write to the clone. The source is only read.

use super::job::Job;
use super::report;
use super::side::Side;
use crate::check::Check;
use crate::command::{preflight, verify};
use crate::error::{Error, failure_text};
use crate::exec::executor::Executor;
use crate::exec::{Direction, Run, TxEnd};
use crate::fingerprint::OTHER_VERSION;
use crate::observe::{Want, look};
use crate::plan::{self, Scope, State, TierState};
use crate::policy::Policy;
use crate::report::EffectKind;
use crate::run::{Context, Step, folder, refused, transaction_error};

impl Job<'_> {
    /// Runs stages A to G.
    pub(super) async fn run_stages(&mut self, context: &mut Context<'_>) -> Result<(), Error> {
        let opened = self.open_source(context).await?;
        Self::released(context, &opened)?;
        let before = Side::of(&opened.session, context.release).await?;
        let (ground, _) = self.ground(context, &opened.session, true).await?;
        self.stage("source", "read only, fingerprint taken", before.is_attested(), before.fingerprint.digest.clone());
        let facts = self.facts(context, &opened.session).await?;
        let gate = format!("{} approvals at the source; the gate is waived on the clone, by its name", facts.counts[3]);
        self.stage("gate", "state of the human gate", true, gate);
        self.there(context, &opened.session).await?;
        let done = self.on_the_clone(context, &before, &facts.path).await;
        if context.report.effect.kind == EffectKind::Applied {
            context.report.effect.changed(format!("the stages ran on the clone {}", self.name));
        }
        // After a failure the clone must be dropped, because the changes that the stages left on it would make the next run fail.
        context.go_on(if done.is_ok() { "oneroof preflight".to_owned() } else { self.command("drop") });
        let after = Side::of(&opened.session, context.release).await?;
        let moved: Vec<String> = after.fingerprint.compare(&before.fingerprint).differences;
        let numbers = if moved.is_empty() { after.fingerprint.digest.clone() } else { moved.join("; ") };
        let untouched = self.stage("impact", "the source's fingerprint is identical", moved.is_empty(), numbers);
        opened.session.close().await;
        let one_liner = ground.statement("drop");
        let folder = folder::of(self.writing, "clone")?;
        let remove = [context.with_options(&self.command("drop")), format!("{one_liner};")];
        let path = report::write(context, &folder, &self.name, &self.stages, &remove)?;
        self.stage("G", "the written packet", true, path.clone());
        context.report.evidence.push(path);
        context.report.notes.push(format!("the clone is kept; to remove it: {}, or in psql: {}", remove[0], remove[1]));
        done?;
        if untouched {
            let failed: Vec<&str> =
                self.stages.iter().filter(|stage| !stage.passed).map(|stage| stage.stage.as_str()).collect();
            return if failed.is_empty() { Ok(()) } else { self.failed(&failed.join(", ")) };
        }
        Err(Error::Different {
            message: "the source is not as it was before the stages".to_owned(),
            hint: "The stages ran on the clone only; another session changed what is named above.".to_owned(),
        })
    }

    pub(super) async fn there(
        &self,
        context: &mut Context<'_>,
        session: &crate::pg::session::Session,
    ) -> Result<(), Error> {
        let (message, word, hint) = match self.size(context, session).await? {
            None => (format!("there is no clone {}", self.name), "create", "Make it first with oneroof clone create."),
            Some(size) if !size.complete => {
                let message =
                    format!("the clone {} is not complete: its creation was cut off, or is still under way", self.name);
                (message, "drop", "If no run is making it now, remove it with oneroof clone drop and make it again.")
            }
            Some(_) => return Ok(()),
        };
        context.go_on(self.command(word));
        let hint = hint.to_owned();
        Err(Error::NoGo { message, only_gate: false, hint })
    }

    async fn on_the_clone(&mut self, context: &mut Context<'_>, source: &Side, path: &str) -> Result<(), Error> {
        let mut executor = self.open_clone(context).await?;
        let start = Side::of(&executor.session, context.release).await?;
        no_tiers(&start.states, &source.states)?;
        let written: Vec<String> =
            context.release.descriptor.actions.iter().flat_map(|action| action.run.writes.clone()).collect();
        self.baseline(&start, source, &written);
        let checked = preflight::ask(&executor.session, context.release, &Policy::default(), false).await?;
        let unmet: Vec<&Check> = checked.checks.iter().filter(|check| check.is_unmet()).collect();
        let names: Vec<&str> = unmet.iter().map(|check| check.name.as_str()).collect();
        let numbers = format!(
            "{} checks, unmet: {}",
            checked.checks.len(),
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        );
        let go = self.stage(
            "preflight",
            "every precondition, the gate waived",
            names.is_empty() && checked.failure.is_none(),
            numbers,
        );
        if !go {
            return self.failed("preflight");
        }
        self.seed(context, &mut executor).await?;
        self.read_half(context, &executor).await?;
        let facts = self.facts(context, &executor.session).await?;
        self.write_half(context, &mut executor, &facts).await?;
        self.boundary(context, &executor, &facts, path).await?;
        self.cursor(context, &mut executor, &facts).await?;
        self.reversal(context, &mut executor, &start, &written).await?;
        executor.session.close().await;
        Ok(())
    }

    /// Compares the clone with its source, row by row. Three kinds of differences are listed but do not fail the stage. An earlier run of the
    /// stages may have written rows to the tables that the actions write. It may also have advanced sequences. `clone create` has already
    /// reported differences in owners, grants and versions of extensions.
    fn baseline(&mut self, start: &Side, source: &Side, written: &[String]) {
        let beside = |subject: &str, words: &str| {
            rows_of(subject, written)
                || ["owner ", "grants ", "sequence "].iter().any(|kind| subject.starts_with(kind))
                || words.ends_with(OTHER_VERSION)
        };
        let differences = start.differences(source).into_iter();
        let (left, other): (Vec<_>, Vec<_>) = differences.partition(|(subject, words)| beside(subject, words));
        let mirrors = other.is_empty();
        let words = if mirrors {
            let but =
                if left.is_empty() { String::new() } else { format!("; not counted against it: {}", words(left)) };
            format!("{} tables, their rows compared by digest{but}", start.rows.len())
        } else {
            words(other)
        };
        self.stage("baseline", "the clone mirrors the source", mirrors, words);
    }

    pub(super) fn failed(&self, stage: &str) -> Result<(), Error> {
        Err(Error::Different {
            message: format!("stage {stage} did not pass"),
            hint: format!(
                "The clone {} stays as it is, so that you can look at it; the source was only read.",
                self.name
            ),
        })
    }

    /// Stage A: applies the whole release, tier by tier, as on the source.
    async fn seed(&mut self, context: &mut Context<'_>, executor: &mut Executor<'_>) -> Result<(), Error> {
        let mut rows = 0;
        for tier in &context.release.descriptor.tiers {
            let run = Run { tier, direction: Direction::Apply };
            let done = self.transaction(executor, &[run], TxEnd::Commit).await;
            context.report.take_tiers(done.tiers.clone());
            if let Some(failure) = done.failure {
                self.stage(
                    "A",
                    "ownership seed, with all tiers",
                    false,
                    format!("{}: {}", run.name(), failure_text(&failure)),
                );
                return Err(transaction_error(Step::Clone, &run.name(), failure));
            }
            rows += done.tiers.iter().flat_map(|tier| tier.deltas.values()).map(|delta| delta.inserted).sum::<i64>();
        }
        let seen = verify::ask(&executor.session, context.release, false).await?;
        let figure = |name: &str| {
            seen.checks.iter().find(|check| check.name == name).map(|check| format!("{name} {}", check.actual))
        };
        let figures: Vec<String> =
            ["ownership", "gap", "conflict", "effective"].iter().filter_map(|name| figure(name)).collect();
        let unmet = seen.checks.iter().filter(|check| check.is_unmet()).count();
        let passed = unmet == 0 && seen.failure.is_none();
        let numbers =
            format!("{}; {rows} rows; verify: {} checks, {unmet} unmet", figures.join(", "), seen.checks.len());
        if self.stage("A", "ownership seed, with all tiers", passed, numbers) { Ok(()) } else { self.failed("A") }
    }

    /// Stage F: rolls back every tier. The rows that stages C to E wrote are not part of the release and stay.
    async fn reversal(
        &mut self,
        context: &mut Context<'_>,
        executor: &mut Executor<'_>,
        start: &Side,
        written: &[String],
    ) -> Result<(), Error> {
        let want = Want { states: true, ..Want::default() };
        let states = look(&executor.session, context.release, want).await?.states.unwrap_or_default();
        let tiers =
            plan::rollback(&context.release.descriptor, &states, Scope::To(0)).map_err(|refusal| refused(&refusal))?;
        let rolled_back = tiers.len();
        for tier in tiers {
            let run = Run { tier, direction: Direction::Rollback };
            let done = self.transaction(executor, &[run], TxEnd::Commit).await;
            if let Some(failure) = done.failure {
                self.stage(
                    "F",
                    "rollback: full reversal",
                    false,
                    format!("{}: {}", run.name(), failure_text(&failure)),
                );
                return Err(transaction_error(Step::Clone, &format!("rollback of {}", run.name()), failure));
            }
        }
        let end = Side::of(&executor.session, context.release).await?;
        let (stays, found): (Vec<_>, Vec<_>) = end
            .differences(start)
            .into_iter()
            .partition(|(subject, _)| rows_of(subject, written) || subject.starts_with("sequence "));
        let size = self.size(context, &executor.session).await?;
        let droppable = size.is_some_and(|size| size.ours);
        let passed = found.is_empty() && droppable && end.states.iter().all(|tier| tier.state == State::Absent);
        let numbers = if found.is_empty() {
            format!(
                "{rolled_back} tiers rolled back, fingerprint and rows as before them; left by C to E: {}; the role may drop the clone",
                words(stays)
            )
        } else {
            words(found)
        };
        context.take_states(Some(&end.states));
        if self.stage("F", "rollback: full reversal, the clone stays", passed, numbers) {
            Ok(())
        } else {
            self.failed("F")
        }
    }
}

/// Refuses a clone that already has a tier of the release, because the release is applied there from the first tier on.
pub(super) fn no_tiers(clone: &[TierState], source: &[TierState]) -> Result<(), Error> {
    let Some(tier) = clone.iter().find(|tier| tier.state != State::Absent) else { return Ok(()) };
    let hint = if source.iter().any(|tier| tier.state != State::Absent) {
        "The source has the tier as well. Make a clone of a database that does not have the release yet."
    } else {
        "The source does not have the tier. Drop the clone and make it again."
    };
    Err(Error::NoGo {
        message: format!("tier {} {} is already on the clone", tier.tier, tier.name),
        only_gate: false,
        hint: hint.to_owned(),
    })
}

/// Whether the subject is the rows of one of the tables, and not its structure.
fn rows_of(subject: &str, tables: &[String]) -> bool {
    let name = ["rows of ", "content of "].iter().find_map(|kind| subject.strip_prefix(kind));
    name.is_some_and(|name| tables.iter().any(|table| table == name))
}

fn words(list: Vec<(String, String)>) -> String {
    list.into_iter().map(|(_, words)| words).collect::<Vec<_>>().join("; ")
}
