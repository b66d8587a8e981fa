//! Finds out which rights on functions, sequences and types of the prerequisite the packet's role needs. All of them are revoked, and the
//! tiers run again. A right without which a statement fails is granted again.

use super::DeriveError;
use super::run::Runner;
use super::search::Hidden;
use super::sql::answered;
use crate::packet::name::{identifier, is_of_name, literal};
use crate::pg::failure::SqlFailure;
use crate::sqlstate::INSUFFICIENT_PRIVILEGE;
use std::collections::BTreeSet;

/// A right that the role may need.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NeededRight {
    /// `FUNCTION`, `SEQUENCE` or `TYPE`.
    kind: String,
    /// The object, as `derived.toml` names it.
    object: String,
    /// The order in which the rights on one object are tried.
    place: i64,
    /// The right, such as `USAGE`.
    word: String,
    /// The object's name in the server's messages, without its schema.
    bare: String,
    /// The object in a GRANT.
    quoted: String,
    /// The role that releases.
    role: String,
}

impl Runner<'_, '_> {
    /// The privileges on tables and views that the packet's role lacks. A function that runs as another role can write a table without them.
    pub(super) async fn lacking(&self) -> Result<BTreeSet<(String, String)>, DeriveError> {
        let question = include_str!("questions/lacking.sql").replace("{role}", &literal(&self.texts.page.role));
        let reply = answered(self.session.simple(&question).await?)?;
        Ok(reply.rows(0).iter().map(|row| (row.text("relation").to_owned(), row.text("word").to_owned())).collect())
    }

    /// The rights that the packet's role needs, such as `EXECUTE public.f(text)`. `None` if they cannot be found out because a
    /// statement fails for another reason.
    pub(super) async fn rights(&self) -> Result<Option<Vec<String>>, DeriveError> {
        let reply = answered(self.session.simple(include_str!("questions/rights.sql")).await?)?;
        let text = |row: &crate::pg::session::Row, column: &str| row.text(column).to_owned();
        let right = |row| NeededRight {
            kind: text(row, "kind"),
            object: text(row, "object"),
            place: row.number("place").unwrap_or_default(),
            word: text(row, "word"),
            bare: text(row, "bare"),
            quoted: text(row, "quoted"),
            role: self.texts.page.role.clone(),
        };
        let all: BTreeSet<NeededRight> = reply.rows(0).iter().map(right).collect();
        let needed = self.needed(&all).await?;
        Ok(needed.map(|needed| needed.iter().map(|right| format!("{} {}", right.word, right.object)).collect()))
    }
}

impl Hidden for NeededRight {
    fn missed(hidden: &BTreeSet<Self>, failure: &SqlFailure) -> Vec<Self> {
        if failure.sqlstate != INSUFFICIENT_PRIVILEGE {
            return Vec::new();
        }
        let words: BTreeSet<&str> = failure.message.split(|letter| !is_of_name(letter)).collect();
        let kinds = |kind: &str| match kind {
            "FUNCTION" => ["function", "procedure", "aggregate"].iter().any(|kind| words.contains(kind)),
            kind => words.contains(kind.to_ascii_lowercase().as_str()),
        };
        let named = hidden.iter().filter(|right| words.contains(right.bare.as_str()) && kinds(&right.kind));
        named.cloned().collect()
    }

    fn statement(&self, hide: bool) -> String {
        let Self { word, quoted, role, .. } = self;
        let role = identifier(role);
        // The right is granted to PUBLIC, because a SECURITY DEFINER function of another role may need it too.
        let change = if hide {
            format!("REVOKE {word} ON {quoted} FROM PUBLIC, {role}")
        } else {
            format!("GRANT {word} ON {quoted} TO PUBLIC, {role}")
        };
        // A tier may have dropped the object.
        format!(
            "DO $oneroof$ BEGIN {change}; EXCEPTION WHEN undefined_object OR undefined_function OR undefined_table THEN NULL; END $oneroof$;\n"
        )
    }
}
