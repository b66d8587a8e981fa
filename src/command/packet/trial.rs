//! The trial of a sealed packet: the program's own commands release it on the servers of the build, and roll it back.

use crate::check::Check;
use crate::command::temporary::TemporaryFolder;
use crate::derive::{Earlier, Server, TrialDatabase};
use crate::error::{Error, ExitCode};
use crate::files;
use crate::packet::compose::Files;
use crate::packet::form::PageOne;
use crate::release::Release;
use crate::report::{Report, tell};
use crate::run::Context;
use std::ffi::OsString;
use std::path::Path;

/// Releases the packet on each server and rolls it back.
///
/// # Errors
/// [`Error::Usage`] with the first command that failed, and what it said.
pub(super) async fn on_each(
    context: &mut Context<'_>,
    release: &Release,
    (sources, page, earlier): (&Files, &PageOne, &[Earlier]),
    servers: &[Server],
) -> Result<(), Error> {
    let folder = TemporaryFolder::create("trial")?;
    let file = folder.path().join("release.packet");
    files::write_new(&file, release.sealed()?.as_bytes()).map_err(|error| Error::Internal(error.to_string()))?;
    for server in servers {
        if !context.common.quiet {
            tell(&format!("trial on PostgreSQL {}: preflight, apply, verify, rollback\n", server.major));
        }
        let tried = match server.trial(sources, page, earlier, &release.digest_text()).await {
            Ok(database) => try_it(context, release, folder.path(), &file, &database).await,
            Err(error) => Err(error.into()),
        };
        // The first error is returned, because it explains the error of the removal.
        let removed = server.remove(&page.database).await;
        tried.and(removed.map_err(Error::from))?;
    }
    Ok(())
}

/// Runs the commands of a release one after the other, as an operator would type them. `file` holds the sealed packet.
async fn try_it(
    context: &mut Context<'_>,
    release: &Release,
    folder: &Path,
    file: &Path,
    database: &TrialDatabase,
) -> Result<(), Error> {
    let code = [release.code_option(), database.code.as_str()];
    let saved = folder.join("before.json").display().to_string();
    // A rollback need not restore a volatile column of an existing table.
    let page = &release.descriptor;
    let existing = page.governed.iter().filter(|table| !page.packet.tables.contains(&table.table));
    let ignored = existing.into_iter().any(|table| !table.volatile.is_empty()).then_some("--ignore-volatile");
    let fingerprint =
        |how: &'static str| -> Vec<&str> { ["fingerprint", how, &saved].into_iter().chain(ignored).collect() };
    let commands: [&[&str]; 7] = [
        &["preflight", code[0], code[1]],
        &fingerprint("--save"),
        &["apply", code[0], code[1], "--yes"],
        &["verify"],
        &["rollback", "--full", "--yes"],
        &fingerprint("--against"),
        &["preflight", code[0], code[1]],
    ];
    for command in commands {
        let mut words: Vec<OsString> = vec!["oneroof".into()];
        words.extend(command.iter().map(Into::into));
        words.extend(["--quiet".into(), "--packet".into(), file.into()]);
        if command.contains(&"--yes") {
            words.extend(["--log-dir".into(), folder.into()]);
        }
        if let Some(role) = &database.role {
            words.extend(["--role".into(), role.into()]);
        }
        let report = (context.line.run)(&words, database.target.clone(), context.style).await;
        if report.exit_code != ExitCode::Done {
            return Err(failed(context, command, report));
        }
    }
    let _ = std::fs::remove_file(saved);
    Ok(())
}

/// What the author can do about a failed trial.
const HINT: &str = "The build ran each statement of the tiers without an error, but the release itself would stop here. Change the tier, or let an administrator make this change before the release and write it into requires.sql.";

/// The error for a command that failed. The unmet checks of the command are added to the report of the build.
fn failed(context: &mut Context<'_>, command: &[&str], report: Report) -> Error {
    let said = report.error.unwrap_or_default();
    context.report.checks.extend(report.checks.into_iter().filter(Check::is_unmet));
    let code = u8::from(report.exit_code);
    Error::Usage {
        message: format!(
            "oneroof {} of the sealed packet failed on the build's server with exit code {code}: {}",
            command[0], said.message
        ),
        hint: HINT.to_owned(),
    }
}
