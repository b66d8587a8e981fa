//! The server of a run. The packet's database and roles are created on it and removed afterwards.

use super::DeriveError;
use super::earlier;
use super::sql::{answered, run};
use super::texts::Texts;
use crate::lab::{ADMINISTRATOR, Cluster, MAINTENANCE_DATABASE};
use crate::packet::name::{identifier, literal};
use crate::pg::connector::Connector;
use crate::pg::conninfo::{Target, throwaway};
use crate::pg::message::Message;
use crate::pg::open_error::OpenError;
use crate::pg::session::{Reply, Row, Session};
use crate::programs::Programs;

/// A server on which a packet is run.
pub struct Server {
    /// The cluster that this process started. `None` if the server was given.
    pub(super) cluster: Option<Cluster>,
    /// The maintenance database, with the login of a superuser.
    pub(super) target: Target,
    /// A session in the maintenance database.
    pub(super) maintenance: Session,
    /// The server's major version.
    pub major: u32,
    /// The roles that existed before the first run.
    roles: Vec<String>,
}

/// SQLSTATE `duplicate_object`: the object already exists.
const DUPLICATE_OBJECT: &str = "42710";

/// The query for the server's roles.
const ROLES: &str = "SELECT r.rolname AS name FROM pg_catalog.pg_roles AS r ORDER BY r.rolname";

impl Server {
    /// Starts a throwaway server.
    pub(super) async fn start(programs: &Programs, cached: bool) -> Result<Self, DeriveError> {
        let builder = Cluster::builder(programs)
            .setting("autovacuum", "off")
            .setting("max_locks_per_transaction", "1024")
            // A packet may have large tables, and the build updates them several times.
            .setting("shared_buffers", "128MB");
        let cluster = if cached { builder.cached() } else { builder }.start()?;
        let target = throwaway(cluster.socket_folder(), cluster.port(), MAINTENANCE_DATABASE, ADMINISTRATOR)
            .map_err(OpenError::Target)?;
        Self::open(Some(cluster), target).await
    }

    /// Uses a server that the caller provides.
    pub(super) async fn given(target: Target) -> Result<Self, DeriveError> {
        Self::open(None, target).await
    }

    async fn open(cluster: Option<Cluster>, target: Target) -> Result<Self, DeriveError> {
        let maintenance = Connector::open_bare(target.clone()).await?;
        let query = "SELECT pg_catalog.current_setting('server_version_num')::integer / 10000 AS major, \
                     pg_catalog.current_setting('is_superuser') = 'on' AS is_superuser";
        let reply = answered(maintenance.simple(query).await?)?;
        let row = reply.row(0).cloned().unwrap_or_default();
        if !row.is_true("is_superuser") {
            return Err(DeriveError::NoSuperuser);
        }
        let major = row.number("major").and_then(|major| u32::try_from(major).ok()).unwrap_or_default();
        if !(13..=18).contains(&major) {
            return Err(DeriveError::Major { major });
        }
        let roles = names(&answered(maintenance.simple(ROLES).await?)?);
        Ok(Self { cluster, target, maintenance, major, roles })
    }

    /// Creates the database, loads the prerequisite into it, and returns a new session as a superuser.
    pub(super) async fn furnish(&self, texts: &Texts<'_>, zone: &str) -> Result<Session, DeriveError> {
        let (database, role) = (texts.page.database.as_str(), texts.page.role.as_str());
        let found =
            format!("SELECT 1 AS found FROM pg_catalog.pg_database AS d WHERE d.datname = {}", literal(database));
        if answered(self.maintenance.simple(&found).await?)?.row(0).is_some() {
            return Err(DeriveError::NotEmpty { database: database.to_owned() });
        }
        let there = self.roles.iter().any(|known| known == role);
        match self.load(texts, zone, !there).await {
            // requires.sql creates the role itself, so the database is created again without it.
            Err(DeriveError::Sql { failure, .. })
                if !there && failure.sqlstate == DUPLICATE_OBJECT && failure.message.contains(role) =>
            {
                self.remove(database).await?;
                self.load(texts, zone, false).await
            }
            other => other,
        }
    }

