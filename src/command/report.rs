//! `oneroof report`: writes the release report, GO or NO-GO, from evidence files only. It connects to no database.

mod facts;
mod folder;
mod gather;
mod judge;
mod paper;
mod people;
mod proof;
mod record;
mod run;
mod sources;
mod tiers;

use super::verb::Command;
use crate::cli::{Group, HelpPage};
use crate::error::Error;
use crate::files;
use crate::report::{Answer, DocumentKind};
use crate::run::Context;
use crate::text::{escaped, escaped_json, quoted};
use clap::{Args, ValueEnum, ValueHint};
use facts::Facts;
use run::{FoundEvidence, Rejected};
use std::path::{Path, PathBuf};

/// Write the release report from evidence files.
///
/// GO or NO-GO, as a Markdown, HTML or JSON file. Connects to no database. The verdict comes from all the evidence of one database: the
/// last run that changed something decides. Evidence of several databases, or of two states of one server, is invalid (exit code 2); the files of each are listed.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
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
    /// A new folder for the auditor: the packet, its signature if there is one, the evidence, the report in its three forms, and SHA256SUMS.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["out", "kind"])]
    pub record: Option<PathBuf>,
}

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

impl Command for ReportArgs {
    const PAGE: HelpPage = HelpPage {
        name: "report",
        place: (Group::ApprovalAndEvidence, 2),
        examples: ["oneroof report --as folder", "oneroof report --as html --out release.html"],
        files: "  reads rollout/rollout_*.json, the evidence\n  writes go-no-go.md, .html or .json, or the folder go-no-go",
        environment: HelpPage::LOG_DIR,
        ..HelpPage::LOCAL
    };
    const JUDGES: bool = true;

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self)
    }
}

/// Reads the evidence and writes the report.
fn run(context: &mut Context<'_>, args: &ReportArgs) -> Result<(), Error> {
    let paths = evidence(context, args)?;
    let found = FoundEvidence::read(&paths, context.release);
    for Rejected { path, why, .. } in &found.rejected {
        context.report.notes.push(format!("not used: {path}: {why}"));
    }
    let histories = found.histories();
    if !histories.is_empty() {
        context.report.notes.extend(histories);
        return Err(Error::Usage {
            message: "the evidence is of several databases, or of several histories of one; a report is about one database with one history".to_owned(),
            hint: "The notes say which files belong together: give --evidence once for each file of one database."
                .to_owned(),
        });
    }
    if found.runs.is_empty() {
        context
            .report
            .notes
            .push("no evidence could be used, so the report says only that nothing is known".to_owned());
    }
    let facts = gather::facts(context.release, &found, context.policy);
    context.report.notes.push(format!("the report says {}: {}", facts.verdict, escaped(&facts.reason)));
    if let Some(folder) = &args.record {
        let written = record::write(context.release, &facts, &found, folder)?;
        context.report.notes.push(format!(
            "check the folder later: cd {} && sha256sum --check SHA256SUMS",
            quoted(&folder.display().to_string())
        ));
        context.report.result = Some(Answer::Files(written));
        context.report.next = Some(facts.next);
        return Ok(());
    }
    let out = |name: String| args.out.clone().unwrap_or_else(|| PathBuf::from(name));
    let written = match args.kind.document() {
        None => folder::write(&facts, &out("go-no-go".to_owned()))?,
        Some(kind) => {
            let out = out(format!("go-no-go.{}", kind.ending()));
            write_new(&out, &drawn(&facts, kind)?)?;
            vec![out.display().to_string()]
        }
    };
    context.report.result = Some(Answer::Files(written));
    context.report.next = Some(facts.next);
    Ok(())
}

/// The report in one of its three forms.
fn drawn(facts: &Facts<'_>, kind: DocumentKind) -> Result<String, Error> {
    Ok(match kind {
        DocumentKind::Md => paper::document(facts).markdown(),
        DocumentKind::Html => paper::document(facts).html(),
        DocumentKind::Json => {
            let json = serde_json::to_string(facts).map_err(|error| Error::Internal(error.to_string()))?;
            format!("{}\n", escaped_json(&json))
        }
    })
}

/// The files that the report reads: those that are named, or those of the folder. Before the first run there is no default folder, and
/// the report is made without evidence.
fn evidence(context: &mut Context<'_>, args: &ReportArgs) -> Result<Vec<PathBuf>, Error> {
    if !args.evidence.is_empty() {
        return Ok(args.evidence.clone());
    }
    let folder = crate::run::folder::to_read(args.log_dir.as_deref());
    if args.log_dir.is_none() && folder == Path::new(crate::run::folder::DEFAULT) && !folder.exists() {
        context.report.notes.push(format!(
            "there is no folder {} here, so no evidence was read; --log-dir names another folder",
            folder.display()
        ));
        return Ok(Vec::new());
    }
    in_folder(&folder)
}

/// Every rollout file of a folder, by name.
fn in_folder(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |error: std::io::Error| Error::Usage {
        message: format!("--log-dir {}: {error}", folder.display()),
        hint: "Give the folder in which apply and rollback left their rollout files, or each file with --evidence."
            .to_owned(),
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("rollout_") && path.extension().is_some_and(|ending| ending == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Writes a new file. An existing file is never overwritten.
fn write_new(path: &Path, text: &str) -> Result<(), Error> {
    files::write_new(path, text.as_bytes()).map_err(|error| Error::Usage {
        message: format!("--out {}: {error}", path.display()),
        hint: "Give a new file with --out: existing files are never overwritten.".to_owned(),
    })
}
