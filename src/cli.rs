//! The command line: its commands and options, and what they mean. This module does no input or output.

mod clone;
mod common;
pub mod help;
mod label;
mod packet;
pub mod pages;
mod release;
mod report;
mod scan;
mod shadow;
mod words;

pub use clone::{Clone as CloneArgs, CloneAction, Named};
pub use common::{ColorChoice, Common, LogFormat, Writing};
pub use label::{Label, LabelAction};
pub use packet::{PacketAction, PacketArgs};
pub use release::{Apply, Preflight, Rehearsal, Rehearse, Rollback};
pub use report::Report;
pub use scan::{Scan, ScanAction};
pub use shadow::{Shadow, ShadowAction};

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum, ValueHint};
use std::ffi::OsString;
use std::path::PathBuf;

/// Releases an approved SQL packet into a PostgreSQL database, tier by tier, and rolls it back to exactly what was there before.
///
/// Every tier runs in its own transaction, with checks before and after its changes, and the run stops at the first failure. The
/// approval is read from the database itself, inside the same transaction. No command opens the gate.
#[derive(Debug, Parser)]
#[command(name = "oneroof", version, about, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// Options of every command.
    #[command(flatten)]
    pub common: Common,
    /// The words of the command line, without values that could hold a secret. [`Cli::read`] fills them in.
    #[arg(skip)]
    pub words: Vec<String>,
    /// Whether the command runs on a throwaway server that this program starts and removes. The policy of the host does not apply there.
    #[arg(skip)]
    pub throwaway: bool,
}

impl Cli {
    /// Reads the command line, and keeps its words for the evidence.
    ///
    /// # Errors
    /// clap's error for a wrong word. Help and the version are such errors too.
    pub fn read(arguments: &[OsString]) -> Result<Self, clap::Error> {
        let matches = help::command().try_get_matches_from(arguments)?;
        let cli = Self::from_arg_matches(&matches)?;
        Ok(Self { words: words::words(&mut Self::command(), &matches, arguments), ..cli })
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run every check that a release needs: GO or NO-GO.
    ///
    /// Shows the command to run next. Writes nothing, and the server confirms it.
    Preflight(Preflight),
    /// Show what a release would do, from the packet alone.
    ///
    /// Lists tiers, gates, rows, stop conditions and rollbacks. Connects to no database.
    Plan,
    /// Run the release: preflight, rehearsal, tier by tier, verify.
    ///
    /// Every tier runs in its own transaction. The run stops at the first failure, and the tier that failed is rolled back.
    Apply(Apply),
    /// Check the whole end state.
    ///
    /// Writes nothing, and the server confirms it.
    Verify,
    /// Show which tiers are applied, from the database itself.
    ///
    /// Shows who holds the run lock. Writes nothing.
    Status,
    /// Roll tiers back: exactly what the packet wrote, nothing else.
    ///
    /// The whole rollback is rehearsed before its first COMMIT.
    Rollback(Rollback),
    /// Find out how a COMMIT ended when its reply was lost.
    ///
    /// Writes nothing and does not repeat the transaction. Reads the transaction from the evidence file and checks on the same server whether its backend is gone, what the transaction's
    /// status is, and whether the tier is applied. Exit code 0: the COMMIT took effect, or the file has no COMMIT with an unknown outcome.
    /// 5: the COMMIT did not take effect. 9: the outcome is not known yet; the transaction id and the query to run are shown. 6: the file is
    /// of another release.
    Resolve(Resolve),
    /// Check an evidence file against itself and the database.
    ///
    /// Writes nothing.
    Evidence(Evidence),
    /// Write the release report from evidence files.
    ///
    /// GO or NO-GO, as a Markdown, HTML or JSON file. Connects to no database. The verdict comes from all the evidence of one database: the
    /// last run that changed something decides. Evidence of several databases, or of two states of one server, is invalid (exit code 2); the files of each are listed.
    Report(Report),
    /// Fingerprint what a release could touch; compare two databases.
    ///
    /// A fingerprint holds figures, structure and content digests. Writes nothing to the database.
    Fingerprint(Fingerprint),
    /// Show the release digest, and whether every file matches.
    Manifest(Manifest),
    /// Make, build, show, check or export a packet.
    Packet(PacketArgs),
    /// List, show or export the SQL that the packet holds.
    Sql(Sql),
    /// Show the whole story on a throwaway PostgreSQL.
    ///
    /// The command starts the server and removes it again.
    Demo(Demo),
    /// Start a throwaway PostgreSQL with the baseline.
    ///
    /// Or load the baseline into an empty database.
    Lab(Lab),
    /// Show who signed, what is missing, and what people must do.
    ///
    /// Writes nothing, and the server confirms it.
    Gate,
    /// Clone the source database and run every stage on the clone.
    ///
    /// A clone is made by dump and restore. All stages run on it, it is revalidated, and it is removed.
    Clone(CloneArgs),
    /// Create the inert structure in a separate schema.
    ///
    /// This is gate option 3: structure and axis. It needs no approval.
    Shadow(Shadow),
    /// Scan coverage and findings; write candidates; move a cursor.
    ///
    /// Reads coverage and findings. With --write it writes the candidate tables; with cursor it moves a cursor, forward only.
    Scan(Scan),
    /// Check the label rules against the live labels.
    Label(Label),
    /// Write a completion script for a shell.
    ///
    /// The script goes to standard output. It completes the packet's files and tiers as well.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print a JSON schema: of a report, or of an evidence file.
    Schema {
        /// Which schema.
        name: Schema,
    },
    /// Write a manual page.
    ///
    /// The page of the program, or of one command, goes to standard output.
    Man {
        /// The command; without it, the page of the program.
        #[arg(value_parser = clap::builder::PossibleValuesParser::new(pages::PAGES.iter().map(|page| page.verb)), hide_possible_values = true)]
        command: Option<String>,
    },
    /// Show where the connection options lead, without connecting.
    ///
    /// Shows where each value came from. Never shows a password.
    Target,
}

/// A JSON schema that `oneroof schema` prints.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Schema {
    /// The output of every command; `$defs/release_report` is that of `report --as json`.
    Report,
    /// A rollout file, the evidence of a run.
    Evidence,
}