    async fn load(&self, texts: &Texts<'_>, zone: &str, with_role: bool) -> Result<Session, DeriveError> {
        let (database, role) = (texts.page.database.as_str(), texts.page.role.as_str());
        let (name, owner) = (identifier(database), identifier(role));
        if with_role {
            self.run(&format!("CREATE ROLE {owner} LOGIN NOSUPERUSER")).await?;
        }
        self.run(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")).await?;
        if with_role {
            self.run(&format!("ALTER DATABASE {name} OWNER TO {owner}")).await?;
        }
        for earlier in &texts.earlier {
            self.release(earlier).await?;
        }
        self.prerequisite(texts).await?;
        if !with_role || !texts.earlier.is_empty() {
            self.run(&format!("ALTER DATABASE {name} OWNER TO {owner}")).await?;
        }
        // The prerequisite is loaded under the server's own time zone in both runs, because only the release is tested for a dependency on
        // the zone.
        self.run(&format!("ALTER DATABASE {name} SET TimeZone = {}", literal(zone))).await?;
        // The session is new, so that settings which requires.sql made in its own session are gone.
        self.session(database).await
    }

    /// Runs `requires.sql` as a superuser, and creates the role that releases if the file does not.
    async fn prerequisite(&self, texts: &Texts<'_>) -> Result<(), DeriveError> {
        let role = texts.page.role.as_str();
        let session = self.session(&texts.page.database).await?;
        let mut message = Message::default();
        texts.requires.append(&mut message);
        run(&session, &message, &[&texts.requires]).await?;
        session.close().await;
        let query =
            format!("SELECT r.rolsuper AS super FROM pg_catalog.pg_roles AS r WHERE r.rolname = {}", literal(role));
        match answered(self.maintenance.simple(&query).await?)?.row(0) {
            Some(row) if row.is_true("super") => Err(DeriveError::Superuser { role: role.to_owned() }),
            Some(_) => Ok(()),
            None => self.run(&format!("CREATE ROLE {} LOGIN NOSUPERUSER", identifier(role))).await,
        }
    }

    /// Loads the prerequisite of an earlier release and applies the release. Its role owns the database meanwhile.
    async fn release(&self, texts: &Texts<'_>) -> Result<(), DeriveError> {
        self.prerequisite(texts).await?;
        let (database, role) = (identifier(&texts.page.database), identifier(&texts.page.role));
        self.run(&format!("ALTER DATABASE {database} OWNER TO {role}")).await?;
        let session = self.session(&texts.page.database).await?;
        let applied = earlier::release(&session, texts).await;
        session.close().await;
        applied
    }

    /// Removes the database and the roles that were created with it.
    pub async fn remove(&self, database: &str) -> Result<(), DeriveError> {
        self.run(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", identifier(database))).await?;
        let now = names(&answered(self.maintenance.simple(ROLES).await?)?);
        let made: Vec<String> =
            now.iter().filter(|role| !self.roles.contains(role)).map(|role| identifier(role)).collect();
        if made.is_empty() { Ok(()) } else { self.run(&format!("DROP ROLE {}", made.join(", "))).await }
    }

    async fn session(&self, database: &str) -> Result<Session, DeriveError> {
        let target = Target { dbname: database.to_owned(), ..self.target.clone() };
        let session = Connector::open_bare(target).await?;
        // Compiling the long catalog queries of a build takes several times as long as running them.
        answered(session.simple("SET jit = off").await?)?;
        Ok(session)
    }

    pub(super) async fn run(&self, sql: &str) -> Result<(), DeriveError> {
        answered(self.maintenance.simple(sql).await?).map(drop)
    }
}

fn names(reply: &Reply) -> Vec<String> {
    reply.rows(0).iter().map(|row: &Row| row.text("name").to_owned()).collect()
}
