//! Options of `oneroof report`.

use crate::report::DocumentKind;
use clap::{Args, ValueHint};
use std::path::PathBuf;

/// `report`.
#[derive(Clone, Debug, Args)]
pub struct Report {
    /// A rollout file, `rollout_….json`; may be given several times. Without it: all those in --log-dir.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub evidence: Vec<PathBuf>,
    /// Folder of the rollout files; else the one of `ONEROOF_LOG_DIR`, else `./rollout`.
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub log_dir: Option<PathBuf>,
    /// What the file is; --format says what standard output holds, as everywhere.
    #[arg(long = "as", value_name = "KIND", value_enum, default_value_t)]
    pub kind: DocumentKind,
    /// The file to write; by default go-no-go.md, .html or .json. A file that is there is never written over.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
    /// A new folder for the auditor: the packet, the evidence, the report in its three forms, and SHA256SUMS.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["out", "kind"])]
    pub record: Option<PathBuf>,
}
