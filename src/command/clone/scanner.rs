//! Stages B to E of `oneroof clone run`: the read half and the write half of the scanner, the boundary of its events, and its cursor.

use super::boundary;
use super::job::Job;
use crate::check::Check;
use crate::command::action::of_verb;
use crate::command::verify;
use crate::error::{Error, failure_text};
use crate::exec::executor::Executor;
use crate::exec::{Direction, Outcome, Run, Transaction, TxEnd};
use crate::observe::questions;
use crate::release::{Action, Delta};
use crate::report::TableAnswer;
use crate::run::{Context, Step, set, transaction_error};

/// The facts that a stage reports.
pub(super) struct ScanUnder {
    ruleset: String,
    snapshot: String,
    /// The cursor that stage E moves. Empty if there is none.
    cursor: String,
    position: i64,
    /// The search path of a new session on the database, before the engine sets its own.
    pub(super) path: String,
    /// Digests of the outbox, the issues, the approvals and the event types.
    content: String,
    pub(super) counts: [String; 7],
}

impl ScanUnder {
    /// Whether the outbox, the issues, the approvals, the event types and the number of governance events are unchanged.
    fn same_boundary(&self, other: &Self) -> bool {
        (&self.content, &self.counts[2]) == (&other.content, &other.counts[2])
    }
}

