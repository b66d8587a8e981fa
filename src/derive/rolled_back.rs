//! Runs the packet in transactions that are rolled back: as it is, and in a database that was changed before.

use super::DeriveError;
use super::run::Runner;
use super::sql::{answered, run};
use super::state::{DatabaseState, Positions};
use super::text::Text;
use crate::packet::form;
use crate::packet::name::{in_sql, literal};
use crate::pg::session::Row;

/// A change of the database that requires.sql makes, and the questions after the packet has run in the changed database.
pub(super) struct Variation {
    /// Statements that change the database.
    pub(super) change: String,
    /// The query after all tiers.
    pub(super) after_up: String,
    /// The query after all rollbacks. If there is none, the rollbacks need not run.
    pub(super) after_down: Option<String>,
}

/// The answers to a variation.
#[derive(Default)]
pub(super) struct Varied {
    pub(super) up: Vec<Row>,
    pub(super) down: Vec<Row>,
}

/// The SQL texts of one part of a run, and the query after them.
type Leg<'t> = (&'t [&'t Text], &'t str);

impl Runner<'_, '_> {
    /// Runs the packet once with the changes of all variations. If a statement fails, the packet runs again for each variation alone. The answer is empty
    /// for a variation that is absent, and for one with which a statement fails.
    pub(super) async fn varied<const N: usize>(
        &self,
        all: &[Option<Variation>; N],
    ) -> Result<[Varied; N], DeriveError> {
        let every: Vec<&Variation> = all.iter().flatten().collect();
        let together = if every.len() > 1 { self.of_one_run(&every).await? } else { Vec::new() };
        let is_known = !together.is_empty();
        let mut together = together.into_iter();
        let mut answers = std::array::from_fn(|_| Varied::default());
        for (variation, answer) in all.iter().zip(&mut answers) {
            let Some(variation) = variation else { continue };
            let alone = if is_known { None } else { self.of_one_run(&[variation]).await?.pop() };
            *answer = together.next().or(alone).unwrap_or_default();
        }
        Ok(answers)
    }

    /// Runs the packet once with the changes of these variations. Returns one answer for each, or an empty list if a statement fails.
    async fn of_one_run(&self, every: &[&Variation]) -> Result<Vec<Varied>, DeriveError> {
        let change: String = every.iter().map(|variation| variation.change.as_str()).collect();
        let (up, down) = (self.up(), self.down());
        let mut legs: Vec<Leg<'_>> = Vec::new();
        for variation in every {
            legs.push((if legs.is_empty() { &up } else { &[] }, &variation.after_up));
        }
        for (place, question) in every.iter().filter_map(|variation| variation.after_down.as_ref()).enumerate() {
            legs.push((if place == 0 { &down } else { &[] }, question));
        }
        let Some(answers) = self.after_changes(&change, &legs).await? else { return Ok(Vec::new()) };
        let mut answers = answers.into_iter();
        let mut varied: Vec<Varied> =
            answers.by_ref().take(every.len()).map(|up| Varied { up, ..Varied::default() }).collect();
        for (variation, varied) in every.iter().zip(&mut varied) {
            if variation.after_down.is_some() {
                varied.down = answers.next().unwrap_or_default();
            }
        }
        Ok(varied)
    }

    /// The SQL of all tiers, in their order.
    pub(super) fn up(&self) -> Vec<&Text> {
        self.texts.tiers.iter().map(|tier| &tier.up).collect()
    }

    /// The SQL of all rollbacks. The rollback of the last tier comes first.
    pub(super) fn down(&self) -> Vec<&Text> {
        self.texts.tiers.iter().rev().map(|tier| &tier.down).collect()
    }

    /// The SQL of all tiers in their order, and then the SQL of all rollbacks. The rollback of the last tier comes first.
    pub(super) fn there_and_back(&self) -> Vec<&Text> {
        [self.up(), self.down()].concat()
    }

