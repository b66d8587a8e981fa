//! The commands, one file for each, with its options and its run. A command is a sequence of steps that fills a report. The caller prints
//! the report.

mod action;
mod apply;
mod clone;
mod completions;
mod demo;
mod evidence;
mod fingerprint;
mod gate;
mod given;
pub mod help;
mod help_packet;
mod host;
mod lab;
mod label;
mod line;
mod man;
mod manifest;
mod packet;
mod plan;
mod policy;
mod preflight;
mod report;
mod resolve;
mod rollback;
mod scan;
mod schema;
mod shadow;
mod sql;
mod status;
mod target;
mod temporary;
mod verb;
mod verbs;
mod verify;

use crate::error::Error;
use crate::pg::conninfo::Target;
use crate::pg::questions;
use crate::release::{Release, ReleaseError};
use crate::report::{Report, Style};
use crate::run::{CommandLine, Context, ReportFuture, next};
pub use given::approval_code;
pub use help_packet::HelpPacket;
pub use line::Cli;
use std::ffi::OsString;
use verbs::Verb;
pub use verbs::pages;

/// Verifies the packet, runs the command and returns its report, even if the command failed.
pub async fn run(cli: Cli, style: &Style) -> Report {
    let mut report = Report::new(cli.verb.page().name);
    let release = match release(&cli) {
        Ok(release) => release,
        Err(error) => {
            report.fail(&error);
            report.next.get_or_insert_with(|| "oneroof help packet".to_owned());
            return report;
        }
    };
    // `oneroof packet` names the release itself, because its packet may be another one.
    if !matches!(cli.verb, Verb::Packet(_)) {
        report.name_release(&release);
    }
    let found = host::of_host(&cli, &release);
    let found = found.and_then(|(policy, unbound)| Ok((host::signer(&cli, &release, &policy)?, policy, unbound)));
    let (signed_by, policy, unbound) = match found {
        Ok(found) => found,
        Err(error) => {
            report.fail(&error);
            report.next = Some("oneroof help output".to_owned());
            return report;
        }
    };
    if let Some(release) = &mut report.release {
        release.unbound = if signed_by.is_some() { "" } else { unbound };
        release.signed_by = signed_by;
    }
    let mut context = Context {
        release: &release,
        common: &cli.common,
        words: &cli.words,
        log_dir: cli.verb.writing().and_then(next::log_dir),
        changes: cli.verb.changes(),
        line: CommandLine { model: line::model, pages: verbs::pages, run: on_throwaway },
        pinned: None,
        policy: &policy,
        style,
        report,
    };
    if let Err(error) = dispatch(&mut context, &cli.verb).await {
        context.fail(&error);
    }
    context.report
}

/// The release for the command: the packet given with `--packet`, or else the one that is built into the binary.
fn release(cli: &Cli) -> Result<Release, Error> {
    engine_is_whole()?;
    match &cli.common.packet {
        Some(path) => packet::sealed(path),
        None => match Release::embedded() {
            // The binary was built from sources that are not a valid packet yet. `oneroof packet` must still run, because it can correct
            // them.
            Err(ReleaseError::Composed { .. }) if matches!(cli.verb, Verb::Packet(_)) => Ok(Release::none()),
            embedded => Ok(embedded?),
        },
    }
}

/// Checks that the engine's own queries are those that this binary was built with.
fn engine_is_whole() -> Result<(), ReleaseError> {
    let actual = questions::digest();
    if actual == questions::BUILT { Ok(()) } else { Err(ReleaseError::Engine { expected: questions::BUILT, actual }) }
}

/// Runs a command line on a throwaway server that the calling command prepared.
fn on_throwaway<'r>(words: &[OsString], target: Target, style: &'r Style) -> ReportFuture<'r> {
    match Cli::read(words) {
        Ok(mut cli) => {
            cli.common.throwaway = Some(target);
            Box::pin(run(cli, style))
        }
        Err(error) => {
            let mut report = Report::new("oneroof");
            report.fail(&Error::Internal(error.to_string()));
            Box::pin(std::future::ready(report))
        }
    }
}

/// Refuses a command that needs something which the packet does not have.
fn declared(release: &Release, verb: &Verb) -> Result<(), Error> {
    let Some(missing) = verb.missing(release) else { return Ok(()) };
    Err(Error::Usage {
        message: format!(
            "the packet {} does not support {}: {missing} is missing",
            release.descriptor.release.name,
            verb.page().name
        ),
        hint:
            "This command works only with a packet that holds what is named above. oneroof --help lists all commands."
                .to_owned(),
    })
}

async fn dispatch(context: &mut Context<'_>, verb: &Verb) -> Result<(), Error> {
    if let Some(digest) = &context.common.expect_release {
        given::expected_digest(digest)?;
        context.release.expect(digest)?;
    }
    declared(context.release, verb)?;
    verb.run(context).await
}
