//! The command line of `oneroof label`.

use clap::{Args, Subcommand};

/// Options of `label`.
#[derive(Clone, Debug, Args)]
pub struct Label {
    /// What to check of the labels.
    #[command(subcommand)]
    pub action: LabelAction,
}

/// What `label` does.
#[derive(Clone, Debug, Subcommand)]
pub enum LabelAction {
    /// The label rules against the live labels, rule by rule and object by object. Writes nothing, and the server confirms it.
    Alignment,
}
