//! The command to run next. Every run names one, after success and after every error, with all the options it needs to be pasted.

use super::Context;
use crate::cli::{Common, Verb, Writing};
use crate::error::{Error, ExitCode};
use crate::release::ReleaseError;
use crate::report::{Effect, EffectKind};
use crate::secret::{Secret, may_hold_one};
pub(crate) use crate::text::quoted;
use std::fmt::Write as _;
use std::path::Path;

impl Context<'_> {
    /// Ends the report with an error, and names a next command where none was named.
    pub(crate) fn fail(&mut self, error: &Error, verb: &Verb) {
        self.report.fail(error);
        if self.report.next.is_none()
            && let Some(next) = after(error, self, verb)
        {
            self.go_on(next);
        }
    }

    /// Names the next command, with the connection options that the person gave.
    pub(crate) fn go_on(&mut self, command: impl AsRef<str>) {
        self.report.next = Some(complete(command.as_ref(), self.common, self.log_dir.as_deref()));
    }
}

/// What a person does with a release in that state, whichever command found it.
pub(crate) fn for_state(effect: &Effect, tiers: usize) -> &'static str {
    match (effect.applied.as_deref(), effect.altered.is_empty()) {
        (None, _) => "oneroof status",
        // Each check of the altered tiers, with what differs.
        (_, false) => "oneroof verify -v",
        (Some([]), _) => "oneroof preflight",
        (Some(applied), _) if applied.len() == tiers => "oneroof verify",
        (Some(_), _) => "oneroof rollback --full",
    }
}

/// The command that a person runs after a tier has failed.
pub(crate) fn after_failure(context: &mut Context<'_>) {
    match context.report.effect.kind {
        // The evidence knows the transaction: see [`after`].
        EffectKind::Unknown => context.report.next = None,
        _ => context.go_on(for_state(&context.report.effect, context.report.tier_count)),
    }
}

/// The command with what it takes to lead to the same database and the same evidence.
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
    if !leads_itself && !matches!(verb, "plan" | "report" | "manifest" | "sql" | "help") {
        connection(&mut line, common);
    }
    if let (Some(folder), "apply" | "rollback") = (log_dir, verb) {
        option(&mut line, "--log-dir", folder);
    }
    line
}

fn connection(line: &mut String, common: &Common) {
    let text = |given: &Option<Secret>| given.as_ref().and_then(Secret::reveal_text).map(str::to_owned);
    for (name, value) in [("--dsn", text(&common.dsn)), ("-d", text(&common.dbname))] {
        if let Some(value) = value.filter(|_| !line.contains(" -d ")).and_then(|value| without_secrets(&value)) {
            option(line, name, &value);
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

/// A connection string without the settings that hold a secret; `None` where it is not understood.
fn without_secrets(text: &str) -> Option<String> {
    if !may_hold_one(text) {
        return Some(text.to_owned());
    }
    let shown = crate::pg::conninfo::public_settings(text)?;
    Some(shown.split(' ').filter(|setting| !setting.ends_with("=***")).collect::<Vec<_>>().join(" "))
}

/// A command that carries the protocol. Programs that take no password as a word are shown in full, others not at all.
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
pub(crate) fn after(error: &Error, context: &Context<'_>, verb: &Verb) -> Option<String> {
    let evidence =
        context.report.evidence.iter().find(|path| Path::new(path).extension().is_some_and(|ending| ending == "json"));
    match (error.exit_code(), evidence) {
        (ExitCode::Unknown, Some(path)) => Some(format!("oneroof resolve --evidence {}", quoted(path))),
        (ExitCode::Usage, _) => Some(format!("oneroof help {}", context.report.command)),
        (ExitCode::GateClosed, _) => Some("oneroof gate".to_owned()),
        (ExitCode::AlreadyApplied, _) => Some("oneroof verify".to_owned()),
        // The file is no packet; the binary is not at fault.
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
        (ExitCode::Refused | ExitCode::Interrupted, _) if reads(verb) || nothing_begun(context) => again(context),
        (ExitCode::Internal, _) => None,
        // Nothing was reached: once the cause is removed, the same command.
        _ if matches!(error, Error::Open(_)) => again(context),
        _ => Some("oneroof status".to_owned()),
    }
}

/// No tier of the run was begun, so the same command may be given again.
fn nothing_begun(context: &Context<'_>) -> bool {
    context.report.tiers.is_empty()
}

fn reads(verb: &Verb) -> bool {
    !matches!(
        verb,
        Verb::Apply(_) | Verb::Rollback(_) | Verb::Clone(_) | Verb::Shadow(_) | Verb::Scan(_) | Verb::Lab(_)
    )
}

/// The same command, without the options that [`complete`] adds.
fn again(context: &Context<'_>) -> Option<String> {
    const ADDED: [&str; 13] = [
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
        if ADDED.contains(&word.as_str()) {
            words.next();
        } else if !FLAGS.contains(&word.as_str()) {
            let _ = write!(line, " {}", quoted(word));
        }
    }
    Some(line).filter(|line| !line.contains("***"))
}

/// The folder for evidence, where the person named one.
pub(crate) fn log_dir(verb: &Verb) -> Option<String> {
    let writing: &Writing = match verb {
        Verb::Apply(args) => &args.writing,
        Verb::Rollback(args) => &args.writing,
        _ => return None,
    };
    writing.log_dir.as_ref().map(|folder| folder.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;

    fn of(line: &[&str], command: &str) -> String {
        let cli = Cli::read(&line.iter().map(|word| (*word).into()).collect::<Vec<_>>()).unwrap();
        complete(command, &cli.common, log_dir(&cli.verb).as_deref())
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
        let via = ["oneroof", "status", "--via", "ssh db nc -U s", "--profile", "prod"];
        assert_eq!(of(&via, "oneroof gate"), "oneroof gate --profile prod --via 'ssh db nc -U s'");
    }

    #[test]
    fn a_secret_is_left_out() {
        let given = ["oneroof", "status", "--dsn", "postgresql://app:canary@h:5432/directus?sslmode=require"];
        let told = of(&given, "oneroof verify");
        assert!(!told.contains("canary") && told.starts_with("oneroof verify --dsn '"), "{told}");
        let told = of(&["oneroof", "status", "--via", "sshpass -p canary ssh db"], "oneroof verify");
        assert_eq!(told, "oneroof verify --via '…'");
    }
}
