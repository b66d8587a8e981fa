//! A throwaway PostgreSQL: started by ourselves, on a unix socket, and removed again.
//!
//! A [`Cluster`] lives as long as its value does. When the value is dropped the server is stopped
//! and its folder removed; when the whole process is killed, a small watcher does the same.
//! [`Cluster::leave_standing`] gives a cluster a life of its own, until [`Standing::down`].
//!
//! Starting one is cheap where a cache of initialised data folders may be kept (see
//! [`Builder::cached`]): the folder is copied instead of made.

mod account;
mod build;
mod clients;
mod cluster;
mod error;
mod files;
mod make;
mod names;
mod place;
mod server;
mod standing;
mod template;
mod watcher;

pub use build::{Baseline, Builder};
pub use cluster::{Cluster, StopMode};
pub use error::LabError;
pub use names::{ADMINISTRATOR, MAINTENANCE_DATABASE, STATE_FILE};
pub use standing::Standing;
