//! The options of the rehearsal, which `apply` and `rollback` share.

use clap::{Args, ValueEnum};

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
