//! The command line of `oneroof shadow`.

use super::Writing;
use clap::{Args, Subcommand};

/// Options of `shadow`.
#[derive(Clone, Debug, Args)]
pub struct Shadow {
    /// What to do with the shadow.
    #[command(subcommand)]
    pub action: ShadowAction,
}

/// What `shadow` does.
#[derive(Clone, Debug, Subcommand)]
pub enum ShadowAction {
    /// Create the structure and the axis, inert, in a separate schema. Needs no approval, and touches nothing of the release.
    Deploy {
        /// Confirmation, evidence and locks.
        #[command(flatten)]
        writing: Writing,
    },
    /// Remove the whole shadow schema.
    Drop {
        /// Confirmation, evidence and locks.
        #[command(flatten)]
        writing: Writing,
    },
}

impl ShadowAction {
    /// The options for confirmation, evidence and locks of the chosen action.
    pub fn writing(&self) -> &Writing {
        match self {
            Self::Deploy { writing } | Self::Drop { writing } => writing,
        }
    }
}
