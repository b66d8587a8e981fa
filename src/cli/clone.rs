//! The command line of `oneroof clone`.

use super::Writing;
use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

/// Options of `clone`.
#[derive(Debug, Args)]
pub struct Clone {
    /// What to do with the clone.
    #[command(subcommand)]
    pub action: CloneAction,
}

/// What `clone` does.
#[derive(Debug, Subcommand)]
pub enum CloneAction {
    /// Make the clone by dump and restore, and prove that it is equal to the source. After any error it is removed.
    Create {
        /// The clone.
        #[command(flatten)]
        named: Named,
        /// Do not copy owners and grants; they are not compared either.
        #[arg(long)]
        no_owner: bool,
        /// Folder of PostgreSQL's client programs.
        #[arg(long, value_name = "FOLDER", env = "ONEROOF_PG_BIN", value_hint = ValueHint::DirPath)]
        pg_bin: Option<PathBuf>,
    },
    /// Run all stages on the clone: seed, scan, write half, boundary, cursor, full reversal; then show that the source is untouched.
    Run {
        /// The clone.
        #[command(flatten)]
        named: Named,
    },
    /// Apply everything and check R1 to R3, in one transaction that is rolled back.
    Revalidate {
        /// The clone.
        #[command(flatten)]
        named: Named,
    },
    /// Remove the clone.
    Drop {
        /// The clone.
        #[command(flatten)]
        named: Named,
    },
}

impl CloneAction {
    /// The clone's name, with the options for writing.
    pub fn named(&self) -> &Named {
        match self {
            Self::Create { named, .. } | Self::Run { named } | Self::Revalidate { named } | Self::Drop { named } => {
                named
            }
        }
    }
}

/// Which clone, and how the command is confirmed.
#[derive(Debug, Args)]
pub struct Named {
    /// Name of the clone; by default that of today.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Confirmation, evidence and locks; --confirm names the clone.
    #[command(flatten)]
    pub writing: Writing,
}
