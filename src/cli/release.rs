//! The options of `preflight`, `apply` and `rollback`.

use super::{Writing, tier_number};
use clap::{Args, ValueEnum};

/// Options of `preflight`.
#[derive(Clone, Debug, Args)]
pub struct Preflight {
    /// The approval code to apply the release under.
    #[arg(long, value_name = "CODE", visible_alias = "ratified-apr")]
    pub approval: Option<String>,
    /// Name of the restore point taken before the release.
    #[arg(long, value_name = "TEXT")]
    pub backup_ref: Option<String>,
}

/// When a release is rehearsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rehearse {
    /// Unless it would block readers of a relation that the packet did not make.
    Auto,
    /// In any case.
    Yes,
    /// Never, as --no-rehearsal.
    No,
}

/// The rehearsal before the first COMMIT.
#[derive(Clone, Copy, Debug, Args)]
pub struct Rehearsal {
    /// Do not run all tiers once in a transaction that is rolled back, before they run for real.
    #[arg(long, conflicts_with = "dry_run", hide = true)]
    pub no_rehearsal: bool,
    /// Rehearse first: yes, no (or --no-rehearsal), or auto (yes, unless other readers would wait)
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        conflicts_with = "no_rehearsal",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub rehearse: Rehearse,
}

/// Options of `apply`.
#[derive(Clone, Debug, Args)]
pub struct Apply {
    /// The approval code to apply the release under.
    #[arg(long, value_name = "CODE", visible_alias = "ratified-apr")]
    pub approval: String,
    /// Run every tier for real in one transaction and roll it back.
    #[arg(long)]
    pub dry_run: bool,
    /// The rehearsal before the first COMMIT.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
    /// Name of the restore point taken before the release.
    #[arg(long, value_name = "TEXT")]
    pub backup_ref: Option<String>,
    /// Confirmation, evidence and locks.
    #[command(flatten)]
    pub writing: Writing,
}

/// Options of `rollback`.
#[derive(Clone, Debug, Args)]
#[command(group = clap::ArgGroup::new("scope").required(true).args(["tier", "to", "full"]))]
pub struct Rollback {
    /// Roll back this tier. It must be the highest one that is applied.
    #[arg(long, value_name = "N", value_parser = tier_number)]
    pub tier: Option<u8>,
    /// Roll back all tiers above this one, from the top down; this one stays.
    #[arg(long, value_name = "N", value_parser = tier_number)]
    pub to: Option<u8>,
    /// Roll back everything, to exactly what was there before.
    #[arg(long)]
    pub full: bool,
    /// Run the whole rollback in one transaction and discard it: a rehearsal.
    #[arg(long)]
    pub dry_run: bool,
    /// The rehearsal before the first COMMIT.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
    /// Confirmation, evidence and locks.
    #[command(flatten)]
    pub writing: Writing,
}
