//! The approval that a run inserts: rows in the table of approvals, with a code that matches the page's pattern.

use super::DeriveError;
use super::sql::answered;
use super::state::DatabaseState;
use crate::packet::form::PageOne;
use crate::packet::name::{identifier, literal};
use crate::pg::session::Session;

/// The values in which the two runs of a packet differ.
#[derive(Clone, Debug)]
pub(super) struct Variant {
    /// Number of the run, from 0.
    pub number: usize,
    /// The name of the approver.
    pub who: &'static str,
    /// The database's time zone. The two zones are more than a day apart, so that the two runs never have the same date.
    pub zone: &'static str,
}

/// The values of the first run and of the second.
pub(super) const VARIANTS: [Variant; 2] = [
    Variant { number: 0, who: "first approver", zone: "Etc/GMT+12" },
    Variant { number: 1, who: "second approver", zone: "Etc/GMT-14" },
];

/// The characters that are tried in a code.
const LETTERS: &str = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0";

/// The digest in an approval of a release that has no digest yet.
pub(super) const NO_DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// Inserts the approval of the release with this digest, `sha256:<hex>`, and returns its code.
pub(super) async fn approve(
    session: &Session,
    page: &PageOne,
    state: &DatabaseState,
    variant: &Variant,
    digest: &str,
) -> Result<String, DeriveError> {
    let approval = &page.approval;
    let failed = |reason: String| DeriveError::Approval { table: approval.table.clone(), reason };
    let columns = &approval.columns;
    let known: Vec<&str> = state.columns_of(&approval.table).map(|column| column.name.as_str()).collect();
    if known.is_empty() {
        return Err(failed("requires.sql does not create the table".to_owned()));
    }
    let named =
        [Some(&columns.code), Some(&columns.who), columns.level.as_ref(), Some(&columns.signature), Some(&columns.at)];
    let named: Vec<&str> = named.into_iter().flatten().map(String::as_str).collect();
    if let Some(missing) = named.iter().find(|name| !known.contains(name)) {
        return Err(failed(format!("the table has no column {missing}, which packet.toml names")));
    }
    let other = |column: &&super::state::Column| column.wanted && !named.contains(&column.name.as_str());
    let wanted: Vec<&str> =
        state.columns_of(&approval.table).filter(other).map(|column| column.name.as_str()).collect();
    if !wanted.is_empty() {
        return Err(failed(format!(
            "the table needs a value in {}, which packet.toml does not name",
            wanted.join(", ")
        )));
    }
    let code = code(session, page, variant).await?;
    let levels: Vec<(Option<&String>, u32)> = match (&columns.level, approval.levels.is_empty()) {
        (Some(_), false) => approval.levels.iter().map(|(level, count)| (Some(level), *count)).collect(),
        _ => vec![(None, 1)],
    };
    let list: Vec<String> = named.iter().map(|name| identifier(name)).collect();
    let mut rows = Vec::new();
    for (level, count) in levels {
        for person in 1..=count {
            let who = format!("{} {}{person}", variant.who, level.map_or("", String::as_str));
            let level = columns.level.as_ref().map(|_| level.map_or_else(|| "''".to_owned(), |level| literal(level)));
            let signature = literal(&format!("release:{digest} ({who})"));
            let values = [
                Some(literal(&code)),
                Some(literal(&who)),
                level,
                Some(signature),
                Some("pg_catalog.now()".to_owned()),
            ];
            rows.push(format!("({})", values.into_iter().flatten().collect::<Vec<_>>().join(", ")));
        }
    }
    let (schema, table) = approval.table.split_once('.').unwrap_or(("public", &approval.table));
    let into = format!("{}.{} ({})", identifier(schema), identifier(table), list.join(", "));
    let reply = session.simple(&format!("INSERT INTO {into} VALUES {}", rows.join(", "))).await?;
    match &reply.error {
        Some(error) => Err(failed(error.message().to_owned())),
        None => Ok(code),
    }
}

/// A code that matches the pattern, that no row of the table has, and that the other run does not get.
async fn code(session: &Session, page: &PageOne, variant: &Variant) -> Result<String, DeriveError> {
    let approval = &page.approval;
    let example: Vec<char> = approval.example.chars().collect();
    let mut tried = Vec::new();
    for at in (0..example.len()).rev().filter(|at| example[*at].is_alphanumeric()).take(4) {
        for letter in LETTERS.chars().filter(|letter| *letter != example[at]) {
            let mut changed = example.clone();
            changed[at] = letter;
            tried.push(literal(&changed.into_iter().collect::<String>()));
        }
    }
    let none = || DeriveError::Code { rule: approval.code.clone(), example: approval.example.clone() };
    if tried.is_empty() {
        return Err(none());
    }
    let (schema, table) = approval.table.split_once('.').unwrap_or(("public", &approval.table));
    let sql = format!(
        "SELECT given.code FROM pg_catalog.unnest(ARRAY[{}]) WITH ORDINALITY AS given (code, place) WHERE given.code ~ {} \
         AND NOT EXISTS (SELECT FROM {}.{} AS t WHERE t.{}::pg_catalog.text = given.code) ORDER BY given.place",
        tried.join(", "),
        literal(&approval.code),
        identifier(schema),
        identifier(table),
        identifier(&approval.columns.code)
    );
    let reply = answered(session.simple(&sql).await?)?;
    // Each run takes another code from the list. The list leaves out codes that the table already holds.
    reply.rows(0).get(variant.number).map(|row| row.text("code").to_owned()).ok_or_else(none)
}
