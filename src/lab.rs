//! A throwaway PostgreSQL. This program starts it on a Unix socket and removes it again.
//!
//! A [`Cluster`] runs as long as its value exists. When the value is dropped, the server is stopped and its folder is removed. If the whole
//! process is killed, a small watcher does the same. [`Cluster::leave_standing`] lets the server run on until [`Standing::down`].
//!
//! A start is quick with a cache of initialised data folders (see [`Builder::cached`]), because the data folder is then copied and not
//! made.

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
pub use template::scratch_folder;
