//! `oneroof` releases an approved SQL packet into a PostgreSQL database, tier by tier, and rolls it back to exactly what was there before.
//!
//! Pure modules decide, thin modules act, and only one function opens a transaction that writes:
//!
//! ```text
//! argv, env, oneroof.toml -> Request -> Release (embedded, checked) -> Observed (read only)
//!   -> Plan or Refusal (pure) -> Outcome per tier -> Report -> text | json + exit code
//! ```
//!
//! Data flows only in the direction of the arrows. The list shows the layers from the top. A layer imports only layers below its line, and
//! `tests/tidy.rs` checks this:
//!
//! - [`usage`]: the reply to a command line that cannot be read.
//! - [`command`]: the commands, one file for each with its options and its run; the whole command line.
//! - [`run`]: how a command runs, from the options to the finished evidence.
//! - [`evidence`], [`observe`], [`cli`]: the evidence; one READ ONLY transaction with the server's own attestation; the options that several
//!   commands share.
//! - [`report`]: the report of a command, as text and as JSON. Only this module writes to standard output.
//! - [`error`]: why a command failed, with its exit code and its hint.
//! - [`exec`]: [`exec::transaction`] runs tiers and ends the transaction, [`exec::judge`] judges the server's evidence, [`exec::proof`]
//!   reads the proof of a COMMIT, [`exec::resolver`] finds out the outcome of a COMMIT whose reply was lost.
//! - [`policy`]: what this host demands of every approval, and whether the rows of an approval meet it.
//! - [`cause`]: the root cause, which explains all other findings. This module is pure.
//! - [`check`], [`plan`], [`fingerprint`]: what the server's answers mean. These modules are pure.
//! - [`derive`]: finds out what a packet does, by running it twice on a throwaway server. It writes to no other database.
//! - [`pg`]: the only module that uses the driver.
//! - [`release`], [`lab`], [`sshsig`]: the packet to release (pure); a throwaway PostgreSQL; who signed a packet.
//! - [`packet`], [`files`], [`passwd`], [`programs`], [`secret`], [`sqlstate`], [`terminal`], [`text`]: how a packet is composed, also
//!   used by `build.rs`; the only code that reads files which a person names; the accounts of this machine; PostgreSQL's programs; secrets,
//!   which are never shown; SQLSTATEs; the live line; text that is safe to show.
//!
//! Only the files in `sql/` know the release's names and numbers.

mod cause;
mod check;
mod cli;
mod command;
mod derive;
mod error;
mod evidence;
mod exec;
mod files;
mod fingerprint;
mod lab;
mod observe;
mod packet;
mod passwd;
mod pg;
mod plan;
mod policy;
mod programs;
#[cfg(test)]
mod properties;
mod release;
mod report;
mod run;
mod secret;
mod sqlstate;
mod sshsig;
mod terminal;
mod text;
mod usage;

/// Items for the tests, the benchmark and the fuzz targets of this repository. They are not an interface of the program.
#[doc(hidden)]
pub mod testing {
    /// Runs a command with the default style, and returns only its exit code.
    pub async fn exit_code(cli: cli::Cli) -> error::ExitCode {
        crate::command::run(cli, &crate::report::Style::default()).await.exit_code
    }

    pub mod cli {
        pub use crate::command::Cli;
    }
    pub mod error {
        pub use crate::error::ExitCode;
    }
    pub mod fingerprint {
        pub use crate::fingerprint::Fingerprint;
    }
    pub mod lab {
        pub use crate::lab::{
            ADMINISTRATOR, Baseline, Builder, Cluster, LabError, MAINTENANCE_DATABASE, STATE_FILE, Standing, StopMode,
            scratch_folder,
        };
    }
    pub mod derive {
        pub use crate::derive::{DeriveError, Server, Servers, derive, start};
    }
    pub mod packet {
        pub use crate::packet::{compose, form, sealed};
    }
    pub mod pg {
        pub mod connector {
            pub use crate::pg::connector::{Connector, Settings};
        }
        pub mod conninfo {
            pub use crate::pg::conninfo::{
                Account, ConnectionOptions, Environment, SslMode, Target, TargetError, parse_profile, resolve,
            };
        }
        pub mod dial {
            pub use crate::pg::dial::{DialError, Dialed, Encryption, Logged, ReachError, candidates, dial, reach};
        }
        pub mod questions {
            pub use crate::pg::questions::*;
        }
        pub mod tap {
            pub use crate::pg::tap::Tap;
        }
        pub mod tls {
            pub use crate::pg::tls::{TlsError, Verified};
        }
    }
    pub mod programs {
        pub use crate::programs::{Client, Programs, ProgramsError, Search};
    }
    pub mod release {
        pub use crate::release::{
            BLOCK, Descriptor, Digest, Governed, Manifest, PartKind, Release, ReleaseError, Script, Tier, statements,
        };
    }
}

use error::{Error, ExitCode};
use report::Report;
use std::io::IsTerminal as _;

