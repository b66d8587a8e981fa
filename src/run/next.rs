//! The command to run next. Every run names one, after success and after every error, with all the options it needs to be pasted.

use super::Context;
use crate::cli::{Common, Writing};
use crate::error::{ConfirmWay, Error, ExitCode};
use crate::release::ReleaseError;
use crate::report::{Effect, EffectKind};
use crate::secret::{Secret, may_hold_one};
use crate::sqlstate::INSUFFICIENT_PRIVILEGE;
pub(crate) use crate::text::quoted;
use std::fmt::Write as _;
use std::path::Path;

impl Context<'_> {
    /// Ends the report with an error, and names a next command if none was named.
    pub(crate) fn fail(&mut self, error: &Error) {
        self.report.fail(error);
        if self.report.next.is_none()
            && let Some(next) = after(error, self)
        {
            self.go_on(next);
        }
    }

    /// Names the next command, with the connection options that the person gave.
    pub(crate) fn go_on(&mut self, command: impl AsRef<str>) {
        self.report.next = Some(self.with_options(command.as_ref()));
    }

    /// Returns the command with the options that the person gave, for a hint or a note.
    pub(crate) fn with_options(&self, command: &str) -> String {
        complete(command, self.common, self.log_dir.as_deref())
    }

    /// The command of this run once more, without the options that [`Self::go_on`] adds.
    pub(crate) fn same_command(&self) -> String {
        again(self).unwrap_or_else(|| format!("oneroof {}", self.report.command))
    }
}

/// The next command for a release in this state, whichever command found the state.
pub(crate) fn for_state(effect: &Effect, tiers: usize) -> &'static str {
    match (effect.applied.as_deref(), effect.altered.is_empty()) {
        (None, _) => "oneroof status",
        // This shows each check of the altered tiers, with the difference.
        (_, false) => "oneroof verify -v",
        (Some([]), _) => "oneroof preflight",
        (Some(applied), _) if applied.len() == tiers => "oneroof verify",
        (Some(_), _) => "oneroof rollback --full",
    }
}

/// Names the command that a person runs after a tier has failed.
pub(crate) fn after_failure(context: &mut Context<'_>) {
    match context.report.effect.kind {
        // [`after`] will name `oneroof resolve`, because the evidence holds the transaction.
        EffectKind::Unknown => context.report.next = None,
        _ => context.go_on(for_state(&context.report.effect, context.report.tier_count)),
    }
}

/// Adds the options that lead to the same database and the same evidence folder.
fn complete(command: &str, common: &Common, log_dir: Option<&str>) -> String {
    let mut line = command.to_owned();
    let verb = command.split(' ').nth(1).unwrap_or_default();
    if let Some(packet) = &common.packet {
        option(&mut line, "--packet", &packet.display().to_string());
    }
    if let Some(signers) = &common.signers {
        option(&mut line, "--signers", &signers.display().to_string());
    }
    let leads_itself = command.contains(" --dsn ");
    let is_local = matches!(verb, "plan" | "report" | "manifest" | "sql" | "help" | "demo")
        || ["oneroof lab up", "oneroof lab down"].iter().any(|local| command.starts_with(local));
    if !leads_itself && !is_local {
        connection(&mut line, common);
    }
    // The read half of the scanner leaves no evidence.
    let leaves_evidence = matches!(verb, "apply" | "rollback" | "clone" | "shadow")
        || command.starts_with("oneroof scan cursor")
        || command.starts_with("oneroof scan --write");
    if let Some(folder) = log_dir.filter(|_| leaves_evidence) {
        option(&mut line, "--log-dir", folder);
    }
    line
}

fn connection(line: &mut String, common: &Common) {
    let text = |given: &Option<Secret>| given.as_ref().and_then(Secret::reveal_text).map(str::to_owned);
    let names_database = line.contains(" -d ");
    for (name, value) in [("--dsn", text(&common.dsn)), ("-d", text(&common.dbname))] {
        match value {
            Some(value) if names_database => {
                if let Some(rest) = without_database(&value) {
                    option(line, "--dsn", &rest);
                }
            }
            Some(value) => {
                if let Some(value) = without_secrets(&value) {
                    option(line, name, &value);
                }
            }
            None => {}
        }
    }
    let plain = [
        ("--host", text(&common.host)),
        ("-p", text(&common.port)),
        ("-U", text(&common.username)),
        ("--profile", common.profile.clone()),
        ("--config", common.config.as_ref().map(|path| path.display().to_string())),
        ("--via", text(&common.via).map(|command| without_password(&command))),
        ("--role", common.role.clone()),
    ];
    for (name, value) in plain {
        if let Some(value) = value.filter(|value| !may_hold_one(value)) {
            option(line, name, &value);
        }
    }
    for (name, given) in [("-w", common.no_password), ("-W", common.password)] {
        if given {
            let _ = write!(line, " {name}");
        }
    }
}

