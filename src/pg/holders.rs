//! Reads which sessions block a lock, one line each. The query may run inside a transaction.

use super::questions;
use super::session::{Row, Session};
use crate::release::Release;
use std::time::Duration;

/// How long the query may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The sessions that hold or wait for a lock on these relations or for the run lock. Empty if the server does not answer.
pub async fn holders(session: &Session, relations: &[&str]) -> Vec<Row> {
    let query = "SELECT pg_catalog.set_config('oneroof.relations', $1, false)";
    let values = [serde_json::json!(relations).to_string()];
    match tokio::time::timeout(PATIENCE, session.flight(query, &values, questions::HOLDERS)).await {
        Ok(Ok((_, reply))) => reply.statements.into_iter().flat_map(|statement| statement.rows).collect(),
        _ => Vec::new(),
    }
}

/// The sessions that block readers of the relations that the release reads or writes. They hold or wait for ACCESS EXCLUSIVE, the only mode
/// that blocks readers.
pub async fn in_the_way_of_readers(session: &Session, release: &Release) -> Vec<String> {
    let descriptor = &release.descriptor;
    let mut relations: Vec<String> = descriptor.governed.iter().map(|table| table.table.clone()).collect();
    relations.extend(descriptor.release.live.iter().cloned());
    relations.extend(descriptor.relations().into_iter().cloned());
    relations.extend(descriptor.contract.iter().map(|known| known.object.clone()));
    for tier in &descriptor.tiers {
        let script = release.script(&format!("sql/{}", tier.file));
        relations.extend(script.locked().into_iter().map(str::to_owned));
    }
    relations.sort();
    relations.dedup();
    let relations: Vec<&str> = relations.iter().map(String::as_str).collect();
    let rows = holders(session, &relations).await;
    rows.iter().filter(|row| row.text("mode") == "AccessExclusiveLock").map(holder_line).collect()
}

/// One row of `holders.sql` as a line of text.
pub fn holder_line(row: &Row) -> String {
    let state = row.text("state");
    let what = if row.is_true("granted") { "holds" } else { "waits for" };
    if let (Some(pid), Some(kind)) = (row.get("pid"), row.get("autovacuum")) {
        let (name, end) = match kind {
            "usual" => ("autovacuum", "the server cancels it for whoever waits longer than deadlock_timeout"),
            _ => ("autovacuum to prevent wraparound", "the server does not cancel it for others"),
        };
        return format!("{name}, pid {pid}, {what} {} on {}: {end}", row.text("mode"), row.text("relation"));
    }
    let who = match row.get("pid") {
        Some(pid) => format!("pid {pid}, user {}, application {}", row.text("user_name"), row.text("application")),
        None => format!("prepared transaction {}", row.text("prepared")),
    };
    format!("{who} ({state}) {what} {} on {}", row.text("mode"), row.text("relation"))
}

/// Whether only autovacuum blocks the lock, so that there is no session that a person could end.
pub fn only_autovacuum(holders: &[String]) -> bool {
    !holders.is_empty() && holders.iter().all(|line| line.starts_with("autovacuum"))
}

/// The lines as text to append to a message. Empty if there are no lines.
pub fn holders_text(holders: &[String]) -> String {
    if holders.is_empty() { String::new() } else { format!(": {}", holders.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_is_described_by_its_session_or_prepared_transaction() {
        let common =
            [("state", "idle in transaction"), ("mode", "ShareLock"), ("relation", "public.gate"), ("granted", "t")];
        let session = [&[("pid", "7"), ("user_name", "directus_app"), ("application", "psql")][..], &common].concat();
        assert_eq!(
            holder_line(&Row::of_texts(&session)),
            "pid 7, user directus_app, application psql (idle in transaction) holds ShareLock on public.gate"
        );
        let prepared = [("prepared", "gid"), ("state", "prepared"), ("mode", "ShareLock"), ("relation", "public.gate")];
        assert_eq!(
            holder_line(&Row::of_texts(&prepared)),
            "prepared transaction gid (prepared) waits for ShareLock on public.gate"
        );
    }

    #[test]
    fn autovacuum_is_named_and_has_no_session_to_end() {
        let of = |kind| {
            let columns = [("mode", "ShareUpdateExclusiveLock"), ("relation", "public.gate"), ("granted", "t")];
            Row::of_texts(&[&[("pid", "7"), ("autovacuum", kind)][..], &columns].concat())
        };
        let lines = ["usual", "to prevent wraparound"].map(|kind| holder_line(&of(kind)));
        assert_eq!(
            lines,
            [
                "autovacuum, pid 7, holds ShareUpdateExclusiveLock on public.gate: the server cancels it for whoever waits longer than deadlock_timeout",
                "autovacuum to prevent wraparound, pid 7, holds ShareUpdateExclusiveLock on public.gate: the server does not cancel it for others",
            ]
        );
        assert!(only_autovacuum(&lines));
        assert!(!only_autovacuum(&[]) && !only_autovacuum(&[lines[0].clone(), "pid 7, user a".to_owned()]));
    }
}