/// Parses the command line, runs the command, prints its report and returns the exit code.
pub fn main() -> std::process::ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let cli = match usage::read(&arguments, |of_stdout| raw_colour(&arguments, of_stdout)) {
        Ok(cli) => cli,
        Err(reply) => return std::process::ExitCode::from(u8::from(print_usage(&reply))),
    };
    start_logs(&cli.common);
    let style = style(&cli.common);
    let format = cli.common.format;
    let report = run(cli, &style);
    let printed = report::print(&report, format, &style, &mut std::io::stdout().lock());
    // It is no error if the reader of the output has gone, because the run itself is done.
    if let Err(error) =
        printed.or_else(|error| if error.kind() == std::io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
    {
        tracing::error!("cannot write the report: {error}");
        // The exit code says what the run did, even if the report cannot be printed. The evidence has the report.
        if !report.evidence.is_empty() {
            tracing::error!("the evidence holds it: {}", report.evidence.join(" and "));
            return std::process::ExitCode::from(u8::from(report.exit_code));
        }
        return std::process::ExitCode::from(u8::from(ExitCode::Internal).max(u8::from(report.exit_code)));
    }
    std::process::ExitCode::from(u8::from(report.exit_code))
}

/// Prints help, the version or a usage error instead of running a command. Returns the exit code.
fn print_usage(reply: &usage::UsageReply) -> ExitCode {
    report::tell(&reply.err);
    let out = &mut std::io::stdout().lock();
    let printed = match &reply.report {
        Some(report) => report::print(report, report::Format::Json, &report::Style::default(), out),
        None => report::written(out, &reply.out),
    };
    match printed {
        Ok(()) => reply.code,
        Err(error) => {
            report::tell(&format!("oneroof: cannot write to standard output: {error}\n"));
            reply.code.max(ExitCode::Internal)
        }
    }
}

/// Whether the reply to a command line is coloured if the command line cannot be read. Only the option `--color` is searched in it.
fn raw_colour(arguments: &[std::ffi::OsString], of_stdout: bool) -> bool {
    let choice = match usage::raw_option(arguments, "--color") {
        Some("always") => cli::ColorChoice::Always,
        Some("never") => cli::ColorChoice::Never,
        _ => cli::ColorChoice::Auto,
    };
    let is_terminal = if of_stdout { std::io::stdout().is_terminal() } else { std::io::stderr().is_terminal() };
    colour_on(choice, is_terminal)
}

/// The number of files that a run opens at once, and some more. With fewer files the runtime cannot even listen for signals.
const OPEN_FILES: u64 = 16;

/// Runs one command on a single-threaded runtime.
fn run(cli: command::Cli, style: &report::Style) -> Report {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    if let Some(limit) = limit.filter(|limit| *limit < OPEN_FILES) {
        let mut report = Report::new(cli.verb.page().name);
        report.fail(&Error::Usage {
            message: format!("this process may open only {limit} files at once"),
            hint: format!("Allow at least {OPEN_FILES} open files with ulimit -n."),
        });
        report.next = Some(format!("ulimit -n {OPEN_FILES}"));
        return report;
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let mut report = Report::new(cli.verb.page().name);
            report.fail(&Error::Internal(format!("cannot start the runtime: {error}")));
            return report;
        }
    };
    runtime.block_on(command::run(cli, style))
}

fn start_logs(common: &cli::Common) {
    use tracing_subscriber::filter::Targets;
    use tracing_subscriber::prelude::*;
    let default = match (common.quiet, common.verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "oneroof=info,warn",
        (false, 2) => "oneroof=debug,warn",
        (false, _) => "trace",
    };
    let wanted = std::env::var("RUST_LOG").ok().and_then(|text| text.parse::<Targets>().ok());
    let filter = wanted.unwrap_or_else(|| default.parse().unwrap_or_default());
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).log_internal_errors(false);
    let registry = tracing_subscriber::registry().with(filter);
    // Tests of the library may call this twice in one process. The second call then changes nothing.
    let _ = match common.log_format {
        cli::LogFormat::Json => registry.with(lines.json()).try_init(),
        cli::LogFormat::Text => registry.with(lines.with_ansi(false).without_time()).try_init(),
    };
}

/// Whether to colour. `--color` decides first, then `NO_COLOR`, `CLICOLOR_FORCE` and `TERM=dumb`, and last whether the stream is a
/// terminal.
fn colour_on(choice: cli::ColorChoice, is_terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match choice {
        cli::ColorChoice::Always => true,
        cli::ColorChoice::Never => false,
        cli::ColorChoice::Auto if set("NO_COLOR") => false,
        cli::ColorChoice::Auto if set("CLICOLOR_FORCE") => true,
        cli::ColorChoice::Auto => is_terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

fn style(common: &cli::Common) -> report::Style {
    let stdout = std::io::stdout();
    let given = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let drawn = || rustix::termios::tcgetwinsize(&stdout).ok().map(|size| size.ws_col).filter(|columns| *columns > 0);
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    report::Style {
        width: given.or_else(drawn).unwrap_or(100).clamp(60, 200),
        colour: colour_on(common.color, stdout.is_terminal()),
        unicode: locale.is_some_and(|locale| locale.to_ascii_uppercase().replace('-', "").contains("UTF8")),
        verbose: common.verbose > 0,
        brief: common.quiet,
    }
}