    /// Opens a transaction, changes the database with `change`, runs `texts`, and asks the server `question`. The transaction is rolled back.
    /// Returns `None` if a statement fails, because then nobody knows what the texts would do there.
    pub(super) async fn after_change(
        &self,
        change: &str,
        texts: &[&Text],
        question: &str,
    ) -> Result<Option<Vec<Row>>, DeriveError> {
        let rows = self.after_changes(change, &[(texts, question)]).await?;
        Ok(rows.map(|rows| rows.into_iter().flatten().collect()))
    }

    /// Like [`Self::after_change`], but with several groups of texts and a question after each group.
    async fn after_changes(&self, change: &str, legs: &[Leg<'_>]) -> Result<Option<Vec<Vec<Row>>>, DeriveError> {
        let sequences = self.positions().await?;
        answered(self.session.simple("BEGIN").await?)?;
        let mut is_done = self.session.simple(change).await?.error.is_none();
        let mut answers = Vec::new();
        for (texts, question) in legs {
            is_done = is_done && run(&self.session, &self.message(texts).0, texts).await.is_ok();
            if is_done {
                answers.push(answered(self.session.simple(question).await?)?.rows(0).to_vec());
            }
        }
        self.roll_back(&sequences).await?;
        Ok(is_done.then_some(answers))
    }

    /// Runs all texts in one transaction, which is rolled back. Returns the number of locks and the names of the created objects. Returns
    /// `None` if a text fails: some texts cannot share a transaction, for example because a new enum value cannot be used before its
    /// COMMIT. All other errors appear again when each text runs alone, with a better message.
    pub(super) async fn rehearse(
        &self,
        texts: &[&Text],
        first: &DatabaseState,
    ) -> Result<Option<(i64, String)>, DeriveError> {
        let sequences = self.positions().await?;
        let (message, segments) = self.message(texts);
        let rehearsed = match run(&self.session, &message, texts).await {
            Ok(reply) => {
                let locks = reply.to(&segments.held).row().and_then(|row| row.number("number")).unwrap_or_default();
                let state = self.read().await?;
                Some((locks, form::own_names(&state.packet(first), None)))
            }
            Err(DeriveError::Sql { .. }) => None,
            Err(error) => return Err(error),
        };
        self.roll_back(&sequences).await?;
        Ok(rehearsed)
    }

    /// The positions of all sequences.
    async fn positions(&self) -> Result<Positions, DeriveError> {
        answered(self.session.simple("BEGIN").await?)?;
        let positions = DatabaseState::positions(&self.session).await;
        answered(self.session.simple("ROLLBACK").await?)?;
        positions
    }

    /// Rolls the transaction back. That does not reset sequences, so each sequence gets its old value back.
    async fn roll_back(&self, sequences: &Positions) -> Result<(), DeriveError> {
        self.discard().await?;
        let back = |(name, (_, at)): (&String, &(Option<String>, String))| {
            let (last, called) = at.split_once(' ').unwrap_or_default();
            let name = literal(&in_sql(name));
            format!("SELECT pg_catalog.setval({name}::pg_catalog.regclass, {last}, '{called}');")
        };
        if !sequences.is_empty() {
            answered(self.session.simple(&sequences.iter().map(back).collect::<String>()).await?)?;
        }
        Ok(())
    }

    /// Rolls the transaction back. Then it vacuums the large tables, because the rows that were rolled back still take space in them.
    pub(super) async fn discard(&self) -> Result<(), DeriveError> {
        answered(self.session.simple("ROLLBACK").await?)?;
        if self.large.is_empty() {
            return Ok(());
        }
        // The tables are found by oid, because a tier that was committed may have renamed or dropped them.
        let question = format!(
            "SELECT 'VACUUM ' || pg_catalog.string_agg(c.oid::pg_catalog.regclass::text, ', ') FROM pg_catalog.pg_class AS c WHERE c.oid IN ({})",
            self.large.join(", ")
        );
        let reply = answered(self.session.simple(&question).await?)?;
        if let Some(vacuum) = reply.rows(0).first().and_then(Row::first) {
            answered(self.session.simple(vacuum).await?)?;
        }
        Ok(())
    }
}
