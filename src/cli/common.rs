//! Options that many commands share: connection and output for every command, and the options of the commands that write.

use crate::pg::conninfo::Target;
use crate::report::Format;
use crate::secret::Secret;
use clap::{Args, ValueEnum, ValueHint};
use std::path::PathBuf;

/// Options of every command; they may come before or after its name.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// Connection string: URI or key=value, as psql takes it.
    #[arg(long, global = true, value_name = "DSN", help_heading = "Connection")]
    pub dsn: Option<Secret>,
    /// Database name, or a connection string.
    #[arg(short = 'd', long, global = true, value_name = "NAME", help_heading = "Connection")]
    pub dbname: Option<Secret>,
    /// Host name, address, or folder of a unix socket (psql's -h).
    #[arg(long, global = true, value_name = "HOST", value_hint = ValueHint::Hostname, help_heading = "Connection")]
    pub host: Option<Secret>,
    /// Port.
    #[arg(short = 'p', long, global = true, value_name = "PORT", help_heading = "Connection")]
    pub port: Option<Secret>,
    /// Role to log in as.
    #[arg(short = 'U', long, global = true, value_name = "ROLE", value_hint = ValueHint::Username, help_heading = "Connection")]
    pub username: Option<Secret>,
    /// Never ask for a password.
    #[arg(short = 'w', long, global = true, conflicts_with = "password", help_heading = "Connection")]
    pub no_password: bool,
    /// Ask for a password before connecting; without this option, only if the server wants one and none was found.
    #[arg(short = 'W', long, global = true, help_heading = "Connection")]
    pub password: bool,
    /// A target of oneroof.toml: of the file in the configuration folder, else of ./oneroof.toml.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Connection")]
    pub profile: Option<String>,
    /// The profile file. Only a file that is given here, or is in the configuration folder, may run a command.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Connection", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Connect through the standard input and output of a command, for example 'ssh db nc -U /run/postgresql/.s.PGSQL.5432'.
    #[arg(long, global = true, value_name = "COMMAND", value_hint = ValueHint::CommandString, help_heading = "Connection")]
    pub via: Option<Secret>,
    /// SET LOCAL ROLE in every transaction.
    #[arg(long, global = true, value_name = "ROLE", value_hint = ValueHint::Username, help_heading = "Connection")]
    pub role: Option<String>,
    /// Format of standard output.
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Output")]
    pub format: Format,
    /// Format of standard error.
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Output")]
    pub log_format: LogFormat,
    /// Colour on terminals, always, or never.
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Output")]
    pub color: ColorChoice,
    /// Print more: each check by itself, the locks of each tier, and where each connection setting came from. With -vv also each
    /// message to the server, with its number and its milliseconds.
    #[arg(short = 'v', long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,
    /// Print only the result.
    #[arg(short = 'q', long, global = true, help_heading = "Output")]
    pub quiet: bool,
    /// The sealed packet to release, instead of the one that this program carries.
    #[arg(long, global = true, value_name = "FILE", env = "ONEROOF_PACKET", help_heading = "Release", value_hint = ValueHint::FilePath)]
    pub packet: Option<PathBuf>,
    /// Stop unless a signer of this OpenSSH allowed signers file signed the packet. The signature is beside the packet, in PACKET.sig.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Release", value_hint = ValueHint::FilePath)]
    pub signers: Option<PathBuf>,
    /// Stop unless the packet has this release digest.
    #[arg(long, global = true, value_name = "DIGEST", help_heading = "Release")]
    pub expect_release: Option<String>,
    /// The throwaway server of the command that runs this one. Then no other option and no variable says where to connect, and the policy of
    /// the host does not apply.
    #[arg(skip)]
    pub throwaway: Option<Target>,
}

/// What standard error holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object on each line.
    Json,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Options of the commands that write.
#[derive(Clone, Debug, Default, Args)]
pub struct Writing {
    /// Do not ask for confirmation.
    #[arg(long)]
    pub yes: bool,
    /// Confirm by giving the database and server name that oneroof preflight shows; with a wrong name nothing starts.
    #[arg(long, value_name = "DATABASE@NAME")]
    pub confirm: Option<String>,
    /// Folder for the rollout files; by default that of `ONEROOF_LOG_DIR`, else `./rollout`.
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub log_dir: Option<PathBuf>,
    /// How long to wait for a tier's locks, in seconds (default: 5).
    #[arg(long, value_name = "SECONDS", default_value_t = 5, hide_default_value = true, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub lock_timeout: u64,
    /// How long to wait for the reply to COMMIT, in seconds (default: 30). After that a new connection tries to find out the outcome, for
    /// twice as long. A COMMIT is never cancelled.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, hide_default_value = true, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub commit_timeout: u64,
}