/// Options of `resolve`.
#[derive(Clone, Debug, Args)]
pub struct Resolve {
    /// The rollout file of the run, `rollout_….json`.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub evidence: PathBuf,
    /// How long to keep trying, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub patience: u64,
}

/// Options of `evidence`.
#[derive(Clone, Debug, Args)]
pub struct Evidence {
    /// What to do with the file.
    #[command(subcommand)]
    pub action: EvidenceAction,
}

/// What `evidence` does.
#[derive(Clone, Debug, Subcommand)]
pub enum EvidenceAction {
    /// Check the file by itself, then against the database.
    ///
    /// Compares the file with its checksum, its log, itself and the release; then identity, transactions, tiers, rows and structure of
    /// the database. Exit code 0: each of these was compared, and agrees. 5: something differs, or could not be compared; each line says
    /// which. 6: the file is of another release. 2: the file is not an evidence file.
    Check {
        /// The rollout file, `rollout_….json`.
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// The SHA-256 that the run printed at its end. If it was kept elsewhere, it shows any change of the file.
        #[arg(long, value_name = "DIGEST")]
        sha256: Option<String>,
    },
}

/// Reads a tier's number. The packet decides later whether it has this tier.
fn tier_number(text: &str) -> Result<u8, &'static str> {
    text.parse().map_err(|_| "give the number of a tier; oneroof plan lists the tiers")
}

/// Options of `fingerprint`.
#[derive(Clone, Debug, Args)]
pub struct Fingerprint {
    /// Save the fingerprint to this file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub save: Option<PathBuf>,
    /// Compare with the fingerprint saved in this file; a difference is exit code 5.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub against: Option<PathBuf>,
    /// Leave out what differs from run to run, such as clocks and generated identifiers: to compare two databases with the same release.
    #[arg(long)]
    pub ignore_volatile: bool,
    /// Tables larger than this are read row by row and hashed here, not in the server's memory.
    #[arg(long, value_name = "MB", default_value_t = 64)]
    pub client_above: u64,
}

/// Options of `manifest`.
#[derive(Clone, Debug, Args)]
pub struct Manifest {
    /// What to show; by default verify.
    #[arg(value_enum, default_value_t)]
    pub action: ManifestAction,
}

/// What `manifest` shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ManifestAction {
    /// The release digest, and whether every byte matches.
    #[default]
    Verify,
    /// The manifest's lines, as sha256sum reads them.
    List,
}

/// Options of `sql`.
#[derive(Clone, Debug, Args)]
pub struct Sql {
    /// What to do with the embedded SQL.
    #[command(subcommand)]
    pub action: SqlAction,
}

/// What `sql` does.
#[derive(Clone, Debug, Subcommand)]
pub enum SqlAction {
    /// List the files.
    List,
    /// Show one file.
    Show {
        /// Its path, for example `prod/30_ownership_seed.sql`.
        file: String,
    },
    /// Write all files and the manifest into a folder, for psql.
    Export {
        /// An empty folder; it is made if it does not exist.
        #[arg(required_unless_present = "single", value_hint = ValueHint::AnyPath)]
        folder: Option<PathBuf>,
        /// Write one text that psql can read from standard input, instead of a folder: to standard output, or to a new file.
        #[arg(long)]
        single: bool,
    },
}

/// Options of `demo`.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// Folder of PostgreSQL's server programs.
    #[arg(long, value_name = "FOLDER", env = "ONEROOF_PG_BIN", value_hint = ValueHint::DirPath)]
    pub pg_bin: Option<PathBuf>,
}

/// Options of `lab`.
#[derive(Clone, Debug, Args)]
pub struct Lab {
    /// What to do with the lab.
    #[command(subcommand)]
    pub action: LabAction,
}

/// What `lab` does.
#[derive(Clone, Debug, Subcommand)]
pub enum LabAction {
    /// Start a throwaway PostgreSQL with the baseline; it runs until oneroof lab down.
    Up {
        /// Folder of the server.
        #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
        /// Folder of PostgreSQL's server programs.
        #[arg(long, value_name = "FOLDER", env = "ONEROOF_PG_BIN", value_hint = ValueHint::DirPath)]
        pg_bin: Option<PathBuf>,
    },
    /// Stop the server and remove its folder.
    Down {
        /// Folder of the server.
        #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
    },
    /// Load the baseline into the empty database that the connection options name.
    Load,
}
