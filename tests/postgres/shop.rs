//! The database of another team's release: a shop with its own approvals and its own role. The release is given as a packet.

use crate::support::{Lab, Run, repository_text};
use oneroof::testing::lab::{ADMINISTRATOR, Baseline};
use std::path::Path;

pub(crate) const DATABASE: &str = "shop";
pub(crate) const ROLE: &str = "shop_release";

/// A server with the database `shop`.
pub(crate) struct Shop(pub(crate) Lab);

impl Shop {
    /// The shop of `examples/` before its release.
    pub(crate) fn new() -> Self {
        Self::with(repository_text("examples/shop/requires.sql"))
    }

    /// A shop with this SQL as the prerequisite.
    pub(crate) fn with(requires: String) -> Self {
        let baseline =
            Baseline { database: DATABASE.to_owned(), owner: ROLE.to_owned(), sql: requires, by_administrator: true };
        Self(Lab::own(|builder| builder.baseline(baseline)))
    }

    /// Runs SQL as the administrator.
    pub(crate) fn sql(&self, sql: &str) -> String {
        self.0.psql_in(DATABASE, ADMINISTRATOR, sql)
    }

    pub(crate) fn dump(&self) -> String {
        self.0.dump_of(DATABASE)
    }

    /// A command with this packet, as the role that runs the release.
    pub(crate) fn command(&self, packet: &Path, arguments: &[&str]) -> Run {
        let (folder, port) = (self.0.cluster().socket_folder().display().to_string(), self.0.cluster().port());
        let dsn = format!("host='{folder}' port={port} dbname={DATABASE} user={ROLE}");
        self.0.sandbox.oneroof(arguments).arguments(["--dsn", &dsn, "--packet"]).argument(packet)
    }
}
