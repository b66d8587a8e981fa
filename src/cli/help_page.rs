//! The page of help of one command: the group of its one line on the first screen, and what stands below its options.

use crate::error::ExitCode::{
    self, Connection, Done, EvidenceIncomplete, Failed, Internal, Interrupted, Locked, Manifest, Refused, Unknown,
    Unmet, Usage,
};

/// The groups of the first screen of help, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Release,
    ApprovalAndEvidence,
    Packet,
    Database,
    ThrowawayServer,
    Other,
}

impl Group {
    /// Every group, in its order.
    pub const ALL: [Self; 6] =
        [Self::Release, Self::ApprovalAndEvidence, Self::Packet, Self::Database, Self::ThrowawayServer, Self::Other];

    /// The heading of the group.
    pub fn title(self) -> &'static str {
        match self {
            Self::Release => "Release",
            Self::ApprovalAndEvidence => "Approval and evidence",
            Self::Packet => "Packet",
            Self::Database => "Database",
            Self::ThrowawayServer => "Throwaway server",
            Self::Other => "Other",
        }
    }
}

/// The page of one command.
#[derive(Clone, Copy, Debug)]
pub struct HelpPage {
    /// The command's name.
    pub name: &'static str,
    /// The command's group on the first screen of help, and its place in the group.
    pub place: (Group, u8),
    /// Command lines that can be pasted.
    pub examples: [&'static str; 2],
    /// The exit codes that the command can end with.
    pub codes: &'static [ExitCode],
    /// Files that the command reads or writes, one line for each.
    pub files: &'static str,
    /// Environment variables for this command only, one line for each.
    pub environment: &'static str,
    /// Whether the command takes the connection options.
    pub reaches: bool,
}

impl HelpPage {
    /// A line about the host policy.
    pub const POLICY: &str = "  /etc/oneroof/policy.toml   what this host demands of every approval";
    /// A line about the folder of PostgreSQL's programs.
    pub const PG_BIN: &str = "  ONEROOF_PG_BIN   folder of PostgreSQL's programs";
    /// A line about the folder for the evidence.
    pub const LOG_DIR: &str = "  ONEROOF_LOG_DIR  folder for the evidence, if --log-dir is not given";

    /// The start of the page of a command that connects to no database.
    pub const LOCAL: Self = Self {
        name: "",
        place: (Group::Other, 0),
        examples: ["", ""],
        codes: &[Done, Internal, Usage, Manifest],
        files: "",
        environment: "",
        reaches: false,
    };
    /// The start of the page of a command that reads a database.
    pub const READ: Self = Self {
        codes: &[Done, Internal, Usage, Unmet, Failed, Manifest, Connection, Interrupted],
        reaches: true,
        ..Self::LOCAL
    };
    /// The start of the page of a command that writes to a database and leaves evidence.
    pub const WRITE: Self = Self {
        codes: &[
            Done,
            Internal,
            Usage,
            Unmet,
            Failed,
            Manifest,
            Connection,
            Interrupted,
            Unknown,
            Locked,
            Refused,
            EvidenceIncomplete,
        ],
        files: "  writes rollout/rollout_TIME.json, the evidence, and its .log",
        environment: Self::LOG_DIR,
        ..Self::READ
    };
}

/// Environment variables of every command that reaches a database.
pub const CONNECTION_VARIABLES: &str =
    "  PGHOST, PGPORT, PGDATABASE, PGUSER, PGSSLMODE and the other variables of libpq
  PGPASSFILE       the password file; ~/.pgpass when it is not set
  PGSERVICE        a service of ~/.pg_service.conf";

/// Environment variables of every command.
pub const OUTPUT_VARIABLES: &str = "  ONEROOF_PACKET   the sealed packet, if --packet is not given
  ONEROOF_POLICY   a second host policy, besides /etc/oneroof/policy.toml
  NO_COLOR         no colour; CLICOLOR_FORCE: colour without a terminal
  COLUMNS          the width of the text
  RUST_LOG         what is logged; finer than -v";

/// The wanted exit codes, one line for each, with the texts of [`ExitCode::TABLE`].
pub fn codes(wanted: &[ExitCode]) -> String {
    let lines = ExitCode::TABLE.iter().filter(|(code, _)| wanted.contains(code));
    lines.map(|(code, text)| format!("  {:>2}  {text}", u8::from(*code))).collect::<Vec<_>>().join("\n")
}

/// All exit codes.
pub fn all_codes() -> String {
    codes(&ExitCode::TABLE.map(|(code, _)| code))
}
