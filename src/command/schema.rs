//! `oneroof schema`: prints the JSON schemas of `docs/`. The schemas refer to each other by file name. They resolve without a network if
//! both are in one folder.

use crate::cli::Schema;
use crate::error::Error;
use crate::report::{Answer, SqlAnswer};
use crate::run::Context;

/// Adds the schema's text to the report.
pub(super) fn run(context: &mut Context<'_>, name: Schema) -> Result<(), Error> {
    let (path, block) = match name {
        Schema::Report => ("report.schema.json", &include_bytes!(concat!(env!("OUT_DIR"), "/report.schema"))[..]),
        Schema::Evidence => ("evidence.schema.json", &include_bytes!(concat!(env!("OUT_DIR"), "/evidence.schema"))[..]),
    };
    let broken = |error: String| Error::Internal(format!("{path}: {error}"));
    let bytes = lz4_flex::block::decompress_size_prepended(block).map_err(|error| broken(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| broken(error.to_string()))?;
    context.report.result = Some(Answer::Sql(SqlAnswer { path: path.to_owned(), text }));
    Ok(())
}
