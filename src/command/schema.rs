//! `oneroof schema`: the documented shapes of JSON, as they are in `docs/`. They name each other by their file names, so a folder that
//! holds both resolves without a network.

use crate::cli::Schema;
use crate::error::Error;
use crate::report::{Answer, SqlAnswer};
use crate::run::Context;

/// Answers the schema's text.
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
