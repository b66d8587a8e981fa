//! What a transaction needs besides its tiers. [`super::transaction`] runs the tiers, [`super::commit`] sends the COMMIT, and
//! [`super::resolver`] opens a new session if the old one was lost.

use super::interrupt::Interrupt;
use crate::pg::connector::Connector;
use crate::pg::server_facts::Identity;
use crate::pg::session::Session;
use crate::policy::Policy;
use crate::release::Release;
use std::time::Duration;

/// Everything a transaction needs besides its tiers.
#[derive(Debug)]
pub struct Executor<'a> {
    /// The verified packet.
    pub release: &'a Release,
    /// What this host demands of approvals.
    pub policy: &'a Policy,
    /// How to reach the database again.
    pub connector: Connector,
    /// The session with the run lock.
    pub session: Session,
    /// The identity that the server reported at connect.
    pub identity: Identity,
    pub interrupt: Interrupt,
    /// How long to try for locks.
    pub lock_patience: Duration,
    /// How long a COMMIT may take before another connection looks for its outcome. The search may take twice as long.
    pub commit_patience: Duration,
}
