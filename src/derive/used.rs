//! Finds out which columns of the prerequisite a packet names. All of them are renamed, and the tiers run again. A column without which a
//! statement fails gets its name back. A view refers to its columns by number, so columns that are read only through a view are not found.

use super::DeriveError;
use super::run::Runner;
use super::search::{Hidden, HiddenSearch};
use super::seen::Columns;
use super::sql::answered;
use super::state::DatabaseState;
use crate::packet::name::{identifier, in_sql, is_name, is_of_name};
use crate::pg::failure::SqlFailure;
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
        let mut search = HiddenSearch { runner: self, hidden };
        let found = search.steps().await?;
        self.discard().await?;
        let all = before
            .columns
            .iter()
            .flat_map(|(relation, columns)| columns.iter().map(move |column| (relation.clone(), column.name.clone())));
        Ok(found.then(|| all.filter(|column| !search.hidden.contains(column)).collect()))
    }
}

/// A column of a relation.
impl Hidden for (String, String) {
    /// The hidden columns that the server's message names. If the message names a relation, only columns of that relation.
    fn missed(hidden: &BTreeSet<Self>, failure: &SqlFailure) -> Vec<Self> {
        let words: BTreeSet<&str> = failure.message.split(|letter| !is_of_name(letter)).collect();
        let is_named = |column: &String| {
            words.contains(column.as_str()) || !is_name(column) && failure.message.contains(column.as_str())
        };
        let named = hidden.iter().filter(|(_, column)| is_named(column));
        let named: Vec<Self> = named.cloned().collect();
        let of = failure
            .message
            .split_once("of relation \"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(name, _)| name);
        let of_it = |(relation, _): &&Self| relation.split_once('.').map(|(_, name)| name) == of;
        let there: Vec<Self> = named.iter().filter(of_it).cloned().collect();
        if there.is_empty() { named } else { there }
    }

    fn statement(&self, hide: bool) -> String {
        let (relation, column) = self;
        let hidden = identifier(&format!("~{column}"));
        let column = identifier(column);
        let (from, to) = if hide { (column, hidden) } else { (hidden, column) };
        // A tier may have dropped the relation, and may have created it again without the hidden name.
        format!(
            "DO $oneroof$ BEGIN ALTER TABLE {} RENAME COLUMN {from} TO {to}; EXCEPTION WHEN undefined_column OR undefined_table THEN NULL; END $oneroof$",
            in_sql(relation)
        )
    }
}
