//! The command line of `oneroof packet`, which makes, builds, shows, checks and exports packets.

use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

/// Options of `packet`.
#[derive(Clone, Debug, Args)]
pub struct PacketArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub action: PacketAction,
}

/// What `packet` does.
#[derive(Clone, Debug, Subcommand)]
pub enum PacketAction {
    /// Make a folder with a packet of one tier, or of the scripts that you have, to begin from.
    ///
    /// Example: oneroof packet new flipr --from sqitch.plan --since v1.0
    New {
        /// The folder; made if it is missing. It must be empty.
        #[arg(value_hint = ValueHint::DirPath)]
        folder: PathBuf,
        /// A psql script, a sqitch.plan, or a folder of Flyway's `V1__name.sql`: a tier is made of each included file, change or migration.
        #[arg(long, value_name = "FILE", value_hint = ValueHint::AnyPath)]
        from: Option<PathBuf>,
        /// Only the changes of the sqitch.plan after this tag.
        #[arg(long, value_name = "TAG", requires = "from")]
        since: Option<String>,
    },
    /// Run the release of a folder on a throwaway PostgreSQL, twice; prove its rollbacks, write derived.toml, and seal the packet.
    Build {
        /// The packet's folder.
        #[arg(value_hint = ValueHint::DirPath)]
        folder: PathBuf,
        /// The sealed packet; NAME.packet in this folder when it is not given.
        #[arg(short = 'o', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        output: Option<PathBuf>,
        /// An empty server of your own instead of a throwaway one, for extensions; the role must be a superuser.
        #[arg(long, value_name = "DSN")]
        on: Option<String>,
        /// Folder of PostgreSQL's server programs; given twice, with servers before 16 and from 16 on, it derives for both.
        #[arg(long, value_name = "FOLDER", env = "ONEROOF_PG_BIN", value_delimiter = ':', value_hint = ValueHint::DirPath)]
        pg_bin: Vec<PathBuf>,
    },
    /// Show what a person signs: each tier whole, with its rows, locks, checks and rollback.
    Show {
        /// A sealed packet or a folder; the packet that this program carries when none is given.
        #[arg(id = "given", value_name = "PACKET")]
        packet: Option<PathBuf>,
        /// Only this tier.
        #[arg(long, value_name = "N")]
        tier: Option<u8>,
        /// Only what differs from this sealed packet or folder.
        #[arg(long, value_name = "PACKET", conflicts_with = "tier")]
        against: Option<PathBuf>,
    },
    /// Check a packet without a server: its form, its digest, what its SQL may not say, and that it composes to the same bytes.
    Check {
        /// A sealed packet or a folder; the packet that this program carries when none is given.
        #[arg(id = "given", value_name = "PACKET")]
        packet: Option<PathBuf>,
        /// Derive it again on a throwaway server, and compare.
        #[arg(long)]
        prove: bool,
        /// Folder of PostgreSQL's server programs.
        #[arg(long, value_name = "FOLDER", env = "ONEROOF_PG_BIN", value_delimiter = ':', value_hint = ValueHint::DirPath)]
        pg_bin: Vec<PathBuf>,
    },
    /// Write the packet that this program carries as the sealed file; its sha256sum is the release digest.
    Export {
        /// The file; standard output when none is given.
        file: Option<PathBuf>,
    },
}
