//! Copies a database with `pg_dump` and `pg_restore`, which are connected by a pipe. There is no file in between and no password on a
//! command line.

use crate::error::Error;
use crate::exec::interrupt::Interrupt;
use crate::pg::conninfo::{Host, Roots, SslMode, Target};
use crate::programs::{Client, Search};
use crate::run::RunLog;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

/// The commands of `pg_dump` and `pg_restore`.
pub(super) struct Copy {
    dump: Command,
    restore: Command,
}

impl Copy {
    /// Finds the programs for a server of the version `major`. Both programs use `role` if it is not empty.
    pub(super) fn new(
        source: &Target,
        clone: &Target,
        role: &str,
        major: u32,
        no_owner: bool,
        folder: Option<&Path>,
    ) -> Result<Self, Error> {
        let search = Search::from_environment(folder);
        let find = |client| {
            search
                .client(client, Some(major))
                .map_err(|error| Error::Tool { message: error.to_string(), hint: error.hint() })
        };
        let mut dump = Command::new(find(Client::PgDump)?);
        dump.args(["--format=custom", "--compress=0", "--no-publications", "--no-subscriptions", "--no-password"]);
        dump.args(["--lock-wait-timeout=30s"]);
        let mut restore = Command::new(find(Client::PgRestore)?);
        // The restore is not one transaction, because that would hold locks on every table at once, on the server that production runs on.
        // If the restore fails, the whole clone is removed.
        restore.args(["--exit-on-error", "--no-publications", "--no-subscriptions"]);
        restore.args(["--no-password".to_owned(), format!("--dbname={}", clone.dbname)]);
        if no_owner {
            restore.args(["--no-owner", "--no-privileges"]);
        }
        if !role.is_empty() {
            // The option and the role are one argument, so a role name that begins with a dash is not read as another option.
            dump.arg(format!("--role={role}"));
            restore.arg(format!("--role={role}"));
        }
        for (command, target) in [(&mut dump, source), (&mut restore, clone)] {
            command.env_clear().envs(environment(target)).stderr(Stdio::piped()).kill_on_drop(true);
        }
        dump.stdin(Stdio::null()).stdout(Stdio::piped());
        restore.stdout(Stdio::null());
        Ok(Self { dump, restore })
    }

    /// Runs both programs until they end. An error of either program, or a warning of `pg_restore`, is an error. `progress` is called every
    /// two seconds.
    pub(super) async fn run(
        mut self,
        interrupt: &mut Interrupt,
        log: &mut RunLog,
        mut progress: impl AsyncFnMut() -> Option<String>,
    ) -> Result<(), Error> {
        let started = |error: std::io::Error| Error::Tool {
            message: format!("dump and restore could not be started: {error}"),
            hint: "Give --pg-bin with the folder of PostgreSQL's client programs.".to_owned(),
        };
        let mut dump = self.dump.spawn().map_err(started)?;
        let pipe = dump.stdout.take().and_then(|stdout| stdout.try_into().ok()).unwrap_or_else(Stdio::null);
        let mut restore = self.restore.stdin(pipe).spawn().map_err(started)?;
        // This closes our own end of the pipe. Otherwise pg_dump would not notice that pg_restore has died.
        drop(self.restore);
        let ended = {
            let both = async { tokio::join!(finish(&mut dump), finish(&mut restore)) };
            tokio::pin!(both);
            let mut tick = tokio::time::interval(std::time::Duration::from_secs(2));
            tick.tick().await;
            loop {
                tokio::select! {
                    ended = &mut both => break Ok(ended),
                    signal = interrupt.raised() => break Err(signal),
                    _ = tick.tick() => if let Some(line) = progress().await { log.say(&line) },
                }
            }
        };
        match ended {
            Ok(((Some(dumped), _), (Some(restored), stderr))) if dumped.success() && restored.success() => {
                match stderr.trim() {
                    "" => Ok(()),
                    warned => Err(failed("pg_restore warned", warned)),
                }
            }
            Ok(((dumped, dump_said), (restored, restore_said))) => {
                // The error names only the program that failed first. If pg_restore failed first, pg_dump reports a broken pipe or nothing.
                // If pg_dump reports anything else, pg_dump failed first and pg_restore had too little to read.
                let dump_succeeded = dumped.is_some_and(|status| status.success());
                let at_the_pipe = dump_said.contains("Broken pipe")
                    || dumped.and_then(|status| status.signal()) == Some(rustix::process::Signal::PIPE.as_raw());
                let restore_failed = restored.is_none_or(|status| !status.success());
                let restore_explains = restore_failed && !restore_said.trim().is_empty();
                Err(if restore_explains && (dump_succeeded || at_the_pipe || dump_said.trim().is_empty()) {
                    failed("pg_restore", &restore_said)
                } else {
                    failed("pg_dump", &dump_said)
                })
            }
            Err(signal) => {
                let _ = dump.kill().await;
                let _ = restore.kill().await;
                Err(Error::Interrupted { signal })
            }
        }
    }
}

