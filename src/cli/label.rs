//! The command line of `oneroof label`.

use clap::{Args, Subcommand};

/// Options of `label`.
#[derive(Clone, Debug, Args)]
pub struct Label {
    /// What to check.
    #[command(subcommand)]
    pub action: LabelAction,
}

/// What `label` does.
#[derive(Clone, Debug, Subcommand)]
pub enum LabelAction {
    /// Compare the label rules with the live labels, rule by rule and object by object. Writes nothing, and the server confirms it.
    Alignment,
}
