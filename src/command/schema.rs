//! `oneroof schema`: prints the JSON schemas of `docs/`. The schemas refer to each other by file name. They resolve without a network if
//! both are in one folder.

use super::verb::Command;
use crate::cli::{Group, HelpPage};
use crate::error::Error;
use crate::report::{Answer, SqlAnswer};
use crate::run::Context;
use clap::{Args, ValueEnum};

/// Print a JSON schema: of a report, or of an evidence file.
#[derive(Clone, Copy, Debug, Args)]
pub struct SchemaArgs {
    /// Which schema.
    pub name: SchemaName,
}

/// A JSON schema that `oneroof schema` prints.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SchemaName {
    /// The output of every command; `$defs/release_report` is that of `report --as json`.
    Report,
    /// A rollout file, the evidence of a run.
    Evidence,
}

impl Command for SchemaArgs {
    const PAGE: HelpPage = HelpPage {
        name: "schema",
        place: (Group::Other, 3),
        examples: ["oneroof schema report", "oneroof schema evidence > evidence.schema.json"],
        ..HelpPage::LOCAL
    };

    async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
        run(context, self)
    }
}

/// Adds the schema's text to the report.
fn run(context: &mut Context<'_>, args: &SchemaArgs) -> Result<(), Error> {
    let (path, block) = match args.name {
        SchemaName::Report => ("report.schema.json", &include_bytes!(concat!(env!("OUT_DIR"), "/report.schema"))[..]),
        SchemaName::Evidence => {
            ("evidence.schema.json", &include_bytes!(concat!(env!("OUT_DIR"), "/evidence.schema"))[..])
        }
    };
    let broken = |error: String| Error::Internal(format!("{path}: {error}"));
    let bytes = lz4_flex::block::decompress_size_prepended(block).map_err(|error| broken(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| broken(error.to_string()))?;
    context.report.result = Some(Answer::Sql(SqlAnswer { path: path.to_owned(), text }));
    Ok(())
}
