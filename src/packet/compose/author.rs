//! The author's own queries of a tier, `absent.sql` and `applied.sql`. They run under the packet's `search_path`.

use super::super::page::Tier;
use super::super::rows::{CheckRow, STATE};
use super::composer::Composer;
use super::fill::{fill, literal};
use super::row::quoted;

const AUTHOR: &str = include_str!("../frames/state_author.sql");
const AUTHORS: &str = include_str!("../frames/authors.sql");
const LACKING: &str = include_str!("../frames/authors_lacking.sql");

/// The state of a tier if neither `absent.sql` nor `applied.sql` is true.
const NEITHER: &str = "ELSE 'altered: neither applied.sql nor absent.sql is true'";
/// The same for a live table: the tier is applied, and the application has written rows since.
const NEITHER_LIVE: &str = "-- The application writes the table, so there may be new rows.\n    ELSE 'applied'";

impl Composer<'_> {
    /// The expression for the query that combines a tier's `absent.sql` and `applied.sql`. `None` if the tier lacks one of them.
    pub(super) fn author(&self, tier: &Tier) -> Option<String> {
        let file = |name: &str| self.source(&format!("{}/{name}.sql", tier.folder)).ok();
        let (absent, applied) = (file("absent")?, file("applied")?);
        let neither = if tier.upserts.is_empty() { NEITHER } else { NEITHER_LIVE };
        let places = [("absent", absent.trim_end()), ("applied", applied.trim_end()), ("neither", neither)];
        Some(self.where_tables_are(tier, &quoted(fill(AUTHOR, &places).trim_end())))
    }

    /// The statements that make the queries `absent.sql` and `applied.sql` of the tiers whose states are among the rows. The query of the state
    /// reads the result. `lacking` is described at [`Self::ask_authors`].
    pub(super) fn authors(&self, rows: &[CheckRow], lacking: Option<&str>) -> String {
        let number = |row: &CheckRow| match row {
            CheckRow::State(number, _) => Some(*number),
            _ => None,
        };
        let numbers: Vec<u8> = rows.iter().filter_map(number).collect();
        let tiers = self.page.tiers.iter().filter(|tier| numbers.contains(&tier.number));
        self.ask_authors("item.name", lacking, tiers, |tier| literal(&format!("{STATE}{}", tier.number)))
    }

    /// The statements that make the queries `absent.sql` and `applied.sql` inside a loop over tiers. `item` is the variable of the loop that says
    /// which tier it is, and `key` returns its value for a tier. A query may read a table or column that does not exist. Then the answer is
    /// `absent` if the SQL condition `lacking` is true. If it is false or not given, the loop ends with the error.
    pub(super) fn ask_authors<'t>(
        &self,
        item: &str,
        lacking: Option<&str>,
        tiers: impl Iterator<Item = &'t Tier>,
        key: impl Fn(&Tier) -> String,
    ) -> String {
        let questions = tiers.filter_map(|tier| Some((key(tier), self.author(tier)?)));
        let questions: Vec<String> = questions
            .map(|(key, question)| format!("                    WHEN {key} THEN\n                        {question}\n"))
            .collect();
        if questions.is_empty() {
            return String::new();
        }
        let path = literal(&self.page.release.sealed_path());
        let lacking = lacking.map_or_else(String::new, |condition| fill(LACKING, &[("condition", condition)]));
        fill(AUTHORS, &[("item", item), ("path", &path), ("questions", &questions.concat()), ("lacking", &lacking)])
    }
}

/// The declaration of the variable that these statements use. Empty if there are no statements.
pub(super) fn declare_for(author: &str) -> &'static str {
    if author.is_empty() { "" } else { "    author text;\n" }
}
