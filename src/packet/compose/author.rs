//! The author's own questions of a tier, `absent.sql` and `applied.sql`, asked where the author's statements look for names.

use super::super::page::Tier;
use super::super::rows::{Row, STATE};
use super::composer::Composer;
use super::fill::{fill, literal};
use super::row::quoted;
use super::state::where_tables_are;

const AUTHOR: &str = include_str!("../frames/state_author.sql");
const AUTHORS: &str = include_str!("../frames/authors.sql");

/// The state of a tier if neither `absent.sql` nor `applied.sql` is true.
const NEITHER: &str = "ELSE 'altered: neither applied.sql nor absent.sql is true'";
/// The same for a live table: the tier is applied, and the application has written rows since.
const NEITHER_LIVE: &str = "-- The application writes the table, so there may be new rows.\n    ELSE 'applied'";

impl Composer<'_> {
    /// The expression for the question that a tier's own `absent.sql` and `applied.sql` answer.
    pub(super) fn author(&self, tier: &Tier) -> Option<String> {
        let file = |name: &str| self.source(&format!("{}/{name}.sql", tier.folder)).ok();
        let (absent, applied) = (file("absent")?, file("applied")?);
        let neither = if tier.upserts.is_empty() { NEITHER } else { NEITHER_LIVE };
        let places = [("absent", absent.trim_end()), ("applied", applied.trim_end()), ("neither", neither)];
        Some(where_tables_are(tier, &quoted(fill(AUTHOR, &places).trim_end())))
    }

    /// The same where the author's statements look for names elsewhere than the engine: the loop asks it first, under that path, and the
    /// question of the state reads the answer.
    pub(super) fn author_apart(&self, tier: &Tier) -> Option<String> {
        if self.page.release.is_plain_path() { None } else { self.author(tier) }
    }

    /// Asks the `absent.sql` and `applied.sql` of the tiers whose states are among the rows, under the author's path.
    pub(super) fn authors(&self, rows: &[Row]) -> String {
        let number = |row: &Row| match row {
            Row::State(number, _) => Some(*number),
            _ => None,
        };
        let numbers: Vec<u8> = rows.iter().filter_map(number).collect();
        let tiers = self.page.tiers.iter().filter(|tier| numbers.contains(&tier.number));
        self.ask_authors("item.name", tiers, |tier| literal(&format!("{STATE}{}", tier.number)))
    }

    /// The same as a piece of a loop: `item` tells the tiers apart, each by its `key`.
    pub(super) fn ask_authors<'t>(
        &self,
        item: &str,
        tiers: impl Iterator<Item = &'t Tier>,
        key: impl Fn(&Tier) -> String,
    ) -> String {
        let asked = tiers.filter_map(|tier| Some((key(tier), self.author_apart(tier)?)));
        let asked: Vec<String> = asked
            .map(|(key, question)| format!("                WHEN {key} THEN\n                    {question}\n"))
            .collect();
        if asked.is_empty() {
            return String::new();
        }
        let path = literal(&self.page.release.sealed_path());
        fill(AUTHORS, &[("item", item), ("path", &path), ("asked", &asked.concat())])
    }
}

/// The variable of a loop that asks the author's files.
pub(super) fn declare_for(author: &str) -> &'static str {
    if author.is_empty() { "" } else { "    author text;\n" }
}
