//! Finds out which primary and unique keys of existing tables the packet needs: for its foreign keys, for ON CONFLICT, and for queries that group
//! by a primary key. In a transaction that is rolled back, the catalog says that no table has a key, and the tiers run again. If a statement
//! fails because a key is missing, the key is restored. A key that was restored is needed.

use super::DeriveError;
use super::run::Runner;
use super::search::Hidden;
use super::sql::answered;
use crate::pg::failure::SqlFailure;
use crate::sqlstate::{
    GROUPING_ERROR, INVALID_COLUMN_REFERENCE, INVALID_FOREIGN_KEY, UNDEFINED_OBJECT, UNDEFINED_TABLE, WRONG_OBJECT_TYPE,
};
use std::collections::BTreeSet;

/// A key that the packet may need.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NeededKey {
    /// `unique`, `primary key` or `constraint`.
    kind: String,
    /// The key as `derived.toml` names it, such as `unique (code) of public.item`.
    words: String,
    /// The statements that hide the key and restore it. They change only catalog rows. DROP CONSTRAINT would also drop objects that depend on it.
    hide: String,
    show: String,
}

impl Runner<'_, '_> {
    /// The keys that the packet needs, such as `unique (code) of public.item`. `None` if a statement fails for a reason other than a missing
    /// key: then the build does not know which keys are needed.
    pub(super) async fn keys(&self) -> Result<Option<Vec<String>>, DeriveError> {
        let reply = answered(self.session.simple(include_str!("questions/unique.sql")).await?)?;
        let key = |row: &crate::pg::session::Row| NeededKey {
            kind: row.text("kind").to_owned(),
            words: row.text("words").to_owned(),
            hide: row.text("hide").to_owned(),
            show: row.text("show").to_owned(),
        };
        let all: BTreeSet<NeededKey> = reply.rows(0).iter().map(key).collect();
        let needed = self.needed(&all).await?;
        Ok(needed.map(|needed| needed.into_iter().map(|key| key.words).collect()))
    }
}

impl Hidden for NeededKey {
    /// The hidden keys that may be the reason for this error. The server's message does not name the key, so these are all hidden keys of the
    /// kind that causes such an error.
    fn missed(hidden: &BTreeSet<Self>, failure: &SqlFailure) -> Vec<Self> {
        let kinds: &[&str] = match failure.sqlstate.as_str() {
            INVALID_FOREIGN_KEY | INVALID_COLUMN_REFERENCE | WRONG_OBJECT_TYPE => &["unique"],
            GROUPING_ERROR => &["primary key"],
            UNDEFINED_OBJECT => &["primary key", "constraint"],
            // The index of a constraint has the name of the constraint.
            UNDEFINED_TABLE => &["constraint"],
            _ => &[],
        };
        hidden.iter().filter(|key| kinds.contains(&key.kind.as_str())).cloned().collect()
    }

    fn statement(&self, hide: bool) -> String {
        let change = if hide { &self.hide } else { &self.show };
        // If an earlier tier dropped the table or the constraint, there is nothing to hide or restore.
        format!(
            "DO $oneroof$ BEGIN {change}; EXCEPTION WHEN undefined_object OR undefined_table THEN NULL; END $oneroof$;\n"
        )
    }
}