/// A connection string without the settings that hold a secret. `None` if the string cannot be read.
fn without_secrets(text: &str) -> Option<String> {
    if !may_hold_one(text) {
        return Some(text.to_owned());
    }
    let shown = crate::pg::conninfo::public_settings(text)?;
    Some(shown.split(' ').filter(|setting| !setting.ends_with("=***")).collect::<Vec<_>>().join(" "))
}

/// A connection string without its database, because the command names the database itself. `None` for a plain name, or if no setting is
/// left.
fn without_database(text: &str) -> Option<String> {
    let text = Some(text).filter(|text| text.contains(['=', ':']))?;
    let shown = crate::pg::conninfo::public_settings(text)?;
    let kept = shown.split(' ').filter(|setting| !setting.ends_with("=***") && !setting.starts_with("dbname="));
    Some(kept.collect::<Vec<_>>().join(" ")).filter(|rest| !rest.is_empty())
}

/// The command of `--via`. It is shown in full only if its program takes no password as an argument.
fn without_password(command: &str) -> String {
    let program = command.split_whitespace().next().unwrap_or_default();
    let program = program.rsplit('/').next().unwrap_or_default();
    let known = ["ssh", "nc", "socat", "kubectl", "docker", "podman"].contains(&program) && !may_hold_one(command);
    if known { command.to_owned() } else { "…".to_owned() }
}

fn option(line: &mut String, name: &str, value: &str) {
    let _ = write!(line, " {name} {}", quoted(value));
}

/// The next command after an error that named none.
pub(crate) fn after(error: &Error, context: &Context<'_>) -> Option<String> {
    let evidence =
        context.report.evidence.iter().find(|path| Path::new(path).extension().is_some_and(|ending| ending == "json"));
    match (error.exit_code(), evidence) {
        (ExitCode::Unknown, Some(path)) => Some(format!("oneroof resolve --evidence {}", quoted(path))),
        (ExitCode::Usage, _) => Some(format!("oneroof help {}", context.report.command)),
        (ExitCode::GateClosed, _) => Some("oneroof gate".to_owned()),
        (ExitCode::AlreadyApplied, _) => Some("oneroof verify".to_owned()),
        // The file is not a valid packet. Nothing is wrong with the binary.
        (ExitCode::Manifest, _)
            if matches!(
                error,
                Error::Release(
                    ReleaseError::Sealed { .. } | ReleaseError::Composed { .. } | ReleaseError::Unsigned { .. }
                )
            ) =>
        {
            Some("oneroof help packet".to_owned())
        }
        (ExitCode::Manifest, _) => Some("oneroof manifest verify".to_owned()),
        (ExitCode::Connection, _) if matches!(error, Error::Open(_)) => Some("oneroof target".to_owned()),
        (ExitCode::Refused, _) if nothing_begun(context) => match error {
            Error::Refused { way, .. } => confirmed(way, context),
            _ => again(context),
        },
        (ExitCode::Refused | ExitCode::Interrupted, _) if !context.changes || nothing_begun(context) => again(context),
        (ExitCode::Internal, _) => None,
        // Nothing was reached, so the same command can run again once the cause is removed.
        _ if matches!(error, Error::Open(_)) => again(context),
        // The same query would fail again. preflight names every right that the role lacks.
        _ if context.report.command == "status"
            || matches!(error, Error::Question { sqlstate, .. } if sqlstate == INSUFFICIENT_PRIVILEGE) =>
        {
            Some("oneroof preflight".to_owned())
        }
        _ => Some("oneroof status".to_owned()),
    }
}

/// The next command after a run that was not confirmed. If the command does not ask at a terminal, running it again would fail again.
fn confirmed(way: &ConfirmWay, context: &Context<'_>) -> Option<String> {
    match way {
        ConfirmWay::Asked => again(context),
        ConfirmWay::Known(words) => {
            let line = again_without(context, &["--confirm"])?;
            Some(format!("{line} --confirm {}", quoted(words)))
        }
        ConfirmWay::Shown => Some("oneroof preflight".to_owned()),
        ConfirmWay::Profile => Some("oneroof help connection".to_owned()),
    }
}

/// Whether no tier of the run was begun, so that the same command may run again.
fn nothing_begun(context: &Context<'_>) -> bool {
    context.report.tiers.is_empty()
}

/// The same command, without the options that [`complete`] adds. `None` if a value in it is hidden.
fn again(context: &Context<'_>) -> Option<String> {
    again_without(context, &[])
}

