//! `oneroof clone revalidate`: applies the release and runs the packet's revalidations, in one transaction that is rolled back.

use super::job::Job;
use super::side::Side;
use super::stages::no_tiers;
use crate::check::Check;
use crate::error::Error;
use crate::exec::{Direction, Outcome, Run, TxEnd};
use crate::observe::{Want, look};
use crate::plan;
use crate::run::{Context, Step, refused, transaction_error};

impl Job<'_> {
    /// Runs every tier and every revalidation of the packet in one transaction, which is rolled back.
    pub(super) async fn revalidate(&mut self, context: &mut Context<'_>) -> Result<(), Error> {
        let opened = self.open_source(context).await?;
        Self::released(context, &opened)?;
        self.there(context, &opened.session).await?;
        let want = Want { states: true, ..Want::default() };
        let source = look(&opened.session, context.release, want).await?.states.unwrap_or_default();
        opened.session.close().await;
        context.go_on(context.same_command());
        let mut executor = self.open_clone(context).await?;
        let before = Side::of(&executor.session, context.release).await?;
        no_tiers(&before.states, &source).inspect_err(|_| context.go_on(self.command("drop")))?;
        let descriptor = &context.release.descriptor;
        let tiers = plan::apply(descriptor, &before.states).map_err(|refusal| refused(&refusal))?;
        let revalidations = descriptor.revalidations.iter().map(|revalidation| &revalidation.run);
        let runs: Vec<Run<'_>> =
            tiers.into_iter().chain(revalidations).map(|tier| Run { tier, direction: Direction::Apply }).collect();
        let done = self.transaction(&mut executor, &runs, TxEnd::Abort).await;
        let last = done.tiers.last().map(|tier| tier.name.clone());
        context.report.take_tiers(done.tiers.clone());
        for revalidation in &descriptor.revalidations {
            // All runs are one message, which ends at the first failure. Every run before the failure has passed.
            let tier = done.tiers.iter().find(|tier| tier.name == revalidation.run.name);
            let passed = tier.is_some_and(|tier| tier.outcome == Outcome::Rehearsed);
            let locks = tier.map_or(0, |tier| tier.locks.len());
            let checks = revalidation.run.guard.len() + revalidation.run.assert.len();
            let numbers = if passed {
                format!("{checks} checks met, {locks} more locks, rolled back")
            } else {
                "it failed, or was not reached".to_owned()
            };
            self.stage(&revalidation.run.name.to_uppercase(), &revalidation.run.title, passed, numbers);
        }
        if let Some(failure) = done.failure {
            context.report.checks.extend(done.checks.into_iter().filter(Check::is_unmet));
            return Err(transaction_error(
                Step::Rehearsal,
                &format!("revalidation, at {}", last.unwrap_or_default()),
                failure,
            ));
        }
        let after = Side::of(&executor.session, context.release).await?;
        executor.session.close().await;
        let found: Vec<String> = after.differences(&before).into_iter().map(|(_, words)| words).collect();
        let numbers = if found.is_empty() { after.fingerprint.digest.clone() } else { found.join("; ") };
        let untouched = self.stage("harness", "the clone is as it was", found.is_empty(), numbers);
        context.take_states(Some(&after.states));
        if !untouched {
            context.go_on(self.command("drop"));
            return self.failed("harness");
        }
        context.go_on(self.command("run"));
        Ok(())
    }
}
