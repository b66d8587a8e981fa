//! Checks whether the server that answers has the database of the run. It names the facts that differ, and guesses no reason.

use super::Pending;
use crate::pg::server_facts::Identity;

/// The facts that a run knew about its server and its database.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The cluster's identifier.
    pub server: &'a str,
    pub timeline: &'a str,
    /// The database's name.
    pub database: &'a str,
    /// The oid of the database. Absent in evidence of an older program.
    pub database_oid: Option<&'a str>,
    /// The position in the server's WAL, in bytes.
    pub wal_bytes: Option<i64>,
}

impl<'a> From<&'a Identity> for Known<'a> {
    fn from(identity: &'a Identity) -> Self {
        Self {
            server: &identity.system_identifier,
            timeline: &identity.timeline,
            database: &identity.database,
            database_oid: identity.database_oid.as_deref(),
            wal_bytes: identity.wal_bytes,
        }
    }
}

impl<'a> From<&'a Pending> for Known<'a> {
    fn from(pending: &'a Pending) -> Self {
        Self {
            server: &pending.system_identifier,
            timeline: &pending.timeline,
            database: &pending.database,
            database_oid: pending.database_oid.as_deref(),
            wal_bytes: pending.wal_bytes,
        }
    }
}

/// How the server and database that answer differ from those of the run. The text names every fact that differs. `None` for the same database.
/// Another timeline alone is no difference, because each promotion begins a new one.
pub fn other(known: &Known<'_>, answers: &Identity) -> Option<String> {
    let now = Known::from(answers);
    let is_other_server = now.server != known.server;
    // A server's WAL position never goes back. If it is equal, nothing was written since.
    let behind = known.wal_bytes.zip(now.wal_bytes).filter(|(then, now)| now < then);
    let is_other_id = known.database_oid.zip(now.database_oid).is_some_and(|(then, now)| then != now);
    let is_other_name = now.database != known.database;
    let who = match (is_other_server, behind, is_other_id || is_other_name) {
        (true, _, _) => "another server",
        (false, Some(_), _) => "another server, or an earlier state of the same one,",
        (false, None, true) => "another database",
        (false, None, false) => return None,
    };
    let mut facts = Vec::new();
    let mut differs = |what: &str, then: &str, now: &str| facts.push(format!("{what} is {now}, but was {then}"));
    if is_other_server {
        differs("system identifier", known.server, now.server);
    }
    if now.timeline != known.timeline {
        differs("timeline", known.timeline, now.timeline);
    }
    if let Some((then, now)) = behind {
        differs("log position", &position(then), &position(now));
    }
    if is_other_name {
        differs("database", known.database, now.database);
    }
    if let Some((then, now)) = known.database_oid.zip(now.database_oid).filter(|_| is_other_id) {
        differs("database id", then, now);
    }
    Some(format!("{who} answers under this name: {}", facts.join("; ")))
}

/// A WAL position in the form that the server prints, such as `1/6B374D48`.
pub fn position(bytes: i64) -> String {
    format!("{:X}/{:X}", bytes >> 32, bytes & 0xffff_ffff)
}

/// Reads the form that [`position`] prints.
pub fn bytes_of(position: &str) -> Option<i64> {
    let (high, low) = position.split_once('/')?;
    let of = |part: &str| u32::from_str_radix(part, 16).ok().map(i64::from);
    Some((of(high)? << 32) + of(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known<'static> {
        Known { server: "7", timeline: "1", database: "d", database_oid: Some("16384"), wal_bytes: Some(0x1_0000_1000) }
    }

    fn answers(change: impl FnOnce(&mut Identity)) -> Option<String> {
        let mut identity = Identity {
            system_identifier: "7".to_owned(),
            timeline: "1".to_owned(),
            database: "d".to_owned(),
            database_oid: Some("16384".to_owned()),
            wal_bytes: Some(0x1_0000_1000),
            ..Identity::default()
        };
        change(&mut identity);
        other(&known(), &identity)
    }

    #[test]
    fn every_fact_that_differs_is_named_without_a_reason() {
        let difference = |change: fn(&mut Identity)| answers(change).unwrap();
        assert_eq!(
            difference(|now| now.system_identifier = "8".to_owned()),
            "another server answers under this name: system identifier is 8, but was 7"
        );
        assert_eq!(
            difference(|now| now.database_oid = Some("16385".to_owned())),
            "another database answers under this name: database id is 16385, but was 16384"
        );
        assert_eq!(
            difference(|now| now.database = "e".to_owned()),
            "another database answers under this name: database is e, but was d"
        );
        // An older copy of the same server has the same identifier. Everything else may differ.
        assert_eq!(
            difference(|now| {
                now.wal_bytes = Some(0x1_0000_0fff);
                now.database_oid = Some("5".to_owned());
                now.timeline = "2".to_owned();
            }),
            "another server, or an earlier state of the same one, answers under this name: timeline is 2, but was 1; \
             log position is 1/FFF, but was 1/1000; database id is 5, but was 16384"
        );
    }

    #[test]
    fn a_printed_position_is_read_back() {
        for (bytes, text) in [(0, "0/0"), (0x17D_8F00, "0/17D8F00"), (0x1_6B37_4D48, "1/6B374D48")] {
            assert_eq!(position(bytes), text);
            assert_eq!(bytes_of(text), Some(bytes));
        }
        for none in ["", "/", "1", "x/0", "1/100000000"] {
            assert_eq!(bytes_of(none), None, "{none}");
        }
    }

    #[test]
    fn equal_or_unknown_facts_are_no_difference() {
        let same: [fn(&mut Identity); 5] = [
            |_| {},
            |now| now.wal_bytes = Some(i64::MAX),
            // A standby does not report this position.
            |now| now.wal_bytes = None,
            |now| now.database_oid = None,
            |now| now.timeline = "2".to_owned(),
        ];
        for change in same {
            assert_eq!(answers(change), None);
        }
    }
}
