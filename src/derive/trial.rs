//! A database in which the sealed packet is released once with the program's own commands, before it is written.

use super::DeriveError;
use super::approvals::{self, Variant};
use super::server::Server;
use super::sql::answered;
use super::state::DatabaseState;
use super::texts::{Earlier, Texts};
use crate::packet::compose::Files;
use crate::packet::form::{Objects, PageOne, own_names};
use crate::packet::name::literal;
use crate::pg::conninfo::{Target, throwaway};
use crate::pg::open_error::OpenError;

/// The values for the trial.
const TRIAL: Variant = Variant { number: 0, who: "trial approver", zone: "Etc/UTC" };

/// A database with a packet's prerequisite and an approval of its release.
pub struct TrialDatabase {
    /// The database, with the login of the role that releases. On a given server it is the login that was given.
    pub target: Target,
    /// The role that releases, if the login is another role.
    pub role: Option<String>,
    /// The code of the approval.
    pub code: String,
}

impl Server {
    /// Creates the database, loads the prerequisite, and approves the release with this digest.
    ///
    /// # Errors
    /// Returns a [`DeriveError`]: the prerequisite or the approval failed, although both succeeded when the packet was derived.
    pub async fn trial(
        &self,
        sources: &Files,
        page: &PageOne,
        earlier: &[Earlier],
        digest: &str,
    ) -> Result<TrialDatabase, DeriveError> {
        let texts = Texts::read(sources, page)?.after(earlier)?;
        let session = self.furnish(&texts, TRIAL.zone).await?;
        let there = DatabaseState::read(&session, &own_names(&Objects::default(), None), &page.role).await?;
        let code = approvals::approve(&session, page, &there, &TRIAL, digest).await?;
        session.close().await;
        let query = format!(
            "SELECT r.rolcanlogin AS login FROM pg_catalog.pg_roles AS r WHERE r.rolname = {}",
            literal(&page.role)
        );
        let can_login =
            answered(self.maintenance.simple(&query).await?)?.row(0).is_some_and(|row| row.is_true("login"));
        Ok(match &self.cluster {
            Some(cluster) if can_login => {
                let target = throwaway(cluster.socket_folder(), cluster.port(), &page.database, &page.role);
                TrialDatabase { target: target.map_err(OpenError::Target)?, role: None, code }
            }
            _ => {
                let target = Target { dbname: page.database.clone(), ..self.target.clone() };
                TrialDatabase { target, role: Some(page.role.clone()), code }
            }
        })
    }
}
