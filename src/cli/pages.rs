//! What the help of each command shows below its options: two examples, exit codes, files and environment variables.

use crate::error::ExitCode::{
    self, AlreadyApplied, Connection, Done, EvidenceIncomplete, Failed, GateClosed, Internal, Interrupted, Locked,
    Manifest, Refused, Unknown, Unmet, Usage,
};

/// The page of one command.
pub struct Page {
    pub verb: &'static str,
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

const LOCAL: &[ExitCode] = &[Done, Internal, Usage, Manifest];
const READING: &[ExitCode] = &[Done, Internal, Usage, Unmet, Failed, Manifest, Connection, Interrupted];
const WRITING: &[ExitCode] = &[
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
];
const EVIDENCE: &str = "  writes rollout/rollout_TIME.json, the evidence, and its .log";
const POLICY: &str = "  /etc/oneroof/policy.toml   what this host demands of every approval";
const LOG_DIR: &str = "  ONEROOF_LOG_DIR  folder for the evidence, if --log-dir is not given";
const PG_BIN: &str = "  ONEROOF_PG_BIN   folder of PostgreSQL's programs";

const NONE: Page = Page { verb: "", examples: ["", ""], codes: LOCAL, files: "", environment: "", reaches: false };
const READ: Page = Page { codes: READING, reaches: true, ..NONE };
const WRITE: Page = Page { codes: WRITING, files: EVIDENCE, environment: LOG_DIR, ..READ };

/// One page for each command.
pub const PAGES: [Page; 24] = [
    Page {
        verb: "preflight",
        examples: [
            "oneroof preflight --profile production",
            "oneroof preflight --approval APR-BOOT-AUTHMODEL-1 --backup-ref snap-42",
        ],
        codes: &[Done, Internal, Usage, GateClosed, Unmet, Failed, Manifest, Connection, Interrupted, AlreadyApplied],
        files: POLICY,
        ..READ
    },
    Page { verb: "plan", examples: ["oneroof plan", "oneroof plan --format json"], ..NONE },
    Page {
        verb: "apply",
        examples: [
            "oneroof apply --approval APR-BOOT-AUTHMODEL-1 --dry-run",
            "oneroof apply --approval APR-BOOT-AUTHMODEL-1 --backup-ref snap-42",
        ],
        codes: &[
            Done,
            Internal,
            Usage,
            GateClosed,
            Unmet,
            Failed,
            Manifest,
            Connection,
            Interrupted,
            Unknown,
            Locked,
            Refused,
            EvidenceIncomplete,
            AlreadyApplied,
        ],
        files: "  writes rollout/rollout_TIME.json, the evidence, and its .log\n  /etc/oneroof/policy.toml   what this host demands of every approval",
        ..WRITE
    },
    Page { verb: "verify", examples: ["oneroof verify", "oneroof verify -v --profile production"], ..READ },
    Page { verb: "status", examples: ["oneroof status", "oneroof status --format json"], ..READ },
    Page { verb: "rollback", examples: ["oneroof rollback --full --dry-run", "oneroof rollback --tier 6"], ..WRITE },
    Page {
        verb: "resolve",
        examples: [
            "oneroof resolve --evidence rollout/rollout_1.json",
            "oneroof resolve --evidence rollout/rollout_1.json --patience 600",
        ],
        codes: &[Done, Internal, Usage, Unmet, Failed, Manifest, Connection, Interrupted, Unknown],
        files: "  reads the evidence file that --evidence names",
        ..READ
    },
    Page { verb: "gate", examples: ["oneroof gate", "oneroof gate --format json"], files: POLICY, ..READ },
    Page {
        verb: "report",
        examples: ["oneroof report --as folder", "oneroof report --as html --out release.html"],
        files: "  reads rollout/rollout_*.json, the evidence\n  writes go-no-go.md, .html or .json, or the folder go-no-go",
        environment: LOG_DIR,
        ..NONE
    },
    Page {
        verb: "evidence",
        examples: [
            "oneroof evidence check rollout/rollout_1.json",
            "oneroof evidence check rollout/rollout_1.json --format json",
        ],
        files: "  reads the evidence file, and its .log beside it",
        ..READ
    },
    Page {
        verb: "packet",
        examples: ["oneroof packet new sales --from release.sql", "oneroof packet show --tier 3"],
        files: "  new makes a new folder\n  build writes FOLDER/derived.toml and NAME.packet",
        environment: PG_BIN,
        ..NONE
    },
    Page { verb: "manifest", examples: ["oneroof manifest", "oneroof manifest list"], ..NONE },
    Page {
        verb: "sql",
        examples: ["oneroof sql list", "oneroof sql export for-psql"],
        files: "  export writes a new folder, or with --single a new file",
        ..NONE
    },
    Page {
        verb: "fingerprint",
        examples: ["oneroof fingerprint --save before.json", "oneroof fingerprint --against before.json"],
        files: "  writes the file that --save names, reads the one that --against names",
        ..READ
    },
    Page {
        verb: "clone",
        examples: ["oneroof clone create", "oneroof clone run"],
        environment: "  ONEROOF_LOG_DIR  folder for the evidence, if --log-dir is not given\n  ONEROOF_PG_BIN   folder of PostgreSQL's programs",
        ..WRITE
    },
    Page { verb: "shadow", examples: ["oneroof shadow deploy", "oneroof shadow drop"], ..WRITE },
    Page { verb: "scan", examples: ["oneroof scan", "oneroof scan cursor --advance-to 7"], ..WRITE },
    Page { verb: "label", examples: ["oneroof label alignment", "oneroof label alignment --format json"], ..READ },
    Page {
        verb: "target",
        examples: ["oneroof target", "oneroof target -d app --host db.example.org"],
        reaches: true,
        ..NONE
    },
    Page {
        verb: "demo",
        examples: ["oneroof demo", "oneroof demo --pg-bin /usr/lib/postgresql/16/bin"],
        codes: &[Done, Internal, Usage, Failed, Manifest, Interrupted],
        files: "  writes only below the temporary folder, and removes what it wrote",
        environment: PG_BIN,
        ..NONE
    },
    Page {
        verb: "lab",
        examples: ["oneroof lab up", "oneroof lab down"],
        files: "  up makes the server's folder, down removes it",
        environment: PG_BIN,
        ..READ
    },
    Page {
        verb: "completions",
        examples: ["oneroof completions bash > oneroof.bash", "oneroof completions zsh > _oneroof"],
        ..NONE
    },
    Page {
        verb: "schema",
        examples: ["oneroof schema report", "oneroof schema evidence > evidence.schema.json"],
        ..NONE
    },
    Page { verb: "man", examples: ["oneroof man | man -l -", "oneroof man apply > oneroof-apply.1"], ..NONE },
];
