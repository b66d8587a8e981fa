//! The report of a command. One model is printed as text for people or as one JSON object for programs. Only this module writes to standard
//! output.

mod answer;
mod answers;
mod checks;
mod document;
mod draw;
mod model;
mod review;
mod style;
mod table;
mod text;

pub use answer::{
    Answer, ApprovalAnswer, FileAnswer, FingerprintAnswer, GateAnswer, GateState, PlanAnswer, PlannedTier, RunAnswer,
    SqlAnswer, StageAnswer, StepAnswer, TableAnswer,
};
pub use document::{Document, DocumentKind, cells};
pub use model::{Effect, EffectKind, ErrorReport, ReleaseName, Report, ServerFacts, TargetName, Verdict};
pub use style::Style;
pub use style::{fact_line, wrap_hanging};
pub use text::{progress_line, render};

use std::io::{self, Write};

/// How the answer is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One versioned object, nothing else.
    Json,
}

/// Writes a text to standard error. If the reader is gone, for example after a dropped ssh session, the command continues.
pub fn tell(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// Prints the report to `out`.
///
/// # Errors
/// Returns an error if `out` cannot be written. A closed pipe is not an error, because the reader may stop reading.
pub fn print(report: &Report, format: Format, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let text = match format {
        Format::Text => render(report, style),
        Format::Json => {
            let written = serde_json::to_string(report).map_err(io::Error::other)?;
            format!("{}\n", crate::text::escaped_json(&written))
        }
    };
    written(out, &text)
}

/// Writes a text to `out`.
///
/// # Errors
/// See [`print`].
pub fn written(out: &mut impl Write, text: &str) -> io::Result<()> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
