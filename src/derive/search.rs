//! Finds out what a packet needs of the prerequisite. In a transaction that is rolled back, all columns are renamed, or all rights are revoked,
//! and every tier runs again. If a statement fails without one of them, it is restored. A column or right that was not restored is not needed.

use super::DeriveError;
use super::run::Runner;
use super::sql::answered;
use super::text::Text;
use crate::pg::failure::SqlFailure;
use crate::pg::message::Message;
use std::collections::BTreeSet;

/// A column or right that a search takes away and restores.
pub(super) trait Hidden: Clone + Ord {
    /// Those that may be the reason for this failure. `hidden` are all that are taken away at the moment.
    fn missed(hidden: &BTreeSet<Self>, failure: &SqlFailure) -> Vec<Self>;

    /// The statement that takes this away (`hide`) or restores it. It ends with a semicolon.
    fn statement(&self, hide: bool) -> String;
}

/// A search in progress, inside its transaction.
pub(super) struct HiddenSearch<'s, 'r, 'p, H> {
    pub runner: &'s Runner<'r, 'p>,
    /// What is taken away at the moment.
    pub hidden: BTreeSet<H>,
}

impl Runner<'_, '_> {
    /// Finds out which elements of `all` the packet needs, by running it while some of them are hidden. Returns `None` if a statement fails for
    /// another reason, because then the result is not known.
    pub(super) async fn needed<H: Hidden>(&self, all: &BTreeSet<H>) -> Result<Option<BTreeSet<H>>, DeriveError> {
        if all.is_empty() {
            return Ok(Some(BTreeSet::new()));
        }
        answered(self.session.simple("BEGIN").await?)?;
        let hiding: String = all.iter().map(|one| one.statement(true)).collect();
        answered(self.session.simple(&hiding).await?)?;
        let mut search = HiddenSearch { runner: self, hidden: all.clone() };
        let found = search.steps().await?;
        self.discard().await?;
        Ok(found.then(|| all.difference(&search.hidden).cloned().collect()))
    }
}

impl<H: Hidden> HiddenSearch<'_, '_, '_, H> {
    /// Runs every text of the packet in the order of a run. Returns whether all of them succeeded.
    pub(super) async fn steps(&mut self) -> Result<bool, DeriveError> {
        let texts = self.runner.texts;
        for tier in &texts.tiers {
            let (before, after) = tier.checks(false);
            if !(self.all_ran(before).await? && self.ran(&tier.up, true).await? && self.all_ran(after).await?) {
                return Ok(false);
            }
        }
        let questions = texts.tiers.iter().flat_map(|tier| [&tier.absent, &tier.applied, &tier.state]).flatten();
        for text in texts.verify.iter().filter(|text| !text.composed).chain(questions) {
            if !self.ran(text, false).await? {
                return Ok(false);
            }
        }
        for tier in texts.tiers.iter().rev() {
            let (before, after) = tier.checks(true);
            if !(self.all_ran(before).await? && self.ran(&tier.down, true).await? && self.all_ran(after).await?) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn all_ran(&mut self, texts: &[Text]) -> Result<bool, DeriveError> {
        for text in texts.iter().filter(|text| !text.composed) {
            if !self.ran(text, false).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Runs a text, and restores what it needs until it succeeds. Returns whether it succeeded.
    async fn ran(&mut self, text: &Text, keep: bool) -> Result<bool, DeriveError> {
        let mut failure = self.attempt(text, keep).await?;
        while let Some(missed) = failure {
            let candidates = H::missed(&self.hidden, &missed);
            if candidates.is_empty() {
                return Ok(false);
            }
            failure = match self.one_of(&candidates, text, keep, &missed).await? {
                Some(now) => now,
                None => match self.several_of(&candidates, text, keep).await? {
                    Some(now) if now == missed => return Ok(false),
                    now => now,
                },
            };
        }
        Ok(true)
    }

    /// Restores one of several candidates: the first one with which the text has another result. Returns the new result: `Some(None)` if the
    /// text succeeded, or the new error. Returns `None` if the result is the same with each of them.
    async fn one_of(
        &mut self,
        candidates: &[H],
        text: &Text,
        keep: bool,
        missed: &SqlFailure,
    ) -> Result<Option<Option<SqlFailure>>, DeriveError> {
        for candidate in candidates.iter().filter(|_| candidates.len() > 1) {
            self.show(candidate).await?;
            let now = self.attempt(text, keep).await?;
            if now.as_ref() != Some(missed) {
                return Ok(Some(now));
            }
            self.run(candidate, true).await?;
            self.hidden.insert(candidate.clone());
        }
        Ok(None)
    }

    /// Restores all candidates. Then takes each away again if the result is the same without it. Returns the new result.
    async fn several_of(
        &mut self,
        candidates: &[H],
        text: &Text,
        keep: bool,
    ) -> Result<Option<SqlFailure>, DeriveError> {
        for candidate in candidates {
            self.show(candidate).await?;
        }
        let with_all = self.attempt(text, false).await?;
        for candidate in candidates {
            self.run(candidate, true).await?;
            self.hidden.insert(candidate.clone());
            if self.attempt(text, false).await? != with_all {
                self.show(candidate).await?;
            }
        }
        self.attempt(text, keep).await
    }

    async fn show(&mut self, candidate: &H) -> Result<(), DeriveError> {
        self.hidden.remove(candidate);
        self.run(candidate, false).await
    }

    async fn run(&self, candidate: &H, hide: bool) -> Result<(), DeriveError> {
        answered(self.runner.session.simple(&candidate.statement(hide)).await?).map(drop)
    }

    /// Runs a text in a savepoint and returns the error, if there is one. The effects are kept only if `keep` is set and the text succeeds.
    async fn attempt(&self, text: &Text, keep: bool) -> Result<Option<SqlFailure>, DeriveError> {
        let mut message = Message::default();
        message.engine("savepoint", "SAVEPOINT oneroof_build;");
        message.engine("settings", &self.runner.settings());
        text.append(&mut message);
        message.engine("constraints", "SET CONSTRAINTS ALL IMMEDIATE;");
        message.engine("role", "RESET SESSION AUTHORIZATION; SET LOCAL search_path = pg_catalog, pg_temp;");
        let reply = self.runner.session.message(&message).await?;
        let failure = SqlFailure::of(&message, &reply);
        let end = if keep && failure.is_none() {
            "RELEASE SAVEPOINT oneroof_build"
        } else {
            "ROLLBACK TO SAVEPOINT oneroof_build; RELEASE SAVEPOINT oneroof_build"
        };
        answered(self.runner.session.simple(end).await?)?;
        Ok(failure)
    }
}
