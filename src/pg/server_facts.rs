//! What the server reports about our transaction: its identity, its locks, the catalog rows and the row counts.
//!
//! This module only makes the queries and reads the answers. `exec::judge` judges them.

use super::questions;
use super::session::Row;
use crate::packet::name::in_sql;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One answer to `src/pg/questions/identity.sql`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Database of the session.
    pub database: String,
    /// Role in force.
    pub current_user: String,
    /// Role that logged in.
    pub session_user: String,
    /// Backend's process id.
    pub pid: i64,
    /// When the backend started.
    pub backend_start: String,
    /// The cluster's identifier.
    pub system_identifier: String,
    /// `cluster_name` of the server, shown to people. Empty if it is not set.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cluster_name: String,
    pub timeline: String,
    /// When the server started.
    pub postmaster_start: String,
    /// For people, for example `15.18 (Debian …)`.
    pub server_version: String,
    /// For comparing, for example 150018.
    pub server_version_num: i64,
    /// Whether the server is a standby.
    pub in_recovery: bool,
    /// Whether the transaction is READ ONLY.
    pub read_only: bool,
    /// `origin` unless triggers and foreign keys are switched off.
    pub replication_role: String,
    /// Address of the server's end of a TCP connection.
    pub server_address: Option<String>,
    pub server_port: Option<i64>,
    /// Transaction id, where one is assigned.
    pub xid: Option<String>,
    /// The server's clock, UTC.
    pub server_time: String,
    /// WAL written by the whole server so far, in bytes.
    pub wal_bytes: Option<i64>,
    /// Relations on which the backend holds a mode above `RowShareLock`: oid, a blank, and the mode.
    #[serde(skip)]
    pub locks: Vec<String>,
    /// Rows that this backend inserted, updated and deleted in each catalogue, as the server counts them. Only the difference between
    /// two answers of one transaction means something.
    #[serde(skip)]
    pub catalog_writes: BTreeMap<String, [i64; 3]>,
    /// Whether `track_counts` is on. Only a superuser can switch it off.
    #[serde(skip)]
    pub track_counts: bool,
    /// Whether the session holds the run lock.
    pub holds_run_lock: bool,
    /// The oid of the database, because another database may get the same name later. Read only at connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_oid: Option<String>,
    /// The time since when the server's statistics count. A crash resets the statistics. Read only at connect.
    #[serde(skip)]
    pub statistics_since: Option<String>,
    /// The next transaction id at the time of the last checkpoint, with its epoch. Read only at connect.
    #[serde(skip)]
    pub checkpoint_xid: Option<i64>,
}

impl Identity {
    /// Reads the row.
    pub fn of(row: &Row) -> Self {
        let text = |column: &str| row.text(column).to_owned();
        Self {
            database: text("database"),
            current_user: text("current_user"),
            session_user: text("session_user"),
            pid: row.number("pid").unwrap_or_default(),
            backend_start: text("backend_start"),
            system_identifier: text("system_identifier"),
            cluster_name: text("cluster_name"),
            timeline: text("timeline"),
            postmaster_start: text("postmaster_start"),
            server_version: text("server_version"),
            server_version_num: row.number("server_version_num").unwrap_or_default(),
            in_recovery: row.is_true("in_recovery"),
            read_only: row.text("read_only") == "on",
            replication_role: text("replication_role"),
            server_address: row.get("server_address").map(str::to_owned),
            server_port: row.number("server_port"),
            xid: row.get("xid").map(str::to_owned),
            server_time: text("server_time"),
            wal_bytes: row.number("wal_bytes"),
            locks: row.text("locks").split_terminator(',').map(str::to_owned).collect(),
            catalog_writes: serde_json::from_str(row.text("catalog_writes")).unwrap_or_default(),
            track_counts: row.text("track_counts") == "on",
            holds_run_lock: row.is_true("holds_run_lock"),
            database_oid: None,
            statistics_since: None,
            checkpoint_xid: None,
        }
    }

