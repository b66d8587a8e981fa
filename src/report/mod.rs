//! What a command answers: one model, rendered as text for people or as one JSON object for programs. The only code that writes to
//! standard output.

mod answer;
mod model;
mod table;
mod text;

pub use answer::{
    Answer, Approval, FileAnswer, FingerprintAnswer, GateAnswer, PlanAnswer, PlannedTier, RunAnswer, SqlAnswer,
    StepAnswer, TableAnswer,
};
pub use model::{Effect, EffectKind, ErrorReport, ReleaseName, Report, TargetName, Verdict, WitnessReport};
pub use text::{Style, progress_line, render};

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

/// Prints the report to `out`.
///
/// # Errors
/// When `out` cannot be written; a closed pipe is the reader's right and no error.
pub fn print(report: &Report, format: Format, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let text = match format {
        Format::Text => render(report, style),
        Format::Json => format!("{}\n", serde_json::to_string(report).map_err(io::Error::other)?),
    };
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
