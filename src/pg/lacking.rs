//! What a server does not answer of itself: a function that it does not have, or that the role may not call. Who reads goes on without it.

use super::questions;
use std::borrow::Cow;

/// Optional columns of the identity that have no answer, each with the server's reason.
#[derive(Debug, Default)]
pub struct Lacking(Vec<(String, String)>);

impl Lacking {
    /// One of the engine's queries, without these columns.
    pub fn asks(&self, query: &'static str) -> Cow<'static, str> {
        if self.0.is_empty() {
            return Cow::Borrowed(query);
        }
        let columns: Vec<String> = self.0.iter().map(|(column, _)| column.clone()).collect();
        Cow::Owned(questions::without(query, &columns))
    }

    /// One more column, with the server's reason.
    pub(super) fn add(&mut self, column: &str, why: &str) {
        self.0.push((column.to_owned(), why.to_owned()));
    }

    /// In words; `None` where nothing lacks.
    pub fn words(&self) -> Option<String> {
        let told = self.0.iter().map(|(column, why)| format!("no {column}: {why}"));
        Some(told.collect::<Vec<_>>().join("; ")).filter(|told| !told.is_empty())
    }
}
