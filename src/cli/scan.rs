//! The command line of `oneroof scan`.

use super::Writing;
use clap::{Args, Subcommand};

/// Options of `scan`.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Scan {
    /// Another half of the scanner; without one, coverage and findings are read.
    #[command(subcommand)]
    pub action: Option<ScanAction>,
    /// Write the candidate tables: one row for each class, one for each object, one for the run. The release must be applied.
    #[arg(long, requires = "ruleset", requires = "snapshot")]
    pub write: bool,
    /// The enacted ruleset to scan under.
    #[arg(long, value_name = "CODE", requires = "write")]
    pub ruleset: Option<String>,
    /// The snapshot to scan, by its reference or its id.
    #[arg(long, value_name = "REF", requires = "write")]
    pub snapshot: Option<String>,
    /// Confirmation, evidence and locks.
    #[command(flatten)]
    pub writing: Writing,
}

/// What else `scan` does.
#[derive(Clone, Debug, Subcommand)]
pub enum ScanAction {
    /// Move a cursor forward, never back. A repeated or stale advance changes nothing.
    Cursor {
        /// The position to reach.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..=999_999_999_999_999_999))]
        advance_to: i64,
        /// The cursor; by default the only one, or the scanner's own.
        #[arg(long, value_name = "NAME")]
        cursor: Option<String>,
        /// Confirmation, evidence and locks.
        #[command(flatten)]
        writing: Writing,
    },
}

impl Scan {
    /// The options for confirmation, evidence and locks of the chosen action.
    pub fn writing(&self) -> &Writing {
        match &self.action {
            Some(ScanAction::Cursor { writing, .. }) => writing,
            None => &self.writing,
        }
    }
}
