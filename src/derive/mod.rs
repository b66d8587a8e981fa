//! Finds out what a packet does: its folder is run twice on a throwaway PostgreSQL, every tier forward and back, and the server tells what
//! happened. Nothing is taken from the text of the SQL, so that a statement in a string is derived like any other.

mod approvals;
mod banned;
mod changed;
mod contract;
mod error;
mod facts;
mod groups;
mod proofs;
mod refusals;
mod run;
mod runs;
mod server;
mod state;
mod text;
mod texts;
mod used;
mod written;

pub use error::DeriveError;

use crate::packet::compose::Files;
use crate::packet::form::{Derived, Objects, PageOne, own_names};
use crate::pg::conninfo::Target;
use crate::programs::Programs;
use approvals::VARIANTS;
use run::{Runner, Seen};
use server::Server;
use texts::Texts;

/// The servers that a packet is run on.
#[derive(Debug)]
pub enum Servers<'s> {
    /// Programs to start them with; those of one group of major versions stand for each other.
    Programs {
        programs: &'s [Programs],
        /// A data folder may be copied from one that is kept for the next time.
        cached: bool,
    },
    /// A running server that is empty: its login is a superuser's.
    Given(&'s Target),
}

/// Runs the packet and answers what happened. `sources` are the files of the packet's folder by their path below it; `tell` is given a line
/// a step.
///
/// # Errors
/// [`DeriveError`]: what the packet does that no release may, or why no server could be asked.
pub async fn derive(
    sources: &Files,
    page: &PageOne,
    servers: &Servers<'_>,
    tell: &mut dyn FnMut(&str),
) -> Result<Derived, DeriveError> {
    let texts = Texts::read(sources, page)?;
    let mut derived = groups::Groups::default();
    match servers {
        Servers::Given(target) => {
            let server = Server::given((*target).clone()).await?;
            derived.add(server.major, one(&server, &texts, tell).await?)?;
        }
        Servers::Programs { programs, cached } => {
            for programs in *programs {
                tell(&format!("PostgreSQL {} starts", programs.version));
                let server = Server::start(programs, *cached).await?;
                derived.add(server.major, one(&server, &texts, tell).await?)?;
            }
        }
    }
    derived.finish()
}

/// What one server showed.
async fn one(server: &Server, texts: &Texts<'_>, tell: &mut dyn FnMut(&str)) -> Result<Derived, DeriveError> {
    let [first, second] = &VARIANTS;
    let (mut seen, mut names) = Runner::run(server, texts, first, &own_names(&Objects::default()), tell).await?;
    let own = own_names(&seen.packet());
    if names != own {
        // The tiers do not run in one transaction, so that the packet's names were not known beforehand.
        (seen, names) = Runner::run(server, texts, first, &own, tell).await?;
    }
    proofs::undone(texts, &seen)?;
    let (again, _): (Seen, String) = Runner::run(server, texts, second, &names, tell).await?;
    proofs::undone(texts, &again)?;
    facts::of(texts, [&seen, &again])
}