    /// Adds the answer of `life.sql`.
    #[must_use]
    pub fn with_life(mut self, row: &Row) -> Self {
        self.database_oid = row.get("database_oid").map(str::to_owned);
        self.statistics_since = row.get("statistics_since").map(str::to_owned);
        self.checkpoint_xid = row.number("checkpoint_xid");
        self
    }

    /// The server's major version.
    pub fn major(&self) -> i64 {
        self.server_version_num / 10_000
    }
}

/// How the server sees the client of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionClient {
    /// Its address; absent on a unix socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<i64>,
    /// The version of TLS, where it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<String>,
    /// The subject of the client's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// The Kerberos principal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The authentication method and name. Servers before 16 do not report it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authenticated: Option<String>,
}

impl SessionClient {
    /// The question, for a server of that major version.
    pub fn question(major: i64) -> String {
        let authenticated = if major >= 16 { "SYSTEM_USER" } else { "NULL" };
        format!(
            "SELECT pg_catalog.host(a.client_addr) AS address, a.client_port AS port, a.sslversion AS tls, a.ssl_client_dn AS certificate, a.gss_princ AS principal, {authenticated} AS authenticated FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS a;"
        )
    }

    /// Reads the row.
    pub fn of(row: &Row) -> Self {
        let text = |column: &str| row.get(column).filter(|text| !text.is_empty()).map(str::to_owned);
        Self {
            address: text("address"),
            // The server reports -1 for a unix socket.
            port: row.number("port").filter(|port| *port > 0),
            tls: text("tls"),
            certificate: text("certificate"),
            principal: text("principal"),
            authenticated: text("authenticated"),
        }
    }
}

/// One lock above `RowShareLock` that our backend holds, on a relation or on another object of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The oid of the relation, or of its index or TOAST table.
    #[serde(skip)]
    pub oid: String,
    /// The name of the relation. An index or TOAST table has the name of its table here.
    pub relation: String,
    /// The mode, as `pg_locks` names it.
    pub mode: String,
    /// Whether it is a relation of `pg_catalog`, or an object that is not a relation.
    #[serde(skip)]
    pub catalog: bool,
}

/// The name in `src/pg/questions/locks.sql` for a relation that no longer exists and whose name was not stored.
const GONE: &str = "dropped relation ";

impl Lock {
    /// Whether the relation no longer exists and does not belong to the packet.
    pub fn is_gone(&self) -> bool {
        self.relation.starts_with(GONE)
    }

    /// Reads the rows of `src/pg/questions/locks.sql`.
    pub fn all<'r>(rows: impl IntoIterator<Item = &'r Row>) -> Vec<Self> {
        let lock = |row: &Row| Self {
            oid: row.text("oid").to_owned(),
            relation: row.text("relation").to_owned(),
            mode: row.text("mode").to_owned(),
            catalog: row.is_true("catalog"),
        };
        rows.into_iter().map(lock).collect()
    }
}

/// The row count of one relation, and what this transaction has written to it so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowCount {
    /// The number of rows, and how many of them have our transaction id as their `xmin`. `None` for a table of more than 10,000 pages,
    /// which is not read.
    pub rows: Option<(i64, i64)>,
    /// The rows inserted, updated and deleted, from the server's counters for this transaction.
    pub counters: [i64; 3],
    /// The numbers of the relation's files. If they change, the counters were reset.
    pub files: String,
}

impl RowCount {
    /// The query for one relation.
    pub fn question(relation: &str) -> String {
        questions::ROWS.replace("{relation}", &in_sql(relation))
    }

    /// Reads the answer.
    pub fn of(row: &Row) -> Option<Self> {
        let counter = |name| row.number(name).unwrap_or_default();
        Some(Self {
            rows: row.number("row_count").zip(row.number("written")),
            counters: [counter("inserted"), counter("updated"), counter("deleted")],
            files: row.get("files")?.to_owned(),
        })
    }
}

