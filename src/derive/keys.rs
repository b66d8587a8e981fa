//! Finds out which keys of the prerequisite's tables the packet needs: for its foreign keys, for ON CONFLICT, and for queries that group by a
//! primary key. All keys are hidden from the server's planner, and the tiers run again. A key without which a statement fails is restored.

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
    /// The statements that hide the key and restore it. They change catalog rows, so that no dependent object is lost.
    hide: String,
    show: String,
}

impl Runner<'_, '_> {
    /// The keys that the packet needs, such as `unique (code) of public.item`. `None` if they cannot be found out because a statement fails
    /// for another reason.
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
    /// The hidden keys of the kind that the error is about. The message names neither the table nor the columns.
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
        // A tier may have dropped the table or the constraint.
        format!(
            "DO $oneroof$ BEGIN {change}; EXCEPTION WHEN undefined_object OR undefined_table THEN NULL; END $oneroof$;\n"
        )
    }
}