async fn finish(child: &mut Child) -> (Option<ExitStatus>, String) {
    let mut text = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        let mut bytes = Vec::new();
        let _ = stderr.read_to_end(&mut bytes).await;
        text = String::from_utf8_lossy(&bytes).into_owned();
    }
    (child.wait().await.ok(), text)
}

fn failed(program: &str, stderr: &str) -> Error {
    let lines: Vec<&str> = stderr.lines().take(8).collect();
    Error::Different {
        message: format!("{program}: {}", lines.join(" / ")),
        hint: "A clone must be made without any error, so it was removed again.".to_owned(),
    }
}

/// libpq's environment variables for a target. The password is passed here and nowhere else.
fn environment(target: &Target) -> Vec<(&'static str, OsString)> {
    let join = |values: Vec<OsString>| {
        let mut joined = OsString::new();
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                joined.push(",");
            }
            joined.push(value);
        }
        joined
    };
    let host = |host: &Host| -> OsString {
        match host {
            Host::Socket(folder) => folder.clone().into_os_string(),
            Host::Abstract(name) => format!("@{name}").into(),
            Host::Name(name) => name.clone().into(),
        }
    };
    let hosts = &target.hosts;
    let mut set: Vec<(&'static str, OsString)> = vec![
        ("PATH", "/usr/local/bin:/usr/bin:/bin".into()),
        ("LC_ALL", "C".into()),
        ("PGAPPNAME", "oneroof clone".into()),
        ("PGHOST", join(hosts.iter().map(|endpoint| host(&endpoint.host)).collect())),
        ("PGPORT", join(hosts.iter().map(|endpoint| endpoint.port.to_string().into()).collect())),
        ("PGDATABASE", target.dbname.clone().into()),
        ("PGUSER", target.user.clone().into()),
    ];
    if hosts.iter().any(|endpoint| endpoint.hostaddr.is_some()) {
        let address = |at: &crate::pg::conninfo::Endpoint| at.hostaddr.map(|it| it.to_string()).unwrap_or_default();
        set.push(("PGHOSTADDR", join(hosts.iter().map(|endpoint| address(endpoint).into()).collect())));
    }
    if let Some(endpoint) = hosts.first() {
        set.push(("PGSSLMODE", endpoint.ssl_mode.as_str().into()));
        if let Some(password) = target.password_for(endpoint) {
            set.push(("PGPASSWORD", password.reveal_os().to_owned()));
        }
    }
    match &target.ssl.roots {
        Roots::Named(path) | Roots::Default(Some(path)) => set.push(("PGSSLROOTCERT", path.clone().into_os_string())),
        // libpq 16 and newer refuses `system` with any weaker sslmode, even for a Unix socket.
        Roots::System if hosts.first().is_some_and(|endpoint| endpoint.ssl_mode == SslMode::VerifyFull) => {
            set.push(("PGSSLROOTCERT", "system".into()));
        }
        Roots::System | Roots::Default(None) => {}
    }
    if let Some(certificate) = &target.ssl.certificate {
        set.push(("PGSSLCERT", certificate.certificate.clone().into_os_string()));
        set.push(("PGSSLKEY", certificate.key.clone().into_os_string()));
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pg::conninfo::{ConnectionOptions, Environment, Secret, resolve};

    fn variable(target: &Target, name: &str) -> Option<String> {
        let set = environment(target);
        set.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string_lossy().into_owned())
    }

    #[test]
    fn the_word_system_goes_only_with_the_mode_that_libpq_wants_beside_it() {
        let target = |dsn: &str| {
            let options = ConnectionOptions { dsn: Some(dsn.into()), ..ConnectionOptions::default() };
            resolve(&options, &Environment::empty()).unwrap()
        };
        let cases = [
            ("user=a host=/tmp", "disable", None),
            ("user=a host=127.0.0.1", "prefer", None),
            ("user=a host=db.example.org", "verify-full", Some("system")),
            ("user=a host=db.example.org sslmode=require", "require", None),
        ];
        for (dsn, mode, roots) in cases {
            let target = target(dsn);
            assert_eq!(variable(&target, "PGSSLMODE").as_deref(), Some(mode), "{dsn}");
            assert_eq!(variable(&target, "PGSSLROOTCERT").as_deref(), roots, "{dsn}");
        }
    }

    #[test]
    fn a_password_that_was_typed_goes_with_the_programs() {
        let options = ConnectionOptions { dsn: Some("user=a host=/tmp".into()), ..ConnectionOptions::default() };
        let target = resolve(&options, &Environment::empty()).unwrap();
        assert_eq!(variable(&target, "PGPASSWORD"), None);
        // A cloned `Target` shares the password that the person typed.
        target.clone().typed.set(Secret::new("canary")).unwrap();
        assert_eq!(variable(&target, "PGPASSWORD").as_deref(), Some("canary"));
    }
}