/// The rows of one catalog at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogRows {
    /// The name of the catalog, without the schema.
    pub catalog: String,
    /// Rows that belong to the packet's objects.
    pub own: i64,
    /// All others. If `track_counts` is on, only those that are as young as this transaction.
    pub others: i64,
    /// Other rows that this transaction made.
    pub beside: i64,
}

impl CatalogRows {
    /// Reads the rows of `src/pg/questions/catalog_state.sql`.
    pub fn all<'r>(rows: impl IntoIterator<Item = &'r Row>) -> Vec<Self> {
        let state = |row: &Row| {
            let (own, others, beside) = (row.number("own")?, row.number("others")?, row.number("beside")?);
            Some(Self { catalog: row.text("catalog").to_owned(), own, others, beside })
        };
        rows.into_iter().filter_map(state).collect()
    }
}

/// Reads the rows of `src/pg/questions/catalog_made.sql`: how many catalog rows this transaction made, by catalog.
pub fn catalog_made<'r>(rows: impl IntoIterator<Item = &'r Row>) -> BTreeMap<String, i64> {
    rows.into_iter().filter_map(|row| Some((row.text("catalog").to_owned(), row.number("made")?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_read_with_its_name_and_mode() {
        let of = |catalog| {
            let columns = [("oid", "7"), ("relation", "public.ours"), ("mode", "ShareLock"), ("catalog", catalog)];
            Row::of(&columns.map(|(name, value)| (name, Some(value))))
        };
        let read = Lock::all(&[of("f"), of("t")]);
        let fields = |lock: &Lock| (lock.oid.clone(), lock.relation.clone(), lock.mode.clone(), lock.catalog);
        let expected = |catalog| ("7".to_owned(), "public.ours".to_owned(), "ShareLock".to_owned(), catalog);
        assert_eq!(read.iter().map(fields).collect::<Vec<_>>(), [expected(false), expected(true)]);
    }

    #[test]
    fn the_identity_tells_locks_and_writes_to_the_catalogue() {
        let columns = [
            ("locks", "7 ShareLock,8 RowExclusiveLock"),
            ("catalog_writes", r#"{"pg_class": [1, 2, 3]}"#),
            ("track_counts", "on"),
        ];
        let read = Identity::of(&Row::of(&columns.map(|(name, value)| (name, Some(value)))));
        assert_eq!(read.locks, ["7 ShareLock", "8 RowExclusiveLock"]);
        assert_eq!(read.catalog_writes, BTreeMap::from([("pg_class".to_owned(), [1, 2, 3])]));
        assert!(read.track_counts);
        // NULL means that no lock is held and nothing was written.
        let none =
            Identity::of(&Row::of(&[("locks", None::<&str>), ("catalog_writes", None), ("track_counts", Some("off"))]));
        assert!(none.locks.is_empty() && none.catalog_writes.is_empty() && !none.track_counts);
    }

    #[test]
    fn rows_of_the_catalogue_are_read_only_where_they_are_whole() {
        let row = |own, others, beside| {
            let columns = [("catalog", Some("pg_class")), ("own", own), ("others", others), ("beside", beside)];
            Row::of(&columns)
        };
        let rows = [
            row(Some("4"), Some("9"), Some("1")),
            row(None, Some("9"), Some("1")),
            row(Some("4"), Some("x"), Some("1")),
        ];
        let read = CatalogRows { catalog: "pg_class".to_owned(), own: 4, others: 9, beside: 1 };
        assert_eq!(CatalogRows::all(&rows), [read]);
        let made = Row::of(&[("catalog", Some("pg_proc")), ("made", Some("2"))]);
        assert_eq!(catalog_made(&[made]), BTreeMap::from([("pg_proc".to_owned(), 2)]));
    }
}
