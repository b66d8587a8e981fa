//! The command line of `oneroof packet`, which makes, builds, shows, checks and exports packets.

use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

/// Options of `packet`.
#[derive(Clone, Debug, Args)]
pub struct PacketArgs {
    /// What to do with the packet.
    #[command(subcommand)]
    pub action: PacketAction,
}

/// What `packet` does.
#[derive(Clone, Debug, Subcommand)]
pub enum PacketAction {
    /// Make a folder with a new packet: with one tier, or with the scripts that you have.
    ///
    /// Example: oneroof packet new flipr --from sqitch.plan --since v1.0
    New {
        /// An empty folder; it is made if it does not exist.
        #[arg(value_hint = ValueHint::DirPath)]
        folder: PathBuf,
        /// A psql script, a sqitch.plan, or a folder of Flyway's `V1__name.sql`: each included file, change or migration becomes a tier.
        #[arg(long, value_name = "FILE", value_hint = ValueHint::AnyPath)]
        from: Option<PathBuf>,
        /// Take only the changes of the sqitch.plan after this tag.
        #[arg(long, value_name = "TAG", requires = "from")]
        since: Option<String>,
    },
    /// Run the release of a folder on a throwaway PostgreSQL, twice; prove its rollbacks, write derived.toml, and seal the packet.
    Build {
        /// The packet's folder.
        #[arg(value_hint = ValueHint::DirPath)]
        folder: PathBuf,
        /// The sealed packet to write; by default NAME.packet in the current folder.
        #[arg(short = 'o', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        output: Option<PathBuf>,
        /// A release that is applied before this one, as a sealed packet or a folder. Give several in their order.
        #[arg(long, value_name = "PACKET", value_hint = ValueHint::AnyPath)]
        after: Vec<PathBuf>,
        /// An empty server of your own instead of a throwaway one, for extensions; the role must be a superuser.
        #[arg(long, value_name = "DSN")]
        on: Option<String>,
        /// Folder of PostgreSQL's server programs; give two to derive for both, a server before 16 and one from 16 on.
        #[arg(long, value_name = "FOLDER", env = "ONEROOF_PG_BIN", value_delimiter = ':', value_hint = ValueHint::DirPath)]
        pg_bin: Vec<PathBuf>,
    },
    /// Show what people sign: the whole text of each tier, with its rows, locks, checks and rollback.
    Show {
        /// A sealed packet or a folder; by default the packet that this program carries.
        #[arg(id = "given", value_name = "PACKET")]
        packet: Option<PathBuf>,
        /// Show only this tier.
        #[arg(long, value_name = "N")]
        tier: Option<u8>,
        /// Show only what differs from this sealed packet or folder.
        #[arg(long, value_name = "PACKET", conflicts_with = "tier")]
        against: Option<PathBuf>,
    },
    /// Check a packet without a server: its form, its digest, SQL that is not allowed, and that it composes to the same bytes.
    Check {
        /// A sealed packet or a folder; by default the packet that this program carries.
        #[arg(id = "given", value_name = "PACKET")]
        packet: Option<PathBuf>,
        /// Run the release again on a throwaway server, and compare.
        #[arg(long)]
        prove: bool,
        /// With --prove: the releases that were given to packet build --after, in the same order.
        #[arg(long, value_name = "PACKET", requires = "prove", value_hint = ValueHint::AnyPath)]
        after: Vec<PathBuf>,
        /// Folder of PostgreSQL's server programs.
        #[arg(long, value_name = "FOLDER", env = "ONEROOF_PG_BIN", value_delimiter = ':', value_hint = ValueHint::DirPath)]
        pg_bin: Vec<PathBuf>,
    },
    /// Write the packet that this program carries into a file, whose sha256sum is the release digest.
    Export {
        /// The file; by default standard output.
        file: Option<PathBuf>,
    },
}
