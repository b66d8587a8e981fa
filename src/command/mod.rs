//! The commands, one file for each. A command is a sequence of steps that fills a report. The caller prints the report.

mod action;
mod apply;
mod clone;
mod completions;
mod demo;
mod evidence;
mod fingerprint;
mod gate;
mod given;
mod lab;
mod label;
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
mod verify;

use crate::cli::{Cli, Verb};
use crate::error::Error;
use crate::pg::questions;
use crate::release::{Release, ReleaseError};
use crate::report::{Report, Style};
use crate::run::{Context, next};
pub use given::approval_code;

/// The command's name, as the report gives it.
pub fn name(verb: &Verb) -> &'static str {
    match verb {
        Verb::Preflight(_) => "preflight",
        Verb::Plan => "plan",
        Verb::Apply(_) => "apply",
        Verb::Verify => "verify",
        Verb::Status => "status",
        Verb::Rollback(_) => "rollback",
        Verb::Resolve(_) => "resolve",
        Verb::Evidence(_) => "evidence",
        Verb::Report(_) => "report",
        Verb::Fingerprint(_) => "fingerprint",
        Verb::Manifest(_) => "manifest",
        Verb::Packet(_) => "packet",
        Verb::Sql(_) => "sql",
        Verb::Demo(_) => "demo",
        Verb::Lab(_) => "lab",
        Verb::Gate => "gate",
        Verb::Label(_) => "label",
        Verb::Scan(_) => "scan",
        Verb::Shadow(_) => "shadow",
        Verb::Clone(_) => "clone",
        Verb::Completions { .. } => "completions",
        Verb::Schema { .. } => "schema",
        Verb::Man { .. } => "man",
        Verb::Target => "target",
    }
}

/// Verifies the packet, runs the command and returns its report, even if the command failed.
pub async fn run(cli: Cli, style: &Style) -> Report {
    let mut report = Report::new(name(&cli.verb));
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
    let found = policy::of_host(&cli, &release);
    let found = found.and_then(|(policy, unbound)| Ok((policy::signer(&cli, &release, &policy)?, policy, unbound)));
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
    let log_dir = next::log_dir(&cli.verb);
    let mut context = Context {
        release: &release,
        common: &cli.common,
        words: &cli.words,
        log_dir,
        pinned: None,
        policy: &policy,
        style,
        report,
    };
    if let Err(error) = dispatch(&mut context, &cli.verb).await {
        context.fail(&error, &cli.verb);
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

/// Refuses a command that needs a file which the packet does not have.
fn declared(release: &Release, verb: &Verb) -> Result<(), Error> {
    let has = |path: &str| release.sources().contains_key(path);
    let missing = match verb {
        Verb::Scan(_) if !has("queries/scan.sql") => "queries/scan.sql",
        Verb::Label(_) if !has("queries/alignment.sql") => "queries/alignment.sql",
        Verb::Clone(_) if !has("queries/clone_source.sql") => "queries/clone_source.sql",
        Verb::Shadow(_) if release.descriptor.shadow.is_none() => "a shadow in extras.toml",
        Verb::Demo(_) if !has("lab/lab.toml") => "lab/lab.toml",
        _ => return Ok(()),
    };
    Err(Error::Usage {
        message: format!(
            "the packet {} does not support {}: {missing} is missing",
            release.descriptor.release.name,
            name(verb)
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
    match verb {
        Verb::Preflight(args) => preflight::run(context, args).await,
        Verb::Plan => plan::run(context),
        Verb::Apply(args) => apply::run(context, args).await,
        Verb::Verify => verify::run(context).await,
        Verb::Status => status::run(context).await,
        Verb::Rollback(args) => rollback::run(context, args).await,
        Verb::Resolve(args) => resolve::run(context, args).await,
        Verb::Evidence(args) => evidence::run(context, args).await,
        Verb::Report(args) => report::run(context, args),
        Verb::Fingerprint(args) => fingerprint::run(context, args).await,
        Verb::Manifest(args) => manifest::run(context, args),
        Verb::Packet(args) => packet::run(context, args).await,
        Verb::Sql(args) => sql::run(context, args),
        Verb::Demo(args) => demo::run(context, args, |cli, style| Box::pin(run(cli, style))).await,
        Verb::Lab(args) => lab::run(context, args).await,
        Verb::Gate => gate::run(context).await,
        Verb::Clone(args) => clone::run(context, args).await,
        Verb::Shadow(args) => shadow::run(context, args).await,
        Verb::Scan(args) => scan::run(context, args).await,
        Verb::Label(args) => label::run(context, args).await,
        Verb::Completions { shell } => completions::completions(context, *shell),
        Verb::Schema { name } => schema::run(context, *name),
        Verb::Man { command } => completions::man(context, command.as_deref()),
        Verb::Target => target::run(context),
    }
}