impl Job<'_> {
    /// Stage B: reads the scanner's figures. The checks of verify, which run here again, show that the figures are those of the release.
    pub(super) async fn read_half(&mut self, context: &Context<'_>, executor: &Executor<'_>) -> Result<(), Error> {
        let answers = questions(&executor.session, context.release, &[], &["scan"]).await?;
        let attested = answers.server_facts.read_only && !answers.server_facts.transaction_id_assigned;
        let figures = TableAnswer::all(answers.rows("scan")).into_iter().next().unwrap_or_default();
        let numbers: Vec<String> = figures.rows.iter().map(|row| row.join(" ")).collect();
        let seen = verify::ask(&executor.session, context.release, false).await?;
        let passed = attested && !seen.checks.is_empty() && !seen.checks.iter().any(Check::is_unmet);
        if self.stage("B", "scanner, read half", passed, numbers.join(", ")) { Ok(()) } else { self.failed("B") }
    }

    /// Stage C: runs the write half twice. The second run must add its own run row and change nothing else.
    pub(super) async fn write_half(
        &mut self,
        context: &mut Context<'_>,
        executor: &mut Executor<'_>,
        facts: &ScanUnder,
    ) -> Result<(), Error> {
        let action = of_verb(context, "scan --write")?;
        let settings = [("oneroof.ruleset", facts.ruleset.clone()), ("oneroof.snapshot", facts.snapshot.clone())];
        set(&executor.session, &settings).await?;
        let mut deltas = Vec::new();
        for turn in ["first", "second"] {
            let done = self.act(executor, action).await;
            if let Some(failure) = done.failure {
                self.stage("C", "scanner, write half", false, format!("{turn} run: {}", failure_text(&failure)));
                return Err(transaction_error(Step::Clone, &action.run.name, failure));
            }
            deltas.push(done.tiers[0].deltas.clone());
        }
        let again =
            action.run.upserts.iter().all(|name| deltas[1].get(name).is_none_or(|delta| *delta == Delta::default()));
        let now = self.facts(context, &executor.session).await?;
        let [.., runs, states, objects] = &now.counts;
        let inserted: i64 =
            action.run.upserts.iter().filter_map(|name| deltas[0].get(name)).map(|delta| delta.inserted).sum();
        let same = now.same_boundary(facts);
        let second = if again { "0 changed by the second run" } else { "rows CHANGED by the second run" };
        let left = if same { "outbox and issues unchanged" } else { "outbox or issues CHANGED" };
        let numbers = format!(
            "{states} state + {objects} object rows, {inserted} inserted first, {second}; {runs} run rows; {left}"
        );
        if self.stage("C", "scanner, write half: idempotent, bounded", again && same, numbers) {
            Ok(())
        } else {
            self.failed("C")
        }
    }

    /// Stage D: shows that a trigger of the outbox refuses an event because its type is inactive, and that the tries leave nothing behind.
    pub(super) async fn boundary(
        &mut self,
        context: &Context<'_>,
        executor: &Executor<'_>,
        facts: &ScanUnder,
        path: &str,
    ) -> Result<(), Error> {
        let found = boundary::find(context, &executor.session, path).await?;
        let now = self.facts(context, &executor.session).await?;
        let same = now.same_boundary(facts);
        let [events, issues, emitted, ..] = &now.counts;
        let left = if same { "all as before" } else { "NOT as before" };
        let numbers = format!("{}; {events} events, {issues} issues, {emitted} governance events, {left}", found.words);
        if self.stage("D", "issue and event boundary", found.refused && same, numbers) {
            Ok(())
        } else {
            self.failed("D")
        }
    }

    /// Stage E: moves the cursor forward, then to the same position again, then back. Only the first move may change the cursor.
    pub(super) async fn cursor(
        &mut self,
        context: &Context<'_>,
        executor: &mut Executor<'_>,
        facts: &ScanUnder,
    ) -> Result<(), Error> {
        let action = of_verb(context, "scan cursor")?;
        if facts.cursor.is_empty() {
            self.stage("E", "cursor", false, "could not be tested: there is no cursor".to_owned());
            return self.failed("E");
        }
        let target = facts.position.saturating_add(10);
        let mut passed = true;
        let mut moves = Vec::new();
        for (position, wanted) in
            [(target, Outcome::Committed), (target, Outcome::Unchanged), (target - 5, Outcome::Unchanged)]
        {
            let settings = [("oneroof.position", position.to_string()), ("oneroof.cursor", facts.cursor.clone())];
            set(&executor.session, &settings).await?;
            let done = self.act(executor, action).await;
            if let Some(failure) = done.failure {
                self.stage("E", "cursor", false, failure_text(&failure));
                return Err(transaction_error(Step::Clone, &action.run.name, failure));
            }
            passed &= done.tiers[0].outcome == wanted;
            moves.push(format!(
                "to {position}: {}",
                if done.tiers[0].outcome == Outcome::Committed { "moved" } else { "no-op" }
            ));
        }
        let now = self.facts(context, &executor.session).await?.position;
        let numbers =
            format!("{} from {}, {}, now at {now}; no daemon", facts.cursor, facts.position, moves.join(", "));
        if self.stage(
            "E",
            "cursor: monotonic, stale and repeated advances are no-ops",
            passed && now == target,
            numbers,
        ) {
            Ok(())
        } else {
            self.failed("E")
        }
    }

    async fn act(&mut self, executor: &mut Executor<'_>, action: &Action) -> Transaction {
        let run = Run { tier: &action.run, direction: Direction::Apply };
        self.transaction(executor, &[run], TxEnd::Commit).await
    }

    pub(super) async fn facts(
        &self,
        context: &Context<'_>,
        session: &crate::pg::session::Session,
    ) -> Result<ScanUnder, Error> {
        let answers = questions(session, context.release, &[], &["clone_facts"]).await?;
        let row = answers.rows("clone_facts").first().cloned().unwrap_or_default();
        let columns = ["outbox", "issues", "emitted", "approvals", "runs", "states", "objects"];
        Ok(ScanUnder {
            ruleset: row.text("ruleset").to_owned(),
            snapshot: row.text("snapshot").to_owned(),
            cursor: row.text("cursor").to_owned(),
            position: row.number("position").unwrap_or_default(),
            path: row.text("search_path").to_owned(),
            content: row.text("content").to_owned(),
            counts: columns.map(|column| row.text(column).to_owned()),
        })
    }
}