/// The same command without these options and their values.
fn again_without(context: &Context<'_>, dropped: &[&str]) -> Option<String> {
    const ADDED: [&str; 14] = [
        "--packet",
        "--dsn",
        "--dbname",
        "--host",
        "--port",
        "--username",
        "--profile",
        "--config",
        "--via",
        "--role",
        "--log-dir",
        "--format",
        "--log-format",
        "--color",
    ];
    const FLAGS: [&str; 4] = ["--no-password", "--password", "--verbose", "--quiet"];
    let mut line = "oneroof".to_owned();
    let mut words = context.words.iter();
    while let Some(word) = words.next() {
        if ADDED.contains(&word.as_str()) || dropped.contains(&word.as_str()) {
            words.next();
        } else if !FLAGS.contains(&word.as_str()) {
            let _ = write!(line, " {}", quoted(word));
        }
    }
    Some(line).filter(|line| !line.contains("***"))
}

/// The folder for evidence, if the person named one.
pub(crate) fn log_dir(writing: &Writing) -> Option<String> {
    writing.log_dir.as_ref().map(|folder| folder.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Cli;

    fn of(line: &[&str], command: &str) -> String {
        let cli = Cli::read(&line.iter().map(|word| (*word).into()).collect::<Vec<_>>()).unwrap();
        complete(command, &cli.common, cli.verb.writing().and_then(log_dir).as_deref())
    }

    #[test]
    fn it_leads_to_the_same_database_and_the_same_evidence() {
        let given = [
            "oneroof",
            "rollback",
            "--full",
            "--log-dir",
            "a b",
            "-d",
            "directus",
            "-p5433",
            "-wU",
            "app",
            "--role",
            "owner",
        ];
        assert_eq!(of(&given, "oneroof status"), "oneroof status -d directus -p 5433 -U app --role owner -w");
        assert_eq!(
            of(&given, "oneroof rollback --full"),
            "oneroof rollback --full -d directus -p 5433 -U app --role owner -w --log-dir 'a b'"
        );
        assert_eq!(of(&given, "oneroof plan"), "oneroof plan");
        assert_eq!(of(&given, "oneroof lab down --dir x"), "oneroof lab down --dir x");
        let via = ["oneroof", "status", "--via", "ssh db nc -U s", "--profile", "prod"];
        assert_eq!(of(&via, "oneroof gate"), "oneroof gate --profile prod --via 'ssh db nc -U s'");
    }

    #[test]
    fn what_writes_to_a_clone_or_scans_keeps_the_folder_of_its_evidence() {
        let clone = ["oneroof", "clone", "create", "--log-dir", "e", "--host", "h"];
        assert_eq!(of(&clone, "oneroof clone run --name n"), "oneroof clone run --name n --host h --log-dir e");
        let scan = ["oneroof", "scan", "cursor", "--advance-to", "5", "--log-dir", "e"];
        assert_eq!(of(&scan, "oneroof scan cursor --advance-to 5"), "oneroof scan cursor --advance-to 5 --log-dir e");
        let write =
            ["oneroof", "scan", "--write", "--ruleset", "r", "--snapshot", "s", "--log-dir", "e", "--packet", "p"];
        assert_eq!(of(&write, "oneroof scan"), "oneroof scan --packet p");
        let shadow = ["oneroof", "shadow", "deploy", "--log-dir", "e"];
        assert_eq!(of(&shadow, "oneroof shadow drop"), "oneroof shadow drop --log-dir e");
    }

    #[test]
    fn another_database_is_named_and_the_way_to_the_server_is_kept() {
        let given = ["oneroof", "preflight", "--dsn", "host=/s dbname=postgres user=app"];
        let command = of(&given, "oneroof preflight -d directus");
        assert_eq!(command, "oneroof preflight -d directus --dsn 'host=/s user=app'");
        let given = ["oneroof", "preflight", "-d", "postgresql://app:canary@h/postgres"];
        let command = of(&given, "oneroof preflight -d directus");
        assert!(
            command.contains("host=h") && !command.contains("postgres ") && !command.contains("canary"),
            "{command}"
        );
        let given = ["oneroof", "preflight", "-d", "postgres", "--host", "h"];
        assert_eq!(of(&given, "oneroof preflight -d directus"), "oneroof preflight -d directus --host h");
    }

    #[test]
    fn a_secret_is_left_out() {
        let given = ["oneroof", "status", "--dsn", "postgresql://app:canary@h:5432/directus?sslmode=require"];
        let command = of(&given, "oneroof verify");
        assert!(!command.contains("canary") && command.starts_with("oneroof verify --dsn '"), "{command}");
        let command = of(&["oneroof", "status", "--via", "sshpass -p canary ssh db"], "oneroof verify");
        assert_eq!(command, "oneroof verify --via '…'");
    }
}
