//! Finds the columns of the prerequisite that a packet names. All columns are renamed in a transaction that is rolled back, and every tier
//! runs again. If a statement fails because a column is missing, that column gets its name back. A view refers to its columns by number, so
//! columns that are read only through a view are not found.

use super::DeriveError;
use super::run::Runner;
use super::seen::Columns;
use super::sql::{answered, identifier};
use super::state::DatabaseState;
use super::text::Text;
use crate::pg::failure::SqlFailure;
use crate::pg::message::Message;
use std::collections::BTreeSet;

/// Renames every column that the server allows to be renamed.
const HIDE: &str = include_str!("questions/hide.sql");

/// The query for the columns that were renamed.
const HIDDEN: &str = "SELECT n.nspname || '.' || c.relname AS relation, pg_catalog.substr(a.attname, 2) AS name \
    FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0 \
    AND a.attname LIKE '~%'";

impl Runner<'_, '_> {
    /// The columns of existing relations that the packet names. `None` if they cannot be found out because a statement fails for a reason
    /// other than a missing name.
    pub(super) async fn used(&self, before: &DatabaseState) -> Result<Option<Columns>, DeriveError> {
        answered(self.session.simple("BEGIN").await?)?;
        answered(self.session.simple(HIDE).await?)?;
        let reply = answered(self.session.simple(HIDDEN).await?)?;
        let pair = |row: &crate::pg::session::Row| (row.text("relation").to_owned(), row.text("name").to_owned());
        let hidden: Columns = reply.rows(0).iter().map(pair).collect();
        let mut search = ColumnSearch { runner: self, hidden };
        let found = search.steps().await?;
        answered(self.session.simple("ROLLBACK").await?)?;
        let all = before
            .columns
            .iter()
            .flat_map(|(relation, columns)| columns.iter().map(move |column| (relation.clone(), column.name.clone())));
        Ok(found.then(|| all.filter(|column| !search.hidden.contains(column)).collect()))
    }
}

/// A search in progress, inside its transaction.
struct ColumnSearch<'s, 'r, 'p> {
    runner: &'s Runner<'r, 'p>,
    /// The columns that no statement has missed so far.
    hidden: Columns,
}

impl ColumnSearch<'_, '_, '_> {
    /// Runs every text of the packet in the order of a run. Returns whether all of them succeeded.
    async fn steps(&mut self) -> Result<bool, DeriveError> {
        let texts = self.runner.texts;
        for tier in &texts.tiers {
            let (before, after) = tier.checks(false);
            if !(self.asked(before).await? && self.ran(&tier.up, true).await? && self.asked(after).await?) {
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
            if !(self.asked(before).await? && self.ran(&tier.down, true).await? && self.asked(after).await?) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn asked(&mut self, texts: &[Text]) -> Result<bool, DeriveError> {
        for text in texts.iter().filter(|text| !text.composed) {
            if !self.ran(text, false).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Runs a text until no column is missing any more. Returns whether the text succeeded.
    async fn ran(&mut self, text: &Text, keep: bool) -> Result<bool, DeriveError> {
        let mut failure = self.attempt(text, keep).await?;
        while let Some(missed) = failure {
            let candidates = self.candidates(&missed);
            if candidates.is_empty() {
                return Ok(false);
            }
            failure = match self.one_of(&candidates, text, keep, &missed).await? {
                Some(now) => now,
                None => {
                    for candidate in &candidates {
                        self.show(candidate).await?;
                    }
                    match self.attempt(text, keep).await? {
                        Some(now) if now == missed => return Ok(false),
                        now => now,
                    }
                }
            };
        }
        Ok(true)
    }

    /// Gives one of several columns its name back: the first column that changes the result of the text. Returns the new result:
    /// `Some(None)` if the text succeeded, or the new error. Returns `None` if no column changed the result.
    async fn one_of(
        &mut self,
        candidates: &[(String, String)],
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
            self.rename(candidate, true).await?;
            self.hidden.insert(candidate.clone());
        }
        Ok(None)
    }

    /// The hidden columns that the server's message names. If the message names a relation, only columns of that relation.
    fn candidates(&self, failure: &SqlFailure) -> Vec<(String, String)> {
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let words: BTreeSet<&str> = failure.message.split(|letter| !is_word(letter)).collect();
        let named = self.hidden.iter().filter(|(_, column)| words.contains(column.as_str()));
        let named: Vec<(String, String)> = named.cloned().collect();
        let of = failure
            .message
            .split_once("of relation \"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(name, _)| name);
        let of_it = |(relation, _): &&(String, String)| relation.split_once('.').map(|(_, name)| name) == of;
        let there: Vec<(String, String)> = named.iter().filter(of_it).cloned().collect();
        if there.is_empty() { named } else { there }
    }

    async fn show(&mut self, column: &(String, String)) -> Result<(), DeriveError> {
        self.hidden.remove(column);
        self.rename(column, false).await
    }

    async fn rename(&self, (relation, column): &(String, String), hide: bool) -> Result<(), DeriveError> {
        let (schema, table) = relation.split_once('.').unwrap_or_default();
        let hidden = identifier(&format!("~{column}"));
        let column = identifier(column);
        let (from, to) = if hide { (column, hidden) } else { (hidden, column) };
        // A tier may have dropped the relation, and may have created it again without the hidden name.
        let sql = format!(
            "DO $oneroof$ BEGIN ALTER TABLE {}.{} RENAME COLUMN {from} TO {to}; EXCEPTION WHEN undefined_column OR undefined_table THEN NULL; END $oneroof$",
            identifier(schema),
            identifier(table)
        );
        answered(self.runner.session.simple(&sql).await?).map(drop)
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
