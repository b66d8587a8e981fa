//! Finds out what a packet does. It runs the packet's folder twice on a throwaway PostgreSQL, every tier and every rollback, and reads the
//! effects from the server. No fact is taken from the text of the SQL, so a statement in a string is derived like any other.

mod approvals;
mod automatic;
mod banned;
mod changed;
mod contract;
mod cures;
mod dependents;
mod destroyed;
mod earlier;
mod effects;
mod error;
mod everywhere;
mod facts;
mod groups;
mod inherited;
mod keys;
mod lost;
mod new_rows;
mod not_null;
mod other_values;
mod partitions;
mod proofs;
mod refusals;
mod rights;
mod rolled_back;
mod rule_set;
mod rules;
mod run;
mod runs;
mod search;
mod seen;
mod server;
mod shapes;
mod sql;
mod stars;
mod state;
mod text;
mod texts;
mod trial;
mod truncated;
mod used;
mod variations;
mod written;

pub use error::DeriveError;

use crate::packet::compose::Files;
use crate::packet::form::{Derived, Objects, PageOne, own_names};
use crate::pg::conninfo::Target;
use crate::programs::Programs;
use approvals::VARIANTS;
use run::Runner;
use seen::Seen;
pub use server::Server;
pub use texts::Earlier;
use texts::Texts;
pub use trial::TrialDatabase;

/// The servers on which a packet is run.
#[derive(Debug)]
pub enum Servers<'s> {
    /// Programs that start throwaway servers. One version of a group is enough for the whole group.
    Programs {
        programs: &'s [Programs],
        /// Whether a cluster's data folder may be copied from one that an earlier build kept.
        cached: bool,
    },
    /// A running server without the packet's database. The login must be a superuser.
    Given(&'s Target),
}

/// Starts the servers, or connects to the given one. `tell` receives one line for each server that is started.
///
/// # Errors
/// Returns a [`DeriveError`]: why a server cannot be used.
pub async fn start(servers: &Servers<'_>, tell: &mut dyn FnMut(&str)) -> Result<Vec<Server>, DeriveError> {
    match servers {
        Servers::Given(target) => Ok(vec![Server::given((*target).clone()).await?]),
        Servers::Programs { programs, cached } => {
            let mut started = Vec::new();
            for programs in *programs {
                tell(&format!("PostgreSQL {} starts", programs.version));
                started.push(Server::start(programs, *cached).await?);
            }
            Ok(started)
        }
    }
}

/// Runs the packet and returns the facts. `sources` are the files of the packet's folder by their path in it. `earlier` are the releases
/// that are applied before the packet's own prerequisite. `tell` receives one line for each step of the work.
///
/// # Errors
/// Returns a [`DeriveError`]: what the packet does that no release may do, or why a server failed.
pub async fn derive(
    sources: &Files,
    page: &PageOne,
    earlier: &[Earlier],
    servers: &[Server],
    tell: &mut dyn FnMut(&str),
) -> Result<Derived, DeriveError> {
    let texts = Texts::read(sources, page)?.after(earlier)?;
    let mut derived = groups::Groups::default();
    for server in servers {
        if servers.len() > 1 {
            tell(&format!("on PostgreSQL {}", server.major));
        }
        derived.add(server.major, one(server, &texts, tell).await?)?;
    }
    derived.finish()
}

/// The facts from one server.
async fn one(server: &Server, texts: &Texts<'_>, tell: &mut dyn FnMut(&str)) -> Result<Derived, DeriveError> {
    let [first, second] = &VARIANTS;
    let (mut seen, mut names) = Runner::run(server, texts, first, &own_names(&Objects::default(), None), tell).await?;
    let own = own_names(&seen.packet(), None);
    if names != own {
        // The tiers could not run in one transaction, so the packet's names were not known before the first run. The run is repeated with
        // them.
        (seen, names) = Runner::run(server, texts, first, &own, tell).await?;
    }
    proofs::rolled_back(texts, &seen, None)?;
    let (again, _): (Seen, String) = Runner::run(server, texts, second, &names, tell).await?;
    proofs::rolled_back(texts, &again, Some(&seen))?;
    facts::of(texts, [&seen, &again])
}
