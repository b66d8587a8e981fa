//! The command line of `oneroof report`.

use crate::report::DocumentKind;
use clap::{Args, ValueEnum, ValueHint};
use std::path::PathBuf;

/// What `report` writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportKind {
    /// Markdown, for example for the summary of a CI job.
    #[default]
    Md,
    /// One HTML page without external files.
    Html,
    /// The facts themselves, for programs.
    Json,
    /// A folder of Markdown pages, one for each subject, with an index.
    Folder,
}

impl ReportKind {
    /// The kind of document. `None` for a folder.
    pub fn document(self) -> Option<DocumentKind> {
        match self {
            Self::Md => Some(DocumentKind::Md),
            Self::Html => Some(DocumentKind::Html),
            Self::Json => Some(DocumentKind::Json),
            Self::Folder => None,
        }
    }
}

/// Options of `report`.
#[derive(Clone, Debug, Args)]
pub struct Report {
    /// A rollout file, `rollout_….json`. May be given several times; by default all those in --log-dir.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub evidence: Vec<PathBuf>,
    /// Folder of the rollout files; by default that of `ONEROOF_LOG_DIR`, else `./rollout`.
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub log_dir: Option<PathBuf>,
    /// Kind of report to write. --format is only for standard output, as everywhere.
    #[arg(long = "as", value_name = "KIND", value_enum, default_value_t)]
    pub kind: ReportKind,
    /// The file or folder to write; by default go-no-go with its ending. Existing files are never overwritten: a folder must be new or empty.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
    /// A new folder for the auditor: the packet, the evidence, the report in its three forms, and SHA256SUMS.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["out", "kind"])]
    pub record: Option<PathBuf>,
}
