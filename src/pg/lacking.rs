//! The facts that a server does not report about itself, because it lacks a function or the role may not call it. A command that only reads
//! goes on without them.

use super::questions;
use std::borrow::Cow;

/// Optional columns that the server could not answer, each with the server's reason.
#[derive(Debug, Default)]
pub struct Lacking(Vec<(String, String)>);

impl Lacking {
    /// One of the engine's queries, with NULL in place of these columns.
    pub fn asks(&self, query: &'static str) -> Cow<'static, str> {
        if self.0.is_empty() {
            return Cow::Borrowed(query);
        }
        let columns: Vec<String> = self.0.iter().map(|(column, _)| column.clone()).collect();
        Cow::Owned(questions::without(query, &columns))
    }

    /// Adds a column with the server's reason.
    pub(super) fn add(&mut self, column: &str, why: &str) {
        self.0.push((column.to_owned(), why.to_owned()));
    }

    /// The missing columns in words. `None` if no column is missing.
    pub fn words(&self) -> Option<String> {
        let told = self.0.iter().map(|(column, why)| format!("no {column}: {why}"));
        Some(told.collect::<Vec<_>>().join("; ")).filter(|told| !told.is_empty())
    }
}
